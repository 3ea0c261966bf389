//! `history.toml`: what the product shipped before it used packages. Nobody signed it, so everything
//! that comes of it is reported as declared.

use crate::model::{Declared, Identity, Past, PastVulnerability};
use crate::time::month;
use pkg_format::ident::Month;
use pkg_format::manifest::{VexJustification, VexStatus};
use pkg_format::{Digest, Id, Version, VulnId, state};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;
use toml::value::Datetime;

/// What is wrong with the file, and where: bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What was expected and what was found.
    pub message: String,
    /// Where.
    pub place: Range<usize>,
}

/// What the file declares, and of which product.
#[derive(Debug)]
pub struct History {
    /// The vendor.
    pub vendor: String,
    /// The product.
    pub name: String,
    /// All of it.
    pub declared: Declared,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    product: Option<Spanned<ProductTable>>,
    #[serde(default)]
    release: Vec<Spanned<ReleaseTable>>,
    #[serde(default)]
    vulnerability: Vec<VulnerabilityTable>,
    #[serde(default)]
    documentation: DocumentationTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductTable {
    vendor: Spanned<String>,
    name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReleaseTable {
    scope: Option<Spanned<String>>,
    version: Spanned<String>,
    line: Spanned<String>,
    feature_level: Spanned<u64>,
    security_level: Spanned<u64>,
    #[serde(default)]
    sequence: u64,
    generation: Option<Spanned<u64>>,
    hardware: Vec<Spanned<String>>,
    placed: Option<Spanned<When>>,
    support_until: Option<Spanned<String>>,
    images: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct VulnerabilityTable {
    id: Spanned<String>,
    known_since: Option<Spanned<When>>,
    #[serde(default)]
    affected: Vec<Spanned<String>>,
    #[serde(default)]
    fixed: Vec<Spanned<String>>,
    #[serde(default)]
    not_affected: Vec<NotAffectedTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotAffectedTable {
    version: Spanned<String>,
    justification: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DocumentationTable {
    cvd_policy: Option<OneOrMore>,
    risk_assessment: Option<OneOrMore>,
    standards: Option<OneOrMore>,
    test_reports: Option<OneOrMore>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A date as TOML writes it, or as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum When {
    Date(Datetime),
    Text(String),
}

impl When {
    fn seconds(&self) -> Option<u64> {
        let text = match self {
            When::Date(date) => date.to_string(),
            When::Text(text) => text.clone(),
        };
        crate::time::seconds(&text)
    }
}

fn wrong<T>(at: &Spanned<impl Sized>, message: impl Into<String>) -> Result<T, Error> {
    Err(Error { message: message.into(), place: at.span() })
}

/// Reads the text of a history. `product` is the one to take it for where the file names none, and
/// `signed` finds the state of a version among the packages.
pub fn read(
    text: &str,
    product: Option<(&str, &str)>,
    signed: &dyn Fn(&str) -> Option<Digest>,
) -> Result<History, Error> {
    let file: FileTable = toml::from_str(text)
        .map_err(|e| Error { message: e.message().to_owned(), place: e.span().unwrap_or(0..0) })?;
    let (vendor, name) = match (&file.product, product) {
        (Some(named), _) => {
            let table = named.get_ref();
            (id(&table.vendor)?, id(&table.name)?)
        }
        (None, Some((vendor, name))) => match (Id::new(vendor), Id::new(name)) {
            (Ok(vendor), Ok(name)) => (vendor, name),
            _ => {
                return Err(Error { message: "expected [product] with vendor and name".into(), place: 0..0 });
            }
        },
        (None, None) => {
            let message =
                "expected [product] with vendor and name: the packages are of several products, or of none";
            return Err(Error { message: message.into(), place: 0..0 });
        }
    };
    let mut releases = Vec::new();
    let mut versions: BTreeMap<String, Digest> = BTreeMap::new();
    for table in &file.release {
        let past = release(table.get_ref(), &vendor, &name)?;
        if versions.insert(past.identity.version.clone(), past.state).is_some() {
            return wrong(&table.get_ref().version, format!("version {} twice", past.identity.version));
        }
        releases.push(past);
    }
    let find = |version: &Spanned<String>| match versions.get(version.get_ref()) {
        Some(state) => Ok(*state),
        None => signed(version.get_ref()).map_or_else(
            || wrong(version, format!("no [[release]] and no package has version {:?}", version.get_ref())),
            Ok,
        ),
    };
    let vulnerabilities =
        file.vulnerability.iter().map(|v| vulnerability(v, &find)).collect::<Result<_, Error>>()?;
    let documentation = [
        ("cvd-policy", file.documentation.cvd_policy),
        ("risk-assessment", file.documentation.risk_assessment),
        ("standards", file.documentation.standards),
        ("test-reports", file.documentation.test_reports),
    ];
    let documentation = documentation.into_iter().filter_map(|(name, where_)| {
        let list = match where_? {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        };
        Some((name.to_owned(), list))
    });
    let declared = Declared {
        source: Some(Digest::of(text.as_bytes())),
        releases,
        vulnerabilities,
        documentation: documentation.collect(),
    };
    Ok(History { vendor: vendor.to_string(), name: name.to_string(), declared })
}

fn id(text: &Spanned<String>) -> Result<Id, Error> {
    Id::new(text.get_ref()).or_else(|e| wrong(text, e.why))
}

fn counter(n: &Spanned<u64>) -> Result<u64, Error> {
    match *n.get_ref() {
        0 => wrong(n, "expected a number from 1: counters start there"),
        n => Ok(n),
    }
}

fn date(when: Option<&Spanned<When>>) -> Result<Option<u64>, Error> {
    let Some(when) = when else { return Ok(None) };
    match when.get_ref().seconds() {
        Some(seconds) => Ok(Some(seconds)),
        None => wrong(when, "expected a date like 2026-11-22"),
    }
}

fn release(table: &ReleaseTable, vendor: &Id, name: &Id) -> Result<Past, Error> {
    let scope = match &table.scope {
        Some(scope) => id(scope)?,
        None => Id::new("product").or_else(|e| wrong(&table.version, e.why))?,
    };
    let version = Version::new(table.version.get_ref()).or_else(|e| wrong(&table.version, e.why))?;
    let mut images = Vec::new();
    for (component, digest) in &table.images {
        let Some(sha256) = Digest::from_hex(digest.get_ref()) else {
            return wrong(digest, "expected 64 hex digits: the SHA-256 of the image");
        };
        images.push((id(component)?, sha256));
    }
    if images.is_empty() {
        return wrong(&table.version, "expected at least one image: a state is known by its images");
    }
    let hardware =
        table.hardware.iter().map(|h| Ok(id(h)?.to_string())).collect::<Result<BTreeSet<_>, _>>()?;
    if hardware.is_empty() {
        return wrong(&table.version, "expected at least one hardware id");
    }
    let support_until = match &table.support_until {
        None => None,
        Some(text) => match Month::new(text.get_ref()) {
            Ok(month) => Some(month.months()),
            Err(e) => return wrong(text, e.why),
        },
    };
    let placed = date(table.placed.as_ref())?;
    if let (Some(until), Some(from), Some(at)) = (support_until, placed, &table.support_until)
        && until < month(from)
    {
        return wrong(at, "support ends before the release was placed on the market");
    }
    Ok(Past {
        state: state::digest(vendor, name, &scope, images.iter().map(|(c, d)| (c, *d))),
        identity: Identity {
            scope: scope.to_string(),
            version: version.to_string(),
            line: id(&table.line)?.to_string(),
            sequence: table.sequence,
            feature_level: counter(&table.feature_level)?,
            security_level: counter(&table.security_level)?,
            generation: table.generation.as_ref().map_or(Ok(1), counter)?,
        },
        hardware,
        placed,
        support_until,
        images: images.into_iter().map(|(c, d)| (c.to_string(), d)).collect(),
    })
}

fn vulnerability(
    table: &VulnerabilityTable,
    find: &dyn Fn(&Spanned<String>) -> Result<Digest, Error>,
) -> Result<PastVulnerability, Error> {
    let id = VulnId::new(table.id.get_ref()).or_else(|e| wrong(&table.id, e.why))?;
    let mut standings = Vec::new();
    for (list, standing) in [(&table.affected, VexStatus::Affected), (&table.fixed, VexStatus::Fixed)] {
        for version in list {
            standings.push((version, find(version)?, standing));
        }
    }
    for entry in &table.not_affected {
        let word = VexJustification::ALL.iter().find(|w| w.as_str() == entry.justification.get_ref());
        let Some(word) = word else {
            let words: Vec<_> = VexJustification::ALL.iter().map(|w| w.as_str()).collect();
            return wrong(&entry.justification, format!("expected one of {}", words.join(", ")));
        };
        standings.push((&entry.version, find(&entry.version)?, VexStatus::NotAffected(*word)));
    }
    let mut seen = BTreeSet::new();
    if let Some((at, ..)) = standings.iter().find(|(_, state, _)| !seen.insert(*state)) {
        return wrong(at, format!("{id}: this version stands in two lists"));
    }
    Ok(PastVulnerability {
        id: id.to_string(),
        known_since: date(table.known_since.as_ref())?,
        standings: standings.into_iter().map(|(_, state, standing)| (state, standing)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[release]]
version = "1.0.0"
line = "1"
feature-level = 1
security-level = 1
hardware = ["rev-a"]
placed = 2024-03-01
support-until = "2034-03"
[release.images]
rootfs = "0000000000000000000000000000000000000000000000000000000000000001"

[[vulnerability]]
id = "CVE-2024-1000"
known-since = 2024-06-01
affected = ["1.0.0"]

[documentation]
cvd-policy = "https://acme.example/security"
standards = ["EN 18031-1", "EN 303 645"]
"#;

    fn of(text: &str) -> Result<History, Error> {
        read(text, Some(("acme", "cam")), &|v| (v == "2.0.0").then_some(Digest([9; 32])))
    }

    #[test]
    fn a_history_is_read() {
        let history = of(GOOD).unwrap();
        assert_eq!((history.vendor.as_str(), history.name.as_str()), ("acme", "cam"));
        let declared = &history.declared;
        assert_eq!(declared.releases[0].placed, Some(1_709_251_200));
        assert_eq!(declared.releases[0].identity.generation, 1);
        assert_eq!(
            declared.vulnerabilities[0].standings,
            [(declared.releases[0].state, VexStatus::Affected)]
        );
        assert_eq!(declared.documentation[1].1.len(), 2);
        let signed = of(&GOOD.replace("affected = [\"1.0.0\"]", "fixed = [\"2.0.0\"]")).unwrap();
        assert_eq!(signed.declared.vulnerabilities[0].standings, [(Digest([9; 32]), VexStatus::Fixed)]);
    }

    /// Each mistake is pointed at: the place is that of the text that is wrong.
    #[test]
    fn mistakes_are_pointed_at() {
        let cases = [
            ("line = \"1\"", "lines = \"1\"", "lines"),
            ("feature-level = 1", "feature-level = 0", "0"),
            ("security-level = 1", "security-level = \"1\"", "\"1\""),
            ("000001\"", "00001\"", "\"000000000000000000000000000000000000000000000000000000000000001\""),
            ("placed = 2024-03-01", "placed = \"spring\"", "\"spring\""),
            ("\"2034-03\"", "\"2034-13\"", "\"2034-13\""),
            ("\"2034-03\"", "\"2020-01\"", "\"2020-01\""),
            ("CVE-2024-1000", "CVE-24-1", "\"CVE-24-1\""),
            ("affected = [\"1.0.0\"]", "affected = [\"1.0.1\"]", "\"1.0.1\""),
            (
                "affected = [\"1.0.0\"]",
                "not-affected = [{ version = \"1.0.0\", justification = \"no\" }]",
                "\"no\"",
            ),
            ("affected = [\"1.0.0\"]", "affected = [\"1.0.0\"]\nfixed = [\"1.0.0\"]", "\"1.0.0\""),
            ("hardware = [\"rev-a\"]", "hardware = [rev]", "rev"),
        ];
        for (from, to, at) in cases {
            assert!(GOOD.contains(from), "{from}");
            let text = GOOD.replacen(from, to, 1);
            let error = of(&text).expect_err(to);
            assert!(
                text[error.place.clone()].starts_with(at),
                "{to}: {error}: {:?}",
                &text[error.place.clone()]
            );
        }
        assert!(read(GOOD, None, &|_| None).is_err());
    }
}
