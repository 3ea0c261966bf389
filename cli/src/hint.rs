//! What to do about an error: only the command line knows its own flags.

use pkg_builder::keys::Doubt;
use pkg_builder::{Error, KeyError, There};
use pkg_files::{Exposure, NotRegular, Outside};
use pkg_format::cose::StatementKind;
use pkg_format::{Refusal, Rule};
use std::io::ErrorKind;

/// What to do about a broken rule.
pub(crate) fn rule(rule: Rule) -> String {
    format!("{} (pkg explain {})", rule.fix().trim_end_matches('.'), rule.id())
}

/// What to do about a refusal.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    let hint = rule(refusal.rule);
    // A signature of the manifest does nothing for a delivery that lacks one.
    match refusal.at == StatementKind::Delivery.as_str() {
        true => hint.replace("pkg sign PACKAGE", "pkg sign --delivery PACKAGE"),
        false => hint,
    }
}

/// What to do about a file that cannot be read or written.
pub(crate) fn io(error: &std::io::Error) -> Option<String> {
    if let Some(Outside { real }) = Outside::from_error(error) {
        let folder = pkg_files::parent(real).display();
        return Some(format!(
            "put it into the folder of the description, or allow its folder: --input-root {folder}"
        ));
    }
    if let Some(NotRegular { found }) = NotRegular::from_error(error) {
        return Some(match found {
            "a symbolic link" => "give the path that the link leads to; links are not replaced".into(),
            "a folder" => "give a file, not a folder".into(),
            found => format!("give the path of a regular file: {found} is neither read nor replaced here"),
        });
    }
    if Exposure::from_error(error).is_some() {
        return Some("chmod 600 it, and keep it in folders that only you and root can write to".into());
    }
    let hint = match error.kind() {
        ErrorKind::NotFound => "check the path; folders are not made for you",
        ErrorKind::PermissionDenied => "check who owns the file and its folder, and their permissions",
        ErrorKind::NotADirectory => "a part of the path is a file: give one whose folders are folders",
        ErrorKind::IsADirectory => "give a file, not a folder",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space and run the command again"
        }
        ErrorKind::ResourceBusy => "unmount it, or write to the slot that does not run",
        ErrorKind::ReadOnlyFilesystem => "choose a folder that can be written to",
        _ => return None,
    };
    Some(hint.into())
}

/// What to do about a failed build or signature.
pub(crate) fn build(error: &Error) -> Option<String> {
    match error {
        Error::Refused { refusal, .. } if (refusal.rule, refusal.at.as_str()) == (Rule::Man1, "roots") => {
            Some("a keyring keeps a root key: add another in the same step, with --root PUB".into())
        }
        Error::Refused { refusal, .. } => Some(self::refusal(refusal)),
        Error::Package {
            what: "earlier package" | "base" | "package",
            error: pkg_verify::Error::Refused(refusal),
            ..
        } if refusal.rule == Rule::Sig2 => {
            let hint = "give --keyring FILE that trusts its signer; without one only the keys of this build are trusted";
            Some(format!("{hint} (pkg explain SIG-2)"))
        }
        Error::Package { error: pkg_verify::Error::Refused(refusal), .. } => Some(self::refusal(refusal)),
        Error::File { error, .. } => io(error),
        Error::Key { reason, .. } => Some(key(reason).into()),
        Error::Missing(_) => Some("give --keyring FILE, or sign with --key KEY".into()),
        Error::WouldReplace { there, .. } => Some(match there {
            There::Different => {
                "raise the version, write to another folder with -o, or give --replace if nobody has it yet".into()
            }
            There::NoFile => "remove it, or write to another folder with -o".into(),
            There::Signed => "sign the new one too, or write to another folder with -o".into(),
            _ => "raise the version, or write to another folder with -o; released packages are never replaced"
                .into(),
        }),
        Error::NotFull { .. } => Some("give the full package: its name ends in .full.pkg".into()),
        Error::NothingBefore => Some(
            "add previous = \"RELEASE.full.pkg\" to [release], or a [[base]]: --strict-separation compares with it, and without one it can say nothing".into(),
        ),
        Error::Changed => {
            Some("see that nobody writes to images and bases, and run the command again".into())
        }
        Error::PrivateKey { .. } => Some(
            "take it out, and see who named it; if it was ever published, make a new key: pkg key new PATH".into(),
        ),
        Error::Interrupted => Some("nothing was left behind".into()),
        _ => None,
    }
}

/// What to do about a key that can be used and is doubtful.
pub(crate) fn doubt(doubt: Doubt, key: &str) -> Option<String> {
    match doubt {
        Doubt::Rounds(_) => Some(format!("pkg key rewrap {key}")),
        _ => None,
    }
}

fn key(reason: &KeyError) -> &'static str {
    match reason {
        KeyError::NeedsPassphrase | KeyError::NeedsPin => {
            "give --passphrase-file FILE or fd:N, or run it on a terminal"
        }
        KeyError::WrongPassphrase => "check the passphrase; only the first line of a passphrase file counts",
        KeyError::Exposed(Exposure::Readable { .. }) => {
            "chmod 600 it; if others may have read it, make a new key; --danger-readable-key uses it as it is"
        }
        KeyError::Exposed(Exposure::Owner { .. }) => {
            "chown it to yourself, if you know who made it; --danger-readable-key uses it as it is"
        }
        KeyError::Exposed(_) => {
            "chmod go-w the folder, or keep keys in one of their own; --danger-readable-key uses it as it is"
        }
        KeyError::Several | KeyError::Cut => "keep each key in a file of its own",
        KeyError::Exists => "choose another path, or move the old key away",
        KeyError::Revoked => "make a new key for its owner: pkg key new PATH",
        KeyError::Halves | KeyError::Seed | KeyError::Unsound(_) => "make a new key: pkg key new PATH",
        KeyError::NotInKeyring => {
            "pkg keyring show FILE lists its keys and roots; a root key goes by --remove-root KEY"
        }
        KeyError::Kind { .. } => {
            "keys are made by: pkg key new PATH, openssl genpkey -algorithm ed25519, or ssh-keygen -t ed25519"
        }
        KeyError::Uri(_) => {
            "write a path, exec:./PROGRAM or 'pkcs11:token=T;object=KEY?module-path=/PATH/TO/MODULE.so'"
        }
        KeyError::PinValue => {
            "put the PIN in a file and write pin-source=file:PATH, give --passphrase-file, or type it"
        }
        KeyError::NoTokens => "build it with the cargo feature pkcs11",
        KeyError::NotOne { .. } => "name one by token, serial, object or id in the URI",
        KeyError::NoPublicHalf => "copy the public key into the token too, under the same id",
        KeyError::WrongPin => "check the PIN; tokens lock themselves after a few wrong ones",
        KeyError::EachTime => {
            "take a key without CKA_ALWAYS_AUTHENTICATE, or sign with the maker's tool: exec:PROGRAM"
        }
        KeyError::PinLocked => "the security officer of the token sets a new PIN",
        KeyError::Token(_) => {
            "check module-path, and with pkcs11-tool --module MODULE -O that the token answers"
        }
        KeyError::Program(_) => {
            "what it says is its own; docs/signers.md says how a signer answers; try: PROGRAM public"
        }
        KeyError::Signature => {
            "nothing was signed; the public key and the private one do not belong together"
        }
        _ => "make a new key: pkg key new PATH",
    }
}
