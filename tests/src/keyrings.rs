//! Keyrings for tests: which of the [`keys`](crate::keys) may do what.

use crate::container::{Container, RawMember};
use crate::cose::Cose;
use crate::device::id;
use crate::keys::{Key, key, post_quantum};
use pkg_format::cose::StatementKind;
use pkg_format::keyring::{Asked, KeyringStatement, PostQuantum, ProductName, Role, Root, TrustedKey};
use pkg_format::manifest::Channel;
use pkg_format::{Digest, Label};
use pkg_verify::{ExampleKeys, Keyring};

fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

/// An entry for the Ed25519 key of this name.
pub fn trusted(name: &'static str, roles: &[Role]) -> TrustedKey {
    entry(key(name), roles)
}

/// An entry for a key.
pub fn entry(key: Key, roles: &[Role]) -> TrustedKey {
    TrustedKey {
        key: key.public(),
        alg: key.alg,
        label: label(key.name),
        roles: {
            let mut roles = roles.to_vec();
            roles.sort();
            roles
        },
        products: Vec::new(),
        channels: Vec::new(),
        scopes: Vec::new(),
    }
}

/// A root entry for a key.
pub fn root(key: Key) -> Root {
    Root { key: key.public(), alg: key.alg, label: label(key.name) }
}

/// The statement of the keyring that most packages are judged with.
///
/// One key for each role; `security-2` and `delivery-2` beside them; `all` with every role;
/// `testing` for the testing channel only; `elsewhere` for another product only; `revoked`; `catalogue` for heads.
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
    keys.push(trusted("catalogue", &[Role::Catalogue]));
    keys[8].channels = vec![Channel::Testing];
    keys[9].products = vec![ProductName { vendor: id("acme"), name: id("doorbell") }];
    KeyringStatement {
        name: id("acme-test-never-trust-it"),
        version: 2,
        roots: vec![root(key("root")), root(key("root-2"))],
        root_threshold: 2,
        keys,
        thresholds: Vec::new(),
        post_quantum: PostQuantum::default(),
        revoked: vec![key("revoked").id()],
        heads: Vec::new(),
    }
}

/// The standard statement with thresholds.
pub fn with_thresholds(thresholds: &[(Asked, u64)]) -> KeyringStatement {
    KeyringStatement { thresholds: thresholds.to_vec(), ..statement() }
}

/// The standard statement with keys of ML-DSA-65 that must sign besides: keyrings, security releases
/// (two keys where they are not pure), notices and withdrawals, of which two Ed25519 keys are asked too.
///
/// `pq-security`, `pq-security-2` and `pq-notice` have the role in their name; `pq-all`, `pq-testing`,
/// `pq-elsewhere` and `pq-revoked` are like those of Ed25519. No delivery needs one.
pub fn hybrid() -> KeyringStatement {
    let mut hybrid = with_thresholds(&[(Asked::Withdrawal, 2)]);
    hybrid.roots.push(root(post_quantum("pq-root")));
    let of_role =
        [("pq-security", Role::Security), ("pq-security-2", Role::Security), ("pq-notice", Role::Notice)];
    hybrid.keys.extend(of_role.map(|(name, role)| entry(post_quantum(name), &[role])));
    let of_all = ["pq-all", "pq-testing", "pq-elsewhere", "pq-revoked"];
    hybrid.keys.extend(of_all.map(|name| entry(post_quantum(name), Role::ALL)));
    for (like, name) in [("testing", "pq-testing"), ("elsewhere", "pq-elsewhere")] {
        let find = |name| move |k: &TrustedKey| k.label.as_str() == name;
        let like = hybrid.keys.iter().find(|k| find(like)(k)).expect("a key").clone();
        let bound = hybrid.keys.iter_mut().find(|k| find(name)(k)).expect("a key");
        (bound.products, bound.channels) = (like.products, like.channels);
    }
    hybrid.revoked.push(post_quantum("pq-revoked").id());
    hybrid.revoked.sort();
    hybrid.post_quantum = PostQuantum {
        root: Some(1),
        asked: vec![
            (Asked::Notice, 1),
            (Asked::Security, 1),
            (Asked::Withdrawal, 1),
            (Asked::SecurityException, 2),
        ],
    };
    hybrid
}

/// A keyring archive, signed by these roots.
pub fn archive(statement: &KeyringStatement, roots: &[Key]) -> Container {
    let bytes = statement.to_tree().to_bytes();
    let cose = Cose::signed(StatementKind::Keyring, &bytes, roots).to_bytes();
    Container::new(vec![RawMember::new("keyring.cbor", &bytes), RawMember::new("keyring.cose", &cose)])
}

/// The bytes of an archive that its roots signed.
pub fn archive_bytes(statement: &KeyringStatement) -> Vec<u8> {
    let mut roots = vec![key("root"), key("root-2")];
    roots.extend(statement.post_quantum.root.map(|_| post_quantum("pq-root")));
    archive(statement, &roots).to_bytes()
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

/// The standard statement with keys that are bound to a scope: `security` to that of packages, `security-2` to
/// another.
fn with_scopes() -> KeyringStatement {
    let mut bound = statement();
    for (at, scope) in [(0, "product"), (1, "modem")] {
        bound.keys[at].scopes = vec![id(scope)];
    }
    bound
}

/// The keyring files beside the vectors: name and statement.
pub fn files() -> Vec<(&'static str, KeyringStatement)> {
    vec![
        ("standard", statement()),
        ("two-security", with_thresholds(&[(Asked::Security, 2)])),
        ("exception", with_thresholds(&[(Asked::SecurityException, 2)])),
        ("two-deliveries", with_thresholds(&[(Asked::Delivery, 2)])),
        ("hybrid", hybrid()),
        ("scopes", with_scopes()),
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
