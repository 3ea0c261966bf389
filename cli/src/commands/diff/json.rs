//! The report as JSON.

use crate::json::tree;
use crate::page::difference::{Package, Report};
use pkg_contents::{Change, Entry, Inside};
use pkg_diff::statements::{Entries, Field};
use pkg_diff::{ImageDifference, ImageFinding, UnattributedChanges};
use pkg_format::cbor::Wire;
use serde_json::{Value, json};

pub(super) fn of(report: &Report<'_>) -> Value {
    let (d, statements) = (report.difference, report.statements);
    json!({
        "unexplained": d.images.iter().filter_map(unexplained).collect::<Vec<_>>(),
        "old": side(&report.old),
        "new": side(&report.new),
        "what-else": d.unattributed.as_ref().map(what_else),
        "fixes": entries(&statements.fixes),
        "changes": entries(&statements.changes),
        "images": d.images.iter().map(image).collect::<Vec<_>>(),
        "components": d.components.as_ref().map(|all| all.iter().map(|c| json!({
            "name": c.name,
            "old": c.old,
            "new": c.new,
        })).collect::<Vec<_>>()),
        "fields": statements.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn side(package: &Package<'_>) -> Value {
    let (file, side) = (package.file, package.side);
    let release = side.manifest.release();
    let signatures = file.signatures.iter().map(|(s, label)| {
        json!({"statement": s.statement.as_str(), "key": s.key.to_string(), "alg": s.alg.as_str(), "label": label})
    });
    json!({
        "package": file.path.display().to_string(),
        "verdict": if side.is_vouched { "verified" } else { "unverified" },
        "package-kind": side.kind(),
        "name": side.name(),
        "class": release.map(|r| r.class().as_str()),
        "separation": release.and_then(|r| r.security()).map(|s| s.separation.kind().as_str()),
        "manifest-digest": side.digest.to_string(),
        "size": file.size,
        "sbom": side.sbom.as_ref().map(|s| s.formats.join(", ")),
        "sboms-not-compared": side.unread_sboms,
        "sboms-not-checked": side.unchecked_sboms,
        "signatures": signatures.collect::<Vec<_>>(),
    })
}

fn what_else(found: &UnattributedChanges) -> Value {
    let outside =
        found.files.iter().map(|o| json!({"component": o.component, "change": word(o.sign), "path": o.path}));
    json!({
        "changed": found.changed,
        "outside": outside.collect::<Vec<_>>(),
        "fixes": found.fixes,
        "fixes-without-touches": found.without_touches,
        "unexplained": found.unexplained.iter().map(|(component, _)| component).collect::<Vec<_>>(),
        "touches-everything": found.everything,
    })
}

fn word(sign: char) -> &'static str {
    match sign {
        '+' => "added",
        '-' => "removed",
        _ => "changed",
    }
}

fn entries<T: Wire + PartialEq>(entries: &Entries<'_, T>) -> Value {
    let all = |list: &[&T]| list.iter().map(|t| tree(&t.encode())).collect::<Vec<_>>();
    let carried = entries.carried.iter().map(|(old, new)| match old == new {
        true => json!({"same": true, "new": tree(&new.encode())}),
        false => json!({"same": false, "old": tree(&old.encode()), "new": tree(&new.encode())}),
    });
    json!({"new": all(&entries.new), "carried": carried.collect::<Vec<_>>(), "gone": all(&entries.gone)})
}

fn field(field: &Field) -> Value {
    json!({"field": field.path, "old": field.old.as_ref().map(tree), "new": field.new.as_ref().map(tree)})
}

fn image(image: &ImageDifference) -> Value {
    let one = |side: &Option<(u64, pkg_format::Digest)>| {
        side.map(|(size, sha256)| json!({"size": size, "sha256": sha256.to_string()}))
    };
    let (format, files) = match &image.found {
        ImageFinding::Same | ImageFinding::OneSided | ImageFinding::NotListed(_) => (None, None),
        ImageFinding::Listed(format, Inside::Files(changes)) => (Some(format), Some(changes)),
        ImageFinding::Listed(format, Inside::Unexplained(_)) => (Some(format), None),
    };
    json!({
        "component": image.component,
        "same": matches!(image.found, ImageFinding::Same),
        "old": one(&image.old),
        "new": one(&image.new),
        "format": format,
        "unexplained": image.unexplained(),
        "files": files.map(|changes| changes.iter().map(change).collect::<Vec<_>>()),
    })
}

/// An image that differs without an explanation.
fn unexplained(image: &ImageDifference) -> Option<Value> {
    image.unexplained().map(|why| json!({"component": image.component, "why": why}))
}

fn change(change: &Change) -> Value {
    let (old, new, aspects) = match change {
        Change::Added(new) => (None, Some(new), Vec::new()),
        Change::Removed(old) => (Some(old), None, Vec::new()),
        Change::Changed(both, aspects) => (Some(&both.0), Some(&both.1), aspects.clone()),
    };
    json!({
        "path": change.path(),
        "change": change.as_str(),
        "differs": aspects.iter().map(|a| a.as_str()).collect::<Vec<_>>(),
        "old": old.map(entry),
        "new": new.map(entry),
    })
}

fn entry(entry: &Entry) -> Value {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    json!({
        "type": entry.kind.as_str(),
        "mode": entry.mode.map(|m| format!("{m:04o}")),
        "uid": entry.owner.map(|o| o.0),
        "gid": entry.owner.map(|o| o.1),
        "size": entry.size,
        "sha256": entry.sha256.map(|d| hex(&d)),
        "target": entry.target,
        "device": entry.device.map(|(major, minor)| [major, minor]),
        "attributes": entry.attributes,
        "build-id": entry.build_id.as_deref().map(hex),
    })
}
