//! Findings grouped by cause: what is true of many releases for the same reason is one entry of the report.

use crate::finding::{Finding, Verdict};
use crate::phrase::list;
use crate::places::{Place, Places};
use crate::releases::Releases;
use crate::sentence::{Sentence, Slot};
use pkg_format::{Digest, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// One cause of failures or exceptions.
#[derive(Debug, Clone)]
pub struct Cause {
    /// The rule.
    pub rule: Rule,
    /// An exception or a failure.
    pub verdict: Verdict,
    /// The product: vendor and name.
    pub product: String,
    /// The releases that it concerns.
    pub releases: Releases,
    /// The hardware that it concerns; none where it is about all.
    pub hardware: Vec<String>,
    /// The vulnerabilities that stay open.
    pub open: Vec<String>,
    /// The best release that can be reached, if it is the same for all.
    pub best: Option<String>,
    /// The step that would close them and that nobody may be forced to take, if it is the same for all.
    pub forbidden_edge: Option<String>,
    /// The cause in plain words.
    pub text: String,
    /// Why the exception was made.
    pub rationale: Option<String>,
    /// Who approved it.
    pub approver: Option<String>,
    /// The digests of the evidence for it.
    pub evidence: Vec<Digest>,
    /// The digests of the states and manifests that it concerns, in version order.
    pub states: Vec<Digest>,
}

/// What findings of one cause have in common.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    verdict: std::cmp::Reverse<Verdict>,
    cause: Result<&'a str, Sentence>,
    open: &'a [String],
    rationale: Option<&'a str>,
    approver: Option<&'a str>,
}

/// One release of a cause, on all its hardware.
#[derive(Default)]
struct Member<'a> {
    hardware: BTreeSet<&'a str>,
    finding: Option<(&'a Finding, Sentence)>,
    evidence: BTreeSet<Digest>,
}

/// The findings of one cause. A release may have several, such as two waits: the first of each are one entry of the
/// report, the second of each another one.
#[derive(Default)]
struct Alike<'a> {
    told: BTreeMap<(Place, Option<&'a str>), Vec<&'a str>>,
    members: BTreeMap<usize, BTreeMap<Place, Member<'a>>>,
}

impl<'a> Alike<'a> {
    /// The member to which a finding belongs, which may say again what another one says.
    fn member(&mut self, place: Place, finding: &'a Finding) -> &mut Member<'a> {
        let told = self.told.entry((place.clone(), finding.hardware.as_deref())).or_default();
        let nth = told.iter().position(|text| *text == finding.text).unwrap_or(told.len());
        if nth == told.len() {
            told.push(&finding.text);
        }
        self.members.entry(nth).or_default().entry(place).or_default()
    }
}

/// The findings of one rule in one product by cause, failures first.
pub(crate) fn group(findings: &[Finding], places: &Places<'_, '_>) -> Vec<Cause> {
    let mut alike: BTreeMap<Key<'_>, Alike<'_>> = BTreeMap::new();
    for finding in findings {
        let sentence = Sentence::new(finding);
        let key = Key {
            verdict: std::cmp::Reverse(finding.verdict),
            cause: finding.cause.as_deref().ok_or_else(|| sentence.without_values()),
            open: &finding.open,
            rationale: finding.rationale.as_deref(),
            approver: finding.approver.as_deref(),
        };
        let member = alike.entry(key).or_default().member(places.of(finding), finding);
        member.hardware.extend(finding.hardware.as_deref());
        member.evidence.extend(&finding.evidence);
        member.finding.get_or_insert((finding, sentence));
    }
    let mut all = Vec::new();
    for (nth, members) in alike.into_values().flat_map(|alike| alike.members) {
        // Releases for other hardware are another entry: each says exactly whom it concerns.
        let mut apart: BTreeMap<BTreeSet<&str>, BTreeMap<Place, Member<'_>>> = BTreeMap::new();
        for (place, member) in members {
            apart.entry(member.hardware.clone()).or_default().insert(place, member);
        }
        all.extend(apart.into_values().filter_map(|members| Draft::new(nth, &members, places)));
    }
    join(all)
}

/// A cause before several vulnerabilities of the same releases are told in one sentence.
struct Draft {
    cause: Cause,
    sentence: Sentence,
    places: BTreeSet<Place>,
    /// Which of several findings of its releases it is about, from 0 on.
    nth: usize,
}

impl Draft {
    fn new(nth: usize, members: &BTreeMap<Place, Member<'_>>, places: &Places<'_, '_>) -> Option<Draft> {
        let found: Vec<&(&Finding, Sentence)> = members.values().filter_map(|m| m.finding.as_ref()).collect();
        let (first, _) = found.first()?;
        // Of findings with a cause of their own, the most frequent sentence speaks for all.
        let mut sentences: BTreeMap<Sentence, (usize, Vec<&Sentence>)> = BTreeMap::new();
        for (i, (_, sentence)) in found.iter().enumerate() {
            let entry = sentences.entry(sentence.without_values());
            entry.or_insert_with(|| (i, Vec::new())).1.push(sentence);
        }
        let (_, most) = sentences.into_values().max_by_key(|(i, all)| (all.len(), std::cmp::Reverse(*i)))?;
        let sentence = Sentence::with_largest_values(&most);
        let same = |of: fn(&Finding) -> &Option<String>| {
            of(first).clone().filter(|_| found.iter().all(|(f, _)| of(f) == of(first)))
        };
        let places_of: BTreeSet<Place> = members.keys().cloned().collect();
        Some(Draft {
            cause: Cause {
                rule: first.rule,
                verdict: first.verdict,
                product: first.product.clone(),
                releases: places.releases(&places_of),
                hardware: members.values().next()?.hardware.iter().map(|h| (*h).to_owned()).collect(),
                open: first.open.clone(),
                best: same(|f| &f.best),
                forbidden_edge: same(|f| &f.forbidden_edge),
                text: String::new(),
                rationale: first.rationale.clone(),
                approver: first.approver.clone(),
                evidence: members.values().flat_map(|m| &m.evidence).copied().collect(),
                states: found.iter().filter_map(|(f, _)| f.digest).collect(),
            },
            sentence,
            places: places_of,
            nth,
        })
    }

    fn likeness(&self) -> Likeness<'_> {
        let c = &self.cause;
        Likeness {
            verdict: std::cmp::Reverse(c.verdict),
            sentence: self.sentence.without_values(),
            places: &self.places,
            nth: self.nth,
            hardware: &c.hardware,
            rationale: c.rationale.as_deref(),
            approver: c.approver.as_deref(),
        }
    }
}

/// What causes have in common that differ only in the vulnerability.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness<'a> {
    verdict: std::cmp::Reverse<Verdict>,
    sentence: Sentence,
    places: &'a BTreeSet<Place>,
    nth: usize,
    hardware: &'a [String],
    rationale: Option<&'a str>,
    approver: Option<&'a str>,
}

/// Tells of several vulnerabilities in one sentence where that is the only difference.
fn join(mut drafts: Vec<Draft>) -> Vec<Cause> {
    for draft in &mut drafts {
        if let [only] = draft.cause.open.as_slice() {
            draft.sentence.open(only);
        }
    }
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (i, draft) in drafts.iter().enumerate() {
        // What cannot be told in one sentence stays apart.
        let is_alone = !draft.sentence.has(Slot::Vulnerability);
        groups.entry((draft.likeness(), is_alone.then_some(i))).or_default().push(i);
    }
    let mut causes = Vec::new();
    for members in groups.into_values() {
        let Some(first) = members.first().and_then(|i| drafts.get(*i)) else { continue };
        let mut cause = first.cause.clone();
        let sentences: Vec<&Sentence> = members.iter().map(|i| &drafts[*i].sentence).collect();
        let sentence = Sentence::with_largest_values(&sentences);
        for other in members.iter().skip(1).map(|i| &drafts[*i].cause) {
            cause.open.extend(other.open.iter().cloned());
            cause.evidence.extend(&other.evidence);
            cause.best = cause.best.filter(|b| Some(b) == other.best.as_ref());
            cause.forbidden_edge = cause.forbidden_edge.filter(|e| Some(e) == other.forbidden_edge.as_ref());
        }
        cause.open = crate::releases::sorted(cause.open);
        cause.evidence.sort_unstable();
        cause.evidence.dedup();
        cause.text = sentence.told(&cause.releases, &list(&cause.open), cause.open.len());
        causes.push((cause.verdict, cause, &first.places));
    }
    causes.sort_by(|(a, _, x), (b, _, y)| b.cmp(a).then(x.cmp(y)));
    causes.into_iter().map(|(_, cause, _)| cause).collect()
}
