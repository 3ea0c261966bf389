//! A made-up project, as a maker has it on disk: release descriptions, images, keys.
//!
//! The descriptions are valid, and small enough that a test can say "this one, but for one line".

use crate::fake::content;
use crate::keys::key;
use crate::tool::{self, Run};
use pkg_builder::keys::{FileSigner, PrivateKey, write_new};
use pkg_format::cose::Algorithm;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// When releases of the project are issued: 2026-12-01.
pub const ISSUED: u64 = 1_796_083_200;

/// A pure security release; a first release, since it names none before it.
pub const SECURITY: &str = r#"contact = "security@acme.example"

[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]
languages = ["en"]

[release]
version = "1.0.1"
line = "1.0"
class = "security"

[[image]]
component = "boot"
file = "boot.img"

[[image]]
component = "rootfs"
file = "rootfs.img"

[[fix]]
id = "CVE-2026-12345"
severity = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
impact.en = "Strangers can watch."

[separation]
kind = "pure"

[advisory.en]
title = "Video without password"
summary = "Video could be seen by others."
details = "The camera took any password."
impact = "Strangers may have watched."

[action]
code = "install-and-restart"
restart = "device"
text.en = "Install now; the camera restarts once."

[automatic]
applicable = true
install-within = "72h"
max-postpone = "14d"
opt-out.en = "Settings, Updates, Automatic: off."

[support]
from = "2026-01"
until = "2036-12"
"#;

/// A feature release; a first release, since it names none before it.
pub const FEATURE: &str = r#"contact = "support@acme.example"

[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]
languages = ["en"]

[release]
version = "1.0.0"
line = "1.0"
class = "feature"

[[image]]
component = "boot"
file = "boot.img"

[[image]]
component = "rootfs"
file = "rootfs.img"

[[change]]
id = "night-mode"
effect = "added"
user-visible = true
text.en = "Sharper pictures in the dark."

[automatic]
applicable = true
install-within = "72h"
max-postpone = "14d"
opt-out.en = "Settings, Updates, Automatic: off."

[support]
from = "2026-01"
until = "2036-12"
"#;

/// A notice about the state whose digest is all ones.
pub const NOTICE: &str = r#"kind = "notice"
id = "2026-01-upnp"
contact = "security@acme.example"

[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]
languages = ["en"]

[[status]]
id = "CVE-2026-34567"
status = "affected"
states = ["1111111111111111111111111111111111111111111111111111111111111111"]

[[remediation]]
category = "workaround"
ids = ["CVE-2026-34567"]
states = ["1111111111111111111111111111111111111111111111111111111111111111"]
text.en = "Switch off UPnP."

[advisory.en]
title = "UPnP restarts the camera"
summary = "A message makes the camera restart."
details = "The service reads past the end of a message."
impact = "Recording is interrupted."

[action]
code = "configure"
restart = "none"
text.en = "Switch off UPnP until the update is there."
"#;

/// A withdrawal of the state whose digest is all ones.
pub const WITHDRAWAL: &str = r#"kind = "withdrawal"
id = "2026-02-withdraw"
contact = "support@acme.example"
scope = "release"
withdraws = ["1111111111111111111111111111111111111111111111111111111111111111"]
corrective = "withdraw"
reason.en = "The picture stays black."

[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]
languages = ["en"]

[advisory.en]
title = "Release withdrawn"
summary = "It is no longer offered."
details = "The new parser takes too much memory."
impact = "The picture may stay black."

[action]
code = "install"
restart = "device"
text.en = "Install the next release."
"#;

/// What justifies a security release that is not pure.
pub const JUSTIFIED: &str = r#"rationale.en = "The memory errors are spread over the whole of the old parser; it cannot be made safe without replacing it."
alternatives.en = "Single patches; a process of its own. Neither holds."
approver = "Product security board"
"#;

/// A text with one thing replaced that is in it exactly once; nothing replaced means appended.
///
/// Panics where it is not in it, or more often.
pub fn edit(text: &str, from: &str, to: &str) -> String {
    if from.is_empty() {
        return format!("{text}\n{to}");
    }
    assert_eq!(text.matches(from).count(), 1, "{from:?} once in\n{text}");
    text.replacen(from, to, 1)
}

/// The same, several times.
pub fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| edit(&text, from, to))
}

/// A folder with the two images of the project; it vanishes when dropped.
pub struct Project(TempDir);

impl Default for Project {
    fn default() -> Self {
        Project::new()
    }
}

impl Project {
    /// A new folder with `boot.img` and `rootfs.img`, and an empty folder `out`.
    pub fn new() -> Project {
        let project = Project(tempfile::tempdir().expect("a folder"));
        project.write("boot.img", content("boot 1", 3_000));
        project.write("rootfs.img", content("rootfs 1", 20_000));
        std::fs::create_dir(project.path("out")).expect("a folder");
        project
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.0.path()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        path
    }

    /// Writes a file that its owner alone may read, such as a passphrase.
    pub fn secret(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.write(name, bytes);
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        path
    }

    /// Writes an image that is a tar of these files: path and content.
    pub fn write_tar(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_size(content.len().try_into().expect("a size"));
            tar.append_data(&mut header, path, content.as_bytes()).expect("a member");
        }
        self.write(name, tar.into_inner().expect("a tar"))
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Writes the key of this name as `NAME.key` and `NAME.pub`.
    pub fn key(&self, name: &'static str) {
        write_new(&self.path(name), &private(name), None).expect("a new key");
    }

    /// `pkg` with these arguments, in this folder; nothing of the environment matters to it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(tool::path());
        command.args(args).current_dir(self.dir());
        for name in ["SOURCE_DATE_EPOCH", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "PKG_KEYRING"]
        {
            command.env_remove(name);
        }
        command
    }

    /// Runs it.
    pub fn pkg(&self, args: &[&str]) -> Run {
        tool::of(self.command(args).output().expect("pkg runs"))
    }

    /// Runs it and demands that it can be done; what it printed.
    pub fn done(&self, args: &[&str]) -> String {
        let run = self.pkg(args);
        assert_eq!(run.status, Some(0), "pkg {}\n{}{}", args.join(" "), run.stdout, run.stderr);
        run.stdout
    }

    /// A path in the folder as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// The names in a folder of it, sorted, hidden ones too.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).expect("a folder");
        let name = |e: std::io::Result<std::fs::DirEntry>| e.expect("an entry").file_name();
        let mut names: Vec<_> = entries.map(|e| name(e).into_string().expect("a name")).collect();
        names.sort();
        names
    }
}

/// The private key of this name.
pub fn private(name: &'static str) -> PrivateKey {
    PrivateKey::from_seed(Algorithm::Ed25519, &key(name).seed())
}

/// A signer with the key of this name.
pub fn signer(name: &'static str) -> FileSigner {
    FileSigner::new(name, private(name)).expect("a sound key")
}
