//! Reading: TOML to values, by the schema, with the place of each.

use super::expected::{expected, meant, type_name, unknown};
use super::places::Places;
use super::schema::FILE;
use super::table::{OWN, Reference, Table, Value};
use super::time::{duration_of, seconds_of};
use crate::error::{Error, Result};
use crate::place::{Included, Place};
use pkg_format::description::not_filled_in;
use pkg_format::refusal::quote;
use pkg_format::{Digest, Refusal, Rule, Tree};
use pkg_reference::{Keys, Kind};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is read.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The text of the description.
    Own(&'a str),
    /// A file that it includes.
    Included(&'a Arc<Included>),
}

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) table: Table,
    pub(crate) places: Places,
    /// What could not be read. It is left out of the table.
    pub(crate) faults: Vec<Fault>,
}

/// A fault of a description.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The key or table that it is about, such as `fix[0].severity`.
    pub(crate) path: String,
    pub(crate) error: Error,
}

/// Reads one file.
///
/// # Errors
/// It is not TOML. All other faults are in the result.
pub(crate) fn read_source(source: Source<'_>) -> Result<Read> {
    let (text, included) = match source {
        Source::Own(text) => (text, None),
        Source::Included(file) => (file.text.as_str(), Some(file.clone())),
    };
    let file = DeTable::parse(text).map_err(|e| Error::Description {
        message: e.message().to_owned(),
        place: Place { file: included.clone(), range: e.span().unwrap_or(0..0) },
    })?;
    let mut reader = Reader { included, places: Places::default(), faults: Vec::new() };
    let table = reader.table(file.get_ref(), FILE, "");
    Ok(Read { table, places: reader.places, faults: reader.faults })
}

struct Reader {
    included: Option<Arc<Included>>,
    places: Places,
    faults: Vec<Fault>,
}

fn wrong<T>(range: Range<usize>, message: String) -> Result<T> {
    Err(Error::Description { message, place: range.into() })
}

fn illegal<T>(range: Range<usize>, path: &str, why: String) -> Result<T> {
    let refusal = Refusal { rule: Rule::Man4, at: path.to_owned(), why };
    Err(Error::Refused { refusal, place: Some(range.into()) })
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

    /// Remembers a fault, with the file that its place is in.
    fn fault(&mut self, path: String, error: Error) {
        let file = self.included.clone();
        let error = match error {
            Error::Description { message, place: Place { range, .. } } => {
                Error::Description { message, place: Place { file, range } }
            }
            Error::Refused { refusal, place: Some(Place { range, .. }) } => {
                Error::Refused { refusal, place: Some(Place { file, range }) }
            }
            other => other,
        };
        self.faults.push(Fault { path, error });
    }

    fn unreadable(&mut self, path: String, range: Range<usize>, message: String) {
        self.fault(path, Error::Description { message, place: range.into() });
    }

    fn table(&mut self, table: &DeTable<'_>, schema: Keys, path: &str) -> Table {
        let mut out = Table::default();
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            let own_note = path.is_empty() && name.starts_with("x-");
            let kind = schema.iter().find(|key| key.name == name).map(|key| key.kind);
            let Some(kind) = kind.or(own_note.then_some(Kind::Text)) else {
                let inner = join(path, meant(name, schema).unwrap_or(name));
                self.unreadable(inner, key.span(), unknown(name, schema));
                continue;
            };
            let inner = join(path, name);
            if inner == "include" && self.included.is_some() {
                // It is no fault of the key of the same name in the description.
                let message = "an included file cannot include other files".into();
                self.unreadable(String::new(), key.span(), message);
                continue;
            }
            self.add(&inner, key.span(), value.span());
            match self.value(value, kind, &inner) {
                Ok(value) => out.0.push((name.to_owned(), value)),
                Err(error) => self.fault(inner, error),
            }
        }
        out
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, kind: Kind, path: &str) -> Result<Value> {
        let place = value.span();
        let plain = |tree| Ok(Value::Plain(tree));
        if let DeValue::String(text) = value.get_ref() {
            filled_in(text, place.clone(), path)?;
        }
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
            (Kind::State, DeValue::String(text)) => match no_reference(text) {
                Some(why) => illegal(place, path, why),
                None => Ok(Value::State(reference(text))),
            },
            (Kind::States | Kind::WordOrStates, DeValue::Array(_)) => {
                Ok(Value::States(self.references(value, path)))
            }
            (Kind::Manifests, DeValue::Array(_)) => Ok(Value::Manifests(self.references(value, path))),
            (Kind::Texts | Kind::WordOrTexts, DeValue::Table(table)) => {
                let entries = self.strings(table, path);
                plain(Tree::Map(entries.into_iter().map(|(k, v)| (k, Tree::Text(v))).collect()))
            }
            (Kind::Paths, DeValue::Table(table)) => {
                let entries = self.strings(table, path);
                Ok(Value::Table(Table(entries.into_iter().map(|(k, v)| (k, Value::Path(v))).collect())))
            }
            (Kind::Set, DeValue::Array(_)) => {
                let mut set = self.list_of_strings(value, path);
                set.sort();
                set.dedup();
                plain(Tree::List(set.into_iter().map(Tree::Text).collect()))
            }
            (Kind::List, DeValue::Array(_)) => {
                let list = self.list_of_strings(value, path);
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
                Ok(Value::Table(self.table(table, schema, path)))
            }
            (Kind::Named(schema), DeValue::Table(table)) => {
                let mut out = Table::default();
                for (name, value) in table.iter() {
                    let inner = join(path, name.get_ref());
                    self.add(&inner, name.span(), value.span());
                    match self.value(value, Kind::Table(schema), &inner) {
                        Ok(value) => out.0.push((name.get_ref().to_string(), value)),
                        Err(error) => self.fault(inner, error),
                    }
                }
                Ok(Value::Table(out))
            }
            (Kind::Tables(schema), DeValue::Array(array)) => {
                let mut out = Vec::new();
                for (i, item) in array.iter().enumerate() {
                    let inner = format!("{path}[{i}]");
                    self.add(&inner, item.span(), item.span());
                    // An entry that cannot be read keeps its place, so that the next ones keep theirs.
                    match self.value(item, Kind::Table(schema), &inner) {
                        Ok(value) => out.push(value),
                        Err(error) => {
                            self.fault(inner, error);
                            out.push(Value::Table(Table::default()));
                        }
                    }
                }
                Ok(Value::List(out))
            }
            (kind, found) => {
                wrong(place, format!("expected {}, found {}", expected(kind, path), type_name(found)))
            }
        }
    }

    fn strings(&mut self, table: &DeTable<'_>, path: &str) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for (key, value) in table.iter() {
            let inner = join(path, key.get_ref());
            self.add(&inner, key.span(), value.span());
            match string(value, &inner) {
                Ok(text) => out.push((key.get_ref().to_string(), text)),
                Err(error) => self.fault(inner, error),
            }
        }
        out
    }

    fn list_of_strings(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Vec<String> {
        let DeValue::Array(array) = value.get_ref() else { return Vec::new() };
        let mut out = Vec::new();
        for (i, item) in array.iter().enumerate() {
            let inner = format!("{path}[{i}]");
            self.add(&inner, item.span(), item.span());
            match string(item, &inner) {
                Ok(text) => out.push(text),
                Err(error) => self.fault(inner, error),
            }
        }
        out
    }

    fn references(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Vec<Reference> {
        let DeValue::Array(array) = value.get_ref() else { return Vec::new() };
        let mut out = Vec::new();
        for (i, item) in array.iter().enumerate() {
            let inner = format!("{path}[{i}]");
            self.add(&inner, item.span(), item.span());
            let read = string(item, &inner).and_then(|text| match no_reference(&text) {
                Some(why) => illegal(item.span(), &inner, why),
                None => Ok(reference(&text)),
            });
            match read {
                Ok(reference) => out.push(reference),
                Err(error) => self.fault(inner, error),
            }
        }
        out
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

/// A text that a person has filled in.
fn filled_in(text: &str, place: Range<usize>, path: &str) -> Result<()> {
    let Some(why) = not_filled_in(text) else { return Ok(()) };
    let refusal = Refusal { rule: Rule::Man1, at: path.to_owned(), why };
    Err(Error::Refused { refusal, place: Some(place.into()) })
}

fn string(value: &Spanned<DeValue<'_>>, path: &str) -> Result<String> {
    let DeValue::String(text) = value.get_ref() else {
        return wrong(value.span(), format!("expected a string, found {}", type_name(value.get_ref())));
    };
    filled_in(text, value.span(), path)?;
    Ok(text.to_string())
}

/// How the refusal of a text begins that names no package.
pub const NO_REFERENCE: &str = "expected a package or a digest";

/// Why a text can name no package, such as a version: a path has a folder or ends in `.pkg`.
fn no_reference(text: &str) -> Option<String> {
    let can = text == OWN || Digest::from_hex(text).is_some() || text.contains(['/', '\\']);
    (!can && !text.ends_with(".pkg")).then(|| format!("{NO_REFERENCE}, found {}", quote(text)))
}

fn reference(text: &str) -> Reference {
    if text == OWN {
        return Reference::Own;
    }
    Digest::from_hex(text).map_or_else(|| Reference::Package(text.to_owned()), Reference::Digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (String, &str) {
        let error = match read_source(Source::Own(text)) {
            Ok(read) => read.faults.into_iter().next().unwrap().error,
            Err(error) => error,
        };
        match error {
            Error::Description { message, place } => (message, &text[place.range]),
            Error::Refused { refusal, place } => (refusal.to_string(), &text[place.unwrap().range]),
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
    #[test]
    fn all_faults_are_found_and_the_rest_is_kept() {
        let text = "clas = 1\n[product]\nvendor = 1\nname = \"cam\"\nhardware = [\"a\", 2]\n[[fix]]\nid = 3\n[[fix]]\nid = \"X-2\"\nimpact.en = \"<Say it>\"\nimpact.de = \"so\"\n";
        let mut read = read_source(Source::Own(text)).unwrap();
        let paths: Vec<_> = read.faults.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["clas", "fix[0].id", "fix[1].impact.en", "product.hardware[1]", "product.vendor"]);
        assert_eq!(read.table.table("product").text("name").as_deref(), Some("cam"));
        let mut fixes = read.table.tables("fix");
        assert_eq!(fixes.pop().unwrap().text("id").as_deref(), Some("X-2"));
        assert_eq!(fixes, [Table::default()]);
    }

    /// The reference shows no example that the reader refuses.
    #[test]
    fn every_example_of_the_reference_is_read() {
        let samples = pkg_reference::samples(&crate::REFERENCE);
        assert!(samples.len() > 150, "{}", samples.len());
        for sample in samples {
            let read =
                read_source(Source::Own(&sample.text)).unwrap_or_else(|e| panic!("{e}: {}", sample.text));
            assert!(read.faults.is_empty(), "{}\n{:?}", sample.text, read.faults);
            let read = read_source(Source::Own(&sample.with_unknown)).unwrap();
            assert_eq!(read.faults.len(), 1, "{}", sample.with_unknown);
        }
    }

    #[test]
    fn what_is_not_filled_in_is_missing() {
        let (message, place) = fault("[release]\nversion = \"<Which one?>\"");
        assert_eq!(
            (message.as_str(), place),
            ("[MAN-1] release.version: not filled in: Which one?", "\"<Which one?>\"")
        );
        assert_eq!(fault("[support]\nuntil = \"<month>\"").1, "\"<month>\"");
        assert_eq!(fault("[product]\nhardware = [\"<id>\"]").1, "\"<id>\"");
    }
}
