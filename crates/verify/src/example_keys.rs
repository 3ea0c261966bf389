//! Keys whose private halves are public: nobody may trust them by accident (KEY-2).

use pkg_format::Digest;
use pkg_format::cose::{KeyId, key_id};

/// Raw public keys of RFC 8032 section 7.1 (tests 1, 2, 3, 1024 and SHA(abc)) and of the folder
/// `keys-example/`; a test reads that folder and demands that each key of it is in this list.
const KNOWN: &[&str] = &[
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    // keys-example/
];

/// Whether a key is an example or test key: anybody can sign with it.
pub fn is_example_key(id: &KeyId) -> bool {
    KNOWN.iter().filter_map(|hex| Digest::from_hex(hex)).any(|key| key_id(&key.0) == *id)
}
