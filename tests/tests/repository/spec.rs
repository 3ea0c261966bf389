//! References to sections of the specification, by number, name what is there.

use pkg_tests::tool;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The documents of the specification, by name.
fn documents() -> BTreeMap<String, String> {
    let folder = tool::workspace().join("format-spec");
    let paths = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let documents = paths.filter(|path| path.extension().is_some_and(|e| e == "md"));
    documents
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), read(&path)))
        .collect()
}

/// The headings of a text, without their signs.
fn headings(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let lines = text.lines().filter(move |line| {
        in_code ^= line.starts_with("```");
        !in_code
    });
    lines.filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim()).collect()
}

/// The section that a heading begins, such as `9.2` or `appendix a`.
fn section(heading: &str) -> Option<String> {
    let mut words = heading.split(' ');
    let first = words.next()?;
    match first {
        "Appendix" => Some(format!("appendix {}", words.next()?.to_lowercase())),
        number if number.starts_with(|c: char| c.is_ascii_digit()) => Some(number.to_owned()),
        _ => None,
    }
}

fn sections(text: &str) -> BTreeSet<String> {
    headings(text).into_iter().filter_map(section).collect()
}

/// The number of a section at the start of a text, and what follows it.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    let is_one = number.starts_with(|c: char| c.is_ascii_digit()) && number.len() < 6;
    is_one.then(|| (number, &text[number.len()..]))
}

/// The sections that a text says are in a document, behind each place where that is named: `SPEC 9.2`,
/// `SPEC 4.4, 5.1`, `SPEC 6.3 to 6.5`, `SPEC, appendix A`.
fn referred(text: &str, document: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(document) {
        let behind = &text[at + document.len()..];
        let behind = behind.strip_prefix(".md").unwrap_or(behind);
        let behind = behind.strip_prefix(&format!("]({document}.md)")).unwrap_or(behind);
        let appendix =
            [", appendix ", " Appendix ", " appendix "].iter().find_map(|p| behind.strip_prefix(p));
        if let Some(letter) = appendix.and_then(|rest| rest.chars().next()) {
            found.push(format!("appendix {}", letter.to_lowercase()));
            continue;
        }
        let Some(mut rest) = behind.strip_prefix(' ') else { continue };
        while let Some((section, behind)) = number(rest) {
            found.push(section.to_owned());
            let more = [", ", " to ", " and "].iter().find_map(|joint| behind.strip_prefix(joint));
            let Some(more) = more else { break };
            rest = more;
        }
    }
    found
}

/// Every text that people or programs of this project read.
fn texts(folder: &Path, out: &mut Vec<PathBuf>) {
    const OTHERS: [&str; 5] = ["target", ".git", "transcripts", "golden", "node_modules"];
    const ENDINGS: [&str; 9] = ["rs", "md", "py", "toml", "h", "c", "mjs", "cddl", "html"];
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !OTHERS.contains(&&*name) {
            texts(&path, out);
        } else if path.is_file() && path.extension().is_some_and(|e| ENDINGS.iter().any(|known| e == *known))
        {
            out.push(path);
        }
    }
}

#[test]
fn a_section_that_is_referred_to_is_there() {
    let documents = documents();
    let known = |name: &str| sections(&documents[&format!("{name}.md")]);
    let (spec, delta) = (known("SPEC"), known("DELTA"));
    assert!(spec.contains("9.2") && spec.contains("appendix a") && delta.contains("8"), "headings are found");
    let (mut files, mut wrong, mut references) = (Vec::new(), Vec::new(), 0);
    texts(&tool::workspace(), &mut files);
    for path in files.iter().filter(|path| !path.ends_with("tests/tests/repository/spec.rs")) {
        let text = read(path);
        for (document, known) in [("SPEC", &spec), ("DELTA", &delta)] {
            for section in referred(&text, document) {
                references += 1;
                if !known.contains(&section) {
                    wrong.push(format!("{}: {document} {section}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "no such sections:\n{}", wrong.join("\n"));
    assert!(references > 200, "{references} references");
}

/// Inside the specification a number in brackets is a section of SPEC.md, wherever that stands.
#[test]
fn a_number_in_brackets_is_a_section() {
    let documents = documents();
    let known = sections(&documents["SPEC.md"]);
    for (name, text) in documents.iter().filter(|(name, _)| *name != "DELTA.md") {
        for (at, _) in text.match_indices('(') {
            if let Some((section, behind)) = number(&text[at + 1..])
                && section.contains('.')
                && behind.starts_with([')', ',', ';'])
            {
                assert!(known.contains(section), "{name}: ({section}{}", &behind[..behind.len().min(20)]);
            }
        }
    }
}

/// What stands in a document of its own keeps its number, and SPEC.md says under it where it is.
#[test]
fn sections_elsewhere_are_announced_in_the_spec() {
    let documents = documents();
    let spec = &documents["SPEC.md"];
    for (name, text) in
        documents.iter().filter(|(name, _)| !["SPEC.md", "DELTA.md", "README.md"].contains(&&***name))
    {
        let there = sections(text);
        assert!(!there.is_empty(), "{name} has no section");
        for section in there {
            let heading = |line: &&str| {
                line.starts_with('#')
                    && self::section(line.trim_start_matches('#').trim()).as_ref() == Some(&section)
            };
            let at = spec
                .lines()
                .position(|line| heading(&line))
                .unwrap_or_else(|| panic!("{name}: no {section} in SPEC.md"));
            let below: String = spec.lines().skip(at + 1).take(3).collect();
            assert!(below.contains(&format!("({name})")), "SPEC.md {section} does not lead to {name}");
        }
    }
}
