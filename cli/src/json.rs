//! Statements as JSON: field names as they are, byte strings as lower-case hex.

use pkg_format::Tree;
use pkg_format::cbor::{Item, strict::Keys};
use serde_json::{Map, Value};

/// A value as JSON.
pub(crate) fn tree(tree: &Tree) -> Value {
    match tree {
        Tree::Uint(n) => (*n).into(),
        Tree::Int(n) => (*n).into(),
        Tree::Bytes(bytes) => bytes.iter().map(|b| format!("{b:02x}")).collect::<String>().into(),
        Tree::Text(text) => text.as_str().into(),
        Tree::Bool(b) => (*b).into(),
        Tree::List(list) => list.iter().map(self::tree).collect::<Vec<_>>().into(),
        Tree::Map(map) => map.iter().map(|(k, v)| (k.clone(), self::tree(v))).collect::<Map<_, _>>().into(),
    }
}

/// The bytes of a statement as JSON; null if they are not a statement.
pub(crate) fn statement(bytes: Option<&[u8]>) -> Value {
    let read = |bytes| Tree::from_item(Item::open(bytes, Keys::Text).ok()?).ok();
    bytes.and_then(read).map_or(Value::Null, |t| tree(&t))
}

/// JSON for people and programs: indented, and no character that could act on a terminal.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    for c in serde_json::to_string_pretty(value).unwrap_or_default().chars() {
        match c {
            '\n' => out.push(c),
            // JSON does not require these to be escaped; to a program the escape means the same.
            c if pkg_format::text::is_forbidden(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('\n');
    out
}
