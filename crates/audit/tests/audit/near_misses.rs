//! Histories that hold at first sight and leave somebody behind: each differs from one that holds in
//! one thing.

use crate::history::*;
use Verdict::{Exception, Fail, Pass};
use pkg_audit::set::Refused;
use pkg_audit::{AuditOptions, Verdict, audit};
use pkg_format::Digest;
use pkg_format::Rule::{G1, G2, G8, G9, G10, G13, G15, G20};
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    Affected, AlsoFix, AppliesTo, Channel, Cost, LatestOnlyKind, Remedy, VexJustification, VexStatus,
};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";

fn delta_from(version: &str) -> Vec<Delivery> {
    vec![Delivery::Delta(vec![(id("rootfs"), state(version))])]
}

/// The full package of the fix is withdrawn; what replaces it is there as a delta only.
#[test]
fn g10_what_replaces_the_withdrawn_has_a_full_package_too() {
    let history = |deliveries| Product {
        releases: vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]),
            security("1.2", "1", (3, 1, 3), 20, &[]).but(|r| {
                fixes(r).push(fix(A, 2));
                r.deliveries = deliveries;
            }),
        ],
        withdrawals: vec![withdrawal("w", 21, &["1.1"])],
        ..Product::default()
    };
    expect(&of_product(history(vec![Delivery::Full])), &[]);
    let found = of_product(history(delta_from("1.0")));
    expect(&found, &[(G10, Fail)]);
    assert!(failures(&found, G10).iter().all(|f| f.release == "1.0"), "{:#?}", failures(&found, G10));
}

/// A notice that sends users to what was withdrawn covers no gap; nor does one that was replaced.
#[test]
fn g10_a_notice_covers_the_gap_only_if_it_helps() {
    let history = |notices| {
        of_product(Product {
            releases: vec![release("1.0", "1", (1, 1, 1), 0), security("1.1", "1", (2, 1, 2), 10, &[A])],
            withdrawals: vec![withdrawal("w", 20, &["1.1"])],
            notices,
            ..Product::default()
        })
    };
    let workaround = || notice("n1", 15, A, &["1.0"], Remedy::Workaround);
    expect(&history(vec![workaround()]), &[(G10, Exception)]);
    let install = workaround().but(|n| {
        n.body.remediations[0].remedy = Remedy::VendorFix;
        n.body.remediations[0].release = Some(state("1.1"));
    });
    assert_eq!(history(vec![install]).result(G10).verdict, Fail);
    let replacing = notice("n2", 16, B, &["1.0"], Remedy::Workaround)
        .but(|n| n.common.supersedes = vec![workaround().digest]);
    assert_eq!(history(vec![workaround(), replacing]).result(G10).verdict, Fail);
}

/// What silences a notice must say what it said.
#[test]
fn g9_a_notice_that_was_replaced_tells_nobody() {
    let history = |notices| {
        of_product(Product {
            releases: vec![release("1.0", "1", (1, 1, 1), 0)],
            notices,
            ..Product::default()
        })
    };
    let first = || notice("n1", 10, A, &["1.0"], Remedy::Workaround);
    let second = |id: &str| {
        notice("n2", 11, id, &["1.0"], Remedy::Workaround).but(|n| n.common.supersedes = vec![first().digest])
    };
    expect(&history(vec![first(), second(A)]), &[]);
    expect(&history(vec![first(), second(B)]), &[(G9, Fail)]);
}

/// A fix for testers tells testers; a fix for one hardware tells who has it, and is owed to who has not.
#[test]
fn g9_who_tells_whom() {
    let history = |edit: &dyn Fn(&mut Release)| {
        of(vec![
            release("1.0", "1", (1, 1, 1), 0)
                .but(|r| r.common.product.hardware = hardware(&["rev-a", "rev-b"])),
            security("1.1", "1", (2, 1, 2), 10, &[A]).but(|r| {
                r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
                edit(r);
            }),
        ])
    };
    expect(&history(&|_| {}), &[]);
    expect(&history(&|r| r.body.identity.channel = Channel::Testing), &[(G9, Fail)]);
    let one = history(&|r| r.common.product.hardware = hardware(&["rev-a"]));
    expect(&one, &[(G1, Fail), (G9, Fail)]);
    for rule in [G1, G9] {
        assert_eq!(failures(&one, rule)[0].hardware.as_deref(), Some("rev-b"));
    }
}

/// A release that says that another line has it, and does not lead on from there, reaches nobody there.
#[test]
fn g9_left_behind_and_not_told() {
    let history = |notices| {
        of_product(Product {
            releases: vec![
                release("1.0", "1", (1, 1, 1), 0),
                feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(|r| {
                    r.body.identity.generation = 2;
                    r.body.latest_only = latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]);
                }),
                security("2.0.1", "2", (2, 2, 2), 20, &[A]).but(|r| {
                    r.body.identity.generation = 2;
                    fixes(r)[0].affected = Affected::States(vec![state("1.0"), state("2.0")]);
                }),
            ],
            notices,
            ..Product::default()
        })
    };
    let found = history(Vec::new());
    expect(&found, &[(G8, Exception), (G9, Fail)]);
    assert_eq!(failures(&found, G9)[0].release, "1.0");
    expect(&history(vec![notice("n", 20, A, &["1.0"], Remedy::VendorFix)]), &[(G8, Exception)]);
}

/// 1.0, its free successor 2.0, and 3.0, which was placed last.
fn three_generations(edit: impl FnOnce(&mut Vec<Release>)) -> Vec<Release> {
    let of = |generation| move |r: &mut Release| r.body.identity.generation = generation;
    let claim = || latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]);
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(of(2)).but(|r| r.body.latest_only = claim()),
        feature("3.0", "3", (1, 3, 1), 20, &["1.0", "2.0"]).but(of(3)).but(|r| r.body.latest_only = claim()),
        security("2.0.1", "2", (2, 2, 2), 30, &[A]).but(of(2)),
        security("3.0.1", "3", (2, 3, 2), 30, &[A]).but(of(3)),
    ]
    .but(edit)
}

/// Only what was placed last may be what users are asked to move to.
#[test]
fn g8_left_behind_for_the_last_only() {
    expect(&told(three_generations(|_| {}), A, &["1.0"]), &[(G8, Exception)]);
    let paid = of(three_generations(|r| {
        r[2].body.cost = Cost::Paid;
        r[2].body.latest_only = None;
    }));
    assert_eq!(paid.result(G1).verdict, Fail, "3.0 was placed last, and costs");
    // Once 3.0 is no longer supported nobody can be asked to move there.
    let over = of(three_generations(|r| {
        supported_until(&mut r[2], "2026-01");
        supported_until(&mut r[4], "2026-01");
        r.push(release("1.0-other", "4", (1, 1, 1), 400));
    }));
    assert_eq!(over.result(G1).verdict, Fail, "{:#?}", over.result(G8).findings);
}

/// The latest that a hardware can run is the one to move to, not just any that is free.
#[test]
fn g8_the_latest_compatible_is_the_latest() {
    let both = || hardware(&["rev-a", "rev-b"]);
    let history = |paid: bool| {
        of(three_generations(|r| {
            r[0].common.product.hardware = both();
            r[1].common.product.hardware = both();
            r[1].body.latest_only = None;
            r[1].body.cost = if paid { Cost::Paid } else { Cost::Free };
            r[3].common.product.hardware = both();
            // For free there is 1.1, of the generation that is left behind.
            r.push(
                feature("1.1", "1.1", (1, 2, 1), 12, &["1.0"])
                    .but(|r| r.common.product.hardware = hardware(&["rev-b"])),
            );
            r.push(
                security("1.1.1", "1.1", (2, 2, 2), 30, &[A])
                    .but(|r| r.common.product.hardware = hardware(&["rev-b"])),
            );
        }))
    };
    assert_eq!(history(false).result(G1).verdict, Pass);
    let paid = history(true);
    let failing: Vec<_> =
        failures(&paid, G1).iter().map(|f| (f.release.as_str(), f.hardware.as_deref())).collect();
    assert_eq!(failing, [("1.0", Some("rev-b"))], "{:#?}", paid.result(G8).findings);
}

/// A fix that cannot be had apart, says the release for one hardware; nobody says so for the other.
#[test]
fn g1_a_reason_excuses_those_it_was_recorded_for() {
    let history = |of_b: AlsoFix| {
        of(vec![
            release("1.0", "1", (1, 1, 1), 0)
                .but(|r| r.common.product.hardware = hardware(&["rev-a", "rev-b"])),
            feature("2.0-a", "2", (1, 2, 2), 10, &["1.0"])
                .but(|r| also_fixes(r, vec![also_except(A, ExceptionReason::NotFeasible)])),
            feature("2.0-b", "2", (2, 2, 2), 10, &["1.0"]).but(|r| {
                r.common.product.hardware = hardware(&["rev-b"]);
                also_fixes(r, vec![of_b]);
            }),
        ])
    };
    assert_eq!(history(also_except(A, ExceptionReason::NotFeasible)).result(G1).verdict, Exception);
    let found = history(also_except(A, ExceptionReason::SupportEnded));
    let failing: Vec<_> =
        failures(&found, G1).iter().map(|f| (f.release.as_str(), f.hardware.as_deref())).collect();
    assert_eq!(failing, [("1.0", Some("rev-b"))]);
}

/// The clock runs from when the first release had it, listed or not.
#[test]
fn g2_counts_from_a_fix_that_nobody_listed() {
    let found = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
        security("1.1", "1", (2, 1, 2), 100, &[A]).but(|r| {
            r.body.statuses = vec![status(A, &["2.0"], VexStatus::Fixed)];
        }),
    ]);
    assert_eq!((found.result(G15).verdict, found.result(G2).verdict), (Exception, Fail));
    assert_eq!(found.vulnerabilities[0].lag, Some(90 * DAY));
}

/// A fix that was taken back is excused as long as its reason; others having it, the clock runs.
#[test]
fn g2_runs_while_a_fix_is_taken_back() {
    let history = |last: u64| {
        of(vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]),
            feature("2.0", "2", (1, 2, 2), 20, &["1.1"]).but(|r| also_fixes(r, vec![also(A, &["1.1"])])),
            security("1.2", "1", (3, 1, 3), 30, &[B]).but(|r| reopens(r, A)),
            security("2.1", "2", (2, 2, 3), 30, &[B]),
            release("other", "9", (1, 3, 3), last),
        ])
    };
    let fresh = history(30);
    assert_eq!((fresh.result(G20).verdict, fresh.result(G2).verdict), (Exception, Pass));
    let old = history(60);
    assert_eq!(old.result(G2).verdict, Fail, "{:#?}", old.result(G2).findings);
    assert!(failures(&old, G2)[0].text.contains("30 days"), "{}", failures(&old, G2)[0].text);
}

/// A list may name a state by a manifest; then it names those who came there by that one.
#[test]
fn g1_a_state_that_two_manifests_lead_to() {
    let by = |references: Vec<Digest>| {
        let other = release("1.0", "1", (1, 1, 1), 0).but(|r| r.digest = Digest::of(b"the other way"));
        of(vec![
            release("1.0", "1", (1, 1, 1), 0),
            other,
            security("1.1", "1", (2, 1, 2), 10, &[A])
                .but(|r| r.body.applies_to = AppliesTo::States(references)),
        ])
    };
    let first = release("1.0", "1", (1, 1, 1), 0).digest;
    expect(&by(vec![state("1.0")]), &[]);
    expect(&by(vec![first, Digest::of(b"the other way")]), &[]);
    assert_eq!(by(vec![first]).result(G1).verdict, Fail);
}

/// The modem's fix needs a feature of the application; the application has an exception of its own.
#[test]
fn g13_an_exception_of_one_scope_hides_no_failure_of_another() {
    let modem = |r: &mut Release| r.body.identity.scope = id("modem");
    let app = |r: &mut Release| r.body.identity.scope = id("app");
    let found = of(vec![
        release("m1", "m", (1, 1, 1), 0).but(modem),
        security("m2", "m", (2, 1, 2), 20, &[A])
            .but(modem)
            .but(|r| r.body.requires = needs_release("app", "a2", 1)),
        release("a1", "a", (1, 1, 1), 0).but(app),
        feature("a2", "a2", (1, 2, 1), 10, &["a1"]).but(app).but(|r| {
            r.body.identity.generation = 2;
            r.body.latest_only = latest_only(LatestOnlyKind::SubstantiallyModified, &["rev-a"]);
        }),
        security("a2.1", "a2", (2, 2, 2), 20, &[B]).but(app).but(|r| r.body.identity.generation = 2),
    ]);
    assert_eq!((found.result(G8).verdict, found.result(G13).verdict), (Exception, Fail));
    let text = &failures(&found, G13)[0].text;
    assert!(text.contains("release 1 or later of line a2 of scope app"), "{text}");
}

/// What is not looked at does not pass.
#[test]
fn g13_too_many_joint_states_is_no_pass() {
    let scope = |name: &'static str, requires: &'static str| {
        (0..600u64).map(move |n| {
            let version = format!("{name}{n}");
            release(&version, &version, (1, 1, 1), n).but(|r| {
                r.body.identity.scope = id(name);
                r.body.fresh = true;
                if n == 0 {
                    r.body.requires = needs_release(requires, &format!("{requires}0"), 1);
                }
            })
        })
    };
    let found = of(scope("a", "b").chain(scope("b", "a")).collect());
    expect(&found, &[(G13, Fail)]);
    assert!(failures(&found, G13)[0].text.contains("not checked"));
}

/// A state that nothing leads to any more still runs somewhere (VER-5).
#[test]
fn g13_every_state_is_somewhere() {
    let modem = |r: &mut Release| r.body.identity.scope = id("modem");
    let app = |r: &mut Release| r.body.identity.scope = id("app");
    let found = of(vec![
        release("m1", "m", (1, 1, 1), 0).but(modem),
        security("m2", "m", (2, 1, 2), 20, &[A]).but(modem).but(|r| {
            r.body.requires = needs_release("app", "a2", 1);
        }),
        // Its way from 0.9 is gone; it was not made for empty devices.
        feature("a1", "a", (1, 1, 1), 0, &["0.9"]).but(app),
        feature("a2", "a2", (1, 2, 1), 10, &["a1"]).but(app).but(|r| r.body.fresh = true),
    ]);
    assert_eq!(found.result(G13).verdict, Fail, "{:#?}", found.result(G13));
}

/// An empty set has nothing against it; with something refused it does.
#[test]
fn what_is_refused_is_no_evidence() {
    let mut set = set(Product::default());
    set.refused.push(Refused { path: "x.pkg".into(), rule: "SIG-2", why: "no trusted key".into() });
    assert_eq!(audit(&set, &AuditOptions::default()).verdict, Fail);
}

/// What history.toml declares is no signature: it settles what nobody signed, says so, and talks nothing
/// away.
#[test]
fn what_is_declared_is_not_signed() {
    let history = |version: &str| {
        of_product(Product {
            releases: vec![
                release("1.0", "1", (1, 1, 1), 0),
                security("1.1", "1", (2, 1, 2), 10, &[A]).but(|r| only_from(r, &["1.0"])),
                release("2.0", "2", (1, 2, 1), 5),
            ]
            .but(|r| r[1].deliveries = delta_from("another")),
            declared: declared_status(
                A,
                version,
                VexStatus::NotAffected(VexJustification::ComponentNotPresent),
            ),
            ..Product::default()
        })
    };
    let stuck = |audit: &pkg_audit::Audit| -> Vec<String> {
        failures(audit, G1).iter().map(|f| f.release.clone()).collect()
    };
    // Nobody signed anything of 2.0; of 1.0 the fix itself says that it is affected.
    let of_new = history("2.0");
    assert_eq!(stuck(&of_new), ["1.0"]);
    assert_eq!(of_new.vulnerabilities[0].declared_in.to_string(), "2.0");
    let of_old = history("1.0");
    assert_eq!(stuck(&of_old), ["1.0", "2.0"]);
    assert!(of_old.vulnerabilities[0].declared_in.is_empty());
}
