//! What `README.md` and the pages that came out of it show is real: their commands are run, in their order, and
//! must print what is shown.
//!
//! In a block, `…` in a line stands for anything in that line, and a line of `…` alone for any number of lines,
//! also none: ids, times, and what is left out.

use pkg_tests::project::{JUSTIFIED, edited};
use pkg_tests::tool;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The text of a page of this repository.
fn page(name: &str) -> String {
    fs::read_to_string(tool::workspace().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The blocks in fences of this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let block = |rest: &str| rest.split("\n```").next().unwrap_or_default().to_owned() + "\n";
    page.split(&fence).skip(1).map(block).collect()
}

/// A command and the lines that are said to follow it.
#[derive(Debug, Default)]
struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.into(), shown: vec![] }),
            (None, Some(step)) if step.command.ends_with('\\') && step.shown.is_empty() => {
                step.command.pop();
                step.command.push_str(line.trim_start());
            }
            (None, Some(step)) => step.shown.push(line.into()),
            (None, None) => panic!("a block begins with a command: {line}"),
        }
    }
    steps
}

/// Whether a line is as shown.
fn line_matches(shown: &str, real: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = real.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(place) = rest.find(part) else { return false };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last)
}

fn matches(shown: &[String], real: &[&str]) -> bool {
    match shown {
        [] => real.is_empty(),
        [gap, after @ ..] if gap.trim() == "…" => (0..=real.len()).any(|i| matches(after, &real[i..])),
        [line, after @ ..] => match real {
            [first, rest @ ..] => line_matches(line, first.trim_end()) && matches(after, rest),
            [] => false,
        },
    }
}

#[test]
fn what_is_left_out_matches_anything_and_nothing_else_does() {
    for (shown, real, expected) in [
        ("a", "a", true),
        ("a", "b", false),
        ("key id …", "key id 12", true),
        ("key … 1", "key id 12", false),
        ("a…b…c", "a1b2c", true),
        ("a…b…c", "a1c2b", false),
        ("…", "", true),
        ("a\n…", "a", true),
        ("a\n…\nd", "a\nb\nc\nd", true),
        ("a\n…\nd", "a\nb\nc", false),
        ("a", "a\nb", false),
    ] {
        let shown: Vec<_> = shown.lines().map(String::from).collect();
        assert_eq!(matches(&shown, &real.lines().collect::<Vec<_>>()), expected, "{shown:?}, {real:?}");
    }
}

/// The files of the tour: its release, one with a mistake, images, advisory.
fn prepare(folder: &Path, release: &str) {
    let images = folder.join("images");
    let run = Command::new(env!("CARGO_BIN_EXE_camera_images")).arg(&images).status();
    assert!(run.expect("camera_images runs").success());
    fs::copy(images.join("1.4.3/rootfs.img"), folder.join("rootfs.img")).expect("an image");
    fs::copy(images.join("1.4.2/rootfs.img"), folder.join("first.img")).expect("an image");
    let advisory = tool::workspace().join("testdata/camera/1.4.3/advisory.en.md");
    fs::copy(advisory, folder.join("advisory.en.md")).expect("an advisory");
    fs::create_dir(folder.join("out")).expect("a folder");
    let change = "[[change]]\nid = \"night-mode\"\neffect = \"added\"\nuser-visible = true\ntext.en = \"Night mode.\"\n\n";
    let inseparable = format!("kind = \"inseparable\"\n{JUSTIFIED}#");
    let wrong = [("[separation]", &*format!("{change}[separation]")), ("kind = \"pure\"", &inseparable)];
    let wrong = edited(release, &wrong);
    // The previous release is not shown: it is the same without its fix, as a feature.
    let table = |name: &str, next: &str| {
        let from = release.find(name).unwrap_or_else(|| panic!("the page has no {name}"));
        let to = release.find(next).unwrap_or_else(|| panic!("the page has no {next}"));
        &release[from..to]
    };
    // A base is what the first release becomes.
    let bases = table("[[base]]", "[[fix]]");
    let without = [
        "[separation]|[advisory.en]",
        "[advisory.en]|[action]",
        "[action]|[automatic]",
        "[[fix]]|[separation]",
    ];
    let first = without.iter().fold(release.replace(bases, ""), |text, tables| {
        let (from, to) = tables.split_once('|').expect("two tables");
        text.replace(table(from, to), if from == "[[fix]]" { change } else { "" })
    });
    let first =
        edited(&first, &[("1.4.3", "1.4.2"), ("rootfs.img", "first.img"), ("\"security\"", "\"feature\"")]);
    let first: String =
        first.lines().filter(|l| !l.starts_with("previous")).map(|l| format!("{l}\n")).collect();
    for (name, text) in [("release.toml", release), ("wrong.toml", &wrong), ("first.toml", &first)] {
        fs::write(folder.join(name), text).expect("a description");
    }
}

/// A shell that keeps its folder from command to command.
struct Shell {
    folder: PathBuf,
    home: PathBuf,
}

impl Shell {
    /// Runs a command as a person does: stdout and stderr come in one stream.
    fn run(&mut self, line: &str) -> (Option<i32>, String) {
        let program = tool::path().parent().expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let folder = self.home.join(".folder");
        let mut sh = Command::new("sh");
        let line = format!("exec 2>&1\n{line}\nstatus=$?\npwd >{}\nexit $status", folder.display());
        sh.args(["-c", &line]).current_dir(&self.folder).env("HOME", &self.home);
        sh.env("PATH", format!("{}:{path}", program.display())).env_remove("COLUMNS").env("TZ", "UTC");
        // 11 March 2026, as in testdata/demo.
        let run = tool::of(sh.env("SOURCE_DATE_EPOCH", "1773187200").output().expect("a shell"));
        self.folder = fs::read_to_string(&folder).expect("a folder").trim_end().into();
        (run.status, run.stdout)
    }

    /// Runs a step, and says what it printed if that is not what is shown.
    fn differs(&mut self, step: &Step) -> Option<String> {
        let (status, said) = self.run(&step.command);
        let fails = step.shown.iter().any(|l| l.contains("error: ") || l.contains("REFUSED"));
        let right =
            status == Some(i32::from(fails)) && matches(&step.shown, &said.lines().collect::<Vec<_>>());
        (!right).then(|| format!("$ {}\n{said}(status {status:?})\n", step.command))
    }
}

fn console(page: &str) -> Vec<Step> {
    blocks(page, "console").iter().flat_map(|b| steps(b)).collect()
}

#[test]
fn the_first_package_and_its_device_print_what_is_shown() {
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Shell { folder: tool::workspace(), home: home.path().into() };
    let readme = console(&page("README.md"));
    assert!(readme.len() >= 8, "{} commands", readme.len());
    let all = readme.into_iter().chain(console(&page("docs/state-file.md")));
    let wrong: Vec<_> = all.filter_map(|step| shell.differs(&step)).collect();
    assert!(wrong.is_empty(), "README.md or docs/state-file.md shows other than this:\n{}", wrong.join("\n"));
    assert_eq!(shell.folder, home.path().canonicalize().expect("a folder").join("first"));
}

#[test]
fn the_tour_prints_what_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = page("docs/release-toml.md");
    prepare(folder.path(), blocks(&description, "toml").first().expect("a release description"));
    let mut shell = Shell { folder: folder.path().into(), home: folder.path().into() };
    let tour = console(&page("docs/commands.md"));
    assert!(tour.len() >= 8, "{} commands", tour.len());
    let mut wrong = Vec::new();
    for step in tour.into_iter().chain(console(&description)) {
        if step.command.contains(" release.toml ") {
            let first = step.command.replace(" release.toml ", " first.toml ");
            let (status, said) = shell.run(&first);
            assert_eq!(status, Some(0), "{first}\n{said}");
        }
        wrong.extend(shell.differs(&step));
    }
    assert!(wrong.is_empty(), "docs/commands.md shows other than this:\n{}", wrong.join("\n"));
}

#[test]
fn the_readme_shows_a_part_of_the_example_and_commands_that_are_there() {
    let readme = page("README.md");
    let example = page("examples/first/1.0.1.toml");
    for block in blocks(&readme, "toml") {
        assert!(example.contains(block.trim_end()), "not in examples/first/1.0.1.toml:\n{block}");
    }
    let commands = blocks(&readme, "sh").concat();
    let commands: Vec<_> =
        commands.lines().map(|l| l.split('#').next().unwrap_or_default().trim_end()).collect();
    assert_eq!(commands, ["cargo install --path cli --locked", "testdata/demo", "tests/run"]);
    assert!(commands[1..].iter().all(|c| tool::workspace().join(c).is_file()));
    assert!(page(".ci/run").contains("exec tests/run"));
}

#[test]
fn every_command_is_listed() {
    let listed = page("docs/commands.md");
    let help = tool::run(Path::new("."), &["--help"]);
    let commands =
        help.stdout.split("Commands:").nth(1).and_then(|c| c.split("\n\n").next()).expect("a list");
    let names = commands.lines().filter_map(|l| l.strip_prefix("  ")).filter(|l| !l.starts_with(' '));
    for name in names.map(|l| l.split(' ').next().unwrap_or_default()).filter(|n| !n.is_empty()) {
        assert!(listed.contains(&format!("`pkg {name}`")), "docs/commands.md does not list {name}");
    }
}

/// The builder names the keys that a table may have when it finds another.
#[test]
fn every_key_of_a_description_is_listed() {
    let listed = page("docs/release-toml.md");
    let folder = tempfile::tempdir().expect("a folder");
    let table = listed.split("## All keys").nth(1).expect("the table");
    let rows: Vec<_> = table.lines().filter(|l| l.starts_with("| `[") || l.starts_with("| top")).collect();
    assert!(rows.len() >= 20, "{rows:?}");
    for row in rows {
        let (head, keys) = row.trim_matches(['|', ' ']).split_once(" | ").expect("two cells");
        let head = if head.starts_with('`') {
            head.trim_matches('`').replace("LANGUAGE", "en")
        } else {
            String::new()
        };
        let file = folder.path().join("release.toml");
        fs::write(&file, format!("{head}\nzzzzzzzzzz = 1\n")).expect("a description");
        let run = tool::run(folder.path(), &["build", "release.toml", "-o", "out"]);
        let known = run.stderr.split("expected one of ").nth(1).and_then(|k| k.lines().next());
        let known: Vec<_> = known.unwrap_or_else(|| panic!("{head}: {}", run.stderr)).split(", ").collect();
        let tables = |k: &&&str| !head.is_empty() || !table.contains(&format!("[{k}"));
        let known: Vec<_> = known.iter().filter(tables).map(|k| format!("`{k}`")).collect();
        assert_eq!(keys, known.join(", "), "{head}");
    }
}
