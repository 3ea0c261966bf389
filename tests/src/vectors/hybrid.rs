//! ML-DSA-65 besides Ed25519: both must sign, and neither stands in for the other.

use super::Set;
use crate::Fake;
use crate::cose::{Cose, ED25519, ML_DSA_65, signature_header};
use crate::keys::{Key, key, post_quantum};
use pkg_format::Rule;

const NOTICE: Key = key("notice");
const PQ: Key = post_quantum("pq-notice");

pub(super) fn add(set: &mut Set) {
    accepted(set);
    counts(set);
    mathematics(set);
    forms(set);
}

/// A notice that both keys signed, with its post-quantum signature altered.
fn notice(edit: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Fake {
    Fake::notice().signed_by(&[NOTICE, PQ]).cose(move |c| {
        let place = of(c, PQ);
        edit(&mut c.signatures[place].signature);
    })
}

/// Where the signature of a key stands.
fn of(cose: &Cose, key: Key) -> usize {
    let id = key.id().0;
    cose.signatures.iter().position(|p| p.protected.ends_with(&id)).expect("a signature of this key")
}

fn accepted(set: &mut Set) {
    let mut ok = |name: &str, what: &str, fake: &Fake| {
        set.accepted(name, what, fake).with_keyring("hybrid");
    };
    ok(
        "hybrid",
        "Both kinds of key are asked for, and both signed.",
        &Fake::notice().signed_by(&[NOTICE, PQ]),
    );
    let security = [key("security"), post_quantum("pq-security")];
    ok("hybrid-release", "The delivery needs no key of ML-DSA-65.", &Fake::small().signed_by(&security));
    ok(
        "hybrid-exception",
        "Two keys of ML-DSA-65 signed what is not pure.",
        &Fake::inseparable().signed_by(&[&security[..], &[post_quantum("pq-security-2")]].concat()),
    );
    ok("hybrid-not-asked", "For features no key of ML-DSA-65 is asked.", &Fake::feature());
    set.accepted(
        "hybrid-unknown",
        "A key of ML-DSA-65 signed that the keyring does not know: it is ignored.",
        &Fake::notice().signed_by(&[NOTICE, PQ]),
    );
}

fn counts(set: &mut Set) {
    let mut short = |rule: Rule, name: &str, what: &str, fake: Fake| {
        set.refused(rule, name, what, fake).with_keyring("hybrid");
    };
    short(Rule::Sig16, "only-ed25519", "No key of ML-DSA-65 signed.", Fake::notice());
    short(
        Rule::Sig16,
        "ed25519-instead",
        "Two keys of Ed25519 signed, and none of ML-DSA-65.",
        Fake::notice().signed_by(&[NOTICE, key("all")]),
    );
    short(
        Rule::Sig16,
        "exception",
        "One key of ML-DSA-65 signed what is not pure, and two are asked for.",
        Fake::inseparable().signed_by(&[key("security"), post_quantum("pq-security")]),
    );
    for (name, what) in [
        ("pq-security", "The key of ML-DSA-65 has another role."),
        ("pq-elsewhere", "The key of ML-DSA-65 is for another product."),
        ("pq-revoked", "The key of ML-DSA-65 is revoked."),
        ("pq-stranger", "The keyring does not know the key of ML-DSA-65."),
    ] {
        short(Rule::Sig16, name, what, Fake::notice().signed_by(&[NOTICE, post_quantum(name)]));
    }
    short(
        Rule::Sig16,
        "pq-testing",
        "The key of ML-DSA-65 is for the testing channel.",
        Fake::small().signed_by(&[key("security"), post_quantum("pq-testing")]),
    );
    short(
        Rule::Sig15,
        "only-ml-dsa",
        "Only a key of ML-DSA-65 signed: it does not stand in for Ed25519.",
        Fake::notice().signed_by(&[PQ]),
    );
    short(
        Rule::Sig4,
        "ml-dsa-does-not-count",
        "Two keys of Ed25519 are asked for; one signed, and one of ML-DSA-65.",
        Fake::withdrawal().signed_by(&[key("withdrawal"), post_quantum("pq-all")]),
    );
}

fn mathematics(set: &mut Set) {
    let mut bad = |name: &str, what: &str, fake: Fake| {
        set.refused(Rule::Sig3, name, what, fake).with_keyring("hybrid");
    };
    bad("ml-dsa-challenge", "A bit of the challenge is wrong.", notice(|s| s[0] ^= 1));
    bad("ml-dsa-z", "A bit of z is wrong.", notice(|s| s[1000] ^= 1));
    bad("ml-dsa-hint", "The counts of the hint fall.", notice(|s| s[3304] = s[3305].wrapping_add(1)));
    bad("ml-dsa-hint-padding", "Behind the hint something stands.", notice(|s| s[3302] = 0xff));
    bad("ml-dsa-zero", "3,309 zeros instead of a signature.", notice(|s| s.fill(0)));
    bad(
        "ml-dsa-context",
        "A true signature in a context of ML-DSA, where none belongs.",
        Fake::notice().signed_by(&[NOTICE, PQ]).cose(|c| {
            let place = of(c, PQ);
            let message = c.to_be_signed(&c.signatures[place].protected);
            c.signatures[place].signature = PQ.sign_in(b"pkg/1 manifest", &message);
        }),
    );
    bad(
        "ml-dsa-in-other-name",
        "A key of ML-DSA-65 signed in the name of a key of Ed25519.",
        Fake::notice().signed_by(&[PQ]).cose(|c| {
            c.sign_under(PQ, signature_header(ML_DSA_65, &NOTICE.id().0));
            c.sort();
        }),
    );
    bad(
        "ed25519-in-other-name",
        "A key of Ed25519 signed in the name of a key of ML-DSA-65.",
        Fake::notice().cose(|c| {
            c.sign_under(NOTICE, signature_header(ED25519, &PQ.id().0));
            c.sort();
        }),
    );
}

fn forms(set: &mut Set) {
    for length in [64, 3308, 3310] {
        let (name, what) =
            (format!("ml-dsa-{length}"), format!("A signature of ML-DSA-65 of {length} bytes."));
        let fake = notice(move |s| s.resize(length, 0));
        set.refused(Rule::Sig13, &name, &what, fake).with_keyring("hybrid");
    }
    let fake = Fake::notice().cose(|c| c.signatures[0].signature.resize(3309, 0));
    set.refused(Rule::Sig13, "ed25519-3309", "A signature of Ed25519 as long as one of ML-DSA-65.", fake);
}
