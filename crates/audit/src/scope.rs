//! One scope of a product at one time: what every rule looks at.

use crate::effective_status::EffectiveStatuses;
use crate::graph::{Graph, State};
use crate::population::{self, Population};
use crate::releases::{Order, Releases};
use crate::set::Product;
use crate::step::Step;
use pkg_format::{Id, VulnId, manifest};
use std::collections::{BTreeMap, BTreeSet};

/// A scope with its graph, the statuses of vulnerabilities and the devices it is for.
#[derive(Debug)]
pub(crate) struct Scope<'m> {
    pub(crate) product: &'m Product,
    pub(crate) at: u64,
    pub(crate) graph: Graph<'m>,
    pub(crate) statuses: EffectiveStatuses,
    pub(crate) populations: Vec<Population>,
    /// The states that are supported and not for testing: their users must get updates.
    pub(crate) supported: Vec<usize>,
    pub(crate) order: Order,
    /// The name of each state: its version, with a digest where two states share it, after the scope where a product
    /// has several.
    labels: Vec<String>,
}

/// The scopes of a product at a time; with `hardware` as devices with these ids see them.
pub(crate) fn scopes<'m>(product: &'m Product, at: u64, hardware: Option<&BTreeSet<Id>>) -> Vec<Scope<'m>> {
    let signed = product.releases_by(at).map(|r| r.body.identity.scope.as_str());
    let declared = product.declared.releases.iter().map(|p| p.identity.scope.as_str());
    let names: BTreeSet<&str> = signed.chain(declared).collect();
    let only = names.len() == 1;
    names.into_iter().map(|name| Scope::new(product, name, only, at, hardware)).collect()
}

impl<'m> Scope<'m> {
    /// The scope as it was at a time. `only` says that the product has no other. With `hardware`: what devices with these
    /// ids are told, which all of them are told alike.
    pub(crate) fn new(
        product: &'m Product,
        scope: &str,
        only: bool,
        at: u64,
        hardware: Option<&BTreeSet<Id>>,
    ) -> Scope<'m> {
        let graph = Graph::new(product, scope, at, hardware);
        let statuses = EffectiveStatuses::new(product, &graph, at, hardware);
        let populations = population::all(&graph, &statuses, hardware);
        let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
        for state in &graph.states {
            *versions.entry(state.identity.version.as_str()).or_default() += 1;
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
        let is_supported = |s: &usize| graph.states[*s].supported && graph.states[*s].stable;
        let supported = (0..graph.states.len()).filter(is_supported).collect();
        let order = Order::new(&graph);
        Scope { product, at, graph, statuses, populations, supported, order, labels }
    }

    /// The name of a state.
    pub(crate) fn label(&self, state: usize) -> &str {
        &self.labels[state]
    }

    /// States as a report names them: in version order, and those that follow each other as one run.
    pub(crate) fn releases(&self, states: impl IntoIterator<Item = usize>) -> Releases {
        self.order.releases(states, |s| self.label(s))
    }

    /// The name of a step from a state: `1.4.3 → 1.5.0 (feature)`.
    pub(crate) fn step_label(&self, step: usize, from: usize) -> String {
        let it = &self.graph.steps[step];
        let class = match it.is_security() {
            true => {
                format!("security, {}", it.effective_kind(self.graph.states[from].identity.security_level))
            }
            false => "feature".into(),
        };
        let mut more = String::new();
        for (is, word) in [
            (it.release.is_testing(), ", for testing"),
            (it.release.is_paid(), ", paid"),
            (it.release.tailor_made().is_some(), ", tailor-made"),
            (it.release.has_environment_cost(), ", needs other hardware or software"),
        ] {
            if is {
                more.push_str(word);
            }
        }
        format!("{} → {} ({class}{more})", self.label(from), self.label(it.to))
    }

    pub(crate) fn id(&self, v: usize) -> &VulnId {
        &self.statuses.list[v].id
    }

    pub(crate) fn ids(&self, list: impl IntoIterator<Item = usize>) -> Vec<String> {
        list.into_iter().map(|v| self.id(v).to_string()).collect()
    }

    /// The states that these releases are, by scope, line and sequence.
    pub(crate) fn foretold(&self, releases: &manifest::Releases) -> impl Iterator<Item = usize> {
        let states = self.graph.states.iter().enumerate();
        let all = states
            .filter(move |(_, s)| releases.contain(&s.identity.scope, &s.identity.line, s.identity.sequence));
        all.map(|(v, _)| v)
    }

    /// Whether a vulnerability is open in a state.
    pub(crate) fn is_open(&self, state: usize, v: usize) -> bool {
        self.statuses.is_open(state, v)
    }

    /// The vulnerabilities that are open in a state although a fix exists for this population.
    pub(crate) fn open(&self, population: &Population, state: usize) -> Vec<usize> {
        self.statuses.all().open(state).filter(|v| population.patched[*v]).collect()
    }

    /// Whether a step is a security update that this population gets: free, properly separated and not for testing.
    pub(crate) fn is_secure(&self, population: &Population, step: usize) -> bool {
        population.secure[step]
    }

    /// Whether a state was withdrawn.
    pub(crate) fn is_withdrawn(&self, state: usize) -> bool {
        self.graph.states[state].withdrawn.is_some()
    }

    /// A step by its index.
    pub(crate) fn step(&self, step: usize) -> &Step<'m> {
        &self.graph.steps[step]
    }
}
