//! `history.toml`: what the product shipped before it used packages. Nobody signed it, so everything
//! that follows from it is reported as declared.

mod reference;
mod table;

pub use reference::REFERENCE;

use crate::declared::{Declared, Past, PastVulnerability};
use crate::identity::Identity;
use crate::set::{Product, Set};
use crate::time::month;
use pkg_format::ident::Month;
use pkg_format::manifest::{ISSUED, VexJustification, VexStatus};
use pkg_format::{Digest, Id, Version, VulnId, state};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use table::{FileTable, OneOrMore, ReleaseTable, VulnerabilityTable, When};
use toml::Spanned;

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What was expected and what was found.
    pub message: String,
    /// The bytes of its text that are wrong.
    pub place: Range<usize>,
}

fn wrong<T>(at: &Spanned<impl Sized>, message: impl Into<String>) -> Result<T, Error> {
    Err(Error { message: message.into(), place: at.span() })
}

/// Reads the text of a `history.toml` and adds what it declares to a set that has its packages. A file that names no
/// product is about the only one of the set. It may name versions of its own and those of packages.
///
/// # Errors
///
/// The first mistake in the text.
pub fn declare(set: &mut Set, text: &str) -> Result<(), Error> {
    let file: FileTable = toml::from_str(text)
        .map_err(|e| Error { message: e.message().to_owned(), place: e.span().unwrap_or(0..0) })?;
    let (vendor, name) = product(&file, &set.products)?;
    let latest = newest(&set.products, vendor.as_str(), name.as_str());
    let late = |t: &&Spanned<ReleaseTable>| {
        let placed = t.get_ref().placed.as_ref().and_then(|when| when.get_ref().seconds());
        placed.zip(latest).is_some_and(|(placed, latest)| placed > latest)
    };
    if let Some(placed) = file.release.iter().find(late).and_then(|t| t.get_ref().placed.as_ref()) {
        return wrong(
            placed,
            "placed on the market after the newest package, but this file is of what came before",
        );
    }
    let declared = read(file, text, &vendor, &name, &|version| state_of(&set.products, version))?;
    let (vendor, name) = (vendor.to_string(), name.to_string());
    let place = set.products.binary_search_by(|p| (&p.vendor, &p.name).cmp(&(&vendor, &name)));
    match place {
        Ok(at) => set.products[at].declared = declared,
        Err(at) => set.products.insert(at, Product { vendor, name, declared, ..Product::default() }),
    }
    Ok(())
}

/// The product that a file is about.
fn product(file: &FileTable, products: &[Product]) -> Result<(Id, Id), Error> {
    let only = || match products {
        [only] => Some((Id::new(&only.vendor).ok()?, Id::new(&only.name).ok()?)),
        _ => None,
    };
    match &file.product {
        Some(named) => Ok((id(&named.get_ref().vendor)?, id(&named.get_ref().name)?)),
        None => only().ok_or_else(|| Error {
            message: "expected [product] with vendor and name: the packages are not all of one product"
                .into(),
            place: 0..0,
        }),
    }
}

/// When the newest release of a product was issued.
fn newest(products: &[Product], vendor: &str, name: &str) -> Option<u64> {
    let product = products.iter().find(|p| p.vendor == vendor && p.name == name)?;
    product.releases.iter().map(|r| r.common.issued).max()
}

/// The state that the packages of a version lead into, if it is only one.
fn state_of(products: &[Product], version: &str) -> Option<Digest> {
    let releases = products.iter().flat_map(|p| &p.releases);
    let mut states = releases.filter(|r| r.version() == version).map(|r| r.state);
    let first = states.next()?;
    states.all(|s| s == first).then_some(first)
}

/// What a file declares; `signed` finds the state of a version among the packages.
fn read(
    file: FileTable,
    text: &str,
    vendor: &Id,
    name: &Id,
    signed: &dyn Fn(&str) -> Option<Digest>,
) -> Result<Declared, Error> {
    let mut releases = Vec::new();
    let mut versions: BTreeMap<String, Digest> = BTreeMap::new();
    for table in &file.release {
        let past = release(table.get_ref(), vendor, name)?;
        if versions.insert(past.identity.version.to_string(), past.state).is_some() {
            return wrong(
                &table.get_ref().version,
                format!("version {} is declared twice", past.identity.version),
            );
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
        ("authentication", file.documentation.authentication),
        ("logging", file.documentation.logging),
        ("data-minimisation", file.documentation.data_minimisation),
    ];
    let documentation = documentation.into_iter().filter_map(|(name, where_)| {
        let list = match where_? {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        };
        Some((name.to_owned(), list))
    });
    Ok(Declared {
        source: Some(Digest::of(text.as_bytes())),
        releases,
        vulnerabilities,
        documentation: documentation.collect(),
    })
}

fn id(text: &Spanned<String>) -> Result<Id, Error> {
    Id::new(text.get_ref()).or_else(|e| wrong(text, e.why))
}

fn counter(n: &Spanned<u64>) -> Result<u64, Error> {
    match *n.get_ref() {
        0 => wrong(n, "expected a number of at least 1: counters start at 1"),
        n => Ok(n),
    }
}

fn date(when: Option<&Spanned<When>>) -> Result<Option<u64>, Error> {
    let Some(when) = when else { return Ok(None) };
    match when.get_ref().seconds() {
        Some(seconds) if seconds > *ISSUED.end() => wrong(when, "expected a date before the year 10000"),
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
        return wrong(&table.version, "expected at least one image: a state is identified by its images");
    }
    let hardware = table.hardware.iter().map(id).collect::<Result<BTreeSet<_>, _>>()?;
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
            scope,
            version,
            line: id(&table.line)?,
            sequence: table.sequence,
            feature_level: counter(&table.feature_level)?,
            security_level: counter(&table.security_level)?,
            generation: table.generation.as_ref().map_or(Ok(1), counter)?,
        },
        hardware,
        placed,
        support_until,
        images,
    })
}

fn vulnerability(
    table: &VulnerabilityTable,
    find: &dyn Fn(&Spanned<String>) -> Result<Digest, Error>,
) -> Result<PastVulnerability, Error> {
    let id = VulnId::new(table.id.get_ref()).or_else(|e| wrong(&table.id, e.why))?;
    let mut statuses = Vec::new();
    for (list, status) in [(&table.affected, VexStatus::Affected), (&table.fixed, VexStatus::Fixed)] {
        for version in list {
            statuses.push((version, find(version)?, status));
        }
    }
    for entry in &table.not_affected {
        let word = VexJustification::ALL.iter().find(|w| w.as_str() == entry.justification.get_ref());
        let Some(word) = word else {
            let words: Vec<_> = VexJustification::ALL.iter().map(|w| w.as_str()).collect();
            return wrong(&entry.justification, format!("expected one of {}", words.join(", ")));
        };
        statuses.push((&entry.version, find(&entry.version)?, VexStatus::NotAffected(*word)));
    }
    let mut seen = BTreeSet::new();
    if let Some((at, ..)) = statuses.iter().find(|(_, state, _)| !seen.insert(*state)) {
        return wrong(at, format!("{id}: this version is in two lists"));
    }
    Ok(PastVulnerability {
        id,
        known_since: date(table.known_since.as_ref())?,
        statuses: statuses.into_iter().map(|(_, state, status)| (state, status)).collect(),
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

    fn of(text: &str) -> Result<Declared, Error> {
        let (vendor, name) = (Id::new("acme").unwrap(), Id::new("cam").unwrap());
        let file = toml::from_str(text)
            .map_err(|e| Error { message: e.message().to_owned(), place: e.span().unwrap_or(0..0) })?;
        read(file, text, &vendor, &name, &|v| (v == "2.0.0").then_some(Digest([9; 32])))
    }

    #[test]
    fn a_history_is_read() {
        let declared = of(GOOD).unwrap();
        assert_eq!(declared.releases[0].placed, Some(1_709_251_200));
        assert_eq!(declared.releases[0].identity.generation, 1);
        assert_eq!(declared.vulnerabilities[0].statuses, [(declared.releases[0].state, VexStatus::Affected)]);
        assert_eq!(declared.documentation[1].1.len(), 2);
        let signed = of(&GOOD.replace("affected = [\"1.0.0\"]", "fixed = [\"2.0.0\"]")).unwrap();
        assert_eq!(signed.vulnerabilities[0].statuses, [(Digest([9; 32]), VexStatus::Fixed)]);
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
            ("placed = 2024-03-01", "placed = \"253402300800\"", "\"253402300800\""),
            ("known-since = 2024-06-01", "known-since = \"9999999999999\"", "\"9999999999999\""),
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
        // Of which product is it, if it does not say, and there is none or more than one?
        let mut set = Set::default();
        assert!(declare(&mut set, GOOD).is_err());
        let named = format!("[product]\nvendor = \"acme\"\nname = \"cam\"\n{GOOD}");
        declare(&mut set, &named).unwrap();
        assert_eq!((set.products[0].vendor.as_str(), set.products[0].name.as_str()), ("acme", "cam"));
        declare(&mut set, GOOD).unwrap();
        set.products.push(Product { vendor: "acme".into(), name: "doorbell".into(), ..Product::default() });
        assert!(declare(&mut set, GOOD).is_err());
    }
}
