//! Object stores with the S3 interface: where they are and who asks, as everybody's tools read it from the environment.

use crate::environment::{authorities, variable};
use crate::hint as hints;
use crate::out::{Failure, Outcome, escape};
use pkg_publish::S3Error;
use pkg_publish::{PART, S3Credentials, S3Place, S3Settings, S3Store};
use std::time::{Duration, SystemTime};

/// A place in an object store, on the command line.
pub(crate) fn place(text: &str) -> Result<S3Place, String> {
    S3Place::parse(text)
}

/// Opens a place with what the environment says.
pub(crate) fn open(place: &S3Place) -> Outcome<S3Store> {
    let (Some(key), Some(secret)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) else {
        return Err(Failure::cannot(format!("there are no credentials for {place}"))
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a profile of the aws tool sets them with: eval \"$(aws configure export-credentials --format env)\""));
    };
    let endpoint = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = match (region, &endpoint) {
        (Some(region), _) => region,
        // Stores of others have one region, and most call it so.
        (None, Some(_)) => "us-east-1".into(),
        (None, None) => {
            return Err(Failure::cannot(format!("nothing says in which region {place} is"))
                .hint("set AWS_REGION, or AWS_ENDPOINT_URL for a store that is not the one of AWS"));
        }
    };
    let settings = S3Settings {
        place: place.clone(),
        region,
        endpoint,
        authorities: authorities(&["AWS_CA_BUNDLE", "SSL_CERT_FILE"])?,
        credentials: S3Credentials::new(&key, &secret, variable("AWS_SESSION_TOKEN").as_deref()),
        clock,
        part: PART,
    };
    S3Store::new(settings).map_err(|why| {
        Failure::cannot(escape(&why))
            .hint("check AWS_ENDPOINT_URL, such as https://minio.example:9000, and AWS_REGION")
    })
}

fn clock() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// A file that could not be written: what a store answers needs another hint than what a disk does.
pub(crate) fn unwritten(path: &str, error: &std::io::Error) -> Option<Failure> {
    let told = S3Error::from_io(error)?;
    let (status, code) = match told {
        S3Error::Answer { status, code } => (*status, code.as_deref().unwrap_or_default()),
        _ => (0, ""),
    };
    Some(
        Failure::cannot(format!("cannot write {}: {}", escape(path), escape(&told.to_string())))
            .hint(hints::answer(status, code)),
    )
}
