//! The builder, in process: a valid release description minus one thing, what follows from the
//! releases before, and that the same input gives the same bytes.

mod acknowledgement;
mod derived;
mod description;
mod history;
mod include;
mod known;
mod lineage;
mod output;
mod rules;
mod statuses;
mod steps;
mod stranded;
mod touches;

use pkg_builder::keys::Signer;
use pkg_builder::{
    BuildOptions, Built, Description, Error, Level, PackageOptions, Replace, Separation, There,
};
use pkg_format::delivery::DeliveryKind;
use pkg_format::manifest::release::AppliesTo;
use pkg_format::manifest::{Manifest, Release, SeparationKind, Update};
use pkg_format::{Digest, Rule, Tree};
use pkg_tests::fake::content;
use pkg_tests::keyrings;
use pkg_tests::project::{
    FEATURE, ISSUED, JUSTIFIED, NOTICE, Project, SECURITY, WITHDRAWAL, edit, edited, signer,
};
use pkg_verify::{Keyring, Policy};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// Memory for making deltas: more than any here needs.
const MEMORY: u64 = 1 << 30;

/// A day, seconds.
const DAY: u64 = 86_400;

/// What a build may be done with; the rest is the same everywhere.
struct With<'a> {
    out: PathBuf,
    keys: &'a [&'static str],
    keyring: Option<&'a Keyring>,
    issued: u64,
    replace: Replace,
    jobs: usize,
    level: Level,
}

impl With<'_> {
    /// Into `out` of the project, signed by the key that may sign everything.
    fn all(project: &Project) -> With<'static> {
        With {
            out: project.path("out"),
            keys: &["all"],
            keyring: None,
            issued: ISSUED,
            replace: Replace::SameStep,
            jobs: 2,
            level: Level::Fast,
        }
    }
}

fn build_with(text: &str, dir: &Path, with: &With<'_>) -> Result<Built, Error> {
    let signers: Vec<_> = with.keys.iter().map(|name| signer(name)).collect();
    let signers: Vec<_> = signers.iter().map(|s| s as &dyn Signer).collect();
    let package = PackageOptions {
        jobs: NonZeroUsize::new(with.jobs).expect("a thread"),
        level: with.level,
        memory: MEMORY,
        keyring: with.keyring,
        replace: with.replace,
        ..PackageOptions::new(&with.out)
    };
    let options = BuildOptions { signers: &signers, ..BuildOptions::new(package, with.issued) };
    let mut built = Description::read(text, dir, &[])?.build(&options)?;
    assert_eq!(built.len(), 1);
    Ok(built.remove(0))
}

fn build(project: &Project, text: &str) -> Result<Built, Error> {
    build_with(text, project.dir(), &With::all(project))
}

/// The manifest of a package that verifies to its last byte.
fn manifest(path: &Path) -> Manifest {
    let bytes = std::fs::read(path).expect("a package");
    pkg_tests::run::whole(&bytes, &keyrings::standard()).expect("a package that verifies").manifest().clone()
}

fn release(path: &Path) -> Release {
    manifest(path).release().expect("a release").clone()
}

// ---------------------------------------------------------------- the releases before

/// The past of the project, in a folder that every test may read: each release with its package
/// as `out/cam-VERSION.full.pkg`.
fn past() -> &'static Project {
    static PAST: OnceLock<Project> = OnceLock::new();
    PAST.get_or_init(|| {
        let project = Project::new();
        project.write("empty.img", "");
        for (days, text) in (0..).zip(releases()) {
            let version =
                text.split("version = \"").nth(1).and_then(|t| t.split('"').next()).expect("a version");
            project.write(&format!("rootfs-{version}.img"), content(&format!("rootfs {version}"), 5_000));
            let text = edit(&text, "rootfs.img", &format!("rootfs-{version}.img"));
            let with = With { issued: ISSUED + days * DAY, ..With::all(&project) };
            build_with(&text, project.dir(), &with).unwrap_or_else(|e| panic!("{version}: {e}"));
        }
        project
    })
}

/// The line of a description that names the release before.
fn after(class: &str, version: &str) -> (String, String) {
    let class = format!("class = \"{class}\"");
    let previous = format!("{class}\nprevious = \"out/cam-{version}.full.pkg\"");
    (class, previous)
}

/// A description after another release.
fn following(text: &str, version: &str, edits: &[(&str, &str)]) -> String {
    let class = if text.contains("class = \"security\"") { "security" } else { "feature" };
    let (from, to) = after(class, version);
    edited(&edit(text, &from, &to), edits)
}

/// The change of the inseparable 1.1.1, tied to its fix.
const NEW_PARSER: &str = r#"[[change]]
id = "new-parser"
effect = "replaced"
user-visible = true
text.en = "The old dialect is no longer understood."
necessary-for = ["CVE-2026-40004"]
"#;

/// The change of 1.1.2 that is itself the fix.
const NO_CONSOLE: &str = r#"[[change]]
id = "no-console"
effect = "disabled"
user-visible = true
text.en = "The console is off."
necessary-for = ["ACME-5"]
"#;

fn releases() -> Vec<String> {
    let (number, line) = ("version = \"1.0.1\"", "line = \"1.0\"");
    let cve = "CVE-2026-12345";
    let inseparable = format!("kind = \"inseparable\"\n{JUSTIFIED}");
    let by_change = format!("kind = \"change-is-fix\"\n{JUSTIFIED}");
    let pure = "kind = \"pure\"";
    vec![
        FEATURE.to_owned(),
        following(SECURITY, "1.0.0", &[]),
        following(SECURITY, "1.0.1", &[(number, "version = \"1.0.2\""), (cve, "CVE-2026-20002")]),
        following(
            FEATURE,
            "1.0.2",
            &[
                ("version = \"1.0.0\"", "version = \"1.1.0\""),
                (line, "line = \"1.1\""),
                ("night-mode", "onvif"),
            ],
        ),
        following(
            SECURITY,
            "1.1.0",
            &[
                (number, "version = \"1.1.1\""),
                (line, "line = \"1.1\""),
                (cve, "CVE-2026-40004"),
                (pure, &inseparable),
                ("", NEW_PARSER),
            ],
        ),
        following(SECURITY, "1.0.2", &[(number, "version = \"1.0.3\""), (cve, "CVE-2026-40004")]),
        following(
            SECURITY,
            "1.1.1",
            &[
                (number, "version = \"1.1.2\""),
                (line, "line = \"1.1\""),
                (cve, "ACME-5"),
                (pure, &by_change),
                ("", NO_CONSOLE),
            ],
        ),
        following(
            SECURITY,
            "1.1.2",
            &[(number, "version = \"1.1.3\""), (line, "line = \"1.1\""), (cve, "CVE-2026-60006")],
        ),
    ]
}

// ---------------------------------------------------------------- a valid description, minus one thing

/// A description, what is replaced in it (nothing replaced: appended), the rule that it then
/// breaks, and the text that the place points at.
struct Case<'a>(&'a str, &'a [(&'a str, &'a str)], Rule, Option<&'a str>);

/// Stands for any place, or none: what is held against the release before is about two files.
const ANY: Option<&str> = Some("*");

/// The rule of a fault, and where it is.
type Fault = (Option<Rule>, Option<String>);

/// What a build of this text in the folder of the past says of each fault: the rule, and the text at the place.
fn faults(text: &str, with: &With<'_>) -> (Vec<Fault>, String) {
    match build_with(text, past().dir(), with) {
        Ok(built) => (Vec::new(), format!("built {}", built.path.display())),
        Err(e) => {
            let at = |e: &Error| e.place().map(|place| text[place.range.clone()].to_owned());
            let faults = e.faults().iter().map(|e| (e.refusal().map(|r| r.rule), at(e)));
            let all: Vec<_> = e.faults().iter().map(ToString::to_string).collect();
            (faults.collect(), all.join("; "))
        }
    }
}

/// The same of its first fault.
fn refused(text: &str, with: &With<'_>) -> (Option<Rule>, Option<String>, String) {
    let (faults, message) = faults(text, with);
    let (rule, place) = faults.into_iter().next().unwrap_or_default();
    (rule, place, message)
}

/// Every build of the table is refused by its rule, at its place, and leaves nothing behind.
fn hold(cases: &[Case<'_>]) {
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let mut wrong = Vec::new();
    for Case(base, edits, rule, place) in cases {
        let text = edited(base, edits);
        let (found, message) = faults(&text, &with);
        let is_it = |(of, at): &(Option<Rule>, Option<String>)| {
            *of == Some(*rule) && (*place == ANY || at.as_deref() == *place)
        };
        if !found.iter().any(is_it) {
            let edits = edits.last().expect("an edit");
            wrong.push(format!(
                "{edits:?}:\n  expected {} at {place:?}\n  found {message}: {found:?}",
                rule.id()
            ));
        }
    }
    let left: Vec<_> = std::fs::read_dir(out.path()).expect("the folder").collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// A change that is not tied to a fix.
const CHANGE: &str = r#"[[change]]
id = "menu"
effect = "added"
user-visible = true
text.en = "A new menu."
"#;

/// What makes a security release inseparable.
fn inseparable() -> String {
    format!("kind = \"inseparable\"\n{JUSTIFIED}")
}

#[test]
fn what_is_valid_is_built() {
    for text in [SECURITY, FEATURE, NOTICE, WITHDRAWAL] {
        let project = Project::new();
        let built = build(&project, text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(Digest::of(&manifest(&built.path).to_tree().to_bytes()), built.manifest);
        assert_eq!(project.list("out").len(), 1, "the package and nothing beside it");
    }
    assert_eq!(past().list("out").len(), releases().len());
}
