//! A tree of CBOR values and its deterministic encoding.

use alloc::{string::String, vec::Vec};
use cbor4ii::core::enc::{Encode, Write};
use cbor4ii::core::types;

/// A CBOR value as statements use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// An unsigned number.
    Uint(u64),
    /// A number that may be negative.
    Int(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A list.
    List(Vec<Tree>),
    /// A map with text keys, in any order: encoding sorts them.
    Map(Vec<(String, Tree)>),
}

/// Writing to memory cannot fail: there is no error value.
struct Out(Vec<u8>);

impl Write for Out {
    type Error = core::convert::Infallible;

    fn push(&mut self, input: &[u8]) -> core::result::Result<(), Self::Error> {
        self.0.extend_from_slice(input);
        Ok(())
    }
}

impl Tree {
    /// The encoding of this value in its deterministic form (RFC 8949, 4.2.1).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Out(Vec::new());
        // `Out` has no error to give; should that change, half a statement decodes to a refusal.
        let _ = self.write(&mut out);
        out.0
    }

    fn write(
        &self,
        out: &mut Out,
    ) -> core::result::Result<(), cbor4ii::core::enc::Error<core::convert::Infallible>> {
        match self {
            Tree::Uint(n) => Encode::encode(n, out),
            Tree::Int(n) => Encode::encode(n, out),
            Tree::Bytes(b) => types::Bytes(b.as_slice()).encode(out),
            Tree::Text(t) => t.as_str().encode(out),
            Tree::Bool(b) => Encode::encode(b, out),
            Tree::List(list) => {
                types::Array::bounded(list.len(), out)?;
                list.iter().try_for_each(|t| t.write(out))
            }
            Tree::Map(entries) => {
                let mut sorted: Vec<_> = entries.iter().collect();
                // Bytewise order of encoded text keys is: shorter first, then bytewise.
                sorted.sort_unstable_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
                types::Map::bounded(sorted.len(), out)?;
                sorted.into_iter().try_for_each(|(key, value)| {
                    key.as_str().encode(out)?;
                    value.write(out)
                })
            }
        }
    }

    /// The field `key` of a map.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        match self {
            Tree::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// A text value.
    pub fn text(text: impl Into<String>) -> Tree {
        Tree::Text(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::{Item, strict};
    use proptest::prelude::*;

    fn tree() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            any::<u64>().prop_map(Tree::Uint),
            (i64::MIN..0).prop_map(Tree::Int),
            prop::collection::vec(any::<u8>(), 0..300).prop_map(Tree::Bytes),
            ".{0,40}".prop_map(Tree::Text),
            any::<bool>().prop_map(Tree::Bool),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Tree::List),
                prop::collection::btree_map(".{0,30}", inner, 0..8)
                    .prop_map(|m| Tree::Map(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_the_one_form_and_reads_back(tree in tree()) {
            let bytes = tree.to_bytes();
            strict::check(&bytes, strict::Keys::Text).unwrap();
            let item = Item::open(&bytes, strict::Keys::Text).unwrap();
            prop_assert_eq!(Tree::from_item(item).unwrap().to_bytes(), bytes);
        }

        #[test]
        fn accepted_bytes_have_no_second_form(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(item) = Item::open(&bytes, strict::Keys::Text) {
                prop_assert_eq!(Tree::from_item(item).unwrap().to_bytes(), bytes);
            }
        }
    }
}
