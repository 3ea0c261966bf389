//! A real process, killed at random moments: the next run goes on, and the last one is right.
//!
//! `PKG_KILLS=150 cargo test -p pkg-tests --test build_install kills -- --nocapture` kills 150 runs of each kind, 600
//! in all.

use super::list;
use pkg_tests::fake::content;
use pkg_tests::longer;
use pkg_tests::project::{FEATURE, Project, SECURITY, edit};
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How often in each of the four kinds, unless the environment says otherwise.
const KILLS: usize = 15;

/// Numbers that look random; the same in each run, as far as a clock can be the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }
}

/// Two releases of two images, and a delta from the first to the second.
fn project() -> Project {
    let project = Project::new();
    for name in ["security", "feature", "delivery", "root"] {
        project.key(name);
    }
    let mut ring = vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
    ring.extend(["--add", "security=security.pub", "--add", "feature=feature.pub"]);
    ring.extend(["--add", "delivery=delivery.pub"]);
    project.done(&ring);
    let (boot, rootfs) = (content("boot", 400_000), content("rootfs", 2_500_000));
    project.write("boot.img", &boot);
    project.write("rootfs.img", &rootfs);
    project.write("first.toml", FEATURE);
    let sign = ["--delivery-key", "delivery.key", "--level", "fast"];
    project.done(&[&["build", "first.toml", "-o", ".", "--key", "feature.key"], &sign[..]].concat());
    // What changes: a stretch of each image, far from a chunk's end.
    let mut new = rootfs.clone();
    new.splice(1_000_000..1_600_000, content("a fix", 700_000));
    project.write("boot.img", content("boot 2", 400_000));
    project.write("rootfs.img", new);
    let text =
        edit(SECURITY, "class = \"security\"", "class = \"security\"\nprevious = \"cam-1.0.0.full.pkg\"");
    project.write("second.toml", format!("{text}\n[[base]]\npackage = \"cam-1.0.0.full.pkg\"\n"));
    let build = ["build", "second.toml", "-o", ".", "--key", "security.key", "--keyring", "cam.keyring"];
    project.done(&[&build[..], &sign[..]].concat());
    project.write("old-boot", boot);
    project.write("old-rootfs", rootfs);
    fs::create_dir(project.path("slots")).expect("a folder");
    project
}

fn begin(project: &Project, args: &[&str]) -> Child {
    project.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pkg runs")
}

/// Kills runs of this command at moments spread over as long as a whole one takes at best. After each, what runs
/// is as it was, and beside it stands nothing but the journal and the parts.
fn killed(project: &Project, args: &[&str], kills: usize, seed: u64, allowed: &[&str]) -> (usize, usize) {
    let (old, new) = (["old-boot", "old-rootfs"], ["boot.img", "rootfs.img"]);
    let before = old.map(|name| project.read(name));
    let mut random = Random(seed);
    let whole = || {
        let began = Instant::now();
        assert!(begin(project, args).wait().expect("it ends").success());
        began.elapsed()
    };
    let took = whole().min(whole()).min(whole());
    let (mut survived, mut resumed) = (0, 0);
    for _ in 0..kills {
        let mut run = begin(project, args);
        let wait = took.as_micros() as u64;
        std::thread::sleep(Duration::from_micros(random.below(wait)));
        let _ = run.kill();
        survived += usize::from(run.wait().expect("it ends").success());
        for (name, before) in old.iter().zip(&before) {
            assert!(project.read(name) == *before, "{name} was touched");
        }
        for left in list(&project.path("slots")) {
            assert!(allowed.contains(&left.as_str()), "left behind: {left}");
        }
        // Now and then it is let run to its end.
        if random.below(4) == 0 {
            let run = project.pkg(args);
            assert_eq!(run.status, Some(0), "{}", run.stderr);
            resumed += usize::from(run.stderr.contains("resumed after an interruption"));
            finished(project, &new);
        }
    }
    let run = project.pkg(args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    finished(project, &new);
    (survived, resumed)
}

/// Both images are right, and nothing is beside them; then they are taken away.
fn finished(project: &Project, new: &[&str]) {
    for name in new {
        let (found, expected) = (project.read(&format!("slots/{name}")), project.read(name));
        assert!(found.starts_with(&expected), "{name} is not the new image");
    }
    assert_eq!(list(&project.path("slots")), new);
}

#[test]
fn a_run_that_is_killed_is_continued() {
    let project = project();
    let full = ["apply", "cam-1.0.1.full.pkg", "--keyring", "cam.keyring", "--jobs", "1"];
    let images = ["--image", "boot=slots/boot.img", "--image", "rootfs=slots/rootfs.img"];
    let bases = ["--base", "boot=old-boot", "--base", "rootfs=old-rootfs"];
    let delta = ["apply", "cam-1.0.1.from-1.0.0.pkg", "--keyring", "cam.keyring"];
    let beside = [
        "boot.img",
        "rootfs.img",
        ".boot.img.pkg-part",
        ".rootfs.img.pkg-part",
        ".boot.img.pkg-journal",
        ".boot.img.pkg-lock",
        ".rootfs.img.pkg-lock",
    ];
    let kills = longer::setting("PKG_KILLS", KILLS);
    let report = |what: &str, args: &[&str], seed| {
        let (survived, resumed) = killed(&project, args, kills, seed, &beside);
        println!(
            "{what}: {kills} runs killed at random moments ({survived} had ended before); {resumed} later runs \
             said that they resumed; every last one was right"
        );
    };
    report("full, to new files", &[&full[..], &images].concat(), 1);
    report("delta, to new files", &[&delta[..], &images, &bases].concat(), 2);
    for (name, size) in [("boot.img", 500_000), ("rootfs.img", 3_000_000)] {
        project.write(&format!("slots/{name}"), vec![7; size]);
    }
    report("full, in place", &[&full[..], &images, &["--in-place"]].concat(), 3);
    report("delta, in place", &[&delta[..], &images, &bases, &["--in-place"]].concat(), 4);
}
