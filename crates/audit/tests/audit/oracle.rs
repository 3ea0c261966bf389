//! Random graphs against an oracle that does it the long way: it walks every simple path and asks the
//! rules as they are written, without levels, orders or groups.

use crate::history::*;
use pkg_audit::Verdict;
use pkg_format::Rule;
use pkg_format::manifest::{AppliesTo, Channel, Fix, Outcome, Update, VexJustification, VexStatus};
use std::collections::{BTreeMap, BTreeSet};

/// SplitMix64: the same graphs in each run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next(n) == 0
    }
}

const HARDWARE: [&str; 2] = ["rev-a", "rev-b"];
const IDS: [&str; 4] = ["CVE-2026-1000", "CVE-2026-2000", "CVE-2026-3000", "CVE-2026-4000"];

/// A graph of up to seven releases on up to two lines, with all that may go wrong in it.
fn random(random: &mut Random) -> Vec<Release> {
    let count = 2 + random.next(6);
    let mut releases: Vec<Release> = Vec::new();
    let mut sequences = [0, 0];
    for n in 0..count {
        let line = random.next(2);
        sequences[line as usize] += 1 + random.next(2);
        let counters = (sequences[line as usize], 1 + random.next(2), 1 + random.next(4));
        let (version, line) = (format!("v{n}"), ["1", "2"][line as usize]);
        let earlier: Vec<String> = (0..n).filter(|_| random.one_in(2)).map(|m| format!("v{m}")).collect();
        let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
        let mut release = match random.next(3) {
            0 => feature(&version, line, counters, n, &earlier),
            _ => {
                let mut release = security(&version, line, counters, n, &[]);
                let mut level = || 1 + random.next(counters.2);
                fixes(&mut release).push(fix(IDS[(n % 4) as usize], level()));
                if random.one_in(2) {
                    let level = 1 + random.next(counters.2);
                    let id = IDS[random.next(4) as usize];
                    if fixes(&mut release).iter().all(|f| f.id.as_str() != id) {
                        fixes(&mut release).push(fix(id, level));
                    }
                }
                if random.one_in(2) {
                    only_from(&mut release, &earlier);
                }
                release
            }
        };
        if random.one_in(8) {
            release.body.identity.channel = Channel::Testing;
        }
        if random.one_in(8) {
            release.common.product.hardware = hardware(&HARDWARE[random.next(2) as usize..][..1]);
        } else {
            release.common.product.hardware = hardware(&HARDWARE);
        }
        release.deliveries = match random.next(4) {
            0 => vec![Delivery::Delta(vec![(id("rootfs"), state(&format!("v{}", random.next(count))))])],
            _ => vec![Delivery::Full],
        };
        if random.one_in(6)
            && let Update::Security(security) = &mut release.body.update
            && let Some(fix) = security.fixes.first_mut()
        {
            fix.status = Outcome::Mitigated;
        }
        if random.one_in(3) {
            let standing = [
                VexStatus::Affected,
                VexStatus::Fixed,
                VexStatus::NotAffected(VexJustification::ComponentNotPresent),
                VexStatus::UnderInvestigation,
            ][random.next(4) as usize];
            let about = format!("v{}", random.next(count));
            release.body.statuses.push(status(IDS[random.next(4) as usize], &[&about], standing));
        }
        if random.one_in(2) {
            release.body.from =
                (0..n).filter(|_| random.one_in(3)).map(|m| state(&format!("v{m}"))).collect();
        }
        releases.push(release);
    }
    follow_on(&mut releases);
    releases
}

fn fixes_of(r: &Release) -> &[Fix] {
    r.body.security().map_or(&[], |s| &s.fixes)
}

fn version(r: &Release) -> &str {
    r.body.identity.version.as_str()
}

fn is_testing(r: &Release) -> bool {
    r.body.identity.channel == Channel::Testing
}

/// What statements say of a vulnerability in a release: when, whether it is open, and whether it is fixed. Of equal time
/// open counts, then what is not affected.
fn said(releases: &[Release], r: &Release, id: &str) -> Option<(u64, bool, bool)> {
    let mut all: Vec<(u64, bool, bool)> = Vec::new();
    for m in releases {
        let of_it = m.body.statuses.iter().filter(|s| s.id.as_str() == id && s.states.contains(&r.state));
        all.extend(of_it.map(|s| {
            let fixed = s.standing == VexStatus::Fixed;
            let closed = fixed || matches!(s.standing, VexStatus::NotAffected(_));
            (m.common.issued, !closed, fixed)
        }));
    }
    // A fix of an earlier level says nothing.
    let own = fixes_of(r).iter().filter(|f| f.id.as_str() == id && f.level == r.body.identity.security_level);
    all.extend(own.map(|f| {
        let fixed = f.status == Outcome::Fixed;
        (r.common.issued, !fixed, fixed)
    }));
    all.into_iter().max_by_key(|(issued, open, fixed)| (*issued, *open, !*fixed))
}

/// What the oracle knows of each vulnerability in each release, by the text of the rule: whether it is closed, and whether
/// it is fixed.
fn closed(releases: &[Release], r: &Release, id: &str) -> (bool, bool) {
    if let Some((_, open, fixed)) = said(releases, r, id) {
        return (!open, fixed);
    }
    let parents: Vec<&Release> = releases.iter().filter(|p| r.body.from.contains(&p.state)).collect();
    let theirs: Vec<(bool, bool)> = parents.iter().map(|p| closed(releases, p, id)).collect();
    if theirs.iter().any(|(_, fixed)| *fixed) {
        return (true, true);
    }
    let level = |r: &Release| r.body.identity.feature_level;
    let keeps = r.body.security().is_some() && parents.iter().all(|p| level(p) == level(r));
    (keeps && !theirs.is_empty() && theirs.iter().all(|(closed, _)| *closed), false)
}

/// Whether the applies-to of `m` names `u`.
fn names(m: &Release, u: &Release) -> bool {
    let (new, old) = (&m.body.identity, &u.body.identity);
    match &m.body.applies_to {
        AppliesTo::Line => {
            new.line == old.line
                && new.feature_level == old.feature_level
                && old.security_level < new.security_level
        }
        AppliesTo::States(list) => list.contains(&u.state),
    }
}

/// Whether a device in `u` takes `m`, and a package is there.
fn takes(m: &Release, u: &Release) -> bool {
    let (new, old) = (&m.body.identity, &u.body.identity);
    let same = new.line == old.line;
    let rises = new.feature_level > old.feature_level || new.security_level > old.security_level;
    let forward = if same {
        m.common.sequence > u.common.sequence
    } else {
        new.feature_level >= old.feature_level && rises
    };
    let class = match m.body.update {
        Update::Feature(_) => new.feature_level > old.feature_level,
        Update::Security(_) => {
            new.security_level > old.security_level
                && fixes_of(m).iter().any(|f| f.level > old.security_level)
                && same
                && new.feature_level == old.feature_level
        }
    };
    let package = m.deliveries.iter().any(|d| match d {
        Delivery::Full => true,
        Delivery::Delta(bases) => bases.iter().all(|(component, base)| {
            u.body.images.iter().any(|i| (&i.component, i.sha256) == (component, *base))
        }),
    });
    names(m, u) && forward && new.security_level >= old.security_level && class && package
}

/// Every release that simple paths of counting steps lead to, walked one by one.
fn walk<'r>(
    releases: &'r [Release],
    at: &'r Release,
    counts: &dyn Fn(&Release) -> bool,
    path: &mut Vec<&'r str>,
    ends: &mut BTreeSet<&'r str>,
) {
    ends.insert(version(at));
    path.push(version(at));
    for m in releases {
        if counts(m) && takes(m, at) && !path.contains(&version(m)) {
            walk(releases, m, counts, path, ends);
        }
    }
    path.pop();
}

/// The releases that fail G1 and those that fail G7, for each hardware.
fn oracle(releases: &[Release]) -> BTreeMap<(String, String), (bool, bool)> {
    let mut found = BTreeMap::new();
    for hardware in HARDWARE {
        let runs = |r: &Release| r.common.product.hardware.iter().any(|h| h.as_str() == hardware);
        // What this hardware runs, and what releases for whomever lead to from there.
        let mut later: BTreeSet<&str> = releases.iter().filter(|r| runs(r)).map(version).collect();
        for _ in releases {
            let follows = |r: &&Release| {
                !is_testing(r) && releases.iter().any(|u| later.contains(version(u)) && names(r, u))
            };
            let new: Vec<&str> = releases.iter().filter(follows).map(version).collect();
            later.extend(new);
        }
        let patched: Vec<&str> = IDS
            .into_iter()
            .filter(|id| {
                // A fix for other hardware counts where it applies to one of these.
                let fixes = |r: &Release| fixes_of(r).iter().any(|f| f.id.as_str() == *id);
                let leads = |r: &Release| {
                    fixes(r) && releases.iter().any(|u| later.contains(version(u)) && names(r, u))
                };
                let made = |r: &&Release| !is_testing(r) && (runs(r) || leads(r));
                releases.iter().filter(made).any(|r| closed(releases, r, id).1)
            })
            .collect();
        let good = |version: &str| {
            let r = releases.iter().find(|r| self::version(r) == version).expect("a release");
            patched.iter().all(|id| closed(releases, r, id).0)
        };
        for v in releases.iter().filter(|r| runs(r) && !is_testing(r)) {
            let security = |m: &Release| runs(m) && !is_testing(m) && m.body.security().is_some();
            let full = |m: &Release| security(m) && m.deliveries.contains(&Delivery::Full);
            let reaches = |counts: &dyn Fn(&Release) -> bool| {
                let mut ends = BTreeSet::new();
                walk(releases, v, counts, &mut Vec::new(), &mut ends);
                ends.into_iter().any(good)
            };
            let (g1, g7) = (reaches(&security), reaches(&full));
            found.insert((version(v).to_owned(), hardware.to_owned()), (!g1, g1 && !g7));
        }
    }
    found
}

/// G1, G7 and with them reachability: no disagreement on tens of thousands of graphs.
#[test]
fn no_disagreement_with_the_oracle_on_random_graphs() {
    const GRAPHS: u64 = 40_000;
    let mut source = Random(7);
    let (mut judged, mut failing) = (0u64, [0u64; 2]);
    for n in 0..GRAPHS {
        let releases = random(&mut source);
        let expected = oracle(&releases);
        let audit = of(releases.clone());
        let fails = |rule: Rule| -> BTreeSet<(String, String)> {
            let found = audit.result(rule).findings.iter().filter(|f| f.verdict == Verdict::Fail);
            found.map(|f| (f.release.clone(), f.hardware.clone().expect("hardware"))).collect()
        };
        let (g1, g7) = (fails(Rule::G1), fails(Rule::G7));
        for (place, (forced, only_delta)) in &expected {
            assert_eq!(g1.contains(place), *forced, "graph {n}: G1 of {place:?}: {releases:#?}");
            assert_eq!(g7.contains(place), *only_delta, "graph {n}: G7 of {place:?}: {releases:#?}");
            judged += 1;
            failing[0] += u64::from(*forced);
            failing[1] += u64::from(*only_delta);
        }
        assert!(g1.iter().chain(&g7).all(|place| expected.contains_key(place)), "graph {n}");
    }
    println!("{GRAPHS} graphs, {judged} releases judged, G1 fails {}, G7 fails {}", failing[0], failing[1]);
    // Graphs in which nothing happens would prove nothing.
    assert!(
        judged > 200_000 && failing[0] > judged / 20 && failing[1] > 100 && failing[0] < judged * 19 / 20
    );
}
