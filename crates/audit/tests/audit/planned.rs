//! What is owed, from made-up histories; and on random ones, that a plan and the audit say the same.

use crate::history::*;
use pkg_audit::plan::{Draft, Known, Owed, Places, Plan, PlanOptions, Task, drafts, plan, text};
use pkg_audit::{AuditOptions, audit};
use pkg_format::Rule;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    Affected, AppliesTo, Disclosure, EnvironmentCost, LatestOnlyKind, OpenStatus, Remedy, StillOpen,
    VexJustification, VexStatus,
};
use std::collections::BTreeSet;

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";

fn planned(releases: &[Release], notices: Vec<Notice>, at: u64) -> Plan {
    let set = set(Product { releases: releases.to_vec(), notices, ..Product::default() });
    plan(&set, &PlanOptions { at: day(at), only: None, fix_limits: Vec::new() })
}

/// Line 2 has the fix of A; users of line 1 lack it.
fn two_lines() -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 20, &[A]),
        // The fix names the states of line 1 too.
    ]
    .but(|all| fixes(&mut all[2])[0].affected = Affected::States(vec![state("1.0"), state("2.0")]))
}

#[test]
fn a_line_lacks_a_fix_that_others_have() {
    let plan = planned(&two_lines(), Vec::new(), 30);
    let product = &plan.products[0];
    let owed: Vec<_> = product.owed.iter().filter(|o| o.task == Task::SecurityRelease).collect();
    assert_eq!(owed.len(), 1, "{owed:#?}");
    let it = owed[0];
    assert_eq!((it.line.as_str(), it.after.as_deref()), ("1", Some("1.0")));
    assert_eq!((it.sequence, it.security_level, it.feature_level), (Some(2), Some(3), Some(1)));
    assert_eq!((it.ids[0].id.as_str(), it.ids[0].since), (A, Some(day(20))));
    assert!(it.rules.contains(&Rule::G1));
    // The next numbers of both lines, and what the next feature release says.
    let numbers: Vec<_> =
        product.lines.iter().map(|l| (l.line.as_str(), l.sequence, l.security_level)).collect();
    assert_eq!(numbers, [("1", 2, 3), ("2", 3, 3)]);
    assert_eq!(product.features[0].says.also_fix, [A]);
    assert_eq!((product.features[0].feature_level, product.features[0].security_level), (3, 2));
    // Once that release is there, it is not owed any more.
    let done = two_lines().but(|all| all.push(security("1.1", "1", (2, 1, 3), 30, &[A])));
    assert!(planned(&done, Vec::new(), 30).is_empty());
    // Nor is it before anybody has the fix.
    assert!(planned(&two_lines(), Vec::new(), 15).is_empty());
}

/// What a release holds back is to be disclosed when its time has come: 30 days before, and until somebody does.
#[test]
fn what_is_held_back_is_disclosed_in_time() {
    let held = [
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A]).but(|r| {
            let reason = en("Other makers have it too.");
            fixes(r)[0].disclosure =
                Disclosure::Delayed { reason, until: day(90), severity: None, impact: None };
        }),
    ];
    assert!(planned(&held, Vec::new(), 59).is_empty());
    for at in [70, 100] {
        let plan = planned(&held, Vec::new(), at);
        let [owed] = plan.products[0].owed.as_slice() else { panic!("one thing: {plan:#?}") };
        assert_eq!((owed.task, &owed.rules), (Task::Notice, &BTreeSet::from([Rule::G19])));
        assert_eq!(owed.users, ["1.1"]);
        assert!(
            text(&plan).contains("1. A notice that discloses the details that a release holds back [G19]")
        );
        let held = set(Product { releases: held.to_vec(), ..Product::default() });
        let [draft] = &written(&held, at)[..] else { panic!("one draft") };
        assert!(draft.text.contains("status = \"fixed\"") && !draft.text.contains("[[remediation]]"));
    }
    let told = notice("n", 91, A, &["1.1"], Remedy::VendorFix).but(|n| {
        n.body.statuses = vec![status(A, &["1.1"], VexStatus::Fixed)];
    });
    assert!(planned(&held, vec![told], 100).is_empty());
}

#[test]
fn the_plan_fits_a_terminal() {
    let text = text(&planned(&two_lines(), Vec::new(), 30));
    assert!(
        text.contains("A security release on line 1, built from 1.0: sequence 2, security level 3"),
        "{text}"
    );
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
}

fn written(set: &Set, at: u64) -> Vec<Draft> {
    let plan = plan(set, &PlanOptions { at: day(at), only: None, fix_limits: Vec::new() });
    let package = |manifest: &pkg_format::Digest| {
        let mut releases = set.products[0].releases.iter();
        releases.find(|r| r.digest == *manifest).map(|r| format!("{}.pkg", r.body.identity.version))
    };
    drafts(set, &plan, &Places { package: &package, known: Known::Folder("out".into()) })
}

/// Two vulnerabilities that nobody told the same users of are one notice.
#[test]
fn one_notice_for_the_same_users() {
    let releases = || {
        let affected = |r: &mut Release, versions: &[&str]| {
            fixes(r)[0].affected = Affected::States(versions.iter().map(|v| state(v)).collect());
        };
        vec![
            release("1.0", "1", (1, 1, 1), 0),
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"]),
            security("2.1", "2", (2, 2, 2), 20, &[A]).but(|r| affected(r, &["2.0"])),
            security("2.2", "2", (3, 2, 3), 20, &[B]).but(|r| affected(r, &["2.0", "2.1"])),
        ]
    };
    let notices = |plan: &Plan| -> Vec<(Vec<String>, Vec<String>)> {
        let all = plan.products[0].owed.iter().filter(|o| o.task == Task::Notice);
        all.map(|o| (o.users.clone(), o.ids.iter().map(|i| i.id.clone()).collect())).collect()
    };
    let both = planned(&releases(), Vec::new(), 30);
    let one = (vec!["1.0".to_owned()], vec![A.to_owned(), B.to_owned()]);
    assert!(notices(&both).contains(&one), "{:#?}", notices(&both));
    let of_one = notices(&both).into_iter().filter(|(users, _)| users == &one.0).count();
    assert_eq!(of_one, 1, "{:#?}", notices(&both));
    // The description names both, and says whose advisory it has.
    let set = set(Product { releases: releases(), ..Product::default() });
    let all = written(&set, 30);
    let draft = all.iter().find(|d| d.name.contains("notice-") && d.text.contains(B)).expect("a notice");
    assert!(draft.text.contains(&format!("ids = [\"{A}\", \"{B}\"]")), "{}", draft.text);
    assert!(
        draft.text.contains(&format!("# to complete: the advisory is that of 2.1; it says nothing of {B}")),
        "{}",
        draft.text
    );
    // Users of another release are told in a notice of their own.
    let told = vec![notice("n", 20, A, &["1.0"], Remedy::Workaround)];
    let rest = notices(&planned(&releases(), told, 30));
    assert!(rest.iter().all(|(_, ids)| ids.len() == 1), "{rest:#?}");
}

/// A hotfix stranded its users; the feature release that lets them in is described.
#[test]
fn a_feature_release_for_stranded_users() {
    const C: &str = "CVE-2026-3000";
    const D: &str = "CVE-2026-4000";
    let not_affected = VexStatus::NotAffected(VexJustification::VulnerableCodeNotPresent);
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(|r| {
            r.body.statuses = vec![status(D, &["1.0", "2.0"], not_affected)];
            // It fixed B, which no security release has.
            also_fixes(r, vec![also_except(B, ExceptionReason::NotFeasible)]);
            r.body.open = vec![StillOpen {
                id: vuln(C),
                status: OpenStatus::Affected,
                reason: en("The fix is not ready."),
                planned: None,
            }];
        }),
        security("1.1", "1", (2, 1, 2), 5, &[A]).but(|r| {
            r.body.statuses = vec![status(B, &["1.1"], VexStatus::Affected)];
        }),
    ];
    let set = set(Product { releases, ..Product::default() });
    let all = written(&set, 30);
    let draft = all.iter().find(|d| d.name.contains("feature-release")).expect("a feature release");
    for line in [
        "class = \"feature\"",
        "previous = \"2.0.pkg\"",
        "merged = [\"1.1.pkg\"] # to complete: merge the fixes of 1.1",
        "known = \"out\"",
        &format!("# pkg build repeats [[open]] of previous and merged for: {C}"),
        &format!("# pkg build adds [[also-fix]], with the releases that have the fix alone, for: {A}"),
        &format!(
            "[[also-fix]]\nid = \"{B}\"\n[also-fix.exception] # no security release has this fix\nreason = \"<"
        ),
        &format!("[[status]]\nid = \"{D}\"\nstatus = \"not-affected\""),
        "justification = \"vulnerable_code_not_present\"\nstates = [\"self\"]",
    ] {
        assert!(draft.text.contains(line), "{line}\n{}", draft.text);
    }
}

/// A promised date counts 30 days before it passes.
#[test]
fn a_promise_comes_due() {
    let promise = || vec![notice("n", 20, A, &["1.0"], Remedy::FixPlanned(day(60)))];
    let at = |when| planned(&[release("1.0", "1", (1, 1, 1), 0)], promise(), when);
    assert!(at(25).is_empty());
    let soon = at(40);
    let it = &soon.products[0].owed[0];
    assert_eq!((it.task, it.rules.contains(&Rule::G23)), (Task::SecurityRelease, true));
    assert_eq!(it.ids[0].id, A);
}

#[test]
fn one_vulnerability_alone() {
    let releases = two_lines().but(|all| fixes(&mut all[2]).push(fix(B, 2)));
    let set = set(Product { releases, ..Product::default() });
    let only =
        |id: &str| plan(&set, &PlanOptions { at: day(30), only: Some(vuln(id)), fix_limits: Vec::new() });
    assert_eq!(only(A).products[0].owed[0].ids.len(), 1);
    assert_eq!(only(B).products[0].vulnerabilities[0].id, B);
    assert!(only("CVE-2026-9999").products[0].vulnerabilities.is_empty());
}

/// A small generator, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A few lines, and security releases that fix one of three vulnerabilities on one of them.
fn random(seed: u64) -> Vec<Release> {
    let mut random = Random(seed);
    let lines = 1 + random.below(3);
    let (mut all, mut level) = (Vec::new(), 1);
    let mut last: Vec<(u64, String)> = Vec::new();
    for line in 1..=lines {
        let name = format!("{line}.0");
        let from: Vec<String> = last.iter().map(|(_, name)| name.clone()).collect();
        let from: Vec<&str> = from.iter().map(String::as_str).collect();
        all.push(feature(&name, &line.to_string(), (1, line, 1), line, &from));
        last.push((1, name));
    }
    for n in 0..random.below(6) {
        let line = usize::try_from(random.below(lines)).expect("small");
        level += 1;
        let (sequence, _) = last[line];
        let name = format!("{}.{}", line + 1, sequence);
        let id = ["CVE-2026-1000", "CVE-2026-2000", "CVE-2026-3000"]
            [usize::try_from(random.below(3)).expect("small")];
        let counters = (sequence + 1, line as u64 + 1, level);
        let mut new = security(&name, &(line + 1).to_string(), counters, 10 + n, &[id]);
        // The maker knows that the first release of each line has it too.
        if random.below(2) == 0 {
            let firsts = (1..=lines).map(|line| state(&format!("{line}.0"))).collect();
            fixes(&mut new)[0].affected = Affected::States(firsts);
        }
        all.push(new);
        last[line] = (sequence + 1, name);
    }
    all
}

/// Users who may be left behind need no release of their own once the one that they are to move to has every fix.
#[test]
fn nothing_is_made_for_those_who_may_be_left_behind_then() {
    let claims = |r: &mut Release, generation, kind| {
        r.body.identity.generation = generation;
        r.body.latest_only = latest_only(kind, &["rev-a"]);
    };
    let modified = feature("2.0", "2", (1, 2, 1), 5, &["1.0"])
        .but(|r| claims(r, 2, LatestOnlyKind::SubstantiallyModified));
    let sub_version =
        feature("2.1", "2.1", (1, 3, 1), 6, &["2.0"]).but(|r| claims(r, 2, LatestOnlyKind::SubVersion));
    // The newest line claims nothing, and only it has the fix.
    let newest = feature("2.2", "2.2", (1, 4, 1), 7, &["2.1"]).but(|r| r.body.identity.generation = 2);
    let fixed = security("2.2.1", "2.2", (2, 4, 2), 10, &[A]).but(|r| r.body.identity.generation = 2);
    let all = vec![release("1.0", "1", (1, 1, 1), 0), modified, sub_version, newest, fixed];
    let made = |p: &Plan| -> Vec<String> {
        let releases = p.products[0].owed.iter().filter(|o| o.task == Task::SecurityRelease);
        releases.map(|o| o.line.clone()).collect()
    };
    let before = planned(&all, Vec::new(), 20);
    assert_eq!(made(&before), ["2.1"]);
    assert!(before.products[0].unplanned.is_empty(), "{:?}", before.products[0].unplanned);
    let repair = security("2.1.1", "2.1", (2, 3, 3), 20, &[A]).but(|r| r.body.identity.generation = 2);
    let after = all.clone().but(|all| all.push(repair));
    assert_eq!(made(&planned(&after, Vec::new(), 20)), [""; 0]);
    // Where the claim lacks something else, the release is owed.
    let paid = all.but(|all| all[1].common.product.hardware = hardware(&["rev-b"]));
    assert!(made(&planned(&paid, Vec::new(), 20)).contains(&"1".to_owned()));
}

/// The release that ends G1 ends what is about the same users: that the fix costs something, or that only features bring it.
#[test]
fn failures_that_the_owed_release_ends_are_not_unplanned() {
    let unplanned = |all: &[Release]| planned(all, Vec::new(), 30).products[0].unplanned.clone();
    let paid = vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A])
            .but(|r| r.body.identity.environment_cost = EnvironmentCost::Some(en("A larger memory module."))),
    ];
    assert!(!failures(&of(paid.clone()), Rule::G12).is_empty());
    assert_eq!(unplanned(&paid), BTreeSet::new());
    let bundled = |separately: &[&str]| {
        let more =
            feature("2.0", "2", (1, 2, 1), 10, &["1.0"]).but(|r| also_fixes(r, vec![also(A, separately)]));
        vec![release("1.0", "1", (1, 1, 1), 0), more]
    };
    let except = bundled(&[]).but(|all| {
        also_fixes(&mut all[1], vec![also_except(A, ExceptionReason::SubVersion)]);
    });
    assert!(!failures(&of(except.clone()), Rule::G4).is_empty());
    assert_eq!(unplanned(&except), BTreeSet::new());
    // What a release says wrongly stays wrong.
    assert_eq!(unplanned(&bundled(&["1.0"])), BTreeSet::from([Rule::G4]));
}

/// What is owed is what fails; and when every owed release is built with the numbers of the plan, nothing fails any more.
#[test]
fn a_plan_and_the_audit_agree() {
    let (mut with, mut without, mut silent) = (0, 0, 0);
    for seed in 0..400 {
        let mut releases = random(seed);
        let plan = planned(&releases, Vec::new(), 40);
        let failing = |releases: &[Release], rules: &[Rule]| -> BTreeSet<(pkg_format::Digest, String)> {
            let set = set(Product { releases: releases.to_vec(), ..Product::default() });
            let audit = audit(&set, &AuditOptions { at: Some(day(40)), ..AuditOptions::default() });
            let open = audit.failures().filter(|f| rules.contains(&f.rule) && f.ended.is_none());
            open.flat_map(|f| f.open.iter().map(|id| (f.digest.expect("a state"), id.clone()))).collect()
        };
        let owed = &plan.products[0].owed;
        let of = |task: Task| owed.iter().filter(move |o| o.task == task);
        let states: BTreeSet<_> = of(Task::SecurityRelease).flat_map(|o| o.states.iter().copied()).collect();
        let fail: BTreeSet<_> =
            failing(&releases, &[Rule::G1, Rule::G2]).into_iter().map(|(s, _)| s).collect();
        assert_eq!(states, fail, "seed {seed}: {owed:#?}");
        // A notice may also be for states about which nobody said anything (G14).
        let untold = failing(&releases, &[Rule::G9]);
        let notices = || of(Task::Notice).filter(|o| o.rules.contains(&Rule::G9));
        let each = |o: &Owed| -> Vec<_> {
            o.states.iter().flat_map(|s| o.ids.iter().map(|i| (*s, i.id.clone()))).collect()
        };
        let told: BTreeSet<_> = notices().flat_map(each).collect();
        assert!(untold.is_subset(&told), "seed {seed}: {untold:?} {told:?}");
        // One that is for G9 is about something that G9 found.
        let is_about_it = |o: &Owed| o.ids.iter().any(|i| untold.iter().any(|(_, id)| *id == i.id));
        assert!(notices().all(is_about_it), "seed {seed}");
        silent += usize::from(!untold.is_empty());
        *if fail.is_empty() { &mut without } else { &mut with } += 1;
        for it in of(Task::SecurityRelease) {
            let counters = (
                it.sequence.expect("a number"),
                it.feature_level.expect("a level"),
                it.security_level.expect("a level"),
            );
            let ids: Vec<&str> = it.ids.iter().map(|i| i.id.as_str()).collect();
            let name = format!("{}.9{}", it.line, counters.0);
            let new = security(&name, &it.line, counters, 40, &ids);
            assert_eq!(new.body.applies_to, AppliesTo::Line);
            releases.push(new);
        }
        assert_eq!(
            failing(&releases, &[Rule::G1, Rule::G9]),
            BTreeSet::new(),
            "seed {seed}: after {owed:#?}"
        );
    }
    assert!(
        with > 20 && without > 20 && silent > 20,
        "{with} lack a fix, {without} do not, {silent} are not told"
    );
}
