//! Formats that are told apart and not read: their names stand in messages.

use crate::error::Result;
use crate::image::Image;

/// Where a format has its mark, the mark, and its name. The first that fits counts.
const MARKS: [(u64, &[u8], &str); 40] = [
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"\x02\x21\x4c\x18", "lz4 (legacy)"),
    (0, b"BZh", "bzip2"),
    (0, b"\x5d\0\0", "lzma"),
    (0, b"\x89LZO", "lzop"),
    (0, b"LZIP", "lzip"),
    (0, b"UBI#", "ubi"),
    (0, b"\x31\x18\x10\x06", "ubifs"),
    (0, b"\x85\x19", "jffs2"),
    (0, b"\x19\x85", "jffs2 (big-endian)"),
    (0, b"\xd0\x0d\xfe\xed", "FIT or device tree"),
    (0, b"\x3a\xff\x26\xed", "Android sparse image"),
    (0, b"ANDROID!", "Android boot image"),
    (0, b"AVB0", "Android verified boot metadata"),
    (0, b"sqsh", "squashfs (big-endian)"),
    (0, b"\x45\x3d\xcd\x28", "cramfs"),
    (0, b"\x28\xcd\x3d\x45", "cramfs (big-endian)"),
    (0, b"-rom1fs-", "romfs"),
    (0, b"XFSB", "xfs"),
    (0, b"\xc7\x71", "cpio (binary)"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"QFI\xfb", "qcow2"),
    (0, b"LUKS\xba\xbe", "LUKS"),
    (0, b"MZ", "PE program"),
    (0, b"070707", "cpio (odc)"),
    (0, b"S00", "S-record"),
    (0, b"S01", "S-record"),
    (0, b":02000004", "Intel hex"),
    (0, b":1", "Intel hex"),
    (0, b":0", "Intel hex"),
    (3, b"EXFAT   ", "exfat"),
    (3, b"NTFS    ", "ntfs"),
    (56, b"ARM\x64", "arm64 kernel"),
    (512, b"EFI PART", "gpt"),
    (1024, b"\xe2\xe1\xf5\xe0", "erofs"),
    (1024, b"\x10\x20\xf5\xf2", "f2fs"),
    (4086, b"SWAPSPACE2", "swap"),
    (32_769, b"CD001", "iso9660"),
    (65_600, b"_BHRfS_M", "btrfs"),
];

/// The name of a format that is known by its mark and not read.
pub(crate) fn named(image: &Image) -> Result<Option<&'static str>> {
    for (at, mark, name) in MARKS {
        let there = at.checked_add(crate::fields::wide(mark.len())).is_some_and(|end| end <= image.size());
        if there && image.bytes(at, mark.len())? == mark {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
