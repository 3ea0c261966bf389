//! The security updates that one population gets, and what stays open at their ends.

use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use crate::search::Best;

/// A scope as one population sees it.
pub(super) struct Paths<'a, 'm> {
    pub(super) scope: &'a Scope<'m>,
    pub(super) population: &'a Population,
    /// By state: the least that stays open over security updates, as a weight, and the first of them.
    pub(super) best: Vec<Best>,
}

impl Paths<'_, '_> {
    /// The same finding about a state for each hardware id of the population.
    pub(super) fn each(&self, v: usize, finding: Finding) -> Vec<Finding> {
        let digest = self.scope.graph.states[v].digest;
        let hardware = self.population.hardware.iter();
        hardware
            .map(|h| Finding { hardware: Some(h.to_string()), digest: Some(digest), ..finding.clone() })
            .collect()
    }

    /// Whether a step is a security update for them.
    pub(super) fn is_secure(&self, step: usize) -> bool {
        self.scope.is_secure(self.population, step)
    }

    /// The vulnerabilities that are open in a state though there is a fix, and that no recorded reason excuses.
    pub(super) fn open(&self, state: usize) -> Vec<usize> {
        let open = self.scope.open(self.population, state);
        open.into_iter().filter(|v| !self.population.is_excused(*v)).collect()
    }
}
