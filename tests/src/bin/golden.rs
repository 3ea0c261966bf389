//! Writes golden packages: `cargo run -p pkg-tests --bin golden [DIR [ARGUMENT OF pkg build]...]`.
//!
//! They are the releases of `testdata/camera` with smaller images, built by `pkg build` as
//! `testdata/demo` does. Without DIR they go to the current folder of `testdata/golden`; the README
//! there says when that may be done.

use pkg_format::Digest;
use pkg_tests::tool;
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where golden packages are written now.
const CURRENT: &str = "testdata/golden/format-1";

/// Every release of the camera, in the order they are built in, with its SOURCE_DATE_EPOCH.
const RELEASES: [(&str, u64); 7] = [
    ("1.4.2", 1_767_571_200),
    ("1.4.3", 1_773_187_200),
    ("1.5.0", 1_777_939_200),
    ("1.5.1", 1_782_259_200),
    ("1.5.2", 1_786_147_200),
    ("notice", 1_787_875_200),
    ("withdrawal", 1_788_307_200),
];

/// How much of an image is kept.
const KEPT: usize = 24 << 10;

/// The release whose root file system gets a long tail of zeros, and how long: it makes a second
/// chunk and costs no space.
const TWO_CHUNKS: (&str, usize) = ("1.5.2", 8 << 20);

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let to = args.next().map_or_else(|| tool::workspace().join(CURRENT), PathBuf::from);
    let args: Vec<_> = args.filter_map(|a| a.into_string().ok()).collect();
    match golden(&to, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("golden: {e}");
            ExitCode::FAILURE
        }
    }
}

fn golden(to: &Path, args: &[String]) -> Result<()> {
    let project = tempfile::tempdir()?;
    lay_out(project.path())?;
    for (name, date) in RELEASES {
        build(project.path(), name, date, args)?;
    }
    fs::create_dir_all(to)?;
    fs::copy(project.path().join("keys-example/EXAMPLE.keyring"), to.join("EXAMPLE.keyring"))?;
    let mut packages: Vec<_> =
        fs::read_dir(project.path().join("out"))?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    packages.sort();
    let mut sums = String::new();
    for package in packages {
        let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sums.push_str(&format!("{}  {name}\n", Digest::of(&fs::read(&package)?)));
        fs::copy(&package, to.join(name))?;
    }
    fs::write(to.join("SHA256SUMS"), sums)
}

/// Descriptions, keys and images at the places from which the descriptions name each other.
fn lay_out(project: &Path) -> Result<()> {
    let from = tool::workspace();
    copy(&from.join("keys-example"), &project.join("keys-example"))?;
    fs::create_dir(project.join("out"))?;
    let images = project.join("images");
    camera_images(&images)?;
    for (name, _) in RELEASES {
        let release = project.join("testdata/camera").join(name);
        copy(&from.join("testdata/camera").join(name), &release)?;
        for image in ["kernel.img", "rootfs.img"] {
            let whole = images.join(name).join(image);
            if whole.exists() {
                let tail = if (name, image) == (TWO_CHUNKS.0, "rootfs.img") { TWO_CHUNKS.1 } else { 0 };
                fs::write(release.join(image), reduced(&fs::read(whole)?, tail))?;
            }
        }
    }
    Ok(())
}

/// The beginning of an image, and the text in it that names its version: no two are the same.
fn reduced(image: &[u8], tail: usize) -> Vec<u8> {
    const TEXT: &[u8] = b"version=";
    let text = image.windows(TEXT.len()).position(|w| w == TEXT).unwrap_or(image.len());
    let text = image.iter().skip(text).take_while(|b| **b != b'\n').copied();
    let mut out: Vec<u8> = image.iter().take(KEPT).copied().chain(text).collect();
    out.resize(out.len() + tail, 0);
    out
}

/// Copies the files of a folder, all but images.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "img") {
            fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// Runs the maker of the camera's images, which was built together with `pkg`.
fn camera_images(to: &Path) -> Result<()> {
    let name = format!("camera_images{}", std::env::consts::EXE_SUFFIX);
    done(Command::new(tool::path().with_file_name(name)).current_dir(tool::workspace()).arg(to))
}

fn build(project: &Path, name: &str, date: u64, args: &[String]) -> Result<()> {
    let mut pkg = Command::new(tool::path());
    pkg.arg("build").arg(format!("testdata/camera/{name}/release.toml")).args([
        "-o",
        "out",
        "--input-root",
        ".",
    ]);
    pkg.args(["--keyring", "keys-example/EXAMPLE.keyring", "--danger-allow-example-keys"]).args(args);
    done(pkg.current_dir(project).env("SOURCE_DATE_EPOCH", date.to_string()))
}

/// Runs a command that must succeed; what it says is shown only if it does not.
fn done(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        false => Err(std::io::Error::other(format!("{command:?}: {said}"))),
    }
}
