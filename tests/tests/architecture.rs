//! The house stays as it is drawn: who may use whom, under which licences, from where.

use pkg_tests::tool::workspace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What ARCHITECTURE.md draws: a crate of ours and those of ours that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("pkg-format", &[]),
    ("pkg-sha256", &[]),
    ("pkg-files", &[]),
    ("pkg-codec", &[]),
    ("pkg-contents", &["pkg-files"]),
    ("pkg-verify", &["pkg-files", "pkg-format", "pkg-sha256"]),
    ("pkg-decide", &["pkg-format", "pkg-verify"]),
    ("pkg-install", &["pkg-codec", "pkg-files", "pkg-format", "pkg-sha256", "pkg-verify"]),
    (
        "pkg-builder",
        &[
            "pkg-codec",
            "pkg-contents",
            "pkg-decide",
            "pkg-diff",
            "pkg-files",
            "pkg-format",
            "pkg-install",
            "pkg-sha256",
            "pkg-verify",
        ],
    ),
    ("pkg-diff", &["pkg-contents", "pkg-format", "pkg-install", "pkg-verify"]),
    ("pkg-advisory", &["pkg-format", "pkg-verify"]),
    ("pkg-audit", &["pkg-decide", "pkg-files", "pkg-format", "pkg-verify"]),
    ("pkg-verify-c", &["pkg-decide", "pkg-format", "pkg-install", "pkg-verify"]),
    ("pkg-client-example", &["pkg-decide", "pkg-files", "pkg-install", "pkg-verify"]),
    (
        "pkg-cli",
        &[
            "pkg-advisory",
            "pkg-audit",
            "pkg-builder",
            "pkg-contents",
            "pkg-decide",
            "pkg-diff",
            "pkg-files",
            "pkg-format",
            "pkg-install",
            "pkg-verify",
        ],
    ),
];

/// What a crate must not bring in, however far down.
const KEPT_OUT: &[(&str, &[&str])] = &[
    ("pkg-format", &["serde", "zstd", "tar", "clap", "ed25519-dalek"]),
    ("pkg-verify", &["zstd", "tar", "clap", "serde", "tempfile", "getrandom", "pkcs8"]),
    ("pkg-codec", &["pkg-format", "sha2", "tar", "clap"]),
];

/// Licences that a maker of closed firmware can live with.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    "0BSD",
    "Unlicense",
    "CC0-1.0",
    "MIT-0",
    "Apache-2.0 WITH LLVM-exception",
];

/// Crates that must not come in, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "one implementation of signatures, in Rust"),
    ("ring", "one implementation of signatures"),
    ("serde_cbor", "unmaintained: RUSTSEC-2021-0127"),
    ("xz2", "unmaintained"),
    ("chrono", "jiff does it"),
];

/// Crates that are there in two versions, and why that cannot be helped.
const TWICE: &[(&str, &str)] = &[("syn", "derive macros at build time: one generation follows the other")];

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

#[test]
fn crates_use_only_whom_they_may() {
    let metadata = metadata();
    let (graph, names) = (graph(&metadata), names(&metadata));
    for (krate, allowed) in ARROWS {
        let (id, _) = names.iter().find(|(_, name)| name == krate).expect(krate);
        let ours: BTreeSet<_> =
            graph[id].iter().map(|d| names[d].as_str()).filter(|n| n.starts_with("pkg-")).collect();
        assert_eq!(ours, allowed.iter().copied().collect(), "{krate}");
    }
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

#[test]
fn what_is_shipped_is_licensed_kept_and_there_once() {
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
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        // "A OR B": one that is allowed suffices. "A AND B": both must be.
        let allowed = |expression: &str| {
            let any =
                |part: &str| part.split(" OR ").any(|l| LICENCES.contains(&l.trim_matches(['(', ')', ' '])));
            expression.split(" AND ").all(any)
        };
        assert!(allowed(&licence), "{name}: licence {licence:?}");
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            panic!("{name} must not come in: {why}");
        }
        let source = package["source"].as_str();
        assert!(source.is_none_or(|s| s.starts_with("registry+")), "{name} comes from {source:?}");
    }
    let twice: Vec<_> = versions
        .iter()
        .filter(|(name, versions)| versions.len() > 1 && !TWICE.iter().any(|(known, _)| known == name))
        .collect();
    assert!(twice.is_empty(), "in two versions: {twice:?}");
}

/// Each file that everybody meets is there, and each crate is drawn.
#[test]
fn the_map_shows_every_crate() {
    let map = std::fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for (krate, _) in ARROWS {
        let folder = krate.trim_start_matches("pkg-");
        let shown = match folder {
            "cli" => "`cli`".to_owned(),
            "client-example" => "`examples/client`".to_owned(),
            _ => format!("`crates/{folder}`"),
        };
        assert!(map.contains(&shown), "ARCHITECTURE.md does not show {shown}");
    }
}
