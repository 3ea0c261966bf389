//! Holds the library to every vector of `format-spec/vectors/`, and the vectors to the rules.

use pkg_decide::DeviceState;
use pkg_format::Rule;
use pkg_tests::vector_file::Vector;
use pkg_tests::{device, keyrings, run, tool, vectors};
use pkg_verify::Keyring;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    tool::workspace().join("format-spec/vectors")
}

/// Every file of the folder with this ending: name without it, and bytes.
fn files(ending: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder()).expect("the folder of vectors");
    entries
        .filter_map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name");
            let name = name.strip_suffix(ending)?.to_owned();
            Some((name, fs::read(entry.path()).expect("a file")))
        })
        .collect()
}

/// What vectors are judged with.
struct Judges {
    keyrings: BTreeMap<String, Keyring>,
    states: BTreeMap<String, DeviceState>,
}

impl Judges {
    fn load() -> Judges {
        let text = |bytes| String::from_utf8(bytes).expect("TOML is UTF-8");
        Judges {
            keyrings: files(".keyring").into_iter().map(|(n, b)| (n, keyrings::open(&b))).collect(),
            states: files(".state.toml").into_iter().map(|(n, b)| (n, device::from_toml(&text(b)))).collect(),
        }
    }

    /// What is wrong with the library, if anything.
    fn hold(&self, vector: &Vector) -> Result<(), String> {
        let keyring = &self.keyrings[&vector.keyring];
        let state = vector.state.as_ref().map(|s| &self.states[s]);
        let policy = run::policy(&vector.policy);
        let found = run::judge(&vector.package, keyring, &policy, state);
        let expected = run::Outcome {
            verdict: vector.expect,
            released: vector.released,
            released_sha256: vector.released_sha256,
        };
        if found != expected {
            return Err(format!("{}: expected {expected:?}, found {found:?}", vector.name));
        }
        match run::judge_whole(&vector.package, keyring, &policy, state) {
            whole if whole == vector.expect => Ok(()),
            whole => Err(format!("{}: forward {expected:?}, whole {whole:?}", vector.name)),
        }
    }
}

#[test]
fn the_library_agrees_with_every_vector() {
    let judges = Judges::load();
    let files = files(".vec");
    let wrong: Vec<_> = files
        .iter()
        .filter_map(|(name, bytes)| {
            let vector = Vector::read(bytes);
            assert_eq!(vector.name, *name, "a vector has the name of its file");
            judges.hold(&vector).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    assert!(files.len() >= 120, "{} vectors", files.len());
}

#[test]
fn generating_again_makes_no_difference() {
    let generated = vectors::files();
    let there: BTreeSet<_> = files("").into_keys().filter(|n| n != "README.md").collect();
    assert_eq!(there, generated.keys().cloned().collect(), "run: cargo run -p pkg-tests --bin vectors");
    for (name, bytes) in generated {
        assert!(fs::read(folder().join(&name)).expect("a file") == bytes, "{name} differs: generate again");
    }
}

#[test]
fn a_vector_reads_as_it_was_written() {
    for vector in vectors::all() {
        assert_eq!(Vector::read(&vector.to_bytes()), vector);
    }
}

#[test]
fn vectors_are_small() {
    let sizes: Vec<_> = files(".vec").into_iter().map(|(name, bytes)| (bytes.len(), name)).collect();
    // A signature of ML-DSA-65 has 3 KiB; one package bears two. What is about a limit is as large as that.
    let large: BTreeSet<_> = sizes.iter().filter(|(size, _)| *size >= 16 << 10).map(|(_, n)| &**n).collect();
    let about_limits =
        ["cbr-12-items", "del-3-stored-8-gib", "man-3-131072-items", "man-5-after", "txt-3-advisory"];
    assert_eq!(large, about_limits.into());
}

/// Rules that no single package can break: who raises them, in which test of which file.
///
/// The rules of a keyring need a keyring, those of the builder need a release description, and those
/// of decoding need a decoder.
const RAISED_ELSEWHERE: &[(Rule, &str, &str)] = &[
    (Rule::Cbr11, "crates/format/src/statement.rs", "a_second_form_is_refused"),
    (Rule::Key1, "tests/tests/verify/keyring.rs", "unsound_keys_are_refused"),
    (Rule::Key2, "tests/tests/verify/keyring.rs", "example_keys_are_refused_unless_asked_for"),
    (Rule::Key3, "tests/tests/verify/keyring.rs", "a_key_twice_is_refused"),
    (Rule::Key4, "tests/tests/verify/keyring.rs", "too_few_roots_are_refused"),
    (Rule::Key5, "tests/tests/verify/keyring.rs", "thresholds_that_cannot_be_met_are_refused"),
    (Rule::Key7, "tests/tests/verify/rotation.rs", "the_library_agrees_with_every_vector"),
    (Rule::Key8, "tests/tests/verify/rotation.rs", "the_library_agrees_with_every_vector"),
    (Rule::Key9, "tests/tests/verify/rotation.rs", "the_library_agrees_with_every_vector"),
    (Rule::Key10, "tests/tests/verify/rotation.rs", "the_library_agrees_with_every_vector"),
    (Rule::Key11, "tests/tests/verify/rotation.rs", "the_library_agrees_with_every_vector"),
    (Rule::Key12, "crates/verify/tests/without_ml_dsa.rs", "a_keyring_with_keys_of_ml_dsa_is_refused"),
    (
        Rule::Pol3,
        "tests/tests/verify/decide/rows.rs",
        "what_was_withdrawn_is_not_installed_and_what_runs_stays",
    ),
    (Rule::Pol4, "crates/decide/src/record.rs", "a_chain_is_whole_or_says_where_it_breaks"),
    (Rule::Pol5, "tests/tests/verify/decide/memory.rs", "a_recall_outlasts_whatever_fills_the_memory"),
    (Rule::Pay3, "tests/tests/build_install/decoding.rs", "a_chunk_that_does_not_decode_is_refused"),
    (Rule::Pay4, "tests/tests/build_install/decoding.rs", "an_image_that_was_not_signed_is_refused"),
    (Rule::Dlt1, "tests/tests/build_install/decoding.rs", "another_base_is_refused"),
    (Rule::Dlt2, "tests/tests/build_install/decoding.rs", "a_delta_of_an_unknown_version_is_refused"),
    (Rule::Dlt3, "tests/tests/build_install/decoding.rs", "a_delta_that_reaches_outside_its_base_is_refused"),
    (Rule::Dlt4, "tests/tests/build_install/decoding.rs", "stretches_that_are_not_the_image_are_refused"),
    (Rule::Dlt5, "tests/tests/build_install/decoding.rs", "a_delta_that_ends_early_or_goes_on_is_refused"),
    (
        Rule::Dlt6,
        "tests/tests/build_install/decoding.rs",
        "a_delta_that_needs_more_memory_than_declared_is_refused",
    ),
    (Rule::Txt5, "tests/tests/build_install/build/rules.rs", "characters_of_no_category_are_not_written"),
    (Rule::Sep11, "tests/tests/build_install/build/rules.rs", "passed_features_are_listed"),
    (Rule::Sep18, "tests/tests/build_install/build/touches.rs", "strictly_held_it_is_refused"),
    (Rule::Sep19, "tests/tests/build_install/build/steps.rs", "a_security_release_changes_an_image"),
    (Rule::Sep20, "tests/tests/build_install/build/statuses.rs", "a_fix_is_not_lost"),
    (Rule::Sep21, "tests/tests/build_install/build/statuses.rs", "a_fix_is_not_repeated"),
    (Rule::Adv7, "tests/tests/build_install/build/rules.rs", "required_languages_are_held_by_the_builder"),
    (Rule::Ver8, "tests/tests/build_install/build/steps.rs", "generations_rise_with_a_risk_assessment_only"),
    (Rule::Ver9, "tests/tests/build_install/build/steps.rs", "dates_do_not_fall"),
    (Rule::Rep1, "tests/tests/verify/head.rs", "a_head_of_another_log_is_refused"),
    (Rule::Rep2, "tests/tests/verify/head.rs", "a_head_of_another_log_is_refused"),
    (Rule::Rep3, "tests/tests/verify/repository/following.rs", "an_older_head_replaces_nothing"),
    (Rule::Rep4, "tests/tests/verify/repository/following.rs", "a_fork_is_an_alarm_and_is_kept"),
    (Rule::Rep5, "tests/tests/verify/repository/logs.rs", "a_log_with_something_left_out_is_refused"),
    (Rule::Rep6, "tests/tests/verify/repository/logs.rs", "a_log_that_was_rewritten_is_refused"),
    (Rule::Rep7, "tests/tests/verify/repository/current.rs", "a_head_that_lists_something_else_is_refused"),
    (
        Rule::Rep8,
        "tests/tests/verify/repository/fetching.rs",
        "a_package_that_is_not_the_listed_one_is_refused",
    ),
    (
        Rule::Rep9,
        "tests/tests/verify/repository/fetching.rs",
        "a_file_that_is_missing_or_has_another_length_is_told",
    ),
];

/// Rules without a vector in any folder, and why.
const WITHOUT_A_VECTOR: &[(&[Rule], &str)] = &[
    (&[Rule::Cbr11], "no bytes that pass the first guard have a second form"),
    (&[Rule::Key12], "a verifier with ML-DSA-65 never names it"),
    (
        &[
            Rule::Txt5,
            Rule::Adv7,
            Rule::Sep11,
            Rule::Sep18,
            Rule::Sep19,
            Rule::Sep20,
            Rule::Sep21,
            Rule::Ver8,
            Rule::Ver9,
        ],
        "builders name them; a vector is a package that is built",
    ),
    (
        &[Rule::Pol3, Rule::Pol4, Rule::Pol5],
        "a client names them while it decides; they need more than one package",
    ),
    (
        &[Rule::Dlt1, Rule::Pay4],
        "a client names them when it compares a base or an image, which no vector has",
    ),
];

/// What a second verifier can be held to: every rule but these has a vector that breaks it.
#[test]
fn rules_without_a_vector_are_few_and_have_a_reason() {
    let packages = vectors::all().into_iter().filter_map(|v| v.expect.err());
    let keyrings = pkg_tests::rotations::all().into_values().filter_map(|v| v.expect.err());
    let deltas = pkg_tests::delta_vectors::all().into_values().filter_map(|v| v.expect.err());
    let repositories = pkg_tests::repository_vectors::all().into_values().filter_map(|v| v.expect.err());
    let shown: BTreeSet<Rule> = packages.chain(keyrings).chain(deltas).chain(repositories).collect();
    let listed: BTreeSet<Rule> = WITHOUT_A_VECTOR.iter().flat_map(|(rules, _)| *rules).copied().collect();
    let found: BTreeSet<Rule> =
        Rule::ALL.iter().filter(|r| !shown.contains(r) && !r.is_of_sets()).copied().collect();
    assert_eq!(found, listed);
}

/// Rules that the code raises and no test does yet: a debt, not an exception.
const UNTESTED: &[Rule] = &[];

#[test]
fn every_rule_is_raised_by_a_vector_or_a_named_test() {
    let by_vectors: BTreeSet<Rule> =
        files(".vec").values().filter_map(|b| Vector::read(b).expect.err()).collect();
    for (rule, file, test) in RAISED_ELSEWHERE {
        assert!(!by_vectors.contains(rule), "{} is raised by a vector: take it off the list", rule.id());
        let source = fs::read_to_string(tool::workspace().join(file)).expect(file);
        let body = source.split(&format!("fn {test}(")).nth(1).unwrap_or_else(|| panic!("{file}: no {test}"));
        let body = body.split("\n#[test]").next().expect("a first part");
        assert!(body.contains(&format!("Rule::{rule:?}")), "{file}: {test} does not ask for {}", rule.id());
    }
    let missing: Vec<_> = Rule::ALL
        .iter()
        .filter(|r| !by_vectors.contains(r))
        .filter(|r| !RAISED_ELSEWHERE.iter().any(|(e, ..)| e == *r) && !UNTESTED.contains(r))
        // No single package can break a rule of sets: crates/audit/tests/ has a history for each.
        .filter(|r| !r.is_of_sets())
        .map(|r| r.id())
        .collect();
    assert!(missing.is_empty(), "raised nowhere: {missing:?}");
    for rule in UNTESTED {
        let elsewhere = RAISED_ELSEWHERE.iter().any(|(e, ..)| e == rule);
        assert!(!by_vectors.contains(rule) && !elsewhere, "{} is tested: take it off the list", rule.id());
    }
}

/// Threat T49: what a package says gets into messages, and messages into terminals.
#[test]
fn refusals_are_short_and_cannot_act_on_a_terminal() {
    let judges = Judges::load();
    for case in vectors::all() {
        let (keyring, policy) = (&judges.keyrings[&case.keyring], run::policy(&case.policy));
        let verdict = pkg_verify::open(&case.package[..]).and_then(|p| p.verify(keyring, &policy));
        let Err(error) = verdict else { continue };
        let message = error.to_string();
        assert!(message.len() < 1024, "{}: {} bytes", case.name, message.len());
        assert!(!message.chars().any(pkg_format::text::is_forbidden), "{}: {message:?}", case.name);
    }
}

/// That none is raised but listed holds by type: a refusal carries a [`Rule`]. What is left is that
/// each listed one is raised by some code.
#[test]
fn every_listed_rule_is_raised_somewhere() {
    fn sources(folder: PathBuf, out: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(path, out);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("rule.rs") {
                out.push_str(&fs::read_to_string(path).expect("a source"));
            }
        }
    }
    let mut code = String::new();
    sources(tool::workspace().join("crates"), &mut code);
    let is_word = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
    for rule in Rule::ALL {
        let name = format!("Rule::{rule:?}");
        assert!(code.match_indices(&name).any(|(i, _)| is_word(&code[i + name.len()..])), "{}", rule.id());
    }
}

/// Every kind of package is among the accepted ones.
#[test]
fn every_kind_is_accepted_somewhere() {
    let accepted: BTreeSet<_> =
        vectors::all().into_iter().filter(|v| v.expect.is_ok()).map(|v| v.kind).collect();
    assert_eq!(
        accepted,
        ["acknowledgement", "feature", "notice", "security", "withdrawal"].map(String::from).into()
    );
}
