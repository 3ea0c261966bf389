//! Promises and limits of time (G23).

use crate::history::*;
use Verdict::{Exception, Fail, Pass};
use pkg_audit::{Audit, AuditOptions, Finding, Severity, Verdict, audit};
use pkg_format::Rule::G23;
use pkg_format::manifest::{
    Exploited, OpenStatus, Outcome, PastRule, Releases, Remedy, StillOpen, VexJustification, VexStatus,
};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";

fn at(releases: Vec<Release>, notices: Vec<Notice>, when: u64) -> Audit {
    let set = set(Product { releases, notices, ..Product::default() });
    audit(&set, &AuditOptions { at: Some(day(when)), ..AuditOptions::default() })
}

fn one(audit: &Audit) -> &Finding {
    let found = failures(audit, G23);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

/// A notice that promises a fix of A by day 50.
fn promise() -> Notice {
    notice("n", 20, A, &["1.0"], Remedy::FixPlanned(day(50)))
}

/// A fix of A on a day.
fn fixed(on: u64) -> Vec<Release> {
    vec![release("1.0", "1", (1, 1, 1), 0), security("1.1", "1", (2, 1, 2), on, &[A])]
}

#[test]
fn a_promised_date_passes() {
    let none = || vec![release("1.0", "1", (1, 1, 1), 0)];
    assert_eq!(at(none(), vec![promise()], 50).result(G23).verdict, Pass);
    let open = at(none(), vec![promise()], 52);
    let finding = one(&open);
    assert!(finding.text.contains("n promised a fix of CVE-2026-1000 by 2026-02-20"), "{}", finding.text);
    assert_eq!((finding.ended, finding.open.as_slice()), (None, &[A.to_owned()][..]));
    // Kept on its day, and not.
    assert_eq!(at(fixed(51), vec![promise()], 60).result(G23).verdict, Pass);
    let late = at(fixed(60), vec![promise()], 70);
    assert_eq!(one(&late).ended, Some((day(50), day(60))));
    assert!(one(&late).text.contains("users of 1.0 got it 10 days later"), "{}", one(&late).text);
    // It turned out that nobody needs it.
    let closed = notice("m", 45, A, &["1.0"], Remedy::Workaround).but(|n| {
        let standing = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
        n.body.statuses = vec![status(A, &["1.0"], standing)];
    });
    assert_eq!(at(none(), vec![promise(), closed], 60).result(G23).verdict, Pass);
}

/// A notice without another date does not take a promise back.
#[test]
fn a_promise_that_is_superseded_still_stands() {
    let none = vec![release("1.0", "1", (1, 1, 1), 0)];
    for (id, remedy) in [(A, Remedy::NoneAvailable), (A, Remedy::NoFixPlanned), (B, Remedy::Workaround)] {
        let other =
            notice("m", 40, id, &["1.0"], remedy).but(|n| n.common.supersedes = vec![promise().digest]);
        let audit = at(none.clone(), vec![promise(), other], 80);
        assert!(one(&audit).text.contains("n promised a fix of CVE-2026-1000 by 2026-02-20"), "{audit:#?}");
    }
}

/// A new date counts if it comes before the old one has passed.
#[test]
fn a_promise_is_renewed_in_time_or_too_late() {
    let none = || vec![release("1.0", "1", (1, 1, 1), 0)];
    let again = |issued| {
        let new = notice("m", issued, A, &["1.0"], Remedy::FixPlanned(day(90)));
        at(none(), vec![promise(), new.but(|n| n.common.supersedes = vec![promise().digest])], 80)
    };
    let renewed = again(40);
    assert_eq!(renewed.result(G23).verdict, Exception);
    let text = &exceptions(&renewed, G23)[0].text;
    let told = "promised to users of 1.0 2 times: first by 2026-02-20, last by 2026-04-01, 40 days later";
    assert!(text.ends_with(told), "{text}");
    assert_eq!(again(60).result(G23).verdict, Fail);
    // On the day itself it is not too late: the fix may come until its end.
    let on_the_day = |hours: u64| {
        let new = notice("m", 50, A, &["1.0"], Remedy::FixPlanned(day(90))).but(|n| {
            n.common.supersedes = vec![promise().digest];
            n.common.issued += hours * 3_600;
        });
        at(none(), vec![promise(), new], 80).result(G23).verdict
    };
    assert_eq!((on_the_day(23), on_the_day(24)), (Exception, Fail));
    // The fix came by the first date.
    let new = notice("m", 40, A, &["1.0"], Remedy::FixPlanned(day(90)));
    assert_eq!(at(fixed(45), vec![promise(), new], 80).result(G23).verdict, Pass);
}

/// A promise that was broken until a statement said that nobody needs the fix is listed.
#[test]
fn a_promise_that_was_taken_back_too_late() {
    let found = |on| {
        let closed = notice("m", on, A, &["1.0"], Remedy::Workaround).but(|n| {
            let standing = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
            n.body.statuses = vec![status(A, &["1.0"], standing)];
        });
        at(vec![release("1.0", "1", (1, 1, 1), 0)], vec![promise(), closed], 200)
    };
    assert_eq!(found(51).result(G23).verdict, Pass);
    let listed = found(90);
    assert_eq!(listed.result(G23).verdict, Exception);
    let text = &exceptions(&listed, G23)[0].text;
    assert!(text.ends_with("users of 1.0 had none when a statement of 2026-04-01 closed it there"), "{text}");
}

/// A promise for releases still to come holds for them, and `planned` of what a release leaves open is one too.
#[test]
fn promises_of_releases_and_for_releases_to_come() {
    let later = vec![release("1.0", "1", (1, 1, 1), 0), security("1.1", "1", (2, 1, 2), 30, &[B])];
    let line = Releases::Line { scope: id("product"), line: id("1"), from: Some(2), below: None };
    let foretold = promise().but(|n| {
        n.body.remediations[0].states = Vec::new();
        n.body.remediations[0].releases = vec![line];
    });
    let found = at(later.clone(), vec![foretold], 60);
    assert_eq!(one(&found).release, "1.1");
    let open = |planned: u64| {
        at(
            later.clone().but(|all| {
                all[1].body.open = vec![StillOpen {
                    id: vuln(A),
                    status: OpenStatus::Affected,
                    reason: en("The fix is being tested."),
                    planned: Some(day(planned)),
                }];
            }),
            Vec::new(),
            60,
        )
    };
    // Its readers are users of 1.1, and those of 1.0 to whom it is offered.
    assert_eq!(failures(&open(50), G23).len(), 2);
    assert_eq!(open(70).result(G23).verdict, Pass);
}

fn exploited(on: u64, since: u64) -> Vec<Release> {
    fixed(on).but(|all| {
        let fix = &mut fixes(&mut all[1])[0];
        (fix.known_since, fix.exploited) = (Some(day(since)), Exploited::Yes(Some(day(since))));
    })
}

/// Against what attackers use there is a fix or a measure within 14 days.
#[test]
fn exploited_without_a_measure() {
    assert_eq!(at(exploited(19, 5), Vec::new(), 60).result(G23).verdict, Pass);
    let late = at(exploited(20, 5), Vec::new(), 60);
    assert_eq!(one(&late).ended, Some((day(5), day(20))));
    let told =
        |remedy| at(exploited(40, 5), vec![notice("n", 15, A, &["1.0"], remedy)], 60).result(G23).verdict;
    assert_eq!([told(Remedy::Workaround), told(Remedy::Mitigation)], [Pass, Pass]);
    assert_eq!([told(Remedy::NoneAvailable), told(Remedy::NoFixPlanned)], [Fail, Fail]);
    // A promise is no measure, and neither is a fix that security updates do not lead to.
    assert_eq!([told(Remedy::FixPlanned(day(90))), told(Remedy::VendorFix)], [Fail, Fail]);
    // A release that makes the risk lower is a measure; a notice for other hardware is none.
    let lower = |outcome| {
        let half = security("1.0.1", "1", (2, 1, 2), 12, &[A]).but(|r| fixes(r)[0].status = outcome);
        let last = exploited(40, 5).remove(1).but(|r| {
            (r.common.sequence, r.body.identity.security_level) = (3, 3);
            fixes(r)[0].level = 3;
        });
        at(vec![release("1.0", "1", (1, 1, 1), 0), half, last], Vec::new(), 60)
    };
    assert_eq!(lower(Outcome::Mitigated).failures().filter(|f| f.release == "1.0").count(), 0);
    let other = notice("n", 15, A, &["1.0"], Remedy::Workaround)
        .but(|n| n.common.product.hardware = hardware(&["rev-b"]));
    assert_eq!(at(exploited(40, 5), vec![other], 60).result(G23).verdict, Fail);
}

/// What is taken back helps nobody from then on: a workaround that is superseded, a mitigating release that is withdrawn.
#[test]
fn a_measure_that_was_taken_back_is_none() {
    let told = |second: Option<Remedy>| {
        let first = notice("n", 15, A, &["1.0"], Remedy::Workaround);
        let second = second.map(|remedy| {
            notice("m", 17, A, &["1.0"], remedy).but(|n| n.common.supersedes = vec![first.digest])
        });
        at(exploited(90, 5), [first].into_iter().chain(second).collect(), 100)
    };
    let verdict = |second| told(second).result(G23).verdict;
    assert_eq!([verdict(None), verdict(Some(Remedy::Mitigation))], [Pass, Pass]);
    let taken = told(Some(Remedy::NoneAvailable));
    assert_eq!(one(&taken).ended, Some((day(17), day(90))));
    let lower = |withdrawn: Option<u64>| {
        let half = security("1.0.1", "1", (2, 1, 2), 12, &[A]).but(|r| {
            let fix = &mut fixes(r)[0];
            fix.status = Outcome::Mitigated;
            (fix.known_since, fix.exploited) = (Some(day(5)), Exploited::Yes(Some(day(5))));
        });
        let releases = vec![release("1.0", "1", (1, 1, 1), 0), half];
        let withdrawals = withdrawn.map(|on| withdrawal("w", on, &["1.0.1"])).into_iter().collect();
        let set = set(Product { releases, withdrawals, ..Product::default() });
        let audit = audit(&set, &AuditOptions { at: Some(day(100)), ..AuditOptions::default() });
        audit.failures().filter(|f| f.rule == G23 && f.release == "1.0").count()
    };
    assert_eq!([lower(None), lower(Some(14)), lower(Some(95))], [0, 1, 0]);
}

/// The auditor's limit for a severity: from when it is known to when each supported release can have the fix.
#[test]
fn the_limit_for_a_severity() {
    let with = |severity, limit| {
        let releases = fixed(40).but(|all| fixes(&mut all[1])[0].known_since = Some(day(10)));
        let set = set(Product { releases, ..Product::default() });
        audit(&set, &AuditOptions { fix_limits: vec![(severity, limit * DAY)], ..AuditOptions::default() })
    };
    expect(&with(Severity::High, 30), &[]);
    expect(&with(Severity::Critical, 1), &[]);
    let late = with(Severity::High, 29);
    expect(&late, &[(G23, Fail)]);
    assert!(one(&late).text.contains("(high) was known for 30 days"), "{}", one(&late).text);
    assert_eq!(one(&late).ended, Some((day(10), day(40))));
}

/// The maker can answer for a promise that was kept too late, and not for one that still waits.
#[test]
fn an_answer_for_a_promise() {
    let found = |releases| {
        let answer = crate::past::answer(70, PastRule::Overdue, &[A], &["1.0"], (50, 60));
        let product = Product {
            releases,
            notices: vec![promise()],
            acknowledgements: vec![answer],
            ..Product::default()
        };
        of_product(product).result(G23).verdict
    };
    assert_eq!(found(fixed(60)), Exception);
    assert_eq!(found(vec![release("1.0", "1", (1, 1, 1), 0)]), Fail);
}
