//! Reading a state file: the shape is serde's, each value is judged where it stands.

use crate::{State, Wrong};
use pkg_format::lang::Lang;
use pkg_format::manifest::Kind;
use pkg_format::{Digest, Id, Version};
use pkg_verify::decide::{Approval, Choices, Device, LONGEST, Notified, Postponed, Profile};
use pkg_verify::{DeviceState, Installed};
use serde::Deserialize;
use toml::Spanned;

/// A word, a name or a digest, and where it stands.
type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    product: ProductTable,
    #[serde(default)]
    installed: Vec<InstalledTable>,
    #[serde(default)]
    user: UserTable,
    #[serde(default)]
    device: DeviceTable,
    keyring: Option<KeyringTable>,
    #[serde(default)]
    withdrawn: WithdrawnTable,
    #[serde(default)]
    seen: SeenTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductTable {
    vendor: Text,
    name: Text,
    hardware: Spanned<OneOrMore>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct InstalledTable {
    scope: Text,
    line: Text,
    version: Option<Text>,
    sequence: u64,
    feature_level: u64,
    security_level: u64,
    manifest: Option<Text>,
    #[serde(default)]
    image: Vec<ImageTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageTable {
    component: Text,
    sha256: Text,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct UserTable {
    automatic_security: Option<bool>,
    automatic_feature: bool,
    approval: Option<Text>,
    approved: Option<Text>,
    approved_download: Option<Text>,
    declined: Vec<Text>,
    postponed_until: Option<u64>,
    postponed_left: Option<u64>,
    postponed_count: u64,
    postponed_feature: PostponedTable,
    notified: Vec<NotifiedTable>,
    language: Option<Text>,
    answered: Vec<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PostponedTable {
    count: u64,
    left: u64,
    until: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifiedTable {
    manifest: Text,
    at: Option<u64>,
    #[serde(default)]
    elapsed: u64,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeviceTable {
    profile: Option<Text>,
    busy: bool,
    now: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyringTable {
    version: u64,
    digest: Text,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WithdrawnTable {
    manifests: Vec<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct SeenTable {
    notice_sequence: u64,
    superseded: Vec<SupersededTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SupersededTable {
    kind: Text,
    manifest: Text,
}

type Result<T> = std::result::Result<T, Wrong>;

/// Reads a state.
pub(crate) fn state(text: &str) -> Result<State> {
    let file: File = toml::from_str(text)
        .map_err(|e| Wrong { why: e.message().to_owned(), at: e.span().unwrap_or(0..0) })?;
    read(&file)
}

fn wrong<T>(at: &Spanned<T>, why: impl Into<String>) -> Wrong {
    Wrong { why: why.into(), at: at.span() }
}

fn id(text: &Text) -> Result<Id> {
    Id::new(text.get_ref()).map_err(|e| wrong(text, e.why))
}

fn hardware(hardware: &Spanned<OneOrMore>) -> Result<Vec<Id>> {
    let list = match hardware.get_ref() {
        OneOrMore::One(one) => std::slice::from_ref(one),
        OneOrMore::More(more) => more.as_slice(),
    };
    list.iter().map(|h| Id::new(h).map_err(|e| wrong(hardware, e.why))).collect()
}

fn digest(text: &Text) -> Result<Digest> {
    Digest::from_hex(text.get_ref()).ok_or_else(|| wrong(text, "expected 64 hex digits"))
}

fn digests(list: &[Text]) -> Result<Vec<Digest>> {
    list.iter().map(digest).collect()
}

/// One of a few words; the first is the default.
fn word<T: Copy>(text: Option<&Text>, all: &[T], word: fn(T) -> &'static str) -> Result<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    let found = all.iter().copied().find(|v| word(*v) == text.get_ref());
    found.map(Some).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|v| word(*v)).collect();
        wrong(text, format!("expected one of {}", words.join(", ")))
    })
}

fn read(file: &File) -> Result<State> {
    let mut state = DeviceState {
        vendor: id(&file.product.vendor)?,
        name: id(&file.product.name)?,
        hardware: hardware(&file.product.hardware)?,
        installed: Vec::new(),
    };
    let mut versions = std::collections::BTreeMap::new();
    for table in &file.installed {
        let installed = self::installed(table)?;
        if state.installed(&installed.scope).is_some() {
            return Err(wrong(&table.scope, "this scope stands there twice"));
        }
        if let Some(text) = &table.version {
            let version = Version::new(text.get_ref()).map_err(|e| wrong(text, e.why))?;
            versions.insert(installed.scope.clone(), version);
        }
        state.installed.push(installed);
    }
    let profile = word(file.device.profile.as_ref(), Profile::ALL, Profile::word)?;
    let keyring = file.keyring.as_ref();
    let keyring = keyring.map(|k| digest(&k.digest).map(|digest| (k.version, digest)));
    Ok(State {
        choices: choices(file)?,
        device: Device { profile: profile.unwrap_or_default(), busy: file.device.busy, ..Device::new(state) },
        now: file.device.now,
        keyring: keyring.transpose()?,
        versions,
    })
}

fn installed(table: &InstalledTable) -> Result<Installed> {
    let mut images: Vec<(Id, Digest)> = Vec::new();
    for image in &table.image {
        let component = id(&image.component)?;
        if images.iter().any(|(c, _)| *c == component) {
            return Err(wrong(&image.component, "this component stands there twice"));
        }
        images.push((component, digest(&image.sha256)?));
    }
    Ok(Installed {
        scope: id(&table.scope)?,
        line: id(&table.line)?,
        sequence: table.sequence,
        feature_level: table.feature_level,
        security_level: table.security_level,
        manifest: table.manifest.as_ref().map(digest).transpose()?,
        images,
    })
}

fn choices(file: &File) -> Result<Choices> {
    let user = &file.user;
    let maybe = |text: &Option<Text>| text.as_ref().map(digest).transpose();
    let notified = user
        .notified
        .iter()
        .map(|n| Ok(Notified { manifest: digest(&n.manifest)?, at: n.at, elapsed: n.elapsed }));
    let superseded = file.seen.superseded.iter().map(|s| {
        let kind = word(Some(&s.kind), &[Kind::Notice, Kind::Withdrawal], Kind::word)?;
        Ok((kind.unwrap_or(Kind::Notice), digest(&s.manifest)?))
    });
    let language = user.language.as_ref();
    let language = language.map(|t| Lang::new(t.get_ref()).map_err(|e| wrong(t, e.why)));
    // Written by hand with an end alone: then what is left is the most that can be.
    let left = user.postponed_left.unwrap_or(if user.postponed_until.is_some() { LONGEST } else { 0 });
    Ok(Choices {
        automatic_security: user.automatic_security,
        automatic_feature: user.automatic_feature,
        approval: word(user.approval.as_ref(), Approval::ALL, Approval::word)?.unwrap_or_default(),
        approved: maybe(&user.approved)?,
        approved_download: maybe(&user.approved_download)?,
        declined: digests(&user.declined)?,
        postponed: Postponed {
            count: user.postponed_count,
            left: left.min(LONGEST),
            until: user.postponed_until,
        },
        postponed_feature: Postponed {
            count: user.postponed_feature.count,
            left: user.postponed_feature.left.min(LONGEST),
            until: user.postponed_feature.until,
        },
        notified: notified.collect::<Result<_>>()?,
        language: language.transpose()?,
        withdrawn: digests(&file.withdrawn.manifests)?,
        superseded: superseded.collect::<Result<_>>()?,
        notice_sequence: file.seen.notice_sequence,
        answered: user.answered.iter().map(id).collect::<Result<_>>()?,
    })
}
