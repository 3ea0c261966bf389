//! ELF: the sections of an image that is a program.

use crate::collect::{Collector, pieces};
use crate::entry::{Entry, Kind, ROOT, text};
use crate::error::{Result, unread};
use crate::image::Image;
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, FileKind, elf};
use std::collections::BTreeSet;

/// An image that is one program is read into memory up to this size; boot loaders and kernels are.
const LARGEST: u64 = 64 << 20;

/// Lists the file as a whole, and its sections.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    found.add_stretch(Entry::new(ROOT.into(), Kind::File), image, 0, image.size())?;
    if image.size() > LARGEST {
        return unread("an ELF file of more than 64 MiB, whose sections are not supported");
    }
    let mut bytes = Vec::new();
    pieces(image, 0, image.size(), &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    let sections = match FileKind::parse(bytes.as_slice()) {
        Ok(FileKind::Elf32) => sections::<elf::FileHeader32<Endianness>>(&bytes),
        Ok(FileKind::Elf64) => sections::<elf::FileHeader64<Endianness>>(&bytes),
        _ => None,
    };
    let Some(sections) = sections else { return unread("an ELF file with inconsistent sections") };
    let mut names = BTreeSet::new();
    for (number, (name, at, size)) in sections.into_iter().enumerate() {
        let name = if name.is_empty() { format!("section {number}") } else { name };
        let name = if names.insert(name.clone()) { name } else { format!("{name} (section {number})") };
        found.add_stretch(Entry::new(name, Kind::Section), image, at, size)?;
    }
    Ok(())
}

/// Name, place and size of every section that has bytes in the file.
fn sections<E: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Vec<(String, u64, u64)>> {
    let header = E::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let table = header.sections(endian, bytes).ok()?;
    let section = |section: &E::SectionHeader| {
        let (at, size) = section.file_range(endian)?;
        let name = table.section_name(endian, section).unwrap_or_default();
        (size > 0).then(|| (text(name), at, size))
    };
    Some(table.iter().filter_map(section).collect())
}
