//! Options that several commands have.

use std::path::PathBuf;

/// The keyring of a command that cannot do without.
#[derive(clap::Args)]
pub(crate) struct KeyringArgs {
    /// The keyring that says who is trusted
    #[arg(long, value_name = "FILE")]
    pub(crate) keyring: PathBuf,
    #[command(flatten)]
    pub(crate) example: ExampleArgs,
}

/// Whether example keys are accepted.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct ExampleArgs {
    /// Accept keys whose private halves are public; only to try things out
    #[arg(long, alias = "allow-test-keys")]
    pub(crate) danger_allow_example_keys: bool,
}

/// How keys are unlocked.
#[derive(clap::Args, Clone)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from the first line of a file, or of descriptor N with fd:N
    #[arg(long, value_name = "FILE|fd:N")]
    pub(crate) passphrase_file: Option<String>,
}
