//! Typed reading of scanned bytes: [`Item`] is one value, [`Table`] a map of fields.

use super::{Tree, strict};
use crate::refusal::quote;
use crate::{Refusal, Result, Rule};
use alloc::{format, string::String, vec::Vec};
use cbor4ii::core::dec::{self, Decode};
use cbor4ii::core::types;

/// A type with one form on the wire.
pub trait Wire: Sized {
    /// Reads the value, refusing whatever is not one.
    fn decode(item: Item<'_>) -> Result<Self>;
    /// The value as it is written; `decode` of it gives the value back.
    fn encode(&self) -> Tree;
}

/// One data item whose bytes passed [`strict::check`].
#[derive(Clone, Copy)]
pub struct Item<'a>(&'a [u8]);

/// Feeds a slice to the CBOR decoder and knows what is left of it.
struct Cursor<'a>(&'a [u8]);

impl<'a> dec::Read<'a> for Cursor<'a> {
    type Error = core::convert::Infallible;

    fn fill<'b>(&'b mut self, want: usize) -> core::result::Result<dec::Reference<'a, 'b>, Self::Error> {
        Ok(dec::Reference::Long(self.0.get(..want).unwrap_or(self.0)))
    }

    fn advance(&mut self, n: usize) {
        self.0 = self.0.get(n..).unwrap_or_default();
    }
}

impl<'a> Cursor<'a> {
    /// Splits off the next data item.
    fn item(&mut self) -> Result<Item<'a>> {
        let start = self.0;
        dec::IgnoredAny::decode(self).map_err(|_| wrong("a value", start))?;
        let length = start.len().saturating_sub(self.0.len());
        Ok(Item(start.get(..length).unwrap_or_default()))
    }
}

fn wrong(expected: &str, bytes: &[u8]) -> Refusal {
    let found = match bytes.first().map(|b| b >> 5) {
        None => "nothing",
        Some(0 | 1) => "a number",
        Some(2) => "bytes",
        Some(3) => "text",
        Some(4) => "a list",
        Some(5) => "a map",
        Some(_) => "a boolean",
    };
    Refusal::new(Rule::Man3, format!("expected {expected}, found {found}"))
}

impl<'a> Item<'a> {
    /// Scans `bytes`, which must be exactly one data item in the one form.
    pub fn open(bytes: &'a [u8], keys: strict::Keys) -> Result<Self> {
        strict::check(bytes, keys)?;
        Ok(Item(bytes))
    }

    /// The bytes of this item.
    pub fn raw(self) -> &'a [u8] {
        self.0
    }

    fn read<T: Decode<'a>>(self, expected: &str) -> Result<T> {
        T::decode(&mut Cursor(self.0)).map_err(|_| wrong(expected, self.0))
    }

    /// An unsigned number.
    pub fn uint(self) -> Result<u64> {
        self.read("a number from 0")
    }

    /// A number that may be negative, as COSE algorithms are.
    pub fn int(self) -> Result<i64> {
        self.read("a number")
    }

    /// A text.
    pub fn text(self) -> Result<&'a str> {
        self.read("text")
    }

    /// A byte string.
    pub fn bytes(self) -> Result<&'a [u8]> {
        self.read::<types::Bytes<&[u8]>>("bytes").map(|b| b.0)
    }

    /// A boolean.
    pub fn bool(self) -> Result<bool> {
        self.read("true or false")
    }

    /// The entries of a list.
    pub fn list(self) -> Result<Vec<Item<'a>>> {
        let mut cursor = Cursor(self.0);
        let n = types::Array::len(&mut cursor).map_err(|_| wrong("a list", self.0))?.unwrap_or(0);
        (0..n).map(|_| cursor.item()).collect()
    }

    /// The entries of a list, each read as `T`; at most `max`, none at all refused unless `min` is 0.
    pub fn list_of<T: Wire>(self, min: usize, max: usize) -> Result<Vec<T>> {
        let items = self.list()?;
        if items.is_empty() && min > 0 {
            return Err(Refusal::new(Rule::Man9, "an empty list"));
        }
        if items.len() > max {
            return Err(Refusal::new(Rule::Man5, format!("{} entries, at most {max}", items.len())));
        }
        items.into_iter().enumerate().map(|(i, item)| T::decode(item).map_err(|e| e.at_index(i))).collect()
    }

    /// The entries of a map with text keys.
    pub fn entries(self) -> Result<Vec<(&'a str, Item<'a>)>> {
        let mut cursor = Cursor(self.0);
        let n = types::Map::len(&mut cursor).map_err(|_| wrong("a map", self.0))?.unwrap_or(0);
        (0..n).map(|_| Ok((cursor.item()?.text()?, cursor.item()?))).collect()
    }

    /// The entries of a map with integer keys.
    pub fn int_entries(self) -> Result<Vec<(i64, Item<'a>)>> {
        let mut cursor = Cursor(self.0);
        let n = types::Map::len(&mut cursor).map_err(|_| wrong("a map", self.0))?.unwrap_or(0);
        (0..n).map(|_| Ok((cursor.item()?.int()?, cursor.item()?))).collect()
    }

    /// The map as fields to be taken one by one.
    pub fn table(self) -> Result<Table<'a>> {
        Ok(Table { fields: self.entries()? })
    }
}

impl Tree {
    /// Reads any scanned item, for display.
    ///
    /// # Errors
    ///
    /// Never for a scanned item; otherwise those of [`Item`]'s readers.
    pub fn from_item(item: Item<'_>) -> Result<Tree> {
        Ok(match item.raw().first().map(|b| b >> 5) {
            Some(0) => Tree::Uint(item.uint()?),
            Some(1) => Tree::Int(item.int()?),
            Some(2) => Tree::Bytes(item.bytes()?.to_vec()),
            Some(3) => Tree::Text(item.text()?.into()),
            Some(4) => Tree::List(item.list()?.into_iter().map(Tree::from_item).collect::<Result<_>>()?),
            Some(5) => Tree::Map(
                item.entries()?
                    .into_iter()
                    .map(|(k, v)| Ok((k.into(), Tree::from_item(v)?)))
                    .collect::<Result<_>>()?,
            ),
            _ => Tree::Bool(item.bool()?),
        })
    }
}

/// The fields of a map: take each by name, then [`Table::finish`] refuses what is left.
pub struct Table<'a> {
    fields: Vec<(&'a str, Item<'a>)>,
}

impl<'a> Table<'a> {
    /// Takes a field out, if it is there.
    pub fn take(&mut self, key: &str) -> Option<Item<'a>> {
        let index = self.fields.iter().position(|(name, _)| *name == key)?;
        Some(self.fields.remove(index).1)
    }

    /// Whether the field is there and was not taken yet.
    pub fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|(name, _)| *name == key)
    }

    /// Takes and reads an optional field with `read`.
    pub fn opt_with<T>(&mut self, key: &str, read: impl FnOnce(Item<'a>) -> Result<T>) -> Result<Option<T>> {
        self.take(key).map(|item| read(item).map_err(|e| e.within(key))).transpose()
    }

    /// Takes and reads a field; absent, it is refused by `rule`.
    pub fn req_by<T: Wire>(&mut self, key: &str, rule: Rule) -> Result<T> {
        self.opt(key)?.ok_or_else(|| Refusal::new(rule, "missing").within(key))
    }

    /// Takes and reads a required field.
    pub fn req<T: Wire>(&mut self, key: &str) -> Result<T> {
        self.req_by(key, Rule::Man1)
    }

    /// Takes and reads an optional field.
    pub fn opt<T: Wire>(&mut self, key: &str) -> Result<Option<T>> {
        self.opt_with(key, T::decode)
    }

    /// An optional list: absent means none, and present it is not empty.
    pub fn list<T: Wire>(&mut self, key: &str, max: usize) -> Result<Vec<T>> {
        Ok(self.opt_with(key, |item| item.list_of(1, max))?.unwrap_or_default())
    }

    /// An optional set: a list that is sorted, each entry once.
    pub fn set<T: Wire + Ord>(&mut self, key: &str, max: usize) -> Result<Vec<T>> {
        let list = self.list(key, max)?;
        sorted(&list).map_err(|e| e.within(key))?;
        Ok(list)
    }

    /// The name of any field that was not taken.
    pub fn left(&self) -> Option<&'a str> {
        self.fields.iter().map(|(name, _)| *name).min()
    }

    /// Takes every field whose name begins with `prefix`.
    pub fn take_prefixed(&mut self, prefix: &str) -> Vec<(&'a str, Item<'a>)> {
        let (taken, left) =
            core::mem::take(&mut self.fields).into_iter().partition(|(name, _)| name.starts_with(prefix));
        self.fields = left;
        taken
    }

    /// Refuses a map that has a field nobody took.
    pub fn finish(self) -> Result<()> {
        match self.left() {
            None => Ok(()),
            Some(name) => Err(Refusal::new(Rule::Man2, format!("field {}", quote(name)))),
        }
    }
}

/// Refuses a list that is not strictly ascending.
pub(crate) fn sorted<T: Ord>(list: &[T]) -> Result<()> {
    let mut pairs = list.iter().zip(list.iter().skip(1)).enumerate();
    match pairs.find(|(_, (a, b))| a >= b) {
        None => Ok(()),
        Some((i, (a, b))) => {
            let why = if a == b { "the same entry twice" } else { "not in ascending order" };
            Err(Refusal::new(Rule::Man7, why).at_index(i.saturating_add(1)))
        }
    }
}

impl Wire for u64 {
    fn decode(item: Item<'_>) -> Result<Self> {
        item.uint()
    }
    fn encode(&self) -> Tree {
        Tree::Uint(*self)
    }
}

impl Wire for bool {
    fn decode(item: Item<'_>) -> Result<Self> {
        item.bool()
    }
    fn encode(&self) -> Tree {
        Tree::Bool(*self)
    }
}

impl Wire for String {
    fn decode(item: Item<'_>) -> Result<Self> {
        item.text().map(String::from)
    }
    fn encode(&self) -> Tree {
        Tree::Text(self.clone())
    }
}
