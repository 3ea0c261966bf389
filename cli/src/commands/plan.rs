//! `pkg plan`: what is owed before it is late.

use super::{described, schema};
use crate::folder::Folder;
use crate::json;
use crate::listed::Depth;
use crate::out::{Failure, Outcome, Status, data, done, shown};
use crate::packages::{PackagesArgs, all_accepted};
use crate::progress::ProgressArgs;
use crate::write::write_file;
use pkg_audit::load::Extent;
use pkg_audit::plan::{self, Known, Plan, PlanOptions};
use pkg_audit::set::Set;
use pkg_format::{Digest, VulnId};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    packages: PackagesArgs,
    /// Plan for this vulnerability alone
    #[arg(long, value_name = "ID", value_parser = vulnerability)]
    fix: Option<VulnId>,
    /// Write a description of each owed release and notice to this folder, to be completed
    ///
    /// The folder is created if it does not exist. A file that is there already is never replaced.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    write: Option<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

fn vulnerability(text: &str) -> Result<VulnId, String> {
    VulnId::new(text).map_err(|e| e.why.to_string())
}

pub(crate) fn run(args: &Args) -> Outcome {
    let at = args.packages.at()?;
    let set = args.packages.read(Extent::Statements, Depth::Statements, &args.progress)?;
    // A plan that does not see a release would give its numbers to another.
    all_accepted(&set, "plan")?;
    let options = PlanOptions { at, only: args.fix.clone(), fix_limits: args.packages.fix_limit.clone() };
    let plan = plan::plan(&set, &options);
    if let (Some(id), true) = (&args.fix, plan.products.iter().all(|p| p.vulnerabilities.is_empty())) {
        return Err(Failure::cannot(format!("no package says anything about {id}")).hint(
            "check the id; a vulnerability that no package names is first told in a release or a notice",
        ));
    }
    data(&if args.json { json::text(&plan::json(&plan)) } else { plan::text(&plan) })?;
    if let Some(folder) = &args.write {
        write(&set, &plan, folder, &args.packages)?;
    }
    Ok(if plan.is_empty() { Status::Done } else { Status::Refused })
}

/// Writes the descriptions, all or none.
fn write(set: &Set, plan: &Plan, out: &Path, from: &PackagesArgs) -> Outcome<()> {
    let folder = Folder::make(out)?;
    let listed = from.listed.repository.is_some();
    let package = |manifest: &Digest| {
        let full = set.packages.iter().find(|p| p.manifest == *manifest && p.kind == "full")?;
        described(out, Path::new(&full.path))
            .or_else(|| listed.then(|| package_file(set, manifest)).flatten())
    };
    let known = match from.folders.as_slice() {
        [one] if one.is_dir() => described(out, one).map_or(Known::Unknown, Known::Folder),
        [] if listed => Known::Repository,
        _ => Known::Unknown,
    };
    let drafts = plan::drafts(set, plan, &plan::Places { package: &package, known });
    for draft in &drafts {
        let path = out.join(&draft.name);
        if path.symlink_metadata().is_ok() {
            return Err(Failure::cannot(format!("{} is there already", shown(&path)))
                .hint("a plan replaces no file: give another folder, or move this one away"));
        }
    }
    let schema = schema::first_line(out);
    for draft in &drafts {
        let path = out.join(&draft.name);
        write_file(&path, &format!("{schema}{}", draft.text))?;
        done(&format!("{}\n", shown(&path)));
    }
    folder.keep();
    Ok(())
}

/// What the full package of a release is called when `pkg build` finds it in a repository.
fn package_file(set: &Set, manifest: &Digest) -> Option<String> {
    let mut releases = set.products.iter().flat_map(|product| &product.releases);
    let release = releases.find(|release| release.digest == *manifest)?;
    Some(pkg_builder::full_package_name(&release.common.product.name, &release.body.identity.version))
}
