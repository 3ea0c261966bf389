//! What changed from one version of a keyring to the next. It lists everything, because root owners sign what they
//! read here.

use pkg_format::KeyringStatement;
use pkg_format::cose::KeyId;
use pkg_format::keyring::{Asked, Head, LineHead, PostQuantum, Root, TrustedKey};
use std::fmt::Display;

/// One line for each change. Both statements are destructured, so that a new field cannot be forgotten.
pub(crate) fn since(before: &KeyringStatement, now: &KeyringStatement) -> Vec<String> {
    let KeyringStatement {
        name,
        version: _,
        roots,
        root_threshold: _,
        keys,
        thresholds: _,
        post_quantum: PostQuantum { root: _, asked: _ },
        revoked,
        heads,
    } = now;
    let mut lines = Vec::new();
    if *name != before.name {
        lines.push(format!("name: {} becomes {name}", before.name));
    }
    let roots_of = |s: &KeyringStatement| s.roots.iter().map(|r| (r.id(), root(r))).collect::<Vec<_>>();
    list(&mut lines, "root", &roots_of(before), &roots.iter().map(|r| (r.id(), root(r))).collect::<Vec<_>>());
    let keys_of = |keys: &[TrustedKey]| keys.iter().map(|k| (k.id(), key(k))).collect::<Vec<_>>();
    list(&mut lines, "key", &keys_of(&before.keys), &keys_of(keys));
    for (old, new) in thresholds(before).iter().zip(thresholds(now)) {
        if *old != new {
            lines.push(format!("signatures needed: {old} becomes {new}"));
        }
    }
    let known = roots_of(before).into_iter().chain(keys_of(&before.keys)).collect::<Vec<_>>();
    let called = |id: &KeyId| {
        let known = known.iter().find(|(k, _)| k == id);
        known.map_or_else(String::new, |(_, what)| format!(", which was {what}"))
    };
    for id in revoked.iter().filter(|id| !before.revoked.contains(id)) {
        lines.push(format!("REVOKED: {id}{}", called(id)));
    }
    for id in before.revoked.iter().filter(|id| !revoked.contains(id)) {
        lines.push(format!("no longer revoked: {id}"));
    }
    for head in heads.iter().filter(|head| !before.heads.contains(head)) {
        lines.push(format!("newest release: {}", self::head(head)));
    }
    for head in before.heads.iter().filter(|head| !heads.contains(head)) {
        lines.push(format!("no longer the newest release: {}", self::head(head)));
    }
    lines
}

/// Added, removed, changed.
fn list(lines: &mut Vec<String>, what: &str, before: &[(KeyId, String)], now: &[(KeyId, String)]) {
    let find = |list: &[(KeyId, String)], id: &KeyId| {
        list.iter().find(|(key, _)| key == id).map(|(_, says)| says.clone())
    };
    for (id, says) in now {
        match find(before, id) {
            None => lines.push(format!("new {what} {}: {says}", id.short())),
            Some(said) if said != *says => {
                lines.push(format!("{what} {}: {said} becomes {says}", id.short()))
            }
            Some(_) => {}
        }
    }
    for (id, said) in before.iter().filter(|(id, _)| find(now, id).is_none()) {
        lines.push(format!("{what} {} removed: {said}", id.short()));
    }
}

fn head(head: &Head) -> String {
    let Head { vendor, name, scope, at: LineHead { line, sequence, feature_level, security_level } } = head;
    let levels = format!("feature level {feature_level}, security level {security_level}");
    format!("{vendor} {name}, scope {scope}, line {line}: sequence {sequence}, {levels}")
}

fn root(root: &Root) -> String {
    let Root { key: _, alg, label } = root;
    format!("“{label}”, {}", alg.as_str())
}

fn key(key: &TrustedKey) -> String {
    let TrustedKey { key: _, alg, label, roles, products, channels, scopes } = key;
    let products = products.iter().map(|p| format!("{}/{}", p.vendor, p.name));
    let scopes = scopes.iter().map(|s| format!("scope {s}"));
    let bound: Vec<_> = products.chain(channels.iter().map(|c| c.as_str().into())).chain(scopes).collect();
    let bound = if bound.is_empty() { String::new() } else { format!(", only for {}", joined(&bound)) };
    let roles = if roles.is_empty() { "nothing".into() } else { joined(roles) };
    format!("“{label}”, {}, may sign {roles}{bound}", alg.as_str())
}

fn joined<T: Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// All thresholds in a fixed order: keyrings first, then each kind of statement.
pub(crate) fn thresholds(keyring: &KeyringStatement) -> Vec<String> {
    let needed = |what: &str, ed25519: u64, ml_dsa_65: u64| match ml_dsa_65 {
        0 => format!("{what} {ed25519}"),
        n => format!("{what} {ed25519} and {n} with ML-DSA-65"),
    };
    let roots = needed("keyring", keyring.root_threshold, keyring.post_quantum.root.unwrap_or(0));
    let asked = |asked: &Asked| {
        let at_least = keyring.threshold((*asked).role().into());
        needed(
            asked.as_str(),
            keyring.threshold(*asked).max(at_least),
            keyring.post_quantum_threshold(*asked),
        )
    };
    std::iter::once(roots).chain(Asked::ALL.iter().map(asked)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_format::cose::Algorithm;
    use pkg_format::keyring::{ProductName, Role};
    use pkg_format::manifest::Channel;
    use pkg_format::{Id, Label, Tree};

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    fn keyring() -> KeyringStatement {
        let label = |text: &str| Label::new(text).unwrap();
        let product = ProductName { vendor: id("acme"), name: id("cam") };
        KeyringStatement {
            name: id("cam"),
            version: 1,
            roots: vec![Root { key: vec![1; 32], alg: Algorithm::Ed25519, label: label("r1") }],
            root_threshold: 1,
            keys: vec![TrustedKey {
                key: vec![2; 32],
                alg: Algorithm::Ed25519,
                label: label("s1"),
                roles: vec![Role::Security],
                products: vec![product],
                channels: vec![Channel::Stable],
                scopes: vec![id("product")],
            }],
            thresholds: vec![(Asked::Security, 1)],
            post_quantum: PostQuantum { root: None, asked: vec![(Asked::Feature, 1)] },
            revoked: vec![pkg_format::Digest([3; 32])],
            heads: Vec::new(),
        }
    }

    /// Whatever differs in what is signed gives a line.
    #[test]
    fn every_change_is_told() {
        type Change = fn(&mut KeyringStatement);
        let changes: [Change; 15] = [
            |k| k.name = id("other"),
            |k| k.roots[0].key = vec![4; 32],
            |k| k.roots[0].label = Label::new("other").unwrap(),
            |k| k.root_threshold = 2,
            |k| k.keys.clear(),
            |k| k.keys[0].label = Label::new("other").unwrap(),
            |k| k.keys[0].roles.push(Role::Feature),
            |k| k.keys[0].products.clear(),
            |k| k.keys[0].channels.clear(),
            |k| k.keys[0].scopes.clear(),
            |k| k.thresholds.push((Asked::SecurityException, 2)),
            |k| k.post_quantum.root = Some(1),
            |k| k.post_quantum.asked.clear(),
            |k| k.revoked.clear(),
            |k| {
                let [vendor, name, scope, line] = ["acme", "cam", "product", "1"].map(id);
                let at = LineHead { line, sequence: 1, feature_level: 1, security_level: 1 };
                k.heads.push(Head { vendor, name, scope, at });
            },
        ];
        let before = keyring();
        assert!(since(&before, &before).is_empty());
        for (i, change) in changes.iter().enumerate() {
            let mut now = keyring();
            change(&mut now);
            assert_ne!(now.to_tree(), before.to_tree(), "{i}");
            assert!(!since(&before, &now).is_empty(), "change {i} is not told");
        }
        let Tree::Map(fields) = before.to_tree() else { panic!("a map") };
        // Besides format, version and heads, which a keyring without any leaves out.
        assert_eq!(fields.len(), 9, "a field that is new is changed above: {fields:?}");
    }
}
