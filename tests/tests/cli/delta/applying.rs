//! `pkg apply` with bases, and what else meets a delta.

use super::*;

/// A folder to write to, with the shop's packages at hand.
fn apply(more: &[&str]) -> (Project, Run) {
    let (shop, out) = (shop(), Project::new());
    let delta = shop.arg(DELTA);
    let keyring = shop.arg("cam.keyring");
    let run = pkg(&out, &[&["apply", &delta, "--keyring", &keyring], more].concat());
    (out, run)
}

#[test]
fn with_its_base_a_delta_becomes_the_image() {
    for jobs in ["1", "2"] {
        let (out, run) = apply(&["--image", "rootfs=r.img", "--base", "rootfs=rootfs.img", "--jobs", jobs]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(run.stdout.starts_with("r.img: rootfs of 20.0 kB, sha256 "), "{}", run.stdout);
        assert!(out.read("r.img") == new() && out.read("rootfs.img") == old());
        nothing_hidden(&out, "");
    }
    // Several components, each with its base, in any order.
    let (out, run) = apply(&[
        "--base",
        "rootfs=rootfs.img",
        "--image",
        "boot=b.img",
        "--base",
        "boot=boot.img",
        "--image",
        "rootfs=r.img",
    ]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(out.read("r.img") == new() && out.read("b.img") == out.read("boot.img"));
}

/// The base is read from where it was opened until its place is taken.
#[test]
fn the_new_image_may_replace_its_base() {
    let (out, run) = apply(&["--image", "rootfs=rootfs.img", "--base", "rootfs=rootfs.img"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(out.read("rootfs.img") == new());
    nothing_hidden(&out, "");
}

/// Base missing and base different are told apart, and nothing is written.
#[test]
fn a_missing_base_is_said_with_what_it_must_be() {
    let (out, run) = apply(&["--image", "rootfs=r.img"]);
    failed(&run, "the delta of rootfs needs version 1.0.0 as its base (20000 bytes");
    assert!(run.stderr.contains(&Digest::of(&old()).to_string()), "{}", run.stderr);
    assert!(run.stderr.contains("pkg: hint: give --base rootfs=FILE"), "{}", run.stderr);
    assert!(!out.path("r.img").exists());
    // One of two is missing: the other is not begun.
    let (out, run) = apply(&["--image", "boot=b.img", "--image", "rootfs=r.img", "--base", "boot=boot.img"]);
    failed(&run, "the delta of rootfs needs");
    assert!(!out.path("b.img").exists() && !out.path("r.img").exists());
    for (base, says) in [
        ("rootfs=none.img", "none.img: no such file"),
        ("rootfs=out", "neither a file nor a block device"),
        ("rootfs=/dev/null", "neither a file nor a block device"),
        ("rootfs", "no ="),
        ("boot=boot.img", "there is no --image boot="),
    ] {
        let (out, run) = apply(&["--image", "rootfs=r.img", "--base", base]);
        failed(&run, says);
        assert!(!out.path("r.img").exists());
    }
    let twice = ["--base", "rootfs=rootfs.img", "--base", "rootfs=rootfs.img"];
    failed(&apply(&[&["--image", "rootfs=r.img"][..], &twice].concat()).1, "given twice");
}

/// Threat T64: the right version, but other bytes.
#[test]
fn a_different_base_is_refused_before_anything_is_written() {
    type Edit = fn(&mut Vec<u8>);
    let edits: [(Edit, &str); 6] = [
        (|b| b[9_999] ^= 1, "the right size, 20000 bytes, but other bytes"),
        // Nothing of the new image comes from here.
        (|b| b[9_005] ^= 1, "the right size, 20000 bytes, but other bytes"),
        (|b| b[19_999] ^= 1, "the right size, 20000 bytes, but other bytes"),
        (|b| b.truncate(19_999), "19999 bytes, expected 20000"),
        (|b| b.push(0), "20001 bytes, expected 20000"),
        (Vec::clear, "0 bytes, expected 20000"),
    ];
    let shop = shop();
    for (edit, says) in edits {
        let out = Project::new();
        let mut base = old();
        edit(&mut base);
        out.write("base.img", base);
        out.write("r.img", "precious");
        let (delta, keyring) = (shop.arg(DELTA), shop.arg("cam.keyring"));
        let args = ["apply", &delta, "--keyring", &keyring, "--image", "rootfs=r.img"];
        let run = pkg(&out, &[&args[..], &["--base", "rootfs=base.img"]].concat());
        refused(&run, Rule::Dlt1, says);
        assert!(run.stderr.contains("base of rootfs, version 1.0.0"), "{}", run.stderr);
        assert_eq!(out.read("r.img"), b"precious");
        nothing_hidden(&out, "");
    }
}

/// A base that is not needed does no harm: one command line serves full packages and deltas.
#[test]
fn a_full_package_needs_no_base() {
    let (shop, out) = (shop(), Project::new());
    let (full, keyring) = (shop.arg(FULL), shop.arg("cam.keyring"));
    let args =
        ["apply", &full, "--keyring", &keyring, "--image", "rootfs=r.img", "--base", "rootfs=none.img"];
    done(&out, &args);
    assert!(out.read("r.img") == new());
}

/// A device in another state is told so before its base is looked at.
#[test]
fn the_state_of_the_device_goes_before() {
    let state = |sha256: Digest| {
        format!(
            "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n[[installed]]\nscope = \"product\"\nline = \"1.0\"\nsequence = 1\nfeature-level = 1\nsecurity-level = 1\n[[installed.image]]\ncomponent = \"boot\"\nsha256 = \"{}\"\n[[installed.image]]\ncomponent = \"rootfs\"\nsha256 = \"{sha256}\"\n",
            Digest::of(&content("boot 1", 3_000))
        )
    };
    let shop = shop();
    let states = tempfile::tempdir().expect("a folder");
    let file = |name: &str, sha256| {
        let path = states.path().join(name);
        fs::write(&path, state(sha256)).expect("a state");
        path.to_str().expect("UTF-8").to_owned()
    };
    let args = ["--image", "rootfs=r.img", "--base", "rootfs=rootfs.img", "--state"];
    let (out, run) = apply(&[&args[..], &[&file("this", Digest::of(&old()))]].concat());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(out.read("r.img") == new());
    let (out, run) = apply(&[&args[..], &[&file("other", Digest::of(b"other"))]].concat());
    refused(&run, Rule::App6, &shop.arg(DELTA));
    assert!(!out.path("r.img").exists());
}

#[test]
fn unpacking_says_that_images_need_their_base() {
    let (shop, out) = (shop(), Project::new());
    let (delta, keyring) = (shop.arg(DELTA), shop.arg("cam.keyring"));
    let run = pkg(&out, &["unpack", &delta, "--keyring", &keyring, "-o", "parts"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(!run.stdout.contains("images"), "{}", run.stdout);
    assert!(run.stderr.contains("rebuilding its images needs their base"), "{}", run.stderr);
    assert_eq!(out.list("parts"), ["delivery.cbor", "delivery.json", "manifest.cbor", "manifest.json"]);
}

/// A spoilt delta leaves the image, and the base that it would replace, as they were.
#[test]
fn an_altered_delta_changes_nothing() {
    let (shop, out) = (shop(), Project::new());
    let keyring = shop.arg("cam.keyring");
    let mut bytes = shop.read(DELTA);
    let at = bytes.len() - 1_024 - 512 + 20;
    bytes[at] ^= 1;
    out.write("altered.pkg", bytes);
    let args = ["apply", "altered.pkg", "--keyring", &keyring, "--image", "rootfs=rootfs.img"];
    let run = pkg(&out, &[&args[..], &["--base", "rootfs=rootfs.img"]].concat());
    refused(&run, Rule::Pay1, "altered.pkg");
    assert!(out.read("rootfs.img") == old());
    nothing_hidden(&out, "");
}

/// Behind the image at the start of a partition stands whatever was there before. Where the system lets
/// a test have a block device.
#[cfg(target_os = "linux")]
#[test]
fn a_base_may_be_a_partition() {
    use std::process::{Command, Stdio};
    let files = Project::new();
    let attach = |name: &str, bytes: &[u8]| {
        let file = files.write(name, bytes);
        let run = Command::new("losetup").args(["--find", "--show"]).arg(file).stderr(Stdio::null()).output();
        let device = run.ok().filter(|r| r.status.success())?.stdout;
        Some(String::from_utf8(device).expect("a path").trim().to_owned())
    };
    let block = |mut image: Vec<u8>| {
        image.extend([0xaa; 24_576 - 20_000]);
        image
    };
    let mut other = block(old());
    other[19_999] ^= 1;
    let mut behind = block(old());
    behind[20_000] ^= 1;
    for (bytes, works) in
        [(block(old()), true), (behind, true), (other, false), (old()[..19_968].to_vec(), false)]
    {
        let Some(device) = attach("device.img", &bytes) else {
            eprintln!("note: no loop device can be had here; a base on a partition was not tested");
            return;
        };
        let base = format!("rootfs={device}");
        let (out, run) = apply(&["--image", "rootfs=r.img", "--base", &base]);
        let detached = Command::new("losetup").args(["--detach", &device]).status();
        assert!(detached.expect("losetup").success());
        match works {
            true => assert!(run.status == Some(0) && out.read("r.img") == new(), "{}", run.stderr),
            false => refused(&run, Rule::Dlt1, &device),
        }
    }
}
