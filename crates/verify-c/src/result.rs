//! The result of a call: a number, its name and its texts.
//!
//! The numbers below 9000 are those of the rules, in `pkg_format::Rule`; the rest stand here. The header lists both.

use pkg_format::Rule;
use std::ffi::{CString, c_char};
use std::sync::OnceLock;

/// The result of a call: PKG_OK, or why it failed. The end of this header lists the numbers. A newer library
/// may return numbers that are not in this header: treat them as failures.
#[repr(transparent)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct pkg_result(pub(crate) u32);

impl From<Rule> for pkg_result {
    fn from(rule: Rule) -> Self {
        pkg_result(u32::from(rule.number()))
    }
}

/// What a result is called, what it means and what to do about it.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) fix: &'static str,
}

macro_rules! results {
    ($($constant:ident = $number:literal $name:literal: $title:literal, $fix:literal;)*) => {
        // Not every result is there without the feature `repository`.
        $(#[cfg_attr(not(feature = "repository"), allow(dead_code))]
        pub(crate) const $constant: pkg_result = pkg_result($number);)*

        /// The results that are not rules.
        const OWN: &[(u32, Texts)] = &[$(($number, Texts { name: $name, title: $title, fix: $fix }),)*];
    };
}

results! {
    PKG_OK = 0 "OK": "done", "";
    PKG_NULL_ARGUMENT = 9001 "NULL-ARGUMENT": "a pointer is NULL that must not be", "Pass the pointer.";
    PKG_INVALID_ARGUMENT = 9002 "INVALID-ARGUMENT": "an argument has the wrong form: text that is not UTF-8, an id that is not one", "See what the header says about the argument.";
    PKG_IO = 9003 "IO": "something could not be read or written, or a callback failed", "See the message; trying again may help.";
    PKG_PANIC = 9004 "PANIC": "a bug in this library; the objects of the call are in an unknown state", "Free the objects of the call, and report the bug with the package.";
    PKG_WRONG_ORDER = 9005 "WRONG-ORDER": "the object was used up, or another call must come first", "Call the functions in the order that the header describes.";
    PKG_STORAGE = 9006 "STORAGE": "the place for an image cannot be used: too small, in use, the wrong kind of file, or named twice", "See the message; give another place.";
    PKG_NO_SUCH_IMAGE = 9007 "NO-SUCH-IMAGE": "the package has no image for this component", "Name a component of the package.";
    PKG_NEEDS_BASE = 9008 "NEEDS-BASE": "the package is a delta, and no base was given", "Give the installed image as the base, or use the full package.";
    PKG_NOTHING_TO_INSTALL = 9009 "NOTHING-TO-INSTALL": "a notice or a withdrawal brings no images", "Show its text to the user.";
    PKG_CANNOT_POSTPONE = 9010 "CANNOT-POSTPONE": "it cannot be postponed again", "Install it, or let the user decline it.";
    PKG_STATE = 9011 "STATE": "the stored state is lost, too old, full, or not the one that was named", "See the message; a device whose state is lost is not an empty device.";
    PKG_TOO_SMALL = 9012 "TOO-SMALL": "the buffer is too small; the size that is needed was written", "Call again with a buffer of that size.";
    PKG_MISSING = 9013 "MISSING": "the repository does not have the file", "For a delta: use the full package. Otherwise ask another address; if it is missing there too, tell the maker.";
}

/// Every result, in the order of the numbers but that the rules come first after PKG_OK.
pub(crate) fn all() -> impl Iterator<Item = (u32, Texts)> {
    let (ok, others) = OWN.split_at(1);
    let rule = |r: &Rule| {
        let texts = Texts { name: r.id(), title: r.title(), fix: r.fix() };
        (u32::from(r.number()), texts)
    };
    ok.iter().copied().chain(Rule::ALL.iter().map(rule)).chain(others.iter().copied())
}

/// One of the texts of a result, as C has it.
fn text(result: pkg_result, which: usize) -> *const c_char {
    static TEXTS: OnceLock<Vec<(u32, [CString; 3])>> = OnceLock::new();
    let made = || {
        let zero = |text| CString::new(text).unwrap_or_default();
        all().map(|(number, t)| (number, [t.name, t.title, t.fix].map(zero))).collect()
    };
    let found = std::panic::catch_unwind(|| TEXTS.get_or_init(made).iter().find(|(n, _)| *n == result.0));
    found.ok().flatten().map_or(std::ptr::null(), |(_, texts)| texts[which].as_ptr())
}

/// The name of `result` as people see it: the id of a rule, such as "SIG-2", or a name such as "IO". NULL if
/// this library has no such result. The text is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_result_name(result: pkg_result) -> *const c_char {
    text(result, 0)
}

/// What is wrong when a call returns `result`, in a few English words. NULL if this library has no such
/// result. The text is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_result_title(result: pkg_result) -> *const c_char {
    text(result, 1)
}

/// What to do about `result`, in English. NULL if this library has no such result. The text is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_result_fix(result: pkg_result) -> *const c_char {
    text(result, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn every_result_has_one_number_and_one_name() {
        let all: Vec<_> = all().collect();
        assert_eq!(all.len(), Rule::ALL.len() + OWN.len());
        assert!(all.windows(2).all(|two| two[0].0 < two[1].0), "numbers rise");
        for rule in Rule::ALL {
            let found = pkg_result_name(pkg_result::from(*rule));
            // SAFETY: it is a text of this library.
            assert_eq!(unsafe { CStr::from_ptr(found) }.to_str(), Ok(rule.id()));
            assert!(rule.number() < 9000);
        }
        assert!(pkg_result_title(pkg_result(9999)).is_null());
    }
}
