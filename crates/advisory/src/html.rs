//! The page as one HTML file: no script, nothing from elsewhere, for any screen and for paper.

use super::bulletin::{Bulletin, Card, Fact, Section, Text};
use super::score::Word;

/// Colours and measures; light and dark, screen and paper.
const STYLE: &str = include_str!("page.css");

/// Nothing is loaded and nothing runs, whatever a text might smuggle in.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What a browser is told about a page.
pub(super) struct Head<'a> {
    pub(super) lang: &'a str,
    pub(super) title: &'a str,
    /// The address of its feed.
    pub(super) feed: Option<&'a str>,
}

/// A whole page.
pub(super) fn page(head: &Head<'_>, body: &str) -> String {
    let (lang, title) = (escaped(head.lang), escaped(head.title));
    let feed = head.feed.map(|feed| {
        format!("<link rel=\"alternate\" type=\"application/atom+xml\" href=\"{}\">\n", escaped(feed))
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{title}</title>\n{}<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        direction(head.lang),
        feed.unwrap_or_default(),
    )
}

/// Draws it.
pub(super) fn render(page: &Bulletin) -> String {
    let mut out = String::new();
    let title = escaped(&page.title);
    if let Some(warning) = &page.unverified {
        out.push_str(&element("p", "unverified", warning, " role=\"alert\""));
    }
    out.push_str("<main>\n<header>\n");
    out.push_str(&element("p", "kicker", &page.kicker, ""));
    out.push_str(&format!("<h1>{title}</h1>\n"));
    if let Some(badge) = &page.badge {
        out.push_str(&format!("<p>{}</p>\n", self::badge(badge)));
    }
    if let Some(note) = &page.fell_back {
        out.push_str(&element("p", "note", note, ""));
    }
    if let Some(summary) = &page.summary {
        out.push_str(&format!("<p class=\"summary\">{}</p>\n", lines(summary)));
    }
    out.push_str("</header>\n");
    for section in &page.sections {
        out.push_str(&self::section(section));
    }
    out.push_str("</main>\n");
    self::page(&Head { lang: &page.lang, title: &page.title, feed: None }, &out)
}

fn section(section: &Section) -> String {
    let class = if section.first { " class=\"first\"" } else { "" };
    let mut out = format!("<section{class}>\n{}", element("h2", "", &section.heading, ""));
    for (i, text) in section.texts.iter().enumerate() {
        let class = if section.first && i == 0 { "strong" } else { "" };
        out.push_str(&element("p", class, text, ""));
    }
    if !section.points.is_empty() {
        let points = section.points.iter().map(|point| element("li", "", point, ""));
        out.push_str(&format!("<ul>\n{}</ul>\n", points.collect::<String>()));
    }
    out.extend(section.cards.iter().map(card));
    out.push_str(&facts(&section.facts));
    out.push_str("</section>\n");
    out
}

fn card(card: &Card) -> String {
    let badge = card.badge.as_ref().map(|b| format!(" {}", self::badge(b))).unwrap_or_default();
    let mut out = format!("<article>\n<h3>{}{badge}</h3>\n", escaped(&card.name));
    out.extend(card.alarms.iter().map(|alarm| element("p", "alarm", alarm, "")));
    out.extend(card.texts.iter().map(|text| element("p", "", text, "")));
    out.push_str(&facts(&card.facts));
    out.push_str("</article>\n");
    out
}

fn facts(facts: &[Fact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let mut out = String::from("<dl>\n");
    for Fact { name, value } in facts {
        out.push_str(&format!(
            "<div><dt{}>{}</dt><dd{}>{}</dd></div>\n",
            attributes(name),
            escaped(&name.text),
            attributes(value),
            lines(&value.text)
        ));
    }
    out.push_str("</dl>\n");
    out
}

fn badge((word, text): &(Word, Text)) -> String {
    let class = word.upper().to_ascii_lowercase();
    format!("<span class=\"badge {class}\"{}>{}</span>", attributes(text), escaped(&text.text))
}

fn element(tag: &str, class: &str, text: &Text, more: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<{tag}{class}{}{more}>{}</{tag}>\n", attributes(text), lines(&text.text))
}

/// Language and direction, where they are not those of the page.
fn attributes(text: &Text) -> String {
    match &text.lang {
        None => String::new(),
        Some(lang) => format!(" lang=\"{}\" dir=\"{}\"", escaped(lang), direction(lang)),
    }
}

/// Which way a language is written: by its script where it is named, else by the language.
fn direction(lang: &str) -> &'static str {
    let mut parts = lang.split('-');
    let language = parts.next().unwrap_or_default();
    let script = parts.next().filter(|p| p.len() == 4 && p.starts_with(|c: char| c.is_ascii_uppercase()));
    let right_to_left = match script {
        Some(script) => ["Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg"].contains(&script),
        None => ["ar", "he", "fa", "ur", "yi", "dv", "ps", "sd", "ug", "ckb", "syr"].contains(&language),
    };
    if right_to_left { "rtl" } else { "ltr" }
}

/// Text as text: nothing in it is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The same with line ends kept.
fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        assert_eq!(escaped("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    }

    #[test]
    fn scripts_go_before_languages() {
        let ways = [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("az-Arab", "rtl"), ("ur-Latn", "ltr")];
        for (lang, way) in ways {
            assert_eq!(direction(lang), way, "{lang}");
        }
    }
}
