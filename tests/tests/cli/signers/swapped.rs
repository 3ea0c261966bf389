//! The image that is signed is the image that was hashed (threat T14), whatever happens to the file.

use super::*;
use pkg_builder::{BuildOptions, Description, Error, Level, PackageOptions, Replace};
use pkg_format::Digest;
use pkg_tests::fake::content;
use pkg_tests::keyrings;
use pkg_tests::project::{ISSUED, signer};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Seven chunks. At most four of them are on their way when the collector is held up at an earlier one.
const SIZE: usize = 56 << 20;

/// Builds, and calls `meanwhile` once, when the first chunk of an image was packed and others were not.
fn build(project: &Project, meanwhile: &(dyn Fn() + Sync)) -> Result<PathBuf, Error> {
    let (key, done) = (signer("all"), AtomicBool::new(false));
    let out = project.path("out");
    let package = PackageOptions {
        progress: &|_| {
            if !done.swap(true, Ordering::Relaxed) {
                meanwhile();
            }
        },
        level: Level::Fast,
        replace: Replace::SameStep,
        ..PackageOptions::new(&out)
    };
    let options = BuildOptions { signers: &[&key], ..BuildOptions::new(package, ISSUED) };
    let mut built = Description::read(FEATURE, project.dir(), &[])?.build(&options)?;
    assert!(done.load(Ordering::Relaxed));
    Ok(built.remove(0).path)
}

/// The digest of the image of `rootfs` that a verified package holds, and the one that it claims.
fn held(project: &Project, package: &Path) -> (Digest, Digest) {
    let bytes = fs::read(package).expect("a package");
    let complete = pkg_tests::run::whole(&bytes, &keyrings::standard()).expect("it verifies");
    let release = complete.manifest().release().expect("a release").clone();
    let claimed = release.images.iter().find(|i| i.component.to_string() == "rootfs").expect("it").sha256;
    project.write("all.keyring", keyrings::archive_bytes(&keyrings::statement()));
    let package = package.to_str().expect("UTF-8");
    project.done(&["apply", package, "--keyring", "all.keyring", "--image", "rootfs=made.img"]);
    (Digest::of(&project.read("made.img")), claimed)
}

fn large(project: &Project) -> Vec<u8> {
    let image = content("a large image", SIZE);
    project.write("rootfs.img", &image);
    // The first image by name: when its one chunk is finished the large one is being read.
    project.write("boot.img", content("boot", 100));
    image
}

#[test]
fn a_file_in_its_place_is_not_packed() {
    let project = Project::new();
    let image = large(&project);
    let swap = || {
        project.write("evil.img", vec![0xee; SIZE]);
        fs::rename(project.path("evil.img"), project.path("rootfs.img")).expect("a rename");
    };
    match build(&project, &swap) {
        Ok(package) => {
            let (held, claimed) = held(&project, &package);
            assert_eq!(held, claimed);
            // All of the one or all of the other, never a mix.
            assert!([Digest::of(&image), Digest::of(&vec![0xee; SIZE])].contains(&held));
        }
        Err(error) => panic!("{error}"),
    }
    assert_eq!(project.read("rootfs.img"), vec![0xee; SIZE], "it was swapped");
}

/// Written over while it is read: nothing is signed that was never an image.
#[test]
fn a_file_that_changes_is_not_packed() {
    use std::os::unix::fs::FileExt;
    let project = Project::new();
    large(&project);
    // The end of the file is changed: it was not read yet.
    let change = || {
        let file = fs::OpenOptions::new().write(true).open(project.path("rootfs.img")).expect("a file");
        file.write_all_at(&[0xee; 4096], (SIZE - 4096) as u64).expect("it is written");
        file.sync_all().expect("it is written");
    };
    match build(&project, &change) {
        Err(error) => assert!(error.to_string().contains("it changed while it was read"), "{error}"),
        Ok(package) => panic!("{}", package.display()),
    }
    assert!(project.list("out").is_empty());
}

/// The same at random moments: built or not, what is there is what was hashed.
#[test]
fn whatever_is_built_holds_what_was_hashed() {
    let project = Project::new();
    let image = large(&project);
    let (stop, path) = (AtomicBool::new(false), project.path("rootfs.img"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut other = image.clone();
            while !stop.load(Ordering::Relaxed) {
                other.iter_mut().step_by(4096).for_each(|b| *b = b.wrapping_add(1));
                fs::write(path.with_extension("new"), &other).expect("a file");
                fs::rename(path.with_extension("new"), &path).expect("a rename");
            }
        });
        for _ in 0..3 {
            if let Ok(package) = build(&project, &|| ()) {
                let (held, claimed) = held(&project, &package);
                assert_eq!(held, claimed);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
