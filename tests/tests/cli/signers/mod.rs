//! Keys that are no plain file, signatures that are made elsewhere, and that what is signed is what
//! was hashed.

#![cfg(unix)]

mod elsewhere;
mod exposed;
mod program;
mod revoked;
mod ssh;
mod swapped;
mod token;

use pkg_tests::project::{FEATURE, Project};
use pkg_tests::tool::{Run, installed};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const FIRST: &str = "out/cam-1.0.0.full.pkg";

/// A project with a first release to build and the keys of a maker.
fn project() -> Project {
    let project = Project::new();
    for name in ["root", "feature", "delivery"] {
        project.key(name);
    }
    project.write("first.toml", FEATURE);
    project
}

/// A project whose first release is built and not signed.
fn unsigned() -> Project {
    let project = project();
    project.done(&["build", "first.toml", "-o", "out", "--level", "fast"]);
    project
}

/// Makes `cam.keyring`, in which the key of `public` may sign everything.
fn trust(project: &Project, public: &str) {
    let add = format!("security,feature,notice,withdrawal,delivery={public}");
    let args = ["keyring", "new", "--root", "root.pub", "--sign", "root.key", "--add", &add];
    project.done(&[&args[..], &["--replace", "-o", "cam.keyring"]].concat());
}

/// Whether the first release verifies to its last byte.
fn verifies(project: &Project) {
    project.done(&["verify", FIRST, "--keyring", "cam.keyring"]);
}

/// The command could not be done, said why and what to do, printed no data and left `out` alone.
fn fails(run: &Run, why: &str) {
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert!(run.stderr.contains(why), "{why:?} in {}", run.stderr);
    assert!(run.stderr.contains("pkg: hint: "), "{}", run.stderr);
}

fn chmod(project: &Project, name: &str, mode: u32) {
    fs::set_permissions(project.path(name), fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Runs somebody else's tool in the folder; what it printed.
fn tool(project: &Project, name: &str, args: &[&str]) -> Vec<u8> {
    let run = Command::new(name).args(args).current_dir(project.dir()).output().expect(name);
    assert!(run.status.success(), "{name} {args:?}: {}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}
