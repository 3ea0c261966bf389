//! Links in pages lead somewhere, and the book has every page.

use pkg_tests::tool;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Every page of this repository.
fn pages(folder: &Path, out: &mut Vec<PathBuf>) {
    const OTHERS: [&str; 4] = ["target", ".git", "node_modules", "corpus"];
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !OTHERS.contains(&&*name) {
            pages(&path, out);
        } else if path.is_file() && path.extension().is_some_and(|e| e == "md") {
            out.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines of a page that are no code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// The anchors of a page: one for each heading, as GitHub and mdBook write them. Of two that are equal, the second has a
/// number.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(text).filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept: String = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
        let plain = kept.replace(' ', "-");
        let name = |n: usize| if n == 0 { plain.clone() } else { format!("{plain}-{n}") };
        anchors.insert((0..).map(name).find(|a| !anchors.contains(a)).expect("a name"));
    }
    anchors
}

/// What a page links to.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        // What is between backquotes is no link.
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        let targets = plain.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.extend(targets.map(str::to_owned));
    }
    found
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[test]
fn links_of_pages_lead_to_files_and_headings() {
    let (mut all, mut wrong, mut count) = (Vec::new(), Vec::new(), 0);
    pages(&tool::workspace(), &mut all);
    for page in &all {
        let text = read(page);
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => plain(&page.parent().expect("a folder").join(file)),
            };
            let is_page = target.extension().is_some_and(|e| e == "md");
            let leads =
                target.exists() && (anchor.is_empty() || is_page && anchors(&read(&target)).contains(anchor));
            if !leads {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
    assert!(count > 300, "{count} links");
}

#[test]
fn anchors_are_those_that_readers_see() {
    let page =
        "# `pkg` and you\n## A, b: c!\n## A, b: c!\n```sh\n# not this\n```\n### `[advisory.LANGUAGE]`\n";
    let expected = ["pkg-and-you", "a-b-c", "a-b-c-1", "advisorylanguage"].map(str::to_owned);
    assert_eq!(anchors(page), BTreeSet::from(expected));
    assert_eq!(links("a [b](c.md#d) `[e](f)` [g](h)\n```\n[i](j)\n```\n"), ["c.md#d", "h"]);
}

/// What the book leaves out would be found by nobody.
#[test]
fn the_book_has_every_page() {
    let docs = tool::workspace().join("docs");
    let listed: BTreeSet<_> =
        links(&read(&docs.join("SUMMARY.md"))).iter().map(|link| plain(&docs.join(link))).collect();
    let mut all = Vec::new();
    pages(&docs, &mut all);
    let missing: Vec<_> = all.iter().filter(|p| !listed.contains(*p) && !p.ends_with("SUMMARY.md")).collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md does not list {missing:?}");
    let specification =
        listed.iter().filter(|p| p.starts_with(tool::workspace().join("format-spec"))).count();
    assert!(specification > 5, "the book has the specification too");
}
