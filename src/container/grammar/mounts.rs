//! `--mount`: a record of `key=value` fields.

use std::collections::HashMap;
use std::path::Path;

use bollard::models::{MountTmpfsOptions, MountVolumeOptions, MountVolumeOptionsDriverConfig};

use super::volumes::clean;
use super::{csv, size};
use crate::container::FlagError;
use crate::container::api_version::Gate;
use crate::container::mount::{BindOptions, Mount};

impl Mount {
    /// The same, with an absolute source: one that begins with a dot is relative to `directory`.
    pub(crate) fn resolve(&self, directory: &Path) -> Self {
        let mut mount = self.clone();
        if let Some(source) = mount.source.as_deref()
            && source.starts_with('.')
        {
            mount.source = Some(clean(&directory.join(source)).display().to_string());
        }
        mount
    }

    pub(crate) fn gate(&self) -> Option<Gate> {
        let options = self.bind_options.as_ref()?;
        options
            .read_only_force_recursive
            .then_some(Gate::RecursiveReadOnly)
    }

    fn set(&mut self, field: &str) -> Result<(), FlagError> {
        let (typed, value) = match field.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (field, None),
        };
        check_blanks(typed, value, field)?;
        let key = typed.to_lowercase();
        let on = || bool_value(&key, value);
        match key.as_str() {
            "readonly" | "ro" => self.read_only = on()?,
            "bind-create-src" => self.bind().create_mountpoint = on()?,
            "volume-nocopy" => self.volume().no_copy = on()?.then_some(true),
            "bind-nonrecursive" => {
                return Err(FlagError::new(
                    "bind-nonrecursive is deprecated, use bind-recursive=disabled instead",
                ));
            }
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
        let text = || Some(value.to_owned());
        match key {
            "type" => self.typ = value.to_lowercase(),
            "source" | "src" => self.source = text(),
            "target" | "dst" | "destination" => self.target = text(),
            "consistency" => self.consistency = Some(value.to_lowercase()),
            "bind-propagation" => self.bind().propagation = Some(value.to_lowercase()),
            "bind-recursive" => self.set_recursive(value)?,
            "volume-subpath" => self.volume().subpath = text(),
            "volume-label" => insert(&mut self.volume().labels, value),
            "volume-driver" => self.driver().name = text(),
            "volume-opt" => insert(&mut self.driver().options, value),
            "image-subpath" => self.image_options.get_or_insert_default().subpath = text(),
            "tmpfs-size" => {
                let bytes = size::parse(value).map_err(|_| invalid_value(key, value))?;
                self.tmpfs().size_bytes = (bytes != 0).then_some(bytes);
            }
            "tmpfs-mode" => {
                let mode = u32::from_str_radix(value, 8)
                    .ok()
                    .filter(|_| !value.starts_with('+'))
                    .ok_or_else(|| invalid_value(key, value))?;
                self.tmpfs().mode = (mode != 0).then_some(i64::from(mode));
            }
            _ => {
                return Err(FlagError::new(format!(
                    "unknown option '{key}' in '{field}'"
                )));
            }
        }
        Ok(())
    }

    fn set_recursive(&mut self, value: &str) -> Result<(), FlagError> {
        match value {
            "enabled" => {}
            "disabled" => self.bind().non_recursive = true,
            "writable" => self.bind().read_only_non_recursive = true,
            "readonly" => self.bind().read_only_force_recursive = true,
            _ => {
                return Err(FlagError::new(format!(
                    "invalid value for bind-recursive: {value} \
                     (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"
                )));
            }
        }
        Ok(())
    }

    fn bind(&mut self) -> &mut BindOptions {
        self.bind_options.get_or_insert_default()
    }

    fn volume(&mut self) -> &mut MountVolumeOptions {
        self.volume_options.get_or_insert_default()
    }

    fn driver(&mut self) -> &mut MountVolumeOptionsDriverConfig {
        self.volume().driver_config.get_or_insert_default()
    }

    fn tmpfs(&mut self) -> &mut MountTmpfsOptions {
        self.tmpfs_options.get_or_insert_default()
    }

    /// Refuses options that do not fit the mount's type, and those that need other options.
    fn check(&self) -> Result<(), FlagError> {
        for (options, present) in [
            ("bind", self.bind_options.is_some()),
            ("volume", self.volume_options.is_some()),
            ("image", self.image_options.is_some()),
            ("tmpfs", self.tmpfs_options.is_some()),
        ] {
            if present && self.typ != options {
                return Err(FlagError::new(format!(
                    "cannot mix '{options}-*' options with mount type '{}'",
                    self.typ
                )));
            }
        }
        self.bind_options
            .as_ref()
            .map_or(Ok(()), |options| options.check(self.read_only))
    }
}

impl BindOptions {
    fn check(&self, read_only: bool) -> Result<(), FlagError> {
        let lacks = |recursive, option| {
            Err(FlagError::new(format!(
                "option 'bind-recursive={recursive}' requires '{option}' \
                 to be specified in conjunction"
            )))
        };
        if self.read_only_non_recursive && !read_only {
            return lacks("writable", "readonly");
        }
        if self.read_only_force_recursive && !read_only {
            return lacks("readonly", "readonly");
        }
        if self.read_only_force_recursive && self.propagation.as_deref() != Some("rprivate") {
            return lacks("readonly", "bind-propagation=rprivate");
        }
        Ok(())
    }
}

/// Reads a mount, its source still as typed. The Engine checks that there is a target.
///
/// # Errors
/// Unknown, empty, malformed or conflicting fields.
pub(crate) fn parse(record: &str) -> Result<Mount, FlagError> {
    let record = record.trim();
    if record.is_empty() {
        return Err(FlagError::new("value is empty"));
    }
    let mut mount = Mount {
        typ: "volume".to_owned(),
        ..Mount::default()
    };
    for field in csv::parse(record)? {
        mount.set(&field)?;
    }
    mount.check()?;
    Ok(mount)
}

/// Refuses blanks around a field's key or value, and an equals sign with nothing behind it.
fn check_blanks(key: &str, value: Option<&str>, field: &str) -> Result<(), FlagError> {
    if key.trim() != key {
        return Err(FlagError::new(format!(
            "invalid option '{}' in '{field}': option should not have whitespace",
            key.trim()
        )));
    }
    match value {
        Some(value) if value.trim().is_empty() => Err(FlagError::new(format!(
            "invalid value for '{key}': value is empty"
        ))),
        Some(value) if value.trim() != value => Err(FlagError::new(format!(
            "invalid value for '{key}' in '{field}': value should not have whitespace"
        ))),
        _ => Ok(()),
    }
}

/// A key without `=` is true. Other flags accept `TRUE`, `t` and more; fields do not.
fn bool_value(key: &str, value: Option<&str>) -> Result<bool, FlagError> {
    match value {
        None | Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(value) => Err(FlagError::new(format!(
            "invalid value for '{key}': invalid boolean value ({value:?}): \
             must be one of \"true\", \"1\", \"false\", or \"0\" (default \"true\")"
        ))),
    }
}

fn insert(map: &mut Option<HashMap<String, String>>, pair: &str) {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if !key.is_empty() {
        map.get_or_insert_default()
            .insert(key.to_owned(), value.to_owned());
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
    fn a_volume_has_a_driver_only_where_one_was_asked_for() {
        assert_eq!(
            json("src=v,dst=/b,volume-nocopy")["VolumeOptions"],
            serde_json::json!({"NoCopy": true})
        );
    }

    #[test]
    fn a_missing_source_can_be_created() {
        let options =
            |field: &str| json(&format!("type=bind,src=/a,dst=/b,{field}"))["BindOptions"].clone();
        let created = serde_json::json!({"CreateMountpoint": true});
        assert_eq!(options("bind-create-src"), created);
        assert_eq!(options("bind-create-src=1"), created);
        assert_eq!(options("bind-create-src=false"), serde_json::json!({}));
    }

    #[test]
    fn what_only_the_engine_can_judge_is_left_to_it() {
        assert_eq!(
            json("type=bind,src=/a,bind-propagation=Odd"),
            serde_json::json!({
                "Type": "bind", "Source": "/a", "BindOptions": {"Propagation": "odd"}
            })
        );
        assert_eq!(json("type=odd,dst=/b")["Type"], "odd");
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
        assert_eq!(
            refusal("type=bind,src=/a,dst=/b,volume-nocopy"),
            "cannot mix 'volume-*' options with mount type 'bind'"
        );
        assert_eq!(
            refusal("dst=/b,bind-propagation=rslave,image-subpath=s"),
            "cannot mix 'bind-*' options with mount type 'volume'"
        );
        assert_eq!(
            refusal("type=bind, src=/a,dst=/b"),
            "invalid option 'src' in ' src=/a': option should not have whitespace"
        );
        assert_eq!(
            refusal("src= v,dst=/b"),
            "invalid value for 'src' in 'src= v': value should not have whitespace"
        );
        assert_eq!(
            refusal("src=,dst=/b"),
            "invalid value for 'src': value is empty"
        );
        assert_eq!(
            refusal("dst=/b,ro=TRUE"),
            "invalid value for 'ro': invalid boolean value (\"TRUE\"): \
             must be one of \"true\", \"1\", \"false\", or \"0\" (default \"true\")"
        );
        assert_eq!(
            refusal("dst=/b,foo"),
            "invalid field 'foo' must be a key=value pair"
        );
        assert_eq!(refusal("dst=/b,Foo=1"), "unknown option 'foo' in 'Foo=1'");
        assert!(refusal("type=bind,src=/a,dst=/b,bind-nonrecursive").contains("bind-recursive"));
        assert_eq!(refusal(" "), "value is empty");
    }
}
