//! The report as one page that needs nothing else: no network, no script.

use super::escape::{html as esc, sentence};
use super::figure;
use super::registers;
use super::said::failing_rows;
use super::summary::{ABOUT, Summary, counted, logs, subject};
use super::table::{END, Table, badge, digests, section_end};
use crate::audit::Audit;
use crate::cause::Cause;
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::set::Set;
use crate::time::{moment, span};

const STYLE: &str = include_str!("style.css");

/// At most so many packages are listed; the JSON has all.
const PACKAGES: usize = 1_000;

/// Sections: id and title.
const SECTIONS: [(&str, &str); 7] = [
    ("found", "Causes"),
    ("graph", "Release graph"),
    ("vulnerabilities", "Vulnerability register"),
    ("exceptions", "Exception register"),
    ("report", "Report"),
    ("rules", "Rules"),
    ("inputs", "Inputs"),
];

/// The report as HTML.
pub fn html(set: &Set, audit: &Audit) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n");
    out.push_str("<link rel=\"icon\" href=\"data:,\">\n");
    out.push_str(&format!(
        "<title>Audit of {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        esc(&subject(set))
    ));
    out.push_str("<a class=\"skip\" href=\"#main\">Skip to the findings</a>\n");
    header(&mut out, set, audit);
    out.push_str("<main id=\"main\" tabindex=\"-1\">\n");
    causes(&mut out, set, audit);
    section(&mut out, "graph");
    figure::graphs(&mut out, audit);
    section(&mut out, "vulnerabilities");
    registers::vulnerabilities(&mut out, audit);
    section(&mut out, "exceptions");
    registers::exceptions(&mut out, audit);
    rows(&mut out, audit);
    rules(&mut out, audit);
    inputs(&mut out, set);
    out.push_str("</main>\n<footer>\n");
    out.push_str(&format!(
        "<p>Written by pkg {}. The same packages, keyring, history and date give the same bytes. {ABOUT}</p>\n",
        env!("CARGO_PKG_VERSION")
    ));
    out.push_str("</footer>\n</body>\n</html>\n");
    out
}

fn section(out: &mut String, id: &str) {
    let title = SECTIONS.iter().find(|(known, _)| *known == id).map_or("", |(_, title)| title);
    out.push_str(&format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n"));
}

fn header(out: &mut String, set: &Set, audit: &Audit) {
    let word = audit.verdict.as_str();
    let summary = Summary::new(set, audit);
    out.push_str(&format!(
        "<header>\n<h1>Audit of {}</h1>\n<p class=\"soft\">As of {}. {}. A fix may come {} later for some users than for others.</p>\n\
         <div class=\"verdict is-{word}\"><strong>{}</strong><span>{}</span></div>\n",
        esc(&subject(set)),
        moment(audit.at),
        counted(set),
        span(audit.lag_limit),
        word.to_uppercase(),
        esc(&summary.verdict)
    ));
    if !summary.owed.is_empty() {
        out.push_str("<ul class=\"owed\">\n");
        for owed in &summary.owed {
            out.push_str(&format!("<li>{}</li>\n", sentence(owed)));
        }
        out.push_str("</ul>\n");
    }
    for fact in &summary.facts {
        out.push_str(&format!("<p>{}</p>\n", esc(fact)));
    }
    out.push_str(&format!("<p class=\"soft\">{ABOUT}</p>\n<nav aria-label=\"Sections\"><ul>\n"));
    for (id, title) in SECTIONS {
        out.push_str(&format!("<li><a href=\"#{id}\">{title}</a></li>\n"));
    }
    out.push_str("</ul></nav>\n</header>\n");
}

fn causes(out: &mut String, set: &Set, audit: &Audit) {
    section(out, "found");
    if audit.verdict != Verdict::Fail {
        out.push_str("<p>Nothing fails.</p>\n");
    }
    for refused in &set.refused {
        out.push_str(&format!(
            "<div class=\"finding\"><p><strong>Refused package</strong> <code>{}</code>: [{}] {}</p></div>\n",
            esc(&refused.path),
            refused.rule,
            esc(&refused.why)
        ));
    }
    for result in audit.rules.iter().filter(|r| r.verdict == Verdict::Fail) {
        out.push_str(&format!("<h3>{}: {}</h3>\n", result.rule.id(), esc(result.rule.title())));
        for each in result.causes.iter().filter(|c| c.verdict == Verdict::Fail) {
            cause(out, each);
        }
        out.push_str(&format!("<p class=\"soft\">What to do: {}</p>\n", esc(result.rule.fix())));
    }
    // Rows that can fail even if every rule passes.
    for row in failing_rows(audit) {
        out.push_str(&format!(
            "<h3>{}: {}</h3>\n<div class=\"finding\"><p>{}</p></div>\n",
            row.id,
            esc(row.title),
            sentence(&row.text)
        ));
    }
    out.push_str("</section>\n");
}

fn cause(out: &mut String, c: &Cause) {
    let hardware = match c.hardware.as_slice() {
        [] => String::new(),
        some => format!(" <span class=\"soft\">(hardware {})</span>", esc(&some.join(", "))),
    };
    out.push_str(&format!("<div class=\"finding\"><p>{}{hardware}</p>", sentence(&c.text)));
    // A long list is cut in the sentence.
    if list(&c.open).ends_with(" more") {
        let all = sentence(&c.open.join(", "));
        out.push_str(&format!(
            "<details><summary>all {} of them</summary><p>{all}</p></details>",
            c.open.len()
        ));
    }
    out.push_str("</div>\n");
}

fn rows(out: &mut String, audit: &Audit) {
    section(out, "report");
    let heads = ["row", "status", "found", "asked for by"];
    let table = Table::new(out, "What the technical documentation asks for", &heads);
    for row in &audit.rows {
        let found =
            format!("<strong>{}</strong><br>{}{}", esc(row.title), esc(&row.text), digests(&row.digests));
        let status = badge(row.status.as_str());
        table.row(out, "", row.id, &[("", status), ("wide", found), ("ref", esc(row.reference))]);
    }
    out.push_str(END);
    section_end(out);
}

fn rules(out: &mut String, audit: &Audit) {
    section(out, "rules");
    let heads = ["rule", "result", "requirement", "source", "found"];
    let table = Table::new(out, "Rules over all releases", &heads);
    for r in &audit.rules {
        let of = |verdict| r.causes.iter().filter(|c| c.verdict == verdict).count();
        let found = match (of(Verdict::Fail), of(Verdict::Exception)) {
            (0, 0) => "–".to_owned(),
            (fail, 0) => count(fail, "cause", "causes"),
            (0, exceptions) => count(exceptions, "exception", "exceptions"),
            (fail, exceptions) => format!(
                "{}, {}",
                count(fail, "cause", "causes"),
                count(exceptions, "exception", "exceptions")
            ),
        };
        let cells = [
            ("", badge(r.verdict.as_str())),
            ("wide", esc(r.rule.why())),
            ("", esc(r.rule.source())),
            ("", found),
        ];
        table.row(out, "", r.rule.id(), &cells);
    }
    out.push_str(END);
    section_end(out);
}

fn inputs(out: &mut String, set: &Set) {
    section(out, "inputs");
    for log in logs(set) {
        out.push_str(&format!("<p>{}</p>\n", esc(&log)));
    }
    for keyring in &set.keyrings {
        let says = match &keyring.says {
            Ok((name, version, digest)) => {
                let used = if keyring.used { ", used for every package" } else { ", not used" };
                format!("keyring {}, version {version}{used}: <code>{digest}</code>", esc(name))
            }
            Err(why) => format!("not a keyring: {}", esc(why)),
        };
        out.push_str(&format!("<p><code>{}</code> {says}</p>\n", esc(&keyring.path)));
    }
    for records in &set.records {
        let chain = match &records.broken {
            None => "chain intact".into(),
            Some(why) => format!("<strong>chain broken</strong>, {}", esc(why)),
        };
        out.push_str(&format!(
            "<p><code>{}</code> {} decision records, {chain}: <code>{}</code></p>\n",
            esc(&records.path),
            records.records,
            records.digest
        ));
    }
    for source in set.products.iter().filter_map(|p| p.declared.source) {
        out.push_str(&format!("<p>history.toml, declared and not signed: <code>{source}</code></p>\n"));
    }
    let most = if set.packages.len() > PACKAGES { ", of which the JSON lists more" } else { "" };
    out.push_str(&format!("<details><summary>{}{most}</summary>\n", counted(set)));
    let table = Table::new(out, "Verified packages", &["package", "kind", "manifest"]);
    for package in set.packages.iter().take(PACKAGES) {
        let manifest = format!("<code>{}</code>", package.manifest);
        table.row(out, "", &esc(&package.path), &[("", package.kind.into()), ("", manifest)]);
    }
    out.push_str(END);
    out.push_str("</details>\n");
    section_end(out);
}
