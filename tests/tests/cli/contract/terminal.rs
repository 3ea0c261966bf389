//! The terminal: colour, closed pipes, and text that would act on it.

use super::*;

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let shop = shop();
    let coloured = |color: &[&str], env: &[(&str, &str)], args: &[&str]| {
        let mut command = shop.command(&[args, color].concat());
        command.envs(env.iter().copied());
        let run = tool::of(command.output().expect("pkg runs"));
        (run.stdout.contains('\u{1b}'), run.stderr.contains('\u{1b}'))
    };
    let refused = verify(&["altered.pkg"], &[]);
    for args in [&refused[..], &["inspect", FIRST], &["explain", "SIG-1"]] {
        let says = args[0] == "verify";
        assert_eq!(coloured(&[], &[], args), (false, false), "{args:?} in a pipe");
        assert_eq!(coloured(&["--color", "always"], &[], args), (true, says), "{args:?} always");
        assert_eq!(
            coloured(&["--color", "always"], &[("NO_COLOR", "1")], args),
            (true, says),
            "{args:?} asked for"
        );
        assert_eq!(
            coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")], args),
            (false, false),
            "{args:?} never"
        );
        assert_eq!(coloured(&[], &[("NO_COLOR", "1"), ("TERM", "xterm")], args), (false, false), "{args:?}");
    }
    // Also where the rest of the command line is wrong.
    let wrong = ["verify", FIRST, "--nonsense"];
    for (color, force, is_coloured) in [
        (&["--color", "always"][..], "", true),
        (&["--color=never"], "1", false),
        (&["--color", "never"], "1", false),
        (&[], "", false),
    ] {
        let force = if force.is_empty() { ("UNRELATED", "1") } else { ("CLICOLOR_FORCE", force) };
        assert_eq!(coloured(color, &[force], &wrong), (false, is_coloured), "{color:?}");
    }
    assert_eq!(shop.pkg(&["--color", "sometimes", "explain"]).status, Some(2));
}

/// The lines are no wider than this, except for a word that is wider itself, such as a path; all words are still there.
fn fits(wrapped: &str, plain: &str, columns: usize) {
    for line in wrapped.lines() {
        let is_a_word = line.split_whitespace().count() == 1;
        assert!(line.chars().count() <= columns || is_a_word, "{columns} columns: {line}\n{wrapped}");
    }
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(wrapped), words(plain));
}

/// Commands that fail: with a place in a file, with a rule, with a path, and because they were typed wrong.
const FAILING: [&[&str]; 5] = [
    &["build", "odd.toml", "-o", "out", "--key", "security.key"],
    &["verify", "altered.pkg", "--keyring", "cam.keyring"],
    &["verify", "a-package-that-is-not-there-at-all.pkg", "--keyring", "cam.keyring"],
    &["verify", "p.pkg"],
    &["init", "new", "--support-until", "the end of time"],
];

/// A folder in which they fail.
fn failing() -> Project {
    let project = project();
    project.write("odd.toml", edit(SECURITY, "class = \"security\"", "class = \"one of our own\""));
    project.write("altered.pkg", shop().read("altered.pkg"));
    project
}

/// `COLUMNS` says how wide messages may be; without it, and without a terminal, each is one line.
#[test]
fn messages_are_as_wide_as_is_asked_for() {
    let project = failing();
    for args in FAILING {
        let plain = project.pkg(args).stderr;
        let title = plain.lines().next().unwrap_or_default();
        assert!(title.starts_with("pkg: error: ") && title.len() > 40, "{args:?}: {plain}");
        for columns in [40, 60] {
            let mut command = project.command(args);
            let run = command.env("COLUMNS", columns.to_string()).output().expect("pkg runs");
            fits(&tool::of(run).stderr, &plain, columns);
        }
        for none in ["", "0", "-1", "wide"] {
            let run = project.command(args).env("COLUMNS", none).output().expect("pkg runs");
            assert_eq!(tool::of(run).stderr, plain, "{args:?}: COLUMNS={none}");
        }
    }
}

/// A terminal says how wide it is.
#[cfg(target_os = "linux")]
#[test]
fn messages_are_as_wide_as_the_terminal() {
    if !tool::installed("script") {
        return;
    }
    let project = failing();
    for args in FAILING {
        let plain = project.pkg(args).stderr;
        let quoted: String = args.iter().map(|arg| format!(" '{arg}'")).collect();
        let line = format!("stty rows 24 cols 40; exec '{}'{quoted}", tool::path().display());
        let mut script = Command::new("script");
        script.args(["-qc", &line, "/dev/null"]).current_dir(project.dir());
        script.env_remove("COLUMNS").env("NO_COLOR", "1");
        let run = tool::of(script.stdin(Stdio::null()).output().expect("script runs"));
        // Progress is redrawn in its line before the message.
        let said = run.stdout.replace('\r', "");
        let said = said.split_once("pkg: error: ").map(|(_, said)| format!("pkg: error: {said}"));
        fits(&said.unwrap_or_default(), &plain, 40);
    }
}

/// `pkg inspect … | head -0` is no error.
#[test]
fn a_closed_pipe_is_no_error() {
    let shop = shop();
    for args in [
        vec!["inspect", FIRST],
        vec!["inspect", FIRST, "--json"],
        verify(&[FIRST, SECOND], &[]),
        vec!["explain"],
        vec!["man"],
        vec!["completions", "bash"],
        vec!["keyring", "show", "cam.keyring"],
        vec!["--help"],
    ] {
        let mut child =
            shop.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pkg runs");
        drop(child.stdout.take());
        let run = tool::of(child.wait_with_output().expect("it ends"));
        let quiet = run.stderr.lines().all(|l| l.starts_with("pkg: not checked"));
        assert!(run.status == Some(0) && quiet, "{args:?}: {:?} {}", run.status, run.stderr);
    }
}

/// A full disk is an error, also where data goes to standard output.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let shop = shop();
    for args in [vec!["inspect", FIRST], vec!["explain"], vec!["man"], verify(&[FIRST], &["--json"])] {
        let full = fs::File::options().write(true).open("/dev/full").expect("/dev/full");
        let run =
            tool::of(shop.command(&args).stdout(full).stderr(Stdio::piped()).output().expect("pkg runs"));
        assert_eq!(run.status, Some(2), "{args:?}");
        assert!(run.stderr.contains("cannot write to stdout"), "{args:?}: {}", run.stderr);
    }
}

/// What stands for a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// Every byte is printable, a line feed, or part of a sequence that sets a colour.
fn is_harmless(bytes: &[u8], what: &str) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let code = rest[at + 1..].strip_prefix('[').and_then(|r| r.split_once('m')).map(|(code, _)| code);
        let colours = code.is_some_and(|c| c.bytes().all(|b| b.is_ascii_digit() || b == b';'));
        assert!(colours, "{what}: {:?}", &rest[at..(at + 20).min(rest.len())]);
        rest = &rest[at + 1..];
    }
    let fine = |c: char| matches!(c, '\n' | '\u{1b}' | REPLACEMENT) || !pkg_format::text::is_forbidden(c);
    let bad = text.chars().find(|c| !fine(*c));
    assert_eq!(bad.map(char::escape_unicode).map(|c| c.to_string()), None, "{what}: {text:?}");
}

/// Threats T49 and T50: nothing that a package says can act on a terminal, however it got there.
#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let project = project();
    project.write("fake.keyring", keyrings::archive_bytes(&keyrings::statement()));
    let hostile = |c: char| format!("a{c}[31mVERIFIED{c}b");
    project.write("d.toml", pkg_tests::device::to_toml(&pkg_tests::device::standard()));
    let look = |what: &str| {
        let mut all = Vec::new();
        for args in [
            vec!["inspect", "p.pkg"],
            vec!["inspect", "p.pkg", "--json"],
            vec!["inspect", "p.pkg", "--keyring", "fake.keyring"],
            vec!["inspect", "p.pkg", "--keyring", "fake.keyring", "--json"],
            vec!["verify", "p.pkg", "--keyring", "fake.keyring"],
            vec!["verify", "p.pkg", "--keyring", "fake.keyring", "--json"],
            vec!["decide", "p.pkg", "--keyring", "fake.keyring", "--state", "d.toml", "--record", "r"],
            vec!["decide", "p.pkg", "--keyring", "fake.keyring", "--state", "d.toml", "--json"],
            vec!["sign", "p.pkg", "--key", "security.key", "-o", "s.pkg"],
            vec!["apply", "p.pkg", "--keyring", "fake.keyring", "--image", "boot=b.img"],
            vec!["unpack", "p.pkg", "--keyring", "fake.keyring", "-o", "u"],
        ] {
            let run =
                project.command(&[&args[..], &["--color", "always"]].concat()).output().expect("pkg runs");
            is_harmless(&run.stdout, &format!("{what}: {args:?}"));
            is_harmless(&run.stderr, &format!("{what}: {args:?}"));
            all.push(run.status.code());
        }
        assert!(all.iter().all(|s| matches!(s, Some(0..=2))), "{what}: {all:?}");
        let _ = fs::remove_dir_all(project.path("u"));
    };
    // Each character once in a text, and one character in each place.
    for c in [
        '\u{1b}',
        '\r',
        '\0',
        '\u{7f}',
        '\u{9b}',
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{feff}',
        '\u{2028}',
        '\u{e0041}',
    ] {
        project.write("p.pkg", Fake::security().set("advisory.en.summary", text(&hostile(c))).package());
        look(&format!("U+{:04X}", u32::from(c)));
    }
    let esc = hostile('\u{1b}');
    for path in [
        "id",
        "product.vendor",
        "product.name",
        "release.version",
        "release.line",
        "class",
        "kind",
        "cost",
        "fixes[0].id",
        "fixes[0].severity",
        "fixes[0].impact.en",
        "action.code",
        "action.text.en",
        "support.until",
        "separation.kind",
        "advisory.en.title",
        "applies-to",
    ] {
        project.write("p.pkg", Fake::security().set(path, text(&esc)).package());
        look(path);
    }
    let named = |plain: &str, odd: &str| {
        let odd = odd.to_owned();
        let rename = move |tree: &mut Tree| {
            let Tree::Map(fields) = tree else { return };
            for (name, _) in fields.iter_mut().filter(|(name, _)| name.ends_with("odd")) {
                *name = odd.clone();
            }
        };
        Fake::security().set(plain, text("a")).alter("", rename)
    };
    // Names of fields, and of languages, and notes of one's own.
    for package in [
        Fake::security().set("x-note", text(&esc)),
        named("x-odd", &format!("x-{esc}")),
        named("odd", &esc),
        Fake::security().set("contact", text(&esc)),
        Fake::notice().set("contact", text(&esc)),
        Fake::withdrawal().set("reason.en", text(&esc)),
    ] {
        project.write("p.pkg", package.package());
        look("a name");
    }
    // Text that imitates a verdict stands behind the mark of what nobody vouched for.
    let fake = "All well.\n\nVERIFIED: signed by acme\npkg: accepted";
    project.write("p.pkg", Fake::security().set("advisory.en.details", text(fake)).package());
    let page = project.done(&["inspect", "p.pkg"]);
    for line in page.lines().filter(|l| l.contains("accepted") || l.contains("signed by acme")) {
        assert!(line.starts_with(' ') || line.contains("UNVERIFIED"), "{line}");
    }
    let page = project.done(&["inspect", "p.pkg", "--keyring", "fake.keyring"]);
    for line in page.lines().filter(|l| l.contains("accepted") || l.contains("signed by acme")) {
        assert!(line.starts_with("                │ "), "{line}");
    }
}

/// Threat T49: nor does what a file is called, or what a person wrote.
#[cfg(unix)]
#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let project = project();
    let name = "p\u{1b}[2J\n\u{202e}pkg: accepted.pkg";
    project.write(name, shop().read(FIRST));
    let odd = format!("{name}.toml");
    project.write(&odd, edit(SECURITY, "class =", "cl\\u001bas ="));
    let quoted = edit(SECURITY, "class =", "\"cl\\u001b[31mas\" =");
    project.write("odd.toml", quoted);
    project.write("syntax.toml", "a = \u{1b}[31m\u{202e}\n");
    project.write("title.toml", edit(SECURITY, "Video could be seen by others.", "x\\u001b[31m"));
    let key = format!("{name}-key");
    for args in [
        vec!["inspect", name],
        vec!["inspect", name, "--json"],
        vec!["inspect", "none\u{1b}[2J"],
        verify(&[name, "none\u{1b}[2J"], &[]),
        verify(&[name], &["--json"]),
        vec!["verify", "--\u{1b}[31m", "--keyring", "x"],
        vec!["\u{1b}[31m"],
        vec!["explain", "\u{1b}[31m"],
        vec!["key", "new", &key, "--no-passphrase"],
        vec!["key", "show", name],
        vec!["build", &odd, "-o", "out"],
        vec!["build", "odd.toml", "-o", "out"],
        vec!["build", "syntax.toml", "-o", "out"],
        vec!["build", "title.toml", "-o", "out"],
        vec!["build", "first.toml", "-o", name],
        vec!["apply", FIRST, "--keyring", name, "--image", "\u{1b}=\u{1b}"],
        vec!["keyring", "new", "--root", "root.pub", "--add", "\u{1b}[31m=root.pub", "-o", "k"],
        vec!["unpack", name, "--keyring", "cam.keyring", "-o", "u\u{1b}[2J"],
    ] {
        let run = project.command(&[&args[..], &["--color", "always"]].concat()).output().expect("pkg runs");
        is_harmless(&run.stdout, &format!("{args:?}"));
        is_harmless(&run.stderr, &format!("{args:?}"));
        assert!(matches!(run.status.code(), Some(0..=2)), "{args:?}");
        for line in String::from_utf8_lossy(&run.stdout).lines() {
            assert!(!line.starts_with("pkg: accepted"), "{args:?}: {line}");
        }
    }
}

/// Hostile text does not get into a package in the first place.
#[test]
fn hostile_text_is_not_built() {
    let project = project();
    for c in ["\\u001b", "\\u202e", "\\u200b", "\\u0000", "\\u009b"] {
        project.write("bad.toml", edit(SECURITY, "Video could be seen by others.", &format!("x{c}[31m")));
        let run = project.pkg(&["build", "bad.toml", "-o", "out"]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{c}");
        assert!(
            run.stderr.contains("[TXT-1] advisory.en.summary: U+") && run.stderr.contains("as character 2"),
            "{}",
            run.stderr
        );
        assert!(project.list("out").is_empty());
    }
}
