//! The partitions of AWS, and their regions.

use std::sync::LazyLock;

use super::tables::{self, List, word};

/// A line of the list of partitions.
#[derive(Debug)]
pub struct Partition {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub name: &'static str,
    /// `amazonaws.com`
    pub(crate) suffix: &'static str,
    /// `api.aws`
    pub(super) dual_stack_suffix: &'static str,
    regions: Vec<&'static str>,
}

impl Partition {
    fn parse(line: &'static str) -> Self {
        let words = &mut line.split(' ');
        Self {
            name: word(words),
            suffix: word(words),
            dual_stack_suffix: word(words),
            regions: words.collect(),
        }
    }

    /// Whether the region is one of its own. `aws-global` is one, too.
    #[must_use]
    pub fn has(&self, region: &str) -> bool {
        self.regions.contains(&region)
    }
}

static PARTITIONS: LazyLock<Vec<Partition>> = LazyLock::new(|| {
    let lines = tables::list(List::Partitions);
    lines.map(Partition::parse).collect()
});

/// The partition of a region that exists.
#[must_use]
pub fn partition_of(region: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|partition| partition.has(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_to_be_in_the_list_and_not_merely_look_like_one() {
        let name = |region| partition_of(region).map(|partition| partition.name);
        assert_eq!(name("eu-central-1"), Some("aws"));
        assert_eq!(name("cn-north-1"), Some("aws-cn"));
        assert_eq!(name("us-gov-west-1"), Some("aws-us-gov"));
        assert_eq!(name("eusc-de-east-1"), Some("aws-eusc"));
        assert_eq!(name("us-east-9"), None);
        assert_eq!(name("us-east-1.evil.example"), None);
        assert_eq!(name(""), None);
    }
}
