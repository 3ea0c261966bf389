//! What the manifests of bundles say, as a list of settings: libconfig (SWUpdate) and JSON (Mender, SWUpdate) by one
//! reader, and key files with sections (RAUC).

use crate::entry::text;
use crate::error::{OrUnread, Result, unread};

/// The largest manifest.
pub(crate) const LARGEST: u64 = 1 << 20;

/// The most settings of a manifest.
pub(crate) const MOST: usize = 1 << 14;

/// How deep groups are nested.
const DEPTH: usize = 16;

/// One setting: `software/images/0/filename` is `rootfs.ext4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Its keys from outside in; the items of a list have numbers.
    pub(crate) path: String,
    pub(crate) value: String,
}

impl Setting {
    /// The group that it is in, and its key.
    pub(crate) fn split(&self) -> (&str, &str) {
        self.path.rsplit_once('/').unwrap_or(("", &self.path))
    }
}

/// A group or a list that is open.
struct Scope {
    name: String,
    /// The number of the next item of a list.
    next: Option<usize>,
    end: u8,
}

/// What a manifest consists of.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Mark(u8),
}

/// Reads libconfig or JSON.
pub(crate) fn groups(bytes: &[u8]) -> Result<Vec<Setting>> {
    let mut reader = Tokens { bytes, at: 0 };
    let mut open: Vec<Scope> = Vec::new();
    let mut found = Vec::new();
    let mut key: Option<String> = None;
    while let Some(token) = reader.next()? {
        match token {
            Token::Mark(mark @ (b'{' | b'[' | b'(')) => {
                if open.len() >= DEPTH {
                    return unread("a manifest nested too deeply");
                }
                let name = path(&mut open, key.take());
                let end = match mark {
                    b'{' => b'}',
                    b'[' => b']',
                    _ => b')',
                };
                open.push(Scope { name, next: (mark != b'{').then_some(0), end });
            }
            Token::Mark(mark @ (b'}' | b']' | b')')) => {
                open.pop().filter(|scope| scope.end == mark).or_unread("a manifest with wrong brackets")?;
            }
            Token::Mark(b',' | b';') => key = None,
            Token::Mark(_) => {}
            Token::Text(word) => {
                let in_list = open.last().is_some_and(|scope| scope.next.is_some());
                if !in_list && key.is_none() {
                    if !matches!(reader.next()?, Some(Token::Mark(b'=' | b':'))) {
                        return unread("a manifest with a key that has no value");
                    }
                    key = Some(word);
                    continue;
                }
                if found.len() >= MOST {
                    return unread("a manifest with too many settings");
                }
                found.push(Setting { path: path(&mut open, key.take()), value: word });
            }
        }
    }
    open.is_empty().then_some(found).or_unread("a manifest that ends too early")
}

/// The path of what comes now: under its key, or as the next item of a list.
fn path(open: &mut [Scope], key: Option<String>) -> String {
    let Some(scope) = open.last_mut() else { return key.unwrap_or_default() };
    let own = match (&mut scope.next, key) {
        (Some(next), _) => {
            let number = next.to_string();
            *next = next.saturating_add(1);
            number
        }
        (None, key) => key.unwrap_or_default(),
    };
    if scope.name.is_empty() { own } else { format!("{}/{own}", scope.name) }
}

struct Tokens<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Tokens<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.saturating_add(ahead)).copied()
    }

    fn step(&mut self) -> Option<u8> {
        let byte = self.peek(0)?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    fn skip_to(&mut self, end: &[u8]) {
        while self.at < self.bytes.len()
            && !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(end))
        {
            self.at = self.at.saturating_add(1);
        }
        self.at = self.at.saturating_add(end.len()).min(self.bytes.len());
    }

    /// The next token; none at the end.
    fn next(&mut self) -> Result<Option<Token>> {
        loop {
            let Some(byte) = self.peek(0) else { return Ok(None) };
            match (byte, self.peek(1)) {
                (b'#', _) | (b'/', Some(b'/')) => self.skip_to(b"\n"),
                (b'/', Some(b'*')) => self.skip_to(b"*/"),
                (b'"', _) => return self.string().map(|text| Some(Token::Text(text))),
                (b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'=' | b':' | b',' | b';', _) => {
                    self.step();
                    return Ok(Some(Token::Mark(byte)));
                }
                _ if byte.is_ascii_whitespace() => drop(self.step()),
                _ if is_word(byte) => {
                    let start = self.at;
                    while self.peek(0).is_some_and(is_word) {
                        self.step();
                    }
                    let word = self.bytes.get(start..self.at).unwrap_or_default();
                    return Ok(Some(Token::Text(text(word))));
                }
                _ => return unread("a manifest with an invalid character"),
            }
        }
    }

    /// A text in quotes; libconfig joins several that follow each other.
    fn string(&mut self) -> Result<String> {
        let mut bytes = Vec::new();
        while self.peek(0) == Some(b'"') {
            self.step();
            loop {
                match self.step().or_unread("a text without an end")? {
                    b'"' => break,
                    b'\\' => match self.step().or_unread("a text without an end")? {
                        b'n' => bytes.push(b'\n'),
                        b't' => bytes.push(b'\t'),
                        b'r' => bytes.push(b'\r'),
                        byte @ (b'"' | b'\\' | b'/') => bytes.push(byte),
                        // Others stay as they are written: they are compared, not used.
                        byte => bytes.extend([b'\\', byte]),
                    },
                    byte => bytes.push(byte),
                }
            }
            while self.peek(0).is_some_and(|b| b.is_ascii_whitespace()) {
                self.step();
            }
        }
        Ok(text(&bytes))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'.' | b'*' | b'@')
}

/// Reads a key file: `[section]`, then `key=value`.
pub(crate) fn key_file(bytes: &[u8]) -> Result<Vec<Setting>> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in bytes.split(|b| *b == b'\n').map(|line| text(line.trim_ascii())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.into();
            continue;
        }
        let (key, value) = line.split_once('=').or_unread("a manifest with a line that is no setting")?;
        if found.len() >= MOST {
            return unread("a manifest with too many settings");
        }
        found.push(Setting { path: format!("{section}/{}", key.trim()), value: value.trim().into() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(settings: Vec<Setting>) -> Vec<String> {
        settings.into_iter().map(|s| format!("{}={}", s.path, s.value)).collect()
    }

    #[test]
    fn libconfig_json_and_key_files_are_settings() {
        let libconfig = b"software =\n{ // one\n version = \"1\" \"2\"; # two\n on: true;\n\
            images: ( { filename = \"a\\\"b\"; }, { filename = \"c\"; } ); /* three */ hw: [ \"1\", \"2\" ]; }";
        let expected = [
            "software/version=12",
            "software/on=true",
            "software/images/0/filename=a\"b",
            "software/images/1/filename=c",
            "software/hw/0=1",
            "software/hw/1=2",
        ];
        assert_eq!(lines(groups(libconfig).expect("read")), expected);
        let json = br#"{"a": {"b": [1, {"c": null}], "d": "e"}}"#;
        assert_eq!(lines(groups(json).expect("read")), ["a/b/0=1", "a/b/1/c=null", "a/d=e"]);
        let keys = b"[update]\ncompatible=cam\n# no\n\n[image.rootfs]\nfilename = a=b\n";
        assert_eq!(
            lines(key_file(keys).expect("read")),
            ["update/compatible=cam", "image.rootfs/filename=a=b"]
        );
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let deep = [b"a={".repeat(17), b"}".repeat(17)].concat();
        for wrong in [&b"a = {"[..], b"a = }", b"a", b"a = \"", b"{]", b"a \"b\"", b"\x01", &deep] {
            assert!(groups(wrong).is_err(), "{}", text(wrong));
        }
        assert!(key_file(b"[update]\nnothing").is_err());
        let many = b"a=1;".repeat(MOST + 1);
        assert!(groups(&many).is_err() && key_file(&b"a=1\n".repeat(MOST + 1)).is_err());
    }
}
