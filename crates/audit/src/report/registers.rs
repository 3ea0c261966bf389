//! The registers of the page: vulnerabilities, the most urgent first, and exceptions.

use super::escape::{html as esc, sentence};
use super::said::{days, severity};
use super::summary::{rest, times, typical};
use super::table::{END, Table, badge, digests, section_end};
use crate::audit::Audit;
use crate::register::Vulnerability;
use crate::time::date;
use std::collections::BTreeSet;

pub(super) fn vulnerabilities(out: &mut String, audit: &Audit) {
    let all = &audit.vulnerabilities;
    if all.is_empty() {
        out.push_str("<p>No statement names a vulnerability.</p>\n");
        section_end(out);
        return;
    }
    let heads = ["severity", "vulnerabilities", "open", "from known to told", "from known to fixed"];
    let table = Table::new(out, "How long it took, by severity", &heads);
    for t in times(all) {
        let cells = [
            ("", t.count.to_string()),
            ("", t.open.to_string()),
            ("", typical(t.to_tell)),
            ("", typical(t.to_fix)),
        ];
        table.row(out, "", t.severity, &cells);
    }
    out.push_str(END);
    let heads = ["id", "status", "known", "users told", "first fix", "where"];
    let several = all.iter().map(|v| (&v.product, &v.scope)).collect::<BTreeSet<_>>().len() > 1;
    let table = Table::new(out, "Vulnerabilities, the most urgent first", &heads);
    for v in all {
        vulnerability(out, &table, v, several, audit.at);
    }
    out.push_str(END);
    section_end(out);
}

fn vulnerability(out: &mut String, table: &Table<'_>, v: &Vulnerability, several: bool, at: u64) {
    let soft = |text: &str| format!("<br><span class=\"soft\">{text}</span>");
    let mut head = esc(&v.id);
    if several {
        head.push_str(&soft(&format!("{} {}", esc(&v.product), esc(&v.scope))));
    }
    let mut status = match (v.unresolved, v.left_open_in.is_empty()) {
        (true, _) => badge("open"),
        (false, true) => "closed".to_owned(),
        (false, false) => "closed in supported releases".to_owned(),
    };
    status.push_str(&format!(", {}", severity(v)));
    match v.exploited {
        Some(Some(since)) => status.push_str(&sentence(&format!(", exploited since {}", date(since)))),
        Some(None) => status.push_str(", exploited"),
        None => {}
    }
    status.push_str(&soft(&v.decision.replace('-', " ")));
    if !v.undecided_in.is_empty() {
        status.push_str(&format!(" {}", badge("undecided")));
    }
    let day = |when: Option<u64>, after: Option<u64>| {
        let after = after.map_or_else(String::new, |n| soft(&format!("after {}", days(n))));
        when.map_or_else(|| "–".into(), |t| format!("{}{after}", date(t)))
    };
    let mut place = rest(v, at);
    if !v.fixed_in.is_empty() {
        place.insert(0, format!("fixed in {}", crate::phrase::list(&v.fixed_in)));
    }
    let cells = [
        ("status", status),
        ("day", day(v.known_since, None)),
        ("day", day(v.advised, v.days_to_tell())),
        ("day", day(v.fixed, v.days_to_fix())),
        ("wide", sentence(&place.join("; "))),
    ];
    table.row(out, "", &head, &cells);
}

pub(super) fn exceptions(out: &mut String, audit: &Audit) {
    if audit.exceptions().next().is_none() {
        out.push_str("<p>No exception was recorded.</p>\n");
        section_end(out);
        return;
    }
    let heads = ["rule", "releases", "what", "because", "approved by"];
    let table = Table::new(out, "Exceptions, each with its reason", &heads);
    for c in audit.exceptions() {
        let or_dash = |text: &Option<String>| text.as_ref().map_or_else(|| "–".into(), |t| esc(t));
        let hardware = match c.hardware.as_slice() {
            [] => String::new(),
            some => format!(" <span class=\"soft\">(hardware {})</span>", esc(&some.join(", "))),
        };
        let cells = [
            ("", esc(&c.releases.to_string())),
            ("wide", format!("{}{hardware}{}", sentence(&c.text), digests(&c.evidence))),
            ("wide", or_dash(&c.rationale)),
            ("", or_dash(&c.approver)),
        ];
        table.row(out, "", c.rule.id(), &cells);
    }
    out.push_str(END);
    section_end(out);
}
