//! Stories a user could read, replayed: `transcripts/*.txt`.
//!
//! A line `$ …` is a command for the shell, in a folder of its own; behind it stands what it printed,
//! both streams as they came, and `status: N` where that is not 0. `[..]` stands for what differs from
//! run to run. Text at the head of a file says what it shows. The folder has keys, images,
//! descriptions and a first release, unless the head says `given: images only`.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p pkg-tests --test cli transcripts` writes what is printed now;
//! lines with `[..]` that fit are kept.

#![cfg(target_os = "linux")]

use pkg_format::Digest;
use pkg_tests::fake::content;
use pkg_tests::project::{FEATURE, NOTICE, Project, SECURITY, edit};
use pkg_tests::tool::{self, Run};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Fixed, so that packages are the same in each run.
const DATE: (&str, &str) = ("SOURCE_DATE_EPOCH", "1796083200");

fn folder() -> PathBuf {
    tool::workspace().join("tests/transcripts")
}

/// The folder that a story plays in.
fn stage(only_images: bool) -> Project {
    let project = Project::new();
    if only_images {
        project.write("release.toml", SECURITY);
        return project;
    }
    for name in ["root", "security", "feature", "notice", "delivery", "stranger"] {
        project.key(name);
    }
    let mut args = vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
    args.extend(["--add", "security=security.pub", "--add", "feature=feature.pub"]);
    args.extend(["--add", "notice=notice.pub", "--add", "delivery=delivery.pub"]);
    project.done(&args);
    project.write("first.toml", FEATURE);
    project.write("notice.toml", NOTICE);
    let previous = "class = \"security\"\nprevious = \"cam-1.0.0.full.pkg\"";
    // What fixes something changes an image.
    project.write("fixed.img", content("rootfs 2", 20_000));
    let fixed = edit(SECURITY, "rootfs.img", "fixed.img");
    project.write("release.toml", edit(&fixed, "class = \"security\"", previous));
    let mut first = project.command(&["build", "first.toml", "-o", ".", "--key", "feature.key"]);
    first.args(["--delivery-key", "delivery.key"]).env(DATE.0, DATE.1);
    assert!(first.output().expect("pkg runs").status.success());
    let state = format!(
        "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n\n[[installed]]\nscope = \"product\"\nline = \"1.0\"\nsequence = 1\nfeature-level = 1\nsecurity-level = 1\n\n[[installed.image]]\ncomponent = \"boot\"\nsha256 = \"{}\"\n\n[[installed.image]]\ncomponent = \"rootfs\"\nsha256 = \"{}\"\n",
        Digest::of(&content("boot 1", 3_000)),
        Digest::of(&content("rootfs 1", 20_000)),
    );
    project.write("device.toml", state);
    for entry in fs::read_dir(folder().join("given")).expect("files that are given") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
        let copy = project.write(name, fs::read(&path).expect("a file"));
        fs::set_permissions(copy, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    }
    project
}

/// One command and what came of it.
#[derive(Debug, PartialEq)]
struct Step {
    command: String,
    printed: Vec<String>,
}

/// The head of a story, and its steps.
fn read(text: &str) -> (String, Vec<Step>) {
    let mut head = String::new();
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.into(), printed: Vec::new() }),
            (None, Some(step)) => step.printed.push(line.into()),
            (None, None) => head.push_str(&format!("{line}\n")),
        }
    }
    for step in &mut steps {
        // The empty line before the next command is for the eye.
        if step.printed.last().is_some_and(String::is_empty) {
            step.printed.pop();
        }
    }
    (head, steps)
}

fn write(head: &str, steps: &[Step]) -> String {
    let steps = steps.iter().map(|s| {
        let printed: String = s.printed.iter().map(|line| format!("{line}\n")).collect();
        format!("$ {}\n{printed}", s.command)
    });
    format!("{head}{}", steps.collect::<Vec<_>>().join("\n"))
}

/// Runs a line of a story as a user's shell does.
fn play(project: &Project, line: &str) -> Vec<String> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let bin = tool::path().parent().expect("a folder").to_owned();
    let paths = std::iter::once(bin).chain(std::env::split_paths(&paths));
    let run = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(project.dir())
        .env_clear()
        .env("PATH", std::env::join_paths(paths).expect("paths"))
        .env("LC_ALL", "C")
        .env(DATE.0, DATE.1)
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let mut printed: Vec<_> =
        String::from_utf8(run.stdout).expect("UTF-8").lines().map(str::to_owned).collect();
    match run.status.code() {
        Some(0) => {}
        Some(status) => printed.push(format!("status: {status}")),
        None => printed.push("status: ended by a signal".into()),
    }
    printed
}

/// Whether a line is what was expected, with any text where `[..]` stands.
fn fits(expected: &str, found: &str) -> bool {
    let mut parts = expected.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// What was found, with the placeholders of what was expected where they fit.
fn with_placeholders(expected: &[String], found: &[String]) -> Vec<String> {
    let placeholder = |line: &String| {
        let kept = expected.iter().find(|e| e.contains("[..]") && fits(e, line));
        kept.unwrap_or(line).clone()
    };
    found.iter().map(placeholder).collect()
}

#[test]
fn every_story_goes_as_it_is_told() {
    let update = std::env::var_os("UPDATE_TRANSCRIPTS").is_some();
    let mut names: Vec<_> = fs::read_dir(folder())
        .expect("the folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    names.sort();
    assert!(names.len() >= 8, "{names:?}");
    let mut wrong = Vec::new();
    for path in names {
        let text = fs::read_to_string(&path).expect("a story");
        let (head, steps) = read(&text);
        assert!(!steps.is_empty() && !head.trim().is_empty(), "{}", path.display());
        let project = stage(head.contains("given: images only"));
        let mut told = Vec::new();
        for step in steps {
            let found = play(&project, &step.command);
            let found = with_placeholders(&step.printed, &found);
            if found != step.printed && !update {
                let (expected, found) = (step.printed.join("\n"), found.join("\n"));
                wrong.push(format!(
                    "{}:\n$ {}\n-- expected\n{expected}\n-- found\n{found}\n",
                    path.display(),
                    step.command
                ));
            }
            told.push(Step { printed: found, ..step });
        }
        // Whatever happens in a story, no half-written file stays.
        let left: Vec<_> = files(project.dir()).into_iter().filter(|f| f.contains(".part")).collect();
        assert!(left.is_empty(), "{}: {left:?}", path.display());
        if update {
            fs::write(&path, write(&head, &told)).expect("a story");
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_TRANSCRIPTS=1 writes them anew", wrong.join("\n"));
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path.display().to_string()),
        }
    }
    all
}

#[test]
fn placeholders_stand_for_what_differs() {
    for (expected, found, verdict) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a[..]", "abc", true),
        ("[..]c", "abc", true),
        ("a[..]c[..]e", "abcde", true),
        ("a[..]x[..]e", "abcde", false),
        ("key id [..]", "key id", false),
    ] {
        assert_eq!(fits(expected, found), verdict, "{expected} {found}");
    }
}

// ---------------------------------------------------------------- stories that need more than a shell

/// A project with an image that takes a while at the hardest level.
fn slow() -> Project {
    let project = stage(false);
    let words: Vec<Vec<u8>> = (0..2_000).map(|i| content(&format!("word {i}"), 5 + i % 40)).collect();
    let mut state = 1u32;
    let mut image = Vec::new();
    while image.len() < 12 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image.extend(&words[usize::try_from(state >> 16).expect("small") % words.len()]);
    }
    project.write("rootfs.img", image);
    project.write("slow.toml", FEATURE);
    project
}

/// The slow build, on its way.
fn begin(project: &Project, level: &str, more: &[&str]) -> Child {
    let args = ["build", "slow.toml", "-o", "out", "--level", level, "--key", "feature.key"];
    let mut command = project.command(&[&args[..], more].concat());
    command.env(DATE.0, DATE.1).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("pkg runs")
}

fn end(child: Child) -> Run {
    tool::of(child.wait_with_output().expect("it ends"))
}

/// Sends a signal to a process that this test began.
fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.expect("kill").success());
}

/// Waits until it has opened what it reads and what it writes.
fn begun(child: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while fs::read_dir(format!("/proc/{}/fd", child.id())).map_or(0, Iterator::count) < 4 {
        assert!(
            Instant::now() < deadline && child.try_wait().expect("a child").is_none(),
            "it does not begin"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
}

/// Ctrl-C in the middle of a build.
#[test]
fn ctrl_c_ends_a_build_and_leaves_nothing() {
    let project = slow();
    let mut child = begin(&project, "small", &[]);
    begun(&mut child);
    let pressed = Instant::now();
    signal(&child, "INT");
    let run = end(child);
    // One chunk at this level takes longer than that; nobody waits for it.
    assert!(pressed.elapsed() < Duration::from_secs(4), "{:?}", pressed.elapsed());
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert_eq!(run.stderr, "pkg: error: interrupted\npkg: hint: nothing was left behind\n");
    assert!(project.list("out").is_empty(), "{:?}", project.list("out"));
}

/// Ctrl-C in the middle of making a delta.
#[test]
fn ctrl_c_ends_a_patch_and_leaves_nothing() {
    let project = slow();
    let image = project.read("rootfs.img");
    project.write("old.img", [&image[image.len() / 3..], &content("between", 999), &image[..]].concat());
    let mut command = project.command(&["patch", "make", "old.img", "rootfs.img", "-o", "out/p"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pkg runs");
    begun(&mut child);
    signal(&child, "INT");
    let run = end(child);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert_eq!(run.stderr, "pkg: error: interrupted\npkg: hint: nothing was left behind\n");
    assert!(project.list("out").is_empty(), "{:?}", project.list("out"));
}

/// Two builds of one release into one folder: each gives the whole package its name at the end.
#[test]
fn two_builds_into_one_folder_do_not_meet() {
    let project = slow();
    let both = [begin(&project, "fast", &[]), begin(&project, "fast", &["--jobs", "1"])];
    for child in both {
        let run = end(child);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
    }
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"]);
    let package = project.read("out/cam-1.0.0.full.pkg");
    assert_eq!(end(begin(&project, "fast", &[])).status, Some(0));
    assert!(project.read("out/cam-1.0.0.full.pkg") == package);
}

/// A disk that is full, where the system lets a test have one.
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let project = slow();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=300k", "tmpfs"])
        .arg(project.path("out"))
        .stderr(Stdio::null())
        .status();
    if !mount.is_ok_and(|status| status.success()) {
        eprintln!("note: no tmpfs can be mounted here; a full disk was not tested");
        return;
    }
    let build = end(begin(&project, "fast", &[]));
    let to = |image: &str| {
        project.pkg(&["apply", "cam-1.0.0.full.pkg", "--keyring", "cam.keyring", "--image", image])
    };
    let (small, large) = (project.list("out"), {
        // What is left is taken, so that twenty kilobytes do not fit either.
        let mut rest = Vec::new();
        fs::File::open("/dev/zero").expect("zeros").take(292 << 10).read_to_end(&mut rest).expect("zeros");
        project.write("out/rest", rest);
        to("rootfs=out/rootfs.img")
    });
    let listing = project.list("out");
    let unmounted = Command::new("umount").arg(project.path("out")).status().expect("umount");
    assert!(unmounted.success());
    assert_eq!((build.status, build.stdout.as_str()), (Some(2), ""), "{}", build.stderr);
    assert!(build.stderr.contains("no space left on device"), "{}", build.stderr);
    assert!(
        build.stderr.contains("pkg: hint: free some space and run the command again"),
        "{}",
        build.stderr
    );
    assert!(small.is_empty(), "{small:?}");
    assert_eq!(large.status, Some(2), "{}", large.stderr);
    assert!(large.stderr.contains("no space left on device"), "{}", large.stderr);
    assert_eq!(listing, ["rest"]);
}

/// A folder that cannot be written to, where the system lets a test have one.
#[test]
fn a_read_only_folder_is_said() {
    let project = stage(false);
    let out = project.path("out");
    let mount = |args: &[&str]| {
        Command::new("mount").args(args).arg(&out).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "ro,size=4k", "tmpfs"]) {
        eprintln!("note: no file system can be mounted here; a read-only folder was not tested");
        return;
    }
    let run = project.pkg(&["build", "first.toml", "-o", "out", "--key", "feature.key"]);
    let key = project.pkg(&["key", "new", "out/k", "--no-passphrase"]);
    assert!(Command::new("umount").arg(&out).status().expect("umount").success());
    for run in [run, key] {
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
        assert!(run.stderr.contains("read-only file system"), "{}", run.stderr);
        assert!(run.stderr.contains("pkg: hint: choose a folder that can be written to"), "{}", run.stderr);
    }
}
