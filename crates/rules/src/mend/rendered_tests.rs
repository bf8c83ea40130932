//! Fixes that reach templates, values files and elements, each through the whole pipeline.

use crate::testing::{NAME, PLATFORM, Tester, application};

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicaCount }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: web
          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"
";

const VALUES: &str = "\
# Defaults.
replicaCount: 3
image:
  repository: ghcr.io/acme/web # where it is built
  tag: v1
imagePullSecrets: []
nodeSelector: {}
";

/// A chart with this template and these defaults, on the platform of two environments.
fn tester(rule: &str, template: &str, values: &str) -> Tester {
    let found = PLATFORM.replace(
        "https://git.acme.dev/deploy.git: {}",
        "https://git.acme.dev/deploy.git: {path: deploy, anyRevision: true}",
    );
    Tester::new(crate::find(rule).unwrap())
        .platform(&found)
        .around("deploy/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .around("deploy/web/values.yaml", values)
        .around("deploy/web/templates/web.yaml", template)
}

/// An Application of the chart with these Helm settings.
fn app(name: &str, cluster: &str, helm: &str) -> String {
    application(
        name,
        &[
            "source:",
            "  repoURL: https://git.acme.dev/deploy.git",
            "  targetRevision: v1",
            "  path: web",
            &format!("  helm: {helm}"),
            &format!("destination: {{name: {cluster}, namespace: shop}}"),
        ],
    )
}

fn both(dev: &str, prod: &str) -> String {
    format!("{}---\n{}", app("web-dev", "dev-1", dev), app("web-prod", "prod-1", prod))
}

/// The Applications of both environments from one set.
const SET: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web, namespace: argocd}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - list:
        elements:
          - env: dev
            cluster: dev-1
          - env: prod
            cluster: prod-1
  template:
    metadata: {name: 'web-{{.env}}'}
    spec:
      project: default
      source:
        repoURL: https://git.acme.dev/deploy.git
        targetRevision: v1
        path: web
      destination: {name: '{{.cluster}}', namespace: shop}
";

#[track_caller]
fn mends(tester: &Tester, text: &str, expected: &[(&str, &str)]) {
    let mended = tester.mended(text);
    let shown: Vec<(&str, &str)> = mended.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(shown, expected, "{:#?}", tester.shown(text));
}

const REGISTRY: &str = "registry-not-allowed";

#[test]
fn a_default_that_is_wrong_for_all() {
    let prod = app("web-prod", "prod-1", "{}");
    let right = VALUES.replace("ghcr.io/acme", "registry.acme.dev/acme");
    mends(&tester(REGISTRY, TEMPLATE, VALUES), &prod, &[("deploy/web/values.yaml", &right)]);
}

#[test]
fn a_default_that_another_environment_needs_is_overridden() {
    let with_files = both("{}", "{valueFiles: [values-prod.yaml]}");
    let own = "# Production.\nreplicaCount: 3\n";
    let tester = tester(REGISTRY, TEMPLATE, VALUES).around("deploy/web/values-prod.yaml", own);
    let right = format!("{own}image:\n  repository: registry.acme.dev/acme/web\n");
    mends(&tester, &with_files, &[("deploy/web/values-prod.yaml", &right)]);
    // Without a file of its own the Application says it.
    let bare = both("{}", "{releaseName: web}");
    let said =
        both("{}", "{releaseName: web, valuesObject: {image: {repository: registry.acme.dev/acme/web}}}");
    mends(&tester, &bare, &[(NAME, &said)]);
}

#[test]
fn elements_supply_what_differs() {
    let tester = tester(REGISTRY, TEMPLATE, VALUES);
    let mended = tester.mended(SET);
    assert_eq!(mended.len(), 1, "{mended:?}");
    let text = &mended[0].1;
    assert!(text.contains("repository: registry.acme.dev/acme/web\n"), "{text}");
    assert!(text.contains("templatePatch: |"), "{text}");
    let made = tester.expanded(text);
    let repository =
        |index: usize| made[index].pointer("/spec/source/helm/valuesObject/image/repository").cloned();
    assert_eq!(repository(0), None);
    assert_eq!(repository(1), Some("registry.acme.dev/acme/web".into()));
}

#[test]
fn what_the_chart_would_take_is_given() {
    let right = VALUES.replace("ghcr.io/acme", "registry.acme.dev/acme");
    let prod = app("web-prod", "prod-1", "{valueFiles: [values-prod.yaml]}");
    let own = "replicaCount: 1\n";
    let with = |rule: &str| tester(rule, TEMPLATE, &right).around("deploy/web/values-prod.yaml", own);
    let file = "deploy/web/values-prod.yaml";
    let secret = format!("{own}imagePullSecrets:\n- name: acme-prod\n");
    mends(&with("missing-pull-secret"), &prod, &[(file, &secret)]);
    let selector = format!("{own}nodeSelector:\n  workload: apps\n");
    mends(&with("missing-node-selector"), &prod, &[(file, &selector)]);
    mends(&with("replicas-mismatch"), &prod, &[(file, "replicaCount: 3\n")]);
}

#[test]
fn text_of_a_template_only_where_nobody_else_is_rendered_from_it() {
    let template =
        TEMPLATE.replace("{{ .Values.image.repository }}:{{ .Values.image.tag }}", "ghcr.io/acme/web:v1");
    let tester = tester(REGISTRY, &template, VALUES);
    let right = template.replace("ghcr.io", "registry.acme.dev");
    mends(&tester, &app("web-prod", "prod-1", "{}"), &[("deploy/web/templates/web.yaml", &right)]);
    mends(&tester, &both("{}", "{}"), &[]);
}

#[test]
fn plain_manifests() {
    let claim = "# Data.\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  storageClassName: standard # ours\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n";
    let tester = tester("unknown-storage-class", TEMPLATE, VALUES).around("deploy/plain/claim.yaml", claim);
    let prod =
        app("web-prod", "prod-1", "{}").replace("path: web", "path: plain").replace("    helm: {}\n", "");
    let right = claim.replace("standard", "ebs-gp3");
    mends(&tester, &prod, &[("deploy/plain/claim.yaml", &right)]);
}

#[test]
fn a_registry_that_needs_a_secret_comes_with_it() {
    let prod = app("web-prod", "prod-1", "{valueFiles: [values-prod.yaml]}");
    let own = "nodeSelector: {workload: apps}\n";
    let tester =
        tester(REGISTRY, TEMPLATE, VALUES).around("deploy/web/values-prod.yaml", own).with_all_rules();
    let mended = tester.mended(&prod);
    let right = format!(
        "{own}image:\n  repository: registry.acme.dev/acme/web\nimagePullSecrets:\n- name: acme-prod\n"
    );
    let file = mended.iter().find(|(path, _)| path == "deploy/web/values-prod.yaml");
    assert!(file.is_some_and(|(_, text)| text.starts_with(&right)), "{mended:#?}");
}

#[test]
fn silences_in_values_files_and_templates() {
    let prod = app("web-prod", "prod-1", "{}");
    let silent =
        VALUES.replace("# where it is built", "# seatrial: ignore[registry-not-allowed] mirrored next week");
    let report = tester(REGISTRY, TEMPLATE, &silent).report(&prod);
    assert_eq!((report.findings.len(), report.summary.silenced), (0, 1));
    let side =
        TEMPLATE.replace("{{ .Values.image.repository }}:{{ .Values.image.tag }}", "ghcr.io/acme/web:v1");
    let silent = side.replace(
        "        - name: web\n",
        "        - name: web\n          {{- /* seatrial: ignore[registry-not-allowed] mirrored next week */}}\n",
    );
    assert_eq!(tester(REGISTRY, &side, VALUES).report(&prod).findings.len(), 1);
    let report = tester(REGISTRY, &silent, VALUES).report(&prod);
    assert_eq!((report.findings.len(), report.summary.silenced), (0, 1));
}

#[test]
fn workloads_with_the_same_value_do_not_hide_one_another() {
    let worker = TEMPLATE
        .replace("name: {{ .Release.Name }}", "name: worker")
        .replace(".Values.replicaCount", ".Values.worker.count");
    let values = format!("{VALUES}worker: {{count: 1}}\n");
    let both = tester("replicas-mismatch", &format!("{TEMPLATE}---\n{worker}"), &values);
    let prod = app("web-prod", "prod-1", "{valuesObject: {replicaCount: 1}}");
    let mut shown: Vec<String> = both.report(&prod).findings.into_iter().map(|f| f.message).collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "1 replicas, where the platform has at least 3 in prod (Deployment worker)",
            "`1` replicas, where the platform has at least 3 in prod",
        ]
    );
}

#[test]
fn what_is_judged_for_itself_is_told_once() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: m, annotations: {argocd.argoproj.io/hook: PreSynk}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: m, image: a}]}}}\n";
    let prod =
        app("web-prod", "prod-1", "{}").replace("path: web", "path: plain").replace("    helm: {}\n", "");
    let once = |tester: Tester| assert_eq!(tester.report(&prod).findings.len(), 1);
    once(tester("unknown-hook", TEMPLATE, VALUES).beside("deploy/plain/job.yaml", job));
    once(tester("unknown-hook", TEMPLATE, VALUES).around("deploy/plain/job.yaml", job));
}
