//! The updater that the device has already: RAUC, SWUpdate, Mender, the one that writes MCUboot's slots, or any other. It
//! is started through a program of the maker, the hook; `docs/client.md` has the contract, `hooks/` has examples.
//!
//! The updater decides what starts. This file only remembers what was handed over, and what ran before that.

use super::{BootLoader, Refused, Status, Wanted};
use crate::slots::slot_name;
use crate::{Result, put};
use pkg_install::Slot;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Exit status of a hook that cannot do it now, as in sysexits.h: it is called again in the next round.
const TRY_AGAIN: i32 = 75;

/// The longest name of what runs.
const NAME: usize = 200;

pub(crate) struct Hook {
    program: PathBuf,
    folder: PathBuf,
    /// Changes with every start of the device.
    boot: String,
}

/// What was handed over last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Handed {
    step: Step,
    slot: Slot,
    /// The start of the device in which that was.
    boot: String,
    /// What the hook says ran then.
    before: String,
}

/// How far that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The updater was called, and has not answered.
    Called,
    /// It has installed everything.
    Installed,
    Good,
    Reverted,
}

const STEPS: [(Step, &str); 4] = [
    (Step::Called, "called"),
    (Step::Installed, "installed"),
    (Step::Good, "good"),
    (Step::Reverted, "reverted"),
];

impl Hook {
    pub(crate) fn new(program: &Path, folder: &Path, boot: String) -> Hook {
        Hook { program: program.into(), folder: folder.into(), boot }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(verb).stdin(Stdio::null());
        command
    }

    /// Calls the hook. It says more on standard error.
    fn call(&self, command: &mut Command, verb: &str) -> Result<()> {
        let status = command.status().map_err(|e| format!("{}: {e}", self.program.display()))?;
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if code != TRY_AGAIN => {
                Err(Refused(format!("the hook failed to {verb}: status {code}")).into())
            }
            _ => Err(format!("the hook could not {verb} now; the next round tries again").into()),
        }
    }

    /// The name of what runs: its first line of output.
    fn running(&self) -> Result<String> {
        let output = self.command("running").stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let name = text.lines().next().unwrap_or_default().trim();
        match output.status.success() && !name.is_empty() && name.len() <= NAME {
            true => Ok(name.into()),
            false => Err("the hook does not say what runs".into()),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("hook")
    }

    fn handed(&self) -> Result<Option<Handed>> {
        match fs::read_to_string(self.path()) {
            Ok(text) => Ok(Some(from_text(&text).ok_or("the file hook of the device is spoilt")?)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    fn note(&self, handed: &Handed, step: Step) -> Result<()> {
        let word = STEPS.iter().find(|(s, _)| *s == step).map_or("", |(_, word)| word);
        let text = format!("{word} {} {}\n{}\n", slot_name(handed.slot), handed.boot, handed.before);
        Ok(put(&self.path(), text.as_bytes())?)
    }

    /// The handover that the state waits for, if there was one.
    fn pending(&self, slot: Slot) -> Result<Option<Handed>> {
        Ok(self.handed()?.filter(|handed| handed.slot == slot && handed.step != Step::Reverted))
    }

    /// Ends the last handover.
    fn end(&self, verb: &str, step: Step) -> Result<()> {
        let Some(handed) = self.handed()?.filter(|handed| handed.step != step) else { return Ok(()) };
        self.call(&mut self.command(verb), verb)?;
        self.note(&handed, step)
    }
}

fn from_text(text: &str) -> Option<Handed> {
    let (first, before) = text.strip_suffix('\n')?.split_once('\n')?;
    let mut words = first.split(' ');
    let word = words.next()?;
    let step = STEPS.iter().find(|(_, w)| *w == word)?.0;
    let slot = super::slot_from_text(words.next()?).ok()?;
    Some(Handed { step, slot, boot: words.next()?.into(), before: before.into() })
}

impl BootLoader for Hook {
    /// On a device on which nothing is known to run, a first try that failed leaves its note.
    fn forget(&self) -> Result<()> {
        match self.handed()? {
            Some(handed) => self.note(&handed, Step::Reverted),
            None => Ok(()),
        }
    }

    /// What runs is what ran before the handover, or it is new.
    fn started(&self, wanted: &Wanted<'_>, _: Option<Slot>) -> Result<Option<Slot>> {
        let (running, tried) = (wanted.running_slot()?, wanted.slot()?);
        let Some(slot) = tried.filter(|_| wanted.tried.is_some()) else { return Ok(running) };
        let Some(handed) = self.pending(slot)? else { return Ok(running) };
        Ok(if handed.before == self.running()? { running } else { tried })
    }

    fn status(&self, wanted: &Wanted<'_>) -> Result<Status> {
        if wanted.tried.is_none() {
            return Ok(match self.handed()?.map(|handed| handed.step) {
                None | Some(Step::Good | Step::Reverted) => Status::Good,
                Some(Step::Called | Step::Installed) => Status::Elsewhere,
            });
        }
        let Some(handed) = self.pending(wanted.needed_slot()?)? else { return Ok(Status::Elsewhere) };
        let is_new = handed.before != self.running()?;
        Ok(match handed.step {
            Step::Good => Status::Good,
            _ if is_new => Status::Started,
            Step::Installed if handed.boot == self.boot => Status::Armed,
            Step::Installed => Status::Started,
            // A power cut while the updater worked: it starts again from the beginning.
            Step::Called | Step::Reverted => Status::Elsewhere,
        })
    }

    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()> {
        let slot = wanted.needed_slot()?;
        let before = match self.pending(slot)?.filter(|handed| handed.step == Step::Called) {
            // Called again: what ran before the first call is what counts.
            Some(handed) => handed.before,
            None => self.running()?,
        };
        let handed = Handed { step: Step::Called, slot, boot: self.boot.clone(), before };
        self.note(&handed, Step::Called)?;
        let new = wanted.tried.into_iter().flatten();
        for (component, slot) in new.filter(|(c, slot)| wanted.running.get(c) != Some(slot)) {
            let file = self.folder.join("slots").join(slot_name(*slot)).join(component.as_str());
            let mut command = self.command("install");
            command.arg(fs::canonicalize(file)?).env("PKG_COMPONENT", component.as_str());
            // Standard output is the client's own.
            command.stdout(io::stderr());
            self.call(&mut command, "install")?;
        }
        self.note(&handed, Step::Installed)
    }

    fn mark_good(&self, _: &Wanted<'_>) -> Result<()> {
        self.end("good", Step::Good)
    }

    fn revert(&self, _: &Wanted<'_>) -> Result<()> {
        self.end("bad", Step::Reverted)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::tests::in_slot;
    use super::*;
    use crate::slots::SlotMap;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with a hook that keeps what runs in a file, and notes each call.
    fn device(install: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("updater");
        let here = folder.path().display();
        let script = format!(
            "#!/bin/sh\ncd {here}\n[ $1 = running ] && exec cat runs\necho $1 $PKG_COMPONENT >>calls\n\
             if [ $1 = install ]; then {install}; fi\n"
        );
        for (name, text) in [("updater", script.as_str()), ("runs", "one\n"), ("calls", "")] {
            fs::write(folder.path().join(name), text).expect("written");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
        for slot in ["a", "b"] {
            fs::create_dir_all(folder.path().join("slots").join(slot)).expect("a folder");
            fs::write(folder.path().join("slots").join(slot).join("rootfs"), slot).expect("an image");
        }
        (folder, path)
    }

    fn calls(folder: &Path) -> String {
        let text = fs::read_to_string(folder.join("calls")).expect("calls");
        fs::write(folder.join("calls"), "").expect("emptied");
        text.lines().map(str::trim).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn what_was_handed_over_starts_or_falls_back() {
        let (folder, program) = device("test -s \"$2\"");
        let here = folder.path();
        let hook = |boot: &str| Hook::new(&program, here, boot.into());
        let (a, b) = (in_slot(Slot::A), in_slot(Slot::B));
        let (settled, update) =
            (Wanted { running: &a, tried: None }, Wanted { running: &a, tried: Some(&b) });
        assert_eq!(hook("1").status(&settled).expect("a status"), Status::Good);
        assert_eq!(hook("1").status(&update).expect("a status"), Status::Elsewhere);
        hook("1").try_once(&update).expect("installed");
        assert_eq!(calls(here), "install rootfs");
        assert_eq!(hook("1").status(&update).expect("a status"), Status::Armed);
        assert_eq!(hook("1").started(&update, None).expect("a slot"), Some(Slot::A));
        // A restart that came back to the old one is a fallback.
        assert_eq!(hook("2").status(&update).expect("a status"), Status::Started);
        hook("2").revert(&settled).expect("reverted");
        hook("2").revert(&settled).expect("once");
        assert_eq!(calls(here), "bad");
        assert_eq!(hook("2").status(&settled).expect("a status"), Status::Good);
        // It is tried again, and starts.
        assert_eq!(hook("2").status(&update).expect("a status"), Status::Elsewhere);
        hook("2").try_once(&update).expect("installed");
        fs::write(here.join("runs"), "two\n").expect("started");
        assert_eq!(hook("3").started(&update, None).expect("a slot"), Some(Slot::B));
        assert_eq!(hook("3").status(&update).expect("a status"), Status::Started);
        hook("3").mark_good(&Wanted { running: &b, tried: None }).expect("good");
        assert_eq!(calls(here), "install rootfs,good");
        // A power cut before the state was confirmed.
        assert_eq!(hook("3").status(&update).expect("a status"), Status::Good);
        assert_eq!(hook("3").started(&update, None).expect("a slot"), Some(Slot::B));
    }

    #[test]
    fn a_power_cut_while_the_updater_works() {
        let (folder, program) = device("[ -e whole ]");
        let here = folder.path();
        let (none, a) = (SlotMap::new(), in_slot(Slot::A));
        let first = Wanted { running: &none, tried: Some(&a) };
        let hook = |boot: &str| Hook::new(&program, here, boot.into());
        assert!(hook("1").try_once(&first).is_err(), "cut");
        assert_eq!(hook("2").status(&first).expect("a status"), Status::Elsewhere, "it is called again");
        fs::write(here.join("whole"), "").expect("written");
        hook("2").try_once(&first).expect("installed");
        assert_eq!(hook("2").status(&first).expect("a status"), Status::Armed);
        // The updater was done, and only its answer got lost: what was to be tried runs.
        let handed = hook("2").handed().expect("read").expect("there");
        hook("2").note(&handed, Step::Called).expect("noted");
        fs::write(here.join("runs"), "two\n").expect("started");
        assert_eq!(hook("3").status(&first).expect("a status"), Status::Started, "it is not installed again");
        assert_eq!(hook("3").started(&first, None).expect("a slot"), Some(Slot::A));
        // Another one is to be installed into the same slot, and the power fails before that.
        hook("3").forget().expect("forgotten");
        assert_eq!(hook("4").status(&first).expect("a status"), Status::Elsewhere);
    }

    #[test]
    fn refused_is_not_try_again() {
        let (a, b) = (in_slot(Slot::A), in_slot(Slot::B));
        let update = Wanted { running: &a, tried: Some(&b) };
        for (install, refused) in [("exit 1", true), ("exit 75", false), ("kill $$", false)] {
            let (folder, program) = device(install);
            let error = Hook::new(&program, folder.path(), "1".into()).try_once(&update).expect_err("no");
            assert_eq!(error.is::<Refused>(), refused, "{install}: {error}");
        }
        let (folder, program) = device("true");
        fs::write(folder.path().join("runs"), "\n").expect("written");
        assert!(Hook::new(&program, folder.path(), "1".into()).try_once(&update).is_err(), "no name");
        fs::write(folder.path().join("hook"), "half").expect("written");
        assert!(Hook::new(&program, folder.path(), "1".into()).status(&update).is_err(), "spoilt");
    }
}
