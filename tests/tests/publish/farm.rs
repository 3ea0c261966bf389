//! `pkg farm`: what is planned, and that tasks may run twice, anywhere, in any order.

use super::{KEY, RING, maker};
use pkg_tests::project::{FEATURE, Project, SECURITY, edited};
use serde_json::Value;
use std::fs;

/// Three releases of a line in a repository, without a delta.
pub(super) fn project() -> Project {
    let project = maker();
    project.write("0.toml", FEATURE);
    let mut image = project.read("rootfs.img");
    for n in 1..3usize {
        image[5_000 * n] ^= 1;
        let (file, toml) = (format!("fixed{n}.img"), format!("{n}.toml"));
        project.write(&file, &image);
        let class = format!("class = \"security\"\nprevious = \"out/cam-1.0.{}.full.pkg\"", n - 1);
        let (version, id) = (format!("version = \"1.0.{n}\""), format!("CVE-2026-1000{n}"));
        let changes = [
            ("rootfs.img", file.as_str()),
            ("class = \"security\"", &class),
            ("version = \"1.0.1\"", &version),
            ("CVE-2026-12345", &id),
        ];
        project.write(&toml, edited(SECURITY, &changes));
    }
    for description in ["0.toml", "1.toml", "2.toml"] {
        project.done(&[&["build", description, "-o", "out", "--key", "release.key"][..], &RING].concat());
    }
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    project
}

fn plan(project: &Project, args: &[&str]) -> Value {
    let plan = ["farm", "plan", "--repository", "repo", "--release", "1.0.2", "-o", "plan.json", "--json"];
    serde_json::from_str(&project.done(&[&plan[..], &RING, args].concat())).expect("JSON")
}

fn run(project: &Project, args: &[&str]) -> pkg_tests::tool::Run {
    let run = ["farm", "run", "plan.json", "--to", "repo", "--key", "delivery.key"];
    project.pkg(&[&run[..], &RING, args].concat())
}

fn bases(plan: &Value) -> Vec<&str> {
    plan["tasks"].as_array().unwrap().iter().map(|t| t["base"]["version"].as_str().unwrap()).collect()
}

#[test]
fn every_base_gets_its_delta_once() {
    let project = project();
    let plan = plan(&project, &[]);
    assert_eq!(bases(&plan).len(), 2, "{plan}");
    let path = |n: usize| {
        let state = |v: &Value| v["state"].as_str().unwrap().to_owned();
        format!("repo/deltas/{}/{}", state(&plan["target"]), state(&plan["tasks"][n]["base"]))
    };
    for task in ["1", "0"] {
        let made = run(&project, &["--task", task]);
        assert_eq!(made.status, Some(0), "{}", made.stderr);
    }
    let first = project.read(&path(0));
    for n in [0, 1] {
        project.done(&[&["verify", &path(n)][..], &RING].concat());
    }
    let again = run(&project, &["--task", "0"]);
    assert!(again.status == Some(0) && again.stderr.contains("already"), "{}", again.stderr);
    assert_eq!(project.read(&path(0)), first);
    // A machine of its own, with nothing but the repository.
    fs::remove_file(project.path(&path(0))).unwrap();
    assert_eq!(run(&project, &["--task", "0", "--from", "repo"]).status, Some(0));
    assert_eq!(project.read(&path(0)), first, "the same delta again");
    project.done(&[&["repository", "check", "repo"][..], &RING].concat());
}

#[test]
fn a_census_says_what_pays() {
    let project = project();
    project.write("census.csv", "1.0.0, 7\n1.0.1,5000\n");
    assert_eq!(bases(&plan(&project, &["--census", "census.csv"])), ["1.0.1", "1.0.0"]);
    let few = plan(&project, &["--census", "census.csv", "--least", "100"]);
    assert_eq!((bases(&few), &few["left-out"][0]["version"]), (vec!["1.0.1"], &"1.0.0".into()));
    assert!(few["left-out"][0]["why"].as_str().unwrap().contains("7 devices"), "{few}");
    for wrong in ["1.0.0\n", "1.0.0,many\n", "1.0.0,1\n1.0.0,2\n"] {
        project.write("census.csv", wrong);
        let args = ["farm", "plan", "--repository", "repo", "--release", "1.0.2", "--census", "census.csv"];
        let run = project.pkg(&[&args[..], &RING].concat());
        assert!(run.status == Some(2) && run.stderr.contains("pkg: hint: "), "{wrong}: {}", run.stderr);
    }
}

#[test]
fn what_is_no_task_is_an_error() {
    let project = project();
    plan(&project, &[]);
    for args in [&["--task", "2"][..], &[], &["--task", "x"]] {
        let run = run(&project, args);
        assert_eq!(run.status, Some(2), "{args:?} {}", run.stderr);
    }
    // A key that may not sign deliveries.
    let args = ["farm", "run", "plan.json", "--task", "0", "--to", "repo", "--key", "catalogue.key"];
    let refused = project.pkg(&[&args[..], &RING].concat());
    assert!(refused.status == Some(1) && refused.stderr.contains("[SIG-"), "{}", refused.stderr);
    assert!(!project.path("repo/deltas").exists());
    project.write("plan.json", "{}");
    assert_eq!(run(&project, &["--task", "0"]).status, Some(2));
    let args = ["farm", "plan", "--repository", "repo", "--release", "9.9"];
    let run = project.pkg(&[&args[..], &RING].concat());
    assert!(run.status == Some(2) && run.stderr.contains("no release 9.9"), "{}", run.stderr);
}
