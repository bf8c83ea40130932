//! What the real Argo CD makes of a set, against what was demanded.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use crate::judge;

/// The tag of the charts that is asked for.
const TAG: &str = "v0.4.0";

/// Asks Argo CD what the set generates and what each Application renders to; `folder` stands for every repository.
pub(super) fn check(set: &str, folder: &Path, demanded: &Value) -> Result<()> {
    let repos = json!({"*": {"dir": folder, "tags": [TAG]}});
    let state = state(demanded);
    let question = json!({"applicationSet": set, "state": state, "repos": repos, "admission": "enforce"});
    let answer = judge::ask("argocd", vec![question])?.pop().context("no answer")?;
    ensure!(answer["error"].as_str().unwrap_or_default().is_empty(), "Argo CD says {answer:#}");
    let made = answer["applications"].as_array().cloned().unwrap_or_default();
    let created = answer["created"].as_array().map_or(0, Vec::len);
    ensure!(created == made.len(), "Argo CD refuses some: {answer:#}");
    let render = |application: &Value| json!({"application": application, "state": state, "repos": repos});
    let questions: Vec<Value> = made.iter().map(render).collect();
    let mut seen = BTreeMap::new();
    for (application, rendered) in made.iter().zip(judge::ask(judge::RENDER, questions)?) {
        let name = application["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        seen.insert(name, summary(application, &rendered)?);
    }
    let seen = json!(seen);
    ensure!(seen == *demanded, "Argo CD makes\n{seen:#}\ndemanded is\n{demanded:#}");
    Ok(())
}

/// What the controller finds in its cluster: the clusters and projects that are demanded.
fn state(demanded: &Value) -> Vec<Value> {
    let of = |key: &str| -> Vec<String> {
        let all = demanded.as_object().into_iter().flat_map(Map::values);
        let mut found: Vec<String> = all.filter_map(|one| one[key].as_str()).map(str::to_owned).collect();
        found.sort();
        found.dedup();
        found
    };
    let clusters = of("server").into_iter().enumerate().map(|(index, server)| {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": format!("cluster-{index}"), "namespace": "argocd",
                "labels": {"argocd.argoproj.io/secret-type": "cluster"},
            },
            "stringData": {"name": format!("cluster-{index}"), "server": server, "config": "{}"},
        })
    });
    let projects = of("project").into_iter().map(|name| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]},
        })
    });
    clusters.chain(projects).collect()
}

/// An Application and the Deployment it renders to, in the words of what is demanded.
fn summary(application: &Value, rendered: &Value) -> Result<Value> {
    let spec = &application["spec"];
    let manifests = rendered["manifests"].as_array().with_context(|| format!("{rendered:#}"))?;
    let deployment = manifests.iter().find(|one| one["kind"] == "Deployment");
    let deployment = deployment.with_context(|| format!("no Deployment: {rendered:#}"))?;
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let image = container["image"].as_str().unwrap_or_default();
    Ok(json!({
        "server": spec["destination"]["server"],
        "namespace": spec["destination"]["namespace"],
        "project": spec["project"],
        "automated": spec["syncPolicy"]["automated"],
        "replicas": deployment["spec"]["replicas"],
        "memory": container["resources"]["requests"]["memory"],
        "registry": image.split('/').next(),
        "pullSecrets": pod["imagePullSecrets"],
        "nodeSelector": pod["nodeSelector"],
    }))
}
