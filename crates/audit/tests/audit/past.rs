//! What happened stays in the record: waits that have ended (G2), fixes that were silent at first (G15), and what the maker
//! answers for.

use crate::history::*;
use Verdict::{Exception, Fail};
use pkg_audit::{Audit, AuditOptions, Verdict, audit};
use pkg_format::Rule::{G1, G2, G8, G15, G16, G21};
use pkg_format::manifest::{
    Acknowledged, Acknowledgement, Affected, LatestOnlyKind, PastRule, Remedy, VexJustification, VexStatus,
};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";
const ABSENT: VexStatus = VexStatus::NotAffected(VexJustification::VulnerableCodeNotPresent);

/// Line 1 gets the fix of A 58 days after line 2.
fn late() -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 10, &[A]),
        security("1.1", "1", (2, 1, 3), 68, &[A]),
    ]
}

/// Answers for a rule: vulnerabilities, versions, and the days from when until when.
pub(crate) fn answer(
    issued: u64,
    rule: PastRule,
    ids: &[&str],
    versions: &[&str],
    days: (u64, u64),
) -> pkg_audit::set::Statement<Acknowledgement> {
    let entry = Acknowledged {
        rule,
        ids: ids.iter().map(|i| vuln(i)).collect(),
        states: versions.iter().map(|v| state(v)).collect(),
        from: day(days.0),
        until: day(days.1),
    };
    let like = withdrawal("answer", issued, &[]);
    pkg_audit::set::Statement {
        digest: like.digest,
        common: like.common,
        body: Acknowledgement {
            acknowledges: vec![entry],
            cause: en("The build of line 1 was broken."),
            remedy: en("Both lines are built by one job."),
            approver: label("Head of product security"),
        },
        signers: Vec::new(),
    }
}

fn answered(
    releases: Vec<Release>,
    answer: pkg_audit::set::Statement<Acknowledgement>,
    ignore_acknowledgements: bool,
) -> Audit {
    let set = set(Product { releases, acknowledgements: vec![answer], ..Product::default() });
    audit(&set, &AuditOptions { ignore_acknowledgements, ..AuditOptions::default() })
}

/// A claim that older versions may be left behind excuses from the day it was signed, not before.
#[test]
fn g2_a_later_claim_does_not_erase_a_wait() {
    let claim = |r: &mut Release| {
        r.body.identity.generation = 2;
        r.body.latest_only = latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]);
    };
    let third = feature("3.0", "3", (1, 3, 3), 300, &["1.0", "1.1", "2.0", "2.1"]).but(claim);
    let third = third.but(|r| also_fixes(r, vec![also(A, &["2.1"])]));
    let after = security("3.1", "3", (2, 3, 4), 400, &[B]).but(claim);
    let releases = late().but(|all| all.extend([third, after]));
    let notices = vec![notice("n", 400, B, &["1.0", "1.1", "2.0", "2.1"], Remedy::VendorFix)];
    let found = of_product(Product { releases: releases.clone(), notices, ..Product::default() });
    expect(&found, &[(G2, Fail), (G8, Exception)]);
    let waits = failures(&found, G2);
    assert!(waits.len() == 1 && waits[0].text.contains("1.0 waited 58 days"), "{waits:#?}");
    assert_eq!(waits[0].ended, Some((day(10), day(68))));
    // The fix of B came after the claim: nobody of line 1 waited for it.
    let lags: Vec<_> = found.vulnerabilities.iter().map(|v| (v.id.as_str(), v.lag)).collect();
    assert!(lags.contains(&(A, Some(58 * DAY))) && lags.contains(&(B, Some(0))), "{lags:?}");
    // Had it come before, they waited until the claim.
    let early = releases.but(|all| {
        all.retain(|r| r.body.identity.version.as_str() != "1.1");
        only_from(&mut all[3], &["1.0", "2.0", "2.1"]);
    });
    let notices = vec![notice("n", 400, B, &["1.0", "2.0", "2.1"], Remedy::VendorFix)];
    let found = of_product(Product { releases: early, notices, ..Product::default() });
    assert_eq!(failures(&found, G2)[0].ended, Some((day(10), day(300))));
}

/// The end of support stops the clock, and erases nothing either.
#[test]
fn g2_the_end_of_support_stops_the_clock() {
    let until = |month: &str| {
        of(late().but(|all| {
            all.pop();
            supported_until(&mut all[0], month);
            all.push(security("2.2", "2", (3, 2, 3), 200, &[B]));
        }))
    };
    // The first fix came on 11 January 2026.
    let found = until("2026-02");
    expect(&found, &[(G2, Fail), (G16, Exception)]);
    assert_eq!(failures(&found, G2)[0].ended, Some((day(10), day(59))));
    expect(&until("2025-12"), &[(G16, Exception)]);
}

/// What was said to be affected and later not to be affected is listed; what nobody had said before is no wait.
#[test]
fn g2_not_affected_after_all() {
    let product = |first: Option<VexStatus>| {
        let mut releases = late();
        releases.pop();
        let said = |id, issued, standing| {
            notice(id, issued, A, &["1.0"], Remedy::Workaround)
                .but(|n| n.body.statuses = vec![status(A, &["1.0"], standing)])
        };
        let mut notices = vec![said("last", 90, ABSENT)];
        notices.extend(first.map(|standing| said("first", 12, standing)));
        of_product(Product { releases, notices, ..Product::default() })
    };
    expect(&product(None), &[]);
    expect(&product(Some(VexStatus::UnderInvestigation)), &[]);
    let listed = product(Some(VexStatus::Affected));
    expect(&listed, &[(G2, Exception), (G21, Exception)]);
    let text = &exceptions(&listed, G2)[0].text;
    assert!(text.contains("from 2026-01-13 to 2026-04-01"), "{text}");
}

/// A signed answer turns a failure that has ended into an exception with its reason.
#[test]
fn an_answer_covers_what_has_ended() {
    let good = || answer(100, PastRule::Lag, &[A], &["1.0"], (10, 68));
    let found = answered(late(), good(), false);
    expect(&found, &[(G2, Exception)]);
    let listed = exceptions(&found, G2);
    assert!(listed[0].text.ends_with("answer answers for it"), "{}", listed[0].text);
    assert_eq!(listed[0].approver.as_deref(), Some("Head of product security"));
    let reason = listed[0].rationale.as_deref().unwrap_or_default();
    assert!(reason.contains("build of line 1") && reason.contains("one job"), "{reason}");
    // The run without it.
    expect(&answered(late(), good(), true), &[(G2, Fail)]);
    // It was not signed yet.
    let set = set(Product { releases: late(), acknowledgements: vec![good()], ..Product::default() });
    let before = audit(&set, &AuditOptions { at: Some(day(99)), ..AuditOptions::default() });
    expect(&before, &[(G2, Fail)]);
}

/// An answer that a newer one supersedes covers nothing any more.
#[test]
fn an_answer_that_is_superseded() {
    let product = |supersedes: bool, until: u64| {
        let first = answer(100, PastRule::Lag, &[A], &["1.0"], (10, 68));
        let mut second = answer(120, PastRule::Lag, &[A], &["1.0"], (10, until));
        second.digest = state("the second answer");
        if supersedes {
            second.common.supersedes = vec![first.digest];
        }
        of_product(Product { releases: late(), acknowledgements: vec![first, second], ..Product::default() })
    };
    let verdict = |supersedes, until| product(supersedes, until).result(G2).verdict;
    assert_eq!([verdict(false, 20), verdict(true, 20), verdict(true, 68)], [Exception, Fail, Exception]);
}

/// It covers the whole finding or nothing, and what it does not name it does not cover. It is then listed.
#[test]
fn an_answer_that_covers_too_little_is_listed() {
    let others = [
        answer(100, PastRule::Lag, &[B], &["1.0"], (10, 68)),
        answer(100, PastRule::Lag, &[], &["1.0"], (10, 68)),
        answer(100, PastRule::Lag, &[A], &["1.1"], (10, 68)),
        answer(100, PastRule::Lag, &[A], &[], (10, 68)),
        answer(100, PastRule::Lag, &[A], &["1.0"], (11, 68)),
        answer(100, PastRule::Lag, &[A], &["1.0"], (10, 67)),
        answer(100, PastRule::SilentFix, &[A], &["1.0"], (10, 68)),
    ];
    for other in others {
        let entry = other.body.acknowledges[0].clone();
        let found = answered(late(), other, false);
        assert_eq!(found.result(G2).verdict, Fail, "{entry:?}");
        let rule = if entry.rule == PastRule::Lag { G2 } else { G15 };
        let unused = exceptions(&found, rule);
        assert!(unused.len() == 1 && unused[0].text.contains("covers nothing"), "{entry:?}: {unused:#?}");
        // Where only the time is wrong, it says the right one.
        let is_time = entry.rule == PastRule::Lag && entry.ids == [vuln(A)] && entry.states == [state("1.0")];
        let told = unused[0].text.ends_with("; one is from 2026-01-11 to 2026-03-10");
        assert_eq!(told, is_time, "{}", unused[0].text);
    }
    // The finding has grown: another vulnerability waited just as long.
    let grown = late().but(|all| {
        all[2] = security("2.1", "2", (2, 2, 2), 10, &[A, B]);
        all[3] = security("1.1", "1", (2, 1, 3), 68, &[A, B]);
    });
    let found = answered(grown, answer(100, PastRule::Lag, &[A], &["1.0"], (10, 68)), false);
    assert_eq!(failures(&found, G2).len(), 1);
    assert_eq!(failures(&found, G2)[0].open, [B]);
}

/// Nobody can answer for what is still so.
#[test]
fn an_answer_never_covers_the_present() {
    let stuck = || late().but(|all| drop(all.pop()));
    let affected = |r: &mut Vec<Release>| fixes(&mut r[2])[0].affected = Affected::States(vec![state("1.0")]);
    let found = answered(stuck().but(affected), answer(100, PastRule::Lag, &[A], &["1.0"], (10, 100)), false);
    assert_eq!(found.result(G1).verdict, Fail);
    assert!(exceptions(&found, G2)[0].text.contains("covers nothing"));
}

/// A feature release that fixes A, which it does not list, from 1.0.
fn silent() -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A]),
        feature("2.0", "2", (1, 2, 2), 20, &["1.0", "1.1"]).but(|r| r.body.from = vec![state("1.1")]),
        security("2.1", "2", (2, 2, 3), 30, &[B]).but(|r| {
            r.body.statuses = vec![status(B, &["1.0", "1.1"], ABSENT)];
        }),
    ]
}

/// G15: what was silent can be told later, and stays listed with its dates.
#[test]
fn g15_told_later() {
    let fails = of(silent());
    expect(&fails, &[(G15, Fail)]);
    // By a notice that says so.
    let says = |standing, versions: &[&str]| {
        let n = notice("n", 25, A, versions, Remedy::VendorFix);
        let n = n.but(|n| n.body.statuses = vec![status(A, versions, standing)]);
        of_product(Product { releases: silent(), notices: vec![n], ..Product::default() })
    };
    let told = says(VexStatus::Fixed, &["2.0"]);
    expect(&told, &[(G15, Exception)]);
    let text = &exceptions(&told, G15)[0].text;
    assert!(text.contains("2026-01-21; n told of it on 2026-01-26"), "{text}");
    assert_eq!(says(VexStatus::Fixed, &["1.1"]).result(G15).verdict, Fail);
    // By a second manifest for the same images that lists it.
    let second = |listed: &[&str]| {
        let again = silent().swap_remove(2).but(|r| {
            r.digest = state("another manifest");
            r.common.issued = day(22);
            also_fixes(r, listed.iter().map(|id| also(id, &["1.1"])).collect());
        });
        of(silent().but(|all| all.push(again)))
    };
    assert_eq!(second(&[A]).result(G15).verdict, Exception);
    assert_eq!(second(&[]).result(G15).verdict, Fail);
    // The maker cannot answer for it while nobody tells users, but can afterwards.
    let ended = || answer(40, PastRule::SilentFix, &[A], &["2.0"], (20, 25));
    assert_eq!(answered(silent(), ended(), false).result(G15).verdict, Fail);
    let n = notice("n", 25, A, &["2.0"], Remedy::VendorFix);
    let n = n.but(|n| n.body.statuses = vec![status(A, &["2.0"], VexStatus::Fixed)]);
    let acknowledgements = vec![ended()];
    let found =
        of_product(Product { releases: silent(), notices: vec![n], acknowledgements, ..Product::default() });
    let listed = exceptions(&found, G15);
    assert!(listed.len() == 1 && listed[0].text.ends_with("answer answers for it"), "{listed:#?}");
}

/// What nobody knew could not be listed. It is told by the first who speaks of it.
#[test]
fn g15_nobody_knew() {
    let product = |known: Option<u64>| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[B]),
            feature("2.0", "2", (1, 2, 2), 20, &["1.0", "1.1"])
                .but(|r| r.body.from = vec![state("1.1")])
                .but(|r| also_fixes(r, vec![also(B, &["1.1"])])),
            security("2.1", "2", (2, 2, 3), 50, &[A]).but(|r| {
                fixes(r)[0].known_since = known.map(day);
                fixes(r)[0].affected = Affected::States(vec![state("1.0")]);
                r.body.statuses = vec![status(A, &["1.1"], VexStatus::Fixed)];
            }),
        ];
        of(releases).result(G15).verdict
    };
    assert_eq!([product(None), product(Some(40)), product(Some(15))], [Exception, Exception, Fail]);
}
