//! `pkg repository show`: what a repository offers.

use crate::json;
use crate::out::{Outcome, Status, data};
use crate::page::format::{size, time};
use crate::repository::{self, ReadArgs};
use crate::table::table;
use pkg_format::repository::Entry;
use pkg_publish::Catalogue;
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    read: ReadArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (mut reader, of, keyring) = args.read.open()?;
    let catalogue = Catalogue::read(reader.as_mut(), &of, &keyring)?;
    for (entry, refusal) in catalogue.refused() {
        repository::tell_refused(entry, refusal);
    }
    match args.json {
        true => data(&json::text(&as_json(&catalogue)))?,
        false => data(&text(&catalogue))?,
    }
    Ok(Status::Done)
}

fn as_json(catalogue: &Catalogue) -> serde_json::Value {
    let mut value = json::tree(&catalogue.head().head().to_tree());
    if let Some(head) = value.as_object_mut() {
        let entries = catalogue.log().entries().iter().map(repository::entry);
        head.insert("entries".into(), entries.collect());
        head.insert("head-digest".into(), json!(catalogue.head().digest().to_string()));
    }
    value
}

fn text(catalogue: &Catalogue) -> String {
    let head = catalogue.head().head();
    let heads = ["sequence", "kind", "class", "version", "size", "manifest", "for devices"];
    let mut rows = vec![heads.map(String::from).to_vec()];
    let accepted = catalogue.accepted();
    for entry in catalogue.log().entries() {
        let statements = accepted.iter().find(|(e, _)| *e == entry).map(|(_, s)| *s);
        let name = statements.map(|s| match s.manifest().release() {
            Some(release) => release.identity.version.to_string(),
            None => s.manifest().common().id.to_string(),
        });
        rows.push(vec![
            entry.sequence.to_string(),
            entry.kind().as_str().into(),
            entry.release().map_or_else(|| "-".into(), |r| r.class.as_str().into()),
            name.unwrap_or_else(|| "-".into()),
            entry.object.map_or_else(|| "removed".into(), |o| size(o.size)),
            entry.manifest.short().to_string(),
            word(catalogue, entry).into(),
        ]);
    }
    format!(
        "repository {}, {}\nhead {}, issued {}, keyring {}, {}, root {}\n\n{}",
        head.of.repository,
        repository::label(&head.of),
        head.version,
        time(head.issued),
        head.keyring,
        repository::entries(head.log.size),
        head.log.root.short(),
        table(&rows)
    )
}

fn word(catalogue: &Catalogue, entry: &Entry) -> &'static str {
    match catalogue.head().head().current.contains(entry) {
        true => "current",
        false => "-",
    }
}
