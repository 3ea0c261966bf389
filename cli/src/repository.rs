//! What the commands of repositories have in common: addresses, products, keys, and what to do about errors.

use crate::clock::issued;
use crate::hint as hints;
use crate::inputs;
use crate::mend;
use crate::options::{KeyringArgs, UnlockArgs};
use crate::out::{Failure, Outcome, escape, warning};
use crate::passphrase::Keys;
use pkg_builder::keys::Signer;
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, LogName};
use pkg_format::{Id, Refusal};
use pkg_publish::{Error, FolderStore, Judge, Options, Store};
use pkg_repository::Transport;
use pkg_verify::Keyring;
use serde_json::{Value, json};
use std::path::Path;

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// In a folder: `file:DIR`, or a path.
    Folder(String),
    /// On a web server: `https://…` or `http://…`.
    Web(String),
    /// In an object store: `s3://BUCKET/PREFIX`.
    #[cfg(feature = "s3")]
    Objects(pkg_publish::S3Place),
}

/// An address on the command line.
pub(crate) fn address(text: &str) -> Result<Address, String> {
    if text.starts_with("https://") || text.starts_with("http://") {
        return Ok(Address::Web(text.into()));
    }
    if text.starts_with("s3://") {
        return objects(text);
    }
    let path = text.strip_prefix("file:").unwrap_or(text);
    match path.split_once("://") {
        _ if path.is_empty() => Err("expected a folder or an address".into()),
        Some((scheme, _)) => Err(format!("{scheme}: is no store that pkg knows")),
        None => Ok(Address::Folder(path.into())),
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Folder(text) | Address::Web(text) => f.write_str(text.trim_end_matches('/')),
            #[cfg(feature = "s3")]
            Address::Objects(place) => write!(f, "{place}"),
        }
    }
}

#[cfg(feature = "s3")]
fn objects(text: &str) -> Result<Address, String> {
    crate::object_store::place(text).map(Address::Objects)
}

#[cfg(not(feature = "s3"))]
fn objects(_: &str) -> Result<Address, String> {
    Err("this pkg knows no object stores: build it with the cargo feature s3".into())
}

impl Address {
    /// Opens it to read it.
    pub(crate) fn reader(&self) -> Outcome<Box<dyn Transport>> {
        match self {
            Address::Folder(path) => Ok(Box::new(folder(path)?)),
            Address::Web(url) => web(url),
            #[cfg(feature = "s3")]
            Address::Objects(place) => Ok(Box::new(crate::object_store::open(place)?)),
        }
    }

    /// Opens it to write it.
    pub(crate) fn store(&self) -> Outcome<Box<dyn Store>> {
        match self {
            Address::Folder(path) => Ok(Box::new(folder(path)?)),
            Address::Web(url) => Err(Failure::cannot(format!("{} cannot be written", escape(url)))
                .hint("publish to a folder and copy it to the server, objects first and head last; docs/repository.md shows how")),
            #[cfg(feature = "s3")]
            Address::Objects(place) => Ok(Box::new(crate::object_store::open(place)?)),
        }
    }

    /// Opens it to write it; a folder need not be there yet.
    pub(crate) fn new_store(&self) -> Outcome<Box<dyn Store>> {
        match self {
            Address::Folder(path) => Ok(Box::new(FolderStore::new(Path::new(path)))),
            other => other.store(),
        }
    }

    /// The logs that it has, if they can be listed.
    pub(crate) fn logs(&self) -> Outcome<Vec<(Id, Id, Channel)>> {
        match self {
            Address::Folder(path) => Ok(pkg_publish::logs(&folder(path)?)?),
            _ => Err(Failure::cannot("only a folder lists what it has").hint("give --product VENDOR/NAME")),
        }
    }
}

/// What starts a repository.
const START: &str =
    "to start a repository: pkg repository new DIR --product VENDOR/NAME --key CATALOGUE.key --keyring FILE";

/// A folder that must be there: a typing mistake must not become a new repository.
fn folder(path: &str) -> Outcome<FolderStore> {
    let path = Path::new(path);
    match (path.is_dir(), path.join("products").is_dir()) {
        (true, true) => Ok(FolderStore::new(path)),
        (true, false) => {
            let why = format!("{} is not a repository: it has no folder products", crate::out::shown(path));
            Err(Failure::cannot(why).hint(START))
        }
        (false, _) => {
            Err(Failure::cannot(format!("there is no folder {}", crate::out::shown(path))).hint(START))
        }
    }
}

#[cfg(feature = "http")]
fn web(url: &str) -> Outcome<Box<dyn Transport>> {
    let web = pkg_repository::Web::new(url).map_err(Failure::cannot)?;
    Ok(match crate::environment::authorities(&["SSL_CERT_FILE"])? {
        Some(authorities) => Box::new(web.with_authorities(authorities)),
        None => Box::new(web),
    })
}

#[cfg(not(feature = "http"))]
fn web(_: &str) -> Outcome<Box<dyn Transport>> {
    Err(Failure::cannot("this pkg reads no web servers").hint("build pkg with the cargo feature http"))
}

/// Which log of a repository.
#[derive(clap::Args, Clone)]
pub(crate) struct LogArgs {
    /// The product, such as acme/cam-x1 [default: the only one in the repository]
    #[arg(long, value_name = "VENDOR/NAME", value_parser = product)]
    pub(crate) product: Option<(Id, Id)>,
    /// Whom the releases are for
    #[arg(long, value_name = "CHANNEL", value_parser = channel, default_value = "stable")]
    pub(crate) channel: Channel,
}

/// Which repository is read, and by which keyring.
#[derive(clap::Args)]
pub(crate) struct ReadArgs {
    /// The repository: a folder or an address
    #[arg(value_name = "DIR|URL", value_parser = address)]
    repository: Address,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    keyring: KeyringArgs,
}

impl ReadArgs {
    /// Opens the repository and finds the log.
    pub(crate) fn open(&self) -> Outcome<(Box<dyn Transport>, LogName, Keyring)> {
        let keyring = inputs::keyring(&self.keyring)?;
        let mut reader = self.repository.reader()?;
        let of = self.log.find(&self.repository, reader.as_mut(), &keyring)?;
        Ok((reader, of, keyring))
    }
}

/// A product on the command line.
pub(crate) fn product(text: &str) -> Result<(Id, Id), String> {
    let (vendor, name) = text.split_once('/').ok_or("expected VENDOR/NAME, such as acme/cam-x1")?;
    let id = |text| Id::new(text).map_err(|e| e.why.clone());
    Ok((id(vendor)?, id(name)?))
}

/// A channel on the command line.
pub(crate) fn channel(text: &str) -> Result<Channel, String> {
    let all = [Channel::Stable, Channel::Testing];
    all.into_iter().find(|c| c.as_str() == text).ok_or_else(|| "expected stable or testing".into())
}

impl LogArgs {
    /// The log that is meant.
    pub(crate) fn find(
        &self,
        address: &Address,
        transport: &mut dyn Transport,
        keyring: &Keyring,
    ) -> Outcome<LogName> {
        let (vendor, name) = self.product(address)?;
        Ok(pkg_publish::find(transport, (&vendor, &name, self.channel), keyring)?)
    }

    /// Vendor and name of the product that is meant.
    pub(crate) fn product(&self, address: &Address) -> Outcome<(Id, Id)> {
        if let Some(product) = &self.product {
            return Ok(product.clone());
        }
        let logs = address.logs()?;
        let mut logs = logs.into_iter().filter(|(.., channel)| *channel == self.channel);
        match (logs.next(), logs.next()) {
            (Some((vendor, name, _)), None) => Ok((vendor, name)),
            (None, _) => {
                let why = format!("the repository has no log of the channel {}", self.channel);
                Err(Failure::cannot(why).hint(START))
            }
            _ => {
                Err(Failure::cannot("the repository has several products").hint("give --product VENDOR/NAME"))
            }
        }
    }
}

/// The keys and the keyring of a command that signs a head.
#[derive(clap::Args)]
pub(crate) struct SignArgs {
    /// Sign the head with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); its role is catalogue
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
    #[command(flatten)]
    pub(crate) keyring: KeyringArgs,
    #[command(flatten)]
    unlock: UnlockArgs,
    /// Judge everything, but sign and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is needed to sign heads.
pub(crate) struct Signing {
    pub(crate) keyring: Keyring,
    file: Vec<u8>,
    signers: Vec<Box<dyn Signer>>,
    issued: u64,
    dry_run: bool,
}

impl SignArgs {
    /// Opens keys and keyring.
    pub(crate) fn open(&self) -> Outcome<Signing> {
        let keyring = inputs::keyring(&self.keyring)?;
        let file = inputs::keyring_file(&self.keyring.keyring)?;
        let mut keys = Keys::new(&self.unlock, self.key.len())?;
        let signers = self.key.iter().map(|name| keys.signer(name)).collect::<Outcome<_>>()?;
        Ok(Signing { keyring, file, signers, issued: issued()?, dry_run: self.dry_run })
    }
}

impl Signing {
    /// Refuses keys that cannot sign a head of this log, before anything else is judged.
    pub(crate) fn may_sign(&self, of: &LogName) -> Outcome<()> {
        let keys: Vec<_> = self.signers.iter().map(|signer| signer.public_key().id()).collect();
        let able = self.keyring.may_sign_head(&keys, of);
        able.map_err(|refusal| Failure::rule("the new head", &refusal))
    }

    /// Runs what signs heads, with options that are complete but for what the caller adds.
    pub(crate) fn with<T>(
        &self,
        judge: Judge<'_>,
        max_age: Option<u64>,
        progress: &dyn Fn(u64),
        run: impl FnOnce(&Options<'_>) -> T,
    ) -> T {
        let signers: Vec<_> = self.signers.iter().map(|s| s.as_ref()).collect();
        run(&Options {
            keyring: &self.keyring,
            keyring_file: &self.file,
            signers: &signers,
            issued: self.issued,
            max_age,
            dry_run: self.dry_run,
            judge,
            refused: &tell_refused,
            progress,
        })
    }
}

/// Names what was published and is refused by now.
pub(crate) fn tell_refused(entry: &Entry, refusal: &Refusal) {
    let what = format!("{} {}", entry.kind(), entry.manifest.short());
    warning(&format!(
        "{what} is published, but this keyring refuses it: {refusal}; it is not offered to devices"
    ));
}

/// What a publication did, as JSON.
pub(crate) fn outcome(outcome: &pkg_publish::Outcome) -> Value {
    json!({
        "repository": outcome.of.repository.as_str(),
        "vendor": outcome.of.vendor.as_str(),
        "name": outcome.of.name.as_str(),
        "channel": outcome.of.channel.as_str(),
        "version": outcome.version,
        "head-digest": outcome.digest.to_string(),
        "log": {"size": outcome.log.size, "root": outcome.log.root.to_string()},
        "current": outcome.current,
        "added": outcome.added.iter().map(entry).collect::<Vec<_>>(),
        "written": outcome.written,
    })
}

/// An entry as JSON: its own fields.
pub(crate) fn entry(entry: &Entry) -> Value {
    crate::json::tree(&pkg_format::cbor::Wire::encode(entry))
}

/// So many entries, for messages.
pub(crate) fn entries(n: u64) -> String {
    if n == 1 { "1 entry".into() } else { format!("{n} entries") }
}

/// A head that was written, for people: they keep its digest, in case its key is ever stolen.
pub(crate) fn head(outcome: &pkg_publish::Outcome) -> String {
    let (of, entries) = (label(&outcome.of), entries(outcome.log.size));
    let (version, current) = (outcome.version, outcome.current);
    format!("{of}: head {version}, {entries}, {current} current, digest {}\n", outcome.digest)
}

/// A log, for messages.
pub(crate) fn label(of: &LogName) -> String {
    format!("{}/{} {}", of.vendor, of.name, of.channel)
}

/// What to do where no key in force signed the newest head.
const RECOVER: &str = "if the key was revoked because it is stolen, continue the log with a new one: pkg repository recover; otherwise find out who signed this head";

/// What to do where a head would be taken back that devices believe.
const IN_FORCE: &str =
    "revoke its key first if it is stolen: pkg keyring edit --revoke; otherwise continue from this head";

/// Whether a file of a repository is a head.
fn is_head(path: &str) -> bool {
    path.starts_with("products/") && (path.ends_with("/head") || path.contains("/heads/"))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let hint = match &error {
            Error::Refused { what, refusal } => {
                let failure = Failure::rule(&escape(what), refusal);
                if let Some(remedy) = mend::refusal(what, refusal) {
                    return failure.hint(remedy);
                }
                return match refusal.rule.id() {
                    rule if is_head(what) && rule.starts_with("SIG") => failure.hint(RECOVER),
                    "REP-6" if is_head(what) => failure.hint(IN_FORCE),
                    _ => failure,
                };
            }
            Error::Fetch(error) => return fetch(error),
            Error::Read { path, error } => return Failure::file("read", path, error),
            Error::Write { path, error } => return unwritten(path, error),
            Error::Sign(_) => {
                let Error::Sign(error) = error else { return Failure::cannot("a key failed") };
                return error.into();
            }
            Error::Different { .. } => {
                "if pkg repository check calls this file damaged, remove it and run this command again; otherwise find out who wrote the other one: a file that is published never changes"
            }
            Error::Lost { .. } => {
                "pkg repository check names all that is missing or damaged; remove what is damaged, then publish those packages again"
            }
            Error::NoHead { .. } => "give the file of the head to --from, or a mirror that has it",
            Error::NoLog(_) => "check --product and --channel; pkg repository new starts a log",
            Error::Exists(_) => "publish to it: pkg publish PACKAGE --to DIR",
            Error::NotCreateOnly(_) => {
                "use a store that knows If-None-Match, such as AWS, MinIO or R2; or publish to a folder and copy it, objects first and head last"
            }
            Error::NoVersion(_) | Error::SeveralVersions(_) => {
                "pkg repository show lists the releases of a repository"
            }
            Error::NoBase { .. } => "publish the release that it starts from first",
            Error::NotPublished { .. } => "give the full package too, or publish it first",
            _ => "find out who else publishes there, and run the command again",
        };
        Failure::cannot(escape(&error.to_string())).hint(hint)
    }
}

fn unwritten(path: &str, error: &std::io::Error) -> Failure {
    #[cfg(feature = "s3")]
    if let Some(failure) = crate::object_store::unwritten(path, error) {
        return failure;
    }
    Failure::file("write", Path::new(path), error)
}

/// A file of a repository that could not be read.
pub(crate) fn fetch(error: &pkg_repository::Error) -> Failure {
    use pkg_repository::Error as E;
    match error {
        E::Refused(refusal) => {
            let remedy = mend::refusal(&refusal.at, refusal).unwrap_or_else(|| hints::refusal(refusal));
            Failure::refused(format!("[{}] {}", refusal.rule.id(), inputs::without_rule(refusal)))
                .hint(remedy)
        }
        E::Missing(path) if path.starts_with("products/") && !path.ends_with("/head") => {
            Failure::cannot(escape(&error.to_string())).hint(mend::hint(path, mend::There::Missing))
        }
        E::Missing(_) => Failure::cannot(escape(&error.to_string()))
            .hint("the repository is not whole: pkg repository check names what is missing"),
        E::Unexpected { status, .. } => {
            Failure::cannot(escape(&error.to_string())).hint(hints::answer(*status, ""))
        }
        _ => Failure::cannot(escape(&error.to_string())).hint(hints::CONNECTION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let folder = |path: &str| Ok(Address::Folder(path.into()));
        assert_eq!((address("repo"), address("file:/srv/repo")), (folder("repo"), folder("/srv/repo")));
        assert_eq!(address("https://a.example/r"), Ok(Address::Web("https://a.example/r".into())));
        assert!(address("s3://acme-updates/r").is_ok());
        for wrong in ["", "file:", "ftp://a.example/r", "s3://", "s3://A/../r"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
        assert!(product("acme").is_err() && product("acme/").is_err() && product("acme/cam").is_ok());
    }
}
