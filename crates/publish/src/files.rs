//! Reading and creating single files of a repository.

use crate::error::{Error, Result};
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

/// A whole file of at most `most` bytes; none where there is none.
pub(crate) fn read(transport: &mut dyn Transport, path: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let Some(mut response) = ask(transport, path, None)? else { return Ok(None) };
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 16 << 10]);
    loop {
        let read = response.body.read(&mut piece);
        let read = read.map_err(|cause| FetchError::Unread { path: path.into(), cause })?;
        match piece.get(..read) {
            None | Some([]) => return Ok(Some(bytes)),
            Some(new) => bytes.extend_from_slice(new),
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(FetchError::TooLong { path: path.into(), most }.into());
        }
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

/// Writes a file in place of the one that has the path.
pub(crate) fn replace(store: &mut dyn Store, path: &str, content: &Content<'_>) -> Result<()> {
    let mut bytes = Vec::new();
    let copied = content.copy(&mut bytes).and_then(|()| store.replace(path, &bytes));
    copied.map_err(|error| Error::write(store, path, error))
}

/// Creates a file. The same bytes under its path are fine, others are refused.
pub(crate) fn create(store: &mut dyn Store, path: &str, bytes: &[u8]) -> Result<Created> {
    match create_new(store, path, bytes)? {
        Created::There if read(store, path, SMALL)?.as_deref() != Some(bytes) => {
            Err(Error::Different { path: path.into() })
        }
        created => Ok(created),
    }
}

/// Creates a small file, of a store that is known to refuse it where there is one.
pub(crate) fn create_new(store: &mut dyn Store, path: &str, bytes: &[u8]) -> Result<Created> {
    // Creating what is there, with the bytes that it has, harms nothing, whatever the store makes of it.
    if store.needs_proof()
        && let Some(there) = read(store, path, SMALL)?
    {
        is_refused(store, path, &there)?;
    }
    let created =
        store.create(path, &Content::Bytes(bytes)).map_err(|error| Error::write(store, path, error))?;
    if store.needs_proof() {
        is_refused(store, path, bytes)?;
    }
    Ok(created)
}

fn is_refused(store: &mut dyn Store, path: &str, there: &[u8]) -> Result<()> {
    match store.create(path, &Content::Bytes(there)).map_err(|error| Error::write(store, path, error))? {
        Created::There => Ok(()),
        Created::New => Err(Error::NotCreateOnly(store.name())),
    }
}
