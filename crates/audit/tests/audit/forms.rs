//! What the forms of the report must not leave out.

use crate::history::*;
use pkg_audit::{Audit, AuditOptions, RowStatus, Verdict, audit, report};
use pkg_format::Digest;
use pkg_format::Rule::G1;
use pkg_format::cose::{Algorithm, StatementKind};
use pkg_format::keyring::Role;
use pkg_format::manifest::{Effect, SeparationKind, VexJustification, VexStatus};
use pkg_verify::Signer;

const A: &str = "CVE-2026-1000";

/// Text, Markdown and HTML, each as one line of words.
fn forms(set: &Set, audit: &Audit) -> [String; 3] {
    [report::text, report::markdown, report::html].map(|form| {
        let all = form(set, audit).replace('\\', "");
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

fn row<'a>(audit: &'a Audit, id: &str) -> &'a str {
    &audit.rows.iter().find(|r| r.id == id).expect("the row").text
}

/// No rule fails, and yet it does: what is undecided stands among the failures.
#[test]
fn what_fails_is_never_called_nothing() {
    let undecided = set(Product {
        releases: vec![release("1.0", "1", (1, 1, 1), 0).but(|r| {
            r.body.statuses = vec![status(A, &["1.0"], VexStatus::UnderInvestigation)];
        })],
        ..Product::default()
    });
    let found = audit(&undecided, &AuditOptions::default());
    assert!(found.failures().next().is_none() && found.verdict == Verdict::Fail);
    let html = report::html(&undecided, &found);
    let (failures, _) = html.split_once("id=\"graph\"").expect("a graph");
    assert!(
        failures.contains("A-12: Vulnerability register") && failures.contains("UNDECIDED"),
        "{failures}"
    );
    assert!(!failures.contains("Nothing fails"));
    let decided = audit(&set(Product::default()), &AuditOptions::default());
    assert!(report::html(&set(Product::default()), &decided).contains("Nothing fails"));
}

/// A finding says whose it is where there are several products, and for which hardware.
#[test]
fn findings_say_what_they_are_about() {
    let stuck = || {
        vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
            security("2.1", "2", (2, 2, 2), 10, &[A]),
        ]
    };
    let product = |name: &str| Product {
        vendor: "acme".into(),
        name: name.into(),
        releases: stuck(),
        ..Product::default()
    };
    let both = Set { products: vec![product("cam"), product("doorbell")], ..Set::default() };
    let found = audit(&both, &AuditOptions::default());
    assert_eq!(failures(&found, G1).len(), 2);
    for form in forms(&both, &found) {
        assert!(form.contains("acme doorbell: no security update helps users of 1.0"), "{form}");
        assert!(form.contains("acme cam: no security update helps users of 1.0"), "{form}");
    }
    // An exception for one hardware says so in each form.
    let one = set(Product {
        releases: vec![release("1.0", "1", (1, 1, 1), 0).but(|r| {
            r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
        })]
        .but(|all| {
            all.push(feature("2.0", "2", (1, 2, 1), 5, &["1.0"]).but(|r| {
                use pkg_format::manifest::feature::ExceptionReason::NotFeasible;
                also_fixes(r, vec![also_except(A, NotFeasible)]);
            }));
        }),
        ..Product::default()
    });
    let found = audit(&one, &AuditOptions::default());
    assert_eq!(exceptions(&found, G1).len(), 1);
    for form in forms(&one, &found) {
        let (_, after) = form.rsplit_once("for a recorded reason").expect("the exception");
        assert!(after.get(..60).is_some_and(|near| near.contains("hardware rev-a")), "{after}");
    }
}

/// A signer whose key id begins like this.
fn signer(name: &str, key: &str, alg: Algorithm) -> Signer {
    let key = Digest::from_hex(&format!("{key:0<64}")).expect("a key id");
    Signer::new(key, alg, label(name), vec![Role::Security], StatementKind::Manifest)
}

/// Row A-05 names algorithms, keys and limits; row A-10 has every release by class and kind.
#[test]
fn rows_have_what_was_asked_for() {
    let found = of(vec![
        release("1.0", "1", (1, 1, 1), 0).but(|r| {
            r.signers = vec![
                signer("release", "aabbccdd", Algorithm::Ed25519),
                signer("release-pq", "11223344", Algorithm::MlDsa65),
            ];
        }),
        security("1.1", "1", (2, 1, 2), 10, &[A])
            .but(|r| with_change(r, SeparationKind::Inseparable, Effect::Replaced, &[A])),
        security("1.2", "1", (3, 1, 3), 20, &["CVE-2026-2000"]).but(|r| {
            r.body.statuses =
                vec![status(A, &["1.0"], VexStatus::NotAffected(VexJustification::ComponentNotPresent))]
        }),
    ]);
    let distribution = row(&found, "A-05");
    for part in ["ed25519, aabbccdd…", "ml-dsa-65, 11223344…", "SHA-256", "1024 KiB", "format 1"] {
        assert!(distribution.contains(part), "{part}: {distribution}");
    }
    let empty =
        audit(&set(Product::default()), &AuditOptions { at: Some(day(0)), ..AuditOptions::default() });
    assert_eq!(empty.rows[0].status, RowStatus::NotProvided, "A-01 without any release");
    let separation = row(&found, "A-10");
    for part in ["feature: 1.0;", "security, inseparable: 1.1;", "security, pure: 1.2"] {
        assert!(separation.contains(part), "{part}: {separation}");
    }
}
