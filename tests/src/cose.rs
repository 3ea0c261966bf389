//! Signature structures from their parts, so that a test can alter any of them.
//!
//! Written from RFC 9052 and RFC 9995, not with the writer of `pkg-format`: the two must agree.

use crate::keys::Key;
use pkg_format::Digest;
use pkg_format::cose::{Algorithm, StatementKind};

/// A CBOR head with an argument below 65,536, in its shortest form.
fn head(major: u8, argument: usize) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..=23 => vec![major | argument as u8],
        24..=0xff => vec![major | 24, argument as u8],
        _ => vec![major | 25, (argument >> 8) as u8, argument as u8],
    }
}

/// A CBOR byte string.
pub fn bytes(content: &[u8]) -> Vec<u8> {
    [head(2, content.len()), content.to_vec()].concat()
}

/// A CBOR text.
pub fn text(content: &str) -> Vec<u8> {
    [head(3, content.len()), content.as_bytes().to_vec()].concat()
}

/// A CBOR list of encoded items.
pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len()), items.concat()].concat()
}

/// A CBOR map of encoded keys and values, in the order given.
pub fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let body = entries.iter().flat_map(|(k, v)| [k.clone(), v.clone()]).collect::<Vec<_>>().concat();
    [head(5, entries.len()), body].concat()
}

/// A CBOR integer above -65,537 and below 65,536.
pub fn int(n: i64) -> Vec<u8> {
    match usize::try_from(n) {
        Ok(n) => head(0, n),
        Err(_) => head(1, usize::try_from(-1 - n).expect("a small number")),
    }
}

/// The COSE algorithm number of Ed25519 (RFC 9864).
pub const ED25519: i64 = -19;

/// The COSE algorithm number of ML-DSA-65 (RFC 9964).
pub const ML_DSA_65: i64 = -49;

/// The COSE algorithm number of a key.
pub fn algorithm(key: Key) -> i64 {
    match key.alg {
        Algorithm::Ed25519 => ED25519,
        Algorithm::MlDsa65 => ML_DSA_65,
    }
}

/// One signature as it stands in the structure.
#[derive(Debug, Clone)]
pub struct Part {
    /// The encoded protected header.
    pub protected: Vec<u8>,
    /// The encoded unprotected header.
    pub unprotected: Vec<u8>,
    /// The raw signature.
    pub signature: Vec<u8>,
}

/// A COSE_Sign in parts.
#[derive(Debug, Clone)]
pub struct Cose {
    /// The tag in front.
    pub tag: Vec<u8>,
    /// The encoded protected header of the body.
    pub protected: Vec<u8>,
    /// The encoded unprotected header of the body.
    pub unprotected: Vec<u8>,
    /// The payload: the digest of the statement.
    pub payload: Vec<u8>,
    /// What else is signed.
    pub context: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<Part>,
}

/// The protected header of a signature: algorithm and key id.
pub fn signature_header(alg: i64, kid: &[u8]) -> Vec<u8> {
    map(&[(int(1), int(alg)), (int(4), bytes(kid))])
}

/// The protected header of a body: how the payload was hashed (258), and what it was (259).
pub fn body_header(hash: i64, content_type: &str) -> Vec<u8> {
    map(&[(int(258), int(hash)), (int(259), text(content_type))])
}

/// The content type of a kind of statement.
pub fn content_type(kind: StatementKind) -> String {
    format!("application/vnd.pkg.{}+cbor", kind.as_str())
}

impl Cose {
    /// A structure without signatures.
    pub fn unsigned(kind: StatementKind, statement: &[u8]) -> Cose {
        Cose {
            tag: vec![0xd8, 98],
            protected: body_header(-16, &content_type(kind)),
            unprotected: map(&[]),
            payload: Digest::of(statement).0.to_vec(),
            context: format!("pkg/1 {}", kind.as_str()).into_bytes(),
            signatures: Vec::new(),
        }
    }

    /// The structure that these keys sign.
    pub fn signed(kind: StatementKind, statement: &[u8], keys: &[Key]) -> Cose {
        let mut cose = Cose::unsigned(kind, statement);
        keys.iter().for_each(|key| cose.sign(*key));
        cose
    }

    /// What a key signs under this protected header (RFC 9052, 4.4).
    pub fn to_be_signed(&self, protected: &[u8]) -> Vec<u8> {
        list(&[
            text("Signature"),
            bytes(&self.protected),
            bytes(protected),
            bytes(&self.context),
            bytes(&self.payload),
        ])
    }

    /// Adds the signature of `key`, in its place by key id.
    pub fn sign(&mut self, key: Key) {
        self.sign_under(key, signature_header(algorithm(key), &key.id().0));
        self.sort();
    }

    /// Adds a true signature of `key` under any protected header, at the end.
    pub fn sign_under(&mut self, key: Key, protected: Vec<u8>) {
        let signature = key.sign(&self.to_be_signed(&protected));
        self.signatures.push(Part { protected, unprotected: map(&[]), signature });
    }

    /// Signs again with these keys what the parts now say.
    pub fn sign_again(&mut self, keys: &[Key]) {
        self.signatures.clear();
        keys.iter().for_each(|key| self.sign(*key));
    }

    /// Sorts the signatures by key id, with which their headers end.
    pub fn sort(&mut self) {
        self.signatures.sort_by_key(|p| p.protected.rchunks(32).next().map(<[u8]>::to_vec));
    }

    /// The parts of the structure, each encoded.
    pub fn parts(&self) -> Vec<Vec<u8>> {
        let signatures: Vec<_> = self
            .signatures
            .iter()
            .map(|p| list(&[bytes(&p.protected), p.unprotected.clone(), bytes(&p.signature)]))
            .collect();
        vec![bytes(&self.protected), self.unprotected.clone(), bytes(&self.payload), list(&signatures)]
    }

    /// The structure as it is written.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.tag.clone(), list(&self.parts())].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{key, post_quantum};
    use pkg_format::cose;

    #[test]
    fn two_writers_agree() {
        for kind in StatementKind::ALL {
            let (statement, keys) = (b"some statement", [key("one"), key("two"), post_quantum("three")]);
            let ours = Cose::signed(kind, statement, &keys);
            let digest = Digest::of(statement);
            let signatures = keys.map(|k| {
                let bytes = k.sign(&cose::to_be_signed(kind, &digest, k.alg, &k.id()));
                cose::Signature { key: k.id(), alg: k.alg, bytes }
            });
            assert_eq!(ours.to_bytes(), cose::encode(kind, &digest, &signatures));
        }
    }
}
