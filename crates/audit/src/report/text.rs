//! The report for a terminal: what fails first.

use super::escape;
use super::summary::{ABOUT, counted, exceptions, known, merged, subject, with_hardware};
use crate::audit::Audit;
use crate::finding::Verdict;
use crate::set::Set;
use crate::time::moment;

/// The widest line.
const WIDTH: usize = 100;

/// The report as plain text.
pub fn text(set: &Set, audit: &Audit) -> String {
    let mut out = format!(
        "Audit of {}, as of {}: {}\n{}\n",
        escape::line(&subject(set)),
        moment(audit.at),
        audit.verdict.as_str().to_uppercase(),
        counted(set)
    );
    wrap(&mut out, "", "", ABOUT);
    for refused in &set.refused {
        wrap(
            &mut out,
            "  ",
            "    ",
            &format!("refused [{}] {}: {}", refused.rule, refused.path, refused.why),
        );
    }
    head(&mut out, "Rules");
    for result in &audit.rules {
        out.push_str(&format!(
            "{:<5}{:<11}{}\n",
            result.rule.id(),
            result.verdict.as_str(),
            if result.verdict == Verdict::Fail { result.rule.title() } else { "" }
        ));
        while out.ends_with(" \n") {
            out.truncate(out.len() - 2);
            out.push('\n');
        }
        for finding in merged(&result.findings).iter().filter(|f| f.verdict == Verdict::Fail) {
            wrap(&mut out, "     - ", "       ", &with_hardware(finding));
        }
    }
    head(&mut out, "Report");
    for row in &audit.rows {
        let first = format!("{}  {:<13} ", row.id, row.status.as_str());
        let text = format!("{}: {}{}", row.title, row.text, documents(row.digests.len()));
        wrap(&mut out, &first, &" ".repeat(20), &text);
    }
    head(&mut out, "Exceptions");
    let exceptions = exceptions(set, audit);
    if exceptions.is_empty() {
        out.push_str("none\n");
    }
    for finding in &exceptions {
        wrap(&mut out, &format!("{:<5} ", finding.rule.id()), "      ", &with_hardware(finding));
        if let Some(why) = &finding.rationale {
            wrap(&mut out, "      because: ", "      ", why);
        }
        if let Some(who) = &finding.approver {
            wrap(&mut out, "      approved by: ", "      ", who);
        }
    }
    head(&mut out, "Vulnerabilities");
    if audit.vulnerabilities.is_empty() {
        out.push_str("no statement names a vulnerability\n");
    }
    for v in &audit.vulnerabilities {
        wrap(&mut out, &format!("{}  {}: ", v.id, v.decision), "    ", &known(v));
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
