//! The power-cut proof: a device installs, the power goes at every write and every sync, and what was not
//! synced is there, or not, or in part, in any order. After each restart the old slot is untouched and the
//! state is that before or that after; the same client then always ends with the new images, confirmed.
//!
//! `cargo test -p pkg-tests --test build_install power_cut -- --nocapture` shows how many cuts were tried; with
//! `PKG_POWER_CUTS=N` before it, N times as many fates of unsynced writes are, and deltas are cut twice.

mod disk;
mod network;
mod stores;

use self::disk::{Disk, Power, Random, Survives};
use self::network::Network;
use pkg_codec::delta;
use pkg_format::Id;
use pkg_install::{Error, InstallOptions, StateStore, Storage, Target, install};
use pkg_tests::fake::content;
use pkg_tests::fake::path::{digest, map, num, text};
use pkg_tests::{Fake, keyrings, longer};
use pkg_verify::{Keyring, Policy, open};
use std::cell::{Cell, RefCell};
use std::num::NonZeroUsize;
use std::path::Path;
use std::rc::Rc;

const OLD: &[u8] = b"runs: 1.4.2, sequence 4";
const NEW: &[u8] = b"runs: 1.4.3, sequence 5";
/// What stands behind an image in a slot stays there.
const BEHIND: usize = 700;

/// One component of a release: what runs, what comes, and how it travels.
struct Image {
    component: &'static str,
    old: Vec<u8>,
    new: Vec<u8>,
    /// What the other slot holds before.
    before: Vec<u8>,
    delta: bool,
}

impl Image {
    fn new(component: &'static str, old: Vec<u8>, new: Vec<u8>, delta: bool) -> Image {
        let before = content("an older release", new.len() + BEHIND);
        Image { component, old, new, before, delta }
    }
}

/// A release that is installed again and again.
struct Release {
    images: Vec<Image>,
    package: Vec<u8>,
    checkpoint: u64,
    jobs: usize,
}

impl Release {
    fn new(images: Vec<Image>, checkpoint: u64, jobs: usize) -> Release {
        let mut fake = if images.iter().any(|i| i.delta) { Fake::delta() } else { Fake::security() };
        for image in &images {
            let at = ["boot", "rootfs"].iter().position(|c| *c == image.component).expect("a component");
            let mut chunks: Vec<(usize, Vec<u8>)> = Vec::new();
            let mut memory = 64 << 10;
            match image.delta {
                false => chunks.extend(image.new.chunks(1_500).map(|c| (c.len(), c.to_vec()))),
                true => {
                    let options = delta::EncodeOptions { memory: 1 << 30, ..delta::EncodeOptions::default() };
                    let made = delta::encode(&&image.old[..], &&image.new[..], &options, &mut |n, stored| {
                        chunks.push((n as usize, stored.to_vec()));
                        Ok(())
                    });
                    memory = made.expect("a delta");
                    let base = map([
                        ("sha256", digest(&image.old)),
                        ("size", num(image.old.len() as u64)),
                        ("version", text("1.4.2")),
                    ]);
                    fake = fake.set_delivery(&format!("payloads[{at}].base"), base);
                }
            }
            fake = fake
                .set(&format!("images[{at}].size"), num(image.new.len() as u64))
                .set(&format!("images[{at}].sha256"), digest(&image.new))
                .set_delivery(&format!("payloads[{at}].decode-memory"), num(memory))
                .storing_chunks(at, &chunks);
        }
        Release { images, package: fake.package(), checkpoint, jobs }
    }

    fn full() -> Release {
        let image = |component, size| {
            let new = content(&format!("{component} new"), size + 77);
            Image::new(component, content(&format!("{component} old"), size), new, false)
        };
        Release::new(vec![image("boot", 2_000), image("rootfs", 9_000)], 1, 1)
    }

    /// One image as a delta of several chunks, the other as it is.
    fn delta(jobs: usize) -> Release {
        let old = content("rootfs old", 900_000);
        let mut new = old[..100_000].to_vec();
        new.extend(content("what is fresh", 700_000));
        new.extend(&old[300_000..]);
        let rootfs = Image::new("rootfs", old, new, true);
        let boot = Image::new("boot", content("boot old", 1_000), content("boot new", 1_600), false);
        Release::new(vec![boot, rootfs], 1, jobs)
    }
}

/// What a device has: two slots a component, a journal, its state.
struct Device<'r> {
    release: &'r Release,
    keyring: Keyring,
    power: Rc<Power>,
    slots: Vec<Disk>,
    journal: Disk,
    state: Disk,
    /// How often an install went on where an earlier one came to.
    resumed: Cell<u64>,
    /// What installs said of their progress: first what was there already.
    progress: RefCell<Vec<u64>>,
    /// Where the package comes from, if not from memory.
    network: Option<Network>,
}

/// How a start of the device ended.
#[derive(Debug, PartialEq)]
enum Ended {
    Confirmed,
    Cut,
}

impl<'r> Device<'r> {
    fn new(release: &'r Release, journal: Vec<u8>) -> Device<'r> {
        let power = Rc::new(Power::default());
        // The other slot holds something else, and is larger than the image.
        let slot = |i: &Image| Disk::new(&power, i.before.clone());
        let slots = release.images.iter().map(slot).collect();
        let state = Disk::new(&power, vec![0; 256 << 10]);
        StateStore::create(&mut state.clone(), OLD).expect("a first state");
        power.steps.set(0);
        Device {
            release,
            keyring: keyrings::standard(),
            slots,
            journal: Disk::new(&power, journal),
            state,
            power,
            resumed: Cell::new(0),
            progress: RefCell::new(Vec::new()),
            network: None,
        }
    }

    /// The client, from a start of the device until it has nothing to do or the power goes.
    fn run(&self) -> Ended {
        self.power.steps.set(0);
        // A boot that succeeds is one of the new images, whole.
        while self.power_lasts(self.step()) {
            let mut state = self.state.clone();
            let store = StateStore::open(&mut state, 0).expect("a state");
            if store.current() == NEW && store.pending().is_none() {
                return Ended::Confirmed;
            }
        }
        Ended::Cut
    }

    fn power_lasts(&self, result: Result<(), String>) -> bool {
        match (result, self.power.cut_at.get()) {
            (Ok(()), _) => true,
            (Err(_), Some(cut)) if self.power.steps.get() > cut => false,
            // Nothing is decided by it: the next start tries again.
            (Err(_), _) if self.network.as_ref().is_some_and(Network::broke) => true,
            (Err(error), _) => panic!("{error}"),
        }
    }

    /// One boot: what is pending is confirmed, else what is not installed is installed and staged.
    fn step(&self) -> Result<(), String> {
        let say = |e: &dyn std::fmt::Display| e.to_string();
        let mut state = self.state.clone();
        let mut store = StateStore::open(&mut state, 0).map_err(|e| say(&e))?;
        if let Some(pending) = store.pending().cloned() {
            self.assert_new_is_whole("what is staged");
            return store.confirm(pending.manifest).map_err(|e| say(&e));
        }
        if store.current() == NEW {
            return Ok(());
        }
        store.check().map_err(|e| say(&e))?;
        let manifest = self.install().map_err(|e| say(&e))?;
        store.stage(manifest, NEW).map_err(|e| say(&e))
    }

    fn install_from(&self, package: impl pkg_verify::io::Read) -> Result<pkg_format::Digest, Error> {
        let verified = open(package)?.verify(&self.keyring, &Policy::default())?;
        let mut slots = self.slots.clone();
        let bases: Vec<_> = self.release.images.iter().map(|i| &i.old[..]).collect();
        let mut targets = Vec::new();
        for ((image, slot), base) in self.release.images.iter().zip(&mut slots).zip(&bases) {
            targets.push(Target {
                component: Id::new(image.component).expect("a component"),
                name: Path::new(image.component),
                storage: slot,
                base: Some((base, Path::new("the running slot"))),
            });
        }
        let mut journal = self.journal.clone();
        let journal: &mut dyn Storage = &mut journal;
        let options = InstallOptions {
            checkpoint: self.release.checkpoint,
            jobs: NonZeroUsize::new(self.release.jobs).expect("a job"),
            resumed: &|_| self.resumed.set(self.resumed.get() + 1),
            progress: &|n| self.progress.borrow_mut().push(n),
        };
        let complete = install(verified, &mut targets, Some((journal, Path::new("journal"))), &options)?;
        self.assert_new_is_whole("what was installed");
        Ok(complete.manifest_digest())
    }

    fn assert_new_is_whole(&self, when: &str) {
        for (image, slot) in self.release.images.iter().zip(&self.slots) {
            let (content, before) = (slot.content(), &image.before);
            assert!(content.starts_with(&image.new), "{when}: {} is not the new image", image.component);
            let behind = image.new.len();
            assert!(content[behind..] == before[behind..], "{when}: what is behind {}", image.component);
        }
    }

    /// The power comes back: what was not synced is lost as chance has it.
    fn restart(&self, survives: Survives, random: &mut Random) {
        self.power.cut_at.set(None);
        for disk in self.slots.iter().chain([&self.journal, &self.state]) {
            disk.restart(survives, random);
        }
        self.assert_before_or_after();
    }

    /// At any moment the state is that before or that after, never between. (What runs cannot be touched:
    /// the installer has it as a base, which has no way to be written.)
    fn assert_before_or_after(&self) {
        let mut state = self.state.clone();
        let store = StateStore::open(&mut state, 0).expect("the state is never lost");
        assert!([OLD, NEW].contains(&store.current()), "{:?}", store.current());
        if store.pending().is_some() || store.current() == NEW {
            self.assert_new_is_whole("what is staged or runs");
        }
    }

    fn clean_steps(&self) -> u64 {
        assert_eq!(self.run(), Ended::Confirmed);
        self.power.steps.get()
    }
}

/// What was tried.
#[derive(Default)]
struct Tried {
    steps: u64,
    cuts: u64,
    twice: u64,
    resumed: u64,
}

/// Which of the unsynced writes survive, in turn.
fn fates(seeds: u64) -> Vec<(Survives, u64)> {
    let mut fates = vec![(Survives::Nothing, 1), (Survives::All, 1)];
    fates.extend((1..=seeds).map(|seed| (Survives::Chance, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    fates
}

/// How many times the usual number of fates is tried.
fn times() -> u64 {
    longer::setting("PKG_POWER_CUTS", 1) as u64
}

/// Cuts the power at every step of an install, and with `twice` at every step of the next attempt, too.
fn cut_everywhere(release: &Release, journal: &dyn Fn() -> Vec<u8>, seeds: u64, twice: u64) -> Tried {
    let seeds = seeds * times();
    let mut tried = Tried { steps: Device::new(release, journal()).clean_steps(), ..Tried::default() };
    for (survives, seed) in fates(seeds) {
        for cut in 0..tried.steps {
            let device = Device::new(release, journal());
            let mut random = Random(seed.wrapping_add(cut) | 1);
            device.power.cut_at.set(Some(cut));
            assert_eq!(device.run(), Ended::Cut, "{survives:?} {seed} {cut}");
            device.restart(survives, &mut random);
            assert_eq!(device.run(), Ended::Confirmed, "{survives:?} {seed} {cut}");
            device.assert_before_or_after();
            tried.cuts += 1;
            tried.resumed += device.resumed.get();
        }
    }
    for (survives, seed) in fates(twice).into_iter().filter(|_| twice > 0) {
        for cut in 0..tried.steps {
            for again in 0.. {
                let device = Device::new(release, journal());
                let mut random = Random(seed.wrapping_add(cut * 1_000 + again) | 1);
                device.power.cut_at.set(Some(cut));
                assert_eq!(device.run(), Ended::Cut);
                device.restart(survives, &mut random);
                device.power.cut_at.set(Some(again));
                if device.run() == Ended::Confirmed {
                    break;
                }
                device.restart(survives, &mut random);
                assert_eq!(device.run(), Ended::Confirmed, "{survives:?} {seed} {cut} {again}");
                device.assert_before_or_after();
                tried.twice += 1;
                tried.resumed += device.resumed.get();
            }
        }
    }
    tried
}

fn report(what: &str, tried: &Tried) {
    let Tried { steps, cuts, twice, resumed } = tried;
    println!(
        "{what}: {steps} writes and syncs; {cuts} cuts, {twice} with a second cut while resuming; \
         resumed {resumed} times; every one ended in the new images"
    );
    assert!(*resumed > cuts / 4, "{resumed} of {cuts} went on where they came to");
}

fn empty() -> Vec<u8> {
    vec![0; 8 << 10]
}

#[test]
fn a_full_install_survives_a_cut_at_every_step() {
    report("full", &cut_everywhere(&Release::full(), &empty, 12, 3));
}

#[test]
fn a_delta_install_survives_a_cut_at_every_step() {
    report("delta", &cut_everywhere(&Release::delta(1), &empty, 3, (times() - 1).min(1)));
}

#[test]
fn side_by_side_it_is_the_same() {
    let release = Release { jobs: 2, ..Release::full() };
    report("full, two jobs", &cut_everywhere(&release, &empty, 2, 0));
    report("delta, two jobs", &cut_everywhere(&Release::delta(2), &empty, 1, 0));
}

/// Seldom checkpoints lose more work, and nothing else.
#[test]
fn seldom_checkpoints_survive_as_well() {
    let release = Release { checkpoint: 4_000, ..Release::full() };
    report("full, a checkpoint every 4,000 bytes", &cut_everywhere(&release, &empty, 6, 1));
}

/// What a checkpoint claims was synced before it: where nothing else outlasts a cut, no more than the chunk is
/// lost during which it came.
#[test]
fn what_a_checkpoint_claims_lasts() {
    let release = Release::full();
    let mut went_on = 0;
    for cut in 0..Device::new(&release, empty()).clean_steps() {
        let device = Device::new(&release, empty());
        device.power.cut_at.set(Some(cut));
        assert_eq!(device.run(), Ended::Cut);
        let done: u64 = device.progress.take().iter().sum();
        device.restart(Survives::Nothing, &mut Random(1));
        assert_eq!(device.run(), Ended::Confirmed);
        // Once it is staged nothing is installed again.
        if let Some(there) = device.progress.take().first() {
            assert!(there + 1_500 >= done, "cut {cut}: {done} bytes were done, {there} are there");
            went_on += usize::from(*there > 0);
        }
    }
    assert!(went_on > 10, "{went_on}");
}

/// A journal that holds anything: bytes, or the records of another install.
#[test]
fn whatever_is_in_the_journal_does_no_harm() {
    let boot = Image::new("boot", Vec::new(), content("boot other", 2_077), false);
    let rootfs = Image::new("rootfs", Vec::new(), content("rootfs other", 9_077), false);
    let other = Release::new(vec![boot, rootfs], 1, 1);
    let used = Device::new(&other, empty());
    used.clean_steps();
    let used = used.journal.content();
    for (what, journal) in [("garbage", content("garbage", 8 << 10)), ("another install", used)] {
        let journal = || journal.clone();
        let tried = cut_everywhere(&Release::full(), &journal, 2, 0);
        report(&format!("full, {what} in the journal"), &tried);
    }
}

/// A journal that claims what is not the image, and by the right digest: one attempt finds out, the next one
/// installs. So also where the record claims to be the newest there can ever be.
#[test]
fn a_lying_journal_costs_one_attempt() {
    let release = Release::full();
    let cut = (1..).find_map(|at| {
        let device = Device::new(&release, empty());
        device.power.cut_at.set(Some(at));
        assert_eq!(device.run(), Ended::Cut);
        device.restart(Survives::All, &mut Random(1));
        let (body, _) = newest(&device.journal.content())?;
        (body[40..48] != [0; 8]).then_some(at)
    });
    for generation in [None, Some(u64::MAX), Some(u64::MAX - 1)] {
        let device = Device::new(&release, empty());
        device.power.cut_at.set(cut);
        assert_eq!(device.run(), Ended::Cut);
        device.restart(Survives::All, &mut Random(1));
        let (mut body, written) = newest(&device.journal.content()).expect("a record");
        let number = |range: std::ops::Range<usize>| {
            body[range].iter().fold(0usize, |n, byte| (n << 8) | usize::from(*byte))
        };
        let (image, bytes) = (number(32..36), number(40..48));
        let mut slot = device.slots[image].clone();
        let mut lie = slot.content();
        lie[bytes - 1] ^= 1;
        slot.write_at(0, &lie).expect("written");
        slot.sync().expect("synced");
        body.splice(48.., pkg_sha256::digest(&lie[..bytes]));
        let generation = generation.unwrap_or(written);
        let mut record = [b"pkgjrnl1".as_slice(), &generation.to_be_bytes(), &80u32.to_be_bytes()].concat();
        record.extend(body);
        record.extend(pkg_sha256::digest(&record));
        let mut journal = device.journal.clone();
        journal.write_at((generation & 1) * 4096, &record).expect("written");
        journal.sync().expect("synced");
        let first = device.install();
        if generation == written {
            assert!(matches!(first, Err(Error::LyingJournal { .. })), "{first:?}");
        } else {
            first.expect("such a record is none");
        }
        assert_eq!(device.run(), Ended::Confirmed, "generation {generation}");
    }
}

/// The body of the newest record of a journal, and its generation.
fn newest(journal: &[u8]) -> Option<(Vec<u8>, u64)> {
    let record = |at: usize| {
        let record = journal.get(at..at + 4096)?.strip_prefix(b"pkgjrnl1")?;
        Some((record[12..92].to_vec(), u64::from_be_bytes(record[..8].try_into().ok()?)))
    };
    [0, 4096].into_iter().filter_map(record).max_by_key(|(_, generation)| *generation)
}
