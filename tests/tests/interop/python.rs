//! The Python module over the C interface: its own tests, with the library of this profile.

use pkg_tests::tool::{self, Run, c_library, workspace};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::Path;
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

fn python(program: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(program);
    command.args(args).current_dir(std::env::temp_dir()).env_remove("PKG_VERIFY_LIBRARY");
    tool::of(command.output().expect("python3 runs"))
}

#[test]
#[cfg(target_os = "linux")]
fn the_wheel_brings_its_library() {
    let folder = tempfile::tempdir().expect("a folder");
    let wheel = || {
        let run = Command::new("python3")
            .args(["-B", "bindings/python/wheel.py"])
            .arg(folder.path())
            .current_dir(workspace())
            .env("PKG_VERIFY_LIBRARY", c_library().join("libpkg_verify_c.so"))
            .env("SOURCE_DATE_EPOCH", "1796083200")
            .output();
        let run = tool::of(run.expect("python3 runs"));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let path = folder.path().join(run.stdout.trim());
        (std::fs::read(&path).expect("a wheel"), path)
    };
    let (bytes, path) = wheel();
    assert!(wheel().0 == bytes, "the same library gives the same bytes");
    let environment = folder.path().join("venv");
    let (environment, path) = (environment.to_str().expect("UTF-8"), path.to_str().expect("UTF-8"));
    let made = python(Path::new("python3"), &["-m", "venv", environment]);
    assert_eq!(made.status, Some(0), "{}{}", made.stdout, made.stderr);
    let own = Path::new(environment).join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", path];
    let installed = python(&own, &pip);
    assert_eq!(installed.status, Some(0), "{}", installed.stderr);
    let used = python(
        &own,
        &["-c", "import pkg_verify; print(pkg_verify.library_version, pkg_verify._library._name)"],
    );
    assert!(used.stdout.starts_with(env!("CARGO_PKG_VERSION")), "{}{}", used.stdout, used.stderr);
    assert!(used.stdout.contains("site-packages/pkg_verify_library/"), "{}", used.stdout);
}
