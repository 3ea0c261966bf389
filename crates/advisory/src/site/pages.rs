//! The page that lists the advisories, one for each language, and the lists of the folders of CSAF documents: web servers
//! of objects list nothing themselves.

use super::{Entry, PROVIDER, WHITE, Writer, feed_path};
use crate::html::{Head, escaped, page};
use crate::phrases::{self, Phrases};
use crate::when;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn write(writer: &Writer<'_>, files: &mut BTreeMap<String, String>) {
    for lang in writer.languages() {
        files.insert(writer.index_path(lang), index(writer, lang));
    }
    folders(files);
}

fn index(writer: &Writer<'_>, lang: &str) -> String {
    let phrases = phrases::of(lang);
    let title = phrases::fill(phrases.advisories_of, &[writer.vendor]);
    let mut body = format!("<main>\n<header>\n<h1>{}</h1>\n", escaped(&title));
    body.push_str(&other_languages(writer, lang));
    body.push_str("</header>\n");
    let mut products: Vec<&str> = writer.entries.iter().map(product).collect();
    products.sort_unstable();
    products.dedup();
    for name in products {
        body.push_str(&section(writer, phrases, lang, name));
    }
    body.push_str(&addresses(writer, phrases, lang));
    body.push_str("</main>\n");
    let feed = feed_path(lang);
    page(&Head { lang, title: &title, feed: Some(&feed) }, &body)
}

fn product<'e>(entry: &Entry<'e>) -> &'e str {
    entry.source.manifest.common().product.name.as_str()
}

/// Links to the lists in the other languages.
fn other_languages(writer: &Writer<'_>, lang: &str) -> String {
    let others = writer.languages().filter(|other| *other != lang).map(|other| {
        let name = phrases::of(other).own_name;
        let name = if phrases::of(other).lang == other { name } else { other };
        format!("<a lang=\"{other}\" hreflang=\"{other}\" href=\"{}\">{name}</a>", writer.index_path(other))
    });
    let others: Vec<_> = others.collect();
    if others.is_empty() {
        String::new()
    } else {
        format!("<p class=\"kicker\">{}</p>\n", others.join(" · "))
    }
}

/// The advisories of a product, the newest first, and how long it gets security updates.
fn section(writer: &Writer<'_>, phrases: &Phrases, lang: &str, name: &str) -> String {
    let mut out = format!("<section>\n<h2>{}</h2>\n", escaped(name));
    let releases =
        writer.sources.iter().filter(|source| source.manifest.common().product.name.as_str() == name);
    let releases =
        releases.filter_map(|source| Some((source.manifest.common().issued, source.manifest.release()?)));
    if let Some((_, newest)) = releases.max_by_key(|(issued, _)| *issued) {
        let text = format!("{} {}", phrases.support, newest.support.until);
        out.push_str(&format!("<p class=\"note\">{}</p>\n", escaped(&text)));
    }
    // Each advisory once: in this language, else in the first that it has.
    let mut seen = BTreeSet::new();
    let own = writer.entries.iter().filter(|entry| entry.lang == lang);
    let others = writer.entries.iter().filter(|entry| entry.lang != lang);
    let mut all: Vec<_> = own
        .chain(others)
        .filter(|entry| product(entry) == name && seen.insert(entry.source.digest))
        .collect();
    all.sort_by(|a, b| b.updated().cmp(a.updated()));
    out.push_str("<ul class=\"list\">\n");
    all.iter().for_each(|entry| out.push_str(&line(entry, phrases, lang)));
    out.push_str("</ul>\n</section>\n");
    out
}

fn line(entry: &Entry<'_>, phrases: &Phrases, lang: &str) -> String {
    let other = match entry.lang == lang {
        true => String::new(),
        false => format!(" lang=\"{0}\" hreflang=\"{0}\"", escaped(&entry.lang)),
    };
    let badge = entry.worst.map(|word| {
        let class = word.upper().to_ascii_lowercase();
        format!(" <span class=\"badge {class}\">{}</span>", escaped((phrases.word)(word)))
    });
    let issued = entry.source.manifest.common().issued;
    let version = entry.source.manifest.release().map(|release| release.identity.version.as_str());
    let version = version.map(|version| format!(" · {} {}", phrases.version, escaped(version)));
    format!(
        "<li><a{other} href=\"{}\">{}</a>{}<br><span class=\"kicker\">{}{}</span></li>\n",
        escaped(&entry.page()),
        escaped(&entry.title),
        badge.unwrap_or_default(),
        when::date(issued - issued % 86_400),
        version.unwrap_or_default(),
    )
}

/// Where programs find the same, and who takes reports.
fn addresses(writer: &Writer<'_>, phrases: &Phrases, lang: &str) -> String {
    let link =
        |path: &str, text: &str| format!("<li><a href=\"{}\">{}</a></li>\n", escaped(path), escaped(text));
    let mut out = format!("<section>\n<h2>{}</h2>\n<ul>\n", escaped(phrases.for_programs));
    out.push_str(&link(&feed_path(lang), "Atom"));
    out.push_str(&link(PROVIDER, "CSAF 2.0"));
    if let Some(contact) = writer.contact {
        out.push_str(&format!("<li>{}: {}</li>\n", escaped(phrases.contact), escaped(contact)));
    }
    out.push_str("</ul>\n</section>\n");
    out
}

/// A list in each folder of CSAF documents.
fn folders(files: &mut BTreeMap<String, String>) {
    let mut lists: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files.keys().filter(|path| path.starts_with(WHITE)) {
        let (mut folder, mut name) = path.rsplit_once('/').unwrap_or_default();
        lists.entry(folder.to_owned()).or_default().insert(name.to_owned());
        while folder != WHITE {
            (folder, name) = folder.rsplit_once('/').unwrap_or((WHITE, ""));
            lists.entry(folder.to_owned()).or_default().insert(format!("{name}/"));
        }
    }
    for (folder, names) in lists {
        let links = names.iter().map(|name| format!("<li><a href=\"{0}\">{0}</a></li>\n", escaped(name)));
        let body = format!(
            "<main>\n<h1>{}</h1>\n<ul>\n{}</ul>\n</main>\n",
            escaped(&folder),
            links.collect::<String>()
        );
        files.insert(
            format!("{folder}/index.html"),
            page(&Head { lang: "en", title: &folder, feed: None }, &body),
        );
    }
}
