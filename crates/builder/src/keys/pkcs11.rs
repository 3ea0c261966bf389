//! Keys in tokens, accessed through PKCS#11: a library of the token's maker, loaded into this process.

use super::access::{Access, Doubt};
use super::signer::Signer;
use super::uri::TokenUri;
use crate::error::{Error, KeyError, Result};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Failure, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use pkg_format::cose::Algorithm;
use pkg_verify::PublicKey;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The loaded modules. A module has one state for the whole process, so it is initialised once, and never finalised
/// while another signer may use it.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// A key in a token, with a session that is logged in.
pub struct TokenSigner {
    name: String,
    session: Session,
    key: ObjectHandle,
    public: PublicKey,
}

impl TokenSigner {
    /// Finds the one token and the one key that fit the URI, and logs in.
    ///
    /// # Errors
    /// No token or key fits, more than one does, or the token refuses the PIN.
    pub fn open(name: &str, uri: &TokenUri, access: &mut dyn Access) -> Result<Self> {
        let error = |e: Failure| Error::key(name, reason(&e));
        let refused = |reason| Error::key(name, reason);
        let module = module(&uri.module).map_err(error)?;
        let (slot, token) = find_token(&module, uri).map_err(error)?.map_err(refused)?;
        let session = module.open_ro_session(slot).map_err(error)?;
        if token.login_required() {
            log_in(name, &session, &token, uri, access)?;
        }
        let found = find_key(&session, uri).map_err(error)?.map_err(refused)?;
        if found.always {
            return Err(refused(KeyError::EachTime));
        }
        let point = find_point(&session, &found).map_err(error)?;
        let public =
            public_of(point.as_deref().ok_or_else(|| refused(KeyError::NoPublicHalf))?).map_err(refused)?;
        Ok(TokenSigner { name: name.into(), session, key: found.handle, public })
    }
}

impl Signer for TokenSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        // Never Ed25519ph or Ed25519ctx: some tokens ignore these parameters and sign without them.
        let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        self.session.sign(&pure, self.key, message).map_err(|e| Error::key(&*self.name, reason(&e)))
    }
}

/// What a failure of the module means.
fn reason(error: &Failure) -> KeyError {
    match error {
        Failure::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
            KeyError::WrongPin
        }
        Failure::Pkcs11(RvError::PinLocked, _) => KeyError::PinLocked,
        Failure::LibraryLoading(e) => KeyError::Token(format!("its module cannot be loaded: {e}")),
        other => KeyError::Token(other.to_string()),
    }
}

/// Loads a module, unless it is loaded already.
fn module(path: &Path) -> Result<Pkcs11, Failure> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // It was initialised in this process under another name.
        Ok(()) | Err(Failure::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(e) => return Err(e),
    }
    modules.insert(path.into(), module.clone());
    Ok(module)
}

/// The one that fits, or an error that lists what there is, as it would be in a URI.
fn only<T>(fit: Vec<T>, what: &'static str, there: Vec<String>) -> Result<T, KeyError> {
    let count = fit.len();
    match <[T; 1]>::try_from(fit) {
        Ok([one]) => Ok(one),
        Err(_) => Err(KeyError::NotOne { what, count, there }),
    }
}

fn find_token(module: &Pkcs11, uri: &TokenUri) -> Result<Result<(Slot, TokenInfo), KeyError>, Failure> {
    let mut tokens = Vec::new();
    for slot in module.get_slots_with_token()? {
        let info = module.get_token_info(slot)?;
        if info.token_initialized() {
            tokens.push((slot, info));
        }
    }
    let there = tokens.iter().map(|(_, info)| {
        let (token, serial) = (text(info.label()), text(info.serial_number()));
        format!("token={token};serial={serial}")
    });
    let there = there.collect();
    let fits = |asked: &Option<String>, is: &str| asked.as_ref().is_none_or(|a| a == is.trim_end());
    tokens.retain(|(_, info)| {
        fits(&uri.token, info.label())
            && fits(&uri.serial, info.serial_number())
            && fits(&uri.manufacturer, info.manufacturer_id())
            && fits(&uri.model, info.model())
    });
    Ok(only(tokens, "token", there))
}

/// Text as it is in a URI.
fn text(text: &str) -> String {
    encoded(text.trim_end().as_bytes(), |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// Percent encoding of what is not plain, so that a listing can be pasted into a URI.
fn encoded(bytes: &[u8], plain: impl Fn(u8) -> bool) -> String {
    bytes.iter().map(|b| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02x}") }).collect()
}

fn log_in(
    name: &str,
    session: &Session,
    token: &TokenInfo,
    uri: &TokenUri,
    access: &mut dyn Access,
) -> Result<()> {
    if token.user_pin_locked() {
        return Err(Error::key(name, KeyError::PinLocked));
    }
    if token.user_pin_final_try() {
        access.doubt(name, Doubt::LastTry);
    }
    let pin = match token.protected_authentication_path() {
        // It has a keypad for the PIN.
        true => None,
        false => {
            let pin = access.pin(name, token.label().trim_end(), uri.pin_source.as_deref())?;
            Some(AuthPin::new(Box::from(pin.as_str())))
        }
    };
    match session.login(UserType::User, pin.as_ref()) {
        // Another key of the same token was opened before.
        Ok(()) | Err(Failure::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(e) => Err(Error::key(name, reason(&e))),
    }
}

/// A private key in the token.
struct Found {
    handle: ObjectHandle,
    label: Vec<u8>,
    id: Vec<u8>,
    edwards: bool,
    /// It asks for the PIN again at every signature.
    always: bool,
}

fn find_key(session: &Session, uri: &TokenUri) -> Result<Result<Found, KeyError>, Failure> {
    let mut keys = Vec::new();
    for handle in session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])? {
        let mut found = Found { handle, label: Vec::new(), id: Vec::new(), edwards: false, always: false };
        let wanted = [
            AttributeType::Label,
            AttributeType::Id,
            AttributeType::KeyType,
            AttributeType::AlwaysAuthenticate,
        ];
        for attribute in session.get_attributes(handle, &wanted)? {
            match attribute {
                Attribute::Label(label) => found.label = label,
                Attribute::Id(id) => found.id = id,
                Attribute::KeyType(kind) => found.edwards = kind == KeyType::EC_EDWARDS,
                Attribute::AlwaysAuthenticate(always) => found.always = always,
                _ => {}
            }
        }
        keys.push(found);
    }
    let there = keys.iter().map(|key| {
        let object = text(&String::from_utf8_lossy(&key.label));
        let other = if key.edwards { "" } else { " (no Ed25519)" };
        format!("object={object};id={}{other}", encoded(&key.id, |_| false))
    });
    let there = there.collect();
    keys.retain(|key| {
        key.edwards
            && uri.object.as_ref().is_none_or(|o| o.as_bytes() == key.label)
            && uri.id.as_ref().is_none_or(|id| *id == key.id)
    });
    Ok(only(keys, "Ed25519 key", there))
}

/// The public point of a private key: that of the public key with its id and label. If it is the wrong one, checking a
/// signature fails.
fn find_point(session: &Session, key: &Found) -> Result<Option<Vec<u8>>, Failure> {
    let public = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(KeyType::EC_EDWARDS),
        Attribute::Id(key.id.clone()),
    ];
    let labelled = [&public[..], &[Attribute::Label(key.label.clone())]].concat();
    for template in [&labelled[..], &public] {
        for handle in session.find_objects(template)? {
            let attributes = session.get_attributes(handle, &[AttributeType::EcPoint])?;
            if let Some(Attribute::EcPoint(point)) = attributes.into_iter().next() {
                return Ok(Some(point));
            }
        }
    }
    Ok(None)
}

/// The key of a point: raw, or in a DER octet string, as older modules give it.
fn public_of(point: &[u8]) -> Result<PublicKey, KeyError> {
    let raw = point.strip_prefix(&[0x04, 0x20]).filter(|rest| rest.len() == 32).unwrap_or(point);
    PublicKey::new(Algorithm::Ed25519, raw).map_err(KeyError::Unsound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_in_two_forms() {
        let key =
            super::super::private_key::PrivateKey::from_seed(Algorithm::Ed25519, &[1; 32]).public().unwrap();
        let raw = key.as_bytes();
        let wrapped = [&[0x04, 0x20], raw].concat();
        for point in [raw, &wrapped] {
            assert_eq!(public_of(point).unwrap().id(), key.id());
        }
        for wrong in [&wrapped[1..], &[0; 32], &[]] {
            assert!(matches!(public_of(wrong), Err(KeyError::Unsound(_))), "{wrong:?}");
        }
    }

    #[test]
    fn a_listing_can_be_pasted() {
        use super::super::uri::KeyUri;
        let listed = format!("object={};id={}", text("Ä b;c  "), encoded(&[0, 0xab], |_| false));
        assert_eq!(listed, "object=%c3%84%20b%3bc;id=%00%ab");
        let Ok(KeyUri::Token(uri)) = KeyUri::parse(&format!("pkcs11:{listed}?module-path=/m.so")) else {
            panic!("{listed}")
        };
        assert_eq!((uri.object.as_deref(), uri.id), (Some("Ä b;c"), Some(vec![0, 0xab])));
    }
}
