//! Go templates with the functions Argo CD gives them.

use std::cell::Cell;

use seatrial_gotemplate::{Env, FuncMap, Meter, Template, Value};

use super::stop::Stop;

/// A parsed Go template, or why it does not parse.
pub(crate) struct GoText {
    text: String,
    parsed: Result<Template, String>,
}

impl GoText {
    /// Parses a text under the name the controller gives it.
    pub(crate) fn parse(text: &str, functions: &FuncMap) -> Self {
        let parsed = Template::parse("base", text, functions).map_err(|e| e.to_string());
        Self { text: text.to_owned(), parsed }
    }

    /// Executes it, and adds the steps that it takes to `steps`; errors are in the controller's words.
    pub(crate) fn run(&self, data: &Value, env: &Env, steps: &Cell<u64>) -> Result<String, Stop> {
        let template = match &self.parsed {
            Ok(template) => template,
            Err(error) => {
                return Err(Stop::Error(format!("failed to parse template {}: {error}", self.text)));
            }
        };
        let meter = Meter::new(env);
        let executed = template.execute_metered(data, env, &meter, &mut ());
        steps.set(steps.get().saturating_add(meter.steps()));
        match executed {
            Ok(bytes) => Ok(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
            Err(error) if error.is_limit() => Err(Stop::Limit(error.to_string())),
            Err(error) => Err(Stop::Error(format!("failed to execute go template {}: {error}", self.text))),
        }
    }
}
