//! Who signed a statement, and whether that is enough.

use crate::count::Count;
use crate::keyring::Keyring;
use alloc::{format, string::String, vec::Vec};
use pkg_format::cose::{self, Algorithm, KeyId, StatementKind};
use pkg_format::keyring::{Asked, Place, Role, TrustedKey};
use pkg_format::manifest::{Manifest, Release};
use pkg_format::repository::LogName;
use pkg_format::{Digest, Id, Label, Refusal, Rule};

/// A trusted key whose signature matched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signer {
    /// The key.
    pub key: KeyId,
    /// Its algorithm.
    pub alg: Algorithm,
    /// Its name in the keyring.
    pub label: Label,
    /// What it may sign.
    pub roles: Vec<Role>,
    /// Which statement it signed.
    pub statement: StatementKind,
}

impl Signer {
    /// A trusted key that signed `statement`, as a test or a report of its own needs it. It proves nothing: what was
    /// verified are the signers of [`Statements`](crate::Statements).
    pub fn new(
        key: KeyId,
        alg: Algorithm,
        label: Label,
        roles: Vec<Role>,
        statement: StatementKind,
    ) -> Signer {
        Signer { key, alg, label, roles, statement }
    }
}

/// Whether one signature counts, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureStatus {
    /// It matches, and the key is trusted and may sign this.
    Valid,
    /// It matches, and the key is trusted, but not for this: it has not the role, or is bound to other products
    /// or channels. It vouches for nothing here.
    NotForThis,
    /// It does not match.
    Invalid,
    /// The keyring does not know the key.
    UnknownKey,
    /// The keyring has revoked the key.
    Revoked,
}

/// One signature of a package and whether it counts: for display, not for decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureReport {
    /// The statement it belongs to.
    pub statement: StatementKind,
    /// The key it names.
    pub key: KeyId,
    /// The algorithm.
    pub alg: Algorithm,
    /// Whether it counts.
    pub status: SignatureStatus,
}

/// Looks at every signature of a statement without judging the statement.
pub(crate) fn report(
    keyring: Option<&Keyring>,
    kind: StatementKind,
    statement: &[u8],
    signatures: Option<&[u8]>,
) -> Result<Vec<SignatureReport>, Refusal> {
    let Some(signatures) = signatures else { return Ok(Vec::new()) };
    let digest = Digest::of(statement);
    let report = |s: cose::Signature| {
        let status = match keyring {
            None => SignatureStatus::UnknownKey,
            Some(keyring) if keyring.is_revoked(&s.key) => SignatureStatus::Revoked,
            Some(keyring) => match keyring.key(&s.key) {
                None => SignatureStatus::UnknownKey,
                Some((key, _)) if key.signed_statement(kind, &digest, &s) => SignatureStatus::Valid,
                Some(_) => SignatureStatus::Invalid,
            },
        };
        SignatureReport { statement: kind, key: s.key, alg: s.alg, status }
    };
    Ok(cose::decode(signatures, kind, &digest)?.into_iter().map(report).collect())
}

/// What a statement asks of its signers: a role, for a product and for the channel and scope of a release.
pub(crate) struct Ask<'a> {
    pub(crate) role: Role,
    /// Vendor and name.
    pub(crate) product: (&'a Id, &'a Id),
    pub(crate) place: Option<Place<'a>>,
}

impl<'a> Ask<'a> {
    /// What the manifest asks; `kind` tells whether it is the manifest or its delivery that is signed.
    pub(crate) fn new(manifest: &'a Manifest, kind: StatementKind) -> Ask<'a> {
        let role = if kind == StatementKind::Delivery { Role::Delivery } else { manifest.role() };
        let identity = manifest.release().map(|r| &r.identity);
        let place = identity.map(|i| Place { channel: i.channel, scope: Some(&i.scope) });
        let product = &manifest.common().product;
        Ask { role, product: (&product.vendor, &product.name), place }
    }

    /// What the head of a repository asks. It lists all scopes, so a key that is bound to some cannot sign it.
    pub(crate) fn of_head(log: &'a LogName) -> Ask<'a> {
        let place = Some(Place { channel: log.channel, scope: None });
        Ask { role: Role::Catalogue, product: (&log.vendor, &log.name), place }
    }

    /// What a feature release with an exception asks besides, where the keyring has a threshold for exceptions:
    /// that those who answer for security agree.
    pub(crate) fn of_exception(
        manifest: &'a Manifest,
        kind: StatementKind,
        keyring: &Keyring,
    ) -> Option<Ask<'a>> {
        let asks = kind == StatementKind::Manifest
            && manifest.release().is_some_and(Release::has_exception)
            && keyring.statement().declares(Asked::SecurityException);
        asks.then(|| Ask { role: Asked::SecurityException.role(), ..Ask::new(manifest, kind) })
    }

    /// Everything that the statement asks of its signers.
    pub(crate) fn all(manifest: &'a Manifest, kind: StatementKind, keyring: &Keyring) -> Vec<Ask<'a>> {
        let besides = Ask::of_exception(manifest, kind, keyring);
        [Ask::new(manifest, kind)].into_iter().chain(besides).collect()
    }

    /// Whether a key may sign it.
    pub(crate) fn allows(&self, key: &TrustedKey) -> bool {
        key.may_sign(self.role, Some(self.product), self.place)
    }
}

/// Tells apart signatures that count from those of keys that may not sign this.
pub(crate) fn entitled(reports: &mut [SignatureReport], keyring: &Keyring, manifest: &Manifest) {
    for report in reports.iter_mut().filter(|r| r.status == SignatureStatus::Valid) {
        let asks = Ask::all(manifest, report.statement, keyring);
        if !keyring.key(&report.key).is_some_and(|(_, key)| asks.iter().any(|ask| ask.allows(key))) {
            report.status = SignatureStatus::NotForThis;
        }
    }
}

impl Keyring {
    /// Refuses a key that may not sign a statement: the manifest, or the delivery that goes with it. For those
    /// who are about to sign.
    ///
    /// # Errors
    /// SIG-2 for a key that is not in the keyring, SIG-14 for a revoked one, SIG-15 for one without the role, or
    /// bound to other products, channels or scopes.
    pub fn may_sign(&self, key: &KeyId, manifest: &Manifest, kind: StatementKind) -> Result<(), Refusal> {
        let refuse = |rule, why: String| Err(Refusal::new(rule, why).within(kind.as_str()));
        if self.is_revoked(key) {
            return refuse(Rule::Sig14, format!("key {} is revoked", key.short()));
        }
        let Some((_, known)) = self.key(key) else {
            return refuse(
                Rule::Sig2,
                format!("key {} is not among the signers of the keyring", key.short()),
            );
        };
        if Ask::all(manifest, kind, self).iter().any(|ask| ask.allows(known)) {
            return Ok(());
        }
        let ask = Ask::new(manifest, kind);
        let (role, (vendor, name)) = (ask.role, ask.product);
        let scope = |p: Place<'_>| p.scope.map_or_else(String::new, |s| format!(", scope {s}"));
        let place = ask.place.map_or_else(String::new, |p| format!(", {}{}", p.channel, scope(p)));
        let list = |words: Vec<String>| if words.is_empty() { "nothing".into() } else { words.join(", ") };
        let roles = list(known.roles.iter().map(|r| r.as_str().into()).collect());
        let products = known.products.iter().map(|p| format!("{}/{}", p.vendor, p.name));
        let channels = known.channels.iter().map(|c| c.as_str().into());
        let scopes = known.scopes.iter().map(|s| format!("scope {s}"));
        let bound: Vec<_> = products.chain(channels).chain(scopes).collect();
        let bound = if bound.is_empty() { String::new() } else { format!(" for {}", bound.join(", ")) };
        let why = format!(
            "expected a key that may sign {role} for {vendor}/{name}{place}; “{}” may sign {roles}{bound}",
            known.label.as_str()
        );
        refuse(Rule::Sig15, why)
    }
}

impl Keyring {
    /// Refuses keys that together cannot sign a head of this log. For those who are about to sign.
    ///
    /// # Errors
    /// SIG-14 where the only known keys are revoked, SIG-2 where none is in the keyring, SIG-15 where none has the role for
    /// this log, SIG-4 and SIG-16 where they are too few.
    pub fn may_sign_head(&self, keys: &[KeyId], log: &LogName) -> Result<(), Refusal> {
        let trusted = keys.iter().filter(|id| !self.is_revoked(id));
        let keys_of: Vec<_> = trusted.filter_map(|id| Some((*id, self.key(id)?.1))).collect();
        if keys_of.is_empty() {
            let named = keys.iter().map(KeyId::short).collect::<Vec<_>>().join(", ");
            return Err(match keys.iter().any(|id| self.is_revoked(id)) {
                true => Refusal::new(Rule::Sig14, format!("only revoked keys would sign it ({named})")),
                false => Refusal::new(Rule::Sig2, format!("no trusted key would sign it ({named})")),
            });
        }
        let would_sign = Authentic { kind: StatementKind::Head, keys: keys_of };
        would_sign.meets_threshold(self, Asked::Catalogue, &Ask::of_head(log))
    }
}

/// The trusted keys that signed a statement. At least one did; what it may sign is not asked yet.
pub(crate) struct Authentic<'k> {
    kind: StatementKind,
    keys: Vec<(KeyId, &'k TrustedKey)>,
}

/// Checks every signature of a statement. A signature of a known key that does not match refuses
/// the package, whatever the others say; one of an unknown key counts for nothing.
pub(crate) fn authenticate<'k>(
    keyring: &'k Keyring,
    kind: StatementKind,
    statement: &[u8],
    signatures: Option<&[u8]>,
) -> Result<Authentic<'k>, Refusal> {
    let unsigned = || Refusal::new(Rule::Sig1, "not signed").within(kind.as_str());
    let signatures = signatures.ok_or_else(unsigned)?;
    let reports = report(Some(keyring), kind, statement, Some(signatures))?;
    if let Some(bad) = reports.iter().find(|r| r.status == SignatureStatus::Invalid) {
        let why = format!("the signature of key {} on the {} does not match", bad.key.short(), kind.as_str());
        return Err(Refusal::new(Rule::Sig3, why));
    }
    let valid = reports.iter().filter(|r| r.status == SignatureStatus::Valid);
    let keys: Vec<_> = valid.filter_map(|r| keyring.key(&r.key).map(|(_, key)| (r.key, key))).collect();
    if !keys.is_empty() {
        return Ok(Authentic { kind, keys });
    }
    let named = reports.iter().map(|r| r.key.short()).collect::<Vec<_>>().join(", ");
    match reports.iter().any(|r| r.status == SignatureStatus::Revoked) {
        true => Err(Refusal::new(
            Rule::Sig14,
            format!("the {} is signed only by revoked keys ({named})", kind.as_str()),
        )),
        false => Err(Refusal::new(
            Rule::Sig2,
            format!("the {} is signed, but by no trusted key ({named})", kind.as_str()),
        )),
    }
}

impl Authentic<'_> {
    /// Refuses unless enough distinct keys signed that may sign what is asked: with Ed25519, and as many with
    /// ML-DSA-65 as are asked for besides.
    pub(crate) fn meets_threshold(
        &self,
        keyring: &Keyring,
        asked: Asked,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let mut count = Count::default();
        self.keys.iter().filter(|(_, key)| ask.allows(key)).for_each(|(_, key)| count.add(key.alg));
        let what = self.kind.as_str();
        if count.ed25519 == 0 {
            let labels = self.keys.iter().map(|(_, k)| k.label.as_str()).collect::<Vec<_>>().join(", ");
            let (role, (vendor, name)) = (ask.role, ask.product);
            let of = if count.ml_dsa_65 == 0 { "signer" } else { "signer with Ed25519" };
            let why = format!("no {of} has the role {role} for {vendor} {name}; signed by {labels}");
            return Err(Refusal::new(Rule::Sig15, why).within(what));
        }
        let (threshold, besides) =
            (keyring.threshold(asked), keyring.statement().post_quantum_threshold(asked));
        let rule = if count.ed25519 < threshold { Rule::Sig4 } else { Rule::Sig16 };
        match count.short_of(threshold, besides) {
            None => Ok(()),
            Some(short) => Err(Refusal::new(rule, format!("{short} keys signed it as {asked}")).within(what)),
        }
    }

    /// The signers: first those that may sign what is asked and so counted, then the others.
    pub(crate) fn signers(&self, asks: &[Ask<'_>]) -> (Vec<Signer>, Vec<Signer>) {
        let signer = |(id, key): &(KeyId, &TrustedKey)| Signer {
            key: *id,
            alg: key.alg,
            label: key.label.clone(),
            roles: key.roles.clone(),
            statement: self.kind,
        };
        let (counted, others): (Vec<_>, Vec<_>) =
            self.keys.iter().partition(|(_, key)| asks.iter().any(|ask| ask.allows(key)));
        (counted.into_iter().map(signer).collect(), others.into_iter().map(signer).collect())
    }
}
