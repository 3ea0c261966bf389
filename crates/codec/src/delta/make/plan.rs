//! What is known of the contents of both images: spaces, modes and regions, as the encoder finds them.

use super::builder::Builder;
use super::bytes::find;
use super::elf::{self, Elf};
use super::{EncodeOptions, btf, pe, raw};
use crate::Error;
use crate::delta::Stretch;
use crate::delta::map::Map;

/// Finds out what both images contain. `map` is a first alignment.
pub(super) fn plan(
    base: &[u8],
    image: &[u8],
    map: &Map,
    options: &EncodeOptions<'_>,
) -> Result<Builder, Error> {
    let mut plan = Builder::default();
    let (old, new) = (elves(base), elves(image));
    for file in &new {
        if let Some(like) = partner(&old, file, map) {
            elf::add(&mut plan, like, file);
        }
    }
    pe::add(&mut plan, base, image);
    plan.order();
    let known: usize = plan.image.iter().map(|found| found.range.len()).sum();
    // An image without a header is looked at as a whole.
    if known < image.len() / 8 && image.len() < (256 << 20) {
        plan = raw::plan(base, image, map, options)?;
        plan.order();
    }
    btf::add(&mut plan, base, image);
    Ok(if plan.is_sound() { plan } else { Builder::default() })
}

/// The linked ELF files of an image, in order and apart.
fn elves(image: &[u8]) -> Vec<Elf> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(found) = find(image, b"\x7fELF", at) {
        at = found + 4;
        if let Some(file) = Elf::read(image, found) {
            at = at.max(file.range.end);
            all.push(file);
        }
    }
    all
}

/// The file of the base that most of a file's copies come from.
fn partner<'e>(old: &'e [Elf], new: &Elf, map: &Map) -> Option<&'e Elf> {
    let mut votes = vec![0u64; old.len()];
    let end = new.range.end as u64;
    for Stretch { new: at, len, old: place } in map.from(new.range.start as u64).take_while(|s| s.new < end) {
        let Some(place) = place else { continue };
        let to = (at + len).min(end) - at;
        let from = old.partition_point(|file| file.range.end as u64 <= place);
        for (file, votes) in old.iter().zip(&mut votes).skip(from) {
            if file.range.start as u64 >= place + to {
                break;
            }
            *votes += (file.range.end as u64).min(place + to) - (file.range.start as u64).max(place);
        }
    }
    let (best, votes) = votes.iter().enumerate().max_by_key(|(_, votes)| **votes)?;
    if *votes > 0 { old.get(best) } else { None }
}
