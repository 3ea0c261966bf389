//! What is written by a program and kept in git is what that program writes now; and figures that stand
//! in the spec are those of the code.

use pkg_format::limits;
use pkg_tests::tool;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Folders of which everything is generated.
const FOLDERS: [&str; 2] = ["cli/man", "cli/completions"];

/// The files of a folder that holds no other folders.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read_to_string(entry.path()).expect("a text"))
    };
    entries.map(file).collect()
}

/// The first line that differs, for a message.
fn first_difference(there: &str, new: &str) -> Option<String> {
    let place = there.lines().zip(new.lines()).position(|(a, b)| a != b);
    let place = place.unwrap_or_else(|| there.lines().count().min(new.lines().count()));
    let line = |text: &str| text.lines().nth(place).unwrap_or("(nothing)").to_owned();
    (there != new).then(|| format!("line {}:\n  is    {}\n  needs {}", place + 1, line(there), line(new)))
}

#[test]
fn generating_again_makes_no_difference() {
    const AGAIN: &str = "run: cargo run -p pkg-tests --bin generate";
    let to = tempfile::tempdir().expect("a folder");
    let run = Command::new(env!("CARGO_BIN_EXE_generate")).arg(to.path()).output().expect("generate runs");
    let run = tool::of(run);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let workspace = tool::workspace();
    for folder in FOLDERS {
        let (there, new) = (files(&workspace.join(folder)), files(&to.path().join(folder)));
        assert_eq!(there.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>(), "{folder}: {AGAIN}");
        for (name, text) in &new {
            let difference = first_difference(&there[name], text);
            assert_eq!(difference, None, "{folder}/{name}: {AGAIN}");
        }
    }
    let spec = |root: &Path| fs::read_to_string(root.join("format-spec/SPEC.md")).expect("the spec");
    assert_eq!(first_difference(&spec(&workspace), &spec(to.path())), None, "SPEC.md: {AGAIN}");
}

/// Every command has a page, and pages and completions know every argument of its help.
#[test]
fn pages_and_completions_are_complete() {
    let folder = tool::workspace().join("cli");
    let pages = files(&folder.join("man"));
    let completions = files(&folder.join("completions"));
    assert_eq!(completions.keys().collect::<Vec<_>>(), ["_pkg", "pkg.bash", "pkg.fish"]);
    for command in tool::commands() {
        let name = command.page();
        let page = &pages[&format!("{name}.1")];
        let help = tool::run(&folder, &command.help("--help")).stdout;
        // Options begin a line, and their text stands further to the right.
        let lines = help.lines().filter(|l| l.starts_with("  -") || l.starts_with("      --"));
        let words = lines.flat_map(|l| l.split(|c: char| c.is_whitespace() || ",=[]<>".contains(c)));
        let options: BTreeSet<_> = words.filter(|w| w.starts_with("--") && w.len() > 2).collect();
        assert!(options.contains("--help"), "{name}");
        for option in options {
            assert!(page.contains(&option.replace('-', "\\-")), "{name}.1 has no {option}");
            for (file, text) in &completions {
                let bare = option.trim_start_matches('-');
                let there = if file == "pkg.fish" { format!("-l {bare}") } else { option.to_owned() };
                assert!(text.contains(&there), "{file} has no {option} of {name}");
            }
        }
    }
}

/// A limit as it stands in the code: name in `limits.rs`, value.
macro_rules! limit {
    ($name:ident) => {
        (stringify!($name), u64::try_from(limits::$name).expect("a number"))
    };
}

/// The figure of a row: digits with commas, and a unit.
fn figure(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let number: u64 = number.replace(',', "").parse().ok()?;
    Some(match unit {
        "" | "bytes" | "characters" | "seconds" => number,
        "KiB" => number << 10,
        "MiB" => number << 20,
        _ => return None,
    })
}

#[test]
fn the_limits_of_the_spec_are_those_of_the_code() {
    // How the row of SPEC 8 begins, and the constant behind it.
    let rows = [
        ("a statement", limit!(STATEMENT)),
        ("a signature structure", limit!(COSE)),
        ("signatures on a statement", limit!(SIGNERS)),
        ("CBOR items", limit!(ITEMS)),
        ("CBOR depth", limit!(DEPTH)),
        ("images, payloads", limit!(IMAGES)),
        ("parents", limit!(PARENTS)),
        ("predicates", limit!(RELEASES)),
        ("entries of `acknowledges`", limit!(ACKNOWLEDGED)),
        ("fixes, changes", limit!(ENTRIES)),
        ("`necessary-for`", limit!(ENTRIES)),
        ("aliases", limit!(ALIASES)),
        ("`touches`", limit!(TOUCHES)),
        ("state refs", limit!(REFS)),
        ("hardware ids", limit!(HARDWARE)),
        ("evidence entries", limit!(EVIDENCE)),
        ("evidence bytes", limit!(EVIDENCE_BYTES)),
        ("one evidence member", limit!(EVIDENCE_BYTES)),
        ("a Label", limit!(LABEL)),
        ("a Prose", limit!(TEXT)),
        ("languages", limit!(LANGUAGES)),
        ("a rationale", limit!(RATIONALE)),
        ("image-bytes", limit!(CHUNK_IMAGE)),
        ("stored-bytes", limit!(CHUNK_OVERHEAD)),
        ("a payload", limit!(MEMBER)),
        ("chunks in a list", limit!(ITEMS)),
        ("roots, keys", limit!(KEYS)),
        ("heads of one", limit!(HEADS)),
        ("series in", limit!(SERIES)),
        ("predecessors", limit!(PREDECESSORS)),
        ("a keyring file", limit!(KEYRING_FILE)),
        ("the statement of a head", limit!(HEAD)),
        ("current entries", limit!(CURRENT)),
        ("entries of a page", limit!(PAGE)),
        ("entries of a log", limit!(LOG)),
        ("`front` of an entry", limit!(FRONT)),
        ("`max-age` of a head", limit!(MAX_AGE)),
        ("rise of a counter", limit!(JUMP)),
    ];
    let workspace = tool::workspace();
    let spec = fs::read_to_string(workspace.join("format-spec/SPEC.md")).expect("the spec");
    let section = spec.split("\n## 8 Limits\n").nth(1).and_then(|s| s.split("\n## ").next()).expect("SPEC 8");
    let table: Vec<Vec<_>> = section
        .lines()
        .filter(|l| l.starts_with("| ") && !l.starts_with("| --"))
        .skip(1)
        .map(|l| l.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(table.len(), rows.len(), "a row of SPEC 8 for each of these and no more");
    for (row, (begins, (name, value))) in table.iter().zip(rows) {
        assert!(row[0].starts_with(begins), "SPEC 8: expected the row {begins:?}, found {:?}", row[0]);
        assert_eq!(
            figure(row[1]),
            Some(value),
            "SPEC 8: {}: {}; the code has {name} = {value}",
            row[0],
            row[1]
        );
    }
    let code = fs::read_to_string(workspace.join("crates/format/src/limits.rs")).expect("the limits");
    let names = code.lines().filter_map(|l| l.strip_prefix("pub const ")?.split(':').next());
    let named: BTreeSet<_> = rows.iter().map(|(_, (name, _))| *name).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), named, "each constant of limits.rs stands in SPEC 8");
}
