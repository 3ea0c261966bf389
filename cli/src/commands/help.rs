//! `pkg help`: what is the same for every command, by topic, and the help of a command.

use super::man::{ENVIRONMENT, EXIT};
use crate::out::{Failure, Outcome, Status, data, width};
use crate::table::table;
use clap::Command;
use pkg_format::refusal::quote;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A topic or a command; without one, lists the topics
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

/// What a topic says.
enum Text {
    /// Terms, and what each means.
    Terms(&'static [(&'static str, &'static str)]),
    /// Paragraphs.
    Prose(&'static str),
}

struct Topic {
    name: &'static str,
    about: &'static str,
    text: Text,
}

const TOPICS: [Topic; 7] = [
    Topic {
        name: "start",
        about: "which command comes when, from a new product to its first fix",
        text: Text::Terms(&[
            ("pkg init", "Once: descriptions, keys and a keyring. Fill in the texts in <…>."),
            ("pkg check", "Before each build: every fault of a description, with its line and remedy."),
            ("pkg build", "Makes and signs the packages of a release in a folder such as out/."),
            ("pkg verify", "Checks a package as a device does."),
            ("pkg new", "The description of the next release: security, feature, notice or withdrawal."),
            ("pkg plan", "After a fix: which other lines need it, and whom you must tell."),
            ("pkg audit", "Before you publish: whether every user gets every fix without new features."),
            ("pkg publish", "Puts the packages into a repository, from which devices fetch them."),
        ]),
    },
    Topic { name: "exit-status", about: "what the exit status of a command means", text: Text::Terms(&EXIT) },
    Topic { name: "environment", about: "variables of the environment", text: Text::Terms(&ENVIRONMENT) },
    Topic {
        name: "classes",
        about: "why a release exists: security or feature",
        text: Text::Prose(
            "A release has one class.

security   It fixes vulnerabilities and changes nothing else, or says why fix and
           change cannot be kept apart. It stays on its line and raises the security
           level. It is free, tells users what to do, and installs automatically
           unless its user opted out.
feature    It changes what the product does and raises the feature level. Each fix
           that it contains is available without the features too, or it says why not.

A notice tells users about a vulnerability before there is a fix. A withdrawal takes a
release back. An acknowledgement answers to auditors for what went wrong.",
        ),
    },
    Topic {
        name: "roles",
        about: "what a key may sign",
        text: Text::Terms(&[
            ("security", "Security releases, and acknowledgements."),
            ("feature", "Feature releases."),
            ("notice", "Notices."),
            ("withdrawal", "Withdrawals."),
            ("delivery", "Deliveries: how the images of a signed release are stored in a package."),
            ("catalogue", "The list of what a repository has."),
            ("root", "Keyrings. Keep the root keys offline."),
        ]),
    },
    Topic {
        name: "levels",
        about: "the counters of a release, and what raises them",
        text: Text::Terms(&[
            ("sequence", "Counts the releases of a line. It always rises."),
            (
                "security-level",
                "Counts the security releases of a scope. Only they raise it; no release lowers it.",
            ),
            ("feature-level", "Counts what the product can do. Only feature releases raise it."),
            ("generation", "Counts substantial modifications."),
        ]),
    },
    Topic {
        name: "keys",
        about: "how a key is named: a file, a token, a program",
        text: Text::Terms(&[
            ("FILE", "A private key in PKCS#8 or of OpenSSH, or the public half of one."),
            ("pkcs11:…", "A key in a token, by RFC 7512: pkcs11:token=NAME;object=NAME?module-path=LIBRARY."),
            ("exec:PROGRAM", "A program that reads what is signed from stdin and prints the signature."),
        ]),
    },
];

/// The names of topics and commands.
pub(super) fn names(command: &Command) -> Vec<String> {
    let commands = command.get_subcommands().map(|sub| sub.get_name().to_owned());
    TOPICS.iter().map(|topic| topic.name.to_owned()).chain(commands).collect()
}

pub(crate) fn run(args: &Args, mut command: Command) -> Outcome {
    command.build();
    let Some(first) = args.topic.first() else {
        let rows: Vec<_> = TOPICS.iter().map(|t| vec![t.name.to_owned(), t.about.to_owned()]).collect();
        data(&format!(
            "{}\npkg help TOPIC prints one of these, pkg help COMMAND the help of a command.\npkg --help lists the commands.\n",
            table(&rows)
        ))?;
        return Ok(Status::Done);
    };
    if let (Some(topic), 1) = (TOPICS.iter().find(|topic| topic.name == first), args.topic.len()) {
        data(&text(topic))?;
        return Ok(Status::Done);
    }
    let mut found = &mut command;
    for name in &args.topic {
        found = found.find_subcommand_mut(name).ok_or_else(|| {
            Failure::cannot(format!("there is no topic or command {}", quote(name)))
                .hint("pkg help lists the topics, pkg --help the commands")
        })?;
    }
    data(&found.render_long_help().to_string())?;
    Ok(Status::Done)
}

fn text(topic: &Topic) -> String {
    match topic.text {
        Text::Prose(text) => format!("{text}\n"),
        Text::Terms(terms) => {
            let longest = terms.iter().map(|(term, _)| term.chars().count()).max().unwrap_or(0);
            let indent = " ".repeat(longest + 2);
            let term = |(term, what): &(&str, &str)| {
                let head = format!("{term:<longest$}  ");
                let options =
                    textwrap::Options::new(width()).initial_indent(&head).subsequent_indent(&indent);
                textwrap::fill(what, options) + "\n"
            };
            terms.iter().map(term).collect()
        }
    }
}
