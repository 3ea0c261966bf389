//! The rule ids: one table for the spec, the vectors, `pkg explain`, Rust, C and JSON.
//!
//! A refusal names exactly one rule. Ids and numbers are never reused; a rule that is no longer
//! needed keeps its row. The law labels behind some rules (Annex I of Regulation (EU) 2024/2847,
//! the "CRA") are named in `source`.

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $number:literal $id:literal: $title:literal, $why:literal, $source:literal, $fix:literal;)*) => {
        /// A named reason to refuse.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule { $(#[doc = $title] $name,)* }

        impl Rule {
            /// Every rule, in the order of the numbers.
            pub const ALL: &[Rule] = &[$(Rule::$name,)*];

            /// The id as people see it, such as `SIG-2`.
            pub const fn id(self) -> &'static str { match self { $(Rule::$name => $id,)* } }

            /// The number in the C interface; stable for ever.
            pub const fn number(self) -> u16 { match self { $(Rule::$name => $number,)* } }

            /// What is wrong when this rule is named, in a few words.
            pub const fn title(self) -> &'static str { match self { $(Rule::$name => $title,)* } }

            /// Why the rule exists.
            pub const fn why(self) -> &'static str { match self { $(Rule::$name => $why,)* } }

            /// The law, standard or section the rule comes from.
            pub const fn source(self) -> &'static str { match self { $(Rule::$name => $source,)* } }

            /// What to do about it.
            pub const fn fix(self) -> &'static str { match self { $(Rule::$name => $fix,)* } }
        }
    };
}

impl Rule {
    /// The rule with this id, in any case of letters.
    pub fn from_id(id: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|r| r.id().eq_ignore_ascii_case(id))
    }

    /// Whether it is a rule of sets: one that an audit judges over all releases of a product.
    pub const fn is_of_sets(self) -> bool {
        self.number() / 100 == 19
    }
}

rules! {
    // Container: judged on bytes nobody has vouched for, so by comparison only.
    Con1 = 101 "CON-1": "not a package", "A package begins with the header of manifest.cbor. Nothing else is accepted.", "SPEC 2", "Check that this is the right file and that the download is complete.";
    Con2 = 102 "CON-2": "member header not in canonical form", "There is exactly one valid header for each name and size. Any freedom would let two readers see two different archives.", "SPEC 2.1; POSIX ustar", "Build the package again with `pkg build`; do not repack it with tar.";
    Con3 = 103 "CON-3": "member out of place", "Members come in a fixed order, each once. A second member of the same name could hide the one that was signed.", "SPEC 2.2; CVE-2013-4787", "Build the package again; do not add, remove or move members.";
    Con4 = 104 "CON-4": "member larger than its limit", "Memory and time are limited before any signature is checked.", "SPEC 8", "Shorten the texts, or split the release.";
    Con5 = 105 "CON-5": "padding not zero", "Every byte of a package is checked. Padding could carry data that no signature covers.", "SPEC 2.3", "Build the package again, or download it again.";
    Con6 = 106 "CON-6": "package ends too early", "A truncated package is refused as a whole.", "SPEC 2.3", "Download the package again.";
    Con7 = 107 "CON-7": "end of the package not in canonical form", "Two zero blocks follow the last member, and nothing follows them. Some tools read bytes after the end and others do not.", "SPEC 2.3", "Download the package again; do not append to it.";
    Con8 = 108 "CON-8": "member size differs from the signed size", "The signed statements give the size of each payload and evidence member.", "SPEC 2.2", "Download the package again.";

    // Encoding: strict CBOR, so that one meaning has one form.
    Cbr1 = 201 "CBR-1": "encoding ends too early", "A header or a string announces more bytes than follow.", "RFC 8949, 3", "Write statements with `pkg`, not by hand.";
    Cbr2 = 202 "CBR-2": "number or length not in shortest form", "One value has one encoding, so a digest names one meaning.", "RFC 8949, 4.2.1", "Write statements with `pkg`, not by hand.";
    Cbr3 = 203 "CBR-3": "indefinite length", "One value has one encoding.", "RFC 8949, 4.2.1", "Write statements with `pkg`, not by hand.";
    Cbr4 = 204 "CBR-4": "map keys not sorted", "One value has one encoding.", "RFC 8949, 4.2.1", "Write statements with `pkg`, not by hand.";
    Cbr5 = 205 "CBR-5": "duplicate map key", "Readers disagree about which of two equal keys wins.", "RFC 8949, 5.6", "Write statements with `pkg`, not by hand.";
    Cbr6 = 206 "CBR-6": "type that statements do not use", "Floats, tags, null, undefined and simple values have no place in a statement.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr7 = 207 "CBR-7": "map key is not text", "Any CBOR tool must be able to show a statement.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr8 = 208 "CBR-8": "text is not UTF-8", "Text that readers decode differently cannot be signed.", "RFC 8949, 3.1; RFC 3629", "Write statements with `pkg`, not by hand.";
    Cbr9 = 209 "CBR-9": "nested too deeply", "Depth is limited so that no reader runs out of stack.", "SPEC 8; RUSTSEC-2019-0025", "Write statements with `pkg`, not by hand.";
    Cbr10 = 210 "CBR-10": "trailing bytes after the encoding", "Every signed byte has a meaning.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr11 = 211 "CBR-11": "re-encoding gives different bytes", "This is a second, independent check that one value has one encoding.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr12 = 212 "CBR-12": "too many items", "The memory needed to decode is limited.", "SPEC 8", "Shorten the lists of the release.";

    // Signatures.
    Sig1 = 301 "SIG-1": "not signed", "Nothing unsigned is ever installed, and no option allows it.", "CRA Annex I II(7)", "Sign it: pkg sign PACKAGE --key KEY";
    Sig2 = 302 "SIG-2": "signed, but by no trusted key", "Only keys in the keyring count.", "CRA Annex I II(7)", "Check that the keyring belongs to this product, and that the package does; or use a newer version of the keyring.";
    Sig3 = 303 "SIG-3": "signature does not match", "The key that is named did not sign these bytes: they were changed, or somebody forged the signature.", "RFC 8032; SPEC 4", "Download the package again; if the error stays, do not trust its source.";
    Sig4 = 304 "SIG-4": "too few signers", "The keyring requires signatures by more distinct keys of that role.", "SPEC 4.4", "Have more key holders sign: pkg sign PACKAGE --key KEY";
    Sig5 = 305 "SIG-5": "signature structure not in canonical form", "A .cose member is one tagged COSE_Sign and nothing else.", "RFC 9052, 4.1; SPEC 4.1", "Sign with `pkg sign`.";
    Sig6 = 306 "SIG-6": "signature for another kind of statement", "The signed header says which kind of statement the signature is for, so a keyring's signature is worth nothing on a manifest.", "RFC 9995; SPEC 4.1", "Sign with `pkg sign`.";
    Sig7 = 307 "SIG-7": "signature for other bytes", "The digest in the signature structure is not that of the statement it comes with.", "RFC 9995; SPEC 4.1", "Sign this very package: pkg sign PACKAGE --key KEY";
    Sig8 = 308 "SIG-8": "unknown algorithm", "Each format version has a fixed set of algorithms, and the keyring says which one a key uses. No other is tried.", "RFC 9864; SPEC 4.2", "Sign with `pkg sign`.";
    Sig9 = 309 "SIG-9": "signature headers not in canonical form", "The protected header of a signature holds the algorithm and the key id, and nothing else.", "RFC 9052, 3; SPEC 4.2", "Sign with `pkg sign`.";
    Sig10 = 310 "SIG-10": "signatures not sorted, or two by one key", "One set of signatures has one encoding, and a threshold counts keys, not signatures.", "CVE-2020-15093; SPEC 4.2", "Sign with `pkg sign`.";
    Sig11 = 311 "SIG-11": "unprotected header", "The unprotected header must be empty, because no signature covers it.", "SPEC 4.2", "Sign with `pkg sign`.";
    Sig12 = 312 "SIG-12": "no signature, or too many", "A signature structure holds 1 to 16 signatures.", "SPEC 8", "Sign with at most 16 keys.";
    Sig13 = 313 "SIG-13": "signature of the wrong length", "An Ed25519 signature has 64 bytes, an ML-DSA-65 signature 3,309.", "RFC 8032, 5.1.6; FIPS 204", "Sign with `pkg sign`.";
    Sig14 = 314 "SIG-14": "signed only by revoked keys", "No signature by a revoked key counts, not even one made before the revocation.", "SPEC 5.3", "Sign the package again with a key that is not revoked.";
    Sig15 = 315 "SIG-15": "signer does not have this role", "A feature key cannot sign a security update, and a security key cannot sign a withdrawal. A key may also be limited to products, channels and scopes.", "SPEC 5.2", "Sign with a key of that role, or give the key the role in the keyring.";
    Sig16 = 316 "SIG-16": "too few post-quantum signers", "For this role the keyring requires ML-DSA-65 signatures as well as Ed25519, so that breaking one of the two is not enough.", "SPEC 5.2; FIPS 204", "Have holders of ML-DSA-65 keys sign too: pkg sign PACKAGE --key KEY";

    // Keys and keyrings.
    Key1 = 401 "KEY-1": "invalid public key", "A weak or non-canonical point would let one key pass as two, or let anybody sign.", "RFC 8032, 5.1.3; SPEC 5.1", "Make a new key: pkg key new PATH";
    Key2 = 402 "KEY-2": "example key", "The private halves of example and test keys are public: anybody who has this repository or RFC 8032 can sign with them.", "GHSA-gcxh-546h-phg4", "Use your own keys: pkg key new. For a trial only: --danger-allow-example-keys";
    Key3 = 403 "KEY-3": "keyring lists a key twice", "A threshold counts distinct keys.", "SPEC 5.2", "Give one key all its roles in one --add ROLE,ROLE=KEY.";
    Key4 = 404 "KEY-4": "keyring not signed by its roots", "A keyring is trusted as a whole or not at all.", "SPEC 5.3", "Have root keys sign it: pkg keyring sign FILE --key KEY";
    Key5 = 405 "KEY-5": "threshold that cannot be met", "A threshold of zero would require no signature; one above the number of keys could never be met.", "SPEC 5.2", "Add keys of that role, or lower the threshold.";
    Key6 = 406 "KEY-6": "keyring older than the package requires", "The maker changed keys and requires this package to be verified with the newer ones.", "SPEC 5.3", "Update the keyring first.";
    Key7 = 407 "KEY-7": "a different keyring", "Only a newer version with the same name replaces a keyring, so that nobody can swap the keys of two fleets, by mistake or on purpose.", "SPEC 5.4", "Get the newer version of this same keyring.";
    Key8 = 408 "KEY-8": "gap in the chain of keyrings", "The roots of each version sign the next one. If a version is missing, a device cannot check the one after it.", "SPEC 5.4; TUF 5.3", "Get the keyring file that includes its earlier versions: `pkg keyring update` and `edit` keep them.";
    Key9 = 409 "KEY-9": "keyring older than the one in force", "An old keyring would bring revoked keys back.", "SPEC 5.4; TUF rollback attack", "Use the newest keyring.";
    Key10 = 410 "KEY-10": "same keyring version, different contents", "Two keyrings with the same version are a fork: the roots signed two histories, and a device must not switch between them.", "SPEC 5.4", "Find out who signed the other one; then issue a version higher than both.";
    Key11 = 411 "KEY-11": "not signed by the roots in force", "The next keyring must be signed by enough roots of the one in force. One that is signed only by its own roots appoints itself.", "SPEC 5.4; TUF 5.3", "Have roots of the previous version sign it: pkg keyring sign FILE --key KEY";
    Key12 = 412 "KEY-12": "algorithm this verifier was built without", "A verifier that cannot check every key of a keyring would count fewer signers than others do, so it refuses the whole keyring.", "SPEC 5.1", "Use a verifier that was built with this algorithm, or a keyring of Ed25519 keys only.";

    // Form of a manifest, a delivery or a keyring.
    Man1 = 501 "MAN-1": "required field missing", "A statement is complete, or it is refused. Nothing is guessed.", "SPEC 6", "Add the field; `pkg schema release --markdown` describes each one, with an example.";
    Man2 = 502 "MAN-2": "unknown field", "A field that this version does not know could change the meaning of the others.", "SPEC 6.1", "Remove it, or begin its name with x- if it is a note of your own.";
    Man3 = 503 "MAN-3": "field of the wrong type", "Each field has one type.", "SPEC 6", "Write the type that the message expects; `pkg schema release --markdown` has an example of each field.";
    Man4 = 504 "MAN-4": "value does not match its grammar", "Names are used in file names and compared byte for byte, so their grammar is narrow.", "SPEC 6.2", "Write it as the message says; `pkg schema release --markdown` has an example of each field.";
    Man5 = 505 "MAN-5": "value or count out of bounds", "Every number and list has bounds.", "SPEC 8", "Stay within the bounds that the message gives.";
    Man6 = 506 "MAN-6": "field not allowed here", "A field of another kind, class or choice would be signed but mean nothing.", "SPEC 6", "Remove the field, or choose the kind it belongs to.";
    Man7 = 507 "MAN-7": "list not sorted, or an entry twice", "A set has one encoding.", "SPEC 6.1", "Write each entry once; `pkg build` sorts.";
    Man8 = 508 "MAN-8": "format version not supported", "The same field may mean something else in another version.", "SPEC 1", "Use a newer `pkg`.";
    Man9 = 509 "MAN-9": "empty list", "An optional list is left out when it is empty, so that absent and empty cannot be confused.", "SPEC 6.1; CVE-2020-7982", "Leave the field out.";
    Man10 = 510 "MAN-10": "reference to a missing entry", "An index must point at an evidence entry of the same manifest.", "SPEC 6.3", "Add the evidence, or correct the index.";

    // Text that people read.
    Txt1 = 601 "TXT-1": "character that could deceive a reader", "Control, bidirectional and invisible characters can move the cursor, hide text or fake a verdict.", "SPEC 6.2; CVE-2024-43785", "Remove the character; the message says which one and where.";
    Txt2 = 602 "TXT-2": "empty text", "An empty text is worse than none, because the field counts as filled in.", "SPEC 6.2", "Write the text, or leave the field out where it is optional.";
    Txt3 = 603 "TXT-3": "text too long", "Texts are limited so that the size of a statement is.", "SPEC 8", "Shorten it and link to the full text.";
    Txt4 = 604 "TXT-4": "language tag not in canonical form", "If a language had two spellings, one of two texts could stay hidden.", "BCP 47 (RFC 5646, 2.1)", "Write it like en, de-AT or zh-Hant-TW.";
    Txt5 = 605 "TXT-5": "character that builders do not write", "Builders are stricter than verifiers. They write only letters, marks, numbers, punctuation, symbols, spaces and line ends.", "SPEC 6.2; Unicode general categories", "Remove the character; the message says which one and where.";
    Txt6 = 606 "TXT-6": "address not an https URL", "People will follow an address that stands in a signed text. This tool never fetches it.", "SPEC 6.2", "Give an https:// address without user name or password.";

    // Separation of security and feature updates.
    Sep1 = 701 "SEP-1": "class missing or unknown", "A release states whether it is a security update. This is never guessed, and there is no default.", "CRA Annex I II(2)", "Set class = \"security\" or \"feature\" in [release].";
    Sep2 = 702 "SEP-2": "separation missing or unknown", "A security update states how it is kept apart from functionality updates.", "CRA Annex I II(2), Recital 57", "Add [separation] kind = \"pure\", \"inseparable\" or \"change-is-fix\".";
    Sep3 = 703 "SEP-3": "exception not justified", "If a security update changes functionality, the maker states why, what else was considered and who approved it.", "CRA Annex I II(2); Commission FAQ 4.3.5", "Add rationale (80 characters or more), alternatives and approver.";
    Sep4 = 704 "SEP-4": "justification on a pure update", "A pure update needs no justification; an update that has one is not pure.", "SPEC 7", "Remove rationale, alternatives and approver, or change the kind.";
    Sep5 = 705 "SEP-5": "security update with a change that no fix needs", "Users must never have to accept new functionality just to get a fix.", "CRA Annex I II(2); Commission FAQ 4.3.5", "Move the change to a feature release, or name the fixes it is necessary-for.";
    Sep6 = 706 "SEP-6": "change is necessary for a fix that is not in this package", "The link between a change and a fix can be checked only within one package.", "Commission FAQ 4.3.5", "Name ids of [[fix]] entries of this release.";
    Sep7 = 707 "SEP-7": "pure update that changes functionality", "A pure update fixes vulnerabilities and corrects defects. Users notice no other change.", "CRA Annex I II(2)", "Set kind = \"inseparable\" or \"change-is-fix\" and justify it, or move the change to a feature release.";
    Sep8 = 708 "SEP-8": "exception without a change", "\"inseparable\" and \"change-is-fix\" claim that a change is part of the fix, so the change must be listed.", "SPEC 7", "List the change, or set kind = \"pure\".";
    Sep9 = 709 "SEP-9": "change-is-fix with a change that adds something", "A change that is itself the fix restricts, disables, replaces or removes something. Whatever it adds is a feature.", "Commission FAQ 4.3.5", "Use effect restricted, disabled, replaced or removed, or kind = \"inseparable\".";
    Sep10 = 710 "SEP-10": "security update leaves its line or feature level", "Only an inseparable update may raise the feature level.", "CRA Annex I II(2)", "Keep the line and feature-level of the previous release, or say why the update is inseparable.";
    Sep11 = 711 "SEP-11": "included feature changes not listed", "An inseparable update that raises the feature level lists every change of the feature releases that it includes.", "SPEC 7", "List those changes, with the fixes they are necessary-for.";
    Sep12 = 712 "SEP-12": "feature update does not raise the feature level", "The feature level counts what the product can do. Devices use it to tell features from fixes.", "SPEC 7", "Raise feature-level by one, or leave it out: the builder derives it.";
    Sep13 = 713 "SEP-13": "fix available only in a feature update", "A fix in a feature update is also available on its own, or the maker states why it cannot be.", "CRA Recital 57", "Give separately-in (the security release) or an exception with reason, rationale (80 characters or more), alternatives and approver.";
    Sep14 = 714 "SEP-14": "level of an entry above the release's", "Each entry carries the level at which it was introduced, and that is at most the level of this release.", "SPEC 7", "Leave level out; the builder fills it in.";
    Sep15 = 715 "SEP-15": "earlier exception not carried forward", "A cumulative update that includes a change repeats the justification of that change.", "SPEC 7", "Set `previous`, so that the builder copies it.";
    Sep16 = 716 "SEP-16": "security update that fixes nothing", "A security update names at least one vulnerability.", "CRA Annex I II(4)", "Add [[fix]], or make it a feature release.";
    Sep17 = 717 "SEP-17": "fix reopened without a withdrawal", "Only a release that supersedes a withdrawn one may take a fix back.", "SPEC 7", "Add supersedes, or do not reopen.";
    Sep18 = 718 "SEP-18": "changed file that no fix or change touches", "Any other change in a security update counts as functionality until somebody explains it.", "CRA Annex I II(2); SPEC 7.9", "Move the change to a feature release, or list the file in touches of the [[fix]] that needs it; without --strict-separation this is only a warning.";
    Sep19 = 719 "SEP-19": "security update that changes no image", "A fix changes an image. A release that contains no new image fixes nothing on any device.", "CRA Annex I II(2)", "Build from the images that contain the fix; if no image had to change, publish a notice with a [[status]] instead.";
    Sep20 = 720 "SEP-20": "release that loses a fix", "A release that leads from a state in which a vulnerability is closed does not bring it back without saying so.", "CRA Annex I II(2); SPEC 7", "Merge the fix into the release, or do not let that state in; where a withdrawn release is repaired, list it in reopens.";
    Sep21 = 721 "SEP-21": "fix that is closed already", "A security update closes something in at least one state that it leads from. A fix that all of them have is no reason for an update.", "SPEC 7", "Remove the [[fix]], or make it a feature release. If an earlier not-affected was wrong, say [[status]] affected of those states in the same release. The repair of a withdrawn release names that release in supersedes.";
    Sep22 = 722 "SEP-22": "fixed and open at once", "A vulnerability that a release closes is not open in it.", "SPEC 7", "Remove the [[open]] entry, or set the status of the fix to mitigated.";

    // What the user is told.
    Adv1 = 801 "ADV-1": "advisory missing", "A security update comes with an advisory, and so does a notice or a withdrawal.", "CRA Annex I II(8)", "Add [advisory.en] with title, summary, details and impact.";
    Adv2 = 802 "ADV-2": "action missing", "The advisory tells users what to do, even if that is \"nothing\".", "CRA Annex I II(8)", "Add [action] with code, restart and text.";
    Adv3 = 803 "ADV-3": "public fix without severity, impact or affected releases", "A public vulnerability is described: its impact, its severity and which releases are affected.", "CRA Annex I II(4)", "Add severity and impact to the [[fix]], or disclosure = { delayed = { reason, until } }.";
    Adv4 = 804 "ADV-4": "delay of disclosure not justified", "Details may be withheld for a reason and until a date, not for ever.", "CRA Annex I II(4)", "Give disclosure.delayed.reason and disclosure.delayed.until.";
    Adv5 = 805 "ADV-5": "notice without status or remedy", "A notice says which releases are affected and what users can do about it.", "CRA Annex I II(4), Art. 14(8)", "Add [[status]] and [[remediation]].";
    Adv6 = 806 "ADV-6": "planned fix without a date", "An announced fix has a date.", "CSAF 2.1, 3.2.4", "Add date to the remediation.";
    Adv7 = 807 "ADV-7": "required language missing", "The product is sold where people read that language.", "CRA Art. 13(18), Annex II", "Add the text in that language, or take the language out of [product] languages.";
    Adv8 = 808 "ADV-8": "severity not a CVSS vector or word", "Severity is a CVSS 3.1 or 4.0 vector, or low, medium, high or critical.", "FIRST CVSS 3.1 and 4.0", "Write critical, high, medium or low, or copy the vector from the CVE record.";
    Adv9 = 809 "ADV-9": "vulnerability id not in its grammar", "CVE, EUVD and GHSA ids have a grammar; an id of your own must not look like one of them.", "CVE record format; SPEC 6.2", "Write CVE-2026-12345, GHSA-xxxx-xxxx-xxxx, EUVD-2026-1234 or an id of your own.";
    Adv10 = 810 "ADV-10": "not affected without a justification", "A claim that a product is not affected needs one of the five VEX justifications.", "VEX minimum requirements; CSAF 2.0, 3.2.3.5", "Add justification.";
    Adv11 = 811 "ADV-11": "contact missing", "Readers of a notice or a withdrawal must know whom to ask.", "CRA Annex II 2", "Add contact at the top of the file.";
    Adv12 = 812 "ADV-12": "exploitation date without exploitation", "The date of the first exploitation makes sense only for a vulnerability that is exploited.", "CRA Art. 14", "Set exploited = true, or remove exploited-since.";
    Adv13 = 813 "ADV-13": "closed in a release still to come", "Nobody can say of a release that does not exist yet that a vulnerability is closed in it. That is said by the release, or about its state.", "SPEC 6.4", "Name the releases in states, or use a status that is open: affected, under-investigation or mitigated.";

    // Automatic updates.
    Aut1 = 901 "AUT-1": "automatic installation not stated", "Each security release states whether it may be installed automatically.", "CRA Annex I I(2)(c)", "Add [automatic].";
    Aut2 = 902 "AUT-2": "automatic, but off by default", "Automatic security updates are on by default wherever they apply.", "CRA Annex I I(2)(c)", "Set default = \"on\", or applicable = false with a reason.";
    Aut3 = 903 "AUT-3": "automatic without an opt-out", "Users have a clear and easy way to opt out and are told about it.", "CRA Annex I I(2)(c), Recital 56", "Add opt-out.en to [automatic].";
    Aut4 = 904 "AUT-4": "not automatic without a reason", "Not installing automatically is an exception that needs a reason and a text for users.", "CRA Recital 56", "Add reason and text to [automatic].";
    Aut5 = 905 "AUT-5": "not applicable, but on by default", "An option that does not apply cannot be on by default.", "SPEC 7", "Remove default, or set applicable = true.";

    // Cost.
    Cst1 = 1001 "CST-1": "security update that is not free", "Security updates are free of charge.", "CRA Annex I II(8)", "Set cost = \"free\".";
    Cst2 = 1002 "CST-2": "tailor-made exception incomplete", "Only an agreement with a business user about a tailor-made product allows an exception. It names the customer, the contract and the purpose, and it waives only what it names.", "CRA Annex I I(2)(b), II(8)", "Complete [tailor-made].";
    Cst3 = 1003 "CST-3": "latest-only claim for an update that is not free", "Older versions may go without fixes only if moving to the latest version is free and needs no other hardware or software.", "CRA Art. 13(10)", "Remove [latest-only], or make the release free with environment-cost none.";

    // Support period.
    Sup1 = 1101 "SUP-1": "support period missing or malformed", "The support period is stated by the month it begins and the month it ends.", "CRA Art. 13(8), 13(19)", "Add [support] with until = \"YYYY-MM\" and from = \"YYYY-MM\".";
    Sup2 = 1102 "SUP-2": "support below five years without a reason", "The support period is five years or more, unless the product is used for less.", "CRA Art. 13(8)", "Add shorter-use, or extend the period.";

    // Defaults.
    Def1 = 1201 "DEF-1": "security update weakens a default", "A security update leaves the product at least as secure by default.", "CRA Annex I I(2)(b)", "Do not weaken the default in a security release.";

    // Levels and rollback: need the state of a device, or the release before.
    Ver1 = 1301 "VER-1": "sequence does not rise", "An older release must not be installed again, however valid its signature is.", "SPEC 9.2; RFC 9124", "Install a newer release.";
    Ver2 = 1302 "VER-2": "same sequence, different state", "Two releases of one line never share a sequence.", "SPEC 9.2", "Build again with the next sequence.";
    Ver3 = 1303 "VER-3": "security level falls", "No update may take a fix away.", "SPEC 9.2", "Install a release whose security level is at least the installed one.";
    Ver4 = 1304 "VER-4": "step to another line gains nothing", "A change of line raises the feature level or the security level and lowers neither.", "SPEC 9.2", "Install a release of the same line, or one that raises a level.";
    Ver5 = 1305 "VER-5": "counter jumps too far", "A counter near its maximum could never be raised again. Such a jump is a mistake or an attack.", "SPEC 9.2; TUF fast-forward attack", "Build with the next number.";
    Ver6 = 1306 "VER-6": "security update does not raise the security level", "Each security update raises the security level. Devices use it to tell fixes from other updates.", "SPEC 7", "Leave security-level out; the builder derives it.";
    Ver7 = 1307 "VER-7": "counter is zero", "Counters start at 1, so that zero and absent cannot be confused.", "SPEC 6", "Leave the counter out; the builder derives it.";
    Ver8 = 1308 "VER-8": "generation raised without need", "Only a substantial modification raises the generation: a feature release with a risk assessment.", "CRA Art. 13(10), Art. 3(30)", "Set substantial = true in a feature release and add evidence of kind risk.";
    Ver9 = 1309 "VER-9": "issued before the release it follows", "The date of issue must not fall while the sequence rises.", "SPEC 6", "Check the clock or SOURCE_DATE_EPOCH.";
    Ver11 = 1311 "VER-11": "scope that the device does not declare", "The scopes of a device are declared at the factory. A release for another scope could not be compared with anything, so it could roll back what is installed.", "SPEC 9.2", "Install a release of a scope that the device declares, or declare the scope in the factory state.";
    Ver12 = 1312 "VER-12": "components do not match the scope", "A release contains every component that is installed in its scope, and no other. A component that it left out would keep running in its old version.", "SPEC 9.2", "Build the release with all images of the scope and no others.";
    Ver13 = 1313 "VER-13": "date out of range", "A date before this format existed, after the year 9999 or far in the future comes from a wrong clock, and no later release could follow it.", "SPEC 6", "Check the clock, SOURCE_DATE_EPOCH and the dates in the description.";

    // Policy of the device.
    Pol1 = 1401 "POL-1": "needs more memory than the device allows", "The key that signs deliveries is the least trusted one, so the device sets the limit.", "SPEC 9.1", "Build with a lower compression level, or raise the limit of the device.";
    Pol2 = 1402 "POL-2": "release for testing", "Nobody is forced to install test versions. A device accepts them only if its policy says so.", "CRA Recital 37", "Install a stable release, or allow the testing channel.";
    Pol3 = 1403 "POL-3": "release that was withdrawn", "A release that its maker withdrew is no longer installed. A device that runs it keeps it.", "CRA Art. 13(21)", "Install another release; the withdrawal says what to do until there is one.";
    Pol4 = 1404 "POL-4": "records changed or truncated", "Each line of the records contains the digest of the line before, so nobody can rewrite unnoticed what users were told and what they chose.", "SPEC 9.3", "Keep the file as it is and find out what happened; start a new file for further records.";
    Pol5 = 1405 "POL-5": "may have been withdrawn", "The device had to forget withdrawals, and the maker of this release did not list them. This release may be one of those that were withdrawn.", "SPEC 9.3", "Offer a release that was built with those withdrawals in `known`.";

    // Does it fit this device?
    App1 = 1501 "APP-1": "for another product", "Vendor and product name must match exactly.", "SPEC 9.2", "Get the package for this product.";
    App2 = 1502 "APP-2": "for other hardware", "The hardware id of the device must be in the list.", "SPEC 9.2", "Get the package for this hardware.";
    App3 = 1503 "APP-3": "does not apply to the installed state", "An update starts only from the states that it names.", "SPEC 9.2", "Install the update that starts from the installed state.";
    App4 = 1504 "APP-4": "does not apply to an empty device", "Only a release that says so may be installed on a device with no installed state.", "SPEC 9.2", "Install a first release, or one with fresh = true.";
    App5 = 1505 "APP-5": "another release is needed first", "The update requires a release or a state of another scope.", "SPEC 9.2", "Update the other scope first.";
    App6 = 1506 "APP-6": "delta for another base", "A delta can rebuild the image only from the exact base it was made from.", "SPEC 9.2", "Use the full package, or the delta for the installed image.";
    App7 = 1507 "APP-7": "not for devices", "An acknowledgement is a statement of the maker to those who audit. A device has nothing to do with it.", "SPEC 9.2", "Publish it beside the packages and give it to `pkg audit`.";

    // Delivery.
    Del1 = 1601 "DEL-1": "delivery of another manifest", "A delivery names its manifest by digest.", "SPEC 6.5", "Do not mix members of packages.";
    Del2 = 1602 "DEL-2": "payloads do not match the images", "There is one payload for each image, in the same order.", "SPEC 6.5", "Build the package again.";
    Del3 = 1603 "DEL-3": "sums do not match", "The chunks of a payload add up to the size of its image.", "SPEC 6.5", "Build the package again.";
    Del4 = 1604 "DEL-4": "chunk out of bounds", "The size of chunks is limited so that memory is.", "SPEC 8", "Build the package again.";
    Del5 = 1605 "DEL-5": "codec unknown", "Only the codecs of this format version are decoded.", "SPEC 6.5", "Use a newer `pkg`.";
    Del6 = 1606 "DEL-6": "base missing, or not allowed", "A delta payload has a base; no other payload has one.", "SPEC 6.5", "Build the package again.";
    Del7 = 1607 "DEL-7": "release without a delivery, or another kind with one", "A release contains images. A notice, a withdrawal or an acknowledgement contains none and cannot change a device.", "SPEC 6.5", "Build the package again.";
    Del8 = 1608 "DEL-8": "kind of delivery does not match its payloads", "A full delivery uses no base; a delta has at least one.", "SPEC 6.5", "Build the package again.";

    Del9 = 1609 "DEL-9": "declares less memory than its chunks need", "The device relies on the declared figure, so it must not be too low.", "SPEC 6.5", "Build the package again.";

    // Payload and evidence.
    Pay1 = 1701 "PAY-1": "chunk differs from its signed digest", "No payload byte is decoded until its chunk matches its signed digest.", "SPEC 9.1", "Download the package again.";
    Pay2 = 1702 "PAY-2": "evidence differs from its signed digest", "The manifest gives the digest of each evidence file.", "SPEC 9.1", "Download the package again.";
    Pay3 = 1703 "PAY-3": "chunk does not decode", "Each chunk decodes on its own, to exactly its part of the image.", "SPEC 6.5", "Build the package again.";
    Pay4 = 1704 "PAY-4": "finished image differs from its signed digest", "A device runs only what the release key signed, whatever the delivery says.", "SPEC 9.1", "Do not use the image; build the package again.";

    // Delta: decoding against a base. Nothing of these can be seen without the base or the decoder.
    Dlt1 = 1801 "DLT-1": "not the base of this delta", "A delta can rebuild the image only from the exact bytes it was made from. The whole base is compared before anything is written.", "SPEC 9.1; RFC 9124 (THREAT.UPD.WRONG_PRECURSOR)", "Give the image that is named, complete and unchanged, or use the full package.";
    Dlt2 = 1802 "DLT-2": "delta of an unknown version", "In another version, the same bytes may mean something else.", "SPEC 6.6", "Use a newer `pkg`, or the full package.";
    Dlt3 = 1803 "DLT-3": "delta reaches outside the base", "A delta may read only inside the base that was compared, whatever its map says.", "SPEC 6.6; GLSA 202003-44 (bspatch)", "Build the package again.";
    Dlt4 = 1804 "DLT-4": "stretches of a delta do not make up the image", "Stretches are not empty, follow each other without gaps and end where the image ends, so decoding always advances and ends.", "SPEC 6.6", "Build the package again.";
    Dlt5 = 1805 "DLT-5": "preamble or chunk of a delta too short or too long", "Every stored byte has a meaning, and decoding needs exactly the bytes that are there.", "SPEC 6.6", "Build the package again.";
    Dlt6 = 1806 "DLT-6": "delta needs more memory than was declared", "The device relies on the declared figure, and nothing in the delta may exceed it.", "SPEC 6.5", "Build the package again.";

    // Sets of packages: what an audit finds over all releases of a product. No single package can break one.
    G1 = 1901 "G1": "no way to a fix without a feature update", "From every supported release, security updates alone lead to one release in which everything is closed that can be. Nobody is forced to install features.", "CRA Annex I II(2), Recital 57", "Ship the fix as a security release on that line too, or state not-affected where that is true.";
    G2 = 1902 "G2": "users waited for a fix that others had", "Security updates come without delay on every supported line, not first with a feature release.", "CRA Annex I II(2), II(8)", "Ship a fix on all lines at the same time; --lag-limit sets what still counts as the same time.";
    G3 = 1903 "G3": "security update that brings other changes", "Every change in a security release is one that a fix in it needs. Each exception is listed.", "CRA Annex I II(2); Commission FAQ 4.3.5", "Move the change to a feature release, or ship the separable fix on its own.";
    G4 = 1904 "G4": "fix available only with a feature update", "Everybody who has a vulnerability can get the fix without the feature release that contains it.", "CRA Recital 57", "Ship the fix as a security release too, or record why that is not feasible.";
    G5 = 1905 "G5": "update that brings a vulnerability back", "What was fixed stays fixed in every update, whatever its class.", "CRA Annex I II(2)", "Bring the fix into the release, and withdraw the one without it.";
    G6 = 1906 "G6": "class and levels disagree", "A pure update keeps the line and the feature level, a feature update raises the feature level, and no line lowers its security level. Devices decide by these numbers.", "SPEC 9.2", "Build with previous or known; the builder then derives the levels.";
    G7 = 1907 "G7": "fix available only as a delta", "A device whose image is not the base of the delta needs the full package. Without one it cannot get the fix.", "CRA Annex I II(7), II(8)", "Keep the full package of the release in the catalogue.";
    G8 = 1908 "G8": "release left behind", "An older version may be left without fixes only if its users can move on free of charge and with the equipment they have.", "CRA Art. 13(10), Recital 40", "Ship the fix for the older version, or complete what latest-only claims.";
    G9 = 1909 "G9": "users of an affected release are not told", "Everybody who has a vulnerability is told what to do, whether or not there is a fix.", "CRA Annex I II(4), II(8), Art. 14(8)", "Publish a notice with a [[remediation]] for that release and vulnerability. With `releases` in place of `states` it also tells the users of releases to come.";
    G10 = 1910 "G10": "withdrawal leaves a gap", "After a withdrawal there is still a way to every fix, or a notice says what helps until there is one.", "CRA Art. 13(21)", "Ship a replacement, or a notice with a workaround for those who wait.";
    G11 = 1911 "G11": "release not retained", "Each security update stays available for ten years or the support period. Every release that a statement refers to can be examined.", "CRA Art. 13(9)", "Put the package back into the catalogue, or declare the release in history.toml.";
    G12 = 1912 "G12": "fix that is not free", "Security updates are free of charge for everybody except the customer of a tailor-made product who agreed otherwise.", "CRA Annex I II(8)", "Provide the release free of charge, also to those without the agreement.";
    G13 = 1913 "G13": "scopes that wait for each other", "If a security update requires a state of another scope, security updates of that scope are enough to reach it.", "CRA Annex I II(2), Recital 57", "Ship what it requires as a security update of the other scope, or lower the requirement.";
    G14 = 1914 "G14": "nobody said whether a release is affected", "For each supported release and each vulnerability of the product somebody says whether it is there. What nobody said counts as open.", "CRA Annex I II(1), II(4)", "Say it: [[status]] in the next release or in a notice, which needs a [[remediation]] too, or [[open]] in a release that leaves it open.";
    G15 = 1915 "G15": "silent fix in a feature release", "A feature release says which vulnerabilities it closes, so that users who do not install it know.", "CRA Annex I II(4), Recital 57", "List it in [[also-fix]], and ship it as a security release.";
    G16 = 1916 "G16": "support ends earlier than was promised", "The end of support is stated at the time of purchase and never moves closer.", "CRA Art. 13(8), 13(19)", "Keep the latest date that was ever signed for the line.";
    G17 = 1917 "G17": "inseparable update omits a change", "Users whom a security update moves to a higher feature level are told every change that comes with it.", "CRA Annex I II(2)", "List every change of the feature releases that it includes.";
    G18 = 1918 "G18": "correction besides a fix", "A security update may also correct a defect. Each correction is listed so that it can be examined.", "Commission FAQ 4.3.5", "Nothing, if no documented function changes; otherwise move it to a feature release.";
    G19 = 1919 "G19": "disclosure withheld past its date", "Details may be withheld for a reason and until a date. After that they are published.", "CRA Annex I II(4)", "Publish a notice about it once the date has come, or list the fix with severity and impact in the next release.";
    G20 = 1920 "G20": "fix lost by a withdrawal", "A fix that was lost with a withdrawn release is listed until it is available again.", "CRA Art. 13(21)", "Fix it again in a new security release.";
    G21 = 1921 "G21": "one state, two descriptions", "Manifests for one state agree on what it is, and no two states of a line share a sequence, or a version on the same hardware.", "SPEC 6.4", "Build with known; the builder then derives the levels and the sequence. Give each release a version of its own.";
    G22 = 1922 "G22": "no way to a later release", "From every supported release there is a way to the releases that follow it. Users without one are stranded and will miss the next fix.", "CRA Annex I II(2), II(7)", "Build the next release with that release in applies-to.";
    G23 = 1923 "G23": "promise or time limit not kept", "A fix that was announced comes on its date, and an exploited vulnerability has a fix or a measure.", "CRA Annex I II(2), II(8), Art. 14", "Ship the fix, or publish a notice with a new date and a measure that helps until then.";
    G24 = 1924 "G24": "tailor-made for more than one customer", "A product is tailor-made for one business user. The same images under such terms for several customers are a product like any other.", "CRA Annex I II(8)", "Ship the release under the terms that hold for everybody.";

    // Repositories: heads, logs, and the files that they name.
    Rep1 = 2001 "REP-1": "head of another repository", "A device follows the repository that it was given. The head of another one, even of the same maker, would lead it to other packages.", "SPEC, appendix C", "Check the address and the id of the repository.";
    Rep2 = 2002 "REP-2": "head of another product or channel", "Each product and channel has a log of its own. A head that was put in the place of another would hide the updates of one of them.", "SPEC, appendix C", "Check the address; if it is right, tell the maker that files were mixed up.";
    Rep3 = 2003 "REP-3": "head older than the stored one", "An old head would hide what was published since. Servers that keep copies may send one for a while.", "SPEC, appendix C; TUF rollback attack", "Try again later or ask another mirror; the newer head stays in force.";
    Rep4 = 2004 "REP-4": "two heads of one version", "The key signed two histories of one log: somebody shows different lists to different devices.", "SPEC, appendix C; RFC 9162, 1.1", "Keep both files and tell the maker. The maker finds out who signed the other one.";
    Rep5 = 2005 "REP-5": "not the log that the head names", "The size and the root of the head stand for every entry of the log. With one entry left out, added or changed the root differs.", "SPEC, appendix C; RFC 9162, 2.1", "Read the log again from another mirror.";
    Rep6 = 2006 "REP-6": "log that does not contain the earlier log", "A log only grows. Whoever takes an entry back, or puts one between others, wants it forgotten.", "SPEC, appendix C; RFC 9162, 1.1", "Keep both heads and tell the maker.";
    Rep7 = 2007 "REP-7": "current entries do not follow from the log", "Which entries are current is computed from the log. One that is left out hides an update from every device.", "SPEC, appendix C", "Tell the maker; publish again to write a head with the right entries.";
    Rep8 = 2008 "REP-8": "entry and package disagree", "An entry repeats what the manifest says, so that a device can choose. The package must be the one that was listed.", "SPEC, appendix C; TUF mix-and-match attack", "Download the package from another mirror; if the error stays, tell the maker.";
    Rep9 = 2009 "REP-9": "file is not the one that was named", "A file of a repository is named by its digest and has the size that its entry gives. Another file in its place is refused, wherever it came from.", "SPEC, appendix C", "Download it again or from another mirror.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers_are_unique_and_go_together() {
        for pair in Rule::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{}", pair[1].id());
        }
        for rule in Rule::ALL {
            // SIG-2, but G2: the rules of sets are called as the law's readers call them.
            let (_, n) = rule.id().split_once(if rule.is_of_sets() { 'G' } else { '-' }).unwrap();
            assert_eq!(u16::from(n.parse::<u8>().unwrap()), rule.number() % 100, "{}", rule.id());
            assert_eq!(Rule::from_id(rule.id()), Some(*rule));
            assert!(!rule.why().is_empty() && !rule.fix().is_empty() && !rule.source().is_empty());
        }
    }
}
