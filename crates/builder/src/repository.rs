//! The signed files of a repository: heads, and the versions of a keyring one by one.

use crate::error::{Error, Result};
use crate::keys::Signer;
use crate::package::SignedStatement;
use pkg_format::KeyringStatement;
use pkg_format::container::Member;
use pkg_format::cose::StatementKind;
use pkg_format::repository::Head;
use pkg_verify::keyring_members;
use std::path::Path;

/// The file of a head, signed by every signer.
///
/// # Errors
/// The head breaks a rule, or a signer fails.
pub fn head_file(head: &Head, signers: &[&dyn Signer]) -> Result<Vec<u8>> {
    let statement = head.to_tree().to_bytes();
    Head::decode(&statement)?;
    let signed = SignedStatement::by(signers, StatementKind::Head, statement)?;
    file(&signed, (Member::Head, Member::HeadSignatures))
}

/// The versions that a keyring file holds, newest first: the number of each, and a file with it alone.
///
/// # Errors
/// The file is refused.
pub fn keyring_versions(bytes: &[u8], path: &Path) -> Result<Vec<(u64, Vec<u8>)>> {
    let refused = |error| Error::Package { what: "keyring", path: path.to_owned(), error };
    let versions = keyring_members(bytes).map_err(refused)?;
    let alone = |version: pkg_verify::KeyringVersion| {
        let number = KeyringStatement::decode(&version.statement)?.version;
        let signed = SignedStatement { statement: version.statement, signatures: version.signatures };
        Ok((number, file(&signed, (Member::Keyring, Member::KeyringSignatures))?))
    };
    versions.into_iter().map(alone).collect()
}

fn file(signed: &SignedStatement, members: (Member, Member)) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let written = signed.write(&mut archive, members).and_then(|()| archive.into_inner());
    written.map_err(|e| Error::file("write", Path::new("a statement"), e))
}
