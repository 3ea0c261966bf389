//! A schema for editors: JSON Schema, draft 7, which Taplo and VS Code read.

use pkg_reference::{Absent, File, Key, Keys, Kind};
use serde_json::{Map, Value, json};

/// The schema of a file.
pub(super) fn json_schema(file: &File) -> Value {
    let mut schema = table(file.keys, file.is_split, false);
    if let Value::Object(map) = &mut schema {
        if let Some(notes) = file.notes {
            map.insert("patternProperties".into(), json!({ format!("^{notes}"): { "type": "string" } }));
        }
        map.shift_insert(0, "$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
        map.shift_insert(1, "title".into(), json!(format!("{}: {}", file.name, file.title)));
    }
    schema
}

/// A table. What a list of tables holds is never split over files.
fn table(keys: Keys, is_split: bool, in_list: bool) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key, is_split && !in_list))).collect();
    let required: Vec<_> =
        keys.iter().filter(|key| key.absent == Absent::Required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Value::Object(map) = &mut schema
        && (!is_split || in_list)
        && !required.is_empty()
    {
        map.insert("required".into(), json!(required));
    }
    schema
}

/// A key, with what an editor shows of it.
fn property(key: &Key, is_split: bool) -> Value {
    let mut schema = value(key, is_split);
    if let Value::Object(map) = &mut schema {
        map.insert("description".into(), json!(description(key)));
    }
    schema
}

fn description(key: &Key) -> String {
    let mut text = key.text.to_owned();
    if let Absent::Means(meant) = key.absent {
        text += &format!("\n\nIf left out: {meant}.");
    }
    if !key.example.is_empty() {
        text += &format!("\n\nExample: `{} = {}`", key.name, key.example);
    }
    if !key.rules.is_empty() {
        let ids: Vec<_> = key.rules.iter().map(|rule| rule.id()).collect();
        text += &format!("\n\nRules (`pkg explain RULE`): {}", ids.join(", "));
    }
    text
}

/// What a digest looks like.
const DIGEST: &str = "^[0-9a-fA-F]{64}$";

fn value(key: &Key, is_split: bool) -> Value {
    let string = || match key.words {
        Some(words) => json!({ "type": "string", "enum": words() }),
        None => json!({ "type": "string" }),
    };
    let list = |items: Value| json!({ "type": "array", "items": items });
    let texts =
        || json!({ "type": "object", "minProperties": 1, "additionalProperties": { "type": "string" } });
    let uint = || json!({ "type": "integer", "minimum": 0 });
    let digest = || json!({ "type": "string", "pattern": DIGEST });
    match key.kind {
        Kind::Text | Kind::Path | Kind::State | Kind::Date => string(),
        Kind::Texts => texts(),
        Kind::Uint => uint(),
        Kind::Bool => json!({ "type": "boolean" }),
        // An editor shows a date of TOML to the schema as a string.
        Kind::Time => json!({ "type": ["string", "integer"] }),
        Kind::Duration => json!({ "type": "string", "pattern": "^[0-9]+[smhdw]$" }),
        Kind::Set | Kind::List | Kind::States | Kind::Manifests => list(string()),
        Kind::OneOrMore => json!({ "anyOf": [string(), list(string())] }),
        Kind::Uints => list(uint()),
        Kind::WordOrStates => {
            json!({ "anyOf": [{ "type": "string", "enum": ["line", "applies-to"] }, list(string())] })
        }
        Kind::Digest => digest(),
        Kind::Digests => list(digest()),
        Kind::WordOrTexts => json!({ "anyOf": [string(), texts()] }),
        Kind::WordOr(keys) => json!({ "anyOf": [string(), table(keys, is_split, false)] }),
        Kind::Table(keys) => table(keys, is_split, false),
        Kind::Tables(keys) => list(table(keys, is_split, true)),
        Kind::Named(keys) => {
            json!({ "type": "object", "additionalProperties": table(keys, is_split, false) })
        }
        Kind::Paths => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::DigestsByName => json!({ "type": "object", "additionalProperties": digest() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_reference::key;

    const INNER: Keys = &[key("id", Kind::Text, "Which.").required(), key("a", Kind::Digest, "")];
    const TOP: Keys = &[key("one", Kind::Table(INNER), ""), key("many", Kind::Tables(INNER), "")];

    #[test]
    fn what_is_required_depends_on_whether_a_table_may_be_split() {
        let file =
            |is_split| File { name: "f", title: "t", text: "", keys: TOP, is_split, notes: Some("x-") };
        let (split, whole) = (json_schema(&file(true)), json_schema(&file(false)));
        assert_eq!(split["properties"]["one"].get("required"), None);
        assert_eq!(whole["properties"]["one"]["required"], json!(["id"]));
        for schema in [split, whole] {
            assert_eq!(schema["properties"]["many"]["items"]["required"], json!(["id"]));
            assert_eq!(schema["properties"]["one"]["additionalProperties"], json!(false));
            assert_eq!(schema["patternProperties"]["^x-"]["type"], json!("string"));
            assert_eq!(schema["properties"]["one"]["properties"]["a"]["pattern"], json!(DIGEST));
        }
    }
}
