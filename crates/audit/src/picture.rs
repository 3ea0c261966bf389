//! What is drawn of the release graph: a row for each line, states in the order of the steps between them, and only
//! the states that matter most where there are many.

use crate::finding::{Finding, Verdict};
use crate::graph::Graph;
use crate::scope::Scope;
use crate::step::Step;
use pkg_format::manifest::{AppliesTo, SeparationKind};
use std::collections::{BTreeMap, BTreeSet};

/// Nobody reads more boxes than this on one page.
const MOST: usize = 60;

/// A drawn state.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) label: String,
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) levels: (u64, u64),
    pub(crate) issued: u64,
    /// The ids of the rules that fail for it.
    pub(crate) failing: Vec<&'static str>,
    pub(crate) supported: bool,
    pub(crate) withdrawn: bool,
    pub(crate) declared: bool,
}

/// The kind of a drawn step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    Pure,
    /// A security step with a change.
    Exception(SeparationKind),
    Feature,
    /// It does not count: it is for testing, costs money, or is for one customer.
    NotCounted,
}

/// A drawn step.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: EdgeKind,
}

/// The picture of one scope.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) rows: Vec<String>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    /// How many states are not drawn.
    pub(crate) left_out: usize,
}

impl Picture {
    pub(crate) fn new(scope: &Scope<'_>, findings: &[Finding], product: &str) -> Picture {
        let graph = &scope.graph;
        let mut failing: BTreeMap<usize, BTreeSet<(u16, &'static str)>> = BTreeMap::new();
        for finding in findings.iter().filter(|f| f.verdict == Verdict::Fail) {
            if let Some(state) = finding.digest.and_then(|d| graph.place(&d)) {
                let rule = finding.rule;
                failing.entry(state).or_default().insert((rule.number(), rule.id()));
            }
        }
        let drawn = chosen(graph, &failing);
        let pairs = edges(graph, &drawn);
        let mut lines: Vec<&str> = Vec::new();
        let mut by_time = drawn.clone();
        by_time.sort_by_key(|s| (graph.states[*s].placed, graph.states[*s].identity.sequence, *s));
        for state in &by_time {
            let line = graph.states[*state].identity.line.as_str();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        // A state is to the right of those that lead to it, and of the one before it on its line.
        let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
        let mut ends = vec![0; lines.len()];
        let row =
            |s: usize| lines.iter().position(|l| *l == graph.states[s].identity.line.as_str()).unwrap_or(0);
        for &state in &by_time {
            let sources =
                pairs.iter().filter(|(_, to, _)| *to == state).filter_map(|(from, ..)| columns.get(from));
            let column = sources.map(|c| c + 1).chain([ends[row(state)]]).max().unwrap_or(0);
            columns.insert(state, column);
            ends[row(state)] = column + 1;
        }
        let place: BTreeMap<usize, usize> = by_time.iter().enumerate().map(|(i, s)| (*s, i)).collect();
        let node = |s: &usize| {
            let state = &graph.states[*s];
            Node {
                label: scope.label(*s).to_owned(),
                row: row(*s),
                column: columns[s],
                levels: (state.identity.feature_level, state.identity.security_level),
                issued: state.placed,
                failing: failing.get(s).into_iter().flatten().map(|(_, id)| *id).collect(),
                supported: state.supported,
                withdrawn: state.withdrawn.is_some(),
                declared: state.is_declared(),
            }
        };
        Picture {
            title: format!("{product}, scope {}", graph.scope),
            rows: lines.iter().map(|l| (*l).to_owned()).collect(),
            nodes: by_time.iter().map(node).collect(),
            edges: pairs
                .iter()
                .map(|(from, to, kind)| Edge { from: place[from], to: place[to], kind: *kind })
                .collect(),
            left_out: graph.states.len() - drawn.len(),
        }
    }
}

/// The states that matter most: those that fail, are withdrawn or supported, those where lines begin, end and cross,
/// and the newest of the rest.
fn chosen(graph: &Graph<'_>, failing: &BTreeMap<usize, BTreeSet<(u16, &'static str)>>) -> Vec<usize> {
    let mut rank: Vec<(u8, std::cmp::Reverse<u64>, usize)> = Vec::new();
    let mut ends: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let sequence = |s: usize| (graph.states[s].identity.sequence, s);
    for s in 0..graph.states.len() {
        let (first, last) = ends.entry(graph.states[s].identity.line.as_str()).or_insert((s, s));
        *first = if sequence(s) < sequence(*first) { s } else { *first };
        *last = if sequence(s) > sequence(*last) { s } else { *last };
    }
    let crossed: BTreeSet<usize> = graph
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.release.body.applies_to != AppliesTo::Line)
        .flat_map(|(s, step)| graph.sources(s).iter().copied().chain([step.to]))
        .collect();
    let at_an_end: BTreeSet<usize> = ends.values().flat_map(|(first, last)| [*first, *last]).collect();
    for (s, state) in graph.states.iter().enumerate() {
        let matters = at_an_end.contains(&s) || crossed.contains(&s);
        let weight = match (state.supported, matters) {
            _ if failing.contains_key(&s) => 0,
            _ if state.withdrawn.is_some() => 1,
            (true, true) => 2,
            (true, false) => 3,
            (false, true) => 4,
            (false, false) => 5,
        };
        rank.push((weight, std::cmp::Reverse(state.placed), s));
    }
    rank.sort_unstable();
    let mut drawn: Vec<usize> = rank.into_iter().take(MOST).map(|(.., s)| s).collect();
    drawn.sort_unstable();
    drawn
}

/// The steps between drawn states; a step for a whole line only from the state with the next lower security level.
fn edges(graph: &Graph<'_>, drawn: &[usize]) -> Vec<(usize, usize, EdgeKind)> {
    let is_drawn = |s: &usize| drawn.binary_search(s).is_ok();
    let mut all = Vec::new();
    for (s, step) in graph.steps.iter().enumerate().filter(|(_, step)| is_drawn(&step.to)) {
        let sources = graph.sources(s).iter().copied().filter(is_drawn);
        let level = |u: usize| graph.states[u].identity.security_level;
        let sources: Vec<usize> = match step.release.body.applies_to {
            AppliesTo::States(_) => sources.collect(),
            AppliesTo::Line => sources.max_by_key(|u| (level(*u), *u)).into_iter().collect(),
        };
        for u in sources {
            let edge = (u, step.to, edge_kind(step, level(u)));
            if !all.contains(&edge) {
                all.push(edge);
            }
        }
    }
    all
}

fn edge_kind(step: &Step<'_>, from: u64) -> EdgeKind {
    let release = step.release;
    if release.is_testing() || release.is_paid() || release.tailor_made().is_some() {
        return EdgeKind::NotCounted;
    }
    match (step.is_security(), step.effective_kind(from)) {
        (false, _) => EdgeKind::Feature,
        (true, SeparationKind::Pure) => EdgeKind::Pure,
        (true, kind) => EdgeKind::Exception(kind),
    }
}
