//! The report as JSON.

use super::{Answer, Compared, Look, Report, Side};
use crate::json::tree;
use pkg_contents::{Change, Entry, Inside};
use pkg_diff::statements::{Entries, Field};
use pkg_format::cbor::Wire;
use serde_json::{Value, json};

pub(super) fn of(report: &Report<'_>) -> Value {
    let d = report.difference;
    json!({
        "unexplained": report.images.iter().filter_map(unexplained).collect::<Vec<_>>(),
        "old": side(report.old),
        "new": side(report.new),
        "what-else": report.answer.map(what_else),
        "fixes": entries(&d.fixes),
        "changes": entries(&d.changes),
        "images": report.images.iter().map(image).collect::<Vec<_>>(),
        "components": report.components.map(|all| all.iter().map(|c| json!({
            "name": c.name,
            "old": c.old,
            "new": c.new,
        })).collect::<Vec<_>>()),
        "fields": d.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn side(side: &Side) -> Value {
    let release = side.manifest.release();
    let signatures = side.signatures.iter().map(|(s, label)| {
        json!({"statement": s.statement.as_str(), "key": s.key.to_string(), "alg": s.alg.as_str(), "label": label})
    });
    json!({
        "package": side.path.display().to_string(),
        "verdict": if side.vouched { "verified" } else { "unverified" },
        "package-kind": side.kind(),
        "name": side.name(),
        "class": release.map(|r| r.class().as_str()),
        "separation": release.and_then(|r| r.security()).map(|s| s.separation.kind().as_str()),
        "manifest-digest": side.digest.to_string(),
        "size": side.size,
        "sbom": side.sbom.as_ref().map(|s| s.formats.join(", ")),
        "sboms-not-compared": side.unread_sboms,
        "signatures": signatures.collect::<Vec<_>>(),
    })
}

fn what_else(answer: &Answer) -> Value {
    let outside = answer
        .outside
        .iter()
        .map(|o| json!({"component": o.component, "change": word(o.sign), "path": o.path}));
    json!({
        "changed": answer.changed,
        "outside": outside.collect::<Vec<_>>(),
        "fixes": answer.fixes,
        "fixes-without-touches": answer.silent,
        "unexplained": answer.unexplained,
        "touches-everything": answer.everything,
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

fn image(image: &Compared) -> Value {
    let one = |side: &Option<(u64, pkg_format::Digest)>| {
        side.map(|(size, sha256)| json!({"size": size, "sha256": sha256.to_string()}))
    };
    let (format, files, why) = match &image.look {
        Look::Same | Look::OneSided => (None, None, None),
        Look::Inside(format, Inside::Files(changes)) => (Some(format), Some(changes), None),
        Look::Inside(format, Inside::Unexplained(why)) => (Some(format), None, Some(why)),
        Look::Unseen(why, _) => (None, None, Some(why)),
    };
    json!({
        "component": image.component,
        "same": matches!(image.look, Look::Same),
        "old": one(&image.old),
        "new": one(&image.new),
        "format": format,
        "unexplained": why,
        "files": files.map(|changes| changes.iter().map(change).collect::<Vec<_>>()),
    })
}

/// An image that differs without an explanation.
fn unexplained(image: &Compared) -> Option<Value> {
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
