//! Types of a kernel (BTF): rows that name strings and other types, by offset and by number.

use super::builder::{Builder, Shape};
use super::bytes::{find, word};
use crate::delta::layout::Mode;
use crate::delta::rows::{Field, walk};
use crate::delta::space::{Piece, Space};

/// The beginning of the header, whose length is next.
const MAGIC: &[u8] = &[0x9F, 0xEB, 1, 0, 24, 0, 0, 0];
const HEADER: usize = 24;
/// Fewer bytes of rows are not worth it.
const LEAST: usize = 4096;
/// How deep types without a name are told apart by what they refer to.
const DEPTH: usize = 4;

struct Btf {
    start: usize,
    len: usize,
    strings: usize,
    strings_len: usize,
    /// A hash of what each word names.
    forms: Vec<u32>,
}

fn hash(seed: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(seed, |h, byte| {
        let h = (h ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        h ^ h >> 15
    })
}

impl Btf {
    /// The first table of types that names nothing that is not in it.
    fn find(image: &[u8]) -> Option<Btf> {
        let mut at = 0;
        while let Some(found) = find(image, MAGIC, at) {
            if let Some(btf) = Btf::read(image, found) {
                return Some(btf);
            }
            at = found + MAGIC.len();
        }
        None
    }

    fn read(image: &[u8], at: usize) -> Option<Btf> {
        let number = |offset: usize| word(image, at + offset).map(|n| n as usize);
        let start = (at + HEADER).checked_add(number(8)?)?;
        let (len, strings_len) = (number(12)?, number(20)?);
        let strings = (at + HEADER).checked_add(number(16)?)?;
        let names = image.get(strings..strings.checked_add(strings_len)?)?;
        let rows = image.get(start..start.checked_add(len)?)?;
        if len < LEAST || !len.is_multiple_of(4) {
            return None;
        }
        let word = |at: usize| word(rows, at).unwrap_or(0);
        let (mut fields, mut heads) = (vec![Field::Plain; len / 4], Vec::new());
        let read = |at: u64| {
            heads.push(at as usize / 4 - 1);
            Ok(word(at as usize))
        };
        walk(len as u64, read, |at, field| {
            if let Some(there) = fields.get_mut(at as usize / 4) {
                *there = field;
            }
        })
        .ok()?;
        for (n, field) in fields.iter().enumerate() {
            let value = word(4 * n) as usize;
            match field {
                Field::Plain => {}
                Field::Head | Field::String if value >= strings_len => return None,
                Field::Type if value > heads.len() => return None,
                _ => {}
            }
        }
        let name = |offset: usize| {
            let rest = &names[offset..];
            let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            hash(7, &rest[..end])
        };
        let named: Vec<u32> = fields
            .iter()
            .enumerate()
            .map(|(n, field)| match (field, word(4 * n) as usize) {
                (Field::Head | Field::String, offset) if offset > 0 => name(offset),
                _ => 0,
            })
            .collect();
        // Types are told by kind and name; those without a name by all that they consist of.
        let mut types: Vec<u32> =
            heads.iter().map(|head| hash(named[*head], &word(4 * head + 4).to_le_bytes())).collect();
        for _ in 0..DEPTH {
            let before = types.clone();
            for (n, head) in heads.iter().enumerate().filter(|(_, head)| word(4 * **head) == 0) {
                let end = heads.get(n + 1).copied().unwrap_or(fields.len());
                types[n] = (*head..end).fold(11, |h, k| {
                    let value = word(4 * k);
                    let part = match fields[k] {
                        Field::Plain => value,
                        Field::Head | Field::String => named[k],
                        Field::Type if value == 0 => 5,
                        Field::Type => before[value as usize - 1],
                    };
                    hash(h, &part.to_le_bytes())
                });
            }
        }
        let forms = fields.iter().enumerate().map(|(n, field)| match (field, word(4 * n)) {
            (Field::Plain, value) => value,
            (_, 0) => 0,
            (Field::Head | Field::String, _) => named[n],
            (Field::Type, value) => types[value as usize - 1],
        });
        let forms = forms.collect();
        Some(Btf { start, len, strings, strings_len, forms })
    }

    fn strings(&self) -> Vec<Piece> {
        vec![Piece { value: 0, offset: self.strings as i64, len: self.strings_len as i64 }]
    }

    fn form(&self) -> (usize, Vec<u8>) {
        (self.start, self.forms.iter().flat_map(|word| word.to_le_bytes()).collect())
    }
}

/// Adds the types of both images.
pub(super) fn add(plan: &mut Builder, old: &[u8], new: &[u8]) {
    let (Some(before), Some(after)) = (Btf::find(old), Btf::find(new)) else { return };
    let strings = plan.space(Space { scale: 1, base: before.strings(), image: after.strings() });
    let (start, len) = (before.start as u64, before.len as u64);
    let mode = plan.mode(Mode::Rows { strings, start, len });
    for (btf, base) in [(&before, true), (&after, false)] {
        // What the strings are is not known to any region.
        plan.clear(base, &(btf.strings..btf.strings + btf.strings_len));
        let range = btf.start..btf.start + btf.len;
        plan.clear(base, &range);
        plan.region(base, range, mode, Shape::Plain);
    }
    plan.forms = [before, after].map(|btf| vec![btf.form()]);
    plan.order();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{Decoder, EncodeOptions, Map, encode};

    const COUNT: usize = 400;

    /// An image with a table of structures, with or without every fiftieth.
    fn image(all: bool) -> Vec<u8> {
        let there = |n: usize| all || n % 50 != 49;
        let number = |n: usize| (0..=n).filter(|n| there(*n)).count() as u32;
        let (mut names, mut strings) = (Vec::new(), vec![0u8]);
        for n in 0..COUNT {
            names.push(strings.len() as u32);
            if there(n) {
                strings.extend(format!("type_{n}\0").bytes());
            }
        }
        let mut rows: Vec<u32> = Vec::new();
        for n in (0..COUNT).filter(|n| there(*n)) {
            rows.extend([names[n], 4 << 24 | 3, 24]);
            for k in 1..4 {
                let other = n * 37 * k % 49 + n * k % 8 * 50;
                rows.extend([names[other], number(other), 64 * k as u32]);
            }
        }
        let (len, strings_len) = (4 * rows.len() as u32, strings.len() as u32);
        let mut image = vec![0x5A; 64];
        image.extend_from_slice(MAGIC);
        image.extend([0, len, len, strings_len].iter().flat_map(|n| n.to_le_bytes()));
        image.extend(rows.iter().flat_map(|word| word.to_le_bytes()));
        image.extend(strings);
        image
    }

    #[test]
    fn a_table_that_names_what_it_has_not_is_none() {
        let whole = image(true);
        let rows = 64 + HEADER;
        for (at, value) in
            [(rows, u32::MAX), (rows + 16, COUNT as u32 + 1), (64 + 12, u32::MAX), (64 + 16, u32::MAX)]
        {
            let mut image = whole.clone();
            image[at..at + 4].copy_from_slice(&value.to_le_bytes());
            assert!(Btf::find(&image).is_none(), "{at}");
        }
        assert!(Btf::find(&whole[..whole.len() - 1]).is_none() && Btf::find(&[]).is_none());
    }

    #[test]
    fn inserted_types_cost_little_more_than_themselves() {
        let (old, new) = (image(false), image(true));
        let mut stored = Vec::new();
        let options = EncodeOptions::default();
        let memory = encode(&old.as_slice(), &new.as_slice(), &options, &mut |_, bytes| {
            stored.push(bytes.to_vec());
            Ok(())
        })
        .expect("a delta");
        let [preamble, chunk] = stored.as_slice() else { panic!("a preamble and one chunk") };
        let map = Map::decode(preamble, &old.as_slice(), new.len() as u64, memory).expect("a map");
        assert!(map.layout.modes.iter().any(|mode| matches!(mode, Mode::Rows { .. })));
        let mut out = Vec::new();
        let len = new.len() as u64;
        Decoder::new(memory).decode(&map, &old.as_slice(), 0, chunk, len, &mut out).expect("the image");
        assert!(out == new);
        let size = preamble.len() + chunk.len();
        assert!(size < 700, "{} {}", preamble.len(), chunk.len());
    }
}
