//! `exec:PROGRAM`: the protocol of docs/signers.md, kept and broken.

use super::*;
use pkg_tests::tool;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A shell script that signs, or pretends to.
fn script(project: &Project, name: &str, text: &str) {
    project.write(name, format!("#!/bin/sh\n{text}\n"));
    chmod(project, name, 0o755);
}

/// A line of a script that signs with a key of the project.
fn sign_with(key: &str) -> String {
    format!("cat > m.$$; openssl pkeyutl -sign -rawin -inkey {key}.key -in m.$$; rm m.$$")
}

#[test]
fn the_example_signs() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    let program = tool::workspace().join("examples/exec-signer");
    fs::copy(program, project.path("exec-signer")).expect("a copy");
    chmod(&project, "exec-signer", 0o755);
    // Its key is made and held by openssl alone.
    tool(&project, "openssl", &["genpkey", "-algorithm", "ed25519", "-out", "signer.key"]);
    let key = "exec:./exec-signer";
    fs::write(project.path("cloud.pub"), project.done(&["key", "show", "--pem", key])).expect("a file");
    let public = tool(&project, "openssl", &["pkey", "-in", "signer.key", "-pubout"]);
    assert_eq!(project.read("cloud.pub"), public);
    trust(&project, "cloud.pub");
    project.done(&["sign", FIRST, "--key", key]);
    project.done(&["sign", FIRST, "--delivery", "--key", key]);
    verifies(&project);
    project.done(&[
        "build",
        "first.toml",
        "-o",
        "out",
        "--replace",
        "--key",
        key,
        "--keyring",
        "cam.keyring",
    ]);
    verifies(&project);
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"]);
    // Root keys may be there too.
    let args = ["keyring", "new", "--root", "cloud.pub", "--add", "feature,delivery=cloud.pub"];
    project.done(&[&args[..], &["--sign", key, "-o", "its.keyring"]].concat());
    project.done(&["verify", FIRST, "--keyring", "its.keyring"]);
    let absolute = format!("exec:{}", project.arg("exec-signer"));
    project.done(&["key", "show", &absolute]);
}

/// It gets one word, the bytes as --request writes them, and a version of the protocol.
#[test]
fn the_program_gets_what_is_promised() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    let text = format!(
        "echo \"$# $* $PKG_SIGNER\" >> calls\ncase $1 in public) cat feature.pub;; sign) tee got | ({});; esac",
        sign_with("feature")
    );
    script(&project, "s", &text);
    project.done(&["sign", FIRST, "--key", "exec:./s"]);
    assert_eq!(project.read("calls"), b"1 public 1\n1 sign 1\n");
    project.done(&["sign", FIRST, "--public", "feature.pub", "--request", "asked"]);
    assert_eq!(project.read("got"), project.read("asked"));
}

/// One that says much, and minds whether it is heard.
#[test]
fn a_talkative_program_signs() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    let talk = "head -c 100000 /dev/zero | tr '\\0' x >&2 || exit 9";
    let text =
        format!("set -e\n{talk}\ncase $1 in public) cat feature.pub;; sign) {};; esac", sign_with("feature"));
    script(&project, "s", &text);
    project.done(&["sign", FIRST, "--key", "exec:./s"]);
}

/// Threat T11: every signature is checked before anybody else sees it.
#[test]
fn a_lying_program_signs_nothing() {
    if !installed("openssl") {
        return;
    }
    let project = unsigned();
    let before = project.read(FIRST);
    let public = "case $1 in public) cat feature.pub; exit;; esac";
    for (lie, text) in [
        ("zeros", "head -c 64 /dev/zero".to_owned()),
        ("nothing", ":".into()),
        ("a signature and a line end", format!("{}; echo", sign_with("feature"))),
        ("another key", sign_with("delivery")),
        ("other bytes", format!("tr a-z A-Z | ({})", sign_with("feature"))),
    ] {
        script(&project, "s", &format!("{public}\n{text}"));
        let run = project.pkg(&["sign", FIRST, "--key", "exec:./s"]);
        fails(&run, "its signature does not match its public key");
        assert!(project.read(FIRST) == before, "{lie}");
        let run = project.pkg(&["build", "first.toml", "-o", "out", "--level", "fast", "--key", "exec:./s"]);
        fails(&run, "its signature does not match its public key");
        assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"], "{lie}");
        assert!(project.read(FIRST) == before, "{lie}");
    }
}

#[test]
fn a_program_that_fails_says_why() {
    let project = unsigned();
    let before = project.read(FIRST);
    let sign = |text: &str| {
        script(&project, "s", text);
        let run = project.pkg(&["sign", FIRST, "--key", "exec:./s"]);
        assert!(project.read(FIRST) == before);
        run
    };
    fails(&sign("echo no card >&2; exit 3"), "public ended with exit status: 3: no card");
    fails(&sign("case $1 in public) cat feature.pub;; *) exit 1;; esac"), "sign ended with exit status: 1");
    fails(&sign("kill -9 $$"), "public ended with signal: 9");
    // What it says acts on no terminal, and begins no line of the tool's own.
    let run = sign("printf 'a\\033[2Jb\\npkg: error: fine' >&2; exit 1");
    fails(&run, "a\\u{1b}[2Jb\\npkg: error: fine");
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    // More than any key or signature has, on either stream.
    fails(&sign("cat /dev/zero"), "public printed more than 16384 bytes");
    fails(&sign("cat feature.pub; sleep 1000 &"), "public ended but left a process behind");
    fails(&sign("head -c 20000 /dev/zero"), "public printed more than 16384 bytes");
    let run = sign("yes no card >&2 | head -c 100000000 >&2; exit 1");
    fails(&run, "public ended with exit status: 1");
    assert!(run.stderr.len() < 4_000, "{}", run.stderr.len());
    // What it prints is no public key.
    fails(&sign("cat feature.key"), "not a public key: this is a private key");
    fails(&sign("printf '\\377'"), "public did not print text");
    fails(&sign("echo hello"), "not an Ed25519 or ML-DSA-65 public key in PEM");
    fs::remove_file(project.path("s")).expect("a file");
    fails(&project.pkg(&["sign", FIRST, "--key", "exec:./s"]), "cannot be run: No such file");
    project.write("s", "#!/bin/sh\ncat feature.pub\n");
    fails(&project.pkg(&["sign", FIRST, "--key", "exec:./s"]), "cannot be run: Permission denied");
}

/// No folder of PATH makes a signer, no shell reads its name, and no description names it.
#[test]
fn nobody_else_chooses_the_program() {
    let project = unsigned();
    script(&project, "s", "touch ran; cat feature.pub");
    let mut command = project.command(&["sign", FIRST, "--key", "exec:s"]);
    command.env("PATH", project.dir());
    fails(&tool::of(command.output().expect("pkg runs")), "exec: needs the path of a program");
    fails(&project.pkg(&["sign", FIRST, "--key", "exec:./s;true"]), "cannot be run: No such file");
    for key in ["exec:./s", "pkcs11:object=k?module-path=/m.so"] {
        project.write("named.toml", format!("{FEATURE}\n[signing]\nkeys = [\"{key}\"]\n"));
        let run = project.pkg(&["build", "named.toml", "-o", "out"]);
        fails(&run, "the release description gives the key");
        project.write("named.toml", format!("{FEATURE}\n[signing]\ndelivery-key = \"{key}\"\n"));
        let run = project.pkg(&["build", "named.toml", "-o", "out", "--key", "feature.key"]);
        fails(&run, "the release description gives the key");
    }
    assert!(!project.path("ran").exists());
}

/// It may wait for a person as long as it takes, and Ctrl-C ends both.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_program_and_command() {
    let project = project();
    script(&project, "s", "case $1 in public) cat feature.pub;; sign) echo $$ > pid; exec sleep 100;; esac");
    let mut command = project.command(&["build", "first.toml", "-o", "out", "--key", "exec:./s"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pkg runs");
    let deadline = Instant::now() + Duration::from_secs(60);
    let pid = loop {
        let pid = fs::read_to_string(project.path("pid")).unwrap_or_default();
        if pid.ends_with('\n') {
            break pid.trim().to_owned();
        }
        assert!(Instant::now() < deadline, "it does not sign");
        std::thread::sleep(Duration::from_millis(10));
    };
    // To pkg alone; a terminal would tell both.
    tool(&project, "kill", &["-INT", &child.id().to_string()]);
    let run = tool::of(child.wait_with_output().expect("it ends"));
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert!(run.stderr.contains("interrupted"), "{}", run.stderr);
    assert!(project.list("out").is_empty());
    assert!(!std::path::Path::new("/proc").join(pid).exists(), "the program goes on");
}
