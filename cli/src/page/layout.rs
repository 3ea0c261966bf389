//! The lines of the page: headings, fields, quotations and columns, wrapped to its width.
//!
//! There are three forms, so that a reader always knows which text comes from the tool. The verdict and headings
//! begin in the first column; fields are indented; every line that is quoted from the package is marked with a
//! gutter.

use super::prose::prose;
use crate::colours::{BOLD, DIM};
use anstyle::Style;
use pkg_format::lang::Lang;
use pkg_format::{Digest, Localized, Manifest};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Where the values of fields begin.
const VALUE: usize = 16;
/// How many entries of a list are shown, how many lines of one text, and how many where it is one
/// of many.
const ENTRIES: usize = 8;
const LINES: usize = 40;
const LINES_UNDER: usize = 10;

/// Styles a few words of the tool's own, each by itself, so that no style crosses a line end.
pub(super) fn paint(style: Style, text: &str) -> String {
    text.split(' ').map(|word| format!("{style}{word}{style:#}")).collect::<Vec<_>>().join(" ")
}

/// The entries to show and how many stay folded; never just one.
pub(super) fn fold<T>(entries: &[T]) -> (&[T], usize) {
    match entries.len() {
        n if n <= ENTRIES + 1 => (entries, 0),
        n => (entries.get(..ENTRIES).unwrap_or_default(), n - ENTRIES),
    }
}

/// A list in a sentence, folded.
pub(super) fn list<T: ToString>(entries: &[T]) -> String {
    let (shown, folded) = fold(entries);
    let mut text = shown.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
    if folded > 0 {
        text.push_str(&format!(", … and {folded} more (--json shows all)"));
    }
    text
}

/// What is written so far.
pub(super) struct Sheet<'a> {
    width: usize,
    /// The verdict in a word or two: every heading bears it.
    mark: (Style, &'static str),
    /// The language that was asked for.
    lang: Option<&'a Lang>,
    /// The language that most texts are in: texts in another one say so.
    shown: Option<&'a Lang>,
    text: String,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(
        width: usize,
        mark: (Style, &'static str),
        lang: Option<&'a Lang>,
        manifest: Option<&'a Manifest>,
    ) -> Self {
        let advisory = manifest.and_then(|m| m.advice().0).and_then(|a| a.best(lang));
        let shown = advisory.map(|(found, _)| found).or(lang);
        Sheet { width, mark, lang, shown, text: String::new() }
    }

    pub(super) fn lang(&self) -> Option<&'a Lang> {
        self.lang
    }

    pub(super) fn done(self) -> String {
        self.text
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// Wraps `text`; the first line begins with `first`, the others with `rest`.
    fn wrap(&self, first: &str, rest: &str, text: &str) -> Vec<String> {
        let options = Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(true);
        textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
    }

    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        for line in self.wrap(first, rest, text) {
            self.line(&line);
        }
    }

    /// The verdict: the first line of the page.
    pub(super) fn verdict(&mut self, style: Style, word: &str, why: &str) {
        self.wrapped("", "  ", &format!("{}: {why}", paint(style, word)));
    }

    /// Begins a section. The title is the tool's own.
    pub(super) fn head(&mut self, title: &str) {
        let (style, mark) = self.mark;
        let room = self.width.saturating_sub(display_width(mark) + 3);
        let title: String = title.chars().take(room).collect();
        let rule = "─".repeat(1 + room.saturating_sub(display_width(&title)));
        self.line("");
        self.line(&format!("{BOLD}{title}{BOLD:#} {DIM}{rule}{DIM:#} {}", paint(style, mark)));
    }

    fn label(label: &str) -> String {
        let gap = VALUE.saturating_sub(2 + display_width(label)).max(1);
        format!("  {DIM}{label}{DIM:#}{}", " ".repeat(gap))
    }

    /// A field: what the tool says.
    pub(super) fn field(&mut self, label: &str, value: &str) {
        self.wrapped(&Self::label(label), &" ".repeat(VALUE), value);
    }

    /// A field that may be absent.
    pub(super) fn maybe<T>(&mut self, label: &str, value: Option<T>, text: impl FnOnce(T) -> String) {
        if let Some(value) = value {
            self.field(label, &text(value));
        }
    }

    /// References in full, one a line.
    pub(super) fn digests(&mut self, label: &str, refs: &[Digest]) {
        let (shown, folded) = fold(refs);
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        for (label, digest) in labels.zip(shown) {
            self.field(label, &digest.to_string());
        }
        if folded > 0 {
            self.field("", &format!("… and {folded} more (--json shows all)"));
        }
    }

    /// A line of a list.
    pub(super) fn item(&mut self, text: &str) {
        self.wrapped("  ", "      ", text);
    }

    /// What the tool says about the line above.
    pub(super) fn under(&mut self, text: &str) {
        if !text.is_empty() {
            self.wrapped("    ", "      ", text);
        }
    }

    /// How many entries of a list are not shown.
    pub(super) fn folded(&mut self, count: usize) {
        if count > 0 {
            self.item(&format!("… and {count} more (--json shows all)"));
        }
    }

    /// A text quoted from the package.
    pub(super) fn quote(&mut self, label: &str, text: &str) {
        self.quotation(&Self::label(label), VALUE, text, LINES);
    }

    /// A text quoted in the language that was asked for, or the next best.
    pub(super) fn texts(&mut self, label: &str, texts: &Localized) {
        let text = self.best(texts);
        self.quote(label, &text);
    }

    /// A quotation about the line above.
    pub(super) fn texts_under(&mut self, label: &str, texts: &Localized) {
        let text = self.best(texts);
        self.quote_under(label, &text);
    }

    /// A quotation of one text about the line above; the label is the tool's own.
    pub(super) fn quote_under(&mut self, label: &str, text: &str) {
        let label = if label.is_empty() { "    ".into() } else { format!("    {label} ") };
        self.quotation(&label, label.len(), text, LINES_UNDER);
    }

    fn best(&self, texts: &Localized) -> String {
        match (texts.best(self.lang), self.shown) {
            (Some((found, text)), Some(shown)) if found.primary() != shown.primary() => {
                format!("({found}) {}", text.as_str())
            }
            (Some((_, text)), _) => text.as_str().into(),
            (None, _) => String::new(),
        }
    }

    fn quotation(&mut self, label: &str, column: usize, text: &str, most: usize) {
        let gutter = format!("{DIM}│{DIM:#} ");
        let rest = format!("{}{gutter}", " ".repeat(column));
        let mut lines = Vec::new();
        for line in prose(text).lines() {
            match line.trim().is_empty() {
                true => lines.push(rest.clone()),
                false => lines.extend(self.wrap(&rest, &rest, line)),
            }
        }
        let more = if lines.len() > most + 1 { lines.split_off(most).len() } else { 0 };
        if let Some(first) = lines.first_mut() {
            *first = format!("{label}{}", first.get(column..).unwrap_or_default());
        }
        for line in lines {
            self.line(&line);
        }
        if more > 0 {
            let indent = " ".repeat(column);
            self.wrapped(&indent, &indent, &format!("… and {more} more lines (--json shows all)"));
        }
    }

    /// Aligns cells to columns; those that `right` names stand to the right. Rows that would be
    /// wider than the page are not aligned.
    pub(super) fn columns(&self, rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            rows.iter().filter_map(|r| r.get(column)).map(|c| display_width(c)).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..count).map(widest).collect();
        if widths.iter().map(|w| w + 2).sum::<usize>() > self.width {
            let filled = |row: &Vec<String>| {
                row.iter().filter(|c| !c.is_empty()).cloned().collect::<Vec<_>>().join("  ")
            };
            return rows.iter().map(filled).collect();
        }
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let gap = " ".repeat(width.saturating_sub(display_width(cell)));
                if right.contains(&column) { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
            });
            cells.collect::<Vec<_>>().join("  ")
        };
        rows.iter().map(line).collect()
    }

    /// A table, the first row its heads.
    pub(super) fn table(&mut self, mut rows: Vec<Vec<String>>, right: &[usize]) {
        for head in rows.first_mut().into_iter().flatten() {
            *head = paint(DIM, head);
        }
        for line in self.columns(&rows, right) {
            self.item(&line);
        }
    }

    /// A free text of one line from the package.
    pub(super) fn label_text(&mut self, label: &str, text: Option<&pkg_format::Label>) {
        if let Some(text) = text {
            self.quote(label, text.as_str());
        }
    }
}
