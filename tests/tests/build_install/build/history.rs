//! Releases that are built one after another in a folder of their own. Each knows those before it.

use super::*;
use pkg_builder::Warning;
use std::cell::{Cell, RefCell};

pub(super) struct History {
    pub(super) project: Project,
    days: Cell<u64>,
    pub(super) warnings: RefCell<Vec<Warning>>,
}

impl History {
    /// 1.0.0 on line 1.0, a feature release.
    pub(super) fn new() -> History {
        let history =
            History { project: Project::new(), days: Cell::new(0), warnings: RefCell::new(Vec::new()) };
        history.build(&history.feature("1.0.0", None, ""));
        history
    }

    /// The line of a version: its first two numbers.
    fn line(version: &str) -> &str {
        version.rsplit_once('.').expect("three numbers").0
    }

    fn text(&self, base: &str, version: &str, previous: Option<&str>, more: &str) -> String {
        self.project.write(&format!("rootfs-{version}.img"), content(version, 900));
        let number = if base.contains("\"security\"") { "1.0.1" } else { "1.0.0" };
        let previous = previous.map_or_else(String::new, |v| format!("previous = \"{}\"\n", package(v)));
        let line = format!("line = \"{}\"\nknown = \"out\"\n{previous}", History::line(version));
        edited(
            base,
            &[
                (&format!("version = \"{number}\""), &format!("version = \"{version}\"")),
                ("line = \"1.0\"", &line),
                ("\"rootfs.img\"", &format!("\"rootfs-{version}.img\"")),
                ("", more),
            ],
        )
    }

    /// A feature release after another one.
    pub(super) fn feature(&self, version: &str, previous: Option<&str>, more: &str) -> String {
        let change = format!("change-{version}");
        edit(&self.text(FEATURE, version, previous, more), "night-mode", &change)
    }

    /// A security release after another one, with one fix.
    pub(super) fn security(&self, version: &str, previous: &str, fix: &str, more: &str) -> String {
        edit(&self.text(SECURITY, version, Some(previous), more), "CVE-2026-12345", fix)
    }

    /// A notice with these entries.
    pub(super) fn notice(&self, id: &str, statuses: &str) -> String {
        let start = NOTICE.find("[[status]]").expect("a status");
        let end = NOTICE.find("[[remediation]]").expect("a remediation");
        let text = NOTICE.replace(&NOTICE[start..end], &format!("{statuses}\n"));
        edit(&text, "id = \"2026-01-upnp\"", &format!("id = \"{id}\"\nknown = \"out\""))
    }

    /// A withdrawal of a release.
    pub(super) fn withdrawal(&self, id: &str, version: &str) -> String {
        let one = "1111111111111111111111111111111111111111111111111111111111111111";
        let text = edit(WITHDRAWAL, one, &package(version));
        edit(&text, "id = \"2026-02-withdraw\"", &format!("id = \"{id}\"\nknown = \"out\""))
    }

    /// Builds on the next day.
    pub(super) fn try_build(&self, text: &str) -> Result<Built, Error> {
        self.days.set(self.days.get() + 1);
        let key = signer("all");
        let package = PackageOptions::new(Path::new("out"));
        let out = self.project.path("out");
        let package = PackageOptions { out: &out, level: Level::Fast, memory: MEMORY, ..package };
        let warn = |warning: &Warning| self.warnings.borrow_mut().push(warning.clone());
        self.warnings.borrow_mut().clear();
        let options = BuildOptions {
            signers: &[&key],
            warn: &warn,
            ..BuildOptions::new(package, ISSUED + self.days.get() * DAY)
        };
        Ok(Description::read(text, self.project.dir(), &[])?.build(&options)?.remove(0))
    }

    pub(super) fn build(&self, text: &str) -> Manifest {
        let built = self.try_build(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        manifest(&built.path)
    }

    pub(super) fn refused(&self, text: &str) -> (Rule, String) {
        match self.try_build(text) {
            Ok(built) => panic!("built {}", built.path.display()),
            Err(e) => (e.refusal().unwrap_or_else(|| panic!("{e}")).rule, e.to_string()),
        }
    }

    /// The state of a release.
    pub(super) fn state(&self, version: &str) -> Digest {
        let manifest = manifest(&self.project.path(&package(version)));
        manifest.release().expect("a release").state(&manifest.common().product)
    }
}

/// The package of a release, as a description names it.
pub(super) fn package(version: &str) -> String {
    format!("out/cam-{version}.full.pkg")
}

/// A `[[status]]` of a release.
pub(super) fn status(id: &str, status: &str, version: &str) -> String {
    format!("[[status]]\nid = \"{id}\"\nstatus = {status}\nstates = [\"{}\"]\n", package(version))
}

pub(super) const AFFECTED: &str = "\"affected\"";
pub(super) const NOT_AFFECTED: &str = "\"not-affected\"\njustification = \"component_not_present\"";
