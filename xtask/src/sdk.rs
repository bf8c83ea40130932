//! `cargo xtask sdk`: the official clients of language models against `seatrial-model-mock`, so that the tests' stand-in is known to be
//! as strict as the APIs, and no stricter.

use std::process::Command;

use anyhow::Result;
use seatrial_model_mock::{ACCESS_KEY, KEY, Mock, Rules, SECRET_KEY, scenes};

use crate::clients::Clients;
use crate::oracle::run_in;
use crate::paths;

/// The clients, each at the version whose requests are known. Those of Amazon Bedrock sign by the official `botocore`.
const PYTHON: [&str; 2] = ["anthropic[bedrock]==2.12.0", "openai==3.54.0"];
const NODE: [&str; 3] = ["node@22", "@anthropic-ai/sdk@1.12.0", "openai@6.49.0"];

pub(crate) fn run() -> Result<()> {
    let clients = Clients::install(&paths::target().join("sdk"), &PYTHON, &NODE)?;
    let scripts = paths::root().join("tests/sdk");
    let mock = Mock::with(Rules::default(), 0, scenes())?;
    let mut python = Command::new(clients.python());
    python.args(["-W", "ignore::DeprecationWarning"]).arg(scripts.join("clients.py"));
    run_in(python.args([mock.url(), KEY, ACCESS_KEY, SECRET_KEY]))?;
    let mut node = clients.node("node")?;
    run_in(node.arg(scripts.join("clients.mjs")).arg(&clients.home).args([mock.url(), KEY]))
}
