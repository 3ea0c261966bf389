//! Hints: what to do about an error. They are here because only the command line knows its flags.

use pkg_builder::keys::Doubt;
use pkg_builder::{Error, KeyError, NO_IMAGE, NO_REFERENCE, NOT_LET_IN, There};
use pkg_files::{Exposure, NotRegular, Outside};
use pkg_format::cose::StatementKind;
use pkg_format::{Refusal, Rule};
use std::io::ErrorKind;

/// What to do about a server that does not answer, or answers something else.
pub(crate) const CONNECTION: &str = "check the address and the connection, and run the command again";

/// What to do about the answer of a web server or an object store: its status, and what a store calls it.
pub(crate) fn answer(status: u16, code: &str) -> &'static str {
    match (status, code) {
        (_, "NoSuchBucket") => "make the bucket first, or check its name and AWS_REGION",
        (_, "RequestTimeTooSkewed") => "set the clock of this machine",
        (401 | 403, _) => {
            "check the credentials; they need s3:GetObject, s3:PutObject and s3:ListBucket: without that, S3 says 403 for a missing file"
        }
        (301 | 302 | 303 | 307 | 308, _) => {
            "redirects are not followed: give the address that it leads to, or check AWS_REGION"
        }
        _ => CONNECTION,
    }
}

/// What to do about a broken rule.
pub(crate) fn rule(rule: Rule) -> String {
    format!("{} (pkg explain {})", rule.fix().trim_end_matches('.'), rule.id())
}

/// What to do about a refusal.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    // Only a status helps where nobody has lost a fix.
    if refusal.rule == Rule::Sep20 && ["statuses", "status"].contains(&refusal.at.as_str()) {
        return "if it does no harm in this release either, say so in a [[status]] with states = [\"self\"]; docs/release-toml.md has an example (pkg explain SEP-20)".into();
    }
    if (refusal.rule, refusal.at.as_str()) == (Rule::Ver2, "id") {
        return "give the new statement another id, and build it again (pkg explain VER-2)".into();
    }
    if refusal.why.starts_with(NO_REFERENCE) {
        return "write the path of its full package (out/NAME-VERSION.full.pkg) or its digest, or delete the element".into();
    }
    if refusal.why.starts_with(NOT_LET_IN) {
        return "write that list, or delete the [[base]] (pkg explain APP-3)".into();
    }
    if refusal.why.starts_with(NO_IMAGE) {
        return "write a component that there is; a file whose name has a colon begins with / (pkg explain SEP-18)".into();
    }
    if refusal.rule == Rule::Sup1 && refusal.why.starts_with("ends ") {
        return "give a later month in until: at least five years after from, or give shorter-use (pkg explain SUP-1)".into();
    }
    if refusal.why.starts_with("not filled in") {
        return "write it in place of the text in <…>, and remove the signs < and >".into();
    }
    let is_of_signer = |at: &str| at.starts_with("signing.") || at.starts_with("--");
    if [Rule::Sig2, Rule::Sig14, Rule::Sig15].contains(&refusal.rule) && is_of_signer(&refusal.at) {
        return format!(
            "sign with a key that has the role: write its file in [signing], or give it with --key or --delivery-key (pkg explain {})",
            refusal.rule.id()
        );
    }
    let hint = rule(refusal.rule);
    // A signature of the manifest does nothing for a delivery that lacks one.
    match refusal.at == StatementKind::Delivery.as_str() {
        true => hint.replace("pkg sign PACKAGE", "pkg sign --delivery PACKAGE"),
        false => hint,
    }
}

/// What to do about a file that cannot be read or written: `action` says which.
pub(crate) fn io(action: &str, error: &std::io::Error) -> Option<String> {
    if let Some(Outside { real }) = Outside::from_error(error) {
        let folder = pkg_files::parent(real).display();
        return Some(format!(
            "move it into the folder of the description, or allow its folder: --input-root {folder}"
        ));
    }
    if let Some(NotRegular { found }) = NotRegular::from_error(error) {
        return Some(match found {
            "a symbolic link" => "give the path that the link points to; links are not replaced".into(),
            "a folder" => "give a file, not a folder".into(),
            found => format!("give the path of a regular file; {found} is neither read nor replaced"),
        });
    }
    if Exposure::from_error(error).is_some() {
        return Some(
            "run chmod 600 on it, and keep it in folders that only you and root can write to".into(),
        );
    }
    let hint = match error.kind() {
        ErrorKind::NotFound if action.starts_with("read") => "check the path",
        ErrorKind::NotFound if action == "make the folder" => {
            "choose another folder: none can be made at this path"
        }
        ErrorKind::NotFound => "check the path; folders are not created automatically",
        ErrorKind::PermissionDenied => "check the owner and the permissions of the file and its folder",
        ErrorKind::NotADirectory => "check the path: a part of it is a file, not a folder",
        ErrorKind::IsADirectory => "give a file, not a folder",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space and run the command again"
        }
        ErrorKind::ResourceBusy => "unmount it, or write to the inactive slot",
        ErrorKind::ReadOnlyFilesystem => "choose a folder that can be written to",
        _ => return None,
    };
    Some(hint.into())
}

/// What to do about a failed build or signature.
pub(crate) fn build(error: &Error) -> Option<String> {
    match error {
        Error::Refused { refusal, .. } if (refusal.rule, refusal.at.as_str()) == (Rule::Man1, "roots") => {
            Some("a keyring needs a root key: add another one in the same command, with --root PUB".into())
        }
        Error::Refused { refusal, .. } => Some(self::refusal(refusal)),
        Error::Named { error, .. } => build(error),
        Error::Package {
            what: "earlier package" | "base" | "package",
            error: pkg_verify::Error::Refused(refusal),
            ..
        } if refusal.rule == Rule::Sig2 => {
            let hint = "give a --keyring FILE that trusts its signer; without a keyring only the keys of this command are trusted";
            Some(format!("{hint} (pkg explain SIG-2)"))
        }
        Error::Package { error: pkg_verify::Error::Refused(refusal), .. } => Some(self::refusal(refusal)),
        Error::File { action, error, .. } => io(action, error),
        Error::Key { reason, .. } => Some(key(reason).into()),
        Error::Missing(_) => Some("give --keyring FILE, or sign with --key KEY".into()),
        Error::WouldReplace { there, .. } => Some(match there {
            There::Different => {
                "raise the version, write to another folder with -o, or give --replace if the package was never published".into()
            }
            There::SameId => "give the new statement another id, write to another folder with -o, or give --replace if the other one has the same number and was never published".into(),
            There::AnotherTime(issued) => format!(
                "SOURCE_DATE_EPOCH={issued} builds the same bytes again; --replace gives it the new time, if the package was never published"
            ),
            There::NoFile => "remove it, or write to another folder with -o".into(),
            There::Signed => "sign the new package too, or write to another folder with -o".into(),
            _ => "raise the version, or write to another folder with -o; this package is never replaced"
                .into(),
        }),
        Error::Exists { .. } => {
            Some("no file is replaced: give another folder, or move this file away".into())
        }
        Error::NotFull { .. } => Some("give the full package: its name ends in .full.pkg".into()),
        Error::NothingBefore => Some(
            "add previous = \"RELEASE.full.pkg\" to [release], or a [[base]]: --strict-separation compares the images with those of that release".into(),
        ),
        Error::Changed => {
            Some("make sure that no other process writes to the images and bases, and run the command again".into())
        }
        Error::PrivateKey { .. } => Some(
            "remove it, and find out who added it; if it was ever published, make a new key: pkg key new PATH".into(),
        ),
        Error::Interrupted => Some("nothing was left behind".into()),
        _ => None,
    }
}

/// What to do about a key that works but has a weakness.
pub(crate) fn doubt(doubt: Doubt, key: &str) -> Option<String> {
    match doubt {
        Doubt::Rounds(_) => Some(format!("pkg key rewrap {key}")),
        _ => None,
    }
}

fn key(reason: &KeyError) -> &'static str {
    match reason {
        KeyError::NeedsPassphrase | KeyError::NeedsPin => {
            "give --passphrase-file FILE or fd:N, or run the command in a terminal"
        }
        KeyError::WrongPassphrase => "check the passphrase; only the first line of a passphrase file is used",
        KeyError::Exposed(Exposure::Readable { .. }) => {
            "run chmod 600 on it; if others may have read it, make a new key; --danger-readable-key uses it anyway"
        }
        KeyError::Exposed(Exposure::Owner { .. }) => {
            "run chown to make it yours, if you know where it came from; --danger-readable-key uses it anyway"
        }
        KeyError::Exposed(_) => {
            "run chmod go-w on the folder, or keep keys in a folder of their own; --danger-readable-key uses it anyway"
        }
        KeyError::Several | KeyError::Cut => "keep each key in a file of its own",
        KeyError::Exists => "choose another path, or move the old key away",
        KeyError::Revoked => "make a new key for its owner: pkg key new PATH",
        KeyError::Halves | KeyError::Seed | KeyError::Unsound(_) => "make a new key: pkg key new PATH",
        KeyError::NotInKeyring => {
            "pkg keyring show FILE lists its keys; to remove a root key, give --remove-root KEY"
        }
        KeyError::Kind { .. } => {
            "to make a key: pkg key new PATH, openssl genpkey -algorithm ed25519, or ssh-keygen -t ed25519"
        }
        KeyError::Uri(_) => {
            "give a path, exec:./PROGRAM or 'pkcs11:token=T;object=KEY?module-path=/PATH/TO/MODULE.so'"
        }
        KeyError::PinValue => {
            "put the PIN into a file and write pin-source=file:PATH, give --passphrase-file, or type it when asked"
        }
        KeyError::NoTokens => "build pkg with the cargo feature pkcs11",
        KeyError::NotOne { .. } => "select one by token, serial, object or id in the URI",
        KeyError::NoPublicHalf => "store the public key in the token too, with the same id",
        KeyError::WrongPin => "check the PIN; a token locks itself after a few wrong ones",
        KeyError::EachTime => {
            "use a key without CKA_ALWAYS_AUTHENTICATE, or sign with the vendor's tool: exec:PROGRAM"
        }
        KeyError::PinLocked => "the security officer of the token can set a new PIN",
        KeyError::Token(_) => {
            "check module-path, and check that the token answers: pkcs11-tool --module MODULE -O"
        }
        KeyError::Program(_) => {
            "the message comes from the program; docs/signers.md describes what a signer must print; try: PROGRAM public"
        }
        KeyError::Signature => {
            "nothing was signed; the public key and the private key do not belong together"
        }
        _ => "make a new key: pkg key new PATH",
    }
}
