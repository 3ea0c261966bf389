//! Trial: what a layout is worth, page by page of the image.

use super::PAGE;
use crate::delta::copied::{BLOCK, units};
use crate::delta::machine::SIGHT;
use crate::delta::map::Map;
use crate::delta::predict::{Part, Predictor, Window};

/// Image bytes after which everything learned is forgotten, as in a chunk.
const CHUNK: usize = 4 << 20;

/// How many bytes of each page are not as they are predicted. What is fresh does not count, nor do pages that `worth`
/// says nothing of.
pub(super) fn misses(base: &[u8], image: &[u8], map: &Map, worth: &[u32]) -> Vec<u32> {
    let mut misses = vec![0; image.len().div_ceil(PAGE)];
    let mut predictor = Predictor::new(0);
    let mut window = vec![0; 0];
    let mut last = usize::MAX;
    for stretch in map.from(0) {
        let Some(old) = stretch.old else { continue };
        let (mut at, end) = (stretch.new as usize, (stretch.new + stretch.len) as usize);
        let shift = old as i64 - stretch.new as i64;
        while at < end {
            if at / CHUNK != last {
                last = at / CHUNK;
                predictor.reset(map, at as u64);
            }
            let to = end.min((at / PAGE + 1) * PAGE);
            if worth.get(at / PAGE) == Some(&0) {
                at = to;
                continue;
            }
            let part = Part { start: at, end: to, image: 0, shift };
            let from = (at as i64 + shift) as usize;
            let margins = from.saturating_sub(SIGHT)..(from + to - at + SIGHT).min(base.len());
            // Small copies of the base with zeros around it where it ends; large ones as they are.
            let missing = SIGHT - (from - margins.start);
            window.clear();
            window.resize(missing, 0);
            window.extend_from_slice(&base[margins]);
            window.resize(to - at + 2 * SIGHT, 0);
            let window = Window { bytes: &window, margin: SIGHT, from: at };
            predictor.part(map, part, image);
            for (from, to) in units(at, to) {
                predictor.unit(window, part, from, to);
                let mut block = from;
                while block < to {
                    let end = to.min(block / BLOCK * BLOCK + BLOCK);
                    predictor.block(map, window, part, image, block, end);
                    block = end;
                }
                let predicted = predictor.predicted(from, to);
                for (k, (a, b)) in predicted.own().iter().zip(&image[from..to]).enumerate() {
                    misses[(from + k) / PAGE] += u32::from(a != b);
                }
            }
            at = to;
        }
    }
    misses
}
