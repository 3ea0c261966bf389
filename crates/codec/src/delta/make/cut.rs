//! Where chunks end: each takes a decoder about as long as the others, so that one with two cores keeps both busy.

use super::super::map::Map;
use std::ops::Range;

/// Image bytes whose time is counted together; chunks end where such a page ends.
pub(super) const PAGE: usize = 4 << 10;

/// What decoding takes, in nanoseconds, as measured: for a byte, one that is predicted, one that differs, and a
/// stretch.
const BYTE: u64 = 1;
const PREDICTED: u64 = 4;
const DIFFERS: u64 = 700;
const STRETCH: u64 = 500;

/// Nanoseconds for which another chunk is worth it. Each learns anew, which costs some hundred bytes, so [`ENOUGH`] do
/// where the image is not so large that it needs more.
const WORTH: u64 = 150_000_000;
const ENOUGH: u64 = 4;

/// Cuts the image into chunks that take about the same time, of at most `most` bytes. `work` says how many bytes of
/// each page differ; fresh ones count half.
pub(super) fn cut(map: &Map, work: &[u32], image: u64, most: u64) -> Vec<Range<u64>> {
    let pages = times(map, work);
    let mut rest: u64 = pages.iter().sum();
    let mut chunks = image.div_ceil(most).max(rest.div_ceil(WORTH).min(ENOUGH));
    let (mut cuts, mut start, mut time) = (Vec::new(), 0, 0);
    for (n, page) in pages.iter().enumerate() {
        let end = image.min(((n + 1) * PAGE) as u64);
        time += page;
        // Its share of what is left, if the other chunks can hold what is left.
        let shared = chunks > 1 && time * chunks >= rest && image - end <= (chunks - 1) * most;
        if shared || end - start >= most || end == image {
            cuts.push(start..end);
            (start, rest, chunks) = (end, rest - time, (chunks - 1).max(1));
            time = 0;
        }
    }
    cuts
}

/// What each page takes to decode.
fn times(map: &Map, work: &[u32]) -> Vec<u64> {
    let time = |work: &u32| u64::from(*work) * DIFFERS + PAGE as u64 * BYTE;
    let mut pages: Vec<u64> = work.iter().map(time).collect();
    let page = |at: u64| (at / PAGE as u64) as usize;
    for stretch in map.from(0) {
        if let Some(page) = pages.get_mut(page(stretch.new)) {
            *page += STRETCH;
        }
    }
    for region in &map.layout.regions {
        for (n, page) in pages.iter_mut().enumerate().take(page(region.end) + 1).skip(page(region.start)) {
            let (from, to) = ((n * PAGE) as u64, ((n + 1) * PAGE) as u64);
            *page += region.end.min(to).saturating_sub(region.start.max(from)) * PREDICTED;
        }
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::Stretch;
    use crate::delta::layout::{Layout, Mode, Region};

    const MOST: u64 = 4 << 20;

    /// The lengths of chunks, in pages, of an image in one stretch.
    fn lengths(work: &[u32], layout: Layout, short: u64) -> Vec<u64> {
        let page = PAGE as u64;
        let image = work.len() as u64 * page - short;
        let map = Map::new(vec![Stretch { new: 0, len: image, old: Some(0) }], layout, 0);
        let cuts = cut(&map, work, image, MOST);
        assert!(cuts.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(cuts.last().map_or(0, |last| last.end), image);
        cuts.iter().map(|cut| (cut.end - cut.start).div_ceil(page)).collect()
    }

    #[test]
    fn chunks_are_bounded_and_take_about_the_same_time() {
        let none = Layout::default;
        assert_eq!(lengths(&[], none(), 0), []);
        assert_eq!(lengths(&[0], none(), PAGE as u64 - 1), [1]);
        // What is large, but quickly done.
        let most = MOST / PAGE as u64;
        assert_eq!(lengths(&vec![0; 3 * most as usize], none(), 5), [most; 3]);
        assert_eq!(lengths(&vec![0; 2 * most as usize + 30], none(), 0).len(), 3);
        // What is small, but takes long.
        let half = lengths(&[[4_000; 60], [0; 60]].concat(), none(), 0);
        assert_eq!(half, [31, 89]);
        assert_eq!(lengths(&vec![4_000; 1000], none(), 0), [250; 4]);
        // Where all the time goes to one end, no chunk may be larger for it.
        let mut end = vec![0; 2 * most as usize];
        end[0] = 90_000;
        assert_eq!(lengths(&end, none(), 0), [most; 2]);
    }

    #[test]
    fn what_is_predicted_takes_longer() {
        let most = MOST as usize / PAGE;
        let half = (most * PAGE / 2) as u64;
        let layout = Layout {
            spaces: Vec::new(),
            modes: vec![Mode::Records { stride: 8, columns: Vec::new() }],
            regions: vec![Region { start: half, end: 2 * half - 100, mode: 0 }],
        };
        let quick = lengths(&vec![0; most + 400], Layout::default(), 0);
        let cuts = lengths(&vec![0; most + 400], layout, 0);
        assert_eq!(quick, [712, 712]);
        assert!(cuts[0] > 740 && cuts[0] < 800, "{cuts:?}");
    }
}
