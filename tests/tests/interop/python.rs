//! The Python module over the C interface: its own tests, with the library of this profile.

use pkg_tests::tool::{c_library, workspace};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::process::Command;

#[test]
fn a_client_in_python_verifies_decides_and_installs() {
    let run = Command::new("python3")
        .args(["-X", "dev", "-W", "error", "-B", "-m", "unittest"])
        .current_dir(workspace().join("bindings/python"))
        .env("PKG_VERIFY_LIBRARY", c_library().join(format!("{DLL_PREFIX}pkg_verify_c{DLL_SUFFIX}")))
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    // unittest is content with no test at all.
    let count = said.split("Ran ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(count.is_some_and(|count: u32| count >= 30), "{said}");
}
