//! What can go wrong while building, signing or making keys.

use crate::place::Place;
use pkg_format::Refusal;
use std::path::{Path, PathBuf};

/// Why nothing was built. `cli` adds what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The release description is not TOML, has an unknown key or a value of the wrong type.
    #[error("{message}")]
    Description {
        /// What is wrong.
        message: String,
        /// Where.
        place: Place,
    },
    /// The release description breaks a rule.
    #[error("{refusal}")]
    Refused {
        /// Which, where and why.
        refusal: Refusal,
        /// Where in the release description, if it can be told.
        place: Option<Place>,
    },
    /// What a description names cannot be used.
    #[error("{error}")]
    Named {
        /// The key of the description that names it.
        field: String,
        /// Where that key is.
        place: Option<Place>,
        /// Why not.
        error: Box<Error>,
    },
    /// Several faults of a description, in the order of its lines.
    #[error("{} faults", .0.len())]
    Several(Vec<Error>),
    /// Another package or keyring that was needed is refused.
    #[error("{what} {path}: {error}")]
    Package {
        /// What it was needed as.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why it is refused.
        error: pkg_verify::Error,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {error}")]
    File {
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A key cannot be used.
    #[error("key {name}: {reason}")]
    Key {
        /// The file or URI.
        name: String,
        /// Why not.
        reason: KeyError,
    },
    /// A private key would be published.
    #[error("{at} contains {found}, which would be published")]
    PrivateKey {
        /// The file, or the field of the description.
        at: String,
        /// What kind of key.
        found: &'static str,
    },
    /// The work was interrupted by its caller.
    #[error("interrupted")]
    Interrupted,
    /// A chunk could not be compressed, or did not decode to what it was made from.
    #[error("codec: {0}")]
    Codec(#[from] pkg_codec::Error),
    /// A file exists that would have to be made.
    #[error("{path} already exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A different file exists at the output path.
    #[error("{path} already exists and is {there}")]
    WouldReplace {
        /// The file.
        path: PathBuf,
        /// What it is.
        there: There,
    },
    /// A package does not contain all of its images.
    #[error("{what} {path} is not a full package of a release")]
    NotFull {
        /// What it was needed as.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// A security release must be compared with an earlier one, and none was given.
    #[error("nobody can tell what else changed in this security release: it names no earlier release")]
    NothingBefore,
    /// A delta does not rebuild the image it was made for.
    #[error("a delta does not rebuild its image: a file changed during the build, or the memory is faulty")]
    Changed,
    /// The command lacks something that it needs.
    #[error("{0}")]
    Missing(String),
}

/// What is already where something is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum There {
    /// The build reads it.
    #[error("a package that this build reads")]
    Input,
    /// A package of another step.
    #[error("the package of another update")]
    AnotherStep,
    /// A notice, a withdrawal or an acknowledgement of the same id that says something else.
    #[error("another statement with this id")]
    SameId,
    /// A signed package, which an unsigned one would replace.
    #[error("signed, but the new one is not")]
    Signed,
    /// A package of the same release, issued at this time, in unix seconds.
    #[error("the same release, issued at another time")]
    AnotherTime(u64),
    /// A file with other bytes.
    #[error("different")]
    Different,
    /// A link, a pipe, a device or a folder.
    #[error("a link, or not a regular file")]
    NoFile,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No PEM file of the right kind.
    #[error("not {expected}")]
    Kind {
        /// What was expected.
        expected: &'static str,
    },
    /// Encrypted, and there is no passphrase.
    #[error("it is encrypted, and no passphrase was given")]
    NeedsPassphrase,
    /// The passphrase is wrong.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// Encrypted in a way that is refused or not known.
    #[error("its encryption is not supported: {0}")]
    Encryption(String),
    /// Users other than its owner can read or replace it.
    #[error("{0}")]
    Exposed(pkg_files::Exposure),
    /// There is more than one key in the file.
    #[error("the file contains more than one key")]
    Several,
    /// A block of PEM has no end.
    #[error("a PEM block in it has no end, or another one begins inside it")]
    Cut,
    /// Its public half does not belong to its private half.
    #[error("its public half does not belong to its private half")]
    Halves,
    /// A key of ML-DSA without its seed.
    #[error("the key is expanded, without its seed, and cannot be checked")]
    NoSeed,
    /// Its seed is no secret: all its bytes are equal.
    #[error("its seed is not random: all its bytes are equal")]
    Seed,
    /// The public key is unsound.
    #[error("{0}")]
    Unsound(Refusal),
    /// A signer made a signature that does not match its own key.
    #[error("its signature does not match its public key")]
    Signature,
    /// It was revoked, which is for good.
    #[error("it is revoked in this keyring, and a revoked key cannot be added again")]
    Revoked,
    /// The keyring to change does not have it.
    #[error("not in this keyring")]
    NotInKeyring,
    /// The URI is broken, or asks for what is not supported.
    #[error("not a valid key name: {0}")]
    Uri(String),
    /// The PIN is in the URI.
    #[error("pin-value is refused, because everybody who can see the command line can see the PIN")]
    PinValue,
    /// This program was built without tokens.
    #[error("this pkg was built without support for tokens")]
    NoTokens,
    /// No token or key fits, or more than one.
    #[error("{}", not_one(what, *count, there))]
    NotOne {
        /// "token" or "Ed25519 key".
        what: &'static str,
        /// How many fit.
        count: usize,
        /// What there is, as it would be in a URI.
        there: Vec<String>,
    },
    /// A private key without the public key to it.
    #[error("the token has no public key with the same id")]
    NoPublicHalf,
    /// There is no PIN.
    #[error("its token requires a PIN, and none was given")]
    NeedsPin,
    /// The PIN is wrong.
    #[error("wrong PIN")]
    WrongPin,
    /// The token no longer accepts a PIN.
    #[error("the token is locked: too many wrong PINs")]
    PinLocked,
    /// The token asks for the PIN before every signature of this key.
    #[error("its token requires the PIN for every signature, which is not supported")]
    EachTime,
    /// The token or its module failed.
    #[error("{0}")]
    Token(String),
    /// The program that signs could not be run, or refused.
    #[error("{0}")]
    Program(String),
    /// The file exists already.
    #[error("it already exists and is not replaced")]
    Exists,
}

fn not_one(what: &str, count: usize, there: &[String]) -> String {
    let fit = match count {
        0 => format!("no {what} matches"),
        n => format!("{n} {what}s match"),
    };
    match there {
        [] => format!("{fit}; there are none"),
        there => format!("{fit}; there are: {}", there.join(", ")),
    }
}

impl Error {
    /// A failure to read or write a file.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, error: std::io::Error) -> Self {
        Error::File { action, path: path.into(), error }
    }

    /// A file that was changed while it was read.
    pub(crate) fn changed(path: &Path) -> Self {
        Error::file("read", path, std::io::Error::other("it changed while it was read"))
    }

    /// What the verifier says about the package at `path`, which is needed as `what`.
    pub(crate) fn package(what: &'static str, path: &Path, error: pkg_verify::Error) -> Self {
        match error {
            pkg_verify::Error::Io(error) => Error::file("read", path, error.into()),
            error => Error::Package { what, path: path.into(), error },
        }
    }

    /// A key that cannot be used.
    pub(crate) fn key(name: impl Into<String>, reason: KeyError) -> Self {
        Error::Key { name: name.into(), reason }
    }

    /// The error of something that the key `field` of a description names.
    pub(crate) fn named(self, field: &str) -> Self {
        match self {
            error @ (Error::File { .. } | Error::Package { .. } | Error::NotFull { .. }) => {
                Error::Named { field: field.into(), place: None, error: Box::new(error) }
            }
            error => error,
        }
    }

    /// The place in a description that it is about.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Error::Description { place, .. } => Some(place),
            Error::Refused { place, .. } | Error::Named { place, .. } => place.as_ref(),
            Error::Several(errors) => errors.first().and_then(Error::place),
            _ => None,
        }
    }

    /// Every fault: those of several, or the one.
    pub fn faults(&self) -> &[Error] {
        match self {
            Error::Several(errors) => errors,
            one => std::slice::from_ref(one),
        }
    }

    /// The refusal in the error, if something was refused; of several, the first.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Named { error, .. } => error.refusal(),
            Error::Several(errors) => errors.iter().find_map(Error::refusal),
            Error::Refused { refusal, .. } => Some(refusal),
            Error::Package { error: pkg_verify::Error::Refused(refusal), .. } => Some(refusal),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused { refusal, place: None }
    }
}

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
