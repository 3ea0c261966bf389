//! Deltas through the binary: packages for bases, applying them, patches between bare files.

mod applying;
mod building;
mod patches;

use pkg_format::{Digest, Rule};
use pkg_tests::fake::content;
use pkg_tests::project::{FEATURE, Project, SECURITY, edit, edited};
use pkg_tests::tool::Run;
use serde_json::Value;
use std::fs;
use std::sync::OnceLock;

/// The date of every build.
const DATE: &str = "1796083200";

const FULL: &str = "out/cam-1.0.1.full.pkg";

const FIRST: &str = "out/cam-1.0.0.full.pkg";

const DELTA: &str = "out/cam-1.0.1.from-1.0.0.pkg";

/// The image of the release before.
fn old() -> Vec<u8> {
    content("rootfs 1", 20_000)
}

/// The same with some bytes changed, some put in, and a few more at its end.
fn new() -> Vec<u8> {
    let mut image = old();
    for at in [500, 7_000, 7_004, 15_000] {
        image[at] ^= 0x55;
    }
    image.splice(9_000..9_010, content("put in", 50));
    image.extend(content("at the end", 7));
    image
}

/// The description of 1.0.1, with these tables behind it.
fn second(tables: &str) -> String {
    let edits = [
        ("class = \"security\"", "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\""),
        ("rootfs.img", "new.img"),
        ("", tables),
    ];
    edited(SECURITY, &edits)
}

const FROM_PACKAGE: &str = "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"\n";

/// A folder with keys for each role, a keyring, and the first release.
fn project() -> Project {
    let project = Project::new();
    for name in ["root", "security", "feature", "delivery", "stranger"] {
        project.key(name);
    }
    let mut args = vec!["keyring", "new", "--root", "root.pub", "-o", "cam.keyring", "--sign", "root.key"];
    for role in ["security=security.pub", "feature=feature.pub", "delivery=delivery.pub"] {
        args.extend(["--add", role]);
    }
    project.done(&args);
    project.write("new.img", new());
    project.write("first.toml", FEATURE);
    project.write("second.toml", second(FROM_PACKAGE));
    done(&project, &build("first.toml", "feature.key"));
    project
}

fn build<'a>(description: &'a str, key: &'a str) -> Vec<&'a str> {
    let args =
        ["build", description, "-o", "out", "--level", "fast", "--keyring", "cam.keyring", "--key", key];
    [&args[..], &["--delivery-key", "delivery.key", "--replace"]].concat()
}

/// Runs it on the date of every build.
fn pkg(project: &Project, args: &[&str]) -> Run {
    let mut command = project.command(args);
    command.env("SOURCE_DATE_EPOCH", DATE);
    pkg_tests::tool::of(command.output().expect("pkg runs"))
}

/// The same, which must succeed; what it printed.
fn done(project: &Project, args: &[&str]) -> String {
    let run = pkg(project, args);
    assert_eq!(run.status, Some(0), "pkg {}\n{}{}", args.join(" "), run.stdout, run.stderr);
    run.stdout
}

/// A project with both releases and the delta between them, which tests may read.
fn shop() -> &'static Project {
    static SHOP: OnceLock<Project> = OnceLock::new();
    SHOP.get_or_init(|| {
        let shop = project();
        done(&shop, &build("second.toml", "security.key"));
        shop
    })
}

/// Says that a run was refused by this rule, and that nothing was printed.
fn refused(run: &Run, rule: Rule, says: &str) {
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("[{}]", rule.id())), "expected {}: {}", rule.id(), run.stderr);
    assert!(run.stderr.contains(says), "expected {says:?}: {}", run.stderr);
}

/// Says that a run could not be done, and that nothing was printed.
fn failed(run: &Run, says: &str) {
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert!(run.stderr.contains(says), "expected {says:?}: {}", run.stderr);
    assert!(run.stderr.contains("pkg: error: ") && !run.stderr.contains("panicked"), "{}", run.stderr);
}

/// No half-written file is left in a folder.
fn nothing_hidden(project: &Project, folder: &str) {
    let hidden: Vec<_> = project.list(folder).into_iter().filter(|n| n.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}
