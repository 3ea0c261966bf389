//! The characters that no text may have, whoever wrote it.

/// The characters that verifiers refuse in every text (SPEC 6.2): fixed ranges, so that an old
/// device never refuses a new script. Line feed is among them; texts of several lines let it pass.
pub const FORBIDDEN: &[core::ops::RangeInclusive<u32>] = &[
    0x00..=0x1f,         // C0 controls
    0x7f..=0x9f,         // delete and C1 controls
    0xad..=0xad,         // soft hyphen: invisible
    0x61c..=0x61c,       // Arabic letter mark: bidirectional control
    0x115f..=0x1160,     // Hangul fillers: invisible
    0x17b4..=0x17b5,     // Khmer inherent vowels: invisible
    0x180b..=0x180f,     // Mongolian separators: invisible
    0x200b..=0x200f,     // zero width, left-to-right and right-to-left marks
    0x2028..=0x202e,     // line and paragraph separators, bidirectional embeddings
    0x2060..=0x206f,     // word joiner, invisible operators, bidirectional isolates
    0x3164..=0x3164,     // Hangul filler: invisible
    0xfe00..=0xfe0e,     // variation selectors but for emoji
    0xfeff..=0xfeff,     // byte order mark
    0xffa0..=0xffa0,     // halfwidth Hangul filler: invisible
    0xfff0..=0xffff,     // specials: annotations, replacement, noncharacters
    0xe0000..=0xe0fff,   // tags and variation selectors supplement
    0xf0000..=0x10_ffff, // private use planes
];

/// Whether verifiers refuse this character in text.
pub fn is_forbidden(c: char) -> bool {
    FORBIDDEN.iter().any(|range| range.contains(&u32::from(c)))
}
