//! Boot loaders: each chooses between two slots, and each keeps its choice in a place and format of its own.
//! **A maker keeps one of these files** and deletes the others. `docs/client.md` says what the boot script must do.
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod file;
mod grub;
mod hook;
mod primary_secondary;
mod systemd;
mod uboot;
mod variables;

pub(crate) use file::FlagFile;

use crate::Result;
use crate::slots::{SlotMap, slot_name};
use pkg_install::Slot;
use primary_secondary::{Naming, PrimarySecondary};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A boot loader that starts one of two slots, and falls back to the other one by itself.
pub(crate) trait BootLoader {
    /// Refuses slots that the boot loader cannot start together.
    fn accepts(&self, slots: &SlotMap) -> Result<()> {
        one_slot(slots).map(|_| ())
    }

    /// Forgets what was tried before: something else will be tried, and the state does not say so yet.
    fn forget(&self) -> Result<()> {
        Ok(())
    }

    /// Which slot was started, if that is not what the kernel's command line says.
    fn started(&self, _: &Wanted<'_>, said: Option<Slot>) -> Result<Option<Slot>> {
        Ok(said)
    }

    /// How far the boot loader is with starting these slots.
    fn status(&self, wanted: &Wanted<'_>) -> Result<Status>;

    /// The boot loader starts the other slot next, once; unless it is marked good, the start after that is of the slot
    /// that runs.
    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()>;

    /// The slot does its job: the boot loader starts it from now on.
    fn mark_good(&self, wanted: &Wanted<'_>) -> Result<()>;

    /// The boot loader starts the slot that runs, and no longer the other one.
    fn revert(&self, wanted: &Wanted<'_>) -> Result<()>;
}

/// What the state of the device asks of the boot loader.
pub(crate) struct Wanted<'a> {
    /// The slots that are known to run.
    pub(crate) running: &'a SlotMap,
    /// The slots to try, while an install waits for its start.
    pub(crate) tried: Option<&'a SlotMap>,
}

impl Wanted<'_> {
    /// The slot to start next; none on a device on which nothing runs yet.
    pub(crate) fn slot(&self) -> Result<Option<Slot>> {
        one_slot(self.tried.unwrap_or(self.running))
    }

    fn needed_slot(&self) -> Result<Slot> {
        self.slot()?.ok_or_else(|| "there is no slot to start".into())
    }

    /// The slot that is known to run.
    pub(crate) fn running_slot(&self) -> Result<Option<Slot>> {
        one_slot(self.running)
    }
}

/// How far a boot loader is with starting a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Something else starts next.
    Elsewhere,
    /// The slot starts next, and is not marked good.
    Armed,
    /// The slot was started and was not marked good: the tries are used up.
    Started,
    /// The slot starts next, and its tries are complete.
    Good,
}

/// The one slot of all components.
fn one_slot(slots: &SlotMap) -> Result<Option<Slot>> {
    let mut all = slots.values().copied();
    let first = all.next();
    match all.all(|slot| Some(slot) == first) {
        true => Ok(first),
        false => Err("the boot loader starts one slot, and the components are in both".into()),
    }
}

/// Which boot loader the device has, as `--boot` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only the file `boot` in the device's folder.
    File,
    Uboot(PathBuf),
    Grub(PathBuf),
    Systemd(PathBuf),
    RaucUboot(PathBuf),
    RaucGrub(PathBuf),
    /// No boot loader: an updater that the device has, behind a program of its maker.
    Hook(PathBuf),
}

/// What was to be installed cannot be, however often it is tried.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Kind, String> {
        if text == "file" {
            return Ok(Kind::File);
        }
        let kind = match text.split_once(':') {
            Some((_, "")) | None => None,
            Some(("uboot", path)) => Some(Kind::Uboot(path.into())),
            Some(("grub", path)) => Some(Kind::Grub(path.into())),
            Some(("systemd", path)) => Some(Kind::Systemd(path.into())),
            Some(("rauc-uboot", path)) => Some(Kind::RaucUboot(path.into())),
            Some(("rauc-grub", path)) => Some(Kind::RaucGrub(path.into())),
            Some(("hook", path)) => Some(Kind::Hook(path.into())),
            Some(_) => None,
        };
        kind.ok_or_else(|| {
            "expected file, uboot:CONFIG, grub:FILE, systemd:ESP, rauc-uboot:CONFIG, rauc-grub:FILE or hook:PROGRAM"
                .into()
        })
    }
}

impl Kind {
    /// The boot loader; none where the file is all there is. `boot` is an id of this start of the device.
    pub(crate) fn open(&self, device: &Path, boot: &str) -> Result<Option<Box<dyn BootLoader>>> {
        Ok(match self {
            Kind::File => None,
            Kind::Uboot(config) => Some(Box::new(uboot::Uboot::new(uboot::UbootEnvironment::open(config)?))),
            Kind::Grub(file) => Some(Box::new(grub::Grub::new(grub::GrubBlock::new(file)))),
            Kind::Systemd(esp) => Some(Box::new(systemd::SystemdBoot::new(esp))),
            Kind::RaucUboot(config) => {
                let environment = uboot::UbootEnvironment::open(config)?;
                Some(Box::new(PrimarySecondary::new(environment, Naming::Uboot)))
            }
            Kind::RaucGrub(file) => {
                Some(Box::new(PrimarySecondary::new(grub::GrubBlock::new(file), Naming::Grub)))
            }
            Kind::Hook(program) => Some(Box::new(hook::Hook::new(program, device, boot.into()))),
        })
    }
}

/// A slot as `--slot` names it: what the kernel's command line says.
pub(crate) fn slot_from_text(text: &str) -> std::result::Result<Slot, String> {
    let mut slots = [Slot::A, Slot::B].into_iter();
    slots.find(|s| slot_name(*s).eq_ignore_ascii_case(text)).ok_or_else(|| "expected a or b".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_verify::format::Id;

    /// One component in this slot.
    pub(in crate::boot) fn in_slot(slot: Slot) -> SlotMap {
        [(Id::new("rootfs").expect("an id"), slot)].into()
    }

    /// A loader from the first install to one that succeeds, one that falls back, and one that is reverted.
    /// `start` does what the boot script does and says which slot it started.
    pub(in crate::boot) fn lives(loader: &dyn BootLoader, start: &dyn Fn() -> Slot) {
        let (none, a, b) = (SlotMap::new(), in_slot(Slot::A), in_slot(Slot::B));
        let settled = |slots| Wanted { running: slots, tried: None };
        let first = Wanted { running: &none, tried: Some(&a) };
        loader.try_once(&first).expect("a first try");
        assert_eq!(start(), Slot::A);
        loader.mark_good(&settled(&a)).expect("good");
        assert_eq!(loader.status(&settled(&a)).expect("a status"), Status::Good);
        assert_eq!(loader.status(&settled(&b)).expect("a status"), Status::Elsewhere);

        // It starts and works.
        let update = Wanted { running: &a, tried: Some(&b) };
        assert_eq!(loader.status(&update).expect("a status"), Status::Elsewhere);
        loader.try_once(&update).expect("a try");
        assert!(matches!(loader.status(&update).expect("a status"), Status::Armed | Status::Good));
        assert_eq!(start(), Slot::B);
        assert_eq!(loader.status(&update).expect("a status"), Status::Started);
        loader.mark_good(&settled(&b)).expect("good");
        assert_eq!(loader.status(&settled(&b)).expect("a status"), Status::Good);
        assert_eq!(start(), Slot::B);
        loader.mark_good(&settled(&b)).expect("still good");

        // It starts once and does not work: the next start is of the slot that ran.
        let update = Wanted { running: &b, tried: Some(&a) };
        loader.try_once(&update).expect("a try");
        assert_eq!((start(), start()), (Slot::A, Slot::B));
        assert_eq!(loader.status(&update).expect("a status"), Status::Started);
        loader.revert(&settled(&b)).expect("back");
        assert_eq!(loader.status(&settled(&b)).expect("a status"), Status::Good);
        assert_eq!(start(), Slot::B);
        loader.mark_good(&settled(&b)).expect("still good");

        // What was reverted may be tried again, and be reverted before it starts.
        loader.try_once(&update).expect("a try");
        loader.revert(&settled(&b)).expect("back");
        assert_eq!(start(), Slot::B);
        let component = |name| Id::new(name).expect("an id");
        let both = SlotMap::from([(component("boot"), Slot::A), (component("rootfs"), Slot::B)]);
        assert!(loader.accepts(&both).is_err() && loader.accepts(&b).is_ok());
    }

    #[test]
    fn a_loader_is_named_with_its_place() {
        assert_eq!("file".parse(), Ok(Kind::File));
        assert_eq!("hook:/usr/lib/updater".parse(), Ok(Kind::Hook("/usr/lib/updater".into())));
        assert_eq!("rauc-grub:/boot/grubenv".parse(), Ok(Kind::RaucGrub("/boot/grubenv".into())));
        for wrong in ["", "uboot", "grub:", "lilo:/etc/lilo.conf", ":x"] {
            assert!(wrong.parse::<Kind>().is_err(), "{wrong}");
        }
        assert_eq!(slot_from_text("B"), Ok(Slot::B));
        assert!(slot_from_text("c").is_err());
    }
}
