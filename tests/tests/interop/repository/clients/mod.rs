//! The clients in C with libcurl (`examples/client-c`) and in Python (`bindings/python/follow.py`) follow a repository:
//! what a round costs, what it survives, and what is refused. Without the headers of libcurl the one in C is left out.

mod attacks;
mod rounds;

use super::{Followed, HEAD, SIGN};
use crate::client::{FACTORY, INSTALLED, Life};
use crate::web::Web;
use pkg_format::repository::Head;
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::tool::{self, Run, c_library, workspace};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const FIRST: &str = "cam-1.0.0.full.pkg";
const TOLD: &str = "Video without password";

/// Compiles the client in C, with every warning an error, as C99 and as C++; none where libcurl is missing.
fn c_client() -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

fn build() -> Option<PathBuf> {
    if !Command::new("curl-config").arg("--version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("left out: no headers of libcurl here (Debian: libcurl4-openssl-dev)");
        return None;
    }
    let sources = ["follow.c", "web.c", "files.c"].map(|f| workspace().join("examples/client-c").join(f));
    let [_, out] =
        [("c++", "-std=c++11", "c++"), ("cc", "-std=c99", "c")].map(|(compiler, standard, language)| {
            let out = c_library().join(format!("follow-{compiler}"));
            let run = Command::new(compiler)
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", standard, "-x", language])
                .args(&sources)
                .args(["-x", "none", "-I"])
                .arg(workspace().join("crates/verify-c/include"))
                .arg(c_library().join("libpkg_verify_c.a"))
                .args(["-lcurl", "-lpthread", "-ldl", "-lm", "-o"])
                .arg(&out)
                .output()
                .expect("a compiler runs");
            assert!(run.status.success(), "{compiler}: {}", String::from_utf8_lossy(&run.stderr));
            out
        });
    Some(out)
}

/// The library that Python loads.
fn library() -> PathBuf {
    c_library().join(format!("{DLL_PREFIX}pkg_verify_c{DLL_SUFFIX}"))
}

/// The clients: how each is started.
fn clients() -> Vec<Vec<OsString>> {
    let python = ["python3", "-X", "dev", "-W", "error", "-B"].map(OsString::from).to_vec();
    let script = workspace().join("bindings/python/follow.py").into_os_string();
    c_client()
        .map(|path| vec![path.into_os_string()])
        .into_iter()
        .chain([[python, vec![script]].concat()])
        .collect()
}

/// A device that runs one of the clients, and the repository that it follows.
struct Unit {
    program: Vec<OsString>,
    followed: Followed,
}

impl Unit {
    /// Nothing runs yet; 1.0.0 is published.
    fn empty(program: Vec<OsString>, rootfs: usize) -> Unit {
        let life = Life::new(rootfs);
        life.0.done(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &SIGN].concat());
        let web = Web::new(&life.0.path("repo"));
        fs::create_dir(life.0.path("unit")).expect("a folder");
        life.0.write("unit/factory.toml", FACTORY);
        let unit = Unit { program, followed: Followed { life, web } };
        unit.followed.publish(&[FIRST]);
        unit
    }

    /// 1.0.0 runs.
    fn begun(program: Vec<OsString>, rootfs: usize) -> Unit {
        let unit = Unit::empty(program, rootfs);
        let said = unit.round(&["-y"]);
        assert!(said.contains(&format!("installed 1.0.0 in full; {INSTALLED}")), "{said}");
        assert!(unit.round(&[]).contains("waits for its start"));
        assert!(unit.booted("ok").contains("confirmed"));
        unit.followed.web.traffic();
        unit
    }

    fn command(&self, options: &[&str], more: &[&str]) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).args(options).args(["unit", "cam.keyring"]).args(more);
        command.current_dir(self.followed.life.0.dir()).stdin(Stdio::null());
        command.env("PKG_VERIFY_LIBRARY", library());
        command
    }

    fn at(&self, addresses: &[&str], options: &[&str]) -> Run {
        let mut command =
            self.command(&[&["-p", "1"], options].concat(), &[&["acme-updates"], addresses].concat());
        tool::of(command.output().expect("the client runs"))
    }

    /// One round that can be done; what the client printed, the log last.
    fn round(&self, options: &[&str]) -> String {
        let run = self.at(&[&self.followed.web.address], options);
        assert_eq!(run.status, Some(0), "{:?}: {}{}", self.program, run.stdout, run.stderr);
        run.stdout + &run.stderr
    }

    /// One round whose install failed.
    fn fails(&self) -> String {
        let run = self.at(&[&self.followed.web.address], &["-y"]);
        assert_eq!(run.status, Some(2), "{:?}: {}{}", self.program, run.stdout, run.stderr);
        run.stdout + &run.stderr
    }

    fn booted(&self, how: &str) -> String {
        let run = tool::of(self.command(&["-b", how], &[]).output().expect("the client runs"));
        assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// A round that installs 1.0.1, and the start after it.
    fn installs(&self, how: &str) {
        let said = self.round(&["-y"]);
        assert!(said.contains(&format!("installed 1.0.1 {how}; {INSTALLED}")), "{said}");
        assert!(self.booted("ok").contains("confirmed"));
        self.runs();
    }

    /// 1.0.1 is what runs, and what was signed is there.
    fn runs(&self) {
        assert!(self.followed.life.0.read("unit/b/rootfs") == self.followed.life.0.read("fixed.img"));
        assert!(self.round(&["-y"]).contains("up-to-date"));
    }

    /// The head that is served, as it is verified.
    fn head(&self) -> Head {
        let keyring = self.followed.life.0.read("cam.keyring");
        let keyring =
            pkg_verify::Keyring::open(&keyring, pkg_verify::ExampleKeys::Refuse).expect("a keyring");
        let file = fs::read(self.followed.file(HEAD)).expect("a head");
        pkg_verify::verify_head(&file, &keyring, &heads::name()).expect("ours").head().clone()
    }

    fn serve(&self, head: FakeHead) {
        fs::write(self.followed.file(HEAD), head.file()).expect("written");
    }
}
