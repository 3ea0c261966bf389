//! What a description reaches, what outputs replace, pipes, locks, and signals while something is waited for.

use super::*;

/// The fields of evidence with this file.
fn evidence(file: &str) -> String {
    format!("[[evidence]]\nkind = \"sbom\"\nmedia-type = \"application/json\"\nfile = \"{file}\"")
}

/// The description is refused with status 2, says so, and nothing is made.
fn not_published(project: &Project, text: &str, says: &str) {
    project.write("hostile.toml", text);
    let run = project.pkg(&build("hostile.toml", "feature.key"));
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{text}");
    assert!(run.stderr.contains(says) && run.stderr.contains("pkg: hint: "), "{says}: {}", run.stderr);
    assert!(project.list("out").is_empty(), "{:?}", project.list("out"));
}

#[cfg(unix)]
#[test]
fn a_description_reaches_nothing_outside_its_folder() {
    let project = project();
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("file"), "secret").expect("a file");
    let file = outside.path().join("file").display().to_string();
    std::os::unix::fs::symlink(&file, project.path("link")).expect("a link");
    std::os::unix::fs::symlink(outside.path(), project.path("folder")).expect("a link");
    let says = "outside the folder of the description";
    for name in [&file, "link", "folder/file", "../../../../../etc/passwd", "/proc/self/environ", "/dev/zero"]
    {
        not_published(&project, &edit(FEATURE, "", &evidence(name)), says);
        not_published(&project, &FEATURE.replace("rootfs.img", name), says);
        let previous = format!("class = \"feature\"\nprevious = \"{name}\"");
        not_published(&project, &edit(FEATURE, "class = \"feature\"", &previous), says);
    }
    // The remedy works, and so does a link that stays inside.
    project.write("hostile.toml", edit(FEATURE, "", &evidence("link")));
    let root = outside.path().display().to_string();
    project.done(&[&build("hostile.toml", "feature.key")[..], &["--input-root", &root]].concat());
    std::os::unix::fs::symlink("boot.img", project.path("inside")).expect("a link");
    project.write("inside.toml", edit(FEATURE, "", &evidence("inside")));
    project.done(&build("inside.toml", "feature.key"));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_description_is_not_waited_for() {
    let project = project();
    fifo(&project, "pipe");
    not_published(&project, &edit(FEATURE, "", &evidence("pipe")), "it is a pipe");
    not_published(&project, &FEATURE.replace("rootfs.img", "pipe"), "it is a pipe");
}

#[test]
fn a_private_key_is_never_published() {
    let project = project();
    let key = String::from_utf8(project.read("feature.key")).expect("text");
    for name in ["evidence", "image"] {
        project.write(name, if name == "image" { key.clone() } else { format!("notes\n{key}more\n") });
    }
    not_published(&project, &edit(FEATURE, "", &evidence("evidence")), "contains a private key in PEM");
    not_published(&project, &FEATURE.replace("rootfs.img", "image"), "contains a private key in PEM");
    let line = key.replace('\n', "\\n");
    let named = edit(
        FEATURE,
        "",
        &format!("[[change]]\nid = \"k\"\neffect = \"added\"\nuser-visible = true\ntext.en = \"{line}\""),
    );
    not_published(&project, &named, "text.en contains a private key");
}

#[cfg(unix)]
fn fifo(project: &Project, name: &str) {
    assert!(Command::new("mkfifo").arg(project.path(name)).status().expect("mkfifo").success());
}

/// Outputs are regular files: a link, a pipe or a device at their place is neither replaced nor waited for.
#[cfg(unix)]
#[test]
fn outputs_replace_nothing_but_files() {
    use std::os::unix::fs::FileTypeExt;
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    fs::copy(project.path(FIRST), project.path("real.pkg")).expect("a copy");
    let victim = project.write("victim", "precious");
    for args in [
        "patch make boot.img rootfs.img -o o",
        "keyring new --root root.pub --add security=security.pub --sign root.key -o o",
        "keyring edit cam.keyring --add feature=security.pub --sign root.key -o o",
        "keyring update cam.keyring cam.keyring -o o",
        "sign real.pkg --key feature.key -o o",
        "sign real.pkg --public feature.pub --request o",
        "advisory real.pkg --text --keyring cam.keyring -o o",
        "audit out --keyring cam.keyring -o o",
        "apply real.pkg --keyring cam.keyring --image rootfs=o",
        "unpack real.pkg --keyring cam.keyring -o o",
    ] {
        let words: Vec<_> = args.split(' ').collect();
        std::os::unix::fs::symlink(&victim, project.path("o")).expect("a link");
        let run = project.pkg(&words);
        assert_eq!(run.status, Some(2), "{args}: {}", run.stderr);
        assert!(project.path("o").is_symlink(), "{args}");
        fs::remove_file(project.path("o")).expect("it");
        fifo(&project, "o");
        let run = project.pkg(&words);
        assert_eq!(run.status, Some(2), "{args}: {}", run.stderr);
        let there = fs::symlink_metadata(project.path("o")).expect("it").file_type();
        assert!(there.is_fifo(), "{args}");
        fs::remove_file(project.path("o")).expect("it");
    }
    assert_eq!(fs::read(victim).expect("it"), b"precious");
    // What is changed in place is found through a link, which stays.
    for (link, real, args) in [
        ("latest.pkg", "real.pkg", "sign latest.pkg --key security.key"),
        ("latest.keyring", "cam.keyring", "keyring sign latest.keyring --key root.key"),
    ] {
        std::os::unix::fs::symlink(real, project.path(link)).expect("a link");
        project.done(&args.split(' ').collect::<Vec<_>>());
        assert!(project.path(link).is_symlink(), "{args}");
    }
    let report = json(&project.done(&["inspect", "real.pkg", "--json"]));
    assert_eq!(report["signatures"].as_array().map(Vec::len), Some(3), "{report}");
}

/// A pipe gives what it has once, and is no less than a file.
#[cfg(unix)]
#[test]
fn packages_keys_keyrings_and_patches_come_through_pipes() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    project.done(&["patch", "make", "boot.img", "rootfs.img", "-o", "p"]);
    for line in [
        "cat out/*.pkg | \"$0\" verify /dev/stdin --keyring cam.keyring",
        "cat out/*.pkg | \"$0\" unpack /dev/stdin --keyring cam.keyring -o u && cmp u/images/rootfs rootfs.img",
        "cp out/*.pkg s.pkg && cat feature.key | \"$0\" sign s.pkg --key /dev/stdin",
        "cat feature.key | \"$0\" key show /dev/stdin",
        "\"$0\" sign s.pkg --key /dev/fd/7 7< feature.key",
        "cat cam.keyring | \"$0\" keyring show /dev/stdin",
        "cat p | \"$0\" patch apply boot.img /dev/stdin -o n && cmp n rootfs.img",
        "cat p | \"$0\" patch info /dev/stdin",
    ] {
        let mut sh = Command::new("sh");
        sh.args(["-c", line]).arg(tool::path()).current_dir(project.dir());
        let run = tool::of(sh.output().expect("a shell"));
        assert_eq!(run.status, Some(0), "{line}: {}", run.stderr);
    }
}

/// Windows ends lines with CR LF, and editors there put a mark before the text.
#[test]
fn line_ends_and_marks_of_other_systems_are_no_part_of_a_description() {
    let project = project();
    let long = FEATURE.replacen("text.en = \"", "text.en = \"\"\"one\ntwo\"\"\"\n# \"", 1);
    project.write("first.toml", format!("\u{feff}{}", long.replace('\n', "\r\n")));
    project.done(&build("first.toml", "feature.key"));
    let report = json(&project.done(&["inspect", FIRST, "--json"]));
    assert!(report["manifest"].to_string().contains("one\\ntwo"), "{report}");
}

/// Ctrl-C and SIGTERM end a command that waits for a pipe that nobody writes to.
#[cfg(unix)]
#[test]
fn signals_end_what_waits() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    fifo(&project, "pipe");
    for args in [
        "diff pipe out/x.pkg",
        "unpack pipe --keyring cam.keyring -o u",
        "apply pipe --keyring cam.keyring --image rootfs=r.img",
        "patch apply boot.img pipe -o n",
        "keyring update cam.keyring pipe -o n",
        "verify pipe --keyring cam.keyring",
        "build pipe -o out",
    ] {
        for signal in ["INT", "TERM"] {
            let pkg = project.command(&args.split(' ').collect::<Vec<_>>());
            // What runs in the background of a script ignores SIGINT, and so do its children.
            let mut command = Command::new("env");
            command.arg("--default-signal=INT").arg(pkg.get_program()).args(pkg.get_args());
            command.current_dir(pkg.get_current_dir().expect("the folder of the project"));
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pkg runs");
            std::thread::sleep(Duration::from_millis(300));
            assert!(child.try_wait().expect("a status").is_none(), "{args}: it does not wait");
            let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
            assert!(sent.expect("kill").success());
            let deadline = Instant::now() + Duration::from_secs(20);
            while child.try_wait().expect("a status").is_none() {
                assert!(Instant::now() < deadline, "{args}: SIG{signal} does nothing");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    let hidden: Vec<_> = project.list("").into_iter().filter(|n| n.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

/// `flock` needs no right but to read: whoever may read a file keeps nobody away by it.
#[cfg(unix)]
#[test]
fn a_lock_on_a_file_that_others_can_read_keeps_nobody_away() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    project.write("slot", vec![0; 200_000]);
    project.write("records", "");
    project.write("device.toml", "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-b\"\n");
    let held: Vec<_> = ["slot", "records", "device.toml", "."]
        .map(|name| fs::File::open(project.path(name)).expect("it"))
        .into_iter()
        .inspect(|file| file.lock().expect("a lock"))
        .collect();
    project.done(&["apply", FIRST, "--keyring", "cam.keyring", "--image", "rootfs=slot", "--in-place"]);
    let decide = ["decide", FIRST, "--keyring", "cam.keyring", "--state", "device.toml", "--save"];
    let run = project.pkg(&[&decide[..], &["--record", "records"]].concat());
    assert!(matches!(run.status, Some(0 | 1)), "{}", run.stderr);
    assert_eq!(project.read("records").iter().filter(|b| **b == b'\n').count(), 1);
    drop(held);
}

/// What was done is not denied because it could not be told.
#[cfg(target_os = "linux")]
#[test]
fn what_was_done_is_not_denied() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    fs::copy(project.path(FIRST), project.path("s.pkg")).expect("a copy");
    for args in [
        "apply out/cam-1.0.0.full.pkg --keyring cam.keyring --image rootfs=r.img",
        "key new fresh --no-passphrase",
        "sign s.pkg --key security.key",
        "keyring sign cam.keyring --key root.key",
        "patch make boot.img rootfs.img -o p",
    ] {
        let full = fs::File::options().write(true).open("/dev/full").expect("a device");
        let mut command = project.command(&args.split(' ').collect::<Vec<_>>());
        let run = tool::of(command.stdout(full).output().expect("pkg runs"));
        assert_eq!(run.status, Some(0), "{args}: {}", run.stderr);
        assert!(run.stderr.contains("warning: the work is done, but"), "{args}: {}", run.stderr);
        assert!(!run.stderr.contains("nothing was left behind"), "{args}: {}", run.stderr);
    }
    let full = fs::File::options().write(true).open("/dev/full").expect("a device");
    let mut command = project.command(&["inspect", FIRST]);
    let run = tool::of(command.stdout(full).output().expect("pkg runs"));
    assert_eq!(run.status, Some(2), "{}", run.stderr);
}
