//! The C interface as C and C++ programs use it: it exports nothing else, agrees with every vector, installs a delta,
//! resumes an interrupted install, and answers wrong use. Needs `cc`, `c++` and binutils; with `valgrind` nothing leaks.

use pkg_tests::fake::content;
use pkg_tests::project::{FEATURE, Project, edit};
use pkg_tests::tool::{c_library, workspace};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The static library, and the shared one.
fn libraries() -> [PathBuf; 2] {
    ["libpkg_verify_c.a", "libpkg_verify_c.so"].map(|name| c_library().join(name))
}

/// What a program printed that has to succeed.
fn said(program: &str, args: &[&OsStr]) -> String {
    let run = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(run.status.success(), "{program}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

/// A program that has a zstd of its own must not get ours, nor we its.
#[test]
fn no_symbol_is_exported_but_ours() {
    let dir = tempfile::tempdir().expect("a folder");
    let [library, shared] = libraries();
    let localized = dir.path().join("localized.a");
    let script = workspace().join("crates/verify-c/localize");
    said("sh", &[script.as_os_str(), library.as_os_str(), localized.as_os_str()]);
    for (kind, file) in [("--dynamic", &shared), ("--extern-only", &localized)] {
        let text = said("nm", &["--defined-only".as_ref(), kind.as_ref(), file.as_os_str()]);
        let symbols: Vec<_> = text.lines().filter_map(|line| line.split(' ').nth(2)).collect();
        assert!(symbols.len() > 70, "{text}");
        let others: Vec<_> = symbols.iter().filter(|name| !name.starts_with("pkg_")).collect();
        assert!(others.is_empty(), "{others:?}");
    }
    // And a program can be linked with the localized one.
    let out = dir.path().join("misuse");
    let source = workspace().join("tests/c/misuse.c");
    let include = workspace().join("crates/verify-c/include");
    let mut args = vec![source.as_os_str(), "-I".as_ref(), include.as_os_str(), localized.as_os_str()];
    args.extend(["-lpthread", "-ldl", "-lm", "-o"].map(OsStr::new));
    args.push(out.as_os_str());
    said("cc", &args);
    let golden = workspace().join("testdata/golden/format-1");
    run(&out, &[&golden.join("EXAMPLE.keyring"), &golden.join("cam-x1-1.4.3.full.pkg")], false);
}

#[test]
fn the_shared_library_has_a_soname() {
    let text = said("readelf", &["--dynamic".as_ref(), libraries()[1].as_os_str()]);
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    assert!(text.contains(&format!("soname: [libpkg_verify_c.so.{major}]")), "{text}");
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
            .arg(&libraries()[0])
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

/// Fails at every write and sync of an install through callbacks; the next install resumes, and reads no more of the
/// package than it needs.
#[test]
fn an_interrupted_install_resumes_in_c() {
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
    let right =
        matches!(numbers[..], [failures, less, skipped] if failures >= 8 && (3..=less).contains(&skipped));
    assert!(right, "{text}");
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
