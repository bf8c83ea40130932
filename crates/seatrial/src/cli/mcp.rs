//! The flags of `seatrial mcp`.

use std::path::PathBuf;

use clap::Args;

/// `seatrial mcp`.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// The folder that agents may look into; nothing outside of it is read for them
    #[arg(value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// Serve streamable HTTP at this address instead of standard input and output
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:7357")]
    pub http: Option<String>,
    /// A host name that requests may be for, besides this machine's own (may be repeated)
    #[arg(long = "allow-host", value_name = "HOST", requires = "http")]
    pub hosts: Vec<String>,
    /// An origin that browsers may ask from, such as `https://tools.example.org` (may be repeated)
    #[arg(long = "allow-origin", value_name = "ORIGIN", requires = "http")]
    pub origins: Vec<String>,
    /// Offer `apply_fix`, which writes verified fixes into the files
    #[arg(long)]
    pub allow_write: bool,
}
