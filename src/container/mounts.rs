//! `--mount`: a record of `key=value` fields.

use std::collections::HashMap;
use std::path::Path;

use bollard::models::{
    Mount, MountBindOptions, MountBindOptionsPropagationEnum as Propagation, MountImageOptions,
    MountTmpfsOptions, MountType, MountVolumeOptions, MountVolumeOptionsDriverConfig,
};

use super::api_version::Gate;
use super::volumes::clean;
use super::{FlagError, csv, number, size};

/// One `--mount`, its source still as typed.
#[derive(Debug, Clone, PartialEq)]
pub struct MountFlag(Mount);

impl MountFlag {
    /// The mount as the Engine wants it: a source `.` or `./…` is relative to `directory`.
    pub(super) fn resolve(&self, directory: &Path) -> Mount {
        let mut mount = self.0.clone();
        if let Some(source) = mount.source.as_deref()
            && source.starts_with('.')
        {
            mount.source = Some(clean(&directory.join(source)).display().to_string());
        }
        mount
    }

    pub(super) fn gate(&self) -> Option<Gate> {
        self.0
            .bind_options
            .as_ref()
            .and_then(|options| options.read_only_force_recursive)
            .map(|_| Gate::RecursiveReadOnly)
    }
}

/// Reads a mount.
///
/// # Errors
/// Fields that are unknown, malformed or at odds, and a mount without a target.
pub fn parse(record: &str) -> Result<MountFlag, FlagError> {
    let mut fields = Fields::default();
    for field in csv::parse(record)? {
        fields.set(&field)?;
    }
    fields.into_mount().map(MountFlag)
}

/// What has been read so far. Options stay apart by their mount type, to notice a mixture.
#[derive(Default)]
struct Fields {
    typ: Option<String>,
    source: Option<String>,
    target: Option<String>,
    read_only: bool,
    consistency: Option<String>,
    bind: Option<Bind>,
    volume: Option<MountVolumeOptions>,
    image: Option<MountImageOptions>,
    tmpfs: Option<MountTmpfsOptions>,
}

#[derive(Default)]
struct Bind {
    propagation: Option<String>,
    non_recursive: bool,
    recursive: Option<Recursive>,
}

/// `bind-recursive`, where it is neither the default nor `disabled`.
#[derive(Clone, Copy)]
enum Recursive {
    Writable,
    ReadOnly,
}

impl Fields {
    fn set(&mut self, field: &str) -> Result<(), FlagError> {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(value)),
            None => (field.to_lowercase(), None),
        };
        let flag = || bool_value(&key, value);
        match key.as_str() {
            "readonly" | "ro" => self.read_only = flag()?,
            "volume-nocopy" => self.volume().no_copy = set(flag()?),
            "bind-nonrecursive" => self.bind().non_recursive = flag()?,
            _ => {
                let value = value.ok_or_else(|| {
                    FlagError::new(format!("invalid field '{field}' must be a key=value pair"))
                })?;
                return self.set_value(&key, value, field);
            }
        }
        Ok(())
    }

    fn set_value(&mut self, key: &str, value: &str, field: &str) -> Result<(), FlagError> {
        let text = || (!value.is_empty()).then(|| value.to_owned());
        match key {
            "type" => self.typ = Some(value.to_lowercase()),
            "source" | "src" => self.source = text(),
            "target" | "dst" | "destination" => self.target = text(),
            "consistency" => self.consistency = text().map(|value| value.to_lowercase()),
            "bind-propagation" => self.bind().propagation = text().map(|v| v.to_lowercase()),
            "bind-recursive" => self.set_recursive(value)?,
            "volume-subpath" => self.volume().subpath = text(),
            "volume-label" => insert(&mut self.volume().labels, value),
            "volume-driver" => self.driver().name = text(),
            "volume-opt" => insert(&mut self.driver().options, value),
            "image-subpath" => self.image.get_or_insert_default().subpath = text(),
            "tmpfs-size" => {
                let bytes = size::parse(value).map_err(|_| invalid_value(key, value))?;
                self.tmpfs.get_or_insert_default().size_bytes = (bytes != 0).then_some(bytes);
            }
            "tmpfs-mode" => {
                let mode = u32::from_str_radix(value, 8)
                    .ok()
                    .filter(|_| !value.starts_with('+'))
                    .ok_or_else(|| invalid_value(key, value))?;
                self.tmpfs.get_or_insert_default().mode = (mode != 0).then_some(i64::from(mode));
            }
            _ => {
                let typed = field.split('=').next().unwrap_or(key);
                return Err(FlagError::new(format!(
                    "unexpected key '{typed}' in '{field}'"
                )));
            }
        }
        Ok(())
    }

    fn set_recursive(&mut self, value: &str) -> Result<(), FlagError> {
        let bind = self.bind();
        match value {
            "enabled" => {}
            "disabled" => bind.non_recursive = true,
            "writable" => bind.recursive = Some(Recursive::Writable),
            "readonly" => bind.recursive = Some(Recursive::ReadOnly),
            _ => {
                return Err(FlagError::new(format!(
                    "invalid value for bind-recursive: {value} \
                     (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"
                )));
            }
        }
        Ok(())
    }

    fn bind(&mut self) -> &mut Bind {
        self.bind.get_or_insert_default()
    }

    /// docker sends a driver, if only `{}`, with any option of a volume; `docker inspect` shows it.
    fn volume(&mut self) -> &mut MountVolumeOptions {
        self.volume.get_or_insert_with(|| MountVolumeOptions {
            driver_config: Some(MountVolumeOptionsDriverConfig::default()),
            ..MountVolumeOptions::default()
        })
    }

    fn driver(&mut self) -> &mut MountVolumeOptionsDriverConfig {
        self.volume().driver_config.get_or_insert_default()
    }

    fn into_mount(self) -> Result<Mount, FlagError> {
        let typ = self.typ.as_deref().unwrap_or("volume");
        if typ.is_empty() {
            return Err(FlagError::new("type is required"));
        }
        if self.target.is_none() {
            return Err(FlagError::new("target is required"));
        }
        for (options, present) in [
            ("volume", self.volume.is_some()),
            ("image", self.image.is_some()),
            ("bind", self.bind.is_some()),
            ("tmpfs", self.tmpfs.is_some()),
        ] {
            if present && typ != options {
                return Err(FlagError::new(format!(
                    "cannot mix '{options}-*' options with mount type '{typ}'"
                )));
            }
        }
        let bind_options = self
            .bind
            .map(|bind| bind.into_options(self.read_only))
            .transpose()?;
        Ok(Mount {
            typ: Some(mount_type(typ)?),
            source: self.source,
            target: self.target,
            read_only: set(self.read_only),
            consistency: self.consistency,
            bind_options,
            volume_options: self.volume,
            image_options: self.image,
            tmpfs_options: self.tmpfs,
        })
    }
}

impl Bind {
    fn into_options(self, read_only: bool) -> Result<MountBindOptions, FlagError> {
        if let Some(recursive) = self.recursive {
            let name = match recursive {
                Recursive::Writable => "writable",
                Recursive::ReadOnly => "readonly",
            };
            if !read_only {
                return Err(FlagError::new(format!(
                    "option 'bind-recursive={name}' requires 'readonly' \
                     to be specified in conjunction"
                )));
            }
        }
        let force = matches!(self.recursive, Some(Recursive::ReadOnly));
        if force && self.propagation.as_deref() != Some("rprivate") {
            return Err(FlagError::new(
                "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' \
                 to be specified in conjunction",
            ));
        }
        Ok(MountBindOptions {
            propagation: self.propagation.as_deref().map(propagation).transpose()?,
            non_recursive: set(self.non_recursive),
            read_only_non_recursive: set(matches!(self.recursive, Some(Recursive::Writable))),
            read_only_force_recursive: set(force),
            create_mountpoint: None,
        })
    }
}

/// The Engine knows these types only; docker passes any other on, to be refused there.
fn mount_type(name: &str) -> Result<MountType, FlagError> {
    Ok(match name {
        "bind" => MountType::BIND,
        "volume" => MountType::VOLUME,
        "tmpfs" => MountType::TMPFS,
        "image" => MountType::IMAGE,
        "npipe" => MountType::NPIPE,
        "cluster" => MountType::CLUSTER,
        _ => {
            return Err(FlagError::new(format!(
                "invalid mount config for type {name:?}: mount type unknown"
            )));
        }
    })
}

fn propagation(name: &str) -> Result<Propagation, FlagError> {
    name.parse().map_err(|_| {
        FlagError::new(format!(
            "invalid mount config for type \"bind\": invalid propagation mode: {name}"
        ))
    })
}

/// A key without `=` is true.
fn bool_value(key: &str, value: Option<&str>) -> Result<bool, FlagError> {
    let Some(value) = value else {
        return Ok(true);
    };
    number::parse_bool(value).map_err(|_| invalid_value(key, value))
}

/// Options that are off are not sent.
fn set(value: bool) -> Option<bool> {
    value.then_some(true)
}

fn insert(map: &mut Option<HashMap<String, String>>, pair: &str) {
    let map = map.get_or_insert_default();
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if !key.is_empty() {
        map.insert(key.to_owned(), value.to_owned());
    }
}

fn invalid_value(key: &str, value: &str) -> FlagError {
    FlagError::new(format!("invalid value for {key}: {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(record: &str) -> serde_json::Value {
        let mount = parse(record)
            .expect("well-formed")
            .resolve(Path::new("/cwd"));
        serde_json::to_value(mount).expect("serialisable")
    }

    fn refusal(record: &str) -> String {
        parse(record).expect_err("refused").to_string()
    }

    #[test]
    fn keys_ignore_case_and_a_relative_source_is_made_absolute() {
        assert_eq!(
            json("TYPE=BIND,Src=./X,DST=/B,ro"),
            serde_json::json!({
                "Type": "bind", "Source": "/cwd/X", "Target": "/B", "ReadOnly": true
            })
        );
    }

    #[test]
    fn a_mount_without_a_type_is_a_volume() {
        assert_eq!(
            json(r#"src=v,dst=/b,volume-nocopy,volume-label=a=b,"volume-opt=o=addr=1,rw""#),
            serde_json::json!({
                "Type": "volume", "Source": "v", "Target": "/b",
                "VolumeOptions": {
                    "NoCopy": true, "Labels": {"a": "b"},
                    "DriverConfig": {"Options": {"o": "addr=1,rw"}}
                }
            })
        );
    }

    #[test]
    fn a_tmpfs_mode_is_octal() {
        assert_eq!(
            json("type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1777")["TmpfsOptions"],
            serde_json::json!({"SizeBytes": 64 << 20, "Mode": 0o1777})
        );
    }

    #[test]
    fn the_last_of_a_repeated_key_wins() {
        assert_eq!(json("dst=/a,dst=/b")["Target"], "/b");
    }

    #[test]
    fn a_recursively_read_only_bind_says_so_three_times() {
        assert_eq!(
            refusal("type=bind,src=/a,dst=/b,bind-recursive=readonly"),
            "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction"
        );
        assert!(refusal("type=bind,src=/a,dst=/b,ro,bind-recursive=readonly").contains("rprivate"));
        let full =
            parse("type=bind,src=/a,dst=/b,ro,bind-propagation=rprivate,bind-recursive=readonly");
        assert_eq!(
            full.expect("well-formed").gate(),
            Some(Gate::RecursiveReadOnly)
        );
    }

    #[test]
    fn refusals_name_the_field() {
        assert_eq!(refusal("type=bind,src=/a"), "target is required");
        assert_eq!(
            refusal("type=bind,src=/a,dst=/b,volume-nocopy"),
            "cannot mix 'volume-*' options with mount type 'bind'"
        );
        assert_eq!(
            refusal("dst=/b,bind-propagation=rslave,image-subpath=s"),
            "cannot mix 'image-*' options with mount type 'volume'"
        );
        assert_eq!(
            refusal("type=bind, src=/a,dst=/b"),
            "unexpected key ' src' in ' src=/a'"
        );
        assert_eq!(refusal("dst=/b,ro=yes"), "invalid value for ro: yes");
        assert_eq!(
            refusal("dst=/b,foo"),
            "invalid field 'foo' must be a key=value pair"
        );
        assert_eq!(
            refusal("type=foo,dst=/b"),
            "invalid mount config for type \"foo\": mount type unknown"
        );
    }
}
