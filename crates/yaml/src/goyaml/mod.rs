//! `sigs.k8s.io/yaml` 1.6 on top of `go.yaml.in/yaml/v2` 2.4: what Kubernetes, kubectl and Argo CD read and write YAML with.

mod decode;
mod emit;
mod emitter;
mod govalue;
mod input;
mod keys;
mod resolve;
mod split;

use std::fmt;

pub(crate) use decode::{key_text, node_to_json, scalar};
pub use emit::{can_be_plain, to_yaml};
pub(crate) use emit::{emit_for_edit, number_text};
pub use emitter::{Styles, double_quoted, styles};
pub(crate) use emitter::{allows_plain, allows_single};
pub use input::{Mode, check, to_json, to_json_bytes, to_json_fields, to_json_strict, unmarshal};
pub use keys::less as key_less;
pub use resolve::{Resolved, resolve};
pub use split::{DocumentPart, SplitError, documents, split_yaml};

/// What go-yaml (or the conversion to JSON after it) answers for a text it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoYamlError {
    /// The full text, such as `yaml: line 41: did not find expected key`.
    pub message: String,
    /// The line the message names. go-yaml's parser names the line before the one it means; see `offset`.
    pub line: Option<usize>,
    /// Where in the text the fault was noticed.
    pub offset: usize,
}

impl GoYamlError {
    /// The text as `sigs.k8s.io/yaml.Unmarshal` gives it: `error converting YAML to JSON: yaml: …`.
    pub fn unmarshal_message(&self) -> String {
        format!("error converting YAML to JSON: {}", self.message)
    }
}

impl fmt::Display for GoYamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GoYamlError {}
