//! What the recorded renderings cannot cover: charts of chart repositories, other releases of Argo CD, what is not
//! rendered here, and what the controller makes of resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_argocd::render::{Hook, Scope, normalize};
use seatrial_argocd::{
    ChartCache, ChartFiles, ChartRequest, Fixtures, Flags, RenderOptions, Renderer, Rendering, RepoAnswer,
    RepoEntry, RepoEntryKind, Repositories, State, Version, World,
};
use serde_json::{Value, json};

/// One repository of files, and one chart repository with the same files as a chart.
struct Files(BTreeMap<&'static str, &'static str>);

impl Files {
    fn entry(path: &str) -> RepoEntry {
        RepoEntry { path: path.to_owned(), kind: RepoEntryKind::File }
    }
}

impl Repositories for Files {
    fn entries(&self, url: &str, _: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        match url {
            "https://git" => RepoAnswer::Ok(Arc::new(self.0.keys().map(|path| Self::entry(path)).collect())),
            _ => RepoAnswer::Unknown(format!("the content of the repository {url}")),
        }
    }

    fn read(&self, _: &str, _: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Ok(self.0[path].as_bytes().into())
    }

    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<Arc<ChartFiles>> {
        let ChartRequest { url, chart, version: wanted, .. } = *asked;
        if url != "https://charts" {
            return RepoAnswer::Unknown(format!("the chart {chart} of {url}"));
        }
        if wanted != "1.x" {
            let text = "invalid revision: version matching constraint not found in 1 tags";
            return RepoAnswer::Error(text.to_owned());
        }
        let files = self.0.iter().map(|(path, text)| (Self::entry(path), Arc::from(text.as_bytes())));
        let label = "demo-1.0.0.tgz!".to_owned();
        RepoAnswer::Ok(Arc::new(ChartFiles { version: "1.0.0".to_owned(), files: files.collect(), label }))
    }

    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>> {
        match url {
            "https://values/a.yaml" => RepoAnswer::Ok(b"text: fetched\n".as_slice().into()),
            "https://values/none.yaml" => RepoAnswer::Error(format!("failed to fetch {url} : 404 Not Found")),
            _ => RepoAnswer::Unknown(format!("the content of {url}")),
        }
    }
}

const CHART: [(&str, &str); 4] = [
    ("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n"),
    ("values.yaml", "text: plain\n"),
    ("env/a.yaml", "text: a\n"),
    (
        "templates/cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\ndata: {text: {{ .Values.text }}, kube: '{{ .Capabilities.KubeVersion }}'}\n",
    ),
];

fn with<R>(
    files: &[(&'static str, &'static str)],
    version: Version,
    state: Vec<Value>,
    ask: impl FnOnce(&World<'_>) -> R,
) -> R {
    let project =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}});
    let state = State::new("argocd", state.into_iter().chain([project])).complete();
    let repositories = Files(files.iter().copied().collect());
    ask(&World {
        namespace: "argocd".to_owned(),
        version,
        flags: Flags::default(),
        state: &state,
        repositories: &repositories,
        fixtures: &Fixtures::default(),
        clusters_known: true,
        projects_known: true,
    })
}

fn application(source: Value) -> Value {
    json!({"metadata": {"name": "demo"}, "spec": {"project": "default", "source": source,
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "apps"}}})
}

fn render(files: &[(&'static str, &'static str)], version: Version, source: Value) -> Rendering {
    with(files, version, Vec::new(), |world| {
        Renderer::new(world, &ChartCache::default()).render(&application(source), &RenderOptions::default())
    })
}

fn text(rendering: &Rendering) -> &str {
    rendering.resources[0].object.pointer("/data/text").and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn charts_of_a_chart_repository() {
    let chart = |revision: &str, helm: Value| {
        let source =
            json!({"repoURL": "https://charts", "chart": "demo", "targetRevision": revision, "helm": helm});
        render(&CHART, Version::NEWEST, source)
    };
    let got = chart("1.x", json!({"valueFiles": ["env/a.yaml"]}));
    assert_eq!((text(&got), got.sources[0].revision.as_deref()), ("a", Some("1.0.0")));
    assert!(got.is_complete());
    // Which Kubernetes it is was asked and not told.
    assert_eq!(got.assumed.len(), 2);
    let got = chart("2.x", json!({}));
    let error = got.error.unwrap();
    assert_eq!(error.cause, "invalid revision: version matching constraint not found in 1 tags");
    assert_eq!(error.at.to_string(), "spec.source.targetRevision");
}

/// The words are those of the repo server of Argo CD 3.6.1 with Helm 4.3.1, asked over a server that listens.
#[test]
fn values_files_that_are_addresses() {
    let schemes = |schemes: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"},
            "data": {"helm.valuesFileSchemes": schemes}})
    };
    let ask = |state: Vec<Value>, helm: Value| {
        let source = json!({"repoURL": "https://git", "path": ".", "helm": helm});
        with(&CHART, Version::NEWEST, state, |world| {
            Renderer::new(world, &ChartCache::default())
                .render(&application(source), &RenderOptions::default())
        })
    };
    let files =
        |files: &[&str]| ask(Vec::new(), json!({"valueFiles": files, "ignoreMissingValueFiles": true}));
    assert_eq!(text(&files(&["https://values/a.yaml"])), "fetched");
    assert_eq!(text(&files(&["https://values/a.yaml", "env/a.yaml"])), "a");
    assert_eq!(text(&files(&["https://values/a.yaml,env/a.yaml"])), "a");
    let got = ask(Vec::new(), json!({"fileParameters": [{"name": "text", "path": "https://values/a.yaml"}]}));
    assert!(got.error.unwrap().message.contains("--set-file text=https://values/a.yaml"));
    // What is not there is missed though missing files are ignored.
    let got = files(&["https://values/none.yaml"]).error.unwrap();
    assert!(
        got.message.ends_with(
            "--values https://values/none.yaml --include-crds` failed exit status 1: \
             Error: failed to fetch https://values/none.yaml : 404 Not Found"
        ),
        "{}",
        got.message
    );
    let path = json!([{"name": "text", "path": "https://values/none.yaml"}]);
    let got = ask(Vec::new(), json!({"fileParameters": path})).error.unwrap();
    assert_eq!(
        got.cause,
        "failed parsing --set-file data: failed to fetch https://values/none.yaml : 404 Not Found"
    );
    let refused = |state: Vec<Value>, file: &str| {
        ask(state, json!({"valueFiles": [file]})).error.map(|error| error.cause)
    };
    let not_allowed = |scheme: &str| Some(format!("the URL scheme '{scheme}' is not allowed"));
    assert_eq!(refused(Vec::new(), "s3://bucket/a.yaml"), not_allowed("s3"));
    assert_eq!(refused(vec![schemes("s3")], "https://values/a.yaml"), not_allowed("https"));
    let unknown = |state: Vec<Value>, file: &str| {
        let got = ask(state, json!({"valueFiles": [file]}));
        (got.error, got.unknown.into_iter().map(|unknown| unknown.needs).collect::<Vec<_>>())
    };
    assert_eq!(
        unknown(vec![schemes("s3")], "s3://bucket/a.yaml"),
        (
            None,
            vec!["the values file s3://bucket/a.yaml: only http and https addresses are fetched".to_owned()]
        )
    );
    assert_eq!(
        unknown(Vec::new(), "https://other/a.yaml"),
        (None, vec!["a values file: the content of https://other/a.yaml".to_owned()])
    );
}

#[test]
fn releases_of_argo_cd_differ() {
    let ask = |version, helm: Value| {
        render(&CHART, version, json!({"repoURL": "https://git", "path": ".", "helm": helm}))
    };
    let pattern = json!({"valueFiles": ["env/*.yaml"]});
    assert_eq!(text(&ask(Version::NEWEST, pattern.clone())), "a");
    let old = ask(Version::new(3, 3, 19), pattern).error.unwrap().cause;
    assert_eq!(old, "open <path to cached source>/env/*.yaml: no such file or directory");
    let fourth = json!({"version": "v4"});
    assert!(ask(Version::new(3, 5, 7), fourth.clone()).error.is_none());
    let old = ask(Version::new(3, 4, 13), fourth).error.unwrap().cause;
    assert_eq!(old, "helm version 'v4' is not supported");
}

#[test]
fn what_is_not_rendered_is_named() {
    let files = [
        ("kustomize/kustomization.yaml", "resources: []\n"),
        ("jsonnet/a.jsonnet", "{}"),
        ("jsonnet/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
        (
            "chart/Chart.yaml",
            "apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.x, repository: 'https://elsewhere'}\n",
        ),
    ];
    let needs = |source: Value| {
        let got = render(&files, Version::NEWEST, source);
        assert!(got.error.is_none(), "{:?}", got.error);
        (got.resources.len(), got.unknown.iter().map(|unknown| unknown.needs.clone()).collect::<String>())
    };
    let of = |path: &str| json!({"repoURL": "https://git", "path": path});
    assert_eq!(needs(of("kustomize")), (0, "what Kustomize makes of kustomize: Kustomize is not run".into()));
    assert_eq!(
        needs(of("jsonnet")),
        (1, "what Jsonnet makes of jsonnet/a.jsonnet: Jsonnet is not evaluated".into())
    );
    assert_eq!(needs(of("chart")), (0, "a dependency: the chart db of https://elsewhere".into()));
    let plugin = json!({"repoURL": "https://git", "path": "chart", "plugin": {"name": "cdk8s"}});
    assert_eq!(needs(plugin), (0, "what the plugin cdk8s makes of chart: plugins are not run".into()));
    let remote =
        json!({"repoURL": "https://git", "path": "chart", "helm": {"valueFiles": ["https://x/v.yaml"]}});
    assert!(needs(remote).1.contains("https://x/v.yaml"));
    let nowhere = json!({"repoURL": "https://nowhere", "path": "."});
    assert_eq!(needs(nowhere), (0, "the content of the repository https://nowhere".into()));
}

#[test]
fn what_the_controller_makes_of_resources() {
    let files = [(
        "a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata: {n: first}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice, namespace: apps}\ndata: {n: second}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader, namespace: nonsense}\n---\napiVersion: v1\nkind: Event\nmetadata: {name: e}\n---\napiVersion: cilium.io/v2\nkind: CiliumIdentity\nmetadata: {name: c}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: 'post-install,post-upgrade', helm.sh/hook-weight: '3'}}\n---\napiVersion: example.org/v1\nkind: Thing\nmetadata: {generateName: t-}\n",
    )];
    let exclusions = "- {apiGroups: [cilium.io], kinds: [CiliumIdentity], clusters: ['*']}\n";
    let cm = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"},
        "data": {"resource.exclusions": exclusions}});
    let application = application(json!({"repoURL": "https://git", "path": "."}));
    let got = with(&files, Version::NEWEST, vec![cm], |world| {
        let got =
            Renderer::new(world, &ChartCache::default()).render(&application, &RenderOptions::default());
        assert_eq!(got.resources.len(), 7, "{:?}", got.error);
        let scope = |group: &str, kind: &str| match (group, kind) {
            ("example.org" | "cilium.io", _) => Scope::Unknown,
            (_, "ClusterRole") => Scope::Cluster,
            _ => Scope::Namespaced,
        };
        normalize(&got.resources, &application, world, &scope)
    });
    let shown: Vec<String> = got
        .resources
        .iter()
        .map(|r| {
            let at =
                |pointer: &str| r.object.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
            format!("{} {} {} {}", at("/kind"), at("/metadata/namespace"), at("/metadata/name"), r.index)
        })
        .collect();
    assert_eq!(shown, ["ConfigMap apps twice 1", "Job apps j 5", "Thing apps - 6", "ClusterRole - reader 2"]);
    assert_eq!((got.resources[1].hooks.as_slice(), got.resources[1].wave), ([Hook::PostSync].as_slice(), 3));
    let id = got.resources[3].object.pointer("/metadata/annotations/argocd.argoproj.io~1tracking-id");
    // Marked again without a namespace, which then is the destination's.
    assert_eq!(id, Some(&json!("demo:rbac.authorization.k8s.io/ClusterRole:apps/reader")));
    assert_eq!(got.unknown_kinds.len(), 2);
    assert_eq!(
        got.conditions,
        [
            (
                "RepeatedResourceWarning",
                "Resource /ConfigMap/apps/twice appeared 2 times among application resources.".to_owned()
            ),
            ("ExcludedResourceWarning", "Resource /Event e is excluded in the settings".to_owned()),
            (
                "ExcludedResourceWarning",
                "Resource cilium.io/CiliumIdentity c is excluded in the settings".to_owned()
            ),
        ]
    );
}

#[test]
fn hostile_sources_end() {
    // A chart that depends on itself, a folder in itself by a link, and templates without end.
    let files = [
        (
            "self/Chart.yaml",
            "apiVersion: v2\nname: self\nversion: 1.0.0\ndependencies:\n- {name: other, version: 1.0.0, repository: 'file://.'}\n",
        ),
        ("loop/Chart.yaml", "apiVersion: v2\nname: loop\nversion: 1.0.0\n"),
        ("loop/templates/a.yaml", "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}"),
    ];
    for path in ["self", "loop"] {
        let got = render(&files, Version::NEWEST, json!({"repoURL": "https://git", "path": path}));
        assert!(got.error.is_some() || !got.unknown.is_empty(), "{path}");
    }
}

#[test]
fn many_applications_share_one_chart() {
    with(&CHART, Version::NEWEST, Vec::new(), |world| {
        let charts = ChartCache::default();
        let renderer = Renderer::new(world, &charts);
        let options = RenderOptions::default();
        std::thread::scope(|scope| {
            let work = |from: usize| {
                for n in (from..200).step_by(2) {
                    let helm = json!({"valuesObject": {"text": format!("n{n}")}});
                    let source = json!({"repoURL": "https://git", "path": ".", "helm": helm});
                    let got = renderer.render(&application(source), &options);
                    assert_eq!(text(&got), format!("n{n}"));
                }
            };
            scope.spawn(move || work(0));
            scope.spawn(move || work(1));
        });
    });
}
