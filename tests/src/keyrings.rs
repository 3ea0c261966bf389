//! Keyrings for tests: which of the [`keys`](crate::keys) may do what.

use crate::container::{Container, RawMember};
use crate::cose::Cose;
use crate::device::id;
use crate::keys::{Key, key};
use pkg_format::cose::{Algorithm, StatementKind};
use pkg_format::keyring::{Asked, KeyringStatement, PostQuantum, ProductName, Role, Root, TrustedKey};
use pkg_format::manifest::Channel;
use pkg_format::{Digest, Label};
use pkg_verify::{ExampleKeys, Keyring};

fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

/// An entry for the key of this name.
pub fn trusted(name: &'static str, roles: &[Role]) -> TrustedKey {
    TrustedKey {
        key: key(name).public().to_vec(),
        alg: Algorithm::Ed25519,
        label: label(name),
        roles: {
            let mut roles = roles.to_vec();
            roles.sort();
            roles
        },
        products: Vec::new(),
        channels: Vec::new(),
    }
}

/// A root entry for the key of this name.
pub fn root(name: &'static str) -> Root {
    Root { key: key(name).public().to_vec(), alg: Algorithm::Ed25519, label: label(name) }
}

/// The statement of the keyring that most packages are judged with.
///
/// One key for each role; `security-2` and `delivery-2` beside them; `all` with every role;
/// `testing` for the testing channel only; `elsewhere` for another product only; `revoked`.
pub fn statement() -> KeyringStatement {
    let mut keys: Vec<_> = [
        ("security", Role::Security),
        ("security-2", Role::Security),
        ("feature", Role::Feature),
        ("notice", Role::Notice),
        ("withdrawal", Role::Withdrawal),
        ("delivery", Role::Delivery),
        ("delivery-2", Role::Delivery),
    ]
    .map(|(name, role)| trusted(name, &[role]))
    .to_vec();
    keys.extend(["all", "testing", "elsewhere", "revoked"].map(|name| trusted(name, Role::ALL)));
    keys[8].channels = vec![Channel::Testing];
    keys[9].products = vec![ProductName { vendor: id("acme"), name: id("doorbell") }];
    KeyringStatement {
        name: id("acme-test-never-trust-it"),
        version: 2,
        roots: vec![root("root"), root("root-2")],
        root_threshold: 2,
        keys,
        thresholds: Vec::new(),
        post_quantum: PostQuantum::default(),
        revoked: vec![key("revoked").id()],
        resets: Vec::new(),
    }
}

/// The standard statement with thresholds.
pub fn with_thresholds(thresholds: &[(Asked, u64)]) -> KeyringStatement {
    KeyringStatement { thresholds: thresholds.to_vec(), ..statement() }
}

/// A keyring archive, signed by these roots.
pub fn archive(statement: &KeyringStatement, roots: &[Key]) -> Container {
    let bytes = statement.to_tree().to_bytes();
    let cose = Cose::signed(StatementKind::Keyring, &bytes, roots).to_bytes();
    Container::new(vec![RawMember::new("keyring.cbor", &bytes), RawMember::new("keyring.cose", &cose)])
}

/// The bytes of an archive that its roots signed.
pub fn archive_bytes(statement: &KeyringStatement) -> Vec<u8> {
    archive(statement, &[key("root"), key("root-2")]).to_bytes()
}

/// The keyring of a statement that this test vouches for.
///
/// The seeds of its keys stand in this repository; should the verifier come to know them as
/// example keys, tests go on.
pub fn vouched(statement: KeyringStatement) -> Keyring {
    Keyring::vouched_by_caller(statement, ExampleKeys::DangerAccept).expect("a sound keyring")
}

/// The keyring that most packages are judged with.
pub fn standard() -> Keyring {
    vouched(statement())
}

/// The keyring files beside the vectors: name and statement.
pub fn files() -> Vec<(&'static str, KeyringStatement)> {
    vec![
        ("standard", statement()),
        ("two-security", with_thresholds(&[(Asked::Security, 2)])),
        ("exception", with_thresholds(&[(Asked::SecurityException, 2)])),
        ("two-deliveries", with_thresholds(&[(Asked::Delivery, 2)])),
    ]
}

/// Opens a keyring file.
pub fn open(bytes: &[u8]) -> Keyring {
    Keyring::open(bytes, ExampleKeys::DangerAccept).expect("a keyring that its roots signed")
}

/// The digest that names a keyring.
pub fn digest(statement: &KeyringStatement) -> Digest {
    Digest::of(&statement.to_tree().to_bytes())
}
