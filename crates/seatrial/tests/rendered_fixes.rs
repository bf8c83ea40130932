//! `seatrial fix` where what is responsible is no manifest: values files of the repository.

mod common;

use common::Place;

const PLATFORM: &str = "\
clusters:
  dev-1: {server: https://dev.acme.dev, environment: dev}
  prod-1: {server: https://prod.acme.dev, environment: prod}
environments:
  dev: {}
  prod: {replicas: {min: 3}}
repositories: {https://git.acme.dev/deploy.git: {path: deploy, anyRevision: true}}
";

const SET: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shop, namespace: argocd}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - list: {elements: [{env: dev, cluster: dev-1}, {env: prod, cluster: prod-1}]}
  template:
    metadata: {name: 'shop-{{.env}}'}
    spec:
      project: apps
      source:
        repoURL: https://git.acme.dev/deploy.git
        targetRevision: v1.0.0
        path: chart
        helm: {valueFiles: ['values-{{.env}}.yaml'], ignoreMissingValueFiles: true}
      destination: {name: '{{.cluster}}', namespace: shop}
";

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: 'shop:v1'}]}
";

fn place() -> Place {
    Place::new(&[
        ("seatrial.yaml", PLATFORM),
        ("apps/shop.yaml", SET),
        ("deploy/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("deploy/chart/values.yaml", "replicas: 1\n"),
        ("deploy/chart/templates/shop.yaml", TEMPLATE),
    ])
}

const FIX: [&str; 5] = ["fix", "--unsafe", "--rule", "replicas-mismatch", "."];

#[test]
fn a_fact_of_one_environment_goes_into_its_own_file() {
    let place = place();
    place.write("deploy/chart/values-prod.yaml", "# Production.\n");
    let run = place.run(&FIX);
    assert!(run.out.contains("Fixed 1 finding in 1 file"), "{run}");
    assert_eq!(place.read("deploy/chart/values-prod.yaml"), "# Production.\nreplicas: 3\n");
    assert_eq!(place.read("deploy/chart/values.yaml"), "replicas: 1\n");
}

#[test]
fn without_such_a_file_the_elements_say_it() {
    let place = place();
    let run = place.run(&FIX);
    assert!(run.out.contains("Fixed 1 finding in 1 file"), "{run}");
    assert_eq!(place.read("deploy/chart/values.yaml"), "replicas: 1\n");
    let set = place.read("apps/shop.yaml");
    assert!(set.contains("replicas: \"3\"") && set.contains("templatePatch: |"), "{set}");
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_what_it_leads_to_is_mended() {
    let place = place();
    place.write("deploy/shared.yaml", "# For all.\n");
    std::os::unix::fs::symlink("../shared.yaml", place.path().join("deploy/chart/values-prod.yaml")).unwrap();
    let run = place.run(&FIX);
    assert_eq!(place.read("deploy/shared.yaml"), "# For all.\nreplicas: 3\n", "{run}");
    assert!(place.path().join("deploy/chart/values-prod.yaml").is_symlink(), "{run}");
}

#[test]
fn what_lies_outside_of_the_root_is_left() {
    let place = place();
    place.write("deploy/chart/values-prod.yaml", "# Production.\n");
    // Only the folder of manifests is the tree under trial.
    let run = place.run(&["fix", "--unsafe", "--rule", "replicas-mismatch", "apps"]);
    assert_eq!(place.read("deploy/chart/values-prod.yaml"), "# Production.\n", "{run}");
    assert_eq!(place.read("deploy/chart/values.yaml"), "replicas: 1\n", "{run}");
}
