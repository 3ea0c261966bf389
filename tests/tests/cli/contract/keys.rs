//! Keys: their files, passphrases, and what stays secret.

use super::*;

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).expect("a file")) & 0o777
}

/// Threat T13: a private key is for its owner alone, whatever the umask.
#[cfg(unix)]
#[test]
fn private_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    let script = format!("umask 000; exec '{}' key new open --no-passphrase", tool::path().display());
    let status = Command::new("sh").args(["-c", &script]).current_dir(project.dir()).output().expect("sh");
    assert!(status.status.success());
    assert_eq!((mode(&project.path("open.key")), mode(&project.path("open.pub"))), (0o600, 0o644));
    for bits in [0o644, 0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(project.path("feature.key"), fs::Permissions::from_mode(bits)).expect("a mode");
        let run = project.pkg(&build("first.toml", "feature.key"));
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{bits:o}");
        assert!(run.stderr.contains(&format!("others can read it (mode {bits:o})")), "{}", run.stderr);
        assert!(run.stderr.contains("pkg: hint: run chmod 600 on it"), "{}", run.stderr);
    }
    for bits in [0o600, 0o400] {
        fs::set_permissions(project.path("feature.key"), fs::Permissions::from_mode(bits)).expect("a mode");
        project.done(&build("first.toml", "feature.key"));
    }
    // Packages and keyrings are for everybody.
    assert_eq!((mode(&project.path(FIRST)), mode(&project.path("cam.keyring"))), (0o644, 0o644));
}

#[test]
fn a_key_is_never_replaced() {
    let project = project();
    let before = (project.read("root.key"), project.read("root.pub"));
    let run = project.pkg(&["key", "new", "root", "--no-passphrase"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    fs::remove_file(project.path("root.key")).expect("a file");
    assert_eq!(project.pkg(&["key", "new", "root", "--no-passphrase"]).status, Some(2));
    assert!(!project.path("root.key").exists(), "half a pair is no pair");
    assert_eq!(project.read("root.pub"), before.1);
}

/// What the shell says, or nothing where the tool is missing.
fn openssl(project: &Project, args: &[&str]) -> Option<Vec<u8>> {
    let run = Command::new("openssl").args(args).current_dir(project.dir()).output();
    let Ok(run) = run else {
        eprintln!("note: openssl is missing; what needs it was not tested");
        return None;
    };
    assert!(run.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&run.stderr));
    Some(run.stdout)
}

#[test]
fn keys_go_to_openssl_and_come_from_it() {
    let project = project();
    project.secret("word", "correct horse\nnever read\n");
    let Some(_) = openssl(&project, &["version"]) else { return };
    let shown =
        |args: &[&str]| json(&project.done(&[&["key", "show", "--json"], args].concat()))["key"].clone();
    // From openssl: plain, and encrypted as it does by default.
    openssl(&project, &["genpkey", "-algorithm", "ed25519", "-out", "theirs.key"]);
    openssl(&project, &["pkey", "-in", "theirs.key", "-pubout", "-out", "theirs.pub"]);
    let pass = ["-aes256", "-passout", "pass:correct horse"];
    openssl(
        &project,
        &[&[
            "pkcs8",
            "-topk8",
            "-in",
            "theirs.key",
            "-out",
            "scrypt.key",
            "-scrypt",
            "-passout",
            "pass:correct horse",
        ][..]]
        .concat(),
    );
    openssl(&project, &[&["pkey", "-in", "theirs.key", "-out", "locked.key"][..], &pass].concat());
    #[cfg(unix)]
    for name in ["theirs.key", "locked.key", "scrypt.key"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(project.path(name), mode).expect("a mode");
    }
    let id = shown(&["theirs.pub"]);
    assert_eq!(shown(&["theirs.key"]), id);
    assert_eq!(shown(&["locked.key", "--passphrase-file", "word"]), id);
    assert_eq!(shown(&["scrypt.key", "--passphrase-file", "word"]), id);
    // To openssl: plain and encrypted, and it says which public key that is.
    project.done(&["key", "new", "ours", "--no-passphrase"]);
    project.done(&["key", "new", "secret", "--passphrase-file", "word"]);
    let public = |args: &[&str]| {
        openssl(&project, &[&["pkey", "-pubout", "-in"], args].concat()).expect("it is there")
    };
    assert_eq!(public(&["ours.key"]), project.read("ours.pub"));
    assert_eq!(public(&["secret.key", "-passin", "pass:correct horse"]), project.read("secret.pub"));
    let text = String::from_utf8(project.read("secret.key")).expect("PEM");
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{text}");
}

/// The raw signature is made elsewhere: by openssl here, by a token or a cloud in earnest.
#[test]
fn a_signature_is_made_elsewhere_and_attached() {
    let project = project();
    let Some(_) = openssl(&project, &["version"]) else { return };
    project.write("bare.toml", SECURITY);
    project.done(&["build", "bare.toml", "-o", "out", "--level", "fast"]);
    let elsewhere = |key: &str, more: &[&str]| {
        let (public, private) = (format!("{key}.pub"), format!("{key}.key"));
        let start = ["sign", SECOND, "--public", &public];
        let run = project.pkg(&[&start[..], more, &["--request", "bytes"]].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
        let again = project.pkg(&[&start[..], more, &["--request", "bytes"]].concat());
        assert_eq!(again.status, Some(2), "a request is not replaced");
        assert!(project.read("bytes").len() < 4_096, "fits any token and cloud");
        let args = ["pkeyutl", "-sign", "-rawin", "-inkey", &private, "-in", "bytes", "-out", "raw"];
        openssl(&project, &args);
        assert_eq!(project.read("raw").len(), 64);
        // The signature of another key, and one of other bytes, is not attached.
        let wrong = project.pkg(&["sign", SECOND, "--attach", "raw", "--public", "feature.pub"]);
        assert_eq!(wrong.status, Some(2), "{}", wrong.stderr);
        project.done(&[&start[..], more, &["--attach", "raw"]].concat());
        fs::remove_file(project.path("bytes")).expect("a file");
    };
    elsewhere("security", &[]);
    elsewhere("delivery", &["--delivery"]);
    project.done(&verify(&[SECOND], &[]));
    project.write("raw", [0; 64]);
    let before = project.read(SECOND);
    let run = project.pkg(&["sign", SECOND, "--attach", "raw", "--public", "security-2.pub"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(project.read(SECOND) == before);
}

#[test]
fn passphrases_come_from_files_and_descriptors() {
    let project = project();
    project.secret("word", "correct horse\n");
    project.secret("crlf", "correct horse\r\nsecond line");
    project.secret("other", "wrong horse\n");
    project.secret("blank", "\n");
    project.done(&["key", "new", "locked", "--passphrase-file", "word"]);
    let show = |source: &str| project.pkg(&["key", "show", "locked.key", "--passphrase-file", source]);
    assert_eq!(show("word").status, Some(0));
    assert_eq!(show("crlf").status, Some(0), "the first line, however it ends");
    for (source, message) in
        [("other", "wrong passphrase"), ("blank", "wrong passphrase"), ("none", "cannot read none")]
    {
        let run = show(source);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{source}");
        assert!(run.stderr.contains(message), "{source}: {}", run.stderr);
        assert!(!run.stderr.contains("horse"), "{}", run.stderr);
    }
    let asked =
        project.command(&["key", "show", "locked.key"]).stdin(Stdio::null()).output().expect("pkg runs");
    let asked = tool::of(asked);
    assert_eq!(asked.status, Some(2));
    assert!(asked.stderr.contains("encrypted, and no passphrase was given"), "{}", asked.stderr);
    assert!(asked.stderr.contains("--passphrase-file FILE or fd:N"), "{}", asked.stderr);
    let empty = project.pkg(&["key", "new", "k", "--passphrase-file", "blank"]);
    assert_eq!((empty.status, project.path("k.key").exists()), (Some(2), false));
    let both = project.pkg(&["key", "new", "k", "--passphrase-file", "word", "--no-passphrase"]);
    assert_eq!(both.status, Some(2));
    // A descriptor that the shell opened.
    #[cfg(unix)]
    for source in ["fd:3", "fd:0"] {
        let script = format!(
            "'{}' key show locked.key --passphrase-file {source} {}<word",
            tool::path().display(),
            &source[3..]
        );
        let run = Command::new("sh").args(["-c", &script]).current_dir(project.dir()).output().expect("sh");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
    // One passphrase opens each key of a command that is locked.
    project.done(&["key", "new", "also", "--passphrase-file", "word"]);
    let mut args = vec!["build", "first.toml", "-o", "out", "--key", "locked.key"];
    args.extend(["--delivery-key", "also.key", "--passphrase-file", "word"]);
    project.done(&args);
}

/// Threat T13: neither arguments nor environment nor messages have a secret in them.
#[cfg(target_os = "linux")]
#[test]
fn secrets_stay_out_of_sight() {
    let project = project();
    let passphrase = "a very long passphrase that is easily found";
    project.secret("word", passphrase);
    project.done(&["key", "new", "locked", "--passphrase-file", "word"]);
    let args = [
        "build",
        "first.toml",
        "-o",
        "out",
        "--key",
        "locked.key",
        "--passphrase-file",
        "fd:0",
        "--progress",
        "json",
    ];
    let mut command = project.command(&args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("pkg runs");
    // It waits for the passphrase: now anybody may look at its arguments and environment.
    let see = |what: &str| fs::read(format!("/proc/{}/{what}", child.id())).expect("a process");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !see("cmdline").windows(5).any(|w| w == b"build") {
        assert!(Instant::now() < deadline, "it does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let (arguments, environment) = (see("cmdline"), see("environ"));
    child.stdin.take().expect("a pipe").write_all(format!("{passphrase}\n").as_bytes()).expect("it reads");
    let run = tool::of(child.wait_with_output().expect("it ends"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    // The key in every form that it might be printed in.
    let seed = key("feature").seed();
    let hex: String = seed.iter().map(|b| format!("{b:02x}")).collect();
    let pem = String::from_utf8(project.read("feature.key")).expect("PEM");
    let body = pem.lines().nth(1).expect("a body").to_owned();
    let bad = project
        .write("bad.key", format!("-----BEGIN PRIVATE KEY-----\n{}x\n-----END PRIVATE KEY-----\n", body));
    fs::set_permissions(&bad, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    let mut said = format!("{}{}", run.stdout, run.stderr);
    for args in [
        build("first.toml", "feature.key"),
        build("first.toml", "bad.key"),
        vec!["key", "show", "feature.key"],
        vec!["key", "show", "bad.key"],
        vec!["key", "show", "locked.key", "--passphrase-file", "feature.key"],
        vec!["sign", FIRST, "--key", "feature.key"],
    ] {
        let run = project.pkg(&args);
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
    }
    for secret in [passphrase, &hex, &body, &body[20..]] {
        let found = |bytes: &[u8]| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found(&arguments) && !found(&environment) && !found(said.as_bytes()), "{secret}");
    }
}

/// Example keys are for trying out, and say so.
#[test]
fn example_keys_are_refused_unless_asked_for_by_name() {
    let project = project();
    let example = |name: &str| tool::workspace().join("keys-example").join(name).display().to_string();
    let (feature, delivery, keyring) =
        (example("EXAMPLE-feature.key"), example("EXAMPLE-delivery.key"), example("EXAMPLE.keyring"));
    let args = [
        "build",
        "first.toml",
        "-o",
        "out",
        "--level",
        "fast",
        "--key",
        &feature,
        "--delivery-key",
        &delivery,
    ];
    let run = project.pkg(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(
        run.stderr.matches("is an EXAMPLE key: anybody can sign with it").count(),
        2,
        "{}",
        run.stderr
    );
    for command in ["verify", "inspect"] {
        let run = project.pkg(&[command, FIRST, "--keyring", &keyring]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(run.stderr.contains("[KEY-2]"), "{}", run.stderr);
    }
    for switch in ["--danger-allow-example-keys", "--allow-test-keys"] {
        let run = project.pkg(&["verify", FIRST, "--keyring", &keyring, switch]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("trusts EXAMPLE keys: anybody can sign with them"), "{}", run.stderr);
    }
    // Nor do they get into a keyring of one's own unnoticed.
    let public = example("EXAMPLE-feature.pub");
    let add = format!("feature,delivery={public}");
    project.done(&[
        "keyring",
        "new",
        "--root",
        "root.pub",
        "--sign",
        "root.key",
        "--add",
        &add,
        "-o",
        "mine.keyring",
    ]);
    let run = project.pkg(&["verify", FIRST, "--keyring", "mine.keyring"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("[KEY-2]"), "{}", run.stderr);
    let shown = project.pkg(&["keyring", "show", "mine.keyring"]);
    assert!(shown.stderr.contains("it trusts EXAMPLE keys"), "{}", shown.stderr);
}

/// Whoever adds a key to the folder adds it to the list of denied ones.
#[test]
fn every_example_key_is_denied() {
    let folder = tool::workspace().join("keys-example");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "pub") {
            let key = pkg_builder::keys::read_public(&path).expect("a public key");
            assert!(pkg_verify::is_example_key(&key.id()), "{}", path.display());
            assert!(path.with_extension("key").exists(), "{}", path.display());
            count += 1;
        }
    }
    let private = fs::read_dir(&folder)
        .expect("it")
        .filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "key")));
    assert_eq!((count, private.count()), (6, 6), "each has both halves");
    assert!(!pkg_verify::is_example_key(&key("feature").id()));
}

// ---------------------------------------------------------------- the terminal
