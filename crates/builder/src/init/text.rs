//! The files of a new product. What nobody answered is a placeholder.

use pkg_format::description::{placeholder, quoted, quoted_list};
use pkg_format::ident::Month;
use pkg_format::lang::Lang;
use pkg_format::{Id, Label, Version};

/// What a person says about a product and its first release.
pub struct Answers {
    /// The name of the product.
    pub name: Id,
    /// Who makes it.
    pub vendor: Option<Id>,
    /// The hardware that its images run on.
    pub hardware: Vec<Id>,
    /// The version of the first release.
    pub version: Version,
    /// The line that it begins.
    pub line: Id,
    /// The images: component, and file as the description names it.
    pub images: Vec<(Id, Option<String>)>,
    /// The last month with security updates.
    pub support_until: Option<Month>,
    /// Where vulnerabilities are reported.
    pub contact: Option<Label>,
    /// What the product does, for its users.
    pub text: Option<Label>,
    /// The language of texts for users.
    pub lang: Lang,
    /// For which systems a CI file is written.
    pub ci: Vec<Ci>,
    /// Folders outside of the product's that images are in.
    pub input_roots: Vec<String>,
}

impl Answers {
    /// Whether nothing is left to be filled in.
    pub fn are_complete(&self) -> bool {
        self.vendor.is_some()
            && !self.hardware.is_empty()
            && self.images.iter().all(|(_, file)| file.is_some())
            && self.support_until.is_some()
            && self.contact.is_some()
            && self.text.is_some()
    }
}

/// A system that builds releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

/// The files for GitHub Actions: path, and text before the product's names are filled in.
const GITHUB: [(&str, &str); 2] = [
    (".github/workflows/release.yml", include_str!("github.yml")),
    (".github/actions/release/action.yml", include_str!("github-action.yml")),
];

/// The file for GitLab CI.
const GITLAB: [(&str, &str); 1] = [(".gitlab-ci.yml", include_str!("gitlab.yml"))];

/// The name of the schema of release descriptions, next to them.
pub const SCHEMA: &str = "release.schema.json";

impl Answers {
    /// The name of the keyring file.
    pub fn keyring(&self) -> String {
        format!("{}.keyring", self.name)
    }

    /// The name of the package of the first release.
    pub fn package(&self) -> String {
        format!("{}-{}.full.pkg", self.name, self.version)
    }

    /// The text files: path in the folder of the product, and text.
    pub(super) fn files(&self, schema: &str) -> Vec<(&'static str, String)> {
        let mut files = vec![
            ("product.toml", self.product()),
            ("release.toml", self.release()),
            (SCHEMA, schema.to_owned()),
            (".gitignore", "# Private keys are never in version control.\n*.key\n".into()),
        ];
        for ci in &self.ci {
            let templates = match ci {
                Ci::GitHub => &GITHUB[..],
                Ci::GitLab => &GITLAB[..],
            };
            files.extend(templates.iter().map(|(path, template)| (*path, self.ci(template))));
        }
        files
    }

    fn product(&self) -> String {
        let or = |answer: Option<&str>, what: &str| {
            quoted(&answer.map_or_else(|| placeholder(what), str::to_owned))
        };
        let hardware = match self.hardware.as_slice() {
            [] => quoted_list([placeholder("The name of a hardware revision, as devices state it")]),
            known => quoted_list(known),
        };
        format!(
            "#:schema ./{SCHEMA}\n\
             # What every release of {name} shares. The descriptions include it.\n\
             contact = {contact}\n\n\
             [product]\n\
             vendor = {vendor}\n\
             name = {quoted_name}\n\
             hardware = {hardware}\n\n\
             [support]\n\
             until = {until} # the last month with security updates\n",
            name = self.name,
            contact = or(
                self.contact.as_ref().map(Label::as_str),
                "Where vulnerabilities are reported: a mail or web address"
            ),
            vendor = or(
                self.vendor.as_ref().map(Id::as_str),
                "Your company, in letters, digits, '.', '_' and '-'"
            ),
            quoted_name = quoted(self.name.as_str()),
            until = or(self.support_until.as_ref().map(Month::as_str), "A month, such as 2036-12"),
        )
    }

    fn release(&self) -> String {
        let mut text = format!(
            "#:schema ./{SCHEMA}\n\
             # The first release, which adds all that the product does: a feature release.\n\
             # `pkg check release.toml` lists what is still to be filled in.\n\
             include = [\"product.toml\"]\n\n\
             [release]\n\
             version = {version}\n\
             line = {line}\n\
             class = \"feature\"\n\
             fresh = true # may be installed on an empty device\n",
            version = quoted(self.version.as_str()),
            line = quoted(self.line.as_str()),
        );
        for (component, file) in &self.images {
            let file = file.clone().unwrap_or_else(|| placeholder("The path of the image"));
            text.push_str(&format!(
                "\n[[image]]\ncomponent = {}\nfile = {}\n",
                quoted(component.as_str()),
                quoted(&file)
            ));
        }
        let what = match &self.text {
            Some(text) => text.as_str().to_owned(),
            None => placeholder("What the product does, in one sentence for its users"),
        };
        text.push_str(&format!(
            "\n[[change]]\n\
             id = \"first-release\"\n\
             effect = \"added\"\n\
             user-visible = true\n\
             text.{lang} = {what}\n\n\
             [signing]\n\
             keys = [\"keys/feature.key\"]\n\
             delivery-key = \"keys/delivery.key\"\n",
            lang = self.lang,
            what = quoted(&what),
        ));
        text
    }

    fn ci(&self, template: &str) -> String {
        let roots: String = self.input_roots.iter().map(|root| format!(" --input-root '{root}'")).collect();
        let vendor = self.vendor.as_ref().map_or("VENDOR", Id::as_str);
        let product = format!("{vendor}/{}", self.name);
        template
            .replace("@KEYRING@", &self.keyring())
            .replace("@ROOTS@", &roots)
            .replace("@PRODUCT@", &product)
    }
}
