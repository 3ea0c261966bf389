//! Crates depend on each other as ARCHITECTURE.md draws, and ship only what deny.toml allows.

use pkg_tests::tool::workspace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// What a crate must not bring in, however far down.
const KEPT_OUT: &[(&str, &[&str])] = &[
    ("pkg-format", &["serde", "zstd", "tar", "clap", "ed25519-dalek"]),
    ("pkg-verify", &["zstd", "tar", "clap", "serde", "tempfile", "getrandom", "pkcs8"]),
    ("pkg-codec", &["pkg-format", "sha2", "tar", "clap"]),
];

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&run.stdout).expect("cargo metadata prints JSON")
}

/// Normal and build dependencies of each package id; those of tests are left out.
fn graph(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let text = |v: &Value| v.as_str().expect("text").to_owned();
    let list = |v: &Value| v.as_array().expect("a list").clone();
    let for_use = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|k| k["kind"] != "dev");
    list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|n| {
            (
                text(&n["id"]),
                list(&n["deps"]).iter().filter(|d| for_use(d)).map(|d| text(&d["pkg"])).collect(),
            )
        })
        .collect()
}

/// The names of packages by id.
fn names(metadata: &Value) -> BTreeMap<String, String> {
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(|p| (p["id"].as_str().unwrap().into(), p["name"].as_str().unwrap().into())).collect()
}

/// Everything that a package brings in.
fn closure(graph: &BTreeMap<String, Vec<String>>, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(id) = open.pop() {
        for next in &graph[&id] {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// The folder of each crate of the workspace by its name: `cli`, `examples/client`, and `format` for `crates/format`.
fn folders(metadata: &Value) -> BTreeMap<String, String> {
    let root = format!("{}/", metadata["workspace_root"].as_str().expect("the root"));
    let members = metadata["workspace_members"].as_array().expect("members");
    let packages = metadata["packages"].as_array().expect("packages");
    let ours = packages.iter().filter(|p| members.contains(&p["id"]));
    ours.map(|p| {
        let manifest = p["manifest_path"].as_str().expect("a path");
        let folder = manifest.strip_prefix(&root).and_then(|f| f.strip_suffix("/Cargo.toml"));
        let folder = folder.expect("every crate lies in a folder of the workspace");
        (p["name"].as_str().expect("a name").into(), folder.trim_start_matches("crates/").into())
    })
    .collect()
}

fn map() -> String {
    fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md")
}

/// The arrows of ARCHITECTURE.md: each crate and those it depends on, by folder.
fn drawn(map: &str) -> BTreeMap<String, BTreeSet<String>> {
    let block = map.split("```text\n").skip(1).find_map(|rest| {
        let block = rest.split("```").next()?;
        block.contains("nothing of ours").then_some(block)
    });
    let mut arrows = BTreeMap::new();
    for arrow in block.expect("a block of arrows").lines().flat_map(|line| line.split("   ")) {
        let Some((from, to)) = arrow.split_once("─►") else { continue };
        let list = |text: &str| text.split(',').map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>();
        let to = if to.trim() == "nothing of ours" { BTreeSet::new() } else { list(to) };
        for from in list(from) {
            assert_eq!(arrows.insert(from.clone(), to.clone()), None, "{from} is drawn twice");
        }
    }
    arrows
}

#[test]
fn crates_depend_on_each_other_as_drawn() {
    let metadata = metadata();
    let (graph, names, folders) = (graph(&metadata), names(&metadata), folders(&metadata));
    let used: BTreeMap<_, BTreeSet<_>> = graph
        .iter()
        .filter_map(|(id, deps)| {
            let ours = deps.iter().filter_map(|d| folders.get(&names[d])).cloned();
            Some((folders.get(&names[id])?.clone(), ours.collect()))
        })
        .collect();
    let drawn = drawn(&map());
    let crates = |of: &BTreeMap<String, BTreeSet<String>>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(crates(&drawn), crates(&used), "ARCHITECTURE.md draws the crates of the workspace");
    for (krate, used) in &used {
        assert_eq!(&drawn[krate], used, "ARCHITECTURE.md draws another list for {krate}");
    }
}

#[test]
fn small_crates_stay_small() {
    for (krate, kept_out) in KEPT_OUT {
        let all = brought_in(krate);
        for name in *kept_out {
            assert!(!all.contains(*name), "{krate} brings in {name}");
        }
    }
}

/// What a crate brings in when it is built alone, without what others switch on.
fn brought_in(krate: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}", "--edges", "normal", "-p", krate])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8(run.stdout).expect("UTF-8");
    let names: BTreeSet<_> = text.lines().filter_map(|l| l.split(' ').next()).map(str::to_owned).collect();
    assert!(names.contains(krate), "cargo tree prints the crate itself");
    names
}

/// The rules of deny.toml that can be checked without cargo-deny.
struct Deny {
    licences: BTreeSet<String>,
    /// Crates that must not come in, and why.
    banned: BTreeMap<String, String>,
    /// Crates that may be there in two versions.
    twice: BTreeSet<String>,
}

impl Deny {
    fn read() -> Deny {
        let text = fs::read_to_string(workspace().join("deny.toml")).expect("deny.toml");
        let table: toml::Table = text.parse().expect("TOML");
        let list = |section: &str, key: &str| table[section][key].as_array().expect(key).clone();
        let text = |value: &toml::Value| value.as_str().expect("text").to_owned();
        let named = |v: &toml::Value| (text(&v["name"]), text(&v["reason"]));
        Deny {
            licences: list("licenses", "allow").iter().map(text).collect(),
            banned: list("bans", "deny").iter().map(named).collect(),
            twice: list("bans", "skip").iter().map(named).map(|(name, _)| name).collect(),
        }
    }

    /// Whether a licence expression can be met. "A OR B": one that is allowed suffices. "A AND B": both must be.
    fn allows(&self, licence: &str) -> bool {
        let licence = licence.replace('/', " OR ");
        let any =
            |part: &str| part.split(" OR ").any(|l| self.licences.contains(l.trim_matches(['(', ')', ' '])));
        licence.split(" AND ").all(any)
    }
}

#[test]
fn what_is_shipped_is_what_deny_toml_allows() {
    let deny = Deny::read();
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    let (cli, _) = names.iter().find(|(_, name)| *name == "pkg-cli").expect("pkg-cli");
    let shipped = closure(&graph, cli);
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        if !shipped.contains(package["id"].as_str().unwrap()) {
            continue;
        }
        let name = package["name"].as_str().unwrap();
        versions.entry(name.into()).or_default().insert(package["version"].as_str().unwrap().into());
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(deny.allows(licence), "{name}: licence {licence:?}");
        if let Some(why) = deny.banned.get(name) {
            panic!("{name} must not come in: {why}");
        }
        let source = package["source"].as_str();
        assert!(source.is_none_or(|s| s.starts_with("registry+")), "{name} comes from {source:?}");
    }
    let twice: BTreeSet<_> =
        versions.into_iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, deny.twice, "crates in two versions, and those of deny.toml");
}

/// The table of crates in ARCHITECTURE.md has a row for each.
#[test]
fn the_map_shows_every_crate() {
    let (map, metadata) = (map(), metadata());
    for folder in folders(&metadata).into_values() {
        let row = if workspace().join("crates").join(&folder).is_dir() {
            format!("crates/{folder}")
        } else {
            folder
        };
        assert!(map.contains(&format!("\n| `{row}` | ")), "ARCHITECTURE.md has no row for {row}");
    }
}
