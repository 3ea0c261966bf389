//! Starting a product, writing the next description, and finding every fault of one.

use super::*;

/// Everything that `pkg init` wants to know.
const ANSWERS: [&str; 14] = [
    "--no-passphrase",
    "--vendor",
    "acme",
    "--hardware",
    "rev-a",
    "--image",
    "rootfs.img",
    "--support-until",
    "2036-12",
    "--contact",
    "security@acme.example",
    "--text",
    "Streams \"video\" to your phone.",
    "--json",
];

/// The next commands work as printed, in a shell.
#[cfg(unix)]
#[test]
fn the_next_commands_work_as_printed() {
    let project = Project::new();
    project.secret("pass", "correct horse\n");
    for (folder, unlock) in
        [("cam", vec!["--no-passphrase"]), ("door gate", vec!["--passphrase-file", "pass"])]
    {
        let more: Vec<_> = ANSWERS[1..].iter().copied().chain(unlock).chain(["--name", "cam"]).collect();
        let made = json(&project.done(&[&["init", folder], &more[..]].concat()));
        assert_eq!(keys(&made), ["files", "next"]);
        assert_eq!(made["files"].as_array().expect("files").len(), 19);
        let next = made["next"].as_array().expect("commands").clone();
        assert_eq!(next.len(), 3);
        for command in next {
            let line = command.as_str().expect("a command").replacen(
                "pkg",
                tool::path().to_str().expect("UTF-8"),
                1,
            );
            let run = Command::new("sh")
                .args(["-c", &line])
                .current_dir(project.dir())
                .stdin(Stdio::null())
                .output();
            let run = tool::of(run.expect("a shell"));
            assert_eq!(run.status, Some(0), "{line}\n{}{}", run.stdout, run.stderr);
        }
    }
}

#[test]
fn what_nobody_answers_is_a_placeholder_that_is_named() {
    let project = Project::new();
    let made = project.pkg(&["init", "cam", "--no-passphrase", "--ci", "github", "--ci", "gitlab"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert!(
        made.stderr.contains("replace every text in <…> in product.toml and release.toml"),
        "{}",
        made.stderr
    );
    let run = project.pkg(&["check", "cam/release.toml", "--json"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let faults = json(&run.stdout)["faults"].as_array().expect("faults").clone();
    assert_eq!(faults.len(), 6, "{faults:#?}");
    for fault in &faults {
        assert_eq!(keys(fault), ["rule", "message", "file", "line", "column", "remedy"]);
        assert_eq!(fault["rule"], "MAN-1");
        assert!(fault["message"].as_str().expect("a message").contains("not filled in"), "{fault}");
        assert!(fault["line"].as_u64() > Some(0) && fault["remedy"].is_string(), "{fault}");
    }
    // tests/pipelines runs these files.
    for file in [".github/workflows/release.yml", ".gitlab-ci.yml"] {
        let text = String::from_utf8(project.read(&format!("cam/{file}"))).expect("UTF-8");
        assert!(text.contains("PKG_KEYRING: cam.keyring"), "{text}");
    }
    for file in [".github/actions/release/action.yml", ".gitlab-ci.yml"] {
        let text = String::from_utf8(project.read(&format!("cam/{file}"))).expect("UTF-8");
        assert!(text.contains("pkg audit out") && !text.contains("@ROOTS"), "{text}");
    }
    // Nothing is replaced, and without a terminal nobody is asked for a passphrase.
    assert_eq!(project.pkg(&["init", "cam", "--no-passphrase"]).status, Some(2));
    let asked = project.pkg(&["init", "door"]);
    is_an_error(&asked, "init without a passphrase");
    assert!(!project.path("door").exists());
}

/// As a newcomer writes it: nearly nothing of it is right.
const WRONG: &str = r#"[product]
vendor = "acme"
name = "cam"
hardware = ["rev a"]

[release]
version = 1
line = "1.0"
clas = "security"

[[image]]
component = "rootfs"

[[fix]]
id = "CVE-26-1"
severity = "CVSS:3.1/AV:X"
exploited-since = 2026-01-02

[[base]]
package = "none.full.pkg"

[separation]
kind = "clean"

[action]
code = "install"
restart = "yes"

[automatic]
applicable = "yes"
install-within = "soon"

[support]
until = "2036"
"#;

#[test]
fn every_fault_is_found_in_one_run() {
    let project = Project::new();
    project.write("wrong.toml", WRONG);
    let run = project.pkg(&["build", "wrong.toml", "-o", "out", "--key", "none.key"]);
    assert_eq!(run.status, Some(2), "a wrong type is among them: {}", run.stderr);
    let expected = [
        "product.hardware",
        "expected a string, found a number",
        "did you mean class?",
        "image[0].file: missing",
        "fix[0].id: ",
        "fix[0].severity: ",
        "fix[0].exploited-since: not exploited",
        "cannot read ./none.full.pkg",
        "fix[0].impact: missing: expected texts by language",
        "separation.kind: ",
        "action.restart: ",
        "action.text: missing: expected texts by language",
        "expected true or false, found a string",
        "automatic.install-within: expected a duration",
        "automatic.max-postpone: missing: expected a duration",
        "support.until: ",
        "advisory: missing",
    ];
    let missing: Vec<_> = expected.iter().filter(|part| !run.stderr.contains(**part)).collect();
    assert!(missing.is_empty(), "{missing:#?}\n{}", run.stderr);
    // They are named as they are written, and in the order of the lines.
    for never in ["fixes[", "images[", "changes[", " id: missing"] {
        assert!(!run.stderr.contains(never), "{never}\n{}", run.stderr);
    }
    let places = run.stderr.lines().filter_map(|l| l.trim().strip_prefix("--> wrong.toml:"));
    let lines: Vec<u64> = places.filter_map(|l| l.split(':').next()?.parse().ok()).collect();
    assert!(lines.len() >= 12 && lines.is_sorted(), "{lines:?}");
    assert!(run.stderr.contains("pkg: error: wrong.toml has "), "{}", run.stderr);
}

/// A check needs no key, no image, and no keyring for earlier packages; it writes nothing.
#[test]
fn a_check_needs_neither_keys_nor_images() {
    let shop = shop();
    let text = edit(&edit(FEATURE, "\"boot.img\"", "\"not-yet.img\""), "\"1.0.0\"", "\"9.0.0\"");
    shop.write("check.toml", format!("{text}\n[signing]\nkeys = [\"none.key\"]\n"));
    let run = shop.pkg(&["check", "check.toml"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("cam-9.0.0.full.pkg") && run.stderr.contains("not-yet.img is not there yet"));
    assert_eq!(shop.pkg(&["build", "check.toml", "--dry-run"]).stdout, run.stdout);
    assert!(!shop.path("out/cam-9.0.0.full.pkg").exists());
    let second = shop.pkg(&["check", "second.toml"]);
    assert_eq!(second.status, Some(0), "{}", second.stderr);
    assert!(second.stderr.contains("earlier packages were not verified"), "{}", second.stderr);
    let verified = shop.pkg(&["check", "second.toml", "--keyring", "cam.keyring", "--json"]);
    let checked = json(&verified.stdout);
    assert_eq!(
        (checked["package"].as_str(), checked["sequence"].as_u64()),
        (Some("cam-1.0.1.full.pkg"), Some(2))
    );
    assert_eq!((checked["class"].as_str(), checked["security-level"].as_u64()), (Some("security"), Some(2)));
    // What an earlier package says must fit, even if nobody checked its signatures.
    shop.write(
        "check.toml",
        edit(
            &String::from_utf8(shop.read("second.toml")).expect("UTF-8"),
            "line = \"1.0\"",
            "line = \"2.0\"",
        ),
    );
    assert_eq!(shop.pkg(&["check", "check.toml"]).status, Some(1));
}

#[test]
fn a_keyring_of_the_environment_folders_and_few_words() {
    let project = project();
    let built = json(&project.done(&[&build("first.toml", "feature.key")[..], &["--json"]].concat()));
    let package = &built[0];
    assert_eq!(
        keys(package),
        [
            "package",
            "kind",
            "base",
            "size",
            "full-size",
            "outcome",
            "decode-memory",
            "unchanged",
            "manifest-digest"
        ]
    );
    assert_eq!((package["kind"].as_str(), package["outcome"].as_str()), (Some("full"), Some("signed")));
    assert_eq!(project.done(&[&build("second.toml", "security.key")[..], &["-q"]].concat()), "");
    let run = |args: &[&str]| {
        tool::of(project.command(args).env("PKG_KEYRING", "cam.keyring").output().expect("pkg runs"))
    };
    let all = run(&["verify", "out"]);
    assert_eq!((all.status, all.stdout.lines().count()), (Some(0), 2), "{}{}", all.stdout, all.stderr);
    assert!(!all.stderr.is_empty() && run(&["verify", "out", "-q"]).stderr.is_empty());
    let one = run(&["verify", FIRST, "--json"]);
    assert_eq!(json(&one.stdout)["verdict"], "accepted");
    // An option is stronger than the environment.
    assert_eq!(run(&["verify", FIRST, "--keyring", "none.keyring"]).status, Some(2));
    let shown = project.done(&["keyring", "show", "cam.keyring"]);
    let digest = json(&project.done(&["keyring", "show", "cam.keyring", "--json"]))["digest"].clone();
    assert!(shown.contains(&format!("fingerprint {}", digest.as_str().expect("a digest"))), "{shown}");
}

/// On a terminal, what the options leave out is asked for; a wrong answer is asked for again.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_asked() {
    use std::io::Write as _;
    let project = Project::new();
    let typed = "cam\nacme\nrev-a, rev-b\nnone.img\nrootfs.img\nboot.img\nrootfs\nboot\n\n2036-13\n2020-01\n2036-12\nsecurity@acme.example\n\nhorse battery\nhorse\nhorse battery\nhorse battery\n";
    // script(1) gives the program a terminal, and types what it reads.
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} init product", tool::path().display()), "/dev/null"]);
    command.current_dir(project.dir()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().expect("script");
    running.stdin.take().expect("a pipe").write_all(typed.as_bytes()).expect("typed");
    let run = tool::of(running.wait_with_output().expect("an end"));
    assert_eq!(run.status, Some(0), "{}", run.stdout);
    assert!(run.stdout.contains("Who makes it [leave open]: "), "{}", run.stdout);
    assert!(run.stdout.contains("expected a month like 2031-12, found '2036-13'"), "{}", run.stdout);
    for said in [
        "there is no file none.img",
        "Component of boot.img, since rootfs is that of another image [leave open]: ",
        "rootfs is the component of another image",
        "2020-01 is over: the last month with security updates is ",
        "the two passphrases differ",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("Streams"), "{}", run.stdout);
    let text = |name: &str| String::from_utf8(project.read(name)).expect("UTF-8");
    let product = text("product/product.toml");
    for said in
        ["vendor = \"acme\"", "hardware = [\"rev-a\", \"rev-b\"]", "until = \"2036-12\"", "name = \"cam\""]
    {
        assert!(product.contains(said), "{said}: {product}");
    }
    // What nobody answered is to be filled in, and the passphrase that was typed protects the keys.
    let release = text("product/release.toml");
    assert!(release.contains("<What the product does"));
    for file in ["\"rootfs\"\nfile = \"../rootfs.img\"", "\"boot\"\nfile = \"../boot.img\""] {
        assert!(release.contains(file), "{release}");
    }
    assert!(text("product/keys/root.key").contains("ENCRYPTED"));
}
