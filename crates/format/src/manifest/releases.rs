//! Releases that are named by their numbers, also those still to come.

use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::statement::counter;
use crate::{Digest, Id, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// Releases of one scope of the product, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Releases {
    /// Every release of the scope.
    All {
        /// The scope.
        scope: Id,
    },
    /// Releases of one line.
    Line {
        /// The scope of the line.
        scope: Id,
        /// The line.
        line: Id,
        /// The first sequence; absent for every sequence below `below`.
        from: Option<u64>,
        /// The sequence that ends the range and is not in it; absent where it has no end yet.
        below: Option<u64>,
    },
}

impl Releases {
    /// Whether a release of this scope, line and sequence is among them.
    pub fn contain(&self, scope: &Id, line: &Id, sequence: u64) -> bool {
        match self {
            Releases::All { scope: of } => of == scope,
            Releases::Line { scope: of, line: on, from, below } => {
                of == scope
                    && on == line
                    && from.is_none_or(|n| sequence >= n)
                    && below.is_none_or(|n| sequence < n)
            }
        }
    }

    /// The scope whose releases they are.
    pub fn scope(&self) -> &Id {
        match self {
            Releases::All { scope } | Releases::Line { scope, .. } => scope,
        }
    }
}

impl Wire for Releases {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let scope = t.req("scope")?;
        let all: Option<bool> = t.opt("all")?;
        let releases = match all {
            Some(false) => {
                return Err(
                    Refusal::new(Rule::Man4, "false is written by leaving the field out").within("all")
                );
            }
            Some(true) => Releases::All { scope },
            None => Releases::Line {
                scope,
                line: t.req("line")?,
                from: optional_counter(&mut t, "from")?,
                below: optional_counter(&mut t, "below")?,
            },
        };
        if let (Releases::All { .. }, Some(field)) = (&releases, t.left().filter(|f| LINE.contains(f))) {
            return Err(Refusal::new(Rule::Man6, "has no place beside all").within(field));
        }
        t.finish()?;
        if let Releases::Line { from: Some(from), below: Some(below), .. } = releases
            && from >= below
        {
            return Err(
                Refusal::new(Rule::Man5, format!("no sequence from {from} is below {below}")).within("below")
            );
        }
        Ok(releases)
    }

    fn encode(&self) -> Tree {
        match self {
            Releases::All { scope } => MapBuilder::new().put("scope", scope).put("all", &true),
            Releases::Line { scope, line, from, below } => {
                MapBuilder::new().put("scope", scope).put("line", line).opt("from", from).opt("below", below)
            }
        }
        .done()
    }
}

/// The fields of a line.
const LINE: [&str; 3] = ["line", "from", "below"];

fn optional_counter(t: &mut Table<'_>, key: &str) -> Result<Option<u64>> {
    match t.has(key) {
        true => counter(t, key).map(Some),
        false => Ok(None),
    }
}

/// Reads the states and the releases of which something is said; at least one of the two is there.
pub(super) fn take_named(t: &mut Table<'_>) -> Result<(Vec<Digest>, Vec<Releases>)> {
    let states = t.set("states", limits::REFS)?;
    let releases: Vec<Releases> = t.list("releases", limits::RELEASES)?;
    match states.is_empty() && releases.is_empty() {
        true => Err(Refusal::new(Rule::Man1, "neither states nor releases").within("states")),
        false => Ok((states, releases)),
    }
}
