//! What `unpack` and `apply` write, and where.

use super::*;

#[test]
fn unpacking_gives_statements_evidence_and_images() {
    let project = project();
    project.write("sbom.json", "{}\n");
    let evidence = "[[evidence]]\nkind = \"sbom\"\nmedia-type = \"application/json\"\nfile = \"sbom.json\"";
    project.write("first.toml", edit(FEATURE, "", evidence));
    project.done(&build("first.toml", "feature.key"));
    let listing = project.done(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "there"]);
    let names = [
        "manifest.cbor",
        "manifest.json",
        "delivery.cbor",
        "delivery.json",
        "evidence/0",
        "images/boot",
        "images/rootfs",
    ];
    assert_eq!(listing.lines().collect::<Vec<_>>(), names.map(|n| format!("there/{n}")));
    assert!(project.read("there/images/rootfs") == project.read("rootfs.img"));
    assert!(project.read("there/images/boot") == project.read("boot.img"));
    assert_eq!(project.read("there/evidence/0"), b"{}\n");
    let inspected = json(&project.done(&["inspect", FIRST, "--json"]));
    let unpacked = json(&String::from_utf8(project.read("there/manifest.json")).expect("UTF-8"));
    assert_eq!(unpacked, inspected["manifest"]);
    let digest = pkg_format::Digest::of(&project.read("there/manifest.cbor")).to_string();
    assert_eq!(inspected["manifest-digest"], digest);
    // It makes a folder, and puts nothing into one that has something.
    let again = project.pkg(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "there"]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(2), ""));
    fs::create_dir(project.path("void")).expect("a folder");
    project.done(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "void"]);
    let hidden: Vec<_> = project.list("").into_iter().filter(|n| n.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn applying_writes_all_images_or_none() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    let apply = |more: &[&str]| project.pkg(&[&["apply", FIRST, "--keyring", "cam.keyring"], more].concat());
    let run = apply(&["--image", "rootfs=r.img", "--image", "boot=b.img"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("b.img: boot of 3.0 kB, sha256 "), "{}", run.stdout);
    assert!(run.stderr.contains("not checked"), "{}", run.stderr);
    assert!(
        project.read("r.img") == project.read("rootfs.img")
            && project.read("b.img") == project.read("boot.img")
    );
    // The second image is spoilt: the first one keeps its old bytes too.
    let mut bytes = project.read(FIRST);
    let spoilt = bytes.len() - 2_000;
    bytes[spoilt] ^= 1;
    project.write(FIRST, bytes);
    project.write("r.img", "old");
    project.write("b.img", "old");
    let run = apply(&["--image", "rootfs=r.img", "--image", "boot=b.img"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert_eq!((project.read("r.img"), project.read("b.img")), (b"old".to_vec(), b"old".to_vec()));
    assert_eq!(apply(&["--image", "rootfs=r.img", "--image", "boot=r.img"]).status, Some(2));
    assert_eq!(apply(&["--image", "rootfs=r.img", "--image", "rootfs=s.img"]).status, Some(2));
    let hidden: Vec<_> = project.list("").into_iter().filter(|n| n.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

/// Threat T30: nothing is written through a link that somebody put there.
#[cfg(unix)]
#[test]
fn outputs_do_not_follow_links() {
    let project = project();
    let victim = project.write("victim", "precious");
    std::os::unix::fs::symlink(&victim, project.path(FIRST)).expect("a link");
    let run = project.pkg(&build("first.toml", "feature.key"));
    assert!(run.status == Some(2) && run.stderr.contains("a link, or not a regular file"), "{}", run.stderr);
    assert!(project.path(FIRST).is_symlink());
    fs::remove_file(project.path(FIRST)).expect("the link");
    project.done(&build("first.toml", "feature.key"));
    std::os::unix::fs::symlink(&victim, project.path("r.img")).expect("a link");
    let run = project.pkg(&["apply", FIRST, "--keyring", "cam.keyring", "--image", "rootfs=r.img"]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    for name in ["k.key", "k.pub", "ring.keyring"] {
        std::os::unix::fs::symlink(&victim, project.path(name)).expect("a link");
    }
    assert_eq!(project.pkg(&["key", "new", "k", "--no-passphrase"]).status, Some(2));
    let new = ["keyring", "new", "--root", "root.pub", "--add", "notice=notice.pub", "-o", "ring.keyring"];
    assert_eq!(project.pkg(&new).status, Some(2));
    std::os::unix::fs::symlink(project.path("out"), project.path("u")).expect("a link");
    assert_eq!(project.pkg(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "u"]).status, Some(2));
    assert_eq!(fs::read(&victim).expect("it"), b"precious");
}

// ---------------------------------------------------------------- keys
