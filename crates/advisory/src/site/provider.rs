//! What makes a folder of CSAF documents a provider: its metadata, lists and ROLIE documents (CSAF 2.0, 7.1), and
//! `security.txt` (RFC 9116).

use super::{Entry, PROVIDER, Site, WHITE, Writer};
use crate::json::sorted;
use crate::when;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FEED: &str = "csaf/feed-white.json";
const SERVICE: &str = "csaf/service.json";
const CATEGORIES: &str = "csaf/category-white.json";
const SCHEMA: &str = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json";
const SCHEME: &str = "urn:ietf:params:rolie:category:information-type";

pub(super) fn write(writer: &Writer<'_>, site: &mut Site) {
    let metadata = sorted(metadata(writer));
    site.main_domain.insert(format!(".well-known/csaf/{PROVIDER}"), metadata.clone());
    if let Some(contact) = writer.contact {
        site.main_domain.insert(".well-known/security.txt".to_owned(), security_txt(writer, contact));
    }
    let files = [
        (PROVIDER.to_owned(), metadata),
        (FEED.to_owned(), sorted(feed(writer))),
        (SERVICE.to_owned(), sorted(service(writer))),
        (CATEGORIES.to_owned(), sorted(categories(writer))),
        (format!("{WHITE}/index.txt"), index(writer)),
        (format!("{WHITE}/changes.csv"), changes(writer)),
    ];
    site.files.extend(files);
}

fn metadata(writer: &Writer<'_>) -> Value {
    let mut publisher = json!({
        "category": "vendor",
        "name": writer.vendor,
        "namespace": writer.namespace.as_str(),
    });
    if let Some(contact) = writer.contact {
        publisher["contact_details"] = contact.into();
    }
    let (role, keys) = match writer.options.openpgp {
        Some((fingerprint, url)) => {
            ("csaf_trusted_provider", json!([{"fingerprint": fingerprint, "url": url.as_str()}]))
        }
        None => ("csaf_provider", json!([])),
    };
    json!({
        "canonical_url": writer.url(PROVIDER),
        "distributions": [
            {"directory_url": writer.url(&format!("{WHITE}/"))},
            {"rolie": {
                "categories": [writer.url(CATEGORIES)],
                "feeds": [{
                    "summary": format!("Security advisories of {}", writer.vendor),
                    "tlp_label": "WHITE",
                    "url": writer.url(FEED),
                }],
                "services": [writer.url(SERVICE)],
            }},
        ],
        "last_updated": writer.updated(),
        "list_on_CSAF_aggregators": true,
        "metadata_version": "2.0",
        "mirror_on_CSAF_aggregators": true,
        "public_openpgp_keys": keys,
        "publisher": publisher,
        "role": role,
    })
}

/// The ROLIE feed (RFC 8322, 6.1), the newest entry first.
fn feed(writer: &Writer<'_>) -> Value {
    let entries: Vec<_> = writer.entries.iter().map(|entry| feed_entry(writer, entry)).collect();
    json!({"feed": {
        "category": [{"scheme": SCHEME, "term": "csaf"}],
        "entry": entries,
        "id": "csaf-feed-white",
        "link": [
            {"href": writer.url(FEED), "rel": "self"},
            {"href": writer.url(SERVICE), "rel": "service"},
        ],
        "title": format!("Security advisories of {} (TLP:WHITE)", writer.vendor),
        "updated": writer.updated(),
    }})
}

fn feed_entry(writer: &Writer<'_>, entry: &Entry<'_>) -> Value {
    let url = writer.url(&entry.path);
    let mut links = vec![
        json!({"href": url, "rel": "self"}),
        json!({"href": format!("{url}.sha256"), "rel": "hash"}),
        json!({"href": format!("{url}.sha512"), "rel": "hash"}),
    ];
    if writer.options.openpgp.is_some() {
        links.push(json!({"href": format!("{url}.asc"), "rel": "signature"}));
    }
    json!({
        "category": [{"scheme": SCHEME, "term": "csaf"}],
        "content": {"src": url, "type": "application/json"},
        "format": {"schema": SCHEMA, "version": "2.0"},
        "id": entry.tracking("id"),
        "link": links,
        "published": entry.tracking("initial_release_date"),
        "summary": {"content": entry.summary},
        "title": entry.title,
        "updated": entry.updated(),
    })
}

/// The ROLIE service document (RFC 8322, 5.1): where the feed is.
fn service(writer: &Writer<'_>) -> Value {
    json!({"service": {"workspace": [{
        "collection": [{
            "categories": {"category": [{"scheme": SCHEME, "term": "csaf"}]},
            "href": writer.url(FEED),
            "title": format!("Security advisories of {} (TLP:WHITE)", writer.vendor),
        }],
        "title": "Public CSAF feed",
    }]}})
}

/// The ROLIE category document: the products that advisories are about.
fn categories(writer: &Writer<'_>) -> Value {
    let products: BTreeSet<&str> =
        writer.entries.iter().map(|entry| entry.source.manifest.common().product.name.as_str()).collect();
    let categories: Vec<_> = products.into_iter().map(|product| json!({"term": product})).collect();
    json!({"categories": {"category": categories, "fixed": "no"}})
}

/// Every document, one a line, relative to the folder of the list.
fn index(writer: &Writer<'_>) -> String {
    let mut paths: Vec<_> = writer.entries.iter().map(below).collect();
    paths.sort_unstable();
    paths.into_iter().map(|path| format!("{path}\n")).collect()
}

/// When each document changed last, the newest first.
fn changes(writer: &Writer<'_>) -> String {
    let line = |entry: &Entry<'_>| format!("\"{}\",\"{}\"\n", below(entry), entry.updated());
    writer.entries.iter().map(line).collect()
}

fn below<'e>(entry: &'e Entry<'_>) -> &'e str {
    entry.path.trim_start_matches(WHITE).trim_start_matches('/')
}

/// Who takes reports, and where advisories are. It belongs to the vendor's main domain. A contact is required (RFC 9116,
/// 2.5.3).
fn security_txt(writer: &Writer<'_>, contact: &str) -> String {
    let scheme = if contact.contains("://") || contact.starts_with("mailto:") { "" } else { "mailto:" };
    let mut lines = vec![format!("Contact: {scheme}{contact}")];
    if let Ok(expires) = when::rfc3339(writer.options.expires) {
        lines.push(format!("Expires: {expires}"));
    }
    let languages: BTreeSet<&str> = writer.entries.iter().map(|entry| entry.lang.as_str()).collect();
    lines.push(format!("Preferred-Languages: {}", languages.into_iter().collect::<Vec<_>>().join(", ")));
    let root = writer.namespace.as_str().split('/').take(3).collect::<Vec<_>>().join("/");
    lines.push(format!("Canonical: {root}/.well-known/security.txt"));
    lines.push(format!("CSAF: {}", writer.url(PROVIDER)));
    lines.join("\n") + "\n"
}
