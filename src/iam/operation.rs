//! An operation of AWS, as a request names it.

use super::module::{Module, Protocol, Row};

/// `s3.GetObject`, in the words of botocore.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    pub module: &'static Module,
    /// The form of the request, which is the form of the answer.
    pub protocol: Protocol,
    pub(super) row: &'static Row,
}

impl Operation {
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// The operation of this name, in any case: some SDKs begin it with a small letter. It has the module's
    /// first protocol.
    pub(crate) fn of_any_case(module: &'static Module, name: &str) -> Option<Self> {
        let mut rows = module.rows().iter();
        let row = rows.find(|row| row.name.eq_ignore_ascii_case(name))?;
        let protocol = module.protocols().next()?;
        Some(Self {
            module,
            protocol,
            row,
        })
    }

    /// The operation of these names, with the module's first protocol.
    #[cfg(test)]
    pub(crate) fn named(module: &str, name: &str) -> Self {
        let module = super::module::module(module).unwrap_or_else(|| panic!("module {module}"));
        let row = module
            .row(name)
            .unwrap_or_else(|| panic!("{module:?}.{name}"));
        let protocol = module.protocols().next().expect("a protocol");
        Self {
            module,
            protocol,
            row,
        }
    }

    /// Whether a body in JSON, CBOR or XML has members that name what the call is about. That of others can be
    /// a document of the caller's, as what Lambda's Invoke sends.
    #[must_use]
    pub(crate) fn is_named_in_body(&self) -> bool {
        let is_document = matches!(
            self.protocol,
            Protocol::Json | Protocol::RestJson | Protocol::Cbor
        );
        let named = self
            .module
            .naming(self.name())
            .filter_map(|one| one.split_once('='));
        let mut paths = named.flat_map(|(_, paths)| paths.split(','));
        let has_roles = self
            .module
            .naming(self.name())
            .any(|one| one.starts_with('^'));
        let passes_roles = has_roles || self.row.flags('~').any(|one| one.contains("iam:PassRole"));
        // Of S3's bodies, only a role is of use.
        match is_document {
            true => {
                passes_roles
                    || paths.any(|path| !path.starts_with([':', '?', '!']) && !path.is_empty())
            }
            false => passes_roles && self.protocol == Protocol::RestXml,
        }
    }

    /// Whether AWS takes it without a signature. It then carries its own proof in the body.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        self.row.is_unsigned()
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        (self.module.name, self.name()) == (other.module.name, other.name())
    }
}

impl Eq for Operation {}

/// What a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// One operation. Where the request does not say of which module it is, all that it can be: the
    /// first is of the oldest module, at whose host it is sent; each of them must be allowed.
    Known(Operation, Vec<Operation>),
    /// None that the tables have. The module is the one that can have it, where there is one.
    Unknown(Option<&'static Module>),
}

impl PartialEq for Module {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Module {}

impl Meaning {
    /// The operation, where it is known; of several, the one at whose host it is sent.
    #[must_use]
    pub fn first(&self) -> Option<Operation> {
        match self {
            Self::Known(operation, _) => Some(*operation),
            Self::Unknown(_) => None,
        }
    }

    /// The operation, where it is known and the only one.
    #[must_use]
    pub fn only(&self) -> Option<Operation> {
        match self {
            Self::Known(operation, others) if others.is_empty() => Some(*operation),
            _ => None,
        }
    }
}
