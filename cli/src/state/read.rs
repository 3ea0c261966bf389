//! Reading a state file: the shape is serde's, each value is judged where it stands.

use super::State;
use crate::inputs::small_file;
use crate::out::{Failure, Outcome, shown};
use pkg_format::lang::Lang;
use pkg_format::manifest::Kind;
use pkg_format::{Digest, Id, Version};
use pkg_verify::decide::{Approval, Choices, Device, LONGEST, Notified, Postponed, Profile};
use pkg_verify::{DeviceState, Installed, Keyring};
use serde::Deserialize;
use std::path::Path;
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
    notified: Vec<NotifiedTable>,
    language: Option<Text>,
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

const HINT: &str = "the state file is described in README, \"The state of a device\"";

/// The part of a state file that verification needs. A keyring that the device left behind is refused.
pub(crate) fn device(path: &Path, keyring: &Keyring) -> Outcome<DeviceState> {
    let state = read(path)?;
    state.accept(keyring)?;
    Ok(state.device.state)
}

/// Reads a state file.
pub(crate) fn read(path: &Path) -> Outcome<State> {
    let text = String::from_utf8(small_file(path)?)
        .map_err(|_| Failure::cannot(format!("{} is not text", shown(path))).hint(HINT))?;
    let file: File = toml::from_str(&text)
        .map_err(|e| Failure::cannot(e.message()).at(path, &text, e.span().unwrap_or(0..0)).hint(HINT))?;
    Reader { path, text: &text }.state(file)
}

/// The file that values stand in, to point at one that is wrong.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, at: &Text, why: impl Into<String>) -> Failure {
        Failure::cannot(why).at(self.path, self.text, at.span()).hint(HINT)
    }

    fn id(&self, text: &Text) -> Outcome<Id> {
        Id::new(text.get_ref()).map_err(|e| self.wrong(text, e.why))
    }

    fn hardware(&self, hardware: &Spanned<OneOrMore>) -> Outcome<Vec<Id>> {
        let list = match hardware.get_ref() {
            OneOrMore::One(one) => std::slice::from_ref(one),
            OneOrMore::More(more) => more.as_slice(),
        };
        let wrong = |why: String| Failure::cannot(why).at(self.path, self.text, hardware.span()).hint(HINT);
        list.iter().map(|h| Id::new(h).map_err(|e| wrong(e.why))).collect()
    }

    fn digest(&self, text: &Text) -> Outcome<Digest> {
        Digest::from_hex(text.get_ref()).ok_or_else(|| self.wrong(text, "expected 64 hex digits"))
    }

    fn digests(&self, list: &[Text]) -> Outcome<Vec<Digest>> {
        list.iter().map(|d| self.digest(d)).collect()
    }

    /// One of a few words; the first is the default.
    fn word<T: Copy>(
        &self,
        text: Option<&Text>,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Outcome<Option<T>> {
        let Some(text) = text else { return Ok(None) };
        let found = all.iter().copied().find(|v| word(*v) == text.get_ref());
        found.map(Some).ok_or_else(|| {
            let words: Vec<_> = all.iter().map(|v| word(*v)).collect();
            self.wrong(text, format!("expected one of {}", words.join(", ")))
        })
    }

    fn state(&self, file: File) -> Outcome<State> {
        let mut state = DeviceState {
            vendor: self.id(&file.product.vendor)?,
            name: self.id(&file.product.name)?,
            hardware: self.hardware(&file.product.hardware)?,
            installed: Vec::new(),
        };
        let mut versions = std::collections::BTreeMap::new();
        for table in &file.installed {
            let installed = self.installed(table)?;
            if state.installed(&installed.scope).is_some() {
                return Err(self.wrong(&table.scope, "this scope stands there twice"));
            }
            if let Some(text) = &table.version {
                let version = Version::new(text.get_ref()).map_err(|e| self.wrong(text, e.why))?;
                versions.insert(installed.scope.clone(), version);
            }
            state.installed.push(installed);
        }
        let profile = self.word(file.device.profile.as_ref(), Profile::ALL, Profile::word)?;
        let keyring = file.keyring.as_ref();
        let keyring = keyring.map(|k| self.digest(&k.digest).map(|digest| (k.version, digest)));
        Ok(State {
            choices: self.choices(&file)?,
            device: Device {
                profile: profile.unwrap_or_default(),
                busy: file.device.busy,
                ..Device::new(state)
            },
            now: file.device.now,
            keyring: keyring.transpose()?,
            versions,
        })
    }

    fn installed(&self, table: &InstalledTable) -> Outcome<Installed> {
        let mut images: Vec<(Id, Digest)> = Vec::new();
        for image in &table.image {
            let component = self.id(&image.component)?;
            if images.iter().any(|(c, _)| *c == component) {
                return Err(self.wrong(&image.component, "this component stands there twice"));
            }
            images.push((component, self.digest(&image.sha256)?));
        }
        Ok(Installed {
            scope: self.id(&table.scope)?,
            line: self.id(&table.line)?,
            sequence: table.sequence,
            feature_level: table.feature_level,
            security_level: table.security_level,
            manifest: table.manifest.as_ref().map(|m| self.digest(m)).transpose()?,
            images,
        })
    }

    fn choices(&self, file: &File) -> Outcome<Choices> {
        let user = &file.user;
        let maybe = |text: &Option<Text>| text.as_ref().map(|t| self.digest(t)).transpose();
        let notified = user
            .notified
            .iter()
            .map(|n| Ok(Notified { manifest: self.digest(&n.manifest)?, at: n.at, elapsed: n.elapsed }));
        let superseded = file.seen.superseded.iter().map(|s| {
            let kind = self.word(Some(&s.kind), &[Kind::Notice, Kind::Withdrawal], Kind::word)?;
            Ok((kind.unwrap_or(Kind::Notice), self.digest(&s.manifest)?))
        });
        let language = user.language.as_ref();
        let language = language.map(|t| Lang::new(t.get_ref()).map_err(|e| self.wrong(t, e.why)));
        // Written by hand with an end alone: then what is left is the most that can be.
        let left = user.postponed_left.unwrap_or(if user.postponed_until.is_some() { LONGEST } else { 0 });
        Ok(Choices {
            automatic_security: user.automatic_security,
            automatic_feature: user.automatic_feature,
            approval: self.word(user.approval.as_ref(), Approval::ALL, Approval::word)?.unwrap_or_default(),
            approved: maybe(&user.approved)?,
            approved_download: maybe(&user.approved_download)?,
            declined: self.digests(&user.declined)?,
            postponed: Postponed {
                count: user.postponed_count,
                left: left.min(LONGEST),
                until: user.postponed_until,
            },
            notified: notified.collect::<Outcome<_>>()?,
            language: language.transpose()?,
            withdrawn: self.digests(&file.withdrawn.manifests)?,
            superseded: superseded.collect::<Outcome<_>>()?,
            notice_sequence: file.seen.notice_sequence,
        })
    }
}
