//! `cargo xtask mcp`: `seatrial mcp` judged by clients that others wrote: the official Python SDK, the protocol's conformance
//! suite, and the MCP Inspector.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::clients::Clients;
use crate::oracle::run_in;
use crate::{paths, tool};

/// The clients, each at the version whose answers are known.
const PYTHON: [&str; 2] = ["mcp==2.3.0", "skills-ref==0.1.1"];
const NODE: [&str; 3] =
    ["node@22", "@modelcontextprotocol/conformance@0.2.0-alpha.12", "@modelcontextprotocol/inspector@2.12.0"];

/// The host that the plugin is for. It may not be passed on, and is 250 MB large: it is fetched only when asked for.
const HOST: &str = "@anthropic-ai/claude-code-linux-x64@2.1.330";

/// What the suite asks of any server. Its other scenarios call tools that only a server made for it has.
const SCENARIOS: [&str; 12] = [
    "completion-complete",
    "tools-list",
    "server-sse-multiple-streams",
    "resources-list",
    "sep-2164-resource-not-found",
    "prompts-list",
    "dns-rebinding-protection",
    "caching",
    "input-required-result-missing-input-response",
    "input-required-result-unsupported-methods",
    "input-required-result-validate-input",
    "http-header-validation",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build the program without its checks for faults, as it is shipped
    #[arg(long)]
    release: bool,
    /// Also drive the plugin by the real Claude Code, against a model that says what it was told to
    #[arg(long)]
    claude_code: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = tool::build(args.release)?;
    let clients = Clients::install(&paths::target().join("mcp"), &PYTHON, &NODE)?;
    let folder = paths::root().join("examples/fastapi-agent");
    let mut python = Command::new(clients.python());
    run_in(python.arg(paths::root().join("tests/mcp/client.py")).args([&binary, &folder]))?;
    inspector(&clients, &binary, &folder)?;
    conformance(&clients, &binary, &folder)?;
    let mut skill = Command::new(clients.home.join("venv/bin/agentskills"));
    run_in(skill.arg("validate").arg(paths::root().join("plugin/skills/gitops-deployment")))?;
    if args.claude_code { claude_code(&clients, &binary) } else { Ok(()) }
}

/// The plugin is valid, and works in the host that it is for.
fn claude_code(clients: &Clients, binary: &Path) -> Result<()> {
    let home = clients.home.join("claude-code");
    let claude = home.join("node_modules/@anthropic-ai/claude-code-linux-x64/claude");
    if !claude.exists() {
        fs::create_dir_all(&home)?;
        fs::write(home.join("package.json"), "{\"private\": true}\n")?;
        let mut npm = Command::new("npm");
        run_in(npm.args(["install", "--no-audit", "--no-fund", "--silent", HOST]).current_dir(&home))?;
    }
    let plugin = paths::root().join("plugin");
    for folder in [&plugin, &paths::root().to_path_buf()] {
        let mut validate = Command::new(&claude);
        validate.args(["plugin", "validate", "--strict"]).arg(folder).env("HOME", &home);
        run_in(
            validate.env("DISABLE_AUTOUPDATER", "1").env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        )?;
    }
    let mut drive = Command::new(clients.python());
    run_in(drive.arg(paths::root().join("tests/agent/drive.py")).args([&claude, binary, &plugin]))
}

/// The Inspector's command line lists the tools and calls one.
fn inspector(clients: &Clients, binary: &Path, folder: &Path) -> Result<()> {
    let ask = |method: &[&str]| -> Result<String> {
        let mut command = clients.node("mcp-inspector")?;
        command.arg("--cli").arg(binary).arg("mcp").args(method).current_dir(folder);
        let output = command.stderr(Stdio::null()).output().context("mcp-inspector")?;
        ensure!(output.status.success(), "the Inspector ended with {}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    };
    let tools = ask(&["--method", "tools/list"])?;
    let called = ask(&["--method", "tools/call", "--tool-name", "check"])?;
    ensure!(tools.contains("try_manifest") && called.contains("\"verdict\": \"not-ready\""), "{called}");
    println!("inspector: tools listed, one called");
    Ok(())
}

/// The protocol's conformance suite over HTTP.
fn conformance(clients: &Clients, binary: &Path, folder: &Path) -> Result<()> {
    let mut server = Served::start(binary, folder)?;
    let mut failed = Vec::new();
    for scenario in SCENARIOS {
        let mut command = clients.node("conformance")?;
        command.args(["server", "--url", &server.url, "--scenario", scenario]).current_dir(&clients.home);
        let output = command.output().context("conformance")?;
        if !output.status.success() {
            failed.push(format!("{scenario}:\n{}", String::from_utf8_lossy(&output.stdout)));
        }
    }
    server.end();
    if !failed.is_empty() {
        bail!("conformance: {}", failed.join("\n"));
    }
    println!("conformance: {} scenarios passed", SCENARIOS.len());
    Ok(())
}

/// A server over HTTP.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(["mcp", "--http", "127.0.0.1:0"]).current_dir(folder).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stderr.take().context("no stderr")?).read_line(&mut line)?;
        let url = line.split_whitespace().last().unwrap_or_default().to_owned();
        ensure!(url.starts_with("http://"), "the server said {line}");
        Ok(Self { child, url })
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}
