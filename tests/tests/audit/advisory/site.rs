//! `pkg site`: whatever points to a file finds it, with the right digest; nothing changes that need not.

use super::golden;
use pkg_advisory::{SiteError, SiteOptions, Source, site};
use pkg_format::ident::Url;
use pkg_format::{Manifest, VulnId};
use pkg_tests::advisories::{VECTOR, decoded, scored, second_edition};
use pkg_tests::fake::path::{num, text};
use pkg_tests::{Fake, tool};
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const URL: &str = "https://www.acme.example/security";

/// `pkg site` on the golden packages.
fn made(out: &Path, args: &[&str]) -> tool::Run {
    let out = out.to_str().expect("a path");
    let trust = ["--keyring", "EXAMPLE.keyring", "--danger-allow-example-keys", "--url", URL, "-o", out];
    tool::run(&golden(), &[&["site", "."], &trust[..], args].concat())
}

/// The files of a site: path and text.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(here).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_str().expect("a name").to_owned();
                all.insert(name, fs::read_to_string(path).expect("text"));
            }
        }
    }
    all
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Every string of a JSON value.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| strings(value, found)),
        Value::Object(map) => map.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

/// What an attribute of a page or feed says, each time.
fn attributes<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!("{name}=\"");
    text.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_address_of_a_site_is_one_of_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = made(folder.path(), &[]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let files = files(folder.path());
    let mut found = BTreeSet::new();
    let mut look = |from: &str, address: &str| {
        let path = match address.strip_prefix(URL) {
            Some(path) => path.trim_start_matches('/').to_owned(),
            None if address.contains("://") => return,
            None => Path::new(from).with_file_name(address).to_str().expect("a path").to_owned(),
        };
        let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
        assert!(files.contains_key(&path), "{from} names {address}");
        found.insert(path);
    };
    for (name, text) in &files {
        if name.ends_with(".json") {
            let mut all = Vec::new();
            strings(&json(text), &mut all);
            all.iter().filter(|s| s.starts_with(URL)).for_each(|address| look(name, address));
        } else if name.ends_with(".html") || name.ends_with(".atom") {
            attributes(text, "href").into_iter().for_each(|address| look(name, address));
        }
    }
    // And nobody must guess the name of a document or a page: all are found by following.
    let documents: Vec<_> =
        files.keys().filter(|f| f.starts_with("csaf/white/2") && f.ends_with(".json")).collect();
    assert_eq!(documents.len(), 10);
    for name in files.keys().filter(|f| f.starts_with("csaf/") || f.starts_with("advisories/")) {
        assert!(found.contains(name), "nothing leads to {name}");
    }
}

#[test]
fn lists_and_digests_are_those_of_the_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let main = tempfile::tempdir().expect("a folder");
    let run = made(folder.path(), &["--main-domain", main.path().to_str().expect("a path")]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let files = files(folder.path());
    let documents: BTreeMap<&str, Value> = files
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("csaf/white/")?, text)))
        .filter(|(name, _)| name.starts_with("2026/") && name.ends_with(".json"))
        .map(|(name, text)| (name, json(text)))
        .collect();
    let index: Vec<_> = files["csaf/white/index.txt"].lines().collect();
    assert_eq!(index, documents.keys().copied().collect::<Vec<_>>());
    let lines: Vec<Vec<_>> = files["csaf/white/changes.csv"]
        .lines()
        .map(|line| line.trim_matches('"').split("\",\"").collect())
        .collect();
    assert!(lines.windows(2).all(|pair| pair[0][1] >= pair[1][1]), "the newest first: {lines:?}");
    for line in &lines {
        assert_eq!(documents[line[0]]["document"]["tracking"]["current_release_date"], line[1]);
    }
    assert_eq!(lines.len(), documents.len());
    let feed = json(&files["csaf/feed-white.json"]);
    assert_eq!(feed["feed"]["entry"].as_array().expect("entries").len(), documents.len());
    assert_eq!(feed["feed"]["updated"], lines[0][1]);
    for (name, document) in &documents {
        let path = format!("csaf/white/{name}");
        let file = name.rsplit('/').next().expect("a name");
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            files[&format!("{path}.sha256")],
            format!("{}  {file}\n", hex(&Sha256::digest(&files[&path])))
        );
        assert_eq!(
            files[&format!("{path}.sha512")],
            format!("{}  {file}\n", hex(&Sha512::digest(&files[&path])))
        );
        // Each says where it is.
        assert_eq!(document["document"]["references"][0]["url"], format!("{URL}/{path}"));
    }
    let metadata =
        fs::read_to_string(main.path().join(".well-known/csaf/provider-metadata.json")).expect("a file");
    assert_eq!(metadata, files["provider-metadata.json"]);
    assert_eq!(
        (json(&metadata)["role"].as_str(), json(&metadata)["last_updated"].as_str()),
        (Some("csaf_provider"), Some(lines[0][1]))
    );
    let security = fs::read_to_string(main.path().join(".well-known/security.txt")).expect("a file");
    for line in [
        "Contact: mailto:support@acme.example",
        "CSAF: https://www.acme.example/security/provider-metadata.json",
        "Preferred-Languages: de, en",
    ] {
        assert!(security.lines().any(|l| l == line), "{security}");
    }
}

#[test]
fn a_second_run_writes_nothing_and_a_score_makes_the_next_version() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(made(folder.path(), &[]).status, Some(0));
    let before = files(folder.path());
    let signature = folder.path().join("csaf/white/2026/cam-x1-1_5_1.json.asc");
    let kept = folder.path().join("csaf/white/2026/cam-x1-1_4_3.json.asc");
    fs::write(&signature, "signature").expect("a file");
    fs::write(&kept, "signature").expect("a file");
    let run = made(folder.path(), &["--json"]);
    assert_eq!(json(&run.stdout)["written"], 0, "{}", run.stderr);
    assert!(signature.exists());

    let score = format!("CVE-2026-23456={VECTOR}");
    let run = made(folder.path(), &["--score", &score, "--json"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let after = files(folder.path());
    let path = "csaf/white/2026/cam-x1-1_5_1.json";
    assert!(json(&run.stdout)["changed"].as_array().expect("a list").contains(&Value::from(path)));
    assert_eq!(json(&after[path])["document"]["tracking"]["version"], "2");
    assert!(!signature.exists() && kept.exists(), "the signature of what changed goes, others stay");
    // What the score is not about has the same bytes.
    let same = "csaf/white/2026/cam-x1-1_4_3.json";
    assert_eq!(before[same], after[same]);

    // A file that is no document of this site is not replaced.
    fs::write(folder.path().join(path), "{}").expect("a file");
    let run = made(folder.path(), &[]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("restore"), "{}", run.stderr);
}

fn options(url: &Url) -> SiteOptions<'_> {
    SiteOptions {
        url,
        namespace: None,
        scores: BTreeMap::new(),
        now: 1_900_000_000,
        expires: 1_910_000_000,
        openpgp: None,
    }
}

fn of(fakes: &[Fake], change: impl FnOnce(&mut SiteOptions<'_>)) -> Result<pkg_advisory::Site, SiteError> {
    let manifests: Vec<Manifest> = fakes.iter().map(decoded).collect();
    let sources: Vec<_> = manifests
        .iter()
        .zip(fakes)
        .map(|(manifest, fake)| Source::unverified(manifest, fake.digest()))
        .collect();
    let url = Url::new(URL).expect("a URL");
    let mut options = options(&url);
    change(&mut options);
    site(&sources, &options, &|_| None)
}

#[test]
fn a_notice_that_replaces_another_is_its_next_version() {
    let site = of(&[Fake::notice(), second_edition()], |_| ()).expect("a site");
    let documents: Vec<_> =
        site.files.keys().filter(|f| f.starts_with("csaf/white/2") && f.ends_with(".json")).collect();
    assert_eq!(documents.len(), 1, "{documents:?}");
    let document = json(&site.files[documents[0]]);
    assert_eq!(document["document"]["tracking"]["version"], "2");
    let alone = of(&[Fake::notice()], |_| ()).expect("a site");
    assert!(alone.files.contains_key(documents[0]), "the same name as before");
}

#[test]
fn the_newest_contact_is_in_security_txt_and_without_one_there_is_none() {
    const NAME: &str = ".well-known/security.txt";
    // This release has no contact, and is newer than the notice.
    let later = scored().set("issued", num(1_796_083_200 + 86_400));
    let site = of(&[Fake::notice(), later.clone()], |_| ()).expect("a site");
    assert!(
        site.main_domain[NAME].starts_with("Contact: mailto:security@acme.example\n"),
        "{}",
        site.main_domain[NAME]
    );
    let metadata = json(&site.files["provider-metadata.json"]);
    assert_eq!(metadata["publisher"]["contact_details"], "security@acme.example");
    let alone = of(&[later], |_| ()).expect("a site");
    assert!(!alone.main_domain.contains_key(NAME), "RFC 9116 requires a contact");
}

#[test]
fn what_cannot_be_a_site_is_refused() {
    assert_eq!(of(&[], |_| ()).unwrap_err(), SiteError::Empty);
    let other = scored().set("product.vendor", text("other"));
    assert_eq!(
        of(&[scored(), other], |_| ()).unwrap_err(),
        SiteError::Vendors("acme".into(), "other".into())
    );
    let stray = VulnId::new("CVE-2026-99999").expect("an id");
    let vector = pkg_format::cvss::Severity::new(VECTOR).expect("a vector");
    let with_stray = of(&[scored()], |options| {
        options.scores.insert(stray.clone(), vector);
    });
    assert_eq!(with_stray.unwrap_err(), SiteError::StrayScore(stray));
    let twice = scored().set("release.security-level", num(9));
    let same = of(&[scored(), twice], |_| ()).map(|site| site.files.into_keys().collect::<Vec<_>>());
    assert!(matches!(same, Err(SiteError::SameName(..))), "{same:?}");
}

#[test]
fn texts_of_the_maker_are_text_in_every_file() {
    let evil = scored().set(
        "advisory",
        pkg_tests::fake::path::map([(
            "en",
            pkg_tests::fake::path::map([
                ("title", text("<script>alert(1)</script> & \"more\"")),
                ("summary", text("</title><b>")),
                ("details", text("details")),
                ("impact", text("impact")),
            ]),
        )]),
    );
    let site = of(&[evil], |_| ()).expect("a site");
    for (name, text) in &site.files {
        let is_markup = name.ends_with(".html") || name.ends_with(".atom");
        assert!(!is_markup || !(text.contains("<script>") || text.contains("<b>")), "{name}");
    }
    assert!(site.files["feed.en.atom"].contains("&lt;script&gt;"));
}
