//! `pkg completions`: completions for the shells that `clap` supports.

use crate::out::{Outcome, Status, data};
use clap_complete::Shell;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut command: clap::Command) -> Outcome {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut command, "pkg", &mut out);
    data(&String::from_utf8_lossy(&out))?;
    Ok(Status::Done)
}
