//! Words for what was expected, and for what was found in its place.

use super::schema::{FILE, in_place};
use pkg_format::refusal::quote;
use pkg_reference::{Keys, Kind};
use toml::de::DeValue;

/// What was found.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What a value of this kind looks like, at this path.
pub(super) fn expected(kind: Kind, path: &str) -> String {
    let key = path.rsplit('.').next().unwrap_or_default();
    let looks = match kind {
        Kind::Text | Kind::Path | Kind::Digest | Kind::State => "a string",
        Kind::OneOrMore => "a string or a list of strings",
        Kind::Texts => return format!("texts by language, such as {key}.en = \"…\""),
        Kind::Uint => "a number",
        Kind::Bool => "true or false",
        Kind::Time | Kind::Date => "a time",
        Kind::Duration => "a duration",
        Kind::Set | Kind::List | Kind::States | Kind::Manifests | Kind::Digests => {
            return format!("a list of strings, such as {key} = [\"…\"]");
        }
        Kind::Uints => "a list of numbers",
        Kind::WordOrStates => "\"line\" or \"applies-to\", or a list of digests or packages",
        Kind::WordOrTexts => "a string, or texts by language",
        Kind::WordOr(_) => "a string or a table",
        Kind::Table(_) | Kind::Named(_) | Kind::Paths | Kind::DigestsByName => "a table",
        Kind::Tables(_) => return format!("a list of tables: [[{}]]", without_indices(path)),
    };
    looks.to_owned()
}

/// A path such as `fix[0].impact` as headings of tables have it: `fix.impact`.
fn without_indices(path: &str) -> String {
    let names = path.split('.').map(|part| part.split('[').next().unwrap_or_default());
    names.collect::<Vec<_>>().join(".")
}

/// What a value at a path such as `fix[0].impact` looks like, unless a text with a grammar of its own is meant.
pub(crate) fn expected_at(path: &str) -> Option<String> {
    let mut schema = FILE;
    let mut kind = None;
    for part in path.split('.') {
        let name = part.split('[').next().unwrap_or_default();
        kind = schema.iter().find(|key| key.name == name).map(|key| key.kind);
        match kind? {
            Kind::Table(inner) | Kind::Tables(inner) | Kind::Named(inner) | Kind::WordOr(inner) => {
                schema = inner
            }
            _ => schema = &[],
        }
    }
    match kind? {
        Kind::Text | Kind::Digest | Kind::Table(_) | Kind::Named(_) => None,
        kind => Some(expected(kind, path)),
    }
}

/// Names the key that was probably meant, or the place where it belongs.
pub(super) fn unknown(name: &str, schema: Keys) -> String {
    // A key after the first table belongs to that table, which is easily forgotten.
    if schema.len() > 1 && FILE.iter().any(|key| key.name == name) {
        return format!(
            "{name} belongs at the top of the file, above the first table, or in a table of its own"
        );
    }
    match meant(name, schema) {
        Some(key) => format!("unknown key {}; did you mean {key}?", quote(name)),
        None => format!("unknown key {}; {}", quote(name), in_place(schema)),
    }
}

/// The key that was probably meant.
pub(super) fn meant(name: &str, schema: Keys) -> Option<&'static str> {
    let (d, key) = schema.iter().map(|key| (distance(name, key.name), key.name)).min()?;
    (d <= 2 || key.starts_with(name) || name.starts_with(key)).then_some(key)
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let best = (corner + usize::from(x != y)).min(left + 1).min(*cell + 1);
            corner = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}
