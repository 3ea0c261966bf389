//! What signatures cost: bytes, time and stack of each algorithm, on this machine.
//!
//! `cargo run --release -p pkg-verify --example signatures` prints the table of `docs/post-quantum.md`.

use ed25519_dalek::{Signer, SigningKey};
use ml_dsa::{ExpandedSigningKey, MlDsa65};
use pkg_format::Digest;
use pkg_format::cose::{Algorithm, StatementKind, key_id, to_be_signed};
use pkg_verify::PublicKey;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: u32 = 300;
const SEED: [u8; 32] = *b"an example seed, known to all...";

/// A key pair of either algorithm.
struct Maker {
    alg: Algorithm,
    ed25519: SigningKey,
    ml_dsa: Box<ExpandedSigningKey<MlDsa65>>,
}

impl Maker {
    fn new(alg: Algorithm) -> Maker {
        let ml_dsa = Box::new(ExpandedSigningKey::from_seed(&SEED.into()));
        Maker { alg, ed25519: SigningKey::from_bytes(&SEED), ml_dsa }
    }

    fn public(&self) -> Vec<u8> {
        match self.alg {
            Algorithm::Ed25519 => self.ed25519.verifying_key().as_bytes().to_vec(),
            Algorithm::MlDsa65 => self.ml_dsa.verifying_key().encode().to_vec(),
        }
    }

    fn message(&self, n: u32) -> Vec<u8> {
        let (statement, key) = (Digest::of(&n.to_be_bytes()), key_id(self.alg, &self.public()));
        to_be_signed(StatementKind::Manifest, &statement, self.alg, &key)
    }

    fn sign_message(&self, message: &[u8]) -> Vec<u8> {
        match self.alg {
            Algorithm::Ed25519 => self.ed25519.sign(message).to_bytes().to_vec(),
            Algorithm::MlDsa65 => {
                self.ml_dsa.sign_deterministic(message, b"").expect("no context").encode().to_vec()
            }
        }
    }

    fn sign(&self, n: u32) -> Vec<u8> {
        self.sign_message(&self.message(n))
    }
}

fn main() {
    if let [_, alg, kib] = &std::env::args().collect::<Vec<_>>()[..] {
        return verify_on(alg, kib);
    }
    println!("algorithm  key bytes  signature bytes  sign µs  load µs  verify µs  stack KiB");
    for alg in Algorithm::ALL.iter().copied() {
        let maker = Maker::new(alg);
        let raw = maker.public();
        let key = PublicKey::new(alg, &raw).expect("a sound key");
        let messages: Vec<_> = (0..RUNS).map(|n| maker.message(n)).collect();
        let mut signatures = Vec::new();
        // Signing retries a varying number of times, so each of many messages is signed once.
        let signing = mean(|n| signatures.push(maker.sign_message(&messages[n])));
        let loading = mean(|_| drop(black_box(PublicKey::new(alg, &raw))));
        let verifying = mean(|n| assert!(key.signed(&messages[n], &signatures[n])));
        println!(
            "{:<9}  {:>9}  {:>15}  {:>7}  {:>7}  {:>9}  {:>9}",
            alg.as_str(),
            raw.len(),
            signatures[0].len(),
            signing.as_micros(),
            loading.as_micros(),
            verifying.as_micros(),
            stack(alg)
        );
    }
}

/// The mean time of a run.
fn mean(mut run: impl FnMut(usize)) -> Duration {
    let start = Instant::now();
    (0..RUNS as usize).for_each(&mut run);
    start.elapsed() / RUNS
}

/// The smallest stack, in KiB, on which one signature is verified: each size in its own process, since running
/// out of stack kills it.
fn stack(alg: Algorithm) -> usize {
    let enough = |kib: usize| {
        let me = std::env::current_exe().expect("this program");
        let run = Command::new(me).args([alg.as_str(), &kib.to_string()]).stderr(Stdio::null()).status();
        run.expect("it runs").success()
    };
    let (mut low, mut high) = (0, 4096);
    while low + 4 < high {
        let middle = (low + high) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}

/// Verifies one signature on a stack of so many KiB.
fn verify_on(alg: &str, kib: &str) {
    let alg = Algorithm::ALL.iter().copied().find(|a| a.as_str() == alg).expect("an algorithm");
    let maker = Maker::new(alg);
    let signed = maker.sign(0);
    let key = PublicKey::new(alg, &maker.public()).expect("a sound key");
    let size = kib.parse::<usize>().expect("a number") * 1024;
    let check = move || assert!(key.signed(&maker.message(0), &signed));
    std::thread::Builder::new().stack_size(size).spawn(check).expect("a thread").join().expect("verified");
}
