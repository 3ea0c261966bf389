//! Signing elsewhere: the request in words, openssl in the secure room, the signature attached.

use super::*;
use pkg_format::Digest;
use pkg_tests::project::{JUSTIFIED, SECURITY, edited};

/// What a field of the words says.
fn field(words: &str, name: &str) -> String {
    let line = words.lines().find_map(|l| l.strip_prefix(&format!("  {name} ")));
    line.unwrap_or_else(|| panic!("{name} in\n{words}")).trim().to_owned()
}

fn text(project: &Project, name: &str) -> String {
    String::from_utf8(project.read(name)).expect("UTF-8")
}

/// The commands that the words tell to run, run as they stand there.
fn told(project: &Project, words: &str, start: &str) -> String {
    let line = words.lines().map(str::trim).find(|l| l.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("{start} in\n{words}")).replace("KEY", "feature.key");
    String::from_utf8(tool(project, "sh", &["-c", &line])).expect("UTF-8").trim().to_owned()
}

#[test]
fn the_words_say_what_is_signed_and_can_be_checked() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    project.done(&["sign", FIRST, "--public", "feature.pub", "--request", "asked"]);
    let (words, bytes) = (text(&project, "asked.txt"), project.read("asked"));
    assert_eq!(field(&words, "product"), "acme cam");
    assert_eq!(field(&words, "hardware"), "rev-a, rev-b");
    assert_eq!(field(&words, "version"), "1.0.0, line 1.0, scope product, for stable");
    assert_eq!(field(&words, "class"), "feature");
    assert_eq!(field(&words, "levels"), "feature 1, security 1, generation 1");
    let boot = Digest::of(&project.read("boot.img"));
    assert_eq!(field(&words, "image"), format!("boot, 3000 bytes, sha256 {boot}"));
    assert!(words.contains(&Digest::of(&project.read("rootfs.img")).to_string()), "{words}");
    let request = format!("asked, {} bytes, sha256 {}", bytes.len(), Digest::of(&bytes));
    assert_eq!(field(&words, "request"), request);
    let key = pkg_builder::keys::read_public(&project.path("feature.pub")).expect("a key");
    assert_eq!(field(&words, "by key"), format!("{}, feature.pub", key.id()));
    assert!(bytes.len() < 4_096, "clouds and tokens sign no more at once");
    // The check that the words tell of, beside the package, as the secure room has it.
    fs::copy(project.path(FIRST), project.path("cam-1.0.0.full.pkg")).expect("a copy");
    let manifest = told(&project, &words, "tail -c 32");
    assert!(field(&words, "statement").ends_with(&manifest), "{manifest}\n{words}");
    assert_eq!(told(&project, &words, "tar -xOf"), format!("{manifest}  -"));
    // The command that the words tell, and the signature in each form that comes back.
    told(&project, &words, "openssl pkeyutl");
    let raw = project.read("asked.sig");
    assert_eq!(raw.len(), 64);
    let unsigned = project.read(FIRST);
    let hex: String = raw.iter().map(|b| format!("{b:02x}")).collect();
    project.write("hex.sig", format!("{hex}\n"));
    project.write("b64.sig", tool(&project, "openssl", &["base64", "-in", "asked.sig"]));
    let attach = ["sign", FIRST, "--public", "feature.pub", "--attach"];
    let mut signed = Vec::new();
    for name in ["asked.sig", "hex.sig", "b64.sig"] {
        project.write(FIRST, &unsigned);
        project.done(&[&attach[..], &[name]].concat());
        signed.push(project.read(FIRST));
    }
    assert!(signed.iter().all(|s| *s == signed[0] && *s != unsigned));
    let other = if hex.starts_with('0') { '1' } else { '0' };
    project.write("bad.sig", format!("{other}{}", &hex[1..]));
    fails(&project.pkg(&[&attach[..], &["bad.sig"]].concat()), "bad.sig is not the signature of feature.pub");
    let alone = ["sign", FIRST, "--key", "feature.key", "--public", "feature.pub"];
    fails(&project.pkg(&alone), "--public needs --request or --attach");
}

#[test]
fn a_delivery_is_signed_elsewhere() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    trust(&project, "feature.pub");
    project.done(&["sign", FIRST, "--key", "feature.key"]);
    let sign = ["sign", FIRST, "--delivery", "--public", "feature.pub"];
    project.done(&[&sign[..], &["--request", "d"]].concat());
    let words = text(&project, "d.txt");
    assert_eq!(field(&words, "delivery"), "full");
    assert_eq!(field(&words, "version"), "1.0.0, line 1.0");
    assert!(field(&words, "payload").starts_with("boot, zstd, 30"), "{words}");
    fs::copy(project.path(FIRST), project.path("cam-1.0.0.full.pkg")).expect("a copy");
    let digest = told(&project, &words, "tail -c 32");
    assert_eq!(told(&project, &words, "tar -xOf"), format!("{digest}  -"));
    assert!(words.contains("pkg sign --delivery cam-1.0.0.full.pkg --public feature.pub --attach d.sig"));
    told(&project, &words, "openssl pkeyutl");
    // One for the manifest is not one for the delivery.
    fails(
        &project.pkg(&["sign", FIRST, "--public", "feature.pub", "--attach", "d.sig"]),
        "is not the signature",
    );
    project.done(&[&sign[..], &["--attach", "d.sig"]].concat());
    verifies(&project);
}

#[test]
fn a_keyring_is_signed_elsewhere() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    project.done(&["sign", FIRST, "--key", "feature.key"]);
    project.done(&["sign", FIRST, "--delivery", "--key", "feature.key"]);
    let add = "feature,delivery=feature.pub";
    project.done(&["keyring", "new", "--root", "root.pub", "--add", add, "-o", "cam.keyring"]);
    let sign = ["keyring", "sign", "cam.keyring", "--public"];
    fails(&project.pkg(&[&sign[..], &["feature.pub", "--request", "k"]].concat()), "is not a root key");
    project.done(&[&sign[..], &["root.pub", "--request", "k"]].concat());
    let words = text(&project, "k.txt");
    assert_eq!(field(&words, "keyring"), "cam, version 1");
    assert!(field(&words, "root").ends_with(" root"), "{words}");
    assert_eq!(field(&words, "roots needed"), "1");
    assert!(field(&words, "key").ends_with(" feature: delivery, feature"), "{words}");
    let digest = told(&project, &words, "tail -c 32");
    assert_eq!(told(&project, &words, "tar -xOf"), format!("{digest}  -"));
    let sign_it = ["pkeyutl", "-sign", "-rawin", "-inkey", "root.key", "-in", "k", "-out", "k.sig"];
    tool(&project, "openssl", &sign_it);
    let before = project.read("cam.keyring");
    project.write("zero.sig", [0; 64]);
    fails(&project.pkg(&[&sign[..], &["root.pub", "--attach", "zero.sig"]].concat()), "is not the signature");
    assert!(project.read("cam.keyring") == before);
    project.done(&[&sign[..], &["root.pub", "--attach", "k.sig"]].concat());
    verifies(&project);
}

/// What somebody else wrote into the release stands on its line, whatever it is.
#[test]
fn the_words_are_the_tools_own() {
    let project = project();
    let change = "[[change]]\nid = \"off\"\neffect = \"disabled\"\nuser-visible = true\ntext.en = \"Off.\"\nnecessary-for = [\"CVE-2026-12345\"]";
    let justified = JUSTIFIED.replace("it cannot be made", "it\\nclass  feature\\ncannot be made");
    let kind = format!("kind = \"change-is-fix\"\n{justified}");
    project.write("first.toml", edited(SECURITY, &[("kind = \"pure\"", &kind), ("", change)]));
    project.done(&["build", "first.toml", "-o", "out", "--level", "fast"]);
    project.done(&["sign", "out/cam-1.0.1.full.pkg", "--public", "feature.pub", "--request", "asked"]);
    let words = text(&project, "asked.txt");
    assert_eq!(field(&words, "class"), "security");
    assert!(field(&words, "separation").starts_with("change-is-fix"), "{words}");
    assert!(field(&words, "because").contains("it\\nclass  feature\\ncannot"), "{words}");
    assert_eq!(field(&words, "fixes"), "CVE-2026-12345 at security level 1, fixed");
    assert_eq!(field(&words, "changes"), "off: disabled");
    assert_eq!(words.matches("\n  class ").count(), 1);
}

/// Both files are there or none; nothing is replaced.
#[test]
fn a_request_is_whole_and_replaces_nothing() {
    let project = unsigned();
    let request = |name: &str| project.pkg(&["sign", FIRST, "--public", "feature.pub", "--request", name]);
    project.write("a", "mine");
    fails(&request("a"), "a already exists; it is not replaced");
    assert!(!project.path("a.txt").exists());
    project.write("b.txt", "mine");
    fails(&request("b"), "b.txt already exists; it is not replaced");
    assert!(!project.path("b").exists());
    assert_eq!((project.read("a"), project.read("b.txt")), (b"mine".to_vec(), b"mine".to_vec()));
    // Words whose bytes are gone are replaced: they would be read as those of the new ones.
    project.done(&["sign", FIRST, "--public", "feature.pub", "--request", "e"]);
    fs::remove_file(project.path("e")).expect("a file");
    project.done(&["sign", FIRST, "--delivery", "--public", "delivery.pub", "--request", "e"]);
    assert!(text(&project, "e.txt").contains("delivery.cbor"));
    fails(&request("nowhere/c"), "cannot write nowhere/c");
    let run = project.pkg(&["sign", FIRST, "--request", "d"]);
    assert_eq!(run.status, Some(2), "a request is for a key");
    let run = project.pkg(&["sign", "first.toml", "--public", "feature.pub", "--request", "d"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(!project.path("d").exists() && !project.path("d.txt").exists());
    // Names that a shell would read are quoted where they are told.
    fs::copy(project.path(FIRST), project.path("a $b'c.pkg")).expect("a copy");
    project.done(&["sign", "a $b'c.pkg", "--public", "feature.pub", "--request=-e f"]);
    let words = text(&project, "-e f.txt");
    let digest = told(&project, &words, "tail -c 32");
    assert_eq!(told(&project, &words, "tar -xOf"), format!("{digest}  -"));
}
