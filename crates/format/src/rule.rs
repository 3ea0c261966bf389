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
    Con1 = 101 "CON-1": "not a package", "A package begins with the header of manifest.cbor; nothing else is looked at.", "SPEC 2", "Check that this is the right file and that the download is complete.";
    Con2 = 102 "CON-2": "member header not in its one form", "There is one header for each name and size; any freedom would let two readers see two archives.", "SPEC 2.1; POSIX ustar", "Build the package again with `pkg build`; do not repack it with tar.";
    Con3 = 103 "CON-3": "member out of place", "Members come in one order, each once: a second member of the same name could hide what was signed.", "SPEC 2.2; CVE-2013-4787", "Build the package again; do not add, remove or move members.";
    Con4 = 104 "CON-4": "member larger than its limit", "Memory and time are bounded before anybody vouched for the bytes.", "SPEC 8", "Shorten the texts or split the release; the limits stand in SPEC 8.";
    Con5 = 105 "CON-5": "padding not zero", "Every byte of a package is covered; padding could carry what no signature sees.", "SPEC 2.3", "Build the package again, or download it again.";
    Con6 = 106 "CON-6": "package ends too early", "A cut package is refused as a whole.", "SPEC 2.3", "Download the package again.";
    Con7 = 107 "CON-7": "end of the package not in its one form", "After the last member come two zero blocks and then nothing; bytes behind the end are seen by some tools and not by others.", "SPEC 2.3", "Download the package again; do not append to it.";
    Con8 = 108 "CON-8": "member size differs from the signed size", "The signed statements say how long each payload and evidence member is.", "SPEC 2.2", "Download the package again.";

    // Encoding: strict CBOR, so that one meaning has one form.
    Cbr1 = 201 "CBR-1": "encoding ends too early", "A head or a string announces more bytes than there are.", "RFC 8949, 3", "Write statements with `pkg`, not by hand.";
    Cbr2 = 202 "CBR-2": "number or length not in shortest form", "One value has one encoding, so a digest names one meaning.", "RFC 8949, 4.2.1", "Write statements with `pkg`, not by hand.";
    Cbr3 = 203 "CBR-3": "indefinite length", "One value has one encoding.", "RFC 8949, 4.2.1", "Write statements with `pkg`, not by hand.";
    Cbr4 = 204 "CBR-4": "map keys not sorted", "One value has one encoding.", "RFC 8949, 4.2.1", "Write statements with `pkg`, not by hand.";
    Cbr5 = 205 "CBR-5": "map key twice", "Readers differ on which of two equal keys wins.", "RFC 8949, 5.6", "Write statements with `pkg`, not by hand.";
    Cbr6 = 206 "CBR-6": "type that statements do not use", "Floats, tags, null, undefined and simple values have no place in a statement.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr7 = 207 "CBR-7": "map key is not text", "Statements must read well in any CBOR tool.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr8 = 208 "CBR-8": "text is not UTF-8", "Text that no two readers show alike cannot be signed text.", "RFC 8949, 3.1; RFC 3629", "Write statements with `pkg`, not by hand.";
    Cbr9 = 209 "CBR-9": "nested too deeply", "Depth is bounded so that no reader runs out of stack.", "SPEC 8; RUSTSEC-2019-0025", "Write statements with `pkg`, not by hand.";
    Cbr10 = 210 "CBR-10": "bytes behind the encoding", "Every signed byte has a meaning.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr11 = 211 "CBR-11": "encoding again gives other bytes", "The second, independent guard of one meaning, one form.", "SPEC 3.1", "Write statements with `pkg`, not by hand.";
    Cbr12 = 212 "CBR-12": "too many items", "Memory for decoding is bounded.", "SPEC 8", "Shorten the lists of the release.";

    // Signatures.
    Sig1 = 301 "SIG-1": "not signed", "Nothing unsigned is ever installed; there is no switch for it.", "CRA Annex I II(7)", "Sign it: pkg sign PACKAGE --key KEY";
    Sig2 = 302 "SIG-2": "signed, but by no trusted key", "Only keys of the keyring count.", "CRA Annex I II(7)", "Check that the keyring belongs to this product, and that the package does.";
    Sig3 = 303 "SIG-3": "signature does not match", "A signature that a known key did not make means that bytes were changed, or that somebody tried to.", "RFC 8032; SPEC 4", "Download the package again; if it stays, do not trust where it came from.";
    Sig4 = 304 "SIG-4": "too few signers", "The keyring asks for more distinct keys of that role than signed.", "SPEC 4.4", "Let further key holders sign: pkg sign PACKAGE --key KEY";
    Sig5 = 305 "SIG-5": "signature structure not in its one form", "A .cose member is one tagged COSE_Sign and nothing else.", "RFC 9052, 4.1; SPEC 4.1", "Sign with `pkg sign`.";
    Sig6 = 306 "SIG-6": "signature for another kind of statement", "The signed header says which kind of statement it is for: a keyring's signature is worth nothing on a manifest.", "RFC 9995; SPEC 4.1", "Sign with `pkg sign`.";
    Sig7 = 307 "SIG-7": "signature for other bytes", "The digest inside the signature structure is not that of the statement beside it.", "RFC 9995; SPEC 4.1", "Sign this very package: pkg sign PACKAGE --key KEY";
    Sig8 = 308 "SIG-8": "algorithm unknown", "A format version has a fixed set of algorithms, and the keyring says which one a key uses; nothing else is tried.", "RFC 9864; SPEC 4.2", "Sign with `pkg sign`.";
    Sig9 = 309 "SIG-9": "signature headers not in their one form", "A signature's protected header is exactly algorithm and key id; nothing else is read, so nothing else may be there.", "RFC 9052, 3; SPEC 4.2", "Sign with `pkg sign`.";
    Sig10 = 310 "SIG-10": "signatures not sorted, or a key twice", "One set of signatures has one form, and a threshold counts keys, not signatures.", "CVE-2020-15093; SPEC 4.2", "Sign with `pkg sign`.";
    Sig11 = 311 "SIG-11": "unprotected header", "What no signature covers may not be there.", "SPEC 4.2", "Sign with `pkg sign`.";
    Sig12 = 312 "SIG-12": "no signature, or too many", "A signature structure holds 1 to 16 signatures.", "SPEC 8", "Sign with at most 16 keys.";
    Sig13 = 313 "SIG-13": "signature of the wrong length", "An Ed25519 signature is 64 bytes, one of ML-DSA-65 3,309.", "RFC 8032, 5.1.6; FIPS 204", "Sign with `pkg sign`.";
    Sig14 = 314 "SIG-14": "signed only by revoked keys", "A revoked key signs nothing, not even what it signed before.", "SPEC 5.3", "Sign the package again with a key that is in force.";
    Sig15 = 315 "SIG-15": "signer has not this role", "A feature key cannot sign a security update, nor a security key a withdrawal; keys may also be bound to products and channels.", "SPEC 5.2", "Sign with a key of that role, or give the key the role in the keyring.";
    Sig16 = 316 "SIG-16": "too few post-quantum signers", "The keyring asks for keys with ML-DSA-65 of that role besides those with Ed25519: both kinds must sign, so that breaking one of them is not enough.", "SPEC 5.2; FIPS 204", "Let the holders of ML-DSA-65 keys sign too: pkg sign PACKAGE --key KEY";

    // Keys and keyrings.
    Key1 = 401 "KEY-1": "not a sound public key", "Weak and doubly encoded points would let one key pass as two, or anybody sign.", "RFC 8032, 5.1.3; SPEC 5.1", "Make a new key: pkg key new PATH";
    Key2 = 402 "KEY-2": "example key", "The private halves of example and test keys are public: whoever has this repository or RFC 8032 can sign with them.", "GHSA-gcxh-546h-phg4", "Use your own keys: pkg key new. Only to try things out: --danger-allow-example-keys";
    Key3 = 403 "KEY-3": "keyring lists a key twice", "A threshold counts distinct keys.", "SPEC 5.2", "Give one key all its roles in one --add ROLE,ROLE=KEY.";
    Key4 = 404 "KEY-4": "keyring not signed by its roots", "A keyring is trusted as a whole or not at all.", "SPEC 5.3", "Let root keys sign it: pkg keyring sign FILE --key KEY";
    Key5 = 405 "KEY-5": "threshold that cannot be met", "A threshold of zero means no signature, one above the number of keys means never.", "SPEC 5.2", "Add keys of that role, or lower the threshold.";
    Key6 = 406 "KEY-6": "keyring older than the package asks for", "The maker changed keys and wants this package judged by the newer ones.", "SPEC 5.3", "Update the keyring first.";
    Key7 = 407 "KEY-7": "another keyring", "A keyring follows only one of the same name: a maker with two fleets must not be able to swap their keys by mistake, nor anybody else on purpose.", "SPEC 5.4", "Get the newer version of this very keyring.";
    Key8 = 408 "KEY-8": "gap in the chain of keyrings", "Each version is vouched for by the roots of the version before; where one is missing nobody vouches for the next.", "SPEC 5.4; TUF 5.3", "Get the keyring file with its predecessors: `pkg keyring update` and `edit` keep them in it.";
    Key9 = 409 "KEY-9": "keyring older than the one in force", "An old keyring would bring revoked keys back.", "SPEC 5.4; TUF rollback attack", "Use the newest keyring.";
    Key10 = 410 "KEY-10": "same keyring version, other contents", "Two keyrings of one version are a fork: roots signed two histories, and a device must not change sides.", "SPEC 5.4", "Find out who signed the other one; then go on with a higher version than both.";
    Key11 = 411 "KEY-11": "not signed by the roots in force", "The next keyring is appointed by enough roots of the one in force; signed by its own roots alone it appoints itself.", "SPEC 5.4; TUF 5.3", "Let roots of the version before sign it: pkg keyring sign FILE --key KEY";
    Key12 = 412 "KEY-12": "algorithm this verifier was built without", "A keyring whose keys a verifier cannot all compute would count fewer keys here than elsewhere; it is refused whole.", "SPEC 5.1", "Use a verifier that was built with it, or a keyring of Ed25519 keys only.";

    // Form of a manifest, a delivery or a keyring.
    Man1 = 501 "MAN-1": "required field missing", "A statement is complete or refused; nothing is guessed.", "SPEC 6", "Add the field; `release.toml` is described in README and SPEC 6.";
    Man2 = 502 "MAN-2": "unknown field", "A field this version does not know could change the meaning of the others.", "SPEC 6.1", "Remove it, or begin its name with x- if it is a note of your own.";
    Man3 = 503 "MAN-3": "field of the wrong type", "Each field has one type.", "SPEC 6", "See SPEC 6 for the type.";
    Man4 = 504 "MAN-4": "value not in its grammar", "Names are used in file names and compared byte for byte, so they have a narrow grammar.", "SPEC 6.2", "Write it as the message says; the grammars stand in SPEC 6.2.";
    Man5 = 505 "MAN-5": "value or count out of bounds", "Every number and list has bounds.", "SPEC 8", "See SPEC 8 for the limits.";
    Man6 = 506 "MAN-6": "field that has no place here", "A field of another kind, class or choice would be signed and mean nothing.", "SPEC 6", "Remove the field, or choose the kind it belongs to.";
    Man7 = 507 "MAN-7": "list not sorted, or an entry twice", "A set has one form.", "SPEC 6.1", "Write each entry once; `pkg build` sorts.";
    Man8 = 508 "MAN-8": "format version not supported", "Another version may mean something else by the same field.", "SPEC 1", "Use a newer `pkg`.";
    Man9 = 509 "MAN-9": "empty list", "An optional list that is empty is left out, so that absent and empty cannot be told apart.", "SPEC 6.1; CVE-2020-7982", "Leave the field out.";
    Man10 = 510 "MAN-10": "reference to nothing", "An index must point at an evidence entry of the same manifest.", "SPEC 6.3", "Add the evidence, or correct the index.";

    // Text that people read.
    Txt1 = 601 "TXT-1": "character that could deceive a reader", "Control, bidirectional and invisible characters can move the cursor, hide text or fake a verdict.", "SPEC 6.2; CVE-2024-43785", "Remove the character; the message says which and where.";
    Txt2 = 602 "TXT-2": "empty text", "A text that says nothing is worse than none: the field counts as answered.", "SPEC 6.2", "Write the text, or leave the field out where it is optional.";
    Txt3 = 603 "TXT-3": "text too long", "Texts are bounded so that a statement is.", "SPEC 8", "Shorten it and link to the full text.";
    Txt4 = 604 "TXT-4": "language tag not in canonical form", "Two spellings of one language would hide one of two texts.", "BCP 47 (RFC 5646, 2.1)", "Write it like en, de-AT or zh-Hant-TW.";
    Txt5 = 605 "TXT-5": "character of a category that builders do not write", "Builders are stricter than verifiers: letters, marks, numbers, punctuation, symbols, spaces and line ends only.", "SPEC 6.2; Unicode general categories", "Remove the character; the message says which and where.";
    Txt6 = 606 "TXT-6": "address not an https URL", "An address in signed words will be followed by people; nothing here fetches it.", "SPEC 6.2", "Give an https:// address without user name or password.";

    // Separation of security and feature updates.
    Sep1 = 701 "SEP-1": "class missing or unknown", "Whether an update is a security update is said, never guessed: there is no default.", "CRA Annex I II(2)", "Set class = \"security\" or \"feature\" in [release].";
    Sep2 = 702 "SEP-2": "separation missing or unknown", "A security update says how it keeps itself apart from functionality.", "CRA Annex I II(2), Recital 57", "Add [separation] kind = \"pure\", \"inseparable\" or \"change-is-fix\".";
    Sep3 = 703 "SEP-3": "exception not justified", "Where a security update changes functionality the maker says why, what else was considered and who approved it.", "CRA Annex I II(2); Commission FAQ 4.3.5", "Add rationale (80 characters or more), alternatives and approver.";
    Sep4 = 704 "SEP-4": "justification on a pure update", "A pure update needs no excuse; one that has an excuse is not pure.", "SPEC 7", "Remove rationale, alternatives and approver, or change the kind.";
    Sep5 = 705 "SEP-5": "change without a need in a security update", "Users must never take new functionality for the sole purpose of getting a fix.", "CRA Annex I II(2); Commission FAQ 4.3.5", "Move the change to a feature release, or name the fixes it is necessary-for.";
    Sep6 = 706 "SEP-6": "necessary for what this package does not fix", "The tie between a change and a fix can only be checked inside one package.", "Commission FAQ 4.3.5", "Name ids of [[fix]] entries of this release.";
    Sep7 = 707 "SEP-7": "pure update changes something", "A pure update fixes vulnerabilities and removes defects; nothing that a user notices changes.", "CRA Annex I II(2)", "Set kind = \"inseparable\" or \"change-is-fix\" and justify it, or move the change to a feature release.";
    Sep8 = 708 "SEP-8": "exception without a change", "Inseparable and change-is-fix claim that a change is part of the fix, so there is one.", "SPEC 7", "List the change, or set kind = \"pure\".";
    Sep9 = 709 "SEP-9": "a fix by change must take away", "When the change is the fix, it restricts, disables, replaces or removes; what is added is a feature.", "Commission FAQ 4.3.5", "Use effect restricted, disabled, replaced or removed, or kind = \"inseparable\".";
    Sep10 = 710 "SEP-10": "security update leaves its line or feature level", "Only an inseparable update may raise the feature level.", "CRA Annex I II(2)", "Keep line and feature-level of the release before, or say why the update is inseparable.";
    Sep11 = 711 "SEP-11": "functionality passed but not listed", "An inseparable update that raises the feature level lists every change of the feature releases it passes.", "SPEC 7", "List those changes, with the fixes they are necessary-for.";
    Sep12 = 712 "SEP-12": "feature update does not raise the feature level", "The feature level counts what the product can do; devices tell features from fixes by it.", "SPEC 7", "Raise feature-level by one, or leave it out so that it is derived.";
    Sep13 = 713 "SEP-13": "fix that rides in a feature update only", "A fix inside a feature update exists on its own too, or it is said why it cannot.", "CRA Recital 57", "Give separately-in (the security release) or an exception with reason, rationale and approver.";
    Sep14 = 714 "SEP-14": "level of an entry above the release's", "An entry carries the level at which it came in, and that is at most this release's.", "SPEC 7", "Leave level out; it is filled in.";
    Sep15 = 715 "SEP-15": "earlier exception not carried forward", "A cumulative update that passes a change repeats what justified it.", "SPEC 7", "Build with `previous`, so that it is copied.";
    Sep16 = 716 "SEP-16": "security update that fixes nothing", "A security update names at least one vulnerability.", "CRA Annex I II(4)", "Add [[fix]], or make it a feature release.";
    Sep17 = 717 "SEP-17": "reopened without withdrawal", "Only a release that supersedes a withdrawn one may take a fix back.", "SPEC 7", "Add supersedes, or do not reopen.";
    Sep18 = 718 "SEP-18": "changed file that no fix or change touches", "What changed beside the fixes in a security update is functionality until somebody says otherwise.", "CRA Annex I II(2); SPEC 7.9", "Move the change to a feature release, or list the file in touches of the [[fix]] that needs it; without --strict-separation it is a warning.";
    Sep19 = 719 "SEP-19": "security update that changes no image", "What fixes something changes an image; a release whose images are all there already fixes nothing on any device.", "CRA Annex I II(2)", "Build from the images that hold the fix; if nothing had to change, publish a notice with a [[status]] instead.";

    // What the user is told.
    Adv1 = 801 "ADV-1": "advisory missing", "A security update comes with an advisory message; so do notices and withdrawals.", "CRA Annex I II(8)", "Add [advisory.en] with title, summary, details and impact.";
    Adv2 = 802 "ADV-2": "action missing", "The advisory tells what the user should do; \"nothing\" is also said.", "CRA Annex I II(8)", "Add [action] with code, restart and text.";
    Adv3 = 803 "ADV-3": "public fix without severity, impact or affected releases", "What is public is described: impact, severity and who is affected.", "CRA Annex I II(4)", "Add severity and impact to the [[fix]], or disclosure = { delayed = { reason, until } }.";
    Adv4 = 804 "ADV-4": "delay of disclosure not justified", "Details may be held back for a reason and until a date, not for ever.", "CRA Annex I II(4)", "Give disclosure.delayed.reason and disclosure.delayed.until.";
    Adv5 = 805 "ADV-5": "notice without status or remedy", "A notice says which releases are affected and what helps.", "CRA Annex I II(4), Art. 14(8)", "Add [[status]] and [[remediation]].";
    Adv6 = 806 "ADV-6": "planned fix without a date", "A fix that is announced has a date.", "CSAF 2.1, 3.2.4", "Add date to the remediation.";
    Adv7 = 807 "ADV-7": "required language missing", "The product is sold where that language is read.", "CRA Art. 13(18), Annex II", "Add the text in that language, or take the language out of [product] languages.";
    Adv8 = 808 "ADV-8": "severity not a CVSS vector or word", "Severity is a CVSS 3.1 or 4.0 vector, or low, medium, high or critical.", "FIRST CVSS 3.1 and 4.0", "Copy the vector from the CVE record.";
    Adv9 = 809 "ADV-9": "vulnerability id not in its grammar", "CVE, EUVD and GHSA ids have a grammar; an id of your own must not look like one of them.", "CVE record format; SPEC 6.2", "Write CVE-2026-12345, GHSA-xxxx-xxxx-xxxx, EUVD-2026-1234 or an id of your own.";
    Adv10 = 810 "ADV-10": "not affected without a justification", "That a product is not affected is justified with one of five words.", "VEX minimum requirements; CSAF 2.0, 3.2.3.5", "Add justification.";
    Adv11 = 811 "ADV-11": "contact missing", "Who reads a notice or a withdrawal knows whom to ask.", "CRA Annex II 2", "Add contact at the top of the file.";
    Adv12 = 812 "ADV-12": "exploitation date without exploitation", "Since when it is exploited only makes sense where it is.", "CRA Art. 14", "Set exploited = true, or remove exploited-since.";

    // Automatic updates.
    Aut1 = 901 "AUT-1": "automatic installation not stated", "Each security release says whether automatic updates apply to it.", "CRA Annex I I(2)(c)", "Add [automatic].";
    Aut2 = 902 "AUT-2": "automatic, but off by default", "Where automatic security updates apply they are on by default.", "CRA Annex I I(2)(c)", "Set default = \"on\", or applicable = false with a reason.";
    Aut3 = 903 "AUT-3": "automatic without an opt-out", "Users get a clear and easy way out, and are told it.", "CRA Annex I I(2)(c), Recital 56", "Add opt-out.en to [automatic].";
    Aut4 = 904 "AUT-4": "not automatic without a reason", "Leaving automatic updates out is an exception with a reason and a text.", "CRA Recital 56", "Add reason and text to [automatic].";
    Aut5 = 905 "AUT-5": "not applicable, but on by default", "What does not apply cannot be on.", "SPEC 7", "Remove default, or set applicable = true.";

    // Cost.
    Cst1 = 1001 "CST-1": "security update that costs", "Security updates are free of charge.", "CRA Annex I II(8)", "Set cost = \"free\".";
    Cst2 = 1002 "CST-2": "tailor-made exception incomplete", "Only an agreement with a business user for a tailor-made product allows it: customer, contract and purpose are named, and it waives what it names and nothing else.", "CRA Annex I I(2)(b), II(8)", "Complete [tailor-made].";
    Cst3 = 1003 "CST-3": "latest-only claim that costs", "Older versions may be left behind only where moving to the latest is free and needs no other hardware or software.", "CRA Art. 13(10)", "Remove [latest-only], or make the release free with environment-cost none.";

    // Support period.
    Sup1 = 1101 "SUP-1": "support period missing or malformed", "The end of the support period is stated as month and year.", "CRA Art. 13(8), 13(19)", "Add [support] until = \"YYYY-MM\".";
    Sup2 = 1102 "SUP-2": "support below five years without a reason", "The support period is five years or more, unless the product is used for less.", "CRA Art. 13(8)", "Add shorter-use, or extend the period.";

    // Defaults.
    Def1 = 1201 "DEF-1": "security update weakens a default", "A security update leaves the product at least as secure by default.", "CRA Annex I I(2)(b)", "Do not weaken the default in a security release.";

    // Levels and rollback: need the state of a device, or the release before.
    Ver1 = 1301 "VER-1": "sequence does not rise", "An older release signed long ago must not come back.", "SPEC 9.2; RFC 9124", "Install a newer release.";
    Ver2 = 1302 "VER-2": "same sequence, another state", "Two releases of one line never share a sequence.", "SPEC 9.2", "Build again with the next sequence.";
    Ver3 = 1303 "VER-3": "security level falls", "No step takes a fix away.", "SPEC 9.2", "Install a release whose security level is at least the installed one.";
    Ver4 = 1304 "VER-4": "step to another line gains nothing", "A change of line raises the feature level or the security level and lowers neither.", "SPEC 9.2", "Install a release of the same line, or one that raises a level.";
    Ver5 = 1305 "VER-5": "counter jumps too far", "A counter near its end could never be raised again; such a jump is an error or an attack.", "SPEC 9.2; TUF fast-forward attack", "Build with the next number.";
    Ver6 = 1306 "VER-6": "security update does not raise the security level", "Each security step raises the level: devices tell fixes from other steps by it.", "SPEC 7", "Leave security-level out so that it is derived.";
    Ver7 = 1307 "VER-7": "counter is zero", "Counters start at 1, so that zero and absent cannot be mixed up.", "SPEC 6", "Leave the counter out so that it is derived.";
    Ver8 = 1308 "VER-8": "generation raised without need", "A substantial modification is a feature release with a risk assessment.", "CRA Art. 13(10), Art. 3(30)", "Set substantial = true in a feature release and add evidence of kind risk.";
    Ver9 = 1309 "VER-9": "issued before the release it follows", "The date of issue does not fall as the sequence rises.", "SPEC 6", "Check the clock or SOURCE_DATE_EPOCH.";
    Ver10 = 1310 "VER-10": "security level claims a fix that is not there", "A level says that everything first fixed at or below it is fixed in this state or does not affect it; a level that skips a fix hides an open hole.", "SPEC 10", "Add the fix, or a [[status]] not-affected with its justification; or build the fixes in the order of their levels.";
    Ver11 = 1311 "VER-11": "scope that the device does not declare", "A device declares its scopes at the factory. A release for another scope would be compared with nothing, and so roll back what runs.", "SPEC 9.2", "Install a release of a scope that the device declares, or declare the scope in the factory state.";
    Ver12 = 1312 "VER-12": "components are not those of the scope", "A release writes components of its own scope only, and all that are installed there: what it leaves out would go on running beside it.", "SPEC 9.2", "Build the release with all images of the scope, and with no other.";
    Ver13 = 1313 "VER-13": "date out of range", "A date before this format existed, after the year 9999 or far in the future comes from a wrong clock, and no later release could follow it.", "SPEC 6", "Check the clock, SOURCE_DATE_EPOCH and the dates in the description.";

    // Policy of the device.
    Pol1 = 1401 "POL-1": "needs more memory than the device allows", "The delivery is signed by the least trusted key, so the device sets the bound.", "SPEC 9.1", "Build with a smaller level, or raise the device's policy.";
    Pol2 = 1402 "POL-2": "release for testing", "Nobody is forced onto versions made for testing; a device takes them only where its policy says so.", "CRA Recital 37", "Install a stable release, or allow the testing channel.";
    Pol3 = 1403 "POL-3": "release that was withdrawn", "What its maker took back is not installed any more; what runs is never erased for it.", "CRA Art. 13(21)", "Install another release; the withdrawal says what to do until then.";
    Pol4 = 1404 "POL-4": "records changed or cut off", "Each line of the records names the digest of the line before, so that what was told and chosen cannot be rewritten unseen.", "SPEC 9.3", "Keep the file as it is and find out what happened to it; begin a new one beside it.";
    Pol5 = 1405 "POL-5": "may have been withdrawn", "The device had to forget withdrawals, and the maker of this release did not know them: it may be one of those that were taken back.", "SPEC 9.3", "Offer a release that was built with those withdrawals as known.";

    // Does it fit this device?
    App1 = 1501 "APP-1": "for another product", "Vendor and name match exactly.", "SPEC 9.2", "Get the package for this product.";
    App2 = 1502 "APP-2": "for other hardware", "The device's hardware id is in the list.", "SPEC 9.2", "Get the package for this hardware.";
    App3 = 1503 "APP-3": "does not apply to the installed state", "A step starts only from the states it names.", "SPEC 9.2", "Install the step that leads from the installed state.";
    App4 = 1504 "APP-4": "does not apply to an empty device", "Only a release that says so starts on a device with no installed state.", "SPEC 9.2", "Install a first release, or one with fresh = true.";
    App5 = 1505 "APP-5": "another release is needed first", "The step requires a level or state of another scope.", "SPEC 9.2", "Update the other scope first.";
    App6 = 1506 "APP-6": "delta for another base", "A delta rebuilds the image only from its very base.", "SPEC 9.2", "Use the full package, or the delta for the installed image.";

    // Delivery.
    Del1 = 1601 "DEL-1": "delivery of another manifest", "A delivery is bound to one manifest by its digest.", "SPEC 6.5", "Do not mix members of packages.";
    Del2 = 1602 "DEL-2": "payloads are not the images", "One payload for each image, in the same order.", "SPEC 6.5", "Build the package again.";
    Del3 = 1603 "DEL-3": "sums do not match", "The chunks of a payload add up to the size of its image.", "SPEC 6.5", "Build the package again.";
    Del4 = 1604 "DEL-4": "chunk out of bounds", "Chunks are bounded so that memory is.", "SPEC 8", "Build the package again.";
    Del5 = 1605 "DEL-5": "codec unknown", "Only the codecs of this format version are decoded.", "SPEC 6.5", "Use a newer `pkg`.";
    Del6 = 1606 "DEL-6": "base where none belongs, or none where one does", "A delta payload has a base, any other has none.", "SPEC 6.5", "Build the package again.";
    Del7 = 1607 "DEL-7": "release without delivery, or words with one", "A release brings images; a notice or a withdrawal brings words only and cannot change a device.", "SPEC 6.5", "Build the package again.";
    Del8 = 1608 "DEL-8": "kind of delivery does not fit its payloads", "A full delivery uses no base; a delta has at least one.", "SPEC 6.5", "Build the package again.";

    Del9 = 1609 "DEL-9": "declares less memory than its chunks need", "The device plans with the declared figure, so it may not be too low.", "SPEC 6.5", "Build the package again.";

    // Payload and evidence.
    Pay1 = 1701 "PAY-1": "chunk differs from its signed digest", "No payload byte is decoded before its chunk matched.", "SPEC 9.1", "Download the package again.";
    Pay2 = 1702 "PAY-2": "evidence differs from its signed digest", "Evidence is what the manifest says it is.", "SPEC 9.1", "Download the package again.";
    Pay3 = 1703 "PAY-3": "chunk does not decode", "A chunk decodes, on its own, to exactly its stretch of image.", "SPEC 6.5", "Build the package again.";
    Pay4 = 1704 "PAY-4": "finished image differs from its signed digest", "What runs is what the release key signed, whatever the delivery said.", "SPEC 9.1", "Do not use the image; build the package again.";

    // Delta: decoding against a base. Nothing of these can be seen without the base or the decoder.
    Dlt1 = 1801 "DLT-1": "not the base of this delta", "A delta rebuilds the image only from the very bytes it was made from; the whole base is compared before anything is written.", "SPEC 9.1; RFC 9124 (THREAT.UPD.WRONG_PRECURSOR)", "Give the image that is named, unchanged and whole, or use the full package.";
    Dlt2 = 1802 "DLT-2": "delta of an unknown version", "Another version of preamble or chunk may mean something else by the same bytes.", "SPEC 6.6", "Use a newer `pkg`, or the full package.";
    Dlt3 = 1803 "DLT-3": "delta reaches outside the base", "Where a delta may read is bounded by the base that was compared, whatever its map says.", "SPEC 6.6; GLSA 202003-44 (bspatch)", "Build the package again.";
    Dlt4 = 1804 "DLT-4": "stretches of a delta are not the image", "Stretches are not empty, follow each other without gap and end where the image ends; so decoding always gets on, and ends.", "SPEC 6.6", "Build the package again.";
    Dlt5 = 1805 "DLT-5": "preamble or chunk of a delta ends early or goes on", "Every stored byte has a meaning, and no more are needed than are there.", "SPEC 6.6", "Build the package again.";
    Dlt6 = 1806 "DLT-6": "delta needs more memory than was declared", "The device plans with the declared figure, and nothing that comes on the way may raise it.", "SPEC 6.5", "Build the package again.";

    // Sets of packages: what an audit finds over all releases of a product. No single package can break one.
    G1 = 1901 "G1": "no way to a fix without a feature update", "From every supported release security updates alone lead to one release in which everything is closed that can be: nobody is forced onto features.", "CRA Annex I II(2), Recital 57", "Ship the fix as a security release on that line too, or state not-affected where it is so.";
    G2 = 1902 "G2": "users waited for a fix that others had", "Security updates come without delay on every supported line, not first with the feature release.", "CRA Annex I II(2), II(8)", "Ship a fix on all lines at once; --lag-limit sets what counts as at once.";
    G3 = 1903 "G3": "something rides on a security update", "A change in a security release is one that a fix of it needs; each exception is listed.", "CRA Annex I II(2); Commission FAQ 4.3.5", "Move the change to a feature release, or ship the separable fix on its own.";
    G4 = 1904 "G4": "fix that can only be had with a feature update", "A fix that rides in a feature release can be had without it by whoever has the vulnerability.", "CRA Recital 57", "Ship the fix as a security release too, or record why that is not feasible.";
    G5 = 1905 "G5": "step that brings a vulnerability back", "What was fixed stays fixed over every step, whatever its class.", "CRA Annex I II(2)", "Bring the fix into the release, and withdraw the one without it.";
    G6 = 1906 "G6": "class and levels disagree", "A pure step keeps line and feature level, a feature step raises it, and no line loses security level: devices decide by these.", "SPEC 9.2", "Build with previous or known, so that levels are derived.";
    G7 = 1907 "G7": "fix that only a delta brings", "A device whose image is not the base's takes the full package: without one it has lost the way to the fix.", "CRA Annex I II(7), II(8)", "Keep the full package of the release in the catalogue.";
    G8 = 1908 "G8": "release left behind", "An older version may be left behind only where its users move on free of charge and with what they have.", "CRA Art. 13(10), Recital 40", "Ship the fix for the older version, or complete what latest-only claims.";
    G9 = 1909 "G9": "users of an affected release are not told", "Whoever has a vulnerability is told what to do, whether or not there is a fix.", "CRA Annex I II(4), II(8), Art. 14(8)", "Publish a notice with a [[remediation]] for that release and vulnerability.";
    G10 = 1910 "G10": "withdrawal leaves a gap", "Without what was withdrawn there is still a way to every fix, or a notice says what helps until there is.", "CRA Art. 13(21)", "Ship a replacement, or a notice with a workaround for those who wait.";
    G11 = 1911 "G11": "release not retained", "Each security update stays available for ten years or the support period; what a statement refers to can be looked at.", "CRA Art. 13(9)", "Put the package back into the catalogue, or declare the release in history.toml.";
    G12 = 1912 "G12": "fix that costs", "Security updates are free of charge for everybody but the customer of a tailor-made product who agreed otherwise.", "CRA Annex I II(8)", "Give the release away, also to those without the agreement.";
    G13 = 1913 "G13": "scopes that wait for each other", "A security update that needs another scope finds it there without features.", "CRA Annex I II(2), Recital 57", "Ship what it requires as a security update of the other scope, or lower the requirement.";
    G14 = 1914 "G14": "level claims a fix that is not there", "A security level claims that everything first fixed at or below it is closed; devices and users rely on it.", "SPEC 6.4", "State what is true in [[status]], and ship the fix at a new level.";
    G15 = 1915 "G15": "silent fix in a feature release", "A feature release says which vulnerabilities it closes, so that those who do not take it know.", "CRA Annex I II(4), Recital 57", "List it in [[also-fix]], and ship it as a security release.";
    G16 = 1916 "G16": "support ends earlier than was promised", "The end of support is told at the time of purchase; it does not come nearer.", "CRA Art. 13(8), 13(19)", "Keep the latest date that was ever signed for the line.";
    G17 = 1917 "G17": "inseparable update omits a change", "Who is raised to a higher feature level by a security update is told every change that comes with it.", "CRA Annex I II(2)", "List every change of the feature releases that it passes.";
    G18 = 1918 "G18": "correction beside a fix", "A defect may be removed beside a fix; each one is listed, so that it can be looked at.", "Commission FAQ 4.3.5", "Nothing, if no documented function changes; else move it to a feature release.";
    G19 = 1919 "G19": "disclosure held back past its date", "Details may be held back for a reason and until a date; then they are told.", "CRA Annex I II(4)", "Publish a notice that names the vulnerability in full.";
    G20 = 1920 "G20": "fix taken back", "A fix that was taken back with a withdrawn release is listed until it is there again.", "CRA Art. 13(21)", "Fix it again in a new security release.";
    G21 = 1921 "G21": "one state, two descriptions", "Manifests into one state agree on what it is, and no two states of a line share a sequence.", "SPEC 6.4", "Build with known, so that levels and sequence are derived.";
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
