//! What the logs of a repository list, for commands that read the packages of a product together.

use crate::out::Outcome;
use crate::progress::{Mode, Progress};
use crate::repository::{Address, address, product};
use pkg_audit::set::{Refused, Set};
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, paths};
use pkg_format::{Id, Refusal, Rule};
use pkg_publish::{Catalogue, Error};
use pkg_repository::Transport;
use pkg_verify::{Keyring, Statements};

/// Which repository has packages that belong to those at hand.
#[derive(clap::Args)]
pub(crate) struct ListedArgs {
    /// Read the packages that a repository lists: a folder or an address
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    pub(crate) repository: Option<Address>,
    /// The product in the repository, such as acme/cam-x1 [default: all of a folder]
    #[arg(long, value_name = "VENDOR/NAME", value_parser = product, requires = "repository")]
    pub(crate) product: Option<(Id, Id)>,
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
        let products = match &self.product {
            Some(product) => vec![product.clone()],
            None => {
                let logs = address.logs()?.into_iter().map(|(vendor, name, _)| (vendor, name));
                let mut all: Vec<_> = logs.collect();
                all.dedup();
                all
            }
        };
        Listed::read(address, &products, keyring, depth).map(Some)
    }
}

impl Listed {
    /// Reads the logs of products. Each product has one, at least.
    pub(crate) fn read(
        address: &Address,
        products: &[(Id, Id)],
        keyring: &Keyring,
        depth: Depth,
    ) -> Outcome<Listed> {
        let mut reader = address.reader()?;
        let mut listed = Listed { address: address.clone(), catalogues: Vec::new(), faults: Vec::new() };
        for (vendor, name) in products {
            let before = listed.catalogues.len();
            for channel in [Channel::Stable, Channel::Testing] {
                match listed.read_log(reader.as_mut(), (vendor, name, channel), keyring, depth) {
                    Err(Error::NoLog(_)) => {}
                    other => other?,
                }
            }
            if listed.catalogues.len() == before {
                return Err(Error::NoLog(format!("{vendor}/{name}")).into());
            }
        }
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

    fn fault(&mut self, path: &str, refusal: &Refusal) {
        self.faults.push(Refused::new(format!("{}/{path}", self.address), refusal));
    }

    /// The packages that the keyring accepts, by the name that they have in the repository.
    pub(crate) fn packages(&self) -> Vec<(String, Statements)> {
        let accepted = self.catalogues.iter().flat_map(Catalogue::accepted);
        accepted.map(|(entry, s)| (format!("{}/{}", self.address, path(entry)), s.clone())).collect()
    }

    /// Adds to a set what is listed, but is missing, refused, or not as the logs say.
    pub(crate) fn add_faults(self, set: &mut Set) {
        set.refused.extend(self.faults);
    }
}

/// Where the package of an entry is; nowhere if it was removed.
fn path(entry: &Entry) -> String {
    entry.object.map_or_else(String::new, |object| paths::package(&object.package))
}
