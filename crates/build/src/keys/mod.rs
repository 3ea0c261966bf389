//! Keys: made, read, written, and used to sign.

mod file;
mod signer;

pub use file::{PrivateKey, generate, read_public, write_new};
pub use signer::{FileSigner, Signer, sign_statement};
