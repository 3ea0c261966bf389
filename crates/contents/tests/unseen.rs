//! What changes in an image beside the content of files is found, and a fix of one file is no more than that.
//! Needs squashfs-tools, e2fsprogs, dosfstools, GNU tar and cpio; what is not there is left out, and said.
#![cfg(unix)]

mod tree;

use pkg_contents::{Change, Image, Inside, Limits};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tree::noise;

fn listing(bytes: Vec<u8>) -> pkg_contents::Listing {
    let limits = Limits::for_stored(bytes.len() as u64);
    tree::listing(&Image::memory(bytes), limits)
}

fn compare(old: &[u8], new: &[u8]) -> Inside {
    Inside::compare(&listing(old.to_vec()), &listing(new.to_vec()))
}

/// What differs, one line each: sign, path, aspects.
fn lines(old: &[u8], new: &[u8]) -> Vec<String> {
    let Inside::Files(changes) = compare(old, new) else { panic!("{:?}", compare(old, new)) };
    let line = |c: &Change| {
        let aspects = match c {
            Change::Changed(_, aspects) => aspects.iter().map(|a| a.as_str()).collect::<Vec<_>>().join(" "),
            _ => String::new(),
        };
        format!("{} {} {aspects}", c.sign(), c.path()).trim_end().to_owned()
    };
    changes.iter().map(line).collect()
}

struct Maker {
    folder: tempfile::TempDir,
}

impl Maker {
    fn new() -> Maker {
        let folder = tempfile::tempdir().expect("a folder");
        let maker = Maker { folder };
        for (name, content) in [("bin/tool", &b"tool"[..]), ("etc/motd", b"hello"), ("lib/libfoo.so", b"foo")]
        {
            maker.write(name, content);
        }
        maker.write("lib/large", &noise("large", 300_000));
        maker
    }

    fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.tree().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Runs a shell command in the tree, with `$IMAGE`.
    fn run(&self, command: &str) -> Option<Vec<u8>> {
        let image = self.folder.path().join("image");
        let made = tree::ran(command, |shell| {
            shell.env("IMAGE", &image).current_dir(self.tree());
        });
        made.then(|| fs::read(&image).unwrap_or_default())
    }

    /// Sets an attribute; `false` where the file system of the machine has none.
    fn attribute(&self, name: &str, file: &str) -> bool {
        let command = "import os, sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex('0100000200002000000000000000000000000000'))";
        let path = self.tree().join(file);
        let run = Command::new("python3").args(["-c", command]).arg(path).arg(name).status();
        run.is_ok_and(|s| s.success())
    }
}

const SQUASHFS: &str = "rm -f \"$IMAGE\"; mksquashfs . \"$IMAGE\" -quiet -no-progress -xattrs -all-root >&2";
const EXT4: &str = "rm -f \"$IMAGE\"; mke2fs -q -t ext4 -d . \"$IMAGE\" 8M >&2";
const EXT2: &str = "rm -f \"$IMAGE\"; mke2fs -q -t ext2 -b 1024 -d . \"$IMAGE\" 9M >&2";
const TAR: &str = "tar --xattrs --xattrs-include='*' --sort=name -cf \"$IMAGE\" .";
const CPIO: &str =
    "command -v cpio >/dev/null || exit 127; find . | sort | cpio -o -H newc --quiet > \"$IMAGE\"";
const ODC: &str =
    "command -v cpio >/dev/null || exit 127; find . | sort | cpio -o -H odc --quiet > \"$IMAGE\"";
const FAT: &str = "command -v mcopy >/dev/null || exit 127; rm -f \"$IMAGE\"; mkfs.vfat -C \"$IMAGE\" 4000 >&2; mcopy -s -i \"$IMAGE\" ./* ::";

/// A build anew, with other times, other random numbers and another layout, changes what it changes.
#[test]
fn a_fix_of_one_file_is_one_difference() {
    for command in [SQUASHFS, EXT4, EXT2, TAR, CPIO, ODC, FAT] {
        let maker = Maker::new();
        let Some(old) = maker.run(command) else { continue };
        std::thread::sleep(std::time::Duration::from_millis(1100));
        maker.write("lib/libfoo.so", &noise("a longer library", 30_000));
        let new = maker.run(&format!("touch bin/tool etc; {command}")).expect("made before");
        assert_eq!(lines(&old, &new), ["~ lib/libfoo.so content"], "{command}");
    }
}

/// The same files in other bytes: nobody says "nothing".
#[test]
fn bytes_that_nothing_explains_are_said() {
    for command in [SQUASHFS, EXT4, TAR, FAT] {
        let maker = Maker::new();
        let Some(old) = maker.run(command) else { continue };
        let new = maker.run(&format!("touch -d @1000000000 bin/tool; {command}")).expect("made before");
        if old == new {
            continue;
        }
        assert!(matches!(compare(&old, &new), Inside::Unexplained(_)), "{command}");
    }
}

#[test]
fn extended_attributes_are_compared() {
    for name in ["security.capability", "user.note"] {
        for command in [SQUASHFS, EXT4, EXT2, TAR] {
            let maker = Maker::new();
            let Some(old) = maker.run(command) else { continue };
            if !maker.attribute(name, "bin/tool") {
                println!("left out: no attribute {name} can be set here");
                continue;
            }
            let new = maker.run(command).expect("made before");
            assert_eq!(lines(&old, &new), ["~ bin/tool attributes"], "{name}: {command}");
            let listed = listing(new);
            let tool = listed.entries.iter().find(|e| e.path == "bin/tool").expect("the tool");
            let value = "0x0100000200002000000000000000000000000000";
            assert_eq!(tool.attributes.get(name).map(String::as_str), Some(value), "{command}");
        }
    }
}

#[test]
fn inode_flags_and_large_attributes_of_ext_are_compared() {
    for command in [EXT4, EXT2] {
        let maker = Maker::new();
        let Some(old) = maker.run(command) else { continue };
        let flags = if command == EXT4 { "0x80010" } else { "0x10" };
        let new =
            maker.run(&format!("debugfs -w -R 'set_inode_field bin/tool flags {flags}' \"$IMAGE\" >&2"));
        assert_eq!(lines(&old, &new.expect("debugfs")), ["~ bin/tool attributes"], "{command}");
        fs::write(maker.folder.path().join("image"), &old).expect("a file");
        // Too long to stand in the inode.
        let long = "x".repeat(700);
        let new = maker.run(&format!("debugfs -w -R 'ea_set bin/tool user.long {long}' \"$IMAGE\" >&2"));
        assert_eq!(lines(&old, &new.expect("debugfs")), ["~ bin/tool attributes"], "{command}");
    }
}

fn put(image: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut image = image.to_vec();
    image[at..at + bytes.len()].copy_from_slice(bytes);
    image
}

#[test]
fn boot_code_is_compared() {
    let maker = Maker::new();
    if let Some(old) = maker.run(FAT) {
        assert_eq!(lines(&old, &put(&old, 100, b"EVIL")), ["~ (boot code) content"]);
    }
    for command in [EXT4, EXT2] {
        if let Some(old) = maker.run(command) {
            assert_eq!(lines(&old, &put(&old, 100, b"EVIL")), ["+ (boot code)"], "{command}");
            // The label, and a default that decides whether access lists hold.
            assert_eq!(
                lines(&old, &put(&old, 1024 + 0x78, b"EVIL"))[0],
                "~ (superblock) content",
                "{command}"
            );
            assert_eq!(
                lines(&old, &put(&old, 1024 + 0x200, b"EVIL"))[0],
                "~ (superblock) content",
                "{command}"
            );
        }
    }
}

#[test]
fn bytes_behind_the_end_are_found_in_every_format() {
    for command in [SQUASHFS, EXT4, EXT2, TAR, CPIO, ODC, FAT] {
        let maker = Maker::new();
        let Some(old) = maker.run(command) else { continue };
        let new = [&old[..], &noise("hash tree", 3000)].concat();
        assert_eq!(lines(&old, &new), ["+ (behind the end)"], "{command}");
    }
}

/// The last byte that is zero in both, with zeros around it, is space that nothing uses.
#[test]
fn space_that_nothing_uses_is_compared() {
    for command in [EXT4, EXT2, FAT] {
        let maker = Maker::new();
        let Some(old) = maker.run(command) else { continue };
        let at = (0..old.len() / 2048).rev().find(|i| old[i * 2048..][..2048].iter().all(|b| *b == 0));
        let new = put(&old, at.expect("free space") * 2048 + 700, b"hidden");
        assert_eq!(lines(&old, &new), ["+ (unused space)"], "{command}");
    }
    // The end of the block behind the end of a file.
    let maker = Maker::new();
    if let Some(old) = maker.run(EXT4) {
        let at = old.windows(5).position(|w| w == b"hello").expect("the file");
        assert_eq!(lines(&old, &put(&old, at + 50, b"hidden")), ["+ (unused space)"]);
    }
}

#[test]
fn a_fat_entry_behind_a_free_one_is_listed() {
    let maker = Maker::new();
    fs::remove_dir_all(maker.tree()).expect("removed");
    maker.write("KERNEL.BIN", b"linux");
    let Some(old) = maker.run(FAT) else { return };
    let root = old.windows(11).position(|w| w == b"KERNEL  BIN").expect("its entry");
    let mut entry = old[root..root + 32].to_vec();
    entry[..11].copy_from_slice(b"EVIL    SH ");
    let new = put(&old, root + 96, &entry);
    assert_eq!(lines(&old, &new), ["+ EVIL.SH"]);
}

#[test]
fn every_name_of_a_file_that_changed_is_listed() {
    for command in [TAR, CPIO, SQUASHFS, EXT4] {
        let maker = Maker::new();
        for link in ["bin/a-link", "bin/z-link"] {
            fs::hard_link(maker.tree().join("bin/tool"), maker.tree().join(link)).expect("a link");
        }
        let Some(old) = maker.run(command) else { continue };
        maker.write("bin/tool", b"another");
        let new = maker.run(command).expect("made before");
        let names = ["bin/a-link", "bin/tool", "bin/z-link"].map(|n| format!("~ {n} content"));
        assert_eq!(lines(&old, &new), names, "{command}");
    }
}

#[test]
fn an_initramfs_behind_microcode_is_read() {
    let maker = Maker::new();
    let Some(early) = maker.run(CPIO) else { return };
    maker.write("etc/motd", b"other");
    let late = |pack: &str| {
        maker.run(&format!("{CPIO}; {pack} < \"$IMAGE\" > \"$IMAGE.z\"; mv \"$IMAGE.z\" \"$IMAGE\""))
    };
    for pack in ["gzip -c", "xz -c --check=crc32", "zstd -qc"] {
        let Some(first) = late(pack) else { continue };
        maker.write("etc/motd", b"third");
        let second = late(pack).expect("made before");
        maker.write("etc/motd", b"other");
        let join = |late: &[u8]| [&early[..], &[0; 512], late].concat();
        assert_eq!(lines(&join(&first), &join(&second)), ["~ etc/motd content"], "{pack}");
    }
    let lz4 = [&early[..], b"\x02\x21\x4c\x18rest"].concat();
    assert!(listing(lz4).unread.expect("not read").contains("lz4"));
}

/// A disk of one MBR partition that begins at sector 8.
fn disk(inner: &[u8]) -> Vec<u8> {
    let mut disk = vec![0; 8 * 512];
    let mut entry = [0u8; 16];
    entry[4] = 0x83;
    entry[8..12].copy_from_slice(&8u32.to_le_bytes());
    entry[12..16].copy_from_slice(&((inner.len() as u32).div_ceil(512)).to_le_bytes());
    disk[446..462].copy_from_slice(&entry);
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk.extend(inner);
    disk.resize(disk.len().next_multiple_of(512), 0);
    disk
}

#[test]
fn partitions_are_images() {
    let maker = Maker::new();
    let Some(old) = maker.run(EXT2) else { return };
    maker.write("etc/motd", b"other");
    let new = maker.run(EXT2).expect("made before");
    assert_eq!(listing(disk(&old)).formats, ["mbr"]);
    assert_eq!(lines(&disk(&old), &disk(&new)), ["~ p1/etc/motd content"]);
    assert_eq!(lines(&disk(&old), &put(&disk(&old), 1000, b"u-boot")), ["+ (unused space)"]);
    assert_eq!(lines(&disk(&old), &put(&disk(&old), 0, b"boot")), ["+ (boot code)"]);
    // What a partition holds that is not known is one thing, which a fix must name.
    let (old, new) = (disk(&noise("old", 9000)), disk(&noise("new", 9000)));
    let Inside::Files(changes) = compare(&old, &new) else { panic!("{:?}", compare(&old, &new)) };
    assert_eq!(
        changes.iter().map(|c| (c.path(), c.kind().must_be_named())).collect::<Vec<_>>(),
        [("p1", true)]
    );
}

#[test]
fn a_gpt_disk_is_read() {
    let maker = Maker::new();
    let make = "command -v sfdisk >/dev/null || exit 127; mv \"$IMAGE\" \"$IMAGE.fs\"; truncate -s 12M \"$IMAGE\"; printf 'label: gpt\\nstart=2048, type=L\\n' | sfdisk -q \"$IMAGE\" >&2; dd if=\"$IMAGE.fs\" of=\"$IMAGE\" bs=512 seek=2048 conv=notrunc 2>/dev/null";
    let command = format!("{EXT4}; {make}");
    let Some(old) = maker.run(&command) else { return };
    maker.write("etc/motd", b"other");
    let new = maker.run(&command).expect("made before");
    assert_eq!(listing(new.clone()).formats, ["gpt"]);
    assert_eq!(lines(&old, &new), ["~ p1/etc/motd content"]);
}

#[test]
fn a_legacy_uboot_image_is_read() {
    let maker = Maker::new();
    let Some(inner) = maker.run(CPIO) else { return };
    let image = |inner: &[u8], address: u32| {
        let mut header = [0u8; 64];
        header[..4].copy_from_slice(&[0x27, 0x05, 0x19, 0x56]);
        header[12..16].copy_from_slice(&(inner.len() as u32).to_be_bytes());
        header[16..20].copy_from_slice(&address.to_be_bytes());
        [&header[..], inner].concat()
    };
    maker.write("etc/motd", b"other");
    let other = maker.run(CPIO).expect("made before");
    assert_eq!(lines(&image(&inner, 0), &image(&other, 0)), ["~ etc/motd content"]);
    assert_eq!(lines(&image(&inner, 1), &image(&inner, 2)), ["~ (superblock) content"]);
}

#[test]
fn formats_that_are_not_read_are_named_and_not_explained() {
    let maker = Maker::new();
    let cases = [
        ("rm -f \"$IMAGE\"; mksquashfs . \"$IMAGE\" -comp lzo -quiet -no-progress >&2", "lzo"),
        (
            "command -v mkfs.erofs >/dev/null || exit 127; rm -f \"$IMAGE\"; mkfs.erofs \"$IMAGE\" . >&2",
            "erofs",
        ),
        ("tar -cf - . | bzip2 > \"$IMAGE\"", "bzip2"),
        ("rm -f \"$IMAGE\"; mke2fs -q -t ext4 -O inline_data -I 256 -d . \"$IMAGE\" 8M >&2", "inline_data"),
        (
            "rm -f \"$IMAGE\"; mke2fs -q -t ext4 -O bigalloc -C 16384 -b 1024 -d . \"$IMAGE\" 32M >&2",
            "bigalloc",
        ),
        ("head -c 9000 /dev/urandom | gzip > \"$IMAGE\"", "no known format"),
    ];
    for (command, word) in cases {
        let Some(image) = maker.run(command) else { continue };
        let other = [&image[..], &[1]].concat();
        let Inside::Unexplained(why) = compare(&image, &other) else { panic!("{command}") };
        assert!(why.contains(word), "{command}: {why}");
    }
}
