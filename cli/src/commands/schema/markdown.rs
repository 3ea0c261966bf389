//! A page of the reference, in Markdown.

use pkg_format::Rule;
use pkg_reference::{Absent, File, Key, Keys, Kind};

/// The page of a file.
pub(super) fn markdown(file: &File) -> String {
    let mut page = format!(
        "# {}\n\nThis page is generated from the code that reads `{}`, {}.\n\n{}\n",
        file.name, file.name, file.title, file.text
    );
    let tables = |key: &&Key| key.kind.keys().is_some() && key.example.is_empty();
    if file.keys.iter().any(|key| !tables(&key)) {
        page += "\n## The top of the file\n";
        file.keys.iter().filter(|key| !tables(key)).for_each(|k| page += &entry(k, ""));
    }
    file.keys.iter().filter(tables).for_each(|key| page += &table(key, ""));
    page
}

/// A table, its keys, and the tables in it.
fn table(key: &Key, path: &str) -> String {
    let (heading, path) = heading(key, path);
    let mark = if path.contains('.') { "###" } else { "##" };
    let mut page = format!("\n{mark} `{heading}`\n\n{}\n", key.text);
    facts(&mut page, key);
    let keys: Keys = key.kind.keys().unwrap_or_default();
    keys.iter().filter(|k| k.kind.keys().is_none()).for_each(|k| page += &entry(k, &path));
    keys.iter().filter(|k| k.kind.keys().is_some()).for_each(|k| page += &table(k, &path));
    page
}

/// How the head of a table is written in TOML, and the path of its keys.
fn heading(key: &Key, path: &str) -> (String, String) {
    let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
    match key.kind {
        Kind::Tables(_) => (format!("[[{path}]]"), path),
        Kind::Named(_) => (format!("[{path}.LANGUAGE]"), path),
        _ => (format!("[{path}]"), path),
    }
}

/// A key that has no table.
fn entry(key: &Key, path: &str) -> String {
    let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
    let mut page = format!("\n### `{path}`\n\n{}\n", key.text);
    facts(&mut page, key);
    page
}

/// Type, default, example, rules and law.
fn facts(page: &mut String, key: &Key) {
    let mut facts = Vec::new();
    if key.kind.keys().is_none() || !key.example.is_empty() {
        let mut what = key.kind.phrase().to_owned();
        if let Some(words) = key.words {
            let words: Vec<_> = words().iter().map(|word| format!("`{word}`")).collect();
            what = match key.kind {
                Kind::Text => format!("one of {}", words.join(", ")),
                _ => format!("{what}, of {}", words.join(", ")),
            };
        }
        facts.push(("Value", what));
    }
    match key.absent {
        Absent::Required => facts.push(("Required", "yes".into())),
        Absent::Means(meant) => facts.push(("If left out", meant.into())),
        Absent::Optional => {}
    }
    if !key.example.is_empty() {
        facts.push(("Example", format!("`{} = {}`", key.name, key.example)));
    }
    if !key.rules.is_empty() {
        let rules = key.rules.iter().map(|rule| link(*rule)).collect::<Vec<_>>();
        facts.push(("Rules", rules.join(", ")));
    }
    let laws = laws(key.rules);
    if !laws.is_empty() {
        facts.push(("Law", laws.join("; ")));
    }
    if !facts.is_empty() {
        page.push('\n');
    }
    facts.iter().for_each(|(name, fact)| *page += &format!("- {name}: {fact}\n"));
}

fn link(rule: Rule) -> String {
    format!("[{}](rules.md#{})", rule.id(), rule.id().to_lowercase())
}

/// The law behind rules, each place once.
fn laws(rules: &[Rule]) -> Vec<&'static str> {
    let mut laws: Vec<&'static str> = Vec::new();
    for part in rules.iter().flat_map(|rule| rule.source().split("; ")) {
        if (part.starts_with("CRA ") || part.starts_with("Commission ")) && !laws.contains(&part) {
            laws.push(part);
        }
    }
    laws
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_reference::key;

    #[test]
    fn a_page_says_everything_of_a_key() {
        const INNER: Keys = &[key("kind", Kind::Text, "How.")
            .required()
            .eg("\"pure\"")
            .rules(&[Rule::Sep2, Rule::Sep4])
            .words(|| vec!["pure", "x"])];
        const TOP: Keys =
            &[key("separation", Kind::Table(INNER), "All."), key("cost", Kind::Text, "Cost.").or("`free`")];
        let file =
            File { name: "f.toml", title: "a file", text: "Text.", keys: TOP, is_split: false, notes: None };
        let page = markdown(&file);
        assert!(page.contains(
            "## The top of the file\n\n### `cost`\n\nCost.\n\n- Value: a string\n- If left out: `free`\n"
        ));
        assert!(page.contains("## `[separation]`\n\nAll.\n\n### `separation.kind`\n\nHow.\n\n- Value: one of `pure`, `x`\n- Required: yes\n- Example: `kind = \"pure\"`\n- Rules: [SEP-2](rules.md#sep-2), [SEP-4](rules.md#sep-4)\n- Law: CRA Annex I II(2), Recital 57\n"), "{page}");
    }
}
