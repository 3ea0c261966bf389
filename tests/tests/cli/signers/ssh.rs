//! Key files as OpenSSH and OpenSSL write them.

use super::*;

fn generate(project: &Project, name: &str, args: &[&str]) {
    let start = ["-q", "-t", "ed25519", "-C", "release engineer", "-f", name];
    tool(project, "ssh-keygen", &[&start[..], args].concat());
}

#[test]
fn keys_of_openssh_sign() {
    if !installed("ssh-keygen") {
        return;
    }
    let project = unsigned();
    project.secret("word", "correct horse\n");
    project.secret("wrong", "wrong horse\n");
    let before = project.read(FIRST);
    for (name, cipher) in
        [("plain", None), ("ctr", Some("aes256-ctr")), ("gcm", Some("aes256-gcm@openssh.com"))]
    {
        match cipher {
            None => generate(&project, name, &["-N", ""]),
            Some(cipher) => generate(&project, name, &["-N", "correct horse", "-Z", cipher]),
        }
        let public = project.done(&["key", "show", "--pem", name, "--passphrase-file", "word"]);
        project.write("ssh.pub", public);
        trust(&project, "ssh.pub");
        project.write(FIRST, &before);
        for more in [&[][..], &["--delivery"]] {
            let args = ["sign", FIRST, "--key", name, "--passphrase-file", "word"];
            project.done(&[&args[..], more].concat());
        }
        verifies(&project);
        if cipher.is_some() {
            let run = project.pkg(&["key", "show", name, "--passphrase-file", "wrong"]);
            fails(&run, "wrong passphrase");
        }
        chmod(&project, name, 0o644);
        fails(&project.pkg(&["key", "show", name, "--passphrase-file", "word"]), "others can read it");
        // Cut off anywhere, it is no key.
        let text = fs::read_to_string(project.path(name)).expect("PEM");
        for at in [40, text.len() / 2, text.len() - 40] {
            project.write("cut", &text[..at]);
            chmod(&project, "cut", 0o600);
            let run = project.pkg(&["key", "show", "cut", "--passphrase-file", "word"]);
            assert_eq!(run.status, Some(2), "{name} cut at {at}");
        }
    }
}

#[test]
fn other_keys_of_openssh_are_refused() {
    if !installed("ssh-keygen") {
        return;
    }
    let project = project();
    for (kind, bits) in [("ecdsa", "256"), ("rsa", "2048")] {
        tool(&project, "ssh-keygen", &["-q", "-t", kind, "-b", bits, "-N", "", "-f", kind]);
        fails(&project.pkg(&["key", "show", kind]), "not an Ed25519 key in OpenSSH format");
    }
}

/// Every way OpenSSL encrypts a key that is refused neither here nor there.
#[test]
fn keys_of_openssl_sign_however_they_are_encrypted() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    project.secret("word", "correct horse\n");
    trust(&project, "feature.pub");
    let before = project.read(FIRST);
    for (args, warned) in [
        (&["-scrypt"][..], false),
        (&["-scrypt", "-scrypt_N", "8192", "-scrypt_r", "8", "-scrypt_p", "1"], false),
        (&["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"], true),
        (&["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"], true),
        (&["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "200000"], false),
    ] {
        let start =
            ["pkcs8", "-topk8", "-in", "feature.key", "-out", "locked.key", "-passout", "pass:correct horse"];
        tool(&project, "openssl", &[&start[..], args].concat());
        chmod(&project, "locked.key", 0o600);
        project.write(FIRST, &before);
        for more in [&[][..], &["--delivery"]] {
            let sign = ["sign", FIRST, "--key", "locked.key", "--passphrase-file", "word"];
            let run = project.pkg(&[&sign[..], more].concat());
            assert_eq!(run.status, Some(0), "{args:?}: {}", run.stderr);
            assert_eq!(run.stderr.contains("is hashed only 2048 times"), warned, "{}", run.stderr);
        }
        verifies(&project);
    }
    // What is too weak to be called encrypted.
    for args in [&["-v2", "des3"][..], &["-v1", "PBE-SHA1-3DES"]] {
        let start =
            ["pkcs8", "-topk8", "-in", "feature.key", "-out", "locked.key", "-passout", "pass:correct horse"];
        tool(&project, "openssl", &[&start[..], args].concat());
        chmod(&project, "locked.key", 0o600);
        let run = project.pkg(&["sign", FIRST, "--key", "locked.key", "--passphrase-file", "word"]);
        assert_eq!(run.status, Some(2), "{args:?}: {}", run.stderr);
    }
}

/// The warning leads to a command, after which it is silent, and the key is the same.
#[test]
fn a_key_is_encrypted_anew() {
    if !installed("openssl") {
        return;
    }
    let project = project();
    project.secret("word", "correct horse\n");
    project.secret("new-word", "battery staple\n");
    let args = ["pkcs8", "-topk8", "-in", "feature.key", "-out", "old.key", "-passout", "pass:correct horse"];
    tool(&project, "openssl", &args);
    chmod(&project, "old.key", 0o600);
    let run = project.pkg(&["key", "show", "old.key", "--passphrase-file", "word"]);
    assert!(run.stderr.contains("pkg: hint: pkg key rewrap old.key"), "{}", run.stderr);
    let old = project.read("old.key");
    let rewrap = ["key", "rewrap", "old.key", "--new-passphrase-file", "new-word", "--passphrase-file"];
    fails(&project.pkg(&[&rewrap[..], &["new-word"]].concat()), "wrong passphrase");
    assert_eq!(project.read("old.key"), old);
    project.done(&[&rewrap[..], &["word"]].concat());
    let mode = fs::metadata(project.path("old.key")).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let run = project.pkg(&["key", "show", "--pem", "old.key", "--passphrase-file", "new-word"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.into_bytes(), project.read("feature.pub"));
    // Openssl reads it as before.
    tool(&project, "openssl", &["pkey", "-in", "old.key", "-passin", "pass:battery staple", "-noout"]);
    assert!(project.list(".").iter().all(|name| !name.contains(".part")));
}
