//! Keyrings: which are refused, and what those in force make of signers.

use pkg_format::cose::Algorithm;
use pkg_format::keyring::{Asked, KeyringStatement, ProductName, Role};
use pkg_format::manifest::Channel;
use pkg_format::{Rule, Tree};
use pkg_tests::container::{Container, RawMember};
use pkg_tests::cose::Cose;
use pkg_tests::device::id;
use pkg_tests::fake::path::{self, list, num, text};
use pkg_tests::keyrings::{archive, archive_bytes, root, statement, trusted, vouched, with_thresholds};
use pkg_tests::keys::{Key, key};
use pkg_tests::{Fake, run};
use pkg_verify::{ExampleKeys, Keyring};

fn opened(container: &Container) -> Result<Keyring, Rule> {
    Keyring::open(&container.to_bytes(), ExampleKeys::DangerAccept).map_err(|e| e.rule().expect("a refusal"))
}

/// What becomes of a keyring whose encoded statement was altered, truly signed by both roots.
fn altered(edit: impl FnOnce(&mut Tree)) -> Result<Keyring, Rule> {
    let mut tree = statement().to_tree();
    edit(&mut tree);
    let bytes = tree.to_bytes();
    let roots = [key("root"), key("root-2")];
    let cose = Cose::signed(pkg_format::cose::StatementKind::Keyring, &bytes, &roots).to_bytes();
    opened(&Container::new(vec![
        RawMember::new("keyring.cbor", &bytes),
        RawMember::new("keyring.cose", &cose),
    ]))
}

fn refused<T>(result: Result<T, Rule>) -> Rule {
    result.err().expect("a refusal")
}

/// The verdict on a package by this keyring.
fn verdict(package: &Fake, keyring: &Keyring) -> Result<(), Rule> {
    let bytes = package.package();
    let by_stream = run::stream(&bytes[..], keyring).map(|_| ()).map_err(|e| e.rule().expect("a refusal"));
    let by_whole = run::whole(&bytes, keyring).map(|_| ()).map_err(|e| e.rule().expect("a refusal"));
    assert_eq!(by_stream, by_whole);
    by_stream
}

#[test]
fn a_keyring_opens_with_the_signatures_of_its_roots() {
    let keyring = opened(&archive(&statement(), &[key("root"), key("root-2")])).expect("a keyring");
    assert_eq!(keyring.statement(), &statement());
    assert_eq!(keyring.version(), 2);
    assert_eq!(keyring.digest(), pkg_tests::keyrings::digest(&statement()));
    let with_stranger = archive(&statement(), &[key("root"), key("root-2"), key("stranger")]);
    assert!(opened(&with_stranger).is_ok());
}

/// Threats T04 and T09: keys with two encodings, and keys that anybody can sign for.
#[test]
fn unsound_keys_are_refused() {
    let mut weak: Vec<[u8; 32]> =
        [0u8, 1].map(|b| [&[b][..], &[0; 31]].concat().try_into().unwrap()).to_vec();
    let mut second_encoding = [0xff; 32];
    (second_encoding[0], second_encoding[31]) = (0xed + 3, 0x7f);
    // y = 2 is on no point of the curve.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    weak.extend([second_encoding, no_point]);
    for bad in weak {
        for path in ["keys[0].key", "roots[0].key"] {
            let rule = refused(altered(|t| path::set(t, path, Tree::Bytes(bad.to_vec()))));
            assert_eq!(rule, Rule::Key1, "{path} {bad:02x?}");
        }
    }
}

#[test]
fn example_keys_are_refused_unless_asked_for() {
    // RFC 8032, 7.1, test 1.
    let known = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let known = pkg_format::Digest::from_hex(known).expect("hex").0;
    let mut with_example = statement();
    with_example.keys[0].key = known.to_vec();
    let mut with_example_root = statement();
    with_example_root.roots[0].key = known.to_vec();
    for statement in [with_example.clone(), with_example_root] {
        let refusal = Keyring::vouched_by_caller(statement, ExampleKeys::Refuse).unwrap_err();
        assert_eq!(refusal.rule(), Some(Rule::Key2));
    }
    let keyring = Keyring::vouched_by_caller(with_example, ExampleKeys::DangerAccept).expect("asked for");
    assert!(keyring.has_example_keys());
    assert!(!vouched(statement()).has_example_keys());
}

#[test]
fn a_key_twice_is_refused() {
    for what in ["keys", "roots"] {
        let rule = refused(altered(|t| {
            let first = path::at(t, &format!("{what}[0].key")).clone();
            path::set(t, &format!("{what}[1].key"), first);
        }));
        assert_eq!(rule, Rule::Key3, "{what}");
    }
}

#[test]
fn too_few_roots_are_refused() {
    for roots in [&[][..], &["root"], &["root-2"], &["root", "stranger"], &["root", "security"]] {
        let roots: Vec<Key> = roots.iter().map(|r| key(r)).collect();
        let mut signed = archive(&statement(), &roots);
        if roots.is_empty() {
            signed.members.pop();
        }
        assert_eq!(refused(opened(&signed)), Rule::Key4, "{roots:?}");
    }
    let mut revoked = statement();
    revoked.revoked = vec![key("root").id()];
    // A revoked root counts for nothing, so two are no longer to be had.
    assert_eq!(refused(opened(&archive(&revoked, &[key("root"), key("root-2")]))), Rule::Key5);
    revoked.root_threshold = 1;
    assert_eq!(refused(opened(&archive(&revoked, &[key("root")]))), Rule::Key4);
    assert!(opened(&archive(&revoked, &[key("root-2")])).is_ok());
}

#[test]
fn thresholds_that_cannot_be_met_are_refused() {
    for (path, threshold) in [("root-threshold", 0), ("root-threshold", 3), ("root-threshold", u64::MAX)] {
        assert_eq!(refused(altered(|t| path::set(t, path, num(threshold)))), Rule::Key5);
    }
    let set = |role: &str, n| altered(|t| path::set(t, "thresholds", Tree::Map(vec![(role.into(), num(n))])));
    // Five keys may sign security updates: two of that role, and three of all that are in force.
    assert!(set("security", 5).is_ok());
    for (role, n) in [("security", 0), ("security", 6), ("security-exception", 6), ("notice", 5)] {
        assert_eq!(refused(set(role, n)), Rule::Key5, "{role} {n}");
    }
    assert_eq!(refused(set("release", 1)), Rule::Man2);
}

/// A keyring that the roots did not sign as it stands is refused, whatever was altered.
#[test]
fn no_altered_keyring_is_accepted() {
    let good = archive_bytes(&statement());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x01;
        assert!(Keyring::open(&bad, ExampleKeys::DangerAccept).is_err(), "byte {at}");
    }
    for length in (0..good.len()).step_by(7) {
        assert!(Keyring::open(&good[..length], ExampleKeys::DangerAccept).is_err(), "cut to {length}");
    }
}

#[test]
fn a_statement_of_another_kind_is_no_keyring() {
    let bytes = statement().to_tree().to_bytes();
    let roots = [key("root"), key("root-2")];
    let cose = Cose::signed(pkg_format::cose::StatementKind::Manifest, &bytes, &roots).to_bytes();
    let as_manifest = [RawMember::new("keyring.cbor", &bytes), RawMember::new("keyring.cose", &cose)];
    assert_eq!(refused(opened(&Container::new(as_manifest.to_vec()))), Rule::Sig6);
    let package = Fake::notice().package();
    let error = Keyring::open(&package, ExampleKeys::DangerAccept).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::Con1));
}

#[test]
fn fields_of_a_keyring_have_their_form() {
    for (rule, edit) in [
        (Rule::Man1, Box::new(|t: &mut Tree| drop(path::remove(t, "name"))) as Box<dyn FnOnce(&mut Tree)>),
        (Rule::Man1, Box::new(|t| drop(path::remove(t, "roots")))),
        (Rule::Man1, Box::new(|t| drop(path::remove(t, "keys")))),
        (Rule::Man1, Box::new(|t| drop(path::remove(t, "keys[0].roles")))),
        (Rule::Man2, Box::new(|t| path::set(t, "x-note", text("x")))),
        (Rule::Man2, Box::new(|t| path::set(t, "expires", num(1)))),
        (Rule::Man3, Box::new(|t| path::set(t, "version", text("2")))),
        (Rule::Man4, Box::new(|t| path::set(t, "keys[0].roles", list([text("admin")])))),
        (Rule::Man4, Box::new(|t| path::set(t, "keys[0].key", Tree::Bytes(vec![1; 31])))),
        (Rule::Man7, Box::new(|t| path::set(t, "keys[0].roles", list([text("security"), text("feature")])))),
        (Rule::Man8, Box::new(|t| path::set(t, "format", num(2)))),
        (Rule::Man9, Box::new(|t| path::set(t, "thresholds", Tree::Map(Vec::new())))),
        (Rule::Ver7, Box::new(|t| path::set(t, "version", num(0)))),
        (Rule::Sig8, Box::new(|t| path::set(t, "keys[0].alg", Tree::Int(-8)))),
        (Rule::Txt1, Box::new(|t| path::set(t, "keys[0].label", text("a\u{1b}[2J")))),
    ] {
        assert_eq!(refused(altered(edit)), rule);
    }
}

/// Every role against every kind of statement: one key, which has that role and no other.
#[test]
fn a_role_signs_its_own_kind_and_no_other() {
    let manifests = [
        (Role::Security, Fake::security()),
        (Role::Security, Fake::inseparable()),
        (Role::Security, Fake::change_is_fix()),
        (Role::Feature, Fake::feature()),
        (Role::Notice, Fake::notice()),
        (Role::Withdrawal, Fake::withdrawal()),
    ];
    for role in Role::ALL.iter().copied() {
        let mut only = statement();
        only.keys = vec![trusted("signer", &[role]), trusted("delivery", &[Role::Delivery])];
        let keyring = vouched(only);
        for (needed, package) in &manifests {
            let expected = if role == *needed { Ok(()) } else { Err(Rule::Sig15) };
            let signed = package.clone().signed_by(&[key("signer")]);
            assert_eq!(verdict(&signed, &keyring), expected, "{role} on {needed}");
        }
        let mut only = statement();
        only.keys = vec![trusted("signer", &[role]), trusted("security", &[Role::Security])];
        let expected = if role == Role::Delivery { Ok(()) } else { Err(Rule::Sig15) };
        let delivered = Fake::security().delivered_by(&[key("signer")]);
        assert_eq!(verdict(&delivered, &vouched(only)), expected, "{role} on delivery");
    }
}

/// Threat T08, in full: one signer of one role, bound to a product or not, to a channel or not, against
/// every kind of statement. It may sign what its role says, for its product, on its channel.
#[test]
fn role_by_class_by_product_by_channel() {
    let products = [None, Some("cam"), Some("doorbell")];
    let channels = [None, Some(Channel::Stable), Some(Channel::Testing)];
    let statements = [
        ("pure", Role::Security, Fake::security()),
        ("inseparable", Role::Security, Fake::inseparable()),
        ("change-is-fix", Role::Security, Fake::change_is_fix()),
        ("feature", Role::Feature, Fake::feature()),
        ("notice", Role::Notice, Fake::notice()),
        ("withdrawal", Role::Withdrawal, Fake::withdrawal()),
        ("delivery", Role::Delivery, Fake::security()),
    ];
    let (mut accepted, mut refused) = (0, 0);
    for role in Role::ALL.iter().copied() {
        for (product, channel) in products.iter().flat_map(|p| channels.map(|c| (*p, c))) {
            let mut signer = trusted("signer", &[role]);
            signer.products =
                product.map(|p| ProductName { vendor: id("acme"), name: id(p) }).into_iter().collect();
            signer.channels = channel.into_iter().collect();
            let mut only = statement();
            only.keys =
                vec![signer, trusted("security", &[Role::Security]), trusted("delivery", &[Role::Delivery])];
            let keyring = vouched(only);
            for (what, needed, package) in &statements {
                let signed = match what {
                    &"delivery" => package.clone().delivered_by(&[key("signer")]),
                    _ => package.clone().signed_by(&[key("signer")]),
                };
                // Words have no channel; the releases here are of product cam, on the stable channel.
                let words = matches!(what, &"notice" | &"withdrawal");
                let may = role == *needed
                    && product != Some("doorbell")
                    && (words || channel != Some(Channel::Testing));
                let expected = if may { Ok(()) } else { Err(Rule::Sig15) };
                assert_eq!(verdict(&signed, &keyring), expected, "{role} {product:?} {channel:?} on {what}");
                *(if may { &mut accepted } else { &mut refused }) += 1;
            }
        }
    }
    // 6 roles, 3 products, 3 channels, 7 statements. Of the accepted: 5 releases and deliveries on 2 products
    // and 2 channels, 2 kinds of words on 2 products and 3 channels.
    assert_eq!((accepted, accepted + refused), (5 * 4 + 2 * 6, 378));
}

/// Threat T09: a threshold counts keys that may sign, and nothing else.
#[test]
fn thresholds_count_distinct_able_keys() {
    let keyring = vouched(with_thresholds(&[(Asked::Security, 2)]));
    for (signers, expected) in [
        (&["security", "security-2"][..], Ok(())),
        (&["security", "all"], Ok(())),
        (&["security", "security-2", "stranger"], Ok(())),
        (&["security"], Err(Rule::Sig4)),
        (&["security", "stranger"], Err(Rule::Sig4)),
        (&["security", "feature"], Err(Rule::Sig4)),
        (&["security", "elsewhere"], Err(Rule::Sig4)),
        (&["security", "testing"], Err(Rule::Sig4)),
        (&["security", "revoked"], Err(Rule::Sig4)),
        (&["feature", "notice"], Err(Rule::Sig15)),
    ] {
        let signers: Vec<_> = signers.iter().map(|s| key(s)).collect();
        assert_eq!(verdict(&Fake::security().signed_by(&signers), &keyring), expected, "{signers:?}");
    }
    let deliveries = vouched(with_thresholds(&[(Asked::Delivery, 2)]));
    assert_eq!(verdict(&Fake::security(), &deliveries), Err(Rule::Sig4));
    let by_two = Fake::security().delivered_by(&[key("delivery"), key("delivery-2")]);
    assert_eq!(verdict(&by_two, &deliveries), Ok(()));
    // Another role's threshold says nothing here.
    assert_eq!(verdict(&Fake::notice(), &keyring), Ok(()));
}

#[test]
fn what_is_not_pure_asks_for_its_own_threshold() {
    let exception = vouched(with_thresholds(&[(Asked::SecurityException, 2)]));
    assert_eq!(verdict(&Fake::security(), &exception), Ok(()));
    for package in [Fake::inseparable(), Fake::change_is_fix(), Fake::security().inheriting()] {
        assert_eq!(verdict(&package, &exception), Err(Rule::Sig4));
        let by_two = package.signed_by(&[key("security"), key("security-2")]);
        assert_eq!(verdict(&by_two, &exception), Ok(()));
    }
    // It defaults to that of `security` and is never lower.
    let two = vouched(with_thresholds(&[(Asked::Security, 2)]));
    assert_eq!(verdict(&Fake::inseparable(), &two), Err(Rule::Sig4));
    let lower = vouched(with_thresholds(&[(Asked::Security, 2), (Asked::SecurityException, 1)]));
    assert_eq!(verdict(&Fake::inseparable(), &lower), Err(Rule::Sig4));
}

#[test]
fn keys_are_bound_to_products_and_channels() {
    let mut bound = statement();
    bound.keys[0].products = vec![ProductName { vendor: id("acme"), name: id("cam") }];
    bound.keys[0].channels = vec![Channel::Stable];
    let keyring = vouched(bound);
    assert_eq!(verdict(&Fake::security(), &keyring), Ok(()));
    for (path, value) in [("product.vendor", "acm"), ("product.name", "cam2"), ("release.channel", "testing")]
    {
        assert_eq!(verdict(&Fake::security().set(path, text(value)), &keyring), Err(Rule::Sig15), "{path}");
    }
    // A key for another product can neither sign nor deliver.
    let of_doorbell = |package: Fake| package.set("product.name", text("doorbell"));
    let elsewhere = of_doorbell(Fake::security()).signed_by(&[key("elsewhere")]);
    assert_eq!(verdict(&elsewhere, &vouched(statement())), Ok(()));
    assert_eq!(verdict(&Fake::security().signed_by(&[key("elsewhere")]), &keyring), Err(Rule::Sig15));
    assert_eq!(verdict(&Fake::security().delivered_by(&[key("elsewhere")]), &keyring), Err(Rule::Sig15));
}

/// Threat T10: a revoked key signs nothing, not even as one of several.
#[test]
fn a_revoked_key_signs_nothing() {
    let mut without = statement();
    without.revoked = vec![key("security").id(), key("delivery").id()];
    without.revoked.sort();
    let keyring = vouched(without);
    assert_eq!(verdict(&Fake::security(), &keyring), Err(Rule::Sig14));
    let both = Fake::security().signed_by(&[key("security"), key("security-2")]);
    assert_eq!(verdict(&both, &keyring), Err(Rule::Sig14), "its delivery is signed by a revoked key");
    assert_eq!(verdict(&both.delivered_by(&[key("delivery-2")]), &keyring), Ok(()));
}

/// Threat T01: no keys, no verdict.
#[test]
fn an_empty_keyring_accepts_nothing() {
    // A list of no keys has no form; a keyring that names none trusts nobody.
    assert_eq!(refused(altered(|t| path::set(t, "keys", list([])))), Rule::Man9);
    let mut none: KeyringStatement = statement();
    none.keys.clear();
    let keyring = vouched(none);
    for package in [Fake::security(), Fake::feature(), Fake::notice(), Fake::withdrawal()] {
        assert_eq!(verdict(&package, &keyring), Err(Rule::Sig2));
        assert_eq!(verdict(&package.signed_by(&[]), &keyring), Err(Rule::Sig1));
    }
}

#[test]
fn an_older_keyring_is_refused_by_what_asks_for_a_newer_one() {
    let keyring = vouched(statement());
    assert_eq!(verdict(&Fake::notice().set("keyring-min", num(2)), &keyring), Ok(()));
    assert_eq!(verdict(&Fake::notice().set("keyring-min", num(3)), &keyring), Err(Rule::Key6));
}

/// The key that looks a signature up is the whole thumbprint, and one key has one entry.
#[test]
fn roots_are_keys_of_their_own() {
    assert_eq!(verdict(&Fake::notice().signed_by(&[key("root")]), &vouched(statement())), Err(Rule::Sig2));
    let mut both = statement();
    both.roots.push(root(key("notice")));
    assert!(opened(&archive(&both, &[key("root"), key("notice")])).is_ok());
    assert_eq!(trusted("x", &[Role::Notice]).alg, Algorithm::Ed25519);
}

/// A statement has room for 16 signatures. A keyring that asks for more would strand whoever takes it.
#[test]
fn more_signatures_than_a_statement_has_room_for_are_not_asked_for() {
    const NAMES: [&str; 17] =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"];
    let asks = |thresholds: &[(Asked, u64)], besides: &[(Asked, u64)]| {
        let mut keyring = with_thresholds(thresholds);
        keyring.keys = NAMES.map(|name| trusted(name, Role::ALL)).to_vec();
        keyring.keys.push(pkg_tests::keyrings::entry(pkg_tests::keys::post_quantum("pq-all"), Role::ALL));
        keyring.post_quantum.asked = besides.to_vec();
        keyring.revoked.clear();
        KeyringStatement::decode(&keyring.to_tree().to_bytes()).map(|_| ()).map_err(|e| e.rule)
    };
    assert_eq!(asks(&[(Asked::Security, 16)], &[]), Ok(()));
    assert_eq!(asks(&[(Asked::Security, 17)], &[]), Err(Rule::Key5));
    assert_eq!(asks(&[(Asked::Security, 15)], &[(Asked::Security, 1)]), Ok(()));
    assert_eq!(asks(&[(Asked::Security, 16)], &[(Asked::Security, 1)]), Err(Rule::Key5));
    assert_eq!(asks(&[(Asked::Security, 16)], &[(Asked::SecurityException, 1)]), Err(Rule::Key5));
    assert_eq!(asks(&[(Asked::Feature, 16)], &[(Asked::Security, 1)]), Ok(()));
    let roots = |n| {
        let mut keyring = statement();
        keyring.roots = NAMES.map(|name| root(key(name))).to_vec();
        keyring.root_threshold = n;
        KeyringStatement::decode(&keyring.to_tree().to_bytes()).map(|_| ()).map_err(|e| e.rule)
    };
    assert_eq!((roots(16), roots(17)), (Ok(()), Err(Rule::Key5)));
}
