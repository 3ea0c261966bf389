//! Keys whose private halves are public: nobody may trust them by accident (KEY-2).

use pkg_format::Digest;
use pkg_format::cose::{Algorithm, KeyId, key_id};

/// Raw public keys of RFC 8032 section 7.1 (tests 1, 2, 3, 1024 and SHA(abc)) and of the folder
/// `keys-example/`; a test reads that folder and demands that each key of it is in this list.
const KNOWN: &[&str] = &[
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    // the worked example of format-spec/SPEC.md
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
    // keys-example/
    "cd8ca107663eb29a4b18343317ef1860e5f99eee9941e16a83c7fc29f251ef80", // root
    "f531d460283062f9c09cef961b9369a9497bed3e01002184e12898244c5bc5c0", // security
    "4f0f96a1226702aff750172984adc790e986f449a58d7de72f925d449a528a02", // feature
    "df77abbf9b020fee991915d5a4ddf6016b446dc38c799a5d9bafd517a5d5c0f5", // notice
    "f0ba15d1be994d81d0a3b9fd521e37b95e1452a7141b401181dc0e91966a6296", // withdrawal
    "4c6bdf66192d4ee74c4c68736baa4a0b3212ede8e92f6a3ab5c227e36e07efe2", // delivery
];

/// Key ids of ML-DSA-65 with a seed that is public: 00 01 .. 1f, of the worked example of
/// format-spec/SPEC.md and of RFC 9881.
const KNOWN_IDS: &[&str] = &["eea6088cda05d86e23663298fcb744ec2f9494b76a6897091663bde56110508b"];

/// Whether a key is an example or test key: anybody can sign with it.
pub fn is_example_key(id: &KeyId) -> bool {
    let digests = |list: &'static [&'static str]| list.iter().filter_map(|hex| Digest::from_hex(hex));
    digests(KNOWN).any(|key| key_id(Algorithm::Ed25519, &key.0) == *id)
        || digests(KNOWN_IDS).any(|k| k == *id)
}
