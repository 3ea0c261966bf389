//! The command line as it was promised to scripts: exit statuses, names, JSON keys, what goes where.
//!
//! Scripts of others rely on these; whoever changes one of them breaks somebody's release.

mod commands;
mod decide;
mod diff;
mod files;
mod keys;
mod outputs;
mod records;
mod remedies;
mod rotation;
mod signing;
mod start;
mod terminal;
mod theft;
mod verdicts;

use pkg_format::{Rule, Tree};
use pkg_tests::fake::content;
use pkg_tests::fake::path::text;
use pkg_tests::project::{FEATURE, JUSTIFIED, NOTICE, Project, SECURITY, WITHDRAWAL, edit, edited};
use pkg_tests::tool::{self, Run};
use pkg_tests::{Fake, keyrings, keys::key};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Who signs what in the shop: a key for each role, three for security.
const KEYS: [&str; 9] =
    ["root", "root-2", "security", "security-2", "security-3", "feature", "notice", "withdrawal", "delivery"];

fn project() -> Project {
    let project = Project::new();
    for name in KEYS {
        project.key(name);
    }
    let mut args = vec!["keyring", "new", "--root", "root.pub", "-o", "cam.keyring", "--sign", "root.key"];
    for role in [
        "security=security.pub",
        "security=security-2.pub",
        "security=security-3.pub",
        "feature=feature.pub",
        "notice=notice.pub",
        "withdrawal=withdrawal.pub",
        "delivery=delivery.pub",
    ] {
        args.extend(["--add", role]);
    }
    project.done(&args);
    project.write("first.toml", FEATURE);
    let previous = "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\"";
    project.write("fixed.img", content("rootfs 2", 20_000));
    let fixed = edit(SECURITY, "rootfs.img", "fixed.img");
    project.write("second.toml", edit(&fixed, "class = \"security\"", previous));
    project.write("notice.toml", NOTICE);
    project.write("withdrawal.toml", WITHDRAWAL);
    project
}

fn build<'a>(description: &'a str, key: &'a str) -> Vec<&'a str> {
    let args =
        ["build", description, "-o", "out", "--level", "fast", "--keyring", "cam.keyring", "--key", key];
    [&args[..], &["--delivery-key", "delivery.key", "--replace"]].concat()
}

/// A project with its packages, which tests may read.
fn shop() -> &'static Project {
    static SHOP: OnceLock<Project> = OnceLock::new();
    SHOP.get_or_init(|| {
        let shop = project();
        shop.done(&build("first.toml", "feature.key"));
        shop.done(&build("second.toml", "security.key"));
        shop.done(&build("notice.toml", "notice.key"));
        shop.done(&build("withdrawal.toml", "withdrawal.key"));
        let mut altered = shop.read(SECOND);
        let end = altered.len() - 2_000;
        altered[end] ^= 1;
        shop.write("altered.pkg", altered);
        shop.write("short.pkg", &shop.read(SECOND)[..20_000]);
        shop.write("empty.pkg", "");
        shop.write("text.pkg", "This is no package.\n".repeat(100));
        let state = |sequence: u64, level: u64, hardware: &str, sha256: &str| {
            format!(
                "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"{hardware}\"\n[[installed]]\nscope = \"product\"\ncomponents = [\"boot\", \"rootfs\"]\nline = \"1.0\"\nsequence = {sequence}\nfeature-level = 1\nsecurity-level = {level}\n[[installed.image]]\ncomponent = \"rootfs\"\nsha256 = \"{sha256}\"\n"
            )
        };
        let old = "1".repeat(64);
        shop.write("device.toml", state(1, 1, "rev-a", &old));
        shop.write("ahead.toml", state(9, 9, "rev-a", &old));
        shop.write("other.toml", state(1, 1, "rev-z", &old));
        shop
    })
}

const FIRST: &str = "out/cam-1.0.0.full.pkg";

const SECOND: &str = "out/cam-1.0.1.full.pkg";

const A_NOTICE: &str = "out/cam-2026-01-upnp.notice.pkg";

const A_WITHDRAWAL: &str = "out/cam-2026-02-withdraw.withdrawal.pkg";

const TRUST: [&str; 2] = ["--keyring", "cam.keyring"];

fn verify<'a>(packages: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["verify"], packages, &TRUST, more].concat()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Errors are one line and a hint, in the voice of the tool, and nothing is data.
fn is_an_error(run: &Run, what: &str) {
    let stderr = &run.stderr;
    assert!(stderr.lines().any(|l| l.starts_with("pkg: error: ")), "{what}: {stderr}");
    assert!(!stderr.contains('\u{1b}'), "{what}: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("os error"), "{what}: {stderr}");
}
