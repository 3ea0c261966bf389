//! The builder, in process: a valid release description minus one thing, what follows from the
//! releases before, and that the same input gives the same bytes.

use pkg_build::keys::Signer;
use pkg_build::{Built, Description, Error, Level, Options};
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

/// A day, seconds.
const DAY: u64 = 86_400;

/// What a build may be done with; the rest is the same everywhere.
struct With<'a> {
    out: PathBuf,
    keys: &'a [&'static str],
    keyring: Option<&'a Keyring>,
    issued: u64,
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
            jobs: 2,
            level: Level::Fast,
        }
    }
}

fn build_with(text: &str, dir: &Path, with: &With<'_>) -> Result<Built, Error> {
    let signers: Vec<_> = with.keys.iter().map(|name| signer(name)).collect();
    let signers: Vec<_> = signers.iter().map(|s| s as &dyn Signer).collect();
    let options = Options {
        out: &with.out,
        jobs: NonZeroUsize::new(with.jobs).expect("a thread"),
        level: with.level,
        issued: with.issued,
        keyring: with.keyring,
        signers: &signers,
        delivery_signers: &[],
        interrupted: &AtomicBool::new(false),
        progress: &|_| (),
    };
    let mut built = Description::read(text, dir)?.build(&options)?;
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
        following(
            SECURITY,
            "1.0.2",
            &[
                (number, "version = \"1.0.3\"\nsame-security-as = \"out/cam-1.1.1.full.pkg\""),
                (cve, "CVE-2026-40004"),
            ],
        ),
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

/// What a build of this text in the folder of the past says: the rule, and the text at the place.
fn refused(text: &str, with: &With<'_>) -> (Option<Rule>, Option<String>, String) {
    match build_with(text, past().dir(), with) {
        Ok(built) => (None, None, format!("built {}", built.path.display())),
        Err(e) => {
            let place = match &e {
                Error::Refused { place: Some(place), .. } => Some(text[place.clone()].to_owned()),
                _ => None,
            };
            (e.refusal().map(|r| r.rule), place, e.to_string())
        }
    }
}

/// Every build of the table is refused by its rule, at its place, and leaves nothing behind.
fn hold(cases: &[Case<'_>]) {
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let mut wrong = Vec::new();
    for Case(base, edits, rule, place) in cases {
        let text = edited(base, edits);
        let (found, at, message) = refused(&text, &with);
        if found != Some(*rule) || (*place != ANY && at.as_deref() != *place) {
            let edits = edits.last().expect("an edit");
            wrong.push(format!(
                "{edits:?}:\n  expected {} at {place:?}\n  found {message} at {at:?}",
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

#[test]
fn separation_is_held_by_the_builder() {
    let pure = "kind = \"pure\"";
    let inseparable = &inseparable();
    let by_change = &inseparable.replace("inseparable", "change-is-fix");
    let needed = &format!("{CHANGE}necessary-for = [\"CVE-2026-12345\"]\n");
    let short = &format!(
        "kind = \"inseparable\"\nrationale.en = \"It had to be.\"\n{}",
        &JUSTIFIED[JUSTIFIED.find("alt").expect("alternatives")..]
    );
    let without = |line: &str| {
        let kept = inseparable.lines().filter(|l| !l.starts_with(line));
        kept.collect::<Vec<_>>().join("\n")
    };
    let (no_rationale, no_alternatives, no_approver) =
        (&without("rationale"), &without("alternatives"), &without("approver"));
    let reason = "[[also-fix]]\nid = \"CVE-2026-12345\"\n";
    let exception =
        "exception.reason = \"not-feasible\"\nexception.rationale.en = \"It needs new hardware.\"\n";
    hold(&[
        Case(SECURITY, &[("class = \"security\"", "")], Rule::Sep1, Some("release")),
        Case(SECURITY, &[("\"security\"\n", "\"urgent\"\n")], Rule::Sep1, Some("\"urgent\"")),
        Case(SECURITY, &[("\"security\"\n", "\"Security\"\n")], Rule::Sep1, Some("\"Security\"")),
        Case(SECURITY, &[("[separation]\nkind = \"pure\"", "")], Rule::Sep2, None),
        Case(SECURITY, &[(pure, "")], Rule::Sep2, Some("[separation]")),
        Case(SECURITY, &[(pure, "kind = \"mostly\"")], Rule::Sep2, Some("\"mostly\"")),
        Case(SECURITY, &[("", needed), (pure, "kind = \"inseparable\"")], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[("", needed), (pure, short)], Rule::Sep3, Some("rationale")),
        Case(SECURITY, &[("", needed), (pure, no_rationale)], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[("", needed), (pure, no_alternatives)], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[("", needed), (pure, no_approver)], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[(pure, &format!("{pure}\n{JUSTIFIED}"))], Rule::Sep4, Some("alternatives")),
        Case(SECURITY, &[(pure, inseparable), ("", CHANGE)], Rule::Sep5, Some("[[change]]")),
        Case(
            SECURITY,
            &[(pure, inseparable), ("", &format!("{CHANGE}necessary-for = [\"CVE-2026-1\"]"))],
            Rule::Adv9,
            Some("\"CVE-2026-1\""),
        ),
        Case(
            SECURITY,
            &[(pure, inseparable), ("", &format!("{CHANGE}necessary-for = [\"CVE-2026-9999\"]"))],
            Rule::Sep6,
            Some("\"CVE-2026-9999\""),
        ),
        Case(SECURITY, &[("", needed)], Rule::Sep7, Some("\"added\"")),
        Case(SECURITY, &[("", CHANGE), ("\"added\"", "\"corrected\"")], Rule::Sep7, Some("true")),
        Case(SECURITY, &[(pure, inseparable)], Rule::Sep8, None),
        Case(SECURITY, &[(pure, by_change)], Rule::Sep8, None),
        Case(SECURITY, &[(pure, by_change), ("", needed)], Rule::Sep9, Some("\"added\"")),
        Case(
            SECURITY,
            &[(pure, by_change), ("", needed), ("\"added\"", "\"changed\"")],
            Rule::Sep9,
            Some("\"changed\""),
        ),
        Case(&following(SECURITY, "1.0.0", &[]), &[("line = \"1.0\"", "line = \"1.1\"")], Rule::Sep10, ANY),
        Case(
            &following(SECURITY, "1.0.0", &[]),
            &[("line = \"1.0\"", "line = \"1.0\"\nfeature-level = 2")],
            Rule::Sep10,
            ANY,
        ),
        Case(
            &following(FEATURE, "1.0.0", &[("\"1.0.0\"", "\"1.0.5\"")]),
            &[("line = \"1.0\"", "line = \"1.0\"\nfeature-level = 1")],
            Rule::Sep12,
            ANY,
        ),
        Case(FEATURE, &[("", reason)], Rule::Sep13, Some("[[also-fix]]")),
        Case(
            FEATURE,
            &[("", &format!("{reason}{exception}exception.approver = \"Board\"")), ("not-feasible", "hard")],
            Rule::Sep13,
            Some("\"hard\""),
        ),
        Case(FEATURE, &[("", &format!("{reason}{exception}"))], Rule::Sep13, Some("exception")),
        Case(SECURITY, &[("id = \"CVE", "level = 5\nid = \"CVE")], Rule::Sep14, Some("5")),
        Case(FEATURE, &[("id = \"night", "level = 2\nid = \"night")], Rule::Sep14, Some("2")),
        Case(
            &following(SECURITY, "1.0.0", &[]),
            &[("", needed), ("id = \"menu\"", "id = \"menu\"\nlevel = 1")],
            Rule::Sep15,
            None,
        ),
        Case(
            SECURITY,
            &[(
                "[[fix]]\nid = \"CVE-2026-12345\"\nseverity = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"\nimpact.en = \"Strangers can watch.\"\n",
                "",
            )],
            Rule::Sep16,
            None,
        ),
        Case(
            SECURITY,
            &[("", "[[reopen]]\nid = \"CVE-2026-9999\"\nreason.en = \"It broke the lens.\"")],
            Rule::Sep17,
            Some("reopen"),
        ),
    ]);
}

/// An inseparable update that raises the feature level takes every feature on the way along.
#[test]
fn passed_features_are_listed() {
    let raising = |known: &str| {
        let class = format!("class = \"security\"\nfeature-level = 2\nknown = \"{known}\"");
        following(
            SECURITY,
            "1.0.2",
            &[
                ("class = \"security\"", &class),
                ("version = \"1.0.1\"", "version = \"1.1.9\""),
                ("line = \"1.0\"", "line = \"1.1\""),
                ("kind = \"pure\"", &inseparable()),
                ("", &format!("{CHANGE}necessary-for = [\"CVE-2026-12345\"]")),
            ],
        )
    };
    hold(&[Case(&raising("out"), &[("\"menu\"", "\"other\"")], Rule::Sep11, Some("change"))]);
    let listed = edit(&raising("out"), "\"menu\"", "\"onvif\"");
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let built = build_with(&listed, past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
    let new = release(&built.path);
    assert_eq!((new.identity.feature_level, new.identity.security_level), (2, 7));
    assert_eq!(manifest(&built.path).common().sequence, 5, "behind the four of line 1.1");
}

#[test]
fn what_the_user_is_told_is_held_by_the_builder() {
    let advisory =
        &SECURITY[SECURITY.find("[advisory.en]").expect("it")..SECURITY.find("[action]").expect("it")];
    let action = &SECURITY[SECURITY.find("[action]").expect("it")..SECURITY.find("[automatic]").expect("it")];
    let severity = "severity = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"";
    let impact = "impact.en = \"Strangers can watch.\"";
    let cve = "\"CVE-2026-12345\"";
    let delayed = |what: &str| format!("disclosure = {{ delayed = {{ {what} }} }}");
    let no_reason = &delayed("until = 2027-01-01");
    let no_until = &delayed("reason.en = \"Others have not fixed it yet.\"");
    let notice = |from: &str, to: &str| {
        NOTICE[NOTICE.find(from).expect("it")..NOTICE.find(to).expect("it")].to_owned()
    };
    let (status, remedy) =
        (&notice("[[status]]", "[[remediation]]"), &notice("[[remediation]]", "[advisory.en]"));
    let contact = "contact = \"security@acme.example\"\n";
    hold(&[
        Case(SECURITY, &[(advisory, "")], Rule::Adv1, None),
        Case(NOTICE, &[(&notice("[advisory.en]", "[action]"), "")], Rule::Adv1, None),
        Case(SECURITY, &[(action, "")], Rule::Adv2, None),
        Case(SECURITY, &[("code = \"install-and-restart\"", "")], Rule::Adv2, Some("action")),
        Case(
            SECURITY,
            &[("text.en = \"Install now; the camera restarts once.\"", "")],
            Rule::Adv2,
            Some("action"),
        ),
        Case(SECURITY, &[(severity, "")], Rule::Adv3, Some("[[fix]]")),
        Case(SECURITY, &[(impact, "")], Rule::Adv3, Some("[[fix]]")),
        Case(SECURITY, &[(severity, no_reason)], Rule::Adv4, Some("delayed")),
        Case(SECURITY, &[(severity, no_until)], Rule::Adv4, Some("delayed")),
        Case(NOTICE, &[(status, "")], Rule::Adv5, None),
        Case(NOTICE, &[(remedy, "")], Rule::Adv5, None),
        Case(NOTICE, &[("\"workaround\"", "\"fix-planned\"")], Rule::Adv6, Some("[[remediation]]")),
        Case(SECURITY, &[(severity, "severity = \"9.8\"")], Rule::Adv8, Some("\"9.8\"")),
        Case(SECURITY, &[(severity, "severity = \"CVSS:3.1/AV:N\"")], Rule::Adv8, Some("\"CVSS:3.1/AV:N\"")),
        Case(SECURITY, &[(cve, "\"CVE-26-12345\"")], Rule::Adv9, Some("\"CVE-26-12345\"")),
        Case(SECURITY, &[(cve, "\"cve-2026-12345\"")], Rule::Adv9, Some("\"cve-2026-12345\"")),
        Case(NOTICE, &[("\"affected\"", "\"not-affected\"")], Rule::Adv10, Some("[[status]]")),
        Case(
            NOTICE,
            &[("\"affected\"", "\"not-affected\"\njustification = \"luck\"")],
            Rule::Adv10,
            Some("\"luck\""),
        ),
        Case(NOTICE, &[(contact, "")], Rule::Adv11, None),
        Case(WITHDRAWAL, &[("contact = \"support@acme.example\"\n", "")], Rule::Adv11, None),
        Case(
            SECURITY,
            &[(impact, &format!("{impact}\nexploited-since = 2026-06-20"))],
            Rule::Adv12,
            Some("2026-06-20"),
        ),
    ]);
}

/// Only a builder knows which languages the product is sold in.
#[test]
fn required_languages_are_held_by_the_builder() {
    let both = ("languages = [\"en\"]", "languages = [\"en\", \"de\"]");
    let german = "[advisory.de]\ntitle = \"Video\"\nsummary = \"Sichtbar.\"\ndetails = \"Ohne Passwort.\"\nimpact = \"Keine.\"";
    let act = (
        "text.en = \"Install now; the camera restarts once.\"",
        "text = { en = \"Install.\", de = \"Installieren.\" }",
    );
    let out = (
        "opt-out.en = \"Settings, Updates, Automatic: off.\"",
        "opt-out = { en = \"Settings.\", de = \"Einstellungen.\" }",
    );
    hold(&[
        Case(SECURITY, &[both], Rule::Adv7, Some("advisory")),
        Case(SECURITY, &[both, ("", german)], Rule::Adv7, Some("text")),
        Case(SECURITY, &[both, ("", german), act], Rule::Adv7, Some("opt-out")),
        Case(FEATURE, &[both], Rule::Adv7, Some("opt-out")),
        Case(NOTICE, &[both], Rule::Adv7, Some("advisory")),
        Case(WITHDRAWAL, &[both], Rule::Adv7, Some("advisory")),
    ]);
    let project = Project::new();
    build(&project, &edited(SECURITY, &[both, ("", german), act, out])).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn automatic_cost_support_and_defaults_are_held_by_the_builder() {
    let automatic =
        &SECURITY[SECURITY.find("[automatic]").expect("it")..SECURITY.find("[support]").expect("it")];
    let support = &SECURITY[SECURITY.find("[support]").expect("it")..];
    let opt_out = "opt-out.en = \"Settings, Updates, Automatic: off.\"";
    let (yes, no) = ("applicable = true", "applicable = false");
    let contact = "contact = \"security@acme.example\"";
    let paid = &format!("cost = \"paid\"\n{contact}");
    let tailor = "[tailor-made]\ncustomer = \"Metro\"\ncontract-digest = \"1111111111111111111111111111111111111111111111111111111111111111\"\npurpose.en = \"Tunnel cameras.\"\nwaives = [\"free-of-charge\"]";
    let less = |line: &str| tailor.lines().filter(|l| !l.starts_with(line)).collect::<Vec<_>>().join("\n");
    let latest = "[[evidence]]\nkind = \"risk\"\nmedia-type = \"text/plain\"\nfile = \"boot.img\"\n[latest-only]\nkind = \"sub-version\"\nfree = true\nhardware = [\"rev-a\"]\nevidence = [0]";
    let weaker = "[[default]]\nid = \"console\"\ndirection = \"weaker\"\ntext.en = \"The console is on.\"";
    hold(&[
        Case(SECURITY, &[(automatic, "")], Rule::Aut1, None),
        Case(SECURITY, &[(yes, "applicable = true\ndefault = \"off\"")], Rule::Aut2, Some("\"off\"")),
        Case(SECURITY, &[(opt_out, "")], Rule::Aut3, Some("automatic")),
        Case(SECURITY, &[(yes, no), (opt_out, "")], Rule::Aut4, Some("automatic")),
        Case(SECURITY, &[(yes, no), (opt_out, "reason = \"component\"")], Rule::Aut4, Some("automatic")),
        Case(
            SECURITY,
            &[(yes, no), (opt_out, "text.en = \"Part of others.\"")],
            Rule::Aut4,
            Some("automatic"),
        ),
        Case(SECURITY, &[(yes, no), (opt_out, "reason = \"lazy\"")], Rule::Aut4, Some("\"lazy\"")),
        Case(SECURITY, &[(yes, "applicable = false\ndefault = \"on\"")], Rule::Aut5, Some("\"on\"")),
        Case(SECURITY, &[(contact, paid)], Rule::Cst1, Some("\"paid\"")),
        Case(SECURITY, &[("", &less("customer"))], Rule::Cst2, Some("tailor-made")),
        Case(SECURITY, &[("", &less("contract"))], Rule::Cst2, Some("tailor-made")),
        Case(SECURITY, &[("", &less("purpose"))], Rule::Cst2, Some("tailor-made")),
        Case(SECURITY, &[("", &less("waives"))], Rule::Cst2, Some("tailor-made")),
        Case(
            SECURITY,
            &[("", tailor), ("\"free-of-charge\"", "\"separation\"")],
            Rule::Cst2,
            Some("\"separation\""),
        ),
        Case(SECURITY, &[("", latest), ("free = true", "free = false")], Rule::Cst3, Some("latest-only")),
        Case(
            SECURITY,
            &[
                ("", latest),
                ("class = \"security\"", "class = \"security\"\nenvironment-cost.en = \"A new hub.\""),
            ],
            Rule::Cst3,
            Some("latest-only"),
        ),
        Case(SECURITY, &[(support, "")], Rule::Sup1, None),
        Case(SECURITY, &[("until = \"2036-12\"", "")], Rule::Sup1, Some("support")),
        Case(SECURITY, &[("\"2036-12\"", "\"2036-13\"")], Rule::Sup1, Some("\"2036-13\"")),
        Case(SECURITY, &[("\"2036-12\"", "\"2025-12\"")], Rule::Sup1, Some("\"2025-12\"")),
        Case(SECURITY, &[("\"2036-12\"", "\"2030-12\"")], Rule::Sup2, Some("\"2030-12\"")),
        Case(SECURITY, &[("", weaker)], Rule::Def1, Some("\"weaker\"")),
    ]);
    // What an agreement may waive, and that it waives nothing else.
    let project = Project::new();
    let secure = tailor.replace("free-of-charge", "secure-default");
    for edits in [[(contact, paid.as_str()), ("", tailor)], [("", weaker), ("", &secure)]] {
        build(&project, &edited(SECURITY, &edits)).unwrap_or_else(|e| panic!("{e}"));
    }
    hold(&[
        Case(SECURITY, &[("", tailor), ("", weaker)], Rule::Def1, Some("\"weaker\"")),
        Case(SECURITY, &[("", &secure), (contact, paid)], Rule::Cst1, Some("\"paid\"")),
    ]);
}

/// AUTO-7: that a release may not install itself relaxes nothing else.
#[test]
fn what_is_not_automatic_is_held_to_every_other_rule() {
    let off = |text: &str| {
        edited(
            text,
            &[
                (
                    "applicable = true",
                    "applicable = false\nreason = \"industrial\"\ntext.en = \"By the operator.\"",
                ),
                ("opt-out.en = \"Settings, Updates, Automatic: off.\"\n", ""),
            ],
        )
    };
    let project = Project::new();
    build(&project, &off(SECURITY)).unwrap_or_else(|e| panic!("{e}"));
    build(&project, &off(FEATURE)).unwrap_or_else(|e| panic!("{e}"));
    let action = &SECURITY[SECURITY.find("[action]").expect("it")..SECURITY.find("[automatic]").expect("it")];
    hold(&[
        Case(&off(SECURITY), &[(action, "")], Rule::Adv2, None),
        Case(&off(SECURITY), &[("", CHANGE)], Rule::Sep7, Some("\"added\"")),
        Case(&off(SECURITY), &[("contact", "cost = \"paid\"\ncontact")], Rule::Cst1, Some("\"paid\"")),
    ]);
}

#[test]
fn the_form_is_held_by_the_builder() {
    let image = "[[image]]\ncomponent = \"boot\"\nfile = \"boot.img\"\n";
    let images = &format!("{image}\n[[image]]\ncomponent = \"rootfs\"\nfile = \"rootfs.img\"\n");
    let fix = "[[fix]]\nid = \"CVE-2026-12345\"\nseverity = \"high\"\nimpact.en = \"Bad.\"";
    let contact = "contact = \"security@acme.example\"";
    let status = "[[status]]\nid = \"CVE-2026-9999\"\nstatus = \"affected\"\nstates = [\"1111111111111111111111111111111111111111111111111111111111111111\"]";
    let id = "\"CVE-2026-12345\"";
    hold(&[
        Case(SECURITY, &[("vendor = \"acme\"", "")], Rule::Man1, Some("product")),
        Case(SECURITY, &[("hardware = [\"rev-a\", \"rev-b\"]", "")], Rule::Man1, Some("product")),
        Case(SECURITY, &[("version = \"1.0.1\"", "")], Rule::Man1, None),
        Case(SECURITY, &[("version = \"1.0.1\"", ""), (contact, "id = \"a\"")], Rule::Man1, Some("release")),
        Case(SECURITY, &[("line = \"1.0\"", "")], Rule::Man1, Some("release")),
        Case(SECURITY, &[(images, "")], Rule::Man1, None),
        Case(SECURITY, &[("component = \"boot\"", "")], Rule::Man1, Some("[[image]]")),
        Case(SECURITY, &[("file = \"boot.img\"", "")], Rule::Man1, Some("[[image]]")),
        Case(SECURITY, &[("restart = \"device\"", "")], Rule::Man1, Some("action")),
        Case(SECURITY, &[("max-postpone = \"14d\"", "")], Rule::Man1, Some("automatic")),
        Case(SECURITY, &[("details = \"The camera took any password.\"", "")], Rule::Man1, Some("en")),
        Case(NOTICE, &[("id = \"2026-01-upnp\"", "")], Rule::Man1, None),
        Case(WITHDRAWAL, &[("corrective = \"withdraw\"", "")], Rule::Man1, None),
        Case(SECURITY, &[(contact, "\"x-a b\" = \"a note\"")], Rule::Man2, None),
        Case(SECURITY, &[("\"acme\"", "\"a c m e\"")], Rule::Man4, Some("\"a c m e\"")),
        Case(SECURITY, &[("\"1.0.1\"", "\"../1.0.1\"")], Rule::Man4, None),
        Case(
            SECURITY,
            &[("\"1.0.1\"", "\"../1.0.1\""), (contact, "id = \"a\"")],
            Rule::Man4,
            Some("\"../1.0.1\""),
        ),
        Case(SECURITY, &[(contact, "id = \"../../etc\"")], Rule::Man4, Some("\"../../etc\"")),
        Case(SECURITY, &[(contact, "kind = \"relase\"")], Rule::Man4, Some("\"relase\"")),
        Case(
            SECURITY,
            &[("line = \"1.0\"", "line = \"1.0\"\nchannel = \"beta\"")],
            Rule::Man4,
            Some("\"beta\""),
        ),
        Case(SECURITY, &[("line = \"1.0\"", "line = \"1.0\"\nsequence = -1")], Rule::Man4, Some("-1")),
        Case(SECURITY, &[("\"72h\"", "\"soon\"")], Rule::Man4, Some("\"soon\"")),
        Case(SECURITY, &[("\"72h\"", "-3")], Rule::Man4, Some("-3")),
        Case(SECURITY, &[("\"install-and-restart\"", "\"reboot\"")], Rule::Man4, Some("\"reboot\"")),
        Case(
            SECURITY,
            &[("restart = \"device\"", "restart = \"device\"\ndeadline = \"soon\"")],
            Rule::Man4,
            Some("\"soon\""),
        ),
        Case(SECURITY, &[("\"boot.img\"", "\"empty.img\"")], Rule::Man5, Some("[[image]]")),
        Case(FEATURE, &[("", fix)], Rule::Man6, Some("fix")),
        Case(FEATURE, &[("", "[separation]\nkind = \"pure\"")], Rule::Man6, Some("separation")),
        Case(NOTICE, &[("", image)], Rule::Man6, Some("image")),
        Case(WITHDRAWAL, &[("", fix)], Rule::Man6, Some("fix")),
        Case(
            NOTICE,
            &[(contact, "contact = \"a@b.example\"\ncost = \"free\"")],
            Rule::Man6,
            Some("\"free\""),
        ),
        Case(NOTICE, &[("", "[release]\nversion = \"1.0.1\"")], Rule::Man6, Some("release")),
        Case(
            SECURITY,
            &[("applicable = true", "applicable = true\nreason = \"other\"")],
            Rule::Man6,
            Some("\"other\""),
        ),
        Case(SECURITY, &[("", fix)], Rule::Man7, Some("fix")),
        Case(SECURITY, &[("component = \"rootfs\"", "component = \"boot\"")], Rule::Man7, Some("[[image]]")),
        Case(SECURITY, &[(id, "\"CVE-2026-12345\"\ntouches = []")], Rule::Man9, Some("[]")),
        Case(SECURITY, &[("", &format!("{status}\nrisk = 3"))], Rule::Man10, Some("3")),
        Case(
            SECURITY,
            &[("", "[[require]]\nscope = \"product\"\nmin-security-level = 1")],
            Rule::Man4,
            Some("\"product\""),
        ),
    ]);
}

#[test]
fn texts_are_held_by_the_builder() {
    let summary = "\"Video could be seen by others.\"";
    let long = &format!("\"{}\"", "a".repeat(64 << 10));
    let url = |url: &str| format!("text.en = \"Off.\"\nurl = \"{url}\"");
    let off = "text.en = \"Switch off UPnP.\"";
    let evidence = "[[evidence]]\nkind = \"sbom\"\nmedia-type = \"text/plain\"\nfile = \"boot.img\"\nuri = \"file:///etc/passwd\"";
    hold(&[
        Case(SECURITY, &[(summary, r#""seen \u001b[31mred""#)], Rule::Txt1, Some(r#""seen \u001b[31mred""#)),
        Case(SECURITY, &[(summary, r#""a\rb""#)], Rule::Txt1, Some(r#""a\rb""#)),
        Case(SECURITY, &[(summary, r#""a\tb""#)], Rule::Txt1, Some(r#""a\tb""#)),
        Case(SECURITY, &[(summary, r#""a\u202eb""#)], Rule::Txt1, Some(r#""a\u202eb""#)),
        Case(SECURITY, &[(summary, "\"a\u{200b}b\"")], Rule::Txt1, Some("\"a\u{200b}b\"")),
        Case(
            SECURITY,
            &[("\"Video without password\"", r#""Video\nVERIFIED""#)],
            Rule::Txt1,
            Some(r#""Video\nVERIFIED""#),
        ),
        Case(SECURITY, &[("security@acme.example", r"a\u009bb")], Rule::Txt1, Some(r#""a\u009bb""#)),
        Case(SECURITY, &[(summary, "\"\"")], Rule::Txt2, Some("\"\"")),
        Case(SECURITY, &[(summary, "\" \\n \"")], Rule::Txt2, Some("\" \\n \"")),
        Case(
            SECURITY,
            &[("text.en = \"Install now; the camera restarts once.\"", "text = {}")],
            Rule::Txt2,
            Some("{}"),
        ),
        Case(SECURITY, &[(summary, long)], Rule::Txt3, Some("en")),
        Case(SECURITY, &[("impact.en", "impact.EN")], Rule::Txt4, Some("impact")),
        Case(SECURITY, &[("advisory.en", "advisory.english1")], Rule::Txt4, Some("advisory")),
        Case(NOTICE, &[(off, &url("http://acme.example"))], Rule::Txt6, Some("\"http://acme.example\"")),
        Case(NOTICE, &[(off, &url("javascript:alert(1)"))], Rule::Txt6, Some("\"javascript:alert(1)\"")),
        Case(
            NOTICE,
            &[(off, &url("https://a:b@acme.example"))],
            Rule::Txt6,
            Some("\"https://a:b@acme.example\""),
        ),
        Case(SECURITY, &[("", evidence)], Rule::Txt6, Some("\"file:///etc/passwd\"")),
    ]);
}

/// Builders are stricter than verifiers: what no verifier refuses, since a later Unicode may give it
/// a meaning, no builder writes.
#[test]
fn characters_of_no_category_are_not_written() {
    let summary = "\"Video could be seen by others.\"";
    // Private use, unassigned, a noncharacter, a soft hyphen.
    for c in ['\u{e000}', '\u{10fffd}', '\u{378}', '\u{fdd0}', '\u{ad}'] {
        let text = format!("\"odd {c} here\"");
        let rule = if pkg_format::text::is_forbidden(c) { Rule::Txt1 } else { Rule::Txt5 };
        hold(&[Case(SECURITY, &[(summary, &text)], rule, Some(&text))]);
    }
    // Letters of every script, marks, symbols and line feeds are written.
    let project = Project::new();
    let text = r#""Größe ≤ 5 €, пароль, パスワード, كلمة, पासवर्ड 🔒\nnext line""#;
    build(&project, &edit(SECURITY, summary, text)).unwrap_or_else(|e| panic!("{e}"));
}

/// A field is too long for a statement, or evidence for a package.
#[test]
fn bounds_are_held_by_the_builder() {
    let mut large = SECURITY.to_owned();
    for a in 'a'..='r' {
        let details = "x".repeat(63 << 10);
        large.push_str(&format!(
            "\n[advisory.a{a}]\ntitle = \"T\"\nsummary = \"S\"\ndetails = \"{details}\"\nimpact = \"I\"\n"
        ));
    }
    hold(&[Case(&large, &[("", "")], Rule::Con4, None)]);
    let mut many = SECURITY.replace("impact.en = \"Strangers can watch.\"\n", "");
    let languages: String =
        ('a'..='z').flat_map(|a| ['a', 'b', 'c'].map(|b| format!("impact.{a}{b} = \"x\"\n"))).collect();
    many = edit(&many, "[separation]", &format!("{languages}[separation]"));
    hold(&[Case(&many, &[("", "")], Rule::Man5, Some("impact"))]);
}

#[test]
fn steps_back_are_not_built() {
    let next = |line: &str| {
        edited(&following(SECURITY, "1.0.2", &[]), &[("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", line)])
    };
    let of = |text: &'static str, version: &str, line: &str| {
        edited(&following(text, version, &[]), &[("line = \"1.0\"", line)])
    };
    hold(&[
        Case(&next("line = \"1.0\"\nsequence = 2"), &[("", "")], Rule::Ver1, ANY),
        Case(&next("line = \"1.0\"\nsequence = 3"), &[("", "")], Rule::Ver2, ANY),
        Case(&next("line = \"1.0\"\nsecurity-level = 2"), &[("", "")], Rule::Ver3, ANY),
        Case(&of(FEATURE, "1.1.0", "line = \"1.2\"\nfeature-level = 2"), &[("", "")], Rule::Ver4, ANY),
        Case(&of(FEATURE, "1.1.0", "line = \"1.2\"\nfeature-level = 1"), &[("", "")], Rule::Ver4, ANY),
        Case(&next("line = \"1.0\"\nsequence = 70000"), &[("", "")], Rule::Ver5, ANY),
        Case(&next("line = \"1.0\"\nsecurity-level = 70000"), &[("", "")], Rule::Ver5, ANY),
        Case(&next("line = \"1.0\"\nsequence = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\"\nfeature-level = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\"\nsecurity-level = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\"\ngeneration = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(SECURITY, &[("id = \"CVE", "level = 0\nid = \"CVE")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\""), &[("name = \"cam\"", "name = \"doorbell\"")], Rule::App1, ANY),
    ]);
}

/// A fault that is found and then taken for none of the builder's: the step "applies to the line"
/// below its own level, where the release before does not stand.
#[test]
fn a_security_release_raises_the_level() {
    let next = following(
        SECURITY,
        "1.0.2",
        &[("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", "line = \"1.0\"\nsecurity-level = 3")],
    );
    hold(&[Case(&next, &[("", "")], Rule::Ver6, ANY)]);
}

/// What a description says is signed or refused, never dropped.
#[test]
fn nothing_that_is_written_is_dropped() {
    let contact = "contact = \"security@acme.example\"";
    hold(&[
        Case(SECURITY, &[(contact, "reason.en = \"It is a release.\"")], Rule::Man6, Some("reason")),
        Case(SECURITY, &[(contact, "scope = \"release\"")], Rule::Man6, Some("\"release\"")),
        Case(SECURITY, &[(contact, "corrective = \"recall\"")], Rule::Man6, Some("\"recall\"")),
        Case(
            NOTICE,
            &[("", "[[require]]\nscope = \"modem\"\nmin-security-level = 1")],
            Rule::Man6,
            Some("require"),
        ),
        Case(
            NOTICE,
            &[("", "[[reopen]]\nid = \"CVE-2026-9999\"\nreason.en = \"So.\"")],
            Rule::Man6,
            Some("reopen"),
        ),
    ]);
}

/// A substantial modification is a feature release with a risk assessment.
#[test]
fn generations_rise_with_a_risk_assessment_only() {
    let feature = following(
        FEATURE,
        "1.0.2",
        &[("\"1.0.0\"", "\"2.0.0\""), ("line = \"1.0\"", "line = \"2.0\"\nsubstantial = true")],
    );
    let security = following(
        SECURITY,
        "1.0.2",
        &[("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", "line = \"1.0\"\nsubstantial = true")],
    );
    let risk = "[[evidence]]\nkind = \"risk\"\nmedia-type = \"text/plain\"\nfile = \"boot.img\"";
    let by_hand = |n: u32| feature.replace("substantial = true", &format!("generation = {n}"));
    hold(&[
        Case(&feature, &[("", "")], Rule::Ver8, Some("release")),
        Case(&feature, &[("", risk), ("\"risk\"", "\"sbom\"")], Rule::Ver8, Some("release")),
        Case(&security, &[("", risk)], Rule::Ver8, Some("release")),
        Case(&by_hand(2), &[("", risk)], Rule::Ver8, Some("2")),
        Case(
            &by_hand(2)
                .replace("generation", "substantial = true\ngeneration")
                .replace("generation = 2", "generation = 0"),
            &[("", risk)],
            Rule::Ver7,
            Some("0"),
        ),
    ]);
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let built = build_with(&edit(&feature, "", risk), past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(release(&built.path).identity.generation, 2);
}

/// The date of issue does not fall from one release to the next; not from another line either.
#[test]
fn dates_do_not_fall() {
    let out = tempfile::tempdir().expect("a folder");
    let next = following(SECURITY, "1.0.2", &[("\"1.0.1\"", "\"1.0.9\"")]);
    let at = |issued| With { out: out.path().to_owned(), issued, ..With::all(past()) };
    let (rule, place, message) = refused(&next, &at(ISSUED + 2 * DAY - 1));
    assert_eq!((rule, place), (Some(Rule::Ver9), None), "{message}");
    assert_eq!(refused(&next, &at(ISSUED + 2 * DAY)).0, None, "on the same day");
}

// ---------------------------------------------------------------- what is no description at all

/// What reading a description says, and the text that the place points at.
fn unreadable(text: &str) -> (String, &str) {
    match Description::read(text, Path::new(".")) {
        Err(Error::Description { message, place }) => (message, &text[place]),
        Err(other) => panic!("{other:?}\n{text}"),
        Ok(_) => panic!("read:\n{text}"),
    }
}

#[test]
fn syntax_and_types_are_pointed_at() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("line = \"1.0\"", "line = ", "string values must be quoted", ""),
        ("[separation]", "[separation", "unclosed table", ""),
        ("\"1.0.1\"", "\"1.0.1", "invalid basic string", ""),
        ("kind = \"pure\"", "kind = \"pure\"\nkind = \"pure\"", "duplicate key", "kind"),
        ("class =", "clas =", "unknown key 'clas'; did you mean class?", "clas"),
        ("[separation]", "[seperation]", "unknown key 'seperation'; did you mean separation?", "seperation"),
        ("[[fix]]", "[[fixes]]", "unknown key 'fixes'; did you mean fix?", "fixes"),
        ("vendor =", "y-note =", "unknown key 'y-note'; expected one of vendor", "y-note"),
        ("severity =", "x-severity =", "unknown key 'x-severity'; did you mean severity?", "x-severity"),
        ("\"1.0.1\"", "1", "expected a string, found a number", "1"),
        ("\"1.0.1\"", "1.0", "expected a string, found a float", "1.0"),
        ("[\"rev-a\", \"rev-b\"]", "\"rev-a\"", "expected a list of strings, found a string", "\"rev-a\""),
        ("[\"rev-a\", \"rev-b\"]", "[1]", "expected a string, found a number", "1"),
        (
            "impact.en = \"Strangers can watch.\"",
            "impact = \"Bad.\"",
            "expected texts by language",
            "\"Bad.\"",
        ),
        ("impact.en = \"Strangers can watch.\"", "impact.en = 3", "expected a string, found a number", "3"),
        ("applicable = true", "applicable = \"yes\"", "expected true or false, found a string", "\"yes\""),
        ("\"72h\"", "true", "expected a length of time, found a boolean", "true"),
        (
            "[[image]]\ncomponent = \"boot\"\nfile = \"boot.img\"\n\n[[image]]",
            "[image]",
            "expected a list of tables",
            "[image]",
        ),
        ("[action]", "[[action]]", "expected a table, found a list", "[[action]]"),
        ("restart = \"device\"", "restart = \"device\"\ndeadline = 2026-02-30", "invalid date", "2026-02-30"),
        (
            "restart = \"device\"",
            "restart = \"device\"\ndeadline = true",
            "expected a time, found a boolean",
            "true",
        ),
    ];
    let mut wrong = Vec::new();
    for (from, to, message, place) in cases {
        let text = edit(SECURITY, from, to);
        let (found, at) = unreadable(&text);
        if !found.starts_with(message) || at != *place {
            wrong.push(format!("{to:?}:\n  expected {message:?} at {place:?}\n  found {found:?} at {at:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What this version does not build is said.
#[test]
fn deltas_are_refused_rather_than_forgotten() {
    let base = "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"";
    let built = build_with(&edit(SECURITY, "", base), past().dir(), &With::all(past()));
    assert!(matches!(built, Err(Error::Unsupported(_))), "{built:?}");
}

/// A byte order mark, CRLF line ends and an empty file are what editors make.
#[test]
fn what_editors_make_is_read() {
    let project = Project::new();
    build(&project, &SECURITY.replace('\n', "\r\n")).unwrap_or_else(|e| panic!("{e}"));
    let (rule, ..) = refused("", &With::all(&project));
    assert_eq!(rule, Some(Rule::Man1), "an empty file lacks everything");
    build(&project, &format!("\u{feff}{SECURITY}")).unwrap_or_else(|e| panic!("{e}"));
}

// ---------------------------------------------------------------- what follows from the releases before

fn of(version: &str) -> (Manifest, Release) {
    let path = past().path(&format!("out/cam-{version}.full.pkg"));
    (manifest(&path), release(&path))
}

/// Sequence, feature level, security level, generation.
fn counters(version: &str) -> (u64, u64, u64, u64) {
    let (manifest, release) = of(version);
    let i = release.identity;
    (manifest.common().sequence, i.feature_level, i.security_level, i.generation)
}

fn state(version: &str) -> Digest {
    let (manifest, release) = of(version);
    release.state(&manifest.common().product)
}

/// Fixes and changes with their levels, and the inherited kinds.
type Entries = (Vec<(String, u64)>, Vec<(String, u64)>, Vec<(u64, SeparationKind)>);

fn entries(release: &Release) -> Entries {
    let changes = release.changes().iter().map(|c| (c.id.to_string(), c.level)).collect();
    let Update::Security(security) = &release.update else { return (Vec::new(), changes, Vec::new()) };
    let fixes = security.fixes.iter().map(|f| (f.id.to_string(), f.level)).collect();
    (fixes, changes, security.inherited.iter().map(|i| (i.level, i.kind)).collect())
}

fn named<const N: usize>(entries: [(&str, u64); N]) -> Vec<(String, u64)> {
    entries.map(|(id, level)| (id.to_owned(), level)).to_vec()
}

#[test]
fn counters_follow_from_the_releases_before() {
    let expected = [
        ("1.0.0", (1, 1, 1, 1)), // the first: all ones
        ("1.0.1", (2, 1, 2, 1)), // a fix raises the security level
        ("1.0.2", (3, 1, 3, 1)), // and the next again
        ("1.1.0", (1, 2, 3, 1)), // a feature on a new line: its sequence begins again
        ("1.1.1", (2, 2, 4, 1)), // a fix there
        ("1.0.3", (4, 1, 4, 1)), // the same fix here, at the same level
        ("1.1.2", (3, 2, 5, 1)), // a fix by change
        ("1.1.3", (4, 2, 6, 1)), // a pure fix after it
    ];
    for (version, counters) in expected {
        assert_eq!(self::counters(version), counters, "{version}");
    }
}

#[test]
fn where_a_release_applies_follows_from_the_one_before() {
    let expected = [
        ("1.0.0", AppliesTo::States(vec![])),
        ("1.0.1", AppliesTo::Line),
        ("1.0.2", AppliesTo::Line),
        ("1.1.0", AppliesTo::States(vec![state("1.0.2")])),
        ("1.1.1", AppliesTo::Line),
        ("1.0.3", AppliesTo::Line),
    ];
    for (version, applies_to) in expected {
        assert_eq!(of(version).1.applies_to, applies_to, "{version}");
    }
}

#[test]
fn fixes_and_changes_are_copied_forward() {
    let (first, second, parser, console, last) =
        ("CVE-2026-12345", "CVE-2026-20002", "CVE-2026-40004", "ACME-5", "CVE-2026-60006");
    use SeparationKind::{ChangeIsFix, Inseparable};
    let (replaced, disabled) = (("new-parser", 4), ("no-console", 5));
    let expected: [(&str, Entries); 7] = [
        ("1.0.1", (named([(first, 2)]), vec![], vec![])),
        ("1.0.2", (named([(second, 3), (first, 2)]), vec![], vec![])),
        ("1.1.0", (vec![], named([("onvif", 2)]), vec![])),
        ("1.1.1", (named([(parser, 4)]), named([replaced]), vec![])),
        // What changed on line 1.1 for the same fix is nothing to line 1.0.
        ("1.0.3", (named([(parser, 4), (second, 3), (first, 2)]), vec![], vec![])),
        ("1.1.2", (named([(console, 5), (parser, 4)]), named([disabled, replaced]), vec![(4, Inseparable)])),
        (
            "1.1.3",
            (
                named([(last, 6), (console, 5), (parser, 4)]),
                named([disabled, replaced]),
                vec![(4, Inseparable), (5, ChangeIsFix)],
            ),
        ),
    ];
    for (version, entries) in expected {
        assert_eq!(self::entries(&of(version).1), entries, "{version}");
    }
    // The own kind binds the own entries only: 1.1.3 is pure, and what it passes on is not.
    let (_, third) = of("1.1.3");
    let security = third.security().expect("security");
    assert_eq!(security.separation.kind(), SeparationKind::Pure);
    assert_eq!(security.effective_kind(6, 3), Inseparable);
    assert_eq!(security.effective_kind(6, 4), ChangeIsFix);
    assert_eq!(security.effective_kind(6, 5), SeparationKind::Pure);
    // The words that justified it are those that were signed then.
    let (_, inseparable) = of("1.1.1");
    let why = inseparable.security().and_then(|s| s.separation.justification().cloned()).expect("why");
    assert_eq!(security.inherited[0].rationale, why.rationale);
    assert_eq!(security.inherited[0].approver, why.approver);
}

/// What was fixed on line 1.1 is not in line 1.0 at all.
const ELSEWHERE: &str = r#"[[status]]
id = "ACME-5"
status = "not-affected"
justification = "component_not_present"
states = ["out/cam-1.0.3.full.pkg"]

[[status]]
id = "CVE-2026-60006"
status = "not-affected"
justification = "component_not_present"
states = ["out/cam-1.0.3.full.pkg"]
"#;

/// A level says of every fix at or below it that it is there, or not needed.
#[test]
fn levels_claim_only_what_is_fixed() {
    let class = "class = \"security\"";
    let next =
        following(SECURITY, "1.0.3", &[("\"1.0.1\"", "\"1.0.4\""), ("CVE-2026-12345", "CVE-2026-70007")]);
    let next = edit(&next, class, &format!("{class}\nknown = \"out\""));
    let one = &ELSEWHERE[..ELSEWHERE.find("\n[[status]]").expect("two")];
    let affected =
        ELSEWHERE.replacen("not-affected\"\njustification = \"component_not_present", "affected", 1);
    hold(&[
        Case(&next, &[("", "")], Rule::Ver10, ANY),
        Case(&next, &[("", one)], Rule::Ver10, ANY),
        Case(&next, &[("", &affected)], Rule::Ver10, ANY),
    ]);
}

/// With `known` the highest counter of all counts, not that of the release before.
#[test]
fn counters_follow_from_all_that_is_known() {
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let build = |text: &str| build_with(text, past().dir(), &with).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let known = |text: &str, class: &str| edit(text, class, &format!("{class}\nknown = \"out\""));
    // A fix on line 1.0, after six levels were given on both.
    let class = "class = \"security\"";
    let next =
        following(SECURITY, "1.0.3", &[("\"1.0.1\"", "\"1.0.4\""), ("CVE-2026-12345", "CVE-2026-70007")]);
    let alone = release(&build(&next).path);
    let aware = release(&build(&edit(&known(&next, class), "", ELSEWHERE)).path);
    assert_eq!((alone.identity.security_level, aware.identity.security_level), (5, 7));
    // 1.0.3 carried what is below it, so both repeat the same.
    let fixes = |own: u64| {
        let ids =
            [("CVE-2026-70007", own), ("CVE-2026-40004", 4), ("CVE-2026-20002", 3), ("CVE-2026-12345", 2)];
        named(ids)
    };
    assert_eq!((entries(&alone).0, entries(&aware).0), (fixes(5), fixes(7)));
    // A release on a line that exists goes behind those on it.
    let feature = following(
        FEATURE,
        "1.0.3",
        &[("\"1.0.0\"", "\"1.1.9\""), ("line = \"1.0\"", "line = \"1.1\""), ("night-mode", "radar")],
    );
    let sequence = |text: &str| {
        let built = build(text);
        let sequence = manifest(&built.path).common().sequence;
        std::fs::remove_file(built.path).expect("a package");
        sequence
    };
    assert_eq!(sequence(&feature), 1, "as far as the release before tells");
    assert_eq!(sequence(&known(&feature, "class = \"feature\"")), 5);
}

/// A feature release from one that is below others repeats their changes.
#[test]
fn feature_changes_are_copied_forward() {
    let project = Project::new();
    let make = |version: &str, text: &str| {
        project.write("rootfs.img", content(version, 900));
        build(&project, text).unwrap_or_else(|e| panic!("{version}: {e}")).path
    };
    make("1.0.0", FEATURE);
    let second = [("\"1.0.0\"", "\"1.1.0\""), ("night-mode", "radar")];
    make("1.1.0", &following(FEATURE, "1.0.0", &second));
    let third = following(FEATURE, "1.1.0", &[("\"1.0.0\"", "\"1.2.0\""), ("night-mode", "sonar")]);
    let one_step = release(&make("1.2.0", &third));
    assert_eq!(entries(&one_step).1, named([("sonar", 3)]));
    let from_both = edit(
        &third,
        "line = \"1.0\"",
        "line = \"1.0\"\nknown = \"out\"\napplies-to = [\"out/cam-1.0.0.full.pkg\", \"out/cam-1.1.0.full.pkg\"]",
    );
    let jump = release(&make("1.2.0", &from_both));
    assert_eq!(entries(&jump).1, named([("sonar", 3), ("radar", 2)]));
}

/// A package that is built again is not its own past.
#[test]
fn building_again_changes_nothing() {
    let project = Project::new();
    let text = edit(SECURITY, "class = \"security\"", "class = \"security\"\nknown = \"out\"");
    let first = build(&project, &text).unwrap_or_else(|e| panic!("{e}"));
    let bytes = std::fs::read(&first.path).expect("a package");
    let second = build(&project, &text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((second.path.clone(), second.manifest), (first.path, first.manifest));
    assert!(std::fs::read(&second.path).expect("a package") == bytes);
}

/// Nor does it replace what another build made.
#[test]
fn another_step_is_not_replaced() {
    let project = Project::new();
    let first = build(&project, SECURITY).unwrap_or_else(|e| panic!("{e}"));
    let bytes = std::fs::read(&first.path).expect("a package");
    let other = edit(SECURITY, "line = \"1.0\"", "line = \"1.0\"\nsequence = 2");
    let built = build(&project, &other);
    assert!(matches!(built, Err(Error::WouldReplace { .. })), "{built:?}");
    assert!(std::fs::read(&first.path).expect("a package") == bytes);
    assert_eq!(project.list("out").len(), 1);
}

/// Notices and withdrawals count together, apart from releases.
#[test]
fn words_share_one_sequence() {
    let project = Project::new();
    let sequence = |text: &str| {
        manifest(&build(&project, text).unwrap_or_else(|e| panic!("{e}\n{text}")).path).common().sequence
    };
    build(&project, FEATURE).unwrap_or_else(|e| panic!("{e}"));
    let known =
        |text: &str, id: &str| edit(text, "id = \"2026-", &format!("known = \"out\"\nid = \"{id}-2026-"));
    assert_eq!(sequence(&known(NOTICE, "a")), 1);
    assert_eq!(sequence(&known(WITHDRAWAL, "b")), 2);
    assert_eq!(sequence(&known(NOTICE, "c")), 3);
    // From the one before alone, or by hand.
    let previous = "previous = \"out/cam-b-2026-02-withdraw.withdrawal.pkg\"";
    assert_eq!(
        sequence(&edited(NOTICE, &[("contact", &format!("{previous}\ncontact")), ("\"2026-", "\"d-2026-")])),
        3
    );
    assert_eq!(
        sequence(&edited(NOTICE, &[("contact", "sequence = 9\ncontact"), ("\"2026-", "\"e-2026-")])),
        9
    );
    assert_eq!(project.list("out").len(), 6);
}

/// Whatever names a state in a description, the manifest has the digest of the state.
#[test]
fn references_become_state_digests() {
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let one = "1111111111111111111111111111111111111111111111111111111111111111";
    let by_path = NOTICE.replace(one, "out/cam-1.0.1.full.pkg").replace(
        "text.en = \"Switch off UPnP.\"",
        "text.en = \"Off.\"\nrelease = \"out/cam-1.0.2.full.pkg\"",
    );
    let by_manifest = edit(
        &by_path.replace("out/cam-1.0.1.full.pkg", &of("1.0.1").0.digest_hex()),
        "contact",
        "known = \"out\"\ncontact",
    );
    for text in [by_path, by_manifest] {
        let built = build_with(&text, past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        let manifest = manifest(&built.path);
        let pkg_format::manifest::Body::Notice(notice) = manifest.body() else { panic!("a notice") };
        assert_eq!(notice.statuses[0].states, [state("1.0.1")]);
        assert_eq!(notice.remediations[0].states, [state("1.0.1")]);
        assert_eq!(notice.remediations[0].release, Some(state("1.0.2")));
    }
    // What replaces a manifest names the manifest.
    let supersedes = edit(WITHDRAWAL, "contact", "supersedes = [\"out/cam-1.0.1.full.pkg\"]\ncontact");
    let built = build_with(&supersedes, past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
    let package = std::fs::read(past().path("out/cam-1.0.1.full.pkg")).expect("a package");
    let digest = pkg_verify::open(&package[..]).expect("a package").manifest_digest();
    assert_eq!(manifest(&built.path).common().supersedes, [digest]);
}

trait DigestHex {
    fn digest_hex(&self) -> String;
}

impl DigestHex for Manifest {
    fn digest_hex(&self) -> String {
        Digest::of(&self.to_tree().to_bytes()).to_string()
    }
}

/// Document 2: defaults are written out, so that no reader needs to know them.
#[test]
fn defaults_are_written_out() {
    let tree = |text: &str| {
        let project = Project::new();
        manifest(&build(&project, text).unwrap_or_else(|e| panic!("{e}")).path).to_tree()
    };
    let at = |tree: &Tree, path: &str| {
        path.split('.').fold(tree.clone(), |tree, key| match (&tree, key.parse::<usize>()) {
            (Tree::List(list), Ok(i)) => list[i].clone(),
            (map, _) => map.get(key).unwrap_or_else(|| panic!("no {path}")).clone(),
        })
    };
    let security = tree(SECURITY);
    let word = |word: &str| Tree::text(word);
    for (path, value) in [
        ("format", Tree::Uint(1)),
        ("kind", word("release")),
        ("id", word("cam-1.0.1")),
        ("sequence", Tree::Uint(1)),
        ("issued", Tree::Uint(ISSUED)),
        ("cost", word("free")),
        ("release.channel", word("stable")),
        ("release.environment-cost", word("none")),
        ("release.scope", word("product")),
        ("release.feature-level", Tree::Uint(1)),
        ("release.security-level", Tree::Uint(1)),
        ("release.generation", Tree::Uint(1)),
        ("applies-to", Tree::List(vec![])),
        ("fixes.0.disclosure", word("public")),
        ("fixes.0.exploited", Tree::Bool(false)),
        ("fixes.0.status", word("fixed")),
        ("fixes.0.affected", word("applies-to")),
        ("fixes.0.level", Tree::Uint(1)),
        ("automatic.default", word("on")),
        ("automatic.install-within", Tree::Uint(259_200)),
        ("automatic.max-postpone", Tree::Uint(1_209_600)),
    ] {
        assert_eq!(at(&security, path), value, "{path}");
    }
    let feature = tree(FEATURE);
    assert_eq!(at(&feature, "also-fixes"), Tree::List(vec![]));
    assert_eq!(at(&feature, "changes.0.level"), Tree::Uint(1));
    let off = edited(
        SECURITY,
        &[
            (
                "applicable = true",
                "applicable = false\nreason = \"component\"\ntext.en = \"Part of others.\"",
            ),
            ("opt-out.en = \"Settings, Updates, Automatic: off.\"", ""),
        ],
    );
    assert_eq!(at(&tree(&off), "automatic.default"), word("off"));
    // False is written by leaving the field out, and an own value stays.
    let fresh = edit(SECURITY, "class", "fresh = false\nchannel = \"testing\"\nscope = \"modem\"\nclass");
    let fresh = tree(&fresh);
    assert_eq!(fresh.get("fresh"), None);
    assert_eq!(at(&fresh, "release.channel"), word("testing"));
    assert_eq!(at(&fresh, "release.scope"), word("modem"));
}

// ---------------------------------------------------------------- the same input, the same bytes

/// Images of many chunks would be slow here; several images make as many pieces of work.
const MANY: &str = "[[image]]\ncomponent = \"extra-0\"\nfile = \"boot.img\"\n[[image]]\ncomponent = \"extra-1\"\nfile = \"rootfs.img\"\n[[image]]\ncomponent = \"a-0\"\nfile = \"big.img\"\n";

#[test]
fn the_same_input_gives_the_same_bytes() {
    let evidence = "[[evidence]]\nkind = \"sbom\"\nmedia-type = \"text/plain\"\nfile = \"sbom.txt\"";
    let text = edited(SECURITY, &[("", MANY), ("", evidence)]);
    let mut all = BTreeMap::new();
    for (jobs, seconds) in [(1, 1_000_000), (2, 1_700_000_000), (7, 1_900_000_000)] {
        let project = Project::new();
        project.write("sbom.txt", "parts: boot, rootfs\n");
        // Three chunks of 8 MiB.
        let pattern: Vec<u8> =
            (0..17u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 29) as u8).collect();
        project.write("big.img", &pattern);
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        for name in ["boot.img", "rootfs.img", "big.img", "sbom.txt"] {
            let file = std::fs::File::options().write(true).open(project.path(name)).expect("a file");
            file.set_modified(time).expect("a time");
        }
        let with = With { jobs, ..With::all(&project) };
        let built = build_with(&text, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        all.insert(jobs, std::fs::read(&built.path).expect("a package"));
    }
    let first = &all[&1];
    assert!(
        all.values().all(|bytes| bytes == first),
        "sizes: {:?}",
        all.values().map(Vec::len).collect::<Vec<_>>()
    );
}

/// The manifest differs in its date, the delivery in the manifest's digest, both in their
/// signatures, and the payloads not at all.
#[test]
fn another_date_changes_the_date_only() {
    let project = Project::new();
    let statements = |issued| {
        let with = With { issued, ..With::all(&project) };
        let built = build_with(SECURITY, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        let bytes = std::fs::read(&built.path).expect("a package");
        let verified = pkg_verify::open(&bytes[..])
            .and_then(|p| p.verify(&keyrings::standard(), &Policy::default()))
            .expect("a sound package");
        (verified.manifest().to_tree(), verified.delivery().expect("a delivery").clone(), bytes)
    };
    let ((early, delivery, bytes), (late, later, others)) = (statements(ISSUED), statements(ISSUED + 1));
    let differ = |a: &Tree, b: &Tree| match (a, b) {
        (Tree::Map(a), Tree::Map(b)) => {
            assert_eq!(a.len(), b.len());
            a.iter().zip(b).filter(|(a, b)| a != b).map(|(a, _)| a.0.clone()).collect::<Vec<_>>()
        }
        _ => panic!("statements are maps"),
    };
    assert_eq!(differ(&early, &late), ["issued"]);
    assert_eq!(delivery.kind, DeliveryKind::Full);
    assert_eq!(differ(&delivery.to_tree(), &later.to_tree()), ["manifest"]);
    assert_eq!(bytes.len(), others.len());
    let payloads: u64 = delivery.payloads.iter().flat_map(|p| &p.chunks).map(|c| c.stored_bytes).sum();
    let tail = bytes.len() - usize::try_from(payloads).expect("small");
    assert!(bytes[tail..] == others[tail..]);
}

/// A build is judged by the keyring that it was given, not by its own keys.
#[test]
fn what_the_keyring_refuses_is_not_kept() {
    let keyring = keyrings::standard();
    let refused = |text: &str, keys: &[&'static str]| {
        let project = Project::new();
        let with = With { keys, keyring: Some(&keyring), ..With::all(&project) };
        let error = build_with(text, project.dir(), &with).expect_err("refused");
        assert!(project.list("out").is_empty(), "{:?}", project.list("out"));
        assert!(matches!(error, Error::Package { .. }), "{error:?}");
        error.refusal().expect("a rule").rule
    };
    assert_eq!(refused(SECURITY, &["feature"]), Rule::Sig15);
    assert_eq!(refused(SECURITY, &["security"]), Rule::Sig15, "the delivery has no key of its own");
    assert_eq!(refused(SECURITY, &["stranger"]), Rule::Sig2);
    assert_eq!(refused(FEATURE, &["revoked"]), Rule::Sig14);
    assert_eq!(refused(NOTICE, &["withdrawal"]), Rule::Sig15);
    assert_eq!(refused(&edit(SECURITY, "contact", "keyring-min = 3\ncontact"), &["all"]), Rule::Key6);
    let project = Project::new();
    let with = With { keyring: Some(&keyring), ..With::all(&project) };
    build_with(SECURITY, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
}

/// Earlier packages are verified: an altered one, one by strangers, none at all.
#[test]
fn earlier_packages_are_not_just_believed() {
    let project = Project::new();
    build_with(FEATURE, project.dir(), &With { keys: &["stranger"], ..With::all(&project) })
        .unwrap_or_else(|e| panic!("{e}"));
    let next = following(SECURITY, "1.0.0", &[]);
    let rule = |text: &str| build(&project, text).expect_err("refused").refusal().map(|r| r.rule);
    assert_eq!(rule(&next), Some(Rule::Sig2));
    let mut bytes = project.read("out/cam-1.0.0.full.pkg");
    let version = bytes.windows(5).position(|w| w == b"night").expect("the change");
    bytes[version] ^= 1;
    project.write("out/cam-1.0.0.full.pkg", bytes);
    assert!(matches!(rule(&next), Some(Rule::Sig7 | Rule::Sig3)), "{:?}", rule(&next));
    project.write("out/cam-1.0.0.full.pkg", "");
    assert_eq!(rule(&next), Some(Rule::Con1));
    std::fs::remove_file(project.path("out/cam-1.0.0.full.pkg")).expect("a file");
    assert!(matches!(build(&project, &next), Err(Error::File { action: "read", .. })));
    // An unsigned build has no key to trust anything by.
    let unsigned = build_with(&next, project.dir(), &With { keys: &[], ..With::all(&project) });
    assert!(matches!(unsigned, Err(Error::Missing(_))), "{unsigned:?}");
}

/// Set from outside, the flag ends the build and nothing stays.
#[test]
fn an_interrupted_build_leaves_nothing() {
    let project = Project::new();
    let signer = signer("all");
    let interrupted = AtomicBool::new(false);
    let options = Options {
        out: &project.path("out"),
        jobs: NonZeroUsize::MIN,
        level: Level::Fast,
        issued: ISSUED,
        keyring: None,
        signers: &[&signer],
        delivery_signers: &[],
        interrupted: &interrupted,
        progress: &|_| interrupted.store(true, std::sync::atomic::Ordering::Relaxed),
    };
    let built = Description::read(SECURITY, project.dir()).and_then(|d| d.build(&options));
    assert!(matches!(built, Err(Error::Interrupted)), "{built:?}");
    assert!(project.list("out").is_empty());
}
