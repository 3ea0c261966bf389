//! A feature release lists what it fixes (G15). What was silent at first may be told later; then it is an exception, with
//! its dates.

use crate::finding::Finding;
use crate::scope::Scope;
use crate::time::date;
use pkg_format::manifest::{Status, VexStatus};
use pkg_format::{Digest, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// A statement: when it was issued, its manifest, and its name.
type Word<'m> = (u64, Digest, &'m str);

/// Who told of a fix, and when.
type Told<'m> = (u64, &'m str);

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let graph = &scope.graph;
    let (words, first) = (words(scope), first_words(scope));
    for (s, step) in graph.steps.iter().enumerate().filter(|(_, s)| !s.is_security()) {
        let release = step.release;
        let listed: BTreeSet<usize> = listed(scope, s).collect();
        let mut hidden: BTreeMap<usize, usize> = BTreeMap::new();
        for &u in graph.sources(s) {
            for x in scope.statuses.all().removed(u, step.to).filter(|x| !listed.contains(x)) {
                hidden.entry(x).or_insert(u);
            }
        }
        for (x, u) in hidden {
            let (id, issued) = (scope.id(x), release.common.issued);
            let by_words = words.get(&(step.to, x)).into_iter().flatten();
            let by_words = by_words.filter(|(_, digest, _)| *digest != release.digest);
            let others = graph.states[step.to].into.iter().filter(|o| **o != s && listed_in(scope, **o, x));
            let by_releases = others.map(|o| scope.step(*o).release);
            let told = by_words
                .map(|(time, _, who)| (*time, *who))
                .chain(by_releases.map(|r| (r.common.issued, r.common.id.as_str())))
                .chain(unknown_before(scope, x, issued, &first))
                .min();
            let what = format!("{} fixes {id}, which is open in {}", scope.step_label(s, u), scope.label(u));
            let label = scope.label(step.to);
            let finding = match told {
                None => {
                    // This lasts until somebody tells users, so an acknowledgement does not cover it.
                    let text = format!("{what}, but does not list it, and no later statement tells of it");
                    Finding::fail(Rule::G15, label, text)
                }
                Some((time, who)) => {
                    let since = date(time.max(issued));
                    let text = format!(
                        "{what}, but has not listed it since it was issued on {}; {who} told of it on {since}",
                        date(issued)
                    );
                    let ended = Some((issued, time.max(issued)));
                    Finding { ended, ..Finding::exception(Rule::G15, label, text) }
                }
            };
            findings.push(Finding { open: vec![id.to_string()], ..finding.about(release.digest) });
        }
    }
}

/// The vulnerabilities that a release lists as fixed.
fn listed<'a>(scope: &'a Scope<'_>, s: usize) -> impl Iterator<Item = usize> + 'a {
    let release = scope.step(s).release;
    let ids = release.also_fixes().iter().map(|a| &a.id).chain(release.fixes().iter().map(|f| &f.id));
    ids.filter_map(|id| scope.statuses.find(id))
}

fn listed_in(scope: &Scope<'_>, s: usize, x: usize) -> bool {
    listed(scope, s).any(|y| y == x)
}

/// Every statement that a vulnerability is fixed in a state: when, its manifest, and its name.
fn words<'m>(scope: &Scope<'m>) -> BTreeMap<(usize, usize), Vec<Word<'m>>> {
    let mut all: BTreeMap<(usize, usize), Vec<Word<'m>>> = BTreeMap::new();
    let mut add = |statuses: &[Status], word: Word<'m>| {
        for status in statuses.iter().filter(|s| s.standing == VexStatus::Fixed) {
            let Some(x) = scope.statuses.find(&status.id) else { continue };
            for state in status.states.iter().filter_map(|d| scope.graph.place(d)) {
                all.entry((state, x)).or_default().push(word);
            }
        }
    };
    for n in scope.product.notices_by(scope.at) {
        add(&n.body.statuses, (n.common.issued, n.digest, n.common.id.as_str()));
    }
    for r in scope.product.releases_by(scope.at) {
        add(&r.body.statuses, (r.common.issued, r.digest, r.common.id.as_str()));
    }
    all
}

/// When the first statement about each vulnerability was issued.
fn first_words(scope: &Scope<'_>) -> BTreeMap<usize, u64> {
    let statuses = scope.statuses.all();
    let known = statuses.known();
    let said = known.said.iter().map(|s| (s.id, s.time));
    let assumed = known.assumed.iter().map(|a| (a.id, a.time));
    let foretold = known.foretold.iter().map(|f| (f.id, f.time));
    let mut all = BTreeMap::new();
    for (id, time) in said.chain(assumed).chain(foretold) {
        let first = all.entry(statuses.vulnerability(id)).or_insert(time);
        *first = time.min(*first);
    }
    all
}

/// Whether nobody knew a vulnerability when a release was issued, so that it could not list it. Who spoke of it first told
/// of it.
fn unknown_before(
    scope: &Scope<'_>,
    x: usize,
    issued: u64,
    first: &BTreeMap<usize, u64>,
) -> Option<Told<'static>> {
    let was_known = scope.statuses.list[x].known_since.is_some_and(|known| known <= issued);
    let first = first.get(&x).copied().filter(|first| *first > issued && !was_known)?;
    Some((first, "the first statement about it"))
}
