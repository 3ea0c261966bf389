//! systemd-boot with boot counting. Each slot has one entry in `loader/entries` of the ESP, called
//! `pkg-NUMBER-SLOT.conf`. systemd-boot starts the entry that sorts last, so the highest number; an entry without
//! tries comes after all others. A choice is one rename to the next number.
//!
//! `pkg-7-b+1.conf` has one try left. systemd-boot renames it to `pkg-7-b+0-1.conf` when it starts it; a slot that is
//! marked good loses the counters, as with `systemd-bless-boot good`.

use super::{BootLoader, Status, Wanted};
use crate::Result;
use crate::slots::slot_name;
use pkg_files::Folder;
use pkg_install::Slot;
use std::path::{Path, PathBuf};

/// So many files in `loader/entries` are looked at.
const MAX_ENTRIES: usize = 1000;
const MAX_CONFIG: u64 = 64 << 10;

pub(super) struct SystemdBoot {
    loader: PathBuf,
}

/// The entry of a slot, as its file name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    number: u64,
    slot: Slot,
    /// Tries that are left, and tries that were made; none for an entry that is good.
    tries: Option<(u64, u64)>,
}

impl Entry {
    fn from_name(name: &str) -> Option<Entry> {
        let (number, rest) = name.strip_prefix("pkg-")?.strip_suffix(".conf")?.split_once('-')?;
        let (slot, tries) = match rest.split_once('+') {
            None => (rest, None),
            Some((slot, tries)) => {
                let (left, made) = tries.split_once('-').unwrap_or((tries, "0"));
                (slot, Some((digits(left)?, digits(made)?)))
            }
        };
        let slot = [Slot::A, Slot::B].into_iter().find(|s| slot_name(*s) == slot)?;
        Some(Entry { name: name.into(), number: digits(number)?, slot, tries })
    }
}

fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

impl SystemdBoot {
    pub(super) fn new(esp: &Path) -> SystemdBoot {
        SystemdBoot { loader: esp.join("loader") }
    }

    /// The entry of this slot, and that of the other one.
    fn entries(&self, slot: Slot) -> Result<(Entry, Entry)> {
        self.check_default()?;
        let folder = self.loader.join("entries");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder)?.take(MAX_ENTRIES) {
            found.extend(entry?.file_name().to_str().and_then(Entry::from_name));
        }
        let one = |slot: Slot| {
            let mut of_slot = found.iter().filter(|e| e.slot == slot);
            match (of_slot.next(), of_slot.next()) {
                (Some(entry), None) => Ok(entry.clone()),
                (None, _) => {
                    Err(format!("{} has no entry pkg-NUMBER-{}.conf", folder.display(), slot_name(slot)))
                }
                _ => Err(format!("{} has two entries of slot {}", folder.display(), slot_name(slot))),
            }
        };
        let (entry, other) = (one(slot)?, one(slot.other())?);
        match entry.number == other.number {
            true => Err("both slots have the same number; it must be plain which is started".into()),
            false => Ok((entry, other)),
        }
    }

    /// An entry that is named as the default is started however often it failed.
    fn check_default(&self) -> Result<()> {
        let path = self.loader.join("loader.conf");
        if !path.try_exists()? {
            return Ok(());
        }
        let text = String::from_utf8(pkg_files::read_small(&path, MAX_CONFIG)?)?;
        let defaults = text.lines().filter_map(|line| line.trim().strip_prefix("default"));
        let value = defaults.filter(|rest| rest.starts_with(char::is_whitespace)).map(str::trim).next_back();
        match value {
            None | Some("pkg-*") => Ok(()),
            Some(value) => {
                Err(format!("{}: with the default {value} no try counts; write pkg-*", path.display()).into())
            }
        }
    }

    /// Gives the entry this number, with or without a counter: one rename, and the medium has it on return.
    fn rename(&self, entry: &Entry, number: u64, counter: &str) -> Result<()> {
        let name = format!("pkg-{number}-{}{counter}.conf", slot_name(entry.slot));
        if name == entry.name {
            return Ok(());
        }
        let folder = Folder::open(&self.loader.join("entries"))?;
        folder.rename(Path::new(&entry.name), Path::new(&name))?;
        Ok(folder.sync()?)
    }

    /// Puts the slot before the other one.
    fn put_first(&self, slot: Slot, counter: &str) -> Result<()> {
        let (entry, other) = self.entries(slot)?;
        let number = match entry.number > other.number {
            true => entry.number,
            false => other.number.checked_add(1).ok_or("the numbers of the entries are used up")?,
        };
        self.rename(&entry, number, counter)
    }
}

impl BootLoader for SystemdBoot {
    fn status(&self, wanted: &Wanted<'_>) -> Result<Status> {
        let (entry, other) = self.entries(wanted.needed_slot()?)?;
        Ok(match entry.tries {
            _ if entry.number < other.number => Status::Elsewhere,
            None => Status::Good,
            Some((left, 0)) if left > 0 => Status::Armed,
            Some(_) => Status::Started,
        })
    }

    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.put_first(wanted.needed_slot()?, "+1")
    }

    fn mark_good(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.put_first(wanted.needed_slot()?, "")
    }

    fn revert(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.put_first(wanted.needed_slot()?, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::tests::{in_slot, lives};
    use std::fs;

    fn esp(entries: &[&str]) -> tempfile::TempDir {
        let esp = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(esp.path().join("loader/entries")).expect("a folder");
        for name in entries {
            fs::write(esp.path().join("loader/entries").join(name), name.as_bytes()).expect("written");
        }
        esp
    }

    fn names(esp: &tempfile::TempDir) -> Vec<String> {
        let all = fs::read_dir(esp.path().join("loader/entries")).expect("a folder");
        let mut names: Vec<_> =
            all.map(|e| e.expect("an entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn it_counts_tries_as_systemd_boot_does() {
        let esp = esp(&["pkg-1-a.conf", "pkg-2-b.conf", "rescue.conf", "pkg-x-a.conf", "pkg-1-c+1.conf"]);
        fs::write(esp.path().join("loader/loader.conf"), "timeout 3\ndefault pkg-*\n").expect("written");
        // The highest number among those that have tries or need none; then one try less.
        let start = || {
            let mut all: Vec<_> = names(&esp).iter().filter_map(|n| Entry::from_name(n)).collect();
            all.sort_by_key(|e| (e.tries.is_none_or(|(left, _)| left > 0), e.number));
            let first = all.pop().expect("an entry");
            if let Some((left, made)) = first.tries {
                let folder = esp.path().join("loader/entries");
                let new =
                    format!("pkg-{}-{}+{}-{}.conf", first.number, slot_name(first.slot), left - 1, made + 1);
                fs::rename(folder.join(&first.name), folder.join(new)).expect("renamed");
            }
            first.slot
        };
        lives(&SystemdBoot::new(esp.path()), &start);
        let left = names(&esp);
        for other in ["rescue.conf", "pkg-x-a.conf", "pkg-1-c+1.conf"] {
            assert!(left.iter().any(|n| n == other), "{other} stays");
        }
        // An entry is renamed, and never written.
        for name in left {
            let text = fs::read_to_string(esp.path().join("loader/entries").join(&name)).expect("text");
            assert_eq!(Entry::from_name(&name).map(|e| e.slot), Entry::from_name(&text).map(|e| e.slot));
        }
    }

    #[test]
    fn names_of_another_form_are_no_entries_of_ours() {
        let entry = Entry::from_name("pkg-7-b+2-1.conf").expect("an entry");
        assert_eq!((entry.number, entry.slot, entry.tries), (7, Slot::B, Some((2, 1))));
        for name in [
            "pkg-7-b+.conf",
            "pkg-7-b+1-.conf",
            "pkg-7-b+-1.conf",
            "pkg-7-b++1.conf",
            "pkg--b.conf",
            "pkg-+7-b.conf",
            "pkg-99999999999999999999-a.conf",
            "pkg-7-ab.conf",
            "pkg-7-b",
            "pkg-7-b+1-2-3.conf",
        ] {
            assert_eq!(Entry::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_not_plain_is_refused_and_left_as_it_is() {
        let a = in_slot(Slot::A);
        let wanted = Wanted { running: &a, tried: None };
        let refused = |entries: &[&str], config: &str, why: &str| {
            let esp = esp(entries);
            fs::write(esp.path().join("loader/loader.conf"), config).expect("written");
            let loader = SystemdBoot::new(esp.path());
            let before = names(&esp);
            assert!(loader.status(&wanted).expect_err(why).to_string().contains(why));
            assert!(loader.mark_good(&wanted).expect_err(why).to_string().contains(why));
            assert_eq!(names(&esp), before);
        };
        refused(&["pkg-2-b.conf"], "", "no entry pkg-NUMBER-a.conf");
        refused(&["pkg-1-a.conf", "pkg-3-a+1.conf", "pkg-2-b.conf"], "", "two entries of slot a");
        refused(&["pkg-2-a.conf", "pkg-2-b.conf"], "", "same number");
        refused(&["pkg-1-a.conf", "pkg-2-b.conf"], "default pkg-1-a.conf\n", "no try counts");
        let most = format!("pkg-{}-b.conf", u64::MAX);
        let last = esp(&["pkg-1-a.conf", &most]);
        let full = SystemdBoot::new(last.path()).mark_good(&wanted);
        assert!(full.expect_err("no number is left").to_string().contains("used up"));
        assert!(SystemdBoot::new(&last.path().join("none")).status(&wanted).is_err());
    }
}
