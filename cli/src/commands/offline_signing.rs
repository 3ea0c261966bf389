//! Offline signing: writes the bytes to sign and a description of them for another machine, and attaches the
//! signature that comes back.

use crate::inputs::small_file;
use crate::out::{Failure, Outcome, Status, note, shown};
use crate::request::Request;
use base64ct::{Base64, Encoding as _};
use pkg_builder::keys::{attached, message, read_public};
use pkg_files::{Rights, create_new};
use pkg_format::cose::{Signature, StatementKind};
use pkg_verify::PublicKey;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct ElsewhereArgs {
    /// For offline signing: write the bytes to sign to FILE, and a description of them to FILE.txt
    #[arg(long, value_name = "FILE", requires = "public", conflicts_with = "attach")]
    request: Option<PathBuf>,
    /// Attach a signature that was made offline: raw, hex or base64
    #[arg(long, value_name = "FILE", requires = "public")]
    attach: Option<PathBuf>,
    /// The public half of the key that signs offline
    #[arg(long, value_name = "PUB")]
    public: Option<PathBuf>,
}

/// What to do for a key that signs offline.
pub(crate) enum Elsewhere<'a> {
    Request { to: &'a Path, public: &'a Path, key: PublicKey },
    Attach { from: &'a Path, public: &'a Path, key: PublicKey },
}

impl ElsewhereArgs {
    /// What the arguments ask for; none if the key is at hand.
    pub(crate) fn read(&self) -> Outcome<Option<Elsewhere<'_>>> {
        let Some(public) = self.public.as_deref() else { return Ok(None) };
        let key = || Ok::<_, Failure>(read_public(public)?);
        match (self.request.as_deref(), self.attach.as_deref()) {
            (Some(to), _) => Ok(Some(Elsewhere::Request { to, public, key: key()? })),
            (None, Some(from)) => Ok(Some(Elsewhere::Attach { from, public, key: key()? })),
            (None, None) => Err(Failure::cannot("--public needs --request or --attach").hint(
                "give --request FILE to write the bytes to sign, or --attach FILE to attach the signature",
            )),
        }
    }
}

/// The longest description that is read, in bytes.
const WORDS: u64 = 16 << 20;

/// Writes the bytes and their description. Neither replaces another file, and either both are written or none.
pub(crate) fn write_request(to: &Path, key: &PublicKey, request: &Request<'_>) -> Outcome {
    let bytes = message(key, request.kind, request.statement);
    let mut name = to.as_os_str().to_owned();
    name.push(".txt");
    let beside = PathBuf::from(name);
    let words = request.words(to, key, &bytes);
    create(to, &bytes)?;
    // The description of an earlier request, whose bytes are gone, could be mistaken for the one of this request.
    let first = words.lines().next().unwrap_or_default();
    if pkg_files::open_regular(&beside)
        .and_then(|file| pkg_files::read_bounded(file, WORDS))
        .is_ok_and(|there| there.starts_with(first.as_bytes()))
    {
        let _ = std::fs::remove_file(&beside);
    }
    if let Err(failure) = create(&beside, words.as_bytes()) {
        let _ = std::fs::remove_file(to);
        return Err(failure);
    }
    note(&format!(
        "read {}, sign the {} bytes of {}, and attach the signature with --attach",
        shown(&beside),
        bytes.len(),
        shown(to)
    ));
    Ok(Status::Done)
}

fn create(path: &Path, bytes: &[u8]) -> Outcome<()> {
    create_new(path, Rights::Usual, bytes).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::cannot(format!("{} already exists; it is not replaced", shown(path)))
                .hint("choose another name, or remove it; a request is valid for one statement and one key")
        }
        _ => Failure::file("write", path, &e),
    })
}

/// Reads the signature that came back and checks that it is the requested one.
pub(crate) fn read_signature(
    from: &Path,
    public: &Path,
    key: &PublicKey,
    kind: StatementKind,
    statement: &[u8],
) -> Outcome<Signature> {
    let raw = small_file(from)?;
    let signature = attached(key, kind, statement, raw.clone())
        .or_else(|| attached(key, kind, statement, from_text(&raw)?));
    signature.ok_or_else(|| {
        Failure::cannot(format!("{} is not the signature of {}", shown(from), shown(public)))
            .hint(format!("sign exactly the bytes that --request wrote, with pure {}", key.alg().as_str()))
    })
}

/// Decodes hex or base64, ignoring spaces and line ends.
fn from_text(bytes: &[u8]) -> Option<Vec<u8>> {
    let text: String = std::str::from_utf8(bytes).ok()?.split_whitespace().collect();
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    match digits.filter(|d| d.len().is_multiple_of(2)) {
        Some(digits) => digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect(),
        None => Base64::decode_vec(&text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::from_text;

    #[test]
    fn hex_and_base64_are_read() {
        for text in ["00fF10", "00 ff\n10\n", "AP8Q", "AP8Q\r\n"] {
            assert_eq!(from_text(text.as_bytes()), Some(vec![0, 255, 16]), "{text}");
        }
        for text in ["00f", "AP8", "A", "\u{e4}"] {
            assert_eq!(from_text(text.as_bytes()), None, "{text}");
        }
    }
}
