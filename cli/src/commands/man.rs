//! `pkg man`: the man pages, from the definitions of the commands.

use crate::out::{Failure, Outcome, Status, data};
use crate::write::write_file;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write a page for each command into this folder, instead of pkg(1) to stdout
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, mut command: clap::Command) -> Outcome {
    command.build();
    match &args.out {
        None => data(&page(&command)?)?,
        Some(dir) => pages(&command, "pkg", dir)?,
    }
    Ok(Status::Done)
}

fn page(command: &clap::Command) -> Outcome<String> {
    let mut roff = Vec::new();
    // No date, so that the same program always writes the same page.
    clap_mangen::Man::new(command.clone())
        .source(concat!("pkg ", env!("CARGO_PKG_VERSION")))
        .date("format 1")
        .render(&mut roff)
        .map_err(|e| Failure::cannot(format!("cannot write the man page: {e}")))?;
    String::from_utf8(roff).map_err(|_| Failure::cannot("the man page is not UTF-8"))
}

fn pages(command: &clap::Command, name: &str, dir: &std::path::Path) -> Outcome<()> {
    let path = dir.join(format!("{name}.1"));
    write_file(&path, &page(command)?)?;
    command.get_subcommands().try_for_each(|sub| pages(sub, &format!("{name}-{}", sub.get_name()), dir))
}
