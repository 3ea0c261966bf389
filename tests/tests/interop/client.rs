//! The client in `examples/client`, through the life of a device: what it tells, asks, installs, confirms
//! and takes back, and what is left of it when it is killed.

use pkg_tests::fake::content;
use pkg_tests::longer;
use pkg_tests::project::{FEATURE, Project, SECURITY, WITHDRAWAL, edited};
use pkg_tests::tool::{self, Run};
use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

pub(crate) const FACTORY: &str = "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n\n[[installed]]\nscope = \"product\"\n\
    components = [\"boot\", \"rootfs\"]\nempty = true\n";
/// What is printed only when an install is complete.
pub(crate) const INSTALLED: &str = "restart to run it";
const SHOWN: &str = "Video without password";

/// A maker's folder, a device beside it, and `offer`, where the device looks.
pub(crate) struct Life(pub(crate) Project);

impl Life {
    /// Release 1.0.0 (feature), 1.0.1 (security; a delta too) and 1.1.0 (feature) are built; nothing is
    /// offered yet.
    pub(crate) fn new(rootfs: usize) -> Life {
        let project = Project::new();
        for name in ["security", "security-2", "feature", "delivery", "withdrawal", "root", "catalogue"] {
            project.key(name);
        }
        let mut ring =
            vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
        ring.extend(["--add", "security=security.pub", "--add", "feature=feature.pub"]);
        ring.extend(["--add", "delivery=delivery.pub", "--add", "withdrawal=withdrawal.pub"]);
        ring.extend(["--add", "catalogue=catalogue.pub"]);
        project.done(&ring);
        for folder in ["offer", "device"] {
            fs::create_dir(project.path(folder)).expect("a folder");
        }
        project.write("device/factory.toml", FACTORY);
        let life = Life(project);
        let mut image = content("rootfs", rootfs);
        life.0.write("rootfs.img", &image);
        life.build(FEATURE, "feature.key");
        let fix = rootfs / 2;
        image.splice(fix..fix + rootfs / 10, content("a fix", rootfs / 10));
        life.0.write("rootfs.img", &image);
        life.0.write("fixed.img", &image);
        let previous = "class = \"security\"\nprevious = \"cam-1.0.0.full.pkg\"";
        let second = edited(SECURITY, &[("class = \"security\"", previous)]);
        life.build(&format!("{second}\n[[base]]\npackage = \"cam-1.0.0.full.pkg\"\n"), "security.key");
        life.0.write("rootfs.img", content("rootfs 1.1", rootfs));
        let previous = "class = \"feature\"\nprevious = \"cam-1.0.1.full.pkg\"";
        let edits = [("class = \"feature\"", previous), ("version = \"1.0.0\"", "version = \"1.1.0\"")];
        life.build(&edited(FEATURE, &edits), "feature.key");
        life
    }

    pub(crate) fn build(&self, text: &str, key: &str) {
        self.0.write("release.toml", text);
        let sign = ["--delivery-key", "delivery.key", "--level", "fast", "--keyring", "cam.keyring"];
        let sign = if text == FEATURE { &sign[..4] } else { &sign[..] };
        self.0.done(&[&["build", "release.toml", "-o", ".", "--key", key], sign].concat());
    }

    pub(crate) fn offer(&self, name: &str) {
        fs::copy(self.0.path(name), self.0.path("offer").join(name)).expect("a copy");
    }

    pub(crate) fn take_away(&self, name: &str) {
        fs::remove_file(self.0.path("offer").join(name)).expect("it is there");
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(tool::path().with_file_name("client"));
        command.args(["--folder", "offer", "--keyring", "cam.keyring", "--device", "device"]);
        command.args(more).current_dir(self.0.dir()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// One call that can be done; what it printed, the log last.
    pub(crate) fn round(&self, more: &[&str]) -> String {
        let run = self.run(more, "");
        assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
        run.stdout + &run.stderr
    }

    pub(crate) fn run(&self, more: &[&str], answers: &str) -> Run {
        let mut child = self.command(more).stdin(Stdio::piped()).spawn().expect("the client runs");
        // One that does not ask does not read.
        let _ = child.stdin.take().expect("a pipe").write_all(answers.as_bytes());
        tool::of(child.wait_with_output().expect("it ends"))
    }

    fn answer(&self, answer: &str) -> String {
        self.run(&["--ask"], answer).stdout
    }

    pub(crate) fn boot(&self) -> String {
        String::from_utf8(self.0.read("device/boot")).expect("text")
    }

    pub(crate) fn slot(&self, slot: &str) -> Vec<u8> {
        self.0.read(&format!("device/slots/{slot}/rootfs"))
    }

    /// The newest record of the state, as text.
    pub(crate) fn state(&self) -> String {
        String::from_utf8_lossy(&self.0.read("device/state")).into_owned()
    }

    /// Takes back what runs; the name of the package that says so.
    pub(crate) fn withdrawal(&self) -> String {
        let state = self.state();
        let (_, after) = state.split_once("manifest = \"").expect("a manifest");
        let manifest = after.get(..64).expect("64 digits").to_owned();
        self.build(&WITHDRAWAL.replace(&"1".repeat(64), &manifest), "withdrawal.key");
        let mut names = self.0.list(".").into_iter();
        names.find(|n| n.contains("withdraw") && n.ends_with(".pkg")).expect("a package")
    }

    /// 1.0.0 runs.
    pub(crate) fn begun(rootfs: usize) -> Life {
        let life = Life::new(rootfs);
        life.offer("cam-1.0.0.full.pkg");
        assert!(life.round(&["--yes"]).contains("in full"));
        life.round(&["--booted", "ok"]);
        life
    }
}

#[test]
fn from_an_empty_device_through_a_start_that_fails_to_one_that_succeeds() {
    let life = Life::new(20_000);
    life.offer("cam-1.0.0.full.pkg");
    assert!(life.round(&["--yes"]).contains("in full; restart to run it"));
    assert_eq!(life.boot(), "boot - try a\nrootfs - try a\n");
    assert!(life.round(&["--yes"]).contains("waits for its start"));
    life.round(&["--booted", "ok"]);
    assert_eq!(life.boot(), "boot a\nrootfs a\n");
    let first = life.slot("a");
    assert!(life.round(&[]).contains("nothing: up-to-date"));

    // A security update: told, and the round after it installs itself; told once.
    life.offer("cam-1.0.1.full.pkg");
    life.offer("cam-1.0.1.from-1.0.0.pkg");
    let told = life.round(&[]);
    assert!(told.contains(SHOWN) && !told.contains(INSTALLED), "{told}");
    let installed = life.round(&[]);
    assert!(installed.contains("by delta") && !installed.contains(SHOWN), "{installed}");
    assert_eq!(life.boot(), "boot a try b\nrootfs a try b\n");

    // It does not start: the old one runs, was never touched, and nothing goes round for ever.
    life.round(&["--booted", "failed"]);
    assert_eq!((life.boot().as_str(), life.slot("a")), ("boot a\nrootfs a\n", first.clone()));
    assert!(life.round(&[]).contains("waits for an answer: declined"));
    assert!(life.answer("y\n").contains("by delta"));
    life.round(&["--booted", "ok"]);
    assert_eq!(life.boot(), "boot b\nrootfs b\n");
    assert_eq!(life.slot("a"), first);
    let mut fixed = first;
    fixed.splice(10_000..12_000, content("a fix", 2_000));
    assert_eq!(life.slot("b"), fixed);

    // Back to the old one is refused, by rule.
    life.take_away("cam-1.0.1.full.pkg");
    life.take_away("cam-1.0.1.from-1.0.0.pkg");
    let refused = life.round(&["--yes"]);
    assert!(refused.contains("refuse: refused") && refused.contains("VER-1"), "{refused}");
}

#[test]
fn what_the_user_says_holds() {
    let life = Life::begun(20_000);
    life.offer("cam-1.0.1.full.pkg");
    assert!(life.answer("later\n").contains(SHOWN));
    assert!(life.round(&[]).contains("wait: postponed"));
    assert!(life.answer("y\n").contains("wait: postponed"), "put off is put off");
    // Until that is over. And a boot flag that lags behind is put right.
    life.0.write("device/boot", "lags behind");
    assert!(life.round(&["--elapsed", "1"]).contains("postponed"));
    assert_eq!(life.boot(), "boot a\nrootfs a\n");
    let reminded = life.round(&["--elapsed", "90000"]);
    assert!(reminded.contains(SHOWN) && reminded.contains(INSTALLED), "{reminded}");

    let life = Life::begun(20_000);
    life.offer("cam-1.0.1.full.pkg");
    assert!(life.answer("never\n").contains(SHOWN));
    for _ in 0..3 {
        assert!(life.round(&["--elapsed", "90000"]).contains("waits for an answer"), "opting out sticks");
    }
    assert!(life.state().contains("automatic-security = false"));
    assert!(life.answer("y\n").contains(INSTALLED), "what is approved is installed nevertheless");
    life.round(&["--booted", "ok"]);
    assert!(life.state().contains("automatic-security = false"), "and the opt-out stays");

    // A feature comes only if it is wanted, and whoever does not want it is not asked again.
    life.offer("cam-1.1.0.full.pkg");
    for _ in 0..3 {
        assert!(!life.round(&["--elapsed", "90000"]).contains(INSTALLED));
    }
    assert!(life.answer("n\n").contains("Install"));
    assert!(life.round(&["--yes"]).contains("nothing: declined"));

    let life = Life::begun(20_000);
    life.offer("cam-1.1.0.full.pkg");
    life.offer("cam-1.0.1.full.pkg");
    assert!(life.round(&["--yes"]).contains(INSTALLED));
    life.round(&["--booted", "ok"]);
    assert!(life.state().contains("version = \"1.0.1\""), "the fix first, and alone");
    assert!(life.round(&["--yes"]).contains(INSTALLED));
    life.round(&["--booted", "ok"]);
    assert!(life.state().contains("version = \"1.1.0\""));
}

/// What the user approved is what is installed: another package that took its name meanwhile is not.
#[test]
fn what_was_approved_is_not_exchanged_for_another() {
    let life = Life::begun(20_000);
    life.offer("cam-1.0.1.full.pkg");
    let mut child = life.command(&["--ask"]).stdin(Stdio::piped()).spawn().expect("the client runs");
    let (mut asked, mut byte) = (Vec::new(), [0]);
    while !asked.ends_with(b"[y / n / later / never] ") {
        child.stdout.as_mut().expect("a pipe").read_exact(&mut byte).expect("a question");
        asked.extend(byte);
    }
    fs::copy(life.0.path("cam-1.1.0.full.pkg"), life.0.path("other")).expect("a copy");
    fs::rename(life.0.path("other"), life.0.path("offer/cam-1.0.1.full.pkg")).expect("a rename");
    child.stdin.take().expect("a pipe").write_all(b"y\n").expect("an answer");
    let run = tool::of(child.wait_with_output().expect("it ends"));
    assert_eq!(run.status, Some(2), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("was replaced meanwhile"), "{}", run.stderr);
    assert_eq!(life.boot(), "boot a\nrootfs a\n");
}

#[test]
fn the_end_of_support_is_told_and_blocks_no_fix() {
    let life = Life::begun(20_000);
    let late = ["--now", "4102444800"];
    assert!(life.round(&late).contains("the support period has ended"));
    assert!(!life.round(&[]).contains("support"), "without a clock nobody knows");
    life.offer("cam-1.0.1.full.pkg");
    assert!(life.round(&late).contains(SHOWN));
    assert!(life.round(&late).contains(INSTALLED));
}

/// What comes to pass between an install and its start is not forgotten when the start is confirmed.
#[test]
fn what_passes_before_the_start_outlasts_it() {
    let life = Life::begun(20_000);
    life.offer(&life.withdrawal());
    assert!(life.round(&[]).contains("Release withdrawn"));
    life.offer("cam-1.0.1.full.pkg");
    life.round(&[]);
    assert!(life.round(&[]).contains(INSTALLED));
    assert!(life.round(&["--elapsed", "777"]).contains("waits for its start"));
    life.round(&["--booted", "ok"]);
    let state = life.state();
    let records: Vec<_> = state.split("pkgstat1").filter_map(|r| r.split_once("[device]")).collect();
    let runs = |r: &&(&str, &str)| r.0.contains("version = \"1.0.1\"") && r.0.contains("elapsed = 777");
    assert_eq!(records.iter().filter(runs).count(), 2, "{state}");
}

#[test]
fn a_withdrawal_is_told_and_erases_nothing() {
    let life = Life::begun(20_000);
    let words = life.withdrawal();
    life.offer(&words);
    let image = life.slot("a");
    assert!(life.round(&[]).contains("Release withdrawn"));
    assert!(!life.round(&[]).contains("Release withdrawn"), "told once");
    assert_eq!((life.slot("a"), life.boot().as_str()), (image, "boot a\nrootfs a\n"));
    // What was heard stays heard.
    life.take_away(&words);
    life.round(&[]);
    assert!(life.state().contains("[[withdrawn.by]]"));
}

#[test]
fn a_newer_keyring_is_taken_and_an_older_one_is_not() {
    let life = Life::begun(20_000);
    let edit = ["keyring", "edit", "cam.keyring", "--add", "security=security-2.pub", "--sign", "root.key"];
    life.0.done(&[&edit[..], &["-o", "new.keyring"]].concat());
    let previous = "class = \"security\"\nprevious = \"cam-1.0.0.full.pkg\"";
    life.0.write(
        "release.toml",
        edited(SECURITY, &[("class = \"security\"", previous), ("\"1.0.1\"", "\"1.0.2\"")]),
    );
    let build = ["build", "release.toml", "-o", ".", "--key", "security-2.key", "--keyring", "new.keyring"];
    life.0.done(&[&build[..], &["--delivery-key", "delivery.key"]].concat());
    life.offer("cam-1.0.2.full.pkg");
    assert!(life.round(&["--yes"]).contains("SIG-2"));
    life.offer("new.keyring");
    let taken = life.round(&["--yes"]);
    assert!(taken.contains("keyring version 2 is in force") && taken.contains(INSTALLED), "{taken}");
    life.round(&["--booted", "ok"]);
    // One of its two copies may go, whatever became of it.
    life.0.write("device/keyring-2", b"spoilt");
    assert!(life.round(&[]).contains("up-to-date"));
    fs::copy(life.0.path("device/keyring-2.twin"), life.0.path("device/keyring-2")).expect("a copy");
    life.0.write("device/keyring-2.twin", b"");
    // The pinned one is older now; nothing goes back to it.
    life.take_away("new.keyring");
    let later = life.round(&[]);
    assert!(later.contains("KEY-9") && later.contains("up-to-date"), "{later}");
    assert!(life.state().contains("[keyring]\nversion = 2"));
}

#[test]
fn what_is_cut_or_gone_is_a_line_in_the_log() {
    let life = Life::begun(20_000);
    fs::create_dir(life.0.path("mirror")).expect("a folder");
    let delta = life.0.read("cam-1.0.1.from-1.0.0.pkg");
    // The statements are whole, the payload is not.
    life.0.write("offer/cut.pkg", &delta[..delta.len() - 2_048]);
    life.0.write("offer/noise.pkg", b"no package");
    fs::copy(life.0.path("cam-1.0.1.full.pkg"), life.0.path("mirror/full.pkg")).expect("a copy");
    let mirror = format!("file://{}", life.0.arg("mirror"));
    let run = life.round(&["--yes", "--folder", "gone", &mirror]);
    for line in ["\"gone\"", "noise.pkg\": [CON-1]", "cut.pkg\"", "in full"] {
        assert!(run.contains(line), "{line} in\n{run}");
    }
    life.round(&["--booted", "ok"]);
    // Of two fixes the better one cannot be had: the other is installed, and no feature instead of it.
    let life = Life::begun(20_000);
    let previous = "class = \"security\"\nprevious = \"cam-1.0.1.full.pkg\"";
    let better = edited(
        SECURITY,
        &[
            ("class = \"security\"", previous),
            ("\"1.0.1\"", "\"1.0.2\""),
            ("CVE-2026-12345", "CVE-2026-70007"),
        ],
    );
    life.build(&better, "security.key");
    let whole = life.0.read("cam-1.0.2.full.pkg");
    life.0.write("offer/cut.pkg", &whole[..whole.len() - 2_048]);
    let run = life.run(&["--yes"], "");
    assert!(run.status == Some(2) && run.stderr.contains("the next round tries again"), "{}", run.stderr);
    life.offer("cam-1.0.1.full.pkg");
    life.offer("cam-1.1.0.full.pkg");
    let run = life.round(&["--yes"]);
    assert!(run.contains("cut.pkg") && run.contains("installed cam-1.0.1 in full"), "{run}");
    // A state that is lost is no empty device.
    life.0.write("device/state", vec![0; 131_072]);
    let lost = life.run(&["--yes"], "");
    assert!(lost.status == Some(2) && lost.stderr.contains("state of the device is lost"), "{}", lost.stderr);
    fs::remove_file(life.0.path("device/state")).expect("it is there");
    let gone = life.run(&["--yes"], "");
    assert!(gone.status == Some(2) && gone.stderr.contains("state of the device is gone"), "{}", gone.stderr);
}

#[test]
fn killed_at_any_moment_it_goes_on() {
    let life = Life::begun(2_000_000);
    let first = life.slot("a");
    life.offer("cam-1.0.1.full.pkg");
    life.offer("cam-1.0.1.from-1.0.0.pkg");
    // How long to wait at most before a kill: for an install, and for going back. What ends before its kill makes
    // the wait shorter, so that kills come on a machine of any speed.
    let mut longest = [200_000u64; 2];
    let (mut kills, mut installs, mut random) = (0, 0, 1u64);
    let enough = longer::setting("PKG_KILLS", 24);
    while kills < enough {
        let back = life.boot().contains("try");
        let how: &[&str] = if back { &["--booted", "failed"] } else { &["--ask"] };
        let most = &mut longest[usize::from(back)];
        random = (random * 75 + 74) % 65_537;
        let wait = *most * random / 65_537;
        let mut child = life.command(how).stdin(Stdio::piped()).spawn().expect("the client runs");
        let _ = child.stdin.take().expect("a pipe").write_all(b"y\n");
        std::thread::sleep(Duration::from_micros(wait));
        let killed = child.try_wait().expect("a status").is_none();
        let _ = child.kill();
        child.wait().expect("it ends");
        kills += usize::from(killed);
        *most = if killed { *most * 5 / 4 + 1 } else { *most * 3 / 4 };
        assert_eq!(life.slot("a"), first, "what runs is as it was");
        if life.boot().contains("try") {
            installs += 1;
            assert_eq!(life.slot("b").len(), 2_000_000);
            assert_eq!(life.slot("b")[1_000_000..1_200_000], content("a fix", 200_000)[..]);
        }
    }
    // The last kill may have cut off the way back: the next run completes it.
    let mut said = life.round(&[]);
    if !life.boot().contains("try") {
        let run = life.run(&["--ask"], "y\ny\n");
        said += &format!("{:?} {}{}", run.status, run.stdout, run.stderr);
    }
    said += &life.round(&[]);
    said += &life.round(&["--booted", "ok"]);
    assert_eq!(life.boot(), "boot b\nrootfs b\n", "{said}");
    assert!(life.round(&[]).contains("up-to-date"));
    eprintln!("{kills} kills, {installs} times an install was seen");
}
