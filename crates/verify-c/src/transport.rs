//! How the caller asks a repository for files.

use crate::error::c_text;
use crate::failure::{Failure, Outcome};
use crate::result::PKG_NULL_ARGUMENT;
use pkg_repository::{Request, Response, Transport, content_range};
use pkg_verify::io::Error;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A request for a file of a repository, or for a part of one.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_request {
    /// The path below the address of the repository, such as "products/acme/cam/stable/head".
    pub path: *const c_char,
    /// What to send as If-None-Match; NULL if the whole file is wanted in any case.
    pub etag: *const c_char,
    /// Whether only a part is wanted: then send `Range: bytes=FIRST-LAST`, or `bytes=FIRST-` if `length` is 0.
    pub is_part: bool,
    /// Of a part: the place of its first byte.
    pub first: u64,
    /// Of a part: how many bytes are wanted; 0 for all up to the end.
    pub length: u64,
}

/// The answer of a server. The library sets everything to 0 before it asks.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_response {
    /// The status of HTTP: 200, 206, 304, 404 and so on. A folder answers with 200 or 404.
    pub status: u32,
    /// The header ETag, as it came; NULL without one. It must last until the next callback.
    pub etag: *const c_char,
    /// The header Content-Range, such as "bytes 512-1023/9000", as it came; NULL without one. It must last as long as
    /// `etag`.
    pub content_range: *const c_char,
}

/// Asks a server, a folder or a test for the files of a repository. Initialise the whole structure with zeros before
/// you fill it.
///
/// Send `Accept-Encoding: identity` and no `If-Range`. Follow no redirect: the maker names the addresses. Give up on an
/// answer that stops coming. Nothing depends on where an answer comes from: the library compares every byte with what
/// was signed, and reads no more than a file can have.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_transport {
    /// Passed to the callbacks; may be NULL.
    pub user: *mut c_void,
    /// Sends `request` and waits for the head of the answer, which it writes to `response`. Returns 0, or anything else
    /// if there is no answer. It ends an earlier answer that was not read to its end.
    pub ask: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            request: *const pkg_request,
            response: *mut pkg_response,
        ) -> i32,
    >,
    /// Reads up to `size` bytes of the body of the last answer into `buffer`. Returns how many bytes it read, 0 at the
    /// end, and a negative number when the connection breaks or stops. It may return fewer bytes than it was asked for.
    pub read: Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut u8, size: usize) -> i64>,
    /// Called before a part of a package is asked for again because the answer broke off: waits, and returns whether to
    /// try again. `tries` is how often in a row no byte came, from 1. It may turn to another address. May be NULL: then
    /// there are three tries, without a wait.
    pub again: Option<unsafe extern "C" fn(user: *mut c_void, tries: u32) -> bool>,
}

/// Names of servers for versions of files are short; a longer one is not kept.
const ETAG: usize = 1 << 10;

/// A transport of the caller. The repository and the packages that were opened from it share it.
#[derive(Clone)]
pub(crate) struct Lent {
    transport: pkg_transport,
    /// How many answers there were: a body is read only as long as it is that of the last one.
    answers: Arc<AtomicU64>,
}

impl Lent {
    pub(crate) fn new(transport: pkg_transport) -> Outcome<Lent> {
        match (transport.ask, transport.read) {
            (Some(_), Some(_)) => Ok(Lent { transport, answers: Arc::default() }),
            _ => Err(Failure::new(PKG_NULL_ARGUMENT, "a callback of the transport is NULL")),
        }
    }
}

fn no(what: &str) -> Error {
    Error::new(format!("there is no callback {what}"))
}

/// A header that a callback wrote to its response.
unsafe fn header<'a>(pointer: *const c_char) -> Option<&'a str> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the callback gives NULL or text that ends with a zero byte and lasts until its next call.
    unsafe { CStr::from_ptr(pointer) }.to_str().ok()
}

impl Transport for Lent {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, Error> {
        let ask = self.transport.ask.ok_or_else(|| no("ask"))?;
        let (path, etag) = (c_text(request.path), request.etag.map(c_text));
        let asked = pkg_request {
            path: path.as_ptr(),
            etag: etag.as_ref().map_or(ptr::null(), |etag| etag.as_ptr()),
            is_part: request.range.is_some(),
            first: request.range.map_or(0, |range| range.first),
            length: request.range.and_then(|range| range.length).unwrap_or(0),
        };
        let mut answer = pkg_response { status: 0, etag: ptr::null(), content_range: ptr::null() };
        let number = self.answers.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // SAFETY: the callback gets its own `user`, a request and a place for the answer, all of which last longer.
        let code = unsafe { ask(self.transport.user, &asked, &mut answer) };
        if code != 0 {
            return Err(Error::new(format!("the callback ask failed: {code}")));
        }
        // SAFETY: these are what the callback wrote.
        let (etag, range) = unsafe { (header(answer.etag), header(answer.content_range)) };
        Ok(Response {
            status: u16::try_from(answer.status).unwrap_or(u16::MAX),
            range: range.and_then(content_range),
            etag: etag.filter(|etag| etag.len() <= ETAG).map(str::to_owned),
            body: Box::new(Body { of: self.clone(), number }),
        })
    }

    fn again(&mut self, tries: u32) -> bool {
        match self.transport.again {
            // SAFETY: the callback gets its own `user`.
            Some(again) => unsafe { again(self.transport.user, tries) },
            None => tries < 3,
        }
    }
}

/// The body of an answer, by its number.
struct Body {
    of: Lent,
    number: u64,
}

impl std::io::Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let pkg_transport { user, read, .. } = self.of.transport;
        let read = read.ok_or_else(|| std::io::Error::other("there is no callback read"))?;
        if self.of.answers.load(Ordering::Relaxed) != self.number {
            return Err(std::io::Error::other("another file was asked for meanwhile"));
        }
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        let count = unsafe { read(user, buffer.as_mut_ptr(), buffer.len()) };
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => Ok(count),
            Ok(_) => Err(std::io::Error::other("the callback read returned more than it was asked for")),
            Err(_) => Err(std::io::Error::other(format!("the callback read failed: {count}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_repository::Range;

    /// A server of one file, whose bytes are the last digit of their place.
    struct Server {
        at: u64,
        tries: u32,
    }

    unsafe extern "C" fn ask(
        user: *mut c_void,
        request: *const pkg_request,
        response: *mut pkg_response,
    ) -> i32 {
        // SAFETY: these are what the test and the library gave.
        let (server, request, response) = unsafe { (&mut *user.cast::<Server>(), &*request, &mut *response) };
        // SAFETY: a path of the library.
        assert_eq!(unsafe { CStr::from_ptr(request.path) }.to_str(), Ok("deltas/1/0"));
        assert_eq!((request.is_part, request.length), (true, 5));
        server.at = request.first;
        response.status = 206;
        response.content_range = c"bytes 7-11/100".as_ptr();
        response.etag = c"\"a\"".as_ptr();
        0
    }

    unsafe extern "C" fn read(user: *mut c_void, buffer: *mut u8, size: usize) -> i64 {
        // SAFETY: as above.
        let (server, buffer) =
            unsafe { (&mut *user.cast::<Server>(), std::slice::from_raw_parts_mut(buffer, size)) };
        for (place, byte) in (server.at..).zip(buffer.iter_mut()) {
            *byte = (place % 10) as u8;
        }
        server.at += size as u64;
        size as i64
    }

    unsafe extern "C" fn again(user: *mut c_void, tries: u32) -> bool {
        // SAFETY: as above.
        unsafe { &mut *user.cast::<Server>() }.tries = tries;
        tries < 9
    }

    #[test]
    fn an_answer_ends_where_the_next_request_begins() {
        let mut server = Server { at: 0, tries: 0 };
        let user = (&raw mut server).cast();
        let transport = pkg_transport { user, ask: Some(ask), read: Some(read), again: Some(again) };
        let Ok(mut lent) = Lent::new(transport) else { panic!("a transport") };
        let range = Some(Range { first: 7, length: Some(5) });
        let request = Request { path: "deltas/1/0", range, etag: None };
        let mut first = lent.ask(&request).unwrap();
        assert_eq!((first.status, first.range, first.etag.as_deref()), (206, Some((7, 100)), Some("\"a\"")));
        let mut buffer = [0; 2];
        assert_eq!((first.body.read(&mut buffer).unwrap(), buffer), (2, [7, 8]));
        // Another holder of the same transport asks.
        let mut second = lent.clone().ask(&request).unwrap();
        assert!(first.body.read(&mut buffer).is_err(), "these would be bytes of the other answer");
        assert_eq!((second.body.read(&mut buffer).unwrap(), buffer), (2, [7, 8]));
        assert!(lent.again(8) && !lent.again(9));
        assert_eq!(server.tries, 9);
    }
}
