//! `pkg key`: make and show keys.

use crate::options::PassphraseArgs;
use crate::out::{Outcome, Status, data, note, shown, warning};
use crate::{json, passphrase};
use clap::Subcommand;
use pkg_build::keys::{Signer, generate, read_public, write_new};
use pkg_format::cose::Algorithm;
use pkg_verify::{PublicKey, is_example_key};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key: PATH.key and PATH.pub
    New {
        /// ed25519, or ml-dsa-65 for signatures besides it that quantum computers cannot forge
        #[arg(long, default_value = "ed25519", value_parser = algorithm)]
        alg: Algorithm,
        /// The path without ending
        #[arg(value_name = "PATH")]
        path: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Leave the private key unencrypted
        #[arg(long, conflicts_with = "passphrase_file")]
        no_passphrase: bool,
    },
    /// Show the id of keys, public or private
    Show {
        /// Key files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Print JSON
        #[arg(long, help_heading = "Output")]
        json: bool,
    },
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::New { alg, path, passphrase, no_passphrase } => new(alg, &path, &passphrase, no_passphrase),
        Command::Show { files, passphrase, json } => show(&files, &passphrase, json),
    }
}

fn algorithm(word: &str) -> Result<Algorithm, String> {
    let found = Algorithm::ALL.iter().copied().find(|a| a.word() == word);
    found.ok_or_else(|| "expected ed25519 or ml-dsa-65".into())
}

fn new(alg: Algorithm, path: &Path, passphrase: &PassphraseArgs, no_passphrase: bool) -> Outcome {
    let passphrase = match no_passphrase {
        true => None,
        false => Some(passphrase::new(passphrase.passphrase_file.as_deref())?),
    };
    let key = generate(alg)?;
    let (private, public) = write_new(path, &key, passphrase.as_ref().map(|p| p.as_str()))?;
    let id = key.public().map_err(pkg_build::Error::from)?.id();
    data(&format!("{}\n{}\nkey id {id}\n", shown(&private), shown(&public)))?;
    if passphrase.is_none() {
        warning(&format!("{} is not encrypted: whoever reads it can sign", shown(&private)));
    }
    if alg == Algorithm::MlDsa65 {
        note("it signs besides a key of Ed25519 and never alone: a keyring asks for it with --post-quantum");
    }
    note(&format!("keep {} secret; give {} to whoever makes the keyring", shown(&private), shown(&public)));
    Ok(Status::Done)
}

fn show(files: &[PathBuf], passphrase: &PassphraseArgs, as_json: bool) -> Outcome {
    let mut all = Vec::new();
    for file in files {
        let key = public_of(file, passphrase)?;
        if as_json {
            all.push(json!({
                "file": file.display().to_string(),
                "key": key.id().to_string(),
                "alg": key.alg().word(),
                "public": key.as_bytes().iter().map(|b| format!("{b:02x}")).collect::<String>(),
                "example": is_example_key(&key.id()),
            }));
            continue;
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let public = match key.as_bytes().split_at_checked(32) {
            Some((first, rest)) if !rest.is_empty() => format!("{}… ({} bytes)", hex(first), 32 + rest.len()),
            _ => hex(key.as_bytes()),
        };
        let file = shown(file);
        let line = file.strip_suffix(".key").map_or_else(|| file.clone(), |stem| format!("{stem}.pub"));
        data(&format!(
            "{file}\n  key id      {}\n  algorithm   {}\n  public key  {public}\n  in keyring  --add ROLE={line}\n",
            key.id(),
            key.alg().word()
        ))?;
        if is_example_key(&key.id()) {
            warning(&format!("{file} is an EXAMPLE key: anybody can sign with it"));
        }
    }
    if as_json {
        let value = if all.len() == 1 { all.remove(0) } else { Value::Array(all) };
        data(&json::text(&value))?;
    }
    Ok(Status::Done)
}

/// The public key of a file that holds either half.
fn public_of(file: &Path, passphrase: &PassphraseArgs) -> Outcome<PublicKey> {
    match read_public(file) {
        Err(pkg_build::Error::Key { reason: pkg_build::KeyError::Kind { expected }, .. })
            if expected.contains("private") =>
        {
            let signer =
                passphrase::signer(&file.display().to_string(), passphrase.passphrase_file.as_deref())?;
            Ok(signer.public_key().clone())
        }
        result => Ok(result?),
    }
}
