//! The report as Markdown, for a wiki or a ticket.

use super::escape::markdown as esc;
use super::said::{days, severity};
use super::summary::{ABOUT, Summary, counted, logs, rest, subject, times, typical, with_hardware};
use crate::audit::Audit;
use crate::finding::Verdict;
use crate::set::Set;
use crate::time::{date, moment};
use pkg_format::Digest;

/// At most so many digests are in a cell; the JSON has all.
const DIGESTS: usize = 4;

/// The report as Markdown.
pub fn markdown(set: &Set, audit: &Audit) -> String {
    let mut out = format!(
        "# Audit of {}\n\n**Result: {}**, as of {}. {}; pkg {}.\n\n{ABOUT}\n",
        esc(&subject(set)),
        audit.verdict.as_str().to_uppercase(),
        moment(audit.at),
        counted(set),
        env!("CARGO_PKG_VERSION")
    );
    logs(set).for_each(|log| out.push_str(&format!("\n- {}\n", esc(&log))));
    let summary = Summary::new(set, audit);
    out.push_str(&format!("\n## Summary\n\n{}\n\n", esc(&summary.verdict)));
    summary.owed.iter().for_each(|owed| out.push_str(&format!("- {}\n", esc(owed))));
    summary.facts.iter().for_each(|fact| out.push_str(&format!("\n{}\n", esc(fact))));
    if !set.refused.is_empty() {
        out.push_str("\n## Refused packages\n\n| package | rule | found |\n| --- | --- | --- |\n");
        for r in &set.refused {
            out.push_str(&format!("| {} | {} | {} |\n", esc(&r.path), r.rule, esc(&r.why)));
        }
    }
    if audit.causes().next().is_some() {
        out.push_str("\n## Causes\n");
    }
    for result in audit.rules.iter().filter(|r| r.verdict == Verdict::Fail) {
        out.push_str(&format!("\n### {}: {}\n\n", result.rule.id(), esc(result.rule.title())));
        for cause in result.causes.iter().filter(|c| c.verdict == Verdict::Fail) {
            out.push_str(&format!("- {}\n", esc(&with_hardware(cause))));
        }
        out.push_str(&format!("\nWhat to do: {}\n", esc(result.rule.fix())));
    }
    vulnerability_register(&mut out, audit);
    exception_register(&mut out, audit);
    out.push_str("\n## Report\n\n| row | status | what | found | asked for by | digests |\n| --- | --- | --- | --- | --- | --- |\n");
    for row in &audit.rows {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            row.id,
            row.status.as_str(),
            esc(row.title),
            esc(&row.text),
            esc(row.reference),
            digests(&row.digests)
        ));
    }
    out.push_str("\n## Rules\n\n| rule | result | requirement |\n| --- | --- | --- |\n");
    for r in &audit.rules {
        let verdict = match r.verdict {
            Verdict::Fail => "**fail**",
            other => other.as_str(),
        };
        out.push_str(&format!("| {} | {verdict} | {} |\n", r.rule.id(), esc(r.rule.why())));
    }
    out
}

fn vulnerability_register(out: &mut String, audit: &Audit) {
    out.push_str("\n## Vulnerability register\n\n");
    if audit.vulnerabilities.is_empty() {
        out.push_str("No statement names a vulnerability.\n");
        return;
    }
    out.push_str("| severity | vulnerabilities | open | from known to told | from known to fixed |\n| --- | --- | --- | --- | --- |\n");
    for t in times(&audit.vulnerabilities) {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            t.severity,
            t.count,
            t.open,
            typical(t.to_tell),
            typical(t.to_fix)
        ));
    }
    out.push_str("\n| id | severity | decision | known | users told | first fix | what is known |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for v in &audit.vulnerabilities {
        let day = |when: Option<u64>, after: Option<u64>| {
            let after = after.map_or_else(String::new, |n| format!(", after {}", days(n)));
            when.map_or_else(|| "–".into(), |t| format!("{}{after}", date(t)))
        };
        let exploited = if v.exploited.is_some() { ", exploited" } else { "" };
        out.push_str(&format!(
            "| {} | {}{exploited} | {} | {} | {} | {} | {} |\n",
            esc(&v.id),
            severity(v),
            v.decision,
            day(v.known_since, None),
            day(v.advised, v.days_to_tell()),
            day(v.fixed, v.days_to_fix()),
            esc(&rest(v, audit.at).join("; "))
        ));
    }
}

fn exception_register(out: &mut String, audit: &Audit) {
    out.push_str("\n## Exception register\n\n");
    if audit.exceptions().next().is_none() {
        out.push_str("None.\n");
        return;
    }
    out.push_str("| rule | releases | what | because | approved by |\n| --- | --- | --- | --- | --- |\n");
    for cause in audit.exceptions() {
        let or_dash = |text: &Option<String>| text.as_ref().map_or_else(|| "–".into(), |t| esc(t));
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            cause.rule.id(),
            esc(&cause.releases.to_string()),
            esc(&with_hardware(cause)),
            or_dash(&cause.rationale),
            or_dash(&cause.approver)
        ));
    }
}

fn digests(list: &[Digest]) -> String {
    let shown: Vec<_> = list.iter().take(DIGESTS).map(|d| format!("`{}`", d.short())).collect();
    match list.len() {
        0 => "–".into(),
        n if n > DIGESTS => format!("{} and {} more", shown.join(" "), n - DIGESTS),
        _ => shown.join(" "),
    }
}
