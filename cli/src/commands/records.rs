//! `pkg records`: checks the hash chain of decision records.

use crate::out::{Outcome, Status, data, shown};
use crate::{json, records};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The records that `pkg decide --record` wrote
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut all = Vec::new();
    for path in &args.files {
        let chain = records::check(path)?;
        let lines = if chain.lines == 1 { "1 record".into() } else { format!("{} records", chain.lines) };
        if !args.json {
            data(&format!("{}: {lines}, chain unbroken; last {}\n", shown(path), chain.head))?;
        }
        let file = path.display().to_string();
        all.push(json!({"file": file, "records": chain.lines, "last": chain.head.to_string()}));
    }
    if args.json {
        let value = if args.files.len() == 1 { all.remove(0) } else { Value::Array(all) };
        data(&json::text(&value))?;
    }
    Ok(Status::Done)
}
