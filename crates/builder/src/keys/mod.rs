//! Keys: made, read, written, and used to sign. A key is a file, lies in a token, or another
//! program signs with it; [`open()`] tells by its name.

mod access;
mod exec;
mod file;
mod ml_dsa_65;
mod open;
mod openssh;
mod pem;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod rewrap;
mod signer;
mod uri;

pub use access::{Access, Doubt, ExposedKeys};
pub use exec::ExecSigner;
pub use file::{PrivateKey, generate, public_pem, read_half, read_public, write_new};
pub use open::open;
#[cfg(feature = "pkcs11")]
pub use pkcs11::TokenSigner;
pub use rewrap::rewrap;
pub use signer::{FileSigner, Signer, attached, message, sign_statement};
pub use uri::{KeyUri, TokenUri};
