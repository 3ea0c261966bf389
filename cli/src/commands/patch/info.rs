//! `pkg patch info`: the header of a patch, and what its bytes are spent on.

use super::file_size;
use crate::json;
use crate::out::{Failure, Outcome, Status, data};
use crate::page::format::size;
use crate::table::table;
use pkg_files::open_source;
use pkg_format::Patch;
use pkg_format::patch::Content;
use pkg_install::{Costs, Patching, RegionCost, Spent, patch_costs, read_patch};
use serde_json::{Value, json as object};
use std::path::PathBuf;

/// Regions that the text shows one by one.
const SHOWN: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The patch
    #[arg(value_name = "PATCH")]
    patch: PathBuf,
    /// The old file; shows what each part of the new file costs in the patch
    #[arg(long, value_name = "OLD")]
    old: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let cannot = |e: std::io::Error| Failure::file("read", &args.patch, &e);
    let (mut file, regular) = open_source(&args.patch).map_err(cannot)?;
    let patch = read_patch(&mut file, &args.patch)?;
    let bytes = match regular {
        true => file.metadata().map_err(cannot)?.len(),
        false => file_size(&patch),
    };
    let costs = match &args.old {
        None => None,
        Some(old) => {
            // Nothing is written: the new file has no path.
            let files = Patching { old, patch: &args.patch, new: old };
            Some(patch_costs(&files, &patch, &mut file)?)
        }
    };
    if args.json {
        data(&json::text(&as_json(&patch, bytes, costs.as_ref())))?;
        return Ok(Status::Done);
    }
    data(&header(&patch, bytes))?;
    if let Some(costs) = costs {
        data("\n")?;
        data(&table(&parts(&patch, bytes, &costs)))?;
        let regions = largest(&costs);
        if !regions.is_empty() {
            data("\n")?;
            data(&table(&regions))?;
        }
    }
    Ok(Status::Done)
}

fn header(patch: &Patch, bytes: u64) -> String {
    let preamble = patch.chunks.first().map_or(0, |c| c.stored_bytes);
    let row = |name: &str, what: String, more: String| vec![name.to_owned(), what, more];
    let chunks = match patch.chunks.len().saturating_sub(1) {
        1 => "1 chunk".to_owned(),
        n => format!("{n} chunks"),
    };
    table(&[
        row("patch", size(bytes), format!("delta-1, {chunks}, preamble of {}", size(preamble))),
        row("old", size(patch.old.size), format!("sha256 {}", patch.old.sha256)),
        row("new", size(patch.new.size), format!("sha256 {}", patch.new.sha256)),
        row("memory", size(patch.decode_memory), "for each chunk that is decoded at once".into()),
    ])
}

/// A share of the whole patch.
fn share(stored: u64, whole: u64) -> String {
    let tenths = u128::from(stored).saturating_mul(1000).checked_div(u128::from(whole)).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A number at the right end of so many columns.
fn right(text: String, width: usize) -> String {
    format!("{text:>width$}")
}

/// A part: what it is, how many regions it has, how many bytes of the new file, how many of the patch.
fn row(what: &str, regions: usize, image: Option<u64>, stored: u64, whole: u64) -> Vec<String> {
    let image = image.map_or_else(|| "-".to_owned(), size);
    let regions = if regions == 0 { "-".to_owned() } else { regions.to_string() };
    let (stored, share) = (size(stored), share(stored, whole));
    vec![what.to_owned(), right(regions, 7), right(image, 9), right(stored, 9), right(share, 7)]
}

/// Regions of the same content together, in the order in which each content comes first.
fn contents(costs: &Costs) -> Vec<(&str, usize, Spent)> {
    let mut all: Vec<(&str, usize, Spent)> = Vec::new();
    for region in &costs.regions {
        let place = all.iter().position(|(content, _, _)| *content == region.content);
        let place = place.unwrap_or_else(|| {
            all.push((&region.content, 0, Spent::default()));
            all.len().saturating_sub(1)
        });
        if let Some((_, count, spent)) = all.get_mut(place) {
            *count = count.saturating_add(1);
            spent.image_bytes = spent.image_bytes.saturating_add(region.copied.image_bytes);
            spent.stored_bytes = spent.stored_bytes.saturating_add(region.copied.stored_bytes);
        }
    }
    all
}

/// What the parts cost; they add up to the whole patch.
fn parts(patch: &Patch, bytes: u64, costs: &Costs) -> Vec<Vec<String>> {
    let header = u64::try_from(patch.to_bytes().len()).unwrap_or(u64::MAX);
    let head = [("regions", 7), ("new file", 9), ("in patch", 9), ("share", 7)];
    let head = head.map(|(text, width)| right(text.to_owned(), width));
    let mut rows = vec![[vec!["part".to_owned()], head.to_vec()].concat()];
    let Costs { stretches, map, layout, fresh, plain, .. } = costs;
    let mut put = |what: &str, regions, image: Option<u64>, stored| {
        rows.push(row(what, regions, image, stored, bytes));
    };
    put(
        &format!("map, {stretches} {}", if *stretches == 1 { "stretch" } else { "stretches" }),
        0,
        None,
        *map,
    );
    put("layout", 0, None, *layout);
    put("fresh bytes", 0, Some(fresh.image_bytes), fresh.stored_bytes);
    put("copied bytes in no region", 0, Some(plain.image_bytes), plain.stored_bytes);
    let mut contents = contents(costs);
    contents.sort_by_key(|(_, _, spent)| std::cmp::Reverse(spent.stored_bytes));
    for (content, count, spent) in contents {
        put(content, count, Some(spent.image_bytes), spent.stored_bytes);
    }
    put("header, and ends of chunks", 0, None, header.saturating_add(ends(patch, costs)));
    put("patch", 0, Some(patch.new.size), bytes);
    rows
}

/// Stored bytes that belong to no part: a few for each chunk.
fn ends(patch: &Patch, costs: &Costs) -> u64 {
    let stored = patch.chunks.iter().fold(0u64, |n, c| n.saturating_add(c.stored_bytes));
    let regions = costs.regions.iter().map(|region| region.copied.stored_bytes);
    let parts = [costs.map, costs.layout, costs.fresh.stored_bytes, costs.plain.stored_bytes];
    parts.into_iter().chain(regions).fold(stored, u64::saturating_sub)
}

/// The regions that cost most, with their places in the new file.
fn largest(costs: &Costs) -> Vec<Vec<String>> {
    let mut regions: Vec<&RegionCost> =
        costs.regions.iter().filter(|region| region.copied.stored_bytes > 0).collect();
    regions.sort_by_key(|region| (std::cmp::Reverse(region.copied.stored_bytes), region.start));
    if regions.is_empty() {
        return Vec::new();
    }
    let head = |text: &str, width| right(text.to_owned(), width);
    let mut rows = vec![vec!["largest regions".to_owned(), head("at", 10), head("in patch", 9)]];
    for region in regions.iter().take(SHOWN) {
        let place = right(format!("{:#x}", region.start), 10);
        rows.push(vec![region.content.clone(), place, right(size(region.copied.stored_bytes), 9)]);
    }
    rows
}

fn as_json(patch: &Patch, bytes: u64, costs: Option<&Costs>) -> Value {
    let content = |c: &Content| object!({"size": c.size, "sha256": c.sha256.to_string()});
    let chunks: Vec<_> =
        patch.chunks.iter().map(|c| object!([c.image_bytes, c.stored_bytes, c.sha256.to_string()])).collect();
    let mut value = object!({
        "format": pkg_format::FORMAT,
        "old": content(&patch.old),
        "new": content(&patch.new),
        "decode-memory": patch.decode_memory,
        "chunks": chunks,
        "size": bytes,
    });
    if let (Some(costs), Some(fields)) = (costs, value.as_object_mut()) {
        let spent = |of: &Spent| object!({"new-bytes": of.image_bytes, "stored-bytes": of.stored_bytes});
        let regions: Vec<_> = costs
            .regions
            .iter()
            .map(|region| {
                object!({
                    "content": region.content,
                    "start": region.start,
                    "end": region.end,
                    "copied": spent(&region.copied),
                })
            })
            .collect();
        let costs = object!({
            "stretches": costs.stretches,
            "map": costs.map,
            "layout": costs.layout,
            "fresh": spent(&costs.fresh),
            "no-region": spent(&costs.plain),
            "regions": regions,
            "ends": ends(patch, costs),
        });
        fields.insert("costs".to_owned(), costs);
    }
    value
}
