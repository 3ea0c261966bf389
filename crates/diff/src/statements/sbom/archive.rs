//! Bills of materials in a tar archive, or compressed with zstd: Yocto packs the SPDX 2.2 documents of an image so.

use super::Sbom;
use std::io::Read;

/// Bytes of one document in an archive: as many as all evidence of a package may have.
const DOCUMENT: u64 = pkg_format::limits::EVIDENCE_BYTES;
/// Bytes that an archive may unpack to: names of any length are kept of it.
const UNPACKED: u64 = 4 * DOCUMENT;
/// Members of an archive: as many as components.
const MEMBERS: usize = super::COMPONENTS;
/// Frames that ask for more memory than 8 MiB are refused; `zstd -19` asks for that.
const WINDOW_LOG: u32 = 23;
/// A tar archive is blocks of this size.
const BLOCK: usize = 512;

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether the bytes are packed in a way that is read here.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZSTD) || is_tar(bytes)
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

pub(super) fn read(bytes: &[u8]) -> Result<Sbom, String> {
    if !bytes.starts_with(&ZSTD) {
        return tar(bytes);
    }
    let broken = |e: std::io::Error| format!("its compression is broken: {e}");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG).map_err(broken)?;
    let mut unpacked = decoder.take(UNPACKED);
    let mut head = Vec::new();
    unpacked.by_ref().take(BLOCK_BYTES).read_to_end(&mut head).map_err(broken)?;
    if is_tar(&head) {
        return tar(std::io::Cursor::new(head).chain(unpacked));
    }
    // One byte more than may be there tells what is too long.
    unpacked.take(DOCUMENT).read_to_end(&mut head).map_err(broken)?;
    match u64::try_from(head.len()) {
        Ok(length) if length <= DOCUMENT => Sbom::document(&head),
        _ => Err(format!("more than {DOCUMENT} bytes")),
    }
}

const BLOCK_BYTES: u64 = 512;

/// Every document in an archive, joined.
fn tar(mut archive: impl Read) -> Result<Sbom, String> {
    let mut all: Option<Sbom> = None;
    let mut block = [0; BLOCK];
    for _ in 0..MEMBERS {
        archive.read_exact(&mut block).map_err(|_| "the archive has no end".to_owned())?;
        if block.iter().all(|b| *b == 0) {
            return all.ok_or_else(|| "it has no bill of materials in it".to_owned());
        }
        let name = text(block.get(..100).unwrap_or_default());
        let size = number(block.get(124..136).unwrap_or_default())
            .ok_or_else(|| format!("{name} in the archive has no size"))?;
        let is_file = matches!(block.get(156), Some(b'0' | 0));
        // What is written for a size is not believed: the member is read, up to the limit.
        let mut bytes = Vec::new();
        let wanted = if is_file { size.min(DOCUMENT.saturating_add(1)) } else { 0 };
        let cut = |_| format!("the archive ends in {name}");
        archive.by_ref().take(wanted).read_to_end(&mut bytes).map_err(cut)?;
        let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if read > DOCUMENT {
            return Err(format!("{name} in the archive has more than {DOCUMENT} bytes"));
        }
        let padded = size.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(u64::MAX);
        let rest = padded.saturating_sub(read);
        let skipped = std::io::copy(&mut archive.by_ref().take(rest), &mut std::io::sink()).map_err(cut)?;
        if read < wanted || skipped < rest {
            return Err(format!("the archive ends in {name}"));
        }
        // Yocto's list of what is in the archive is no bill.
        if is_file && name != "index.json" {
            let sbom = Sbom::document(&bytes).map_err(|e| format!("{name} in the archive: {e}"))?;
            all.get_or_insert_default().join(sbom)?;
        }
    }
    Err(format!("more than {MEMBERS} members in the archive"))
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field.split(|b| *b == 0).next().unwrap_or_default()).into_owned()
}

/// An octal number, as tar has them.
fn number(field: &[u8]) -> Option<u64> {
    let digits = text(field);
    u64::from_str_radix(digits.trim(), 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, kind: u8, content: &str) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        block[156] = kind;
        block[257..262].copy_from_slice(b"ustar");
        block.extend(content.as_bytes());
        block.resize(block.len().next_multiple_of(BLOCK), 0);
        block
    }

    fn archive(members: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = members.concat();
        bytes.extend([0; 2 * BLOCK]);
        bytes
    }

    fn bill(name: &str) -> String {
        format!(r#"{{"spdxVersion":"SPDX-2.2","packages":[{{"name":"{name}","versionInfo":"1"}}]}}"#)
    }

    #[test]
    fn the_documents_of_an_archive_count_together() {
        let tar = archive(&[
            member("folder/", b'5', ""),
            member("x", b'x', "20 path=long name\n"),
            member("a.spdx.json", b'0', &bill("a")),
            member("b.spdx.json", 0, &bill("b")),
            member("index.json", b'0', r#"{"documents":[]}"#),
        ]);
        let packed = zstd::encode_all(&*tar, 3).unwrap();
        for bytes in [&tar, &packed] {
            let sbom = Sbom::read(bytes).unwrap();
            assert_eq!(sbom.components.keys().collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!(sbom.formats, ["SPDX-2.2"]);
        }
        let one = zstd::encode_all(bill("c").as_bytes(), 3).unwrap();
        assert!(Sbom::read(&one).unwrap().components.contains_key("c"));
    }

    #[test]
    fn a_broken_archive_is_refused_wherever_it_is_cut() {
        let tar = archive(&[member("a.spdx.json", b'0', &bill("a"))]);
        for end in (BLOCK / 2 + 6..2 * BLOCK).step_by(7) {
            assert!(Sbom::read(&tar[..end]).is_err(), "{end}");
            assert!(Sbom::read(&zstd::encode_all(&tar[..end], 1).unwrap()).is_err(), "{end}");
        }
        let packed = zstd::encode_all(&*tar, 3).unwrap();
        for end in 4..packed.len() {
            assert!(Sbom::read(&packed[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_not_read_says_why() {
        let refused = |bytes: &[u8], why: &str| {
            let error = Sbom::read(bytes).unwrap_err();
            assert!(error.contains(why), "{error}");
        };
        refused(&archive(&[]).repeat(2)[..0], "its format is unknown");
        refused(&archive(&[member("index.json", b'0', "{}")]), "no bill of materials");
        refused(&archive(&[member("notes.txt", b'0', "hello")]), "notes.txt in the archive: its format");
        let mut huge = archive(&[member("a.json", b'0', &bill("a"))]);
        huge[124..136].copy_from_slice(b"77777777777\0");
        refused(&huge, "the archive ends in a.json");
        huge[124..136].copy_from_slice(b"not a number");
        refused(&huge, "has no size");
        let nested = zstd::encode_all(&*zstd::encode_all(bill("a").as_bytes(), 1).unwrap(), 1).unwrap();
        refused(&nested, "not UTF-8");
        let blanks = zstd::encode_all(&*vec![b' '; (64 << 20) + 513], 1).unwrap();
        refused(&blanks, "more than 67108864 bytes");
    }
}
