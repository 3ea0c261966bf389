//! Key files that others can read or replace (threat T13), and one passphrase for each key.

use super::*;

/// The switch is loud, is there wherever keys are, and is needed for each way to be exposed.
#[test]
fn an_exposed_key_needs_the_switch() {
    let project = unsigned();
    trust(&project, "feature.pub");
    fs::create_dir(project.path("shared")).expect("a folder");
    fs::copy(project.path("feature.key"), project.path("shared/feature.key")).expect("a copy");
    fs::copy(project.path("root.key"), project.path("shared/root.key")).expect("a copy");
    chmod(&project, "shared/feature.key", 0o644);
    chmod(&project, "shared/root.key", 0o640);
    let keyring = ["keyring", "new", "--root", "root.pub", "--add", "feature=feature.pub", "-o", "n.keyring"];
    let commands: [Vec<&str>; 6] = [
        vec!["sign", FIRST, "--key", "shared/feature.key"],
        vec![
            "build",
            "first.toml",
            "-o",
            "out",
            "--replace",
            "--level",
            "fast",
            "--key",
            "shared/feature.key",
        ],
        vec!["key", "show", "shared/feature.key"],
        [&keyring[..], &["--sign", "shared/root.key"]].concat(),
        vec!["keyring", "sign", "n.keyring", "--key", "shared/root.key"],
        vec!["delta", FIRST, "--base", FIRST, "-o", "out", "--key", "shared/feature.key"],
    ];
    for args in &commands {
        fails(&project.pkg(args), "others can read it");
        let run = project.pkg(&[&args[..], &["--danger-readable-key"]].concat());
        assert!(!run.stderr.contains("others can"), "{args:?}: {}", run.stderr);
        assert!(run.status == Some(0) || args[0] == "delta", "{args:?}: {}", run.stderr);
    }
    // Whoever can write to the folder can put another key there.
    let sign = ["sign", FIRST, "--key", "shared/feature.key"];
    chmod(&project, "shared/feature.key", 0o600);
    for mode in [0o777, 0o757, 0o702] {
        chmod(&project, "shared", mode);
        fails(&project.pkg(&sign), &format!("others can write to its folder (mode {mode:o})"));
        // A link elsewhere does not hide it.
        let _ = std::os::unix::fs::symlink("shared/feature.key", project.path("link.key"));
        fails(&project.pkg(&["sign", FIRST, "--key", "link.key"]), "others can write to its folder");
        project.done(&[&sign[..], &["--danger-readable-key"]].concat());
    }
    for mode in [0o1777, 0o755, 0o700] {
        chmod(&project, "shared", mode);
        project.done(&sign);
    }
}

/// One passphrase for all keys, or one for each; never a guess.
#[test]
fn each_key_may_have_its_own_passphrase() {
    let project = project();
    for name in ["one", "two"] {
        project.secret(&format!("{name}.word"), format!("horse {name}\n"));
        let word = format!("{name}.word");
        project.done(&["key", "new", name, "--passphrase-file", &word]);
    }
    let build = |words: &[&str]| {
        let mut args =
            vec!["build", "first.toml", "-o", "out", "--replace", "--level", "fast", "--key", "one.key"];
        args.extend(["--key", "feature.key", "--delivery-key", "two.key"]);
        for word in words {
            args.extend(["--passphrase-file", word]);
        }
        project.pkg(&args)
    };
    fails(&build(&["one.word"]), "key two.key: wrong passphrase");
    fails(&build(&["one.word", "two.word"]), "--passphrase-file is given 2 times for 3 keys");
    fails(&build(&["two.word", "one.word", "one.word"]), "key one.key: wrong passphrase");
    // The second key is not locked, but it has its place in the row.
    let run = build(&["one.word", "/dev/null", "two.word"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    // Two lines of two descriptors.
    let script = format!(
        "'{}' key show one.key two.key --passphrase-file fd:3 --passphrase-file fd:4 3<one.word 4<two.word",
        pkg_tests::tool::path().display()
    );
    tool(&project, "sh", &["-c", &script]);
}
