//! Answers of services outside, so that nothing is asked of them.

use std::collections::BTreeMap;

use serde_json::Value;

/// What services outside answer.
#[derive(Clone, Debug, Default)]
pub struct Fixtures {
    /// A plugin generator's answers, by the name of its ConfigMap.
    pub plugin: BTreeMap<String, Vec<PluginAnswer>>,
    /// Open pull requests, by `provider:owner/repository` (`github:acme/app`). Fields as the generator names them:
    /// `number`, `title`, `branch`, `target_branch`, `head_sha`, `labels`, `author`.
    pub pull_request: BTreeMap<String, Vec<Value>>,
    /// Repositories, by `provider:organization` (`github:acme`). Fields as the generator names them:
    /// `organization`, `repository`, `repository_id`, `url`, `branch`, `sha`, `labels`, and `paths` (what exists in them).
    pub scm_provider: BTreeMap<String, Vec<Value>>,
}

/// One answer of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginAnswer {
    /// The answer is for a request with these `input.parameters`; for any when absent.
    pub parameters: Option<Value>,
    /// What it answers.
    pub reply: PluginReply,
}

/// What a plugin answers.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginReply {
    /// `output.parameters`.
    Parameters(Value),
    /// A raw response: the HTTP status and the body.
    Raw(u16, String),
}

impl Fixtures {
    /// Reads the `fixtures` of a platform file: `plugin: {configmap: [parameter sets]}`, `pullRequest: {…}`, `scmProvider: {…}`.
    pub fn from_json(value: &Value) -> Self {
        let lists = |key: &str| -> BTreeMap<String, Vec<Value>> {
            let entries = value.get(key).and_then(Value::as_object).into_iter().flatten();
            entries.map(|(k, v)| (k.clone(), v.as_array().cloned().unwrap_or_default())).collect()
        };
        let plugin = lists("plugin").into_iter().map(|(name, sets)| {
            (
                name,
                vec![PluginAnswer { parameters: None, reply: PluginReply::Parameters(Value::Array(sets)) }],
            )
        });
        Self {
            plugin: plugin.collect(),
            pull_request: lists("pullRequest"),
            scm_provider: lists("scmProvider"),
        }
    }
}
