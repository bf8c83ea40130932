//! Do the storage and ingress classes exist on the cluster?

mod unknown_ingress_class;
mod unknown_storage_class;

use seatrial_platform::{Fact, Scope, Text};
use seatrial_trial::{Application, Finding, Fix, HelmValues, Model, Resource, Rule, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::mend::Mend;
use crate::rendered::{self, Rendered};
use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, listed, nearest, scope};

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&unknown_storage_class::RULE, &unknown_ingress_class::RULE];

/// A class named in values, and those that exist where it goes.
struct Fault<'m> {
    written: String,
    known: Fact<'m, Vec<Text>>,
}

/// Judges every class that `collect` finds in an Application's values against what `declared` says exists.
fn check_classes(
    model: &Model<'_>,
    out: &mut Sink<'_>,
    noun: &str,
    param: &str,
    declared: for<'s> fn(&Scope<'s>) -> Option<Fact<'s, Vec<Text>>>,
    collect: impl Fn(&HelmValues, &mut Vec<(String, Path)>),
    rendered: fn(&Resource) -> Vec<(Path, &str)>,
) {
    let mut rendered = in_resources(model, noun, declared, rendered);
    let mut faults: Vec<(&Application, Path, Fault<'_>)> = Vec::new();
    for application in &model.applications {
        let Some(known) = declared(&scope(model, application)) else { continue };
        for values in application.helm_values() {
            let mut found = Vec::new();
            collect(values, &mut found);
            for (written, at) in found {
                if !is_template(&written)
                    && known.value.iter().all(|class| class.value != written)
                    && !rendered.refutes(model, application, &written, Some(&at))
                {
                    faults.push((application, at, Fault { written, known: known.clone() }));
                }
            }
        }
    }
    for group in group(model, faults) {
        out.push(finding(model, out, noun, param, &group));
    }
    rendered.report(model, out);
}

/// The classes that `collect` finds in rendered resources. A class that is rendered with them is there.
fn in_resources<'m>(
    model: &'m Model<'_>,
    noun: &str,
    declared: for<'s> fn(&Scope<'s>) -> Option<Fact<'s, Vec<Text>>>,
    collect: fn(&Resource) -> Vec<(Path, &str)>,
) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let Some(known) = declared(&scope(model, view.application)) else { return };
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        for (field, class) in collect(resource) {
            let comes = view.has("StorageClass", class) || view.has("IngressClass", class);
            if class.is_empty() || comes || known.value.iter().any(|known| known.value == class) {
                continue;
            }
            let names = listed(known.value.iter().map(|class| class.value.as_str()));
            let fault = rendered::Fault::new(field, class, format!("no {noun} `{class}` in `{environment}`"));
            let right = right(class, known.value);
            let fault = fault.mend(right.map(|right| Mend::new("use the class that is there", right)));
            out.push(fault.help(format!("There: {names}.")).fact(&known));
        }
    })
}

fn finding(
    model: &Model<'_>,
    out: &Sink<'_>,
    noun: &str,
    param: &str,
    group: &crate::subject::Group<'_, Fault<'_>>,
) -> Finding {
    let written = listed(group.members.iter().map(|(_, f)| f.written.as_str()));
    let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
    let known =
        listed(group.members.iter().flat_map(|(_, f)| f.known.value.iter().map(|c| c.value.as_str())));
    let wanted: Vec<Wanted<'_>> = group
        .members
        .iter()
        .filter_map(|(application, fault)| {
            let text = right(&fault.written, fault.known.value)?.to_owned();
            Some(Wanted { application, text })
        })
        .collect();
    let field = group.field.clone();
    let fix = (wanted.len() == group.members.len())
        .then(|| set_per_application(model, &field, &wanted, param))
        .flatten()
        .map(|edits| Fix::risky(format!("use the {noun} that is there"), edits));
    let (_, first) = &group.members[0];
    let finding = out
        .finding(group.place.span, format!("no {noun} {written} in {environments}"))
        .help(format!("There: {known}."))
        .field(field.to_string())
        .key(first.written.clone())
        .fact(first.known.key.clone(), Some(first.known.span))
        .maybe_fix(fix);
    group.told(finding)
}

/// The class that must be meant: the only one, or one like it.
fn right<'k>(written: &str, known: &'k [Text]) -> Option<&'k str> {
    match known {
        [only] => Some(only.value.as_str()),
        _ => nearest(written, known.iter().map(|class| class.value.as_str())),
    }
}

/// Texts at keys that `wanted` names, with their fields.
fn texts(values: &HelmValues, wanted: impl Fn(&Path) -> bool, out: &mut Vec<(String, Path)>) {
    for (path, leaf) in values.leaves() {
        if let Value::String(text) = leaf.value
            && !text.is_empty()
            && wanted(&path)
        {
            out.push((text.clone(), leaf.at));
        }
    }
}
