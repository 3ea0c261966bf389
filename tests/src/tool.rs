//! Finding and running the binary `pkg`, and building the C library.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// What a run of `pkg` said.
#[derive(Debug)]
pub struct Run {
    /// The exit status; none where a signal ended it.
    pub status: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside that.
    pub stderr: String,
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}

/// The path of the binary, built once in the profile and target folder that the test runs in.
pub fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        build(&["--workspace", "--bins"]).join(format!("pkg{}", std::env::consts::EXE_SUFFIX))
    })
}

/// The folder of the C library, static and shared, built once in the profile that the test runs in.
pub fn c_library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build(&["-p", "pkg-verify-c"]))
}

/// Builds a part of the workspace; the folder of the profile that the test runs in.
fn build(what: &[&str]) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    // TARGET/PROFILE/deps/NAME, or TARGET/PROFILE/NAME for binaries.
    let folder = test.parent().expect("a folder");
    let profile = if folder.ends_with("deps") { folder.parent().expect("a folder") } else { folder };
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "-q"]).args(what).current_dir(workspace());
    build.arg("--target-dir").arg(profile.parent().expect("a target folder"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo runs").success(), "cargo build {what:?} failed");
    profile.to_owned()
}

/// Runs `pkg` with these arguments in `folder`.
pub fn run(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(path());
    command.args(args).current_dir(folder).env_remove("SOURCE_DATE_EPOCH").env_remove("COLUMNS");
    of(command.output().expect("pkg runs"))
}

/// What a finished command said.
pub fn of(output: Output) -> Run {
    let text = |bytes| String::from_utf8(bytes).expect("pkg writes UTF-8");
    Run { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A command as the help of `pkg` lists it.
#[derive(Debug)]
pub struct Listed {
    /// Its name and those of the commands above it, such as `key new`; empty for `pkg` itself.
    pub path: Vec<String>,
    /// Its line in the list.
    pub about: String,
}

impl Listed {
    /// The name of its man page, such as `pkg-key-new`.
    pub fn page(&self) -> String {
        [&["pkg".to_owned()], &self.path[..]].concat().join("-")
    }

    /// The arguments that print its help: `-h` for the short one, `--help` for the long one.
    pub fn help<'a>(&'a self, how: &'a str) -> Vec<&'a str> {
        self.path.iter().map(String::as_str).chain([how]).collect()
    }
}

/// Every command of `pkg`, read from its help, so that no test needs a list that somebody must keep.
pub fn commands() -> Vec<Listed> {
    let mut all = vec![Listed { path: Vec::new(), about: String::new() }];
    let mut next = 0;
    while let Some(command) = all.get(next) {
        let run = run(&workspace(), &command.help("-h"));
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{command:?}");
        let list = run.stdout.split("Commands:\n").nth(1).unwrap_or_default();
        let below: Vec<_> = list
            .lines()
            .take_while(|line| !line.is_empty())
            .map(|line| line.trim().split_once("  ").unwrap_or((line.trim(), "")))
            .map(|(name, about)| Listed {
                path: [&command.path[..], &[name.to_owned()]].concat(),
                about: about.trim().to_owned(),
            })
            .collect();
        all.extend(below);
        next += 1;
    }
    assert!(all.len() > 20, "the help lists commands as this reads them: {all:?}");
    all
}

/// Whether somebody else's tool is there. Missing is an error, unless nothing may be fetched.
pub fn installed(tool: &str) -> bool {
    let run = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    // Some know no --version, but they run.
    let there = run.is_ok();
    let offline = std::env::var_os("PKG_OFFLINE").is_some_and(|v| !v.is_empty());
    assert!(there || offline, "{tool} is not installed; PKG_OFFLINE=1 leaves it out");
    if !there {
        eprintln!("left out: {tool} is not installed and PKG_OFFLINE is set");
    }
    there
}
