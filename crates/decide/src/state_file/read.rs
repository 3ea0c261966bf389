//! Reads a state file. Serde checks the shape; each value is checked with its place in the text at hand.

use super::{State, Wrong};
use crate::{
    Approval, Choices, Device, LONGEST, Notified, Postponed, Profile, Superseded, Target, Withdrawals,
    Withdrawer,
};
use crate::{DeviceState, Installed, Scope};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use pkg_format::keyring::{Asked, LineHead};
use pkg_format::lang::Lang;
use pkg_format::manifest::{Channel, Corrective, Kind};
use pkg_format::{Digest, Id, Version};
use pkg_verify::SignedBy;
use serde::Deserialize;
use toml::Spanned;

/// A word, a name or a digest, and where it stands.
type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
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
    superseded: Vec<SupersededTable>,
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
    #[serde(default)]
    components: Vec<Text>,
    #[serde(default)]
    empty: bool,
    line: Option<Text>,
    version: Option<Text>,
    sequence: Option<u64>,
    feature_level: Option<u64>,
    security_level: Option<u64>,
    manifest: Option<Text>,
    signed: Option<SignedTable>,
    #[serde(default)]
    image: Vec<ImageTable>,
    disowned: Option<Vec<HeadTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedTable {
    asked: Text,
    channel: Text,
    keys: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HeadTable {
    line: Text,
    sequence: u64,
    feature_level: u64,
    security_level: u64,
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
    signer: Option<Text>,
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
    mark: u64,
    by: Vec<WithdrawerTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WithdrawerTable {
    signer: Text,
    revoked_in: Option<u64>,
    #[serde(default)]
    mark: u64,
    #[serde(default)]
    targets: Vec<TargetTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetTable {
    digest: Text,
    number: u64,
    corrective: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SupersededTable {
    kind: Text,
    manifest: Text,
    signer: Option<Text>,
    number: u64,
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
        scopes: Vec::new(),
    };
    let mut versions = std::collections::BTreeMap::new();
    for table in &file.installed {
        let scope = scope(table)?;
        if state.scope(&scope.id).is_some() {
            return Err(wrong(&table.scope, "this scope is declared twice"));
        }
        let taken = |c: &&Id| state.scopes.iter().any(|s| s.components.contains(c));
        if let Some(component) = scope.components.iter().find(taken) {
            return Err(wrong(&table.scope, format!("{component} is a component of another scope too")));
        }
        if let Some(text) = &table.version {
            let version = Version::new(text.get_ref()).map_err(|e| wrong(text, e.why))?;
            versions.insert(scope.id.clone(), version);
        }
        state.scopes.push(scope);
    }
    let profile = word(file.device.profile.as_ref(), Profile::ALL, Profile::as_str)?;
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

fn scope(table: &InstalledTable) -> Result<Scope> {
    let id = id(&table.scope)?;
    let components = table.components.iter().map(self::id).collect::<Result<Vec<_>>>()?;
    if table.empty {
        let nothing = (&table.line, table.sequence, table.feature_level, table.security_level);
        if !matches!(nothing, (None, None, None, None)) || !table.image.is_empty() {
            return Err(wrong(&table.scope, "an empty scope has no line, no counters and no image"));
        }
        if components.is_empty() {
            return Err(wrong(
                &table.scope,
                "an empty scope needs its components: components = [\"rootfs\"]",
            ));
        }
        return Ok(Scope::empty(id, components));
    }
    let mut scope = Scope::running(id, installed(table)?);
    for component in components {
        if !scope.components.contains(&component) {
            scope.components.push(component);
        }
    }
    Ok(scope)
}

fn installed(table: &InstalledTable) -> Result<Installed> {
    let mut images: Vec<(Id, Digest)> = Vec::new();
    for image in &table.image {
        let component = id(&image.component)?;
        if images.iter().any(|(c, _)| *c == component) {
            return Err(wrong(&image.component, "this component is listed twice"));
        }
        images.push((component, digest(&image.sha256)?));
    }
    let missing = |key: &str| {
        wrong(
            &table.scope,
            format!("{key} is missing; a scope that left the factory empty says empty = true"),
        )
    };
    Ok(Installed {
        line: id(table.line.as_ref().ok_or_else(|| missing("line"))?)?,
        sequence: table.sequence.ok_or_else(|| missing("sequence"))?,
        feature_level: table.feature_level.ok_or_else(|| missing("feature-level"))?,
        security_level: table.security_level.ok_or_else(|| missing("security-level"))?,
        manifest: table.manifest.as_ref().map(digest).transpose()?,
        images,
        signed: table.signed.as_ref().map(signed).transpose()?,
        disowned: table.disowned.as_ref().map(|h| h.iter().map(head).collect()).transpose()?,
    })
}

fn signed(table: &SignedTable) -> Result<SignedBy> {
    let asked = word(Some(&table.asked), Asked::ALL, Asked::as_str)?;
    let channel = word(Some(&table.channel), Channel::ALL, Channel::as_str)?;
    let mut keys = digests(&table.keys)?;
    keys.sort_unstable();
    Ok(SignedBy {
        asked: asked.unwrap_or(Asked::Security),
        channel: channel.unwrap_or(Channel::Stable),
        keys,
    })
}

fn head(table: &HeadTable) -> Result<LineHead> {
    Ok(LineHead {
        line: id(&table.line)?,
        sequence: table.sequence,
        feature_level: table.feature_level,
        security_level: table.security_level,
    })
}

fn withdrawer(table: &WithdrawerTable) -> Result<Withdrawer> {
    let target = |t: &TargetTable| {
        let corrective = word(t.corrective.as_ref(), Corrective::ALL, Corrective::as_str)?;
        let corrective = corrective.unwrap_or(Corrective::Withdraw);
        Ok(Target { digest: digest(&t.digest)?, number: t.number, corrective })
    };
    Ok(Withdrawer {
        key: digest(&table.signer)?,
        revoked_in: table.revoked_in,
        mark: table.mark,
        targets: table.targets.iter().map(target).collect::<Result<_>>()?,
    })
}

fn choices(file: &File) -> Result<Choices> {
    let user = &file.user;
    let maybe = |text: &Option<Text>| text.as_ref().map(digest).transpose();
    let notified = user.notified.iter().map(|n| {
        let (manifest, signer) = (digest(&n.manifest)?, maybe(&n.signer)?);
        Ok(Notified { manifest, at: n.at, elapsed: n.elapsed, signer })
    });
    let superseded = file.superseded.iter().map(|s| {
        let kind = word(Some(&s.kind), &[Kind::Notice, Kind::Withdrawal], Kind::as_str)?;
        let (manifest, signer) = (digest(&s.manifest)?, maybe(&s.signer)?);
        Ok(Superseded { kind: kind.unwrap_or(Kind::Notice), manifest, signer, number: s.number })
    });
    let by = file.withdrawn.by.iter().map(withdrawer);
    let language = user.language.as_ref();
    let language = language.map(|t| Lang::new(t.get_ref()).map_err(|e| wrong(t, e.why)));
    // Written by hand with an end alone: then what is left is the most that can be.
    let left = user.postponed_left.unwrap_or(if user.postponed_until.is_some() { LONGEST } else { 0 });
    Ok(Choices {
        automatic_security: user.automatic_security,
        automatic_feature: user.automatic_feature,
        approval: word(user.approval.as_ref(), Approval::ALL, Approval::as_str)?.unwrap_or_default(),
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
        withdrawn: Withdrawals { signers: by.collect::<Result<_>>()?, mark: file.withdrawn.mark },
        superseded: superseded.collect::<Result<_>>()?,
        answered: user.answered.iter().map(id).collect::<Result<_>>()?,
    })
}
