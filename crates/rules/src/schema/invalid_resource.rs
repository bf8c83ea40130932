use std::collections::{BTreeMap, BTreeSet};

use seatrial_argocd::schema;
use seatrial_kubernetes::{Crds, IssueKind, SchemaIssue, Verdict, Version};
use seatrial_trial::{Application, Model, Resource, Severity, Sink};
use seatrial_yaml::Path;

use crate::rendered::{Fault, Rendered};
use crate::subject::scope;

declare_rule! {
    /// Finds rendered resources that the API server would refuse.
    ///
    /// ## What it does
    /// Judges every rendered resource as the API server of the cluster's release (`kubernetes:`) does under strict field validation:
    /// unknown fields, wrong types, required fields, values that are not allowed, names, labels, selectors that do not match, mounts
    /// without a volume. Custom resources are judged by the definitions that are rendered beside them or that `argocd.state`
    /// holds. Where the release is not stated, only what both the oldest and the newest supported one refuse is told. Kinds that
    /// nobody defines are told as unknown, and so is whether rules in CEL (`x-kubernetes-validations`) are kept: they are not evaluated.
    ///
    /// ## Why it is bad
    /// The sync fails half-way, with part of the resources applied.
    ///
    /// ## Example
    /// ```yaml
    /// kind: Deployment
    /// spec: {replicas: "5"}     # a text where a number must be
    /// ```
    ///
    /// ## How to fix
    /// Mend the value or the template that writes the field.
    ///
    /// ## When to ignore
    /// Never.
    "invalid-resource", Schema, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let crds = definitions(model);
    let mut unknown: BTreeMap<String, (&Application, Resource)> = BTreeMap::new();
    let mut unevaluated: BTreeMap<String, (&Application, Resource, SchemaIssue)> = BTreeMap::new();
    let rendered = Rendered::each(model, |view, resource, faults| {
        if resource.group() == "argoproj.io" && schema::knows(resource.kind()) {
            let issues = schema::check(model.version(), resource.kind(), &resource.object);
            let refused = issues.into_iter().filter(|i| i.kind != schema::IssueKind::Deprecated);
            let help = "Mend it as you would a manifest of its own.";
            faults.extend(refused.map(|i| Fault::new(i.path, i.text.clone(), i.text).help(help)));
            return;
        }
        let fact = scope(model, view.application).kubernetes();
        let version = fact.as_ref().and_then(|fact| Version::parse(fact.value));
        match judged(version, resource, &crds) {
            Verdict::Judged(issues) => {
                for issue in issues {
                    if issue.kind == IssueKind::NotEvaluated {
                        let first = || (view.application, resource.clone(), issue);
                        unevaluated.entry(named(resource)).or_insert_with(first);
                        continue;
                    }
                    let fault = fault(issue);
                    faults.push(match &fact {
                        Some(fact) if version.is_some() => fault.fact(fact),
                        _ => fault,
                    });
                }
            }
            Verdict::NoSuchKind { nearest } => {
                let (api, kind) = (resource.text("/apiVersion"), resource.kind());
                let message = format!("no matches for kind \"{kind}\" in version \"{api}\"");
                let help = match nearest {
                    Some(near) => format!("Kubernetes has `{}` {}.", near.api_version(), near.kind),
                    None => "Kubernetes has no such kind.".to_owned(),
                };
                faults.push(Fault::new(Path::keys(["kind"]), format!("{api}/{kind}"), message).help(help));
            }
            Verdict::Unknown => {
                unknown.entry(named(resource)).or_insert_with(|| (view.application, resource.clone()));
            }
            // `removed-api` tells of it.
            Verdict::NotServed(_) => {}
        }
    });
    rendered.report(model, out);
    for (kind, (application, resource)) in unknown {
        let span = model.why(application, &resource, &Path::keys(["kind"])).span;
        out.unknown(
            Some(span),
            format!("whether resources of `{kind}` are valid"),
            format!("the CustomResourceDefinition of `{kind}`, rendered beside it or under `argocd.state`"),
        );
    }
    for (kind, (application, resource, issue)) in unevaluated {
        let span = model.why(application, &resource, &issue.path).span;
        out.unknown(
            Some(span),
            format!("whether resources of `{kind}` keep the rules of their definition"),
            format!("an API server: rules in CEL are not evaluated here; the first is {}", issue.message),
        );
    }
}

/// Group and kind.
fn named(resource: &Resource) -> String {
    format!("{}/{}", resource.group(), resource.kind())
}

/// Every definition that is rendered by an Application, or known of the platform.
fn definitions(model: &Model<'_>) -> Crds {
    let mut crds = Crds::new();
    for object in model.context.state().other() {
        crds.add(object);
    }
    for application in &model.applications {
        for resource in &model.context.resources(application).list {
            crds.add(&resource.object);
        }
    }
    crds
}

/// What the API server of a release says; of a release that nobody has stated, what the oldest and the newest both say.
fn judged(version: Option<Version>, resource: &Resource, crds: &Crds) -> Verdict {
    let check = |version| seatrial_kubernetes::check(version, &resource.object, crds);
    if let Some(version) = version {
        return check(version);
    }
    match (check(Version::NEWEST), check(Version::OLDEST)) {
        (Verdict::Judged(newest), Verdict::Judged(oldest)) => {
            let both: BTreeSet<&str> = oldest.iter().map(|issue| issue.message.as_str()).collect();
            Verdict::Judged(newest.into_iter().filter(|i| both.contains(i.message.as_str())).collect())
        }
        // What only one of them serves is judged by that one.
        (judged @ Verdict::Judged(_), _) | (_, judged @ Verdict::Judged(_)) => judged,
        (newest, _) => newest,
    }
}

fn fault(issue: SchemaIssue) -> Fault {
    let help = match &issue.kind {
        IssueKind::UnknownField { nearest: Some(near), .. } => format!("Did you mean `{near}`?"),
        IssueKind::UnknownField { introduced: Some(first), .. } => {
            format!("It comes with Kubernetes {first}.")
        }
        IssueKind::UnknownField { removed: Some(gone), .. } => format!("It went with Kubernetes {gone}."),
        IssueKind::UnknownField { .. } => "Take it out: strict clients refuse it, others drop it.".to_owned(),
        IssueKind::WrongType { expected, got } => format!("It must be {expected}, and is {got}."),
        IssueKind::MissingField => "Give it a value.".to_owned(),
        IssueKind::InvalidEnum { allowed } => format!("Allowed: {}.", allowed.join(", ")),
        IssueKind::InvalidValue => "Mend the value.".to_owned(),
        IssueKind::Duplicate => "Leave one of the two out: patches lose one of them.".to_owned(),
        IssueKind::Inconsistent => "Bring the two together.".to_owned(),
        IssueKind::NotEvaluated => "Ask an API server.".to_owned(),
    };
    let duplicate = issue.kind == IssueKind::Duplicate;
    let key = issue.message.clone();
    let fault = Fault::new(issue.path, key, issue.message).help(help);
    if duplicate { fault.severity(Severity::Warning) } else { fault }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester};

    #[test]
    fn as_the_api_server_says() {
        let tester = Tester::new(&RULE);
        let map =
            |data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {data}\n");
        tester.finds_deployed(&map("{a: b}"), &[]);
        tester.finds_deployed(
            &map("{a: 5}"),
            &["json: cannot unmarshal number into Go struct field ConfigMap.data of type string (ConfigMap c)"],
        );
        tester.finds_deployed(
            "apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: d}\n",
            &["no matches for kind \"Deploymnt\" in version \"apps/v1\" (Deploymnt d)"],
        );
    }

    #[test]
    fn by_release_and_definition() {
        let tester = Tester::new(&RULE);
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostnameOverride: a, containers: [{name: c, image: b}]}\n";
        let on = |release: &str| {
            PLATFORM.replace("    sync: manual", &format!("    kubernetes: '{release}'\n    sync: manual"))
        };
        tester.finds_deployed(pod, &[]);
        tester.finds_deployed_on(&on("1.36"), pod, &[]);
        tester.finds_deployed_on(&on("1.33"), pod, &["unknown field \"spec.hostnameOverride\" (Pod p)"]);
        let custom = "apiVersion: acme.dev/v1\nkind: Pool\nmetadata: {name: x}\nspec: {size: many}\n";
        tester.finds_deployed(custom, &[]);
        let definition = "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: pools.acme.dev}\nspec:\n  group: acme.dev\n  scope: Namespaced\n  names: {kind: Pool, plural: pools}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}]\n";
        tester.finds_deployed(
            &format!("{custom}{definition}"),
            &["spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\" (Pool x)"],
        );
    }

    #[test]
    fn rules_in_cel_are_not_known() {
        let tester = Tester::new(&RULE);
        let unknown = |manifests: &str, rules: &str| -> Vec<(String, String)> {
            let definition = format!(
                "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: pools.acme.dev}}\nspec:\n  group: acme.dev\n  scope: Namespaced\n  names: {{kind: Pool, plural: pools}}\n  versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{a: {{type: integer}}, b: {{type: integer}}}}, x-kubernetes-validations: [{rules}]}}}}}}}}}}]\n"
            );
            let report = tester.report_deployed_on(PLATFORM, &format!("{manifests}{definition}"));
            assert!(report.findings.is_empty(), "{:?}", report.findings);
            report.unknown.into_iter().map(|unknown| (unknown.what, unknown.needs)).collect()
        };
        let pool = "apiVersion: acme.dev/v1\nkind: Pool\nmetadata: {name: x}\nspec: {a: 1, b: 2}\n";
        let told = [(
            "whether resources of `acme.dev/Pool` keep the rules of their definition".to_owned(),
            "an API server: rules in CEL are not evaluated here; the first is the rule \"self.a <= self.b\" for spec"
                .to_owned(),
        )];
        assert_eq!(unknown(pool, "{rule: self == oldSelf}, {rule: self.a <= self.b}"), told);
        // Once for a kind, and not where the value is missing or the rule is one of changes.
        let two = format!("{pool}---\n{}", pool.replace("name: x", "name: z"));
        assert_eq!(unknown(&two, "{rule: self.a <= self.b}"), told);
        let without = "apiVersion: acme.dev/v1\nkind: Pool\nmetadata: {name: x}\n";
        assert_eq!(unknown(without, "{rule: self.a <= self.b}"), []);
        assert_eq!(unknown(pool, "{rule: self == oldSelf}"), []);
    }
}
