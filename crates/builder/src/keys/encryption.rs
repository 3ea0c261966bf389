//! Private key files that are encrypted with a passphrase: PBES2 (RFC 8018).

use super::pem;
use crate::error::{Error, KeyError, Result};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

/// The most PBKDF2 rounds that are computed: ten seconds, not a day, for a file that somebody else made.
const PBKDF2_ROUNDS: u32 = 10_000_000;

/// With fewer rounds a passphrase can be tried too quickly. OpenSSL uses 2,048 by default.
pub(super) const FEW_ROUNDS: u32 = 100_000;

/// The most memory that scrypt may take, bytes, and the most work: N r p.
const SCRYPT_MEMORY: u64 = 256 << 20;
const SCRYPT_WORK: u64 = 1 << 23;

/// How many rounds of PBKDF2 an encrypted key takes.
pub(super) fn rounds(text: &str) -> Option<u32> {
    let (_, der) = SecretDocument::from_pem(&pem::key(text, "an encrypted key").ok()?.pem).ok()?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).ok()?;
    Some(info.encryption_algorithm.pbes2()?.kdf.pbkdf2()?.iteration_count)
}

/// Decrypts a PEM file of PKCS#8.
///
/// # Errors
/// The passphrase is wrong, or the encryption is unknown or too expensive.
pub(super) fn decrypt(
    pem: &str,
    passphrase: &mut dyn FnMut() -> Result<Zeroizing<String>>,
    error: &dyn Fn(KeyError) -> Error,
) -> Result<SecretDocument> {
    let unsupported = |e: &dyn std::fmt::Display| error(KeyError::Encryption(e.to_string()));
    let (_, der) = SecretDocument::from_pem(pem).map_err(|e| unsupported(&e))?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|e| unsupported(&e))?;
    let kdf = info.encryption_algorithm.pbes2().map(|p| &p.kdf);
    let affordable = kdf.is_some_and(|kdf| match (kdf.pbkdf2(), kdf.scrypt()) {
        (Some(p), _) => p.iteration_count <= PBKDF2_ROUNDS,
        (None, Some(s)) => {
            let (n, r, p) = (s.cost_parameter, u64::from(s.block_size), u64::from(s.parallelization));
            let memory = n.checked_mul(r).and_then(|nr| nr.checked_mul(128));
            let work = n.checked_mul(r).and_then(|nr| nr.checked_mul(p));
            memory.is_some_and(|m| m <= SCRYPT_MEMORY) && work.is_some_and(|w| w <= SCRYPT_WORK)
        }
        (None, None) => false,
    });
    if !affordable {
        return Err(error(KeyError::Encryption("its key derivation is too expensive".into())));
    }
    let passphrase = passphrase()?;
    let document = info.decrypt(passphrase.as_bytes()).map_err(|e| match e {
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed) => {
            error(KeyError::WrongPassphrase)
        }
        pkcs8::Error::EncryptedPrivateKey(e) => unsupported(&e),
        // What a wrong passphrase decrypts to is sometimes padded well, and then no key.
        _ => error(KeyError::WrongPassphrase),
    })?;
    match PrivateKeyInfoRef::try_from(document.as_bytes()) {
        Ok(_) => Ok(document),
        Err(_) => Err(error(KeyError::WrongPassphrase)),
    }
}

/// Encrypts a PKCS#8 document with PBKDF2 (600,000 rounds of HMAC-SHA-256) and AES-256-CBC, which every OpenSSL since 1.1
/// reads.
pub(super) fn encrypt(document: &SecretDocument, passphrase: &str) -> pkcs8::Result<Zeroizing<String>> {
    let info = PrivateKeyInfoRef::try_from(document.as_bytes())?;
    let parameters = pbes2::Parameters::generate_pbkdf2(&mut getrandom::SysRng)?;
    let encrypted = info.encrypt_with_params(parameters, passphrase)?;
    Ok(encrypted.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)?)
}
