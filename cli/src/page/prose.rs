//! Text from a package, made harmless for a terminal.

use crate::out::escape;
use unicode_width::UnicodeWidthChar as _;

/// How many combining marks one character may have; no script needs more.
const MARKS: usize = 6;

/// Variation selector 16.
const EMOJI: char = '\u{fe0f}';

/// Text from outside that may have several lines, without anything that acts on a terminal: what
/// the format forbids, marks piled up without end, and the selector that makes a sign an emoji:
/// terminals differ on how wide that is, and a line that is wider than it was measured goes on in
/// the first column.
pub(super) fn prose(text: &str) -> String {
    let mut marks = 0;
    let mut out = String::new();
    for c in escape(text).chars().filter(|c| *c != EMOJI) {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if marks > MARKS { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The same for text on one line.
pub(super) fn plain(text: &str) -> String {
    prose(text).replace('\n', "\\n")
}
