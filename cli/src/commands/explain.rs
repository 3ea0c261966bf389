//! `pkg explain`: what a rule means, why it exists and what to do.

use crate::colours::BOLD;
use crate::json;
use crate::out::{Failure, Outcome, Status, data, width};
use crate::table::table;
use pkg_format::Rule;
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A rule id such as SIG-2; without one, lists all rules
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let rules: Vec<Rule> = match &args.rule {
        None => Rule::ALL.to_vec(),
        Some(id) => vec![Rule::from_id(id).ok_or_else(|| {
            Failure::cannot(format!("there is no rule {}", pkg_format::refusal::quote(id)))
                .hint("pkg explain lists them")
        })?],
    };
    if args.json {
        let all: Vec<_> = rules
            .iter()
            .map(|r| json!({"rule": r.id(), "number": r.number(), "title": r.title(), "why": r.why(), "source": r.source(), "fix": r.fix()}))
            .collect();
        let value = if args.rule.is_some() { all.into_iter().next().unwrap_or_default() } else { all.into() };
        data(&json::text(&value))?;
    } else if args.rule.is_none() {
        let rows: Vec<_> = rules.iter().map(|r| vec![r.id().to_owned(), r.title().to_owned()]).collect();
        data(&table(&rows))?;
    } else {
        for rule in rules {
            let title = format!("{BOLD}{}{BOLD:#}  {}\n\n", rule.id(), rule.title());
            let fields = [("why", rule.why()), ("source", rule.source()), ("remedy", rule.fix())];
            data(&fields.iter().fold(title, |text, (label, value)| text + &field(label, value)))?;
        }
    }
    Ok(Status::Done)
}

/// A label and its text, as wide as the terminal.
fn field(label: &str, text: &str) -> String {
    let head = format!("  {label:<8}");
    let options = textwrap::Options::new(width()).initial_indent(&head).subsequent_indent("          ");
    textwrap::fill(text, options) + "\n"
}
