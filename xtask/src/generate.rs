//! `cargo xtask generate-cases`: seeded cases of every shape, answered by the judges and recorded in the rooms' test data.

pub(crate) mod rng;
mod sets;
mod strings;
mod templates;
mod worlds;
mod yaml;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::{judge, paths, record};
use rng::Rng;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to generate: `templates`, `sets` or `yaml`; all by default
    what: Vec<String>,
    /// The seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many cases of each, instead of the recorded number
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Write into this folder instead of the rooms
    #[arg(long, value_name = "DIR")]
    out: Option<std::path::PathBuf>,
}

/// One kind of case: where it goes, how many are recorded, how one is made, and the worlds they share.
struct Plan {
    name: &'static str,
    room: &'static str,
    count: usize,
    make: fn(&mut Rng) -> Map<String, Value>,
    worlds: fn() -> Map<String, Value>,
    /// How many of a hundred failing cases are kept, so that they do not crowd out the rest.
    failures: usize,
}

const PLANS: &[Plan] = &[
    Plan {
        name: "templates",
        room: "gotemplate",
        count: 2200,
        make: templates::case,
        worlds: templates::worlds,
        failures: 40,
    },
    Plan { name: "sets", room: "argocd", count: 600, make: sets::case, worlds: worlds::worlds, failures: 55 },
    Plan { name: "yaml", room: "yaml", count: 1500, make: yaml::case, worlds: Map::new, failures: 60 },
];

/// How often a question is asked again: where Go's map order shows in the answer there is nothing to record.
const AGAIN: usize = 5;

/// Answers longer than this are not worth their place in the repository.
const LONGEST: usize = 4000;

pub(crate) fn run(args: &Args) -> Result<()> {
    for plan in PLANS.iter().filter(|p| args.what.is_empty() || args.what.iter().any(|w| w == p.name)) {
        let dir = match &args.out {
            Some(dir) => dir.join(plan.room),
            None => paths::root().join("crates").join(plan.room).join("tests/recorded"),
        };
        fs::create_dir_all(&dir)?;
        generate(plan, args, &dir)?;
    }
    Ok(())
}

fn generate(plan: &Plan, args: &Args, dir: &Path) -> Result<()> {
    let worlds = (plan.worlds)();
    let wanted = args.count.unwrap_or(plan.count);
    let mut rng = Rng::new(args.seed);
    let mut seen = BTreeSet::new();
    let mut out = String::new();
    let mut kept = 0;
    while kept < wanted {
        let mut lines = Vec::new();
        while lines.len() < wanted - kept {
            let line = (plan.make)(&mut rng);
            if seen.insert(Value::Object(line.clone()).to_string()) {
                lines.push(line);
            }
        }
        let questions: Vec<Value> =
            lines.iter().map(|l| record::question(l, &worlds)).collect::<Result<_>>()?;
        let judge = record::judge_of(&questions[0]);
        let mut answers = judge::ask(judge, questions.clone())?;
        for _ in 0..AGAIN {
            for (answer, again) in answers.iter_mut().zip(judge::ask(judge, questions.clone())?) {
                if record::plain(answer.clone()) != record::plain(again) {
                    *answer = json!({"fatal": "depends on Go's map order"});
                }
            }
        }
        for (mut line, answer) in lines.into_iter().zip(answers) {
            let answer = record::plain(answer);
            if answer.get("fatal").is_some() || answer.to_string().len() > LONGEST {
                continue;
            }
            let failed = ["error", "panic"].iter().any(|k| answer[k].as_str().is_some_and(|t| !t.is_empty()));
            if failed && !rng.chance(plan.failures) {
                continue;
            }
            line.insert("answer".to_owned(), answer);
            out.push_str(&Value::Object(line).to_string());
            out.push('\n');
            kept += 1;
        }
    }
    fs::write(dir.join("generated.jsonl"), out)?;
    if !worlds.is_empty() {
        fs::write(dir.join("worlds.json"), serde_json::to_string_pretty(&Value::Object(worlds))? + "\n")?;
    }
    println!("{}: {kept} cases in {}", plan.name, dir.display());
    Ok(())
}
