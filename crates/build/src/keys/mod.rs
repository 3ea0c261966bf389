//! Keys: made, read, written, and used to sign.

mod file;
mod ml_dsa_65;
mod signer;

pub use file::{PrivateKey, generate, public_pem, read_public, write_new};
pub use signer::{FileSigner, Signer, sign_statement};
