//! `pkg new`: the description of the next release, notice or withdrawal.

use super::{check, described, schema};
use crate::clock::issued;
use crate::earlier::{self, Images};
use crate::inputs;
use crate::options::{JobsArgs, KeyringArgs};
use crate::out::{Failure, Outcome, Status, command, done, note, shown};
use crate::packages::{all_accepted, statements};
use crate::repository::{Address, address, product};
use clap::ValueEnum;
use pkg_audit::plan::{self, Draft, Known, Next, NextKind, Places, Signing};
use pkg_audit::set::Set;
use pkg_builder::signing::{has_role, holders, key_beside};
use pkg_builder::{Description, Subject};
use pkg_files::{Rights, create_new, parent};
use pkg_format::keyring::Role;
use pkg_format::{Digest, Id, VulnId};
use pkg_verify::Keyring;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What is written
    #[arg(value_enum)]
    kind: Kind,
    /// The last release: its full package, or its description after it was built to the folder out/ next to it
    ///
    /// All packages in the folder of that package are read. With a description, the new one also says what the old
    /// image files were. With --repository, the package is one of the repository, by its file name.
    #[arg(long, value_name = "PACKAGE|RELEASE.toml")]
    from: PathBuf,
    /// Read all packages from a repository: a folder or an address
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    repository: Option<Address>,
    /// The product in the repository, such as acme/cam-x1 [default: that of the description]
    #[arg(long, value_name = "VENDOR/NAME", value_parser = product, requires = "repository")]
    product: Option<(Id, Id)>,
    /// A vulnerability that it is about (repeatable); what another release says of it is copied
    #[arg(long, value_name = "ID", value_parser = vulnerability)]
    fix: Vec<VulnId>,
    /// Another folder that a description in --from names files in (repeatable)
    #[arg(long, value_name = "DIR")]
    input_root: Vec<PathBuf>,
    /// The description to write [default: the version or id, in the folder of product.toml]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    #[command(flatten)]
    keyring: KeyringArgs,
    #[command(flatten)]
    jobs: JobsArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// A release that fixes vulnerabilities and nothing else
    Security,
    /// A release that changes what the product does
    Feature,
    /// A message to users about releases that they have
    Notice,
    /// A statement that a release is withdrawn
    Withdrawal,
}

fn vulnerability(text: &str) -> Result<VulnId, String> {
    VulnId::new(text).map_err(|e| e.why.to_string())
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    let mut last = Last::find(args, &keyring)?;
    let fetched = match &args.repository {
        Some(address) => Some(earlier::statements(address, last.product.as_ref(), &keyring)?),
        None => None,
    };
    if let (Some(fetched), Some(name)) = (&fetched, last.package.file_name()) {
        last.package = fetched.path().join(name);
    }
    let folder = parent(&last.package).to_path_buf();
    let set = statements(std::slice::from_ref(&folder), &keyring, args.jobs.jobs())?;
    all_accepted(&set, "next description")?;
    let manifest = manifest(&set, &last.package)?;
    let dir = match &args.out {
        Some(out) => parent(out).to_path_buf(),
        None => last.dir.clone(),
    };
    let kind = match args.kind {
        Kind::Security => NextKind::Security,
        Kind::Feature => NextKind::Feature,
        Kind::Notice => NextKind::Notice,
        Kind::Withdrawal => NextKind::Withdrawal,
    };
    let shared = shared(&dir)?;
    let include = if shared.is_empty() { Vec::new() } else { vec![PRODUCT.to_owned()] };
    let next = Next {
        kind,
        last: manifest,
        at: issued()?,
        ids: args.fix.clone(),
        include,
        shared,
        images: last.images,
        signing: signing(&dir, kind, &keyring),
    };
    let package = |manifest: &Digest| {
        let full = set.packages.iter().find(|p| p.manifest == *manifest && p.kind == "full")?;
        let path = Path::new(&full.path);
        match &fetched {
            // pkg build finds it in the repository by its name.
            Some(_) => path.file_name()?.to_str().map(str::to_owned),
            None => described(&dir, path),
        }
    };
    let known = match &fetched {
        Some(_) => Known::Repository,
        None => described(&dir, &folder).map_or(Known::Unknown, Known::Folder),
    };
    let places = Places { package: &package, known };
    let Some(Draft { name, text }) = plan::next(&set, &next, &places) else {
        return Err(no_release(&last.package));
    };
    let path = args.out.clone().unwrap_or_else(|| match dir == Path::new(".") {
        true => PathBuf::from(name),
        false => dir.join(name),
    });
    let schema = schema::first_line(&dir);
    create_new(&path, Rights::Usual, format!("{schema}{text}").as_bytes()).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::cannot(format!("{} already exists", shown(&path)))
            .hint("no file is replaced: give another one with -o"),
        _ => Failure::file("create", &path, &e),
    })?;
    done(&format!("{}\n", shown(&path)));
    note("replace every text in <…>, then run:");
    let roots: String = args.input_root.iter().map(|root| format!(" --input-root {}", shown(root))).collect();
    let from =
        args.repository.as_ref().map_or_else(String::new, |address| format!(" --repository {address}"));
    command(&format!("pkg check {} --keyring {}{from}{roots}", shown(&path), shown(&args.keyring.keyring)));
    Ok(Status::Done)
}

/// The last release.
struct Last {
    package: PathBuf,
    /// The folder of the descriptions.
    dir: PathBuf,
    images: Vec<(String, String)>,
    /// The product, where a description or an option says it.
    product: Option<(Id, Id)>,
}

impl Last {
    fn find(args: &Args, keyring: &Keyring) -> Outcome<Last> {
        let from = &args.from;
        if from.extension().is_none_or(|e| e != "toml") {
            // Before everything in its folder is read: a name that was mistyped is no fault of other packages there.
            if args.repository.is_none() {
                from.metadata().map_err(|e| Failure::file("read", from, &e))?;
            }
            let product = args.product.clone();
            return Ok(Last { package: from.clone(), dir: PathBuf::from("."), images: Vec::new(), product });
        }
        let text = inputs::text_file(from, "a release description in TOML")?;
        let mut description = check::read(from, &text, &args.input_root)?;
        let _listed = match &args.repository {
            Some(address) => earlier::earlier(&mut description, address, keyring, Images::Unread)?,
            None => None,
        };
        let fail = |error| check::failure(error, from, &text);
        let dir = parent(from).to_path_buf();
        let package = dir.join("out").join(description.check(None, issued()?).map_err(fail)?.package_name());
        if !package.exists() && args.repository.is_none() {
            return Err(Failure::cannot(format!("{} is not there", shown(&package))).hint(format!(
                "build it first: pkg build {} -o {}; or give the package of the last release",
                shown(from),
                shown(parent(&package))
            )));
        }
        let subject = description.subject();
        let of = |subject: Subject| Some((Id::new(&subject.vendor).ok()?, Id::new(&subject.name).ok()?));
        let product = args.product.clone().or_else(|| subject.and_then(of));
        Ok(Last { package, dir, images: description.image_files(), product })
    }
}

/// The file that descriptions include.
const PRODUCT: &str = "product.toml";

/// The keys at the top of the file that descriptions in `dir` include; none where there is no such file.
fn shared(dir: &Path) -> Outcome<Vec<String>> {
    let path = dir.join(PRODUCT);
    if path.symlink_metadata().is_err() {
        return Ok(Vec::new());
    }
    let text = inputs::text_file(&path, "what descriptions share, in TOML")?;
    let keys = Description::keys(&text).map_err(|error| check::failure(error, &path, &text))?;
    Ok(keys)
}

/// The keys for this kind of statement, where they are in the folder `keys`, as `pkg init` makes them. A key that the
/// keyring does not let sign this is not written, by the public key beside it.
fn signing(dir: &Path, kind: NextKind, keyring: &Keyring) -> Signing {
    let path = |name: &str| format!("keys/{name}.key");
    let is_there = |name: &str| dir.join(path(name)).exists();
    let mut signing = Signing::default();
    let (role, is_release) = match kind {
        NextKind::Security => (Role::Security, true),
        NextKind::Feature => (Role::Feature, true),
        NextKind::Notice => (Role::Notice, false),
        NextKind::Withdrawal => (Role::Withdrawal, false),
    };
    if !is_there(role.as_str()) || !is_there(Role::Delivery.as_str()) {
        return signing;
    }
    let mut key = |role: Role| {
        let allowed = |name: &str| key_beside(&dir.join(path(name))).map(|key| has_role(keyring, &key, role));
        if allowed(role.as_str()) != Some(false) {
            return Some(path(role.as_str()));
        }
        // A new key has the file name of its label, if it is at hand.
        let labels = keyring.statement().keys.iter().map(|key| key.label.as_str());
        let other =
            labels.filter(|l| !l.contains(['/', '\\'])).find(|l| is_there(l) && allowed(l) == Some(true));
        if other.is_none() {
            signing.distrusted.push(format!(
                "the keyring does not give {} the role {role}: {}; write the file of such a key here",
                path(role.as_str()),
                holders(keyring, role)
            ));
        }
        other.map(path)
    };
    let of_statement = key(role);
    let of_delivery = if is_release { key(Role::Delivery) } else { None };
    Signing { key: of_statement, delivery: of_delivery, ..signing }
}

/// The manifest of a package of the set.
fn manifest(set: &Set, path: &Path) -> Outcome<Digest> {
    let name = path.file_name();
    let package = set.packages.iter().find(|p| Path::new(&p.path).file_name() == name && p.kind == "full");
    package.map(|p| p.manifest).ok_or_else(|| no_release(path))
}

fn no_release(path: &Path) -> Failure {
    Failure::cannot(format!("{} is not the full package of a release", shown(path)))
        .hint("give the full package of the last release: its name ends in .full.pkg")
}
