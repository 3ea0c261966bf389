//! The Python module over the C interface: its own tests, with the library of this profile.

use pkg_tests::tool::workspace;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The shared library, of the profile of this test.
fn library() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let profile = test.parent().and_then(Path::parent).expect("the folder of the profile");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "-p", "pkg-verify-c", "--locked", "--quiet"]).current_dir(workspace());
    cargo.arg("--target-dir").arg(profile.parent().expect("the folder of the build"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success());
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    profile.join(format!("{prefix}pkg_verify_c{suffix}"))
}

#[test]
fn a_client_in_python_verifies_decides_and_installs() {
    let run = Command::new("python3")
        .args(["-X", "dev", "-W", "error", "-B", "-m", "unittest"])
        .current_dir(workspace().join("bindings/python"))
        .env("PKG_VERIFY_LIBRARY", library())
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    // unittest is content with no test at all.
    let count = said.split("Ran ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(count.is_some_and(|count: u32| count >= 30), "{said}");
}
