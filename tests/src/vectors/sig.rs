//! Signatures: who made them, over what, in which role (threats T01 to T10, T86).

use super::Set;
use crate::Fake;
use crate::cose::{Cose, ED25519, bytes, list, signature_header, text};
use crate::keys::{Key, key};
use pkg_format::Rule;

const NOTICE: Key = key("notice");

/// A notice whose signature structure was altered.
fn notice(edit: impl Fn(&mut Cose) + Send + Sync + 'static) -> Fake {
    Fake::notice().cose(edit)
}

pub(super) fn add(set: &mut Set) {
    who(set);
    mathematics(set);
    roles(set);
}

fn who(set: &mut Set) {
    set.refused(Rule::Sig1, "manifest", "Nobody signed the manifest.", Fake::notice().signed_by(&[]));
    set.refused(
        Rule::Sig1,
        "release",
        "Nobody signed anything.",
        Fake::small().signed_by(&[]).delivered_by(&[]),
    );
    set.refused(Rule::Sig1, "delivery", "Nobody signed the delivery.", Fake::small().delivered_by(&[]));
    set.refused(
        Rule::Con3,
        "member-between",
        "Another member stands where manifest.cose must stand.",
        Fake::notice().container().reorder(|m| m.insert(1, m[0].clone())),
    );
    set.refused(
        Rule::Sig2,
        "stranger",
        "Only a key that the keyring does not know signed.",
        Fake::notice().signed_by(&[key("stranger")]),
    );
    set.refused(
        Rule::Sig2,
        "delivery-stranger",
        "Only a key that the keyring does not know signed the delivery.",
        Fake::small().delivered_by(&[key("stranger")]),
    );
    set.refused(
        Rule::Sig2,
        "root",
        "A root key signs keyrings, not notices.",
        Fake::notice().signed_by(&[key("root")]),
    );
    set.refused(
        Rule::Sig14,
        "revoked",
        "Only a revoked key signed.",
        Fake::notice().signed_by(&[key("revoked")]),
    );
    set.refused(
        Rule::Sig14,
        "revoked-and-stranger",
        "A revoked key and an unknown one signed.",
        Fake::notice().signed_by(&[key("revoked"), key("stranger")]),
    );
    set.refused(
        Rule::Sig14,
        "delivery",
        "Only a revoked key signed the delivery.",
        Fake::small().delivered_by(&[key("revoked")]),
    );
    for (keyring, name, fake) in [
        ("two-security", "one-of-two", Fake::small()),
        (
            "two-security",
            "stranger-does-not-count",
            Fake::small().signed_by(&[key("security"), key("stranger")]),
        ),
        (
            "two-security",
            "revoked-does-not-count",
            Fake::small().signed_by(&[key("security"), key("revoked")]),
        ),
        (
            "two-security",
            "other-role-does-not-count",
            Fake::small().signed_by(&[key("security"), key("feature")]),
        ),
        ("exception", "exception", Fake::inseparable()),
        ("exception", "inherited-exception", Fake::small().inheriting()),
        ("two-deliveries", "delivery", Fake::small()),
    ] {
        set.refused(Rule::Sig4, name, "Fewer keys signed than the keyring asks for.", fake)
            .with_keyring(keyring);
    }
}

fn mathematics(set: &mut Set) {
    let mut bad = |name: &str, what: &str, fake: Fake| {
        set.refused(Rule::Sig3, name, what, fake);
    };
    bad("r", "A bit of R is wrong.", notice(|c| c.signatures[0].signature[3] ^= 1));
    bad("s", "A bit of S is wrong.", notice(|c| c.signatures[0].signature[40] ^= 1));
    bad("zero", "64 zeros instead of a signature.", notice(|c| c.signatures[0].signature.fill(0)));
    bad(
        "s-plus-l",
        "S is larger by the order of the group: the same point, another encoding.",
        notice(|c| add_order(&mut c.signatures[0].signature[32..])),
    );
    bad(
        "raw",
        "A true signature of the manifest's bytes, not of a COSE structure.",
        Fake::notice().cose({
            let statement = Fake::notice().manifest();
            move |c| c.signatures[0].signature = NOTICE.sign(&statement)
        }),
    );
    bad(
        "digest",
        "A true signature of the manifest's digest alone.",
        notice(|c| c.signatures[0].signature = NOTICE.sign(&c.payload)),
    );
    bad(
        "context",
        "A true signature in the context of a delivery.",
        notice(|c| {
            c.context = b"pkg/1 delivery".to_vec();
            c.sign_again(&[NOTICE]);
        }),
    );
    bad(
        "no-context",
        "A true signature without a context.",
        notice(|c| {
            c.context.clear();
            c.sign_again(&[NOTICE]);
        }),
    );
    bad(
        "sign1",
        "A true signature in the structure of COSE_Sign1.",
        notice(|c| {
            let header = signature_header(ED25519, &NOTICE.id().0);
            let message = list(&[text("Signature1"), bytes(&header), bytes(&c.context), bytes(&c.payload)]);
            c.signatures[0].signature = NOTICE.sign(&message);
        }),
    );
    bad(
        "other-key",
        "Signed by one key in the name of another.",
        notice(|c| {
            c.signatures[0].signature = key("security").sign(&c.to_be_signed(&c.signatures[0].protected))
        }),
    );
    bad(
        "kids-swapped",
        "Two true signatures, each in the name of the other's key.",
        Fake::notice().signed_by(&[NOTICE, key("all")]).cose(|c| {
            let first = c.signatures[0].signature.clone();
            c.signatures[0].signature = std::mem::replace(&mut c.signatures[1].signature, first);
        }),
    );
    bad(
        "second-signer",
        "One true signature would be enough; that of another known key is wrong.",
        Fake::notice().signed_by(&[NOTICE, key("all")]).cose(|c| {
            let of_all = signature_header(ED25519, &key("all").id().0);
            let part = c.signatures.iter_mut().find(|p| p.protected == of_all).expect("a signature");
            part.signature[0] ^= 1;
        }),
    );
    bad(
        "delivery",
        "The signature of the delivery is wrong.",
        Fake::small().delivery_cose(|c| c.signatures[0].signature[0] ^= 1),
    );
}

/// Adds the order of the group of Ed25519 to a little-endian number.
fn add_order(s: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    for (byte, more) in s.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
}

fn roles(set: &mut Set) {
    let scope = Fake::small().signed_by(&[key("security-2")]).delivered_by(&[key("delivery")]);
    set.refused(Rule::Sig15, "scope", "A key that is bound to another scope signed.", scope)
        .with_keyring("scopes");
    let mut by = |name: &str, what: &str, fake: Fake| {
        set.refused(Rule::Sig15, name, what, fake);
    };
    by(
        "feature-on-security",
        "A feature key signed a security update.",
        Fake::small().signed_by(&[key("feature")]),
    );
    by(
        "security-on-feature",
        "A security key signed a feature update.",
        Fake::feature().signed_by(&[key("security")]),
    );
    by("security-on-notice", "A security key signed a notice.", Fake::notice().signed_by(&[key("security")]));
    by(
        "security-on-withdrawal",
        "A security key signed a withdrawal.",
        Fake::withdrawal().signed_by(&[key("security")]),
    );
    by("notice-on-withdrawal", "A notice key signed a withdrawal.", Fake::withdrawal().signed_by(&[NOTICE]));
    by(
        "delivery-on-manifest",
        "A delivery key signed a security update.",
        Fake::small().signed_by(&[key("delivery")]),
    );
    by(
        "security-on-delivery",
        "A security key signed a delivery.",
        Fake::small().delivered_by(&[key("security")]),
    );
    by("other-product", "A key for another product signed.", Fake::notice().signed_by(&[key("elsewhere")]));
    by(
        "testing-key-on-stable",
        "A key for the testing channel signed a stable release.",
        Fake::small().signed_by(&[key("testing")]),
    );
    by(
        "testing-key-on-delivery",
        "A key for the testing channel signed the delivery of a stable release.",
        Fake::small().delivered_by(&[key("testing")]),
    );
}
