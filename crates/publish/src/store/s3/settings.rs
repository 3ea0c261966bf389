//! Where an object store is, and who asks it.

use pkg_repository::http::Authorities;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use std::fmt;
use std::time::Duration;

/// Files above this size are sent in parts of it. A connection that breaks costs at most one part. Stores want at least
/// 5 MiB, and at most 10,000 parts: 640 GB.
pub const PART: u64 = 64 << 20;

/// A bucket and a prefix in it: `s3://BUCKET/PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    bucket: String,
    /// Without slashes at its ends; may be empty.
    prefix: String,
}

impl S3Place {
    /// Parses `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    ///
    /// Why this is no such place.
    pub fn parse(text: &str) -> Result<S3Place, String> {
        let rest = text.strip_prefix("s3://").ok_or("expected s3://BUCKET/PREFIX")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(is_name) || !starts_well(bucket) {
            return Err(format!("{bucket:?} is no name of a bucket"));
        }
        let is_segment = |segment: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !matches!(segment, "" | "." | "..") && segment.chars().all(is_plain)
        };
        if !prefix.is_empty() && (prefix.len() > 512 || !prefix.split('/').all(is_segment)) {
            return Err(format!("{prefix:?}: a prefix has letters, digits, and . - _ between slashes"));
        }
        Ok(S3Place { bucket: bucket.into(), prefix: prefix.into() })
    }

    /// The name of an object.
    pub(super) fn key(&self, path: &str) -> String {
        match self.prefix.as_str() {
            "" => path.into(),
            prefix => format!("{prefix}/{path}"),
        }
    }
}

fn starts_well(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
}

impl fmt::Display for S3Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix.as_str() {
            "" => write!(f, "s3://{}", self.bucket),
            prefix => write!(f, "s3://{}/{prefix}", self.bucket),
        }
    }
}

/// What a store asks for: a key and its secret, and a token where they are temporary.
#[derive(Clone)]
pub struct S3Credentials(pub(super) Credentials);

impl S3Credentials {
    /// A key with its secret.
    pub fn new(key: &str, secret: &str, token: Option<&str>) -> S3Credentials {
        S3Credentials(match token {
            None => Credentials::new(key, secret),
            Some(token) => Credentials::new_with_token(key, secret, token),
        })
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Credentials")
    }
}

/// Where an object store is, and who asks it.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// The bucket and the prefix.
    pub place: S3Place,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The address of a store that is not the one of AWS. The bucket is then in the path, not in the name of the host.
    pub endpoint: Option<String>,
    /// Whom TLS trusts, in place of the authorities that are built in.
    pub authorities: Option<Authorities>,
    /// Who asks.
    pub credentials: S3Credentials,
    /// The time since 1970, for signatures.
    pub clock: fn() -> Duration,
    /// Files above this size are sent in parts of it: [`PART`].
    pub part: u64,
}

impl S3Settings {
    pub(super) fn bucket(&self) -> Result<Bucket, String> {
        let is_region = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.region.is_empty() || !self.region.chars().all(is_region) {
            return Err(format!("{:?} is no region", self.region));
        }
        // A name with a dot is no single label, and no certificate of AWS fits it.
        let style = match self.endpoint.is_some() || self.place.bucket.contains('.') {
            true => UrlStyle::Path,
            false => UrlStyle::VirtualHost,
        };
        let of_aws = || format!("https://s3.{}.amazonaws.com", self.region);
        let endpoint = self.endpoint.clone().unwrap_or_else(of_aws);
        let wrong = || format!("{endpoint:?} is no address of an object store");
        let url = endpoint.parse().map_err(|_| wrong())?;
        Bucket::new(url, style, self.place.bucket.clone(), self.region.clone()).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let place = S3Place::parse("s3://acme-updates/a/b/").unwrap();
        assert_eq!(
            (place.to_string().as_str(), place.key("head").as_str()),
            ("s3://acme-updates/a/b", "a/b/head")
        );
        assert_eq!(S3Place::parse("s3://acme-updates").unwrap().key("head"), "head");
        for wrong in [
            "acme",
            "s3://",
            "s3://ab",
            "s3://Acme",
            "s3://-acme",
            "s3://a@b.example",
            "s3://acme//x",
            "s3://acme/../x",
            "s3://acme/a b",
            "s3://acme?x",
            "s3://acme/x?y",
            "s3://acme/%2e",
        ] {
            assert!(S3Place::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        let settings = |bucket: &str, endpoint: Option<&str>| S3Settings {
            place: S3Place::parse(&format!("s3://{bucket}")).unwrap(),
            region: "eu-central-1".into(),
            endpoint: endpoint.map(str::to_owned),
            authorities: None,
            credentials: S3Credentials::new("key", "secret", None),
            clock: Duration::default,
            part: PART,
        };
        let base = |bucket, endpoint| settings(bucket, endpoint).bucket().map(|b| b.base_url().to_string());
        assert_eq!(base("acme", None).unwrap(), "https://acme.s3.eu-central-1.amazonaws.com/");
        assert_eq!(
            base("acme.updates", None).unwrap(),
            "https://s3.eu-central-1.amazonaws.com/acme.updates/"
        );
        assert_eq!(base("acme", Some("http://localhost:9000")).unwrap(), "http://localhost:9000/acme/");
        for wrong in ["localhost:9000", "ftp://a.example", ""] {
            assert!(base("acme", Some(wrong)).is_err(), "{wrong}");
        }
        assert!(S3Settings { region: "a/b".into(), ..settings("acme", None) }.bucket().is_err());
        assert!(!format!("{:?}", settings("acme", None)).contains("secret"));
    }
}
