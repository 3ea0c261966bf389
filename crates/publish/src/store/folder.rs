//! A repository in a folder: on a web server's disk, a shared drive, or a memory stick.

use super::{Content, Created, Store};
use pkg_files::{AtomicFile, Durability, Folder, Rights, open_no_link};
use pkg_repository::{Request, Response, Transport};
use pkg_verify::io as verify_io;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path, PathBuf};

/// Reads and writes a repository in a folder.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// The repository in this folder.
    pub fn new(root: &Path) -> FolderStore {
        FolderStore { root: root.to_owned() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file at a path below the folder. Paths come from digests and ids, and are checked all the same.
    fn place(&self, path: &str) -> io::Result<PathBuf> {
        let is_inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        match is_inside && !path.is_empty() {
            true => Ok(self.root.join(path)),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "the path leaves the repository")),
        }
    }

    /// Makes the folders above a file, so that they survive a power cut.
    fn make_folders(&self, path: &Path) -> io::Result<()> {
        let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) else { return Ok(()) };
        if folder != self.root {
            self.make_folders(folder)?;
        }
        match std::fs::create_dir(folder) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => return Ok(()),
            made => made?,
        }
        Folder::open(&pkg_files::parent(folder).canonicalize()?)?.sync()
    }

    fn begin(&self, path: &str) -> io::Result<AtomicFile> {
        let place = self.place(path)?;
        self.make_folders(&place)?;
        AtomicFile::create(&place, Rights::Usual)
    }
}

impl Store for FolderStore {
    fn create(&mut self, path: &str, content: &Content<'_>) -> io::Result<Created> {
        // A large file is not copied only to find that it is there.
        if std::fs::symlink_metadata(self.place(path)?).is_ok() {
            return Ok(Created::There);
        }
        let mut file = self.begin(path)?;
        content.copy(&mut file)?;
        match file.commit_new() {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(Created::There),
            made => made.map(|()| Created::New),
        }
    }

    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.begin(path)?;
        file.write_all(bytes)?;
        file.commit(Durability::PowerCut)
    }

    fn name(&self) -> String {
        self.root.display().to_string()
    }
}

impl Transport for FolderStore {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, verify_io::Error> {
        let found = self.place(request.path).and_then(|path| open_no_link(&path));
        let file = match found {
            // A part of the path that is a file is no folder: there is nothing below it.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                let body = Box::new(io::empty());
                return Ok(Response { status: 404, range: None, etag: None, body });
            }
            other => other?,
        };
        answer(file, request).map_err(verify_io::Error::from)
    }
}

fn answer(mut file: File, request: &Request<'_>) -> io::Result<Response> {
    let Some(range) = request.range else {
        return Ok(Response { status: 200, range: None, etag: None, body: Box::new(file) });
    };
    let size = file.metadata()?.len();
    if range.first > size {
        return Ok(Response { status: 416, range: None, etag: None, body: Box::new(io::empty()) });
    }
    file.seek(SeekFrom::Start(range.first))?;
    let length = range.length.unwrap_or(u64::MAX);
    let range = Some((range.first, size));
    Ok(Response { status: 206, range, etag: None, body: Box::new(file.take(length)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_once_and_read_in_parts() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = FolderStore::new(&dir.path().join("new"));
        assert_eq!(store.create("a/b/c", &Content::Bytes(b"content")).unwrap(), Created::New);
        assert_eq!(store.create("a/b/c", &Content::Bytes(b"other")).unwrap(), Created::There);
        let mut read = |path, range| {
            let response = store.ask(&Request { path, range, etag: None }).unwrap();
            let (mut body, mut bytes, mut piece) = (response.body, Vec::new(), [0; 4]);
            while let n @ 1.. = body.read(&mut piece).unwrap() {
                bytes.extend_from_slice(&piece[..n]);
            }
            (response.status, response.range, String::from_utf8(bytes).unwrap())
        };
        let range = |first, length| Some(pkg_repository::Range { first, length });
        assert_eq!(read("a/b/c", None), (200, None, "content".into()));
        assert_eq!(read("a/b/c", range(2, Some(3))), (206, Some((2, 7)), "nte".into()));
        assert_eq!(read("a/b/c", range(5, None)), (206, Some((5, 7)), "nt".into()));
        assert_eq!(read("a/b/c", range(8, None)).0, 416);
        for nothing in ["a/b/d", "a/b/c/d"] {
            assert_eq!(read(nothing, None).0, 404, "{nothing}");
        }
        store.replace("head", b"one").unwrap();
        store.replace("head", b"two").unwrap();
        assert_eq!(std::fs::read(dir.path().join("new/head")).unwrap(), b"two");
    }

    #[test]
    fn nothing_outside_the_folder_is_touched() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = FolderStore::new(&dir.path().join("in"));
        std::fs::write(dir.path().join("out"), "secret").unwrap();
        for path in ["../out", "/etc/passwd", "a/../../out", ""] {
            assert!(store.ask(&Request { path, range: None, etag: None }).is_err(), "{path}");
            assert!(store.create(path, &Content::Bytes(b"x")).is_err(), "{path}");
        }
        assert_eq!(std::fs::read(dir.path().join("out")).unwrap(), b"secret");
    }
}
