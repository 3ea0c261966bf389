//! Key files: PKCS#8 and SPKI in PEM, as OpenSSL writes and reads them.

use super::access::{Access, Doubt, ExposedKeys};
use super::private_key::PrivateKey;
use super::public_key::{parse_public, public_pem};
use super::{encryption, pem};
use crate::error::{Error, KeyError, Result};
use pkg_files::{Rights, create_new, exposed, open_secret};
use pkg_verify::PublicKey;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The longest key file that is read. An Ed25519 key has 119 bytes, encrypted 300; one of ML-DSA-65 in its
/// long form 5,600.
const KEY_FILE: u64 = 64 << 10;
/// Room for it, with what reading looks ahead.
const ROOM: usize = 65 << 10;

impl PrivateKey {
    /// Reads a private key from a file.
    ///
    /// # Errors
    /// The file cannot be read or holds no usable key; or others can read or replace it, unless it is an example key.
    pub fn read(path: &Path, access: &mut dyn Access) -> Result<Self> {
        let text = KeyText::read(path, "a private key in PEM")?;
        PrivateKey::from_text(&text, path, access)
    }

    /// The key in a file that was read.
    fn from_text(text: &KeyText, path: &Path, access: &mut dyn Access) -> Result<Self> {
        let error = |reason| Error::key(path.display().to_string(), reason);
        let name = path.display().to_string();
        let pem = &text.text;
        // Checked now: typing a passphrase takes time.
        let exposed = match &text.file {
            Some(file) => exposed(path, file).map_err(|e| Error::file("read", path, e))?,
            None => None,
        };
        let key = PrivateKey::from_pem(pem, path, &mut || access.passphrase(&name))?;
        if let Some(rounds) = encryption::rounds(pem).filter(|r| *r < encryption::FEW_ROUNDS) {
            access.doubt(&name, Doubt::Rounds(rounds));
        }
        // What everybody has anyway need not be hidden: a checkout gives it the usual mode.
        let example = key.public().is_ok_and(|p| pkg_verify::is_example_key(&p.id()));
        match exposed {
            Some(found) if !example && access.exposed() == ExposedKeys::Refuse => {
                Err(error(KeyError::Exposed(found)))
            }
            _ => Ok(key),
        }
    }
}

/// Reads a public key: SPKI PEM, as `openssl pkey -pubout` writes it.
///
/// # Errors
/// It cannot be read, or holds something else.
pub fn read_public(path: &Path) -> Result<PublicKey> {
    // It may be a private key by mistake, so it is wiped too.
    let text = KeyText::read(path, "a public key in PEM")?;
    parse_public(&text.text).map_err(|reason| Error::key(path.display().to_string(), reason))
}

/// Reads the public key from a file that holds either half. The file is read once, so it may be a pipe.
///
/// # Errors
/// It cannot be read, holds no key, or a private one that cannot be used.
pub fn read_half(path: &Path, access: &mut dyn Access) -> Result<PublicKey> {
    let text = KeyText::read(path, "a key in PEM")?;
    match pem::key(&text.text, "a key in PEM") {
        Ok(key) if key.label == "PUBLIC KEY" => {
            parse_public(&text.text).map_err(|reason| Error::key(path.display().to_string(), reason))
        }
        _ => Ok(PrivateKey::from_text(&text, path, access)?.public()?),
    }
}

/// The text of a key file. Wiped when dropped.
struct KeyText {
    text: Zeroizing<String>,
    /// The file, unless it is a pipe.
    file: Option<File>,
}

impl KeyText {
    /// Reads a file or a pipe once, to its end; `expected` says in messages what it should hold.
    fn read(path: &Path, expected: &'static str) -> Result<KeyText> {
        let (file, regular) = open_secret(path).map_err(|e| Error::file("read", path, e))?;
        // Room for all of it: what grows leaves copies behind that nobody wipes.
        let mut text = Zeroizing::new(String::with_capacity(ROOM));
        match Read::take(&file, KEY_FILE).read_to_string(&mut text) {
            Ok(_) => Ok(KeyText { text, file: regular.then_some(file) }),
            Err(e) if e.kind() == std::io::ErrorKind::InvalidData => {
                Err(Error::key(path.display().to_string(), KeyError::Kind { expected }))
            }
            Err(e) => Err(Error::file("read", path, e)),
        }
    }
}

/// Writes `PATH.key` (mode 0600) and `PATH.pub`, and returns their paths.
///
/// # Errors
/// One of them exists or cannot be written. Neither is replaced, and neither is left behind.
pub fn write_new(path: &Path, key: &PrivateKey, passphrase: Option<&str>) -> Result<(PathBuf, PathBuf)> {
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (private, public) = (with(".key"), with(".pub"));
    let (secret, open) = (key.to_pem(passphrase)?, public_pem(&key.public()?)?);
    create(&private, Rights::Secret, secret.as_bytes())?;
    if let Err(error) = create(&public, Rights::Usual, open.as_bytes()) {
        let _ = std::fs::remove_file(&private);
        return Err(error);
    }
    Ok((private, public))
}

fn create(path: &Path, rights: Rights, bytes: &[u8]) -> Result<()> {
    create_new(path, rights, bytes).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Error::key(path.display().to_string(), KeyError::Exists),
        _ => Error::file("create", path, e),
    })
}

#[cfg(test)]
mod tests {
    use super::super::generate;
    use super::*;
    use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
    use pkcs8::pkcs5::pbes2;
    use pkcs8::{LineEnding, PrivateKeyInfoRef};
    use pkg_files::Exposure;
    use pkg_format::cose::Algorithm;
    use std::sync::atomic::AtomicBool;

    /// Gives one passphrase and notes what is doubtful.
    struct Hand(&'static str, ExposedKeys, Vec<Doubt>);

    impl Access for Hand {
        fn passphrase(&mut self, _: &str) -> Result<Zeroizing<String>> {
            Ok(self.0.to_owned().into())
        }

        fn pin(&mut self, _: &str, _: &str, _: Option<&Path>) -> Result<Zeroizing<String>> {
            unreachable!("a file has no PIN")
        }

        fn doubt(&mut self, _: &str, doubt: Doubt) {
            self.2.push(doubt);
        }

        fn exposed(&self) -> ExposedKeys {
            self.1
        }

        fn interrupted(&self) -> &'static AtomicBool {
            static NEVER: AtomicBool = AtomicBool::new(false);
            &NEVER
        }
    }

    fn secret(text: &'static str) -> Hand {
        Hand(text, ExposedKeys::Refuse, Vec::new())
    }

    #[test]
    fn a_key_comes_back_from_its_file() {
        let dir = tempfile::tempdir().unwrap();
        for alg in Algorithm::ALL {
            let key = generate(*alg).unwrap();
            for (name, passphrase) in [("plain", None), ("locked", Some("correct horse"))] {
                let path = dir.path().join(format!("{}-{name}", alg.as_str()));
                let (private, public) = write_new(&path, &key, passphrase).unwrap();
                let mut access = secret("correct horse");
                let read = PrivateKey::read(&private, &mut access).unwrap();
                assert_eq!(access.2, []);
                assert_eq!(read.public().unwrap().id(), key.public().unwrap().id());
                assert_eq!(read_public(&public).unwrap().id(), key.public().unwrap().id());
                assert_eq!(read_public(&public).unwrap().alg(), *alg);
                assert_eq!(read.sign(b"twice"), key.sign(b"twice"));
                assert!(key.public().unwrap().signed(b"twice", &key.sign(b"twice")));
            }
        }
    }

    fn refused(prepare: impl FnOnce(&Path), passphrase: &'static str) -> KeyError {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        prepare(&path);
        match PrivateKey::read(&path.with_extension("key"), &mut secret(passphrase)) {
            Err(Error::Key { reason, .. }) => reason,
            other => panic!("{:?}", other.err()),
        }
    }

    fn new(path: &Path, passphrase: Option<&str>) {
        drop(write_new(path, &generate(Algorithm::Ed25519).unwrap(), passphrase).unwrap());
    }

    #[test]
    fn each_fault_has_its_own_reason() {
        assert_eq!(refused(|p| new(p, Some("right")), "wrong"), KeyError::WrongPassphrase);
        for alg in Algorithm::ALL {
            let equal = |p: &Path| drop(write_new(p, &PrivateKey::from_seed(*alg, &[7; 32]), None).unwrap());
            assert_eq!(refused(equal, ""), KeyError::Seed);
        }
        let text = |p: &Path| create(&p.with_extension("key"), Rights::Secret, b"hello").unwrap();
        assert!(matches!(refused(text, ""), KeyError::Kind { .. }));
        let dir = tempfile::tempdir().unwrap();
        new(&dir.path().join("e"), None);
        let again = write_new(&dir.path().join("e"), &generate(Algorithm::Ed25519).unwrap(), None);
        assert!(matches!(again, Err(Error::Key { reason: KeyError::Exists, .. })));
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_read_or_replace_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let chmod =
            |p: &Path, mode| std::fs::set_permissions(p, std::fs::Permissions::from_mode(mode)).unwrap();
        for mode in [0o644, 0o640, 0o602, 0o610] {
            let readable = |p: &Path| {
                new(p, None);
                chmod(&p.with_extension("key"), mode);
            };
            assert_eq!(refused(readable, ""), KeyError::Exposed(Exposure::Readable { mode }));
        }
        let replaceable = |p: &Path| {
            new(p, None);
            chmod(p.parent().unwrap(), 0o757);
        };
        assert!(matches!(
            refused(replaceable, ""),
            KeyError::Exposed(Exposure::Folder { mode: 0o757, direct: true, .. })
        ));
        // A sticky folder, and a switch with a loud name.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        new(&path, None);
        chmod(dir.path(), 0o1777);
        let key = path.with_extension("key");
        PrivateKey::read(&key, &mut secret("")).unwrap();
        chmod(dir.path(), 0o777);
        chmod(&key, 0o644);
        PrivateKey::read(&key, &mut Hand("", ExposedKeys::DangerAccept, Vec::new())).unwrap();
    }

    #[test]
    fn a_quick_passphrase_is_noted_and_can_be_made_slow() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.key");
        let key = generate(Algorithm::Ed25519).unwrap();
        let pair = KeypairBytes { secret_key: *key.seed(), public_key: None };
        let der = pair.to_pkcs8_der().unwrap();
        let quick = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(2_048, &[1; 16], [2; 16]).unwrap();
        let info = PrivateKeyInfoRef::try_from(der.as_bytes()).unwrap();
        let pem = info.encrypt_with_params(quick, "horse").unwrap();
        let pem = pem.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).unwrap();
        create(&path, Rights::Secret, pem.as_bytes()).unwrap();
        let mut access = secret("horse");
        let read = PrivateKey::read(&path, &mut access).unwrap();
        assert_eq!(access.2, [Doubt::Rounds(2_048)]);
        super::super::rewrap(&path, &read, "better").unwrap();
        let mut access = secret("better");
        let read = PrivateKey::read(&path, &mut access).unwrap();
        assert_eq!(access.2, []);
        assert_eq!(read.public().unwrap().id(), key.public().unwrap().id());
    }
}
