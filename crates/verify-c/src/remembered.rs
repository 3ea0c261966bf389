//! What outlasts the program of a repository, as bytes: the record of its log, the statements of the packages that were
//! looked at, and which log was read in vain. Nothing in it is believed.

use pkg_format::cbor::{Item, MapBuilder, Tree, strict::Keys};
use pkg_format::repository::{Entry, Object};
use pkg_format::{Digest, Result};
use pkg_repository::Record;
use std::collections::BTreeMap;

/// All fronts together, at most: what does not fit is fetched again in each round. Some 150 packages fit.
const FRONTS: usize = 1 << 20;

/// The fronts of packages by the digests of the files, and what is known of the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    fronts: BTreeMap<Digest, Vec<u8>>,
    /// The log, and the state of the device, in which nothing was found (`pkg_repository::in_vain`).
    pub(crate) vain: Vec<u8>,
}

impl Remembered {
    /// What was stored; what cannot be read counts as nothing.
    pub(crate) fn from_bytes(bytes: &[u8]) -> (Record, Remembered) {
        read(bytes).unwrap_or_default()
    }

    pub(crate) fn to_bytes(&self, record: &Record) -> Vec<u8> {
        let front = |(package, front): (&Digest, &Vec<u8>)| {
            MapBuilder::new().put("package", package).tree("front", Tree::Bytes(front.clone())).done()
        };
        MapBuilder::new()
            .tree("record", Tree::Bytes(record.to_bytes()))
            .tree("fronts", Tree::List(self.fronts.iter().map(front).collect()))
            .tree("vain", Tree::Bytes(self.vain.clone()))
            .done()
            .to_bytes()
    }

    /// Forgets what none of these entries names.
    pub(crate) fn keep(&mut self, entries: &[Entry]) {
        self.fronts.retain(|package, _| {
            entries.iter().any(|entry| entry.object.is_some_and(|o| o.package == *package))
        });
    }

    /// The front of a package, if it is there and has the right length.
    pub(crate) fn front(&self, object: &Object) -> Option<&[u8]> {
        let front = self.fronts.get(&object.package)?;
        (u64::try_from(front.len()) == Ok(object.front)).then_some(front)
    }

    pub(crate) fn put(&mut self, object: &Object, front: Vec<u8>) {
        self.fronts.remove(&object.package);
        let bytes: usize = self.fronts.values().map(Vec::len).sum();
        if bytes.saturating_add(front.len()) <= FRONTS {
            self.fronts.insert(object.package, front);
        }
    }
}

fn read(bytes: &[u8]) -> Result<(Record, Remembered)> {
    let mut t = Item::open(bytes, Keys::Text)?.table()?;
    let (mut record, mut vain, mut fronts) = (Record::default(), Vec::new(), BTreeMap::new());
    t.opt_with("record", |item| {
        record = Record::from_bytes(item.bytes()?)?;
        Ok(())
    })?;
    t.opt_with("fronts", |item| {
        for item in item.list()? {
            let mut t = item.table()?;
            let package = t.req("package")?;
            t.opt_with("front", |item| {
                fronts.insert(package, item.bytes()?.to_vec());
                Ok(())
            })?;
            t.finish()?;
        }
        Ok(())
    })?;
    t.opt_with("vain", |item| {
        vain = item.bytes()?.to_vec();
        Ok(())
    })?;
    t.finish()?;
    Ok((record, Remembered { fronts, vain }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(n: u8, front: u64) -> Object {
        Object { package: Digest([n; 32]), size: 9 << 20, front }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let record = Record { etag: Some("\"1\"".into()), unchanged: 7, ..Record::default() };
        let mut remembered = Remembered { vain: vec![1, 2], ..Remembered::default() };
        remembered.put(&object(1, 5), b"front".to_vec());
        remembered.put(&object(2, 5), b"other".to_vec());
        let bytes = remembered.to_bytes(&record);
        let (again, mut there) = Remembered::from_bytes(&bytes);
        assert_eq!((&again, &there), (&record, &remembered));
        for cut in 0..bytes.len() {
            assert_eq!(Remembered::from_bytes(&bytes[..cut]), Default::default(), "{cut} bytes");
        }
        assert_eq!(there.front(&object(2, 5)), Some(&b"other"[..]));
        assert_eq!(there.front(&object(2, 4)), None, "of another length");
        there.keep(&[]);
        assert_eq!(there.front(&object(1, 5)), None);
    }

    #[test]
    fn fronts_have_a_limit() {
        let mut remembered = Remembered::default();
        remembered.put(&object(1, 9), vec![0; FRONTS - 5]);
        remembered.put(&object(2, 6), vec![0; 6]);
        remembered.put(&object(3, 5), vec![0; 5]);
        assert_eq!(remembered.front(&object(2, 6)), None);
        assert_eq!(remembered.front(&object(3, 5)), Some(&[0; 5][..]));
        // One that is there is replaced.
        remembered.put(&object(1, 1), vec![1]);
        assert_eq!(remembered.front(&object(1, 1)), Some(&[1][..]));
    }
}
