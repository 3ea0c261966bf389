//! What pages show: their blocks, the commands in them, and what these print.
//!
//! In a block, `…` in a line stands for anything in that line, and a line of `…` alone for any number of lines,
//! also none: ids, times, and what is left out.

use pkg_tests::tool;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The text of a page of this repository.
pub(super) fn page(name: &str) -> String {
    fs::read_to_string(tool::workspace().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The blocks in fences of this language.
pub(super) fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let block = |rest: &str| rest.split("\n```").next().unwrap_or_default().to_owned() + "\n";
    page.split(&fence).skip(1).map(block).collect()
}

/// A command and the lines that are said to follow it.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) command: String,
    pub(super) shown: Vec<String>,
}

pub(super) fn steps(block: &str) -> Vec<Step> {
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

/// A shell that keeps its folder from command to command.
pub(super) struct Shell {
    folder: PathBuf,
    home: PathBuf,
    path: OsString,
    /// The time of the last command, in seconds since 1970; none where it is that of the clock.
    time: Option<u64>,
}

impl Shell {
    /// A shell in a folder, with a home.
    pub(super) fn new(folder: &Path, home: &Path) -> Shell {
        let program = tool::path().parent().expect("a folder").to_owned();
        let mut path = program.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        // 11 March 2026, as in testdata/demo.
        Shell { folder: folder.into(), home: home.into(), path, time: Some(1_773_187_200) }
    }

    /// A shell on a new machine: what is in `programs` and what the system has, an empty home, today.
    pub(super) fn on_a_new_machine(programs: &Path, home: &Path) -> Shell {
        let mut path = programs.as_os_str().to_owned();
        path.push(":/usr/bin:/bin");
        Shell { folder: home.into(), home: home.into(), path, time: None }
    }

    /// The folder that it is in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command as a person does: stdout and stderr come in one stream.
    pub(super) fn run(&mut self, line: &str) -> (Option<i32>, String) {
        let folder = self.home.join(".folder");
        let mut sh = Command::new("sh");
        let line = format!("exec 2>&1\n{line}\nstatus=$?\npwd >{}\nexit $status", folder.display());
        sh.args(["-c", &line]).current_dir(&self.folder).env("HOME", &self.home);
        sh.env("PATH", &self.path).env("TZ", "UTC");
        for name in ["COLUMNS", "PKG_KEYRING", "SOURCE_DATE_EPOCH"] {
            sh.env_remove(name);
        }
        // A person takes a while from one command to the next, so no two releases are of the same second.
        if let Some(time) = &mut self.time {
            *time += 60;
            sh.env("SOURCE_DATE_EPOCH", time.to_string());
        } else if line.contains("pkg build") {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        let run = tool::of(sh.output().expect("a shell"));
        self.folder = fs::read_to_string(&folder).expect("a folder").trim_end().into();
        (run.status, run.stdout)
    }

    /// Runs a step, and says what it printed if that is not what is shown.
    pub(super) fn differs(&mut self, step: &Step) -> Option<String> {
        let (status, said) = self.run(&step.command);
        let says = |what| step.shown.iter().any(|line| line.contains(what));
        let fails = says("error: ") || says("REFUSED") || says(" owed, in this order") || says(" is owed:");
        let right =
            status == Some(i32::from(fails)) && matches(&step.shown, &said.lines().collect::<Vec<_>>());
        (!right).then(|| format!("$ {}\n{said}(status {status:?})\n", step.command))
    }
}

/// The commands of a page.
pub(super) fn console(page: &str) -> Vec<Step> {
    blocks(page, "console").iter().flat_map(|b| steps(b)).collect()
}
