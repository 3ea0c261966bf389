//! Values as TOML writes them.

/// A length of time with its unit, as a description has it.
pub(super) fn length(seconds: u64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("\"{}d\"", s / 86_400),
        s if s % 3_600 == 0 => format!("\"{}h\"", s / 3_600),
        s => format!("\"{s}s\""),
    }
}
