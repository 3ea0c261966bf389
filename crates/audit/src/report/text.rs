//! The report for a terminal: the summary first, then what fails.

use super::escape;
use super::summary::{ABOUT, Summary, counted, known, logs, subject, times, typical, with_hardware};
use crate::audit::Audit;
use crate::finding::Verdict;
use crate::set::Set;
use crate::time::moment;

/// The widest line.
const WIDTH: usize = 80;

/// The report as plain text.
pub fn text(set: &Set, audit: &Audit) -> String {
    let mut out = String::new();
    wrap(
        &mut out,
        "",
        "",
        &format!(
            "Audit of {}, as of {}: {}",
            escape::line(&subject(set)),
            moment(audit.at),
            audit.verdict.as_str().to_uppercase(),
        ),
    );
    out.push_str(&format!("{}\n", counted(set)));
    logs(set).for_each(|log| wrap(&mut out, "", "  ", &escape::line(&log)));
    wrap(&mut out, "", "", ABOUT);
    for refused in &set.refused {
        let text = format!("refused [{}] {}: {}", refused.rule, refused.path, refused.why);
        wrap(&mut out, "  ", "    ", &text);
    }
    head(&mut out, "Summary");
    let summary = Summary::new(set, audit);
    wrap(&mut out, "", "", &summary.verdict);
    for owed in &summary.owed {
        wrap(&mut out, "- ", "  ", owed);
    }
    for fact in &summary.facts {
        wrap(&mut out, "", "", fact);
    }
    head(&mut out, "Rules");
    for result in &audit.rules {
        let title = if result.verdict == Verdict::Fail { result.rule.title() } else { "" };
        let line = format!("{:<5}{:<11}{title}", result.rule.id(), result.verdict.as_str());
        out.push_str(line.trim_end());
        out.push('\n');
        for cause in result.causes.iter().filter(|c| c.verdict == Verdict::Fail) {
            wrap(&mut out, "     - ", "       ", &with_hardware(cause));
        }
    }
    head(&mut out, "Report");
    for row in &audit.rows {
        let first = format!("{}  {:<13} ", row.id, row.status.as_str());
        let text = format!("{}: {}{}", row.title, row.text, documents(row.digests.len()));
        wrap(&mut out, &first, &" ".repeat(20), &text);
    }
    head(&mut out, "Exceptions");
    if audit.exceptions().next().is_none() {
        out.push_str("none\n");
    }
    for cause in audit.exceptions() {
        wrap(&mut out, &format!("{:<5} ", cause.rule.id()), "      ", &with_hardware(cause));
        if let Some(why) = &cause.rationale {
            wrap(&mut out, "      because: ", "      ", why);
        }
        if let Some(who) = &cause.approver {
            wrap(&mut out, "      approved by: ", "      ", who);
        }
    }
    head(&mut out, "Vulnerabilities");
    if audit.vulnerabilities.is_empty() {
        out.push_str("no statement names a vulnerability\n");
    }
    for t in times(&audit.vulnerabilities) {
        let text = format!(
            "{} in all, {} open; from known to told: {}; from known to fixed: {}",
            t.count,
            t.open,
            typical(t.to_tell),
            typical(t.to_fix)
        );
        wrap(&mut out, &format!("{}: ", t.severity), "    ", &text);
    }
    for v in &audit.vulnerabilities {
        wrap(&mut out, &format!("{}  {}: ", v.id, v.decision), "    ", &known(v, audit.at));
    }
    out
}

fn documents(n: usize) -> String {
    match n {
        0 => String::new(),
        1 => " [1 digest]".into(),
        n => format!(" [{n} digests]"),
    }
}

fn head(out: &mut String, title: &str) {
    out.push_str(&format!("\n{title}\n{}\n", "-".repeat(title.len())));
}

fn wrap(out: &mut String, first: &str, rest: &str, text: &str) {
    let (first, text) = (escape::line(first), escape::line(text));
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(&first)
        .subsequent_indent(rest)
        // An id is one word, hyphens and all.
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(&text, options) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}
