//! Whether a release may install itself.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::words;
use crate::{Localized, Refusal, Result, Rule};

words! {
    /// Why automatic updates do not apply.
    NotAutomatic (Rule::Aut4) {
        /// It is a component for integration into other products.
        Component = "component",
        /// Professional networks: users would not expect it.
        ProfessionalNetwork = "professional-network",
        /// Industrial or critical environments: users would not expect it.
        Industrial = "industrial",
        /// Another reason, given in the text.
        Other = "other",
    }
}

words! {
    /// The default setting.
    Default (Rule::Man4) {
        /// Updates install themselves unless the user opts out.
        On = "on",
        /// They do not.
        Off = "off",
    }
}

/// Whether a release may install itself; where it may, that is the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Automatic {
    /// It may; on by default.
    Applicable {
        /// How soon after the notice it is installed, seconds.
        install_within: u64,
        /// How long the user may put it off in all, seconds.
        max_postpone: u64,
        /// How to opt out.
        opt_out: Localized,
    },
    /// It may not.
    NotApplicable {
        /// Why, as a word.
        reason: NotAutomatic,
        /// Why, in words.
        text: Localized,
        /// How soon after the notice it should be installed, seconds.
        install_within: Option<u64>,
        /// How long the user may put it off in all, seconds.
        max_postpone: Option<u64>,
    },
}

impl Wire for Automatic {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let applicable: bool = t.req("applicable")?;
        let default: Default = t.req("default")?;
        let automatic = match (applicable, default) {
            (true, Default::Off) => {
                return Err(Refusal::new(Rule::Aut2, "applicable, but off by default").within("default"));
            }
            (false, Default::On) => {
                return Err(Refusal::new(Rule::Aut5, "not applicable, but on by default").within("default"));
            }
            (true, Default::On) => Automatic::Applicable {
                install_within: t.req("install-within")?,
                max_postpone: t.req("max-postpone")?,
                opt_out: t.req_by("opt-out", Rule::Aut3)?,
            },
            (false, Default::Off) => Automatic::NotApplicable {
                reason: t.req_by("reason", Rule::Aut4)?,
                text: t.req_by("text", Rule::Aut4)?,
                install_within: t.opt("install-within")?,
                max_postpone: t.opt("max-postpone")?,
            },
        };
        if let Some(field) = t.left().filter(|f| ["reason", "text", "opt-out"].contains(f)) {
            return Err(
                Refusal::new(Rule::Man6, "has no place beside this value of applicable").within(field)
            );
        }
        t.finish()?;
        Ok(automatic)
    }

    fn encode(&self) -> Tree {
        match self {
            Automatic::Applicable { install_within, max_postpone, opt_out } => MapBuilder::new()
                .put("applicable", &true)
                .put("default", &Default::On)
                .put("install-within", install_within)
                .put("max-postpone", max_postpone)
                .put("opt-out", opt_out),
            Automatic::NotApplicable { reason, text, install_within, max_postpone } => MapBuilder::new()
                .put("applicable", &false)
                .put("default", &Default::Off)
                .put("reason", reason)
                .put("text", text)
                .opt("install-within", install_within)
                .opt("max-postpone", max_postpone),
        }
        .done()
    }
}
