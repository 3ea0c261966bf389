//! The library agrees with every vector of `format-spec/repository-vectors/`.

use pkg_format::cbor::{Item, Wire, strict::Keys};
use pkg_format::repository::{Entry, Head, Page, TreeHead};
use pkg_format::{Digest, Manifest, Rule, limits};
use pkg_repository::{Error, Follower, Log, Published, Reading, Record, check_current, fetch};
use pkg_tests::mirror::{Server, answer};
use pkg_tests::repository_vectors::{self, Vector};
use pkg_tests::{heads, keyrings, tool};
use pkg_verify::{Keyring, Policy};
use std::fs;

fn keyring(vector: &Vector) -> Keyring {
    let name = vector.field("keyring").expect("a keyring");
    let path = tool::workspace().join("format-spec/repository-vectors").join(format!("{name}.keyring"));
    keyrings::open(&fs::read(path).expect("a keyring"))
}

/// What the library makes of a vector.
fn found(vector: &Vector) -> Result<(), Rule> {
    match vector.check {
        "head" => head(vector),
        "log" => log(vector),
        "entry" => entry(vector),
        "current" => current(vector),
        other => panic!("{other}"),
    }
}

fn head(vector: &Vector) -> Result<(), Rule> {
    let keyring = keyring(vector);
    let mut follower = Follower::new(heads::name(), Record::default(), &keyring);
    let mut receive = |file: &[u8]| follower.receive(file, None, &keyring, limits::JUMP);
    if let Some(stored) = vector.part("stored") {
        receive(stored).expect("a head to begin with");
    }
    let received =
        receive(vector.part("offered").expect("a head")).map_err(|e| e.rule().expect("a refusal"))?;
    received.rule().map_or(Ok(()), Err)
}

fn tree_head(vector: &Vector, size: &str, root: &str) -> Option<TreeHead> {
    let size = vector.field(size)?.parse().expect("a number");
    Some(TreeHead { size, root: Digest::from_hex(vector.field(root)?).expect("a digest") })
}

fn log(vector: &Vector) -> Result<(), Rule> {
    let named = tree_head(vector, "size", "root").expect("a log");
    let mut reading = Reading::new(Log::new(), named).map_err(|e| e.rule)?;
    for (_, page) in &vector.parts {
        reading.take(page).map_err(|e| e.rule)?;
    }
    let log = reading.finish(|_| String::new()).map_err(|e| e.rule)?;
    match tree_head(vector, "earlier-size", "earlier-root") {
        Some(earlier) => log.begins_with(&earlier).map_err(|e| e.rule),
        None => Ok(()),
    }
}

fn entry(vector: &Vector) -> Result<(), Rule> {
    let bytes = vector.part("entry").expect("an entry");
    let entry = Item::open(bytes, Keys::Text).and_then(Entry::decode).map_err(|e| e.rule)?;
    let front = vector.part("front").expect("a front").to_vec();
    let size: u64 = vector.field("size").expect("a size").parse().expect("a number");
    let mut server = Server::new().lying(move |_, _| Ok(answer(206, Some((0, size)), &front)));
    let statements = fetch::statements(&mut server, &entry, &keyring(vector), &Policy::default());
    statements.map(|_| ()).map_err(|e: Error| e.rule().expect("a refusal"))
}

fn current(vector: &Vector) -> Result<(), Rule> {
    let head = Head::decode(vector.part("head").expect("a head")).map_err(|e| e.rule)?;
    let page = Page::decode(vector.part("page").expect("a page")).map_err(|e| e.rule)?;
    let manifests = vector.parts.iter().filter(|(kind, _)| *kind == "manifest");
    let manifests: Vec<_> =
        manifests.map(|(_, bytes)| Manifest::decode(bytes).expect("a manifest")).collect();
    assert_eq!(manifests.len(), page.entries.len());
    let pairs = page.entries.iter().zip(&manifests);
    let live: Vec<_> = pairs.map(|(entry, manifest)| Published { entry, manifest }).collect();
    check_current(&head, &live).map_err(|e| e.rule)
}

#[test]
fn the_library_agrees_with_every_vector() {
    let all = repository_vectors::all();
    let wrong: Vec<_> = all
        .iter()
        .filter(|(_, vector)| found(vector) != vector.expect)
        .map(|(name, vector)| format!("{name}: {:?}", found(vector)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for check in ["head", "log", "entry", "current"] {
        let accepted = |v: &&Vector| v.check == check && v.expect.is_ok();
        assert!(all.values().filter(accepted).count() > 2, "{check}");
    }
}

#[test]
fn generating_again_makes_no_difference() {
    let folder = tool::workspace().join("format-spec/repository-vectors");
    let mut there = fs::read_dir(&folder).expect("the folder").count() - 1; // README.md
    for (name, bytes) in repository_vectors::files() {
        let path = folder.join(&name);
        assert!(fs::read(&path).ok() == Some(bytes), "{name} differs: cargo run -p pkg-tests --bin vectors");
        there -= 1;
    }
    assert_eq!(there, 0, "files that nothing generates");
}
