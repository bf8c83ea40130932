//! From manifests and the platform to what is to be planned for.

use std::collections::BTreeSet;

use seatrial_commands::{Destination, Planned, Version, Workload, plan};
use seatrial_platform::Platform;
use seatrial_trial::collect::collect;
use seatrial_trial::{Foreseen, Inputs, Resource, foresee};
use serde_json::Value;

use super::output::{Command, PlanOutput, StepOutput};
use crate::cli::Global;
use crate::error::CliError;
use crate::io::Io;
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};

/// For how many files commands are told at once.
const MAX_FILES: usize = 20;

/// The plans for the manifests of a session.
pub(super) fn plans(session: &Session, global: &Global, io: &Io<'_>) -> Result<Vec<PlanOutput>, CliError> {
    let inputs = &session.inputs;
    let collected = collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
    session.insist(&collected.errors, collected.files.len())?;
    let plans = progress::during("rendering", shows_progress(global, io), || {
        on_threads(global, || {
            let all = collected.files.iter().filter_map(|file| {
                let inputs = Inputs { paths: vec![file.path.to_string()], ..inputs.clone() };
                let applications = foresee(&inputs).applications;
                let sets = sets(&file.text);
                // Projects and the like need no commands of these.
                (!applications.is_empty() || !sets.is_empty()).then(|| {
                    of_file(
                        &format!("{}{}", inputs.snapshot.label(), file.path),
                        sets,
                        &applications,
                        &inputs.platform,
                    )
                })
            });
            all.take(MAX_FILES + 1).collect::<Vec<_>>()
        })
    })?;
    if plans.len() > MAX_FILES {
        return Err(CliError::new(format!("there are more than {MAX_FILES} manifests"))
            .hint("name one of them, or a smaller folder"));
    }
    Ok(plans)
}

fn of_file(file: &str, sets: Vec<String>, applications: &[Foreseen], platform: &Platform) -> PlanOutput {
    let place = |environment: &Option<String>| {
        let known = platform.environments.iter().position(|e| Some(&e.name.value) == environment.as_ref());
        known.unwrap_or(usize::MAX)
    };
    let mut sorted: Vec<&Foreseen> = applications.iter().collect();
    sorted.sort_by_key(|application| place(&application.environment));
    let context = |cluster: &str| {
        platform
            .cluster(cluster)
            .and_then(|cluster| cluster.context.as_ref())
            .map(|context| context.value.clone())
    };
    let hub = platform.argocd.runs_in.as_ref().map(|cluster| cluster.value.clone());
    let mut notes: BTreeSet<String> = BTreeSet::new();
    for cluster in sorted.iter().filter_map(|a| a.cluster.as_ref()).chain(&hub) {
        if context(cluster).is_none() {
            notes.insert(format!(
                "clusters.{cluster}.context is not stated: kubectl uses the context that is current"
            ));
        }
    }
    if hub.is_none() {
        notes.insert("argocd.runsIn is not stated: kubectl uses the context that is current".to_owned());
    }
    for application in sorted.iter().filter(|application| application.cluster.is_none()) {
        notes.insert(format!("{} goes to no cluster of the platform", application.name));
    }
    for application in sorted.iter().filter(|application| !application.resources.are_complete()) {
        notes.insert(format!(
            "not all resources of {} are known, so that more is to be verified",
            application.name
        ));
    }
    let planned = Planned {
        file: file.to_owned(),
        sets,
        argocd: Version::parse(&platform.version().to_string()),
        argocd_namespace: platform.namespace().to_owned(),
        hub: hub.as_deref().and_then(context),
        destinations: sorted.iter().map(|a| destination(a, a.cluster.as_deref().and_then(context))).collect(),
    };
    let steps = plan(&planned).steps.into_iter().map(|step| StepOutput {
        title: step.title,
        environment: step.environment,
        gated: step.gated,
        commands: step.commands.into_iter().map(|(command, expect)| Command { command, expect }).collect(),
    });
    PlanOutput { file: file.to_owned(), steps: steps.collect(), notes: notes.into_iter().collect() }
}

fn destination(application: &Foreseen, context: Option<String>) -> Destination {
    let json = &application.json;
    let automated = json.pointer("/spec/syncPolicy/automated").is_some_and(|automated| {
        !automated.is_null() && automated.get("enabled").and_then(Value::as_bool) != Some(false)
    });
    let namespace = json.pointer("/spec/destination/namespace").and_then(Value::as_str).unwrap_or("default");
    Destination {
        application: application.name.clone(),
        environment: application.environment.clone(),
        production: application.production,
        automated,
        namespace: namespace.to_owned(),
        context,
        workloads: application.resources.list.iter().filter_map(|r| workload(r, namespace)).collect(),
    }
}

fn workload(resource: &Resource, namespace: &str) -> Option<Workload> {
    if resource.group() != "apps" || !matches!(resource.kind(), "Deployment" | "StatefulSet" | "DaemonSet") {
        return None;
    }
    let labels = resource.object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let labels =
        labels.into_iter().flatten().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    Some(Workload {
        name: format!("{}/{}", resource.kind().to_ascii_lowercase(), resource.name()),
        namespace: if resource.namespace().is_empty() { namespace } else { resource.namespace() }.to_owned(),
        replicas: resource.object.pointer("/spec/replicas").and_then(Value::as_u64),
        selector: labels.collect::<Vec<_>>().join(","),
    })
}

/// The names of the ApplicationSets in a manifest.
fn sets(text: &str) -> Vec<String> {
    let tree = seatrial_yaml::parse(text);
    let name = |document: seatrial_yaml::Document<'_>| {
        let root = document.root();
        let is_set = root.get("kind")?.as_str()? == "ApplicationSet";
        let name = root.get("metadata")?.get("name")?.as_str()?.into_owned();
        (is_set && !name.is_empty()).then_some(name)
    };
    tree.documents().filter_map(name).collect()
}
