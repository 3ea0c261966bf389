//! What to do, and why: names that are stable and the same in Rust, JSON, records and the spec.

/// An enum whose values have one spelling.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// Its spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The value of this spelling.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What the client does now. A client handles every one of these, so the list is complete for a major version.
    Verdict {
        /// Install it; where there is a time, by then at the latest.
        Install = "install",
        /// Show its notice, and note that it was shown.
        Notify = "notify",
        /// Ask whether it may be downloaded.
        AskDownload = "ask-download",
        /// Ask whether it may be installed.
        AskApproval = "ask-approval",
        /// Ask again later.
        Wait = "wait",
        /// Nothing of what is offered may be used here.
        Refuse = "refuse",
        /// Tell the user; there is nothing to install.
        Advise = "advise",
        /// All is done.
        Nothing = "nothing",
    }
}

words! {
    /// Why. Each needs a sentence for the user, so the list is complete for a major version.
    Reason {
        /// It installs itself: by default, or because the user wants that.
        Automatic = "automatic",
        /// The user approved this very manifest.
        Approved = "approved",
        /// The user has not been told of it yet.
        NotNotified = "not-notified",
        /// The user opted out of automatic security updates.
        OptedOut = "opted-out",
        /// The maker says that it may not install itself.
        AutoNotApplicable = "auto-not-applicable",
        /// On devices of this profile nothing installs itself unless the user chose that.
        AutoNotChosen = "auto-not-chosen",
        /// The user wants to approve each installation.
        ApprovalRequired = "approval-required",
        /// A feature update, and the user did not ask for those.
        FeatureNotChosen = "feature-not-chosen",
        /// It costs, itself or in what it needs.
        Costs = "costs",
        /// A release for testing.
        Testing = "testing",
        /// The user said no to this very manifest.
        Declined = "declined",
        /// The user put it off.
        Postponed = "postponed",
        /// The device is busy.
        Busy = "busy",
        /// The device is busy, and the time within which it should be installed is over.
        Overdue = "overdue",
        /// A notice names what is installed.
        Affected = "affected",
        /// What is installed was withdrawn, or the product was: it is no longer offered.
        WithdrawnInstalled = "withdrawn-installed",
        /// What is installed is called back, or the product is.
        Recalled = "recalled",
        /// What is installed should not be used, or the product should not.
        StopUse = "stop-use",
        /// Every package is refused; the rules say why.
        Refused = "refused",
        /// What is installed is the newest of what is offered.
        UpToDate = "up-to-date",
        /// The notice or withdrawal was shown before.
        AlreadyShown = "already-shown",
        /// A newer notice or withdrawal replaced it.
        Superseded = "superseded",
        /// The notice or withdrawal is about other states.
        NotConcerned = "not-concerned",
        /// No package is offered.
        NothingOffered = "nothing-offered",
    }
}

words! {
    /// What kind of device it is, for the defaults of automatic updates.
    #[derive(Default)]
    #[non_exhaustive]
    Profile {
        /// For everybody: automatic security updates are on.
        #[default]
        Consumer = "consumer",
        /// A component for other products.
        Component = "component",
        /// A professional network.
        ProfessionalNetwork = "professional-network",
        /// An industrial or critical environment.
        Industrial = "industrial",
    }
}

words! {
    /// What the user wants to approve.
    #[derive(Default)]
    #[non_exhaustive]
    Approval {
        /// Nothing.
        #[default]
        None = "none",
        /// Each installation.
        Install = "install",
        /// Each download, and then each installation.
        DownloadAndInstall = "download-and-install",
    }
}

words! {
    /// Whether the necessary security updates are installed (CRA Art. 6), as far as what is offered
    /// tells.
    UpToDate {
        /// The installed state is among what is offered, no security step leads from it, and nobody withdrew it.
        Yes = "true",
        /// A security step leads from it.
        No = "false",
        /// What is offered does not tell.
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kebab_case_and_read_back() {
        for reason in Reason::ALL {
            let word = reason.as_str();
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{word}");
            assert_eq!(Reason::from_word(word), Some(*reason));
        }
        assert_eq!(Verdict::from_word("ask-download"), Some(Verdict::AskDownload));
        assert_eq!(Profile::from_word("Consumer"), None);
    }
}
