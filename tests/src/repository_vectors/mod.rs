//! The vectors of `format-spec/repository-vectors/`: heads, logs, entries and what is current, with one fault each.

mod current;
mod entries;
mod heads;
mod logs;

use crate::keyrings;
use pkg_format::Rule;
use std::collections::BTreeMap;

/// What is checked, and with which parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// What it shows.
    pub description: String,
    /// `head`, `log`, `entry` or `current`.
    pub check: &'static str,
    /// The rule that refuses it.
    pub expect: Result<(), Rule>,
    /// More lines of the header.
    pub fields: Vec<(&'static str, String)>,
    /// What it is made of, in order: what each part is, and its bytes.
    pub parts: Vec<(&'static str, Vec<u8>)>,
}

impl Vector {
    /// The file: a header as that of packages, then the parts.
    pub fn to_bytes(&self, name: &str) -> Vec<u8> {
        let mut lines = vec![
            ("name", name.to_owned()),
            ("description", self.description.clone()),
            ("check", self.check.to_owned()),
        ];
        lines.extend(self.fields.iter().cloned());
        match self.expect {
            Ok(()) => lines.push(("expect", "accepted".into())),
            Err(rule) => lines.extend([("expect", "refused".into()), ("rule", rule.id().into())]),
        }
        lines.extend(self.parts.iter().map(|(part, bytes)| ("part", format!("{part} {}", bytes.len()))));
        let header: String = lines.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        let parts = self.parts.iter().map(|(_, bytes)| bytes.clone());
        [header.into_bytes(), b"\n".to_vec()].into_iter().chain(parts).collect::<Vec<_>>().concat()
    }

    /// The first part of this kind.
    pub fn part(&self, kind: &str) -> Option<&[u8]> {
        self.parts.iter().find(|(k, _)| *k == kind).map(|(_, bytes)| &bytes[..])
    }

    /// The value of a line of the header.
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_str())
    }
}

/// Collects vectors by name.
#[derive(Default)]
struct Set(BTreeMap<String, Vector>);

impl Set {
    fn put(&mut self, name: String, vector: Vector) {
        assert!(self.0.insert(name.clone(), vector).is_none(), "{name} twice");
    }

    /// Puts a vector under the rule that it breaks.
    fn add(&mut self, what: &str, vector: Vector) {
        let rule = vector.expect.map_or_else(|rule| rule.id().to_lowercase(), |()| "ok".into());
        self.put(format!("{rule}-{}-{what}", vector.check), vector);
    }
}

/// Every vector by name.
pub fn all() -> BTreeMap<String, Vector> {
    let mut set = Set::default();
    heads::add(&mut set);
    logs::add(&mut set);
    entries::add(&mut set);
    current::add(&mut set);
    set.0
}

/// The files of the folder: name and bytes.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let vectors = all().into_iter().map(|(name, v)| (format!("{name}.repository"), v.to_bytes(&name)));
    let keyrings = [("standard", keyrings::statement()), ("two-catalogue", heads::two_catalogue())];
    let keyrings = keyrings.map(|(name, s)| (format!("{name}.keyring"), keyrings::archive_bytes(&s)));
    vectors.chain(keyrings).collect()
}
