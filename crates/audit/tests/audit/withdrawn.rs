//! Fixes that were withdrawn or taken back, and support that ended and began again: what users lack now (G1), and how long
//! they lacked it (G2, G23).

use crate::history::*;
use Verdict::{Exception, Fail};
use pkg_audit::plan::{PlanOptions, plan};
use pkg_audit::{Audit, AuditOptions, Verdict, audit};
use pkg_format::Rule::{G1, G2, G8, G10, G13, G20, G23};
use pkg_format::manifest::{Exploited, LatestOnlyKind, Remedy};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";

/// Both lines get the fix of A on day 10. That of line 1 is withdrawn on day 20.
fn lines() -> Product {
    Product {
        releases: vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
            security("2.1", "2", (2, 2, 2), 10, &[A]),
            security("1.1", "1", (2, 1, 3), 10, &[A]),
        ],
        withdrawals: vec![withdrawal("w", 20, &["1.1"])],
        notices: vec![notice("n", 20, A, &["1.0"], Remedy::Workaround)],
        ..Product::default()
    }
}

/// The repair of line 1.
fn repair(on: u64) -> Release {
    security("1.2", "1", (3, 1, 4), on, &[A])
}

fn at(product: Product, when: u64) -> Audit {
    audit(&set(product), &AuditOptions { at: Some(day(when)), ..AuditOptions::default() })
}

/// A notice covers the gap only as long as nobody has the fix.
#[test]
fn a_withdrawn_fix_is_owed_again_where_others_have_it() {
    let found = at(lines(), 400);
    expect(&found, &[(G1, Fail)]);
    let finding = failures(&found, G1)[0];
    assert_eq!((finding.release.as_str(), finding.best.as_deref()), ("1.0", Some("1.0")));
    assert_eq!(finding.open, [A]);
    let begins = "since 1.1 was withdrawn on 2026-01-21, no security update helps users of 1.0";
    assert!(finding.text.starts_with(begins), "{}", finding.text);
    assert_eq!(finding.forbidden_edge.as_deref(), Some("1.0 → 2.0 (feature)"));
    let set = set(lines());
    let options = PlanOptions { at: day(400), only: None, fix_limits: Vec::new() };
    let plan = plan(&set, &options);
    assert!(plan.products[0].owed.iter().any(|o| o.after.as_deref() == Some("1.0")), "{plan:#?}");
    // Nobody has it any more.
    let both = at(lines().but(|p| p.withdrawals = vec![withdrawal("w", 20, &["1.1", "2.1"])]), 400);
    assert!(both.result(G1).findings.is_empty(), "{:#?}", both.result(G1));
    assert_eq!(both.result(G10).verdict, Fail);
    assert_eq!(exceptions(&both, G10)[0].release, "1.0");
    // The line may be left behind.
    let claimed = lines().but(|p| {
        p.releases[1].body.latest_only = latest_only(LatestOnlyKind::SubVersion, &["rev-a"]);
    });
    expect(&at(claimed, 400), &[(G8, Exception)]);
}

/// The fix of other hardware counts too, if it applies to a state that both run.
#[test]
fn a_withdrawn_fix_that_other_hardware_has() {
    let of = |ids: &'static [&'static str]| move |r: &mut Release| r.common.product.hardware = hardware(ids);
    let product = Product {
        releases: vec![
            release("1.0", "1", (1, 1, 1), 0).but(of(&["rev-a", "rev-b"])),
            security("1.1", "1", (2, 1, 2), 10, &[A]).but(of(&["rev-a"])),
            security("1.2", "1", (3, 1, 3), 10, &[A]).but(of(&["rev-b"])),
        ],
        withdrawals: vec![withdrawal("w", 20, &["1.1"])],
        notices: vec![notice("n", 20, A, &["1.0"], Remedy::Workaround)],
        ..Product::default()
    };
    let found = at(product, 400);
    let failing: Vec<_> = failures(&found, G1).iter().map(|f| f.hardware.as_deref()).collect();
    assert_eq!(failing, [Some("rev-a")]);
}

/// After the withdrawal users wait again, until the repair.
#[test]
fn the_time_until_the_repair_stays_in_the_record() {
    let repaired = |on| at(lines().but(|p| p.releases.push(repair(on))), 400);
    let found = repaired(60);
    expect(&found, &[(G2, Fail)]);
    let waited = failures(&found, G2);
    assert_eq!((waited.len(), waited[0].release.as_str()), (1, "1.0"));
    assert_eq!(waited[0].ended, Some((day(20), day(60))));
    expect(&repaired(21), &[]);
    // Where nobody else had it, there was no wait for what others had.
    let alone = lines().but(|p| {
        p.releases = vec![p.releases.remove(0), p.releases.remove(2), repair(60)];
    });
    expect(&at(alone, 400), &[]);
}

/// It counts for exploited vulnerabilities and for limits of time as well.
#[test]
fn a_withdrawn_fix_helps_nobody_against_what_attackers_use() {
    let product = |on| {
        lines().but(|p| {
            p.releases.push(repair(on));
            p.notices = Vec::new();
            for i in [2, 3, 4] {
                let fix = &mut fixes(&mut p.releases[i])[0];
                (fix.known_since, fix.exploited) = (Some(day(9)), Exploited::Yes(Some(day(9))));
            }
        })
    };
    expect(&at(product(60), 400), &[(G2, Fail), (G23, Fail)]);
    assert_eq!(at(product(34), 400).result(G23).verdict, Verdict::Pass);
    let limit = |days: u64| {
        let severity = pkg_audit::Severity::High;
        let options = AuditOptions { fix_limits: vec![(severity, days * DAY)], ..AuditOptions::default() };
        audit(&set(product(34)), &options).result(G23).verdict
    };
    // A day until the first fix, and 14 days without it.
    assert_eq!([limit(14), limit(15)], [Fail, Verdict::Pass]);
}

/// What needs another scope is available when that is.
#[test]
fn a_fix_that_needs_another_scope_waits_for_it() {
    let of = |name: &'static str| move |r: &mut Release| r.body.identity.scope = id(name);
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0).but(of("app")),
        feature("2.0", "2", (1, 2, 1), 1, &["1.0"]).but(of("app")),
        release("b1", "b", (1, 1, 1), 0).but(of("boot")),
        security("2.1", "2", (2, 2, 2), 10, &[A]).but(of("app")),
        security("1.1", "1", (2, 1, 3), 10, &[A])
            .but(of("app"))
            .but(|r| r.body.requires = needs_release("boot", "b", 2)),
        security("b2", "b", (2, 1, 2), 50, &[B]).but(of("boot")),
    ];
    let product = || Product { releases: releases.clone(), ..Product::default() };
    assert_eq!(at(product(), 40).result(G13).verdict, Fail);
    let found = at(product(), 60);
    assert_eq!(found.result(G13).verdict, Verdict::Pass);
    assert_eq!(failures(&found, G2)[0].ended, Some((day(10), day(50))));
}

/// An honest notice changes nothing about a fix that was taken back.
#[test]
fn what_is_said_later_does_not_undo_a_reopening() {
    let product = |notices| Product {
        releases: vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]),
            security("1.2", "1", (3, 1, 3), 20, &[B]).but(|r| reopens(r, A)),
        ],
        withdrawals: vec![withdrawal("w", 19, &["1.1"])],
        notices,
        ..Product::default()
    };
    let honest = || notice("n", 20, A, &["1.0", "1.2"], Remedy::Workaround);
    let later = || honest().but(|n| n.common.issued = day(30));
    for notices in [Vec::new(), vec![honest()], vec![later()]] {
        let soon = at(product(notices.clone()), 20);
        assert_eq!((soon.result(G1).verdict, soon.result(G2).verdict), (Exception, Verdict::Pass));
        let found = at(product(notices), 300);
        assert_eq!((found.result(G1).verdict, found.result(G20).verdict), (Exception, Exception));
        let text = &failures(&found, G2)[0].text;
        assert!(text.starts_with("users of 1.2 have waited 280 days for CVE-2026-1000"), "{text}");
    }
    // What closes it does undo it, and what opens it after that is no reopening.
    let closed = honest().but(|n| {
        let absent = pkg_format::manifest::VexJustification::ComponentNotPresent;
        let absent = pkg_format::manifest::VexStatus::NotAffected(absent);
        n.body.statuses = vec![status(A, &["1.2"], absent)];
        n.common.issued = day(25);
    });
    let found = at(product(vec![closed, later()]), 300);
    assert!(failures(&found, G2).iter().all(|f| !f.text.contains("taken back")), "{:#?}", found.result(G2));
}

/// Months in which nothing was owed are no delay.
#[test]
fn a_line_that_is_supported_again() {
    let product = |revived: u64| {
        let mut releases = lines().releases;
        supported_until(&mut releases[0], "2026-01");
        releases[3] = security("1.1", "1", (2, 1, 3), revived, &[A]);
        releases[2].common.issued = day(40);
        Product { releases, ..Product::default() }
    };
    // Support ended with January, and the fix of line 2 came on 10 February.
    let found = at(product(120), 400);
    assert_eq!(found.result(G2).verdict, Verdict::Pass, "{:#?}", found.result(G2));
    // From when it is supported again, users wait.
    let again = product(120).but(|p| {
        p.releases.push(security("1.0.1", "1", (2, 1, 2), 100, &[B]));
        p.releases[3].common.sequence = 3;
    });
    assert_eq!(failures(&at(again, 400), G2)[0].ended, Some((day(100), day(120))));
}
