//! Text that people read: no character that could deceive them, bounded, never empty.

use crate::cbor::{Item, Tree, Wire};
use crate::lang::Lang;
use crate::{Refusal, Result, Rule, limits};
use alloc::{collections::BTreeMap, format, string::String};
use core::fmt;

pub use crate::forbidden::{FORBIDDEN, is_forbidden};

/// Refuses empty or too long text and forbidden characters; a line feed is one where `lines` is
/// false.
fn check(text: &str, limit: usize, lines: bool) -> Result<()> {
    if text.chars().all(char::is_whitespace) {
        return Err(Refusal::new(Rule::Txt2, "the text is empty"));
    }
    if text.len() > limit {
        return Err(Refusal::new(Rule::Txt3, format!("{} bytes, at most {limit}", text.len())));
    }
    match text.chars().enumerate().find(|(_, c)| is_forbidden(*c) && !(lines && *c == '\n')) {
        None => Ok(()),
        Some((i, c)) => Err(Refusal::new(
            Rule::Txt1,
            format!("U+{:04X} as character {}", u32::from(c), i.saturating_add(1)),
        )),
    }
}

/// One line of text, at most [`limits::LABEL`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

impl Label {
    /// Checks the text.
    ///
    /// # Errors
    ///
    /// TXT-1 for a character that no text may have, TXT-2 for an empty text, TXT-3 for one that is too long.
    pub fn new(text: &str) -> Result<Self> {
        check(text, limits::LABEL, false).map(|()| Label(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Wire for Label {
    fn decode(item: Item<'_>) -> Result<Self> {
        Label::new(item.text()?)
    }
    fn encode(&self) -> Tree {
        Tree::text(self.as_str())
    }
}

/// A text of several lines in one language, at most [`limits::TEXT`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose(String);

impl Prose {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Wire for Prose {
    fn decode(item: Item<'_>) -> Result<Self> {
        let text = item.text()?;
        check(text, limits::TEXT, true).map(|()| Prose(text.into()))
    }
    fn encode(&self) -> Tree {
        Tree::text(self.as_str())
    }
}

/// Something for each language: 1 to [`limits::LANGUAGES`] of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages<T>(BTreeMap<Lang, T>);

/// A text in one or more languages.
pub type Localized = Languages<Prose>;

impl<T> Languages<T> {
    /// Every language and its text, in the order of the tags.
    pub fn iter(&self) -> impl Iterator<Item = (&Lang, &T)> {
        self.0.iter()
    }

    /// The text in exactly this language.
    pub fn get(&self, lang: &Lang) -> Option<&T> {
        self.0.get(lang)
    }

    /// The best text for a reader of `wanted` (RFC 4647, 3.4, lookup): the tag, then shorter and
    /// shorter forms of it, then any text of the same primary language, then English, then the
    /// first.
    pub fn best(&self, wanted: Option<&Lang>) -> Option<(&Lang, &T)> {
        let exact = |tag: &str| self.0.iter().find(|(lang, _)| lang.as_str() == tag);
        let lookup = |mut tag| {
            loop {
                if let Some(found) = exact(tag) {
                    return Some(found);
                }
                match tag.rsplit_once('-') {
                    Some((shorter, _)) => tag = shorter,
                    None => return self.0.iter().find(|(lang, _)| lang.primary() == tag),
                }
            }
        };
        let wanted = wanted.and_then(|lang| lookup(lang.as_str()));
        wanted.or_else(|| lookup("en")).or_else(|| self.0.iter().next())
    }
}

impl Localized {
    /// The length of the longest text, in characters.
    pub fn longest(&self) -> usize {
        self.0.values().map(|t| t.as_str().chars().count()).max().unwrap_or(0)
    }
}

impl<T: Wire> Wire for Languages<T> {
    fn decode(item: Item<'_>) -> Result<Self> {
        let entries = item.entries()?;
        if entries.is_empty() {
            return Err(Refusal::new(Rule::Txt2, "no language"));
        }
        if entries.len() > limits::LANGUAGES {
            return Err(Refusal::new(
                Rule::Man5,
                format!("{} languages, at most {}", entries.len(), limits::LANGUAGES),
            ));
        }
        entries
            .into_iter()
            .map(|(tag, text)| Ok((Lang::new(tag)?, T::decode(text).map_err(|e| e.within(tag))?)))
            .collect::<Result<_>>()
            .map(Languages)
    }

    fn encode(&self) -> Tree {
        Tree::Map(self.0.iter().map(|(lang, text)| (lang.as_str().into(), text.encode())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::strict::Keys;
    use alloc::vec::Vec;

    #[test]
    fn every_deceiving_character_is_refused_everywhere() {
        for c in [
            '\0',
            '\u{1b}',
            '\r',
            '\u{8}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{200b}',
            '\u{200e}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{61c}',
            '\u{feff}',
            '\u{e0041}',
            '\u{2028}',
            '\u{2029}',
        ] {
            let text = format!("a{c}b");
            assert_eq!(Label::new(&text).unwrap_err().rule, Rule::Txt1, "{:?}", c);
            let bytes = Tree::Text(text).to_bytes();
            assert_eq!(Prose::decode(Item::open(&bytes, Keys::Text).unwrap()).unwrap_err().rule, Rule::Txt1);
        }
        assert_eq!(Label::new("a\nb").unwrap_err().rule, Rule::Txt1);
        assert_eq!(Label::new(" \u{a0}").unwrap_err().rule, Rule::Txt2);
        assert_eq!(Label::new(&"x".repeat(1025)).unwrap_err().rule, Rule::Txt3);
        for ok in ["Grüße", "日本語", "עברית", "🔒 ok", "a\u{301}"] {
            assert!(Label::new(ok).is_ok(), "{ok}");
        }
    }

    #[test]
    fn best_language_falls_back_step_by_step() {
        let in_languages = |tags: &[&str]| {
            let tree = Tree::Map(tags.iter().map(|l| ((*l).into(), Tree::text(*l))).collect());
            let bytes = tree.to_bytes();
            Localized::decode(Item::open(&bytes, Keys::Text).unwrap()).unwrap()
        };
        let texts = in_languages(&["de", "en", "pt-BR", "zh-Hant"]);
        let best = |tag: &str| texts.best(Some(&Lang::new(tag).unwrap())).unwrap().1.as_str();
        let found: Vec<_> = ["de-AT", "pt-PT", "zh-Hant-TW", "fr"].map(best).to_vec();
        assert_eq!(found, ["de", "pt-BR", "zh-Hant", "en"]);
        assert_eq!(texts.best(None).unwrap().1.as_str(), "en");
        // English of any region is English.
        let british = in_languages(&["de", "en-GB", "fr"]);
        assert_eq!(british.best(Some(&Lang::new("pt").unwrap())).unwrap().1.as_str(), "en-GB");
        assert_eq!(british.best(None).unwrap().1.as_str(), "en-GB");
    }
}
