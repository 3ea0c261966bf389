//! Bundles of other updaters: what their manifests say, what changed in the images inside, and hostile bytes.

mod tree;

use pkg_contents::{Bundle, Change, Image, Inside, Kind, Limits, Listing, differences};

const PAIRS: [(&str, &str); 4] = [
    ("rauc-verity-1.raucb", "rauc-verity-2.raucb"),
    ("swupdate-1.swu", "swupdate-2.swu"),
    ("mender-1.mender", "mender-2.mender"),
    ("mcuboot-1.bin", "mcuboot-2.bin"),
];

fn bytes(name: &str) -> Vec<u8> {
    let all = tree::folder("bundles");
    all.into_iter().find(|(found, _)| found == name).expect("a bundle").1
}

fn listing(bytes: Vec<u8>) -> Listing {
    tree::listing(&Image::memory(bytes), Limits::default())
}

fn bundle(name: &str) -> Bundle {
    let found = listing(bytes(name));
    assert_eq!(found.unread, None, "{name}");
    found.bundle.unwrap_or_else(|| panic!("{name} is a bundle"))
}

/// The changes between two bundles: sign and path.
fn changes(old: &Listing, new: &Listing) -> Vec<String> {
    assert_eq!((&old.unread, &new.unread), (&None, &None));
    differences(old, new).iter().map(|c| format!("{} {}", c.sign(), c.path())).collect()
}

/// Replaces each occurrence of some bytes by as many others.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "{} is there", String::from_utf8_lossy(from));
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn rauc_names_its_slots() {
    let found = bundle("rauc-verity-2.raucb");
    assert_eq!(found.updater.as_str(), "rauc");
    assert_eq!((found.compatible, found.version.as_deref()), (vec!["acme-cam".into()], Some("1.0.2")));
    assert_eq!(found.hash.map(|h| h.len()), Some(64), "the root hash");
    let [image] = &found.images[..] else { panic!("one image: {:?}", found.images) };
    assert_eq!((image.slot.as_str(), image.file.as_deref()), ("rootfs", Some("rootfs.img")));
    assert_eq!(image.sha256.as_ref().map(String::len), Some(64));
    let plain = bundle("rauc-plain-1.raucb");
    assert_eq!((plain.version.as_deref(), plain.hash), (Some("1.0.1"), None));
}

#[test]
fn swupdate_names_its_devices() {
    let found = bundle("swupdate-2.swu");
    assert_eq!(found.updater.as_str(), "swupdate");
    assert_eq!(found.compatible, ["1.0", "1.2"]);
    assert_eq!(found.version.as_deref(), Some("1.0.2"));
    let slots: Vec<_> = found.images.iter().map(|i| (i.slot.as_str(), i.file.as_deref())).collect();
    assert_eq!(slots, [("/dev/mmcblk0p2", Some("rootfs.img.gz")), ("/dev/mtd3", Some("fpga.bin"))]);
}

#[test]
fn mender_names_its_payloads() {
    let found = bundle("mender-2.mender");
    assert_eq!(found.updater.as_str(), "mender");
    assert_eq!((found.compatible, found.version.as_deref()), (vec!["acme-cam".into()], Some("cam-1.0.2")));
    let slots: Vec<_> = found.images.iter().map(|i| (i.slot.as_str(), i.file.as_deref())).collect();
    assert_eq!(slots, [("rootfs-image", Some("r.ext2"))]);
}

#[test]
fn mcuboot_tells_its_version_and_hash() {
    let found = bundle("mcuboot-2.bin");
    assert_eq!((found.updater.as_str(), found.version.as_deref()), ("mcuboot", Some("1.0.2+7")));
    assert_eq!(found.hash.map(|h| h.len()), Some(64));
    assert_eq!(found.images[0].slot, "firmware");
}

#[test]
fn an_encrypted_bundle_is_told_and_not_read() {
    let found = listing(bytes("rauc-crypt-2.raucb"));
    assert_eq!(found.format(), "RAUC bundle");
    assert_eq!(found.unread.as_deref(), Some("an encrypted bundle"));
    assert_eq!(found.bundle.map(|b| b.updater.as_str()), Some("rauc"));
}

#[test]
fn what_changed_is_the_file_inside() {
    let expected: [&[&str]; 4] = [
        &["~ rootfs.img/etc/motd"],
        &["~ rootfs.img.gz/etc/motd"],
        &["~ data/0000/r.ext2/etc/motd"],
        &["~ (manifest)", "~ firmware"],
    ];
    for ((old, new), expected) in PAIRS.into_iter().zip(expected) {
        let found = changes(&listing(bytes(old)), &listing(bytes(new)));
        assert_eq!(found, expected, "{old}: versions, digests and signatures are no change of their own");
    }
}

#[test]
fn a_manifest_that_says_something_else_is_a_change() {
    let cases: [(&str, &[u8], &[u8]); 6] = [
        ("rauc-verity-1.raucb", b"hooks=post-install", b"hooks=pre-install;"),
        ("rauc-verity-1.raucb", b"compatible=acme-cam", b"compatible=acme-bot"),
        ("swupdate-1.swu", b"/dev/mmcblk0p2", b"/dev/mmcblk0p3"),
        ("swupdate-1.swu", b"\"zlib\"", b"\"none\""),
        ("swupdate-1.swu", b"7831d6ad8def", b"0000d6ad8def"),
        ("mender-1.mender", b"  data/0000/", b"  data/0001/"),
    ];
    for (name, from, to) in cases {
        let altered = listing(replaced(bytes(name), from, to));
        let found = changes(&listing(bytes(name)), &altered);
        assert_eq!(found, ["~ (manifest)"], "{name}: {}", String::from_utf8_lossy(to));
    }
}

#[test]
fn scripts_and_hooks_count() {
    let names = |name: &str| listing(bytes(name)).entries.iter().map(|e| e.path.clone()).collect::<Vec<_>>();
    assert!(names("mender-1.mender").contains(&"header/scripts/ArtifactInstall_Enter_00".into()));
    assert!(names("rauc-verity-1.raucb").contains(&"hook.sh".into()));
}

#[test]
fn what_is_in_the_manifest_must_be_named_by_a_fix() {
    let (old, new) = (listing(bytes("mcuboot-1.bin")), listing(bytes("mcuboot-2.bin")));
    let Inside::Files(changes) = Inside::compare(&old, &new) else { panic!("both are read") };
    let manifest = changes.iter().find(|c| c.path() == "(manifest)").map(Change::kind);
    assert_eq!(manifest, Some(Kind::Region), "the security counter");
}

#[test]
fn a_wrong_hash_of_an_image_is_shown() {
    let mut altered = bytes("mcuboot-1.bin");
    let last = altered.len() - 300;
    altered[last] ^= 1;
    let found = changes(&listing(bytes("mcuboot-1.bin")), &listing(altered));
    assert_eq!(found, ["~ (manifest)", "~ firmware"]);
}

#[test]
fn hidden_bytes_are_listed() {
    // Between the file system and the signature: of the hash tree only the size that is signed is left out.
    let name = "rauc-verity-1.raucb";
    let altered = listing(replaced(bytes(name), b"verity-size=4096", b"verity-size=4095"));
    assert_eq!(changes(&listing(bytes(name)), &altered), ["+ (unused space)"]);
    for name in ["swupdate-1.swu", "mender-1.mender", "mcuboot-1.bin"] {
        let more = [bytes(name), b"hidden".to_vec()].concat();
        assert_eq!(changes(&listing(bytes(name)), &listing(more)), ["+ (behind the end)"], "{name}");
    }
}

#[test]
fn bundles_are_bounded() {
    for (name, _) in PAIRS {
        let few = Limits { entries: 1, ..Limits::default() };
        let found = tree::listing(&Image::memory(bytes(name)), few);
        assert!(found.unread.is_some_and(|why| why.contains("entries")), "{name}");
        // Where the images inside may not be unpacked they are compared as files.
        let small = Limits { decoded: 4000, ..Limits::default() };
        let found = tree::listing(&Image::memory(bytes(name)), small);
        assert!(found.unread.is_some() || found.entries.iter().all(|e| !e.path.contains("motd")), "{name}");
    }
}

#[test]
fn cut_bundles_are_unread() {
    for (name, _) in PAIRS {
        let mut whole = bytes(name);
        whole.truncate(whole.len() / 2);
        let found = listing(whole);
        assert!(found.unread.is_some() || found.bundle.is_none(), "{name}: {:?}", found.formats);
    }
}

/// A tar archive of these files.
fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, path, &content[..]).expect("appended");
    }
    tar.into_inner().expect("a tar")
}

/// An artifact whose members and header files are these.
fn artifact(members: &[(String, Vec<u8>)], header: &[(String, Vec<u8>)]) -> Listing {
    let mut all = vec![("version".to_owned(), b"{\"format\":\"mender\",\"version\":3}".to_vec())];
    all.extend(members.to_vec());
    all.push(("header.tar".into(), tar(header)));
    listing(tar(&all))
}

#[test]
fn many_parts_of_an_artifact_are_refused_at_once() {
    let empty = |path: String| (path, Vec::new());
    let start = std::time::Instant::now();
    let header: Vec<_> = (0..20_000).map(|i| empty(format!("headers/{i}/type-info"))).collect();
    let members: Vec<_> = (0..20_000).map(|i| empty(format!("data/{i}.tar"))).collect();
    let lists: Vec<_> = (0..20_000).map(|i| empty(format!("manifest-{i}"))).collect();
    let one = [(String::from("header-info"), b"{\"artifact_name\": \"cam-1\"}".to_vec())];
    for found in [artifact(&[], &header), artifact(&members, &one), artifact(&lists, &one)] {
        let why = found.unread.expect("too many");
        assert!(why.contains("files of a kind"), "{why}");
    }
    // Searching in a list of all of them for each of them would take minutes.
    assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
    let found = artifact(&[empty("data/0000.tar".into())], &one);
    assert!(found.unread.is_some_and(|why| why.contains("not supported")), "a payload that is no archive");
    let sound = artifact(&[("data/0000.tar".into(), tar(&one))], &one);
    assert_eq!((sound.unread, sound.bundle.and_then(|b| b.version)), (None, Some("cam-1".into())));
}
