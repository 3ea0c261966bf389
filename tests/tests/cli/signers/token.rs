//! Keys in a real token: SoftHSM, filled by pkcs11-tool, in a folder of its own.

use super::*;
use std::path::{Path, PathBuf};

const PIN: &str = "240713";

/// Where the module may be; Debian has it in the first.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// A project, and a token that nobody else has.
struct Token {
    project: Project,
    module: PathBuf,
}

impl Token {
    /// None where the tools are missing and nothing may be fetched.
    fn new() -> Option<Token> {
        if !(installed("softhsm2-util") && installed("pkcs11-tool")) {
            return None;
        }
        let module = MODULES.iter().map(Path::new).find(|p| p.exists()).expect("SoftHSM has a module");
        let token = Token { project: unsigned(), module: module.to_owned() };
        fs::create_dir(token.project.path("tokens")).expect("a folder");
        let conf = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            token.project.path("tokens").display()
        );
        token.project.write("softhsm2.conf", conf);
        token.project.secret("pin", format!("{PIN}\n"));
        token.make("fw");
        Some(token)
    }

    fn make(&self, label: &str) {
        self.run(
            "softhsm2-util",
            &["--init-token", "--free", "--label", label, "--so-pin", "5678", "--pin", PIN],
        );
    }

    fn run(&self, name: &str, args: &[&str]) {
        let conf = self.project.path("softhsm2.conf");
        let run = Command::new(name).args(args).env("SOFTHSM2_CONF", conf).output().expect(name);
        assert!(run.status.success(), "{name} {args:?}: {}", String::from_utf8_lossy(&run.stderr));
    }

    /// Lets pkcs11-tool make a pair of keys, as docs/signers.md shows.
    fn generate(&self, token: &str, kind: &str, label: &str, id: &str) {
        let module = self.module.to_str().expect("UTF-8");
        let start = ["--module", module, "--token-label", token, "--login", "--pin", PIN, "--keypairgen"];
        self.run("pkcs11-tool", &[&start[..], &["--key-type", kind, "--label", label, "--id", id]].concat());
    }

    fn delete(&self, kind: &str, id: &str) {
        let module = self.module.to_str().expect("UTF-8");
        let start = ["--module", module, "--token-label", "fw", "--login", "--pin", PIN];
        self.run("pkcs11-tool", &[&start[..], &["--delete-object", "--type", kind, "--id", id]].concat());
    }

    fn uri(&self, path: &str, query: &str) -> String {
        format!("pkcs11:{path}?module-path={}{query}", self.module.display())
    }

    fn pkg(&self, args: &[&str]) -> Run {
        let mut command = self.project.command(args);
        command.env("SOFTHSM2_CONF", self.project.path("softhsm2.conf")).stdin(std::process::Stdio::null());
        pkg_tests::tool::of(command.output().expect("pkg runs"))
    }

    fn done(&self, args: &[&str]) -> String {
        let run = self.pkg(args);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "pkg {}", args.join(" "));
        run.stdout
    }
}

#[test]
fn a_token_signs_packages_and_keyrings() {
    let Some(token) = Token::new() else { return };
    token.generate("fw", "EC:edwards25519", "release", "01");
    token.generate("fw", "EC:edwards25519", "root", "02");
    let project = &token.project;
    let key = token.uri("token=fw;object=release", "&pin-source=file:pin");
    let root =
        token.uri("token=fw;object=root;id=%02", &format!("&pin-source=file://{}", project.arg("pin")));
    let shown = token.done(&["key", "show", &key]);
    assert!(shown.contains("\n  algorithm   ed25519\n"), "{shown}");
    project.write("hsm.pub", token.done(&["key", "show", "--pem", &key]));
    project.write("hsm-root.pub", token.done(&["key", "show", "--pem", &root]));
    let add = ["keyring", "new", "--root", "hsm-root.pub", "--add", "feature,delivery=hsm.pub"];
    token.pkg(&[&add[..], &["-o", "cam.keyring"]].concat());
    token.done(&["keyring", "sign", "cam.keyring", "--key", &root]);
    let signed = |args: &[&str]| {
        let run = token.pkg(args);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
    };
    signed(&["sign", FIRST, "--key", &key]);
    signed(&["sign", FIRST, "--delivery", "--key", &key]);
    verifies(project);
    // Two keys of one token in one command: a module is loaded once, and stays.
    let two = ["--key", &key, "--delivery-key", &root];
    signed(&[&["build", "first.toml", "-o", "out", "--replace", "--level", "fast"][..], &two].concat());
    signed(&[
        "build",
        "first.toml",
        "--replace",
        "-o",
        "out",
        "--level",
        "fast",
        "--key",
        &key,
        "--keyring",
        "cam.keyring",
    ]);
    verifies(project);
    // What the public half of a token's pair says is not believed, but tried.
    let before = project.read(FIRST);
    token.delete("pubkey", "01");
    fails(&token.pkg(&["sign", FIRST, "--key", &key]), "the token has no public key with the same id");
    token.generate("fw", "EC:edwards25519", "release", "03");
    token.delete("privkey", "03");
    let module = token.module.to_str().expect("UTF-8");
    let set = ["--module", module, "--token-label", "fw", "--login", "--pin", PIN, "--set-id", "01"];
    token.run("pkcs11-tool", &[&set[..], &["--type", "pubkey", "--id", "03"]].concat());
    let run = token.pkg(&["sign", FIRST, "--key", &key]);
    fails(&run, "its signature does not match its public key");
    assert!(project.read(FIRST) == before);
}

/// Exactly one key must fit; otherwise what there is is listed, as it stands in a URI.
#[test]
fn one_key_fits_or_none_is_used() {
    let Some(token) = Token::new() else { return };
    let pin = "&pin-source=file:pin";
    let show = |path: &str| token.pkg(&["key", "show", &token.uri(path, pin)]);
    fails(&show("token=fw;object=a"), "no Ed25519 key matches; there are none");
    token.generate("fw", "EC:edwards25519", "a", "01");
    token.generate("fw", "EC:edwards25519", "a", "02");
    token.generate("fw", "EC:prime256v1", "b", "03");
    fails(&show("token=fw;object=a"), "2 Ed25519 keys match; there are: ");
    let none = show("token=fw;object=z");
    fails(&none, "no Ed25519 key matches; there are: ");
    for there in ["object=a;id=%01", "object=a;id=%02", "object=b;id=%03 (no Ed25519)"] {
        assert!(none.stderr.contains(there), "{there} in {}", none.stderr);
    }
    fails(&show("token=fw;object=b"), "no Ed25519 key matches");
    for one in
        ["token=fw;object=a;id=%01", "token=fw;id=%02", "id=%02", "token=fw;object=a;id=%01;type=private"]
    {
        assert_eq!(show(one).status, Some(0), "{one}: {}", show(one).stderr);
    }
    // Two tokens: the URI says which.
    token.make("spare token");
    fails(&show("id=%01"), "2 tokens match; there are: ");
    let none = show("token=fww;id=%01");
    fails(&none, "no token matches; there are: ");
    assert!(none.stderr.contains("token=fw;serial="), "{}", none.stderr);
    assert!(none.stderr.contains("token=spare%20token;serial="), "{}", none.stderr);
    assert_eq!(show("token=fw;id=%01").status, Some(0));
    fails(&show("token=fw;serial=1;id=%01"), "no token matches");
    token.generate("spare token", "EC:edwards25519", "c", "01");
    assert_eq!(show("token=spare%20token;object=c").status, Some(0));
}

/// PINs come as passphrases do, and are never seen.
#[test]
fn a_pin_comes_from_a_file_and_stays_secret() {
    let Some(token) = Token::new() else { return };
    token.generate("fw", "EC:edwards25519", "release", "01");
    let project = &token.project;
    let (plain, before) = (token.uri("token=fw;object=release", ""), project.read(FIRST));
    let sign = |key: &str, more: &[&str]| token.pkg(&[&["sign", FIRST, "--key", key][..], more].concat());
    fails(&sign(&plain, &[]), "its token requires a PIN, and none was given");
    project.secret("wrong", "999999\n");
    fails(&sign(&plain, &["--passphrase-file", "wrong"]), "wrong PIN");
    fails(&sign(&token.uri("token=fw;object=release", "&pin-source=file:wrong"), &[]), "wrong PIN");
    fails(&sign(&token.uri("token=fw;object=release", "&pin-source=file:none"), &[]), "cannot read none");
    let value = sign(&token.uri("token=fw;object=release", &format!("&pin-value={PIN}")), &[]);
    fails(&value, "pin-value is refused");
    assert!(!value.stderr.contains(PIN), "{}", value.stderr);
    fails(&sign("pkcs11:object=release?module-path=/no/module.so", &[]), "its module cannot be loaded");
    project.write("no-module.so", "no library");
    let no_module = format!("pkcs11:object=release?module-path={}", project.arg("no-module.so"));
    fails(&sign(&no_module, &[]), "its module cannot be loaded");
    assert!(project.read(FIRST) == before);
    assert_eq!(sign(&plain, &["--passphrase-file", "pin"]).status, Some(0));
    // The file that the URI names goes before the one for all keys.
    let own = token.uri("token=fw;object=release", "&pin-source=file:pin");
    assert_eq!(sign(&own, &["--passphrase-file", "wrong"]).status, Some(0));
}

/// Threat T13: a PIN is in neither arguments nor environment nor messages.
#[cfg(target_os = "linux")]
#[test]
fn a_pin_stays_out_of_sight() {
    use std::io::Write;
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let Some(token) = Token::new() else { return };
    token.generate("fw", "EC:edwards25519", "release", "01");
    let key = token.uri("token=fw;object=release", "");
    let mut command = token.project.command(&["sign", FIRST, "--key", &key, "--passphrase-file", "fd:0"]);
    command.env("SOFTHSM2_CONF", token.project.path("softhsm2.conf"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("pkg runs");
    let see = |what: &str| fs::read(format!("/proc/{}/{what}", child.id())).expect("a process");
    let deadline = Instant::now() + Duration::from_secs(20);
    // The module is loaded: it waits for the PIN.
    while !String::from_utf8_lossy(&see("maps")).contains("softhsm") {
        assert!(Instant::now() < deadline, "it does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let (arguments, environment) = (see("cmdline"), see("environ"));
    child.stdin.take().expect("a pipe").write_all(format!("{PIN}\n").as_bytes()).expect("it reads");
    let run = pkg_tests::tool::of(child.wait_with_output().expect("it ends"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let said = format!("{}{}", run.stdout, run.stderr).into_bytes();
    for seen in [arguments, environment, said] {
        assert!(!seen.windows(PIN.len()).any(|w| w == PIN.as_bytes()));
    }
}
