//! The colours of everything that `pkg` prints: its messages, and its pages for people. `--color` decides whether
//! they are written.

use anstyle::{AnsiColor, Style};

/// Errors, and what must not be overlooked.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Good news: what is verified, added or in order.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// Rules, gutters and the names of fields.
pub(crate) const DIM: Style = Style::new().dimmed();
