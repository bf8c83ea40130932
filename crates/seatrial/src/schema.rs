//! The published JSON Schemas are those of the types that are printed.

use std::path::Path;

use serde_json::Value;

fn published(name: &str, made: &schemars::Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name);
    let text = format!("{:#}\n", made.as_value());
    if std::env::var_os("SEATRIAL_UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "{} is out of date: SEATRIAL_UPDATE_SCHEMAS=1 makes it again", path.display());
    let schema: Value = serde_json::from_str(&known).unwrap();
    jsonschema::validator_for(&schema).unwrap();
}

#[test]
fn check_schema_is_published() {
    published("check.schema.json", &schemars::schema_for!(crate::formats::json::CheckOutput));
}

#[test]
fn expand_schema_is_published() {
    published("commands.schema.json", &schemars::schema_for!(crate::commands::CommandsOutput));
    published("practice.schema.json", &schemars::schema_for!(crate::commands::PracticeOutput));
    published("generate.schema.json", &schemars::schema_for!(crate::commands::GenerateOutput));
    published("generate-triage.schema.json", &schemars::schema_for!(crate::commands::TriageOutput));
    published("expand.schema.json", &schemars::schema_for!(crate::commands::ExpandOutput));
    published("why.schema.json", &schemars::schema_for!(crate::commands::WhyOutput));
    published("render.schema.json", &schemars::schema_for!(crate::commands::RenderOutput));
}

#[test]
fn round_schemas_are_published() {
    use crate::commands::{
        AddOutput, DecideOutput, DiffOutput, ListOutput, ReplayOutput, ReportOutput, ShowOutput,
    };
    published("round-list.schema.json", &schemars::schema_for!(ListOutput));
    published("round-show.schema.json", &schemars::schema_for!(ShowOutput));
    published("round-diff.schema.json", &schemars::schema_for!(DiffOutput));
    published("round-add.schema.json", &schemars::schema_for!(AddOutput));
    published("round-decide.schema.json", &schemars::schema_for!(DecideOutput));
    published("round-replay.schema.json", &schemars::schema_for!(ReplayOutput));
    published("round-report.schema.json", &schemars::schema_for!(ReportOutput));
}

#[test]
fn skill_schemas_are_published() {
    published("skill-eval.schema.json", &schemars::schema_for!(crate::commands::EvalOutput));
    published("skill-gaps.schema.json", &schemars::schema_for!(crate::commands::GapsOutput));
    published("skill-improve.schema.json", &schemars::schema_for!(crate::commands::ImproveOutput));
}
