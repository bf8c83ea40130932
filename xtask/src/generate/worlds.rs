//! The worlds in which generated ApplicationSets are expanded: Argo CD's objects, repositories and services.

use serde_json::{Map, Value, json};

/// The repository that git generators read.
pub(crate) const REPO: &str = "https://git.example.org/acme/platform.git";

fn cluster(name: &str, server: &str, labels: &Value, annotations: &Value) -> Value {
    let mut all = labels.clone();
    all["argocd.argoproj.io/secret-type"] = "cluster".into();
    let secret = format!("cluster-{}", name.to_lowercase().replace('_', "-"));
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret, "labels": all, "annotations": annotations},
        "stringData": {"name": name, "server": server, "config": "{}"}})
}

/// A world with everything, one that is all but empty, and one with the new globbing.
pub(crate) fn worlds() -> Map<String, Value> {
    let state = json!([
        cluster("dev", "https://dev.example.org", &json!({"env": "dev", "tier": "1", "region": "eu"}), &json!({"note": "first"})),
        cluster("staging", "https://staging.example.org", &json!({"env": "staging", "region": "eu"}), &json!({})),
        cluster("Prod_EU", "https://prod.example.org:6443", &json!({"env": "prod", "tier": "3", "region": "eu", "acme.io/zone": "a"}), &json!({"note": "careful", "acme.io/owner": "x"})),
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "team"}, "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "service"}, "data": {"baseUrl": "http://service.example.org", "token": "$plugin.token"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "broken"}, "data": {"token": "$plugin.token"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "decisions"}, "data": {"apiVersion": "cluster.example.org/v1beta1", "kind": "placementdecisions", "statusListKey": "decisions", "matchKey": "clusterName"}},
        {"apiVersion": "cluster.example.org/v1beta1", "kind": "PlacementDecision", "metadata": {"name": "all", "labels": {"set": "all"}}, "status": {"decisions": [
            {"clusterName": "dev", "reason": "near", "weight": 3}, {"clusterName": "Prod_EU", "reason": ""}, {"clusterName": "gone"}]}},
        {"apiVersion": "cluster.example.org/v1beta1", "kind": "PlacementDecision", "metadata": {"name": "none", "labels": {"set": "all"}}, "status": {}}
    ]);
    let files = json!({
        "apps/web/config.json": "{\"name\": \"web\", \"port\": 8080, \"big\": 12345678901, \"ratio\": 0.5, \"on\": true, \"env\": \"dev\", \"tags\": [\"a\", \"b\"], \"nested\": {\"deep\": {\"k\": \"v\"}, \"n\": null}}",
        "apps/web/values.yaml": "replicas: 2\n",
        "apps/api/config.json": "{\"name\": \"api\", \"port\": 443, \"env\": \"prod\", \"tags\": [], \"nested\": {\"deep\": {\"k\": \"w\"}}, \"values\": {\"own\": \"x\"}}",
        "apps/.hidden/config.json": "{\"name\": \"hidden\"}",
        "apps/Web_UI.v2/config.yaml": "name: Web_UI\nport: 0777\non: on\nday: 2024-01-01\ntilde: ~\nenv: staging\n",
        "apps/nested/one/two/config.json": "{\"name\": \"two\", \"env\": \"dev\"}",
        "envs/list.yaml": "- {name: l1, env: dev, path: mine}\n- {name: l2, env: prod}\n",
        "envs/empty.yaml": "",
        "envs/many.yaml": "name: first\n---\nname: second\n",
        "broken/text.yaml": "just text\n",
        "broken/bad.json": "{\"name\": \"x\", }{",
        "charts/link": "-> ../apps/web",
        "root.json": "{\"name\": \"root\"}",
        "README.md": "# readme\n"
    });
    let full = json!({
        "admission": "enforce",
        "state": state,
        "repos": {REPO: {"files": files, "branches": ["stable"], "tags": ["v1.0.0"]}},
        "plugins": {"http://service.example.org": [
            {"parameters": {"what": "none"}, "output": []},
            {"parameters": {"what": "fail"}, "status": 500, "body": {"message": "no"}},
            {"output": [{"name": "p1", "n": 1, "on": true, "nested": {"k": "v"}}, {"name": "p2", "n": 2.5, "on": false, "nested": {"k": "w"}}]}]},
        "fixtures": {
            "pullRequest": {"github:acme/app": [
                {"number": 7, "title": "Fix it", "branch": "feature/Fix_It", "target_branch": "main", "head_sha": "0123456789abcdef0123456789abcdef01234567", "labels": ["preview", "x"], "author": "ann"},
                {"number": 12, "title": "", "branch": "b", "target_branch": "stable", "head_sha": "abc", "labels": [], "author": "bob"}]},
            "scmProvider": {"github:acme": [
                {"organization": "acme", "repository": "app", "repository_id": 5, "url": "https://git.example.org/acme/app.git", "branch": "main", "sha": "0123456789abcdef", "labels": ["go", "web"], "paths": ["chart/Chart.yaml"]},
                {"organization": "acme", "repository": "app", "repository_id": 5, "url": "https://git.example.org/acme/app.git", "branch": "feature/x", "sha": "fedcba", "labels": ["go", "web"], "paths": []},
                {"organization": "acme", "repository": "Docs_Site", "repository_id": 6, "url": "https://git.example.org/acme/docs.git", "branch": "main", "sha": "aa", "labels": [], "paths": ["README.md"]}]}}
    });
    let mut doublestar = full.clone();
    doublestar["flags"] = json!({"newGitFileGlobbing": true});
    let mut hidden = full.clone();
    hidden["flags"] = json!({"includeHiddenDirectories": true});
    let mut out = Map::new();
    out.insert("full".into(), full);
    out.insert("doublestar".into(), doublestar);
    out.insert("hidden".into(), hidden);
    out.insert(
        "bare".into(),
        json!({"admission": "enforce", "repos": {REPO: {"files": {"apps/a/x.yaml": "name: a\n"}}}}),
    );
    out
}
