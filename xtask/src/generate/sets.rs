//! ApplicationSets: generators nested in each other, templates that use what they give, faults mixed in.

use serde_json::{Map, Value, json};

use super::rng::Rng;
use super::strings::mangle;
use super::worlds::REPO;

/// What is being written: the syntax, and the parameters a template can use.
#[derive(Clone, Copy)]
struct Sketch {
    go: bool,
}

/// A generator and the parameters it gives, the naming one first.
type Made = (Value, Vec<String>);

/// One case.
pub(crate) fn case(rng: &mut Rng) -> Map<String, Value> {
    let sketch = Sketch { go: rng.chance(68) };
    let mut generators = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    for _ in 0..rng.weighted(&[(85, 1), (13, 2), (2, 0)]) {
        let (generator, given) = sketch.top(rng);
        generators.push(generator);
        keys = if keys.is_empty() { given } else { keys.into_iter().filter(|k| given.contains(k)).collect() };
    }
    if keys.is_empty() {
        keys.push("name".into());
    }
    let mut spec = json!({"generators": generators, "template": sketch.template(rng, &keys, true)});
    if sketch.go {
        spec["goTemplate"] = true.into();
        if rng.chance(75) {
            spec["goTemplateOptions"] = rng.weighted(&[
                (90, json!(["missingkey=error"])),
                (5, json!(["missingkey=zero"])),
                (4, json!([])),
                (1, json!(["missingkey=oops"])),
            ]);
        }
        if rng.chance(18) {
            spec["templatePatch"] = sketch.patch(rng, &keys).into();
        }
    }
    if rng.chance(14) {
        spec["syncPolicy"] = rng.pick(&[
            json!({"preserveResourcesOnDeletion": true}),
            json!({"applicationsSync": "create-only"}),
            json!({"applicationsSync": "create-update", "preserveResourcesOnDeletion": false}),
        ]);
    }
    if rng.chance(8) {
        spec["applyNestedSelectors"] = rng.chance(50).into();
    }
    if rng.chance(6) {
        spec["preservedFields"] = json!({"annotations": ["keep.me"], "labels": ["and.me"]});
    }
    if rng.chance(5) {
        spec["ignoreApplicationDifferences"] = json!([{"jsonPointers": ["/spec/source/targetRevision"]}]);
    }
    if rng.chance(5) {
        spec["strategy"] = json!({"type": "RollingSync", "rollingSync": {"steps": [{"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev"]}]}]}});
    }
    let mut set = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"}, "spec": spec});
    if rng.chance(8) {
        spoil(rng, &mut set);
    }
    let mut out = Map::new();
    out.insert(
        "world".into(),
        rng.weighted(&[(76, "full"), (13, "doublestar"), (8, "hidden"), (3, "bare")]).into(),
    );
    let text = rng.chance(4);
    out.insert(
        "applicationSet".into(),
        if text { mangle(rng, &set.to_string(), &["\n", ",", "}", ": ", "\t", "- "]).into() } else { set },
    );
    out
}

impl Sketch {
    /// A parameter as a template refers to it.
    fn use_of(&self, rng: &mut Rng, key: &str) -> String {
        if !self.go {
            return rng.pick(&[format!("{{{{{key}}}}}"), format!("{{{{ {key} }}}}")]);
        }
        let path = if key.contains(['/', '-', '['])
            || key.split('.').any(|p| p.starts_with(|c: char| c.is_ascii_digit()))
        {
            let parts: Vec<String> = key.split('.').map(|p| format!("{p:?}")).collect();
            return format!("{{{{ index . {} }}}}", parts.join(" "));
        } else {
            format!(".{key}")
        };
        rng.weighted(&[
            (60, format!("{{{{ {path} }}}}")),
            (15, format!("{{{{{path}}}}}")),
            (6, format!("{{{{ {path} | toString | lower }}}}")),
            (5, format!("{{{{ default \"d\" {path} }}}}")),
            (5, format!("{{{{ normalize (print {path}) }}}}")),
            (3, format!("{{{{ if {path} }}}}y-{{{{ {path} }}}}{{{{ else }}}}n{{{{ end }}}}")),
            (3, format!("{{{{ printf \"%v\" {path} | trunc 12 }}}}")),
            (3, format!("{{{{ $x := {path} }}}}{{{{ $x | quote }}}}")),
        ])
    }

    fn some_key(&self, rng: &mut Rng, keys: &[String]) -> String {
        if rng.chance(2) {
            return self.use_of(rng, "missing");
        }
        let key = rng.pick(keys);
        self.use_of(rng, &key)
    }

    fn top(&self, rng: &mut Rng) -> Made {
        let (mut generator, keys) = match rng.below(10) {
            0..=5 => self.leaf(rng, &[]),
            6 | 7 => self.matrix(rng, 0),
            _ => self.merge(rng, 0),
        };
        if rng.chance(9) {
            let key = rng.pick(&keys);
            generator["selector"] = selector(rng, &key);
        }
        if rng.chance(8) {
            // A generator's own template wins over the set's, field by field.
            if let Some((_, inner)) =
                generator.as_object_mut().and_then(|m| m.iter_mut().find(|(k, _)| *k != "selector"))
            {
                inner["template"] = self.template(rng, &keys, false);
            }
        }
        (generator, keys)
    }

    fn matrix(&self, rng: &mut Rng, depth: usize) -> Made {
        let (first, mut keys) = self.child(rng, depth, &[]);
        let (second, more) = self.child(rng, depth, &keys);
        let mut both = vec![first, second];
        match rng.below(40) {
            0 => drop(both.pop()),
            1 => both.push(json!({"list": {"elements": []}})),
            _ => {}
        }
        keys.extend(more);
        (json!({"matrix": {"generators": both}}), keys)
    }

    fn merge(&self, rng: &mut Rng, depth: usize) -> Made {
        let base = rng.pick(&["list", "clusters", "files"]);
        let one = |me: &Self, rng: &mut Rng| match base {
            "clusters" => me.clusters(rng),
            "files" => me.git_files(rng, &[]),
            _ => me.list(rng, &[]),
        };
        let (first, keys) = one(self, rng);
        let mut all = vec![first];
        for _ in 0..rng.weighted(&[(70, 1), (25, 2), (5, 0)]) {
            all.push(if depth == 0 && rng.chance(10) { self.matrix(rng, 1).0 } else { one(self, rng).0 });
        }
        let by = match rng.below(12) {
            0 if rng.chance(30) => json!([]),
            1 if rng.chance(50) => json!(["missing"]),
            2 => json!(["values.tier"]),
            3 => json!([keys[0], rng.pick(&keys)]),
            _ => json!([keys[0]]),
        };
        (json!({"merge": {"mergeKeys": by, "generators": all}}), keys)
    }

    /// A child of a matrix, which may use the parameters of the one before it.
    fn child(&self, rng: &mut Rng, depth: usize, before: &[String]) -> Made {
        let (mut child, keys) = match rng.below(12) {
            0 if depth == 0 => self.matrix(rng, 1),
            1 if depth == 0 => self.merge(rng, 1),
            _ => self.leaf(rng, before),
        };
        if rng.chance(7) {
            let key = rng.pick(&keys);
            child["selector"] = selector(rng, &key);
        }
        (child, keys)
    }

    fn leaf(&self, rng: &mut Rng, before: &[String]) -> Made {
        match rng.below(22) {
            0..=5 => self.list(rng, before),
            6..=9 => self.clusters(rng),
            10..=12 => self.git_directories(rng, before),
            13..=16 => self.git_files(rng, before),
            17 => self.decisions(rng),
            18 | 19 => self.plugin(rng, before),
            20 => self.pulls(rng),
            _ => self.scm(rng),
        }
    }

    fn values(&self, rng: &mut Rng, keys: &mut Vec<String>, generator: &mut Value) {
        if rng.chance(70) {
            return;
        }
        let source = self.some_key(rng, keys);
        generator["values"] = rng.pick(&[
            json!({"tier": "gold"}),
            json!({"tier": "gold", "from": source}),
            json!({"from": format!("{source}-x"), "empty": ""}),
        ]);
        keys.extend(
            generator["values"].as_object().into_iter().flatten().map(|(k, _)| format!("values.{k}")),
        );
    }

    fn list(&self, rng: &mut Rng, before: &[String]) -> Made {
        let mut keys: Vec<String> = ["name", "env"].map(String::from).to_vec();
        let mut elements = Vec::new();
        for i in 0..rng.weighted(&[(4, 1), (5, 2), (3, 3), (1, 0)]) {
            let mut e = json!({"name": format!("{}{i}", rng.pick(&["app", "svc", "web-"])), "env": rng.pick(&["dev", "staging", "prod"])});
            if rng.chance(12) {
                e["name"] = rng.pick(&["dup", "B_ad", "", "x y"]).into();
            }
            if self.go && rng.chance(25) {
                e["n"] = rng.pick(&[
                    json!(3),
                    json!(1000000),
                    json!(2.5),
                    json!(true),
                    json!(null),
                    json!({"deep": "v"}),
                    json!(["a", "b"]),
                ]);
            }
            if rng.chance(20) {
                e["values"] = json!({"tier": rng.pick(&["gold", "tin"])});
            }
            if !before.is_empty() && rng.chance(25) {
                e["env"] = self.some_key(rng, before).into();
            }
            if !self.go && rng.chance(3) {
                e["n"] = json!(1);
            }
            elements.push(e);
        }
        if elements.iter().all(|e| e.get("values").is_some()) && !elements.is_empty() {
            keys.push("values.tier".into());
        }
        let mut list = json!({"elements": elements});
        if rng.chance(12) {
            list["elementsYaml"] = rng
                .pick(&[
                    "- {name: y1, env: dev}\n- {name: y2, env: prod, n: 3}\n",
                    "[]",
                    "not: a list\n",
                    "- name: y3\n  env: \"a: b\"\n",
                    "- [\n",
                ])
                .into();
            if self.go && !before.is_empty() && rng.chance(40) {
                list["elementsYaml"] =
                    format!("{{{{ list (dict \"name\" \"z\" \"env\" .{}) | toJson }}}}", before[0]).into();
            }
        }
        (json!({"list": list}), keys)
    }

    fn clusters(&self, rng: &mut Rng) -> Made {
        let mut keys: Vec<String> = ["name", "server", "nameNormalized"].map(String::from).to_vec();
        let mut clusters = json!({});
        if rng.chance(60) {
            clusters["selector"] = rng.weighted(&[
                (4, json!({"matchLabels": {"region": "eu"}})),
                (3, json!({"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev", "prod"]}]})),
                (2, json!({"matchExpressions": [{"key": "tier", "operator": "Exists"}]})),
                (1, json!({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]})),
                (1, json!({"matchLabels": {"env": "not valid!"}})),
                (1, json!({"matchExpressions": [{"key": "env", "operator": "Oops"}]})),
                (1, json!({})),
            ]);
            keys.extend(["metadata.labels.region".to_owned(), "metadata.labels.env".to_owned()]);
        }
        if rng.chance(8) {
            keys.push("metadata.annotations.acme.io/owner".into());
        }
        self.values(rng, &mut keys, &mut clusters);
        if rng.chance(7) {
            clusters["flatList"] = true.into();
        }
        (json!({"clusters": clusters}), keys)
    }

    fn git(&self, rng: &mut Rng, before: &[String]) -> Value {
        let mut git = json!({"repoURL": REPO, "revision": rng.weighted(&[(80, "HEAD"), (6, "main"), (5, "stable"), (4, "v1.0.0"), (2, "nope")])});
        if !before.is_empty() && rng.chance(15) {
            git["revision"] = self.some_key(rng, before).into();
        }
        git
    }
    fn git_directories(&self, rng: &mut Rng, before: &[String]) -> Made {
        let whole = if self.go { "path.path" } else { "path" };
        let segment = if self.go { "path.segments.0" } else { "path[0]" };
        let mut keys: Vec<String> =
            ["path.basename", whole, "path.basenameNormalized", segment].map(String::from).to_vec();
        if self.go {
            keys.pop();
        }
        let mut git = self.git(rng, before);
        let mut all = vec![
            json!({"path": rng.pick(&["apps/*", "*", "apps/**", "apps/nested/*", "charts/*", "apps/[wn]*", "apps/*/", "nowhere/*", "[", "apps/web"])}),
        ];
        if rng.chance(30) {
            all.push(json!({"path": rng.pick(&["apps/web", "apps/n*", "*/*"]), "exclude": true}));
        }
        if !before.is_empty() && rng.chance(20) {
            all.push(json!({"path": format!("apps/{}", self.some_key(rng, before))}));
        }
        git["directories"] = all.into();
        prefixed(rng, &mut git, &mut keys);
        self.values(rng, &mut keys, &mut git);
        (json!({"git": git}), keys)
    }

    fn git_files(&self, rng: &mut Rng, before: &[String]) -> Made {
        let whole = if self.go { "path.path" } else { "path" };
        let mut keys: Vec<String> =
            ["name", "env", "path.basename", whole, "path.filename", "path.filenameNormalized"]
                .map(String::from)
                .to_vec();
        let mut git = self.git(rng, before);
        let mut all = vec![
            json!({"path": rng.pick(&["apps/*/config.json", "apps/*.json", "apps/**/config.json", "**/config.json", "apps/web/config.json", "envs/list.yaml", "envs/*.yaml", "*.json", "apps/*/config.*", "apps", "root.json", "broken/*", "broken/text.yaml", "nowhere/*.yaml", "apps/[aw]*/config.json", "charts/link/config.json", "{apps,envs}/*.yaml"])}),
        ];
        if rng.chance(25) {
            all.push(json!({"path": rng.pick(&["apps/web/*", "apps/nested/**", "apps/.hidden/config.json"]), "exclude": true}));
        }
        if rng.chance(15) {
            all.push(json!({"path": "apps/api/config.json"}));
        }
        git["files"] = all.into();
        if rng.chance(20) {
            keys.extend([
                if self.go { "port" } else { "nested.deep.k" }.to_owned(),
                "nested.deep.k".to_owned(),
            ]);
        }
        prefixed(rng, &mut git, &mut keys);
        self.values(rng, &mut keys, &mut git);
        (json!({"git": git}), keys)
    }

    fn decisions(&self, rng: &mut Rng) -> Made {
        let mut keys: Vec<String> = ["name", "server", "reason"].map(String::from).to_vec();
        let mut generator =
            json!({"configMapRef": rng.weighted(&[(8, "decisions"), (1, "nowhere"), (1, "service")])});
        match rng.below(10) {
            0 => {}
            1 => {
                generator["name"] = "all".into();
                generator["labelSelector"] = json!({"matchLabels": {"set": "all"}});
            }
            2 => generator["name"] = "nothing".into(),
            3 | 4 => generator["labelSelector"] = json!({"matchLabels": {"set": "all"}}),
            _ => generator["name"] = "all".into(),
        }
        self.values(rng, &mut keys, &mut generator);
        (json!({"clusterDecisionResource": generator}), keys)
    }

    fn plugin(&self, rng: &mut Rng, before: &[String]) -> Made {
        let mut keys: Vec<String> = ["name", "n", "nested.k"].map(String::from).to_vec();
        let what = if !before.is_empty() && rng.chance(40) {
            self.some_key(rng, before)
        } else {
            rng.pick(&["x", "none", "fail", "all"]).to_owned()
        };
        let mut plugin = json!({"configMapRef": {"name": rng.weighted(&[(9, "service"), (1, "nowhere"), (1, "broken")])}, "input": {"parameters": {"what": what}}});
        self.values(rng, &mut keys, &mut plugin);
        (json!({"plugin": plugin}), keys)
    }

    fn pulls(&self, rng: &mut Rng) -> Made {
        let mut keys: Vec<String> = [
            "number",
            "branch_slug",
            "head_short_sha",
            "head_short_sha_7",
            "branch",
            "author",
            "target_branch",
        ]
        .map(String::from)
        .to_vec();
        let mut pulls = json!({"github": {"owner": "acme", "repo": "app"}});
        if rng.chance(40) {
            pulls["filters"] = rng.pick(&[
                json!([{"branchMatch": "^feature"}]),
                json!([{"targetBranchMatch": "main"}, {"titleMatch": "^$"}]),
                json!([{"branchMatch": "("}]),
                json!([{}]),
            ]);
        }
        self.values(rng, &mut keys, &mut pulls);
        (json!({"pullRequest": pulls}), keys)
    }

    fn scm(&self, rng: &mut Rng) -> Made {
        let mut keys: Vec<String> =
            ["repository", "branchNormalized", "organization", "url", "short_sha", "short_sha_7", "labels"]
                .map(String::from)
                .to_vec();
        let mut scm = json!({"github": {"organization": "acme", "allBranches": true}});
        if rng.chance(50) {
            scm["filters"] = rng.pick(&[
                json!([{"repositoryMatch": "^app$"}]),
                json!([{"pathsExist": ["chart"]}]),
                json!([{"branchMatch": "main", "labelMatch": "go"}]),
                json!([{"pathsDoNotExist": ["README.md"], "repositoryMatch": "o"}, {"labelMatch": "web"}]),
                json!([{"repositoryMatch": "["}]),
            ]);
        }
        self.values(rng, &mut keys, &mut scm);
        (json!({"scmProvider": scm}), keys)
    }

    /// An Application template; a partial one for a generator of its own.
    fn template(&self, rng: &mut Rng, keys: &[String], whole: bool) -> Value {
        let mut metadata = json!({});
        let mut spec = json!({});
        if whole || rng.chance(30) {
            let naming = self.use_of(rng, &keys[0]);
            let other = rng.pick(keys);
            metadata["name"] = if rng.chance(55) {
                naming.into()
            } else {
                format!("{naming}-{}", self.use_of(rng, &other)).into()
            };
        }
        for (field, percent) in [("labels", 30), ("annotations", 20)] {
            if rng.chance(percent) {
                let (a, b) = (self.some_key(rng, keys), self.some_key(rng, keys));
                metadata[field] = rng.pick(&[
                    json!({"env": a.clone()}),
                    json!({"fixed": "v", "made": a.clone()}),
                    json!({format!("k-{b}"): a, "empty": ""}),
                ]);
            }
        }
        if rng.chance(5) {
            metadata["finalizers"] =
                rng.pick(&[json!([]), json!(["resources-finalizer.argocd.argoproj.io/background"])]);
        }
        if whole || rng.chance(20) {
            spec["project"] = rng.weighted(&[(80, "default"), (12, "team"), (4, "gone"), (4, "")]).into();
        }
        if whole || rng.chance(40) {
            match rng.below(8) {
                0 => {
                    spec["sources"] = json!([self.source(rng, keys), {"repoURL": REPO, "ref": "vals", "targetRevision": "HEAD"}])
                }
                _ => spec["source"] = self.source(rng, keys),
            }
        }
        if whole || rng.chance(30) {
            spec["destination"] = self.destination(rng, keys);
        }
        if rng.chance(35) {
            let used = self.some_key(rng, keys);
            spec["syncPolicy"] = rng.pick(&[
                json!({"automated": {"prune": true, "selfHeal": false}}),
                json!({"automated": {}, "syncOptions": ["CreateNamespace=true", format!("X={used}")]}),
                json!({"retry": {"limit": 3, "backoff": {"duration": "5s", "factor": 2}}}),
                json!({"managedNamespaceMetadata": {"labels": {"a": used}}}),
                json!({}),
            ]);
        }
        if rng.chance(12) {
            spec["ignoreDifferences"] =
                json!([{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]);
        }
        if rng.chance(8) {
            spec["info"] = json!([{"name": "url", "value": self.some_key(rng, keys)}]);
        }
        if rng.chance(8) {
            spec["revisionHistoryLimit"] = json!(rng.below(4));
        }
        json!({"metadata": metadata, "spec": spec})
    }

    fn source(&self, rng: &mut Rng, keys: &[String]) -> Value {
        let mut source = json!({"repoURL": REPO, "path": self.some_key(rng, keys), "targetRevision": rng.pick(&["HEAD", "main"])});
        if rng.chance(10) {
            source["repoURL"] = self.some_key(rng, keys).into();
        }
        let (a, b) = (self.some_key(rng, keys), self.some_key(rng, keys));
        match rng.below(9) {
            0 => {
                source["helm"] = json!({"valueFiles": ["values.yaml", format!("values-{a}.yaml")], "parameters": [{"name": "x", "value": b}, {"name": "y", "value": "1", "forceString": true}]})
            }
            1 => {
                source["helm"] = json!({"valuesObject": {"image": {"tag": a}, "n": 3, "big": 12345678901i64, "on": true, "list": [b, 1.5, null], "<&>": "x"}})
            }
            2 => {
                source["helm"] = json!({"values": format!("image: {a}\nreplicas: 2\n"), "releaseName": b, "ignoreMissingValueFiles": true})
            }
            3 => {
                source["kustomize"] = json!({"namePrefix": a, "images": [format!("app={b}")], "commonLabels": {"k": "v"}, "replicas": [{"name": "d", "count": 2}]})
            }
            4 => {
                source["directory"] = rng.pick(&[
                    json!({"recurse": true, "include": a}),
                    json!({"recurse": false}),
                    json!({"jsonnet": {"extVars": [{"name": "e", "value": b, "code": false}]}}),
                ])
            }
            5 => {
                source["plugin"] = json!({"name": "cmp", "env": [{"name": "A", "value": a}], "parameters": [{"name": "p", "string": b}, {"name": "m", "map": {"k": "v"}}]})
            }
            6 => {
                source["chart"] = "nginx".into();
                if let Some(map) = source.as_object_mut() {
                    map.remove("path");
                }
            }
            _ => {}
        }
        source
    }

    fn destination(&self, rng: &mut Rng, keys: &[String]) -> Value {
        let namespace = self.some_key(rng, keys);
        let mut destination = match rng.below(10) {
            0 | 1 if keys.iter().any(|k| k == "server") => json!({"server": self.use_of(rng, "server")}),
            2 if keys.iter().any(|k| k == "env") => json!({"name": self.use_of(rng, "env")}),
            3 if rng.chance(60) => rng.pick(&[
                json!({"name": "gone"}),
                json!({"server": "https://gone.example.org"}),
                json!({"name": "in-cluster", "server": "https://kubernetes.default.svc"}),
            ]),
            3..=6 => json!({"name": "dev"}),
            _ => json!({"server": "https://kubernetes.default.svc"}),
        };
        destination["namespace"] = namespace.into();
        if rng.chance(2) {
            destination = json!({"namespace": "x"});
        }
        destination
    }

    fn patch(&self, rng: &mut Rng, keys: &[String]) -> String {
        let (a, b) = (self.some_key(rng, keys), self.some_key(rng, keys));
        rng.pick(&[
            format!("metadata:\n  labels:\n    patched: '{a}'\n"),
            format!("spec:\n  source:\n    helm:\n      valueFiles:\n        - {a}.yaml\n"),
            "{{- if true }}\nspec:\n  syncPolicy:\n    automated:\n      prune: true\n{{- end }}\n"
                .to_owned(),
            format!("spec:\n  project: team\n  destination:\n    namespace: \"{b}\"\n"),
            "spec:\n  source: null\n  sources:\n    - repoURL: https://git.example.org/x\n      path: p\n"
                .to_owned(),
            "metadata:\n  finalizers: []\n  annotations:\n    $patch: replace\n    a: b\n".to_owned(),
            "spec:\n  syncPolicy: {$patch: delete}\n".to_owned(),
            "spec:\n  info:\n    - name: url\n      value: patched\n    - {name: more, value: x}\n"
                .to_owned(),
            "spec:\n  ignoreDifferences:\n    - {group: apps, kind: Deployment, jsonPointers: [/x]}\n"
                .to_owned(),
            "not yaml: [\n".to_owned(),
            "spec:\n  revisionHistoryLimit: many\n".to_owned(),
            "{{ range .missing }}x{{ end }}".to_owned(),
            "{\"metadata\": {\"name\": \"renamed\"}}".to_owned(),
            "- a\n".to_owned(),
            "spec:\n  unknown: 1\n  source: {repoURL: changed}\n".to_owned(),
        ])
    }
}

fn selector(rng: &mut Rng, key: &str) -> Value {
    rng.pick(&[
        json!({"matchLabels": {key: "dev"}}),
        json!({"matchExpressions": [{"key": key, "operator": "Exists"}]}),
        json!({"matchExpressions": [{"key": key, "operator": "NotIn", "values": ["dev", "app0"]}]}),
        json!({"matchExpressions": [{"key": key, "operator": "In", "values": ["dev", "prod", "web", "app1"]}]}),
        json!({"matchExpressions": [{"key": key, "operator": "In", "values": []}]}),
        json!({"matchExpressions": [{"key": "bad key!", "operator": "Exists"}]}),
        json!({}),
    ])
}

/// Replaces, renames or removes something deep inside.
fn spoil(rng: &mut Rng, value: &mut Value) {
    let mut at = &mut value["spec"];
    for _ in 0..=rng.below(7) {
        let key = match &*at {
            Value::Object(map) if !map.is_empty() => rng.pick(&map.keys().cloned().collect::<Vec<_>>()),
            Value::Array(items) if !items.is_empty() => rng.below(items.len()).to_string(),
            _ => break,
        };
        at = match at {
            Value::Object(map) => map.entry(key).or_insert(Value::Null),
            Value::Array(items) => {
                let index = key.parse().unwrap_or(0);
                &mut items[index]
            }
            _ => return,
        };
    }
    let new = match &*at {
        Value::String(text) => match rng.below(4) {
            0 => json!(7),
            1 => json!(["x"]),
            _ => mangle(rng, text, &["{{", "}}", "{{ .x", "|", ".", " ", "é"]).into(),
        },
        Value::Object(map) => {
            let mut map = map.clone();
            match (map.keys().next().cloned(), rng.below(4)) {
                (Some(key), 0) => drop(map.remove(&key)),
                (Some(key), 1) => {
                    let moved = map.remove(&key).unwrap_or_default();
                    map.insert(format!("{key}x"), moved);
                }
                (_, 2) => return *at = json!("text"),
                _ => drop(map.insert("unknownField".into(), json!("x"))),
            }
            Value::Object(map)
        }
        Value::Array(_) => rng.pick(&[json!([]), json!({}), json!(null), json!([null])]),
        _ => rng.pick(&[json!("text"), json!({"a": 1}), json!(-1), json!(null)]),
    };
    *at = new;
}

fn prefixed(rng: &mut Rng, git: &mut Value, keys: &mut [String]) {
    if rng.chance(14) {
        git["pathParamPrefix"] = "repo".into();
        for key in keys.iter_mut().filter(|k| k.starts_with("path")) {
            *key = format!("repo.{key}");
        }
    }
}
