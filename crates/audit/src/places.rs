//! Where the releases of a product are in the order of versions.

use crate::finding::Finding;
use crate::releases::{Releases, VersionKey, key};
use crate::scope::Scope;
use pkg_format::Digest;
use std::collections::BTreeSet;

/// Where a release is among all: its scope, and its place in the order of versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A state of a scope: the index of the scope, and its rank there.
    State(usize, usize),
    /// Something else that a finding is about.
    Named(VersionKey),
}

/// The version order of all releases of a product.
pub(crate) struct Places<'a, 'm> {
    scopes: &'a [Scope<'m>],
}

impl<'a, 'm> Places<'a, 'm> {
    pub(crate) fn new(scopes: &'a [Scope<'m>]) -> Places<'a, 'm> {
        Places { scopes }
    }

    /// The states of a scope in version order.
    pub(crate) fn in_order(&self, scope: usize) -> &[usize] {
        self.scopes[scope].order.states()
    }

    /// The place of the release that a finding is about.
    pub(crate) fn of(&self, finding: &Finding) -> Place {
        let state = self.scopes.iter().enumerate().find_map(|(i, scope)| {
            let state = scope.graph.place(&finding.digest?)?;
            (scope.label(state) == finding.release).then(|| Place::State(i, self.scopes[i].order.rank(state)))
        });
        state.unwrap_or_else(|| Place::Named(key(&finding.release)))
    }

    /// These states of a scope as releases.
    pub(crate) fn states(&self, scope: usize, states: impl IntoIterator<Item = usize>) -> Releases {
        self.scopes[scope].releases(states)
    }

    /// The states that these states or manifests are or lead into, as releases. Others are left out.
    pub(crate) fn referred(&self, digests: impl IntoIterator<Item = Digest>) -> Releases {
        let place = |digest: Digest| {
            let mut scopes = self.scopes.iter().enumerate();
            let (i, state) = scopes.find_map(|(i, scope)| Some((i, scope.graph.place(&digest)?)))?;
            Some(Place::State(i, self.scopes[i].order.rank(state)))
        };
        self.releases(&digests.into_iter().filter_map(place).collect())
    }

    /// These places as releases.
    pub(crate) fn releases(&self, places: &BTreeSet<Place>) -> Releases {
        let name = |place: &&Place| match place {
            Place::State(i, rank) => self.scopes[*i].label(self.scopes[*i].order.state(*rank)).to_owned(),
            Place::Named(key) => key.to_string(),
        };
        let follows = |first: &&Place, next: &&Place| match (first, next) {
            (Place::State(i, first), Place::State(j, next)) => {
                i == j && self.scopes[*i].order.follows(*first, *next)
            }
            _ => false,
        };
        Releases::new(places, follows, name)
    }
}
