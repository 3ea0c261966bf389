//! The description of a request for an offline signature: for the person in the secure room, who reads it before
//! signing and may have nothing but a shell.

use crate::keyring_since::since;
use crate::out::{escape, shown};
use crate::page::{asked, corrective, format};
use crate::table::table;
use pkg_format::cbor::{Item, strict::Keys};
use pkg_format::cose::{Algorithm, StatementKind};
use pkg_format::keyring::Head;
use pkg_format::manifest::{Body, Release, Separation, Update};
use pkg_format::{Delivery, Digest, KeyringStatement, Manifest, Tree};
use pkg_verify::PublicKey;
use std::path::Path;

/// What a signature is asked for.
pub(crate) struct Request<'a> {
    pub(crate) kind: StatementKind,
    pub(crate) statement: &'a [u8],
    pub(crate) says: Says<'a>,
    /// The file that the statement is in.
    pub(crate) file: &'a Path,
    /// The public key's file.
    pub(crate) public: &'a Path,
}

/// What the statement says.
pub(crate) enum Says<'a> {
    Manifest(&'a Manifest),
    Delivery(&'a Manifest, &'a Delivery),
    /// A keyring, and the version before it.
    Keyring(&'a KeyringStatement, Option<&'a KeyringStatement>),
}

/// Lines of a name and a value.
#[derive(Default)]
struct Rows(Vec<Vec<String>>);

impl Rows {
    fn put(&mut self, name: &str, value: impl ToString) {
        // What somebody else wrote stays on its line, and acts on no terminal.
        let value = escape(&value.to_string()).replace('\n', "\\n");
        self.0.push(vec![String::new(), name.into(), value]);
    }
}

impl Request<'_> {
    /// The whole text; `to` is the file with the bytes.
    pub(crate) fn words(&self, to: &Path, key: &PublicKey, bytes: &[u8]) -> String {
        let name = |path: &Path| quoted(path.file_name().map(Path::new).unwrap_or(path));
        let (file, request, public) = (name(self.file), name(to), name(self.public));
        let (what, member, command) = match &self.says {
            Says::Manifest(_) => {
                ("manifest: the statement that this is released, and why", "manifest.cbor", "sign")
            }
            Says::Delivery(..) => (
                "delivery: how the images of a release are stored in its packages",
                "delivery.cbor",
                "sign --delivery",
            ),
            Says::Keyring(..) => {
                ("keyring: the keys that are trusted, and what each may sign", "keyring.cbor", "keyring sign")
            }
        };
        let mut rows = Rows::default();
        rows.put("signs a", what);
        match &self.says {
            Says::Manifest(manifest) => says_manifest(&mut rows, manifest),
            Says::Delivery(manifest, delivery) => says_delivery(&mut rows, manifest, delivery),
            Says::Keyring(keyring, before) => says_keyring(&mut rows, keyring, *before),
        }
        rows.put("statement", format!("{member} of {file}, sha256 {}", Digest::of(self.statement)));
        rows.put("by key", format!("{}, {public}", key.id()));
        rows.put("request", format!("{request}, {} bytes, sha256 {}", bytes.len(), Digest::of(bytes)));
        let rows = table(&rows.0);
        let all = everything(self.statement);
        format!(
            "You are asked to sign the bytes of {request}. This text describes them.

{rows}
All fields of the statement, with their names in SPEC.md (dates also as unix seconds):

{all}
Check that this text describes these bytes. Their last 32 bytes are the digest of the
statement, so both commands must print the digest shown at \"statement\" above:

  tail -c 32 {request} | od -An -v -tx1 | tr -d ' \\n'; echo
  tar -xOf {file} {member} | sha256sum

The author of this text may have lied. If you have pkg, let it show the file that the
two commands have checked:

  {show}

Sign exactly these bytes, with {alg}:

  openssl pkeyutl -sign -rawin -inkey KEY -in {request} -out {request}.sig

Then, on the machine that has {file}:

  pkg {command} {file} --public {public} --attach {request}.sig
",
            alg = match key.alg() {
                Algorithm::Ed25519 => "pure Ed25519",
                Algorithm::MlDsa65 => "pure ML-DSA-65 without a context (OpenSSL 3.5 or later)",
            },
            show = match &self.says {
                Says::Keyring(..) => format!("pkg keyring show {file}"),
                _ => format!("pkg inspect {file}"),
            }
        )
    }
}

/// A file name as a shell takes it.
fn quoted(path: &Path) -> String {
    let name = shown(path);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._+~/".contains(c);
    match name.chars().all(plain) && !name.starts_with('-') {
        true => name,
        // A name that begins with a dash would be an option.
        false => format!("'./{}'", name.replace('\'', "'\\''")),
    }
}

fn joined<T: ToString>(entries: impl IntoIterator<Item = T>) -> String {
    entries.into_iter().map(|e| e.to_string()).collect::<Vec<_>>().join(", ")
}

/// Every field of a statement, one a line, so that nothing is signed unseen, even when the format gets new fields.
/// Says what cannot be read.
fn everything(statement: &[u8]) -> String {
    let tree = Item::open(statement, Keys::Text).and_then(Tree::from_item);
    let mut out = String::new();
    match tree {
        Ok(tree) => fields(&tree, "", &mut out),
        Err(refusal) => out.push_str(&format!("  {refusal}\n")),
    }
    out
}

fn fields(tree: &Tree, path: &str, out: &mut String) {
    let mut line = |value: &str| {
        let value = escape(value).replace('\n', "\\n");
        out.push_str(&format!("  {}: {value}\n", escape(path).replace('\n', "\\n")));
    };
    match tree {
        // Hundreds of digests that nobody compares by eye; the statement's own digest covers them.
        Tree::List(chunks) if path.ends_with(".chunks") => line(&format!("{} chunks", chunks.len())),
        Tree::List(list) if list.is_empty() => line("none"),
        Tree::List(list) => {
            (0..).zip(list).for_each(|(i, tree): (u64, _)| fields(tree, &format!("{path}[{i}]"), out));
        }
        Tree::Map(map) if map.is_empty() => line("none"),
        Tree::Map(map) => {
            let dot = if path.is_empty() { "" } else { "." };
            map.iter().for_each(|(key, tree)| fields(tree, &format!("{path}{dot}{key}"), out));
        }
        Tree::Uint(n) => match path.rsplit('.').next().is_some_and(|key| TIMES.contains(&key)) {
            true => line(&format!("{n}, {}", format::time(*n))),
            false => line(&n.to_string()),
        },
        Tree::Int(n) => line(&n.to_string()),
        Tree::Bool(b) => line(&b.to_string()),
        Tree::Text(text) => line(text),
        Tree::Bytes(bytes) => line(&bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
}

/// Fields whose numbers are times.
const TIMES: [&str; 6] = ["issued", "deadline", "known-since", "exploited-since", "until", "planned"];

fn says_manifest(rows: &mut Rows, manifest: &Manifest) {
    let common = manifest.common();
    rows.put("of", format!("a {}, {}", manifest.kind(), common.id));
    rows.put("product", format!("{} {}", common.product.vendor, common.product.name));
    rows.put("hardware", joined(&common.product.hardware));
    match manifest.body() {
        Body::Release(release) => says_release(rows, release),
        Body::Notice(notice) => {
            for status in &notice.statuses {
                rows.put("about", format!("{}: {}", status.id, status.standing.as_str()));
            }
        }
        Body::Withdrawal(withdrawal) => {
            rows.put("withdraws", format!("the {} of {}", withdrawal.scope, joined(&withdrawal.withdraws)));
            rows.put("the maker", corrective(withdrawal.corrective));
            for (lang, reason) in withdrawal.reason.iter() {
                rows.put("because", format!("({lang}) {}", reason.as_str()));
            }
        }
        Body::Acknowledgement(it) => {
            for past in &it.acknowledges {
                let ids = if past.ids.is_empty() { String::new() } else { format!(" {}", joined(&past.ids)) };
                let span = format!("{} to {}", format::time(past.from), format::time(past.until));
                rows.put("answers for", format!("{}{ids}, {span}", past.rule));
            }
            for (name, texts) in [("cause", &it.cause), ("remedy", &it.remedy)] {
                for (lang, text) in texts.iter() {
                    rows.put(name, format!("({lang}) {}", text.as_str()));
                }
            }
            rows.put("approved by", &it.approver);
        }
    }
    if let (Some(advisory), _) = manifest.advice() {
        for (lang, text) in advisory.iter() {
            rows.put("title", format!("({lang}) {}", text.title));
        }
    }
    if let (_, Some(action)) = manifest.advice() {
        rows.put("asks users", asked(action));
    }
    if let Some(min) = common.keyring_min {
        rows.put("needs keyring", format!("version {min} or newer"));
    }
    if !common.supersedes.is_empty() {
        rows.put("replaces", joined(&common.supersedes));
    }
    rows.put("sequence", common.sequence);
    rows.put("issued", format::time(common.issued));
}

fn says_release(rows: &mut Rows, release: &Release) {
    let of = &release.identity;
    rows.put("version", format!("{}, line {}, scope {}, for {}", of.version, of.line, of.scope, of.channel));
    rows.put("class", release.class());
    if let Some(security) = release.security() {
        rows.put("separation", format::separation(security.separation.kind()));
        if let Separation::ChangeIsFix(why) | Separation::Inseparable(why) = &security.separation {
            for (lang, text) in why.rationale.iter() {
                rows.put("because", format!("({lang}) {}", text.as_str()));
            }
            rows.put("approved by", &why.approver);
        }
    }
    rows.put(
        "levels",
        format!("feature {}, security {}, generation {}", of.feature_level, of.security_level, of.generation),
    );
    rows.put("installs on", format::applies(&release.applies_to, release.fresh, of));
    match &release.update {
        Update::Security(security) => {
            for fix in &security.fixes {
                rows.put("fixes", format!("{} at security level {}, {}", fix.id, fix.level, fix.status));
            }
        }
        Update::Feature(feature) => {
            for fix in &feature.also_fixes {
                rows.put("also fixes", &fix.id);
                if let Some((reason, why)) = fix.exception() {
                    rows.put("NOT ALONE", format!("{}: {reason}", fix.id));
                    for (lang, text) in why.rationale.iter() {
                        rows.put("because", format!("({lang}) {}", text.as_str()));
                    }
                    rows.put("approved by", &why.approver);
                }
            }
        }
    }
    for open in &release.open {
        rows.put("LEAVES OPEN", format!("{}: {}", open.id, open.status));
    }
    for change in release.changes() {
        rows.put("changes", format!("{}: {}", change.id, change.effect));
    }
    for need in &release.requires {
        rows.put("needs", format!("scope {}: {}", need.scope, format::need(&need.need)));
    }
    if let Some(security) = release.security() {
        for again in &security.reopens {
            rows.put("REOPENS", &again.id);
        }
    }
    rows.put("cost", release.cost);
    rows.put("supported", format!("until {}", release.support.until));
    for image in &release.images {
        rows.put("image", format!("{}, {} bytes, sha256 {}", image.component, image.size, image.sha256));
    }
}

fn says_delivery(rows: &mut Rows, manifest: &Manifest, delivery: &Delivery) {
    let product = &manifest.common().product;
    rows.put("product", format!("{} {}", product.vendor, product.name));
    if let Some(release) = manifest.release() {
        rows.put("version", format!("{}, line {}", release.identity.version, release.identity.line));
        rows.put("class", release.class());
    }
    rows.put("manifest", format!("sha256 {}", delivery.manifest));
    rows.put("delivery", delivery.kind);
    for payload in &delivery.payloads {
        let stored = payload.stored_bytes();
        rows.put("payload", format!("{}, {}, {stored} bytes", payload.component, payload.codec));
        if let Some(base) = &payload.base {
            rows.put("from base", format!("{}, {} bytes, sha256 {}", base.version, base.size, base.sha256));
        }
    }
}

fn says_keyring(rows: &mut Rows, keyring: &KeyringStatement, before: Option<&KeyringStatement>) {
    rows.put("keyring", format!("{}, version {}", keyring.name, keyring.version));
    for change in before.map(|before| since(before, keyring)).unwrap_or_default() {
        rows.put("CHANGES", change);
    }
    for root in &keyring.roots {
        rows.put("root", format!("{} {}", root.id(), root.label));
    }
    rows.put("roots needed", keyring.root_threshold);
    for key in &keyring.keys {
        let bound = key.products.iter().map(|p| format!("{}/{}", p.vendor, p.name));
        let bound = bound.chain(key.channels.iter().map(ToString::to_string));
        let bound = joined(bound.chain(key.scopes.iter().map(|scope| format!("scope {scope}"))));
        let bound = if bound.is_empty() { bound } else { format!("; only {bound}") };
        rows.put("key", format!("{} {}: {}{bound}", key.id(), key.label, joined(&key.roles)));
    }
    let more = keyring.thresholds.iter().map(|(asked, n)| format!("{n} for {asked}"));
    rows.put("keys needed", joined(more.chain(["1 for every other role".into()])));
    for (asked, n) in &keyring.post_quantum.asked {
        rows.put("as well", format!("{n} with ML-DSA-65 for {asked}"));
    }
    if let Some(n) = keyring.post_quantum.root {
        rows.put("as well", format!("{n} roots with ML-DSA-65"));
    }
    for revoked in &keyring.revoked {
        rows.put("REVOKED", revoked);
    }
    for Head { vendor, name, scope, at } in &keyring.heads {
        let levels = (at.sequence, at.feature_level, at.security_level);
        let (sequence, feature, security) = levels;
        let to = format!("sequence {sequence}, feature level {feature}, security level {security}");
        rows.put("newest release", format!("{}: {to}", joined([vendor, name, scope, &at.line])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::statements;

    /// Every value of a statement stands in the request, whatever its field is called: nothing is left to be added here
    /// when a field is added to the format.
    #[test]
    fn nothing_is_signed_that_is_not_shown() {
        fn leaves(tree: &Tree, path: &str, all: &mut Vec<(String, String)>) {
            match tree {
                Tree::Map(map) => map.iter().for_each(|(k, t)| leaves(t, &format!("{path}.{k}"), all)),
                Tree::List(list) if !path.ends_with(".chunks") => {
                    list.iter().enumerate().for_each(|(i, t)| leaves(t, &format!("{path}[{i}]"), all));
                }
                Tree::List(_) => {}
                Tree::Uint(n) => all.push((path.into(), n.to_string())),
                Tree::Int(n) => all.push((path.into(), n.to_string())),
                Tree::Bool(b) => all.push((path.into(), b.to_string())),
                Tree::Text(text) => all.push((path.into(), escape(text).replace('\n', "\\n"))),
                Tree::Bytes(bytes) => {
                    all.push((path.into(), bytes.iter().map(|b| format!("{b:02x}")).collect()));
                }
            }
        }
        for tree in statements() {
            let text = everything(&tree.to_bytes());
            let mut all = Vec::new();
            leaves(&tree, "", &mut all);
            assert!(all.len() > 10);
            for (path, value) in all {
                let path = path.trim_start_matches('.');
                let line = format!("  {path}: {value}");
                let shown = text
                    .lines()
                    .any(|l| l == line || l.strip_prefix(&line).is_some_and(|r| r.starts_with(", ")));
                assert!(shown, "{path} is signed and not shown");
            }
            assert!(!text.contains(|c| c != '\n' && pkg_format::text::is_forbidden(c)));
        }
    }
}
