//! What the device remembers, in a store that survives power cuts.
//!
//! The store is the only source of truth: which release runs and from which slots, which keyring is in force, what the
//! user was told and chose. What the boot loader does is derived from it at every start.

use crate::boot::{BootLoader, FlagFile, Refused, Status, Wanted};
use crate::slots::{self, SlotMap};
use crate::{Result, put};
use pkg_decide::Choices;
use pkg_decide::state_file::State;
use pkg_files::{AtomicFile, Durability, Lock, Rights};
use pkg_install::{FileStorage, Slot, StateStore};
use pkg_verify::format::{Digest, KeyringStatement};
use pkg_verify::{Complete, ExampleKeys, Keyring};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) struct Memory {
    folder: PathBuf,
    storage: FileStorage,
    pub(crate) state: State,
    pub(crate) slots: SlotMap,
    pub(crate) keyring: Keyring,
    pub(crate) pending: Option<Pending>,
    flag: FlagFile,
    /// None where the flag is what the boot loader reads.
    loader: Option<Box<dyn BootLoader>>,
    /// Held for as long as the round lasts: two at a time would write one slot.
    _lock: Lock,
}

/// What is installed and waits for a boot: the state once it runs, and its slots.
pub(crate) struct Pending {
    manifest: Digest,
    state: State,
    slots: SlotMap,
}

impl Memory {
    pub(crate) fn open(folder: &Path, pinned: &Path, loader: Option<Box<dyn BootLoader>>) -> Result<Memory> {
        // A file that only we can open: a lock that others can hold would keep the device from ever being updated.
        let lock = Lock::at(&folder.join("lock"), Duration::ZERO);
        let lock = lock.map_err(|e| format!("another round is under way: {e}"))?;
        let (path, flag) = (folder.join("state"), FlagFile::new(folder));
        if !path.try_exists()? {
            if flag.exists()? {
                return Err(
                    "the state of the device is gone; it is not made anew, for what ran is not known".into(),
                );
            }
            make(folder, pinned)?;
        }
        let mut storage = FileStorage::growing(File::options().read(true).write(true).open(path)?);
        // A device with a counter that cannot go back gives it here instead of 0.
        let store = StateStore::open(&mut storage, 0)?;
        let (state, slots) = read(store.current())?;
        let pending = store
            .pending()
            .map(|p| read(&p.state).map(|(state, slots)| Pending { manifest: p.manifest, state, slots }));
        let pending = pending.transpose()?;
        let keyring = keyring_in_force(folder, &state)?;
        Ok(Memory {
            folder: folder.into(),
            storage,
            state,
            slots,
            keyring,
            pending,
            flag,
            loader,
            _lock: lock,
        })
    }

    /// Changes the user's choices. The change also survives the boot of a pending install.
    pub(crate) fn change<T>(&mut self, verb: impl Fn(&mut Choices) -> T) -> Result<T> {
        self.change_state(|state| verb(&mut state.choices))
    }

    /// The same of all that is remembered.
    pub(crate) fn change_state<T>(&mut self, verb: impl Fn(&mut State) -> T) -> Result<T> {
        let result = verb(&mut self.state);
        self.save()?;
        if let Some(pending) = &mut self.pending {
            verb(&mut pending.state);
            let text = text(&pending.state, &pending.slots);
            StateStore::open(&mut self.storage, 0)?.stage(pending.manifest, text.as_bytes())?;
        }
        Ok(result)
    }

    fn save(&mut self) -> Result<()> {
        let text = text(&self.state, &self.slots);
        Ok(StateStore::open(&mut self.storage, 0)?.update(text.as_bytes())?)
    }

    /// A newer keyring comes into force together with what its revocations take from the state, which names it by
    /// its digest.
    pub(crate) fn take_keyring(&mut self, newer: &Keyring) -> Result<()> {
        put_keyring(&self.folder, newer)?;
        self.keyring = newer.clone();
        self.change_state(|state| state.follow(newer))
    }

    /// Makes sure that the state can be stored before an image is written.
    pub(crate) fn check(&mut self) -> Result<()> {
        Ok(StateStore::open(&mut self.storage, 0)?.check()?)
    }

    /// All images are whole in these slots: the device boots them next, and confirms them once they run.
    pub(crate) fn stage(&mut self, package: &Complete, written: SlotMap) -> Result<()> {
        let (mut state, mut slots) = (self.state.clone(), self.slots.clone());
        state.installed(package)?;
        slots.extend(written);
        let manifest = package.manifest_digest();
        self.loader.iter().try_for_each(|loader| loader.forget())?;
        StateStore::open(&mut self.storage, 0)?.stage(manifest, text(&state, &slots).as_bytes())?;
        self.pending = Some(Pending { manifest, state, slots });
        let wanted = self.wanted();
        self.flag.try_once(&wanted)?;
        let tried = self.loader.iter().try_for_each(|loader| loader.try_once(&wanted));
        self.unless_refused(tried)
    }

    /// What an updater refuses is taken back, and not tried again by itself.
    fn unless_refused(&mut self, tried: Result<()>) -> Result<()> {
        if tried.as_ref().is_err_and(|error| error.is::<Refused>()) && self.pending.is_some() {
            self.take_back()?;
        }
        tried
    }

    /// At every start: after a power cut the boot loader may lag behind.
    pub(crate) fn resume(&mut self) -> Result<()> {
        let pointed = self.point_boot();
        self.unless_refused(pointed)
    }

    /// Refuses a release after which the boot loader would have to start both slots.
    pub(crate) fn accepts(&self, written: &SlotMap) -> Result<()> {
        let mut slots = self.slots.clone();
        slots.extend(written.clone());
        self.loader.iter().try_for_each(|loader| loader.accepts(&slots))
    }

    /// The device runs what was installed, from this slot.
    pub(crate) fn confirm(&mut self, started: Option<Slot>) -> Result<()> {
        if let (Some(loader), true) = (&self.loader, self.pending.is_some()) {
            let wanted = self.wanted();
            if loader.started(&wanted, started)? != wanted.slot()? {
                return Err("the slot that was started is not the one that was installed".into());
            }
        }
        let Some(Pending { manifest, state, slots }) = self.pending.take() else {
            println!("nothing waits to be confirmed");
            return Ok(());
        };
        // Good before it counts: after a power cut the boot loader must not go back to what the state left behind.
        if let Some(loader) = &self.loader {
            loader.mark_good(&Wanted { running: &slots, tried: None })?;
        }
        StateStore::open(&mut self.storage, 0)?.confirm(manifest)?;
        (self.state, self.slots) = (state, slots);
        self.point_boot()?;
        println!("confirmed: it runs");
        Ok(())
    }

    /// The device does not run what was installed: what ran before does.
    pub(crate) fn take_back(&mut self) -> Result<()> {
        let Some(Pending { manifest, .. }) = self.pending.take() else {
            println!("nothing waits to be taken back");
            return Ok(());
        };
        // It is not tried for ever: this release only if somebody asks for it, the next one as always.
        self.state.choices.decline(manifest);
        self.save()?;
        StateStore::open(&mut self.storage, 0)?.revert()?;
        self.point_boot()?;
        println!("taken back: what ran before runs");
        Ok(())
    }

    /// Makes the boot loader do what the state says. Tries that are used up stay used up.
    pub(crate) fn point_boot(&self) -> Result<()> {
        let wanted = self.wanted();
        point(&self.flag, &wanted)?;
        match &self.loader {
            // Where nothing runs and nothing is tried, there is no slot to name.
            Some(loader) if wanted.slot()?.is_some() => point(&**loader, &wanted),
            _ => Ok(()),
        }
    }

    /// Whether the boot loader tried what was installed, and then started what ran before. Refuses a slot that the
    /// state does not know: an image would be written over the one that runs.
    pub(crate) fn fell_back(&self, started: Option<Slot>) -> Result<bool> {
        let Some(loader) = &self.loader else { return Ok(false) };
        let wanted = self.wanted();
        let (tried, running) = (wanted.slot()?, wanted.running_slot()?);
        if running.is_none() {
            return Ok(false);
        }
        let started = loader
            .started(&wanted, started)?
            .ok_or("--slot is needed: which slot the kernel was started from")?;
        if Some(started) != running && Some(started) != tried {
            return Err("the slot that was started is not the one that the state says; restart".into());
        }
        let before = tried != running && Some(started) == running;
        Ok(before && loader.status(&wanted)? == Status::Started)
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { running: &self.slots, tried: self.pending.as_ref().map(|p| &p.slots) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn point(loader: &dyn BootLoader, wanted: &Wanted<'_>) -> Result<()> {
    match (loader.status(wanted)?, wanted.tried) {
        (Status::Good, _) | (Status::Armed | Status::Started, Some(_)) => Ok(()),
        (Status::Elsewhere, Some(_)) => loader.try_once(wanted),
        (Status::Armed | Status::Started, None) => loader.mark_good(wanted),
        (Status::Elsewhere, None) => loader.revert(wanted),
    }
}

/// The first start: the factory's description becomes the first state. A state that is lost later is no
/// reason to come here again.
fn make(folder: &Path, pinned: &Path) -> Result<()> {
    let mut state = State::from_text(&fs::read_to_string(folder.join("factory.toml"))?)?;
    // On a development device with example keys: ExampleKeys::DangerAccept, here and in `round`.
    let keyring = Keyring::open(&fs::read(pinned)?, ExampleKeys::Refuse)?;
    put_keyring(folder, &keyring)?;
    state.follow(&keyring);
    let file = AtomicFile::create(&folder.join("state"), Rights::Usual)?;
    let mut storage = FileStorage::growing(file.file().try_clone()?);
    StateStore::create(&mut storage, text(&state, &SlotMap::new()).as_bytes())?;
    Ok(file.commit(Durability::PowerCut)?)
}

/// The text of a state. Its first line is the client's own; the whole is a state file of `pkg decide`.
fn text(state: &State, slots: &SlotMap) -> String {
    format!("{}\n{}", slots::to_line(slots), state.to_text())
}

fn read(bytes: &[u8]) -> Result<(State, SlotMap)> {
    let text = std::str::from_utf8(bytes)?;
    let slots = text.lines().next().and_then(slots::from_line).ok_or("the state names no slots")?;
    Ok((State::from_text(text)?, slots))
}

/// The keyring in force is the statement that was accepted, in two files of its own per version: without it
/// nothing can be verified any more, so one that a medium spoils must not be the only one.
fn put_keyring(folder: &Path, keyring: &Keyring) -> Result<()> {
    for path in keyring_paths(folder, keyring.version()) {
        put(&path, &keyring.statement().to_tree().to_bytes())?;
    }
    Ok(())
}

fn keyring_in_force(folder: &Path, state: &State) -> Result<Keyring> {
    let (version, digest) = state.keyring.ok_or("the state names no keyring")?;
    let mut copies = keyring_paths(folder, version).into_iter().filter_map(|path| fs::read(path).ok());
    let whole = copies.find(|bytes| Digest::of(bytes) == digest);
    let bytes = whole.ok_or_else(|| format!("the keyring in force, version {version}, is spoilt"))?;
    Ok(Keyring::vouched_by_caller(KeyringStatement::decode(&bytes)?, ExampleKeys::Refuse)?)
}

fn keyring_paths(folder: &Path, version: u64) -> [PathBuf; 2] {
    ["", ".twin"].map(|twin| folder.join(format!("keyring-{version}{twin}")))
}
