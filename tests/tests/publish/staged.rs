//! Packages that are staged under embargo, and deltas that a check verifies.

use super::commands::project;
use super::{KEY, RING, json};
use pkg_tests::project::Project;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every file below a folder with its bytes.
fn files(project: &Project, folder: &str) -> BTreeMap<String, Vec<u8>> {
    fn add(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => add(root, &path, files),
                false => {
                    files.insert(
                        path.strip_prefix(root).unwrap().display().to_string(),
                        fs::read(&path).unwrap(),
                    );
                }
            }
        }
    }
    let (root, mut found) = (project.path(folder), BTreeMap::new());
    add(&root, &root, &mut found);
    found
}

#[test]
fn what_is_staged_is_named_nowhere_until_it_is_published() {
    let project = project();
    let before = files(&project, "repo");
    // Whoever stages needs no key.
    let stage = [&["publish", "out", "--to", "repo", "--stage", "--json"][..], &RING].concat();
    let dry = json(&project, &[&stage[..], &["--dry-run"]].concat());
    assert_eq!((dry["written"].as_array().unwrap().len(), files(&project, "repo")), (4, before.clone()));
    let staged = json(&project, &stage);
    assert_eq!((staged["written"].as_array().unwrap().len(), &staged["version"]), (4, &1.into()));
    let after = files(&project, "repo");
    let changed: Vec<_> =
        after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).map(|(p, _)| p).collect();
    let is_object = |path: &String| path.starts_with("packages/") || path.starts_with("deltas/");
    assert!(changed.len() == 4 && changed.iter().all(|p| is_object(p)), "{changed:?}");
    assert!(before.keys().all(|path| after.contains_key(path)));
    // Devices and auditors see what was there before.
    let shown = json(&project, &[&["repository", "show", "repo", "--json"][..], &RING].concat());
    assert_eq!(shown["entries"].as_array().unwrap().len(), 0);
    assert_eq!(json(&project, &stage)["written"].as_array().unwrap().len(), 0, "it is there");
    // Publishing writes no package again.
    let publish = [&["publish", "out", "--to", "repo", "--json"][..], &KEY].concat();
    let published = json(&project, &publish);
    assert_eq!((published["written"].as_array().unwrap().len(), &published["version"]), (0, &2.into()));
    assert_eq!(published["added"].as_array().unwrap().len(), 3);
    project.done(&[&["repository", "check", "repo"][..], &RING].concat());
    let without = project.pkg(&[&["publish", "out", "--to", "repo"][..], &RING].concat());
    assert!(without.status == Some(2) && without.stderr.contains("--key"), "{}", without.stderr);
}

#[test]
fn a_damaged_package_is_not_published_and_neither_are_the_others() {
    let project = project();
    let before = files(&project, "repo");
    let good = project.read("out/cam-1.0.0.full.pkg");
    let mut bad = project.read("out/cam-1.0.1.full.pkg");
    let payload = bad.iter().rposition(|byte| *byte != 0).unwrap();
    bad[payload] ^= 1;
    project.write("a.pkg", good);
    project.write("b.pkg", &bad);
    let publish = ["publish", "a.pkg", "b.pkg", "--to", "repo"];
    let refused = project.pkg(&[&publish[..], &KEY].concat());
    assert!(refused.status == Some(1) && refused.stderr.contains("[PAY-1]"), "{}", refused.stderr);
    let after = files(&project, "repo");
    assert!(
        after.keys().all(|path| before.contains_key(path) || path.starts_with("packages/")),
        "{:?}",
        after.keys()
    );
    let shown = json(&project, &[&["repository", "show", "repo", "--json"][..], &RING].concat());
    assert_eq!((shown["entries"].as_array().unwrap().len(), &shown["version"]), (0, &1.into()));
    // What its statements alone betray is refused before anything is written.
    bad[600] ^= 1;
    project.write("b.pkg", &bad);
    let before = files(&project, "repo");
    assert_eq!(project.pkg(&[&publish[..], &KEY].concat()).status, Some(1));
    assert_eq!(files(&project, "repo"), before);
}

#[test]
fn a_check_verifies_deltas() {
    let project = project();
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    let check = || {
        let run = project.pkg(&[&["repository", "check", "repo", "--json"][..], &RING].concat());
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let faults = report["faults"].as_array().unwrap();
        let faults: Vec<_> = faults.iter().map(|f| f["rule"].as_str().unwrap_or("-").to_owned()).collect();
        assert_eq!(run.status, Some(i32::from(!faults.is_empty())), "{}", run.stderr);
        (faults, report["deltas"].as_u64().unwrap())
    };
    assert_eq!(check(), (vec![], 1));
    let (path, delta) = files(&project, "repo").into_iter().find(|(p, _)| p.starts_with("deltas/")).unwrap();
    let path = format!("repo/{path}");
    let full = |name: &str| project.read(&format!("out/{name}"));
    let put = |bytes: &[u8]| fs::write(project.path(&path), bytes).unwrap();
    // Another release, the full package of the release, a changed byte, and half of it.
    put(&full("cam-1.0.0.full.pkg"));
    assert_eq!(check(), (vec!["REP-8".into()], 0));
    put(&full("cam-1.0.1.full.pkg"));
    assert_eq!(check(), (vec!["REP-8".into()], 0));
    let mut changed = delta.clone();
    // Behind the payload is nothing but padding.
    let payload = changed.iter().rposition(|byte| *byte != 0).unwrap();
    changed[payload] ^= 1;
    put(&changed);
    assert_eq!(check(), (vec!["PAY-1".into()], 0));
    put(&delta[..delta.len() / 2]);
    assert_eq!(check(), (vec!["CON-6".into()], 0));
    put(&delta);
    assert_eq!(check(), (vec![], 1));
}
