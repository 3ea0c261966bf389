//! The vectors of `format-spec/keyring-vectors/`: the keyring in force, a file that is offered, and
//! what comes of it.

mod faults;
mod pinned;

pub use faults::every_field;

use crate::container::{Container, RawMember};
use crate::cose::Cose;
use crate::device::id;
use crate::fake::path::{self, num, text};
use crate::keyrings::{root, trusted};
use crate::keys::{Key, key, post_quantum};
use pkg_format::cose::StatementKind;
use pkg_format::keyring::{Head, KeyringStatement, LineHead, PostQuantum, Role};
use pkg_format::{Digest, Rule, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// A file that is offered to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// What it shows.
    pub description: String,
    /// The keyring in force: the name of a file; `none` where the file is one that the caller pinned.
    pub current: String,
    /// The file.
    pub offered: Vec<u8>,
    /// The version that is in force afterwards and its digest, or why it is refused.
    pub expect: Result<(u64, Digest), Rule>,
}

impl Rotation {
    /// The file of the vector: a header as that of packages, then the file that is offered.
    pub fn to_bytes(&self, name: &str) -> Vec<u8> {
        let mut header =
            format!("name: {name}\ndescription: {}\ncurrent: {}\n", self.description, self.current);
        match self.expect {
            Ok((version, digest)) => {
                header.push_str(&format!("expect: accepted\nversion: {version}\ndigest: {digest}\n"));
            }
            Err(rule) => header.push_str(&format!("expect: refused\nrule: {}\n", rule.id())),
        }
        header.push_str(&format!("keyring-bytes: {}\n\n", self.offered.len()));
        [header.into_bytes(), self.offered.clone()].concat()
    }
}

/// One version as it stands in a file: what it says and who signs it.
#[derive(Clone)]
pub struct Version {
    tree: Tree,
    signers: Vec<&'static str>,
}

impl Version {
    /// The bytes of the statement.
    pub fn statement(&self) -> Vec<u8> {
        self.tree.to_bytes()
    }

    /// The same, signed by these.
    pub fn by(mut self, signers: &[&'static str]) -> Version {
        self.signers = signers.to_vec();
        self
    }

    /// A value in it.
    pub fn get(&self, at: &str) -> Tree {
        path::at(&mut self.tree.clone(), at).clone()
    }

    /// What it says.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Alters what it says, before it is signed.
    pub fn altered(mut self, edit: impl FnOnce(&mut Tree)) -> Version {
        edit(&mut self.tree);
        self
    }

    fn and(mut self, signers: &[&'static str]) -> Version {
        self.signers.extend(signers);
        self
    }

    /// The same with another value in it.
    pub fn set(mut self, at: &str, value: Tree) -> Version {
        path::set(&mut self.tree, at, value);
        self
    }

    fn cose(&self) -> Cose {
        let keys: Vec<_> = self.signers.iter().map(|name| key_of(name)).collect();
        Cose::signed(StatementKind::Keyring, &self.statement(), &keys)
    }
}

/// The key of this name: of ML-DSA-65 where the name says so.
fn key_of(name: &'static str) -> Key {
    if name.starts_with("pq-") { post_quantum(name) } else { key(name) }
}

/// The versions of a keyring's life, signed as they should be.
///
/// Version 2 revokes the key `security` and says how far the lines had come, which later versions keep; version 3
/// exchanges the root `root` for `root-4`; version 4
/// exchanges the other two and is satisfied with one signature.
pub fn version(n: u64) -> Version {
    let roots: &[&str] = match n {
        1 | 2 => &["root", "root-2", "root-3"],
        3 => &["root-2", "root-3", "root-4"],
        _ => &["root-4", "root-5", "root-6"],
    };
    let mut statement = KeyringStatement {
        name: id("acme-test-never-trust-it"),
        version: n,
        roots: roots.iter().map(|name| root(key(name))).collect(),
        root_threshold: if n < 4 { 2 } else { 1 },
        keys: vec![
            trusted(if n == 1 { "security" } else { "security-2" }, &[Role::Security]),
            trusted("feature", &[Role::Feature]),
            trusted("delivery", &[Role::Delivery]),
        ],
        thresholds: Vec::new(),
        post_quantum: PostQuantum::default(),
        revoked: Vec::new(),
        heads: Vec::new(),
    };
    if n > 1 {
        statement.revoked = vec![key("security").id()];
    }
    if n > 1 {
        let at = LineHead { line: id("1.4"), sequence: 7, feature_level: 2, security_level: 3 };
        statement.heads = vec![Head { vendor: id("acme"), name: id("cam"), scope: id("product"), at }];
    }
    let signers: &[&'static str] = match n {
        1 => &["root", "root-2"],
        2 => &["root-2", "root-3"],
        3 => &["root", "root-3", "root-4"],
        _ => &["root-2", "root-3", "root-4"],
    };
    Version { tree: statement.to_tree(), signers: signers.to_vec() }
}

/// A keyring file of these versions, the newest first.
pub fn file(versions: &[Version]) -> Container {
    let members = versions.iter().enumerate().flat_map(|(place, version)| {
        let name = place.checked_sub(1).map_or("keyring".into(), |n| format!("prev/{n}"));
        let cose = RawMember::new(&format!("{name}.cose"), &version.cose().to_bytes());
        let cose = (!version.signers.is_empty()).then_some(cose);
        [Some(RawMember::new(&format!("{name}.cbor"), &version.statement())), cose]
    });
    Container::new(members.flatten().collect())
}

fn digest(version: &Version) -> Digest {
    Digest::of(&version.statement())
}

/// Every vector, by its name.
pub fn all() -> BTreeMap<String, Rotation> {
    let mut all = BTreeMap::new();
    let mut put = |name: &str, description: &str, current: u64, offered: Container, expect| {
        let rotation = Rotation {
            description: description.into(),
            current: format!("version-{current}"),
            offered: offered.to_bytes(),
            expect,
        };
        assert!(all.insert(name.to_owned(), rotation).is_none(), "{name} twice");
    };
    let [v1, v2, v3, v4] = [1, 2, 3, 4].map(version);
    let to = |version: &Version, n: u64| Ok((n, digest(version)));
    let files = |versions: &[&Version]| file(&versions.iter().map(|v| (*v).clone()).collect::<Vec<_>>());

    put("ok-next", "The next version, alone in its file.", 1, files(&[&v2]), to(&v2, 2));
    put("ok-next-with-past", "The next version with its predecessor.", 1, files(&[&v2, &v1]), to(&v2, 2));
    put(
        "ok-years",
        "Three versions at once, roots exchanged on the way.",
        1,
        files(&[&v4, &v3, &v2]),
        to(&v4, 4),
    );
    put("ok-whole-past", "More predecessors than are needed.", 3, files(&[&v4, &v3, &v2, &v1]), to(&v4, 4));
    put("ok-same", "The version that is in force: nothing changes.", 2, files(&[&v2, &v1]), to(&v2, 2));
    let by_all = v2.clone().by(&["root", "root-2", "root-3", "stranger"]);
    put("ok-stranger", "A signature of nobody beside enough of roots.", 1, files(&[&by_all]), to(&v2, 2));
    let unsigned_past = v1.clone().by(&[]);
    put(
        "ok-unsigned-past",
        "A predecessor that is not needed has no signatures: it is not looked at.",
        1,
        files(&[&v2, &unsigned_past]),
        to(&v2, 2),
    );

    let no = |rule| Err(rule);
    let other = v2.clone().set("name", text("acme-other"));
    put("key-7-name", "Another name.", 1, files(&[&other]), no(Rule::Key7));
    let other = v1.clone().set("name", text("acme-other"));
    put("key-7-past", "A predecessor of another name.", 2, files(&[&v3, &v2, &other]), no(Rule::Key7));
    put("key-8-missing", "The version between is missing.", 1, files(&[&v3]), no(Rule::Key8));
    put("key-8-hole", "A version inside the file is missing.", 1, files(&[&v4, &v2]), no(Rule::Key8));
    put("key-8-order", "The oldest first.", 1, files(&[&v2, &v3]), no(Rule::Key8));
    put("key-8-twice", "A version twice.", 1, files(&[&v2, &v2]), no(Rule::Key8));
    put("key-9-older", "The version before the one in force.", 2, files(&[&v1]), no(Rule::Key9));
    put("key-9-past", "An old file with its predecessors.", 3, files(&[&v2, &v1]), no(Rule::Key9));
    let label = |v: &Version| v.clone().set("keys[1].label", text("another"));
    put(
        "key-10-same",
        "The version in force with other contents.",
        2,
        files(&[&label(&v2)]),
        no(Rule::Key10),
    );
    put(
        "key-10-past",
        "A newer version that grew from another history.",
        2,
        files(&[&v3, &label(&v2)]),
        no(Rule::Key10),
    );
    let own = ["root-4", "root-5", "root-6"];
    put("key-11-self", "New roots appoint themselves.", 3, files(&[&v4.clone().by(&own)]), no(Rule::Key11));
    put(
        "key-11-one",
        "One of the two roots it takes.",
        1,
        files(&[&v2.clone().by(&["root"])]),
        no(Rule::Key11),
    );
    put("key-11-unsigned", "Not signed.", 1, files(&[&v2.clone().by(&[])]), no(Rule::Key11));
    put(
        "key-11-signer",
        "A key that signs statements is no root.",
        1,
        files(&[&v2.clone().by(&["root", "security"])]),
        no(Rule::Key11),
    );
    put(
        "key-11-way",
        "The newest is in order, a version on the way is not.",
        1,
        files(&[&v3, &v2.clone().by(&["root"])]),
        no(Rule::Key11),
    );
    let mut twice = files(&[&v2]);
    let mut cose = v2.clone().by(&["root"]).cose();
    cose.signatures.push(cose.signatures[0].clone());
    twice.members[1] = RawMember::new("keyring.cose", &cose.to_bytes());
    put("sig-10-twice", "One root signs twice.", 1, twice, no(Rule::Sig10));
    let by_roots = v2.clone().by(&["root", "root-2", "root-3"]);
    let mut bad = files(&[&by_roots]);
    let mut cose = by_roots.cose();
    cose.signatures[0].signature[40] ^= 1;
    bad.members[1] = RawMember::new("keyring.cose", &cose.to_bytes());
    put("sig-3-beside", "A root's signature does not match, beside enough that do.", 1, bad, no(Rule::Sig3));
    let mut kind = files(&[&v2]);
    let as_manifest = Cose::signed(StatementKind::Manifest, &v2.statement(), &[key("root"), key("root-2")]);
    kind.members[1] = RawMember::new("keyring.cose", &as_manifest.to_bytes());
    put("sig-6-manifest", "Signed as a manifest.", 1, kind, no(Rule::Sig6));
    put(
        "key-4-new",
        "Enough of the old roots, too few of the new ones.",
        3,
        files(&[&v4.clone().set("root-threshold", num(2))]),
        no(Rule::Key4),
    );
    let ids = BTreeSet::from([key("root-2").id(), key("security").id()]);
    let revoking = Tree::List(ids.into_iter().map(|id| Tree::Bytes(id.0.to_vec())).collect());
    put(
        "key-4-revoked",
        "A root that the new version revokes counts for the old one only.",
        1,
        files(&[&v2.clone().set("revoked", revoking)]),
        no(Rule::Key4),
    );
    let mut weak = [0; 32];
    weak[0] = 1;
    put(
        "key-1-weak",
        "The new version trusts a key that anybody can sign with.",
        1,
        files(&[&v2.clone().set("keys[1].key", Tree::Bytes(weak.to_vec()))]),
        no(Rule::Key1),
    );
    put(
        "key-11-weak",
        "The same by a stranger: who signed is judged before any key is.",
        1,
        files(&[&v2.clone().set("keys[1].key", Tree::Bytes(weak.to_vec())).by(&own)]),
        no(Rule::Key11),
    );
    let heads = |lines: &[&str]| {
        let line = |line: &&str| {
            path::map([
                ("vendor", text("acme")),
                ("name", text("cam")),
                ("scope", text("product")),
                ("line", text(line)),
                ("sequence", num(7)),
                ("feature-level", num(2)),
                ("security-level", num(3)),
            ])
        };
        files(&[&v2.clone().set("heads", Tree::List(lines.iter().map(line).collect()))])
    };
    put("man-7-heads", "Heads not sorted.", 1, heads(&["2", "1"]), no(Rule::Man7));
    put("man-7-heads-twice", "A line twice.", 1, heads(&["1", "1"]), no(Rule::Man7));
    let many: Vec<_> = (0..65).map(|n| format!("{n:02}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    put("man-5-heads", "Heads of 65 lines of one scope.", 1, heads(&many), no(Rule::Man5));
    let zero = v2.clone().set("heads[0].feature-level", num(0));
    put("ver-7-heads", "A head with a feature level of zero.", 1, files(&[&zero]), no(Rule::Ver7));
    put("ver-7-zero", "Version 0.", 1, files(&[&v2.clone().set("version", num(0))]), no(Rule::Ver7));
    let mut behind = files(&[&v2, &v1]);
    behind.members.push(RawMember::new("payload/0", b"more"));
    put("con-3-behind", "A member behind the predecessors.", 1, behind, no(Rule::Con3));
    let mut renumbered = files(&[&v2, &v1]);
    renumbered.members[2] = RawMember::new("prev/1.cbor", &v1.statement());
    put("con-3-number", "Predecessors are counted from 0.", 1, renumbered, no(Rule::Con3));
    put("con-6-cut", "Cut inside a predecessor.", 1, files(&[&v2, &v1]), no(Rule::Con6));
    let cut = all.get_mut("con-6-cut").expect("it");
    cut.offered.truncate(cut.offered.len() - 2048);
    let mut put = |name: String, description: &str, current: &str, offered: &Container, expect| {
        let (description, current, offered) = (description.into(), current.into(), offered.to_bytes());
        let rotation = Rotation { description, current, offered, expect };
        assert!(all.insert(name.clone(), rotation).is_none(), "{name} twice");
    };
    faults::add(&mut put);
    pinned::add(&mut put);
    all
}

/// The files of the folder: name and bytes.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let rotations = all().into_iter().map(|(name, r)| (format!("{name}.rotation"), r.to_bytes(&name)));
    let hybrid = file(&[faults::hybrid(1).and(&["pq-root"])]).to_bytes();
    let keyrings = (1..=3).map(|n| (format!("version-{n}.keyring"), file(&[version(n)]).to_bytes()));
    rotations.chain(keyrings).chain([("hybrid-1.keyring".into(), hybrid)]).collect()
}
