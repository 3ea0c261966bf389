//! One tree in every format: each reader finds the same files in it.

mod tree;

use pkg_contents::{Entry, Image, Kind, Limits, ListOptions, Listing, list};
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicBool;
use tree::{LONG, images, longer, tool};

fn listing(bytes: Vec<u8>, limits: Limits) -> Listing {
    tree::listing(&Image::memory(bytes), limits)
}

/// Path, kind, mode, owner, content or target.
type Row = (String, Kind, u32, (u32, u32), Vec<u8>);

/// What the tree holds.
fn expected() -> Vec<Row> {
    let (file, dir, root) = (Kind::File, Kind::Directory, (0, 0));
    let library = b"library ".repeat(1500);
    let mut all = vec![
        (".", dir, 0o755, root, vec![]),
        ("dev-null", Kind::CharDevice, 0o600, root, vec![]),
        ("empty", dir, 0o755, root, vec![]),
        ("empty.txt", file, 0o644, root, vec![]),
        ("etc", dir, 0o755, root, vec![]),
        ("etc/passwd", file, 0o640, (1000, 100), b"root:x:0:0::/:/bin/sh\n".to_vec()),
        ("pipe", Kind::Fifo, 0o644, root, vec![]),
        ("usr", dir, 0o755, root, vec![]),
        ("usr/bin", dir, 0o755, root, vec![]),
        ("usr/bin/tool", file, 0o4755, root, tool()),
        ("usr/bin/tool2", file, 0o4755, root, tool()),
        ("usr/lib", dir, 0o755, root, vec![]),
        ("usr/lib/deep", dir, 0o755, root, vec![]),
        ("usr/lib/deep/er", dir, 0o755, root, vec![]),
        (LONG, file, 0o644, root, b"long\n".to_vec()),
        ("usr/lib/libfoo.so", Kind::Symlink, 0o777, root, b"libfoo.so.1".to_vec()),
        ("usr/lib/libfoo.so.1", file, 0o644, root, library),
    ]
    .into_iter()
    .map(|(path, kind, mode, owner, content)| (path.to_owned(), kind, mode, owner, content))
    .collect::<Vec<_>>();
    all.push((longer(), file, 0o644, root, b"longer\n".to_vec()));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn every_format_tells_the_same() {
    for (name, bytes) in images() {
        let found = listing(bytes, Limits::default());
        assert_eq!(found.unread, None, "{name}");
        let is = |word: &str| name.starts_with(word);
        let regions: Vec<_> = found.entries.iter().filter(|e| e.kind.must_be_named()).collect();
        let known = |e: &&Entry| matches!(e.path.as_str(), "(boot code)" | "(superblock)");
        assert!(regions.iter().all(known), "{name}: every byte has its place, {regions:?}");
        let files = found.entries.iter().filter(|e| !e.kind.must_be_named());
        let mut entries = files.filter(|e| e.path != "lost+found");
        for (path, kind, mode, owner, content) in expected() {
            // FAT keeps files and directories, without modes and owners, and its root has no entry.
            if is("fat") && (path == "." || !matches!(kind, Kind::File | Kind::Directory)) {
                continue;
            }
            let entry = entries.next().unwrap_or_else(|| panic!("{name}: {path} is not there"));
            let about = format!("{name}: {entry:?}");
            assert_eq!(entry.path, path, "{about}");
            if is("tar") && path == "usr/bin/tool2" {
                assert_eq!((entry.kind, entry.target.as_deref()), (Kind::HardLink, Some("usr/bin/tool")));
                assert_eq!(entry.sha256, Some(Sha256::digest(tool()).into()), "what it is a link to");
                continue;
            }
            assert_eq!(entry.kind, kind, "{about}");
            if !is("fat") {
                assert_eq!((entry.mode, entry.owner), (Some(mode), Some(owner)), "{about}");
            }
            check_content(entry, &content, &about);
            let device = (kind == Kind::CharDevice).then_some((1, 3));
            assert_eq!(entry.device, device, "{about}");
        }
        assert_eq!(entries.next(), None, "{name}");
    }
}

fn check_content(entry: &Entry, content: &[u8], about: &str) {
    match entry.kind {
        Kind::File => {
            assert_eq!(entry.size, content.len() as u64, "{about}");
            assert_eq!(entry.sha256, Some(Sha256::digest(content).into()), "{about}");
        }
        Kind::Symlink => assert_eq!(entry.target.as_deref().map(str::as_bytes), Some(content), "{about}"),
        _ => assert_eq!((entry.size, entry.sha256), (0, None), "{about}"),
    }
}

#[test]
fn the_formats_are_told_from_outside_in() {
    let formats: Vec<_> = images().into_iter().map(|(_, b)| listing(b, Limits::default()).formats).collect();
    for wanted in [
        &["gzip", "ext2"][..],
        &["gzip", "ext4"],
        &["gzip", "tar"],
        &["xz", "tar"],
        &["zstd", "cpio"],
        &["squashfs"],
        &["gzip", "fat"],
    ] {
        assert!(formats.iter().any(|f| f == wanted), "{wanted:?} in {formats:?}");
    }
}

#[test]
fn beyond_a_limit_is_unread_and_said() {
    let tight = Limits::default();
    let limits = [
        (Limits { entries: 5, ..tight }, "entries"),
        (Limits { paths: 50, ..tight }, "paths"),
        (Limits { content: 1000, ..tight }, "content"),
    ];
    for (name, bytes) in images() {
        for (limits, word) in limits {
            let found = listing(bytes.clone(), limits);
            let why = found.unread.unwrap_or_else(|| panic!("{name} has more {word}"));
            assert!(why.contains(word) && found.entries.is_empty(), "{name}: {why}");
        }
        let found = listing(bytes, Limits { decoded: 5000, ..tight });
        assert_eq!(found.unread.is_some(), !name.starts_with("squashfs"), "{name}: {:?}", found.unread);
    }
}

#[test]
fn what_is_cut_short_is_unread() {
    for (name, bytes) in images() {
        let half = bytes[..bytes.len() / 8].to_vec();
        assert!(listing(half, Limits::default()).unread.is_some(), "{name}");
    }
}

#[test]
fn bytes_behind_the_end_are_seen() {
    for (name, mut bytes) in images() {
        if !name.starts_with("squashfs") {
            continue;
        }
        let before = listing(bytes.clone(), Limits::default());
        bytes.extend([0; 5000]);
        assert_eq!(listing(bytes.clone(), Limits::default()), before, "{name}: padding says nothing");
        bytes.extend(b"hidden");
        let after = listing(bytes, Limits::default());
        let changes = pkg_contents::differences(&before, &after);
        assert_eq!(changes.len(), 1, "{name}");
        assert_eq!((changes[0].as_str(), changes[0].kind()), ("added", Kind::Behind), "{name}");
    }
}

#[test]
fn an_interruption_ends_it() {
    let interrupted = AtomicBool::new(true);
    let limits = Limits::default();
    let options = ListOptions { limits, scratch: &std::env::temp_dir(), interrupted: &interrupted };
    for (name, bytes) in images() {
        let ended = list(&Image::memory(bytes), &options);
        assert!(matches!(ended, Err(pkg_contents::Error::Interrupted)), "{name}");
    }
}
