//! Each rule of sets that the hard cases do not break, broken by one change in a history that holds.

use crate::history::*;
use Verdict::{Exception, Fail};
use pkg_audit::{AuditOptions, Verdict, audit};
use pkg_format::Digest;
use pkg_format::Rule::{G1, G2, G4, G5, G9, G11, G12, G14, G15, G16, G17, G18, G19, G20, G21, G22};
use pkg_format::Version;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    Cost, Disclosure, Effect, Remedy, SeparationKind, TailorMade, VexJustification, VexStatus, Waiver,
};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";

/// Two lines, both with the fix of A.
fn good() -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A]),
        feature("2.0", "2", (1, 2, 2), 20, &["1.1"]).but(|r| also_fixes(r, vec![also(A, &["1.1"])])),
    ]
}

fn but(edit: impl FnOnce(&mut Vec<Release>)) -> Vec<Release> {
    good().but(edit)
}

#[test]
fn nothing_is_wrong_with_it() {
    let found = of(good());
    expect(&found, &[]);
    assert_eq!(found.verdict, Verdict::Pass);
}

#[test]
fn an_empty_set_is_judged_too() {
    assert_eq!(audit(&Set::default(), &AuditOptions::default()).verdict, Verdict::Pass);
}

#[test]
fn g2_the_limit_is_the_auditors() {
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 10, &[A]),
        security("1.1", "1", (2, 1, 2), 12, &[A]),
    ];
    let set = set(Product { releases, ..Product::default() });
    let with = |lag_limit| audit(&set, &AuditOptions { lag_limit, ..AuditOptions::default() });
    assert_eq!(with(2 * DAY).result(G2).verdict, Verdict::Pass);
    assert_eq!(with(2 * DAY - 1).result(G2).verdict, Fail);
    assert_eq!(with(0).vulnerabilities[0].lag, Some(2 * DAY));
}

/// A fix on a line that only comes into being later is not late for it.
#[test]
fn g2_nobody_waits_before_the_release_is_there() {
    expect(
        &of(vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]),
            feature("2.0", "2", (1, 2, 1), 50, &["1.0"]),
            security("2.1", "2", (2, 2, 2), 50, &[A]),
        ]),
        // Its users cannot go on, which is another matter.
        &[(G22, Fail)],
    );
}

#[test]
fn g4_exceptions_count_only_where_they_hold() {
    let riding = |reason| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 20, &["1.0"]).but(|r| also_fixes(r, vec![also_except(A, reason)])),
        ];
        told(releases, A, &["1.0"])
    };
    let recorded = riding(ExceptionReason::NotFeasible);
    expect(&recorded, &[(G1, Exception), (G4, Exception)]);
    assert_eq!(exceptions(&recorded, G1)[0].approver.as_deref(), Some("Security board"));
    for other in [ExceptionReason::LatestOnly, ExceptionReason::SubVersion, ExceptionReason::SupportEnded] {
        expect(&riding(other), &[(G1, Fail), (G4, Fail)]);
    }
    // It says where the fix is on its own, and there it is not.
    let elsewhere = of(but(|r| also_fixes(&mut r[2], vec![also(A, &["1.0"])])));
    expect(&elsewhere, &[(G4, Fail)]);
}

#[test]
fn g9_what_is_said_to_be_affected_is_told_what_to_do() {
    let all = ["1.0", "1.1", "2.0"];
    let known = of(but(|r| r[2].body.statuses = vec![status(B, &all, VexStatus::Affected)]));
    expect(&known, &[(G9, Fail)]);
    let product = Product {
        releases: but(|r| r[2].body.statuses = vec![status(B, &all, VexStatus::Affected)]),
        notices: vec![notice("n", 21, B, &all, Remedy::NoneAvailable)],
        ..Product::default()
    };
    expect(&of_product(product), &[]);
}

#[test]
fn of_equal_dates_the_worse_counts() {
    let says = |id, standing| {
        let said = notice(id, 21, B, &["1.1"], Remedy::NoneAvailable);
        said.but(|n| {
            let all = status(B, &["1.0", "1.1", "2.0"], standing);
            (n.body.statuses, n.body.remediations) = (vec![all], Vec::new())
        })
    };
    let well = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    for (one, other) in [(VexStatus::Affected, well), (well, VexStatus::Affected)] {
        let notices = vec![says("n", one), says("m", other)];
        let product = Product { releases: but(|_| ()), notices, ..Product::default() };
        expect(&of_product(product), &[(G9, Fail)]);
    }
}

#[test]
fn g11_what_is_referred_to_is_there() {
    let lost = of(but(|r| r.retain(|r| r.body.identity.version.as_str() != "1.0"))
        .but(|r| only_from(&mut r[0], &["1.0"])));
    assert_eq!(lost.result(G11).verdict, Fail);
    assert!(failures(&lost, G11)[0].text.starts_with("1.1 refers to"), "{:?}", failures(&lost, G11));
    let undelivered = of(but(|r| r[0].deliveries.clear()));
    assert_eq!(undelivered.result(G11).verdict, Fail);
    // What a delta starts from is referred to as well.
    let base = |digest| vec![Delivery::Full, Delivery::Delta(vec![(id("rootfs"), digest)])];
    let orphan = of(but(|r| r[1].deliveries = base(Digest::of(b"gone"))));
    expect(&orphan, &[(G11, Fail)]);
    assert!(failures(&orphan, G11)[0].text.contains("starts from images that no release in the set has"));
    expect(&of(but(|r| r[1].deliveries = base(r[0].body.images[0].sha256))), &[]);
    // What was declared is known, if not kept.
    let declared = past("1.0", "1", (1, 1));
    let releases = but(|r| r.retain(|r| r.body.identity.version.as_str() != "1.0"))
        .but(|r| only_from(&mut r[0], &["1.0"]));
    expect(&of_product(Product { releases, declared, ..Product::default() }), &[]);
}

fn agreement(customer: &str) -> Option<TailorMade> {
    Some(TailorMade {
        customer: label(customer),
        contract_digest: Digest::of(customer.as_bytes()),
        purpose: en("A wall of cameras."),
        waives: vec![Waiver::FreeOfCharge],
    })
}

/// What one customer pays for is no fix for all others, and nothing else is waived for that customer.
#[test]
fn g12_tailor_made() {
    let for_one = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A])
            .but(|r| (r.body.cost, r.body.tailor_made) = (Cost::Paid, agreement("c-1"))),
        feature("2.0", "2", (1, 2, 2), 20, &["1.0"])
            .but(|r| also_fixes(r, vec![also_except(A, ExceptionReason::LatestOnly)])),
    ]);
    assert_eq!(
        (for_one.result(G1).verdict, for_one.result(G12).verdict),
        (Fail, Fail),
        "{:#?}",
        for_one.rules
    );
    assert!(exceptions(&for_one, G12).iter().any(|f| f.text.contains("customer c-1")));
    // The customer's own line: its releases lead on from each other.
    let own = |more: &dyn Fn(&mut Release)| {
        of(vec![
            release("c1", "c", (1, 1, 1), 0).but(|r| r.body.tailor_made = agreement("c-1")),
            security("c2", "c", (2, 1, 2), 10, &[A])
                .but(|r| (r.body.cost, r.body.tailor_made) = (Cost::Paid, agreement("c-1")))
                .but(more),
        ])
    };
    expect(&own(&|_| {}), &[(G12, Exception)]);
    // What another customer is given does not tell this one.
    expect(&own(&|r| r.body.tailor_made = agreement("c-2")), &[(G1, Fail), (G9, Fail), (G12, Fail)]);
    // Nor is a fix that only one customer has none at all for those who run the same.
    let alone = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A])
            .but(|r| (r.body.cost, r.body.tailor_made) = (Cost::Paid, agreement("c-1"))),
    ]);
    expect(&alone, &[(G1, Fail), (G9, Fail), (G12, Fail)]);
    let other = own(&|r| changes(r).push(change("menu", 2, Effect::Added, &[])));
    assert_eq!(other.result(pkg_format::Rule::G3).verdict, Fail, "an agreement waives no other rule");
}

#[test]
fn g14_somebody_says_what_every_supported_release_has() {
    // B is fixed on line 1, from the first release on. Nobody speaks of 2.0, which was built from 1.1 but brings features.
    let with = |edit: &dyn Fn(&mut Vec<Release>)| {
        but(|r| {
            let not_there = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
            let says = |r: &mut Release| r.body.statuses = vec![status(B, &["1.1"], not_there)];
            r.push(security("1.2", "1", (3, 1, 3), 30, &[B]).but(says));
            edit(r);
        })
    };
    let found = of(with(&|_| {}));
    expect(&found, &[(G1, Fail), (G14, Fail)]);
    let found = failures(&found, G14);
    assert_eq!((found.len(), found[0].release.as_str()), (1, "2.0"));
    assert_eq!(
        found[0].text,
        format!("nobody said whether 2.0 is affected by {B}, so it counts as open there")
    );
    assert_eq!(found[0].open, [B]);
    // Somebody says it, or it is no longer supported.
    let not_there = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    let said = with(&|r| r[3].body.statuses.push(status(B, &["2.0"], not_there)));
    expect(&of(said), &[]);
    let ended = with(&|r| supported_until(&mut r[2], "2026-01")).but(|r| r[3].common.issued = day(60));
    assert_eq!(of(ended).result(G14).verdict, Verdict::Pass);
}

/// What lacks a word in the same releases is one finding.
#[test]
fn g14_says_it_once() {
    let found = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
        feature("3.0", "3", (1, 3, 1), 20, &["2.0"]),
        security("3.1", "3", (2, 3, 2), 30, &[A, B]),
    ]);
    let found = failures(&found, G14);
    assert_eq!(found.len(), 1, "{found:#?}");
    let text =
        format!("nobody said whether 1.0 and 2.0 are affected by {A} and {B}, so they count as open there");
    assert_eq!(found[0].text, text);
}

#[test]
fn g15_silent_fix() {
    let product = |listed: bool| Product {
        releases: vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 20, &["1.0"]).but(|r| {
                if listed {
                    also_fixes(r, vec![also_except(A, ExceptionReason::NotFeasible)]);
                }
            }),
        ],
        // Months later it comes out who had it and who has not.
        notices: vec![
            notice("n", 90, A, &["1.0"], Remedy::Workaround)
                .but(|n| n.body.statuses.push(status(A, &["2.0"], VexStatus::Fixed))),
        ],
        ..Product::default()
    };
    let silent = of_product(product(false));
    assert_eq!((silent.result(G15).verdict, silent.result(G1).verdict), (Exception, Fail));
    assert_eq!(of_product(product(true)).result(G15).verdict, Verdict::Pass);
}

#[test]
fn g16_support_does_not_come_nearer() {
    let found = of(but(|r| supported_until(&mut r[1], "2036-11")));
    expect(&found, &[(G16, Fail)]);
    assert!(failures(&found, G16)[0].text.contains("2036-11"), "{}", failures(&found, G16)[0].text);
    // A line of its own may have its own end.
    expect(&of(but(|r| supported_until(&mut r[2], "2036-11"))), &[]);
}

#[test]
fn what_is_no_longer_supported_is_not_judged() {
    let stuck = |until| {
        of(but(|r| {
            r.push(security("2.1", "2", (2, 2, 3), 400, &[B]));
            supported_until(&mut r[0], until);
            supported_until(&mut r[1], until);
        }))
    };
    // Issued in February 2027; line 1 is supported until January, or until February.
    assert_eq!(stuck("2027-01").result(G1).verdict, Verdict::Pass);
    assert_eq!(stuck("2027-02").result(G1).verdict, Fail);
}

#[test]
fn g17_an_inseparable_update_lists_what_it_passes() {
    let raising = |listed: bool| {
        of(but(|r| {
            changes(&mut r[2]).push(change("night-mode", 2, Effect::Added, &[]));
            r.push(security("2.1", "2", (2, 2, 3), 20, &[B]).but(|r| {
                only_from(r, &["1.1", "2.0"]);
                with_change(r, SeparationKind::Inseparable, Effect::Replaced, &[B]);
                if listed {
                    changes(r).push(change("night-mode", 3, Effect::Added, &[B]));
                }
            }));
        }))
    };
    assert_eq!(raising(true).result(G17).verdict, Verdict::Pass);
    let omitted = raising(false);
    assert_eq!(omitted.result(G17).verdict, Fail);
    assert!(failures(&omitted, G17)[0].text.contains("night-mode"));
}

#[test]
fn g18_corrections_are_listed() {
    let found = of(but(|r| changes(&mut r[1]).push(change("typo", 2, Effect::Corrected, &[]))));
    expect(&found, &[(G18, Exception)]);
}

#[test]
fn g19_what_was_held_back_is_told_in_the_end() {
    let held = |until, told: Vec<Notice>| {
        of_product(Product {
            releases: but(|r| {
                fixes(&mut r[1])[0].disclosure = Disclosure::Delayed {
                    reason: en("Others have it too."),
                    until: day(until),
                    severity: None,
                    impact: None,
                };
            }),
            notices: told,
            ..Product::default()
        })
    };
    expect(&held(60, Vec::new()), &[(G19, Exception)]);
    expect(&held(15, Vec::new()), &[(G19, Fail)]);
    expect(&held(15, vec![notice("n", 16, A, &["1.0"], Remedy::VendorFix)]), &[]);
}

#[test]
fn g20_a_fix_taken_back_is_listed_until_it_is_there_again() {
    let back = |r: &mut Vec<Release>| {
        r.push(security("1.2", "1", (3, 1, 3), 30, &[B]).but(|r| reopens(r, A)));
        r.push(security("2.1", "2", (2, 2, 3), 30, &[B]));
    };
    let open = of(but(back));
    assert_eq!(
        (open.result(G20).verdict, open.result(G1).verdict, open.result(G5).verdict),
        (Exception, Exception, Verdict::Pass)
    );
    assert!(exceptions(&open, G1)[0].open.contains(&A.to_owned()), "{:#?}", exceptions(&open, G1));
    let again = of(but(|r| {
        back(r);
        r.push(security("1.3", "1", (4, 1, 4), 31, &[]).but(|r| *fixes(r) = vec![fix(A, 4), fix(B, 3)]));
        r.push(security("2.2", "2", (3, 2, 4), 31, &[]).but(|r| *fixes(r) = vec![fix(A, 4), fix(B, 3)]));
    }));
    assert_eq!(
        (again.result(G20).verdict, again.result(G1).verdict),
        (Exception, Verdict::Pass),
        "{:#?}",
        again.result(G1)
    );
}

#[test]
fn g21_one_state_has_one_description() {
    let two = of(but(|r| {
        r.push(r[1].clone().but(|r| {
            r.digest = Digest::of(b"another manifest");
            only_from(r, &["1.0"]);
        }));
    }));
    expect(&two, &[]);
    let differ = of(but(|r| {
        r.push(r[1].clone().but(|r| {
            r.digest = Digest::of(b"another manifest");
            r.body.identity.version = Version::new("1.1-b").expect("a version");
        }));
    }));
    expect(&differ, &[(G21, Fail)]);
    let shared = of(but(|r| r.push(security("1.1-c", "1", (2, 1, 3), 20, &[A]))));
    assert_eq!(shared.result(G21).verdict, Fail);
}

/// An alias is the same vulnerability: a fix by one name closes it by the other.
#[test]
fn aliases_are_one_vulnerability() {
    let found = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("1.1", "1", (2, 1, 2), 10, &[A])
            .but(|r| fixes(r)[0].aliases = vec![vuln("GHSA-2222-3333-4444")]),
        security("2.1", "2", (2, 2, 2), 10, &["GHSA-2222-3333-4444"]),
    ]);
    expect(&found, &[]);
    assert_eq!(found.vulnerabilities.len(), 1);
    assert_eq!((found.vulnerabilities[0].id.as_str(), found.vulnerabilities[0].aliases.len()), (A, 1));
}

/// Products are judged apart, and each finding says whose it is.
#[test]
fn several_products() {
    let mut both = set(Product { releases: good(), ..Product::default() });
    let bad = Product {
        vendor: "acme".into(),
        name: "doorbell".into(),
        releases: but(|r| supported_until(&mut r[1], "2036-11")),
        ..Product::default()
    };
    both.products.push(bad);
    let found = audit(&both, &AuditOptions::default());
    expect(&found, &[(G16, Fail)]);
    assert_eq!(failures(&found, G16)[0].product, "acme doorbell");
}

/// A device has a component in one scope: releases that bring it in two are refused by every device.
#[test]
fn g21_a_component_is_in_one_scope() {
    let history = |component: &str| {
        let modem = release("m1", "m", (1, 1, 1), 0).but(|r| {
            r.body.identity.scope = id("modem");
            r.body.images[0].component = id(component);
        });
        let product = Product {
            vendor: "acme".into(),
            name: "cam".into(),
            releases: vec![release("1.0", "1", (1, 1, 1), 0), modem],
            ..Product::default()
        };
        audit(&Set { products: vec![product], ..Set::default() }, &AuditOptions::default())
    };
    expect(&history("modem"), &[]);
    let found = history("rootfs");
    expect(&found, &[(G21, Fail)]);
    let text = &failures(&found, G21)[0].text;
    assert!(text.starts_with("rootfs is a component of scope modem and of scope product"), "{text}");
}

/// Who runs two components takes no release that brings one of them alone.
#[test]
fn g1_a_fix_that_leaves_a_component_out_reaches_nobody() {
    let history = |both: bool| {
        let two = |r: &mut Release| r.body.images.push(image("boot", state("boot")));
        of(vec![
            release("1.0", "1", (1, 1, 1), 0).but(two),
            security("1.1", "1", (2, 1, 2), 1, &["CVE-2026-1000"]).but(|r| {
                if both {
                    two(r);
                }
            }),
        ])
    };
    expect(&history(true), &[]);
    assert_eq!(history(false).result(G1).verdict, Fail);
}
