//! `pkg build`: from a release description to signed packages.

use super::{check, judge};
use crate::clock::issued;
use crate::earlier::{Images, earlier};
use crate::folder::Folder;
use crate::options::{
    DecodeMemoryArgs, ExampleArgs, JobsArgs, LevelArgs, MemoryArgs, ReplaceArgs, UnlockArgs,
};
use crate::out::{Failure, Outcome, Status, data, done, hint, note, shown, warning};
use crate::page::format::size;
use crate::passphrase::{self, Keys};
use crate::progress::{Progress, ProgressArgs};
use crate::repository::{Address, address};
use crate::table::table;
use crate::{inputs, interrupt, json, packages};
use pkg_builder::signing::{PlannedSigner, would_not_count};
use pkg_builder::{
    BuildOptions, Built, Checked, Description, PackageOptions, PackageOutcome, Separation, Warning,
};
use pkg_diff::{UnattributedChanges, UnattributedFile};
use pkg_format::Version;
use pkg_format::cose::StatementKind;
use pkg_format::description::quoted;
use pkg_verify::Keyring;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The release description
    #[arg(value_name = "RELEASE.toml")]
    description: PathBuf,
    /// The output folder; it is created if it does not exist
    #[arg(short, long, value_name = "DIR", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Only look for faults, and say what would be built: needs no key and no image
    #[arg(long)]
    dry_run: bool,
    /// Another folder that the description may name files in (repeatable)
    ///
    /// The files that a description names are published, or used to sign. They must therefore be in the folder of the
    /// description or in a folder given here, also after links are followed.
    #[arg(long, value_name = "DIR")]
    input_root: Vec<PathBuf>,
    /// Sign with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); overrides `signing.keys`
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// Sign the delivery with this key; without this option every --key signs it
    #[arg(long, value_name = "KEY")]
    delivery_key: Option<String>,
    /// The keyring to verify earlier packages and the new ones with
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    /// Refuse a security release if a file changed that no fix touches
    ///
    /// Without this option that is only a warning. The images are compared with those of the full package in
    /// `previous` or, without one, of each base.
    #[arg(long)]
    strict_separation: bool,
    /// Audit the packages in a folder together with the new one before anything is signed (repeatable)
    ///
    /// A failure that would not be there without the new release, notice or withdrawal stops the build. Failures that
    /// were there before are listed, and so are users whom a security release leaves stranded until the next feature
    /// release (G22): a fix does not wait for it. Needs --keyring.
    #[arg(long, value_name = "DIR", requires = "keyring")]
    audit: Vec<PathBuf>,
    /// Find earlier packages in a repository: a folder or an address
    ///
    /// What the description names by a path that is not there is taken from the repository by its file name. Without
    /// `previous`, the release follows the newest one of its line there. What pkg publish would refuse is refused
    /// before anything is signed.
    #[arg(long, value_name = "DIR|URL", value_parser = address, requires = "keyring")]
    repository: Option<Address>,
    #[command(flatten)]
    replace: ReplaceArgs,
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    level: LevelArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    decoding: DecodeMemoryArgs,
    #[command(flatten)]
    unlock: UnlockArgs,
    #[command(flatten)]
    example: ExampleArgs,
    #[command(flatten)]
    progress: ProgressArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

type Signer = Box<dyn pkg_builder::keys::Signer>;

pub(crate) fn run(args: Args) -> Outcome {
    let path = &args.description;
    let text = inputs::text_file(path, "a release description in TOML")?;
    let fail = |error| check::failure(error, path, &text);
    let mut description = check::read(path, &text, &args.input_root)?;
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let issued = issued()?;
    let images = if args.dry_run { Images::Unread } else { Images::Needed(args.progress.progress) };
    let listed = match (&keyring, &args.repository) {
        (Some(keyring), Some(address)) => earlier(&mut description, address, keyring, images)?,
        _ => None,
    };
    // Keys of the command line take the place of those that the description names.
    if !args.key.is_empty() {
        description.signing.0.clear();
    }
    if args.delivery_key.is_some() {
        description.signing.1 = None;
    }
    // Nobody types a passphrase for a description that has faults.
    let checked = description.check(keyring.as_ref(), issued).map_err(fail)?;
    let out = match (&args.out, args.dry_run) {
        (Some(out), false) => out,
        _ => return check::answer(path, &text, &checked, keyring.is_some(), args.json),
    };
    let folder = Folder::make(out)?;
    let (signers, delivery) = open_keys(&args, &description, &text)?;
    let signers: Vec<_> = signers.iter().map(|s| s.as_ref()).collect();
    let delivery: Vec<_> = delivery.iter().map(|s| s.as_ref()).collect();
    if let Some(keyring) = &keyring {
        signers_count(&signers, &delivery, keyring, &checked)?;
    }
    let set = match (&keyring, args.audit.as_slice()) {
        (Some(keyring), folders @ [_, ..]) => {
            let set = packages::statements(folders, keyring, args.jobs.jobs())?;
            packages::all_accepted(&set, "audit")?;
            Some(set)
        }
        _ => None,
    };
    let name = path.file_name().map_or_else(String::new, |n| shown(Path::new(n)));
    let progress = Progress::new(args.progress.progress, &name, description.image_bytes());
    let (start, told) = (Instant::now(), RefCell::default());
    let options = BuildOptions {
        package: PackageOptions {
            out,
            jobs: args.jobs.jobs(),
            level: args.level.level(),
            memory: args.memory.max_memory,
            decode_memory: args.decoding.max_decode_memory,
            keyring: keyring.as_ref(),
            delivery_signers: &delivery,
            replace: args.replace.replace(),
            interrupted: interrupt::flag(),
            progress: &|bytes| progress.advance(bytes),
            clock: &|| start.elapsed(),
        },
        issued,
        signers: &signers,
        separation: Separation { strict: args.strict_separation, tell: &untouched },
        warn: &|about| tell(about, path, &text),
        judge: &|manifest, digest| {
            if let Some(listed) = &listed {
                listed.is_free(manifest, digest)?;
                judge::publication(&listed.set, &[(manifest, digest)], &told)
                    .map_err(|(_, refusal)| refusal)?;
            }
            set.as_ref().map_or(Ok(()), |set| judge::judge(set, manifest, digest))
        },
    };
    let built = description.build(&options).map_err(fail)?;
    folder.keep();
    drop(progress);
    match args.json {
        true => data(&json::text(&as_json(&built)))?,
        false => report(&built),
    }
    Ok(Status::Done)
}

/// Prints a warning, and what to do about it.
fn tell(about: &Warning, path: &Path, text: &str) {
    if let Warning::OtherImages(before) = about {
        let failure = Failure::refused(about.to_string());
        return check::at(failure, before.place.clone(), path, text)
            .hint("give this release another version, unless the other package was given to nobody")
            .warn();
    }
    warning(&about.to_string());
    match about {
        Warning::Stranded { by_feature_release: Some(version), applies_to, .. } => {
            let list: Vec<_> = applies_to.iter().map(|name| quoted(name)).collect();
            hint(&format!(
                "to let them in, write in [release] of {version}: applies-to = [{}]",
                list.join(", ")
            ));
        }
        Warning::Stranded { .. } => hint("list their packages in applies-to of the next feature release"),
        Warning::SupportEndsEarlier { promised, .. } => hint(&format!(
            "write in [support]: until = \"{promised}\"; an audit fails a promise that is not kept (G16)"
        )),
        Warning::PlanPassed { id, .. } => hint(&format!(
            "write when the fix of {id} is planned now; an audit lists a date that passed without it (G23)"
        )),
        _ => {}
    }
}

/// How many files a warning lists.
const FEW: usize = 5;

/// Warns about unexplained differences, files that no fix touches, and fixes that touch everything.
fn untouched(base: &Version, found: &UnattributedChanges) {
    for (image, why) in &found.unexplained {
        warning(&format!("the image {image} differs from {base}, and nothing explains why: {why}"));
        hint(&format!(
            "examine it with other tools; if a fix needs the change, write touches = [\"{image}:**\"] (pkg explain SEP-18)"
        ));
    }
    for image in &found.everything {
        warning(&format!(
            "the fixes say that they touch every file of {image}, so nobody can tell what else changed; an audit lists this as an exception"
        ));
        hint("list only the files that the fix needs: touches = [\"usr/lib/libfoo.so*\"]");
    }
    let n = found.files.len();
    if n == 0 {
        return;
    }
    let files = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
    let what = match found.has_touches() {
        true => format!("touched by no fix: {n} of {} that changed since {base}", files(found.changed)),
        false => format!("{} changed since {base}, and no fix says what it touches", files(n)),
    };
    let more = if n > FEW { format!(", and {} more", n - FEW) } else { String::new() };
    warning(&format!(
        "{what}: {}{more}",
        found.files.iter().take(FEW).map(ToString::to_string).collect::<Vec<_>>().join(", ")
    ));
    let entries = found.files.iter().take(FEW).map(UnattributedFile::touches);
    let more = if n > FEW { ", and so on" } else { "" };
    hint(&format!(
        "if a fix needs the change, add to its touches: {}{more}; if none does, move it to a feature release (pkg explain SEP-18)",
        entries.map(|entry| quoted(&entry)).collect::<Vec<_>>().join(", ")
    ));
}

/// The keys for the release and for its delivery: those of the command line, or else those of the description.
fn open_keys(args: &Args, description: &Description, text: &str) -> Outcome<(Vec<Signer>, Option<Signer>)> {
    let at = |key: &str, failure| check::at(failure, description.written_at(key), &args.description, text);
    let (named, named_delivery) = &description.signing;
    let delivery = args.delivery_key.as_ref().or(named_delivery.as_ref());
    let count = args.key.len() + named.len() + usize::from(delivery.is_some());
    let mut keys = Keys::new(&args.unlock, count)?;
    let described = |keys: &mut Keys, key: &str, name: &String| {
        let path = passphrase::described(description, name);
        path.and_then(|path| keys.signer(&path)).map_err(|failure| at(key, failure))
    };
    let mut release = Vec::new();
    for (i, name) in named.iter().enumerate() {
        release.push(described(&mut keys, &format!("signing.keys[{i}]"), name)?);
    }
    for name in &args.key {
        release.push(keys.signer(name)?);
    }
    let delivery = match (&args.delivery_key, named_delivery) {
        (Some(name), _) => Some(keys.signer(name)?),
        (None, Some(name)) => Some(described(&mut keys, "signing.delivery-key", name)?),
        (None, None) => None,
    };
    Ok((release, delivery))
}

/// Refuses signers that the keyring does not let sign this, before the long work begins.
fn signers_count(
    signers: &[&dyn pkg_builder::keys::Signer],
    delivery: &[&dyn pkg_builder::keys::Signer],
    keyring: &Keyring,
    checked: &Checked,
) -> Outcome<()> {
    let planned = |option: &str, keys: &[&dyn pkg_builder::keys::Signer]| -> Vec<_> {
        let signer = |key: &&dyn pkg_builder::keys::Signer| PlannedSigner {
            field: option.to_owned(),
            name: key.name().to_owned(),
            key: Some(key.public_key().id()),
        };
        keys.iter().map(signer).collect()
    };
    let manifest = &checked.manifest;
    let mut refusals =
        would_not_count(&planned("--key", signers), keyring, manifest, StatementKind::Manifest);
    let of_delivery = planned("--delivery-key", delivery);
    refusals.extend(would_not_count(&of_delivery, keyring, manifest, StatementKind::Delivery));
    match refusals.into_iter().next() {
        Some(refusal) => Err(pkg_builder::Error::from(refusal).into()),
        None => Ok(()),
    }
}

/// The table of packages.
pub(super) fn report(built: &[Built]) {
    let heads = ["package", "kind", "base", "size", "of full", "time", "signed"];
    let mut rows = vec![heads.map(String::from).to_vec()];
    for package in built {
        let share = match package.full_size {
            0 => "-".into(),
            full => share(package.size, full),
        };
        let name = package.path.file_name().unwrap_or_default();
        rows.push(vec![
            shown(Path::new(name)),
            package.kind.into(),
            package.base.as_ref().map_or_else(|| "-".into(), ToString::to_string),
            size(package.size),
            share,
            format!("{:.1} s", package.took.as_secs_f64()),
            match package.outcome {
                PackageOutcome::Signed if package.unchanged => "yes, unchanged".into(),
                PackageOutcome::Unsigned if package.unchanged => "UNSIGNED, unchanged".into(),
                PackageOutcome::Signed => "yes".into(),
                PackageOutcome::Unsigned => "UNSIGNED".into(),
                PackageOutcome::NeedsMemory(bytes) => format!("not kept: needs {} to decode", size(bytes)),
                _ => "not kept: not smaller than full".into(),
            },
        ]);
    }
    done(&table(&rows));
    if let Some(package) = built.iter().find(|p| p.outcome == PackageOutcome::Unsigned) {
        note(&format!(
            "unsigned: no device accepts it until it is signed: pkg sign {} --key KEY",
            shown(&package.path)
        ));
    }
}

/// The packages as JSON.
fn as_json(built: &[Built]) -> Value {
    let package = |built: &Built| {
        let (outcome, memory) = match built.outcome {
            PackageOutcome::Signed => ("signed", None),
            PackageOutcome::Unsigned => ("unsigned", None),
            PackageOutcome::NeedsMemory(bytes) => ("needs-memory", Some(bytes)),
            _ => ("not-smaller", None),
        };
        json!({
            "package": built.path.display().to_string(),
            "kind": built.kind,
            "base": built.base.as_ref().map(ToString::to_string),
            "size": built.size,
            "full-size": built.full_size,
            "outcome": outcome,
            "decode-memory": memory,
            "unchanged": built.unchanged,
            "manifest-digest": built.manifest.to_string(),
        })
    };
    built.iter().map(package).collect()
}

/// A share of the full package in percent, with one decimal below 10 %.
fn share(size: u64, full: u64) -> String {
    let tenths = u128::from(size) * 1000 / u128::from(full.max(1));
    match tenths {
        100.. => format!("{} %", tenths / 10),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}
