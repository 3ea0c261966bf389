//! A repository in an object store with the S3 interface.
//!
//! Requests are signed addresses (SigV4). Such a signature covers the method, the path and the headers, not the body: the
//! canonical request says `UNSIGNED-PAYLOAD`. So the digest of the body is one of the signed headers,
//! `x-amz-checksum-sha256`, and a store that knows it refuses other bytes. The condition `If-None-Match: *` is signed,
//! too: nobody on the way can take it off.

mod answer;
mod body;
mod parts;
mod settings;

pub use answer::S3Error;
pub use settings::{PART, S3Credentials, S3Place, S3Settings};

use super::{Content, Created, Store};
use answer::{Done, Failure, done, passes, persist, silent};
use base64ct::{Base64, Encoding as _};
use body::{Part, expected};
use jiff::Timestamp;
use pkg_format::Digest;
use pkg_repository::http::{Client, PATIENCE};
use pkg_repository::{Request, Response, Transport};
use pkg_verify::io as verify_io;
use rusty_s3::{Bucket, S3Action};
use std::io;
use std::time::{Duration, SystemTime};
use ureq::SendBody;

/// How long a signature is valid. Clocks may differ by 15 minutes.
const VALID: Duration = Duration::from_secs(900);
/// How long a store may take nothing of what is sent.
const STALLED: Duration = Duration::from_secs(60);
/// How long sending a file or a part may take: 64 MiB at 37 kB a second.
const SEND: Duration = Duration::from_secs(1_800);
/// Of files up to this size nobody asks first whether they are there: sending them takes no longer.
const ASK: u64 = 64 << 10;
/// Everything but the head never changes.
const IMMUTABLE: &str = "max-age=31536000, immutable, no-transform";
/// The head changes, and caches are to see it soon.
const CHANGES: &str = "max-age=60, no-transform";

/// Reads and writes a repository in an object store.
#[derive(Clone)]
pub struct S3Store {
    settings: S3Settings,
    bucket: Bucket,
    client: Client,
    /// The store was seen to refuse to create a file that is there.
    proved: bool,
}

/// A header with its value.
type Header = (&'static str, String);

impl S3Store {
    /// The repository at this place.
    ///
    /// # Errors
    ///
    /// Why region or endpoint are none.
    pub fn new(mut settings: S3Settings) -> Result<S3Store, String> {
        let (bucket, authorities) = (settings.bucket()?, settings.authorities.take());
        Ok(S3Store { settings, bucket, client: Client::new(PATIENCE, authorities.as_ref()), proved: false })
    }

    /// The signed address for an action.
    fn signed<'a>(&self, mut action: impl S3Action<'a>, headers: &[Header]) -> Result<String, Failure> {
        for (name, value) in headers {
            action.headers_mut().insert(*name, value.clone());
        }
        Ok(action.sign_with_time(VALID, &self.now()?).into())
    }

    fn now(&self) -> Result<Timestamp, Failure> {
        let now = SystemTime::UNIX_EPOCH.checked_add((self.settings.clock)());
        let now = now.and_then(|now| Timestamp::try_from(now).ok());
        now.ok_or_else(|| Failure::Final(io::Error::other("the clock has no date")))
    }

    /// Sends a part of a content to a signed address.
    fn send(&self, url: &str, headers: &[Header], mut part: Part<'_>, length: u64) -> Result<Done, Failure> {
        let call = self.client.agent().put(url).header("content-length", length.to_string());
        let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, value));
        let call = call.config().timeout_per_write(Some(STALLED)).timeout_send_body(Some(SEND)).build();
        let answer = call.send(SendBody::from_reader(&mut part));
        match part.failed.take() {
            Some(error) => Err(Failure::Final(error)),
            None => done(answer),
        }
    }

    /// Writes a file with one request.
    fn put(&self, path: &str, content: &Content<'_>, create: bool) -> Result<Done, Failure> {
        let (size, digest) = (content.size().map_err(Failure::Final)?, expected(content));
        let mut headers = vec![
            ("cache-control", if create { IMMUTABLE } else { CHANGES }.to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("x-amz-checksum-sha256", checksum(&digest)),
        ];
        if create {
            headers.push(("if-none-match", "*".to_owned()));
        }
        let key = self.settings.place.key(path);
        let action = self.bucket.put_object(Some(&self.settings.credentials.0), &key);
        let url = self.signed(action, &headers)?;
        match self.send(&url, &headers, Part::new(content, 0, size, digest), size) {
            Err(Failure::Final(error)) if create && is_unknown(&error) => {
                Err(Failure::Final(io::Error::new(io::ErrorKind::Unsupported, error)))
            }
            done => done,
        }
    }

    fn get(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let key = self.settings.place.key(request.path);
        let action = self.bucket.get_object(Some(&self.settings.credentials.0), &key);
        let url = self.signed(action, &[])?;
        let answer = self.client.send(&url, request).map_err(|error| Failure::Passing(silent(&error)))?;
        match passes(answer.status().as_u16(), None) {
            true => Err(Failure::Passing(S3Error::Answer { status: answer.status().as_u16(), code: None })),
            false => {
                let response = self.client.response(answer);
                response.map_err(|error| Failure::Final(io::Error::other(error.to_string())))
            }
        }
    }

    fn is_there(&self, path: &str) -> Result<bool, Failure> {
        let key = self.settings.place.key(path);
        let action = self.bucket.head_object(Some(&self.settings.credentials.0), &key);
        let url = self.signed(action, &[])?;
        let answer =
            self.client.agent().head(url).call().map_err(|error| Failure::Passing(silent(&error)))?;
        match answer.status().as_u16() {
            200 => Ok(true),
            404 => Ok(false),
            status => {
                let error = S3Error::Answer { status, code: None };
                Err(if passes(status, None) { Failure::Passing(error) } else { error.into() })
            }
        }
    }
}

/// Whether the store says that it does not know a header: that which creates a file only where there is none.
fn is_unknown(error: &io::Error) -> bool {
    matches!(S3Error::from_io(error), Some(S3Error::Answer { status: 501, .. }))
}

/// A digest as the header has it.
fn checksum(digest: &Digest) -> String {
    Base64::encode_string(&digest.0)
}

impl Store for S3Store {
    fn create(&mut self, path: &str, content: &Content<'_>) -> io::Result<Created> {
        let size = content.size()?;
        let done = if size > self.settings.part {
            parts::create(self, path, content, size)?
        } else {
            persist(self.settings.clock, || {
                // Nobody sends a large file only to hear that it is there; a first attempt may have succeeded, too.
                match size > ASK && self.is_there(path)? {
                    true => Ok(Created::There),
                    false => self.put(path, content, true).map(|done| created(&done)),
                }
            })?
        };
        // What was asked for before it was sent proves nothing.
        self.proved |= done == Created::There && size <= ASK;
        Ok(done)
    }

    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        persist(self.settings.clock, || self.put(path, &Content::Bytes(bytes), false).map(drop))
    }

    fn needs_proof(&self) -> bool {
        !self.proved
    }

    fn name(&self) -> String {
        self.settings.place.to_string()
    }
}

fn created(done: &Done) -> Created {
    if done.there { Created::There } else { Created::New }
}

impl Transport for S3Store {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, verify_io::Error> {
        persist(self.settings.clock, || self.get(request)).map_err(verify_io::Error::from)
    }

    fn another(&self) -> Option<Box<dyn Transport + Send>> {
        Some(Box::new(self.clone()))
    }
}
