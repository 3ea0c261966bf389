//! Ways on, ways that cost something, and reasons for which there is none: each history differs from one that holds in
//! one thing.

use crate::history::*;
use Verdict::{Exception, Fail};
use pkg_audit::Verdict;
use pkg_format::Rule::{G1, G3, G4, G8, G9, G10, G12, G22};
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    AlsoFix, AppliesTo, Channel, Corrective, Effect, EnvironmentCost, LatestOnlyKind, Remedy, Separately,
    SeparationKind, StillOpen, VexStatus, WithdrawalScope,
};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";

/// A hotfix on the old line comes after the new line was opened, which had a fix of its own later.
fn hotfix(more: Vec<Release>) -> Vec<Release> {
    let mut all = vec![
        release("1.0.0", "1.0", (1, 1, 1), 0),
        feature("1.1.0", "1.1", (1, 2, 1), 10, &["1.0.0"]),
        security("1.0.1", "1.0", (2, 1, 2), 20, &[A]),
        security("1.1.1", "1.1", (2, 2, 2), 21, &[A]),
    ];
    all.extend(more);
    all
}

#[test]
fn g22_a_hotfix_strands_its_users() {
    let lag = pkg_audit::AuditOptions { lag_limit: 2 * DAY, ..Default::default() };
    let of = |releases| pkg_audit::audit(&set(Product { releases, ..Product::default() }), &lag);
    let found = of(hotfix(Vec::new()));
    expect(&found, &[(G22, Fail)]);
    let failing = failures(&found, G22);
    assert_eq!(failing.iter().map(|f| f.release.as_str()).collect::<Vec<_>>(), ["1.0.1"]);
    assert_eq!(failing[0].best.as_deref(), Some("1.1.1"));
    // The next feature release lets them in.
    let next = |from: &[&str]| {
        feature("1.2.0", "1.2", (1, 3, 2), 30, from).but(|r| also_fixes(r, vec![also(A, &["1.0.1"])]))
    };
    expect(&of(hotfix(vec![next(&["1.0.1", "1.1.1"])])), &[]);
    expect(&of(hotfix(vec![next(&["1.1.1"])])), &[(G22, Fail)]);
    // A way to testers only is none.
    let testing = next(&["1.0.1", "1.1.1"]).but(|r| r.body.identity.channel = Channel::Testing);
    assert_eq!(of(hotfix(vec![testing])).result(G22).verdict, Fail);
}

/// Nothing came after the newest release of a line that could have let its users in.
#[test]
fn g22_the_newest_of_each_line_waits_for_the_next() {
    let lines = |day| {
        of(vec![
            release("1.0.0", "1.0", (1, 1, 1), 0),
            feature("1.1.0", "1.1", (1, 2, 1), day, &["1.0.0"]),
            security("1.0.1", "1.0", (2, 1, 2), 20, &[A]),
            security("1.1.1", "1.1", (2, 2, 2), 20, &[A]),
        ])
    };
    expect(&lines(10), &[]);
    // A feature release of the same time could have.
    expect(&lines(20), &[(G22, Fail)]);
}

#[test]
fn g22_for_the_hardware_that_has_no_way() {
    let found = of(vec![
        release("1.0", "1", (1, 1, 1), 0).but(|r| r.common.product.hardware = hardware(&["rev-a", "rev-b"])),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
        feature("2.0-b", "2b", (1, 2, 1), 10, &["0.9"])
            .but(|r| r.common.product.hardware = hardware(&["rev-b"])),
    ]);
    let failing: Vec<_> =
        failures(&found, G22).iter().map(|f| (f.release.as_str(), f.hardware.as_deref())).collect();
    assert_eq!(failing, [("1.0", Some("rev-b"))]);
}

#[test]
fn g22_what_is_withdrawn_is_no_way_and_strands_nobody() {
    let history = |withdrawn: &[&str]| {
        let withdrawals = vec![withdrawal("w", 40, withdrawn)];
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
            feature("3.0", "3", (1, 3, 1), 20, &["2.0"]),
        ];
        of_product(Product { releases, withdrawals, ..Product::default() })
    };
    expect(&history(&["1.0"]), &[]);
    // The way to 3.0 went through 2.0.
    expect(&history(&["2.0"]), &[(G22, Fail)]);
    // There is nothing left to go to.
    expect(&history(&["2.0", "3.0"]), &[]);
}

/// 1.0, the substantially modified 2.0, its sub-version 2.1 and a fix of that, with these hardware ids in the claims.
fn chain(modified: &[&str], sub_version: &[&str]) -> Vec<Release> {
    let both = |r: &mut Release| r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
    let second = |r: &mut Release| r.body.identity.generation = 2;
    vec![
        release("1.0", "1", (1, 1, 1), 0).but(both),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(both).but(second).but(|r| {
            r.body.latest_only = latest_only(LatestOnlyKind::SubstantiallyModified, modified);
        }),
        feature("2.1", "2.1", (1, 3, 1), 20, &["2.0"]).but(both).but(second).but(|r| {
            r.body.latest_only = latest_only(LatestOnlyKind::SubVersion, sub_version);
        }),
        security("2.1.1", "2.1", (2, 3, 2), 30, &[A]).but(both).but(second),
    ]
}

#[test]
fn g8_claims_chain() {
    let both = ["rev-a", "rev-b"];
    let found = told(chain(&both, &both), A, &["1.0", "2.0"]);
    expect(&found, &[(G8, Exception)]);
    let of_first = exceptions(&found, G8).into_iter().find(|f| f.release == "1.0").expect("an exception");
    assert!(
        of_first.text.contains("Art. 13(10)") && of_first.text.contains("Recital 40"),
        "{}",
        of_first.text
    );
    assert_eq!((of_first.best.as_deref(), of_first.evidence.len()), (Some("2.1"), 2));
    // Without the second claim the first one ends at a version that is open.
    let broken = chain(&both, &both).but(|r| r[2].body.latest_only = None);
    expect(&told(broken, A, &["1.0", "2.0"]), &[(G1, Fail), (G8, Fail)]);
    // A step of the way that costs something breaks it too.
    let costly = chain(&both, &both)
        .but(|r| r[2].body.identity.environment_cost = EnvironmentCost::Some(en("A larger memory module.")));
    expect(&told(costly, A, &["1.0", "2.0"]), &[(G1, Fail), (G8, Fail)]);
}

#[test]
fn g8_a_chain_that_leaves_one_hardware_behind_fails_for_that_alone() {
    let both = ["rev-a", "rev-b"];
    for (modified, sub_version, stuck) in
        [(&both[..], &both[..1], &["1.0", "2.0"][..]), (&both[..1], &both[..], &["1.0"][..])]
    {
        let found = told(chain(modified, sub_version), A, &["1.0", "2.0"]);
        let failing: Vec<_> =
            failures(&found, G1).iter().map(|f| (f.release.as_str(), f.hardware.as_deref())).collect();
        let expected: Vec<_> = stuck.iter().map(|v| (*v, Some("rev-b"))).collect();
        assert_eq!(failing, expected);
        assert!(exceptions(&found, G8).iter().any(|f| f.hardware.as_deref() == Some("rev-a")));
    }
}

/// Line 3 leads to 4.0, and 4.1, which needs 4.0, fixes A and says that this is not feasible on its own.
fn not_feasible(from: &[&str]) -> Vec<Release> {
    vec![
        release("3.2", "3", (1, 1, 1), 0),
        feature("4.0", "4", (1, 2, 1), 10, &["3.2"]),
        security("4.0.1", "4", (2, 2, 2), 20, &[B]).but(|r| {
            r.body.statuses = vec![status(B, &["3.2"], NOT_THERE)];
        }),
        feature("4.1", "4.1", (1, 3, 2), 30, from)
            .but(|r| also_fixes(r, vec![also_except(A, ExceptionReason::NotFeasible), also(B, &["4.0.1"])])),
    ]
}

const NOT_THERE: VexStatus =
    VexStatus::NotAffected(pkg_format::manifest::VexJustification::ComponentNotPresent);

#[test]
fn g1_not_feasible_excuses_those_who_can_have_the_release() {
    let audit = |from: &[&str]| told(not_feasible(from), A, &["3.2", "4.0", "4.0.1"]);
    let found = audit(&["4.0.1"]);
    let stuck: Vec<_> = failures(&found, G1).iter().map(|f| f.release.as_str()).collect();
    assert_eq!(stuck, ["3.2"], "4.1 cannot be had from there without another feature release");
    let excused: Vec<_> = exceptions(&found, G1).iter().map(|f| f.release.as_str()).collect();
    assert_eq!(excused, ["4.0", "4.0.1"], "from 4.0 security updates lead there");
    let of_feature = exceptions(&found, G4);
    assert_eq!(of_feature.len(), 1);
    assert_eq!(of_feature[0].approver.as_deref(), Some("Security board"));
    assert!(
        of_feature[0]
            .rationale
            .as_deref()
            .is_some_and(|r| r.contains("Alternatives considered: A second parser"))
    );
    // Where it applies to all of them, all are excused.
    expect(&audit(&["3.2", "4.0", "4.0.1"]), &[(G1, Exception), (G4, Exception)]);
}

/// A list names the state, but its devices refuse the release: the security level would fall.
#[test]
fn g4_not_feasible_does_not_excuse_those_who_are_refused() {
    let releases = not_feasible(&["4.0", "4.0.1"]).but(|r| r[3].body.identity.security_level = 1);
    let found = told(releases, A, &["3.2", "4.0", "4.0.1"]);
    let failing = failures(&found, G4);
    assert!(failing.len() == 1 && failing[0].text.contains("users of 4.0.1"), "{failing:#?}");
    assert!(failing[0].text.contains("they cannot install it"));
    assert!(exceptions(&found, G4).iter().any(|f| f.text.contains("users of 4.0 ")));
}

#[test]
fn g1_a_release_that_costs_something_excuses_nobody() {
    let releases = not_feasible(&["3.2", "4.0", "4.0.1"])
        .but(|r| r[3].body.identity.environment_cost = EnvironmentCost::Some(en("A larger memory module.")));
    assert_eq!(told(releases, A, &["3.2", "4.0", "4.0.1"]).result(G1).verdict, Fail);
}

/// What a release says of itself that it leaves open is no excuse.
#[test]
fn g1_what_is_said_to_be_open_is_open() {
    let history = |says_open: bool| {
        of(vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
            security("2.0.1", "2", (2, 2, 2), 20, &[A])
                .but(|r| r.body.statuses = vec![status(A, &["1.0"], NOT_THERE)]),
            security("1.0.1", "1", (2, 1, 2), 20, &[B]).but(|r| {
                r.body.statuses = vec![status(B, &["2.0", "2.0.1"], NOT_THERE)];
                if says_open {
                    r.body.open = vec![StillOpen {
                        id: vuln(A),
                        status: pkg_format::manifest::OpenStatus::Affected,
                        reason: en("The fix for this line is not ready."),
                        planned: None,
                    }];
                }
            }),
        ])
    };
    expect(&history(false), &[]);
    let found = history(true);
    assert_eq!(found.result(G1).verdict, Fail);
    let of_fix = failures(&found, G1).into_iter().find(|f| f.release == "1.0.1").expect("a failure");
    assert_eq!(of_fix.open, [A]);
}

#[test]
fn g12_a_security_update_that_needs_hardware_is_not_free() {
    let history = |costs: bool, more: Vec<Release>| {
        let fix = security("1.0.1", "1", (2, 1, 2), 10, &[A]).but(|r| {
            if costs {
                r.body.identity.environment_cost =
                    EnvironmentCost::Some(en("The 64 MB memory module, 89 EUR."));
            }
        });
        of([vec![release("1.0", "1", (1, 1, 1), 0), fix], more].concat())
    };
    expect(&history(false, Vec::new()), &[]);
    let found = history(true, Vec::new());
    expect(&found, &[(G1, Fail), (G12, Fail)]);
    let step = "1.0 → 1.0.1 (security, pure, needs other hardware or software)";
    assert_eq!(failures(&found, G1)[0].forbidden_edge.as_deref(), Some(step));
    assert!(failures(&found, G12)[0].text.contains(step));
    assert_eq!(exceptions(&found, G12)[0].rationale.as_deref(), Some("The 64 MB memory module, 89 EUR."));
    // Beside a free one it is listed, and nothing else.
    let free = security("1.0.2", "1", (3, 1, 3), 10, &[]).but(|r| {
        fixes(r).push(fix(A, 3));
        only_from(r, &["1.0", "1.0.1"]);
    });
    expect(&history(true, vec![free]), &[(G12, Exception)]);
}

#[test]
fn g10_a_recall_tells_its_users_what_to_do() {
    let history = |scope, corrective, withdrawn: &[&str]| {
        let recall =
            withdrawal("w", 20, withdrawn).but(|w| (w.body.scope, w.body.corrective) = (scope, corrective));
        let releases = vec![release("1.0", "1", (1, 1, 1), 0), security("1.0.1", "1", (2, 1, 2), 10, &[A])];
        of_product(Product { releases, withdrawals: vec![recall], ..Product::default() })
    };
    let product = WithdrawalScope::Product;
    for corrective in [Corrective::Recall, Corrective::StopUse] {
        let found = history(product, corrective, &["1.0", "1.0.1"]);
        expect(&found, &[(G10, Exception)]);
        assert!(exceptions(&found, G10)[0].text.contains("a recall tells them what to do"));
        // That of a product speaks to all of its users, that of a release to those whom it names.
        assert_eq!(history(product, corrective, &["1.0.1"]).result(G10).verdict, Exception);
        let release =
            |named: &[&str]| history(WithdrawalScope::Release, corrective, named).result(G10).verdict;
        assert_eq!((release(&["1.0", "1.0.1"]), release(&["1.0.1"])), (Exception, Fail));
    }
    assert_eq!(history(product, Corrective::Withdraw, &["1.0", "1.0.1"]).result(G10).verdict, Fail);
}

/// A remedy for releases that did not exist when it was given.
#[test]
fn g9_a_remedy_by_line_and_sequence() {
    let history = |from: u64| {
        let told = notice("n", 5, A, &["1.0"], Remedy::Workaround).but(|n| {
            n.body.remediations[0].releases = vec![pkg_format::manifest::Releases::Line {
                scope: id("product"),
                line: id("2"),
                from: Some(from),
                below: None,
            }];
        });
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"])
                .but(|r| r.body.statuses = vec![status(A, &["2.0"], VexStatus::Affected)]),
        ];
        of_product(Product { releases, notices: vec![told], ..Product::default() })
    };
    expect(&history(1), &[]);
    expect(&history(2), &[(G9, Fail)]);
}

/// The repair of a withdrawn security update has the same fix again.
#[test]
fn a_bad_update_can_be_repaired() {
    let history = |repaired: bool| {
        let mut releases =
            vec![release("1.0", "1", (1, 1, 1), 0), security("1.0.1", "1", (2, 1, 2), 10, &[A])];
        if repaired {
            releases.push(security("1.0.2", "1", (3, 1, 3), 12, &[A]).but(|r| {
                r.common.supersedes = vec![releases_digest("1.0.1")];
                changes(r).push(change("wifi", 3, Effect::Corrected, &[]));
            }));
        }
        let withdrawals = vec![withdrawal("w", 11, &["1.0.1"])];
        of_product(Product { releases, withdrawals, ..Product::default() })
    };
    assert_eq!(history(false).result(G10).verdict, Fail);
    let found = history(true);
    assert_eq!(found.verdict, Exception, "{:#?}", found.failures().collect::<Vec<_>>());
}

fn releases_digest(version: &str) -> pkg_format::Digest {
    release(version, "1", (1, 1, 1), 0).digest
}

/// A list may name states that no device leaves by that release. Then it is no step from there.
#[test]
fn g1_a_step_that_no_device_takes_is_none() {
    let history = |from: &[&str]| {
        of(vec![
            release("3.2", "3", (1, 1, 1), 0),
            feature("4.0", "4", (1, 2, 1), 10, &["3.2"]),
            security("4.0.1", "4", (2, 2, 2), 20, &[A])
                .but(|r| r.body.applies_to = AppliesTo::States(from.iter().map(|v| state(v)).collect())),
        ])
    };
    let found = history(&["3.2", "4.0"]);
    let stuck: Vec<_> = failures(&found, G1).iter().map(|f| f.release.as_str()).collect();
    assert_eq!(stuck, ["3.2"]);
    assert!(failures(&found, G1)[0].text.contains("only 3.2 → 4.0 (feature) would lead to 4.0.1"));
}

/// The step that G1 names ends where everything is closed, and is one that is offered to everybody.
#[test]
fn g1_names_a_step_that_really_closes_it() {
    let history = |third: &dyn Fn(&mut Release)| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
            feature("3.0", "3", (1, 3, 1), 20, &["1.0"]).but(third),
            security("3.0.1", "3", (2, 3, 2), 30, &[A]),
        ];
        told(releases, A, &["1.0", "2.0"])
    };
    let step = |audit: &pkg_audit::Audit| {
        failures(audit, G1).iter().find(|f| f.release == "1.0").and_then(|f| f.forbidden_edge.clone())
    };
    // 2.0 leads nowhere.
    assert_eq!(step(&history(&|_| {})).as_deref(), Some("1.0 → 3.0 (feature)"));
    assert_eq!(step(&history(&|r| r.body.identity.channel = Channel::Testing)), None);
}

fn reason(rationale: &str, id: &str) -> AlsoFix {
    let why = justification().but(|why| why.rationale = en(rationale));
    AlsoFix { id: vuln(id), separately: Separately::Exception { reason: ExceptionReason::NotFeasible, why } }
}

#[test]
fn g4_a_hollow_text_is_listed() {
    let hollow = |reasons: Vec<AlsoFix>| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(|r| also_fixes(r, reasons)),
        ];
        let found = told(releases, A, &["1.0"]);
        exceptions(&found, G4)
            .iter()
            .filter(|f| f.text.starts_with("hollow text"))
            .map(|f| f.text.clone())
            .collect::<Vec<_>>()
    };
    let sound = "The parser reads every file of the product and cannot be replaced alone.";
    assert!(hollow(vec![reason(sound, A)]).is_empty());
    let other = "The radio driver and its firmware were rewritten together.";
    assert!(hollow(vec![reason(sound, A), reason(other, B)]).is_empty());
    let few = hollow(vec![reason("Not possible. Not possible. NOT possible!", A)]);
    assert!(few.len() == 1 && few[0].contains("fewer than three different words"), "{few:?}");
    let same = hollow(vec![reason(sound, A), reason(sound, B)]);
    assert!(
        same.len() == 1 && same[0].contains("is the same for CVE-2026-1000 and CVE-2026-2000"),
        "{same:?}"
    );
}

/// The same change on two lines has the same reason; two changes that share one do not say why.
#[test]
fn g3_a_hollow_text_is_listed() {
    let hollow = |second: &'static str| {
        let changed = |name: &'static str| {
            move |r: &mut Release| {
                with_change(r, SeparationKind::Inseparable, Effect::Replaced, &[A]);
                changes(r)[0].id = id(name);
            }
        };
        let found = of(vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
            security("1.1", "1", (2, 1, 2), 10, &[A]).but(changed("parser")),
            security("2.1", "2", (2, 2, 2), 10, &[A]).but(changed(second)),
        ]);
        exceptions(&found, G3).iter().filter(|f| f.text.starts_with("hollow text")).count()
    };
    assert_eq!((hollow("parser"), hollow("radio")), (0, 1));
}
