//! The C interface as C and C++ programs use it: its header is current, it agrees with every vector, it
//! installs a delta, goes on where it was interrupted, and wrong use is answered. Needs `cc` and `c++`; with
//! `valgrind` nothing leaks.

use pkg_tests::fake::content;
use pkg_tests::project::{FEATURE, Project, edit};
use pkg_tests::tool::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_header_is_current() {
    let folder = workspace().join("crates/verify-c");
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("cbindgen.toml");
    let made = cbindgen::Builder::new().with_crate(&folder).with_config(config).generate().expect("a header");
    let mut text = Vec::new();
    made.write(&mut text);
    let path = folder.join("include/pkg_verify.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&path, &text).expect("the header is written");
    }
    let there = fs::read(&path).expect("the header");
    assert!(
        there == text,
        "pkg_verify.h is not current: UPDATE_HEADER=1 cargo test -p pkg-tests --test interop header"
    );
}

/// The static library of the profile of this test.
fn library() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let run = Command::new(cargo)
            .args(["build", "-p", "pkg-verify-c", "--locked", "--quiet"])
            .current_dir(workspace())
            .status();
        assert!(run.expect("cargo runs").success());
        let test = std::env::current_exe().expect("this test");
        let profile = test.parent().and_then(Path::parent).expect("the folder of the profile");
        profile.join("libpkg_verify_c.a")
    });
    built.clone()
}

/// A program of `tests/c`.
fn programs(name: &str, to: &Path) -> [PathBuf; 2] {
    compiled(&workspace().join(format!("tests/c/{name}.c")), to)
}

/// Compiles a program with every warning an error, as C99 and as C++.
fn compiled(source: &Path, to: &Path) -> [PathBuf; 2] {
    let name = source.file_stem().expect("a name").display();
    [("cc", "-std=c99", "c"), ("c++", "-std=c++11", "c++")].map(|(compiler, standard, language)| {
        let out = to.join(format!("{name}-{compiler}"));
        let run = Command::new(compiler)
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", standard, "-x", language])
            .arg(source)
            .args(["-x", "none", "-I"])
            .arg(workspace().join("crates/verify-c/include"))
            .arg(library())
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(&out)
            .output()
            .expect("a compiler runs");
        assert!(run.status.success(), "{compiler}: {}", String::from_utf8_lossy(&run.stderr));
        out
    })
}

/// Runs a program, under valgrind if asked for and there; what it printed.
fn run(program: &Path, args: &[&Path], valgrind: bool) -> String {
    let there = || Command::new("valgrind").arg("--version").output().is_ok_and(|o| o.status.success());
    let mut command = match valgrind && there() {
        true => {
            let mut command = Command::new("valgrind");
            command.args([
                "--quiet",
                "--error-exitcode=99",
                "--leak-check=full",
                "--show-leak-kinds=definite,indirect",
            ]);
            command.arg("--errors-for-leak-kinds=definite,indirect").arg(program);
            command
        }
        false => Command::new(program),
    };
    let run = command.args(args).output().expect("the program runs");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{:?}: {text}{}", run.status.code(), String::from_utf8_lossy(&run.stderr));
    text
}

#[test]
fn every_vector_has_the_same_number_in_c() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = workspace().join("format-spec/vectors");
    let mut names: Vec<PathBuf> =
        fs::read_dir(&folder).expect("vectors").map(|e| e.expect("an entry").file_name().into()).collect();
    names.retain(|n| n.extension().is_some_and(|e| e == "vec"));
    names.sort();
    assert!(names.len() >= 250, "{} vectors", names.len());
    let [c, cpp] = programs("vectors", dir.path());
    let with = |names: &[PathBuf]| {
        let mut args = vec![folder.clone()];
        args.extend_from_slice(names);
        args
    };
    fn borrowed(args: &[PathBuf]) -> Vec<&Path> {
        args.iter().map(PathBuf::as_path).collect()
    }
    for program in [&c, &cpp] {
        assert_eq!(run(program, &borrowed(&with(&names)), false), format!("{} vectors\n", names.len()));
    }
    // Under the checker of memory, which is many times slower, every third: neighbours in a family of rules
    // take nearly the same way.
    let some: Vec<_> = names.iter().step_by(3).cloned().collect();
    assert_eq!(run(&c, &borrowed(&with(&some)), true), format!("{} vectors\n", some.len()));
}

#[test]
fn a_client_in_c_installs_a_delta() {
    let golden = workspace().join("testdata/golden/format-1");
    let keyring = golden.join("EXAMPLE.keyring");
    let dir = tempfile::tempdir().expect("a folder");
    for program in programs("client", dir.path()) {
        for package in ["cam-x1-1.4.3.from-1.4.2.pkg", "cam-x1-1.4.3.full.pkg"] {
            let work = tempfile::tempdir_in(&dir).expect("a folder");
            let (a, b) = (work.path().join("a"), work.path().join("b"));
            let first = golden.join("cam-x1-1.4.2.full.pkg");
            let args = [&*keyring, &first, &golden.join(package), Path::new("rootfs"), &a, &b, work.path()];
            let text = run(&program, &args, true);
            assert!(text.starts_with("acme cam-x1 1.4.3 security, "), "{text}");
            // It was told first, it did not install itself, and it was approved.
            let verdicts: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("verdict ")).collect();
            let reasons: Vec<_> = verdicts.iter().filter_map(|v| Some(v.split_once(':')?.0)).collect();
            assert_eq!(reasons, ["2, not-notified", "4, opted-out", "1, approved"], "{text}");
            let state =
                pkg_decide::state_file::State::from_text(&text[text.find("[product]").expect("a state")..]);
            let state = state.expect("a state file");
            assert_eq!(state.choices.automatic_security, Some(false));
            assert!(state.versions.values().any(|v| v.as_str() == "1.4.3"), "{text}");
            let records = fs::read(work.path().join("records")).expect("records");
            assert_eq!(pkg_decide::Chain::check(&records).expect("a chain").lines, 3);
            let expected = work.path().join("expected");
            image(&golden.join("cam-x1-1.4.3.full.pkg"), &keyring, &expected);
            assert!(fs::read(&b).expect("slot b") == fs::read(&expected).expect("an image"));
        }
    }
}

/// The root file system of a package.
fn image(package: &Path, keyring: &Path, to: &Path) {
    let keyring = pkg_tests::keyrings::open(&fs::read(keyring).expect("a keyring"));
    let file = fs::File::open(package).expect("a package");
    let verified =
        pkg_verify::open(file).and_then(|p| p.verify(&keyring, &Default::default())).expect("verified");
    let output = pkg_install::Output::new("rootfs", to).expect("an output");
    pkg_install::apply(verified, &[output], &Default::default()).expect("applied");
}

#[test]
fn wrong_use_is_answered() {
    let golden = workspace().join("testdata/golden/format-1");
    let dir = tempfile::tempdir().expect("a folder");
    for program in programs("misuse", dir.path()) {
        let args = [&*golden.join("EXAMPLE.keyring"), &golden.join("cam-x1-1.4.3.full.pkg")];
        run(&program, &args, true);
    }
}

/// Fails at every write and sync of an install through callbacks; the next install goes on.
#[test]
fn an_interrupted_install_goes_on_in_c() {
    let project = Project::new();
    for name in ["root", "release"] {
        project.key(name);
    }
    let roles = "feature,security,notice,withdrawal,delivery=release.pub";
    let ring = ["keyring", "new", "--root", "root.pub", "--add", roles, "--sign", "root.key"];
    project.done(&[&ring[..], &["-o", "cam.keyring"]].concat());
    // Three chunks, a checkpoint after each of the first two.
    project.write("rootfs.img", content("rootfs", 20_000_000));
    let one = edit(FEATURE, "[[image]]\ncomponent = \"boot\"\nfile = \"boot.img\"\n", "");
    project.write("release.toml", one);
    project.done(&["build", "release.toml", "-o", ".", "--key", "release.key", "--level", "fast"]);
    let [keyring, package, image] =
        ["cam.keyring", "cam-1.0.0.full.pkg", "rootfs.img"].map(|name| project.path(name));
    let args = |step| [&*keyring, &*package, Path::new("rootfs"), &*image, Path::new(step)];
    let [c, cpp] = programs("resume", project.dir());
    let text = run(&c, &args("1"), false);
    let numbers: Vec<u32> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(matches!(numbers[..], [failures, less] if failures >= 8 && less >= 3), "{text}");
    run(&cpp, &args("5"), false);
    run(&c, &args("9"), true);
}

/// The program that docs/c.md shows is one: it is compiled as it stands there, and does what is said of it.
#[test]
fn the_program_in_the_docs_runs() {
    let page = fs::read_to_string(workspace().join("docs/c.md")).expect("docs/c.md");
    let code = page.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a program");
    let dir = tempfile::tempdir().expect("a folder");
    let source = dir.path().join("update.c");
    fs::write(&source, code).expect("written");
    let golden = workspace().join("testdata/golden/format-1");
    let [first, delta, full] =
        ["cam-x1-1.4.2.full.pkg", "cam-x1-1.4.3.from-1.4.2.pkg", "cam-x1-1.4.3.full.pkg"]
            .map(|name| golden.join(name));
    let keyring = golden.join("EXAMPLE.keyring");
    let (a, b, expected) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("expected"));
    image(&first, &keyring, &a);
    image(&full, &keyring, &expected);
    for program in compiled(&source, dir.path()) {
        let text = run(&program, &[&keyring, &delta, &a, &b], true);
        assert!(text.contains("CVE-2026-12345") && text.ends_with("written and read back\n"), "{text}");
        assert!(fs::read(&b).expect("slot b") == fs::read(&expected).expect("an image"));
        fs::remove_file(&b).expect("slot b");
        // Refused by its rule, and nothing written.
        let spoilt = dir.path().join("spoilt.pkg");
        let mut bytes = fs::read(&delta).expect("a package");
        let payload = bytes.windows(9).position(|w| w == b"payload/0").expect("a payload");
        bytes[payload + 512] ^= 1;
        fs::write(&spoilt, bytes).expect("written");
        let run = Command::new(&program).args([&keyring, &spoilt, &a, &b]).output().expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.code() == Some(1) && said.contains("[PAY-1]"), "{said}");
        assert!(!b.exists());
    }
}
