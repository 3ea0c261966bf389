//! Every command: its help, its exit status, its errors.

use super::*;

#[test]
fn every_command_and_option_has_a_help_line() {
    let shop = Project::new();
    for command in tool::commands() {
        let args = command.help("-h");
        let about = &command.about;
        assert!(command.path.is_empty() || !about.is_empty(), "{args:?} has no help line");
        assert!(!about.ends_with('.'), "{args:?}: {about}");
        let help = shop.done(&args);
        let mut lines = help.lines().skip_while(|l| *l != "Options:" && *l != "Arguments:").peekable();
        while let Some(line) = lines.next() {
            let is_option =
                line.starts_with("  -") || line.starts_with("      --") || line.starts_with("  <");
            let has_text = line.trim().contains("  ");
            let below = lines.peek().is_some_and(|l| l.starts_with("          "));
            assert!(!is_option || has_text || below, "{args:?}: {line}");
        }
    }
}

/// What a command does not know is an error of use, never a refusal of a package, and nothing is printed as a result.
#[test]
fn every_command_refuses_an_option_that_it_does_not_know() {
    let shop = Project::new();
    for command in tool::commands() {
        let args = command.help("--frobnicate");
        let run = shop.pkg(&args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        is_an_error(&run, &format!("{args:?}"));
    }
    assert_eq!(shop.list(""), Project::new().list(""), "nothing was written");
}

#[test]
fn the_version_is_one_line() {
    let run = Project::new().pkg(&["--version"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stdout.starts_with("pkg 0.") || run.stdout.starts_with("pkg 1."), "{}", run.stdout);
}

#[test]
fn man_pages_and_completions_cover_every_command() {
    let project = Project::new();
    assert!(project.done(&["man"]).contains(".TH pkg 1"));
    assert_eq!(project.done(&["man", "-o", "out"]), "");
    let mut expected: Vec<_> = tool::commands().iter().map(|c| format!("{}.1", c.page())).collect();
    expected.sort();
    assert_eq!(project.list("out"), expected);
    let missing = project.pkg(&["man", "-o", "nowhere"]);
    assert_eq!(missing.status, Some(2));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.done(&["completions", shell]);
        assert!(script.contains("keyring") && script.contains("statements-only"), "{shell}");
    }
    assert_eq!(project.pkg(&["completions", "tcsh"]).status, Some(2));
}

#[test]
fn every_rule_is_explained() {
    let project = Project::new();
    let listed = project.done(&["explain"]);
    let all = json(&project.done(&["explain", "--json"]));
    assert_eq!(listed.lines().count(), Rule::ALL.len());
    assert_eq!(all.as_array().expect("a list").len(), Rule::ALL.len());
    for rule in ["SIG-2", "SEP-5", "VER-1"] {
        assert!(project.done(&["explain", rule]).starts_with(&format!("{rule}  ")));
        let one = json(&project.done(&["explain", rule, "--json"]));
        assert_eq!(keys(&one), ["rule", "number", "title", "why", "source", "fix"]);
        assert_eq!(one["rule"], rule);
    }
    let none = project.pkg(&["explain", "SIG-99"]);
    assert_eq!((none.status, none.stdout.as_str()), (Some(2), ""));
    is_an_error(&none, "explain SIG-99");
}

// ---------------------------------------------------------------- exit statuses

#[test]
fn exit_statuses_are_as_promised() {
    let shop = shop();
    shop.write("syntax.toml", "[release\n");
    shop.write("unknown.toml", edit(SECURITY, "class =", "clas ="));
    shop.write("type.toml", edit(SECURITY, "\"1.0.1\"", "1"));
    shop.write("rule.toml", edit(SECURITY, "class = \"security\"", ""));
    shop.write("missing.toml", edit(SECURITY, "rootfs.img", "none.img"));
    shop.write("latin.toml", b"# \xe9\n");
    let fast = ["-o", "out", "--level", "fast"];
    let description = |name: &'static str| [&["build", name], &fast[..]].concat();
    let cases: Vec<(Vec<&str>, i32)> = vec![
        (verify(&[FIRST], &[]), 0),
        (verify(&[FIRST, SECOND, A_NOTICE, A_WITHDRAWAL], &[]), 0),
        (verify(&[FIRST], &["--statements-only"]), 0),
        (verify(&["altered.pkg"], &["--statements-only"]), 0),
        (verify(&["altered.pkg"], &[]), 1),
        (verify(&[FIRST, "altered.pkg", SECOND], &[]), 1),
        (verify(&["short.pkg"], &[]), 1),
        (verify(&["empty.pkg"], &[]), 1),
        (verify(&["text.pkg"], &[]), 1),
        (verify(&["none.pkg"], &[]), 2),
        (verify(&["out"], &[]), 0),
        (verify(&[FIRST, "none.pkg"], &[]), 2),
        (verify(&["altered.pkg", "none.pkg"], &[]), 1),
        (verify(&["none.pkg", "altered.pkg"], &[]), 1),
        (verify(&[SECOND], &["--state", "device.toml"]), 0),
        (verify(&[SECOND], &["--state", "ahead.toml"]), 1),
        (verify(&[SECOND], &["--state", "other.toml"]), 1),
        (verify(&[SECOND], &["--state", "none.toml"]), 2),
        (verify(&[SECOND], &["--state", "syntax.toml"]), 2),
        (vec!["verify", FIRST], 2),
        (vec!["verify"], 2),
        (vec!["verify", FIRST, "--keyring", "none.keyring"], 2),
        (vec!["verify", FIRST, "--keyring", "empty.pkg"], 1),
        (vec!["verify", FIRST, "--keyring", FIRST], 1),
        (vec!["inspect", FIRST], 0),
        (vec!["inspect", FIRST, "--keyring", "cam.keyring"], 0),
        (vec!["inspect", "altered.pkg"], 0),
        (vec!["inspect", "empty.pkg"], 1),
        (vec!["inspect", "text.pkg"], 1),
        (vec!["inspect", "none.pkg"], 2),
        (vec!["inspect", "out"], 2),
        (vec!["inspect", FIRST, "--lang", "german"], 2),
        (description("syntax.toml"), 2),
        (description("unknown.toml"), 2),
        (description("type.toml"), 2),
        (description("rule.toml"), 1),
        (description("missing.toml"), 2),
        (description("latin.toml"), 2),
        (description("none.toml"), 2),
        (description("out"), 2),
        (vec!["build", "first.toml", "-o", "first.toml/nowhere"], 2),
        (vec!["build", "first.toml", "-o", "first.toml"], 2),
        (vec!["build", "first.toml"], 2),
        ([&description("first.toml")[..], &["--key", "none.key"]].concat(), 2),
        ([&description("first.toml")[..], &["--key", "root.pub"]].concat(), 2),
        ([&description("first.toml")[..], &["--key", "exec:true"]].concat(), 2),
        ([&description("first.toml")[..], &["--jobs", "0"]].concat(), 2),
        (build("second.toml", "feature.key"), 1),
        (vec!["sign", "altered.pkg", "--key", "security.key", "-o", "signed.tmp"], 1),
        (vec!["sign", "short.pkg", "--key", "security.key", "-o", "signed.tmp"], 1),
        (vec!["sign", "empty.pkg", "--key", "security.key"], 1),
        (vec!["sign", "none.pkg", "--key", "security.key"], 2),
        (vec!["sign", FIRST], 2),
        (vec!["sign", FIRST, SECOND, "--key", "security.key"], 2),
        (vec!["sign", A_NOTICE, "--delivery", "--key", "delivery.key"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "rootfs"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "modem=m.tmp"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "rootfs=nowhere/r.tmp"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "rootfs=out"], 2),
        (vec!["apply", A_NOTICE, "--keyring", "cam.keyring", "--image", "rootfs=r.tmp"], 2),
        (vec!["apply", "altered.pkg", "--keyring", "cam.keyring", "--image", "rootfs=r.tmp"], 1),
        (
            vec![
                "apply",
                SECOND,
                "--keyring",
                "cam.keyring",
                "--image",
                "rootfs=r.tmp",
                "--state",
                "ahead.toml",
            ],
            1,
        ),
        (vec!["unpack", SECOND, "-o", "u.tmp"], 2),
        (vec!["unpack", SECOND, "--keyring", "cam.keyring", "-o", "out"], 2),
        (vec!["unpack", "altered.pkg", "--keyring", "cam.keyring", "-o", "u.tmp"], 1),
        (vec!["unpack", "none.pkg", "--keyring", "cam.keyring", "-o", "u.tmp"], 2),
        (vec!["key", "show", "root.pub", "root.key"], 0),
        (vec!["key", "show", "none.pub"], 2),
        (vec!["key", "show", "text.pkg"], 2),
        (vec!["key", "new", "root", "--no-passphrase"], 2),
        (vec!["key", "new", "fresh"], 2),
        (vec!["key", "new", "nowhere/fresh", "--no-passphrase"], 2),
        (vec!["keyring", "show", "cam.keyring"], 0),
        (vec!["keyring", "show", "empty.pkg"], 1),
        (vec!["keyring", "show", "none.keyring"], 2),
        (vec!["keyring", "sign", "cam.keyring", "--key", "security.key"], 2),
        (vec!["keyring", "new", "--root", "root.pub", "--add", "driver=root.pub", "-o", "k.tmp"], 2),
        (vec!["keyring", "new", "--root", "root.pub", "--add", "security", "-o", "k.tmp"], 2),
        (
            vec![
                "keyring",
                "new",
                "--root",
                "root.pub",
                "--threshold",
                "2",
                "--add",
                "notice=notice.pub",
                "-o",
                "k.tmp",
            ],
            1,
        ),
        (
            vec![
                "keyring",
                "new",
                "--root",
                "root.pub",
                "--role-threshold",
                "notice=2",
                "--add",
                "notice=notice.pub",
                "-o",
                "k.tmp",
            ],
            1,
        ),
        (vec!["keyring", "new", "--root", "none.pub", "--add", "notice=notice.pub", "-o", "k.tmp"], 2),
        (vec!["keyring", "new", "-o", "k.tmp"], 2),
        (vec!["frobnicate"], 2),
        (vec![], 2),
    ];
    let mut wrong = Vec::new();
    for (args, status) in &cases {
        let run = shop.pkg(args);
        if run.status != Some(*status) {
            wrong.push(format!(
                "pkg {}\n  expected {status}, found {:?}\n{}{}",
                args.join(" "),
                run.status,
                run.stdout,
                run.stderr
            ));
        } else if *status == 2 && !args.is_empty() {
            is_an_error(&run, &args.join(" "));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    // Nothing half done stays, wherever it was refused.
    let left: Vec<_> =
        shop.list("").into_iter().filter(|n| n.ends_with(".tmp") || n.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(shop.list("out").len(), 4);
}

/// Every refusal names its rule in square brackets, every error says what to do.
#[test]
fn refusals_name_their_rule_and_errors_have_a_hint() {
    let shop = shop();
    // A folder of its own: another test looks for what is left in the other one at the same time.
    std::fs::create_dir_all(shop.path("refused")).expect("a folder");
    let apply = |package: &'static str, image: &'static str| {
        vec!["apply", package, "--keyring", "cam.keyring", "--image", image]
    };
    for (args, rule) in [
        (verify(&["altered.pkg"], &[]), "PAY-1"),
        (verify(&["short.pkg"], &[]), "CON-6"),
        (verify(&["empty.pkg"], &[]), "CON-1"),
        (verify(&["text.pkg"], &[]), "CON-1"),
        (verify(&[SECOND], &["--state", "ahead.toml"]), "VER-1"),
        (verify(&[SECOND], &["--state", "other.toml"]), "APP-2"),
        (apply("altered.pkg", "rootfs=refused/r.img"), "PAY-1"),
        (build("second.toml", "feature.key"), "SIG-15"),
    ] {
        let run = shop.pkg(&args);
        assert_eq!(run.status, Some(1), "{args:?}");
        assert!(
            format!("{}{}", run.stdout, run.stderr).contains(&format!("[{rule}]")),
            "{args:?}: {}{}",
            run.stdout,
            run.stderr
        );
        assert!(
            run.stderr.contains("pkg: hint: ") && run.stderr.contains(&format!("(pkg explain {rule})")),
            "{}",
            run.stderr
        );
    }
    for args in [
        vec!["verify", "none.pkg", "--keyring", "cam.keyring"],
        vec!["inspect", "none.pkg"],
        vec!["inspect", FIRST, "--lang", "german"],
        vec!["build", "first.toml", "-o", "first.toml/nowhere"],
        vec!["build", "first.toml", "-o", "first.toml"],
        vec!["build", "first.toml", "-o", "out", "--key", "root.pub"],
        vec!["build", "second.toml", "-o", "out"],
        vec!["key", "new", "root", "--no-passphrase"],
        vec!["key", "new", "fresh"],
        vec!["keyring", "sign", "cam.keyring", "--key", "security.key"],
        vec!["sign", A_NOTICE, "--delivery", "--key", "delivery.key"],
        vec!["unpack", SECOND, "--keyring", "cam.keyring", "-o", "out"],
        apply(SECOND, "modem=r.tmp"),
        apply(SECOND, "rootfs=nowhere/r.tmp"),
        vec!["explain", "SIG-99"],
    ] {
        let run = shop.pkg(&args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        is_an_error(&run, &format!("{args:?}"));
        assert!(run.stderr.contains("pkg: hint: "), "{args:?}: {}", run.stderr);
    }
}
