//! What is true of many releases for one reason is one entry of the report, in every form of it.

use crate::history::*;
use pkg_audit::set::PackageFile;
use pkg_audit::{Audit, AuditOptions, RowStatus, Severity, audit, report};
use pkg_format::Rule::{G1, G2, G3};
use pkg_format::manifest::{
    Automatic, DefaultChange, Direction, Effect, EnvironmentCost, Evidence, EvidenceKind, Exploited,
    NotAutomatic, SeparationKind, VexJustification, VexStatus,
};
use pkg_format::{Digest, ident::MediaType};

/// A security release on line 1.0 for each number, and a fix that only line 2.0 gets.
fn stuck(count: u64) -> Set {
    let mut all = vec![release("1.0.0", "1.0", (1, 1, 1), 0)];
    for n in 1..=count {
        let id = format!("CVE-2024-{}", 1000 + n);
        all.push(security(&format!("1.0.{n}"), "1.0", (n + 1, 1, n + 1), n, &[id.as_str()]));
    }
    let last = format!("1.0.{count}");
    all.push(feature("2.0.0", "2.0", (1, 2, count + 1), count + 10, &[last.as_str()]));
    all.push(security("2.0.1", "2.0", (2, 2, count + 2), count + 20, &["CVE-2024-9999"]));
    set(Product { releases: all, ..Product::default() })
}

/// Text and Markdown as one line of words, and the page without its marks.
fn forms(set: &Set, audit: &Audit) -> [String; 3] {
    let html = report::html(set, audit);
    let mut page = String::new();
    let mut is_mark = false;
    for c in html.chars() {
        match c {
            '<' => is_mark = true,
            '>' => is_mark = false,
            c if !is_mark => page.push(c),
            _ => {}
        }
    }
    [report::text(set, audit), report::markdown(set, audit).replace('\\', ""), page]
        .map(|form| form.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn row<'a>(audit: &'a Audit, id: &str) -> &'a pkg_audit::Row {
    audit.rows.iter().find(|r| r.id == id).expect("the row")
}

#[test]
fn one_cause_of_thirty_one_releases_is_told_once() {
    let set = stuck(30);
    let found = audit(&set, &AuditOptions::default());
    assert_eq!(failures(&found, G1).len(), 31);
    let causes = &found.result(G1).causes;
    assert_eq!(causes.len(), 1, "{causes:#?}");
    let cause = &causes[0];
    assert_eq!((cause.releases.count(), cause.states.len()), (31, 31));
    assert_eq!(cause.releases.to_string(), "1.0.0 to 1.0.30 (31 releases)");
    assert_eq!(cause.hardware, ["rev-a"]);
    for form in forms(&set, &found) {
        let told = "security updates take users of 1.0.0 to 1.0.30 (31 releases) no further than 1.0.30";
        assert_eq!(form.matches(told).count(), 1, "{form}");
        // The register counts what it lists, and lists it in version order.
        assert!(form.contains("open in 1.0.0 to 1.0.30 and 2.0.0 (32 releases)"), "{form}");
        assert!(form.contains("1.0.0 to 1.0.30, 2.0.0 and 2.0.1 (33 releases)"), "{form}");
    }
    let json = report::json(&set, &found);
    let finding = &json["rules"][0]["findings"][0];
    assert_eq!(finding["releases"], serde_json::json!(["1.0.0 to 1.0.30"]));
    assert_eq!(
        (finding["count"].as_u64(), finding["digests"].as_array().map(Vec::len)),
        (Some(31), Some(20))
    );
}

/// A release in the middle of which the same is not true breaks the run.
#[test]
fn a_run_has_no_hole() {
    let mut set = stuck(12);
    let closed = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    set.products[0].releases[14].body.statuses = vec![
        status("CVE-2024-9999", &["1.0.5"], closed),
        status("CVE-2024-9999", &["1.0.6"], VexStatus::Affected),
    ];
    let found = audit(&set, &AuditOptions::default());
    let open = &found.vulnerabilities.iter().find(|v| v.id == "CVE-2024-9999").expect("it").open_in;
    assert_eq!(open.to_string(), "1.0.0 to 1.0.4, 1.0.6 to 1.0.12 and 2.0.0 (13 releases)");
    // A release that is only for testing breaks none.
    let mut set = stuck(12);
    set.products[0].releases[5].body.identity.channel = pkg_format::manifest::Channel::Testing;
    let found = audit(&set, &AuditOptions::default());
    assert_eq!(found.result(G1).causes[0].releases.to_string(), "1.0.0 to 1.0.12 (12 releases)");
}

/// Users who waited twice are told of twice: until they had the fix, and after theirs was withdrawn.
#[test]
fn two_waits_of_one_release_are_two_causes() {
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        feature("2.0", "2", (1, 2, 1), 5, &["1.0"]),
        security("2.1", "2", (2, 2, 2), 10, &["CVE-2026-1000"]),
        security("1.1", "1", (2, 1, 3), 60, &["CVE-2026-1000"]),
        security("1.2", "1", (3, 1, 4), 80, &["CVE-2026-1000"]),
    ];
    let withdrawals = vec![withdrawal("w", 61, &["1.1"])];
    let found = of_product(Product { releases, withdrawals, ..Product::default() });
    let waited: Vec<_> = found.result(G2).causes.iter().filter(|c| c.releases.to_string() == "1.0").collect();
    let told = |span: &str| waited.iter().filter(|c| c.text.contains(span)).count();
    assert_eq!((waited.len(), told("waited 50 days"), told("waited 19 days")), (2, 1, 1), "{waited:#?}");
}

/// Who waited for the same fix is one cause; fixes for which the same users waited are one cause too.
#[test]
fn waiting_is_told_by_fix() {
    let late =
        |n: u64, level, id: &str, at| security(&format!("1.0.{n}"), "1.0", (n + 1, 1, level), at, &[id]);
    let mut all = vec![release("1.0.0", "1.0", (1, 1, 1), 0)];
    all.push(feature("2.0.0", "2.0", (1, 2, 1), 10, &["1.0.0"]));
    all.push(security("2.0.1", "2.0", (2, 2, 20), 20, &["CVE-2026-1000", "CVE-2026-1001"]));
    all.push(late(1, 2, "CVE-2026-3000", 30));
    all.push(late(2, 21, "CVE-2026-1000", 60).but(|r| fixes(r).push(fix("CVE-2026-1001", 21))));
    let both = set(Product { releases: all, ..Product::default() });
    let found = audit(&both, &AuditOptions::default());
    let of_line: Vec<_> =
        found.result(G2).causes.iter().filter(|c| c.open.iter().any(|id| id == "CVE-2026-1000")).collect();
    assert_eq!(of_line.len(), 1, "{of_line:#?}");
    assert_eq!(of_line[0].open, ["CVE-2026-1000", "CVE-2026-1001"]);
    assert_eq!(
        of_line[0].text,
        "users of 1.0.0 and 1.0.1 waited up to 40 days for the fix of CVE-2026-1000 and CVE-2026-1001 that others \
         already had; the limit is 24 h"
    );
}

/// The most urgent is at the top: open and exploited, then open, then by severity.
#[test]
fn the_register_begins_with_what_is_urgent() {
    let mut set = stuck(5);
    let edit = |r: &mut Release, severity: &str, known: u64| {
        fixes(r)[0].known_since = Some(day(known));
        fixes(r)[0].disclosure = public(severity);
    };
    edit(&mut set.products[0].releases[1], "critical", 0);
    edit(&mut set.products[0].releases[2], "low", 0);
    let last = set.products[0].releases.len() - 1;
    edit(&mut set.products[0].releases[last], "medium", 20);
    fixes(&mut set.products[0].releases[last])[0].exploited = Exploited::Yes(None);
    let found = audit(&set, &AuditOptions::default());
    let ids: Vec<&str> = found.vulnerabilities.iter().map(|v| v.id.as_str()).collect();
    assert_eq!(ids[0], "CVE-2024-9999", "{ids:?}");
    assert_eq!((ids[1], ids[5]), ("CVE-2024-1001", "CVE-2024-1002"), "{ids:?}");
    let open = &found.vulnerabilities[0];
    assert!(open.unresolved && !found.vulnerabilities[1].unresolved);
    assert_eq!(
        (open.severity, open.days_to_tell(), open.days_to_fix()),
        (Some(Severity::Medium), Some(5), Some(5))
    );
    let text = report::text(&set, &found);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(
            "Users of 1.0.0 to 1.0.5 (6 releases) on hardware rev-a are owed a security update that closes \
             CVE-2024-9999 (medium, exploited). A fix has existed since 2026-01-26 (0 days)."
        ),
        "{text}"
    );
    assert!(
        words.contains("medium: 1 in all, 1 open; from known to told: 5 days; from known to fixed: 5 days"),
        "{text}"
    );
    assert!(words.contains("open in 1.0.0, which an update closes"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

/// Where nothing fails, the summary says so, and nothing else.
#[test]
fn a_good_history_is_owed_nothing() {
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &["CVE-2026-1000"])
            .but(|r| with_change(r, SeparationKind::Inseparable, Effect::Replaced, &["CVE-2026-1000"])),
    ];
    let good = set(Product { releases, ..Product::default() });
    let found = audit(&good, &AuditOptions::default());
    assert_eq!(found.result(G3).causes.len(), 1);
    for form in forms(&good, &found) {
        assert!(
            form.contains("No rule fails, and no user is owed anything. 1 exception is recorded"),
            "{form}"
        );
        assert!(form.contains("1 vulnerability, closed by a security update where it was open"), "{form}");
        assert!(!form.contains("are owed") && !form.contains("checks fail"), "{form}");
    }
}

fn document(kind: EvidenceKind) -> Evidence {
    let media_type = MediaType::new("application/pdf").expect("a media type");
    Evidence { kind, media_type, size: 1, sha256: Digest::of(kind.to_string().as_bytes()), uri: None }
}

/// What nobody vouched for is not provided; a reason in words is listed.
#[test]
fn rows_without_evidence_do_not_pass() {
    let automatic = |reason: Option<NotAutomatic>| match reason {
        Some(reason) => Automatic::NotApplicable {
            reason,
            text: en("No clock."),
            install_within: None,
            max_postpone: None,
        },
        None => Automatic::Applicable {
            install_within: 172_800,
            max_postpone: 604_800,
            opt_out: en("Menu, off."),
        },
    };
    let history = |edit: &dyn Fn(&mut Vec<Release>)| {
        let mut all = vec![release("1.0", "1", (1, 1, 1), 0), feature("1.1", "1", (2, 2, 1), 1, &["1.0"])];
        for r in &mut all {
            r.body.automatic = Some(automatic(None));
            r.body.contact = Some(label("security@acme.example"));
        }
        edit(&mut all);
        of(all)
    };
    let bare = history(&|_| ());
    for id in ["A-02", "A-06", "A-16", "A-18"] {
        assert_eq!(row(&bare, id).status, RowStatus::NotProvided, "{id}");
    }
    assert!(
        row(&bare, "A-16")
            .text
            .contains("installed within 48 h of the notice, postponed by at most 7 days: 1.0")
    );
    assert!(row(&bare, "A-18").text.contains("authentication, logging and data-minimisation"));
    let told = history(&|all| {
        let kinds = [EvidenceKind::UserInformation, EvidenceKind::Defaults, EvidenceKind::Risk];
        all[0].common.evidence.extend(kinds.map(document));
    });
    for id in ["A-02", "A-06", "A-16"] {
        assert_eq!(row(&told, id).status, RowStatus::Pass, "{id}: {}", row(&told, id).text);
    }
    // A decision without an assessment, a release that does not say, a default that a feature release weakens.
    let affected = VexStatus::Affected;
    let decided = history(&|all| {
        all[0].common.evidence.push(document(EvidenceKind::Risk));
        all[0].body.statuses = vec![status("CVE-2026-1000", &["1.0"], affected)];
    });
    assert_eq!(row(&decided, "A-06").status, RowStatus::NotProvided);
    let silent = history(&|all| all[1].body.automatic = None);
    assert!(row(&silent, "A-16").text.contains("not stated: 1.1"), "{}", row(&silent, "A-16").text);
    let weaker = history(&|all| {
        let text = en("Telnet is on.");
        let (id, direction) = (id("telnet"), Direction::Weaker);
        all[1].body.defaults = vec![DefaultChange { id, direction, text, necessary_for: Vec::new() }];
    });
    assert!(row(&weaker, "A-18").text.contains("telnet is weaker in 1.1"), "{}", row(&weaker, "A-18").text);
    assert!(row(&weaker, "A-18").text.contains("not provided for 1.1"));
    // One entry for all releases with one reason.
    let manual = history(&|all| {
        all.iter_mut().for_each(|r| r.body.automatic = Some(automatic(Some(NotAutomatic::Other))));
    });
    let a16 = row(&manual, "A-16");
    assert_eq!(a16.status, RowStatus::Exception);
    assert_eq!(a16.text, "1.0 and 1.1 do not install themselves: other (No clock.)");
    assert_eq!(manual.manual.len(), 1);
    // A fix that needs other hardware is not free.
    let paid = of(vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 1, &["CVE-2026-1000"])
            .but(|r| r.body.identity.environment_cost = EnvironmentCost::Some(en("Another hub."))),
    ]);
    assert!(row(&paid, "A-13").text.contains("free only for those who have other hardware or software: 1.1"));
}

/// Two thousand releases: at most 500 bytes of JSON for each, so that ten thousand stay below 5 MB.
#[test]
fn a_large_set_is_told_in_few_bytes() {
    const LINES: u64 = 4;
    const EACH: u64 = 500;
    let mut releases = Vec::new();
    for line in 1..=LINES {
        let name = |n: u64| format!("{line}.0.{n}");
        releases.push(release(&name(0), &format!("{line}.0"), (1, line, 1), 0));
        for n in 1..EACH {
            let id = format!("CVE-2026-{}", 10_000 + n);
            releases.push(security(&name(n), &format!("{line}.0"), (n + 1, line, n + 1), n, &[id.as_str()]));
        }
    }
    let package = |r: &Release| PackageFile {
        path: format!("releases/acme-cam-{}.full.pkg", r.body.identity.version),
        manifest: r.digest,
        kind: "full",
    };
    let packages: Vec<_> = releases.iter().map(package).collect();
    let most = packages.len() * 500;
    let large = Set { packages, ..set(Product { releases, ..Product::default() }) };
    let found = audit(&large, &AuditOptions::default());
    let json = serde_json::to_string_pretty(&report::json(&large, &found)).expect("JSON");
    assert!(json.len() < most, "{} bytes", json.len());
    let open = &json[json.find("\"open-in\"").expect("an open vulnerability")..];
    assert!(open.starts_with("\"open-in\": ["), "{open:.200}");
}
