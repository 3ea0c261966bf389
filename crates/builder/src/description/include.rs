//! `include`: what several descriptions share is in a file of its own.
//!
//! An included file is read like a description, and includes nothing itself. Tables are merged key by key. Any other
//! value, a list too, is replaced by that of a file that is included later, and by that of the description.

use super::places::Places;
use super::read::{Read, Source, join, read_source};
use super::table::{Table, Value};
use crate::error::{Error, Result};
use crate::input::Input;
use crate::place::{Included, Place};
use pkg_files::Roots;
use pkg_format::Tree;
use std::sync::Arc;

/// Product, hardware, support period and texts need a few files. With more, nobody finds where a value comes from.
const FILES: usize = 16;

/// A manifest has at most 1 MiB, so a longer file cannot become a part of one.
const BYTES: u64 = 1 << 20;

/// Reads a description and the files that it includes, and merges them.
///
/// # Errors
/// One of them cannot be read, or is not TOML. All other faults are in the result.
pub(crate) fn read(text: &str, roots: &Roots) -> Result<Read> {
    let mut own = read_source(Source::Own(text))?;
    let names = own.table.texts("include");
    let wrong = |path: &str, message| {
        let place = own.places.of(path).unwrap_or_else(|| Place::from(0..0));
        Error::Description { message, place }
    };
    if names.len() > FILES {
        let message = format!("expected at most {FILES} files, found {}", names.len());
        return Err(wrong("include", message));
    }
    let mut all = Read::default();
    for (i, name) in names.iter().enumerate() {
        let file = read_file(name, roots, |why| wrong(&format!("include[{i}]"), format!("{name} {why}")))?;
        add(&mut all, read_source(Source::Included(&file))?);
    }
    add(&mut all, own);
    Ok(all)
}

/// Adds what a later file says. A fault of a value that it replaces is one no longer.
fn add(all: &mut Read, mut later: Read) {
    let written = |path: &str| later.places.has(path);
    all.faults.retain(|fault| !written(&fault.path));
    merge(&mut all.table, later.table, &mut all.places, "");
    all.places.append(later.places);
    all.faults.append(&mut later.faults);
}

/// Reads the text of an included file.
fn read_file(name: &str, roots: &Roots, wrong: impl Fn(String) -> Error) -> Result<Arc<Included>> {
    let path = Input::described(roots, name)?;
    let bytes = path.read(BYTES)?;
    if u64::try_from(bytes.len()).map_or(true, |length| length > BYTES) {
        return Err(wrong(format!("is larger than {} MiB", BYTES >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text".into()))?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let path = path.strip_prefix(".").unwrap_or(&path).to_path_buf();
    Ok(Arc::new(Included { path, text }))
}

/// Puts the values of `over` into `under`, and forgets the places of those that they replace.
fn merge(under: &mut Table, over: Table, places: &mut Places, path: &str) {
    for (key, value) in over.0 {
        let inner = join(path, &key);
        match (under.0.iter_mut().find(|(k, _)| *k == key).map(|(_, v)| v), value) {
            (Some(Value::Table(under)), Value::Table(over)) => {
                places.forget(&inner);
                merge(under, over, places, &inner);
            }
            (Some(Value::Plain(Tree::Map(under))), Value::Plain(Tree::Map(over))) => {
                places.forget(&inner);
                for (name, text) in over {
                    places.forget_all(&join(&inner, &name));
                    under.retain(|(k, _)| *k != name);
                    under.push((name, text));
                }
            }
            (Some(under), value) => {
                places.forget_all(&inner);
                *under = value;
            }
            (None, value) => under.0.push((key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description and its files, merged.
    fn merged(own: &str, files: &[(&str, &str)]) -> Result<(Table, Places)> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        read(own, &Roots::new(dir.path(), &[]).unwrap()).map(|read| (read.table, read.places))
    }

    /// What is written at the place of a field, and in which file.
    fn written(places: &Places, own: &str, field: &str) -> (String, String) {
        let place = places.of(field).unwrap();
        let (file, text) = match &place.file {
            Some(file) => (file.path.file_name().unwrap().to_str().unwrap().to_owned(), file.text.as_str()),
            None => ("release.toml".to_owned(), own),
        };
        (file, text[place.range].to_owned())
    }

    #[test]
    fn tables_are_merged_and_all_else_is_replaced() {
        let a = "[product]\nvendor = \"a\"\nname = \"a\"\nhardware = [\"r1\", \"r2\"]\n[automatic]\nopt-out.en = \"off\"\nopt-out.de = \"aus\"\n[[fix]]\nid = \"X-1\"\n[[fix]]\nid = \"X-2\"\n";
        let b = "[product]\nname = \"b\"\n[support]\nuntil = \"2036-12\"\n";
        let own = "include = [\"a.toml\", \"b.toml\"]\n[product]\nhardware = [\"r3\"]\n[automatic]\nopt-out.en = \"Menu\"\n[[fix]]\nid = \"X-3\"\n";
        let (mut table, places) = merged(own, &[("a.toml", a), ("b.toml", b)]).unwrap();
        let alone = "[product]\nvendor = \"a\"\nname = \"b\"\nhardware = [\"r3\"]\n[automatic]\nopt-out.de = \"aus\"\nopt-out.en = \"Menu\"\n[[fix]]\nid = \"X-3\"\n[support]\nuntil = \"2036-12\"\n";
        let mut whole = read_source(Source::Own(alone)).unwrap().table;
        for key in ["product", "automatic", "support"] {
            assert_eq!(sorted(table.table(key)), sorted(whole.table(key)), "{key}");
        }
        assert_eq!(table.tables("fix"), whole.tables("fix"));
        assert!(table.0.is_empty(), "{table:?}");
        for (field, file, text) in [
            ("product.vendor", "a.toml", "\"a\""),
            ("product.name", "b.toml", "\"b\""),
            ("product.hardware[0]", "release.toml", "\"r3\""),
            ("product.hardware[1]", "release.toml", "hardware"),
            ("automatic.opt-out.de", "a.toml", "\"aus\""),
            ("automatic.opt-out.en", "release.toml", "\"Menu\""),
            ("automatic.default", "release.toml", "automatic"),
            ("support.until", "b.toml", "\"2036-12\""),
            ("fixes[0].id", "release.toml", "\"X-3\""),
        ] {
            assert_eq!(written(&places, own, field), (file.into(), text.into()), "{field}");
        }
        assert!(places.of("fixes[1].id").is_some_and(|p| p.file.is_none()), "the replaced list is forgotten");
    }

    fn sorted(mut table: Table) -> Table {
        for (_, value) in &mut table.0 {
            if let Value::Plain(Tree::Map(map)) = value {
                map.sort_by(|a, b| a.0.cmp(&b.0));
            }
        }
        table.0.sort_by(|a, b| a.0.cmp(&b.0));
        table
    }
}
