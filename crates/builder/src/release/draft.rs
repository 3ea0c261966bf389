//! The draft of a manifest: the description's values, with every default written out.
//!
//! Nothing is checked here. The draft is encoded, and the function that decodes manifests checks it.

use super::derive::{Counters, Given, Past, of_scope};
use super::files::{advisory, evidence, image_files};
use super::known;
use super::map::{Map, default, has, list_in, put};
use super::prior::{Prior, PriorPackages};
use crate::description::table::{OWN, Reference};
use crate::description::{Table, Value};
use crate::error::Result;
use crate::input::Input;
use pkg_format::cbor::Wire;
use pkg_format::manifest::release::{AppliesTo, Class};
use pkg_format::{Digest, Id, Tree, Version};
use pkg_verify::Keyring;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// An unchecked manifest, and its files.
pub(crate) struct Draft {
    pub(crate) tree: Tree,
    /// The image files: component (as written) and path.
    pub(crate) images: Vec<(Option<String>, Option<Input>)>,
    /// Evidence that was given as files: index and path.
    pub(crate) evidence: Vec<(u64, Input)>,
    /// Languages that the texts for users must have.
    pub(crate) languages: Vec<String>,
    pub(crate) past: Past,
    /// The same release, if it was built before.
    pub(crate) before: Option<Prior>,
    pub(crate) given: Given,
}

/// Turns the values of a description into those of a manifest, looking up packages and files.
struct Resolver<'a> {
    archive: &'a PriorPackages<'a>,
    past: &'a Past,
    /// The packages that were read for their states.
    named: RefCell<Vec<Prior>>,
}

impl Resolver<'_> {
    fn state(&self, reference: &Reference) -> Result<Tree> {
        match reference {
            Reference::Digest(digest) => Ok(self.past.state_of(*digest).encode()),
            // It is filled in when the images are known; in a statement without images it is refused as no digest.
            Reference::Own => Ok(Tree::text(OWN)),
            Reference::Package(path) => {
                let prior = self.archive.read(path)?;
                let state = prior.state();
                self.named.borrow_mut().push(prior);
                Ok(state.encode())
            }
        }
    }

    fn set(&self, references: &[Reference], of: impl Fn(&Reference) -> Result<Tree>) -> Result<Tree> {
        Ok(as_set(references.iter().map(of).collect::<Result<_>>()?))
    }

    fn value(&self, value: Value) -> Result<Tree> {
        Ok(match value {
            Value::Plain(tree) => tree,
            Value::Path(path) => Tree::Text(path),
            Value::State(reference) => self.state(&reference)?,
            Value::States(references) => self.set(&references, |r| self.state(r))?,
            Value::Manifests(references) => self.set(&references, |r| match r {
                Reference::Digest(digest) => Ok(digest.encode()),
                Reference::Package(path) => Ok(self.archive.read(path)?.digest.encode()),
                Reference::Own => Ok(Tree::text(OWN)),
            })?,
            Value::Table(table) => Tree::Map(self.map(table)?),
            Value::List(list) => Tree::List(list.into_iter().map(|v| self.value(v)).collect::<Result<_>>()?),
        })
    }

    fn map(&self, table: Table) -> Result<Map> {
        table.0.into_iter().map(|(key, value)| Ok((key, self.value(value)?))).collect()
    }

    /// The highest feature level of the releases that `applies-to` names.
    fn highest_covered(&self, given: &Given, applies_to: &AppliesTo) -> Option<u64> {
        let AppliesTo::States(states) = applies_to else { return None };
        let named = self.named.borrow();
        let all = self.past.releases(given).chain(of_scope(named.iter(), given));
        let covered = all.filter(|(p, _)| states.contains(&p.state()) || states.contains(&p.digest));
        covered.map(|(_, r)| r.identity.feature_level).max()
    }

    /// Copies a table's value under the name that the manifest has for it.
    fn copy(&self, from: &mut Table, key: &str, to: &mut Map, name: &str) -> Result<()> {
        if let Some(value) = from.take(key) {
            put(to, name, self.value(value)?);
        }
        Ok(())
    }
}

impl Draft {
    /// What kind of statement it is said to be.
    pub(crate) fn kind(&self) -> String {
        match self.tree.get("kind") {
            Some(Tree::Text(kind)) => kind.clone(),
            _ => String::new(),
        }
    }

    /// Drafts the manifest of a description, issued at `issued` (unix seconds).
    pub(crate) fn new(mut table: Table, archive: &PriorPackages<'_>, issued: u64) -> Result<Draft> {
        let kind = table.text("kind").unwrap_or_else(|| "release".into());
        let mut product = table.table("product");
        let languages = product.texts("languages");
        let mut release = table.table("release");
        let mut given = Given {
            vendor: product.peek("vendor").unwrap_or_default().into(),
            name: product.peek("name").unwrap_or_default().into(),
            scope: release.peek("scope").unwrap_or("product").into(),
            line: release.peek("line").unwrap_or_default().into(),
            class: match release.peek("class") {
                Some("security") => Some(Class::Security),
                Some("feature") => Some(Class::Feature),
                _ => None,
            },
            ..Given::default()
        };
        for (key, slot) in [
            ("sequence", &mut given.sequence),
            ("feature-level", &mut given.feature_level),
            ("security-level", &mut given.security_level),
            ("generation", &mut given.generation),
        ] {
            *slot = release.uint(key);
        }
        given.sequence = given.sequence.or(table.uint("sequence"));
        given.substantial = matches!(release.take("substantial"), Some(Value::Plain(Tree::Bool(true))));
        let mut path = |key: &str| release.text(key).or_else(|| table.text(key));
        let (previous, known) = (path("previous"), path("known"));
        let version = release.peek("version").map(|v| default_id(&given.name, v));
        let own_id = table.peek("id").map(str::to_owned).or(version);
        // A package that is built again is not one of its own predecessors.
        let another = |p: &Prior| Some(p.manifest.common().id.as_str()) != own_id.as_deref();
        let key = |name: &str| if kind == "release" { format!("release.{name}") } else { name.to_owned() };
        let read =
            |(i, p): (usize, &String)| archive.read(p).map_err(|e| e.named(&format!("release.merged[{i}]")));
        let merged = release.texts("merged").iter().enumerate().map(read).collect::<Result<_>>()?;
        let previous = previous.map(|p| archive.read(&p)).transpose();
        let known = archive.known(known.as_deref()).map_err(|e| e.named(&key("known")))?;
        let (known, own): (Vec<_>, Vec<_>) = known.into_iter().partition(another);
        let before = own.into_iter().find(|p| p.release_of(&given.vendor, &given.name).is_some());
        let past = Past {
            previous: previous.map_err(|e| e.named(&key("previous")))?,
            merged,
            known,
            named: Vec::new(),
        };
        let resolver = Resolver { archive, past: &past, named: RefCell::default() };
        let mut map = vec![("format".to_owned(), Tree::Uint(pkg_format::FORMAT))];
        put(&mut map, "kind", Tree::text(kind.as_str()));
        put(&mut map, "product", Tree::Map(resolver.map(product)?));
        put(&mut map, "issued", Tree::Uint(issued));
        let evidence = evidence(&mut table, &mut map, archive)?;
        advisory(&mut table, &mut map, archive)?;
        let notes: Vec<_> = table.0.iter().map(|(k, _)| k.clone()).filter(|k| k.starts_with("x-")).collect();
        for key in
            ["id", "supersedes", "contact", "keyring-min", "action", "support", "latest-only", "tailor-made"]
                .into_iter()
                .chain(notes.iter().map(String::as_str))
        {
            resolver.copy(&mut table, key, &mut map, key)?;
        }
        if kind == "release" {
            asks_for_keyring(&mut map, archive.keyring);
        }
        if let Some(after) = known::after(&past, &given) {
            put(&mut map, "after", after);
        }
        for (from, to) in [("status", "statuses"), ("remediation", "remediations")] {
            resolver.copy(&mut table, from, &mut map, to)?;
            default_scope(&mut map, to, &given.scope);
        }
        let mut images = Vec::new();
        if kind == "release" {
            resolver.copy(&mut release, "applies-to", &mut map, "applies-to")?;
            let counters = past.counters(&given, resolver.highest_covered(&given, &applies_to(&map)));
            put(&mut map, "sequence", Tree::Uint(counters.sequence));
            let from = past.from(&given);
            if !from.is_empty() {
                put(&mut map, "from", digests(&from));
            }
            supported_since(&mut map, &past, &given, issued);
            images = image_files(&mut table, &mut map, archive)?;
            release_fields(&resolver, &mut table, release, &mut map, &given, &counters)?;
        } else {
            put(
                &mut map,
                "sequence",
                Tree::Uint(given.sequence.unwrap_or_else(|| past.next_of_kind(&given, &kind))),
            );
            if !release.0.is_empty() {
                put(&mut map, "release", Tree::Map(resolver.map(release)?));
            }
        }
        // Keys that this kind does not have are kept, so that the reader of manifests refuses them.
        for (key, value) in table.0 {
            let name = LISTS.iter().find(|(table, _)| *table == key).map_or(key.as_str(), |(_, list)| list);
            put(&mut map, name, resolver.value(value)?);
        }
        let named = resolver.named.into_inner();
        let past = Past { named, ..past };
        Ok(Draft { tree: Tree::Map(map), images, evidence, languages, past, before, given })
    }
}

/// A release asks for the keyring version that last revoked a key of releases or withdrawals, or for the newer one that
/// its description names. So a mirror cannot roll a device back by withholding that version, and a thief cannot install
/// what the revoked key signed afterwards. A notice or a withdrawal does not ask for it, because that would silence
/// recalls.
fn asks_for_keyring(map: &mut Map, keyring: Option<&Keyring>) {
    let Some(revoked) = keyring.and_then(Keyring::last_release_revocation) else { return };
    let given = map.iter().find(|(key, _)| key == "keyring-min").map(|(_, value)| value.clone());
    if !matches!(given, Some(Tree::Uint(given)) if given >= revoked) {
        map.retain(|(key, _)| key != "keyring-min");
        put(map, "keyring-min", Tree::Uint(revoked));
    }
}

/// Lists of the manifest, and the tables that fill them.
const LISTS: &[(&str, &str)] = &[
    ("image", "images"),
    ("fix", "fixes"),
    ("change", "changes"),
    ("also-fix", "also-fixes"),
    ("status", "statuses"),
    ("remediation", "remediations"),
    ("default", "defaults"),
    ("require", "requires"),
    ("reopen", "reopens"),
    ("acknowledge", "acknowledges"),
];

/// Releases that are named by their numbers are of the scope of the description, unless another one is given.
fn default_scope(map: &mut Map, key: &str, scope: &str) {
    let Some((_, Tree::List(entries))) = map.iter_mut().find(|(k, _)| k == key) else { return };
    for entry in entries {
        let Tree::Map(fields) = entry else { continue };
        let Some((_, Tree::List(list))) = fields.iter_mut().find(|(k, _)| k == "releases") else { continue };
        for releases in list {
            if let Tree::Map(releases) = releases {
                default(releases, "scope", Tree::text(scope));
            }
        }
    }
}

/// A product was placed on the market when its previous release says so; without one, when this one is issued.
fn supported_since(map: &mut Map, past: &Past, given: &Given, issued: u64) {
    let before = past.parents(given).map(|(_, r)| r.support.from.to_string()).min();
    let Some((_, Tree::Map(support))) = map.iter_mut().find(|(k, _)| k == "support") else { return };
    let month = |time: jiff::Timestamp| time.strftime("%Y-%m").to_string();
    let now = || i64::try_from(issued).ok().and_then(|s| jiff::Timestamp::from_second(s).ok()).map(month);
    if let Some(from) = before.or_else(now) {
        default(support, "from", Tree::Text(from));
    }
}

fn release_fields(
    resolver: &Resolver<'_>,
    table: &mut Table,
    mut release: Table,
    map: &mut Map,
    given: &Given,
    counters: &Counters,
) -> Result<()> {
    for key in ["class", "fresh"] {
        resolver.copy(&mut release, key, map, key)?;
    }
    if let Some(Value::Plain(Tree::Text(version))) =
        release.0.iter().find(|(k, _)| k == "version").map(|(_, v)| v)
    {
        default(map, "id", Tree::Text(default_id(&given.name, version)));
    }
    if let Some(position) = map.iter().position(|(k, v)| k == "fresh" && *v == Tree::Bool(false)) {
        map.remove(position); // false is written by leaving it out
    }
    let mut identity = resolver.map(release)?;
    default(&mut identity, "scope", Tree::text("product"));
    default(&mut identity, "channel", Tree::text("stable"));
    default(&mut identity, "environment-cost", Tree::text("none"));
    put(&mut identity, "feature-level", Tree::Uint(counters.feature_level));
    put(&mut identity, "security-level", Tree::Uint(counters.security_level));
    put(&mut identity, "generation", Tree::Uint(counters.generation));
    put(map, "release", Tree::Map(identity));
    default(map, "applies-to", resolver.past.applies_to(given, counters).encode());
    let applies_to = applies_to(map);

    for (from, to) in [
        ("cost", "cost"),
        ("separation", "separation"),
        ("also-fix", "also-fixes"),
        ("default", "defaults"),
        ("require", "requires"),
        ("reopen", "reopens"),
        ("open", "open"),
    ] {
        resolver.copy(table, from, map, to)?;
    }
    default(map, "cost", Tree::text("free"));
    automatic(resolver, table, map)?;

    let level =
        if given.class == Some(Class::Security) { counters.security_level } else { counters.feature_level };
    let mut fixes = entries(resolver, table, "fix", level)?;
    for fix in &mut fixes {
        default(fix, "status", Tree::text("fixed"));
        default(fix, "disclosure", Tree::text("public"));
        default(fix, "exploited", Tree::Bool(false));
        default(fix, "affected", Tree::text("applies-to"));
    }
    let changes = entries(resolver, table, "change", level)?;
    let copied = match given.class {
        Some(Class::Security) => resolver.past.security_entries(given, counters, &applies_to),
        Some(Class::Feature) => resolver.past.feature_entries(given, counters, &applies_to),
        None => super::derive::Copied::default(),
    };
    if given.class == Some(Class::Feature) {
        default(map, "also-fixes", Tree::List(Vec::new()));
        separately(map, resolver.past, given);
    }
    let inherited = copied.inherited.into_values().collect();
    for (key, list) in [
        ("fixes", merge(fixes, copied.fixes)),
        ("changes", merge(changes, copied.changes)),
        ("inherited", inherited),
    ] {
        if !list.is_empty() {
            put(map, key, Tree::List(list));
        }
    }
    Ok(())
}

/// A fix in a feature release is to be had separately in the known security releases that fix it.
fn separately(map: &mut Map, past: &Past, given: &Given) {
    for entry in list_in(map, "also-fixes").into_iter().flatten() {
        let Tree::Map(fields) = entry else { continue };
        let id = fields.iter().find(|(k, _)| k == "id").map(|(_, id)| id.clone());
        let Some(Tree::Text(id)) = id else { continue };
        let states = past.with_fix(given, |known| known.as_str() == id);
        if !states.is_empty() && !has(fields, "exception") {
            default(fields, "separately-in", digests(&states));
        }
    }
}

/// The id of a release without one in its description: `NAME-VERSION`. A version may have characters that ids may not
/// have, and may be too long: those characters become `-`, the id is cut, and a few digits of the digest keep versions
/// apart.
fn default_id(name: &str, version: &str) -> String {
    let plain = format!("{name}-{version}");
    if Id::new(&plain).is_ok() || Version::new(version).is_err() {
        return plain;
    }
    let safe = plain.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' });
    let cut: String = safe.take(ID_LENGTH).collect();
    format!("{cut}-{}", Digest::of(plain.as_bytes()).to_string().chars().take(ID_DIGITS).collect::<String>())
}

/// An id has at most 64 characters: this is what a dash and the digits of the digest leave.
const ID_LENGTH: usize = 64 - 1 - ID_DIGITS;
const ID_DIGITS: usize = 8;

/// The `applies-to` of the draft, as far as it can be read.
fn applies_to(map: &Map) -> AppliesTo {
    let tree = map.iter().find(|(k, _)| k == "applies-to").map(|(_, v)| v);
    match tree {
        Some(Tree::Text(_)) => AppliesTo::Line,
        Some(Tree::List(list)) => AppliesTo::States(
            list.iter()
                .filter_map(|t| {
                    if let Tree::Bytes(b) = t {
                        <[u8; 32]>::try_from(b.as_slice()).ok().map(Digest)
                    } else {
                        None
                    }
                })
                .collect(),
        ),
        _ => AppliesTo::States(Vec::new()),
    }
}

fn digests(set: &BTreeSet<Digest>) -> Tree {
    Tree::List(set.iter().map(Wire::encode).collect())
}

/// The entries of a set: sorted, and none twice.
pub(crate) fn as_set(mut entries: Vec<Tree>) -> Tree {
    entries.sort_by_key(Tree::to_bytes);
    entries.dedup();
    Tree::List(entries)
}

/// The tables of a list, each with its level.
fn entries(resolver: &Resolver<'_>, table: &mut Table, key: &str, level: u64) -> Result<Vec<Map>> {
    let mut list = Vec::new();
    for entry in table.tables(key) {
        let mut map = resolver.map(entry)?;
        default(&mut map, "level", Tree::Uint(level));
        list.push(map);
    }
    Ok(list)
}

/// Its own entries first, then the copied ones that it does not state itself.
fn merge(own: Vec<Map>, copied: Vec<Tree>) -> Vec<Tree> {
    let own: Vec<_> = own.into_iter().map(Tree::Map).collect();
    let new: Vec<_> =
        copied.into_iter().filter(|c| !own.iter().any(|o| o.get("id") == c.get("id"))).collect();
    own.into_iter().chain(new).collect()
}

fn automatic(resolver: &Resolver<'_>, table: &mut Table, map: &mut Map) -> Result<()> {
    if !table.has("automatic") {
        return Ok(());
    }
    let mut automatic = resolver.map(table.table("automatic"))?;
    let off = automatic.iter().any(|(k, v)| k == "applicable" && *v == Tree::Bool(false));
    default(&mut automatic, "default", Tree::text(if off { "off" } else { "on" }));
    put(map, "automatic", Tree::Map(automatic));
    Ok(())
}
