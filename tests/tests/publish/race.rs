//! Eight processes publish at once: every entry is there, none twice; and one that is killed harms nobody.

use super::{KEY, notice, whole};
use pkg_publish::FolderStore;
use pkg_tests::Fake;
use pkg_tests::fake::path::text;
use pkg_tests::keyrings::{archive_bytes, statement};
use pkg_tests::project::Project;
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

/// A project with a repository, the standard keyring, and the key that signs heads.
fn project() -> Project {
    let project = Project::new();
    project.key("catalogue");
    project.write("cam.keyring", archive_bytes(&statement()));
    let new = ["repository", "new", "repo", "--product", "acme/cam", "--id", "acme-updates"];
    project.done(&[&new[..], &KEY].concat());
    project
}

fn publish(project: &Project, package: &str) -> Command {
    project.command(&[&["publish", package, "--to", "repo"][..], &KEY].concat())
}

const PUBLISHERS: u64 = 8;
const EACH: u64 = 25;

#[test]
fn eight_publishers_lose_nothing() {
    let project = project();
    for n in 1..=PUBLISHERS * EACH {
        project.write(&format!("{n}.pkg"), Fake::of_line(n).package());
    }
    std::thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            let project = &project;
            scope.spawn(move || {
                for n in 1..=EACH {
                    let package = format!("{}.pkg", publisher * EACH + n);
                    let run = publish(project, &package).output().expect("pkg runs");
                    assert!(run.status.success(), "{package}: {}", String::from_utf8_lossy(&run.stderr));
                }
            });
        }
    });
    let catalogue = whole(&mut FolderStore::new(&project.path("repo")));
    let numbers: BTreeSet<_> = catalogue.log().entries().iter().map(|e| e.sequence).collect();
    assert_eq!((catalogue.log().entries().len(), numbers.len()), (200, 200));
    // One head for each publication after the first head: no number was skipped.
    assert_eq!(catalogue.head().head().version, 201);
}

#[test]
fn one_of_eight_gets_a_number() {
    let project = project();
    for n in 0..PUBLISHERS {
        let same = notice(7).set("id", text(&format!("notice-by-{n}")));
        project.write(&format!("{n}.pkg"), same.package());
    }
    let run = |n: u64| publish(&project, &format!("{n}.pkg")).output().expect("pkg runs");
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..PUBLISHERS).map(|n| scope.spawn(move || run(n))).collect();
        threads.into_iter().map(|t| t.join().expect("a run")).collect()
    });
    let winners: Vec<_> =
        runs.iter().enumerate().filter(|(_, r)| r.status.success()).map(|(n, _)| n).collect();
    let [winner] = winners.as_slice() else { panic!("{winners:?} got the number") };
    for (n, run) in runs.iter().enumerate().filter(|(n, _)| n != winner) {
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{n}: {said}");
        let expected = format!("[VER-2] {n}.pkg: sequence: number 7 was published as notice-by-{winner}");
        assert!(said.contains(&expected), "{expected}\n{said}");
    }
    assert_eq!(whole(&mut FolderStore::new(&project.path("repo"))).log().entries().len(), 1);
}

#[test]
fn a_publisher_that_is_killed_harms_nobody() {
    let project = project();
    let mut killed = 0;
    for n in 1..=20 {
        let package = format!("{n}.pkg");
        project.write(&package, notice(n).package());
        let mut child = publish(&project, &package).spawn().expect("pkg runs");
        std::thread::sleep(Duration::from_millis(4 * n));
        child.kill().expect("a process of ours");
        killed += usize::from(!child.wait().expect("an end").success());
        // The next one completes it, and finds a repository that is as before or as after.
        let run = publish(&project, &package).output().expect("pkg runs");
        assert!(run.status.success(), "{package}: {}", String::from_utf8_lossy(&run.stderr));
        let catalogue = whole(&mut FolderStore::new(&project.path("repo")));
        assert_eq!(catalogue.log().entries().len(), usize::try_from(n).unwrap());
    }
    assert!(killed > 0, "at least one was killed before it ended");
}
