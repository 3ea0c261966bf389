//! Images that other people's tools make here and now of a larger tree: what is listed is what is in
//! the folder. Needs tar, cpio, squashfs-tools, e2fsprogs, dosfstools and mtools; what is not there is
//! left out, and said.
#![cfg(unix)]

mod tree;

use pkg_contents::{Image, Kind, Limits, Listing, differences};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use tree::noise;

/// Writes a tree with many files, large ones, deep ones, links and odd modes.
fn write(root: &Path) {
    for folder in 0..20 {
        let path = root.join(format!("dir{folder}/under"));
        fs::create_dir_all(&path).expect("a folder");
        for file in 0..25 {
            let size = (folder * 997 + file * 4096) % 70_000;
            let path = path.join(format!("file number {file}"));
            fs::write(&path, noise(&path.display().to_string(), size)).expect("a file");
            let mode = [0o644, 0o600, 0o755, 0o444][file % 4];
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        }
    }
    let large = [noise("large", 1 << 20), vec![0; 3 << 20], noise("more", 300_001)].concat();
    fs::write(root.join("large"), large).expect("a file");
    fs::write(root.join("blank"), vec![0; 1 << 20]).expect("a file");
    fs::hard_link(root.join("large"), root.join("dir0/also large")).expect("a link");
    symlink("dir0/under", root.join("link")).expect("a link");
    symlink("some/".repeat(60) + "where", root.join("long link")).expect("a link");
}

/// What is in the folder: path, kind, mode, owner, size, digest or target.
type Row = (String, Kind, u32, (u32, u32), Option<[u8; 32]>, Option<String>);

fn walk(folder: &Path, path: &str, rows: &mut Vec<Row>) {
    let there = fs::symlink_metadata(folder).expect("it is there");
    let (kind, mut sha256, mut target) = match () {
        () if there.is_dir() => (Kind::Directory, None, None),
        () if there.is_symlink() => (Kind::Symlink, None, None),
        () => (Kind::File, None, None),
    };
    match kind {
        Kind::Directory => {
            for entry in fs::read_dir(folder).expect("a folder") {
                let entry = entry.expect("an entry");
                let name = entry.file_name().into_string().expect("UTF-8");
                let path = if path == "." { name } else { format!("{path}/{name}") };
                walk(&entry.path(), &path, rows);
            }
        }
        Kind::Symlink => target = Some(fs::read_link(folder).expect("a link").display().to_string()),
        _ => sha256 = Some(Sha256::digest(fs::read(folder).expect("a file")).into()),
    }
    let owner = (there.uid(), there.gid());
    rows.push((path.into(), kind, there.permissions().mode() & 0o7777, owner, sha256, target));
}

fn listed(image: &Path) -> Listing {
    let image = Image::file(File::open(image).expect("an image")).expect("a file");
    tree::listing(&image, Limits::default())
}

/// Runs a shell command with `$TREE` and `$IMAGE`; `false` where its tool is not there.
fn make(command: &str, tree: &Path, image: &Path) -> bool {
    let _ = fs::remove_file(image);
    tree::ran(command, |shell| {
        shell.env("TREE", tree).env("IMAGE", image);
    })
}

#[test]
fn what_tools_store_is_what_is_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tree, image) = (folder.path().join("tree"), folder.path().join("image"));
    write(&tree);
    let mut expected = Vec::new();
    walk(&tree, ".", &mut expected);
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    let squashfs = "mksquashfs \"$TREE\" \"$IMAGE\" -no-progress -quiet -no-xattrs -noappend >&2 -comp";
    let commands = [
        "tar -C \"$TREE\" --format=gnu -cf \"$IMAGE\" .".to_owned(),
        "tar -C \"$TREE\" --format=posix -cf \"$IMAGE\" .".into(),
        "tar -C \"$TREE\" -czf \"$IMAGE\" .".into(),
        "command -v cpio >/dev/null || exit 127; cd \"$TREE\"; find . | cpio -o -H newc --quiet > \"$IMAGE\""
            .into(),
        format!("{squashfs} gzip"),
        format!("{squashfs} xz -Xbcj x86"),
        format!("{squashfs} zstd -b 1M"),
        format!("{squashfs} lz4 -no-fragments"),
        format!("{squashfs} gzip -noI -noD -noF"),
        "mke2fs -q -t ext4 -d \"$TREE\" \"$IMAGE\" 32M >&2".into(),
        "mke2fs -q -t ext2 -b 1024 -d \"$TREE\" \"$IMAGE\" 32M >&2".into(),
        "mke2fs -q -t ext3 -b 4096 -d \"$TREE\" \"$IMAGE\" 32M >&2".into(),
    ];
    for command in commands {
        if !make(&command, &tree, &image) {
            continue;
        }
        let found = listed(&image);
        assert_eq!(found.unread, None, "{command}");
        assert!(
            !found.entries.iter().any(|e| e.path == "(unused space)"),
            "{command}: every byte has its place"
        );
        let files = found.entries.iter().filter(|e| e.path != "lost+found" && !e.kind.must_be_named());
        let mut entries: Vec<_> = files.collect();
        for entry in &expected {
            let there = entries.remove(0);
            if there.kind == Kind::HardLink {
                assert!(["large", "dir0/also large"].contains(&entry.0.as_str()), "{command}: {there:?}");
                continue;
            }
            let owner = there.owner.expect("owners");
            let row: Row = (
                there.path.clone(),
                there.kind,
                there.mode.expect("a mode"),
                owner,
                there.sha256,
                there.target.clone(),
            );
            assert_eq!(&row, entry, "{command}");
        }
        assert_eq!(entries, [] as [&pkg_contents::Entry; 0], "{command}");
    }
}

#[test]
fn fat_of_every_width() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tree, image) = (folder.path().join("tree"), folder.path().join("image"));
    fs::create_dir_all(tree.join("EFI/Some Vendor with a long name")).expect("a folder");
    for (name, size) in
        [("EFI/SHORT.TXT", 10), ("EFI/Some Vendor with a long name/größere Datei.bin", 200_000), ("n", 0)]
    {
        fs::write(tree.join(name), noise(name, size)).expect("a file");
    }
    for (width, size) in [(12, 4_000), (16, 20_000), (32, 70_000)] {
        let command = format!(
            "command -v mkfs.vfat >/dev/null && command -v mcopy >/dev/null || exit 127; \
             mkfs.vfat -C -F {width} -s 1 \"$IMAGE\" {size} >&2; export LC_ALL=C.UTF-8; mcopy -s -i \"$IMAGE\" \"$TREE\"/* ::"
        );
        let sectors = if width == 12 { command.replace("-s 1", "-s 2") } else { command };
        if !make(&sectors, &tree, &image) {
            continue;
        }
        let found = listed(&image);
        assert_eq!((found.formats, found.unread), (vec!["fat"], None), "FAT{width}");
        let mut expected = Vec::new();
        walk(&tree, ".", &mut expected);
        expected.retain(|(path, ..)| path != ".");
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        assert!(
            !found.entries.iter().any(|e| e.path == "(unused space)"),
            "FAT{width}: every byte has its place"
        );
        let files = found.entries.into_iter().filter(|e| !e.kind.must_be_named());
        let rows: Vec<_> = files.map(|e| (e.path, e.kind, e.sha256)).collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(path, kind, _, _, sha, _)| (path, kind, sha)).collect();
        assert_eq!(rows, expected, "FAT{width}");
    }
}

#[test]
fn one_change_is_one_difference() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tree, image) = (folder.path().join("tree"), folder.path().join("image"));
    write(&tree);
    let command = "tar -C \"$TREE\" -cf \"$IMAGE\" .";
    if !make(command, &tree, &image) {
        return;
    }
    let before = listed(&image);
    type Step = (&'static str, fn(&Path), &'static [&'static str]);
    let steps: [Step; 5] = [
        (
            "~ dir1/under/file number 1",
            |t| fs::write(t.join("dir1/under/file number 1"), "x").unwrap(),
            &["content"],
        ),
        ("- dir2/under/file number 2", |t| fs::remove_file(t.join("dir2/under/file number 2")).unwrap(), &[]),
        ("+ dir3/new", |t| fs::write(t.join("dir3/new"), "x").unwrap(), &[]),
        (
            "~ dir4/under/file number 4",
            |t| {
                fs::set_permissions(t.join("dir4/under/file number 4"), fs::Permissions::from_mode(0o777))
                    .unwrap()
            },
            &["mode"],
        ),
        (
            "~ link",
            |t| {
                fs::remove_file(t.join("link")).unwrap();
                symlink("elsewhere", t.join("link")).unwrap();
            },
            &["target"],
        ),
    ];
    for (line, change, _) in &steps {
        change(&tree);
        println!("{line}");
    }
    assert!(make(command, &tree, &image));
    let found = differences(&before, &listed(&image));
    let lines: Vec<_> = found.iter().map(|c| format!("{} {}", c.sign(), c.path())).collect();
    assert_eq!(lines, steps.iter().map(|(line, ..)| *line).collect::<Vec<_>>());
    for (change, (_, _, aspects)) in found.iter().zip(&steps) {
        if let pkg_contents::Change::Changed(_, found) = change {
            assert_eq!(found.iter().map(|a| a.as_str()).collect::<Vec<_>>(), *aspects, "{}", change.path());
        }
    }
}
