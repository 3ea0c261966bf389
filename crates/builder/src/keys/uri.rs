//! Names of keys: the path of a file, `pkcs11:…` (RFC 7512) or `exec:PROGRAM`.

use crate::error::KeyError;
use std::path::{Path, PathBuf};

/// A name of a key, parsed.
#[derive(Debug, PartialEq, Eq)]
pub enum KeyUri {
    /// A key file.
    File(PathBuf),
    /// A key in a token.
    Token(TokenUri),
    /// A program that signs.
    Program(PathBuf),
}

/// A `pkcs11:` URI: the module, and the attributes that token and key must have. An absent attribute fits any.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TokenUri {
    /// The library that accesses the token.
    pub module: PathBuf,
    /// The token's label.
    pub token: Option<String>,
    /// Its manufacturer.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The key's label.
    pub object: Option<String>,
    /// The key's id.
    pub id: Option<Vec<u8>>,
    /// The file whose first line is the PIN.
    pub pin_source: Option<PathBuf>,
}

impl KeyUri {
    /// Parses a name. Without one of the two schemes it is a path.
    ///
    /// # Errors
    /// A URI is malformed or unsupported.
    pub fn parse(name: &str) -> Result<KeyUri, KeyError> {
        if let Some(rest) = name.strip_prefix("pkcs11:") {
            return TokenUri::parse(rest).map(KeyUri::Token);
        }
        match name.strip_prefix("exec:") {
            // PATH is not searched: somebody who can write to a folder in it must not become the signer.
            Some(program) if !program.contains('/') || program.ends_with('/') => {
                Err(uri("exec: needs the path of a program, with a slash in it"))
            }
            Some(program) => Ok(KeyUri::Program(program.into())),
            None => Ok(KeyUri::File(name.into())),
        }
    }

    /// Whether a name is a URI, which names a program or library that would run, and not a file.
    pub fn runs_code(name: &str) -> bool {
        name.starts_with("pkcs11:") || name.starts_with("exec:")
    }
}

fn uri(why: impl Into<String>) -> KeyError {
    KeyError::Uri(why.into())
}

impl TokenUri {
    /// Parses what follows `pkcs11:`.
    fn parse(text: &str) -> Result<TokenUri, KeyError> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        // First of all, so that no other message can contain it.
        let plain = decoded(text).unwrap_or_else(|| text.into());
        if String::from_utf8_lossy(&plain).to_ascii_lowercase().contains("pin-value") {
            return Err(KeyError::PinValue);
        }
        let mut parsed = TokenUri::default();
        let mut seen = Vec::new();
        let pairs = path.split(';').map(|p| (p, true)).chain(query.split('&').map(|p| (p, false)));
        for (pair, in_path) in pairs.filter(|(p, _)| !p.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| uri("an attribute without ="))?;
            if seen.contains(&name) {
                return Err(uri(format!("{name} is given twice")));
            }
            seen.push(name);
            let bytes = decoded(value).ok_or_else(|| uri(format!("invalid percent encoding in {name}")))?;
            if (name, in_path) == ("id", true) {
                parsed.id = Some(bytes);
                continue;
            }
            let value = String::from_utf8(bytes).map_err(|_| uri(format!("{name} is not UTF-8")))?;
            match (name, in_path) {
                ("token", true) => parsed.token = Some(value),
                ("manufacturer", true) => parsed.manufacturer = Some(value),
                ("model", true) => parsed.model = Some(value),
                ("serial", true) => parsed.serial = Some(value),
                ("object", true) => parsed.object = Some(value),
                ("type", true) if value == "private" => {}
                ("type", true) => return Err(uri("only type=private can sign")),
                ("module-path", false) => parsed.module = value.into(),
                ("pin-source", false) => parsed.pin_source = Some(file_of(&value)?),
                // RFC 7512, 2.3: an unknown attribute is not ignored.
                _ => return Err(uri(format!("{name} is not supported here"))),
            }
        }
        match parsed.module.is_absolute() {
            true => Ok(parsed),
            false if parsed.module == Path::new("") => Err(uri("no module-path")),
            // A bare name would be searched for in folders from the environment.
            false => Err(uri("module-path is not an absolute path")),
        }
    }
}

/// The path of `file:PATH`, with or without the slashes of an empty host.
fn file_of(value: &str) -> Result<PathBuf, KeyError> {
    let path = value.strip_prefix("file:").ok_or_else(|| uri("pin-source is not file:PATH"))?;
    let path = path.strip_prefix("//").filter(|p| p.starts_with('/')).unwrap_or(path);
    match path.is_empty() || path.starts_with("//") {
        true => Err(uri("pin-source is not file:PATH")),
        false => Ok(path.into()),
    }
}

/// Decodes percent encoding; `None` if it is malformed.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => return Some(out),
            [b'%', high, low, tail @ ..] => {
                let digit = |c: &u8| char::from(*c).to_digit(16).and_then(|d| u8::try_from(d).ok());
                out.push(digit(high)? << 4 | digit(low)?);
                rest = tail;
            }
            [b'%', ..] => return None,
            [byte, tail @ ..] => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides() {
        assert_eq!(KeyUri::parse("a/b.key"), Ok(KeyUri::File("a/b.key".into())));
        assert_eq!(KeyUri::parse("exec:./sign"), Ok(KeyUri::Program("./sign".into())));
        assert_eq!(KeyUri::parse("exec:/bin/a b"), Ok(KeyUri::Program("/bin/a b".into())));
        for wrong in ["exec:", "exec:sign", "exec:bin/"] {
            assert!(matches!(KeyUri::parse(wrong), Err(KeyError::Uri(_))), "{wrong}");
        }
    }

    fn token(text: &str) -> Result<TokenUri, KeyError> {
        match KeyUri::parse(text)? {
            KeyUri::Token(token) => Ok(token),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_uri_is_read() {
        let found = token(
            "pkcs11:token=My%20token;manufacturer=M;model=X;serial=1;object=fw;id=%01%aB;type=private?module-path=/usr/lib/m.so&pin-source=file:///run/pin",
        );
        let expected = TokenUri {
            module: "/usr/lib/m.so".into(),
            token: Some("My token".into()),
            manufacturer: Some("M".into()),
            model: Some("X".into()),
            serial: Some("1".into()),
            object: Some("fw".into()),
            id: Some(vec![1, 0xab]),
            pin_source: Some("/run/pin".into()),
        };
        assert_eq!(found, Ok(expected));
        let short = token("pkcs11:?module-path=/m.so&pin-source=file:pin").unwrap();
        assert_eq!((short.object, short.pin_source), (None, Some("pin".into())));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [
            "pkcs11:object=fw",
            "pkcs11:object=fw?module-path=m.so",
            "pkcs11:object=fw;object=fw?module-path=/m.so",
            "pkcs11:object=%4?module-path=/m.so",
            "pkcs11:object=%zz?module-path=/m.so",
            "pkcs11:object=%ff?module-path=/m.so",
            "pkcs11:object?module-path=/m.so",
            "pkcs11:slot-id=1?module-path=/m.so",
            "pkcs11:x-vendor=1?module-path=/m.so",
            "pkcs11:type=public?module-path=/m.so",
            "pkcs11:module-path=/m.so",
            "pkcs11:?module-name=softhsm2",
            "pkcs11:?module-path=/m.so&pin-source=/run/pin",
            "pkcs11:?module-path=/m.so&pin-source=file:",
            "pkcs11:?module-path=/m.so&pin-source=file://host/pin",
            "pkcs11:?module-path=/m.so&pin-source=|cat",
        ] {
            assert!(matches!(token(wrong), Err(KeyError::Uri(_))), "{wrong}");
        }
        assert_eq!(token("pkcs11:object=fw?pin-value=1234&module-path=/m.so"), Err(KeyError::PinValue));
        for hidden in ["pkcs11:pin-value=1234", "pkcs11:?PIN-Value=1234", "pkcs11:?pin%2dvalue=1234"] {
            assert_eq!(token(hidden), Err(KeyError::PinValue), "{hidden}");
        }
    }
}
