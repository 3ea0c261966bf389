//! A repository on a web server.

mod authorities;

pub use authorities::Authorities;

use crate::transport::{Range, Request, Response, Transport, content_range};
use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use core::time::Duration;
use pkg_verify::io;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Instant;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_RANGE, ETAG};
use ureq::{Agent, Body, http};

/// How long an answer may stop coming, unless the caller says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a whole answer may take: 8 GiB at 100 kB a second.
const WHOLE: Duration = Duration::from_secs(24 * 3600);
/// Files and parts of at most so many bytes are statements or pages. They may take a few times as long as one pause:
/// who sends them byte by byte keeps nobody waiting.
const SMALL: u64 = 4 << 20;
/// How often in a row it is tried again without a byte having come.
const TRIES: u32 = 5;

/// A whole answer must bring so many bytes in a few times the patience; one that brings fewer has stopped.
const LEAST: u64 = 4 << 10;

/// Sends requests: it follows no redirect, accepts no content encoding, and waits for nobody for ever.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    patience: Duration,
}

impl Client {
    /// A client that gives up on an answer that stops coming for so long. TLS trusts the authorities, or those that are
    /// built in.
    pub fn new(patience: Duration, authorities: Option<&Authorities>) -> Client {
        let agent = Agent::config_builder()
            .tls_config(authorities.map(Authorities::config).unwrap_or_default())
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            .timeout_global(Some(WHOLE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .accept_encoding("identity")
            .user_agent(concat!("pkg/", env!("CARGO_PKG_VERSION")))
            .build();
        Client { agent: agent.into(), patience }
    }

    /// What sends other requests than those for files.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Asks for the file at an address.
    ///
    /// # Errors
    ///
    /// There is no connection, or no answer.
    pub fn send(&self, url: &str, request: &Request<'_>) -> Result<http::Response<Body>, ureq::Error> {
        let mut call = self.agent.get(url);
        if let Some(range) = request.range {
            let last = range.length.map(|n| range.first.saturating_add(n).saturating_sub(1).to_string());
            call = call.header("Range", format!("bytes={}-{}", range.first, last.unwrap_or_default()));
        }
        if let Some(etag) = request.etag {
            call = call.header("If-None-Match", etag);
        }
        let most = whole(request.range, self.patience);
        call.config().timeout_global(Some(most)).build().call()
    }

    /// The answer to a request for a file.
    ///
    /// # Errors
    ///
    /// The answer is encoded.
    pub fn response(&self, answer: http::Response<Body>) -> Result<Response, io::Error> {
        let text = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        if text(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(io::Error::new("the server encodes the file although it was asked not to"));
        }
        let (range, etag) = (text(CONTENT_RANGE).as_deref().and_then(content_range), text(ETAG));
        let status = answer.status().as_u16();
        let (body, patience) = (answer.into_body().into_reader(), self.patience);
        let body = Box::new(Paced { body, waited: Duration::ZERO, bytes: 0, patience });
        Ok(Response { status, range, etag, body })
    }
}

/// How long a whole answer may take.
fn whole(range: Option<Range>, patience: Duration) -> Duration {
    let length = range.map_or(Some(0), |range| range.length);
    match length.is_some_and(|length| length <= SMALL) {
        true => patience.saturating_mul(4),
        false => WHOLE,
    }
}

/// Reads a repository over http or https.
#[derive(Clone)]
pub struct Web {
    client: Client,
    /// Without a slash at its end.
    base: String,
    authorities: Option<Authorities>,
}

impl Web {
    /// The repository below this address.
    ///
    /// # Errors
    ///
    /// Why this is no address of a repository.
    pub fn new(base: &str) -> Result<Web, String> {
        let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if host.is_empty() || base.contains(['?', '#']) || base.contains(char::is_whitespace) {
            return Err(format!("{base:?} is no address of a repository"));
        }
        let client = Client::new(PATIENCE, None);
        Ok(Web { client, base: base.trim_end_matches('/').into(), authorities: None })
    }

    /// The same, where an answer that stops coming for so long is given up on.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Web {
        Web { client: Client::new(patience, self.authorities.as_ref()), ..self }
    }

    /// The same, where TLS trusts these authorities in place of those that are built in.
    #[must_use]
    pub fn with_authorities(self, authorities: Authorities) -> Web {
        let client = Client::new(self.client.patience, Some(&authorities));
        Web { client, authorities: Some(authorities), ..self }
    }
}

/// The host of an address, with its port, without a name and a password before it.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

impl Transport for Web {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        let url = format!("{}/{}", self.base, request.path);
        // Whoever follows several addresses is told which one does not answer.
        let answer = self.client.send(&url, request);
        self.client
            .response(answer.map_err(|error| io::Error::new(format!("{}: {error}", host(&self.base))))?)
    }

    fn another(&self) -> Option<Box<dyn Transport + Send>> {
        Some(Box::new(self.clone()))
    }

    /// Waits longer each time: after a few seconds of patience at most, and never all devices at once.
    fn again(&mut self, tries: u32) -> bool {
        if tries >= TRIES {
            return false;
        }
        let most = self
            .client
            .patience
            .checked_div(300)
            .unwrap_or_default()
            .saturating_mul(4u32.saturating_pow(tries));
        let chance = u32::try_from(RandomState::new().build_hasher().finish() & 0xff).unwrap_or(0);
        std::thread::sleep(most.saturating_mul(chance).checked_div(256).unwrap_or_default());
        true
    }
}

/// A body that is given up on where it comes byte by byte.
struct Paced<R> {
    body: R,
    /// How long it was waited for the last bytes, and how many came.
    waited: Duration,
    bytes: u64,
    patience: Duration,
}

impl<R: std::io::Read> std::io::Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let asked = Instant::now();
        let read = self.body.read(buffer)?;
        // Only waiting counts: whoever writes to a slow disk in between does not ask.
        self.waited = self.waited.saturating_add(asked.elapsed());
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if self.bytes >= LEAST {
            (self.waited, self.bytes) = (Duration::ZERO, 0);
        }
        match self.waited > self.patience.saturating_mul(4) {
            true => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "the answer comes too slowly")),
            false => Ok(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_addresses() {
        assert_eq!(content_range("bytes 512-1023/9000"), Some((512, 9_000)));
        for wrong in ["bytes */9000", "bytes 0-9/*", "0-9/10", "bytes 0-9", "lines 0-9/10"] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
        assert!(Web::new("https://updates.acme.example/").is_ok());
        assert_eq!(host("https://me:secret@a.example:8443/r"), "a.example:8443");
        for wrong in ["https://", "ftp://a.example", "http://a.example/?x", "http://a b/"] {
            assert!(Web::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_comes_byte_by_byte_is_given_up_on() {
        use std::io::Read as _;
        struct Slow(u64);
        impl std::io::Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                std::thread::sleep(Duration::from_millis(self.0));
                Ok(buffer.len())
            }
        }
        let read = |pause, piece: usize| {
            let (body, patience) = (Slow(pause), Duration::from_millis(5));
            let mut body = Paced { body, waited: Duration::ZERO, bytes: 0, patience };
            (0..40).try_for_each(|_| body.read(&mut std::vec![0; piece]).map(drop))
        };
        assert!(read(2, 1).is_err());
        assert!(read(1, 4 << 10).is_ok());
    }

    #[test]
    fn what_is_small_may_not_take_for_ever() {
        let patience = Duration::from_secs(1);
        let range = |length| Some(Range { first: 9, length });
        assert_eq!(whole(None, patience), patience * 4);
        assert_eq!(whole(range(Some(SMALL)), patience), patience * 4);
        assert_eq!(whole(range(Some(SMALL + 1)), patience), WHOLE);
        assert_eq!(whole(range(None), patience), WHOLE);
    }
}
