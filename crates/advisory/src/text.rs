//! The page as plain text: for a mail, a terminal, a printer.

use super::bulletin::{Bulletin, Card, Fact, Section, Text};
use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// Draws it, no line wider than `width` but for words that are.
pub(super) fn render(page: &Bulletin, width: usize) -> String {
    let mut sheet = Sheet { text: String::new(), width: width.max(40) };
    if let Some(warning) = &page.unverified {
        let rule = "!".repeat(sheet.width);
        sheet.line(&rule);
        sheet.paragraph("", &warning.text);
        sheet.line(&rule);
        sheet.line("");
    }
    sheet.paragraph("", &page.kicker.text);
    sheet.line("");
    sheet.paragraph("", &page.title);
    let longest = page.title.lines().map(display_width).max().unwrap_or(0);
    sheet.line(&"=".repeat(longest.min(sheet.width)));
    if let Some((_, badge)) = &page.badge {
        sheet.paragraph("", &badge.text);
    }
    for text in
        [page.fell_back.as_ref().map(|t| t.text.as_str()), page.summary.as_deref()].into_iter().flatten()
    {
        sheet.line("");
        sheet.paragraph("", text);
    }
    for section in &page.sections {
        sheet.section(section);
    }
    sheet.text
}

struct Sheet {
    text: String,
    width: usize,
}

impl Sheet {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Wrapped, each line of it behind `indent`.
    fn paragraph(&mut self, indent: &str, text: &str) {
        self.wrapped(indent, indent, text);
    }

    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        let options = |first| {
            let options = Options::new(self.width).initial_indent(first).subsequent_indent(rest);
            options.word_splitter(WordSplitter::NoHyphenation).break_words(false)
        };
        let mut lines = Vec::new();
        for (i, line) in text.lines().enumerate() {
            lines.extend(
                textwrap::wrap(line, options(if i == 0 { first } else { rest }))
                    .into_iter()
                    .map(String::from),
            );
        }
        for line in lines {
            self.line(&line);
        }
    }

    fn section(&mut self, section: &Section) {
        self.line("");
        self.paragraph("", &section.heading.text);
        self.line(&"-".repeat(display_width(&section.heading.text).min(self.width)));
        for (i, text) in section.texts.iter().enumerate() {
            if i > 0 && !section.first {
                self.line("");
            }
            self.said("", text);
        }
        if !section.points.is_empty() && !section.texts.is_empty() {
            self.line("");
        }
        for point in &section.points {
            self.wrapped("- ", "  ", &point.text);
        }
        for (i, card) in section.cards.iter().enumerate() {
            if i > 0 {
                self.line("");
            }
            self.card(card);
        }
        let before = !section.texts.is_empty() || !section.points.is_empty();
        if !section.facts.is_empty() && before {
            self.line("");
        }
        self.facts("", &section.facts);
    }

    fn said(&mut self, indent: &str, text: &Text) {
        self.paragraph(indent, &text.text);
    }

    fn card(&mut self, card: &Card) {
        let badge = card.badge.as_ref().map(|(_, text)| format!("  {}", text.text));
        self.wrapped("* ", "  ", &format!("{}{}", card.name, badge.unwrap_or_default()));
        for alarm in &card.alarms {
            self.paragraph("  ! ", &alarm.text);
        }
        for text in &card.texts {
            self.said("  ", text);
        }
        self.facts("  ", &card.facts);
    }

    /// Names on the left, as wide as the widest, values beside them.
    fn facts(&mut self, indent: &str, facts: &[Fact]) {
        // A long name stands on a line of its own and does not push the others aside.
        let most = self.width / 3;
        let names = facts.iter().map(|f| display_width(&f.name.text));
        let widest = names.filter(|w| *w <= most).max().unwrap_or(4);
        for Fact { name, value } in facts {
            let name = &name.text;
            let gap = " ".repeat(widest.saturating_sub(display_width(name)));
            let rest = format!("{indent}{}", " ".repeat(widest + 2));
            if display_width(name) > widest {
                self.paragraph(indent, &format!("{name}:"));
                self.paragraph(&rest, &value.text);
            } else {
                self.wrapped(&format!("{indent}{name}: {gap}"), &rest, &value.text);
            }
        }
    }
}
