//! Where an operation is served, and which name and region its signature has. A host is made of a
//! template and a region of the list; what a request adds is a checked label before it.

use std::fmt;
use std::sync::LazyLock;

use super::module::Module;
use super::operation::Operation;
use super::partition::Partition;
use super::request::Request;
use super::tables::{self, List, Place};

/// Which of a service's hosts are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kind {
    pub fips: bool,
    pub dual_stack: bool,
}

impl Kind {
    fn letter(self) -> &'static str {
        match (self.fips, self.dual_stack) {
            (false, false) => "p",
            (true, false) => "f",
            (false, true) => "d",
            (true, true) => "b",
        }
    }
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    pub host: String,
    pub signing_name: String,
    pub signing_region: String,
    /// Whether the bucket is in the host, and has to be left out of the path.
    pub bucket_in_host: bool,
}

/// Why there is no host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoUpstream {
    /// The region is not one of the partition of the credentials.
    Region {
        region: String,
        partition: &'static str,
    },
    /// The service has no such host there.
    None {
        module: &'static str,
        region: String,
    },
    /// What the request puts before the host is no plain label.
    Label { header: &'static str },
}

impl fmt::Display for NoUpstream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region { region, partition } => {
                write!(
                    formatter,
                    "{region:?} is not a region of the partition {partition}"
                )
            }
            Self::None { module, region } => {
                write!(formatter, "no host of {module} is known in {region}")
            }
            Self::Label { header } => {
                write!(
                    formatter,
                    "the header {header} cannot be a part of a host name"
                )
            }
        }
    }
}

impl std::error::Error for NoUpstream {}

/// The host of an operation. `region` is the one that the client signed for.
pub fn upstream(
    operation: &Operation,
    request: &Request<'_>,
    partition: &'static Partition,
    region: &str,
    kind: Kind,
) -> Result<Upstream, NoUpstream> {
    check_region(partition, region)?;
    let none = || no_host(operation.module, region);
    let bucket = DirectoryBucket::of(operation, request);
    let table = table(operation, bucket.is_some()).ok_or_else(none)?;
    let rule = Rule::find(table, partition, region, kind).ok_or_else(none)?;
    let mut host = rule.host(operation.module, partition, region);
    let bucket_in_host = host.contains("{b}");
    if let Some(bucket) = bucket {
        host = host.replace("{b}", bucket.name).replace("{z}", bucket.zone);
    }
    Ok(Upstream {
        host: prefix(operation, request)? + &host,
        signing_name: rule.name(operation.module),
        signing_region: rule.region.replace("{r}", region),
        bucket_in_host,
    })
}

/// The host of an operation that the tables do not have, where its module has only one.
pub fn of_module(
    module: &'static Module,
    partition: &'static Partition,
    region: &str,
    kind: Kind,
) -> Result<Upstream, NoUpstream> {
    check_region(partition, region)?;
    let none = || no_host(module, region);
    let number = module.hosts.split(',').next();
    let table = number.and_then(numbered).ok_or_else(none)?;
    let rule = Rule::find(table, partition, region, kind).ok_or_else(none)?;
    Ok(Upstream {
        host: rule.host(module, partition, region),
        signing_name: rule.name(module),
        signing_region: rule.region.replace("{r}", region),
        bucket_in_host: false,
    })
}

fn check_region(partition: &'static Partition, region: &str) -> Result<(), NoUpstream> {
    if partition.has(region) {
        return Ok(());
    }
    Err(NoUpstream::Region {
        region: region.to_owned(),
        partition: partition.name,
    })
}

fn no_host(module: &'static Module, region: &str) -> NoUpstream {
    NoUpstream::None {
        module: module.name,
        region: region.to_owned(),
    }
}

/// The operation's table of hosts.
fn table(operation: &Operation, is_directory_bucket: bool) -> Option<&'static str> {
    let flag = operation.row.flags('=').next();
    let index = match (operation.module.name, flag) {
        // A table for operations on directory buckets, and one for what is in them.
        ("s3", Some("1")) if !is_directory_bucket && operation.name() != "ListDirectoryBuckets" => {
            0
        }
        ("s3", None) if is_directory_bucket => 2,
        (_, flag) => flag.map_or(Some(0), |flag| flag.parse().ok())?,
    };
    numbered(operation.module.hosts.split(',').nth(index)?)
}

fn numbered(number: &str) -> Option<&'static str> {
    static TABLES: LazyLock<Vec<Place>> = LazyLock::new(|| {
        let lines = tables::list(List::Hosts);
        lines.map(|line| Place::of(&mut line.split(' '))).collect()
    });
    let number: usize = number.parse().ok()?;
    TABLES.get(number).map(|place| place.text())
}

/// `p us-east-1,@aws-cn {p}.{s} us-east-1 -`
struct Rule {
    host: &'static str,
    region: &'static str,
    name: &'static str,
}

impl Rule {
    /// The first rule is for all regions, those that follow are for some.
    fn find(table: &'static str, partition: &Partition, region: &str, kind: Kind) -> Option<Self> {
        let mut found = None;
        for line in table.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let (letter, regions, rule) = (words[0], words[1], &words[2..]);
            if letter == kind.letter() && is_for(regions, partition, region) {
                found = Some(rule.to_vec());
            }
        }
        match found?[..] {
            [host, region, name] => Some(Self { host, region, name }),
            // `!`: there is none.
            _ => None,
        }
    }

    /// A bucket of S3 Express has still to be filled in.
    fn host(&self, module: &Module, partition: &Partition, region: &str) -> String {
        self.host
            .replace("{p}", module.endpoint_prefix)
            .replace("{r}", region)
            .replace("{s}", partition.suffix)
            .replace("{d}", partition.dual_stack_suffix)
    }

    fn name(&self, module: &Module) -> String {
        let name = match self.name {
            "-" => module.signing_name,
            name => name,
        };
        name.to_owned()
    }
}

fn is_for(regions: &str, partition: &Partition, region: &str) -> bool {
    regions.split(',').any(|one| match one.strip_prefix('@') {
        Some(name) => name == partition.name,
        None => one == "*" || one == region,
    })
}

/// What can stand before a host, for some operation, whatever the request.
pub const PREFIXES: [&str; 36] = [
    "analytics-",
    "api-fulfill.",
    "api.",
    "control-storage-",
    "cp.",
    "cp.geofencing.",
    "cp.maps.",
    "cp.metadata.",
    "cp.places.",
    "cp.routes.",
    "cp.tracking.",
    "data-",
    "data.",
    "dataplane.",
    "datatransformation.",
    "dp.",
    "env.",
    "geofencing.",
    "management.",
    "maps.",
    "metadata.",
    "monitor.",
    "ops.",
    "places.",
    "query-",
    "routes.",
    "runtime-",
    "runtime.",
    "scheduling.",
    "storage-",
    "stream-",
    "streaming.",
    "sync-",
    "tags-",
    "tracking.",
    "workflows-",
];

/// What stands before the host: `data-`, or an account from a header.
fn prefix(operation: &Operation, request: &Request<'_>) -> Result<String, NoUpstream> {
    let Some(prefix) = operation.row.flags('@').next() else {
        return Ok(String::new());
    };
    let Some((header, rest)) = prefix
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
    else {
        return Ok(prefix.to_owned());
    };
    let mut values = request.headers.get_all(header).iter();
    match (
        values.next().and_then(|value| value.to_str().ok()),
        values.next(),
    ) {
        (Some(label), None) if is_label(label) => Ok(format!("{label}{rest}")),
        _ => Err(NoUpstream::Label { header }),
    }
}

fn is_label(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_letter)
}

/// A bucket of S3 Express: `NAME--ZONE--x-s3`.
struct DirectoryBucket<'a> {
    name: &'a str,
    zone: &'a str,
}

impl<'a> DirectoryBucket<'a> {
    fn of(operation: &Operation, request: &Request<'a>) -> Option<Self> {
        let name = request.segments().next()?;
        let (_, zone) = name.strip_suffix("--x-s3")?.rsplit_once("--")?;
        (operation.module.name == "s3" && is_label(name) && is_label(zone))
            .then_some(Self { name, zone })
    }
}

#[cfg(test)]
mod tests;
