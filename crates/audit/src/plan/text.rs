//! A plan for people: plain text of at most 80 columns.

use super::model::{NextFeature, Owed, Plan, ProductPlan, Task};
use crate::phrase::list;
use crate::register::Vulnerability;
use crate::time::date;
use std::collections::BTreeMap;

/// No line is longer, except for a word that is.
const WIDTH: usize = 80;

/// The plan as text.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for product in &plan.products {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("{}, as of {}\n\n", product.product, date(plan.at)));
        lines(product, &mut out);
        vulnerabilities(product, &mut out);
        match product.owed.len() {
            0 if product.unplanned.is_empty() => out.push_str("Nothing is owed.\n"),
            0 => out.push_str("No release or notice is owed.\n"),
            1 => out.push_str("1 thing is owed:\n"),
            n => out.push_str(&format!("{n} things are owed, in this order:\n")),
        }
        for (i, owed) in product.owed.iter().enumerate() {
            out.push('\n');
            one(i + 1, owed, told_by(owed, &product.owed), &mut out);
        }
        if !product.unplanned.is_empty() {
            let rules: Vec<String> = product.unplanned.iter().map(|r| r.id().to_owned()).collect();
            out.push('\n');
            let what = format!(
                "The audit fails by {} too, which nothing in this plan ends; pkg audit says what is wrong.",
                list(&rules)
            );
            wrap("", "", &what, &mut out);
        }
        for next in &product.features {
            out.push('\n');
            feature(next, &mut out);
        }
    }
    out
}

fn lines(product: &ProductPlan, out: &mut String) {
    let several = product.lines.iter().any(|l| Some(&l.scope) != product.lines.first().map(|f| &f.scope));
    let mut rows =
        vec![["line", "newest", "supported until", "next sequence", "next security level"].map(String::from)];
    rows.extend(product.lines.iter().map(|l| {
        let name = if several { format!("{} {}", l.scope, l.line) } else { l.line.clone() };
        let (sequence, level) = (l.sequence.to_string(), l.security_level.to_string());
        [name, l.head.clone(), l.supported_until.clone(), sequence, level]
    }));
    if rows.len() > 1 {
        table("", &rows.iter().map(|r| r.as_slice()).collect::<Vec<_>>(), out);
        out.push('\n');
    }
}

/// Where each vulnerability is open, and where it was closed first.
fn vulnerabilities(product: &ProductPlan, out: &mut String) {
    for v in &product.vulnerabilities {
        let severity = v.severity.map_or("severity not stated", |s| s.as_str());
        let exploited = if v.exploited.is_some() { ", exploited" } else { "" };
        let known = v.known_since.map_or_else(String::new, |t| format!(", known since {}", date(t)));
        wrap("", "  ", &format!("{} ({severity}{exploited}{known})", v.id), out);
        wrap("  open in:  ", "            ", &places(v), out);
        let fixed = match v.fixed_in.as_slice() {
            [] => "no release".into(),
            some => format!(
                "{}{}",
                list(some),
                v.fixed.map_or_else(String::new, |t| format!(", first on {}", date(t)))
            ),
        };
        wrap("  fixed in: ", "            ", &fixed, out);
    }
    if !product.vulnerabilities.is_empty() {
        out.push('\n');
    }
}

fn places(v: &Vulnerability) -> String {
    match v.open_in.is_empty() {
        true => "no supported release".into(),
        false => v.open_in.to_string(),
    }
}

/// The number of the security release that tells the users of a notice of all its vulnerabilities, too.
fn told_by(notice: &Owed, all: &[Owed]) -> Option<usize> {
    let says = |o: &Owed| {
        let ids = |id: &str| o.ids.iter().any(|other| other.id == id);
        o.task == Task::SecurityRelease
            && o.scope == notice.scope
            && notice.states.is_subset(&o.states)
            && notice.hardware.is_subset(&o.hardware)
            && notice.ids.iter().all(|id| ids(&id.id))
    };
    let is_first_notice = notice.task == Task::Notice && notice.supersedes.is_empty() && !notice.discloses();
    all.iter().position(says).filter(|_| is_first_notice).map(|at| at + 1)
}

fn one(number: usize, owed: &Owed, told_by: Option<usize>, out: &mut String) {
    let (line, after) = (&owed.line, owed.after.as_deref().unwrap_or("?"));
    let counters = |counter: Option<u64>| counter.map_or_else(|| "?".to_owned(), |c| c.to_string());
    let what = match owed.task {
        Task::SecurityRelease => format!(
            "A security release on line {line}, built from {after}: sequence {}, security level {}, feature level {}",
            counters(owed.sequence),
            counters(owed.security_level),
            counters(owed.feature_level)
        ),
        Task::FeatureRelease => format!(
            "A feature release on line {line}, built from {after}: sequence {}, feature level {}, security level {}",
            counters(owed.sequence),
            counters(owed.feature_level),
            counters(owed.security_level)
        ),
        Task::FullPackage => format!("A full package on the way to {after}"),
        Task::Notice if owed.discloses() => {
            "A notice that discloses the details that a release holds back".into()
        }
        Task::Notice if owed.supersedes.is_empty() => match told_by {
            Some(release) => {
                format!("A notice that tells users what to do until release {release} is published")
            }
            None => "A notice that tells users what to do".into(),
        },
        Task::Notice => "A notice that supersedes an earlier one".into(),
    };
    let rules: Vec<&str> = owed.rules.iter().map(|r| r.id()).collect();
    wrap(&format!("{number}. "), "   ", &format!("{what} [{}]", rules.join(", ")), out);
    let hardware: Vec<&str> = owed.hardware.iter().map(String::as_str).collect();
    let on = if hardware.is_empty() { String::new() } else { format!(" on {}", hardware.join(", ")) };
    if !owed.users.is_empty() {
        wrap("   ", "   ", &format!("for users of {}{on}", owed.releases), out);
    }
    if owed.ids.is_empty() {
        return;
    }
    let mut rows = vec![vec!["vulnerability", "severity", "exploited", "since", "fixed in"]];
    let since: BTreeMap<&str, String> =
        owed.ids.iter().map(|i| (i.id.as_str(), i.since.map_or_else(|| "-".into(), date))).collect();
    let fixed: Vec<String> = owed.ids.iter().map(|i| i.fixed_in.join(", ")).collect();
    for (i, fixed) in owed.ids.iter().zip(&fixed) {
        rows.push(vec![
            &i.id,
            i.severity.map_or("-", |s| s.as_str()),
            if i.exploited { "yes" } else { "no" },
            &since[i.id.as_str()],
            if fixed.is_empty() { "-" } else { fixed },
        ]);
    }
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|r| r.into_iter().map(str::to_owned).collect()).collect();
    table("   ", &rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), out);
}

fn feature(next: &NextFeature, out: &mut String) {
    let scope = if next.scope == "product" { String::new() } else { format!(" of scope {}", next.scope) };
    let text = format!(
        "The next feature release{scope}, built from {}, has feature level {} and security level {}; on line {} its sequence is {}.",
        next.after, next.feature_level, next.security_level, next.line, next.sequence
    );
    wrap("", "", &text, out);
    let lets_in: Vec<String> = next.lets_in.iter().map(|l| l.version.clone()).collect();
    for (what, items) in [
        ("It must let in users of these releases, who have no other way on (applies-to)", &lets_in),
        ("It must contain the fixes of these releases (merged)", &next.says.merged),
        ("It also brings these fixes to users who lack them ([[also-fix]])", &next.says.also_fix),
        (
            "It leaves these vulnerabilities open ([[open]]); a notice must tell its users, too",
            &next.says.open,
        ),
        ("Unless it fixes these vulnerabilities, a notice must tell its users of them", &next.says.untold),
        ("Say whether these still do not affect it ([[status]])", &next.says.statuses),
    ] {
        if !items.is_empty() {
            wrap("  ", "    ", &format!("{what}: {}.", items.join(", ")), out);
        }
    }
}

/// Columns that align; the last one may be long.
fn table(indent: &str, rows: &[&[String]], out: &mut String) {
    let columns = rows.iter().map(|r| r.len()).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let hanging: usize = widths.iter().rev().skip(1).map(|w| w + 2).sum();
        wrap_raw(indent, &format!("{indent}{}", " ".repeat(hanging)), line.trim_end(), out);
    }
}

/// A line that is kept as it is while it fits.
fn wrap_raw(first: &str, rest: &str, text: &str, out: &mut String) {
    match first.len() + text.chars().count() <= WIDTH {
        true => out.push_str(&format!("{first}{text}\n")),
        false => {
            let (head, tail) = text.split_at(text.rfind("  ").map_or(0, |at| at + 2));
            wrap(&format!("{first}{head}"), rest, tail, out);
        }
    }
}

fn wrap(first: &str, rest: &str, text: &str, out: &mut String) {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(text, options) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}
