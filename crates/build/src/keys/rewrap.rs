//! A key file written again, encrypted as new keys are.

use super::file::PrivateKey;
use crate::error::{Error, Result};
use pkg_files::{AtomicFile, Durability, Rights, real_target};
use std::io::Write;
use std::path::Path;

/// Puts `key`, which was read from `path`, in its own place again, encrypted with `passphrase`, for its
/// owner alone. It stays the same key: what it signed and the keyrings that name it stay good.
pub fn rewrap(path: &Path, key: &PrivateKey, passphrase: &str) -> Result<()> {
    let write = |e| Error::file("write", path, e);
    // Where a link leads, so that the link stays.
    let real = real_target(path).map_err(|e| Error::file("read", path, e))?;
    let pem = key.to_pem(Some(passphrase))?;
    let mut file = AtomicFile::create(&real, Rights::Secret).map_err(write)?;
    file.write_all(pem.as_bytes()).map_err(write)?;
    // What comes out of it is what went in, before the only copy goes.
    let again = PrivateKey::from_pem(&pem, path, &mut || Ok(passphrase.to_owned().into()))?;
    match again.public()?.id() == key.public()?.id() {
        true => file.commit(Durability::PowerCut).map_err(write),
        false => Err(Error::Missing("the key cannot be read back from its new file".into())),
    }
}
