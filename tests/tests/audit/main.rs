//! `pkg audit` on packages that `pkg build` made, and the advisories that `pkg advisory` writes.

mod advisory;
mod agreement;
mod candidates;
mod histories;
mod page;
mod plans;
mod reports;
mod steps;

use pkg_tests::fake::content;
use pkg_tests::project::{ISSUED, Project, edited};
use pkg_tests::tool::{self, Run};
use serde_json::Value;
use std::cell::Cell;

/// A day, seconds.
const DAY: u64 = 86_400;

/// A project with a key for each role and a keyring that says so; and on which day the newest statement was issued.
struct History(Project, Cell<u64>);

impl History {
    fn new() -> History {
        let project = Project::new();
        for name in ["root", "security", "feature", "notice", "withdrawal", "delivery"] {
            project.key(name);
        }
        let mut args =
            vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
        for role in ["security", "feature", "notice", "withdrawal", "delivery"] {
            args.extend(["--add", Box::leak(format!("{role}={role}.pub").into_boxed_str())]);
        }
        project.done(&args);
        History(project, Cell::new(0))
    }

    /// Runs `pkg build` on a description, on a day after the first release; by its role's key.
    fn build(&self, text: &str, key: &str, day: u64) -> Run {
        self.1.set(self.1.get().max(day));
        self.0.write("now.toml", text);
        let key = format!("{key}.key");
        let mut command = self.0.command(&["build", "now.toml", "-o", "out", "--keyring", "cam.keyring"]);
        command.args(["--key", &key, "--delivery-key", "delivery.key"]);
        command.env("SOURCE_DATE_EPOCH", (ISSUED + day * DAY).to_string());
        tool::of(command.output().expect("pkg runs"))
    }

    /// A release: the description but for version, line, previous version, and these edits.
    fn release(
        &self,
        base: &str,
        version: &str,
        line: &str,
        from: Option<&str>,
        day: u64,
        edits: &[(&str, &str)],
    ) {
        let (run, _) = self.try_release(base, version, line, from, day, edits);
        assert_eq!(run.status, Some(0), "{version}: {}{}", run.stdout, run.stderr);
    }

    fn try_release(
        &self,
        base: &str,
        version: &str,
        line: &str,
        from: Option<&str>,
        day: u64,
        edits: &[(&str, &str)],
    ) -> (Run, String) {
        let class = if base.contains("class = \"security\"") { "security" } else { "feature" };
        let was = if class == "security" { "1.0.1" } else { "1.0.0" };
        let image = format!("rootfs-{version}.img");
        self.0.write(&image, content(version, 9_000));
        let previous = from.map_or_else(String::new, |v| format!("\nprevious = \"out/cam-{v}.full.pkg\""));
        let text = edited(
            base,
            &[
                (&format!("version = \"{was}\""), &format!("version = \"{version}\"")),
                ("line = \"1.0\"", &format!("line = \"{line}\"")),
                (&format!("class = \"{class}\""), &format!("class = \"{class}\"{previous}")),
                ("file = \"rootfs.img\"", &format!("file = \"{image}\"")),
            ],
        );
        let text = edited(&text, edits);
        (self.build(&text, class, day), text)
    }

    /// The audit as JSON, and the exit status: on the day of the newest statement, if no other is given.
    fn audit(&self, more: &[&str]) -> (Value, i32) {
        let mut args = vec!["audit", "out", "--keyring", "cam.keyring", "--format", "json"];
        args.extend(more);
        let newest = (ISSUED + self.1.get() * DAY).to_string();
        if !more.contains(&"--at") {
            args.extend(["--at", &newest]);
        }
        let run = self.0.pkg(&args);
        let json =
            serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", run.stdout, run.stderr));
        (json, run.status.expect("a status"))
    }
}

/// What a rule comes to.
fn result<'a>(json: &'a Value, rule: &str) -> &'a str {
    let rules = json["rules"].as_array().expect("rules");
    let found = rules.iter().find(|r| r["rule"] == rule).unwrap_or_else(|| panic!("no {rule}"));
    found["result"].as_str().expect("a word")
}

/// The rules that are not `pass`, with what they come to.
fn not_pass(json: &Value) -> Vec<String> {
    let rules = json["rules"].as_array().expect("rules");
    let other = rules.iter().filter(|r| r["result"] != "pass");
    other.map(|r| format!("{} {}", r["rule"].as_str().unwrap(), r["result"].as_str().unwrap())).collect()
}

/// The findings of a rule.
fn findings<'a>(json: &'a Value, rule: &str) -> &'a [Value] {
    let rules = json["rules"].as_array().expect("rules");
    let found = rules.iter().find(|r| r["rule"] == rule).unwrap_or_else(|| panic!("no {rule}"));
    found["findings"].as_array().expect("findings")
}

/// The status of a row.
fn row<'a>(json: &'a Value, id: &str) -> &'a Value {
    let rows = json["report"].as_array().expect("rows");
    rows.iter().find(|r| r["row"] == id).unwrap_or_else(|| panic!("no {id}"))
}
