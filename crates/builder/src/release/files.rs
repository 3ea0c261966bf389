//! What a description names by its file: images, evidence, the details of an advisory.

use super::map::{Map, default, put};
use super::prior::PriorPackages;
use crate::description::{Table, Value};
use crate::error::{Error, Result};
use crate::input::Input;
use pkg_format::cbor::Wire;
use pkg_format::{Digest, Tree};

/// The components and files of the images; sizes and digests come when they are read.
pub(super) fn image_files(
    table: &mut Table,
    map: &mut Map,
    archive: &PriorPackages<'_>,
) -> Result<Vec<(Option<String>, Option<Input>)>> {
    let mut files = Vec::new();
    let mut list = Vec::new();
    for (i, mut image) in table.tables("image").into_iter().enumerate() {
        let mut entry = Map::new();
        for key in ["component", "version"] {
            if let Some(text) = image.peek(key) {
                put(&mut entry, key, Tree::text(text));
            }
        }
        let file = image.text("file").map(|f| archive.input(&f)).transpose();
        let file = file.map_err(|e| e.named(&format!("image[{i}].file")))?;
        files.push((image.text("component"), file));
        list.push(Tree::Map(entry));
    }
    if !list.is_empty() {
        put(map, "images", Tree::List(list));
    }
    Ok(files)
}

/// Evidence entries. For those with a file, size and digest are taken; the others are copied.
pub(super) fn evidence(
    table: &mut Table,
    map: &mut Map,
    archive: &PriorPackages<'_>,
) -> Result<Vec<(u64, Input)>> {
    let mut files = Vec::new();
    let mut list = Vec::new();
    for (index, mut entry) in (0u64..).zip(table.tables("evidence")) {
        let at = |e: Error| e.named(&format!("evidence[{index}].file"));
        let file = entry.text("file").map(|f| archive.input(&f)).transpose().map_err(at)?;
        let mut fields: Map = entry
            .0
            .into_iter()
            .filter_map(|(k, v)| match v {
                Value::Plain(tree) => Some((k, tree)),
                _ => None,
            })
            .collect();
        if let Some(path) = file {
            let bytes = path.read(pkg_format::limits::EVIDENCE_BYTES).map_err(at)?;
            default(&mut fields, "size", Tree::Uint(u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
            default(&mut fields, "sha256", Digest::of(&bytes).encode());
            files.push((index, path));
        }
        list.push(Tree::Map(fields));
    }
    if !list.is_empty() {
        put(map, "evidence", Tree::List(list));
    }
    Ok(files)
}

/// The advisory; its details may be in a file of their own.
pub(super) fn advisory(table: &mut Table, map: &mut Map, archive: &PriorPackages<'_>) -> Result<()> {
    if !table.has("advisory") {
        return Ok(());
    }
    let mut languages = Map::new();
    for (language, text) in table.table("advisory").0 {
        let Value::Table(mut text) = text else { continue };
        let mut fields = Map::new();
        if let Some(file) = text.text("details-file") {
            let at = |e: Error| e.named(&format!("advisory.{language}.details-file"));
            let path = archive.input(&file).map_err(at)?;
            let bytes = path.read(pkg_format::limits::EVIDENCE_BYTES).map_err(at)?;
            let details = String::from_utf8(bytes).map_err(|_| {
                at(Error::file(
                    "read",
                    path.to_path_buf(),
                    std::io::Error::new(std::io::ErrorKind::InvalidData, "not UTF-8 text"),
                ))
            })?;
            // An editor's line end at the end of the file is not part of the text.
            let details = details.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            put(&mut fields, "details", Tree::text(details.trim_end_matches('\n')));
        }
        for (key, value) in text.0 {
            if let Value::Plain(tree) = value {
                default(&mut fields, &key, tree);
            }
        }
        put(&mut languages, &language, Tree::Map(fields));
    }
    put(map, "advisory", Tree::Map(languages));
    Ok(())
}
