//! `pkg keyring show`: the keys, what each may sign, and who signed the keyring.

use crate::keyring_since::{since, thresholds};
use crate::out::{Outcome, Status, data, error, hint, warning};
use crate::table::wrapped;
use crate::{inputs, json};
use pkg_builder::keyring::{CheckedSignature, KeyringFile, RootSignature};
use pkg_format::cose::{Algorithm, KeyId};
use pkg_format::keyring::Role;
use pkg_format::{Digest, KeyringStatement, Label};
use pkg_verify::{ExampleKeys, Keyring, is_example_key};
use serde_json::json;
use std::path::Path;

pub(super) fn show(path: &Path, as_json: bool) -> Outcome {
    // Read it only once: it may be a pipe.
    let bytes = inputs::keyring_file(path)?;
    let file = KeyringFile::from_bytes(&bytes, path)?;
    let statement = file.statement()?;
    let signatures = file.signatures()?;
    let verdict = Keyring::open(&bytes, ExampleKeys::DangerAccept);
    let status = if verdict.is_ok() { Status::Done } else { Status::Refused };
    if as_json {
        let mut value = json::tree(&statement.to_tree());
        let signed =
            |status| signatures.iter().filter(move |s| s.status == status).map(|s| s.key.to_string());
        value["signed-by"] = signed(RootSignature::Valid).collect::<Vec<_>>().into();
        value["forged"] = signed(RootSignature::Forged).collect::<Vec<_>>().into();
        let before = file.predecessors().next().transpose()?;
        value["changes"] = before.map(|b| since(&b, &statement)).unwrap_or_default().into();
        value["digest"] = Digest::of(file.statement_bytes()).to_string().into();
        let versions = file.predecessors().map(|p| Ok(p?.version)).collect::<Outcome<Vec<_>>>()?;
        value["predecessors"] = versions.into();
        value["verdict"] = json!(if verdict.is_ok() { "signed by its roots" } else { "refused" });
        value["rule"] = verdict.as_ref().err().and_then(pkg_verify::Error::rule).map(|r| r.id()).into();
        data(&json::text(&value))?;
        return Ok(status);
    }
    let verdict = match verdict {
        Ok(_) => "signed by its roots".into(),
        Err(e) => format!("REFUSED: {e}"),
    };
    let digest = Digest::of(file.statement_bytes());
    data(&format!(
        "keyring {}, version {}: {verdict}\nfingerprint {digest}\n\n",
        statement.name, statement.version
    ))?;
    let before = file.predecessors().collect::<Result<Vec<_>, _>>()?;
    if let Some(previous) = before.first() {
        let changes = since(previous, &statement);
        data(&format!("changed since version {}:\n", previous.version))?;
        for change in &changes {
            data(&format!("  {change}\n"))?;
        }
        if changes.is_empty() {
            data("  nothing\n")?;
        }
        data("\n")?;
    }
    data(&wrapped(&rows(&statement, &signatures, &before)))?;
    data(&format!("\nsignatures needed: {}\n", thresholds(&statement).join(", ")))?;
    let strangers = signatures.iter().filter(|s| s.status == RootSignature::Stranger).count();
    if strangers > 0 {
        data(&format!("{strangers} more by keys that are not roots; they do not count\n"))?;
    }
    for head in &statement.heads {
        let at = &head.at;
        data(&format!(
            "\nnewest of {} {}, scope {}, line {}: sequence {}, feature level {}, security level {}\n",
            head.vendor, head.name, head.scope, at.line, at.sequence, at.feature_level, at.security_level
        ))?;
    }
    if let (Some(newest), Some(oldest)) = (before.first(), before.last()) {
        let versions = match before.len() {
            1 => format!("version {}", newest.version),
            _ => format!("versions {} to {}", oldest.version, newest.version),
        };
        data(&format!(
            "\nthis file also contains {versions}; devices with an earlier version update from this file\n"
        ))?;
    }
    for forged in signatures.iter().filter(|s| s.status == RootSignature::Forged) {
        error(&format!(
            "the signature under the key {} does not match: FORGED, or made for other bytes",
            forged.name()
        ));
        hint("do not sign or trust this file; get a new copy from the person who made it");
    }
    if labels(&statement).any(|(id, _)| is_example_key(&id)) {
        warning("it trusts EXAMPLE keys: anybody can sign with them");
    }
    Ok(status)
}

/// The ids and labels of all keys in a keyring.
fn labels(statement: &KeyringStatement) -> impl Iterator<Item = (KeyId, &Label)> {
    let roots = statement.roots.iter().map(|r| (r.id(), &r.label));
    statement.keys.iter().map(|k| (k.id(), &k.label)).chain(roots)
}

/// `what`, with the number of keys of this algorithm that must sign; left out for one Ed25519 key, which is always
/// required.
fn needed(what: &str, n: u64, alg: Algorithm) -> String {
    match (alg, n) {
        (Algorithm::Ed25519, 1) | (Algorithm::MlDsa65, 0) => what.to_owned(),
        (Algorithm::Ed25519, n) => format!("{what} ({n} needed)"),
        (Algorithm::MlDsa65, n) => format!("{what} ({n} needed as well)"),
    }
}

/// The column that says to what a key is bound.
const BOUND: usize = 3;

fn rows(
    statement: &KeyringStatement,
    signatures: &[CheckedSignature],
    before: &[KeyringStatement],
) -> Vec<Vec<String>> {
    let mut rows = vec![["key", "label", "may sign", "bound to", ""].map(String::from).to_vec()];
    for root in &statement.roots {
        let id = root.id();
        let signed = match signatures.iter().find(|s| s.key == id).map(|s| s.status) {
            Some(RootSignature::Valid) => "signed this",
            Some(RootSignature::Forged) => "FORGED SIGNATURE",
            Some(RootSignature::Stranger) | None => "",
        };
        let what = match root.alg {
            Algorithm::Ed25519 => format!("keyrings ({} needed)", statement.root_threshold),
            alg => needed("keyrings", statement.post_quantum.root.unwrap_or(0), alg),
        };
        rows.push(vec![id.short(), root.label.to_string(), what, String::new(), signed.into()]);
    }
    for key in &statement.keys {
        let id = key.id();
        let need = |role: &Role| {
            let n = match key.alg {
                Algorithm::Ed25519 => statement.threshold((*role).into()),
                Algorithm::MlDsa65 => statement.post_quantum_threshold((*role).into()),
            };
            needed(role.as_str(), n, key.alg)
        };
        let roles = key.roles.iter().map(need).collect::<Vec<_>>().join(", ");
        let products = key.products.iter().map(|p| format!("{}/{}", p.vendor, p.name));
        let channels = key.channels.iter().map(|c| c.as_str().to_owned());
        let bound = products.chain(channels).chain(key.scopes.iter().map(|s| format!("scope {s}")));
        let revoked = if statement.revoked.contains(&id) { "REVOKED" } else { "" };
        rows.push(vec![
            id.short(),
            key.label.to_string(),
            roles,
            bound.collect::<Vec<_>>().join(", "),
            revoked.into(),
        ]);
    }
    // A revoked key that is no longer listed is shown with its last label.
    let listed = |id| labels(statement).any(|(k, _)| k == id);
    for id in statement.revoked.iter().filter(|id| !listed(**id)) {
        let label = before
            .iter()
            .find_map(|b| labels(b).find(|(known, _)| known == id).map(|(_, label)| label.to_string()));
        rows.push(vec![
            id.short(),
            label.unwrap_or_default(),
            "nothing".into(),
            String::new(),
            "REVOKED".into(),
        ]);
    }
    // A heading above an empty column would look like the heading of the next one.
    if rows.iter().skip(1).all(|row| row.get(BOUND).is_none_or(String::is_empty)) {
        rows.iter_mut().for_each(|row| drop(row.remove(BOUND)));
    }
    rows
}
