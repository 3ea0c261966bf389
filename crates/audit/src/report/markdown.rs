//! The report as Markdown, for a wiki or a ticket.

use super::escape::markdown as esc;
use super::summary::{ABOUT, counted, exceptions, known, merged, subject, with_hardware};
use crate::audit::Audit;
use crate::finding::Verdict;
use crate::set::Set;
use crate::time::moment;
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
    if !set.refused.is_empty() {
        out.push_str("\n## Refused packages\n\n| package | rule | found |\n| --- | --- | --- |\n");
        for r in &set.refused {
            out.push_str(&format!("| {} | {} | {} |\n", esc(&r.path), r.rule, esc(&r.why)));
        }
    }
    out.push_str("\n## Rules\n\n| rule | result | requirement |\n| --- | --- | --- |\n");
    for r in &audit.rules {
        let verdict = match r.verdict {
            Verdict::Fail => "**fail**",
            other => other.as_str(),
        };
        out.push_str(&format!("| {} | {verdict} | {} |\n", r.rule.id(), esc(r.rule.why())));
    }
    for result in audit.rules.iter().filter(|r| r.verdict == Verdict::Fail) {
        out.push_str(&format!("\n### {}: {}\n\n", result.rule.id(), esc(result.rule.title())));
        for f in merged(&result.findings).iter().filter(|f| f.verdict == Verdict::Fail) {
            out.push_str(&format!("- {}\n", esc(&with_hardware(f))));
        }
        out.push_str(&format!("\nWhat to do: {}\n", esc(result.rule.fix())));
    }
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
    out.push_str("\n## Exception register\n\n");
    let exceptions = exceptions(set, audit);
    match exceptions.is_empty() {
        true => out.push_str("None.\n"),
        false => out
            .push_str("| rule | release | what | because | approved by |\n| --- | --- | --- | --- | --- |\n"),
    }
    for f in exceptions {
        let or_dash = |text: &Option<String>| text.as_ref().map_or_else(|| "–".into(), |t| esc(t));
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            f.rule.id(),
            esc(&f.release),
            esc(&with_hardware(&f)),
            or_dash(&f.rationale),
            or_dash(&f.approver)
        ));
    }
    out.push_str("\n## Vulnerability register\n\n");
    match audit.vulnerabilities.is_empty() {
        true => out.push_str("No statement names a vulnerability.\n"),
        false => out.push_str("| id | decision | what is known |\n| --- | --- | --- |\n"),
    }
    for v in &audit.vulnerabilities {
        out.push_str(&format!("| {} | {} | {} |\n", esc(&v.id), v.decision, esc(&known(v))));
    }
    out
}

fn digests(list: &[Digest]) -> String {
    let shown: Vec<_> = list.iter().take(DIGESTS).map(|d| format!("`{}`", d.short())).collect();
    match list.len() {
        0 => "–".into(),
        n if n > DIGESTS => format!("{} and {} more", shown.join(" "), n - DIGESTS),
        _ => shown.join(" "),
    }
}
