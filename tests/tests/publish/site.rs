//! `pkg site --repository`: the advisories of what a repository lists.

use super::commands::project;
use super::{KEY, RING};
use pkg_tests::project::Project;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files below a folder, but for the times in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut all, mut open) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(here).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(folder).expect("below it").display().to_string();
                    all.insert(name, fs::read(path).expect("a file"));
                }
            }
        }
    }
    all
}

fn site(project: &Project, from: &[&str], out: &str) -> pkg_tests::tool::Run {
    let url = ["--url", "https://www.acme.example/security", "-o", out];
    let mut command = project.command(&[&["site"][..], from, &url, &RING].concat());
    command.env("SOURCE_DATE_EPOCH", "1796169600");
    pkg_tests::tool::of(command.output().expect("pkg runs"))
}

#[test]
fn a_site_of_a_repository_is_the_site_of_its_packages() {
    let project = project();
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    for (from, out) in [(&["out"][..], "one"), (&["--repository", "repo"], "other")] {
        let run = site(&project, from, out);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
    }
    let one = files(&project.path("one"));
    assert!(
        one.keys().filter(|name| name.starts_with("csaf/white/") && name.ends_with(".json")).count() >= 2
    );
    assert!(one == files(&project.path("other")), "the same files");
    // What is listed and missing is no reason to publish less.
    for name in project.list("repo/packages") {
        fs::remove_file(project.path(&format!("repo/packages/{name}"))).expect("removed");
    }
    let run = site(&project, &["--repository", "repo"], "never");
    assert!(run.status == Some(2) && run.stderr.contains("[G11]"), "{}", run.stderr);
    assert!(!project.path("never").exists());
    let neither = site(&project, &[], "never");
    assert!(neither.status == Some(2) && neither.stderr.contains("<DIR>"), "{}", neither.stderr);
}
