//! Advisories: what of a manifest stands where in CSAF, OpenVEX and the pages for people.
//!
//! `tests/csaf/run` gives the same documents to the BSI's validator; here is what it cannot know.

mod command;
mod csaf;
mod pages;
mod products;
mod releases;
mod revisions;
mod site;

use pkg_tests::tool;
use std::fs;
use std::path::PathBuf;

/// The folder of golden packages.
fn golden() -> PathBuf {
    tool::workspace().join("testdata/golden/format-1")
}

/// `pkg advisory` on a golden package, which is trusted.
fn advisory(package: &str, args: &[&str]) -> tool::Run {
    let trust = ["--keyring", "EXAMPLE.keyring", "--danger-allow-example-keys"];
    let all = [&["advisory", package, "--namespace", "https://acme.example"], &trust[..], args].concat();
    tool::run(&golden(), &all)
}

/// Documents of testdata that are in git, byte by byte: what made them makes them again.
///
/// `UPDATE_ADVISORIES=1 cargo test -p pkg-tests --test audit advisory` writes them anew; read them.
#[test]
fn the_documents_in_git_are_made_again() {
    let folder = tool::workspace().join("testdata/advisory");
    let release = "cam-x1-1.4.3.full.pkg";
    let notice = "cam-x1-2026-01-upnp.notice.pkg";
    let withdrawal = "cam-x1-2026-02-withdraw-1.5.1.withdrawal.pkg";
    let documents: [(&str, &str, &[&str]); 6] = [
        ("cam-x1-1_4_3.json", release, &["--csaf"]),
        ("cam-x1-1_4_3.openvex.json", release, &["--openvex"]),
        ("cam-x1-1_4_3.html", release, &["--html"]),
        ("cam-x1-1_4_3.txt", release, &["--text"]),
        ("cam-x1-2026-01-upnp-de.txt", notice, &["--text", "--lang", "de"]),
        ("cam-x1-2026-02-withdraw-1_5_1.json", withdrawal, &["--csaf"]),
    ];
    for (name, package, args) in documents {
        let run = advisory(package, &[args, &["--known", "."]].concat());
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let path = folder.join(name);
        if std::env::var_os("UPDATE_ADVISORIES").is_some() {
            fs::write(&path, &run.stdout).expect("a document");
        }
        let there = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(there == run.stdout, "{name} is made otherwise; UPDATE_ADVISORIES=1 writes it anew");
    }
}
