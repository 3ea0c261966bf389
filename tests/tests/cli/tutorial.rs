//! The tutorial works as it is written: its commands are run in the order of its pages, and its files are written as it
//! shows them.

use super::shown::{Shell, console, page, steps};
use pkg_tests::tool;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The pages, in their order.
const PAGES: [&str; 5] = ["first-release", "hotfix", "notice", "publishing", "key-rotation"];

/// The code blocks of a page: the language after each opening fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), is_open, blocks.last_mut()) {
            (Some(info), false, _) => blocks.push((info.to_owned(), String::new())),
            (None, true, Some((_, text))) => text.push_str(&format!("{line}\n")),
            _ => {}
        }
        is_open ^= line.starts_with("```");
    }
    blocks
}

/// Does what the tutorial says, and compares what is printed. How long each page took.
fn follow(shell: &mut Shell) -> Vec<Duration> {
    let mut times = Vec::new();
    let (mut wrong, mut commands, mut files) = (Vec::new(), 0, 0);
    for name in PAGES {
        let start = Instant::now();
        let page = page(&format!("docs/tutorial/{name}.md"));
        assert!(!page.contains("SPEC"), "{name}: a tutorial sends nobody to the specification");
        for (info, text) in blocks(&page) {
            if let Some(file) = info.strip_prefix("toml file=") {
                fs::write(shell.folder().join(file), text).expect("a file");
                files += 1;
            } else {
                assert_eq!(info, "console", "{name}");
                for step in steps(&text) {
                    commands += 1;
                    wrong.extend(shell.differs(&step).map(|told| format!("{name}: {told}")));
                }
            }
        }
        times.push(start.elapsed());
    }
    assert!(wrong.is_empty(), "the tutorial shows other than this:\n{}", wrong.join("\n"));
    assert!(commands > 40 && files > 3, "{commands} commands, {files} files");
    times
}

/// The paths of all keys of a value; what is in a statement belongs to the format.
fn paths(value: &Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if !["manifest", "delivery"].contains(&path.as_str()) {
                    paths(value, &path, out);
                }
                out.insert(path);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| paths(value, &format!("{path}[]"), out)),
        _ => {}
    }
}

/// The keys that a section of the page lists.
fn listed(page: &str, command: &str) -> BTreeSet<String> {
    let section =
        page.split(&format!("\n## pkg {command}\n")).nth(1).and_then(|rest| rest.split("\n## ").next());
    let section = section.unwrap_or_else(|| panic!("docs/json.md has no section on pkg {command}"));
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).map(str::to_owned).collect()
}

/// Today, with nothing but the program and a system: on the second page there is a security release that a device has
/// verified and installed. `PKG_PROGRAM` names another program than the one of this build, such as a static one.
#[test]
#[cfg(unix)]
fn a_newcomer_has_a_security_release_in_ten_minutes() {
    let (programs, home) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let program = std::env::var_os("PKG_PROGRAM").map_or(tool::path().to_owned(), PathBuf::from);
    std::os::unix::fs::symlink(&program, programs.path().join("pkg")).expect("a link");
    let mut shell = Shell::on_a_new_machine(programs.path(), home.path());
    let times = follow(&mut shell);
    let report = PAGES.iter().zip(&times).map(|(page, time)| format!("{page} {:.1} s", time.as_secs_f64()));
    println!("the tutorial with {}: {}", program.display(), report.collect::<Vec<_>>().join(", "));
    // A person who reads and types takes most of the ten minutes.
    let release: Duration = times.iter().take(2).sum();
    assert!(release < Duration::from_secs(60), "{release:?} until a security release was verified");
}

/// `pkg init` asks nothing on a terminal either: whoever pastes the page would answer with its next line.
#[test]
#[cfg(target_os = "linux")]
fn the_tutorial_is_asked_nothing() {
    if !tool::installed("script") {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Shell::new(home.path(), home.path());
    let steps = console(&page("docs/tutorial/first-release.md"));
    let init = steps.iter().position(|step| step.command.starts_with("pkg init ")).expect("a product");
    for step in steps.iter().take(init) {
        shell.run(&step.command);
    }
    let line = steps.get(init).map_or("", |step| &step.command);
    let (status, said) = shell.run(&format!("script -qec '{line}' /dev/null </dev/null"));
    assert!(status == Some(0) && said.starts_with("./product.toml"), "{status:?} {said}");
}

#[test]
fn the_tutorial_works_as_it_is_written_and_json_is_as_documented() {
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Shell::new(home.path(), home.path());
    follow(&mut shell);

    let page = page("docs/json.md");
    let keyring = "--keyring cam-2.keyring";
    let decide = format!("decide out/cam-1.0.1.full.pkg {keyring} --state device.toml --no-clock");
    shell.run(&format!("pkg {decide} --record decisions.jsonl"));
    shell.run("pkg patch make rootfs-1.1.0.tar rootfs-1.1.1.tar -o patch; sed 's/^id/idd/' notice.toml > wrong.toml");
    for (command, line) in [
        ("init", "init other --name cam --no-passphrase --no-input".to_owned()),
        ("check", format!("check 1.1.1.toml {keyring}")),
        ("check", "check wrong.toml".to_owned()),
        ("build", format!("build 1.1.1.toml -o again --key keys/security-2.key {keyring}")),
        ("verify", format!("verify out/cam-1.0.1.full.pkg {keyring}")),
        ("inspect", format!("inspect out/cam-1.0.1.full.pkg {keyring}")),
        ("decide", decide),
        ("records", "records decisions.jsonl".to_owned()),
        ("key show", "key show keys/security.pub".to_owned()),
        ("keyring show", "keyring show cam-2.keyring".to_owned()),
        ("explain", "explain SEP-5".to_owned()),
        ("patch info", "patch info patch".to_owned()),
    ] {
        let (_, said) = shell.run(&format!("pkg {line} --json 2>/dev/null"));
        let value: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("pkg {line}: {e}\n{said}"));
        let (mut found, listed) = (BTreeSet::new(), listed(&page, command));
        paths(&value, "", &mut found);
        let unknown: Vec<_> = found.difference(&listed).collect();
        assert!(unknown.is_empty(), "pkg {line}: docs/json.md does not list {unknown:?}");
        let top = |key: &&String| !key.trim_start_matches("[].").contains(['.', '[']);
        let absent: Vec<_> = listed.difference(&found).filter(top).collect();
        assert!(absent.is_empty(), "pkg {line}: docs/json.md lists what is not printed: {absent:?}");
    }
}
