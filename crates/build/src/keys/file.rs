//! Key files: PKCS#8 and SPKI in PEM, as OpenSSL writes and reads them.

use super::access::{Access, Doubt, ExposedKeys};
use super::ml_dsa_65;
use super::{openssh, pem};
use crate::error::{Error, KeyError, Result};
use ed25519_dalek::pkcs8::spki::DecodePublicKey;
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes, spki::EncodePublicKey};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, SecretDocument};
use pkg_files::{Rights, create_new, exposed, open_secret};
use pkg_format::Refusal;
use pkg_format::cose::Algorithm;
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

/// The most PBKDF2 rounds that are done: ten seconds, not a day, for a file somebody else made.
const PBKDF2_ROUNDS: u32 = 10_000_000;

/// Rounds below which a passphrase is tried too quickly; OpenSSL does 2,048 unless told otherwise.
const FEW_ROUNDS: u32 = 100_000;

/// The most memory that scrypt may take, bytes, and the most work: N r p.
const SCRYPT_MEMORY: u64 = 256 << 20;
const SCRYPT_WORK: u64 = 1 << 23;

/// What a key file must be.
const PRIVATE: &str = "an Ed25519 or ML-DSA-65 private key";
const PUBLIC: &str = "an Ed25519 or ML-DSA-65 public key in PEM";

/// A private key in memory: wiped when dropped, and without `Debug`, so that no message has it.
///
/// ```compile_fail,E0277
/// fn f(key: pkg_build::keys::PrivateKey) {
///     println!("{key:?}");
/// }
/// ```
pub struct PrivateKey(Secret);

enum Secret {
    Ed25519(SigningKey),
    MlDsa65(ml_dsa_65::PrivateKey),
}

impl PrivateKey {
    /// Reads `path`. Refuses a file that others can read or replace, unless it holds an example key.
    pub fn read(path: &Path, access: &mut dyn Access) -> Result<Self> {
        let text = KeyText::read(path, "a private key in PEM")?;
        PrivateKey::of_text(&text, path, access)
    }

    /// The key in a file that was read.
    fn of_text(text: &KeyText, path: &Path, access: &mut dyn Access) -> Result<Self> {
        let error = |reason| Error::key(path.display().to_string(), reason);
        let name = path.display().to_string();
        let pem = &text.text;
        // Looked at now: what is typed meanwhile takes its time.
        let exposed = match &text.file {
            Some(file) => exposed(path, file).map_err(|e| Error::file("read", path, e))?,
            None => None,
        };
        let key = PrivateKey::from_pem(pem, path, &mut || access.passphrase(&name))?;
        if let Some(rounds) = rounds(pem).filter(|r| *r < FEW_ROUNDS) {
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

    /// The key of a PEM file; `passphrase` is asked for only when it is encrypted.
    pub(super) fn from_pem(
        pem: &str,
        path: &Path,
        passphrase: &mut dyn FnMut() -> Result<Zeroizing<String>>,
    ) -> Result<Self> {
        let error = |reason| Error::key(path.display().to_string(), reason);
        let found = pem::key(pem, "a private key in PEM").map_err(error)?;
        let pem = found.pem.as_str();
        let key = match found.label.as_str() {
            "ENCRYPTED PRIVATE KEY" => decrypt(pem, passphrase, &error)?,
            "PRIVATE KEY" => {
                let document = SecretDocument::from_pem(pem).map(|(_, document)| document);
                let no_key = |_| error(KeyError::Kind { expected: PRIVATE });
                PrivateKey::of(&document.map_err(no_key)?).map_err(error)?
            }
            openssh::LABEL => PrivateKey(Secret::Ed25519(openssh::read(pem, passphrase, &error)?)),
            "PUBLIC KEY" => {
                return Err(error(KeyError::Kind { expected: "a private key: this is a public key" }));
            }
            _ => return Err(error(KeyError::Kind { expected: "a private key in PEM" })),
        };
        let seed = key.seed();
        match seed.iter().all(|b| Some(b) == seed.first()) {
            true => Err(error(KeyError::Seed)),
            false => Ok(key),
        }
    }

    /// The key of this algorithm with this seed.
    pub fn from_seed(alg: Algorithm, seed: &[u8; 32]) -> Self {
        PrivateKey(match alg {
            Algorithm::Ed25519 => Secret::Ed25519(SigningKey::from_bytes(seed)),
            Algorithm::MlDsa65 => Secret::MlDsa65(ml_dsa_65::PrivateKey::from_seed(seed)),
        })
    }

    /// The key in a document of PKCS#8; its algorithm is what the document says.
    fn of(document: &SecretDocument) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(document.as_bytes());
        let info = info.map_err(|_| KeyError::Kind { expected: PRIVATE })?;
        match info.algorithm.oid {
            ml_dsa_65::OID => ml_dsa_65::PrivateKey::from_pkcs8(&info).map(Secret::MlDsa65),
            _ => SigningKey::try_from(info).map(Secret::Ed25519).map_err(|e| kind_of(&e)),
        }
        .map(PrivateKey)
    }

    fn seed(&self) -> Zeroizing<[u8; 32]> {
        match &self.0 {
            Secret::Ed25519(key) => Zeroizing::new(key.to_bytes()),
            Secret::MlDsa65(key) => key.seed(),
        }
    }

    /// The public half.
    pub fn public(&self) -> Result<PublicKey, Refusal> {
        match &self.0 {
            Secret::Ed25519(key) => PublicKey::new(Algorithm::Ed25519, key.verifying_key().as_bytes()),
            Secret::MlDsa65(key) => PublicKey::new(Algorithm::MlDsa65, &key.public()),
        }
    }

    /// The pure signature of `message`, without context: the same each time.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Secret::MlDsa65(key) => key.sign(message),
        }
    }

    /// The key as PKCS#8 PEM, encrypted where there is a passphrase: PBES2 with PBKDF2 (600,000
    /// rounds of HMAC-SHA-256) and AES-256-CBC, which every OpenSSL since 1.1 reads. Version 1 of
    /// PKCS#8, since OpenSSL 3.0 reads no other; ML-DSA-65 as its seed, which 3.5 reads.
    pub fn to_pem(&self, passphrase: Option<&str>) -> Result<Zeroizing<String>> {
        let failed = |e: String| Error::key("new key", KeyError::Encryption(e));
        let der: SecretDocument = match &self.0 {
            Secret::Ed25519(key) => {
                KeypairBytes { secret_key: key.to_bytes(), public_key: None }.to_pkcs8_der()
            }
            Secret::MlDsa65(key) => key.to_pkcs8(),
        }
        .map_err(|e| failed(e.to_string()))?;
        let Some(passphrase) = passphrase else {
            return der.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|e| failed(e.to_string()));
        };
        let info = PrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|e| failed(e.to_string()))?;
        let parameters =
            pbes2::Parameters::generate_pbkdf2(&mut getrandom::SysRng).map_err(|e| failed(e.to_string()))?;
        let encrypted =
            info.encrypt_with_params(parameters, passphrase).map_err(|e| failed(e.to_string()))?;
        encrypted.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(|e| failed(e.to_string()))
    }
}

/// A public key as SPKI PEM.
pub fn public_pem(key: &PublicKey) -> Result<String> {
    let pem = match key.alg() {
        Algorithm::Ed25519 => VerifyingKey::try_from(key.as_bytes())
            .ok()
            .and_then(|key| key.to_public_key_pem(LineEnding::LF).ok()),
        Algorithm::MlDsa65 => ml_dsa_65::public_pem(key.as_bytes()),
    };
    pem.ok_or_else(|| {
        Error::key(key.id().to_string(), KeyError::Kind { expected: "a key that has a PEM form" })
    })
}

/// How many rounds of PBKDF2 an encrypted key takes.
fn rounds(text: &str) -> Option<u32> {
    let (_, der) = SecretDocument::from_pem(&pem::key(text, PRIVATE).ok()?.pem).ok()?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).ok()?;
    Some(info.encryption_algorithm.pbes2()?.kdf.pbkdf2()?.iteration_count)
}

fn kind_of(error: &pkcs8::Error) -> KeyError {
    match error {
        // The v2 form carries the public half, which is compared when it is read.
        pkcs8::Error::KeyMalformed(_) => KeyError::Halves,
        _ => KeyError::Kind { expected: PRIVATE },
    }
}

fn decrypt(
    pem: &str,
    passphrase: &mut dyn FnMut() -> Result<Zeroizing<String>>,
    error: &dyn Fn(KeyError) -> Error,
) -> Result<PrivateKey> {
    let unsupported = |e: &dyn std::fmt::Display| error(KeyError::Encryption(e.to_string()));
    let (_, der) = SecretDocument::from_pem(pem).map_err(|e| unsupported(&e))?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|e| unsupported(&e))?;
    let kdf = info.encryption_algorithm.pbes2().map(|p| &p.kdf);
    let affordable = kdf.is_some_and(|kdf| match (kdf.pbkdf2(), kdf.scrypt()) {
        (Some(p), _) => p.iteration_count <= PBKDF2_ROUNDS,
        (None, Some(s)) => {
            let (n, r, p) = (s.cost_parameter, u64::from(s.block_size), u64::from(s.parallelization));
            let memory = n.checked_mul(r).and_then(|nr| nr.checked_mul(128));
            let work = n.checked_mul(r).and_then(|nr| nr.checked_mul(p));
            memory.is_some_and(|m| m <= SCRYPT_MEMORY) && work.is_some_and(|w| w <= SCRYPT_WORK)
        }
        (None, None) => false,
    });
    if !affordable {
        return Err(error(KeyError::Encryption("its key derivation is too expensive".into())));
    }
    let passphrase = passphrase()?;
    let document = info.decrypt(passphrase.as_bytes()).map_err(|e| match e {
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed) => {
            error(KeyError::WrongPassphrase)
        }
        pkcs8::Error::EncryptedPrivateKey(e) => unsupported(&e),
        // What a wrong passphrase decrypts to is sometimes padded well, and then no key.
        _ => error(KeyError::WrongPassphrase),
    })?;
    if PrivateKeyInfoRef::try_from(document.as_bytes()).is_err() {
        return Err(error(KeyError::WrongPassphrase));
    }
    PrivateKey::of(&document).map_err(error)
}

/// Makes a key from 32 bytes of the operating system's randomness.
pub fn generate(alg: Algorithm) -> Result<PrivateKey> {
    from_randomness(alg, getrandom::fill)
}

/// The same from any source; one that fails, or gives what is no secret, makes no key.
fn from_randomness<E: std::fmt::Display>(
    alg: Algorithm,
    fill: impl FnOnce(&mut [u8]) -> std::result::Result<(), E>,
) -> Result<PrivateKey> {
    let mut seed = Zeroizing::new([0u8; 32]);
    fill(seed.as_mut())
        .map_err(|e| Error::Missing(format!("the operating system provides no random numbers: {e}")))?;
    match seed.iter().all(|b| Some(b) == seed.first()) {
        true => Err(Error::Missing("the operating system's random numbers are not random".into())),
        false => Ok(PrivateKey::from_seed(alg, &seed)),
    }
}

/// Reads a public key: SPKI PEM, as `openssl pkey -pubout` writes it.
///
/// # Errors
/// It cannot be read, or holds something else.
pub fn read_public(path: &Path) -> Result<PublicKey> {
    // Somebody may name a private one by mistake: it is wiped too.
    let text = KeyText::read(path, "a public key in PEM")?;
    parse_public(&text.text).map_err(|reason| Error::key(path.display().to_string(), reason))
}

/// The public key of a file that holds either half. It is read once: a pipe gives what it has only once.
///
/// # Errors
/// It cannot be read, holds no key, or a private one that cannot be used.
pub fn read_half(path: &Path, access: &mut dyn Access) -> Result<PublicKey> {
    let text = KeyText::read(path, "a key in PEM")?;
    match pem::key(&text.text, "a key in PEM") {
        Ok(key) if key.label == "PUBLIC KEY" => {
            parse_public(&text.text).map_err(|reason| Error::key(path.display().to_string(), reason))
        }
        _ => Ok(PrivateKey::of_text(&text, path, access)?.public()?),
    }
}

/// What a key file holds. Wiped when dropped.
struct KeyText {
    text: Zeroizing<String>,
    /// The file, where it is no pipe.
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

/// The public key of SPKI in PEM.
pub(super) fn parse_public(text: &str) -> Result<PublicKey, KeyError> {
    let found = pem::key(text, PUBLIC)?;
    if found.label.contains("PRIVATE") {
        return Err(KeyError::Kind { expected: "a public key: this is a private key" });
    }
    let pem = found.pem.as_str();
    let key = match (VerifyingKey::from_public_key_pem(pem), ml_dsa_65::read_public(pem)) {
        (Ok(key), _) => PublicKey::new(Algorithm::Ed25519, key.as_bytes()),
        (Err(_), Some(key)) => PublicKey::new(Algorithm::MlDsa65, &key),
        (Err(_), None) => return Err(KeyError::Kind { expected: PUBLIC }),
    };
    key.map_err(KeyError::Unsound)
}

/// Writes `PATH.key` (mode 0600) and `PATH.pub`. Replaces neither; leaves neither when it fails.
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
    use super::*;
    use pkg_files::Exposure;
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
                let path = dir.path().join(format!("{}-{name}", alg.word()));
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

    /// Threat T11: PKCS#8 of version 2 carries the public half too, and both must belong together.
    #[test]
    fn halves_that_do_not_belong_together_are_refused() {
        let (key, other) = (generate(Algorithm::Ed25519).unwrap(), generate(Algorithm::Ed25519).unwrap());
        let with = |public: &PublicKey| {
            let public = public.as_bytes().try_into().unwrap();
            let pair = KeypairBytes {
                secret_key: *key.seed(),
                public_key: Some(ed25519_dalek::pkcs8::PublicKeyBytes(public)),
            };
            let pem = pair.to_pkcs8_der().unwrap().to_pem("PRIVATE KEY", LineEnding::LF).unwrap();
            PrivateKey::from_pem(&pem, Path::new("k"), &mut || unreachable!())
        };
        let own = with(&key.public().unwrap()).unwrap();
        assert_eq!(own.public().unwrap().id(), key.public().unwrap().id());
        let refused = with(&other.public().unwrap()).err().unwrap();
        assert!(matches!(refused, Error::Key { reason: KeyError::Halves, .. }), "{refused}");
    }

    /// Threat T12: no randomness, no key.
    #[test]
    fn randomness_that_fails_makes_no_key() {
        assert!(from_randomness(Algorithm::Ed25519, |_| Err("no entropy")).is_err());
        assert!(from_randomness(Algorithm::Ed25519, |_| Ok::<_, String>(())).is_err(), "all zeros");
        let filled = |count: usize| {
            from_randomness(Algorithm::Ed25519, move |seed| {
                seed.iter_mut().take(count).for_each(|byte| *byte = 1);
                Ok::<_, String>(())
            })
        };
        assert!(filled(32).is_err(), "all equal");
        assert!(filled(16).is_ok());
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
