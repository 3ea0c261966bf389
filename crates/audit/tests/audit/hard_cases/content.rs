//! What a release brings beside a fix, and what is said of a vulnerability and when.

use super::{two_lines, with};
use crate::history::*;
use pkg_audit::{AuditOptions, Verdict, audit};
use pkg_format::Rule::{G1, G2, G3, G4, G5, G9, G10, G14, G22};
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{Effect, Outcome, Remedy, SeparationKind, VexJustification, VexStatus};

use Verdict::{Exception, Fail};

fn with_parser(more: impl FnOnce(&mut Release)) -> Vec<Release> {
    vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]).but(|r| {
            with_change(r, SeparationKind::Inseparable, Effect::Replaced, &["CVE-2026-1000"]);
            more(r);
        }),
    ]
}

#[test]
fn h9_the_parser_is_replaced() {
    let found = of(with_parser(|_| {}));
    expect(&found, &[(G3, Exception)]);
    let row = exceptions(&found, G3)[0];
    assert_eq!(row.approver.as_deref(), Some("Security board"));
    assert!(row.rationale.as_deref().is_some_and(|r| r.contains("parser")));
}

#[test]
fn h10_a_separable_fix_rides_along() {
    let found = of(with_parser(|r| fixes(r).push(fix("CVE-2026-2000", 2))));
    expect(&found, &[(G3, Exception)]);
    let riding = |a: &pkg_audit::Audit| {
        exceptions(a, G3).iter().any(|f| f.text.contains("contains the fix of CVE-2026-2000"))
    };
    assert!(riding(&found));
    // y can be had elsewhere: no exception for it.
    let mut apart = with_parser(|r| fixes(r).push(fix("CVE-2026-2000", 2)));
    apart.push(security("1.4.2-y", "1.4", (3, 1, 3), 11, &["CVE-2026-2000"]).but(|r| {
        fixes(r).push(fix("CVE-2026-1000", 2));
    }));
    assert!(!riding(&of(apart)));
}

#[test]
fn h11_the_interface_is_switched_off() {
    let found = of(vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"])
            .but(|r| with_change(r, SeparationKind::ChangeIsFix, Effect::Disabled, &["CVE-2026-1000"])),
    ]);
    expect(&found, &[(G3, Exception)]);
}

/// No builder writes it and no verifier takes it; should it be in a set all the same, the set fails.
#[test]
fn h12_a_menu_rides_on_a_security_update() {
    let menu = |r: &mut Release| changes(r).push(change("menu", 2, Effect::Added, &[]));
    let mut releases = vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]),
    ];
    menu(&mut releases[1]);
    expect(&of(releases), &[(G1, Fail), (G3, Fail)]);
}

#[test]
fn h13_the_backport_comes_three_months_later() {
    let late = security("1.4.3", "1.4", (2, 1, 2), 100, &["CVE-2026-1000"]);
    let found = of(with(
        vec![
            release("1.4.2", "1.4", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.4.2"]).but(|r| {
                also_fixes(r, vec![also("CVE-2026-1000", &["1.4.3"])]);
            }),
        ],
        [late],
    ));
    expect(&found, &[(G2, Fail)]);
    assert!(failures(&found, G2)[0].text.contains("90 days"), "{}", failures(&found, G2)[0].text);
    assert_eq!(found.vulnerabilities[0].lag, Some(90 * DAY));
    assert_eq!(found.vulnerabilities[0].waited.as_deref(), Some("1.4.2"));
}

/// Before the backport, the same history forced its users.
#[test]
fn h13_as_of_the_day_before() {
    let releases = vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 10, &["1.4.2"]).but(|r| {
            also_fixes(r, vec![also_except("CVE-2026-1000", ExceptionReason::SupportEnded)]);
        }),
        security("1.4.3", "1.4", (2, 1, 2), 100, &["CVE-2026-1000"]),
    ];
    let notices = vec![notice("n1", 11, "CVE-2026-1000", &["1.4.2"], Remedy::Workaround)];
    let set = set(Product { releases, notices, ..Product::default() });
    let at = |n| audit(&set, &AuditOptions { at: Some(day(n)), ..AuditOptions::default() });
    expect(&at(5), &[]);
    // The reason that was given, the end of support, does not hold.
    expect(&at(99), &[(G1, Fail), (G4, Fail)]);
    expect(&at(100), &[(G2, Fail)]);
}

fn withdrawn(notices: Vec<Notice>) -> Product {
    Product {
        releases: vec![
            release("1.4.2", "1.4", (1, 1, 1), 0),
            security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]),
        ],
        withdrawals: vec![withdrawal("w1", 20, &["1.4.3"])],
        notices,
        ..Product::default()
    }
}

#[test]
fn h14_the_fix_is_withdrawn() {
    let found = of_product(withdrawn(Vec::new()));
    assert_eq!((found.result(G1).verdict, found.result(G10).verdict), (Verdict::Pass, Fail));
    assert!(
        failures(&found, G10).iter().any(|f| f.text.contains("2026-01-21")),
        "since when: {:#?}",
        failures(&found, G10)
    );
    let told = of_product(withdrawn(vec![notice("n1", 20, "CVE-2026-1000", &["1.4.2"], Remedy::Workaround)]));
    expect(&told, &[(G10, Exception)]);
    // With a replacement there is no gap.
    let mut replaced = withdrawn(Vec::new());
    replaced.releases.push(
        security("1.4.4", "1.4", (3, 1, 3), 21, &["CVE-2026-1001"])
            .but(|r| fixes(r).push(fix("CVE-2026-1000", 2))),
    );
    expect(&of_product(replaced), &[]);
}

#[test]
fn h15_a_feature_release_reopens_a_fix() {
    let found = of(vec![
        release("1.4.8", "1.4", (1, 1, 1), 0),
        security("1.4.9", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]),
        // Branched before the fix: its security level falls, and no device in 1.4.9 takes it.
        feature("1.5.0", "1.5", (1, 2, 1), 20, &["1.4.9"]).but(|r| r.body.from = vec![state("1.4.8")]),
        security("1.5.1", "1.5", (2, 2, 2), 20, &["CVE-2026-1000"]),
    ]);
    // So they are stranded as well.
    expect(&found, &[(G5, Fail), (G22, Fail)]);
    assert_eq!(failures(&found, G5)[0].open, ["CVE-2026-1000"]);
    // It says the level of the fix and does not have it.
    let lying = of(vec![
        release("1.4.8", "1.4", (1, 1, 1), 0),
        security("1.4.9", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]),
        feature("1.5.0", "1.5", (1, 2, 2), 20, &["1.4.9"])
            .but(|r| r.body.statuses = vec![status("CVE-2026-1000", &["1.5.0"], VexStatus::Affected)]),
    ]);
    expect(&lying, &[(G1, Fail), (G5, Fail), (G9, Fail)]);
}

#[test]
fn h18_only_the_new_line_has_it() {
    let history = |standing| {
        with(
            two_lines(),
            [security("1.5.1", "1.5", (2, 2, 2), 20, &["CVE-2026-1000"]).but(|r| {
                r.body.statuses = vec![status("CVE-2026-1000", &["1.4.2"], standing)];
            })],
        )
    };
    expect(&of(history(VexStatus::NotAffected(VexJustification::VulnerableCodeNotPresent))), &[]);
    // While somebody investigates it counts as open.
    let unknown = of(history(VexStatus::UnderInvestigation));
    expect(&unknown, &[(G1, Fail)]);
    assert!(unknown.vulnerabilities[0].undecided_in.is_empty());
    // Where nobody says anything it counts as open too, and that is a failure of its own.
    let unknown =
        of(history(VexStatus::Affected).but(|r| r.iter_mut().for_each(|r| r.body.statuses.clear())));
    expect(&unknown, &[(G1, Fail), (G14, Fail)]);
    assert_eq!(unknown.vulnerabilities[0].undecided_in.to_string(), "1.4.2");
}

#[test]
fn h19_no_fix_but_a_workaround() {
    let product = |notices| Product { releases: two_lines(), notices, ..Product::default() };
    let told = notice("n1", 20, "CVE-2026-1000", &["1.4.2", "1.5.0"], Remedy::Workaround);
    let found = of_product(product(vec![told.clone()]));
    expect(&found, &[]);
    assert_eq!(found.vulnerabilities[0].decision, "workaround");
    // The remedy is for one of the two only.
    let half = told.but(|n| n.body.remediations[0].states.retain(|s| *s == state("1.4.2")));
    let found = of_product(product(vec![half]));
    expect(&found, &[(G9, Fail)]);
    assert_eq!(failures(&found, G9)[0].release, "1.5.0");
}

#[test]
fn h20_mitigated_is_not_fixed() {
    let releases = |outcome| {
        with(
            two_lines(),
            [
                security("1.4.3", "1.4", (2, 1, 2), 20, &["CVE-2026-1000"])
                    .but(|r| fixes(r)[0].status = outcome),
                security("1.5.1", "1.5", (2, 2, 3), 20, &["CVE-2026-1000"]),
            ],
        )
    };
    let found = of(releases(Outcome::Mitigated));
    expect(&found, &[(G1, Fail)]);
    let failing: Vec<_> = failures(&found, G1).iter().map(|f| f.release.clone()).collect();
    assert_eq!(failing, ["1.4.2", "1.4.3"]);
}

/// Code that is shipped switched off is a change like any other.
#[test]
fn h22_a_dormant_feature() {
    let dormant = |needs: &[&str]| {
        vec![
            release("1.4.2", "1.4", (1, 1, 1), 0),
            security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]).but(|r| {
                with_change(r, SeparationKind::Inseparable, Effect::Replaced, &["CVE-2026-1000"]);
                changes(r).push(change("cloud-off-by-default", 2, Effect::Added, needs));
            }),
        ]
    };
    expect(&of(dormant(&[])), &[(G1, Fail), (G3, Fail)]);
    expect(&of(dormant(&["CVE-2026-1000"])), &[(G3, Exception)]);
}
