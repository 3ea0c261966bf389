//! Archived packages are signed again after a key was revoked.

use super::*;
use pkg_tests::keyrings;
use pkg_tests::project::SECURITY;

const FULL: &str = "out/cam-1.0.1.full.pkg";
const DELTA: &str = "out/cam-1.0.1.from-1.0.0.pkg";

/// One command signs every package of the manifest; the old signature stays, and counts for nothing.
#[test]
fn all_packages_of_a_manifest_are_signed_again() {
    let project = Project::new();
    for name in ["revoked", "security", "delivery"] {
        project.key(name);
    }
    project.write("first.toml", FEATURE);
    project.done(&["build", "first.toml", "-o", "out", "--level", "fast", "--key", "revoked.key"]);
    project.write("rootfs.img", [project.read("rootfs.img"), b"more".to_vec()].concat());
    let text = pkg_tests::project::edit(
        SECURITY,
        "class = \"security\"",
        "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\"",
    );
    project.write("second.toml", format!("{text}\n[[base]]\npackage = \"{FIRST}\"\n"));
    project.done(&["build", "second.toml", "-o", "out", "--level", "fast", "--key", "revoked.key"]);
    project.write("cam.keyring", keyrings::archive_bytes(&keyrings::statement()));
    let rules = || {
        [FULL, DELTA].map(|package| {
            let run = project.pkg(&["verify", package, "--keyring", "cam.keyring"]);
            let rule = run.stderr.split('[').nth(1).and_then(|r| r.split(']').next()).unwrap_or_default();
            (run.status, rule.to_owned())
        })
    };
    let refused = (Some(1), "SIG-14".to_owned());
    assert_eq!(rules(), [refused.clone(), refused.clone()], "signed by a revoked key alone");
    project.done(&["sign", FULL, DELTA, "--key", "security.key"]);
    assert_eq!(rules(), [refused.clone(), refused], "the deliveries still are");
    for package in [FULL, DELTA] {
        project.done(&["sign", package, "--delivery", "--key", "delivery.key"]);
    }
    let accepted = (Some(0), String::new());
    assert_eq!(rules(), [accepted.clone(), accepted]);
    // The same elsewhere: one request for both.
    let request = ["sign", FULL, DELTA, "--public", "security.pub", "--request", "asked"];
    project.done(&request);
    // The first release has a different manifest, and is signed apart.
    let before = [FIRST, FULL].map(|p| project.read(p));
    fails(&project.pkg(&["sign", FIRST, FULL, "--key", "security.key"]), "has a different manifest");
    assert!([FIRST, FULL].map(|p| project.read(p)) == before);
}
