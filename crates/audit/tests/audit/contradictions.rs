//! Statements that say something else than what was said before, or that say nothing: images that are called fixed (G21,
//! G5), fixes that were taken back (G9), details that are disclosed by name only (G19), joined ids (G14), support before
//! the first release (G16) and reasons without a meaning (G3, G4, G20).

use crate::history::*;
use Verdict::{Exception, Fail, Pass};
use pkg_audit::Verdict;
use pkg_format::Rule::{G3, G4, G5, G9, G14, G16, G19, G20, G21};
use pkg_format::ident::Month;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    Affected, Disclosure, Effect, Remedy, SeparationKind, VexJustification, VexStatus,
};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";
const ABSENT: VexStatus = VexStatus::NotAffected(VexJustification::VulnerableCodeNotPresent);

fn says(name: &str, issued: u64, id: &str, version: &str, standing: VexStatus) -> Notice {
    notice(name, issued, id, &[version], Remedy::Workaround)
        .but(|n| n.body.statuses = vec![status(id, &[version], standing)])
}

/// Line 2 has the fix of A; line 1 has none.
fn only_line_two() -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 10, &[A]),
    ]
}

/// An image cannot change: what was said to be affected is not fixed by a notice.
#[test]
fn g21_a_notice_fixes_nothing() {
    let product = |words: &[(u64, VexStatus)]| {
        let notices =
            words.iter().enumerate().map(|(i, (day, s))| says(&format!("n{i}"), *day, A, "1.0", *s));
        of_product(Product { releases: only_line_two(), notices: notices.collect(), ..Product::default() })
    };
    let result = |words: &[(u64, VexStatus)]| product(words).result(G21).verdict;
    let fixed = product(&[(10, VexStatus::Affected), (11, VexStatus::Fixed)]);
    assert_eq!(fixed.result(G21).verdict, Fail);
    let text = &failures(&fixed, G21)[0].text;
    assert!(
        text.contains(
            "1.0 was said to be affected by CVE-2026-1000 on 2026-01-11, and n1 of 2026-01-12 says fixed"
        ),
        "{text}"
    );
    // That it never was affected is listed with its word, also on the same day.
    let absent = product(&[(10, VexStatus::Affected), (10, ABSENT), (11, ABSENT)]);
    assert_eq!(absent.result(G21).verdict, Exception);
    let text = &exceptions(&absent, G21)[0].text;
    assert!(text.ends_with("says not-affected"), "{text}");
    // The last word counts.
    assert_eq!(result(&[(10, VexStatus::Affected), (11, VexStatus::Fixed), (12, ABSENT)]), Exception);
    assert_eq!(result(&[(10, VexStatus::Fixed), (11, VexStatus::Affected)]), Pass);
    assert_eq!(result(&[(10, VexStatus::UnderInvestigation), (11, ABSENT)]), Pass);
    assert_eq!(result(&[(11, VexStatus::Fixed)]), Pass);
    // A wrong word about a state that has the fix can be taken back.
    let notices =
        vec![says("a", 11, A, "2.1", VexStatus::Affected), says("b", 12, A, "2.1", VexStatus::Fixed)];
    let corrected = of_product(Product { releases: only_line_two(), notices, ..Product::default() });
    assert_eq!(corrected.result(G21).verdict, Pass);
}

/// A release that was built without a fix does not get it by a notice.
#[test]
fn g5_a_notice_brings_no_fix_back() {
    let product = |parent: &str, standing: VexStatus| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]),
            security("1.2", "1", (3, 1, 3), 20, &[B]).but(|r| r.body.from = vec![state(parent)]),
        ];
        let notices = vec![says("n", 21, A, "1.2", standing)];
        of_product(Product { releases, notices, ..Product::default() })
    };
    let lost = product("1.0", VexStatus::Fixed);
    assert_eq!(lost.result(G5).verdict, Fail);
    let text = &failures(&lost, G5)[0].text;
    assert!(text.contains("1.2 was not built from it") && text.contains("n only says"), "{text}");
    assert_eq!(product("1.1", VexStatus::Fixed).result(G5).verdict, Pass);
}

/// A release that takes a fix back repeats it in its list; that tells nobody.
#[test]
fn g9_a_fix_that_was_taken_back_tells_nobody() {
    let product = |notices: Vec<Notice>| {
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 10, &[A]),
            security("1.2", "1", (3, 1, 3), 20, &[]).but(|r| {
                *fixes(r) = vec![fix(B, 3), fix(A, 2)];
                reopens(r, A);
            }),
        ];
        of_product(Product { releases, notices, ..Product::default() })
    };
    let silent = product(Vec::new());
    assert_eq!(silent.result(G9).verdict, Fail);
    assert!(failures(&silent, G9).iter().any(|f| f.release == "1.2" && f.open == [A]));
    let told = product(vec![notice("n", 20, A, &["1.0", "1.1", "1.2"], Remedy::Workaround)]);
    assert_eq!(told.result(G9).verdict, Pass, "{:#?}", told.result(G9));
}

/// A notice discloses what was held back if it comes when the time is over; a fix does with its severity and impact.
#[test]
fn g19_a_name_is_no_disclosure() {
    let held = |r: &mut Release| {
        let reason = en("Others have it too.");
        fixes(r)[0].disclosure = Disclosure::Delayed { reason, until: day(30), severity: None, impact: None };
    };
    let product = |told: Option<u64>, later: bool| {
        let mut releases = only_line_two().but(|all| held(&mut all[2]));
        if later {
            releases.push(security("2.2", "2", (3, 2, 3), 20, &[B]).but(|r| fixes(r).push(fix(A, 2))));
        }
        let mut notices = vec![says("last", 40, B, "1.0", ABSENT)];
        notices.extend(told.map(|day| says("told", day, A, "2.1", VexStatus::Fixed)));
        of_product(Product { releases, notices, ..Product::default() }).result(G19).verdict
    };
    assert_eq!([product(None, false), product(Some(11), false), product(Some(29), false)], [Fail; 3]);
    assert_eq!([product(Some(30), false), product(None, true)], [Pass; 2]);
}

/// Two ids with a life of their own become one while one of them is open.
#[test]
fn g14_ids_that_are_joined() {
    let product = |alias: bool, fixed_under_its_own: bool| {
        let mut releases = only_line_two();
        if !fixed_under_its_own {
            releases.pop();
        }
        releases.push(security("1.1", "1", (2, 1, 3), 20, &[B]).but(|r| {
            if alias {
                fixes(r)[0].aliases = vec![vuln(A)];
            }
        }));
        let notices = vec![says("n", 10, A, "1.0", VexStatus::Affected)];
        let found = of_product(Product { releases, notices, ..Product::default() });
        exceptions(&found, G14).iter().map(|f| f.text.clone()).collect::<Vec<_>>()
    };
    let joined = product(true, true);
    assert!(
        joined.len() == 1 && joined[0].contains("1.1 says that CVE-2026-1000 and CVE-2026-2000"),
        "{joined:?}"
    );
    assert!(product(false, true).is_empty());
    // An id that a notice used first gets another when it is fixed.
    assert!(product(true, false).is_empty());
}

/// Support that needs time before the first release that anybody can see is listed.
#[test]
fn g16_support_before_there_was_a_product() {
    let product = |declared: Option<u64>| {
        let mut releases = only_line_two();
        for r in &mut releases {
            r.body.support.from = Month::new("2019-01").expect("a month");
            r.body.support.until = Month::new("2027-01").expect("a month");
        }
        let declared = declared.map(|placed| {
            let mut past = past("0.9", "0", (1, 1));
            past.releases[0].placed = Some(placed);
            past
        });
        of_product(Product { releases, declared: declared.unwrap_or_default(), ..Product::default() })
    };
    let short = product(None);
    assert_eq!(short.result(G16).verdict, Exception);
    let text = &short.result(G16).findings[0].text;
    assert!(text.contains("12 months") && text.contains("began in 2019-01, but no release"), "{text}");
    // In January 2019 it was sold already.
    assert_eq!(product(Some(1_546_300_800)).result(G16).verdict, Pass);
    assert_eq!(product(Some(day(0) - 365 * DAY)).result(G16).verdict, Exception);
}

/// Words that are only repeated, alternatives and approvers that are none.
#[test]
fn hollow_texts() {
    let hollow = |rationale: &str, alternatives: &str, approver: &str| {
        let releases = only_line_two().but(|all| {
            with_change(&mut all[2], SeparationKind::Inseparable, Effect::Replaced, &[A]);
            let why = justification().but(|why| {
                (why.rationale, why.alternatives) = (en(rationale), en(alternatives));
                why.approver = label(approver);
            });
            separate(&mut all[2], why);
        });
        let found = of(releases);
        exceptions(&found, G3).iter().filter(|f| f.text.starts_with("hollow text")).count()
    };
    let (sound, tried) = ("The parser reads every file of the product.", "A second parser was tried.");
    assert_eq!(hollow(sound, tried, "QA"), 0);
    assert_eq!(hollow("It needs the new parser.", "None found.", "Board"), 0);
    let long = "The parser of the old format reads the file, the index of the file and the names in the index, so the \
                fix of the parser is the new format: the old one has no length for the name, and no check can be made \
                without the length. The tool that writes the file writes both.";
    assert_eq!(hollow(long, tried, "Board"), 0);
    assert_eq!(hollow("not feasible here not feasible here not feasible here", tried, "Board"), 1);
    assert_eq!(hollow("it is needed it is needed and it is needed as it is needed", tried, "Board"), 1);
    assert_eq!(hollow(sound, "none none none none", "Board"), 1);
    assert_eq!(hollow(sound, sound, "Board"), 1);
    assert_eq!(hollow(sound, "-", "x"), 2);
}

/// The reason for taking a fix back is judged too.
#[test]
fn g20_a_hollow_reason() {
    let hollow = |reason: &str| {
        let last = security("2.2", "2", (3, 2, 3), 20, &[B]).but(|r| {
            reopens(r, A);
            reopen_reason(r, reason);
        });
        let found = of(only_line_two().but(|all| all.push(last)));
        exceptions(&found, G20).iter().filter(|f| f.text.starts_with("hollow text")).count()
    };
    assert_eq!((hollow("It does not start."), hollow("x")), (0, 1));
}

/// What one line has on its own is feasible.
#[test]
fn g4_feasible_elsewhere() {
    let found = |alone: bool| {
        let third = feature("3.0", "3", (1, 3, 2), 20, &["1.0", "2.1"])
            .but(|r| also_fixes(r, vec![also_except(A, ExceptionReason::NotFeasible)]));
        let mut releases = only_line_two().but(|all| all.push(third));
        if !alone {
            releases[2].body.update = security("2.1", "2", (2, 2, 2), 10, &[B]).body.update;
            fixes(&mut releases[2])[0].affected = Affected::States(vec![state("2.0")]);
        }
        let found = told(releases, A, &["1.0"]);
        exceptions(&found, G4).iter().filter(|f| f.text.contains("2.1 is that fix alone")).count()
    };
    assert_eq!((found(true), found(false)), (1, 0));
}
