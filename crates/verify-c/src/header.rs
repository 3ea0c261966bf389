//! Makes `include/pkg_verify.h`: cbindgen turns each file into declarations, and here they get their order, the
//! conventions before them and the results after them. A test compares it with the header in git.

use crate::result;
use std::fmt::Write;
use std::path::Path;

/// The parts of the header in reading order: title, introduction and files.
const PARTS: &[(&str, &str, &[&str])] = &[
    ("Version", "That of this header, and that of the library that the program runs with.", &["version"]),
    ("Results and errors", "What a call returns, and what it says about a failure.", &["result", "error"]),
    (
        "Open",
        "A keyring from a trusted place, and a package from anywhere.",
        &["keyring", "reader", "package"],
    ),
    (
        "Verify",
        "Verify the whole package for a verdict, or its statements only to decide about it and install it. Nothing \
         can be asked of a package before that.",
        &["verify", "image", "verified"],
    ),
    (
        "Decide",
        "What the device is, what its user chose, and what follows from both for the packages that are on offer.",
        &["device", "choices", "decision", "records"],
    ),
    ("Install", "From a verified package to images in storage.", &["storage", "install"]),
    (
        "Follow a repository",
        "From the network into the installer. The library opens no connection: a transport of yours asks for the file, \
         or the part of one, that the library names, and hands over the answer as it comes. A library that was built without the feature `repository` lacks these functions.",
        &["transport", "repository", "listed"],
    ),
    (
        "Remember",
        "The state of a device as text, and a store that keeps it through a power cut at any moment.",
        &["state", "store"],
    ),
];

/// Structures that no function of their own file names.
const STRUCTURES: &[&str] =
    &["pkg_reader", "pkg_image", "pkg_storage", "pkg_base", "pkg_request", "pkg_response", "pkg_transport"];

const CONVENTIONS: &str = r#"/*
 * Verify, decide on and install firmware update packages, from files or from a repository.
 *
 * Generated from crates/verify-c by `UPDATE_HEADER=1 cargo test -p pkg-verify-c header`: do not edit.
 *
 * In this order: Objects, Version, Results and errors, Open, Verify, Decide, Install, Follow a repository,
 * Remember, and the Numbers of the results.
 *
 * Results
 *  - A function that can fail returns a `pkg_result`. 0 is PKG_OK. A number below 9000 is the number of the
 *    rule that refused (format-spec/SPEC.md lists the rules). A number from 9000 on is about the call itself.
 *  - Outputs are written only on success, except where a function says otherwise.
 *  - The last argument, `error`, may be NULL. Otherwise a call that fails writes an error object to it, with
 *    a message for people; free it with `pkg_error_free` before you pass the variable again. A call that
 *    succeeds does not touch it.
 *
 * Ownership
 *  - A function that writes an object to `pkg_x **out` makes that object yours. Free it with `pkg_x_free`,
 *    which takes the address of your pointer and sets the pointer to NULL, so that freeing the same variable
 *    twice is harmless.
 *  - Text that you pass is UTF-8 and ends with a zero byte. Text, bytes and digests are copied: they may
 *    change as soon as the call returns. A digest has 32 bytes.
 *  - A `const char *` that a function returns belongs to the object in its first argument and lives as long
 *    as that object. Text that is written to `char **out` is yours: free it with `pkg_text_free`.
 *
 * NULL
 *  - The `_free` functions accept NULL, and a pointer that is NULL. A function that returns something other
 *    than a `pkg_result` says what it returns for NULL. Every other NULL is answered with PKG_NULL_ARGUMENT,
 *    except where a function says that it may be NULL.
 *
 * Threads
 *  - An object is used by one thread at a time, whichever that is. Different objects may be used by different
 *    threads at once. A `const` argument is read only: several threads may share it as long as none of them
 *    changes or frees it.
 *  - Callbacks are called by the thread that made the call, before the call returns. They must not use the
 *    objects of that call, and must not unwind (no C++ exception, no longjmp).
 *  - A bug in the library does not unwind into your program: the call returns PKG_PANIC.
 *
 * Payload
 *  - No function hands out the payload of a package. Its bytes reach storage through `pkg_install` and
 *    `pkg_install_to_file` alone, which check every chunk before they decode it.
 *
 * Binary interface
 *  - The SONAME is libpkg_verify_c.so.MAJOR. While it stays the same, a program that was compiled with an older
 *    header runs with a newer library: no function goes away or changes its arguments, no number changes its
 *    meaning, and no structure that you fill changes.
 *  - What may be added meanwhile: functions, result numbers, values of `pkg_verdict`, `pkg_fit` and
 *    `pkg_codec`, and members at the end of structures that only the library makes (`pkg_image`).
 *  - Only symbols that begin with pkg_ are exported.
 */

#ifndef PKG_VERIFY_H
#define PKG_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
"#;

fn config() -> cbindgen::Config {
    cbindgen::Config {
        language: cbindgen::Language::C,
        style: cbindgen::Style::Type,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        line_length: 110,
        tab_width: 4,
        usize_is_size_t: true,
        no_includes: true,
        enumeration: cbindgen::EnumConfig { prefix_with_name: false, ..Default::default() },
        ..Default::default()
    }
}

/// What cbindgen makes of the items of these kinds in one file.
fn declarations(file: &str, kinds: &[cbindgen::ItemType]) -> String {
    let mut config = config();
    config.export.item_types = kinds.to_vec();
    config.export.include = STRUCTURES.iter().map(|name| name.to_string()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(format!("{file}.rs"));
    let made = cbindgen::Builder::new().with_src(path).with_config(config).generate().expect("declarations");
    let mut text = Vec::new();
    made.write(&mut text);
    match String::from_utf8(text).expect("text").trim() {
        "" => String::new(),
        some => format!("\n{some}\n"),
    }
}

/// The title of a part, and what it is about.
fn title(text: &mut String, title: &str, about: &str) {
    let dashes = "-".repeat(102 - title.len());
    write!(text, "\n\n/* {title} {dashes}\n *\n").expect("text");
    let mut line = String::from(" *");
    for word in about.split(' ') {
        if line.len() + word.len() > 108 {
            writeln!(text, "{line}").expect("text");
            line = String::from(" *");
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(text, "{line}\n */").expect("text");
}

/// The version as macros.
fn version() -> String {
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    format!(
        "\n#define PKG_VERIFY_VERSION_MAJOR {major}\n#define PKG_VERIFY_VERSION_MINOR {minor}\n\
         #define PKG_VERIFY_VERSION_PATCH {patch}\n#define PKG_VERIFY_VERSION_STRING \"{major}.{minor}.{patch}\"\n\
         #define PKG_VERIFY_VERSION_NUMBER \\\n    (PKG_VERIFY_VERSION_MAJOR * 10000 + PKG_VERIFY_VERSION_MINOR * 100 \
         + PKG_VERIFY_VERSION_PATCH)\n"
    )
}

fn header() -> String {
    use cbindgen::ItemType::{Enums, Functions, OpaqueItems, Structs, Typedefs};
    let mut text = CONVENTIONS.to_owned();
    title(
        &mut text,
        "Objects",
        "Each is written to `out` by the function that makes it, and freed by its `_free`.",
    );
    for file in PARTS.iter().flat_map(|(_, _, files)| *files) {
        text.push_str(&declarations(file, &[OpaqueItems]));
    }
    for (name, about, files) in PARTS {
        title(&mut text, name, about);
        if *name == "Version" {
            text.push_str(&version());
        }
        for file in *files {
            text.push_str(&declarations(file, &[Enums, Structs, Typedefs, Functions]));
        }
    }
    title(
        &mut text,
        "Numbers of the results",
        "The rules, by the ids that people see, and what is about the call.",
    );
    text.push_str("\nenum {\n");
    for (number, texts) in result::all() {
        let name = texts.name.replace('-', "_");
        writeln!(text, "    /** {}: {}. */\n    PKG_{name} = {number},", texts.name, texts.title)
            .expect("text");
    }
    text.push_str("};\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    text
}

#[test]
fn the_header_is_current() {
    let made = header();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/pkg_verify.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &made).expect("the header is written");
    }
    let there = std::fs::read_to_string(&path).expect("the header");
    assert!(there == made, "pkg_verify.h is not current: UPDATE_HEADER=1 cargo test -p pkg-verify-c header");
}

/// The conventions tell of `error` and of what is freed; everything else that a function takes, its comment names.
#[test]
fn every_parameter_is_explained() {
    let header = header();
    let (mut functions, mut silent) = (0, Vec::new());
    for block in header.split("/**").skip(1) {
        let Some((comment, code)) = block.split_once("*/") else { continue };
        let (name, rest) = match code.split_once('(') {
            Some(both) if both.0.contains("pkg_") && !both.0.contains(['{', ';']) => both,
            _ => continue,
        };
        let (parameters, _) = rest.split_once(");").expect("the end of a function");
        functions += 1;
        if name.ends_with("_free") {
            continue;
        }
        for parameter in parameters.split(',').filter(|p| *p != "void") {
            let parameter = parameter.rsplit([' ', '*']).next().expect("a name");
            let explained = parameter == "error" || comment.contains(&format!("`{parameter}`"));
            if !explained {
                silent.push(format!("{} {parameter}", name.trim()));
            }
        }
    }
    assert_eq!(silent, [""; 0], "nothing is said of these");
    assert!(functions > 70, "{functions}");
}
