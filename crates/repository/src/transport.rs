//! How a client asks for files, and the bounds within which it believes an answer.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use pkg_format::{Refusal, Rule};
use pkg_verify::io;

/// A request for a file of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The path below the base address.
    pub path: &'a str,
    /// Only these bytes.
    pub range: Option<Range>,
    /// Not if the file still has this name on the server.
    pub etag: Option<&'a str>,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The place of its first byte.
    pub first: u64,
    /// How many bytes; none means up to the end.
    pub length: Option<u64>,
}

/// An answer, as HTTP has it; a folder answers with 200 and 404.
pub struct Response {
    /// The status: 200, 206, 304, 404 and others.
    pub status: u16,
    /// Of a part: the place of its first byte, and the size of the whole file.
    pub range: Option<(u64, u64)>,
    /// What the server calls this version of the file.
    pub etag: Option<String>,
    /// The bytes, without any content encoding. At most as many as expected are read.
    pub body: Box<dyn io::Read>,
}

/// Asks a server, a folder or a test for files.
///
/// An implementation sends `Accept-Encoding: identity` and no `If-Range`. It follows no redirect: the maker names the
/// addresses. It gives up on an answer that stops coming: a [`io::Read`] that returns an error ends the request.
/// Nothing depends on where an answer comes from; every byte is compared with what was signed.
pub trait Transport {
    /// Asks for one file.
    ///
    /// # Errors
    ///
    /// What keeps it from getting an answer.
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error>;

    /// Called before a part of a file is asked for again because the answer broke off: waits, and says whether to try
    /// again. `tries` is how often in a row no byte came, from 1. By default there are three tries, without a wait.
    fn again(&mut self, tries: u32) -> bool {
        tries < 3
    }

    /// Another one that asks the same place at the same time as this one; none where that gains nothing.
    fn another(&self) -> Option<Box<dyn Transport + Send>> {
        None
    }
}

impl<T: Transport + ?Sized> Transport for &mut T {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        (**self).ask(request)
    }

    fn again(&mut self, tries: u32) -> bool {
        (**self).again(tries)
    }

    fn another(&self) -> Option<Box<dyn Transport + Send>> {
        (**self).another()
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        (**self).ask(request)
    }

    fn again(&mut self, tries: u32) -> bool {
        (**self).again(tries)
    }

    fn another(&self) -> Option<Box<dyn Transport + Send>> {
        (**self).another()
    }
}

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was received breaks a rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The repository does not have a file that it should have: it is withheld, or not there yet.
    #[error("{0} is missing")]
    Missing(String),
    /// The server goes on sending after the most that this file can have.
    #[error("{path} has more than {most} bytes")]
    TooLong {
        /// The file.
        path: String,
        /// How many bytes it may have.
        most: u64,
    },
    /// The server answers with something else, such as a redirect.
    #[error("the answer to {path} has the status {status}")]
    Unexpected {
        /// The file.
        path: String,
        /// The status of the answer.
        status: u16,
    },
    /// Nothing could be read.
    #[error("cannot read {path}: {cause}")]
    Unread {
        /// The file.
        path: String,
        /// Why.
        cause: io::Error,
    },
}

impl Error {
    /// The rule that was broken, if something was refused.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Error::Refused(refusal) => Some(refusal.rule),
            _ => None,
        }
    }

    pub(crate) fn unread(path: &str, cause: io::Error) -> Error {
        Error::Unread { path: path.to_string(), cause }
    }

    /// An error of the verifier about this file.
    pub(crate) fn of(path: &str, error: pkg_verify::Error) -> Error {
        match error {
            pkg_verify::Error::Refused(refusal) => Error::Refused(refusal),
            pkg_verify::Error::Io(cause) => Error::unread(path, cause),
            other => Error::unread(path, io::Error::new(other)),
        }
    }

    /// The same, where the refusal names the file: whoever asked for another one would not know which it was.
    pub(crate) fn naming(path: &str, error: pkg_verify::Error) -> Error {
        match Error::of(path, error) {
            Error::Refused(refusal) => Error::Refused(refusal.within(path)),
            other => other,
        }
    }

    fn status(path: &str, status: u16) -> Error {
        match status {
            404 | 410 => Error::Missing(path.to_string()),
            _ => Error::Unexpected { path: path.to_string(), status },
        }
    }
}

/// What comes of a request with an etag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whole {
    /// The file, and what the server calls it.
    File(Vec<u8>, Option<String>),
    /// The file is the one that the etag names.
    Unchanged,
}

/// Fetches a whole file of at most `most` bytes.
pub(crate) fn whole(
    transport: &mut dyn Transport,
    path: &str,
    etag: Option<&str>,
    most: u64,
) -> Result<Whole, Error> {
    let request = Request { path, range: None, etag };
    let response = transport.ask(&request).map_err(|cause| Error::unread(path, cause))?;
    match response.status {
        200 => Ok(Whole::File(bounded(response.body, path, most)?, response.etag)),
        // An answer to a question that was not asked is no answer.
        304 if etag.is_some() => Ok(Whole::Unchanged),
        status => Err(Error::status(path, status)),
    }
}

/// Fetches a whole file without an etag.
pub(crate) fn file(transport: &mut dyn Transport, path: &str, most: u64) -> Result<Vec<u8>, Error> {
    match whole(transport, path, None, most)? {
        Whole::File(bytes, _) => Ok(bytes),
        Whole::Unchanged => Err(Error::status(path, 304)),
    }
}

/// A part of a file that is open for reading, and the size of the whole file where the answer says it.
pub(crate) struct Part {
    pub(crate) body: Box<dyn io::Read>,
    pub(crate) size: Option<u64>,
}

/// Opens a part of a file, whose size is known or not. A server without ranges sends the file from its start; then the
/// bytes before the part are read and left out.
pub(crate) fn part(
    transport: &mut dyn Transport,
    path: &str,
    range: Range,
    size: Option<u64>,
) -> Result<Part, Error> {
    let first = range.first;
    let request = Request { path, range: Some(range), etag: None };
    let mut response = transport.ask(&request).map_err(|cause| Error::unread(path, cause))?;
    match (response.status, response.range) {
        (206, Some((at, of))) if at == first && size.is_none_or(|size| size == of) => {
            Ok(Part { body: response.body, size: Some(of) })
        }
        (206, found) => {
            let (at, of) = found.unwrap_or_default();
            let expected = size.map_or_else(String::new, |size| alloc::format!(" of {size}"));
            let why = alloc::format!("byte {at} of {of}, expected byte {first}{expected}");
            Err(Refusal::new(Rule::Rep9, why).into())
        }
        (200, _) => {
            response.body.skip(first).map_err(|cause| Error::unread(path, cause))?;
            Ok(Part { body: response.body, size })
        }
        // The file ends before this byte.
        (416, _) => Err(Refusal::new(Rule::Rep9, alloc::format!("the file ends before byte {first}")).into()),
        (status, _) => Err(Error::status(path, status)),
    }
}

/// How much is read at once.
const PIECE: usize = 4 << 10;

/// Reads to the end, and refuses to read more than `most` bytes. Memory grows as bytes arrive.
fn bounded(mut body: Box<dyn io::Read>, path: &str, most: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut piece = alloc::vec![0u8; PIECE];
    loop {
        let read = body.read(&mut piece).map_err(|cause| Error::unread(path, cause))?;
        match piece.get(..read) {
            Some([]) => return Ok(bytes),
            Some(new) => bytes.extend_from_slice(new),
            None => return Err(Error::unread(path, io::Error::new("more bytes than were asked for"))),
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(Error::TooLong { path: path.to_string(), most });
        }
    }
}

/// Reads exactly so many bytes, or fewer where the answer ends.
pub(crate) fn up_to(body: &mut dyn io::Read, path: &str, length: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut piece = alloc::vec![0u8; PIECE];
    let mut left = length;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let Some(room) = piece.get_mut(..most) else { break };
        let read = body.read(room).map_err(|cause| Error::unread(path, cause))?;
        match room.get(..read) {
            Some([]) => break,
            Some(new) => bytes.extend_from_slice(new),
            None => return Err(Error::unread(path, io::Error::new("more bytes than were asked for"))),
        }
        left = left.saturating_sub(u64::try_from(read).unwrap_or(left));
    }
    Ok(bytes)
}

/// The first byte and the size of the file, from a header such as `bytes 512-1023/9000`.
pub fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.parse().ok()?, size.parse().ok()?))
}
