//! `pkg decide`: its JSON, its exit statuses, and what it does to the files of a device.

use super::*;
use pkg_tests::device;

/// A folder with a device, a keyring and one package of each kind.
pub(super) fn device_folder() -> Project {
    let project = Project::new();
    project.write("cam.keyring", keyrings::archive_bytes(&keyrings::statement()));
    let other = Fake::security().set("product.name", text("doorbell"));
    for (name, package) in [
        ("security.pkg", Fake::security()),
        ("fix.pkg", Fake::change_is_fix()),
        ("feature.pkg", Fake::feature()),
        ("notice.pkg", Fake::notice()),
        ("withdrawal.pkg", Fake::withdrawal()),
        ("other.pkg", other),
        ("testing.pkg", testing()),
        ("unsigned.pkg", Fake::security().signed_by(&[key("stranger")])),
    ] {
        project.write(name, package.package());
    }
    project.write("device.toml", device::to_toml(&device::standard()));
    project
}

fn testing() -> Fake {
    Fake::security().set("release.channel", text("testing")).signed_by(&[key("all")])
}

/// The state file with more at its end.
fn with_state(project: &Project, more: &str) {
    project.write("device.toml", format!("{}\n{more}\n", device::to_toml(&device::standard())));
}

fn told(packages: &[Fake]) -> String {
    let entry = |f: &Fake| format!("{{ manifest = \"{}\", elapsed = 60 }}", f.digest());
    format!("notified = [{}]", packages.iter().map(entry).collect::<Vec<_>>().join(", "))
}

pub(super) fn decide<'a>(packages: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["decide"], packages, &TRUST, &["--state", "device.toml"], more].concat()
}

const DECISION: [&str; 12] = [
    "decision",
    "package",
    "reason",
    "until",
    "left",
    "up-to-date-security",
    "corrective",
    "support-ended",
    "manifest-digest",
    "class",
    "notice",
    "refused",
];

#[test]
fn each_decision_has_its_status_and_the_promised_json() {
    let project = device_folder();
    let (s, f) = (told(&[Fake::security()]), told(&[Fake::feature()]));
    let user = |more: &str| format!("[user]\n{more}\n");
    let rows: Vec<(&[&str], String, i32, &str, &str)> = vec![
        (&["security.pkg"], String::new(), 0, "notify", "not-notified"),
        (&["security.pkg"], user(&s), 0, "install", "automatic"),
        (
            &["security.pkg"],
            user(&format!("{s}\nautomatic-security = false")),
            0,
            "ask-approval",
            "opted-out",
        ),
        (
            &["security.pkg"],
            user(&format!("{s}\napproval = \"install\"")),
            0,
            "ask-approval",
            "approval-required",
        ),
        (
            &["security.pkg"],
            user(&format!("{s}\napproval = \"download-and-install\"")),
            0,
            "ask-download",
            "approval-required",
        ),
        (
            &["security.pkg"],
            user(&format!("{s}\nautomatic-security = false\napproved = \"{}\"", Fake::security().digest())),
            0,
            "install",
            "approved",
        ),
        (&["security.pkg"], format!("{}[device]\nbusy = true", user(&s)), 0, "wait", "busy"),
        (
            &["security.pkg"],
            format!("{}[device]\nprofile = \"industrial\"", user(&s)),
            0,
            "ask-approval",
            "auto-not-chosen",
        ),
        (
            &["security.pkg"],
            format!(
                "{}[device]\nnow = 1796083200",
                user(&format!("{s}\npostponed-until = 1796086800\npostponed-count = 1"))
            ),
            0,
            "wait",
            "postponed",
        ),
        (
            &["security.pkg"],
            format!(
                "{}[device]\nnow = 1796086800",
                user(&format!("{s}\npostponed-until = 1796086800\npostponed-count = 1"))
            ),
            0,
            "install",
            "automatic",
        ),
        (
            &["security.pkg", "feature.pkg"],
            user(&told(&[Fake::security(), Fake::feature()])),
            0,
            "install",
            "automatic",
        ),
        (&["feature.pkg"], user(&f), 0, "ask-approval", "feature-not-chosen"),
        (&["feature.pkg"], user(&format!("{f}\nautomatic-feature = true")), 0, "install", "automatic"),
        (
            &["testing.pkg"],
            format!("[user]\nnotified = [{{ manifest = \"{}\" }}]", testing().digest()),
            0,
            "ask-approval",
            "testing",
        ),
        (&["notice.pkg"], user("automatic-security = false"), 0, "advise", "affected"),
        (&["withdrawal.pkg"], String::new(), 0, "advise", "withdrawn-installed"),
        (&["notice.pkg"], user(&told(&[Fake::notice()])), 0, "nothing", "already-shown"),
        (
            &["notice.pkg"],
            format!("[user]\nnotified = [{{ manifest = \"{}\" }}]", Fake::notice().digest()),
            0,
            "nothing",
            "already-shown",
        ),
        (&["other.pkg"], String::new(), 1, "refuse", "refused"),
        (&["unsigned.pkg"], String::new(), 1, "refuse", "refused"),
        (&["other.pkg", "unsigned.pkg", "security.pkg"], String::new(), 0, "notify", "not-notified"),
        (
            &["security.pkg"],
            format!(
                "[[withdrawn.by]]\nsigner = \"{}\"\ntargets = [{{ digest = \"{}\", number = 1 }}]",
                "1".repeat(64),
                Fake::security().digest()
            ),
            1,
            "refuse",
            "refused",
        ),
    ];
    for (packages, state, status, decision, reason) in rows {
        let what = format!("{packages:?} {state}");
        with_state(&project, &state);
        let run = project.pkg(&decide(packages, &["--json"]));
        assert_eq!(run.status, Some(status), "{what}: {}", run.stderr);
        let value = json(&run.stdout);
        assert_eq!(keys(&value), DECISION, "{what}");
        assert_eq!(
            (value["decision"].as_str(), value["reason"].as_str()),
            (Some(decision), Some(reason)),
            "{what}"
        );
        let plain = project.pkg(&decide(packages, &[]));
        assert_eq!(plain.status, Some(status), "{what}");
        assert!(plain.stdout.starts_with(&format!("{decision}: ")), "{what}: {}", plain.stdout);
        if status == 1 {
            is_an_error(&run, &what);
            assert!(run.stderr.contains("pkg: hint: "), "{what}");
        }
    }
}

#[test]
fn the_json_says_what_a_client_needs() {
    let project = device_folder();
    with_state(&project, &format!("[user]\n{}", told(&[Fake::security()])));
    let run = |more: &[&str]| {
        json(&project.pkg(&decide(&["other.pkg", "security.pkg"], &[&["--json"], more].concat())).stdout)
    };
    let value = run(&["--now", "1796083200"]);
    assert_eq!(value["package"], "security.pkg");
    assert_eq!(value["manifest-digest"], Fake::security().digest().to_string());
    assert_eq!((&value["class"], &value["up-to-date-security"]), (&"security".into(), &false.into()));
    // A day from the notice, of which a minute is gone.
    assert_eq!(
        (value["left"].as_u64(), value["until"].as_u64()),
        (Some(86_340), Some(1_796_083_200 + 86_340))
    );
    assert_eq!(keys(&value["notice"]), ["title", "text", "action", "lang"]);
    assert_eq!(value["notice"]["lang"], "en");
    let refused = value["refused"].as_array().expect("a list");
    assert_eq!(keys(&refused[0]), ["package", "rule", "message"]);
    assert_eq!((&refused[0]["package"], &refused[0]["rule"]), (&"other.pkg".into(), &"APP-1".into()));
    // Two spellings of one time; and none.
    assert_eq!(run(&["--now", "2026-12-01T00:00:00Z"]), value);
    let value = run(&["--no-clock", "--elapsed", "40"]);
    assert_eq!((value["left"].as_u64(), &value["until"]), (Some(86_300), &Value::Null));
    let unknown = json(&project.pkg(&decide(&["feature.pkg"], &["--json"])).stdout);
    assert_eq!(unknown["up-to-date-security"], "unknown");
    let refused = json(&project.pkg(&decide(&["unsigned.pkg"], &["--json"])).stdout);
    assert_eq!((&refused["package"], &refused["notice"]), (&"unsigned.pkg".into(), &Value::Null));
    assert_eq!(refused["refused"][0]["rule"], "SIG-2");
}

#[test]
fn what_cannot_be_done_is_two_and_changes_nothing() {
    let project = device_folder();
    let before = project.read("device.toml");
    let digest = Fake::security().digest().to_string();
    let of = |word: &str| format!("{word}={digest}");
    let approve = of("approve");
    for args in [
        decide(&["none.pkg"], &[]),
        decide(&["security.pkg", "none.pkg"], &[]),
        decide(&["security.pkg"], &["--answer", "approve"]),
        decide(&["security.pkg"], &["--answer", "approve=12"]),
        decide(&["security.pkg"], &["--answer", "maybe"]),
        decide(&["security.pkg"], &["--answer", &format!("opt-out={digest}")]),
        // Approval of one package is nothing to another (threat T94).
        decide(&["feature.pkg"], &["--answer", &approve]),
        decide(&["security.pkg"], &["--now", "yesterday"]),
        decide(&["security.pkg"], &["--now", "1", "--no-clock"]),
        decide(&["security.pkg"], &["--lang", "DE"]),
        decide(&["security.pkg"], &["--record", "none/records"]),
        vec!["decide", "security.pkg", "--keyring", "cam.keyring"],
        vec!["decide", "security.pkg", "--keyring", "cam.keyring", "--state", "none.toml"],
        vec!["decide", "--keyring", "cam.keyring", "--state", "device.toml"],
        vec!["records", "none"],
    ] {
        let run = project.pkg(&args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        is_an_error(&run, &format!("{args:?}"));
    }
    assert_eq!(project.read("device.toml"), before);
    for wrong in [
        "[user]\napproval = \"perhaps\"",
        "[user]\napproved = \"12\"",
        "[user]\nlanguage = \"DE\"",
        "[user]\npostponed-count = -1",
        "[user]\nautomatic = true",
        "[device]\nprofile = \"Consumer\"",
        "[[withdrawn.by]]\nsigner = \"x\"",
        "[[superseded]]\nkind = \"release\"\nmanifest = \"x\"",
        "[keyring]\nversion = 1",
    ] {
        with_state(&project, wrong);
        let run = project.pkg(&decide(&["security.pkg"], &[]));
        assert_eq!(run.status, Some(2), "{wrong}");
        assert!(
            run.stderr.contains(" --> device.toml:") && run.stderr.contains("pkg: hint: "),
            "{}",
            run.stderr
        );
    }
}

/// What a shell script does with it: told, put off, approved, installed.
#[test]
fn answers_change_the_state_file_and_nothing_else_does() {
    let project = device_folder();
    let digest = Fake::security().digest().to_string();
    let of = |word: &str| format!("{word}={digest}");
    let reason = |more: &[&str]| {
        let run = project.pkg(&decide(&["security.pkg"], &[&["--json", "--no-clock"], more].concat()));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        json(&run.stdout)["reason"].as_str().expect("a reason").to_owned()
    };
    let before = project.read("device.toml");
    assert_eq!(reason(&["--elapsed", "5", "--record", "records"]), "not-notified");
    assert_eq!(project.read("device.toml"), before);
    assert_eq!(reason(&["--answer", &of("notified"), "--answer", "opt-out"]), "opted-out");
    assert_eq!(reason(&["--answer", &of("postpone")]), "postponed");
    assert_eq!(reason(&["--elapsed", "86399", "--save"]), "postponed");
    assert_eq!(reason(&["--elapsed", "1", "--save"]), "opted-out");
    assert_eq!(reason(&["--answer", &of("decline")]), "declined");
    assert_eq!(reason(&["--answer", &of("approve")]), "approved");
    assert_eq!(reason(&["--answer", &of("installed")]), "up-to-date");
    let state = String::from_utf8(project.read("device.toml")).expect("UTF-8");
    assert!(state.contains("automatic-security = false\n"), "the opt-out stays\n{state}");
    assert!(state.contains("sequence = 5\nfeature-level = 3\nsecurity-level = 7\n"), "{state}");
    // What is older is not recorded as installed.
    let first = Fake::security().set("sequence", pkg_tests::fake::path::num(4));
    project.write("old.pkg", first.package());
    let old = format!("installed={}", first.digest());
    let run = project.pkg(&decide(&["old.pkg"], &["--answer", &old]));
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("[VER-1]"), "{}", run.stderr);
    assert_eq!(String::from_utf8(project.read("device.toml")).expect("UTF-8"), state);
}

/// Seven days are granted, and then no more; what was withdrawn is kept without the withdrawal.
#[test]
fn what_was_heard_and_granted_is_remembered() {
    let project = device_folder();
    let digest = Fake::security().digest().to_string();
    let notified = format!("notified={digest}");
    project.done(&decide(&["security.pkg"], &["--answer", &notified]));
    let postpone = format!("postpone={digest}");
    for _ in 0..7 {
        project.done(&decide(&["security.pkg"], &["--answer", &postpone, "--elapsed", "86400"]));
    }
    let run = project.pkg(&decide(&["security.pkg"], &["--answer", &postpone, "--elapsed", "86400"]));
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("put off 7 times, which is all that this release grants"), "{}", run.stderr);

    let target = Fake::security();
    let withdrawal =
        Fake::withdrawal().set("withdraws", Tree::List(vec![Tree::Bytes(target.digest().0.to_vec())]));
    project.write("withdrawal.pkg", withdrawal.package());
    project.done(&decide(&["withdrawal.pkg"], &["--save"]));
    // Nor is it installed by who does not ask.
    let apply = ["apply", "security.pkg", "--keyring", "cam.keyring", "--state", "device.toml"];
    let apply = [&apply[..], &["--image", "boot=boot.new"]].concat();
    for args in [decide(&["security.pkg"], &[]), apply] {
        let run = project.pkg(&args);
        assert_eq!(run.status, Some(1), "{args:?}");
        assert!(run.stderr.contains("[POL-3]"), "{}", run.stderr);
    }
    assert!(!project.path("boot.new").exists());
}

#[test]
fn a_keyring_that_the_device_has_left_behind_is_refused() {
    let project = device_folder();
    let digest = "0".repeat(64);
    for (version, rule) in [(1, None), (2, Some("KEY-10")), (3, Some("KEY-9"))] {
        with_state(&project, &format!("[keyring]\nversion = {version}\ndigest = \"{digest}\""));
        let state = ["--keyring", "cam.keyring", "--state", "device.toml"];
        for args in [
            &["decide", "security.pkg"][..],
            &["verify", "security.pkg"],
            &["apply", "security.pkg", "--image", "boot=boot.new"],
        ] {
            let run = project.pkg(&[args, &state].concat());
            match rule {
                None => assert_eq!(run.status, Some(0), "{args:?}: {}", run.stderr),
                Some(rule) => {
                    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{args:?}");
                    assert!(run.stderr.contains(&format!("[{rule}]")), "{args:?}: {}", run.stderr);
                }
            }
        }
    }
}

/// The state file that docs/state-file.md shows can be read.
#[test]
fn the_state_file_of_the_docs_can_be_read() {
    let page = fs::read_to_string(tool::workspace().join("docs/state-file.md")).expect("docs/state-file.md");
    let block = page.split("```toml\n").nth(1).and_then(|b| b.split("```").next()).expect("a state file");
    let digits = "1".repeat(64);
    let project = device_folder();
    project.write("device.toml", format!("{block}\n[keyring]\nversion = 2\ndigest = \"{digits}\"\n"));
    let run = project.pkg(&decide(&["security.pkg"], &[]));
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("[KEY-10]"), "all else was read\n{}", run.stderr);
}

/// Answers about what is not for this device, or is nothing to install, change nothing.
#[test]
fn an_answer_is_about_what_can_have_it() {
    let project = device_folder();
    let elsewhere = Fake::notice().set("product.name", text("doorbell"));
    project.write("elsewhere.pkg", elsewhere.package());
    with_state(&project, "[user]\nautomatic-feature = true");
    let before = project.read("device.toml");
    let of = |word: &str, package: &Fake| format!("{word}={}", package.digest());
    for (package, answer, status, why) in [
        ("elsewhere.pkg", of("notified", &elsewhere), 1, "[APP-1]"),
        ("other.pkg", of("approve", &Fake::security().set("product.name", text("doorbell"))), 1, "[APP-1]"),
        ("notice.pkg", of("installed", &Fake::notice()), 2, "a notice or a withdrawal installs nothing"),
    ] {
        let run = project.pkg(&decide(&[package], &["--answer", &answer]));
        assert_eq!(run.status, Some(status), "{answer}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{answer}: {}", run.stderr);
        assert_eq!(project.read("device.toml"), before, "{answer}");
    }
    // A notice for this device with the same sequence is still shown.
    let run = project.pkg(&decide(&["notice.pkg", "elsewhere.pkg"], &["--json"]));
    assert_eq!(json(&run.stdout)["decision"], "advise", "{}", run.stdout);
}

/// That it was installed may be said twice; it grants no more postponements.
#[test]
fn what_is_installed_already_begins_no_new_count() {
    let project = device_folder();
    let (first, second) = (Fake::security(), Fake::change_is_fix());
    let next = second.set("sequence", pkg_tests::fake::path::num(6));
    let levels = ["release.security-level", "fixes[0].level", "changes[0].level"];
    let next = levels.into_iter().fold(next, |f, level| f.set(level, pkg_tests::fake::path::num(8)));
    let next = next.set("images[0].sha256", pkg_tests::fake::path::digest(b"another"));
    project.write("next.pkg", next.package());
    let installed = format!("installed={}", first.digest());
    let both = ["security.pkg", "next.pkg"];
    project.done(&decide(&both, &["--answer", &installed]));
    let postpone = format!("postpone={}", next.digest());
    project.done(&decide(&both, &["--answer", &postpone]));
    project.done(&decide(&both, &["--answer", &installed]));
    let state = String::from_utf8(project.read("device.toml")).expect("UTF-8");
    assert!(state.contains("postponed-count = 1\n"), "{state}");
}

/// Of clients that write the state at once none undoes what another wrote.
#[test]
fn answers_given_at_once_are_all_kept() {
    let project = device_folder();
    let packages = ["security.pkg", "fix.pkg", "feature.pkg", "notice.pkg"];
    let digests = [Fake::security(), Fake::change_is_fix(), Fake::feature(), Fake::notice()]
        .map(|f| f.digest().to_string());
    for _ in 0..5 {
        with_state(&project, "");
        std::thread::scope(|scope| {
            for digest in &digests {
                let (project, answer) = (&project, format!("notified={digest}"));
                scope.spawn(move || project.done(&decide(&packages, &["--answer", &answer])));
            }
        });
        let state = String::from_utf8(project.read("device.toml")).expect("UTF-8");
        for digest in &digests {
            assert!(state.contains(digest), "{digest} is lost\n{state}");
        }
    }
}

/// A client that does not know whether its answer was taken sends it again, with the same id: it counts once, and so
/// does the time that passed.
#[cfg(unix)]
#[test]
fn answers_with_an_id_count_once() {
    let project = device_folder();
    let digest = Fake::security().digest();
    project.done(&decide(&["security.pkg"], &["--answer", &format!("notified={digest}")]));
    let postpone = format!("postpone={digest}");
    let args =
        decide(&["security.pkg"], &["--answer", &postpone, "--answer-id", "evening-1", "--elapsed", "60"]);
    // The first time nobody hears of it: standard output is full.
    let full = fs::File::options().write(true).open("/dev/full").expect("a device");
    let run = project.command(&args).stdout(full).output().expect("pkg runs");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(2));
    assert!(
        said.contains("the answers are saved in the state file") && !said.contains("left behind"),
        "{said}"
    );
    let state = project.read("device.toml");
    let run = project.pkg(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("already recorded"), "{}", run.stderr);
    assert!(project.read("device.toml") == state);
    let text = String::from_utf8(state).expect("UTF-8");
    assert!(text.contains("postponed-count = 1\n") && text.contains("answered = [\"evening-1\"]"), "{text}");
    let wrong = decide(&["security.pkg"], &["--answer", &postpone, "--answer-id", "a b"]);
    assert_eq!(project.pkg(&wrong).status, Some(2));
}
