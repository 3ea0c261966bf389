//! The form of signature structures (threats T05, T09, T48).

use super::Set;
use crate::Fake;
use crate::cose::{
    Cose, ED25519, Part, body_header, bytes, content_type, int, list, map, signature_header, text,
};
use crate::keys::{Key, key};
use pkg_format::Rule;
use pkg_format::cose::StatementKind;

const NOTICE: Key = key("notice");

pub(super) fn add(set: &mut Set) {
    structure(set);
    one_signature(set);
    body(set);
    headers(set);
    counts(set);
}

/// A notice whose signature structure was altered.
fn notice(edit: impl Fn(&mut Cose) + Send + Sync + 'static) -> Fake {
    Fake::notice().cose(edit)
}

/// A notice whose one signature stands under this protected header, truly signed.
fn under(header: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Fake {
    notice(move |c| {
        c.signatures.clear();
        c.sign_under(NOTICE, header(NOTICE.id().0.to_vec()));
    })
}

fn structure(set: &mut Set) {
    let mut of = |name: &str, what: &str, edit: fn(&mut Vec<u8>)| {
        set.refused(Rule::Sig5, name, what, Fake::notice().cose_bytes(edit));
    };
    of("empty", "manifest.cose is empty.", Vec::clear);
    of("untagged", "No tag in front.", |b| {
        b.drain(..2);
    });
    of("sign1-tag", "The tag of COSE_Sign1.", |b| {
        b.splice(..2, [0xd2]);
    });
    of("long-tag", "The tag in a longer form.", |b| {
        b.splice(..2, [0xd9, 0, 98]);
    });
    of("tag-twice", "The tag twice.", |b| {
        b.splice(..0, [0xd8, 98]);
    });
    of("byte-behind", "A byte behind the structure.", |b| b.push(0));
    of("cut", "The last byte is not there.", |b| {
        b.pop();
    });
    of("no-list", "A number instead of the structure.", |b| {
        b.splice(2.., [0]);
    });
    of("list-length", "The length of the list in a longer form.", |b| {
        b.splice(2..3, [0x98, 4]);
    });
    of("endless-list", "A list without a length.", |b| {
        b[2] = 0x9f;
        b.push(0xff);
    });
    let mut parts = |name: &str, what: &str, edit: fn(Cose) -> Vec<Vec<u8>>| {
        let fake = Fake::notice().cose_bytes(move |b| {
            let cose = Cose::signed(StatementKind::Manifest, &Fake::notice().manifest(), &[NOTICE]);
            *b = [vec![0xd8, 98], list(&edit(cose))].concat();
        });
        set.refused(Rule::Sig5, name, what, fake);
    };
    parts("three-parts", "A part is missing.", |c| c.parts()[..3].to_vec());
    parts("five-parts", "A part too many.", |c| [c.parts(), vec![map(&[])]].concat());
    parts("detached", "The payload is detached.", |c| {
        let p = c.parts();
        vec![p[0].clone(), p[1].clone(), vec![0xf6], p[3].clone()]
    });
    parts("header-map", "The body header is a map, not in a byte string.", |c| {
        let p = c.parts();
        vec![c.protected.clone(), p[1].clone(), p[2].clone(), p[3].clone()]
    });
    parts("signatures-map", "The signatures are a map.", |c| {
        let p = c.parts();
        vec![p[0].clone(), p[1].clone(), p[2].clone(), map(&[])]
    });
    parts("signature-of-two-parts", "A signature without its unprotected header.", |c| {
        let (p, s) = (c.parts(), c.signatures[0].clone());
        let signature = list(&[bytes(&s.protected), bytes(&s.signature)]);
        vec![p[0].clone(), p[1].clone(), p[2].clone(), list(&[signature])]
    });
    parts("payload-text", "The payload is a text.", |c| {
        let p = c.parts();
        vec![p[0].clone(), p[1].clone(), text("digest"), p[3].clone()]
    });
}

/// One signature of another form, in a structure that is sound otherwise.
fn one_signature(set: &mut Set) {
    let mut form = |rule: Rule, name: &str, what: &str, edit: fn(Part) -> Vec<u8>| {
        let fake = Fake::notice().cose_bytes(move |b| {
            let cose = Cose::signed(StatementKind::Manifest, &Fake::notice().manifest(), &[NOTICE]);
            let mut parts = cose.parts();
            parts[3] = list(&[edit(cose.signatures[0].clone())]);
            *b = [vec![0xd8, 98], list(&parts)].concat();
        });
        set.refused(rule, name, what, fake);
    };
    let (five, eleven) = (Rule::Sig5, Rule::Sig11);
    form(five, "signature-number", "A number instead of a signature.", |_| int(0));
    form(five, "signature-map", "A map instead of a signature.", |_| map(&[]));
    form(five, "signature-empty", "A signature of no parts.", |_| list(&[]));
    form(five, "signature-of-four-parts", "A signature with a part too many.", |s| {
        list(&[bytes(&s.protected), s.unprotected, bytes(&s.signature), bytes(&[])])
    });
    form(five, "signature-header-map", "The header of a signature is a map, not in a byte string.", |s| {
        list(&[s.protected, s.unprotected, bytes(&s.signature)])
    });
    form(five, "signature-header-text", "The header of a signature is a text.", |s| {
        list(&[text("header"), s.unprotected, bytes(&s.signature)])
    });
    form(five, "signature-text", "The signature itself is a text.", |s| {
        list(&[bytes(&s.protected), s.unprotected, text("signature")])
    });
    form(five, "signature-null", "Null instead of the signature itself.", |s| {
        list(&[bytes(&s.protected), s.unprotected, vec![0xf6]])
    });
    form(five, "text-key", "A text as a key of the unprotected header.", |s| {
        list(&[bytes(&s.protected), map(&[(text("kid"), int(1))]), bytes(&s.signature)])
    });
    form(eleven, "key-2-63", "A key of 2^63 in the unprotected header: it is a number all the same.", |s| {
        let key = vec![0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0];
        list(&[bytes(&s.protected), map(&[(key, int(1))]), bytes(&s.signature)])
    });
    form(eleven, "key-below", "A key of -2^64 in the unprotected header.", |s| {
        let key = vec![0x3b, 255, 255, 255, 255, 255, 255, 255, 255];
        list(&[bytes(&s.protected), map(&[(key, int(1))]), bytes(&s.signature)])
    });
    form(eleven, "before-header", "An unprotected header, and a header that is a text.", |s| {
        list(&[text("header"), map(&[(int(1), int(1))]), bytes(&s.signature)])
    });
    form(eleven, "number", "A number instead of the unprotected header.", |s| {
        list(&[bytes(&s.protected), int(0), bytes(&s.signature)])
    });
}

fn body(set: &mut Set) {
    let mut header = |name: &str, what: &str, header: fn() -> Vec<u8>| {
        let fake = notice(move |c| {
            c.protected = header();
            c.sign_again(&[NOTICE]);
        });
        set.refused(Rule::Sig6, name, what, fake);
    };
    header("delivery", "Signed as a delivery.", || body_header(-16, &content_type(StatementKind::Delivery)));
    header("keyring", "Signed as a keyring.", || body_header(-16, &content_type(StatementKind::Keyring)));
    header("empty", "An empty body header.", Vec::new);
    header("sha-512", "The digest is said to be SHA-512.", || {
        body_header(-44, &content_type(StatementKind::Manifest))
    });
    header("sha-1", "The digest is said to be SHA-1.", || {
        body_header(-14, &content_type(StatementKind::Manifest))
    });
    header("content-type-3", "The content type stands under 3 too.", || {
        let kind = content_type(StatementKind::Manifest);
        map(&[(int(3), text(&kind)), (int(258), int(-16)), (int(259), text(&kind))])
    });
    header("no-content-type", "No content type.", || map(&[(int(258), int(-16))]));
    header("algorithm", "An algorithm in the body header.", || {
        let kind = content_type(StatementKind::Manifest);
        map(&[(int(1), int(ED25519)), (int(258), int(-16)), (int(259), text(&kind))])
    });
    let mut payload = |name: &str, what: &str, edit: fn(&mut Vec<u8>)| {
        let fake = notice(move |c| {
            edit(&mut c.payload);
            c.sign_again(&[NOTICE]);
        });
        set.refused(Rule::Sig7, name, what, fake);
    };
    payload("other-digest", "The digest of other bytes, truly signed.", |p| p[31] ^= 1);
    payload("empty-digest", "An empty digest.", Vec::clear);
    payload("short-digest", "A digest of 31 bytes.", |p| {
        p.pop();
    });
    payload("long-digest", "A digest of 33 bytes.", |p| p.push(0));
    let other = Fake::notice().set("id", crate::fake::path::text("cam-notice-4")).container();
    set.refused(
        Rule::Sig7,
        "other-notice",
        "The signatures of another notice.",
        Fake::notice().container().with("manifest.cose", |m| *m = other.members[1].clone()),
    );
    let manifest = Fake::small().container().members[1].body.clone();
    set.refused(
        Rule::Sig6,
        "manifest-cose-on-delivery",
        "The delivery bears the signatures of the manifest.",
        Fake::small().container().with("delivery.cose", |m| {
            *m = crate::container::RawMember::new("delivery.cose", &manifest);
        }),
    );
}

/// A protected header, from the id of its key.
type Header = fn(Vec<u8>) -> Vec<u8>;

fn headers(set: &mut Set) {
    for (name, alg, what) in [
        ("eddsa", -8, "EdDSA, which does not say which curve."),
        ("es256", -7, "ES256."),
        ("ml-dsa-87", -50, "ML-DSA-87, reserved for later."),
        ("hmac", 5, "HMAC 256: the public key would be the secret."),
    ] {
        set.refused(Rule::Sig8, name, what, under(move |kid| signature_header(alg, &kid)));
    }
    set.refused(Rule::Sig8, "no-algorithm", "No algorithm.", under(|kid| map(&[(int(4), bytes(&kid))])));
    set.refused(Rule::Sig8, "empty-map", "An empty map as protected header.", under(|_| map(&[])));
    let mut form = |name: &str, what: &str, header: fn(Vec<u8>) -> Vec<u8>| {
        set.refused(Rule::Sig9, name, what, under(header));
    };
    form("empty", "No protected header.", |_| Vec::new());
    form("no-kid", "No key id.", |_| map(&[(int(1), int(ED25519))]));
    form("short-kid", "A key id of 8 bytes.", |kid| signature_header(ED25519, &kid[..8]));
    form("kid-text", "The key id is a text.", |_| map(&[(int(1), int(ED25519)), (int(4), text("notice"))]));
    form("algorithm-text", "The algorithm is a text.", |kid| {
        map(&[(int(1), text("Ed25519")), (int(4), bytes(&kid))])
    });
    form("critical", "A critical header.", |kid| {
        map(&[(int(1), int(ED25519)), (int(2), list(&[int(4)])), (int(4), bytes(&kid))])
    });
    form("more", "A header more.", |kid| {
        map(&[(int(1), int(ED25519)), (int(4), bytes(&kid)), (int(6), int(0))])
    });
    form("unsorted", "The two headers in the wrong order.", |kid| {
        map(&[(int(4), bytes(&kid)), (int(1), int(ED25519))])
    });
    form("algorithm-twice", "Two algorithms.", |kid| {
        map(&[(int(1), int(ED25519)), (int(1), int(-8)), (int(4), bytes(&kid))])
    });
    form("long-form", "A label in a longer form.", |kid| {
        map(&[(vec![0x18, 1], int(ED25519)), (int(4), bytes(&kid))])
    });
    for (name, what, header) in [
        ("list", "A list as the protected header.", (|kid| list(&[int(ED25519), bytes(&kid)])) as Header),
        ("behind", "A byte behind the protected header.", |kid| {
            [signature_header(ED25519, &kid), vec![0]].concat()
        }),
        ("cut", "A protected header without its last byte.", |mut kid| {
            kid.pop();
            let whole = signature_header(ED25519, &[&kid[..], &[0]].concat());
            whole[..whole.len() - 1].to_vec()
        }),
        ("text-label", "A text as a label.", |kid| {
            map(&[(int(1), int(ED25519)), (int(4), bytes(&kid)), (text("kid"), int(0))])
        }),
        ("label-2-63", "A label of 2^63.", |kid| {
            let label = vec![0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0];
            map(&[(int(1), int(ED25519)), (int(4), bytes(&kid)), (label, int(0))])
        }),
        ("algorithm-2-63", "An algorithm of 2^63.", |kid| {
            map(&[(int(1), vec![0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]), (int(4), bytes(&kid))])
        }),
        ("algorithm-below", "An algorithm of -2^63-1.", |kid| {
            map(&[(int(1), vec![0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0]), (int(4), bytes(&kid))])
        }),
        ("algorithm-bytes", "The algorithm is a byte string.", |kid| {
            map(&[(int(1), bytes(&[0x32])), (int(4), bytes(&kid))])
        }),
        ("kid-33", "A key id of 33 bytes.", |kid| signature_header(ED25519, &[&kid[..], &[0]].concat())),
        ("kid-empty", "An empty key id.", |_| signature_header(ED25519, &[])),
        ("other-labels", "An algorithm, and another label than the key id's.", |kid| {
            map(&[(int(1), int(ED25519)), (int(5), bytes(&kid))])
        }),
    ] {
        set.refused(Rule::Sig9, name, what, under(header));
    }
    for (name, what, header) in [
        (
            "before-9",
            "Another algorithm, and a key id of 31 bytes.",
            (|kid| signature_header(-8, &kid[..31])) as Header,
        ),
        ("no-algorithm-but-more", "No algorithm, and another label.", |kid| {
            map(&[(int(4), bytes(&kid)), (int(6), int(0))])
        }),
    ] {
        set.refused(Rule::Sig8, name, what, under(header));
    }
    let mut unprotected = |name: &str, what: &str, edit: fn(&mut Cose)| {
        set.refused(Rule::Sig11, name, what, notice(edit));
    };
    unprotected("algorithm", "The algorithm is not protected.", |c| {
        c.signatures.clear();
        c.sign_under(NOTICE, map(&[(int(4), bytes(&NOTICE.id().0))]));
        c.signatures[0].unprotected = map(&[(int(1), int(ED25519))]);
    });
    unprotected("algorithm-both", "Another algorithm stands unprotected too.", |c| {
        c.signatures[0].unprotected = map(&[(int(1), int(-8))]);
    });
    unprotected("kid", "The key id stands unprotected too.", |c| {
        c.signatures[0].unprotected = map(&[(int(4), bytes(&NOTICE.id().0))]);
    });
    unprotected("body", "The body has an unprotected header.", |c| c.unprotected = map(&[(int(3), int(0))]));
    unprotected("list", "A list instead of the unprotected header's map.", |c| {
        c.signatures[0].unprotected = list(&[]);
    });
}

fn counts(set: &mut Set) {
    set.refused(
        Rule::Sig10,
        "same-twice",
        "The same signature twice.",
        notice(|c| c.signatures.push(c.signatures[0].clone())),
    );
    set.refused(
        Rule::Sig10,
        "key-twice",
        "A key twice would meet a threshold of two: once with a true signature, once with another.",
        Fake::small().signed_by(&[key("security")]).cose(|c| {
            let mut again = c.signatures[0].clone();
            again.signature[0] ^= 1;
            c.signatures.push(again);
        }),
    )
    .with_keyring("two-security");
    set.refused(
        Rule::Sig10,
        "unsorted",
        "Two signatures in the wrong order.",
        Fake::notice().signed_by(&[NOTICE, key("all")]).cose(|c| c.signatures.reverse()),
    );
    set.refused(Rule::Sig12, "none", "A structure without signatures.", notice(|c| c.signatures.clear()));
    let names = [
        "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12", "s13", "s14",
        "s15", "s16",
    ];
    let seventeen: Vec<_> = names.into_iter().chain(["notice"]).map(key).collect();
    set.refused(Rule::Sig12, "seventeen", "Seventeen signatures.", Fake::notice().signed_by(&seventeen));
    for (name, length) in [("empty", 0), ("63", 63), ("65", 65), ("two", 128)] {
        let fake = notice(move |c| c.signatures[0].signature.resize(length, 0));
        set.refused(Rule::Sig13, name, &format!("A signature of {length} bytes."), fake);
    }
}
