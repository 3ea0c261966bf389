//! The values of a description.

use pkg_format::{Digest, Tree};

/// A value of the description. Names of files and other packages are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A value as the manifest will carry it.
    Plain(Tree),
    /// A path, relative to the description.
    Path(String),
    /// A state: a digest, or the path of a package.
    State(Reference),
    /// A list of states.
    States(Vec<Reference>),
    /// A list of manifests.
    Manifests(Vec<Reference>),
    Table(Table),
    /// A list of tables, or of texts in their order.
    List(Vec<Value>),
}

/// A digest, or the path of the package it is taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reference {
    Digest(Digest),
    Package(String),
    /// The state that the release itself leads into.
    Own,
}

/// What a description calls the state that its release leads into.
pub(crate) const OWN: &str = "self";

/// The values of a table, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Table(pub(crate) Vec<(String, Value)>);

impl Table {
    /// Takes a value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        let index = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(index).1)
    }

    /// Takes a table out; an absent one is empty.
    pub(crate) fn table(&mut self, key: &str) -> Table {
        match self.take(key) {
            Some(Value::Table(table)) => table,
            _ => Table::default(),
        }
    }

    /// Takes the tables of a list out.
    pub(crate) fn tables(&mut self, key: &str) -> Vec<Table> {
        let Some(Value::List(list)) = self.take(key) else { return Vec::new() };
        list.into_iter().filter_map(|v| if let Value::Table(t) = v { Some(t) } else { None }).collect()
    }

    /// Takes a text out.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::Plain(Tree::Text(text)) | Value::Path(text) => Some(text),
            _ => None,
        }
    }

    /// Takes a list of texts out.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(Value::List(list)) = self.take(key) else { return Vec::new() };
        list.into_iter()
            .filter_map(|v| if let Value::Plain(Tree::Text(t)) = v { Some(t) } else { None })
            .collect()
    }

    /// Takes a number out.
    pub(crate) fn uint(&mut self, key: &str) -> Option<u64> {
        match self.take(key)? {
            Value::Plain(Tree::Uint(n)) => Some(n),
            _ => None,
        }
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| k == key)
    }

    /// Looks at a text without taking it.
    pub(crate) fn peek(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).and_then(|(_, v)| match v {
            Value::Plain(Tree::Text(text)) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Removes the key of a table at a path such as `evidence[0].file`; of a list of texts, the whole list. Says whether
    /// it was there.
    pub(crate) fn remove(&mut self, path: &str) -> bool {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let (name, index) = match first.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (first, None),
        };
        let Some(rest) = rest else { return self.take(name).is_some() };
        match (self.0.iter_mut().find(|(k, _)| k == name).map(|(_, value)| value), index) {
            (Some(Value::Table(inner)), None) => inner.remove(rest),
            (Some(Value::List(list)), Some(index)) => match list.get_mut(index) {
                Some(Value::Table(inner)) => inner.remove(rest),
                _ => false,
            },
            _ => false,
        }
    }

    /// Sets a key of a table.
    pub(crate) fn set(&mut self, table: &str, key: &str, value: Value) {
        let mut inner = self.table(table);
        inner.take(key);
        inner.0.push((key.into(), value));
        self.0.push((table.into(), Value::Table(inner)));
    }
}
