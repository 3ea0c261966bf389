//! Taking a package through the verifier, by both readers, and telling what came of it.

use pkg_decide::{DeviceState, Fit};
use pkg_format::{Digest, Rule};
use pkg_verify::{Complete, Error, Keyring, Policy, Testing, Verified, open, verify_whole};
use std::io::Read;
use std::num::NonZeroUsize;

/// Reads everything forward; the proof of it, or why not.
pub fn stream(package: impl Read, keyring: &Keyring) -> Result<Complete, Error> {
    let mut verified = open(package)?.verify(keyring, &Policy::default())?;
    drain(&mut verified, &mut |_| ())?;
    verified.finish()
}

/// Reads everything as a file, on two threads.
pub fn whole(package: &[u8], keyring: &Keyring) -> Result<Complete, Error> {
    verify_whole(package, keyring, &Policy::default(), TWO, &|_| ())
}

const TWO: NonZeroUsize = NonZeroUsize::new(2).expect("two");

/// Reads every chunk of every payload.
pub fn drain<R: Read>(verified: &mut Verified<R>, chunk: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
    while let Some(mut payload) = verified.next_payload()? {
        while let Some((_, bytes)) = payload.next_chunk()? {
            chunk(bytes);
        }
    }
    Ok(())
}

/// What became of a package: how it fits a device if one was given, or the rule that it broke.
pub type Verdict = Result<Option<Fit>, Rule>;

/// A verdict and what was handed out before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Chunk bytes handed out.
    pub released: u64,
    /// Their digest.
    pub released_sha256: Digest,
}

fn rule<T>(result: Result<T, Error>) -> Result<T, Rule> {
    result.map_err(|e| e.rule().unwrap_or_else(|| panic!("cannot read: {e}")))
}

/// Judges a package forward, as a device does: statements, fit, chunks, end.
pub fn judge(package: &[u8], keyring: &Keyring, policy: &Policy, device: Option<&DeviceState>) -> Outcome {
    let mut out = Vec::new();
    let verdict = (|| {
        let mut verified = rule(rule(open(package))?.verify(keyring, policy))?;
        let fit = device.map(|d| d.fits(&verified, policy).map_err(|e| e.rule)).transpose()?;
        rule(drain(&mut verified, &mut |bytes| out.extend_from_slice(bytes)))?;
        rule(verified.finish())?;
        Ok(fit)
    })();
    Outcome { verdict, released: out.len() as u64, released_sha256: Digest::of(&out) }
}

/// Judges a package as a file. The fit is judged last, since all is read at once.
pub fn judge_whole(
    package: &[u8],
    keyring: &Keyring,
    policy: &Policy,
    device: Option<&DeviceState>,
) -> Verdict {
    let complete = rule(verify_whole(package, keyring, policy, TWO, &|_| ()))?;
    device.map(|d| d.fits(&complete, policy).map_err(|e| e.rule)).transpose()
}

/// The default policy with one line of a vector's header applied.
pub fn policy(lines: &[(String, String)]) -> Policy {
    let mut policy = Policy::default();
    for (key, value) in lines {
        let number = || value.parse().expect("a number");
        match key.as_str() {
            "policy-decode-memory" => policy.decode_memory = number(),
            "policy-jump" => policy.jump = number(),
            "policy-testing" => {
                policy.testing = if value == "refuse" { Testing::Refuse } else { Testing::Accept };
            }
            other => panic!("no policy {other}"),
        }
    }
    policy
}
