//! The report as one page that needs nothing else: no network, no script.

use super::escape::html as esc;
use super::summary::{ABOUT, counted, exceptions, known, merged, subject};
use super::svg;
use crate::audit::Audit;
use crate::finding::{Finding, Verdict};
use crate::picture::Picture;
use crate::row::RowStatus;
use crate::set::Set;
use crate::time::{date, moment, span};
use pkg_format::Digest;
use std::collections::BTreeSet;

const STYLE: &str = include_str!("style.css");

/// At most so many digests are listed under a row; the JSON has all.
const DIGESTS: usize = 200;

/// Sections: id and title.
const SECTIONS: [(&str, &str); 7] = [
    ("found", "Failures"),
    ("graph", "Release graph"),
    ("report", "Report"),
    ("rules", "Rules"),
    ("exceptions", "Exception register"),
    ("vulnerabilities", "Vulnerability register"),
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
    failures(&mut out, set, audit);
    graphs(&mut out, audit);
    rows(&mut out, audit);
    rules(&mut out, audit);
    exception_register(&mut out, set, audit);
    vulnerability_register(&mut out, audit);
    inputs(&mut out, set);
    out.push_str("</main>\n<footer>\n");
    out.push_str(&format!(
        "<p>Written by pkg {}. The same packages, keyring, history and date give the same bytes. {ABOUT}</p>\n",
        env!("CARGO_PKG_VERSION")
    ));
    out.push_str("</footer>\n</body>\n</html>\n");
    out
}

fn badge(word: &str) -> String {
    format!("<span class=\"badge {word}\">{}</span>", word.replace('-', " "))
}

fn section(out: &mut String, id: &str) {
    let title = SECTIONS.iter().find(|(known, _)| *known == id).map_or("", |(_, title)| title);
    out.push_str(&format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n"));
}

fn header(out: &mut String, set: &Set, audit: &Audit) {
    let (word, sentence) = match audit.verdict {
        Verdict::Pass => ("pass", "Every rule holds."),
        Verdict::Exception => ("exception", "Every rule holds, with exceptions that have a recorded reason."),
        Verdict::Fail => ("fail", "At least one rule or row fails. Each failure has a counter-example."),
    };
    let count = |verdict| audit.rules.iter().filter(|r| r.verdict == verdict).count();
    out.push_str(&format!(
        "<header>\n<h1>Audit of {}</h1>\n<p class=\"soft\">As of {}. {}. A fix may come {} later for some users than for others.</p>\n\
         <div class=\"verdict is-{word}\"><strong>{}</strong><span>{sentence}</span>\
         <span class=\"soft\">rules: {} pass, {} with exceptions, {} fail</span></div>\n<p>{ABOUT}</p>\n",
        esc(&subject(set)),
        moment(audit.at),
        counted(set),
        span(audit.lag_limit),
        word.to_uppercase(),
        count(Verdict::Pass),
        count(Verdict::Exception),
        count(Verdict::Fail)
    ));
    out.push_str("<nav aria-label=\"Sections\"><ul>\n");
    for (id, title) in SECTIONS {
        out.push_str(&format!("<li><a href=\"#{id}\">{title}</a></li>\n"));
    }
    out.push_str("</ul></nav>\n</header>\n");
}

fn failures(out: &mut String, set: &Set, audit: &Audit) {
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
        for finding in merged(&result.findings).iter().filter(|f| f.verdict == Verdict::Fail) {
            failure(out, finding);
        }
        out.push_str(&format!("<p class=\"soft\">What to do: {}</p>\n", esc(result.rule.fix())));
    }
    // Rows that can fail even if every rule passes.
    for row in audit.rows.iter().filter(|r| r.status == RowStatus::Fail && r.is_checked_itself()) {
        out.push_str(&format!(
            "<h3>{}: {}</h3>\n<div class=\"finding\"><p>{}</p></div>\n",
            row.id,
            esc(row.title),
            esc(&row.text)
        ));
    }
    out.push_str("</section>\n");
}

fn failure(out: &mut String, f: &Finding) {
    out.push_str(&format!("<div class=\"finding\"><p>{}</p><dl>", esc(&f.text)));
    let open = Some(f.open.join(", ")).filter(|o| !o.is_empty());
    let rows = [
        ("release", Some(f.release.clone())),
        ("hardware", f.hardware.clone()),
        ("stays open", open),
        ("best release that can be reached", f.best.clone()),
        ("step nobody may be forced to take", f.forbidden_edge.clone()),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            out.push_str(&format!("<dt>{name}</dt><dd>{}</dd>", esc(&value)));
        }
    }
    out.push_str("</dl></div>\n");
}

fn graphs(out: &mut String, audit: &Audit) {
    section(out, "graph");
    out.push_str("<p>Each row is a line of development, and time runs to the right. Each box has the version, the feature level (F) and the security level (S).</p>\n");
    out.push_str(&svg::legend());
    for (i, picture) in audit.pictures.iter().enumerate() {
        let id = format!("g{i}");
        out.push_str(&format!("<figure>\n<figcaption>{}", esc(&picture.title)));
        if picture.left_out > 0 {
            out.push_str(&format!(
                ". It shows the {} states that matter most: failing, withdrawn and supported ones, those where lines begin, end or cross, and the newest of the rest; {} more are not shown",
                picture.nodes.len(),
                picture.left_out
            ));
        }
        out.push_str(&format!(
            ".</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Release graph of {}\">\n{}</div>\n",
            esc(&picture.title),
            svg::graph(picture, &id)
        ));
        steps(out, picture);
        out.push_str("</figure>\n");
    }
    out.push_str("</section>\n");
}

/// The drawing as a table.
fn steps(out: &mut String, picture: &Picture) {
    out.push_str(
        "<details><summary>Every drawn state and step as a table</summary>\n<div class=\"scroll\"><table>\n",
    );
    out.push_str("<caption>States, in the order of their issue</caption>\n<thead><tr><th scope=\"col\">state</th><th scope=\"col\">line</th><th scope=\"col\">levels</th><th scope=\"col\">issued</th><th scope=\"col\">status</th><th scope=\"col\">steps into it</th></tr></thead>\n<tbody>\n");
    for (i, node) in picture.nodes.iter().enumerate() {
        let mut status = Vec::new();
        if !node.failing.is_empty() {
            status.push(format!("fails {}", node.failing.join(", ")));
        }
        for (is, word) in [
            (node.withdrawn, "withdrawn"),
            (node.declared, "declared, not signed"),
            (!node.supported, "support over"),
            (node.supported && node.failing.is_empty() && !node.withdrawn, "supported"),
        ] {
            if is {
                status.push(word.into());
            }
        }
        let into = picture.edges.iter().filter(|e| e.to == i);
        let into: Vec<_> = into
            .filter_map(|e| Some(format!("{} ({})", picture.nodes.get(e.from)?.label, svg::kind(e.kind))))
            .collect();
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>F{} S{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            esc(&node.label),
            esc(picture.rows.get(node.row).map_or("", |r| r)),
            node.levels.0,
            node.levels.1,
            if node.issued > 0 { date(node.issued) } else { "–".into() },
            esc(&status.join("; ")),
            if into.is_empty() { "–".into() } else { esc(&into.join("; ")) }
        ));
    }
    out.push_str("</tbody></table></div></details>\n");
}

fn table(out: &mut String, caption: &str, heads: &[&str]) {
    out.push_str(&format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\n<caption>{caption}</caption>\n<thead><tr>"));
    for head in heads {
        out.push_str(&format!("<th scope=\"col\">{head}</th>"));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
}

const END: &str = "</tbody></table></div>\n</section>\n";

fn rows(out: &mut String, audit: &Audit) {
    section(out, "report");
    table(out, "What the technical documentation asks for", &["row", "status", "found", "asked for by"]);
    for row in &audit.rows {
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"wide\"><strong>{}</strong><br>{}{}</td><td class=\"ref\">{}</td></tr>\n",
            row.id,
            badge(row.status.as_str()),
            esc(row.title),
            esc(&row.text),
            digests(&row.digests),
            esc(row.reference)
        ));
    }
    out.push_str(END);
}

fn digests(list: &[Digest]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let shown: String = list.iter().take(DIGESTS).map(|d| format!("<li><code>{d}</code></li>")).collect();
    let more = match list.len().saturating_sub(DIGESTS) {
        0 => String::new(),
        n => format!("<li>and {n} more, which the JSON lists</li>"),
    };
    let plural = if list.len() == 1 { "" } else { "s" };
    format!("<details><summary>{} digest{plural}</summary><ul>{shown}{more}</ul></details>", list.len())
}

fn rules(out: &mut String, audit: &Audit) {
    section(out, "rules");
    table(out, "Rules over all releases", &["rule", "result", "requirement", "source", "found"]);
    for r in &audit.rules {
        let found = merged(&r.findings);
        let count = |verdict| found.iter().filter(|f| f.verdict == verdict).count();
        let counts = match (count(Verdict::Fail), count(Verdict::Exception)) {
            (0, 0) => "–".to_owned(),
            (fail, 0) => format!("failures: {fail}"),
            (0, exceptions) => format!("exceptions: {exceptions}"),
            (fail, exceptions) => format!("failures: {fail}, exceptions: {exceptions}"),
        };
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"wide\">{}</td><td>{}</td><td>{counts}</td></tr>\n",
            r.rule.id(),
            badge(r.verdict.as_str()),
            esc(r.rule.why()),
            esc(r.rule.source())
        ));
    }
    out.push_str(END);
}

fn exception_register(out: &mut String, set: &Set, audit: &Audit) {
    section(out, "exceptions");
    let all = exceptions(set, audit);
    if all.is_empty() {
        out.push_str("<p>No exception was recorded.</p>\n</section>\n");
        return;
    }
    table(out, "Exceptions, each with its reason", &["rule", "release", "what", "because", "approved by"]);
    for f in &all {
        let or_dash = |text: &Option<String>| text.as_ref().map_or_else(|| "–".into(), |t| esc(t));
        let hardware = f
            .hardware
            .as_ref()
            .map_or_else(String::new, |h| format!(" <span class=\"soft\">(hardware {})</span>", esc(h)));
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"wide\">{}{hardware}{}</td><td class=\"wide\">{}</td><td>{}</td></tr>\n",
            f.rule.id(),
            esc(&f.release),
            esc(&f.text),
            digests(&f.evidence),
            or_dash(&f.rationale),
            or_dash(&f.approver)
        ));
    }
    out.push_str(END);
}

fn vulnerability_register(out: &mut String, audit: &Audit) {
    section(out, "vulnerabilities");
    if audit.vulnerabilities.is_empty() {
        out.push_str("<p>No statement names a vulnerability.</p>\n</section>\n");
        return;
    }
    let several =
        audit.vulnerabilities.iter().map(|v| (&v.product, &v.scope)).collect::<BTreeSet<_>>().len() > 1;
    table(
        out,
        "Vulnerabilities, with dates and the longest wait",
        &["id", "decision", "known", "first advised", "first fix", "longest wait", "what is known"],
    );
    for v in &audit.vulnerabilities {
        let day = |t: Option<u64>| t.map_or_else(|| "–".into(), date);
        let place = if several {
            format!("<br><span class=\"soft\">{} {}</span>", esc(&v.product), esc(&v.scope))
        } else {
            String::new()
        };
        let undecided =
            if v.undecided_count > 0 { format!("<br>{}", badge("undecided")) } else { String::new() };
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}{place}</th><td>{}{undecided}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"wide\">{}</td></tr>\n",
            esc(&v.id),
            v.decision.replace('-', " "),
            day(v.known_since),
            day(v.advised),
            day(v.fixed),
            v.lag.map_or_else(|| "–".into(), |lag| if lag == 0 { "none".into() } else { span(lag) }),
            esc(&known(v))
        ));
    }
    out.push_str(END);
}

fn inputs(out: &mut String, set: &Set) {
    section(out, "inputs");
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
    out.push_str(&format!("<details><summary>{}</summary>\n", counted(set)));
    table(out, "Verified packages", &["package", "kind", "manifest"]);
    for package in &set.packages {
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>\n",
            esc(&package.path),
            package.kind,
            package.manifest
        ));
    }
    out.push_str("</tbody></table></div>\n</details>\n</section>\n");
}
