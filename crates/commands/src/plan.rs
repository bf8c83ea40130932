//! What to run for a set, in order: nothing that changes anything before it was looked at, production last.

use crate::known::Version;

/// Where an Application goes, and what it runs there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destination {
    /// `namespace/name`, as Argo CD lists it.
    pub application: String,
    /// The environment.
    pub environment: Option<String>,
    /// Whether that is production.
    pub production: bool,
    /// Whether it is synced automatically.
    pub automated: bool,
    /// The namespace of its workloads.
    pub namespace: String,
    /// The context of its cluster; `None` when it is not known.
    pub context: Option<String>,
    /// Its workloads.
    pub workloads: Vec<Workload>,
}

/// A workload of an Application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workload {
    /// `deployment/name`.
    pub name: String,
    /// The namespace it is in.
    pub namespace: String,
    /// How many replicas it is to have, where that is said.
    pub replicas: Option<u64>,
    /// The labels of its pods that select them: `app=x,tier=y`.
    pub selector: String,
}

/// What is to be planned for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Planned {
    /// The manifest's file.
    pub file: String,
    /// Names of the ApplicationSets in it.
    pub sets: Vec<String>,
    /// The version of Argo CD.
    pub argocd: Option<Version>,
    /// Argo CD's namespace.
    pub argocd_namespace: String,
    /// The context of the cluster that Argo CD runs in; `None` when it is not known.
    pub hub: Option<String>,
    /// The Applications, environments in the order they are to be served.
    pub destinations: Vec<Destination>,
}

/// The commands for a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A step: some commands for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is for.
    pub title: String,
    /// The environment it is for; `None`: all of them.
    pub environment: Option<String>,
    /// A person has to agree first.
    pub gated: bool,
    /// The commands, each with what to expect of it; empty when nothing is to be said.
    pub commands: Vec<(String, String)>,
}

/// How many seconds are waited for an Application.
const TIMEOUT: u32 = 300;

/// The commands for a manifest: preview, apply, and for each environment compare, sync, wait, verify. Production comes last, and
/// a person has to agree before it.
pub fn plan(planned: &Planned) -> Plan {
    let mut steps = Vec::new();
    let file = word(&planned.file);
    let hub = context(planned.hub.as_deref());
    let namespace = word(&planned.argocd_namespace);
    let mut preview = vec![
        (format!("seatrial expand {file}"), "the Applications, without a cluster".to_owned()),
        (format!("kubectl apply --dry-run=server -n {namespace} -f {file}{hub}"), "no error".to_owned()),
    ];
    if !planned.sets.is_empty() {
        let count = planned.destinations.len();
        preview.push((format!("argocd appset generate {file} -o yaml"), applications(count)));
        preview.push((
            format!("argocd appset create {file} --dry-run --upsert -o yaml"),
            "the set as the server takes it".to_owned(),
        ));
    }
    steps.push(step("Preview: nothing is changed", None, false, preview));
    let prod = planned.destinations.iter().any(|to| to.production && to.automated);
    let mut apply = vec![(
        format!("kubectl apply -n {namespace} -f {file}{hub}"),
        "or commit it, where Argo CD reads its sets from Git".to_owned(),
    )];
    for set in &planned.sets {
        apply.push((
            format!("argocd appset get {namespace}/{} -o yaml", word(set)),
            "no condition ErrorOccurred".to_owned(),
        ));
    }
    let title = if prod {
        "Apply, once somebody agreed: what is automated is synced at once, production among it"
    } else {
        "Apply: what is automated is synced at once"
    };
    steps.push(step(title, None, prod, apply));
    let mut groups: Vec<(Option<&str>, bool, Vec<&Destination>)> = Vec::new();
    for to in &planned.destinations {
        match groups.iter_mut().find(|(environment, ..)| *environment == to.environment.as_deref()) {
            Some((_, _, group)) => group.push(to),
            None => groups.push((to.environment.as_deref(), to.production, vec![to])),
        }
    }
    // A stable sort: the order of environments is kept otherwise.
    groups.sort_by_key(|(_, production, _)| *production);
    for (environment, production, group) in groups {
        of_environment(environment, production, &group, &mut steps);
    }
    Plan { steps }
}

fn of_environment(
    environment: Option<&str>,
    production: bool,
    group: &[&Destination],
    steps: &mut Vec<Step>,
) {
    let place = environment.unwrap_or("no known environment");
    let (mut diff, mut sync, mut wait, mut verify) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for to in group {
        let name = word(&to.application);
        diff.push((format!("argocd app get {name} --refresh"), String::new()));
        diff.push((
            format!("argocd app diff {name}"),
            "exit 0: no difference; 1: those shown; else it failed".to_owned(),
        ));
        diff.push((format!("argocd app sync {name} --dry-run"), "what a sync would do".to_owned()));
        if !to.automated {
            sync.push((format!("argocd app sync {name}"), String::new()));
        }
        wait.push((
            format!("argocd app wait {name} --sync --health --operation --timeout {TIMEOUT}"),
            "Synced and Healthy".to_owned(),
        ));
        let context = context(to.context.as_deref());
        for workload in &to.workloads {
            let namespace = word(&workload.namespace);
            let replicas = workload.replicas.map(|n| format!("{n}/{n} ready")).unwrap_or_default();
            verify.push((format!("kubectl get {} -n {namespace}{context}", word(&workload.name)), replicas));
            if !workload.selector.is_empty() {
                let selector = word(&workload.selector);
                verify.push((
                    format!("kubectl get pods -n {namespace} -l {selector} -o wide{context}"),
                    String::new(),
                ));
                verify.push((
                    format!("kubectl logs -n {namespace} -l {selector} --tail=50{context}"),
                    String::new(),
                ));
            }
        }
        if to.workloads.is_empty() {
            let namespace = word(&to.namespace);
            verify.push((format!("kubectl get pods -n {namespace} -o wide{context}"), String::new()));
        }
    }
    let environment = environment.map(str::to_owned);
    steps.push(step(&format!("Compare {place} with what runs"), environment.clone(), false, diff));
    if !sync.is_empty() {
        let title = if production {
            format!("Sync {place}, by hand: once the others are healthy and somebody agreed")
        } else {
            format!("Sync {place}, by hand")
        };
        steps.push(step(&title, environment.clone(), production, sync));
    }
    steps.push(step(&format!("Wait for {place}"), environment.clone(), false, wait));
    steps.push(step(&format!("Verify {place}"), environment, false, verify));
}

fn step(title: &str, environment: Option<String>, gated: bool, commands: Vec<(String, String)>) -> Step {
    let mut unique: Vec<(String, String)> = Vec::new();
    for command in commands {
        if !unique.contains(&command) {
            unique.push(command);
        }
    }
    Step { title: title.to_owned(), environment, gated, commands: unique }
}

fn context(name: Option<&str>) -> String {
    name.map(|name| format!(" --context={}", word(name))).unwrap_or_default()
}

fn applications(n: usize) -> String {
    if n == 1 { "1 Application".to_owned() } else { format!("{n} Applications") }
}

/// A text as one word of a shell.
fn word(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | ',' | '@' | '+')
    };
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        text.to_owned()
    } else if text.starts_with('-') {
        format!("./{}", quoted(text))
    } else {
        quoted(text)
    }
}

fn quoted(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Surroundings, check, found};

    fn planned() -> Planned {
        let to = |environment: &str, production: bool, automated: bool| Destination {
            application: format!("argocd/agent-{environment}"),
            environment: Some(environment.into()),
            production,
            automated,
            namespace: "agents".into(),
            context: Some(format!("{environment}-eks")),
            workloads: vec![Workload {
                name: "deployment/agent".into(),
                namespace: "agents".into(),
                replicas: Some(3),
                selector: "app.kubernetes.io/name=agent,tier=web".into(),
            }],
        };
        Planned {
            file: "apps/agent's set.yaml".into(),
            sets: vec!["agent".into()],
            argocd: Some(Version(3, 6)),
            argocd_namespace: "argocd".into(),
            hub: Some("minikube".into()),
            destinations: vec![to("prod", true, false), to("dev", false, true), to("staging", false, true)],
        }
    }

    #[test]
    fn production_is_last_and_gated() {
        let plan = plan(&planned());
        let titles: Vec<(&str, bool)> =
            plan.steps.iter().map(|step| (step.title.as_str(), step.gated)).collect();
        assert_eq!(titles.len(), 2 + 3 * 3 + 1, "{titles:?}");
        assert_eq!(titles[9], ("Sync prod, by hand: once the others are healthy and somebody agreed", true));
        assert!(titles[2].0.contains("dev") && titles[5].0.contains("staging"));
    }

    #[test]
    fn what_is_planned_is_right() {
        for version in [Version(3, 3), Version(3, 4), Version(3, 5), Version(3, 6)] {
            let surroundings = Surroundings { argocd: Some(version), ..Surroundings::default() };
            for step in plan(&planned()).steps {
                for (text, _) in step.commands {
                    let commands = found(&text, Kind::Script);
                    assert!(commands.len() == 1 || text.starts_with("seatrial"), "{text}");
                    for command in commands {
                        assert_eq!(check(&command, &surroundings), [], "{text}");
                    }
                }
            }
        }
    }
}
