//! Keys that another program uses to sign: `exec:PROGRAM`, for any cloud or device.
//!
//! `PROGRAM public` prints the public key, SPKI in PEM. `PROGRAM sign` gets the bytes to be signed on its standard
//! input and prints the raw signature. A status other than 0 is a refusal, and its standard error says why.
//! docs/signers.md has the whole protocol.

use super::public_key::parse_public;
use super::signer::Signer;
use crate::error::{Error, KeyError, Result};
use pkg_verify::PublicKey;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The most bytes read from its standard output. Keys and signatures of any algorithm are smaller.
const OUTPUT: u64 = 16 << 10;

/// The most bytes shown of its standard error.
const COMPLAINT: u64 = 2 << 10;

/// The most bytes that it may write there in addition, which are discarded.
const TALK: u64 = 1 << 20;

/// How often to check whether it has ended, or the user wants to stop.
const LOOK: Duration = Duration::from_millis(5);

/// How long its pipes are read after it has ended: one of its children may keep them open.
const GRACE: Duration = Duration::from_secs(1);

/// The version of the protocol, passed to the program in `PKG_SIGNER`.
const PROTOCOL: &str = "1";

/// A program that signs with one key.
pub struct ExecSigner {
    name: String,
    program: PathBuf,
    public: PublicKey,
    interrupted: &'static AtomicBool,
}

impl ExecSigner {
    /// Asks the program for its public key.
    ///
    /// # Errors
    /// The program cannot be run, fails, or prints no public key.
    pub fn new(name: &str, program: &Path, interrupted: &'static AtomicBool) -> Result<Self> {
        let pem = run(name, program, "public", None, interrupted)?;
        let pem = String::from_utf8(pem)
            .map_err(|_| Error::key(name, KeyError::Program("public did not print text".into())))?;
        let public = parse_public(&pem).map_err(|reason| Error::key(name, reason))?;
        Ok(ExecSigner { name: name.into(), program: program.into(), public, interrupted })
    }
}

impl Signer for ExecSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        run(&self.name, &self.program, "sign", Some(message), self.interrupted)
    }
}

/// Runs the program with one argument and no shell, and returns what it printed. There is no time limit: it may wait
/// for a person at a token.
fn run(
    name: &str,
    program: &Path,
    verb: &str,
    input: Option<&[u8]>,
    interrupted: &AtomicBool,
) -> Result<Vec<u8>> {
    let failed = |why: String| Error::key(name, KeyError::Program(why));
    let mut child = Command::new(program)
        .arg(verb)
        .env("PKG_SIGNER", PROTOCOL)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| failed(format!("cannot be run: {e}")))?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
        // On a thread of its own, so that neither side waits for the other. If it did not read everything, its
        // signature is wrong.
        let input = input.to_vec();
        std::thread::spawn(move || drop(pipe.write_all(&input)));
    }
    let output = read(child.stdout.take(), OUTPUT, 0);
    let complaint = read(child.stderr.take(), COMPLAINT, TALK);
    let too_long = || failed(format!("{verb} printed more than {OUTPUT} bytes"));
    let is_long = |bytes: &[u8]| u64::try_from(bytes.len()).is_ok_and(|length| length > OUTPUT);
    let end = |child: &mut Child| {
        let _ = child.kill();
        let _ = child.wait();
    };
    let mut printed = None;
    let status = loop {
        if interrupted.load(Ordering::Relaxed) {
            end(&mut child);
            return Err(Error::Interrupted);
        }
        printed = printed.or_else(|| output.try_recv().ok());
        if printed.as_deref().is_some_and(is_long) {
            end(&mut child);
            return Err(too_long());
        }
        match child.try_wait().map_err(|e| failed(format!("cannot be waited for: {e}")))? {
            Some(status) => break status,
            None => std::thread::sleep(LOOK),
        }
    };
    if !status.success() {
        let said = complaint.recv_timeout(GRACE).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let colon = if said.is_empty() { "" } else { ": " };
        return Err(failed(format!("{verb} ended with {status}{colon}{said}")));
    }
    // Its output is in the pipe. Only a process that it started can keep the pipe open now.
    match printed.map_or_else(|| output.recv_timeout(GRACE), Ok) {
        Ok(bytes) if is_long(&bytes) => Err(too_long()),
        Ok(bytes) => Ok(bytes),
        Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
        Err(RecvTimeoutError::Timeout) => {
            Err(failed(format!("{verb} ended but left a process behind that keeps its stdout open")))
        }
    }
}

/// Reads a pipe on a thread, up to one byte more than the limit. Up to `talk` bytes after that are discarded; then the
/// pipe is closed.
fn read(pipe: Option<impl Read + Send + 'static>, limit: u64, talk: u64) -> Receiver<Vec<u8>> {
    let (give, take) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let Some(mut pipe) = pipe else { return drop(give.send(bytes)) };
        let _ = Read::by_ref(&mut pipe).take(limit.saturating_add(1)).read_to_end(&mut bytes);
        let _ = give.send(bytes);
        let _ = std::io::copy(&mut pipe.take(talk), &mut std::io::sink());
    });
    take
}
