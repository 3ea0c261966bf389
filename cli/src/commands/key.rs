//! `pkg key`: make and show keys.

use crate::options::{PassphraseArgs, UnlockArgs};
use crate::out::{Outcome, Status, data, done, note, shown, warning};
use crate::passphrase::{self, Keys};
use crate::{interrupt, json};
use clap::Subcommand;
use pkg_builder::keys::{KeyUri, PrivateKey, generate, public_pem, rewrap, write_new};
use pkg_format::cose::Algorithm;
use pkg_verify::{PublicKey, is_example_key};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key: PATH.key and PATH.pub
    New {
        /// The algorithm: ed25519, or ml-dsa-65 for additional post-quantum signatures
        #[arg(long, default_value = "ed25519", value_parser = algorithm)]
        alg: Algorithm,
        /// The path without .key or .pub
        #[arg(value_name = "PATH")]
        path: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Do not encrypt the private key
        #[arg(long, conflicts_with = "passphrase_file")]
        no_passphrase: bool,
    },
    /// Show the ids of public or private keys
    Show {
        /// Key files or key URIs
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
        #[command(flatten)]
        unlock: UnlockArgs,
        /// Print the public keys as PEM, for --add and --root
        #[arg(long, help_heading = "Output", conflicts_with = "json")]
        pem: bool,
        /// Print JSON
        #[arg(long, help_heading = "Output")]
        json: bool,
    },
    /// Re-encrypt a key file with a stronger key derivation
    ///
    /// The key itself stays the same, so its signatures stay valid. The new file is PKCS#8, whatever the
    /// old format was.
    Rewrap {
        /// The private key
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Read the new passphrase from the first line of a file, or of file descriptor N (fd:N)
        #[arg(long, value_name = "FILE|fd:N")]
        new_passphrase_file: Option<String>,
        #[command(flatten)]
        unlock: UnlockArgs,
    },
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::New { alg, path, passphrase, no_passphrase } => new(alg, &path, &passphrase, no_passphrase),
        Command::Show { keys, unlock, pem, json } => show(&keys, &unlock, pem, json),
        Command::Rewrap { path, new_passphrase_file, unlock } => {
            again(&path, new_passphrase_file.as_deref(), &unlock)
        }
    }
}

fn algorithm(word: &str) -> Result<Algorithm, String> {
    let found = Algorithm::ALL.iter().copied().find(|a| a.as_str() == word);
    found.ok_or_else(|| "expected ed25519 or ml-dsa-65".into())
}

fn new(alg: Algorithm, path: &Path, passphrase: &PassphraseArgs, no_passphrase: bool) -> Outcome {
    let passphrase = match no_passphrase {
        true => None,
        false => Some(passphrase::new(passphrase.passphrase_file.as_deref())?),
    };
    let key = generate(alg)?;
    interrupt::flag();
    let (private, public) = write_new(path, &key, passphrase.as_ref().map(|p| p.as_str()))?;
    let id = key.public().map_err(pkg_builder::Error::from)?.id();
    done(&format!("{}\n{}\nkey id {id}\n", shown(&private), shown(&public)));
    if passphrase.is_none() {
        warning(&format!("{} is not encrypted: anybody who can read it can sign", shown(&private)));
    }
    if alg == Algorithm::MlDsa65 {
        note(
            "it signs in addition to an Ed25519 key, never alone; a keyring requires it with --post-quantum",
        );
    }
    note(&format!(
        "keep {} secret; give {} to the person who makes the keyring",
        shown(&private),
        shown(&public)
    ));
    Ok(Status::Done)
}

/// Encrypts a key file again.
fn again(path: &Path, new: Option<&str>, unlock: &UnlockArgs) -> Outcome {
    let mut keys = Keys::new(unlock, 1)?;
    let key = PrivateKey::read(path, &mut keys)?;
    let passphrase = passphrase::new(new)?;
    rewrap(path, &key, &passphrase)?;
    done(&format!("{}: re-encrypted\n", shown(path)));
    Ok(Status::Done)
}

fn show(names: &[String], unlock: &UnlockArgs, pem: bool, as_json: bool) -> Outcome {
    let mut all = Vec::new();
    let mut keys = Keys::new(unlock, names.len())?;
    for name in names {
        let key = public_of(name, &mut keys)?;
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let (id, shown) = (key.id(), shown(Path::new(name)));
        if pem {
            data(&public_pem(&key)?)?;
            continue;
        }
        if as_json {
            all.push(json!({
                "file": name,
                "key": id.to_string(),
                "alg": key.alg().as_str(),
                "public": hex(key.as_bytes()),
                "example": is_example_key(&id),
            }));
            continue;
        }
        let public = match key.as_bytes().split_at_checked(32) {
            Some((first, rest)) if !rest.is_empty() => format!("{}… ({} bytes)", hex(first), 32 + rest.len()),
            _ => hex(key.as_bytes()),
        };
        let line = match shown.strip_suffix(".key") {
            _ if KeyUri::runs_code(name) => "PUB, which pkg key show --pem prints".into(),
            Some(stem) => format!("{stem}.pub"),
            None => shown.clone(),
        };
        data(&format!(
            "{shown}\n  key id      {id}\n  algorithm   {}\n  public key  {public}\n  in keyring  --add ROLE={line}\n",
            key.alg().as_str()
        ))?;
        if is_example_key(&id) {
            warning(&format!("{shown} is an EXAMPLE key: anybody can sign with it"));
        }
    }
    if as_json {
        let value = if all.len() == 1 { all.remove(0) } else { Value::Array(all) };
        data(&json::text(&value))?;
    }
    Ok(Status::Done)
}

/// The public key of a file that holds either half, or of a URI.
fn public_of(name: &str, keys: &mut Keys<'_>) -> Outcome<PublicKey> {
    if KeyUri::runs_code(name) {
        return Ok(keys.signer(name)?.public_key().clone());
    }
    keys.half(Path::new(name))
}
