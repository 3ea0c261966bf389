//! Tables of plain text, as `pkg explain` and `pkg build` print them.

use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// How wide a page is, and the gap between columns.
const WIDTH: usize = 80;
const GAP: usize = 2;

/// The rows with their columns aligned; the first row holds the heads.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    aligned(rows, &widths(rows, UnicodeWidthStr::width))
}

/// The same, but if it does not fit a page, the widest columns are wrapped between words.
pub(crate) fn wrapped(rows: &[Vec<String>]) -> String {
    let mut widths = widths(rows, UnicodeWidthStr::width);
    let words = self::widths(rows, |cell| cell.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0));
    loop {
        let all = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        let can = widths.iter_mut().zip(&words).filter(|(width, word)| **width > **word);
        let Some((width, word)) = can.max_by_key(|(width, _)| **width).filter(|_| all > WIDTH) else { break };
        *width = width.saturating_sub(all - WIDTH).max(*word);
    }
    aligned(rows, &widths)
}

/// The width of each column: that of its widest cell.
fn widths(rows: &[Vec<String>], width: impl Fn(&str) -> usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |n: usize| rows.iter().filter_map(|r| r.get(n)).map(|cell| width(cell)).max().unwrap_or(0);
    (0..columns).map(column).collect()
}

/// The rows in columns of those widths.
fn aligned(rows: &[Vec<String>], widths: &[usize]) -> String {
    let mut out = String::new();
    for row in rows {
        let cells: Vec<Vec<String>> =
            row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        for nth in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(widths) {
                let part = cell.get(nth).map_or("", String::as_str);
                line.push_str(part);
                line.push_str(&" ".repeat(width - part.width() + GAP));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

/// A cell in lines of that width. No word is longer.
fn wrap(cell: &str, width: usize) -> Vec<String> {
    if cell.width() <= width {
        return vec![cell.to_owned()];
    }
    let options = Options::new(width)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(cell, options).into_iter().map(|line| line.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(String::from).to_vec()).collect()
    }

    #[test]
    fn what_fits_has_one_line_a_row() {
        let text = table(&rows(&[["key", "label", ""], ["12ab", "release one", "REVOKED"], ["3", "", ""]]));
        assert_eq!(text, "key   label\n12ab  release one  REVOKED\n3\n");
    }

    #[test]
    fn what_is_wider_is_wrapped_between_words_under_its_head() {
        let bound = ["acme/cam"; 9].join(", ");
        let text = wrapped(&rows(&[["key", "bound to", ""], ["12ab", &bound, "REVOKED"]]));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() == 3 && lines.iter().all(|line| line.width() <= WIDTH), "{text}");
        assert!(lines[1].starts_with("12ab  acme/cam, ") && lines[1].ends_with("  REVOKED"), "{text}");
        assert!(lines[2].starts_with("      acme/cam, "), "{text}");
        assert_eq!(text.matches("acme/cam").count(), 9);
        assert_eq!(table(&rows(&[["a", &bound, "b"]])).lines().count(), 1);
    }

    #[test]
    fn a_long_word_stays_whole() {
        let path = "a/".repeat(60);
        let text = wrapped(&rows(&[["file", "what it is", ""], [&path, "x", "y"]]));
        assert_eq!(
            text.lines().map(|line| line.contains(&path)).collect::<Vec<_>>(),
            [false, false, false, true]
        );
        assert!(text.ends_with("  x     y\n"), "{text}");
    }
}
