//! No two modules of a crate use each other.
//!
//! Modules of one parent are compared, each with everything below it. What a child uses of its parent is no
//! circle: the parent is where the children's shared types are.

use pkg_tests::tool::workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module: the names from the root of the crate to it.
type Module = Vec<String>;

/// One path in an import: the names in it, and what it is called where it is imported.
struct Import {
    path: Vec<String>,
    name: String,
}

/// The modules of a crate: what each imports, and the other paths that its code writes out.
#[derive(Default)]
struct Crate {
    imports: BTreeMap<Module, Vec<Import>>,
    paths: BTreeMap<Module, Vec<Vec<String>>>,
}

#[test]
fn no_modules_use_each_other() {
    let mut all = Vec::new();
    for folder in crates() {
        let mut found = Crate::default();
        read(&folder.join("src"), &mut Module::new(), &mut found);
        let name = folder.strip_prefix(workspace()).expect("in the workspace").display().to_string();
        all.extend(found.circles().into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(all.is_empty(), "modules use each other:\n{}", all.join("\n"));
}

/// The folder of each crate of the workspace.
fn crates() -> Vec<std::path::PathBuf> {
    let run = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let manifest = |p: &serde_json::Value| p["manifest_path"].as_str().expect("a path").to_owned();
    packages.iter().map(|p| Path::new(&manifest(p)).parent().expect("a folder").to_owned()).collect()
}

/// Reads the modules in a folder.
fn read(folder: &Path, module: &mut Module, found: &mut Crate) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
        let is_root = matches!(name.as_str(), "lib" | "main" | "mod");
        if name == "tests" {
            continue;
        }
        if path.is_dir() && name != "bin" {
            module.push(name);
            read(&path, module, found);
            module.pop();
        } else if path.extension().is_some_and(|e| e == "rs") {
            let module = module.iter().cloned().chain((!is_root).then_some(name)).collect();
            found.add(module, &code(&fs::read_to_string(&path).expect("UTF-8")));
        }
    }
}

/// A source without its comments, texts and tests.
fn code(source: &str) -> String {
    let mut out = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            // A module of tests ends the file, or is a file of its own.
            match lines.next() {
                Some(next) if next.trim_end().ends_with(';') => continue,
                _ => break,
            }
        }
        let mut in_text = false;
        let mut previous = ' ';
        for (at, c) in line.char_indices() {
            match c {
                '"' if previous != '\\' && previous != '\'' => in_text = !in_text,
                '/' if !in_text && line[at..].starts_with("//") => break,
                _ if !in_text => out.push(c),
                _ => {}
            }
            previous = c;
        }
        out.push('\n');
    }
    out
}

impl Crate {
    fn add(&mut self, module: Module, code: &str) {
        let (mut imports, mut rest) = (Vec::new(), String::new());
        for statement in code.split_inclusive(';') {
            // An import begins its line, whoever may use it.
            let begin = statement.lines().rev().find(|line| {
                let words = line.trim().trim_start_matches("pub(crate)").trim_start_matches("pub(super)");
                words.trim_start().trim_start_matches("pub ").starts_with("use ")
            });
            let tree = begin.and_then(|line| {
                statement.split_once(line).map(|(before, after)| {
                    rest.push_str(before);
                    format!("{line} {after}")
                })
            });
            match &tree {
                Some(tree) => {
                    let tree =
                        tree.split_once("use ").map_or("", |(_, tree)| tree.trim_end()).trim_end_matches(';');
                    spread(
                        &mut Vec::new(),
                        &tree.split_whitespace().collect::<Vec<_>>().join(" "),
                        &mut imports,
                    );
                }
                None => rest.push_str(statement),
            }
        }
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let paths = rest.split(|c| !is_path(c)).filter(|p| p.contains("::"));
        let paths = paths.map(|p| p.split("::").map(str::to_owned).collect()).collect();
        self.imports.insert(module.clone(), imports);
        self.paths.insert(module, paths);
    }

    /// The module that a path of `from` leads to, by way of what other modules hand on.
    fn target(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let mut module = from.clone();
        let mut path = path.iter();
        let mut is_absolute = false;
        while let Some(name) = path.clone().next() {
            match name.as_str() {
                "crate" => module.clear(),
                "super" => drop(module.pop()),
                "self" => {}
                _ => break,
            }
            is_absolute = true;
            path.next();
        }
        for name in path.by_ref() {
            let below: Module = module.iter().chain([name]).cloned().collect();
            if self.imports.contains_key(&below) {
                (module, is_absolute) = (below, true);
                continue;
            }
            let handed = self.imports.get(&module)?.iter().find(|i| i.name == *name);
            let Some(handed) = handed.filter(|_| depth > 0) else { break };
            let rest: Vec<_> = handed.path.iter().chain(path.clone()).cloned().collect();
            return self.target(&module, &rest, depth - 1);
        }
        is_absolute.then_some(module)
    }

    /// Each pair of modules of one parent that use each other, by whatever way.
    fn circles(&self) -> Vec<String> {
        let mut uses: BTreeMap<(Module, String), BTreeMap<String, String>> = BTreeMap::new();
        for from in self.imports.keys() {
            let imported = self.imports[from].iter().map(|i| &i.path);
            for path in imported.chain(&self.paths[from]) {
                let Some(to) = self.target(from, path, 8) else { continue };
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) {
                    let place = format!("{} uses {}", from.join("::"), path.join("::"));
                    uses.entry((from[..shared].to_vec(), a.clone())).or_default().insert(b.clone(), place);
                }
            }
        }
        let mut circles = Vec::new();
        for (parent, first) in uses.keys() {
            let reached = reach(&uses, parent, first);
            for (second, place) in &uses[&(parent.clone(), first.clone())] {
                if reached.contains(first) && reach(&uses, parent, second).contains(first) {
                    let (at, arrow) = (parent.join("::"), format!("{first} -> {second}"));
                    circles.push(format!("{at}: {arrow} ({place})"));
                }
            }
        }
        circles
    }
}

/// Everything that a module uses, by whatever way.
fn reach(
    uses: &BTreeMap<(Module, String), BTreeMap<String, String>>,
    parent: &Module,
    from: &str,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in uses.get(&(parent.clone(), name)).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// The paths of an import: `a::{b, c::d as e}` is `a::b` and `a::c::d`.
fn spread(before: &mut Vec<String>, tree: &str, out: &mut Vec<Import>) {
    let tree = tree.trim();
    if let Some((head, list)) = tree.split_once('{') {
        let depth = before.len();
        before.extend(head.split("::").map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()));
        let list = list.strip_suffix('}').unwrap_or(list);
        let mut level = 0;
        let parts = list.split(|c| {
            level += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && level == 0
        });
        parts.for_each(|part| spread(before, part, out));
        before.truncate(depth);
        return;
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
    let path: Vec<_> = before.iter().cloned().chain(path.split("::").map(|s| s.trim().to_owned())).collect();
    let path: Vec<_> = path.into_iter().filter(|s| !s.is_empty()).collect();
    let Some(last) = path.iter().rfind(|s| *s != "self") else { return };
    let name = alias.unwrap_or(last).trim().to_owned();
    out.push(Import { path, name });
}

#[test]
fn a_circle_is_found() {
    let mut found = Crate::default();
    found.add(Vec::new(), "mod a;\npub use b::{\n    Second, Third as Other,\n};\nmod b;\n");
    found.add(vec!["a".into()], "pub struct First(crate::Other);\n");
    found.add(vec!["b".into()], "pub struct Second;\n");
    assert!(found.circles().is_empty(), "{:?}", found.circles());
    found.add(vec!["b".into()], "use super::a::{self, First as Last};\npub struct Third(Last);\n");
    let circles = found.circles();
    assert!(circles.iter().any(|c| c.contains("a -> b")) && circles.len() == 2, "{circles:?}");
}
