//! Writing typed values: lists and maps of them.

use super::{Tree, Wire};
use alloc::{string::String, vec::Vec};

impl Tree {
    /// A list of encoded values.
    pub fn list<T: Wire>(values: &[T]) -> Tree {
        Tree::List(values.iter().map(Wire::encode).collect())
    }
}

/// Builds a map field by field; what is absent is not written.
#[derive(Default)]
pub struct MapBuilder(Vec<(String, Tree)>);

impl MapBuilder {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub fn put(self, key: &str, value: &impl Wire) -> Self {
        self.tree(key, value.encode())
    }

    /// Adds an encoded value.
    pub fn tree(mut self, key: &str, value: Tree) -> Self {
        self.0.push((key.into(), value));
        self
    }

    /// Adds a text.
    pub fn text(self, key: &str, value: &str) -> Self {
        self.tree(key, Tree::text(value))
    }

    /// Adds a value if there is one.
    pub fn opt(self, key: &str, value: &Option<impl Wire>) -> Self {
        match value {
            Some(value) => self.put(key, value),
            None => self,
        }
    }

    /// Adds a list unless it is empty.
    pub fn list<T: Wire>(self, key: &str, values: &[T]) -> Self {
        if values.is_empty() { self } else { self.tree(key, Tree::list(values)) }
    }

    /// Adds the fields of another map.
    pub fn all(mut self, fields: Vec<(String, Tree)>) -> Self {
        self.0.extend(fields);
        self
    }

    /// The map.
    pub fn done(self) -> Tree {
        Tree::Map(self.0)
    }
}
