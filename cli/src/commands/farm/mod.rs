//! `pkg farm`: makes the deltas of a release on many machines.

mod file;
mod plan;
mod run;

use crate::out::Outcome;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Plan the deltas that a release needs: one task for each base
    ///
    /// A base is each published release on which the release may be installed. With a census, the bases with the most
    /// devices come first, and those without devices are left out.
    Plan(plan::Args),
    /// Make the delta of one task, and upload it
    ///
    /// Tasks share nothing, so any number of machines may work at once. A task whose delta is in the repository does
    /// nothing. The task number comes from --task, or from SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX,
    /// AWS_BATCH_JOB_ARRAY_INDEX or CI_NODE_INDEX (which counts from 1).
    Run(run::Args),
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Plan(args) => plan::run(args),
        Command::Run(args) => run::run(args),
    }
}
