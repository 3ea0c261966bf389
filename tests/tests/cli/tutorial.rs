//! The tutorial works as it is written: its commands are run in the order of its pages, and its files are written as it
//! shows them.

use super::shown::{Shell, page, steps};
use std::fs;

/// The pages, in their order.
const PAGES: [&str; 4] = ["first-release", "hotfix", "notice", "key-rotation"];

/// The blocks of a page: what stands behind the signs of the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), is_open, blocks.last_mut()) {
            (Some(info), false, _) => blocks.push((info.to_owned(), String::new())),
            (None, true, Some((_, text))) => text.push_str(&format!("{line}\n")),
            _ => {}
        }
        is_open ^= line.starts_with("```");
    }
    blocks
}

#[test]
fn the_tutorial_works_as_it_is_written() {
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Shell::new(home.path(), home.path());
    let (mut wrong, mut commands, mut files) = (Vec::new(), 0, 0);
    for name in PAGES {
        let page = page(&format!("docs/tutorial/{name}.md"));
        assert!(!page.contains("SPEC"), "{name}: a tutorial sends nobody to the specification");
        for (info, text) in blocks(&page) {
            if let Some(file) = info.strip_prefix("toml file=") {
                fs::write(shell.folder().join(file), text).expect("a file");
                files += 1;
            } else {
                assert_eq!(info, "console", "{name}");
                for step in steps(&text) {
                    commands += 1;
                    wrong.extend(shell.differs(&step).map(|told| format!("{name}: {told}")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the tutorial shows other than this:\n{}", wrong.join("\n"));
    assert!(commands > 40 && files > 3, "{commands} commands, {files} files");
}
