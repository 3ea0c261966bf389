//! One scope of a product at one time, with all that rules ask of it.

use crate::effective_status::EffectiveStatuses;
use crate::graph::{Graph, State, Step};
use crate::model::Product;
use crate::population::{self, Population};
use std::collections::BTreeMap;

/// What the rules look at.
#[derive(Debug)]
pub(crate) struct Scope<'m> {
    pub(crate) product: &'m Product,
    pub(crate) at: u64,
    pub(crate) graph: Graph<'m>,
    pub(crate) standings: EffectiveStatuses,
    pub(crate) populations: Vec<Population>,
    /// The states that users may be in and that are owed updates.
    pub(crate) supported: Vec<usize>,
    /// How states are called: by version, with a digest where two share one, with the scope where
    /// there are several.
    labels: Vec<String>,
}

impl<'m> Scope<'m> {
    /// The scope as it was at a time.
    pub(crate) fn of(product: &'m Product, scope: &str, only: bool, at: u64) -> Scope<'m> {
        let graph = Graph::of(product, scope, at);
        let standings = EffectiveStatuses::of(product, &graph, at);
        let populations = population::all(&graph, &standings);
        let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
        for state in &graph.states {
            *versions.entry(&state.identity.version).or_default() += 1;
        }
        let label = |state: &State| {
            let version = &state.identity.version;
            let prefix = if only { String::new() } else { format!("{scope} ") };
            match versions[version.as_str()] {
                1 => format!("{prefix}{version}"),
                _ => format!("{prefix}{version} ({})", state.digest.short()),
            }
        };
        let labels = graph.states.iter().map(label).collect();
        let owed = |s: &usize| graph.states[*s].supported && graph.states[*s].stable;
        let supported = (0..graph.states.len()).filter(owed).collect();
        Scope { product, at, graph, standings, populations, supported, labels }
    }

    /// How a state is called.
    pub(crate) fn label(&self, state: usize) -> &str {
        &self.labels[state]
    }

    /// How a step from a state is called: `1.4.3 → 1.5.0 (feature)`.
    pub(crate) fn step_label(&self, step: usize, from: usize) -> String {
        let it = &self.graph.steps[step];
        let class = match it.is_security() {
            true => format!("security, {}", it.effective(self.graph.states[from].identity.security_level)),
            false => "feature".into(),
        };
        let mut more = String::new();
        for (says, word) in [
            (it.release.testing, ", for testing"),
            (it.release.paid, ", paid"),
            (it.release.tailor_made.is_some(), ", tailor-made"),
            (it.release.environment_cost, ", needs other hardware or software"),
        ] {
            if says {
                more.push_str(word);
            }
        }
        format!("{} → {} ({class}{more})", self.label(from), self.label(it.to))
    }

    /// The names of vulnerabilities.
    pub(crate) fn ids(&self, list: impl IntoIterator<Item = usize>) -> Vec<String> {
        list.into_iter().map(|v| self.standings.list[v].id.clone()).collect()
    }

    /// Whether a vulnerability is open in a state.
    pub(crate) fn is_open(&self, state: usize, v: usize) -> bool {
        self.standings.is_open(&self.graph, state, v)
    }

    /// What a population can be given a fix for, and is open in a state.
    pub(crate) fn open(&self, population: &Population, state: usize) -> Vec<usize> {
        let all = 0..self.standings.list.len();
        all.filter(|v| population.patched[*v] && self.is_open(state, *v)).collect()
    }

    /// A step that counts on a way of security updates alone.
    pub(crate) fn is_secure(&self, population: &Population, step: usize) -> bool {
        let it = &self.graph.steps[step];
        population.steps[step] && it.is_security() && !it.release.testing && it.is_properly_separated()
    }

    /// Whether a state was withdrawn.
    pub(crate) fn is_withdrawn(&self, state: usize) -> bool {
        self.graph.states[state].withdrawn.is_some()
    }

    /// The step itself.
    pub(crate) fn step(&self, step: usize) -> &Step<'m> {
        &self.graph.steps[step]
    }
}

/// `a, b and c`; of many the first ones and how many more there are.
pub(crate) fn list(items: &[String]) -> String {
    const SHOWN: usize = 8;
    match items {
        [] => "nothing".into(),
        [one] => one.clone(),
        [most @ .., last] if items.len() <= SHOWN => format!("{} and {last}", most.join(", ")),
        more => format!("{} and {} more", more[..SHOWN - 1].join(", "), more.len() + 1 - SHOWN),
    }
}

/// `stays open`, of one; `stay open`, of several.
pub(crate) fn stay_open(items: &[String]) -> &'static str {
    if items.len() == 1 { "stays open" } else { "stay open" }
}
