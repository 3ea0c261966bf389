//! Reading and creating single files of a repository.

use crate::error::{Error, Result};
use crate::package::Package;
use crate::store::{Content, Created, Store};
use pkg_format::limits;
use pkg_repository::{Error as FetchError, Range, Request, Response, Transport};

/// The file of a head or of one keyring version: statement, signatures, headers, padding and end.
pub(crate) const SMALL: u64 = limits::STATEMENT + limits::COSE + 5 * 512;

fn ask(transport: &mut dyn Transport, path: &str, range: Option<Range>) -> Result<Option<Response>> {
    let response = transport.ask(&Request { path, range, etag: None });
    let response = response.map_err(|cause| FetchError::Unread { path: path.into(), cause })?;
    match response.status {
        200 | 206 => Ok(Some(response)),
        404 | 410 => Ok(None),
        status => Err(FetchError::Unexpected { path: path.into(), status }.into()),
    }
}

/// Hands the bytes of a file to `sink` as they come. Whether there is such a file.
fn stream(
    transport: &mut dyn Transport,
    path: &str,
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<bool> {
    let Some(mut response) = ask(transport, path, None)? else { return Ok(false) };
    let mut piece = vec![0; 16 << 10];
    loop {
        let read = response.body.read(&mut piece);
        let read = read.map_err(|cause| FetchError::Unread { path: path.into(), cause })?;
        match piece.get(..read) {
            None | Some([]) => return Ok(true),
            Some(new) => sink(new)?,
        }
    }
}

/// A whole file of at most `most` bytes; none where there is none.
pub(crate) fn read(transport: &mut dyn Transport, path: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let found = stream(transport, path, &mut |new| {
        bytes.extend_from_slice(new);
        match u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            true => Err(FetchError::TooLong { path: path.into(), most }.into()),
            false => Ok(()),
        }
    })?;
    Ok(found.then_some(bytes))
}

/// Hands the bytes of a file that must be there to `sink` as they come.
pub(crate) fn pass_on(
    transport: &mut dyn Transport,
    path: &str,
    sink: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<()> {
    let failed = |error| Error::Write { path: path.into(), error };
    match stream(transport, path, &mut |bytes| sink(bytes).map_err(failed))? {
        true => Ok(()),
        false => Err(FetchError::Missing(path.into()).into()),
    }
}

/// A whole file that must be there.
pub(crate) fn read_there(transport: &mut dyn Transport, path: &str, most: u64) -> Result<Vec<u8>> {
    read(transport, path, most)?.ok_or_else(|| FetchError::Missing(path.into()).into())
}

/// Whether a file is there; of which size, where the store says it.
pub(crate) fn exists(transport: &mut dyn Transport, path: &str) -> Result<Option<Option<u64>>> {
    let range = Range { first: 0, length: Some(1) };
    Ok(ask(transport, path, Some(range))?.map(|response| response.range.map(|(_, size)| size)))
}

/// Creates a file. The same bytes under its path are fine, others are refused.
pub(crate) fn create(store: &mut dyn Store, path: &str, bytes: &[u8]) -> Result<Created> {
    let created = store.create(path, &Content::Bytes(bytes));
    match created.map_err(|error| Error::Write { path: path.into(), error })? {
        Created::There if read(store, path, SMALL)?.as_deref() != Some(bytes) => {
            Err(Error::Different { path: path.into() })
        }
        created => Ok(created),
    }
}

/// Creates a file from a package. What has the path already stays.
pub(crate) fn create_file(store: &mut dyn Store, path: &str, package: &Package) -> Result<Created> {
    let content = Content::File(&package.file, package.object.package);
    store.create(path, &content).map_err(|error| Error::Write { path: path.into(), error })
}
