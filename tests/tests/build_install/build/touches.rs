//! Which files of the images changed, and which of them a fix touches.

use super::*;
use pkg_builder::UnattributedChanges;
use std::cell::RefCell;

const BEFORE: [(&str, &str); 4] =
    [("bin/tool", "1"), ("etc/motd", "hello"), ("lib/libfoo.so.1", "foo 1"), ("lib/old.so", "old")];

/// The tool and the library changed, one file came and one went.
const AFTER: [(&str, &str); 4] =
    [("bin/tool", "2"), ("etc/motd", "hello"), ("lib/libfoo.so.1", "foo 2"), ("lib/new/x.so", "new")];

/// A project whose first release has `BEFORE` as rootfs.
fn project() -> Project {
    let project = Project::new();
    project.write_tar("rootfs.img", &BEFORE);
    build(&project, FEATURE).expect("a first release");
    project.write_tar("rootfs.img", &AFTER);
    project
}

/// A security release after that one, whose fix touches these.
fn after_first(touches: &str) -> String {
    let touches = if touches.is_empty() { String::new() } else { format!("touches = [{touches}]\n") };
    following(SECURITY, "1.0.0", &[("severity =", &format!("{touches}severity ="))])
}

fn files(found: &UnattributedChanges) -> Vec<String> {
    found.files.iter().map(ToString::to_string).collect()
}

/// Versions of the bases, and what changed since each.
type Found = Vec<(String, UnattributedChanges)>;

/// Builds, and returns what was reported too.
fn told(project: &Project, text: &str, strict: bool) -> (Result<Vec<Built>, Error>, Found) {
    let (signer, told) = (signer("all"), RefCell::new(Vec::new()));
    let out = project.path("out");
    let package =
        PackageOptions { level: Level::Fast, replace: Replace::SameStep, ..PackageOptions::new(&out) };
    let options = BuildOptions {
        signers: &[&signer],
        separation: Separation {
            strict,
            tell: &|base, found| told.borrow_mut().push((base.to_string(), found.clone())),
        },
        ..BuildOptions::new(package, ISSUED + DAY)
    };
    let built = Description::read(text, project.dir(), &[]).and_then(|d| d.build(&options));
    (built, told.into_inner())
}

/// The same of a release that is built; the files that were named, if any.
fn named(project: &Project, text: &str) -> Option<Vec<String>> {
    let (built, mut told) = told(project, text, false);
    built.unwrap_or_else(|e| panic!("{e}"));
    assert!(told.len() <= 1, "{told:?}");
    told.pop().map(|(_, found)| files(&found)).filter(|files| !files.is_empty())
}

const ALL: [&str; 4] =
    ["~ rootfs: bin/tool", "~ rootfs: lib/libfoo.so.1", "+ rootfs: lib/new/x.so", "- rootfs: lib/old.so"];

#[test]
fn a_fix_that_says_nothing_leaves_every_file_open() {
    let (built, told) = told(&project(), &after_first(""), false);
    assert!(built.is_ok());
    let [(base, found)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((base.as_str(), found.changed, found.has_touches()), ("1.0.0", 4, false));
    assert_eq!(files(found), ALL);
}

#[test]
fn what_a_fix_touches_is_not_named() {
    let project = project();
    let rest = |touches: &str| named(&project, &after_first(touches));
    assert_eq!(rest("\"bin/*\", \"lib/**\""), None);
    assert_eq!(rest("\"**\""), None);
    assert_eq!(rest("\"rootfs:**\""), None);
    assert_eq!(rest("\"boot:**\""), Some(ALL.map(String::from).to_vec()), "bound to another image");
    assert_eq!(rest("\"lib/**\""), Some(vec![ALL[0].into()]));
    assert_eq!(rest("\"bin/tool\", \"lib/*.so\", \"lib/lib*\""), Some(vec![ALL[2].into()]));
    assert_eq!(rest("\"etc/*\""), Some(ALL.map(String::from).to_vec()));
}

#[test]
fn strictly_held_it_is_refused() {
    let project = project();
    let cases = [
        ("", "4 files differ from 1.0.0, and no fix says what it touches"),
        (
            "\"lib/**\"",
            "no fix touches 1 of 4 files that differ from 1.0.0; if a fix needs the change, add to its touches: \"rootfs:/bin/tool\"",
        ),
    ];
    for (touches, why) in cases {
        let (built, _) = told(&project, &after_first(touches), true);
        let error = built.expect_err("refused");
        let refusal = error.refusal().expect("a refusal");
        assert_eq!((refusal.rule, refusal.at.as_str()), (Rule::Sep18, "fix[0]"));
        assert!(refusal.why.contains(why), "{}", refusal.why);
        assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"], "nothing is left");
        // What it proposes helps.
        let entries = refusal.why.split_once("add to its touches: ").expect("a proposal").1;
        let separator = if touches.is_empty() { "" } else { ", " };
        let (built, _) = told(&project, &after_first(&format!("{touches}{separator}{entries}")), true);
        for package in built.expect("accepted") {
            std::fs::remove_file(package.path).expect("removed");
        }
    }
    let (built, told) = told(&project, &after_first("\"bin/*\", \"lib/**\""), true);
    assert!(built.is_ok() && told.is_empty(), "{built:?}");
}

#[test]
fn a_format_that_is_not_known_counts_where_it_is_strict() {
    let project = Project::new();
    build(&project, FEATURE).expect("a first release");
    project.write("rootfs.img", content("rootfs 2", 20_000));
    let (built, found) = told(&project, &after_first(""), false);
    assert!(built.is_ok());
    let [(_, found)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found.unexplained, [("rootfs".into(), "its format is unknown".into())]);
    assert!(found.files.is_empty(), "nothing is known of files: {found:?}");
    let (built, _) = told(&project, &after_first("\"bin/*\""), true);
    let error = built.expect_err("refused");
    let refusal = error.refusal().expect("a refusal");
    assert_eq!(refusal.rule, Rule::Sep18);
    assert!(refusal.why.ends_with("add to its touches: \"rootfs:**\""), "{}", refusal.why);
    let (built, _) = told(&project, &after_first("\"**\", \"boot:**\""), true);
    assert_eq!(built.expect_err("no pattern names it").refusal().map(|r| r.rule), Some(Rule::Sep18));
    let (built, _) = told(&project, &after_first("\"rootfs:**\""), true);
    assert!(built.is_ok(), "{built:?}");
}

#[test]
fn other_bytes_without_a_difference_are_not_nothing() {
    let project = Project::new();
    project.write_tar("rootfs.img", &BEFORE);
    build(&project, FEATURE).expect("a first release");
    // Another time of the first file, and the checksum that goes with it.
    let mut tar = project.read("rootfs.img");
    tar[136..147].copy_from_slice(b"00000000001");
    tar[148..156].copy_from_slice(b"        ");
    let sum: u32 = tar[..512].iter().map(|b| u32::from(*b)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    project.write("rootfs.img", tar);
    let (built, found) = told(&project, &after_first("\"bin/*\""), false);
    assert!(built.is_ok());
    let [(_, found)] = found.as_slice() else { panic!("{found:?}") };
    assert!(found.unexplained[0].1.contains("only times, the layout or a journal"), "{found:?}");
    let (built, _) = told(&project, &after_first("\"**\""), true);
    assert_eq!(built.expect_err("refused").refusal().map(|r| r.rule), Some(Rule::Sep18));
    let (built, _) = told(&project, &after_first("\"rootfs:**\""), true);
    assert!(built.is_ok(), "{built:?}");
}

#[test]
fn fixes_that_touch_everything_are_told() {
    let project = project();
    let everything = |touches: &str| {
        let (built, told) = told(&project, &after_first(touches), true);
        assert!(built.is_ok(), "{touches}: {built:?}");
        told.into_iter().flat_map(|(_, t)| t.everything).collect::<Vec<_>>()
    };
    for all in ["\"**\"", "\"rootfs:**\"", "\"**/*\"", "\"*\", \"*/**\""] {
        assert_eq!(everything(all), ["rootfs"], "{all}");
    }
    assert!(everything("\"bin/*\", \"lib/**\"").is_empty());
}

/// Whoever may write an image swaps it after it was looked at.
#[test]
fn what_is_looked_at_is_what_is_packed() {
    let project = project();
    let signer = signer("all");
    // What is told is told after an image was looked at, and before it is packed.
    let swap = || std::fs::write(project.path("rootfs.img"), b"another image").expect("written");
    let out = project.path("out");
    let package =
        PackageOptions { level: Level::Fast, replace: Replace::SameStep, ..PackageOptions::new(&out) };
    let options = BuildOptions {
        signers: &[&signer],
        separation: Separation { strict: false, tell: &|_, _| swap() },
        ..BuildOptions::new(package, ISSUED + DAY)
    };
    let built =
        Description::read(&after_first("\"lib/**\""), project.dir(), &[]).and_then(|d| d.build(&options));
    let error = built.expect_err("another image").to_string();
    assert!(error.contains("changed while it was read"), "{error}");
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"], "nothing is left");
}

#[test]
fn only_fixes_that_are_new_count() {
    let project = project();
    told(&project, &after_first("\"bin/*\", \"lib/**\""), true).0.expect("a second release");
    // The third changes the library again; the fix of the second, which it copies, touched that.
    let third = [AFTER[0], AFTER[1], ("lib/libfoo.so.1", "foo 3"), AFTER[3]];
    project.write_tar("rootfs.img", &third);
    let text = |touches: &str| {
        let touches = format!("touches = [{touches}]\nseverity =");
        let next =
            following(SECURITY, "1.0.1", &[("\"1.0.1\"\nline", "\"1.0.2\"\nline"), ("severity =", &touches)]);
        next.replace("CVE-2026-12345", "CVE-2026-54321")
    };
    assert_eq!(named(&project, &text("\"bin/*\"")), Some(vec![ALL[1].into()]));
    assert_eq!(named(&project, &text("\"lib/lib*\"")), None);
}

#[test]
fn bases_stand_in_for_a_release_before_that_is_not_at_hand() {
    let project = Project::new();
    project.write_tar("old.img", &BEFORE);
    project.write_tar("rootfs.img", &AFTER);
    let base = "[[base]]\nversion = \"0.9\"\n[base.images]\nrootfs = \"old.img\"\n";
    let text = edit(SECURITY, "", base);
    let text = edit(&text, "class = \"security\"", "class = \"security\"\napplies-to = \"line\"");
    let (built, told) = told(&project, &text, false);
    built.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told.iter().map(|(base, t)| (base.as_str(), t.files.len())).collect::<Vec<_>>(), [("0.9", 4)]);
}

/// A release for devices in use that names nothing to be held against passes no strict check.
#[test]
fn nothing_before_it_is_not_enough_where_it_is_strict() {
    let project = Project::new();
    let for_line = edit(SECURITY, "class = \"security\"", "class = \"security\"\napplies-to = \"line\"");
    assert!(matches!(told(&project, &for_line, true).0, Err(Error::NothingBefore)));
    told(&project, &for_line, false).0.expect("a release");
    let first =
        for_line.replace("applies-to = \"line\"", "applies-to = []").replace("\"1.0.1\"", "\"1.0.2\"");
    // It may say that it is the first; what it is compared with is nothing all the same.
    assert!(matches!(told(&project, &first, true).0, Err(Error::NothingBefore)));
    told(&project, &first, false).0.expect("a first release, for empty devices");
}

#[test]
fn a_delta_as_the_release_before_is_not_enough_where_it_is_strict() {
    let project = project();
    let text = edit(
        &after_first("\"**\""),
        "[separation]",
        "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"\n\n[separation]",
    );
    // Large enough that a delta pays.
    let large = "the same text again ".repeat(4000);
    let large: String = large
        .chars()
        .zip((0u32..).map(|i| i.wrapping_mul(2_654_435_761)))
        .map(|(c, n)| if n % 3 == 0 { char::from(b'a' + (n >> 13) as u8 % 26) } else { c })
        .collect();
    project.write_tar("rootfs.img", &[("large", &large)]);
    build(&project, FEATURE).expect("a first release");
    project.write_tar("rootfs.img", &[("large", &large), ("more", "x")]);
    told(&project, &text, true).0.expect("a second release");
    let delta = "out/cam-1.0.1.from-1.0.0.pkg";
    assert!(project.path(delta).exists(), "{:?}", project.list("out"));
    let class = format!("class = \"security\"\nprevious = \"{delta}\"");
    let next = edited(SECURITY, &[("class = \"security\"", &class), ("\"1.0.1\"\nline", "\"1.0.2\"\nline")]);
    let next = next.replace("CVE-2026-12345", "CVE-2026-54321");
    assert!(told(&project, &next, false).1.is_empty());
    assert!(matches!(told(&project, &next, true).0, Err(Error::NotFull { what: "previous release", .. })));
}

#[test]
fn feature_releases_may_change_what_they_like() {
    let project = project();
    let next = following(
        FEATURE,
        "1.0.0",
        &[("version = \"1.0.0\"", "version = \"1.1.0\""), ("line = \"1.0\"", "line = \"1.1\"")],
    );
    let (built, told) = told(&project, &next, true);
    assert!(built.is_ok() && told.is_empty(), "{built:?}");
}
