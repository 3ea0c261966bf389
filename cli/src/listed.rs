//! What the logs of a repository list, for commands that read the packages of a product together.

use crate::clock::issued;
use crate::inputs;
use crate::out::{Failure, Outcome, shown, warning};
use crate::progress::{Mode, Progress};
use crate::repository::{Address, address, label, product};
use pkg_audit::set::{LogRead, Numbers, Product, Refused, Set};
use pkg_audit::time::date;
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, paths};
use pkg_format::{Id, Refusal, Rule};
use pkg_publish::{Catalogue, Error};
use pkg_repository::Transport;
use pkg_verify::{Keyring, Statements};
use std::path::{Path, PathBuf};

/// Which repository has packages that belong to those at hand.
#[derive(clap::Args)]
pub(crate) struct ListedArgs {
    /// Read the packages that a repository lists: a folder or an address
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    pub(crate) repository: Option<Address>,
    /// The product in the repository, such as acme/cam-x1 [default: all of a folder]
    #[arg(long, value_name = "VENDOR/NAME", value_parser = product, requires = "repository")]
    pub(crate) product: Option<(Id, Id)>,
    /// The head of an earlier audit: a log that does not go on from it fails
    #[arg(long, value_name = "FILE", requires = "repository")]
    earlier_head: Option<PathBuf>,
}

/// The logs of a repository, and what is not as they say.
pub(crate) struct Listed {
    address: Address,
    pub(crate) catalogues: Vec<Catalogue>,
    faults: Vec<Refused>,
}

/// How much of what is listed is read.
#[derive(Clone, Copy)]
pub(crate) enum Depth {
    /// The statements of each package.
    Statements,
    /// Every byte of every file that the heads and logs name.
    Whole(Mode),
}

impl ListedArgs {
    /// Reads the logs of all channels; `None` without a repository.
    pub(crate) fn read(&self, keyring: &Keyring, depth: Depth) -> Outcome<Option<Listed>> {
        let Some(address) = &self.repository else { return Ok(None) };
        let mut listed = Listed::read(address, self.product.as_ref(), keyring, depth)?;
        if let Some(path) = &self.earlier_head {
            listed.follows(path, keyring)?;
        }
        Ok(Some(listed))
    }
}

impl Listed {
    /// Reads the logs of a product, or of all products that a folder has.
    pub(crate) fn read(
        address: &Address,
        product: Option<&(Id, Id)>,
        keyring: &Keyring,
        depth: Depth,
    ) -> Outcome<Listed> {
        let mut reader = address.reader()?;
        let mut listed = Listed { address: address.clone(), catalogues: Vec::new(), faults: Vec::new() };
        // A folder shows which logs there are. Of an address the stable one is there at least.
        let logs = match (address, product) {
            (Address::Folder(_), _) | (_, None) => {
                let is_it = |(vendor, name, _): &(Id, Id, Channel)| {
                    product.is_none_or(|(v, n)| (v, n) == (vendor, name))
                };
                address.logs()?.into_iter().filter(is_it).map(|log| (log, true)).collect::<Vec<_>>()
            }
            (_, Some((vendor, name))) => [(Channel::Stable, true), (Channel::Testing, false)]
                .map(|(channel, must)| ((vendor.clone(), name.clone(), channel), must))
                .into(),
        };
        for ((vendor, name, channel), must) in &logs {
            match listed.read_log(reader.as_mut(), (vendor, name, *channel), keyring, depth) {
                Err(Error::NoLog(_)) if !must => {}
                Err(Error::NoLog(log)) if logs.len() > 1 => {
                    let path = format!("products/{vendor}/{name}/{channel}/head");
                    listed.fault(&path, &Refusal::new(Rule::G11, format!("no head of {log}")));
                }
                other => other?,
            }
        }
        if listed.catalogues.is_empty() {
            let what = product.map_or_else(|| address.to_string(), |(v, n)| format!("{v}/{n}"));
            return Err(Error::NoLog(what).into());
        }
        listed.tell();
        Ok(listed)
    }

    fn read_log(
        &mut self,
        reader: &mut dyn Transport,
        log: (&Id, &Id, Channel),
        keyring: &Keyring,
        depth: Depth,
    ) -> Result<(), Error> {
        let of = pkg_publish::find(reader, log, keyring)?;
        let catalogue = Catalogue::read(reader, &of, keyring)?;
        if let Depth::Whole(mode) = depth {
            let progress = Progress::new(mode, &self.address.to_string(), catalogue.bytes());
            let (_, report) = pkg_publish::check(reader, &of, keyring, &|bytes| progress.advance(bytes))?;
            for fault in report.faults {
                self.fault(&fault.path, &Refusal::new(fault.rule.unwrap_or(Rule::G11), fault.why));
            }
        } else {
            for (entry, refusal) in catalogue.refused() {
                self.fault(&path(entry), refusal);
            }
            for (entry, error) in catalogue.lost() {
                self.fault(&path(entry), &Refusal::new(error.rule().unwrap_or(Rule::G11), error.to_string()));
            }
        }
        self.catalogues.push(catalogue);
        Ok(())
    }

    /// Warns about heads that are older than devices accept: what was published since may be hidden.
    fn tell(&self) {
        let Ok(now) = issued() else { return };
        for catalogue in &self.catalogues {
            let head = catalogue.head().head();
            let until = head.issued.saturating_add(head.max_age);
            if now > until {
                warning(&format!(
                    "{}: head {} is of {}, and a newer one is overdue: what was published since may be hidden",
                    label(&head.of),
                    head.version,
                    date(head.issued)
                ));
            }
        }
    }

    /// The log of an earlier head goes on in what was read.
    fn follows(&mut self, file: &Path, keyring: &Keyring) -> Outcome<()> {
        let bytes = inputs::small_file(file)?;
        let earlier = pkg_verify::verify_head_of_any_log(&bytes, keyring).map_err(|e| match e {
            pkg_verify::Error::Refused(refusal) => Failure::rule(&shown(file), &refusal),
            other => Failure::cannot(other.to_string()),
        })?;
        let earlier = earlier.head();
        let found = self.catalogues.iter().find(|c| c.head().head().of == earlier.of);
        let refusal = match found.map(|c| (c.head().head(), c.log())) {
            None => Refusal::new(Rule::Rep1, format!("no log of {} was read", label(&earlier.of))),
            Some((head, _)) if head.version < earlier.version => Refusal::new(
                Rule::Rep3,
                format!("head {}, {} was seen before", head.version, earlier.version),
            ),
            Some((head, _)) if head.version == earlier.version && head != earlier => {
                Refusal::new(Rule::Rep4, format!("another head {} was seen before", head.version))
            }
            Some((_, log)) => match log.begins_with(&earlier.log) {
                Ok(()) => return Ok(()),
                Err(refusal) => refusal,
            },
        };
        self.fault(&shown(file), &refusal);
        Ok(())
    }

    fn fault(&mut self, path: &str, refusal: &Refusal) {
        self.faults.push(Refused::new(format!("{}/{path}", self.address), refusal));
    }

    /// Whether the logs list a package with this digest.
    pub(crate) fn lists(&self, package: &str) -> bool {
        let mut entries = self.catalogues.iter().flat_map(|c| c.log().entries());
        entries.any(|entry| entry.object.is_some_and(|o| o.package.to_string() == package))
    }

    /// The packages that the keyring accepts, by the name that they have in the repository.
    pub(crate) fn packages(&self) -> Vec<(String, Statements)> {
        let accepted = self.catalogues.iter().flat_map(Catalogue::accepted);
        accepted.map(|(entry, s)| (format!("{}/{}", self.address, path(entry)), s.clone())).collect()
    }

    /// Adds to a set which logs were read, the numbers that are in use there, and what is listed, but is missing, refused,
    /// or not as the logs say.
    pub(crate) fn add_to(self, set: &mut Set) -> Vec<Catalogue> {
        for catalogue in &self.catalogues {
            set.logs.push(read(&self.address, catalogue));
            let of = &catalogue.head().head().of;
            let is_it = |p: &&mut Product| (&*p.vendor, &*p.name) == (of.vendor.as_str(), of.name.as_str());
            if let Some(product) = set.products.iter_mut().find(is_it) {
                product.numbers.extend(catalogue.log().entries().iter().filter_map(numbers));
            }
        }
        set.refused.extend(self.faults);
        self.catalogues
    }
}

fn read(address: &Address, catalogue: &Catalogue) -> LogRead {
    let head = catalogue.head().head();
    let entries = catalogue.log().entries();
    let removed = entries.iter().filter(|entry| entry.object.is_none()).map(|entry| {
        let line = entry.release().map_or_else(String::new, |r| format!(" of line {}", r.line));
        format!("{} {}{line} ({})", entry.kind(), entry.sequence, entry.manifest.short())
    });
    LogRead {
        path: address.to_string(),
        repository: head.of.repository.to_string(),
        log: label(&head.of),
        version: head.version,
        issued: head.issued,
        entries: head.log.size,
        root: head.log.root,
        removed: removed.collect(),
    }
}

/// The numbers of a release that a log lists; they stay in use where its package was removed.
fn numbers(entry: &Entry) -> Option<Numbers> {
    let release = entry.release()?;
    Some(Numbers {
        scope: release.scope.clone(),
        line: release.line.clone(),
        sequence: entry.sequence,
        security_level: release.security_level,
    })
}

/// Where the package of an entry is; nowhere if it was removed.
fn path(entry: &Entry) -> String {
    entry.object.map_or_else(String::new, |object| paths::package(&object.package))
}
