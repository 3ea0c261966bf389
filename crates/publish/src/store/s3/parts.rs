//! A large file in parts: each is tried again on its own, and the last request creates the file.

use super::answer::{Done, Failure, S3Error, done, element, persist};
use super::body::{Part, digest};
use super::{Header, IMMUTABLE, S3Store, VALID, checksum, created};
use crate::store::{Content, Created};
use pkg_sha256::Hasher;
use rusty_s3::Method;
use rusty_s3::signing::sign;
use std::fmt::Write as _;
use std::io;

/// How often all of it is tried: an upload may be gone when it is to be completed.
const UPLOADS: u32 = 2;

/// A part that the store has.
struct Sent {
    etag: String,
    checksum: String,
}

pub(super) fn create(store: &S3Store, path: &str, content: &Content<'_>, size: u64) -> io::Result<Created> {
    for _ in 0..UPLOADS {
        if persist(store.settings.clock, || store.is_there(path))? {
            return Ok(Created::There);
        }
        let id = persist(store.settings.clock, || start(store, path))?;
        let sent = send(store, path, content, size, &id).and_then(|parts| complete(store, path, &id, &parts));
        match sent {
            Ok(Some(created)) => return Ok(created),
            // Nobody knows the upload: it was completed, and its answer got lost; or it was removed.
            Ok(None) => {}
            Err(error) => {
                // The parts cost money until they are removed. That it fails changes nothing.
                let _ = abort(store, path, &id);
                return Err(error);
            }
        }
    }
    Err(S3Error::Foreign("it forgets uploads").into())
}

/// A request that is no action of `rusty_s3`, or an action with a body.
fn post(
    store: &S3Store,
    path: &str,
    query: &[(&str, &str)],
    headers: &[Header],
    body: &str,
) -> Result<Done, Failure> {
    let url = address(store, path, Method::Post, query, headers)?;
    let call = store.client.agent().post(&url).header("content-length", body.len().to_string());
    let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, value));
    done(call.send(body.as_bytes()))
}

fn address(
    store: &S3Store,
    path: &str,
    method: Method,
    query: &[(&str, &str)],
    headers: &[Header],
) -> Result<String, Failure> {
    let (settings, credentials) = (&store.settings, &store.settings.credentials.0);
    let url = store.bucket.object_url(&settings.place.key(path));
    let (key, secret, token) = (credentials.key(), credentials.secret(), credentials.token());
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let query = query.iter().copied();
    Ok(sign(
        &store.now()?,
        method,
        url,
        key,
        secret,
        token,
        &settings.region,
        VALID.as_secs(),
        query,
        headers,
    )
    .into())
}

/// Starts an upload and returns its id.
fn start(store: &S3Store, path: &str) -> Result<String, Failure> {
    let headers = [
        ("cache-control", IMMUTABLE.to_owned()),
        ("content-type", "application/octet-stream".to_owned()),
        ("x-amz-checksum-algorithm", "SHA256".to_owned()),
    ];
    let done = post(store, path, &[("uploads", "")], &headers, "")?;
    let id = element(&done.text, "UploadId").filter(|id| !id.is_empty() && id.len() < 1_024);
    Ok(id.ok_or(S3Error::Foreign("no UploadId"))?.replace("&amp;", "&"))
}

/// Sends every part. None of them counts before the whole has the digest that it should have.
fn send(store: &S3Store, path: &str, content: &Content<'_>, size: u64, id: &str) -> io::Result<Vec<Sent>> {
    let (key, credentials) = (store.settings.place.key(path), &store.settings.credentials.0);
    let (mut parts, mut whole, mut at) = (Vec::new(), Hasher::new(), 0u64);
    while at < size {
        let length = store.settings.part.min(size.saturating_sub(at));
        let digest = digest(content, at, length, &mut whole)?;
        let number = u16::try_from(parts.len().saturating_add(1)).map_err(io::Error::other)?;
        let headers = [("x-amz-checksum-sha256", checksum(&digest))];
        let done = persist(store.settings.clock, || {
            let action = store.bucket.upload_part(Some(credentials), &key, number, id);
            let url = store.signed(action, &headers)?;
            store.send(&url, &headers, Part::new(content, at, length, digest), length)
        })?;
        // It goes into XML as it is.
        let is_plain = |etag: &String| {
            etag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'"' | b'-' | b'_'))
        };
        let etag = done.etag.filter(is_plain).ok_or(S3Error::Foreign("no ETag of a part"))?;
        parts.push(Sent { etag, checksum: checksum(&digest) });
        at = at.saturating_add(length);
    }
    if whole.finish() != super::expected(content).0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file changed while it was sent"));
    }
    Ok(parts)
}

/// Makes a file of the parts. None: the store does not know the upload.
fn complete(store: &S3Store, path: &str, id: &str, parts: &[Sent]) -> io::Result<Option<Created>> {
    let mut body =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, Sent { etag, checksum }) in (1u16..).zip(parts) {
        let part = format!(
            "<PartNumber>{number}</PartNumber><ETag>{etag}</ETag><ChecksumSHA256>{checksum}</ChecksumSHA256>"
        );
        // Writing to a string does not fail.
        let _ = write!(body, "<Part>{part}</Part>");
    }
    body.push_str("</CompleteMultipartUpload>");
    let headers = [("if-none-match", "*".to_owned())];
    persist(store.settings.clock, || match post(store, path, &[("uploadId", id)], &headers, &body) {
        Ok(done) => Ok(Some(created(&done))),
        Err(Failure::Final(error)) if is_unknown(&error) => Ok(None),
        Err(failure) => Err(failure),
    })
}

fn is_unknown(error: &io::Error) -> bool {
    matches!(S3Error::from_io(error), Some(S3Error::Answer { status: 404, code: Some(code) }) if code == "NoSuchUpload")
}

fn abort(store: &S3Store, path: &str, id: &str) -> Result<(), Failure> {
    let url = address(store, path, Method::Delete, &[("uploadId", id)], &[])?;
    done(store.client.agent().delete(&url).call()).map(drop)
}
