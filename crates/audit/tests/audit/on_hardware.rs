//! Notices and withdrawals for some of the hardware that a release runs on: they say nothing to the other users.

use crate::history::*;
use Verdict::{Exception, Fail};
use pkg_audit::plan::{PlanOptions, plan};
use pkg_audit::{Audit, AuditOptions, Verdict, audit};
use pkg_format::Rule::{G1, G2, G9, G10, G14, G21, G22};
use pkg_format::manifest::{Remedy, VexJustification, VexStatus};

const A: &str = "CVE-2026-1000";
const NOT: VexStatus = VexStatus::NotAffected(VexJustification::ComponentNotPresent);

/// For both kinds of hardware.
fn both(mut release: Release) -> Release {
    release.common.product.hardware = hardware(&["rev-a", "rev-b"]);
    release
}

fn product(releases: Vec<Release>) -> Product {
    let releases = releases.into_iter().map(both).collect();
    Product { releases, ..Product::default() }
}

/// A notice for one kind of hardware that says that 1.0 is not affected.
fn unharmed(name: &str, on: &str) -> Notice {
    notice(name, 20, A, &["1.0"], Remedy::Workaround).but(|n| {
        n.common.product.hardware = hardware(&[on]);
        n.body.statuses[0].standing = NOT;
    })
}

fn at(product: &Product, when: u64) -> Audit {
    audit(&set(product.clone()), &AuditOptions { at: Some(day(when)), ..AuditOptions::default() })
}

/// Rule, release and hardware of each failure.
fn failing(audit: &Audit) -> Vec<(pkg_format::Rule, &str, Option<&str>)> {
    audit.failures().map(|f| (f.rule, f.release.as_str(), f.hardware.as_deref())).collect()
}

/// The version, line and hardware of each owed thing.
fn owed(product: &Product, when: u64) -> Vec<(String, Vec<String>)> {
    let plan =
        plan(&set(product.clone()), &PlanOptions { at: day(when), only: None, fix_limits: Vec::new() });
    let owed = plan.products[0].owed.iter();
    owed.map(|o| (o.task.as_str().to_owned(), o.hardware.iter().cloned().collect())).collect()
}

#[test]
fn a_notice_closes_nothing_on_hardware_that_it_does_not_name() {
    let lines = || {
        let fix = security("2.1", "2", (2, 2, 2), 10, &[A])
            .but(|r| r.body.statuses = vec![status(A, &["1.0"], VexStatus::Affected)]);
        product(vec![release("1.0", "1", (1, 1, 1), 0), feature("2.0", "2", (1, 2, 1), 5, &["1.0"]), fix])
    };
    let one = lines().but(|p| p.notices = vec![unharmed("b", "rev-b")]);
    let found = at(&one, 25);
    assert_eq!(failing(&found), [(G1, "1.0", Some("rev-a")), (G9, "1.0", Some("rev-a"))]);
    // The others are told at last that it was a false alarm.
    for rule in [G2, G21] {
        assert_eq!(exceptions(&found, rule)[0].hardware.as_deref(), Some("rev-b"));
    }
    let rev_a = || vec!["rev-a".to_owned()];
    assert_eq!(owed(&one, 25), [("security-release".into(), rev_a()), ("notice".into(), rev_a())]);
    let each = lines().but(|p| p.notices = vec![unharmed("b", "rev-b"), unharmed("a", "rev-a")]);
    expect(&at(&each, 25), &[(G2, Exception), (G21, Exception)]);
    assert_eq!(owed(&each, 25), []);
}

#[test]
fn who_is_not_told_anything_is_named() {
    let lines = product(vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 10, &[A]),
    ]);
    let one = lines.but(|p| p.notices = vec![unharmed("b", "rev-b")]);
    let found = at(&one, 25);
    assert_eq!(failing(&found), [(G1, "1.0", Some("rev-a")), (G14, "1.0", Some("rev-a"))]);
    let notice = ("notice".to_owned(), vec!["rev-a".to_owned()]);
    assert!(owed(&one, 25).contains(&notice), "{:?}", owed(&one, 25));
}

#[test]
fn a_release_is_withdrawn_for_the_hardware_that_is_named() {
    let withdrawn = || {
        let mut product =
            product(vec![release("1.0", "1", (1, 1, 1), 0), security("1.1", "1", (2, 1, 2), 10, &[A])]);
        product.withdrawals = vec![withdrawal("w", 20, &["1.1"])];
        product.withdrawals[0].common.product.hardware = hardware(&["rev-b"]);
        product
    };
    let found = at(&withdrawn(), 25);
    assert_eq!(failing(&found), [(G10, "1.0", Some("rev-b"))]);
    assert_eq!(owed(&withdrawn(), 25), [("security-release".into(), vec!["rev-b".into()])]);
    // The others need no repair; those who have it need one.
    let mut repaired = withdrawn();
    repaired.releases.push(security("1.2", "1", (3, 1, 3), 20, &[A]));
    repaired.releases[2].common.product.hardware = hardware(&["rev-b"]);
    assert_eq!(failing(&at(&repaired, 25)), []);
    // What comes next lets in both.
    let mut next = repaired.clone();
    next.releases.push(both(feature("2.0", "2", (1, 2, 3), 30, &["1.2"])));
    let found = at(&next, 35);
    assert!(failing(&found).contains(&(G22, "1.1", Some("rev-a"))), "{:?}", failing(&found));
    // Withdrawn for one after the other, it is withdrawn.
    let all = withdrawn().but(|p| {
        p.withdrawals.push(withdrawal("v", 22, &["1.1"]));
        p.withdrawals[1].common.product.hardware = hardware(&["rev-a"]);
    });
    let found = at(&all, 25);
    assert_eq!(failing(&found), [(G10, "1.0", Some("rev-a")), (G10, "1.0", Some("rev-b"))]);
    expect(&found, &[(G10, Fail)]);
}
