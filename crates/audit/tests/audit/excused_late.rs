//! What excuses, tells or discloses too late, for others, or under another name.

use crate::history::*;
use Verdict::{Exception, Fail};
use pkg_audit::{Audit, AuditOptions, Verdict, audit};
use pkg_format::Digest;
use pkg_format::Rule::{G2, G4, G19, G24};
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    Channel, Disclosure, LatestOnlyKind, Outcome, Releases, Remedy, TailorMade, VexJustification, VexStatus,
    Waiver,
};

const A: &str = "CVE-2026-1000";

fn at(product: Product, when: u64) -> Audit {
    audit(&set(product), &AuditOptions { at: Some(day(when)), ..AuditOptions::default() })
}

/// A fix that cannot be had alone excuses those who can have the release that says so, from then on.
#[test]
fn a_release_for_others_excuses_nothing() {
    let bundled = |name: &str, line: &str, levels, on, from: &str| {
        feature(name, line, levels, on, &[from])
            .but(|r| also_fixes(r, vec![also_except(A, ExceptionReason::NotFeasible)]))
    };
    let waited = |direct: u64| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
            bundled("3.0", "3", (1, 3, 1), 20, "2.0"),
            bundled("1.5", "1.5", (1, 4, 1), direct, "1.0"),
        ];
        let audit = at(Product { releases, ..Product::default() }, 300);
        failures(&audit, G2).iter().map(|f| (f.release.clone(), f.text.clone())).collect::<Vec<_>>()
    };
    assert_eq!(waited(20), []);
    let late = waited(200);
    assert!(late.len() == 1 && late[0].0 == "1.0" && late[0].1.contains("waited 180 days"), "{late:?}");
}

/// The clock stops with a claim for their hardware.
#[test]
fn a_claim_for_other_hardware_stops_no_clock() {
    let both = |mut r: Release| {
        r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
        r
    };
    let claim = |hardware: &[&str]| latest_only(LatestOnlyKind::SubstantiallyModified, hardware);
    let later = |name, line, levels, on, generation, from: &str, for_whom: &[&str]| {
        feature(name, line, levels, on, &[from]).but(|r| {
            r.body.identity.generation = generation;
            r.body.latest_only = claim(for_whom);
        })
    };
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        later("2.0", "2", (1, 2, 1), 10, 2, "1.0", &["rev-a"]),
        security("2.1", "2", (2, 2, 2), 20, &[A]).but(|r| r.body.identity.generation = 2),
        later("3.0", "3", (1, 3, 2), 200, 3, "2.1", &["rev-a", "rev-b"]),
    ];
    let releases = releases.into_iter().map(both).collect();
    let audit = at(Product { releases, ..Product::default() }, 300);
    let late: Vec<_> =
        failures(&audit, G2).iter().map(|f| (f.release.as_str(), f.hardware.as_deref())).collect();
    assert_eq!(late, [("1.0", Some("rev-b"))], "{:#?}", failures(&audit, G2));
    assert!(failures(&audit, G2)[0].text.contains("waited 180 days"), "{:#?}", failures(&audit, G2));
}

/// The first of several dates counts.
#[test]
fn a_later_date_hides_no_earlier_one() {
    let held = |r: &mut Release, until| {
        let reason = en("Others have it too.");
        fixes(r)[0].disclosure =
            Disclosure::Delayed { reason, until: day(until), severity: None, impact: None };
    };
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("1.1", "1", (2, 1, 2), 10, &[A]).but(|r| held(r, 500)),
        security("2.1", "2", (2, 2, 2), 11, &[A]).but(|r| held(r, 100)),
    ];
    let found = |when| at(Product { releases: releases.clone(), ..Product::default() }, when);
    assert_eq!(found(90).result(G19).verdict, Exception);
    let audit = found(110);
    assert_eq!(failures(&audit, G19).iter().map(|f| f.release.as_str()).collect::<Vec<_>>(), ["2.1"]);
}

/// The same images in another scope are the same images.
#[test]
fn a_scope_hides_no_images() {
    let made = |name: &str, scope: &str, customer: &str, bytes: &str| {
        release(name, "1", (1, 1, 1), 0).but(|r| {
            r.body.identity.scope = id(scope);
            r.body.images = vec![image("app", Digest::of(bytes.as_bytes()))];
            r.body.tailor_made = Some(TailorMade {
                customer: label(customer),
                contract_digest: Digest::of(customer.as_bytes()),
                purpose: en("A plant."),
                waives: vec![Waiver::FreeOfCharge],
            });
        })
    };
    let verdict = |bytes| {
        let releases = vec![made("1.0", "app-a", "alice", "image"), made("2.0", "app-b", "bob", bytes)];
        of(releases).result(G24).verdict
    };
    assert_eq!(verdict("image"), Fail);
    assert_ne!(verdict("another"), Fail);
}

/// Words about releases by their numbers are words: affected and later not affected is listed.
#[test]
fn affected_by_numbers_and_later_not() {
    let all = Releases::Line { scope: id("product"), line: id("1"), from: None, below: Some(2) };
    let told = notice("n", 20, A, &["1.0"], Remedy::VendorFix).but(|n| {
        n.body.statuses[0].states.clear();
        n.body.statuses[0].releases = vec![all];
    });
    let not = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    let taken_back = notice("m", 90, A, &["1.0"], Remedy::Workaround)
        .but(|n| n.body.statuses = vec![status(A, &["1.0"], not)]);
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 10, &[A]),
    ];
    let audit = at(Product { releases, notices: vec![told, taken_back], ..Product::default() }, 100);
    let listed = exceptions(&audit, G2);
    assert!(
        listed.iter().any(|f| f.release == "1.0" && f.text.contains("was said to be affected")),
        "{listed:#?}"
    );
}

/// What was given to testers is no fix for the public, tells it nothing, and begins no support.
#[test]
fn testing_releases_are_not_public() {
    let testing = |mut r: Release| {
        r.body.identity.channel = Channel::Testing;
        r
    };
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        testing(security("1.1", "1", (2, 1, 2), 10, &[A])),
        security("1.2", "1", (3, 1, 3), 100, &[]).but(|r| fixes(r).push(fix(A, 3))),
    ];
    let audit = at(Product { releases, ..Product::default() }, 110);
    let row = &audit.vulnerabilities[0];
    assert_eq!((row.fixed_in.as_slice(), row.fixed), (&["1.2".to_owned()][..], Some(day(100))), "{row:#?}");
    assert_eq!(row.advised, Some(day(100)));

    let decision = |channel| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]).but(|r| {
                r.body.identity.channel = channel;
                fixes(r)[0].status = Outcome::Mitigated;
            }),
        ];
        at(Product { releases, ..Product::default() }, 110).vulnerabilities.first().map(|row| row.decision)
    };
    assert_eq!(decision(Channel::Stable), Some("mitigated"));
    assert_ne!(decision(Channel::Testing), Some("mitigated"));
}

/// A release that only makes the risk lower is no fix that could be had alone.
#[test]
fn a_mitigation_is_not_the_fix_alone() {
    let listed = |outcome| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]).but(|r| fixes(r)[0].status = outcome),
            feature("2.0", "2", (1, 2, 2), 20, &["1.1"])
                .but(|r| also_fixes(r, vec![also_except(A, ExceptionReason::NotFeasible)])),
        ];
        let audit = of(releases);
        exceptions(&audit, G4).iter().any(|f| f.text.contains("is that fix alone"))
    };
    assert_eq!([Outcome::Fixed, Outcome::Mitigated].map(listed), [true, false]);
}
