//! The build id of an ELF program.

use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind, elf};

/// The first bytes of an ELF file.
pub(crate) const ELF: &[u8] = b"\x7fELF";

/// A build id is 20 bytes, or 32.
const BUILD_ID: usize = 64;

/// The build id of an ELF file, if its note is in `head`, the start of the file.
pub(crate) fn build_id(head: &[u8]) -> Option<Vec<u8>> {
    match FileKind::parse(head).ok()? {
        FileKind::Elf32 => noted::<elf::FileHeader32<Endianness>>(head),
        FileKind::Elf64 => noted::<elf::FileHeader64<Endianness>>(head),
        _ => None,
    }
}

fn noted<E: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<Vec<u8>> {
    let header = E::parse(head).ok()?;
    let endian = header.endian().ok()?;
    for segment in header.program_headers(endian, head).ok()? {
        let Ok(Some(mut notes)) = segment.notes(endian, head) else { continue };
        while let Ok(Some(note)) = notes.next() {
            let id = note.name() == elf::ELF_NOTE_GNU && note.n_type(endian) == elf::NT_GNU_BUILD_ID;
            if id && note.desc().len() <= BUILD_ID {
                return Some(note.desc().to_vec());
            }
        }
    }
    None
}
