//! Holds the command line to every vector of `format-spec/vectors/`: verdict, rule and exit status of
//! `pkg verify` and `pkg inspect`.

use pkg_decide::Fit;
use pkg_format::Rule;
use pkg_tests::vector_file::Vector;
use pkg_tests::{keyrings, tool};
use pkg_verify::Policy;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn folder() -> PathBuf {
    tool::workspace().join("format-spec/vectors")
}

fn read() -> Vec<Vector> {
    let mut paths: Vec<_> =
        fs::read_dir(folder()).expect("vectors").map(|e| e.expect("an entry").path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "vec"));
    paths.sort();
    paths.iter().map(|p| Vector::read(&fs::read(p).expect("a vector"))).collect()
}

/// Runs a check of every vector whose policy is that of the command line, on every core. The check gets
/// the vector and the path of its package, and says what is wrong.
fn hold(check: impl Fn(&Vector, &Path) -> Result<(), String> + Sync) {
    let vectors = read();
    let (theirs, others): (Vec<_>, Vec<_>) = vectors.iter().partition(|v| v.policy.is_empty());
    // No argument sets a policy; these vectors are about nothing else.
    let others: Vec<_> = others.iter().map(|v| &*v.name).collect();
    assert_eq!(others, ["pol-1-memory", "pol-2-testing", "ver-5-policy"]);
    assert!(theirs.len() >= 250, "{} vectors", theirs.len());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let dir = tempfile::tempdir().expect("a folder");
                while let Some(vector) = theirs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let package = dir.path().join(format!("{}.pkg", vector.name));
                    fs::write(&package, &vector.package).expect("a file");
                    if let Err(e) = check(vector, &package) {
                        wrong.lock().expect("no panic").push(format!("{}: {e}", vector.name));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), theirs.len(), wrong.join("\n"));
}

/// Runs `pkg` in the folder of the vectors.
fn pkg(command: &str, package: &Path, args: &[&str]) -> tool::Run {
    let package = package.to_str().expect("a path in UTF-8");
    tool::run(&folder(), &[&[command, package], args].concat())
}

/// A verdict as JSON says it: the word, and the rule where refused.
fn verdict(run: &tool::Run) -> Result<(String, Option<Rule>), String> {
    let json: Value =
        serde_json::from_str(&run.stdout).map_err(|e| format!("{e}: {:?} {}", run.stdout, run.stderr))?;
    let word = json["verdict"].as_str().ok_or("no verdict")?.to_owned();
    let rule = match &json["rule"] {
        Value::Null => None,
        rule => Some(rule.as_str().and_then(Rule::from_id).ok_or(format!("rule {rule}"))?),
    };
    let is_refused = word == "refused";
    let has_message = json["message"].as_str().is_some_and(|m| !m.is_empty());
    match (is_refused, rule.is_some(), has_message, run.status) {
        (true, true, true, Some(1)) | (false, false, false, Some(0)) => Ok((word, rule)),
        _ => Err(format!("{word} with rule {rule:?}, status {:?}: {json}", run.status)),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: expected {expected:?}, found {found:?}")),
    }
}

fn keyring(vector: &Vector) -> [String; 3] {
    ["--keyring".into(), format!("{}.keyring", vector.keyring), "--danger-allow-example-keys".into()]
}

#[test]
fn pkg_verify_agrees_with_every_vector() {
    hold(|vector, package| {
        let state = vector.state.as_ref().map(|s| ["--state".to_owned(), format!("{s}.state.toml")]);
        let args: Vec<_> = keyring(vector).into_iter().chain(state.into_iter().flatten()).collect();
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let json = pkg("verify", package, &[&args[..], &["--json"]].concat());
        let expected = match vector.expect {
            Ok(_) => ("accepted".into(), None),
            Err(rule) => ("refused".into(), Some(rule)),
        };
        same("verify --json", verdict(&json)?, expected)?;
        // For people the same, and how it fits.
        let line = pkg("verify", package, &args);
        same("status", line.status, json.status)?;
        let says = |text: &str| match line.stdout.contains(text) {
            true => Ok(()),
            false => Err(format!("verify: expected {text:?} in {:?}", line.stdout)),
        };
        match vector.expect {
            Err(rule) => says(&format!(": REFUSED: [{}] ", rule.id())),
            Ok(fit) => {
                says(": accepted: ")?;
                match fit {
                    None => same("says nothing of a device", line.stdout.contains("device"), false),
                    Some(Fit::Step) => says("; fits the device"),
                    Some(Fit::Installed) => says("; already installed"),
                    Some(Fit::Informational) => says("; is for this product"),
                }
            }
        }
    });
}

/// `inspect` reads the statements only: what lies behind them, and what a device says, it cannot see.
fn seen_in_statements(vector: &Vector) -> Result<(), Rule> {
    let rings: BTreeMap<_, _> = keyrings::files().into_iter().collect();
    let keyring = keyrings::vouched(rings[&*vector.keyring].clone());
    let verified = pkg_verify::open(&vector.package[..]).and_then(|p| p.verify(&keyring, &Policy::default()));
    verified.map(|_| ()).map_err(|e| e.rule().expect("a rule"))
}

#[test]
fn pkg_inspect_agrees_with_every_vector() {
    let (refused, unseen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    hold(|vector, package| {
        let args = keyring(vector);
        let args: Vec<_> = args.iter().map(String::as_str).chain(["--json"]).collect();
        let found = verdict(&pkg("inspect", package, &args))?;
        match seen_in_statements(vector) {
            Err(rule) => {
                refused.fetch_add(1, Ordering::Relaxed);
                same("the vector", Err(rule), vector.expect)?;
                same("inspect --json", found, ("refused".into(), Some(rule)))
            }
            Ok(()) => {
                unseen.lock().expect("no panic").extend(vector.expect.err());
                same("inspect --json", found, ("statements-verified".into(), None))
            }
        }
    });
    assert!(refused.into_inner() >= 180);
    // The rules of what it cannot see, and no others.
    for rule in unseen.into_inner().expect("no panic") {
        let of_a_device =
            ["APP", "VER", "SEP-10", "SEP-12", "SEP-16"].iter().any(|r| rule.id().starts_with(r));
        let behind = ["CON-2", "CON-3", "CON-4", "CON-5", "CON-6", "CON-7", "CON-8", "PAY-1", "PAY-2"];
        assert!(of_a_device || behind.contains(&rule.id()), "inspect does not see {}", rule.id());
    }
}

/// No key, no verdict: whatever is in a package, without a keyring nothing says that it is verified.
#[test]
fn without_a_keyring_nothing_is_vouched_for() {
    hold(|vector, package| {
        let page = pkg("inspect", package, &[]);
        let (found, _) = verdict(&pkg("inspect", package, &["--json"]))?;
        let words = page.stdout.replace("UNVERIFIED", "");
        for word in ["VERIFIED", "verified", "accepted", "✓"] {
            same(word, words.contains(word), false)?;
        }
        same("--json says unverified or refused", ["unverified", "refused"].contains(&&*found), true)?;
        let status = if found == "refused" { 1 } else { 0 };
        same("status", page.status, Some(status))?;
        same("the page begins with the verdict", page.stdout.starts_with(&found.to_uppercase()), true)?;
        match vector.expect {
            Ok(_) => same("accepted with its keyring", &*found, "unverified"),
            Err(_) => Ok(()),
        }
    });
}
