//! JSON as it is published.

use serde_json::Value;

/// The text of a JSON document, its keys in alphabetical order, so that equal documents are equal bytes.
pub(crate) fn sorted(mut value: Value) -> String {
    value.sort_all_objects();
    format!("{value:#}\n")
}
