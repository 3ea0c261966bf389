//! `pkg completions`: completions for the shells that `clap` supports, with rule ids, roles and topics.

use super::help;
use crate::out::{Outcome, Status, data};
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};
use clap_complete::Shell;
use pkg_format::Rule;
use pkg_format::keyring::{Asked, Role};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: &Args, command: Command) -> Outcome {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut completed(command), "pkg", &mut out);
    data(&String::from_utf8_lossy(&out))?;
    Ok(Status::Done)
}

/// The commands, with values that a shell can offer though the program accepts others too.
fn completed(command: Command) -> Command {
    let rules = Rule::ALL.iter().map(|rule| rule.id().to_owned()).collect::<Vec<_>>();
    let topics = help::names(&command);
    let roles = words(Role::ALL, Role::as_str);
    let asked = words(Asked::ALL, Asked::as_str);
    let and_root = [&asked[..], &["root=".to_owned()]].concat();
    let of_keyring = |command: Command| {
        command
            .mut_arg("add", |arg| offers(arg, roles.clone()))
            .mut_arg("role_threshold", |arg| offers(arg, asked.clone()))
            .mut_arg("post_quantum", |arg| offers(arg, and_root.clone()))
    };
    command
        .mut_subcommand("explain", |c| c.mut_arg("rule", |arg| offers(arg, rules)))
        .mut_subcommand("help", |c| c.mut_arg("topic", |arg| offers(arg, topics)))
        .mut_subcommand("keyring", |c| c.mut_subcommand("new", of_keyring).mut_subcommand("edit", of_keyring))
}

/// The words of an enum as the first half of a value.
fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<String> {
    all.iter().map(|value| format!("{}=", word(*value))).collect()
}

fn offers(arg: Arg, values: Vec<String>) -> Arg {
    arg.value_parser(PossibleValuesParser::new(values))
}
