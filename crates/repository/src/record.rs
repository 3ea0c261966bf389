//! What a client stores about one log between its rounds, as bytes.

use alloc::string::String;
use alloc::vec::Vec;
use pkg_format::Result;
use pkg_format::cbor::{Item, MapBuilder, Tree, strict::Keys};

/// What a client stores about one log. Nothing in it is believed: the head is verified again with the keyring in
/// force each time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// The file of the newest head.
    pub head: Option<Vec<u8>>,
    /// What the server called that file.
    pub etag: Option<String>,
    /// Monotonic seconds since a newer head came.
    pub unchanged: u64,
    /// The file of another head with the version of one that was stored: evidence of a fork.
    pub fork: Option<Vec<u8>>,
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// The rule by which the bytes are no record. A record that cannot be read counts as none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Record> {
        let mut t = Item::open(bytes, Keys::Text)?.table()?;
        let file = |item: Item<'_>| item.bytes().map(<[u8]>::to_vec);
        let record = Record {
            head: t.opt_with("head", file)?,
            etag: t.opt("etag")?,
            unchanged: t.req("unchanged")?,
            fork: t.opt_with("fork", file)?,
        };
        t.finish()?;
        Ok(record)
    }

    /// The record as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let file = |map: MapBuilder, key, file: &Option<Vec<u8>>| match file {
            Some(bytes) => map.tree(key, Tree::Bytes(bytes.clone())),
            None => map,
        };
        let map = MapBuilder::new().opt("etag", &self.etag).put("unchanged", &self.unchanged);
        file(file(map, "head", &self.head), "fork", &self.fork).done().to_bytes()
    }
}
