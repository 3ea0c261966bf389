//! Re-encrypting a key file.

use super::private_key::PrivateKey;
use crate::error::{Error, Result};
use pkg_files::{AtomicFile, Durability, Rights, real_target};
use std::io::Write;
use std::path::Path;

/// Writes `key` back to `path`, from which it was read, encrypted with `passphrase` and readable by its owner only. The
/// key stays the same: its signatures and the keyrings that name it stay valid.
///
/// # Errors
/// The file cannot be read or written. It is then as it was.
pub fn rewrap(path: &Path, key: &PrivateKey, passphrase: &str) -> Result<()> {
    let write = |e| Error::file("write", path, e);
    // A link stays a link.
    let real = real_target(path).map_err(|e| Error::file("read", path, e))?;
    let pem = key.to_pem(Some(passphrase))?;
    let mut file = AtomicFile::create(&real, Rights::Secret).map_err(write)?;
    file.write_all(pem.as_bytes()).map_err(write)?;
    // The only copy is about to be replaced, so the new one is decrypted first.
    let again = PrivateKey::from_pem(&pem, path, &mut || Ok(passphrase.to_owned().into()))?;
    match again.public()?.id() == key.public()?.id() {
        true => file.commit(Durability::PowerCut).map_err(write),
        false => Err(Error::Missing("the key cannot be read back from its new file".into())),
    }
}
