//! A repository on a web server, to be read.

use super::authorities::Authorities;
use pkg_repository::{Request, Response, Transport, content_range};
use pkg_verify::io;
use std::time::Duration;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_RANGE, ETAG};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, Error, RequestBuilder, http};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);
/// How long the head of an answer may take, and each pause in it.
const ANSWER: Duration = Duration::from_secs(60);
/// How long a whole answer may take: 8 GiB at 100 kB a second.
const WHOLE: Duration = Duration::from_secs(24 * 3600);

/// Reads a repository over http or https. It follows no redirect and accepts no content encoding.
pub struct WebStore {
    agent: Agent,
    /// Without a slash at its end.
    base: String,
}

impl WebStore {
    /// The repository below this address. TLS trusts the authorities, or those that are built in.
    ///
    /// # Errors
    ///
    /// Why this is no address of a repository.
    pub fn new(base: &str, authorities: Option<Authorities>) -> Result<WebStore, String> {
        let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if host.is_empty() || base.contains(['?', '#']) || base.contains(char::is_whitespace) {
            return Err(format!("{base:?} is no address of a repository"));
        }
        Ok(WebStore { agent: agent(authorities), base: base.trim_end_matches('/').into() })
    }
}

/// What sends requests: no redirects, no encodings, and an end to waiting.
pub(super) fn agent(authorities: Option<Authorities>) -> Agent {
    Agent::config_builder()
        .tls_config(authorities.map(Authorities::config).unwrap_or_default())
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(ANSWER))
        .timeout_per_read(Some(ANSWER))
        .timeout_global(Some(WHOLE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("pkg/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Sends a request.
pub(super) fn send(
    mut call: RequestBuilder<WithoutBody>,
    request: &Request<'_>,
) -> Result<http::Response<Body>, Error> {
    if let Some(range) = request.range {
        let last = range.length.map(|n| range.first.saturating_add(n).saturating_sub(1).to_string());
        call = call.header("Range", format!("bytes={}-{}", range.first, last.unwrap_or_default()));
    }
    if let Some(etag) = request.etag {
        call = call.header("If-None-Match", etag);
    }
    call.call()
}

/// The answer to a request.
pub(super) fn response(answer: http::Response<Body>) -> Result<Response, io::Error> {
    let text = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    if text(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(io::Error::new("the server encodes the file although it was asked not to"));
    }
    let (range, etag) = (text(CONTENT_RANGE).as_deref().and_then(content_range), text(ETAG));
    let status = answer.status().as_u16();
    Ok(Response { status, range, etag, body: Box::new(answer.into_body().into_reader()) })
}

impl Transport for WebStore {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        let call = self.agent.get(format!("{}/{}", self.base, request.path));
        response(send(call, request).map_err(io::Error::new)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert!(WebStore::new("https://updates.acme.example/", None).is_ok());
        for wrong in ["https://", "ftp://a.example", "http://a.example/?x", "http://a b/"] {
            assert!(WebStore::new(wrong, None).is_err(), "{wrong}");
        }
    }
}
