//! What is true of many releases for one reason is one entry of the report, in every form of it.

use crate::history::*;
use pkg_audit::{Audit, AuditOptions, audit, report};
use pkg_format::Rule::{self, G1, G2};
use pkg_format::manifest::{Effect, Exploited, Remedy, SeparationKind};
use serde_json::Value;

/// Thirty security releases on line 1.0, and a fix that only line 2.0 gets.
fn stuck() -> Vec<Release> {
    let mut all = vec![release("1.0.0", "1.0", (1, 1, 1), 0)];
    for n in 1..=30 {
        let id = format!("CVE-2024-{}", 1000 + n);
        all.push(security(&format!("1.0.{n}"), "1.0", (n + 1, 1, n + 1), n, &[id.as_str()]));
    }
    all.push(feature("2.0.0", "2.0", (1, 2, 31), 40, &["1.0.30"]));
    all.push(security("2.0.1", "2.0", (2, 2, 32), 50, &["CVE-2024-9999"]));
    all
}

/// 58 releases on three lines: the oldest line is left behind, the middle one gets a fix late, one release was
/// withdrawn, one update is inseparable, and two hardware ids differ.
pub(crate) fn three_lines() -> Set {
    let mut all = vec![release("1.0.0", "1.0", (1, 1, 1), 0)];
    let mut level = 1;
    let mut fixes_of_line = |all: &mut Vec<Release>, line: &str, feature: u64, from: u64, count: u64, every: u64| {
        for n in 1..=count {
            level += 1;
            let id = format!("CVE-2026-{}", 1000 + level);
            let name = format!("{line}.{n}");
            all.push(security(&name, line, (n + 1, feature, level), from + n * every, &[id.as_str()]).but(|r| {
                fixes(r)[0].known_since = Some(day(from + n * every - 3));
            }));
        }
        level
    };
    let level = fixes_of_line(&mut all, "1.0", 1, 0, 18, 5);
    all.push(feature("2.0.0", "2.0", (1, 2, level), 95, &["1.0.18"]));
    let level = fixes_of_line(&mut all, "2.0", 2, 95, 18, 5);
    all.push(feature("3.0.0", "3.0", (1, 3, level), 190, &["2.0.18"]));
    fixes_of_line(&mut all, "3.0", 3, 190, 19, 5);
    for r in &mut all {
        r.common.product.hardware = hardware(&["rev-a", "rev-b"]);
    }
    with_change(&mut all[9], SeparationKind::Inseparable, Effect::Replaced, &["CVE-2026-1010"]);
    let last = all.len() - 1;
    all[last].common.product.hardware = hardware(&["rev-b"]);
    fixes(&mut all[50])[0].exploited = Exploited::Yes(Some(day(240)));
    assert_eq!(all.len(), 58);
    set(Product {
        releases: all,
        notices: vec![notice("n", 250, "CVE-2026-1050", &["1.0.18"], Remedy::Workaround)],
        withdrawals: vec![withdrawal("w", 130, &["2.0.4"])],
        ..Product::default()
    })
}

#[test]
fn dump() {
    let set = three_lines();
    let found = audit(&set, &AuditOptions::default());
    std::fs::write("/tmp/report/three.html", report::html(&set, &found)).unwrap();
    std::fs::write("/tmp/report/three.txt", report::text(&set, &found)).unwrap();
    std::fs::write("/tmp/report/three.md", report::markdown(&set, &found)).unwrap();
    std::fs::write("/tmp/report/three.json", serde_json::to_string_pretty(&report::json(&set, &found)).unwrap()).unwrap();
    let set = self::set(Product { releases: stuck(), ..Product::default() });
    let found = audit(&set, &AuditOptions::default());
    std::fs::write("/tmp/report/stuck.txt", report::text(&set, &found)).unwrap();
}
