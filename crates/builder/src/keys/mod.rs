//! Keys: making, reading and writing them, and signing with them. A key is a file, is in a token, or is used by another
//! program that signs; [`open()`] tells by its name.

mod access;
mod encryption;
mod exec;
mod file;
mod generate;
mod ml_dsa_65;
mod open;
mod openssh;
mod pem;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod private_key;
mod public_key;
mod rewrap;
mod signer;
mod uri;

pub use access::{Access, Doubt, ExposedKeys};
pub use exec::ExecSigner;
pub use file::{read_half, read_public, write_new};
pub use generate::generate;
pub use open::open;
#[cfg(feature = "pkcs11")]
pub use pkcs11::TokenSigner;
pub use private_key::PrivateKey;
pub use public_key::public_pem;
pub use rewrap::rewrap;
pub use signer::{FileSigner, Signer, attached, message, sign_statement};
pub use uri::{KeyUri, TokenUri};
