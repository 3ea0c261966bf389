//! The tour of `README.md` is real: its commands are run, in their order, and must print what stands
//! there.
//!
//! In the README `…` in a line stands for anything in that line, and a line of `…` alone for any
//! number of lines, none too: ids, times, and what is left out.

use pkg_tests::project::{JUSTIFIED, edited};
use pkg_tests::tool;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What stands in fences of this language.
fn blocks(readme: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let block = |rest: &str| rest.split("\n```").next().unwrap_or_default().to_owned() + "\n";
    readme.split(&fence).skip(1).map(block).collect()
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

/// The files that the tour finds there: the release of the README, one that is wrong, images, advisory.
fn prepare(folder: &Path, readme: &str) {
    let images = folder.join("images");
    let run = Command::new(env!("CARGO_BIN_EXE_camera_images")).arg(&images).status();
    assert!(run.expect("camera_images runs").success());
    fs::copy(images.join("1.4.3/rootfs.img"), folder.join("rootfs.img")).expect("an image");
    fs::copy(images.join("1.4.2/rootfs.img"), folder.join("first.img")).expect("an image");
    let advisory = tool::workspace().join("testdata/camera/1.4.3/advisory.en.md");
    fs::copy(advisory, folder.join("advisory.en.md")).expect("an advisory");
    fs::create_dir(folder.join("out")).expect("a folder");
    let toml = blocks(readme, "toml");
    let release = toml.first().expect("a release description");
    let change = "[[change]]\nid = \"night-mode\"\neffect = \"added\"\nuser-visible = true\ntext.en = \"Night mode.\"\n\n";
    let inseparable = format!("kind = \"inseparable\"\n{JUSTIFIED}#");
    let wrong = [("[separation]", &*format!("{change}[separation]")), ("kind = \"pure\"", &inseparable)];
    let wrong = edited(release, &wrong);
    // What went before is needed, and not shown: the same without its fix, as a feature.
    let table = |name: &str, next: &str| {
        let from = release.find(name).unwrap_or_else(|| panic!("the README has no {name}"));
        let to = release.find(next).unwrap_or_else(|| panic!("the README has no {next}"));
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

/// Runs a line as a person does: what it prints and says comes in one stream.
fn shell(folder: &Path, line: &str) -> (Option<i32>, String) {
    let program = tool::path().parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut sh = Command::new("sh");
    sh.args(["-c", &format!("exec 2>&1\n{line}")]).current_dir(folder);
    sh.env("PATH", format!("{}:{path}", program.display())).env_remove("COLUMNS").env("TZ", "UTC");
    // 11 March 2026, as in testdata/demo.
    let run = tool::of(sh.env("SOURCE_DATE_EPOCH", "1773187200").output().expect("a shell"));
    (run.status, run.stdout)
}

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let readme = fs::read_to_string(tool::workspace().join("README.md")).expect("README.md");
    let folder = tempfile::tempdir().expect("a folder");
    prepare(folder.path(), &readme);
    let steps: Vec<_> = blocks(&readme, "console").iter().flat_map(|b| steps(b)).collect();
    assert!(steps.len() >= 8, "{} commands", steps.len());
    let mut wrong = Vec::new();
    for step in steps {
        if step.command.contains(" release.toml ") {
            let first = step.command.replace(" release.toml ", " first.toml ");
            let (status, said) = shell(folder.path(), &first);
            assert_eq!(status, Some(0), "{first}\n{said}");
        }
        let (status, said) = shell(folder.path(), &step.command);
        let fails = step.shown.iter().any(|l| l.contains("error: ") || l.contains("REFUSED"));
        if status != Some(i32::from(fails)) || !matches(&step.shown, &said.lines().collect::<Vec<_>>()) {
            wrong.push(format!("$ {}\n{said}(status {status:?})\n", step.command));
        }
    }
    assert!(wrong.is_empty(), "README.md shows other than this:\n{}", wrong.join("\n"));
}
