//! What is drawn of the release graph: a row for each line, time to the right. Releases that follow each other and
//! have nothing special are one node, and only the nodes that matter most are drawn where there are many.

use crate::finding::{Finding, Verdict};
use crate::graph::Graph;
use crate::places::Places;
use crate::scope::Scope;
use crate::step::Step;
use pkg_format::manifest::SeparationKind;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Nobody reads more boxes than this on one page.
const MOST: usize = 60;
/// Fewer releases than this are drawn one by one.
const RUN: usize = 3;

/// A drawn release, or several that follow each other.
#[derive(Debug)]
pub(crate) struct Node {
    /// The first and the last release.
    pub(crate) labels: (String, String),
    /// How many releases it stands for.
    pub(crate) count: usize,
    pub(crate) row: usize,
    pub(crate) column: usize,
    /// Feature level and security level of the last release.
    pub(crate) levels: (u64, u64),
    /// When the first and the last were issued; 0 where a declaration does not say.
    pub(crate) issued: (u64, u64),
    /// The indexes of the hardware ids.
    pub(crate) hardware: Vec<usize>,
    /// The ids of the rules that fail for it.
    pub(crate) failing: Vec<&'static str>,
    pub(crate) supported: bool,
    pub(crate) withdrawn: bool,
    pub(crate) declared: bool,
}

/// The kind of a drawn step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The indexes of the hardware ids.
    pub(crate) hardware: Vec<usize>,
}

/// The picture of one scope.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) title: String,
    /// The time of the audit.
    pub(crate) at: u64,
    /// The drawn lines, in the order in which they began.
    pub(crate) rows: Vec<String>,
    /// The hardware ids of all releases.
    pub(crate) hardware: Vec<String>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    /// How many releases are not drawn.
    pub(crate) left_out: usize,
}

type Failing = BTreeMap<usize, BTreeSet<(u16, &'static str)>>;

impl Picture {
    pub(crate) fn new(
        scope: &Scope<'_>,
        place: usize,
        places: &Places<'_, '_>,
        findings: &[Finding],
        product: &str,
    ) -> Picture {
        let graph = &scope.graph;
        let mut failing = Failing::new();
        for finding in findings.iter().filter(|f| f.verdict == Verdict::Fail) {
            if let Some(state) = finding.digest.and_then(|d| graph.place(&d)) {
                let rule = finding.rule;
                failing.entry(state).or_default().insert((rule.number(), rule.id()));
            }
        }
        let pairs = edges(graph);
        let groups = chosen(graph, groups(graph, places.in_order(place), &pairs, &failing), &pairs, &failing);
        let group_of: BTreeMap<usize, usize> =
            groups.iter().enumerate().flat_map(|(i, group)| group.iter().map(move |s| (*s, i))).collect();
        let drawn: BTreeSet<(usize, usize, EdgeKind, &[_])> = pairs
            .iter()
            .filter_map(|(from, to, step, kind)| {
                let (from, to) = (*group_of.get(from)?, *group_of.get(to)?);
                (from != to).then(|| (from, to, *kind, graph.steps[*step].release.hardware()))
            })
            .collect();
        let mut lines: Vec<&str> = Vec::new();
        for group in &groups {
            let line = graph.states[group[0]].identity.line.as_str();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let hardware: BTreeSet<&str> =
            graph.states.iter().flat_map(|s| &s.hardware).map(|h| h.as_str()).collect();
        let hardware: Vec<String> = hardware.into_iter().map(String::from).collect();
        let index = |h: &pkg_format::Id| hardware.iter().position(|known| known == h.as_str());
        // A node is to the right of those that lead to it, and never to the left of one that is older.
        let mut columns: Vec<usize> = Vec::new();
        let mut ends = vec![0; lines.len()];
        let row =
            |s: usize| lines.iter().position(|l| *l == graph.states[s].identity.line.as_str()).unwrap_or(0);
        let mut nodes = Vec::new();
        for (i, group) in groups.iter().enumerate() {
            let (first, last) = (group[0], group[group.len() - 1]);
            let row = row(first);
            let sources =
                drawn.iter().filter(|(_, to, ..)| *to == i).filter_map(|(from, ..)| columns.get(*from));
            let older = columns.last().copied().unwrap_or(0);
            let column = sources.map(|c| c + 1).chain([ends[row], older]).max().unwrap_or(0);
            columns.push(column);
            ends[row] = column + 1;
            let state = &graph.states[last];
            nodes.push(Node {
                labels: (scope.label(first).to_owned(), scope.label(last).to_owned()),
                count: group.len(),
                row,
                column,
                levels: (state.identity.feature_level, state.identity.security_level),
                issued: (graph.states[first].placed, state.placed),
                hardware: state.hardware.iter().filter_map(index).collect(),
                failing: failing.get(&last).into_iter().flatten().map(|(_, id)| *id).collect(),
                supported: state.supported,
                withdrawn: state.withdrawn.is_some(),
                declared: state.is_declared(),
            });
        }
        let edge = |(from, to, kind, hardware): &(usize, usize, EdgeKind, &[pkg_format::Id])| Edge {
            from: *from,
            to: *to,
            kind: *kind,
            hardware: hardware.iter().filter_map(index).collect(),
        };
        Picture {
            title: format!("{product}, scope {}", graph.scope),
            at: scope.at,
            rows: lines.iter().map(|l| (*l).to_owned()).collect(),
            edges: drawn.iter().map(edge).collect(),
            left_out: graph.states.len() - groups.iter().map(Vec::len).sum::<usize>(),
            hardware,
            nodes,
        }
    }
}

/// A step between two states: from, to, the step and its kind.
type Pair = (usize, usize, usize, EdgeKind);

/// The steps between states. A step from several states of a line is drawn from the newest of them.
fn edges(graph: &Graph<'_>) -> Vec<Pair> {
    let mut all = BTreeSet::new();
    for (s, step) in graph.steps.iter().enumerate() {
        let newest = |u: usize| {
            let it = &graph.states[u].identity;
            (it.security_level, it.sequence, u)
        };
        let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
        for &u in graph.sources(s) {
            let source = sources.entry(graph.states[u].identity.line.as_str()).or_insert(u);
            if newest(u) > newest(*source) {
                *source = u;
            }
        }
        for u in sources.into_values() {
            all.insert((u, step.to, s, edge_kind(step, graph.states[u].identity.security_level)));
        }
    }
    all.into_iter().collect()
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

/// All states, in groups that are drawn as one node each.
fn groups(graph: &Graph<'_>, in_order: &[usize], pairs: &[Pair], failing: &Failing) -> Vec<Vec<usize>> {
    let line = |s: usize| &graph.states[s].identity.line;
    let mut special: BTreeSet<usize> = BTreeSet::new();
    for (from, to, _, kind) in pairs {
        if line(*from) != line(*to) {
            special.extend([*from, *to]);
        } else if *kind != EdgeKind::Pure {
            special.insert(*to);
        }
    }
    for of_line in in_order.chunk_by(|a, b| line(*a) == line(*b)) {
        special.extend(of_line.first().into_iter().chain(of_line.last()));
    }
    special.extend((0..graph.states.len()).filter(|s| graph.states[*s].withdrawn.is_some()));
    let alike = |a: &usize, b: &usize| {
        let (x, y) = (&graph.states[*a], &graph.states[*b]);
        let same = |s: &crate::graph::State| (s.supported, s.stable, s.is_declared(), s.customer.clone());
        !special.contains(a)
            && !special.contains(b)
            && line(*a) == line(*b)
            && same(x) == same(y)
            && x.hardware == y.hardware
            && failing.get(a) == failing.get(b)
    };
    let mut all = Vec::new();
    for run in in_order.chunk_by(alike) {
        match run.len() {
            n if n < RUN => all.extend(run.iter().map(|s| vec![*s])),
            _ => all.push(run.to_vec()),
        }
    }
    all
}

/// The groups that matter most, in the order of their issue: those that fail, are withdrawn or supported, those where
/// lines begin, end and cross, and the newest of the rest.
fn chosen(graph: &Graph<'_>, groups: Vec<Vec<usize>>, pairs: &[Pair], failing: &Failing) -> Vec<Vec<usize>> {
    let line = |s: usize| graph.states[s].identity.line.as_str();
    let across = pairs.iter().filter(|(from, to, ..)| line(*from) != line(*to));
    let mut matters: BTreeSet<usize> = across.flat_map(|(from, to, ..)| [*from, *to]).collect();
    for of_line in groups.chunk_by(|a, b| line(a[0]) == line(b[0])) {
        matters.extend(of_line.first().into_iter().chain(of_line.last()).flatten());
    }
    let weight = |group: &Vec<usize>| {
        let state = &graph.states[group[0]];
        match (state.supported, matters.contains(&group[0])) {
            _ if failing.contains_key(&group[0]) => 0,
            _ if state.withdrawn.is_some() => 1,
            (true, true) => 2,
            (true, false) => 3,
            (false, true) => 4,
            (false, false) => 5,
        }
    };
    let newest = |group: &[usize]| group.iter().map(|s| graph.states[*s].placed).max();
    let mut groups = groups;
    groups.sort_by_key(|g| (weight(g), Reverse(newest(g)), g[0]));
    groups.truncate(MOST);
    groups.sort_by_key(|g| {
        let first = &graph.states[g[0]];
        (first.placed, first.identity.sequence, g[0])
    });
    groups
}
