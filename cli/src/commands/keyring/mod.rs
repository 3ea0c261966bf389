//! `pkg keyring`: makes, changes, signs, updates and shows keyrings.

mod changes;
mod show;
mod unmet;

use super::offline_signing::{Elsewhere, ElsewhereArgs, read_signature, write_request};
use crate::inputs;
use crate::options::{ExampleArgs, UnlockArgs};
use crate::out::{Failure, Outcome, Status, done, hint, note, shown, warning};
use crate::passphrase::Keys;
use crate::request::{Request, Says};
use crate::{interrupt, replace};
use changes::ChangeArgs;
use clap::Subcommand;
use pkg_builder::keyring::{Change, KeyringFile, RootSignature, heads, update as bring_up_to_date};
use pkg_format::cose::{Algorithm, StatementKind};
use pkg_format::keyring::{Role, Root, TrustedKey};
use pkg_format::{Id, KeyringStatement, limits};
use pkg_verify::{ExampleKeys, Keyring, PublicKey};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a keyring
    New(NewArgs),
    /// Make the next version of a keyring; the file keeps the earlier versions
    Edit(EditArgs),
    /// Sign a keyring with a root key of this version or of the previous one
    Sign {
        /// The keyring
        #[arg(value_name = "FILE")]
        keyring: PathBuf,
        /// The root key to sign with (repeatable)
        #[arg(long, value_name = "KEY", required_unless_present_any = ["request", "attach"], conflicts_with_all = ["request", "attach"])]
        key: Vec<String>,
        #[command(flatten)]
        elsewhere: ElsewhereArgs,
        #[command(flatten)]
        unlock: UnlockArgs,
    },
    /// Update the keyring in force to newer versions, as a device does
    Update(UpdateArgs),
    /// Show the keys and what each may sign
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
    /// The name of the keyring [default: the file name]
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    changes: ChangeArgs,
    /// Sign the keyring with these root keys
    #[arg(long, value_name = "KEY", num_args = 1..)]
    sign: Vec<String>,
    /// The keyring to write
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file given with --out if it exists
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    unlock: UnlockArgs,
}

#[derive(clap::Args)]
pub(crate) struct EditArgs {
    /// The keyring in force
    #[arg(value_name = "FILE")]
    keyring: PathBuf,
    #[command(flatten)]
    changes: ChangeArgs,
    /// Remove a key with all its roles: give its file, key id or label (repeatable)
    #[arg(long, value_name = "KEY", help_heading = "Changes")]
    remove: Vec<String>,
    /// Remove a root key
    #[arg(long, value_name = "KEY", help_heading = "Changes")]
    remove_root: Vec<String>,
    /// Revoke a key for ever: its signatures no longer count, not even earlier ones
    #[arg(long, value_name = "KEY", help_heading = "Changes")]
    revoke: Vec<String>,
    /// All your releases and withdrawals (packages or folders of packages): with them, devices that run a release
    /// signed by a revoked key can return to the newest release of their line
    #[arg(long, value_name = "PACKAGE", num_args = 1.., help_heading = "Changes")]
    heads: Vec<PathBuf>,
    /// Sign the keyring with these root keys, of this version or of the previous one
    #[arg(long, value_name = "KEY", num_args = 1..)]
    sign: Vec<String>,
    /// The keyring to write; may be FILE
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file given with --out if it exists
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    unlock: UnlockArgs,
}

#[derive(clap::Args)]
pub(crate) struct UpdateArgs {
    /// The keyring in force
    #[arg(value_name = "CURRENT")]
    current: PathBuf,
    /// Newer keyrings
    #[arg(required = true, value_name = "NEW")]
    newer: Vec<PathBuf>,
    /// The keyring to write; may be CURRENT
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    example: ExampleArgs,
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::New(args) => new(args),
        Command::Edit(args) => edit(args),
        Command::Sign { keyring, key, elsewhere, unlock } => sign(&keyring, &key, &elsewhere, &unlock),
        Command::Update(args) => update(args),
        Command::Show { keyring, json } => show::show(&keyring, json),
    }
}

fn new(args: NewArgs) -> Outcome {
    let name = args.name.unwrap_or_else(|| changes::stem(&args.out));
    let name = Id::new(&name)
        .map_err(|e| Failure::cannot(format!("the keyring's name: {}", e.why)).hint("give --name NAME"))?;
    args.changes.complete()?;
    replace::allowed(&args.out, args.replace, &[])?;
    let mut keyring = KeyringFile::new(name, args.changes.parse(None)?)?;
    sign_with(&mut keyring, &args.sign, &args.unlock)?;
    write(&keyring, &args.out)
}

fn edit(args: EditArgs) -> Outcome {
    replace::allowed(&args.out, args.replace, &[&args.keyring])?;
    let before = KeyringFile::read(&args.keyring)?.statement()?;
    // Removals are applied before additions: a key that is removed and added gets only the added roles.
    let mut all = args.changes.less(&before, &args.remove, &args.remove_root, &args.revoke)?;
    for change in &all {
        if let Change::Revoke(id) = change
            && !changes::names(&before).iter().any(|(known, _)| known == id)
        {
            warning(&format!("no key of {} has the id {id}; it is revoked anyway", shown(&args.keyring)));
        }
    }
    all.extend(args.changes.parse(Some(&before))?);
    if !args.heads.is_empty() {
        let in_force = Keyring::open(&inputs::keyring_file(&args.keyring)?, ExampleKeys::DangerAccept);
        let in_force = in_force.map_err(|e| crate::package::failure(e, &args.keyring))?;
        all.push(Change::Heads(heads(&args.heads, &in_force)?));
    } else if !before.heads.is_empty() && revokes_release_key(&before, &all) {
        return Err(Failure::cannot(
            "a release key is revoked, and the newest releases in this keyring date from before that",
        )
        .hint("give all your releases with --heads out/; otherwise devices could return to older releases"));
    } else if revokes_release_key(&before, &all) {
        warning("devices that run a release signed by the revoked key keep its counters and its line");
        hint(
            "give your releases with --heads out/, so that those devices can return to the newest genuine release",
        );
    }
    if all.is_empty() {
        return Err(Failure::cannot("no change was given").hint("give a change: --add, --revoke, --root, …"));
    }
    let mut keyring = KeyringFile::edit(&args.keyring, all)?;
    if let Some(version) = keyring.left_out() {
        warning(&format!(
            "a keyring file holds at most {} earlier versions: version {version} and older are left out, and a device with \
             one of them cannot update from this file alone",
            limits::PREDECESSORS
        ));
        hint(&format!(
            "keep a copy of the old {}, and give such devices both files: pkg keyring update CURRENT OLDER NEWER",
            shown(&args.keyring)
        ));
    }
    sign_with(&mut keyring, &args.sign, &args.unlock)?;
    write(&keyring, &args.out)
}

/// Whether a key is revoked that may sign releases.
fn revokes_release_key(before: &KeyringStatement, changes: &[Change]) -> bool {
    let releases =
        |key: &&TrustedKey| key.roles.iter().any(|role| matches!(role, Role::Security | Role::Feature));
    // A key that is no longer in the keyring may have been a release key.
    let listed = |id| {
        let keys = before.keys.iter().map(TrustedKey::id).chain(before.roots.iter().map(Root::id));
        keys.into_iter().any(|key| key == id)
    };
    let signs = |id| !listed(id) || before.keys.iter().filter(releases).any(|key| key.id() == id);
    changes.iter().any(|change| matches!(change, Change::Revoke(id) if signs(*id)))
}

fn sign(path: &Path, keys: &[String], elsewhere: &ElsewhereArgs, unlock: &UnlockArgs) -> Outcome {
    let mut keyring = KeyringFile::read(path)?;
    if let Some(forged) = keyring.signatures()?.iter().find(|s| s.status == RootSignature::Forged) {
        let why = format!(
            "[SIG-3] {}: the signature under the key {} does not match: it is forged, or made for other bytes",
            shown(path),
            forged.name()
        );
        return Err(
            Failure::refused(why).hint("do not sign this file; get a new copy from the person who made it")
        );
    }
    let kind = StatementKind::Keyring;
    match elsewhere.read()? {
        None => sign_with(&mut keyring, keys, unlock)?,
        Some(Elsewhere::Request { to, public, key }) => {
            is_root(&roots(&keyring)?, &key, public)?;
            let statement = keyring.statement()?;
            let before = keyring.predecessors().next().transpose()?;
            let says = Says::Keyring(&statement, before.as_ref());
            let request = Request { kind, statement: keyring.statement_bytes(), says, file: path, public };
            return write_request(to, &key, &request);
        }
        Some(Elsewhere::Attach { from, public, key }) => {
            is_root(&roots(&keyring)?, &key, public)?;
            let signature = read_signature(from, public, &key, kind, keyring.statement_bytes())?;
            keyring.attach(signature);
        }
    }
    interrupt::flag();
    keyring.write_in_place(path)?;
    say(&keyring, path)
}

fn update(args: UpdateArgs) -> Outcome {
    interrupt::flag();
    let newer: Vec<_> = args.newer.iter().map(PathBuf::as_path).collect();
    let update = bring_up_to_date(&args.current, &newer, args.example.allowed(), &args.out)?;
    let (name, version) = (&update.keyring.statement().name, update.keyring.version());
    let what = match update.versions {
        0 => "unchanged".to_owned(),
        1 => "1 version newer".to_owned(),
        n => format!("{n} versions newer"),
    };
    done(&format!("{}: keyring {name}, version {version}: {what}\n", shown(&args.out)));
    Ok(Status::Done)
}

/// The root keys that may sign it: its own, and those of the previous version.
fn roots(keyring: &KeyringFile) -> Outcome<Vec<Root>> {
    let mut roots = keyring.statement()?.roots;
    if let Some(before) = keyring.predecessors().next() {
        roots.extend(before?.roots);
    }
    Ok(roots)
}

fn is_root(roots: &[Root], key: &PublicKey, name: &Path) -> Outcome<()> {
    match roots.iter().any(|r| r.id() == key.id()) {
        true => Ok(()),
        false => Err(Failure::cannot(format!("{} is not a root key of this keyring", shown(name)))
            .hint("only root keys sign keyrings; --root adds one")),
    }
}

fn sign_with(keyring: &mut KeyringFile, names: &[String], unlock: &UnlockArgs) -> Outcome<()> {
    let roots = roots(keyring)?;
    let mut keys = Keys::new(unlock, names.len())?;
    for name in names {
        let signer = keys.signer(name)?;
        is_root(&roots, signer.public_key(), Path::new(name))?;
        keyring.sign(signer.as_ref())?;
    }
    Ok(())
}

fn write(keyring: &KeyringFile, path: &Path) -> Outcome {
    interrupt::flag();
    keyring.write(path)?;
    say(keyring, path)
}

/// Reports what was written and which signatures are missing.
fn say(keyring: &KeyringFile, path: &Path) -> Outcome {
    let statement = keyring.statement()?;
    done(&format!("{}: keyring {}, version {}\n", shown(path), statement.name, statement.version));
    for line in unmet::unmet(&statement) {
        warning(&format!("{line}: no verifier would accept it"));
    }
    if let Some(missing) = missing(keyring)? {
        note(&format!("{missing}: no verifier accepts it yet; pkg keyring sign {} --key KEY", shown(path)));
    }
    Ok(Status::Done)
}

/// Which root signatures are missing. Only valid ones count.
fn missing(keyring: &KeyringFile) -> Outcome<Option<String>> {
    let statement = keyring.statement()?;
    let valid = keyring.signatures()?.into_iter().filter(|s| s.status == RootSignature::Valid);
    let valid: Vec<_> = valid.map(|s| s.key).collect();
    let lacks = |authority: &KeyringStatement| {
        let of = |alg, needed, what: &str| {
            let roots = authority.roots.iter().filter(|r| r.alg == alg).map(Root::id);
            let in_force = roots.filter(|r| !authority.revoked.contains(r));
            let signed = in_force.filter(|root| valid.contains(root)).count();
            let short = u64::try_from(signed).unwrap_or(0) < needed;
            short.then(|| format!("signed by {signed} of {needed} {what}"))
        };
        of(Algorithm::Ed25519, authority.root_threshold, "root keys").or_else(|| {
            of(Algorithm::MlDsa65, authority.post_quantum.root.unwrap_or(0), "ML-DSA-65 root keys")
        })
    };
    let own = lacks(&statement).map(|text| match statement.version {
        1 => text,
        n => format!("{text} of version {n}"),
    });
    let before = keyring.predecessors().next().transpose()?;
    let before = before.and_then(|b| lacks(&b).map(|text| format!("{text} of version {}", b.version)));
    Ok(match (before, own) {
        (Some(a), Some(b)) => Some(format!("{a} and {b}")),
        (a, b) => a.or(b),
    })
}
