//! Progress of long work: a bar on a terminal; lines or JSON lines on request; otherwise nothing.

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::PoisonError;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    /// A bar on a terminal, otherwise nothing
    Auto,
    /// Lines of text
    Plain,
    /// Lines of JSON
    Json,
    /// No progress
    None,
}

#[derive(clap::Args)]
pub(crate) struct ProgressArgs {
    /// How to show progress
    #[arg(long, value_enum, default_value_t = Mode::Auto, value_name = "HOW", help_heading = "Output")]
    pub(crate) progress: Mode,
}

/// The progress of one piece of work, counted in bytes. Threads may share it.
pub(crate) struct Progress {
    what: String,
    total: u64,
    shown: Preview,
}

enum Preview {
    Nothing,
    Bar(ProgressBar),
    /// Bytes done, and the last percentage that was shown.
    Lines(Mode, Mutex<(u64, u64)>),
}

impl Progress {
    pub(crate) fn new(mode: Mode, what: &str, total: u64) -> Self {
        let shown = match mode {
            Mode::Auto if std::io::stderr().is_terminal() => {
                let style = ProgressStyle::with_template(template(crate::out::columns().unwrap_or(80)));
                let style = style.unwrap_or(ProgressStyle::default_bar());
                let bar = ProgressBar::new(total)
                    .with_style(style.progress_chars("━╸ "))
                    .with_prefix(what.to_owned());
                Preview::Bar(bar)
            }
            Mode::Auto | Mode::None => Preview::Nothing,
            mode => Preview::Lines(mode, Mutex::new((0, 0))),
        };
        Progress { what: what.into(), total, shown }
    }

    pub(crate) fn advance(&self, bytes: u64) {
        match &self.shown {
            Preview::Nothing => {}
            Preview::Bar(bar) => bar.inc(bytes),
            Preview::Lines(mode, state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.0 = state.0.saturating_add(bytes);
                let percent = state.0.saturating_mul(100).checked_div(self.total).unwrap_or(100).min(100);
                // One line for every 10 %, which is enough for a log.
                if percent / 10 > state.1 / 10 {
                    state.1 = percent;
                    self.line(*mode, state.0, percent);
                }
            }
        }
    }

    fn line(&self, mode: Mode, done: u64, percent: u64) {
        match mode {
            Mode::Json => eprintln!(
                "{}",
                serde_json::json!({"what": self.what, "done": done, "total": self.total, "percent": percent})
            ),
            _ => eprintln!("{}: {percent} % ({done} of {} bytes)", self.what, self.total),
        }
    }
}

/// What the bar shows: as much as fits into so many columns. The name is cut, the bar takes what is left; the figures
/// take 46 columns at most.
fn template(columns: usize) -> &'static str {
    match columns {
        0..48 => "{percent:>3}% {eta}",
        48..76 => "{prefix:.20!} {wide_bar} {percent:>3}% {eta}",
        _ => {
            "{prefix:.24!} {wide_bar} {percent:>3}% {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}"
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Preview::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
