//! U-Boot's environment in two copies, in a file or on a block device, as `fw_setenv` of libubootenv writes it; and
//! U-Boot's own counting of starts (`bootcount`, `bootlimit`, `altbootcmd`) on it.
//!
//! A copy is a CRC32 in the byte order of the processor, a counter of one byte, and entries `name=value`, each ended
//! by a zero byte, the list by one more. The copy with the higher counter is active; 0 follows 255. Only the other one
//! is ever written. Raw flash (MTD) is not written: it must be erased first.

use super::variables::{Environment, Variables};
use super::{BootLoader, Status, Wanted};
use crate::Result;
use crate::slots::slot_name;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The CRC32 and the counter before the entries.
const HEADER: usize = 5;
/// The largest copy. U-Boot's are 8 to 256 KiB.
const MAX_SIZE: u64 = 1 << 20;
/// The largest configuration that is read.
const MAX_CONFIG: u64 = 64 << 10;

/// Where one copy is.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    offset: u64,
    size: u64,
}

/// Both copies.
pub(super) struct UbootEnvironment([Place; 2]);

/// A copy that is whole.
struct Whole {
    counter: u8,
    variables: Variables,
}

impl UbootEnvironment {
    /// The copies that `fw_env.config` names.
    pub(super) fn open(config: &Path) -> Result<UbootEnvironment> {
        let text = String::from_utf8(pkg_files::read_small(config, MAX_CONFIG)?)?;
        let places = places(&text).map_err(|why| format!("{}: {why}", config.display()))?;
        Ok(UbootEnvironment(places))
    }

    /// The copy that counts, and where the next one goes.
    fn active(&self) -> Result<(Whole, &Place)> {
        let [first, second] = &self.0;
        Ok(match (first.read(), second.read()) {
            (Ok(one), Ok(two)) if is_newer(two.counter, one.counter) => (two, first),
            (Ok(one), _) => (one, second),
            (Err(_), Ok(two)) => (two, first),
            (Err(one), Err(two)) => {
                return Err(format!("no copy of U-Boot's environment is whole: {one}; {two}").into());
            }
        })
    }
}

impl Environment for UbootEnvironment {
    fn load(&self) -> Result<Variables> {
        Ok(self.active()?.0.variables)
    }

    fn save(&self, variables: &Variables) -> Result<()> {
        let (active, other) = self.active()?;
        let image = to_image(variables, active.counter.wrapping_add(1), other.size)?;
        // Refuses what is neither a file nor a block device.
        drop(pkg_files::open_image(&other.path)?);
        let mut file = File::options().write(true).open(&other.path)?;
        file.seek(SeekFrom::Start(other.offset))?;
        file.write_all(&image)?;
        Ok(file.sync_all()?)
    }
}

/// As U-Boot compares the counters.
fn is_newer(counter: u8, than: u8) -> bool {
    match (counter, than) {
        (0, 255) => true,
        (255, 0) => false,
        _ => counter > than,
    }
}

impl Place {
    fn read(&self) -> Result<Whole> {
        let mut file = pkg_files::open_image(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut image = Vec::new();
        file.take(self.size).read_to_end(&mut image)?;
        if u64::try_from(image.len()) != Ok(self.size) {
            return Err("it is truncated".into());
        }
        Ok(from_image(&image)?)
    }

    fn overlaps(&self, other: &Place) -> bool {
        let end = |place: &Place| place.offset.saturating_add(place.size);
        self.path == other.path && self.offset < end(other) && other.offset < end(self)
    }
}

/// The two lines of a `fw_env.config`. Numbers need `0x`: a size without it means another number to each tool.
fn places(text: &str) -> std::result::Result<[Place; 2], String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let places = lines.map(place).collect::<std::result::Result<Vec<_>, _>>()?;
    let places: [Place; 2] = places.try_into().map_err(|found: Vec<_>| {
        format!("{} copies are named; two are needed, so that a power cut leaves one", found.len())
    })?;
    let [first, second] = &places;
    match first.overlaps(second) {
        true => Err("the two copies overlap".into()),
        false => Ok(places),
    }
}

fn place(line: &str) -> std::result::Result<Place, String> {
    let mut words = line.split_whitespace();
    let (path, offset, size) = (words.next(), words.next(), words.next());
    let number = |word: Option<&str>| {
        let word = word?;
        let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
        digits.map_or((word == "0").then_some(0), |d| u64::from_str_radix(d, 16).ok())
    };
    let (Some(path), Some(offset), Some(size)) = (path, number(offset), number(size)) else {
        return Err(format!("expected FILE 0xOFFSET 0xSIZE, found {line:?}"));
    };
    if !(16..=MAX_SIZE).contains(&size) {
        return Err(format!("a copy has 16 bytes to 1 MiB, not {size}"));
    }
    if path.starts_with("/dev/mtd") || path.starts_with("/dev/ubi") {
        return Err(format!("{path} is raw flash; this client writes files and block devices"));
    }
    Ok(Place { path: path.into(), offset, size })
}

fn from_image(image: &[u8]) -> std::result::Result<Whole, &'static str> {
    let (crc, rest) = image.split_first_chunk::<4>().ok_or("it is truncated")?;
    let (&counter, data) = rest.split_first().ok_or("it is truncated")?;
    if u32::from_ne_bytes(*crc) != crc32(data) {
        return Err("its CRC32 is wrong");
    }
    let (mut entries, mut rest) = (Vec::new(), data);
    loop {
        let end = rest.iter().position(|b| *b == 0).ok_or("its list has no end")?;
        let (entry, after) = rest.split_at(end);
        if entry.is_empty() {
            return Ok(Whole { counter, variables: Variables::from_entries(entries) });
        }
        entries.push(entry.to_vec());
        rest = after.get(1..).unwrap_or_default();
    }
}

fn to_image(variables: &Variables, counter: u8, size: u64) -> Result<Vec<u8>> {
    let size = usize::try_from(size)?;
    let mut data = Vec::new();
    for entry in variables.entries() {
        data.extend(entry);
        data.push(0);
    }
    data.push(0);
    if data.len() > size.saturating_sub(HEADER) {
        return Err("U-Boot's environment is full".into());
    }
    data.resize(size.saturating_sub(HEADER), 0);
    Ok([&crc32(&data).to_ne_bytes()[..], &[counter], &data].concat())
}

/// The CRC of zlib and Ethernet.
fn crc32(data: &[u8]) -> u32 {
    let bit = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
    !data.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
}

/// U-Boot's counting: while `upgrade_available` is 1, U-Boot counts starts in `bootcount`, and above `bootlimit` it
/// runs `altbootcmd`, which starts the slot that `boot_slot` does not name.
pub(super) struct Uboot<E>(E);

impl<E: Environment> Uboot<E> {
    pub(super) fn new(environment: E) -> Uboot<E> {
        Uboot(environment)
    }

    fn set(&self, wanted: &Wanted<'_>, on_trial: bool) -> Result<()> {
        let mut variables = self.0.load()?;
        variables.set("boot_slot", slot_name(wanted.needed_slot()?));
        variables.set("upgrade_available", if on_trial { "1" } else { "0" });
        variables.set("bootcount", "0");
        variables.set("bootlimit", "1");
        self.0.save(&variables)
    }
}

impl<E: Environment> BootLoader for Uboot<E> {
    fn status(&self, wanted: &Wanted<'_>) -> Result<Status> {
        let variables = self.0.load()?;
        if variables.get("boot_slot") != wanted.slot()?.map(slot_name) {
            return Ok(Status::Elsewhere);
        }
        Ok(match (variables.get("upgrade_available"), variables.get("bootcount")) {
            (Some("1"), None | Some("0")) => Status::Armed,
            (Some("1"), _) => Status::Started,
            _ => Status::Good,
        })
    }

    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.set(wanted, true)
    }

    fn mark_good(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.set(wanted, false)
    }

    fn revert(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.set(wanted, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::tests::lives;
    use pkg_install::Slot;
    use std::fs;

    const SIZE: usize = 0x200;

    struct Device(tempfile::TempDir);

    impl Device {
        fn new() -> Device {
            let device = Device(tempfile::tempdir().expect("a folder"));
            let path = device.0.path().join("env");
            let variables = Variables::from_entries(vec![b"kept=\xff=x".to_vec(), b"no form".to_vec()]);
            let first = to_image(&variables, 255, 0x200).expect("it fits");
            fs::write(&path, [&first[..], &[0xff; SIZE]].concat()).expect("written");
            let config = format!("# copies\n{0} 0x0 0x200\n{0} 0x200 0x200\n", path.display());
            fs::write(device.0.path().join("config"), config).expect("written");
            device
        }

        fn bytes(&self) -> Vec<u8> {
            fs::read(self.0.path().join("env")).expect("it is there")
        }

        fn put(&self, bytes: &[u8]) {
            fs::write(self.0.path().join("env"), bytes).expect("written");
        }

        fn open(&self) -> UbootEnvironment {
            UbootEnvironment::open(&self.0.path().join("config")).expect("a configuration")
        }

        fn set(&self, value: &str) {
            let mut variables = self.open().load().expect("a copy is whole");
            variables.set("x", value);
            self.open().save(&variables).expect("saved");
        }

        fn x(&self) -> Option<String> {
            self.open().load().ok().and_then(|v| v.get("x").map(str::to_owned))
        }
    }

    #[test]
    fn it_counts_starts_as_the_boot_script_does() {
        let device = Device::new();
        let start = || {
            let environment = device.open();
            let mut variables = environment.load().expect("whole");
            let slot = super::super::slot_from_text(variables.get("boot_slot").expect("a slot"));
            let slot = slot.expect("a or b");
            if variables.get("upgrade_available") != Some("1") {
                return slot;
            }
            let count = variables.get("bootcount").map_or(0, |c| c.parse().expect("a number")) + 1;
            variables.set("bootcount", &count.to_string());
            environment.save(&variables).expect("saved");
            let limit: u32 = variables.get("bootlimit").expect("a limit").parse().expect("a number");
            if count > limit { slot.other() } else { slot }
        };
        lives(&Uboot::new(device.open()), &start);
        let kept = device.open().load().expect("whole");
        assert_eq!(kept.entries()[..2], [b"kept=\xff=x".to_vec(), b"no form".to_vec()]);
        assert_eq!(start(), Slot::B);
    }

    /// A write that is cut at any byte leaves the copy before it or, when it is complete, the new one.
    #[test]
    fn a_power_cut_at_any_byte_leaves_a_whole_copy() {
        let device = Device::new();
        device.set("old");
        let before = device.bytes();
        device.set("new");
        let after = device.bytes();
        assert_eq!(before[SIZE..], after[SIZE..], "only the copy that is not active is written");
        for cut in 0..=SIZE {
            device.put(&[&after[..cut], &before[cut..]].concat());
            let x = device.x();
            assert!(x.as_deref() == Some("old") || x.as_deref() == Some("new"), "{cut}: {x:?}");
            assert!(cut < SIZE || x.as_deref() == Some("new"));
        }
    }

    #[test]
    fn what_is_broken_is_not_used() {
        let device = Device::new();
        device.set("old");
        device.set("new");
        let whole = device.bytes();
        let spoilt = |bytes: &[usize]| {
            let mut copy = whole.clone();
            bytes.iter().for_each(|at| copy[*at] ^= 1);
            device.put(&copy);
            device.open().load().map(|v| v.get("x").map(str::to_owned)).map_err(|e| e.to_string())
        };
        assert_eq!(spoilt(&[]), Ok(Some("new".into())));
        assert_eq!(spoilt(&[20]), Ok(Some("old".into())));
        assert_eq!(spoilt(&[SIZE + 20]), Ok(Some("new".into())));
        assert!(spoilt(&[20, SIZE]).expect_err("both are spoilt").contains("CRC32"));
        for cut in 0..SIZE {
            device.put(&whole[..cut]);
            assert!(device.open().load().expect_err("nothing is whole").to_string().contains("truncated"));
        }
        // A list without an end, under a right CRC.
        let data = [b'a'; SIZE - HEADER];
        let endless = [&crc32(&data).to_ne_bytes()[..], &[1], &data].concat();
        assert_eq!(from_image(&endless).err(), Some("its list has no end"));
        for short in 0..HEADER {
            assert_eq!(from_image(&endless[..short]).err(), Some("it is truncated"));
        }
        let mut many = Variables::default();
        many.set("x", &"x".repeat(SIZE));
        device.put(&whole);
        assert!(device.open().save(&many).expect_err("too much").to_string().contains("full"));
        assert_eq!(device.bytes(), whole);
    }

    #[test]
    fn the_counter_goes_round() {
        assert!(is_newer(0, 255) && !is_newer(255, 0) && is_newer(2, 1) && !is_newer(1, 1));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_configuration_that_is_unsafe_is_refused() {
        for (text, why) in [
            ("", "0 copies"),
            ("e 0x0 0x1000", "1 copies"),
            ("e 0x0 0x1000\ne 0x800 0x1000", "overlap"),
            ("e 0x0 4096\nf 0x0 0x1000", "expected"),
            ("e -0x1000 0x1000\nf 0x0 0x1000", "expected"),
            ("e 0x0 0x4\nf 0x0 0x1000", "16 bytes"),
            ("e 0x0 0xffffffffffffffff\nf 0x0 0x1000", "16 bytes"),
            ("/dev/mtd0 0x0 0x1000\nf 0x0 0x1000", "raw flash"),
        ] {
            assert!(places(text).expect_err(text).contains(why), "{text}");
        }
    }
}
