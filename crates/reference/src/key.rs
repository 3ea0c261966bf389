//! A file, its keys, and what their values are.

use pkg_format::Rule;

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its usual name, such as `release.toml`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What a reader must know before the first key: paragraphs of Markdown.
    pub text: &'static str,
    /// The keys at its top.
    pub keys: Keys,
    /// Whether a table may be written in several files, so that none of them has every key that is required.
    pub is_split: bool,
    /// What the names of further keys at the top begin with; their values are texts.
    pub notes: Option<&'static str>,
}

/// The keys of a table.
pub type Keys = &'static [Key];

/// A key and its value.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The name of the key.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What it says: a sentence or two of Markdown, without a table.
    pub text: &'static str,
    /// What it means to leave it out.
    pub absent: Absent,
    /// A value, as TOML writes it. Empty for tables.
    pub example: &'static str,
    /// The rules that refuse a wrong value.
    pub rules: &'static [Rule],
    /// The values that a text may have, if they are a fixed set.
    pub words: Option<fn() -> Vec<&'static str>>,
}

/// What it means to leave a key out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The table is incomplete without it.
    Required,
    /// Nothing is said.
    Optional,
    /// This is meant: a phrase of Markdown.
    Means(&'static str),
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A string.
    Text,
    /// A table from language to string.
    Texts,
    /// A number from 0.
    Uint,
    /// `true` or `false`.
    Bool,
    /// A point in time: unix seconds, a TOML date or date-time, or such a string.
    Time,
    /// A TOML date or date-time, or such a string.
    Date,
    /// A length of time, such as `90s`, `30m`, `72h`, `14d`, `2w`.
    Duration,
    /// A list of strings that is a set.
    Set,
    /// A list of strings, in the order they are given.
    List,
    /// A string, or a list of strings.
    OneOrMore,
    /// A list of numbers that is a set.
    Uints,
    /// The digest of a state, or the path of a package that leads into it, or `self`.
    State,
    /// A list of such.
    States,
    /// One of two words, or a list of states.
    WordOrStates,
    /// A list of digests of manifests, or paths of packages.
    Manifests,
    /// A digest: 64 hex digits.
    Digest,
    /// A list of digests.
    Digests,
    /// A path, relative to the file.
    Path,
    /// A string, or texts by language.
    WordOrTexts,
    /// A string, or a table.
    WordOr(Keys),
    /// A table.
    Table(Keys),
    /// A list of tables.
    Tables(Keys),
    /// A table from language to such a table.
    Named(Keys),
    /// A table from name to path.
    Paths,
    /// A table from name to digest.
    DigestsByName,
}

impl Kind {
    /// The keys of the tables that the value has.
    pub const fn keys(self) -> Option<Keys> {
        match self {
            Kind::WordOr(keys) | Kind::Table(keys) | Kind::Tables(keys) | Kind::Named(keys) => Some(keys),
            _ => None,
        }
    }
}

impl Kind {
    /// What a value is, as a phrase of Markdown.
    pub const fn phrase(self) -> &'static str {
        match self {
            Kind::Text => "a string",
            Kind::Texts => "texts by language",
            Kind::Uint => "a number",
            Kind::Bool => "`true` or `false`",
            Kind::Time => "a date, a date with a time, or unix seconds",
            Kind::Date => "a date, or a date with a time",
            Kind::Duration => "a number with a unit: `s`, `m`, `h`, `d` or `w`",
            Kind::Set => "a list of strings, in any order",
            Kind::List => "a list of strings",
            Kind::OneOrMore => "a string, or a list of strings",
            Kind::Uints => "a list of numbers",
            Kind::State => "a state: a path, a digest, or `self`",
            Kind::States => "a list of states: paths, digests, or `self`",
            Kind::WordOrStates => "`line`, `applies-to`, or a list of states",
            Kind::Manifests => "a list of paths of packages, or of digests",
            Kind::Digest => "64 hex digits",
            Kind::Digests => "a list of 64 hex digits each",
            Kind::Path => "a path",
            Kind::WordOrTexts => "a string, or texts by language",
            Kind::WordOr(_) => "a string, or a table",
            Kind::Table(_) => "a table",
            Kind::Tables(_) => "a list of tables",
            Kind::Named(_) => "a table for each language",
            Kind::Paths => "a table from name to path",
            Kind::DigestsByName => "a table from name to 64 hex digits",
        }
    }
}

/// A key, what its value is and what it says.
pub const fn key(name: &'static str, kind: Kind, text: &'static str) -> Key {
    Key { name, kind, text, absent: Absent::Optional, example: "", rules: &[], words: None }
}

impl Key {
    /// The table is incomplete without it.
    pub const fn required(self) -> Key {
        Key { absent: Absent::Required, ..self }
    }

    /// What is meant if it is left out.
    pub const fn or(self, meant: &'static str) -> Key {
        Key { absent: Absent::Means(meant), ..self }
    }

    /// A value, as TOML writes it.
    pub const fn eg(self, example: &'static str) -> Key {
        Key { example, ..self }
    }

    /// The rules that refuse a wrong value.
    pub const fn rules(self, rules: &'static [Rule]) -> Key {
        Key { rules, ..self }
    }

    /// The values that it may have.
    pub const fn words(self, words: fn() -> Vec<&'static str>) -> Key {
        Key { words: Some(words), ..self }
    }
}

/// Every value of an enum, as it is written.
pub fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(word).collect()
}
