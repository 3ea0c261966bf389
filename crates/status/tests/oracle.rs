//! The rule read aloud, slowly, over random graphs: it says the same as the crate.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, cases};
use pkg_status::{
    AliasSet, AppliesTo, Assumed, EffectiveStatus, Foretold, Known, Open, Releases, Said, Set, Source, State,
    Statuses, Step, Word,
};
use std::collections::BTreeSet;

/// What decided a status: word, time, source and the parent it comes from.
type Verdict = (Word, u64, Source, Option<usize>);

/// The ids of the vulnerability of an id: those that can be reached by newest alias sets, in either direction.
fn joined(known: &Known, id: usize) -> BTreeSet<usize> {
    let names = |a: usize, b: usize| {
        let of: Vec<&AliasSet> = known.aliases.iter().filter(|s| s.id == a).collect();
        let newest = of.iter().map(|s| s.time).max();
        let mut newest = of.iter().filter(|s| Some(s.time) == newest).peekable();
        newest.peek().is_some() && newest.all(|s| s.aliases.contains(&b))
    };
    let mut all = BTreeSet::from([id]);
    loop {
        let more = |x: &usize| !all.contains(x) && all.iter().any(|y| names(*x, *y) || names(*y, *x));
        match (0..known.ids).find(more) {
            Some(x) => all.insert(x),
            None => return all,
        };
    }
}

/// The parents that a state names, also those that close a cycle.
fn named(known: &Known, state: usize) -> BTreeSet<usize> {
    known.states[state].steps.iter().flat_map(|s| s.from.clone()).collect()
}

fn descends(known: &Known, state: usize, from: usize) -> bool {
    let mut seen = BTreeSet::from([state]);
    loop {
        let more: BTreeSet<usize> =
            seen.iter().flat_map(|s| named(known, *s)).filter(|p| !seen.contains(p)).collect();
        if seen.contains(&from) || more.is_empty() {
            return seen.contains(&from);
        }
        seen.extend(more);
    }
}

fn parents(known: &Known, state: usize) -> Vec<usize> {
    let age = |s: usize| (known.states[s].issued, s);
    let counts = |p: &usize| !(descends(known, *p, state) && age(*p) >= age(state));
    named(known, state).into_iter().filter(counts).collect()
}

fn is_assumed(known: &Known, applies_to: &AppliesTo, state: usize) -> bool {
    match applies_to {
        AppliesTo::States(list) => list.contains(&state),
        AppliesTo::Line { line, feature_level, below } => known.states[state]
            .steps
            .iter()
            .any(|s| s.line == *line && s.feature_level == *feature_level && s.security_level < *below),
    }
}

/// The newest, then the worst, then the last.
fn best(list: Vec<Verdict>) -> Option<Verdict> {
    list.into_iter()
        .max_by_key(|(word, time, source, from)| (*time, *word, *source, from.map(|f| usize::MAX - f)))
}

fn status(known: &Known, ids: &BTreeSet<usize>, state: usize) -> Option<Verdict> {
    // 1. Own words.
    let own = known.said.iter().enumerate().filter(|(_, s)| ids.contains(&s.id) && s.state == state);
    let own = best(own.map(|(i, s)| (s.word, s.time, Source::Said(i), None)).collect());
    // 2. Inherited.
    let inherited = || {
        let parents = parents(known, state);
        let of =
            |p: &usize| status(known, ids, *p).map(|(word, time, source, _)| (word, time, source, Some(*p)));
        let theirs: Vec<Option<Verdict>> = parents.iter().map(of).collect();
        let with = |word: fn(&Word) -> bool| {
            theirs.iter().flatten().filter(|t| word(&t.0)).copied().collect::<Vec<Verdict>>()
        };
        let fixed = with(|w| *w == Word::Fixed);
        let open = with(|w| matches!(w, Word::Open(_)));
        let steps = known.states[state].steps.iter().filter(|s| !s.from.is_empty()).collect::<Vec<_>>();
        let keeps = !steps.is_empty() && steps.iter().all(|s| s.keeps_features);
        if !fixed.is_empty() {
            best(fixed)
        } else if !open.is_empty() {
            best(open)
        } else if !theirs.is_empty() && theirs.iter().all(Option::is_some) && keeps {
            theirs.into_iter().flatten().min_by_key(|t| (t.1, t.0, t.2, t.3))
        } else {
            None
        }
    };
    let so_far = own.or_else(inherited);
    // 3. Releases by line and sequence, only if newer.
    let is_meant = |r: &Releases| match r {
        Releases::All => true,
        _ => known.states[state].steps.iter().any(|s| r.contain(s.line, s.sequence)),
    };
    let told =
        known.foretold.iter().enumerate().filter(|(_, f)| ids.contains(&f.id) && is_meant(&f.releases));
    let told = best(told.map(|(i, f)| (Word::Open(f.word), f.time, Source::Foretold(i), None)).collect());
    match (so_far, told) {
        (Some(so_far), Some(told)) if told.1 > so_far.1 => return Some(told),
        (Some(so_far), _) => return Some(so_far),
        (None, Some(told)) => return Some(told),
        (None, None) => {}
    }
    // 4. What is left to `affected = applies-to`.
    let assumed = known.assumed.iter().enumerate();
    let assumed = assumed.filter(|(_, a)| ids.contains(&a.id) && is_assumed(known, &a.applies_to, state));
    let assumed =
        best(assumed.map(|(i, a)| (Word::Open(Open::Affected), a.time, Source::Assumed(i), None)).collect());
    let declared = known.declared.iter().enumerate().filter(|(_, s)| ids.contains(&s.id) && s.state == state);
    assumed.or(best(declared.map(|(i, s)| (s.word, s.time, Source::Declared(i), None)).collect()))
    // 5. Else nobody said.
}

const WORDS: [Word; 5] = [
    Word::Fixed,
    Word::NotAffected,
    Word::Open(Open::UnderInvestigation),
    Word::Open(Open::Mitigated),
    Word::Open(Open::Affected),
];

/// A few states with few numbers, so that much is equal.
fn random(seed: u64) -> Known {
    let mut r = Random::new(seed);
    let (count, ids) = (1 + r.below(7), 1 + r.below(4));
    let with_cycles = r.percent(30);
    let mut known = Known { ids, ..Known::default() };
    for state in 0..count {
        let steps = (0..r.one(&[0, 1, 1, 1, 1, 2])).map(|_| {
            let parent = |r: &mut Random| if with_cycles { r.below(count) } else { r.below(state.max(1)) };
            let parents = if state == 0 && !with_cycles { 0 } else { r.below(4) };
            Step {
                line: r.below(2),
                sequence: 1 + r.below(5) as u64,
                feature_level: 1 + r.below(2) as u64,
                security_level: 1 + r.below(4) as u64,
                from: (0..parents).map(|_| parent(&mut r)).collect(),
                keeps_features: r.percent(60),
            }
        });
        let steps = steps.collect();
        known.states.push(State { issued: r.below(4) as u64, steps });
    }
    let few = |r: &mut Random| r.below(1 + count);
    for _ in 0..few(&mut r) * 2 {
        let (id, state) = (r.below(ids), r.below(count));
        known.said.push(Said { id, state, word: r.one(&WORDS), time: 1 + r.below(6) as u64 });
    }
    for _ in 0..few(&mut r) / 2 {
        let end = |r: &mut Random| if r.percent(50) { Some(1 + r.below(6) as u64) } else { None };
        let (from, below) = (end(&mut r), end(&mut r));
        let line = Releases::Line { line: r.below(2), from, below };
        let releases = if r.percent(30) { Releases::All } else { line };
        let word = r.one(&[Open::UnderInvestigation, Open::Mitigated, Open::Affected]);
        known.foretold.push(Foretold { id: r.below(ids), releases, word, time: 1 + r.below(6) as u64 });
    }
    for _ in 0..few(&mut r) {
        let (line, feature_level, below) = (r.below(2), 1 + r.below(2) as u64, 1 + r.below(5) as u64);
        let line = AppliesTo::Line { line, feature_level, below };
        let states = AppliesTo::States((0..r.below(3)).map(|_| r.below(count)).collect());
        let applies_to = if r.percent(50) { line } else { states };
        known.assumed.push(Assumed { id: r.below(ids), applies_to, time: 1 + r.below(6) as u64 });
    }
    for _ in 0..few(&mut r) / 2 {
        let word = r.one(&[Word::Fixed, Word::NotAffected]);
        known.declared.push(Said { id: r.below(ids), state: r.below(count), word, time: 0 });
    }
    for _ in 0..r.below(3) {
        let aliases = (0..r.below(3)).map(|_| r.below(ids)).collect();
        known.aliases.push(AliasSet { id: r.below(ids), aliases, time: 1 + r.below(3) as u64 });
    }
    known
}

#[test]
fn the_rule_read_aloud_says_the_same_over_random_graphs() {
    let (mut seen, mut cycles) = ([0_u64; 6], 0);
    for seed in 0..cases("PKG_STATUS_GRAPHS", 20_000) {
        let known = random(seed);
        let statuses = Statuses::new(known.clone());
        cycles += u64::from(!statuses.cycles().is_empty());
        for id in 0..known.ids {
            let ids = joined(&known, id);
            let v = statuses.vulnerability(id);
            assert_eq!(
                statuses.ids(v),
                ids.iter().copied().collect::<Vec<_>>(),
                "seed {seed}: aliases of {id}"
            );
            let column = statuses.of(v);
            pairs(&statuses, known.states.len(), &mut Random::new(seed));
            for state in 0..known.states.len() {
                let expected = status(&known, &ids, state);
                let found = column.status(state);
                let got = found.decided().map(|d| (d.word, d.time, d.source, d.inherited));
                assert_eq!(got, expected, "seed {seed}: id {id} in state {state}\n{known:#?}");
                agree(&statuses, state, v, found);
                seen[expected.map_or(5, |e| WORDS.iter().position(|w| *w == e.0).unwrap())] += 1;
            }
        }
    }
    assert!(seen.iter().all(|n| *n > 0) && cycles > 0, "every word occurs, and cycles: {seen:?}, {cycles}");
}

/// What is asked of two states at once, and which vulnerabilities are alike.
fn pairs(statuses: &Statuses, states: usize, r: &mut Random) {
    let all = 0..statuses.vulnerabilities();
    let (a, b) = (r.below(states), r.below(states));
    let is = |state, v, words: &[Word]| statuses.word(state, v).is_some_and(|w| words.contains(&w));
    let affected = [Word::Open(Open::Affected), Word::Open(Open::Mitigated)];
    let back = all.clone().filter(|v| is(a, *v, &[Word::Fixed]) && statuses.is_open(b, *v));
    assert!(statuses.brought_back(a, b).eq(back));
    let removed = all.clone().filter(|v| is(a, *v, &affected) && is(b, *v, &[Word::Fixed]));
    assert!(statuses.removed(a, b).eq(removed));
    assert!(statuses.affected(a).eq(all.clone().filter(|v| is(a, *v, &affected))));
    let some: Vec<usize> = all.clone().filter(|_| r.percent(50)).collect();
    let open = statuses.open(a).filter(|v| some.contains(v));
    assert!(statuses.open_among(a, &some.iter().copied().collect()).eq(open));
    let mut some = Set::default();
    let (inside, outside): (Vec<usize>, Vec<usize>) = statuses.fixed(a).partition(|_| r.percent(50));
    inside.iter().for_each(|v| some.insert(*v));
    assert!(statuses.fixed_outside(a, &some).eq(outside));
    for (v, x) in all.clone().flat_map(|v| all.clone().map(move |x| (v, x))) {
        let alike = (0..states).all(|s| statuses.is_open(s, v) == statuses.is_open(s, x));
        assert_eq!(statuses.pattern(v) == statuses.pattern(x), alike);
    }
}

/// The tables of all pairs say what the column says.
fn agree(statuses: &Statuses, state: usize, v: usize, found: EffectiveStatus) {
    assert_eq!(statuses.word(state, v), found.word());
    assert_eq!(statuses.is_open(state, v), found.is_open());
    assert_eq!(statuses.is_fixed(state, v), found.is_fixed());
    assert_eq!(statuses.is_undecided(state, v), found.is_undecided());
    assert_eq!(statuses.is_said_open(state, v), found.is_said_open());
    assert_eq!(statuses.open(state).any(|x| x == v), found.is_open());
    assert_eq!(statuses.fixed(state).any(|x| x == v), found.is_fixed());
    assert_eq!(statuses.undecided(state).any(|x| x == v), found.is_undecided());
    let known = statuses.known();
    let mut assumed = known.assumed.iter().filter(|a| statuses.vulnerability(a.id) == v);
    assert_eq!(statuses.is_assumed(state, v), assumed.any(|a| is_assumed(known, &a.applies_to, state)));
}

#[test]
fn ten_thousand_states_and_a_thousand_vulnerabilities_are_decided() {
    // Ten lines of a thousand states; each release fixes one vulnerability, which the line got from the first state.
    let (lines, length, ids) = (10, 1000, 1000);
    let mut known = Known { ids, ..Known::default() };
    for line in 0..lines {
        for n in 0..length {
            let state = known.states.len();
            let (sequence, time) = (n as u64 + 1, n as u64 + 1);
            let from = if n == 0 { Vec::new() } else { vec![state - 1] };
            let step = Step {
                line,
                sequence,
                feature_level: 1,
                security_level: sequence,
                from,
                keeps_features: true,
            };
            known.states.push(State { issued: time, steps: vec![step] });
            known.said.push(Said { id: n, state, word: Word::Fixed, time });
            let applies_to = AppliesTo::Line { line, feature_level: 1, below: sequence };
            known.assumed.push(Assumed { id: n, applies_to, time });
        }
    }
    let statuses = Statuses::new(known);
    for state in [0, 1, 499, 999, 1000, 9999] {
        let n = state % length;
        assert_eq!(statuses.fixed(state).count(), n + 1, "state {state}");
        assert!(statuses.open(state).eq(n + 1..ids), "state {state}");
        assert_eq!(statuses.undecided(state).count(), 0, "state {state}");
    }
}
