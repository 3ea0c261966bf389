//! The ways to a fix: lines, generations, hardware, deliveries, scopes.

use super::{two_lines, with};
use crate::history::*;
use pkg_audit::Verdict;
use pkg_format::Rule::{G1, G3, G5, G6, G7, G8, G9, G11, G13, G14};
use pkg_format::manifest::{
    Channel, Cost, Effect, EnvironmentCost, LatestOnly, LatestOnlyKind, Remedy, SeparationKind, VexStatus,
};

use Verdict::{Exception, Fail};

/// x is fixed on both lines at once.
#[test]
fn h1_both_lines_get_the_fix() {
    let both = [
        security("1.4.3", "1.4", (2, 1, 2), 20, &["CVE-2026-1000"]),
        security("1.5.1", "1.5", (2, 2, 2), 20, &["CVE-2026-1000"]),
    ];
    expect(&of(with(two_lines(), both)), &[]);
}

/// The bootloader moves in 1.3, and only behind it is the fix.
#[test]
fn h2_a_feature_release_as_stepping_stone() {
    let history = |stone: Release| {
        vec![
            release("1.2", "1", (1, 1, 1), 0),
            stone,
            security("1.3.1", "1.3", (2, 2, 3), 20, &["CVE-2026-1000"]),
        ]
    };
    let plain = told(history(feature("1.3", "1.3", (1, 2, 1), 10, &["1.2"])), "CVE-2026-1000", &["1.2"]);
    expect(&plain, &[(G1, Fail)]);
    let found = &failures(&plain, G1)[0];
    assert_eq!((found.release.as_str(), found.hardware.as_deref()), ("1.2", Some("rev-a")));
    assert_eq!(found.open, ["CVE-2026-1000"]);
    assert_eq!(found.best.as_deref(), Some("1.2"));
    assert_eq!(found.forbidden_edge.as_deref(), Some("1.2 → 1.3 (feature)"));
    // The stone itself is a security release that says why it cannot be kept apart.
    let stone = security("1.3", "1.3", (1, 2, 2), 10, &["CVE-2026-0999"]).but(|r| {
        only_from(r, &["1.2"]);
        with_change(r, SeparationKind::Inseparable, Effect::Replaced, &["CVE-2026-0999"]);
    });
    expect(&told(history(stone), "CVE-2026-1000", &["1.2"]), &[(G3, Exception)]);
}

/// Only the latest sub-version gets the fix.
#[test]
fn h3_latest_sub_version() {
    let history = |claim| {
        vec![
            release("1.4.1", "1.4.1", (1, 1, 1), 0),
            feature("1.4.2", "1.4.2", (1, 2, 1), 10, &["1.4.1"]).but(|r| r.body.latest_only = claim),
            security("1.4.3", "1.4.2", (2, 2, 2), 20, &["CVE-2026-1000"]),
        ]
    };
    let audit = |claim| told(history(claim), "CVE-2026-1000", &["1.4.1"]);
    let declared = audit(latest_only(LatestOnlyKind::SubVersion, &["rev-a"]));
    expect(&declared, &[(G8, Exception)]);
    assert!(exceptions(&declared, G8)[0].text.contains("Recital 40"));
    expect(&audit(None), &[(G1, Fail)]);
}

/// 2.0 is a substantial modification of 1.0, and free.
fn generations(claim: Option<LatestOnly>) -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0).but(|r| r.common.product.hardware = hardware(&["rev-a", "rev-b"])),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(|r| {
            r.body.identity.generation = 2;
            r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
            r.body.latest_only = claim;
        }),
        security("2.0.1", "2", (2, 2, 2), 20, &["CVE-2026-1000"]).but(|r| {
            r.body.identity.generation = 2;
            r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
        }),
    ]
}

#[test]
fn h4_an_older_substantially_modified_version() {
    let claim = || latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a", "rev-b"]);
    let found = told(generations(claim()), "CVE-2026-1000", &["1.0"]);
    expect(&found, &[(G8, Exception)]);
    let exception = exceptions(&found, G8)[0];
    assert!(exception.text.contains("Art. 13(10)") && !exception.evidence.is_empty());
    expect(&told(generations(None), "CVE-2026-1000", &["1.0"]), &[(G1, Fail)]);
    // The claim is worth nothing where the new version itself is left open.
    let mut open = generations(claim());
    open.push(feature("3.0", "3", (1, 3, 2), 30, &["2.0.1"]));
    open.push(security("3.0.1", "3", (2, 3, 3), 40, &["CVE-2026-2000"]));
    expect(&of(open), &[(G1, Fail), (G8, Fail), (G14, Fail)]);
}

#[test]
fn h5_one_hardware_cannot_move_on() {
    let releases = generations(latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]));
    let found = told(releases, "CVE-2026-1000", &["1.0"]);
    expect(&found, &[(G1, Fail), (G8, Fail)]);
    let failing = failures(&found, G1);
    assert_eq!(failing.len(), 1, "{failing:#?}");
    assert_eq!((failing[0].release.as_str(), failing[0].hardware.as_deref()), ("1.0", Some("rev-b")));
    assert!(exceptions(&found, G8).iter().all(|f| f.hardware.as_deref() == Some("rev-a")));
}

/// A version that was placed on the market later voids the claim, until it is withdrawn.
#[test]
fn h4_a_later_version_that_was_withdrawn() {
    let found = |withdrawn: &[&str]| {
        let mut releases =
            generations(latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a", "rev-b"]));
        releases.push(feature("3.0", "3", (1, 3, 2), 30, &["2.0.1"]).but(|r| {
            r.body.identity.generation = 3;
            r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
        }));
        let notices = vec![notice("told", 0, "CVE-2026-1000", &["1.0"], Remedy::VendorFix)];
        let withdrawals = withdrawn.iter().map(|v| withdrawal("w", 31, &[*v])).collect();
        of_product(Product { releases, notices, withdrawals, ..Product::default() })
    };
    let later = found(&[]);
    assert!(failures(&later, G8)[0].text.contains("3.0 was placed on the market after 2.0"), "{later:#?}");
    assert_eq!(found(&["3.0"]).result(G8).verdict, Exception);
}

/// The same where the later version and its fix are not made for that hardware at all.
#[test]
fn h5_the_later_version_is_for_other_hardware() {
    let mut releases = generations(latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]));
    for later in releases.iter_mut().skip(1) {
        later.common.product.hardware = hardware(&["rev-a"]);
    }
    let found = told(releases, "CVE-2026-1000", &["1.0"]);
    let failing: Vec<_> =
        failures(&found, G1).iter().map(|f| (f.release.clone(), f.hardware.clone())).collect();
    assert_eq!(failing, [("1.0".to_owned(), Some("rev-b".to_owned()))]);
    assert!(exceptions(&found, G8).iter().all(|f| f.hardware.as_deref() == Some("rev-a")));
}

/// The latest that runs on an old hardware keeps its updates (Recital 40).
#[test]
fn h5_the_latest_compatible_version_is_kept() {
    let mut releases = generations(latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]));
    // 1.1, which rev-b can run, has the fix by security updates; 1.0 moves there.
    releases.push(
        feature("1.1", "1.1", (1, 2, 1), 12, &["1.0"])
            .but(|r| r.common.product.hardware = hardware(&["rev-b"])),
    );
    releases.push(
        security("1.1.1", "1.1", (2, 2, 2), 20, &["CVE-2026-1000"])
            .but(|r| r.common.product.hardware = hardware(&["rev-b"])),
    );
    let found = told(releases, "CVE-2026-1000", &["1.0"]);
    expect(&found, &[(G8, Exception)]);
    assert!(exceptions(&found, G8).iter().any(|f| f.text.contains("the latest that does")));
}

#[test]
fn h6_moving_on_costs() {
    let costs: [fn(&mut Release); 2] = [
        |r: &mut Release| r.body.cost = Cost::Paid,
        |r: &mut Release| {
            r.body.identity.environment_cost = EnvironmentCost::Some(en("Another hub."));
        },
    ];
    for cost in costs {
        let claim = latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a", "rev-b"]);
        let mut releases = generations(None);
        cost(&mut releases[1]);
        // The claim stands on the release behind the costly step, where it is formally possible.
        releases[2].body.latest_only = claim;
        expect(&told(releases, "CVE-2026-1000", &["1.0"]), &[(G1, Fail), (G8, Fail)]);
    }
}

#[test]
fn h7_the_second_fix_only_behind_a_feature() {
    let releases = vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]),
        feature("1.5.0", "1.5", (1, 2, 2), 20, &["1.4.3"])
            .but(|r| also_fixes(r, vec![also("CVE-2026-1000", &["1.4.3"])])),
        security("1.5.1", "1.5", (2, 2, 3), 30, &["CVE-2026-2000"]),
    ];
    let found = told(releases, "CVE-2026-2000", &["1.4.2", "1.4.3"]);
    expect(&found, &[(G1, Fail)]);
    let failing = failures(&found, G1);
    assert_eq!(failing.iter().map(|f| f.release.as_str()).collect::<Vec<_>>(), ["1.4.2", "1.4.3"]);
    assert!(failing.iter().all(|f| f.open == ["CVE-2026-2000"]), "A alone is no trouble: {failing:#?}");
    assert!(failing.iter().all(|f| f.forbidden_edge.as_deref() == Some("1.4.3 → 1.5.0 (feature)")));
}

#[test]
fn h8_a_delta_and_no_full_package() {
    let found = of(vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"])
            .but(|r| r.deliveries = vec![Delivery::Delta(vec![(id("rootfs"), state("1.4.2"))])]),
    ]);
    expect(&found, &[(G7, Fail)]);
    // A delta for another base is no edge at all, and what it starts from is gone.
    let other = of(vec![
        release("1.4.2", "1.4", (1, 1, 1), 0),
        security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"])
            .but(|r| r.deliveries = vec![Delivery::Delta(vec![(id("rootfs"), state("1.4.0"))])]),
    ]);
    expect(&other, &[(G1, Fail), (G11, Fail)]);
}

#[test]
fn h16_the_way_goes_through_a_testing_release() {
    let releases = |testing| {
        vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.0.1", "1", (2, 1, 2), 10, &["CVE-2026-0999"])
                .but(|r| r.body.identity.channel = if testing { Channel::Testing } else { Channel::Stable }),
            security("1.0.2", "1", (3, 1, 3), 20, &["CVE-2026-1000"]).but(|r| only_from(r, &["1.0.1"])),
        ]
    };
    let audit = |testing| told(releases(testing), "CVE-2026-1000", &["1.0"]);
    let found = audit(true);
    // Nor does a release for testers tell others what it fixes.
    expect(&found, &[(G1, Fail), (G9, Fail)]);
    // What is for testing is no way out that anybody is told of.
    assert_eq!(failures(&found, G1)[0].forbidden_edge, None);
    assert!(failures(&found, G1)[0].text.contains("no other update for the public"));
    expect(&audit(false), &[]);
}

#[test]
fn h17_the_image_on_the_shelf() {
    let releases = || {
        vec![release("1.3", "1.3", (1, 2, 1), 0), security("1.3.1", "1.3", (2, 2, 2), 10, &["CVE-2026-1000"])]
    };
    let declared = past("1.0.0", "1.0", (1, 1));
    let notices = vec![notice("n1", 10, "CVE-2026-1000", &["1.0.0"], Remedy::VendorFix)];
    let found = of_product(Product { releases: releases(), declared, notices, ..Product::default() });
    expect(&found, &[(G1, Fail)]);
    assert_eq!(failures(&found, G1)[0].release, "1.0.0");
    // With a way from there the shelf is no trouble.
    let mut reaching = releases();
    reaching.push(security("1.0.1", "1.0", (1, 1, 2), 10, &["CVE-2026-1000"]));
    let declared = past("1.0.0", "1.0", (1, 1));
    expect(&of_product(Product { releases: reaching, declared, ..Product::default() }), &[]);
}

/// The modem's fix needs a level of the application that only a feature release brings.
#[test]
fn h21_scopes_that_wait_for_each_other() {
    let modem = |r: &mut Release| r.body.identity.scope = id("modem");
    let app = |r: &mut Release| r.body.identity.scope = id("app");
    let releases = |a2: Release| {
        vec![
            release("m1", "m", (1, 1, 1), 0).but(modem),
            security("m2", "m", (2, 1, 2), 20, &["CVE-2026-1000"])
                .but(modem)
                .but(|r| r.body.requires = needs_release("app", "a2", 1)),
            release("a1", "a", (1, 1, 1), 0).but(app),
            a2.but(app),
        ]
    };
    let found = of(releases(feature("a2", "a2", (1, 2, 2), 10, &["a1"])));
    expect(&found, &[(G13, Fail)]);
    let text = &failures(&found, G13)[0].text;
    assert!(
        text.contains("CVE-2026-1000") && text.contains("release 1 or later of line a2 of scope app"),
        "{text}"
    );
    let inseparable = security("a2", "a2", (1, 2, 2), 10, &["CVE-2026-0999"]).but(|r| {
        only_from(r, &["a1"]);
        with_change(r, SeparationKind::Inseparable, Effect::Replaced, &["CVE-2026-0999"]);
    });
    expect(&of(releases(inseparable)), &[(G3, Exception)]);
}

/// A step back is never an edge; whatever stands in a circle, the search ends.
#[test]
fn h23_circles_and_steps_back() {
    let found = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.0.1", "1", (2, 1, 2), 10, &["CVE-2026-1000"])
            .but(|r| only_from(r, &["1.0", "1.0.2", "1.0.1"])),
        security("1.0.2", "1", (3, 1, 3), 20, &["CVE-2026-2000"]).but(|r| only_from(r, &["1.0.1", "1.0.3"])),
        // Back to the state before: lower levels, higher number.
        security("1.0.3", "1", (4, 1, 1), 30, &["CVE-2026-1000"]).but(|r| {
            only_from(r, &["1.0.2"]);
            r.body.from = vec![state("1.0")];
        }),
    ]);
    assert_eq!(found.result(G6).verdict, Fail, "a level falls");
    assert_eq!(found.result(G5).verdict, Fail, "and with it a fix");
    // 1.0.2 is reached from everywhere but from the step back: its sequence is lower, no device takes it.
    let stuck: Vec<_> = failures(&found, G1).iter().map(|f| f.release.as_str()).collect();
    assert_eq!(stuck, ["1.0.3"]);
}

/// A is fixed on one branch, B on the other, and none has both.
#[test]
fn h24_two_branches_and_neither_dominates() {
    let branches = || {
        vec![
            release("1.4.2", "1.4", (1, 1, 1), 0),
            security("1.4.3", "1.4", (2, 1, 2), 10, &["CVE-2026-1000"]),
            security("1.4.2-b", "1.4", (3, 1, 3), 10, &["CVE-2026-2000"]).but(|r| {
                only_from(r, &["1.4.2"]);
                r.body.from = vec![state("1.4.2")];
                r.body.statuses = vec![status("CVE-2026-1000", &["1.4.2-b"], VexStatus::Affected)];
                r.body.remediations =
                    vec![remediation("CVE-2026-1000", &["1.4.2-b"], Remedy::FixPlanned(day(30)))];
            }),
        ]
    };
    let found = of(branches());
    // Nobody tells users of the first branch that they have what the second one fixes.
    expect(&found, &[(G1, Fail), (G9, Fail)]);
    let text = &failures(&found, G1)[0].text;
    assert!(
        text.contains("1.4.3 leaves CVE-2026-2000 open")
            && text.contains("1.4.2-b leaves CVE-2026-1000 open"),
        "{text}"
    );
    // Each fix alone can be had: no G4, no lag.
    expect(&of(branches().into_iter().take(2).collect()), &[]);
}
