//! Files that commands take beside packages: keyrings, and the state of a device.

use crate::hint;
use crate::options::{ExampleArgs, KeyringArgs};
use crate::out::{Failure, Outcome, shown, warning};
use pkg_format::{Digest, Id, Refusal};
use pkg_verify::{DeviceState, Installed, Keyring};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::Read;
use std::path::Path;
use toml::Spanned;

/// Keyrings and state files are small; what is larger is something else.
const LIMIT: u64 = 4 << 20;

/// Reads a small file.
pub(crate) fn small_file(path: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|f| f.take(LIMIT.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|e| Failure::file("read", path, &e))?;
    // A part of a file could say something else than the whole.
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= LIMIT => Ok(bytes),
        _ => Err(Failure::cannot(format!("{} is larger than {} MiB", shown(path), LIMIT >> 20))
            .hint("check that this is the right file")),
    }
}

/// Opens a keyring that the user names, and so pins.
pub(crate) fn keyring(args: &KeyringArgs) -> Outcome<Keyring> {
    keyring_at(&args.keyring, args.example)
}

/// The same of a keyring that may be absent.
pub(crate) fn keyring_at(path: &Path, example: ExampleArgs) -> Outcome<Keyring> {
    let keyring = Keyring::open(&small_file(path)?, example.allowed()).map_err(|e| match e {
        pkg_verify::Error::Refused(refusal) => {
            let message =
                format!("[{}] keyring {}: {}", refusal.rule.id(), shown(path), without_rule(&refusal));
            Failure::refused(message).hint(hint::refusal(&refusal))
        }
        other => Failure::cannot(other.to_string()),
    })?;
    if keyring.has_example_keys() {
        warning(&format!("keyring {} trusts EXAMPLE keys: anybody can sign with them", shown(path)));
    }
    Ok(keyring)
}

/// A refusal without its id, where that stands before.
pub(crate) fn without_rule(refusal: &Refusal) -> String {
    match refusal.at.is_empty() {
        true => refusal.why.clone(),
        false => format!("{}: {}", refusal.at, refusal.why),
    }
}

/// The tables that only `decide` needs may be there, and are not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code)]
struct StateFile {
    product: Product,
    #[serde(default)]
    installed: Vec<InstalledTable>,
    user: Option<IgnoredAny>,
    device: Option<IgnoredAny>,
    keyring: Option<IgnoredAny>,
    withdrawn: Option<IgnoredAny>,
    seen: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    vendor: Spanned<String>,
    name: Spanned<String>,
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
#[allow(dead_code, reason = "version is a name for people")]
struct InstalledTable {
    scope: Spanned<String>,
    line: Spanned<String>,
    version: Option<String>,
    sequence: u64,
    feature_level: u64,
    security_level: u64,
    manifest: Option<Spanned<String>>,
    #[serde(default)]
    image: Vec<ImageTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageTable {
    component: Spanned<String>,
    sha256: Spanned<String>,
}

/// Reads the state file of a device.
pub(crate) fn device(path: &Path) -> Outcome<DeviceState> {
    let bytes = small_file(path)?;
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::cannot(format!("{} is not text", shown(path))))?;
    let hint = "the state file is described in README, \"The state of a device\"";
    let file: StateFile = toml::from_str(&text)
        .map_err(|e| Failure::cannot(e.message()).at(path, &text, e.span().unwrap_or(0..0)).hint(hint))?;
    let wrong =
        |what: &Spanned<String>, why: String| Failure::cannot(why).at(path, &text, what.span()).hint(hint);
    let id = |text: &Spanned<String>| Id::new(text.get_ref()).map_err(|e| wrong(text, e.why));
    let digest = |text: &Spanned<String>| {
        Digest::from_hex(text.get_ref()).ok_or_else(|| wrong(text, "expected 64 hex digits".into()))
    };
    let hardware = match file.product.hardware.get_ref() {
        OneOrMore::One(one) => vec![one.clone()],
        OneOrMore::More(more) => more.clone(),
    };
    let hardware_at = file.product.hardware.span();
    let installed = file.installed.iter().map(|i| {
        Ok(Installed {
            scope: id(&i.scope)?,
            line: id(&i.line)?,
            sequence: i.sequence,
            feature_level: i.feature_level,
            security_level: i.security_level,
            manifest: i.manifest.as_ref().map(digest).transpose()?,
            images: i
                .image
                .iter()
                .map(|i| Ok((id(&i.component)?, digest(&i.sha256)?)))
                .collect::<Outcome<_>>()?,
        })
    });
    let mut scopes: Vec<_> = file.installed.iter().map(|i| i.scope.get_ref()).collect();
    scopes.sort();
    let twice_in = |i: &InstalledTable| {
        let mut names: Vec<_> = i.image.iter().map(|i| i.component.get_ref()).collect();
        names.sort();
        names.windows(2).any(|pair| pair[0] == pair[1])
    };
    if scopes.windows(2).any(|pair| pair[0] == pair[1]) || file.installed.iter().any(twice_in) {
        return Err(Failure::cannot(format!("{} names a scope or a component twice", shown(path))).hint(hint));
    }
    Ok(DeviceState {
        vendor: id(&file.product.vendor)?,
        name: id(&file.product.name)?,
        hardware: hardware
            .iter()
            .map(|h| Id::new(h).map_err(|e| Failure::cannot(e.why).at(path, &text, hardware_at.clone())))
            .collect::<Outcome<_>>()?,
        installed: installed.collect::<Outcome<_>>()?,
    })
}
