//! What a result is called, what it means and what to do about it.

use crate::result::pkg_result::{self, *};
use pkg_format::Rule;
use std::ffi::{CStr, CString, c_char};
use std::sync::OnceLock;

/// Results that are no rules: id, words, remedy.
const OWN: &[(pkg_result, &CStr, &CStr, &CStr)] = &[
    (PKG_OK, c"OK", c"done", c""),
    (PKG_NULL_ARGUMENT, c"NULL-ARGUMENT", c"a pointer is NULL that must not be", c"Give the pointer."),
    (
        PKG_INVALID_ARGUMENT,
        c"INVALID-ARGUMENT",
        c"an argument is not in its form: text that is no UTF-8, an id that is none",
        c"See what the header says of the argument.",
    ),
    (
        PKG_IO,
        c"IO",
        c"something could not be read or written, or a callback failed",
        c"See the message; it may be tried again.",
    ),
    (
        PKG_PANIC,
        c"PANIC",
        c"a fault of this library; nothing is known of what it was doing",
        c"Report it, with the package.",
    ),
    (
        PKG_WRONG_ORDER,
        c"WRONG-ORDER",
        c"the handle was used up, or something must be done before",
        c"Follow the order that the header describes.",
    ),
    (
        PKG_STORAGE,
        c"STORAGE",
        c"the place of an image does not do: too small, in use, the wrong kind of file, named twice",
        c"See the message; give another place.",
    ),
    (
        PKG_NO_SUCH_IMAGE,
        c"NO-SUCH-IMAGE",
        c"the package has no image for this component",
        c"Name a component of the package.",
    ),
    (
        PKG_NEEDS_BASE,
        c"NEEDS-BASE",
        c"a delta, and no base was given",
        c"Give the base that is installed, or use the full package.",
    ),
    (
        PKG_WORDS,
        c"WORDS",
        c"a notice or a withdrawal: there is nothing to install",
        c"Show the words to the user.",
    ),
    (PKG_NO_MORE, c"NO-MORE", c"it cannot be put off again", c"Install it, or let the user decline it."),
    (
        PKG_STATE,
        c"STATE",
        c"the stored state is lost, too old, full, or not the one that was named",
        c"See the message; a lost state is not an empty device.",
    ),
    (
        PKG_TOO_SMALL,
        c"TOO-SMALL",
        c"the buffer does not hold it; the size that it needs was written",
        c"Call again with a buffer of that size.",
    ),
];

/// A rule's texts, each with a zero behind it, made once.
fn rule_texts(rule: Rule) -> [&'static CStr; 3] {
    type Texts = [CString; 3];
    static ALL: OnceLock<Vec<Texts>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let texts = |r: &Rule| [r.id(), r.title(), r.fix()].map(|t| CString::new(t).unwrap_or_default());
        Rule::ALL.iter().map(texts).collect()
    });
    let found = Rule::ALL.iter().zip(all).find(|(r, _)| **r == rule);
    found.map_or([c""; 3], |(_, texts)| texts.each_ref().map(|t| t.as_c_str()))
}

/// The texts of a number.
fn texts(result: u32) -> Option<[&'static CStr; 3]> {
    if let Some((_, id, title, fix)) = OWN.iter().find(|(own, ..)| *own as u32 == result) {
        return Some([id, title, fix]);
    }
    Rule::ALL.iter().find(|r| u32::from(r.number()) == result).map(|r| rule_texts(*r))
}

fn text(result: u32, which: usize) -> *const c_char {
    let found = std::panic::catch_unwind(|| texts(result).map(|all| all[which].as_ptr()));
    found.ok().flatten().unwrap_or(std::ptr::null())
}

/// The id of a result as people see it, such as "SIG-2"; NULL for a number that is none. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_result_name(result: u32) -> *const c_char {
    text(result, 0)
}

/// What is wrong, in a few words; NULL for a number that is none. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_result_title(result: u32) -> *const c_char {
    text(result, 1)
}

/// What to do about it; NULL for a number that is none. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_result_fix(result: u32) -> *const c_char {
    text(result, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_texts() {
        for rule in Rule::ALL {
            assert_eq!(texts(u32::from(rule.number())).unwrap()[0].to_str(), Ok(rule.id()));
        }
        assert!(texts(9999).is_none());
    }
}
