//! Golden packages: what was accepted once is accepted for ever, and building again makes no
//! difference. `testdata/golden/README.md` says what to do when this fails.

use pkg_decide::{DeviceState, Fit, Scope};
use pkg_format::delivery::DeliveryKind;
use pkg_format::manifest::release::{Class, Release};
use pkg_format::{Digest, Id};
use pkg_tests::device::id;
use pkg_tests::{keyrings, run, tool};
use pkg_verify::{Keyring, Policy, Statements};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that the generator writes.
const CURRENT: &str = "format-1";

/// A folder of golden packages.
struct Golden {
    folder: PathBuf,
    keyring: Keyring,
    /// Name and bytes, in the order of names: that of the releases too.
    packages: BTreeMap<String, Vec<u8>>,
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read(entry.path()).expect("a file"))
    };
    entries.map(file).collect()
}

/// Every folder there ever was.
fn all() -> Vec<Golden> {
    let entries = fs::read_dir(tool::workspace().join("testdata/golden")).expect("golden packages");
    let folders = entries.map(|e| e.expect("an entry").path()).filter(|p| p.is_dir());
    let golden = folders.map(|folder| {
        let mut packages = files(&folder);
        let keyring = keyrings::open(&packages.remove("EXAMPLE.keyring").expect("its keyring"));
        let sums = packages.remove("SHA256SUMS").expect("its sums");
        let found = packages.iter().map(|(name, b)| format!("{}  {name}\n", Digest::of(b)));
        assert_eq!(String::from_utf8(sums).expect("text"), found.collect::<String>(), "{}", folder.display());
        Golden { folder, keyring, packages }
    });
    let golden: Vec<_> = golden.collect();
    assert!(golden.iter().any(|g| g.folder.ends_with(CURRENT)));
    assert!(golden.iter().all(|g| g.packages.len() >= 7));
    golden
}

#[test]
fn the_library_accepts_every_golden_package_for_ever() {
    for golden in all() {
        for (name, bytes) in &golden.packages {
            run::stream(&bytes[..], &golden.keyring).unwrap_or_else(|e| panic!("{name}, forward: {e}"));
            run::whole(bytes, &golden.keyring).unwrap_or_else(|e| panic!("{name}, whole: {e}"));
        }
    }
}

#[test]
fn the_command_line_accepts_every_golden_package_for_ever() {
    for golden in all() {
        let mut args =
            vec!["verify", "--json", "--keyring", "EXAMPLE.keyring", "--danger-allow-example-keys"];
        args.extend(golden.packages.keys().map(String::as_str));
        let run = tool::run(&golden.folder, &args);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let verdicts: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        let verdicts = verdicts.as_array().expect("a list");
        assert_eq!(verdicts.len(), golden.packages.len());
        for (verdict, name) in verdicts.iter().zip(golden.packages.keys()) {
            assert_eq!(
                (&verdict["package"], &verdict["verdict"]),
                (&(&**name).into(), &"accepted".into()),
                "{verdict}"
            );
        }
    }
}

/// They also mean what they meant: a device that was empty takes one release after the other, takes
/// none of them back, and the images come out as signed.
#[test]
fn a_device_takes_one_golden_release_after_the_other() {
    for golden in all() {
        let mut device = DeviceState {
            vendor: id("acme"),
            name: id("cam-x1"),
            hardware: vec![id("rev-b")],
            scopes: vec![Scope::empty(id("product"), vec![id("kernel"), id("rootfs")])],
        };
        let mut taken: Vec<Statements> = Vec::new();
        let (mut words, mut deltas) = (0, 0);
        // The images that run.
        let running = tempfile::tempdir().expect("a folder");
        for (name, bytes) in &golden.packages {
            let policy = Policy::default();
            let verified = pkg_verify::open(&bytes[..]).expect(name).verify(&golden.keyring, &policy);
            let statements = (*verified.expect(name)).clone();
            let fit = device.fits(&statements, &policy).unwrap_or_else(|e| panic!("{name}: {e}"));
            if statements.manifest().release().is_none() {
                assert_eq!(fit, Fit::Informational, "{name}");
                words += 1;
                continue;
            }
            assert_eq!(fit, Fit::Step, "{name}");
            if statements.delivery().is_some_and(|d| d.kind == DeliveryKind::Delta) {
                // The same step, before the full package takes it.
                let slot = tempfile::tempdir().expect("a folder");
                images_come_out(&golden, name, &statements, running.path(), slot.path());
                deltas += 1;
                continue;
            }
            device.install(&statements).expect("a scope of the device");
            assert_eq!(device.fits(&statements, &policy).expect(name), Fit::Installed, "{name}");
            for earlier in &taken {
                assert!(device.fits(earlier, &policy).is_err(), "an earlier release after {name}");
            }
            images_come_out(&golden, name, &statements, running.path(), running.path());
            taken.push(statements);
        }
        let of = |class| taken.iter().filter(|s| s.manifest().release().map(Release::class) == class).count();
        assert!(of(Some(Class::Security)) >= 3 && of(Some(Class::Feature)) >= 2 && words >= 2);
        assert!(deltas >= 2, "{deltas} deltas");
        let chunks =
            |s: &Statements| s.delivery().is_some_and(|d| d.payloads.iter().any(|p| p.chunks.len() > 1));
        assert!(taken.iter().any(chunks), "no image of several chunks");
    }
}

/// Applies a package to the images that run, and puts the new ones into `slot`.
fn images_come_out(golden: &Golden, name: &str, statements: &Statements, running: &Path, slot: &Path) {
    let images = &statements.manifest().release().expect("a release").images;
    let path = |component: &Id| slot.join(component.as_str());
    let places = |folder: &Path| {
        let place = |c: &Id| format!("{c}={}", folder.join(c.as_str()).display());
        images.iter().map(|i| place(&i.component)).collect::<Vec<_>>()
    };
    let (to, from) = (places(slot), places(running));
    let mut args = vec!["apply", name, "--keyring", "EXAMPLE.keyring", "--danger-allow-example-keys"];
    args.extend(to.iter().flat_map(|to| ["--image", to]));
    args.extend(from.iter().flat_map(|from| ["--base", from]));
    let run = tool::run(&golden.folder, &args);
    assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
    for image in images {
        assert_eq!(Digest::of(&fs::read(path(&image.component)).expect("an image")), image.sha256, "{name}");
    }
}

/// Builds the current folder again, by a shell line that runs `"$@"`, and compares.
fn build_again(shell: &str, env: &[(&str, &Path)], args: &[&str]) {
    let to = tempfile::tempdir().expect("a folder");
    let mut sh = Command::new("sh");
    sh.args(["-c", shell, "sh", env!("CARGO_BIN_EXE_golden")]).arg(to.path()).args(args);
    let run = tool::of(sh.envs(env.iter().copied()).output().expect("a shell"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let (built, there) = (files(to.path()), files(&tool::workspace().join("testdata/golden").join(CURRENT)));
    assert_eq!(built.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    let differ: Vec<_> =
        built.iter().filter(|(name, bytes)| there[*name] != **bytes).map(|(n, _)| n).collect();
    assert!(differ.is_empty(), "{args:?}: {differ:?} differ: testdata/golden/README.md says what to do");
}

#[test]
fn building_again_makes_the_same_bytes() {
    build_again("exec \"$@\"", &[], &[]);
}

/// The images are written anew each time, so their times differ too.
#[test]
fn building_elsewhere_makes_the_same_bytes() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let folder = elsewhere.path().join("anderer Ordner, größer und tiefer als sonst/x/y");
    fs::create_dir_all(&folder).expect("a folder");
    let env: &[(&str, &Path)] = &[
        ("TMPDIR", &folder),
        ("TZ", Path::new("Pacific/Kiritimati")),
        ("LC_ALL", Path::new("tr_TR.UTF-8")),
        ("USER", Path::new("somebody")),
        ("LOGNAME", Path::new("somebody")),
        ("HOSTNAME", Path::new("elsewhere")),
    ];
    build_again("umask 077; exec \"$@\"", env, &["--jobs", "1"]);
    build_again("umask 002; exec \"$@\"", env, &["--jobs", "5"]);
}
