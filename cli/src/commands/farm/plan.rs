//! `pkg farm plan`.

use super::file;
use crate::clock::issued;
use crate::options::KeyringArgs;
use crate::out::{Failure, Outcome, Status, data, done, note, shown};
use crate::page::format::{count, size};
use crate::repository::{self, Address, LogArgs, address};
use crate::table::table;
use crate::write::write_file;
use crate::{inputs, json};
use pkg_publish::{Catalogue, Census, DeltaPlan, has_delta, plan_deltas};
use pkg_repository::Transport;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository: a folder or an address
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    repository: Address,
    /// The version of the release that devices are to be brought to
    #[arg(long, value_name = "VERSION")]
    release: String,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// How many devices run what: lines of a version or a state, a comma, and a number
    #[arg(long, value_name = "FILE")]
    census: Option<PathBuf>,
    /// Leave out bases with fewer devices than this
    #[arg(long, value_name = "N", default_value_t = 1, requires = "census")]
    least: u64,
    /// Write the plan to this file, for pkg farm run
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    let census = args.census.as_deref().map(census).transpose()?;
    let mut reader = args.repository.reader()?;
    let reader: &mut dyn Transport = reader.as_mut();
    let of = args.log.find(&args.repository, reader, &keyring)?;
    let catalogue = Catalogue::read(reader, &of, &keyring)?;
    for (entry, refusal) in catalogue.refused() {
        repository::tell_refused(entry, refusal);
    }
    let now = pkg_audit::time::month(issued()?);
    let census = census.as_ref().map(|census| (census, args.least));
    let plan = plan_deltas(&catalogue, &args.release, census, (pkg_format::limits::JUMP, now))?;
    let text = json::text(&file::to_json(&plan));
    if let Some(out) = &args.out {
        write_file(out, &text)?;
    }
    match args.json {
        true => data(&text)?,
        false => data(&page(&plan, reader)?)?,
    }
    for (version, why) in &plan.left_out {
        note(&format!("no delta from {version}: {why}"));
    }
    if let (Some(out), Some(last), false) = (&args.out, plan.tasks.len().checked_sub(1), args.json) {
        done(&format!("{}: tasks 0 to {last}\n", shown(out)));
    }
    Ok(Status::Done)
}

fn page(plan: &DeltaPlan, reader: &mut dyn Transport) -> Outcome<String> {
    let heads = ["task", "from", "devices", "images", "CPU", "delta"];
    let mut rows = vec![heads.map(String::from).to_vec()];
    for (number, task) in plan.tasks.iter().enumerate() {
        let there = has_delta(reader, &plan.target.state, &task.base.state)?;
        rows.push(vec![
            number.to_string(),
            task.base.version.to_string(),
            task.devices.map_or_else(|| "-".into(), |n| n.to_string()),
            size(task.base.image_size),
            format!("{} s", file::cpu_seconds(&task.base, &plan.target)),
            if there { "there" } else { "to be made" }.into(),
        ]);
    }
    let cpu: u64 = plan.tasks.iter().map(|task| file::cpu_seconds(&task.base, &plan.target)).sum();
    let target = &plan.target;
    Ok(format!(
        "{}, {} in full; {}, about {cpu} s of CPU time together\n\n{}",
        target.version,
        size(target.package.size),
        count(plan.tasks.len(), "delta", "deltas"),
        table(&rows)
    ))
}

/// Reads the census.
fn census(path: &Path) -> Outcome<Census> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file("read", path, &e))?;
    let mut devices = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let parsed = line
            .split_once(',')
            .and_then(|(name, count)| Some((name.trim().to_owned(), count.trim().parse::<u64>().ok()?)));
        let Some((name, count)) = parsed else {
            return Err(Failure::cannot(format!("{}, line {}: {line}", shown(path), number + 1)).hint(
                "write a version or a state, a comma, and a number on each line, such as 1.4.2,120000",
            ));
        };
        if devices.insert(name.clone(), count).is_some() {
            return Err(Failure::cannot(format!("{}: {name} is there twice", shown(path)))
                .hint("write each version or state once"));
        }
    }
    Ok(Census(devices))
}
