//! What a user is told and asked to do: advisory and action.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::words;
use crate::text::{Languages, Prose};
use crate::{Label, Localized, Refusal, Result, Rule, limits};
use alloc::format;

/// The advisory, by language.
pub type Advisory = Languages<AdvisoryText>;

/// An advisory in one language: [`limits::TEXT`] bytes in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryText {
    /// One line.
    pub title: Label,
    /// A few sentences.
    pub summary: Prose,
    /// Everything.
    pub details: Prose,
    /// What it means for the user.
    pub impact: Prose,
}

impl Wire for AdvisoryText {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let text = AdvisoryText {
            title: t.req("title")?,
            summary: t.req("summary")?,
            details: t.req("details")?,
            impact: t.req("impact")?,
        };
        t.finish()?;
        let sum = [text.title.as_str(), text.summary.as_str(), text.details.as_str(), text.impact.as_str()]
            .iter()
            .fold(0usize, |n, part| n.saturating_add(part.len()));
        if sum > limits::TEXT {
            return Err(Refusal::new(
                Rule::Txt3,
                format!("{sum} bytes in one language, at most {}", limits::TEXT),
            ));
        }
        Ok(text)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("title", &self.title)
            .put("summary", &self.summary)
            .put("details", &self.details)
            .put("impact", &self.impact)
            .done()
    }
}

words! {
    /// What the user is asked to do.
    ActionCode (Rule::Man4) {
        /// Nothing; said in words.
        None = "none",
        /// Install the update.
        Install = "install",
        /// Install the update and restart.
        InstallAndRestart = "install-and-restart",
        /// Change a setting.
        Configure = "configure",
        /// Switch a feature off.
        DisableFeature = "disable-feature",
        /// Change passwords, keys or tokens.
        RotateCredentials = "rotate-credentials",
        /// Take the product off the network.
        Isolate = "isolate",
        /// Replace the product.
        Replace = "replace",
        /// Stop using the product.
        StopUse = "stop-use",
        /// Ask the maker.
        Contact = "contact",
    }
}

words! {
    /// What restarts.
    Restart (Rule::Man4) {
        /// Nothing.
        None = "none",
        /// The part that is updated.
        Component = "component",
        /// A service.
        Service = "service",
        /// The device.
        Device = "device",
        /// The whole system the device is part of.
        System = "system",
    }
}

/// What the user is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// As a word.
    pub code: ActionCode,
    /// What restarts.
    pub restart: Restart,
    /// By when, unix seconds; advice, nothing enforces it.
    pub deadline: Option<u64>,
    /// In words; also when there is nothing to do.
    pub text: Localized,
}

impl Wire for Action {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let action = Action {
            code: t.req_by("code", Rule::Adv2)?,
            restart: t.req("restart")?,
            deadline: t.opt("deadline")?,
            text: t.req_by("text", Rule::Adv2)?,
        };
        t.finish()?;
        Ok(action)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("code", &self.code)
            .put("restart", &self.restart)
            .opt("deadline", &self.deadline)
            .put("text", &self.text)
            .done()
    }
}
