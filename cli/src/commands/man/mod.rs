//! `pkg man`: the man pages, from the definitions of the commands and from what [`about`] says of each.

mod about;

use crate::out::{Failure, Outcome, Status, data};
use crate::write::write_file;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write a page for each command into this folder, instead of pkg(1) to stdout
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, mut command: clap::Command) -> Outcome {
    command.build();
    match &args.out {
        None => data(&page(&command, "pkg")?)?,
        Some(dir) => pages(&command, "pkg", dir)?,
    }
    Ok(Status::Done)
}

fn pages(command: &clap::Command, name: &str, dir: &Path) -> Outcome<()> {
    let path = dir.join(format!("{name}.1"));
    write_file(&path, &page(command, name)?)?;
    command.get_subcommands().try_for_each(|sub| pages(sub, &format!("{name}-{}", sub.get_name()), dir))
}

/// The page of a command; `name` is its name with those of the commands above it.
fn page(command: &clap::Command, name: &str) -> Outcome<String> {
    // No date, so that the same program always writes the same page.
    let man = Man::new(command.clone()).source(concat!("pkg ", env!("CARGO_PKG_VERSION"))).date("format 1");
    let failed = |e: std::io::Error| Failure::cannot(format!("cannot write the man page: {e}"));
    let mut out = Vec::new();
    let mut render = || {
        man.render_title(&mut out)?;
        man.render_name_section(&mut out)?;
        man.render_synopsis_section(&mut out)?;
        man.render_description_section(&mut out)?;
        man.render_options_section(&mut out)?;
        if command.has_subcommands() {
            man.render_subcommands_section(&mut out)?;
        }
        sections(command, name).to_writer(&mut out)
    };
    render().map_err(failed)?;
    let text = String::from_utf8(out).map_err(|_| Failure::cannot("the man page is not UTF-8"))?;
    Ok(text.chars().map(ascii).collect())
}

/// A character as every groff reads it.
fn ascii(c: char) -> String {
    match c.is_ascii() {
        true => c.to_string(),
        false => format!("\\[u{:04X}]", u32::from(c)),
    }
}

/// Exit statuses that mean the same for every command.
pub(super) const EXIT: [(&str, &str); 4] = [
    ("0", "Done."),
    ("1", "Refused. The message names the rule; pkg explain RULE says more."),
    (
        "2",
        "It could not be done: wrong arguments, a file that cannot be read or written, a key that is missing.",
    ),
    ("130", "A second Ctrl-C ended it at once."),
];

/// What variables of the environment mean.
pub(super) const ENVIRONMENT: [(&str, &str); 4] = [
    ("PKG_KEYRING", "The keyring of commands that are given no --keyring."),
    ("SOURCE_DATE_EPOCH", "The time, in unix seconds, that is written as the date of issue in place of now."),
    ("NO_COLOR", "If it is set and not empty, no colour is used."),
    ("COLUMNS", "How wide pages and messages are, in place of the width of the terminal."),
];

/// Commands that write a date.
const DATED: [&str; 6] = ["pkg-build", "pkg-check", "pkg-new", "pkg-plan", "pkg-advisory", "pkg-site"];

/// The sections after the options.
fn sections(command: &clap::Command, name: &str) -> Roff {
    let mut page = Roff::new();
    let Some(about) = about::of(name) else { return page };
    page.control("SH", ["EXAMPLES"]);
    for (what, line) in about.examples {
        page.control("PP", []);
        page.text([roman(*what)]);
        page.control("PP", []);
        page.control("RS", ["4"]);
        page.control("nf", []);
        page.text([bold(*line)]);
        page.control("fi", []);
        page.control("RE", []);
    }
    let exit = EXIT.iter().map(|(status, meaning)| {
        let own = about.exit.iter().find(|(own, _)| own == status);
        (*status, own.map_or(*meaning, |(_, meaning)| *meaning))
    });
    list(&mut page, "EXIT STATUS", exit);
    if !about.files.is_empty() {
        list(&mut page, "FILES", about.files.iter().copied());
    }
    let takes_keyring = command.get_arguments().any(|arg| arg.get_env().is_some());
    let used = ENVIRONMENT.iter().copied().filter(|(variable, _)| match *variable {
        "PKG_KEYRING" => takes_keyring,
        "SOURCE_DATE_EPOCH" => DATED.contains(&name),
        _ => true,
    });
    list(&mut page, "ENVIRONMENT", used);
    page.control("SH", ["SEE ALSO"]);
    let above = name.rsplit_once('-').map(|(above, _)| above.to_owned());
    let related = about.see.iter().map(|see| format!("pkg-{see}"));
    let all: Vec<String> = above.into_iter().chain(related).collect();
    let mut line: Vec<Inline> = Vec::new();
    for (i, see) in all.iter().enumerate() {
        line.extend([bold(see.as_str()), roman(if i + 1 < all.len() { "(1), " } else { "(1)" })]);
    }
    page.text(line);
    page
}

/// A section of terms and what they mean.
fn list<'a>(page: &mut Roff, title: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) {
    page.control("SH", [title]);
    for (term, meaning) in entries {
        page.control("TP", []);
        page.text([italic(term)]);
        page.text([roman(meaning)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::CommandFactory as _;

    /// The pages of a command and of those below it.
    fn all(command: &clap::Command, name: &str, to: &mut Vec<String>) {
        to.push(name.to_owned());
        command.get_subcommands().for_each(|sub| all(sub, &format!("{name}-{}", sub.get_name()), to));
    }

    #[test]
    fn every_page_has_examples_that_parse_and_related_pages_that_are_there() {
        let mut pages = Vec::new();
        all(&Args::command(), "pkg", &mut pages);
        for page in &pages {
            let about = about::of(page).unwrap_or_else(|| panic!("{page} says nothing besides its options"));
            assert!(!about.examples.is_empty() && !about.see.is_empty(), "{page}");
            for (_, line) in about.examples {
                let parsed = Args::command().try_get_matches_from(line.split(' '));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                assert!(line.replace(' ', "-").starts_with(page), "{page}: {line}");
            }
            for see in about.see {
                assert!(pages.contains(&format!("pkg-{see}")), "{page}: there is no pkg-{see}");
            }
        }
    }
}
