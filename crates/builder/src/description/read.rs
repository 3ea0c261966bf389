//! Reading: TOML to values, by the schema, with the place of each.

use super::places::Places;
use super::schema::{FILE, Kind, Schema, in_place};
use super::time::{duration_of, seconds_of};
use crate::error::{Error, Result};
use crate::place::{Included, Place};
use pkg_format::refusal::quote;
use pkg_format::{Digest, Refusal, Rule, Tree};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of the description. Names of files and other packages are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A value as the manifest will carry it.
    Plain(Tree),
    /// A path, relative to the description.
    Path(String),
    /// A state: a digest, or the path of a package.
    State(Reference),
    /// A list of states.
    States(Vec<Reference>),
    /// A list of manifests.
    Manifests(Vec<Reference>),
    Table(Table),
    /// A list of tables, or of texts in their order.
    List(Vec<Value>),
}

/// A digest, or the path of the package it is taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reference {
    Digest(Digest),
    Package(String),
    /// The state that the release itself leads into.
    Own,
}

/// What a description calls the state that its release leads into.
pub(crate) const OWN: &str = "self";

/// The values of a table, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Table(pub(crate) Vec<(String, Value)>);

impl Table {
    /// Takes a value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        let index = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(index).1)
    }

    /// Takes a table out; an absent one is empty.
    pub(crate) fn table(&mut self, key: &str) -> Table {
        match self.take(key) {
            Some(Value::Table(table)) => table,
            _ => Table::default(),
        }
    }

    /// Takes the tables of a list out.
    pub(crate) fn tables(&mut self, key: &str) -> Vec<Table> {
        let Some(Value::List(list)) = self.take(key) else { return Vec::new() };
        list.into_iter().filter_map(|v| if let Value::Table(t) = v { Some(t) } else { None }).collect()
    }

    /// Takes a text out.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::Plain(Tree::Text(text)) | Value::Path(text) => Some(text),
            _ => None,
        }
    }

    /// Takes a list of texts out.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(Value::List(list)) = self.take(key) else { return Vec::new() };
        list.into_iter()
            .filter_map(|v| if let Value::Plain(Tree::Text(t)) = v { Some(t) } else { None })
            .collect()
    }

    /// Takes a number out.
    pub(crate) fn uint(&mut self, key: &str) -> Option<u64> {
        match self.take(key)? {
            Value::Plain(Tree::Uint(n)) => Some(n),
            _ => None,
        }
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| k == key)
    }

    /// Looks at a text without taking it.
    pub(crate) fn peek(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).and_then(|(_, v)| match v {
            Value::Plain(Tree::Text(text)) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// What is read.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The text of the description.
    Own(&'a str),
    /// A file that it includes.
    Included(&'a Arc<Included>),
}

/// Reads one file.
pub(crate) fn read_source(source: Source<'_>) -> Result<(Table, Places)> {
    let (text, included) = match source {
        Source::Own(text) => (text, None),
        Source::Included(file) => (file.text.as_str(), Some(file.clone())),
    };
    let mut reader = Reader { included: included.clone(), places: Places::default() };
    let table = DeTable::parse(text)
        .map_err(|e| Error::Description {
            message: e.message().to_owned(),
            place: e.span().unwrap_or(0..0).into(),
        })
        .and_then(|file| reader.table(file.get_ref(), FILE, ""));
    match table {
        Ok(table) => Ok((table, reader.places)),
        Err(error) => Err(within(error, included)),
    }
}

/// The error, with the file that its place is in.
fn within(error: Error, file: Option<Arc<Included>>) -> Error {
    match error {
        Error::Description { message, place: Place { range, .. } } => {
            Error::Description { message, place: Place { file, range } }
        }
        Error::Refused { refusal, place: Some(Place { range, .. }) } => {
            Error::Refused { refusal, place: Some(Place { file, range }) }
        }
        other => other,
    }
}

struct Reader {
    included: Option<Arc<Included>>,
    places: Places,
}

fn wrong<T>(range: Range<usize>, message: String) -> Result<T> {
    Err(Error::Description { message, place: range.into() })
}

fn illegal<T>(range: Range<usize>, path: &str, why: String) -> Result<T> {
    let refusal = Refusal { rule: Rule::Man4, at: path.to_owned(), why };
    Err(Error::Refused { refusal, place: Some(range.into()) })
}

fn type_name(value: &DeValue<'_>) -> &'static str {
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

pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Reader {
    /// Remembers where a key and its value are.
    fn add(&mut self, path: &str, key: Range<usize>, value: Range<usize>) {
        let place = |range| Place { file: self.included.clone(), range };
        let (key, value) = (place(key), place(value));
        self.places.add(path, key, value);
    }

    fn table(&mut self, table: &DeTable<'_>, schema: Schema, path: &str) -> Result<Table> {
        let mut out = Table::default();
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            let own_note = path.is_empty() && name.starts_with("x-");
            let kind = schema.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
            let Some(kind) = kind.or(own_note.then_some(Kind::Text)) else {
                return wrong(key.span(), unknown(name, schema));
            };
            if path.is_empty() && name == "include" && self.included.is_some() {
                return wrong(key.span(), "an included file cannot include other files".into());
            }
            let inner = join(path, name);
            self.add(&inner, key.span(), value.span());
            out.0.push((name.to_owned(), self.value(value, kind, &inner)?));
        }
        Ok(out)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, kind: Kind, path: &str) -> Result<Value> {
        let place = value.span();
        let plain = |tree| Ok(Value::Plain(tree));
        match (kind, value.get_ref()) {
            (Kind::Text, DeValue::String(text)) => plain(Tree::text(text.as_ref())),
            (Kind::WordOrTexts | Kind::WordOr(_), DeValue::String(word)) => plain(Tree::text(word.as_ref())),
            (Kind::WordOrStates, DeValue::String(word))
                if ["line", "applies-to"].contains(&word.as_ref()) =>
            {
                plain(Tree::text(word.as_ref()))
            }
            (Kind::Path, DeValue::String(text)) => Ok(Value::Path(text.as_ref().to_owned())),
            (Kind::Uint, DeValue::Integer(n)) => match u64::from_str_radix(n.as_str(), n.radix()) {
                Ok(n) => plain(Tree::Uint(n)),
                Err(_) => {
                    illegal(place, path, format!("expected a number of 0 or more, found {}", n.as_str()))
                }
            },
            (Kind::Bool, DeValue::Boolean(b)) => plain(Tree::Bool(*b)),
            (Kind::Time, v) => self.time(v, place, path),
            (Kind::Duration, v) => self.duration(v, place, path),
            (Kind::Digest, DeValue::String(text)) => match Digest::from_hex(text) {
                Some(digest) => plain(Tree::Bytes(digest.0.to_vec())),
                None => illegal(place, path, format!("expected 64 hex digits, found {}", quote(text))),
            },
            (Kind::State, DeValue::String(text)) => Ok(Value::State(reference(text))),
            (Kind::States | Kind::WordOrStates, DeValue::Array(_)) => {
                Ok(Value::States(self.references(value, path)?))
            }
            (Kind::Manifests, DeValue::Array(_)) => Ok(Value::Manifests(self.references(value, path)?)),
            (Kind::Texts | Kind::WordOrTexts, DeValue::Table(table)) => {
                let entries = self.strings(table, path)?;
                plain(Tree::Map(entries.into_iter().map(|(k, v)| (k, Tree::Text(v))).collect()))
            }
            (Kind::Paths, DeValue::Table(table)) => {
                let entries = self.strings(table, path)?;
                Ok(Value::Table(Table(entries.into_iter().map(|(k, v)| (k, Value::Path(v))).collect())))
            }
            (Kind::Set, DeValue::Array(_)) => {
                let mut set = self.list_of_strings(value, path)?;
                set.sort();
                set.dedup();
                plain(Tree::List(set.into_iter().map(Tree::Text).collect()))
            }
            (Kind::Texts1, DeValue::Array(_)) => {
                let list = self.list_of_strings(value, path)?;
                Ok(Value::List(list.into_iter().map(|t| Value::Plain(Tree::Text(t))).collect()))
            }
            (Kind::Uints, DeValue::Array(array)) => {
                let mut set = Vec::new();
                for (i, item) in array.iter().enumerate() {
                    match self.value(item, Kind::Uint, &format!("{path}[{i}]"))? {
                        Value::Plain(Tree::Uint(n)) => set.push(n),
                        _ => return wrong(item.span(), "expected a number".into()),
                    }
                }
                set.sort_unstable();
                set.dedup();
                plain(Tree::List(set.into_iter().map(Tree::Uint).collect()))
            }
            (Kind::Table(schema) | Kind::WordOr(schema), DeValue::Table(table)) => {
                Ok(Value::Table(self.table(table, schema, path)?))
            }
            (Kind::Named(schema), DeValue::Table(table)) => {
                let mut out = Table::default();
                for (name, value) in table.iter() {
                    let inner = join(path, name.get_ref());
                    self.add(&inner, name.span(), value.span());
                    out.0.push((name.get_ref().to_string(), self.value(value, Kind::Table(schema), &inner)?));
                }
                Ok(Value::Table(out))
            }
            (Kind::Tables(schema), DeValue::Array(array)) => {
                let mut out = Vec::new();
                for (i, item) in array.iter().enumerate() {
                    let inner = format!("{path}[{i}]");
                    self.add(&inner, item.span(), item.span());
                    out.push(self.value(item, Kind::Table(schema), &inner)?);
                }
                Ok(Value::List(out))
            }
            (kind, found) => wrong(place, format!("expected {}, found {}", expected(kind), type_name(found))),
        }
    }

    fn strings(&mut self, table: &DeTable<'_>, path: &str) -> Result<Vec<(String, String)>> {
        let mut out = Vec::new();
        for (key, value) in table.iter() {
            let DeValue::String(text) = value.get_ref() else {
                return wrong(
                    value.span(),
                    format!("expected a string, found {}", type_name(value.get_ref())),
                );
            };
            self.add(&join(path, key.get_ref()), key.span(), value.span());
            out.push((key.get_ref().to_string(), text.to_string()));
        }
        Ok(out)
    }

    fn list_of_strings(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Result<Vec<String>> {
        let DeValue::Array(array) = value.get_ref() else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for (i, item) in array.iter().enumerate() {
            let DeValue::String(text) = item.get_ref() else {
                return wrong(item.span(), format!("expected a string, found {}", type_name(item.get_ref())));
            };
            self.add(&format!("{path}[{i}]"), item.span(), item.span());
            out.push(text.to_string());
        }
        Ok(out)
    }

    fn references(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Result<Vec<Reference>> {
        Ok(self.list_of_strings(value, path)?.iter().map(|text| reference(text)).collect())
    }

    fn time(&self, value: &DeValue<'_>, place: Range<usize>, path: &str) -> Result<Value> {
        let text = match value {
            DeValue::Integer(n) => match u64::from_str_radix(n.as_str(), n.radix()) {
                Ok(seconds) => return Ok(Value::Plain(Tree::Uint(seconds))),
                Err(_) => return illegal(place, path, "expected a time after 1970".into()),
            },
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            other => return wrong(place, format!("expected a time, found {}", type_name(other))),
        };
        match seconds_of(&text) {
            Some(seconds) => Ok(Value::Plain(Tree::Uint(seconds))),
            None => illegal(
                place,
                path,
                format!("expected a time like 2026-11-22 or 2026-11-22T12:00:00Z, found {}", quote(&text)),
            ),
        }
    }

    fn duration(&self, value: &DeValue<'_>, place: Range<usize>, path: &str) -> Result<Value> {
        let seconds = match value {
            // 72 of what? Taken as seconds it would be a minute.
            DeValue::Integer(n) => {
                let why = format!("expected a duration like \"{n}h\" or \"{n}d\", found {n} without a unit");
                return illegal(place, path, why);
            }
            DeValue::String(text) => duration_of(text),
            other => return wrong(place, format!("expected a duration, found {}", type_name(other))),
        };
        match seconds {
            Some(seconds) => Ok(Value::Plain(Tree::Uint(seconds))),
            None => illegal(place, path, "expected a duration like 90s, 30m, 72h, 14d or 2w".into()),
        }
    }
}

fn reference(text: &str) -> Reference {
    if text == OWN {
        return Reference::Own;
    }
    Digest::from_hex(text).map_or_else(|| Reference::Package(text.to_owned()), Reference::Digest)
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Path | Kind::Digest | Kind::State => "a string",
        Kind::Texts => "texts by language, such as text.en = \"…\"",
        Kind::Uint => "a number",
        Kind::Bool => "true or false",
        Kind::Time => "a time",
        Kind::Duration => "a duration",
        Kind::Set | Kind::States | Kind::Manifests | Kind::Texts1 => "a list of strings",
        Kind::Uints => "a list of numbers",
        Kind::WordOrStates => "\"line\" or \"applies-to\", or a list of digests or packages",
        Kind::WordOrTexts => "a string, or texts by language",
        Kind::WordOr(_) => "a string or a table",
        Kind::Table(_) | Kind::Named(_) | Kind::Paths => "a table",
        Kind::Tables(_) => "a list of tables ([[…]])",
    }
}

/// Names the key that was probably meant, or the place where it belongs.
fn unknown(name: &str, schema: Schema) -> String {
    // A key after the first table belongs to that table, which is easily forgotten.
    if schema.len() > 1 && FILE.iter().any(|(key, _)| *key == name) {
        return format!(
            "{name} belongs at the top of the file, above the first table, or in a table of its own"
        );
    }
    let near = schema.iter().map(|(key, _)| (distance(name, key), *key)).min();
    match near {
        Some((d, key)) if d <= 2 || key.starts_with(name) || name.starts_with(key) => {
            format!("unknown key {}; did you mean {key}?", quote(name))
        }
        _ => format!("unknown key {}; {}", quote(name), in_place(schema)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (String, &str) {
        match read_source(Source::Own(text)) {
            Err(Error::Description { message, place }) => (message, &text[place.range]),
            Err(Error::Refused { refusal, place }) => (refusal.to_string(), &text[place.unwrap().range]),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_fault_points_at_its_place() {
        assert_eq!(fault("[release]\nverson = \"1\"").1, "verson");
        assert!(fault("[release]\nverson = \"1\"").0.contains("did you mean version"));
        assert_eq!(fault("[release]\nversion = 14"), ("expected a string, found a number".into(), "14"));
        assert_eq!(fault("[[fix]]\nimpact = \"bad\"").1, "\"bad\"");
        assert_eq!(fault("[automatic]\ninstall-within = \"soon\"").1, "\"soon\"");
        assert!(
            fault("[automatic]\ninstall-within = \"soon\"").0.starts_with("[MAN-4] automatic.install-within")
        );
        assert!(fault("a = 1\na = 2").0.contains("duplicate key"));
        assert_eq!(fault("fix = 3").1, "3");
        assert!(fault("[[fix]]\n[fix.disclosure]\nreason = 1").0.contains("disclosure = { delayed = {"));
    }
}
