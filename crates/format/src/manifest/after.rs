//! What a statement's maker knew: the newest statement of each public series (SPEC 6.3, `after`).
//!
//! A set of statements can be checked for completeness by it without anything beside the set, and a device
//! that had to forget withdrawals can tell which releases were made in the knowledge of them.

use super::Kind;
use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::statement::counter;
use crate::{Digest, Id, Refusal, Result, Rule};

/// The newest known statement of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Which series.
    pub series: Series,
    /// The sequence of that statement.
    pub sequence: u64,
    /// The digest of its manifest.
    pub digest: Digest,
}

/// Statements of a product that are counted together. Releases for testing and tailor-made ones are in none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// The notices of the product.
    Notices,
    /// The releases of one line.
    Line {
        /// The scope of the line.
        scope: Id,
        /// Its name.
        line: Id,
    },
    /// The withdrawals of the product.
    Withdrawals,
}

impl Series {
    fn kind(&self) -> Kind {
        match self {
            Series::Notices => Kind::Notice,
            Series::Line { .. } => Kind::Release,
            Series::Withdrawals => Kind::Withdrawal,
        }
    }
}

impl Wire for After {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let series = match t.req::<Kind>("series")? {
            Kind::Notice => Series::Notices,
            Kind::Withdrawal => Series::Withdrawals,
            Kind::Release => Series::Line { scope: t.req("scope")?, line: t.req("line")? },
            // Nobody is deceived by an acknowledgement that is not shown: it is an excuse.
            Kind::Acknowledgement => {
                return Err(
                    Refusal::new(Rule::Man4, "acknowledgements are no public series").within("series")
                );
            }
        };
        let after = After { series, sequence: counter(&mut t, "sequence")?, digest: t.req("digest")? };
        // Of what is left the first counts, as everywhere.
        if let Some(field) = t.left().filter(|f| ["scope", "line"].contains(f)) {
            return Err(Refusal::new(Rule::Man6, "only a series of releases has it").within(field));
        }
        t.finish()?;
        Ok(after)
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new().put("series", &self.series.kind());
        let map = match &self.series {
            Series::Line { scope, line } => map.put("scope", scope).put("line", line),
            Series::Notices | Series::Withdrawals => map,
        };
        map.put("sequence", &self.sequence).put("digest", &self.digest).done()
    }
}

/// Refuses a list in which the series do not rise: by kind, scope and line, each once.
pub(super) fn in_order(list: &[After]) -> Result<()> {
    match list.iter().zip(list.iter().skip(1)).any(|(a, b)| a.series >= b.series) {
        true => Err(Refusal::new(Rule::Man7, "not sorted by series, scope and line, or a series twice")),
        false => Ok(()),
    }
}
