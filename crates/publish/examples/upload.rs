//! Uploads files to an object store and does nothing else: what `bench/publish` compares `pkg publish` with.
//!
//! `upload s3://BUCKET/PREFIX FILE...` with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL. It prints the
//! seconds that the uploads took.

use pkg_format::Digest;
use pkg_publish::{Content, PART, S3Credentials, S3Place, S3Settings, S3Store, Store as _};
use std::error::Error;
use std::fs::File;
use std::time::{Instant, SystemTime};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let place = S3Place::parse(&args.next().ok_or("no place")?)?;
    let variable = |name| std::env::var(name);
    let mut store = S3Store::new(S3Settings {
        place,
        region: "us-east-1".into(),
        endpoint: Some(variable("AWS_ENDPOINT_URL")?),
        authorities: None,
        credentials: S3Credentials::new(
            &variable("AWS_ACCESS_KEY_ID")?,
            &variable("AWS_SECRET_ACCESS_KEY")?,
            None,
        ),
        clock: || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
        part: PART,
    })?;
    let mut files = Vec::new();
    for path in args {
        let digest = Digest::of(&std::fs::read(&path)?);
        files.push((File::open(&path)?, digest));
    }
    let start = Instant::now();
    for (file, digest) in &files {
        store.create(&format!("packages/{digest}"), &Content::File(file, *digest))?;
    }
    println!("{:.2}", start.elapsed().as_secs_f64());
    Ok(())
}
