//! `pkg keyring`: who may sign what.

use super::table;
use crate::options::PassphraseArgs;
use crate::out::{Failure, Outcome, Status, data, note, shown, warning};
use crate::{inputs, interrupt, json, passphrase};
use clap::Subcommand;
use pkg_build::keyring::{KeyringFile, NewKeyring};
use pkg_build::keys::read_public;
use pkg_format::cbor::Wire;
use pkg_format::keyring::{Asked, PostQuantum, Role, Root, TrustedKey};
use pkg_format::{Id, KeyringStatement, Label};
use pkg_verify::{ExampleKeys, Keyring, PublicKey, is_example_key};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a keyring
    New(NewArgs),
    /// Add the signature of a root key
    Sign {
        /// The keyring
        #[arg(value_name = "FILE")]
        keyring: PathBuf,
        /// The root key to sign with (repeat for several)
        #[arg(long, required = true, value_name = "KEY")]
        key: Vec<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Show who may sign what
    Show {
        /// The keyring
        #[arg(value_name = "FILE")]
        keyring: PathBuf,
        /// Print JSON
        #[arg(long, help_heading = "Output")]
        json: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct NewArgs {
    /// Its name [default: that of the file]
    #[arg(long)]
    name: Option<String>,
    /// A root key: it signs keyrings (repeat for several)
    #[arg(long, required = true, value_name = "PUB", num_args = 1..)]
    root: Vec<PathBuf>,
    /// How many root keys must sign a keyring
    #[arg(long, default_value_t = 1, value_name = "N")]
    threshold: u64,
    /// What a key may sign: security, feature, notice, withdrawal, delivery (repeat for several)
    #[arg(long, required = true, value_name = "ROLE[,ROLE]=PUB")]
    add: Vec<String>,
    /// How many keys of a role must sign; also for security-exception
    #[arg(long, value_name = "ROLE=N")]
    role_threshold: Vec<String>,
    /// Sign it with these root keys
    #[arg(long, value_name = "KEY", num_args = 1..)]
    sign: Vec<String>,
    /// The keyring to write
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::New(args) => new(args),
        Command::Sign { keyring, key, passphrase } => sign(&keyring, &key, &passphrase),
        Command::Show { keyring, json } => show(&keyring, json),
    }
}

/// The name that a file gives to what is in it.
fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

fn usage(argument: &str, why: &str, example: &str) -> Failure {
    Failure::cannot(format!("{argument}: {why}")).hint(format!("write {example}"))
}

fn labelled(path: &Path) -> Outcome<(PublicKey, Label)> {
    let label =
        Label::new(&stem(path)).map_err(|e| Failure::cannot(format!("{}: {}", shown(path), e.why)))?;
    Ok((read_public(path)?, label))
}

fn new(args: NewArgs) -> Outcome {
    let name = args.name.unwrap_or_else(|| stem(&args.out));
    let name = Id::new(&name)
        .map_err(|e| Failure::cannot(format!("the keyring's name: {}", e.why)).hint("give --name NAME"))?;
    let roots = args.root.iter().map(|p| labelled(p)).collect::<Outcome<_>>()?;
    let add = |text: &String| {
        let bad = |why: &str| usage(&format!("--add {text}"), why, "--add security,delivery=release.pub");
        let (roles, path) = text.split_once('=').ok_or_else(|| bad("no ="))?;
        let role = |word: &str| {
            Role::ALL
                .iter()
                .copied()
                .find(|r| r.word() == word)
                .ok_or_else(|| bad(&format!("no role {word}")))
        };
        let roles = roles.split(',').map(role).collect::<Outcome<Vec<_>>>()?;
        let (key, label) = labelled(Path::new(path))?;
        Ok((key, label, roles))
    };
    let threshold = |text: &String| {
        let bad = |why: &str| usage(&format!("--role-threshold {text}"), why, "--role-threshold security=2");
        let (word, n) = text.split_once('=').ok_or_else(|| bad("no ="))?;
        let asked = Asked::ALL
            .iter()
            .copied()
            .find(|a| a.word() == word)
            .ok_or_else(|| bad(&format!("no role {word}")))?;
        Ok((asked, n.parse().map_err(|_| bad("no number"))?))
    };
    let mut keyring = NewKeyring {
        name,
        roots,
        root_threshold: args.threshold,
        keys: args.add.iter().map(add).collect::<Outcome<_>>()?,
        thresholds: args.role_threshold.iter().map(threshold).collect::<Outcome<_>>()?,
        post_quantum: PostQuantum::default(),
    }
    .make()?;
    sign_with(&mut keyring, &args.sign, &args.passphrase)?;
    write(&keyring, &args.out)
}

fn sign(path: &Path, keys: &[String], passphrase: &PassphraseArgs) -> Outcome {
    let mut keyring = KeyringFile::read(path)?;
    sign_with(&mut keyring, keys, passphrase)?;
    write(&keyring, path)
}

fn sign_with(keyring: &mut KeyringFile, keys: &[String], passphrase: &PassphraseArgs) -> Outcome<()> {
    let statement = keyring.statement()?;
    for uri in keys {
        let signer = passphrase::signer(uri, passphrase.passphrase_file.as_deref())?;
        let public = pkg_build::keys::Signer::public_key(&signer);
        if !statement.roots.iter().any(|r| r.id() == public.id()) {
            return Err(Failure::cannot(format!("{} is no root key of this keyring", shown(Path::new(uri))))
                .hint("root keys sign keyrings; they are named by --root"));
        }
        keyring.sign(&signer)?;
    }
    Ok(())
}

fn write(keyring: &KeyringFile, path: &Path) -> Outcome {
    interrupt::flag();
    keyring.write(path)?;
    let statement = keyring.statement()?;
    data(&format!("{}: keyring {}, version {}\n", shown(path), statement.name, statement.version))?;
    let signed = keyring.signers().count();
    if u64::try_from(signed).unwrap_or(0) < statement.root_threshold {
        note(&format!(
            "signed by {signed} of {} root keys: no verifier takes it yet; pkg keyring sign {} --key KEY",
            statement.root_threshold,
            shown(path)
        ));
    }
    Ok(Status::Done)
}

fn show(path: &Path, as_json: bool) -> Outcome {
    let file = KeyringFile::read(path)?;
    let statement = file.statement()?;
    let verdict = Keyring::open(&inputs::small_file(path)?, ExampleKeys::DangerAccept);
    let status = if verdict.is_ok() { Status::Done } else { Status::Refused };
    if as_json {
        let mut value = json::tree(&statement.to_tree());
        value["signed-by"] = file.signers().map(|k| k.to_string()).collect::<Vec<_>>().into();
        value["verdict"] = json!(if verdict.is_ok() { "signed by its roots" } else { "refused" });
        value["rule"] = verdict.as_ref().err().and_then(pkg_verify::Error::rule).map(|r| r.id()).into();
        data(&json::text(&value))?;
        return Ok(status);
    }
    let verdict = match verdict {
        Ok(_) => "signed by its roots".into(),
        Err(e) => format!("REFUSED: {e}"),
    };
    data(&format!("keyring {}, version {}: {verdict}\n\n", statement.name, statement.version))?;
    data(&table(&rows(&statement, &file)))?;
    let roots = statement.roots.iter().map(Root::id);
    if statement.keys.iter().map(TrustedKey::id).chain(roots).any(|id| is_example_key(&id)) {
        warning("it trusts EXAMPLE keys: anybody can sign with them");
    }
    Ok(status)
}

fn rows(statement: &KeyringStatement, file: &KeyringFile) -> Vec<Vec<String>> {
    let mut rows = vec![["key", "label", "may sign", "bound to", ""].map(String::from).to_vec()];
    for root in &statement.roots {
        let id = root.id();
        let signed = if file.signers().any(|k| k == id) { "signed this" } else { "" };
        let what = format!("keyrings ({} needed)", statement.root_threshold);
        rows.push(vec![id.short(), root.label.to_string(), what, String::new(), signed.into()]);
    }
    for key in &statement.keys {
        let id = key.id();
        let need = |role: &Role| match statement.threshold((*role).into()) {
            1 => role.word().to_owned(),
            n => format!("{role} ({n} needed)"),
        };
        let roles = key.roles.iter().map(need).collect::<Vec<_>>().join(", ");
        let products = key.products.iter().map(|p| format!("{}/{}", p.vendor, p.name));
        let bound = products.chain(key.channels.iter().map(|c| c.encode()).map(|t| match t {
            pkg_format::Tree::Text(word) => word,
            _ => String::new(),
        }));
        let revoked = if statement.revoked.contains(&id) { "REVOKED" } else { "" };
        rows.push(vec![
            id.short(),
            key.label.to_string(),
            roles,
            bound.collect::<Vec<_>>().join(", "),
            revoked.into(),
        ]);
    }
    rows
}
