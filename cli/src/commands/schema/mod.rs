//! `pkg schema`: what may be written in a file, as JSON Schema for editors or as a page of the reference.

mod json_schema;
mod markdown;

use crate::json;
use crate::out::{Outcome, Status, data};
use clap::ValueEnum;
use pkg_builder::init::SCHEMA;
use pkg_reference::File;
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The kind of file
    #[arg(value_enum, value_name = "FILE")]
    file: Described,
    /// Print a page of the reference instead: every key with its type, default, example and rules
    #[arg(long, help_heading = "Output")]
    markdown: bool,
}

/// The files that people write.
#[derive(Clone, Copy, ValueEnum)]
enum Described {
    /// release.toml: a release, a notice, a withdrawal or an acknowledgement
    Release,
    /// history.toml: what a product shipped before it used packages
    History,
    /// The state file of a device
    State,
}

impl Described {
    fn file(self) -> &'static File {
        match self {
            Described::Release => &pkg_builder::REFERENCE,
            Described::History => &pkg_audit::history::REFERENCE,
            Described::State => &pkg_decide::state_file::REFERENCE,
        }
    }
}

pub(crate) fn run(args: &Args) -> Outcome {
    let file = args.file.file();
    match args.markdown {
        true => data(&markdown::markdown(file))?,
        false => data(&text(file))?,
    }
    Ok(Status::Done)
}

fn text(file: &File) -> String {
    json::text(&json_schema::json_schema(file))
}

/// The schema of release descriptions, for the folder of a product.
pub(crate) fn of_releases() -> String {
    text(Described::Release.file())
}

/// The first line of a description in `dir`: where an editor finds the schema that `pkg init` wrote, in that folder or in
/// the one above it. Nothing where there is none.
pub(crate) fn first_line(dir: &Path) -> String {
    let found = [".", ".."].into_iter().find(|up| dir.join(up).join(SCHEMA).exists());
    found.map_or_else(String::new, |up| format!("#:schema {up}/{SCHEMA}\n"))
}
