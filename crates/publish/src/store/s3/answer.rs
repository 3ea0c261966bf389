//! What a store answers, what that means, and what is tried again.

use std::io;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Body, Error};

/// Why an object store did not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum S3Error {
    /// It refuses.
    #[error("the store answers with {status}{}", code.as_deref().map(|code| format!(" {code}")).unwrap_or_default())]
    Answer {
        /// The status of HTTP.
        status: u16,
        /// What the store calls it, such as `AccessDenied`.
        code: Option<String>,
    },
    /// It does not answer.
    #[error("the store does not answer: {0}")]
    Silent(String),
    /// It answers with something else than the S3 interface does.
    #[error("this is no answer of an object store: {0}")]
    Foreign(&'static str),
}

impl S3Error {
    /// The error that an [`io::Error`] of a store stands for.
    pub fn from_io(error: &io::Error) -> Option<&S3Error> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<S3Error> for io::Error {
    fn from(error: S3Error) -> io::Error {
        io::Error::other(error)
    }
}

/// Why an attempt failed.
pub(super) enum Failure {
    /// Another attempt may succeed.
    Passing(S3Error),
    /// None will.
    Final(io::Error),
}

impl From<S3Error> for Failure {
    fn from(error: S3Error) -> Failure {
        Failure::Final(error.into())
    }
}

/// The most that is read of an answer that explains something.
const EXPLANATION: u64 = 64 << 10;

/// The result of a request that writes.
pub(super) struct Done {
    /// Something has the path already.
    pub(super) there: bool,
    pub(super) etag: Option<String>,
    pub(super) text: String,
}

/// Reads the answer to a request that writes.
pub(super) fn done(answer: Result<Response<Body>, Error>) -> Result<Done, Failure> {
    let mut answer = answer.map_err(|error| Failure::Passing(silent(&error)))?;
    let status = answer.status().as_u16();
    let etag = answer.headers().get("etag").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let text = answer.body_mut().with_config().limit(EXPLANATION).read_to_string();
    // A status stands on its own, but what completes several parts is known by its text only.
    let text = match (text, status) {
        (Ok(text), _) => text,
        (Err(error), 200) => return Err(Failure::Passing(silent(&error))),
        (Err(_), _) => String::new(),
    };
    let code = element(&text, "Code")
        .filter(|code| code.bytes().all(|b| b.is_ascii_alphanumeric()) && code.len() < 64);
    match (status, code) {
        (200..=299, None) => Ok(Done { there: false, etag, text }),
        (412, _) => Ok(Done { there: true, etag, text }),
        (200..=299, Some("PreconditionFailed")) => Ok(Done { there: true, etag, text }),
        // Completing an upload takes so long that the status comes first.
        (200..=299, Some(code)) => {
            Err(Failure::Passing(S3Error::Answer { status, code: Some(code.to_owned()) }))
        }
        (status, code) => {
            let error = S3Error::Answer { status, code: code.map(str::to_owned) };
            Err(if passes(status, code) { Failure::Passing(error) } else { error.into() })
        }
    }
}

/// Whether an answer may be another one soon. 409: another request for the same object was under way.
pub(super) fn passes(status: u16, code: Option<&str>) -> bool {
    matches!(status, 409 | 429 | 500 | 502 | 503 | 504) || code == Some("RequestTimeout")
}

/// An error of the connection, without addresses: they hold the signature of a request.
pub(super) fn silent(error: &Error) -> S3Error {
    let text = error.to_string();
    S3Error::Silent(if text.contains("X-Amz-") { "the request failed".into() } else { text })
}

/// The text of the first element of a name.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(text, _)| text)
}

/// How often something is tried, over about ten seconds.
const TRIES: u32 = 8;
/// How long the first pause is; each one is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(80);

/// Tries until the store decides.
pub(super) fn persist<T>(
    clock: fn() -> Duration,
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> io::Result<T> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(_)) => {}
        }
        // Those who met are not to meet again: the clock tells their pauses apart.
        let apart = clock().subsec_nanos() % 1_000;
        std::thread::sleep(
            pause.saturating_add(pause.saturating_mul(apart).checked_div(2_000).unwrap_or_default()),
        );
        pause = pause.saturating_mul(2);
    }
    attempt().map_err(|failure| match failure {
        Failure::Final(error) => error,
        Failure::Passing(error) => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_what_passes() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>x</Message></Error>";
        assert_eq!((element(xml, "Code"), element(xml, "UploadId")), (Some("SlowDown"), None));
        assert_eq!(element("<Code>x", "Code"), None);
        assert!(passes(503, None) && passes(409, None) && passes(400, Some("RequestTimeout")));
        assert!(!passes(403, Some("AccessDenied")) && !passes(404, None) && !passes(301, None));
        // A signature never reaches a message.
        let error = Error::BadUri("https://a.example/x?X-Amz-Signature=12".into());
        assert_eq!(silent(&error), S3Error::Silent("the request failed".into()));
    }
}
