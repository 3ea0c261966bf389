//! The file format of vectors; `format-spec/vectors/README.md` describes it.

use pkg_decide::Fit;
use pkg_format::{Digest, Rule};

/// A package and what a verifier must make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// The name of the file without its ending.
    pub name: String,
    /// What was done to the package, in a sentence.
    pub description: String,
    /// The kind of package.
    pub kind: String,
    /// The keyring file, without its ending.
    pub keyring: String,
    /// The state file, without its ending.
    pub state: Option<String>,
    /// Policy that is not the default: key and value.
    pub policy: Vec<(String, String)>,
    /// The verdict.
    pub expect: Result<Option<Fit>, Rule>,
    /// Chunk bytes released before the verdict.
    pub released: u64,
    /// Their digest.
    pub released_sha256: Digest,
    /// The package.
    pub package: Vec<u8>,
}

/// Every way to fit and its word.
const FITS: [(Fit, &str); 3] =
    [(Fit::Step, "step"), (Fit::Installed, "installed"), (Fit::Informational, "words")];

impl Vector {
    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut lines = vec![
            ("name", self.name.clone()),
            ("description", self.description.clone()),
            ("kind", self.kind.clone()),
            ("keyring", self.keyring.clone()),
        ];
        lines.extend(self.state.clone().map(|s| ("state", s)));
        lines.extend(self.policy.iter().map(|(k, v)| (k.as_str(), v.clone())));
        match self.expect {
            Ok(fit) => {
                lines.push(("expect", "accepted".into()));
                let word = |fit| FITS.iter().find(|(f, _)| *f == fit).map(|(_, w)| *w).expect("a word");
                lines.extend(fit.map(|f| ("fit", word(f).into())));
            }
            Err(rule) => lines.extend([("expect", "refused".into()), ("rule", rule.id().into())]),
        }
        lines.push(("released", self.released.to_string()));
        lines.push(("released-sha256", self.released_sha256.to_string()));
        lines.push(("package-bytes", self.package.len().to_string()));
        let mut out: Vec<u8> = lines.iter().flat_map(|(k, v)| format!("{k}: {v}\n").into_bytes()).collect();
        out.push(b'\n');
        out.extend_from_slice(&self.package);
        out
    }

    /// Reads a file; panics with what is wrong with it.
    pub fn read(file: &[u8]) -> Vector {
        let end = file.windows(2).position(|w| w == b"\n\n").expect("an empty line behind the header");
        let header = std::str::from_utf8(&file[..end]).expect("a header in UTF-8");
        let package = file[end + 2..].to_vec();
        let mut lines: Vec<(&str, &str)> =
            header.lines().map(|l| l.split_once(": ").expect("key: value")).collect();
        let mut opt = |key: &str| {
            let place = lines.iter().position(|(k, _)| *k == key)?;
            Some(lines.remove(place).1.to_owned())
        };
        let mut take = |key: &str| opt(key).unwrap_or_else(|| panic!("no {key}"));
        let expect = match take("expect").as_str() {
            "refused" => Err(Rule::from_id(&take("rule")).expect("a rule")),
            "accepted" => Ok(None),
            other => panic!("expect {other}"),
        };
        let vector = Vector {
            name: take("name"),
            description: take("description"),
            kind: take("kind"),
            keyring: take("keyring"),
            released: take("released").parse().expect("a number"),
            released_sha256: Digest::from_hex(&take("released-sha256")).expect("a digest"),
            state: None,
            policy: Vec::new(),
            expect,
            package,
        };
        assert_eq!(take("package-bytes"), vector.package.len().to_string());
        let fit = opt("fit").map(|word| FITS.iter().find(|(_, w)| *w == word).expect("a fit").0);
        let state = opt("state");
        let policy: Vec<_> = lines.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert!(policy.iter().all(|(k, _)| k.starts_with("policy-")), "unknown line in {}", vector.name);
        Vector { expect: expect.map(|_| fit), state, policy, ..vector }
    }
}
