//! Writes what follows from the code: `cargo run -p pkg-tests --bin generate [DIR]`.
//!
//! The man pages and completions of `pkg`, the reference and the schemas in docs/, and the table of rules in the spec,
//! at their places in the workspace, or at the same places below DIR.

use pkg_format::Rule;
use pkg_tests::tool;
use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Each shell and the name that its completions have.
const SHELLS: [(&str, &str); 3] = [("bash", "pkg.bash"), ("zsh", "_pkg"), ("fish", "pkg.fish")];

fn main() -> ExitCode {
    let to = std::env::args_os().nth(1).map_or_else(tool::workspace, PathBuf::from);
    let all =
        man(&to).and_then(|()| completions(&to)).and_then(|()| rules(&to)).and_then(|()| reference(&to));
    match all {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("generate: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Runs `pkg`, which must succeed, for what it prints.
fn pkg(folder: &Path, args: &[&str]) -> Result<String> {
    let run = tool::run(folder, args);
    match run.status {
        Some(0) => Ok(run.stdout),
        _ => Err(Error::other(format!("pkg {}: {}", args.join(" "), run.stderr))),
    }
}

/// A page for each command. Those of commands that are no more go.
fn man(to: &Path) -> Result<()> {
    let folder = to.join("cli/man");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "1") {
            fs::remove_file(path)?;
        }
    }
    pkg(&folder, &["man", "-o", "."]).map(|_| ())
}

fn completions(to: &Path) -> Result<()> {
    let folder = to.join("cli/completions");
    fs::create_dir_all(&folder)?;
    SHELLS
        .iter()
        .try_for_each(|(shell, name)| fs::write(folder.join(name), pkg(to, &["completions", shell])?))
}

/// The table between the marks in SPEC 11.
fn rules(to: &Path) -> Result<()> {
    const SPEC: &str = "format-spec/SPEC.md";
    let spec = fs::read_to_string(tool::workspace().join(SPEC))?;
    let marks = || Error::other(format!("{SPEC} has no <!-- rules:begin --> and <!-- rules:end -->"));
    let (before, rest) = spec.split_once("<!-- rules:begin -->\n").ok_or_else(marks)?;
    let (_, after) = rest.split_once("<!-- rules:end -->").ok_or_else(marks)?;
    let mut table = String::from("| rule | number | refuses | source |\n| --- | --- | --- | --- |\n");
    for rule in Rule::ALL {
        table += &format!("| {} | {} | {} | {} |\n", rule.id(), rule.number(), rule.title(), rule.source());
    }
    let path = to.join(SPEC);
    fs::create_dir_all(path.parent().unwrap_or(to))?;
    fs::write(path, format!("{before}<!-- rules:begin -->\n{table}<!-- rules:end -->{after}"))
}

/// Each file that people write: its name for `pkg schema`, its page, and its schema.
const FILES: [(&str, &str, &str); 3] = [
    ("release", "release-toml.md", "release.schema.json"),
    ("history", "history-toml.md", "history.schema.json"),
    ("state", "state-file.md", "state.schema.json"),
];

/// The pages of the reference, and the schemas.
fn reference(to: &Path) -> Result<()> {
    let (pages, schemas) = (to.join("docs/reference"), to.join("docs/schema"));
    fs::create_dir_all(&pages)?;
    fs::create_dir_all(&schemas)?;
    for (file, page, schema) in FILES {
        fs::write(pages.join(page), pkg(to, &["schema", file, "--markdown"])?)?;
        fs::write(schemas.join(schema), pkg(to, &["schema", file])?)?;
    }
    fs::write(pages.join("rules.md"), rules_page())?;
    fs::write(pages.join("commands.md"), commands_page(to)?)
}

/// Every rule, as `pkg explain` tells it.
fn rules_page() -> String {
    let mut page = String::from(
        "# Rules\n\nThis page is generated from the table of rules. `pkg explain RULE` prints an entry. Every refusal names one \
         rule, and so does every finding of an audit. A rule keeps its id and its number for ever.\n",
    );
    for rule in Rule::ALL {
        page += &format!(
            "\n## {}\n\n**{}**\n\n{}\n\n- Source: {}\n- Remedy: {}\n- Number in the C interface: {}\n",
            rule.id(),
            rule.title(),
            rule.why(),
            rule.source(),
            rule.fix(),
            rule.number()
        );
    }
    page
}

/// The help of every command.
fn commands_page(folder: &Path) -> Result<String> {
    let mut page = String::from(
        "# Commands and options\n\nThis page is generated from the help of the program. The man pages say the same, and name \
         files, variables and exit statuses too.\n",
    );
    for command in tool::commands() {
        let help = pkg(folder, &command.help("--help"))?;
        page += &format!("\n## {}\n\n```text\n{}\n```\n", command.page().replace('-', " "), help.trim_end());
    }
    Ok(page)
}
