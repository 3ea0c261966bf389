//! Earlier packages that are not where a description says, such as those that a repository lists.

use crate::description::{Table, Value};
use crate::error::{Error, Result};
use crate::input::file_name;
use crate::release_description::Description;
use pkg_files::Roots;
use std::collections::BTreeSet;
use std::path::Path;

/// Which earlier packages a description is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The vendor.
    pub vendor: String,
    /// The name of the product.
    pub name: String,
    /// The release that is described; `None` for a notice, a withdrawal or an acknowledgement.
    pub release: Option<SubjectRelease>,
    /// The file names of the packages that it names where there is no such file.
    pub absent: BTreeSet<String>,
    /// Those of them that are read whole, since images are compared or deltas made.
    pub whole: BTreeSet<String>,
}

/// What a described release says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRelease {
    /// The scope.
    pub scope: String,
    /// The line.
    pub line: String,
    /// The version.
    pub version: String,
    /// The channel.
    pub channel: String,
    /// Whether it names the release that it follows.
    pub has_previous: bool,
}

impl Description {
    /// What it is about; `None` as long as product, line or version are missing.
    pub fn subject(&self) -> Option<Subject> {
        let mut table = self.table.clone();
        let is_release = table.peek("kind").is_none_or(|kind| kind == "release");
        let bases = table.tables("base");
        let (product, release) = (table.table("product"), table.table("release"));
        let text = |from: &Table, key| from.peek(key).map(str::to_owned);
        let mut whole: BTreeSet<_> = bases.into_iter().filter_map(|mut base| base.text("package")).collect();
        whole.extend(release.clone().text("previous"));
        let mut named = whole.clone();
        named.extend(release.clone().texts("merged"));
        named.extend(table.text("previous"));
        let absent = |names: BTreeSet<String>| {
            let lost = names.into_iter().filter(|name| !self.roots.dir().join(name).exists());
            lost.filter_map(|name| file_name(&name)).collect()
        };
        let described = || {
            Some(SubjectRelease {
                scope: text(&release, "scope").unwrap_or_else(|| "product".into()),
                line: text(&release, "line")?,
                version: text(&release, "version")?,
                channel: text(&release, "channel").unwrap_or_else(|| "stable".into()),
                has_previous: release.has("previous"),
            })
        };
        Some(Subject {
            vendor: text(&product, "vendor")?,
            name: text(&product, "name")?,
            release: if is_release { Some(described()?) } else { None },
            absent: absent(named),
            whole: absent(whole),
        })
    }

    /// Takes earlier packages from this folder, too: all of them as if `known` named it, which need not exist then, and by
    /// their file names those that are not where the description says. `previous` is the name of the release that it follows, unless it says so
    /// itself.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn look_in(&mut self, folder: &Path, previous: Option<&str>) -> Result<()> {
        let roots = Roots::new(folder, &[]).map_err(|e| Error::file("read", folder, e))?;
        self.elsewhere = Some(roots);
        if let Some(name) = previous {
            self.table.set("release", "previous", Value::Path(name.to_owned()));
        }
        Ok(())
    }
}
