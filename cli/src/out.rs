//! Results go to stdout, messages to stderr; and the exit status.

use crate::colours::{ERROR, HINT, WARNING};
use crate::hint;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::Style;
use std::io::{ErrorKind, IsTerminal, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// How a command ended when nothing went wrong with doing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0
    Done,
    /// 1: something was refused, and a message has said so.
    Refused,
    /// 2: something could not be done, and a message has said so.
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Done => 0,
            Status::Refused => 1,
            Status::Failed => 2,
        })
    }
}

/// Why a command ended early.
pub(crate) struct Failure {
    status: Status,
    message: String,
    hint: Option<String>,
    /// A file, its text and the byte range of the mistake.
    place: Option<Box<(PathBuf, String, Range<usize>)>>,
    /// Failures that are reported before this one.
    before: Vec<Failure>,
}

/// What commands return.
pub(crate) type Outcome<T = Status> = Result<T, Failure>;

impl Failure {
    /// The command could not do its work.
    pub(crate) fn cannot(message: impl Into<String>) -> Self {
        Failure {
            status: Status::Failed,
            message: message.into(),
            hint: None,
            place: None,
            before: Vec::new(),
        }
    }

    /// It was refused; the message names the rule.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Failure {
            status: Status::Refused,
            message: message.into(),
            hint: None,
            place: None,
            before: Vec::new(),
        }
    }

    /// Several failures, each with its place, and what they mean together.
    pub(crate) fn several(before: Vec<Failure>, message: impl Into<String>) -> Self {
        let failed = before.iter().any(|f| f.status == Status::Failed);
        let status = if failed { Status::Failed } else { Status::Refused };
        Failure { status, message: message.into(), hint: None, place: None, before }
    }

    /// The failures one by one.
    pub(crate) fn each(&self) -> &[Failure] {
        match self.before.as_slice() {
            [] => std::slice::from_ref(self),
            several => several,
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// The hint.
    pub(crate) fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The file that it points at, with the line and column, each from 1.
    pub(crate) fn line(&self) -> Option<(&Path, usize, usize)> {
        let (path, text, place) = self.place.as_deref()?;
        let before = text.get(..place.start)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..)?.chars().count() + 1;
        Some((path, before.matches('\n').count() + 1, column))
    }

    /// The message, for callers that continue after the failure.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Points at a place in a file.
    pub(crate) fn at(mut self, path: &Path, text: &str, place: Range<usize>) -> Self {
        self.place = Some(Box::new((path.to_path_buf(), text.to_owned(), place)));
        self
    }

    /// A file that could not be read or written.
    pub(crate) fn file(action: &str, path: &Path, error: &std::io::Error) -> Self {
        let hint = hint::io(action, error);
        Failure::cannot(format!("cannot {action} {}: {}", shown(path), reason(error))).maybe_hint(hint)
    }

    /// Prints the error and the hint.
    pub(crate) fn report(mut self) -> ExitCode {
        let mut before = std::mem::take(&mut self.before).into_iter().peekable();
        while let Some(mut failure) = before.next() {
            // What helps against several in a row is said once, after the last of them.
            if before.peek().is_some_and(|next| next.hint == failure.hint) {
                failure.hint = None;
            }
            failure.report();
        }
        self.print(Level::ERROR, error);
        self.status.into()
    }

    /// Prints it as a warning: the command continues.
    pub(crate) fn warn(self) {
        self.print(Level::WARNING, warning);
    }

    fn print(&self, level: Level<'_>, say: fn(&str)) {
        say(&self.message);
        if let Some((path, text, place)) = self.place.as_deref() {
            let place = place.start.min(text.len())..place.end.min(text.len());
            let path = shown(path);
            let (text, place) = harmless(text, place);
            let snippet = Snippet::source(text.as_str())
                .path(path.as_str())
                .annotation(AnnotationKind::Primary.span(place));
            let report = &[Group::with_level(level).element(snippet)];
            let renderer = match columns() {
                Some(columns) => Renderer::styled().term_width(columns),
                None => Renderer::styled(),
            };
            let _ = writeln!(anstream::stderr(), "{}", renderer.render(report));
        }
        if let Some(hint) = &self.hint {
            self::hint(hint);
        }
    }
}

/// A source text with every character that could act on a terminal replaced, and the place in it.
fn harmless(text: &str, place: Range<usize>) -> (String, Range<usize>) {
    let replace = |c: char| match c {
        '\n' | '\r' | '\t' => c,
        c if pkg_format::text::is_forbidden(c) || ('\u{e000}'..='\u{f8ff}').contains(&c) => '\u{25a1}',
        c => c,
    };
    let shift =
        |at: usize| text.get(..at).map_or(at, |before| before.chars().map(|c| replace(c).len_utf8()).sum());
    (text.chars().map(replace).collect(), shift(place.start)..shift(place.end))
}

/// The text of a system error without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect()
}

/// A path as it is shown: no character of it can act on a terminal or begin a line.
pub(crate) fn shown(path: &Path) -> String {
    escape(&path.display().to_string()).replace('\n', "\\n")
}

/// Text with every character that could act on a terminal or hide escaped; line feeds stay.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            c if pkg_format::text::is_forbidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Writes one message, which cannot look like two.
fn talk(style: Style, word: &str, message: &str) {
    let head = format!("pkg: {word}: ");
    let message = folded(&head, &escape(message).replace('\n', "\\n"));
    let _ = writeln!(anstream::stderr(), "{style}pkg: {word}:{style:#} {message}");
}

/// A message after `head`: wrapped at words where messages have a width, on one line elsewhere.
fn folded(head: &str, message: &str) -> String {
    columns().map_or(message.to_owned(), |columns| fold(head, message, columns))
}

/// Breaks at words and indents all lines but the first, so that no message can look like two. A word that is
/// longer than a line, such as a path, stays whole.
fn fold(head: &str, message: &str, columns: usize) -> String {
    let indent = " ".repeat(head.len());
    let options = textwrap::Options::new(columns.max(head.len() + 20))
        .initial_indent(&indent)
        .subsequent_indent("     ")
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(message, options).split_off(head.len())
}

/// Reports an error that does not stop the command.
pub(crate) fn error(message: &str) {
    talk(ERROR, "error", message);
}

/// Prints a warning.
pub(crate) fn warning(message: &str) {
    talk(WARNING, "warning", message);
}

/// Whether only results, warnings and errors are printed.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Says whether only results, warnings and errors are printed.
pub(crate) fn quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints a hint.
pub(crate) fn hint(message: &str) {
    if !is_quiet() {
        talk(HINT, "hint", message);
    }
}

/// Writes a message to stderr.
pub(crate) fn note(message: &str) {
    if is_quiet() {
        return;
    }
    let message = folded("pkg: ", &escape(message).replace('\n', "\\n"));
    let _ = writeln!(anstream::stderr(), "pkg: {message}");
}

/// Shows a command to run next, as a shell takes it: never wrapped.
pub(crate) fn command(text: &str) {
    if is_quiet() {
        return;
    }
    let _ = writeln!(anstream::stderr(), "  {}", escape(text).replace('\n', "\\n"));
}

/// Asks on stderr; the cursor stays behind the question.
pub(crate) fn question(text: &str) {
    let mut out = anstream::stderr();
    let _ = write!(out, "{}", escape(text)).and_then(|()| out.flush());
}

/// The width that a user asks for: a number in `COLUMNS`.
fn asked() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0)
}

/// How wide to wrap pages: as asked for, or the terminal, within reason.
pub(crate) fn width() -> usize {
    let terminal = || terminal_size::terminal_size().map(|(w, _)| usize::from(w.0));
    asked().or_else(terminal).map_or(80, |columns| columns.clamp(40, 120))
}

/// How wide messages may be: as asked for, or the terminal, even where that is narrow. Elsewhere they are not wrapped.
pub(crate) fn columns() -> Option<usize> {
    let stderr = std::io::stderr();
    let terminal = || terminal_size::terminal_size_of(&stderr).map_or(80, |(w, _)| usize::from(w.0));
    asked().or_else(|| stderr.is_terminal().then(terminal))
}

/// Writes a result to stdout. A reader that has closed its end is not an error.
pub(crate) fn data(text: &str) -> Outcome<()> {
    print(text).map_err(|e| {
        // Everything else that the command did is done, so the hint must not say that nothing was left behind.
        Failure::cannot(format!("cannot write to stdout: {}", reason(&e)))
            .hint("check where stdout goes, and run the command again")
    })
}

/// Reports on stdout what was done. The work is done whether or not that can be written, so the command does not fail:
/// a user who ran it again would do the work twice.
pub(crate) fn done(text: &str) {
    if is_quiet() {
        return;
    }
    if let Err(e) = print(text) {
        warning(&format!("the work is done, but stdout cannot be written: {}", reason(&e)));
    }
}

fn print(text: &str) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Options that are accepted but that the help does not show.
const HIDDEN: [&str; 1] = ["--allow-test-keys"];

/// Reports a usage error of `clap`, or prints the requested help.
pub(crate) fn usage(mut error: clap::Error) -> ExitCode {
    without_bad_tips(&mut error);
    if !error.use_stderr() {
        let _ = write!(anstream::stdout(), "{}", error.render().ansi());
        return ExitCode::SUCCESS;
    }
    let plain = error.render().to_string();
    match plain.strip_prefix("error: ") {
        Some(message) => {
            let message = escape(message.trim_end());
            let (title, rest) = message.split_once('\n').unwrap_or((&message, ""));
            self::error(title);
            for line in rest.lines() {
                let _ = writeln!(anstream::stderr(), "{}", folded("", line));
            }
        }
        // A command without its arguments: its help is the best answer.
        None => drop(write!(anstream::stderr(), "{}", error.render().ansi())),
    }
    ExitCode::from(2)
}

/// Removes tips that mislead: no argument of `pkg` begins with a dash, and an alias that the help does not show is not
/// what anybody should use.
fn without_bad_tips(error: &mut clap::Error) {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if error.kind() != ErrorKind::UnknownArgument {
        return;
    }
    error.remove(ContextKind::Suggested);
    let suggested = error.get(ContextKind::SuggestedArg);
    if matches!(suggested, Some(ContextValue::String(arg)) if HIDDEN.contains(&arg.as_str())) {
        error.remove(ContextKind::SuggestedArg);
        // The usage would name it too.
        error.remove(ContextKind::Usage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_break_at_words_and_fit() {
        let head = "pkg: hint: ";
        let message =
            "give --keyring FILE that trusts its signer; without one only the keys of this build are trusted";
        for columns in [40, 60, 80, 200] {
            let folded = format!("{head}{}", fold(head, message, columns));
            assert!(folded.lines().all(|line| line.len() <= columns), "{columns}:\n{folded}");
            assert!(folded.lines().skip(1).all(|line| line.starts_with("     ")), "{folded}");
            let words: Vec<_> = folded.split_whitespace().skip(2).collect();
            assert_eq!(words, message.split(' ').collect::<Vec<_>>(), "{columns}");
        }
        let path = format!("cannot read {}: x", "p".repeat(100));
        assert!(fold(head, &path, 80).contains(&"p".repeat(100)));
    }
}
