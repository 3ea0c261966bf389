//! Vectors with tables of types, which are told in rows and in strings.

use super::super::{DeltaVector, noise, tables};
use super::{vector, words};
use pkg_codec::delta::Stretch;
use pkg_codec::delta::parts::{Layout, Mode, Piece, Region, Space};
use pkg_format::Rule;
use std::collections::BTreeMap;

/// Strings, and rows of types that name them and each other: every kind of row, with or without what is inserted. Gives
/// where the rows begin.
fn types(all: bool) -> (Vec<u8>, usize) {
    const COUNT: usize = 120;
    let random: Vec<i64> = noise(COUNT * 8, 5).into_iter().map(i64::from).collect();
    let inserted = |n: usize| n % 5 == 3;
    // Where the name of each type is, and its number.
    let (mut strings, mut names, mut numbers) = (vec![0], Vec::new(), Vec::new());
    for n in 0..COUNT {
        names.push(strings.len() as i64);
        numbers.push(
            1 + numbers.len() as i64 - if all { 0 } else { (0..n).filter(|n| inserted(*n)).count() as i64 },
        );
        if all || !inserted(n) {
            strings.extend(format!("name_of_{n}\0").bytes());
        }
    }
    strings.resize(strings.len().next_multiple_of(4), 0);
    let kept = |x: i64| if inserted(x as usize % COUNT) { 0 } else { x as usize % COUNT };
    let (start, mut bytes) = (strings.len(), strings);
    for (n, x) in random.chunks(8).enumerate().filter(|(n, _)| all || !inserted(*n)) {
        let (kind, name, other) = (1 + n as i64 % 19, names[n], kept(x[0]));
        let (text, number) = (names[kept(x[1])], numbers[kept(x[2])]);
        let group = match kind {
            1 | 14 | 17 => vec![x[3]],
            3 => vec![number, 1, x[3]],
            4 | 5 => vec![text, number, x[3], names[other], numbers[other], x[4]],
            6 => vec![text, x[3], names[other], x[4]],
            13 => vec![text, number, names[other], numbers[other]],
            15 => vec![number, x[3], 4, numbers[other], x[4], 8],
            19 => vec![text, x[3], 0, names[other], x[4], 1],
            _ => Vec::new(),
        };
        let named = if matches!(kind, 2 | 8..=14 | 17 | 18) { numbers[other] } else { 4 * x[5] };
        bytes.extend(words(&[name, kind << 24 | 2, named]));
        bytes.extend(words(&group));
    }
    (bytes, start)
}

/// The vector of rows of types, whose layout is changed.
fn type_rows(description: &str, change: &dyn Fn(&mut Layout)) -> DeltaVector {
    let ((base, old), (image, new)) = (types(false), types(true));
    let strings = |bytes: &[u8], end: usize| {
        debug_assert!(bytes.len() > end);
        vec![Piece { value: 0, offset: 0, len: end as i64 }]
    };
    let mut stretches = vec![Stretch { new: 0, len: old as u64, old: Some(0) }];
    stretches.push(Stretch { new: old as u64, len: (new - old) as u64, old: None });
    let same = (base.len() - old) as u64;
    stretches.push(Stretch { new: new as u64, len: same, old: Some(old as u64) });
    stretches.push(Stretch {
        new: new as u64 + same,
        len: image.len() as u64 - new as u64 - same,
        old: None,
    });
    let mut layout = Layout {
        spaces: vec![Space { scale: 1, base: strings(&base, old), image: strings(&image, new) }],
        modes: vec![Mode::Rows { strings: 0, start: old as u64, len: same }],
        regions: vec![Region { start: new as u64, end: image.len() as u64, mode: 0 }],
    };
    change(&mut layout);
    vector(description, (&base, &image), &stretches, (layout, 5), usize::MAX)
}

/// A table of types with its strings behind it, as a kernel has them.
struct Table {
    bytes: Vec<u8>,
    /// Where the strings begin.
    strings: usize,
    /// Where the row of each type is, and where it ends.
    rows: BTreeMap<i64, (usize, usize)>,
    /// Where each string is.
    names: BTreeMap<String, usize>,
}

/// Bytes before the rows. They are no words, so that words lie across places where predictions begin anew.
const HEADER: usize = 26;

/// The table of these types, in this order. Types name others, whose number is 0 if they are not there, and share names.
fn table(order: &[i64]) -> Table {
    let numbers: BTreeMap<i64, i64> = order.iter().copied().zip(1..).collect();
    let number = |n: i64| numbers.get(&n).copied().unwrap_or(0);
    let (mut strings, mut names) = (vec![0u8], BTreeMap::new());
    let mut name = |name: String| {
        let at = *names.entry(name.clone()).or_insert(strings.len());
        if at == strings.len() {
            strings.extend(name.bytes().chain([0]));
        }
        at as i64
    };
    let (mut bytes, mut rows) = (noise(HEADER, 7), BTreeMap::new());
    for n in order {
        let start = bytes.len();
        let row = match n % 4 {
            0 => vec![name(format!("size_{n}")), 1 << 24, 4, 32],
            1 => vec![0, 2 << 24, number(n * 7 % 60)],
            _ => {
                let own = name(format!("record_{n}"));
                let mut row = vec![own, 4 << 24 | 2, 16];
                for k in 1..3 {
                    row.extend([name(format!("member_{}", n * k % 40)), number(n * 3 * k % 60), 64 * k]);
                }
                row
            }
        };
        bytes.extend(words(&row));
        rows.insert(*n, (start, bytes.len()));
    }
    let at = bytes.len();
    bytes.extend(&strings);
    bytes.extend(noise(9, 8));
    let names = names.into_iter().map(|(name, place)| (name, at + place)).collect();
    Table { bytes, strings: at, rows, names }
}

/// A table whose rows and strings are in another order, with types that are new and types that are gone. `regions` says
/// whether the layout has a region.
fn ordered(description: &str, regions: bool) -> DeltaVector {
    let old = table(&(0..100).collect::<Vec<_>>());
    // Parts of the table in turns, some types at a time.
    let turns =
        (0..5).flat_map(|k| [k * 8..k * 8 + 8, 50 + k * 9..50 + k * 9 + 9, 40 + k * 2..40 + k * 2 + 2]);
    let gone = [14, 15, 22, 54, 55, 78];
    let mut order: Vec<i64> = turns.flatten().filter(|n| !gone.contains(n)).collect();
    order.splice(20..20, 100..103);
    order.splice(60..60, 103..104);
    let new = table(&order);
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut push = |at: usize, len: usize, old: Option<usize>| {
        let goes_on = |last: &&mut Stretch| match (last.old, old) {
            // Rows and strings are told apart.
            _ if at == new.strings || at == HEADER => false,
            (Some(from), Some(old)) => from + last.len == old as u64,
            (None, None) => true,
            _ => false,
        };
        match stretches.last_mut().filter(goes_on) {
            Some(last) => last.len += len as u64,
            None => {
                stretches.push(Stretch { new: at as u64, len: len as u64, old: old.map(|old| old as u64) })
            }
        }
    };
    push(0, HEADER, Some(0));
    for n in &order {
        let (start, end) = new.rows[n];
        push(start, end - start, old.rows.get(n).map(|(start, _)| *start));
    }
    let mut names: Vec<_> = new.names.iter().map(|(name, at)| (*at, name)).collect();
    names.sort_unstable();
    push(new.strings, 1, Some(old.strings));
    for (at, name) in names {
        push(at, name.len() + 1, old.names.get(name).copied());
    }
    let tail = new.bytes.len() - 9;
    push(tail, 9, Some(old.bytes.len() - 9));
    // A copy that is told in bytes, since it goes on inside a row.
    let long = stretches.iter().position(|s| s.new > 600 && s.len > 200 && s.old.is_some()).unwrap_or(0);
    let Stretch { new: at, len, old: from } = stretches[long];
    stretches[long].len = 53;
    stretches.insert(long + 1, Stretch { new: at + 53, len: len - 53, old: from.map(|from| from + 53) });
    let strings = |table: &Table| {
        let len = table.bytes.len() - 9 - table.strings;
        vec![Piece { value: 0, offset: table.strings as i64, len: len as i64 }]
    };
    let rows = |table: &Table| (HEADER as u64, table.strings as u64);
    let mut layout = Layout {
        spaces: vec![Space { scale: 1, base: strings(&old), image: strings(&new) }],
        modes: vec![Mode::Rows { strings: 0, start: rows(&old).0, len: rows(&old).1 - rows(&old).0 }],
        regions: vec![Region { start: rows(&new).0, end: rows(&new).1, mode: 0 }],
    };
    if !regions {
        layout.regions.clear();
    }
    vector(description, (&old.bytes, &new.bytes), &stretches, (layout, 5), 1500)
}

/// Adds the vectors.
pub(super) fn all(all: &mut BTreeMap<&'static str, DeltaVector>) {
    let whole = type_rows("rows of types", &|_| ());
    let refused = |rule, vector: DeltaVector| DeltaVector { expect: Err(rule), ..vector };
    let mut cut = type_rows("rows that reach outside the base", &|_| ());
    cut.base.pop();
    all.insert("dlt-3-rows", refused(Rule::Dlt3, cut));
    let mut little = type_rows("memory for the mode of rows, and one byte less than its rows take", &|_| ());
    let (image, stored) = little.chunks.first().map_or((0, 0), |(len, stored)| (*len, stored.len() as u64));
    let preamble = little.preamble.len() as u64;
    let tables = tables(5);
    let strings = types(false).1 as u64;
    let words = little.base.len() as u64 - strings;
    let rows = words / 16 + 4 * (words / 1024) + 8 * (strings / 64) + 12_305;
    let layout = 64 + 2 * 24 + 48 + rows;
    little.memory = image + stored.max(preamble) + preamble + tables + layout - 1;
    all.insert("dlt-6-rows", refused(Rule::Dlt6, little));
    let pieces = type_rows("a space of seventeen pieces", &|layout| {
        layout.spaces[0].base = vec![layout.spaces[0].base[0]; 17];
    });
    all.insert("dlt-6-pieces", refused(Rule::Dlt6, pieces));
    let many = type_rows("a ninth mode of rows", &|layout| {
        layout.modes = vec![layout.modes[0].clone(); 9];
    });
    all.insert("dlt-2-tables", refused(Rule::Dlt2, many));
    all.insert("rows", whole);
    let description = "rows in another order, and their strings in the order of their first use";
    all.insert("rows-in-order", ordered(description, true));
    let description = "the same with a mode of rows that has no region, only strings";
    all.insert("rows-without-region", ordered(description, false));
}
