//! Storage that loses what was not synced: what a power cut does to a medium, and worse.
//!
//! A write is remembered until its medium is synced. At a cut each sector of each such write is there or
//! not, in any order, and some are torn in the middle; the write or sync during which the power goes is
//! among them.

use pkg_install::Storage;
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

/// What a medium writes at once.
const SECTOR: usize = 512;

/// The power of a device and everything that it runs.
#[derive(Default)]
pub(crate) struct Power {
    /// Writes and syncs since the last start.
    pub(crate) steps: Cell<u64>,
    /// During which of them the power goes.
    pub(crate) cut_at: Cell<Option<u64>>,
}

impl Power {
    /// Counts a step; the power may go during it.
    fn step(&self) -> io::Result<()> {
        let step = self.steps.get();
        self.steps.set(step + 1);
        match self.cut_at.get() {
            Some(cut) if step >= cut => Err(io::Error::other("the power is gone")),
            _ => Ok(()),
        }
    }
}

/// A medium.
#[derive(Clone)]
pub(crate) struct Disk(Rc<Medium>);

struct Medium {
    power: Rc<Power>,
    /// What lasts.
    lasting: RefCell<Vec<u8>>,
    /// What was written since the last sync: place and bytes, in order.
    fleeting: RefCell<Vec<(usize, Vec<u8>)>>,
}

/// Numbers that look random; the same for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

impl Disk {
    pub(crate) fn new(power: &Rc<Power>, content: Vec<u8>) -> Disk {
        let medium = Medium {
            power: power.clone(),
            lasting: RefCell::new(content),
            fleeting: RefCell::new(Vec::new()),
        };
        Disk(Rc::new(medium))
    }

    /// What is read from it now.
    pub(crate) fn content(&self) -> Vec<u8> {
        let mut content = self.0.lasting.borrow().clone();
        for (at, bytes) in self.0.fleeting.borrow().iter() {
            content[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        content
    }

    /// The medium at the next start. How much of what was not synced is there: nothing, all of it, or
    /// what chance leaves.
    pub(crate) fn restart(&self, survives: Survives, random: &mut Random) {
        let fleeting = std::mem::take(&mut *self.0.fleeting.borrow_mut());
        let mut sectors: Vec<(usize, Vec<u8>)> = Vec::new();
        for (at, bytes) in fleeting {
            let (mut at, mut rest) = (at, &bytes[..]);
            while !rest.is_empty() {
                let length = rest.len().min(SECTOR - at % SECTOR);
                sectors.push((at, rest[..length].to_vec()));
                (at, rest) = (at + length, &rest[length..]);
            }
        }
        let mut lasting = self.0.lasting.borrow_mut();
        if survives == Survives::Chance {
            for last in (1..sectors.len()).rev() {
                sectors.swap(last, random.next(last + 1));
            }
        }
        for (at, bytes) in sectors {
            let length = match (survives, random.next(8)) {
                (Survives::Nothing, _) => 0,
                (Survives::All, _) => bytes.len(),
                (Survives::Chance, 0..4) => 0,
                (Survives::Chance, 4) => random.next(bytes.len() + 1),
                (Survives::Chance, _) => bytes.len(),
            };
            lasting[at..at + length].copy_from_slice(&bytes[..length]);
        }
    }
}

/// What of unsynced writes is there after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survives {
    Nothing,
    All,
    Chance,
}

impl Storage for Disk {
    fn capacity(&self) -> io::Result<u64> {
        Ok(self.0.lasting.borrow().len() as u64)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let content = self.content();
        let there = content.get(at as usize..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        assert!(at as usize + bytes.len() <= self.0.lasting.borrow().len(), "a write beyond the medium");
        // A write that the power interrupts may be there too, or in part.
        self.0.fleeting.borrow_mut().push((at as usize, bytes.to_vec()));
        self.0.power.step()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.power.step()?;
        let content = self.content();
        *self.0.lasting.borrow_mut() = content;
        self.0.fleeting.borrow_mut().clear();
        Ok(())
    }
}
