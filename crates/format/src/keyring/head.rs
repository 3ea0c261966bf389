//! How far the lines of a product had come when a release key was revoked.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::statement::counter;
use crate::{Id, Result};

/// The newest release of a line that was not withdrawn when a release key was revoked (SPEC 5.5). A device
/// whose installed release that revocation took the signers from finds its way back by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose product.
    pub vendor: Id,
    /// Which product.
    pub name: Id,
    /// Which scope.
    pub scope: Id,
    /// How far the line had come.
    pub at: LineHead,
}

/// How far a line had come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LineHead {
    /// Which line.
    pub line: Id,
    /// The sequence of its newest release.
    pub sequence: u64,
    /// The feature level of that release.
    pub feature_level: u64,
    /// The security level of that release.
    pub security_level: u64,
}

impl Wire for Head {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let head = Head {
            vendor: t.req("vendor")?,
            name: t.req("name")?,
            scope: t.req("scope")?,
            at: LineHead {
                line: t.req("line")?,
                sequence: counter(&mut t, "sequence")?,
                feature_level: counter(&mut t, "feature-level")?,
                security_level: counter(&mut t, "security-level")?,
            },
        };
        t.finish()?;
        Ok(head)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("vendor", &self.vendor)
            .put("name", &self.name)
            .put("scope", &self.scope)
            .put("line", &self.at.line)
            .put("sequence", &self.at.sequence)
            .put("feature-level", &self.at.feature_level)
            .put("security-level", &self.at.security_level)
            .done()
    }
}
