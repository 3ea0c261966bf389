//! Opening a key by its name.

use super::access::Access;
use super::exec::ExecSigner;
use super::private_key::PrivateKey;
use super::signer::{FileSigner, Signer};
use super::uri::{KeyUri, TokenUri};
use crate::error::{Error, KeyError, Result};

/// Opens the key that `name` names: a path, `pkcs11:…` or `exec:PROGRAM`.
///
/// # Errors
/// The name is malformed, or the key cannot be read or used.
pub fn open(name: &str, access: &mut dyn Access) -> Result<Box<dyn Signer>> {
    let wrong = |reason| match reason {
        // The URI contains a PIN, so it is not repeated.
        KeyError::PinValue => Error::key("pkcs11:…", reason),
        reason => Error::key(name, reason),
    };
    match KeyUri::parse(name).map_err(wrong)? {
        KeyUri::File(path) => Ok(Box::new(FileSigner::new(name, PrivateKey::read(&path, access)?)?)),
        KeyUri::Program(program) => Ok(Box::new(ExecSigner::new(name, &program, access.interrupted())?)),
        KeyUri::Token(uri) => token(name, &uri, access),
    }
}

#[cfg(feature = "pkcs11")]
fn token(name: &str, uri: &TokenUri, access: &mut dyn Access) -> Result<Box<dyn Signer>> {
    Ok(Box::new(super::pkcs11::TokenSigner::open(name, uri, access)?))
}

#[cfg(not(feature = "pkcs11"))]
fn token(name: &str, _: &TokenUri, _: &mut dyn Access) -> Result<Box<dyn Signer>> {
    Err(Error::key(name, KeyError::NoTokens))
}
