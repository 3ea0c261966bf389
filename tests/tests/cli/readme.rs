//! What `README.md` and the pages that came out of it show is real: their commands are run, in their order, and
//! must print what is shown.

use super::shown::{Shell, blocks, console, page};
use pkg_tests::project::{JUSTIFIED, edited};
use pkg_tests::tool;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The files of docs/release-toml.md: its release, the one before, one with a mistake, images, advisory.
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

#[test]
fn the_first_package_and_its_device_print_what_is_shown() {
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Shell::new(&tool::workspace(), home.path());
    let readme = console(&page("README.md"));
    assert!(readme.len() >= 8, "{} commands", readme.len());
    let all = readme.into_iter().chain(console(&page("docs/state-file.md")));
    let wrong: Vec<_> = all.filter_map(|step| shell.differs(&step)).collect();
    assert!(wrong.is_empty(), "README.md or docs/state-file.md shows other than this:\n{}", wrong.join("\n"));
    assert_eq!(shell.folder(), home.path().canonicalize().expect("a folder").join("first"));
}

/// The description that docs/release-toml.md shows builds, and its mistake is refused as shown.
#[test]
fn the_description_of_the_page_builds_and_its_mistake_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = page("docs/release-toml.md");
    prepare(folder.path(), blocks(&description, "toml").first().expect("a release description"));
    let mut shell = Shell::new(folder.path(), folder.path());
    for line in [
        "pkg key new release --no-passphrase",
        "pkg build first.toml -o out --key release.key",
        "pkg build release.toml -o out --key release.key",
    ] {
        let (status, said) = shell.run(line);
        assert_eq!(status, Some(0), "{line}\n{said}");
    }
    let steps = console(&description);
    assert!(!steps.is_empty(), "the page shows a mistake");
    let wrong: Vec<_> = steps.into_iter().filter_map(|step| shell.differs(&step)).collect();
    assert!(wrong.is_empty(), "docs/release-toml.md shows other than this:\n{}", wrong.join("\n"));
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
