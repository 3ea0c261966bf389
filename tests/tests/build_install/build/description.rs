//! Descriptions that cannot be read: syntax, keys and types.

use super::*;

/// What reading a description says, and the text that the place points at.
fn unreadable(text: &str) -> (String, &str) {
    let Err(error) = Description::read(text, Path::new("."), &[]) else { panic!("read:\n{text}") };
    let unreadable = |e: &&Error| matches!(e, Error::Description { .. });
    match error.faults().iter().find(unreadable) {
        Some(Error::Description { message, place }) => (message.clone(), &text[place.range.clone()]),
        _ => panic!("{error:?}\n{text}"),
    }
}

#[test]
fn syntax_and_types_are_pointed_at() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("line = \"1.0\"", "line = ", "string values must be quoted", ""),
        ("[separation]", "[separation", "unclosed table", ""),
        ("\"1.0.1\"", "\"1.0.1", "invalid basic string", ""),
        ("kind = \"pure\"", "kind = \"pure\"\nkind = \"pure\"", "duplicate key", "kind"),
        ("class =", "clas =", "unknown key 'clas'; did you mean class?", "clas"),
        ("[separation]", "[seperation]", "unknown key 'seperation'; did you mean separation?", "seperation"),
        ("[[fix]]", "[[fixes]]", "unknown key 'fixes'; did you mean fix?", "fixes"),
        ("vendor =", "keyring-min = 3 #", "keyring-min belongs at the top of the file", "keyring-min"),
        ("vendor =", "y-note =", "unknown key 'y-note'; expected one of vendor", "y-note"),
        ("severity =", "x-severity =", "unknown key 'x-severity'; did you mean severity?", "x-severity"),
        ("\"1.0.1\"", "1", "expected a string, found a number", "1"),
        ("\"1.0.1\"", "1.0", "expected a string, found a float", "1.0"),
        (
            "[\"rev-a\", \"rev-b\"]",
            "\"rev-a\"",
            "expected a list of strings, such as hardware = [\"…\"], found a string",
            "\"rev-a\"",
        ),
        ("[\"rev-a\", \"rev-b\"]", "[1]", "expected a string, found a number", "1"),
        (
            "impact.en = \"Strangers can watch.\"",
            "impact = \"Bad.\"",
            "expected texts by language",
            "\"Bad.\"",
        ),
        ("impact.en = \"Strangers can watch.\"", "impact.en = 3", "expected a string, found a number", "3"),
        ("applicable = true", "applicable = \"yes\"", "expected true or false, found a string", "\"yes\""),
        ("\"72h\"", "true", "expected a duration, found a boolean", "true"),
        (
            "[[image]]\ncomponent = \"boot\"\nfile = \"boot.img\"\n\n[[image]]",
            "[image]",
            "expected a list of tables: [[",
            "[image]",
        ),
        ("[action]", "[[action]]", "expected a table, found a list", "[[action]]"),
        ("restart = \"device\"", "restart = \"device\"\ndeadline = 2026-02-30", "invalid date", "2026-02-30"),
        (
            "restart = \"device\"",
            "restart = \"device\"\ndeadline = true",
            "expected a time, found a boolean",
            "true",
        ),
    ];
    let mut wrong = Vec::new();
    for (from, to, message, place) in cases {
        let text = edit(SECURITY, from, to);
        let (found, at) = unreadable(&text);
        if !found.starts_with(message) || at != *place {
            wrong.push(format!("{to:?}:\n  expected {message:?} at {place:?}\n  found {found:?} at {at:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A byte order mark, CRLF line ends and an empty file are what editors make.
#[test]
fn what_editors_make_is_read() {
    let project = Project::new();
    build(&project, &SECURITY.replace('\n', "\r\n")).unwrap_or_else(|e| panic!("{e}"));
    let (faults, _) = faults("", &With::all(&project));
    let mut rules = faults.iter().map(|(rule, _)| *rule);
    assert!(rules.any(|rule| rule == Some(Rule::Man1)), "an empty file lacks everything: {faults:?}");
    build(&project, &format!("\u{feff}{SECURITY}")).unwrap_or_else(|e| panic!("{e}"));
}

// ---------------------------------------------------------------- what follows from the releases before
