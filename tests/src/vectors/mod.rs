//! The list of vectors: one fault a package, each with the rule it breaks.
//!
//! A file for each family of rules. A new vector is one more line there; then
//! `cargo run -p pkg-tests --bin vectors` writes it.

mod accepted;
mod adv;
mod cbr;
mod con;
mod del;
mod fields;
mod grammar;
mod hybrid;
mod man;
mod model;
mod past;
mod sep;
mod sig;
mod sig_form;
mod states;
mod terms;
mod txt;

pub use fields::samples;
pub use states::states;

use crate::Fake;
use crate::keyrings;
use crate::vector_file::Vector;
use pkg_decide::Fit;
use pkg_format::{Digest, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Collects vectors.
#[derive(Default)]
pub struct Set {
    vectors: Vec<Vector>,
}

/// The vector that was added last, for saying more about it.
pub struct Last<'a>(&'a mut Vector);

impl Set {
    fn add(
        &mut self,
        name: String,
        what: &str,
        package: Vec<u8>,
        expect: Result<Option<Fit>, Rule>,
    ) -> Last<'_> {
        self.vectors.push(Vector {
            name,
            description: what.into(),
            kind: kind(&package),
            keyring: "standard".into(),
            state: None,
            policy: Vec::new(),
            expect,
            released: 0,
            released_sha256: Digest::of(b""),
            package,
        });
        Last(self.vectors.last_mut().expect("just pushed"))
    }

    /// A package that breaks `rule` before anything is released.
    fn refused(&mut self, rule: Rule, name: &str, what: &str, package: impl Into<Package>) -> Last<'_> {
        let name = format!("{}-{name}", rule.id().to_lowercase());
        self.add(name, what, package.into().0, Err(rule))
    }

    /// A package that is accepted, which releases all its chunks.
    fn accepted(&mut self, name: &str, what: &str, fake: &Fake) -> Last<'_> {
        self.add(format!("ok-{name}"), what, fake.package(), Ok(None)).releasing(&fake.stored())
    }
}

impl Last<'_> {
    /// What is released before the verdict.
    fn releasing(self, bytes: &[u8]) -> Self {
        self.0.released = bytes.len() as u64;
        self.0.released_sha256 = Digest::of(bytes);
        self
    }

    /// Judged with this keyring.
    fn with_keyring(self, name: &str) -> Self {
        self.0.keyring = name.into();
        self
    }

    /// Judged with this policy.
    fn with_policy(self, key: &str, value: &str) -> Self {
        self.0.policy.push((format!("policy-{key}"), value.into()));
        self
    }

    /// Held against this device.
    fn on(self, state: &str) -> Self {
        self.0.state = Some(state.into());
        self
    }

    /// Fits in this way.
    fn fitting(self, fit: Fit) -> Self {
        self.0.expect = Ok(Some(fit));
        self
    }
}

/// The bytes of a package, from what a vector has at hand.
struct Package(Vec<u8>);

impl From<Fake> for Package {
    fn from(fake: Fake) -> Self {
        Package(fake.package())
    }
}

impl From<crate::container::Container> for Package {
    fn from(container: crate::container::Container) -> Self {
        Package(container.to_bytes())
    }
}

impl From<Vec<u8>> for Package {
    fn from(bytes: Vec<u8>) -> Self {
        Package(bytes)
    }
}

/// The kind of package, by the words in its manifest, where it is far enough from broken for that.
fn kind(package: &[u8]) -> String {
    let has = |key: &str, value: &str| {
        let pair = [crate::cose::text(key), crate::cose::text(value)].concat();
        package.windows(pair.len()).any(|w| w == pair)
    };
    let kinds = [
        ("kind", "notice", "notice"),
        ("kind", "withdrawal", "withdrawal"),
        ("kind", "acknowledgement", "acknowledgement"),
        ("class", "security", "security"),
        ("class", "feature", "feature"),
    ];
    kinds.iter().find(|(k, v, _)| has(k, v)).map_or("unknown", |(_, _, name)| name).into()
}

/// Replaces the one place where `from` stands.
fn splice(bytes: &mut Vec<u8>, from: &[u8], to: &[u8]) {
    let places: Vec<_> = (0..bytes.len()).filter(|i| bytes[*i..].starts_with(from)).collect();
    assert_eq!(places.len(), 1, "{from:02x?} stands {} times", places.len());
    bytes.splice(places[0]..places[0] + from.len(), to.iter().copied());
}

fn set() -> Set {
    let mut set = Set::default();
    accepted::add(&mut set);
    con::add(&mut set);
    cbr::add(&mut set);
    sig::add(&mut set);
    sig_form::add(&mut set);
    hybrid::add(&mut set);
    man::add(&mut set);
    model::add(&mut set);
    past::add(&mut set);
    grammar::add(&mut set);
    txt::add(&mut set);
    sep::add(&mut set);
    adv::add(&mut set);
    terms::add(&mut set);
    states::add(&mut set);
    fields::add(&mut set);
    del::add(&mut set);
    set
}

/// Every vector.
pub fn all() -> Vec<Vector> {
    let vectors = set().vectors;
    let names: BTreeSet<_> = vectors.iter().map(|v| &v.name).collect();
    assert_eq!(names.len(), vectors.len(), "two vectors of one name");
    vectors
}

/// Every generated file of the folder: vectors, keyrings, states. The README beside them is
/// written by hand.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let vectors = all().into_iter().map(|v| (format!("{}.vec", v.name), v.to_bytes()));
    let rings = keyrings::files();
    let rings = rings.iter().map(|(name, s)| (format!("{name}.keyring"), keyrings::archive_bytes(s)));
    let devices = states().into_iter().map(|(name, s)| (format!("{name}.state.toml"), s.into_bytes()));
    vectors.chain(rings).chain(devices).collect()
}
