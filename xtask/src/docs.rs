//! `cargo xtask docs`: documentation made from the definitions: a page for each rule, the catalogue, the command line,
//! the platform file and its JSON Schema.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Result, ensure};

use crate::paths;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail if any page differs from what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let docs = paths::root().join("docs");
    let pages = pages()?;
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let path = docs.join(name);
        if fs::read_to_string(&path).is_ok_and(|now| now == *text) {
            continue;
        }
        stale.push(name.clone());
        if !args.check {
            fs::create_dir_all(path.parent().unwrap_or(&docs))?;
            fs::write(&path, text)?;
        }
    }
    for path in paths::files(&docs.join("rules"), "md")? {
        let name = path.strip_prefix(&docs)?.to_string_lossy().into_owned();
        if !pages.contains_key(&name) {
            if !args.check {
                fs::remove_file(&path)?;
            }
            stale.push(name);
        }
    }
    ensure!(!args.check || stale.is_empty(), "not what `cargo xtask docs` writes: {}", stale.join(", "));
    println!("{} pages, {} changed", pages.len(), stale.len());
    Ok(())
}

/// Every made page by its path below `docs/`.
fn pages() -> Result<BTreeMap<String, String>> {
    let mut pages = BTreeMap::new();
    for meta in seatrial_cli::docs::rules() {
        // Doc comments keep the blank after `///`.
        let lines: Vec<&str> =
            meta.page.lines().map(|l| l.strip_prefix(' ').unwrap_or(l).trim_end()).collect();
        let body = lines.join("\n");
        let title = format!("# {}", meta.name);
        let text = if body.trim_start().starts_with(&title) { body } else { format!("{title}\n\n{body}") };
        pages.insert(format!("rules/{}.md", meta.name), text.trim().to_owned() + "\n");
    }
    pages.insert("rules.md".into(), seatrial_cli::docs::catalogue());
    pages.insert("cli.md".into(), seatrial_cli::docs::markdown());
    pages.insert("platform-file.md".into(), seatrial_platform::keys::markdown());
    let schema = serde_json::to_string_pretty(&seatrial_platform::keys::json_schema())?;
    pages.insert("../schema/seatrial.schema.json".into(), schema + "\n");
    Ok(pages)
}
