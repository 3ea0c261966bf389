//! How long an audit of many releases takes: `cargo run --release -p pkg-audit --example many_releases [LINES RELEASES]`.
//!
//! Makes histories in memory, so that nothing is measured but the rules: every day a fix on each line. Prints the seconds for each, and what was found. For whole packages, with their signatures, see
//! `audit_many` in `tests/examples`.

// Tests make their histories in the same way; not all of what they need is needed here.
#[allow(dead_code)]
#[path = "../tests/audit/history/mod.rs"]
mod history;

use history::{But, Product, Release, also, also_fixes, feature, hardware, release, security, status};
use pkg_audit::{AuditOptions, Verdict, audit};
use pkg_format::Id;
use pkg_format::manifest::{VexJustification, VexStatus};
use std::time::Instant;

/// Hardware ids of every second line.
const MANY: usize = 12;

/// Releases of a line where each is for other hardware; the findings grow with the square of it.
const MOST_MIXED: usize = 500;

/// What goes wrong in a history.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Nothing.
    None,
    /// The first line misses the newest fixes.
    Behind,
    /// Each release of a line is for other hardware ids than the one before.
    Mixed,
    /// Each release is delivered as a delta from the one before alone.
    DeltaOnly,
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let sizes: Vec<(usize, usize)> = match sizes.as_slice() {
        [lines, releases] => vec![(*lines, *releases)],
        _ => vec![(4, 120), (40, 12), (4, 2_500), (100, 100)],
    };
    println!("lines x releases  fault      states  seconds  verdict    failures");
    for (lines, releases) in sizes {
        for (fault, name) in [
            (Fault::None, "none"),
            (Fault::Behind, "behind"),
            (Fault::Mixed, "mixed"),
            (Fault::DeltaOnly, "delta only"),
        ] {
            // Nearly every release leaves nearly every fix open to somebody, and each of these is a finding.
            if fault == Fault::Mixed && releases > MOST_MIXED {
                println!("{lines:>5} x {releases:<8}  {name:<10} left out: takes more than 24 GB of memory");
                continue;
            }
            let product = Product { releases: made(lines, releases, fault), ..Product::default() };
            let states = product.releases.len();
            let set = history::set(product);
            let begun = Instant::now();
            let found = audit(&set, &AuditOptions::default());
            let seconds = begun.elapsed().as_secs_f64();
            let verdict = match found.verdict {
                Verdict::Pass => "pass",
                Verdict::Exception => "exception",
                Verdict::Fail => "fail",
            };
            let failures = found.failures().count();
            if let (Fault::None, Some(first)) = (fault, found.failures().next()) {
                println!("{}: {}", first.rule.id(), first.text);
            }
            println!(
                "{lines:>5} x {releases:<8}  {name:<10} {states:>6}  {seconds:>7.2}  {verdict:<9}  {failures:>8}"
            );
        }
    }
}

fn ids(line: usize, fault: Fault, day: usize) -> Vec<Id> {
    let names: Vec<String> = (0..MANY).map(|n| format!("rev-{n}")).collect();
    let shown = match (fault, line % 2) {
        (Fault::Mixed, _) => day % MANY + 1,
        (_, 0) => MANY,
        _ => 1,
    };
    hardware(&names.iter().take(shown).map(String::as_str).collect::<Vec<_>>())
}

/// Every line begins with a feature release of the line before, and fixes one vulnerability a day.
fn made(lines: usize, releases: usize, fault: Fault) -> Vec<Release> {
    let mut all = Vec::new();
    for line in 0..lines {
        let (name, begins) = (format!("l{line}"), format!("{line}.0"));
        let begin = match line {
            0 => release(&begins, &name, (1, 1, 1), 0),
            _ => {
                let before = format!("{}.0", line - 1);
                feature(&begins, &name, (1, line as u64 + 1, 1), 0, &[&before])
            }
        };
        all.push(begin.but(|r| r.common.product.hardware = ids(line, Fault::None, 0)));
        for day in 1..releases {
            let missing = fault == Fault::Behind && line == 0 && day + 3 > releases;
            if missing {
                continue;
            }
            let (version, level) = (format!("{line}.{day}"), day as u64 + 1);
            let id = format!("CVE-2026-{:05}", day);
            all.push(security(&version, &name, (level, line as u64 + 1, level), day as u64, &[&id]).but(
                |r| {
                    r.common.product.hardware = ids(line, fault, day);
                    if fault == Fault::DeltaOnly {
                        let base = history::state(&format!("{line}.{}", day - 1));
                        r.deliveries = vec![history::Delivery::Delta(vec![(history::id("rootfs"), base)])];
                    }
                },
            ));
        }
    }
    // At last a feature release that lets in the newest of each line.
    let newest: Vec<String> = (0..lines)
        .map(|line| format!("{line}.{}", releases - if fault == Fault::Behind && line == 0 { 3 } else { 1 }))
        .collect();
    let newest: Vec<&str> = newest.iter().map(String::as_str).collect();
    let levels = (1, lines as u64 + 1, releases as u64);
    let id = format!("CVE-2026-{:05}", releases - 1);
    let versions: Vec<String> = all.iter().map(|r| r.body.identity.version.to_string()).collect();
    all.push(feature("last", "last", levels, releases as u64, &newest).but(|r| {
        r.common.product.hardware = ids(0, Fault::None, 0);
        if fault == Fault::Behind {
            also_fixes(r, vec![also(&id, &[newest[1]])]);
        }
        let named: Vec<&str> = versions.iter().map(String::as_str).chain(["last"]).collect();
        let nowhere = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
        r.body.statuses = vec![status("CVE-2026-99999", &named, nowhere)];
    }));
    all
}
