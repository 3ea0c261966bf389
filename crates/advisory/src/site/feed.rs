//! Atom feeds (RFC 4287), one for each language.

use super::{Writer, feed_path};
use crate::html::escaped;
use std::collections::BTreeMap;

pub(super) fn write(writer: &Writer<'_>, files: &mut BTreeMap<String, String>) {
    for lang in writer.languages() {
        files.insert(feed_path(lang), feed(writer, lang));
    }
}

fn feed(writer: &Writer<'_>, lang: &str) -> String {
    let phrases = crate::phrases::of(lang);
    let own = escaped(&writer.url(&feed_path(lang)));
    let title = escaped(&crate::phrases::fill(phrases.advisories_of, &[writer.vendor]));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{lang}\">\n\
         <id>{own}</id>\n<title>{title}</title>\n<updated>{}</updated>\n<author><name>{}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n<link rel=\"alternate\" type=\"text/html\" \
         href=\"{}\"/>\n",
        writer.updated(),
        escaped(writer.vendor),
        escaped(&writer.url(&writer.index_path(lang))),
    );
    for entry in writer.entries.iter().filter(|entry| entry.lang == lang) {
        let page = escaped(&writer.url(&entry.page()));
        out.push_str(&format!(
            "<entry>\n<id>{page}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n\
             <link rel=\"related\" type=\"application/json\" href=\"{}\"/>\n<summary>{}</summary>\n</entry>\n",
            escaped(&entry.title),
            entry.tracking("initial_release_date"),
            entry.updated(),
            escaped(&writer.url(&entry.path)),
            escaped(&entry.summary),
        ));
    }
    out.push_str("</feed>\n");
    out
}
