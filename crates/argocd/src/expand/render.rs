//! From a template and a parameter set to an Application: `RenderTemplateParams` and the template patch.

use seatrial_gotemplate::Map;
use serde_json::{Map as Object, Value as Json, json};

use super::deletion::FINALIZER;
use super::engine::{Options, Text};
use super::node::Node;
use super::run::Run;
use super::stop::Stop;
use crate::gojson;
use crate::gotypes::{Ty, argo, decode};
use crate::strategicpatch::{apply_to_application, go_quote};

/// A template compiled for many parameter sets.
pub(crate) struct Renderer<'r> {
    run: &'r Run<'r>,
    verbatim: Json,
    node: Node,
    patch: Option<Text>,
    finalize: bool,
    ty: Ty,
}

/// A rendered Application.
pub(crate) struct Rendered {
    /// The Application, in normal form.
    pub(crate) application: Json,
    /// The rendered patch.
    pub(crate) patch: Option<Json>,
}

impl<'r> Renderer<'r> {
    /// `template` is an `ApplicationSetTemplate` in normal form.
    pub(crate) fn new(run: &'r Run<'r>, template: &Json) -> Self {
        let ty = argo("Application");
        let spec = &run.set.spec;
        let mut verbatim = Object::new();
        for key in ["metadata", "spec"] {
            verbatim.insert(key.to_owned(), template.get(key).cloned().unwrap_or_else(|| json!({})));
        }
        let verbatim = Json::Object(verbatim);
        let node = Node::compile(&ty, &verbatim, &run.engine, false);
        let patch = spec.get("templatePatch").and_then(Json::as_str).map(|text| run.engine.compile(text));
        let finalize = spec.pointer("/syncPolicy/preserveResourcesOnDeletion") != Some(&Json::Bool(true));
        Self { run, verbatim, node, patch, finalize, ty }
    }

    /// Renders one Application.
    pub(crate) fn render(&self, params: &Map) -> Result<Rendered, Stop> {
        let engine = &self.run.engine;
        let mut application = if params.is_empty() {
            self.verbatim.clone()
        } else {
            engine.check_options()?;
            let mut application = self.node.render(engine, params)?;
            if let Some(metadata) = application.get_mut("metadata").and_then(Json::as_object_mut)
                && self.finalize
                && metadata.get("finalizers").and_then(Json::as_array).is_none_or(Vec::is_empty)
            {
                metadata.insert("finalizers".to_owned(), json!([FINALIZER]));
            }
            application
        };
        let mut patch = None;
        if let Some(text) = &self.patch {
            engine.check_options()?;
            let text = engine
                .run(text, params, Options::Own)
                .map_err(|stop| stop.wrap("error replacing values in templatePatch"))?;
            let (patched, json) = self.apply(&application, &text)?;
            application = patched;
            patch = Some(json);
        }
        if let Some(object) = application.as_object_mut() {
            object.remove("status");
            object.insert("apiVersion".to_owned(), json!("argoproj.io/v1alpha1"));
            object.insert("kind".to_owned(), json!("Application"));
            if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
                metadata.insert("namespace".to_owned(), json!(self.run.set.namespace));
            }
        }
        if !self.run.world.version.at_least(3, 4) {
            older_form(&mut application);
        }
        Ok(Rendered { application, patch })
    }

    /// `applyTemplatePatch`.
    fn apply(&self, application: &Json, text: &str) -> Result<(Json, Json), Stop> {
        let (json, shown) = if text.trim().starts_with('{') {
            match gojson::parse(text) {
                Ok(json) => (json, text.to_owned()),
                Err(error) => {
                    return Err(Stop::Error(format!("invalid templatePatch {}: {error}", go_quote(text))));
                }
            }
        } else {
            let json = crate::yaml::to_json(text).map_err(|e| {
                Stop::Error(format!("error while converting template to json {}: {e}", go_quote(text)))
            })?;
            let shown = gojson::to_string(&json);
            (json, shown)
        };
        decode(&self.ty, &json)
            .map_err(|e| Stop::Error(format!("invalid templatePatch {}: {}", go_quote(&shown), e.message)))?;
        let patched = apply_to_application(application, &json).map_err(|e| {
            Stop::Error(format!(
                "error while applying templatePatch template to json {}: {e}",
                go_quote(&shown)
            ))
        })?;
        let mut patched = decode(&self.ty, &patched).map_err(|e| {
            Stop::Error(format!("error while unmarhsalling patched application: {}", e.message))
        })?;
        let project = application.pointer("/spec/project").cloned().unwrap_or_else(|| json!(""));
        if let Some(spec) = patched.get_mut("spec").and_then(Json::as_object_mut) {
            spec.insert("project".to_owned(), project);
        }
        Ok((patched, json))
    }
}

/// The form of an Application before 3.4: `jsonnet` of a directory is always written, `false` in `automated` never.
pub(super) fn older_form(application: &mut Json) {
    let Some(spec) = application.get_mut("spec").and_then(Json::as_object_mut) else { return };
    let jsonnet = |source: &mut Json| {
        if let Some(directory) = source.get_mut("directory").and_then(Json::as_object_mut) {
            directory.entry("jsonnet").or_insert_with(|| json!({}));
        }
    };
    spec.get_mut("source").into_iter().for_each(jsonnet);
    spec.get_mut("sources").and_then(Json::as_array_mut).into_iter().flatten().for_each(jsonnet);
    let automated = spec.get_mut("syncPolicy").and_then(|policy| policy.get_mut("automated"));
    if let Some(automated) = automated.and_then(Json::as_object_mut) {
        automated.retain(|key, value| key == "enabled" || *value != Json::Bool(false));
    }
}
