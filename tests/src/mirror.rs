//! A repository in memory: a maker who publishes, and a server that may lie.

use crate::heads::{self, FakeHead};
use crate::keys::Key;
use crate::{Fake, keyrings};
use pkg_format::keyring::KeyringStatement;
use pkg_format::repository::{Entry, Head, LogName, Page, paths};
use pkg_repository::{Request, Response, Transport};
use pkg_verify::io;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a server does to an answer.
type Lie = Rc<dyn Fn(&Request<'_>, Response) -> Result<Response, io::Error>>;

/// A server with files in memory. Clones share the files.
#[derive(Clone, Default)]
pub struct Server {
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    asked: Rc<RefCell<Vec<String>>>,
    ranges: bool,
    lie: Option<Lie>,
}

impl Server {
    /// An honest server that knows ranges.
    pub fn new() -> Server {
        Server { ranges: true, ..Server::default() }
    }

    /// The same server where it knows no ranges.
    pub fn without_ranges(&self) -> Server {
        Server { ranges: false, ..self.clone() }
    }

    /// The same server where it does this to each answer.
    pub fn lying(
        &self,
        lie: impl Fn(&Request<'_>, Response) -> Result<Response, io::Error> + 'static,
    ) -> Server {
        Server { lie: Some(Rc::new(lie)), ..self.clone() }
    }

    /// Puts a file there.
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        self.files.borrow_mut().insert(path.into(), bytes);
    }

    /// Takes a file away.
    pub fn remove(&self, path: &str) {
        self.files.borrow_mut().remove(path).unwrap_or_else(|| panic!("no file {path}"));
    }

    /// A file that is there.
    pub fn file(&self, path: &str) -> Vec<u8> {
        self.files.borrow().get(path).unwrap_or_else(|| panic!("no file {path}")).clone()
    }

    /// The paths that were asked for since the last call.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.borrow_mut())
    }

    fn honest(&self, request: &Request<'_>) -> Response {
        let files = self.files.borrow();
        let Some(bytes) = files.get(request.path) else { return answer(404, None, b"not here") };
        let etag = format!("\"{}\"", pkg_format::Digest::of(bytes).short());
        let size = bytes.len() as u64;
        let response = match request.range.filter(|_| self.ranges) {
            _ if request.etag == Some(&etag) => answer(304, None, b""),
            None => answer(200, None, bytes),
            Some(range) if range.first >= size => answer(416, None, b""),
            Some(range) => {
                let end = range.length.map_or(size, |length| size.min(range.first + length));
                answer(206, Some((range.first, size)), &bytes[range.first as usize..end as usize])
            }
        };
        Response { etag: Some(etag), ..response }
    }
}

/// An answer with these bytes.
pub fn answer(status: u16, range: Option<(u64, u64)>, bytes: &[u8]) -> Response {
    Response { status, range, etag: None, body: body(std::io::Cursor::new(bytes.to_vec())) }
}

/// A body that is read from this.
pub fn body(reader: impl std::io::Read + 'static) -> Box<dyn io::Read> {
    Box::new(reader)
}

impl Transport for Server {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        self.asked.borrow_mut().push(request.path.into());
        let honest = self.honest(request);
        match &self.lie {
            Some(lie) => lie(request, honest),
            None => Ok(honest),
        }
    }
}

/// Whoever publishes to a server.
pub struct Maker {
    /// Where the files go.
    pub server: Server,
    /// Every entry so far.
    pub entries: Vec<Entry>,
    /// The newest head; the next publication has the next version.
    pub head: Head,
    signer: Key,
}

impl Maker {
    /// A maker who has published nothing yet but the keyring.
    pub fn new() -> Maker {
        let head = Head { version: 0, ..heads::head(&[]) };
        let maker =
            Maker { server: Server::new(), entries: Vec::new(), head, signer: crate::keys::key("catalogue") };
        maker.rotate(&keyrings::statement());
        maker
    }

    /// The log.
    pub fn log(&self) -> &LogName {
        &self.head.of
    }

    /// Publishes a keyring version.
    pub fn rotate(&self, statement: &KeyringStatement) {
        self.server.put(&paths::keyring(statement.version), keyrings::archive_bytes(statement));
    }

    /// From now on this key signs heads.
    pub fn signing_by(&mut self, signer: Key) {
        self.signer = signer;
    }

    /// Publishes packages: all live entries are current.
    pub fn publish(&mut self, packages: &[Fake]) {
        for package in packages {
            let entry = heads::entry(package);
            let object = entry.object.expect("a package");
            self.server.put(&paths::package(&object.package), package.package());
            self.entries.push(entry);
        }
        self.write(packages.len());
    }

    /// Publishes these entries.
    pub fn list(&mut self, entries: &[Entry]) {
        self.entries.extend_from_slice(entries);
        self.write(entries.len());
    }

    /// Writes the page of the newest entries, and a head.
    fn write(&mut self, added: usize) {
        if added > 0 {
            let page: Page = heads::page(&self.entries, self.entries.len() - added);
            let path = paths::page(self.log(), &heads::log(&self.entries));
            self.server.put(&path, page.to_tree().to_bytes());
        }
        let mut current: Vec<_> = pkg_repository::live(&self.entries).into_iter().cloned().collect();
        current.sort_by_key(|e| e.manifest);
        self.head.current = current;
        self.head.log = heads::log(&self.entries);
        self.head.version += 1;
        self.sign();
    }

    /// Signs the head as it is and puts it in place.
    pub fn sign(&self) {
        let file = self.file();
        self.server.put(&paths::head_version(self.log(), self.head.version), file.clone());
        self.server.put(&paths::head(self.log()), file);
    }

    /// The file of the head as it is.
    pub fn file(&self) -> Vec<u8> {
        FakeHead::new(&self.head).signed_by(&[self.signer]).file()
    }
}

impl Default for Maker {
    fn default() -> Self {
        Maker::new()
    }
}
