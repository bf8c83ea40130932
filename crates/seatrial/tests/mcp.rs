//! `seatrial mcp` by JSON-RPC over the standard streams of the real process: every protocol version, every tool, what is
//! hostile, and what must never be told.

#[path = "common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use common::Place;
use serde_json::{Value, json};

const OLD: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const STATELESS: &str = "2026-07-28";

/// A server at work in a folder.
struct Session {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: u64,
    /// What each request says of itself, where there is no handshake.
    meta: Option<Value>,
}

impl Session {
    fn start(place: &Place, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seatrial"))
            .arg("mcp")
            .args(flags)
            .current_dir(place.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, next: 0, meta: None }
    }

    /// With the handshake of the versions before 2026-07-28.
    fn old(place: &Place, version: &str, flags: &[&str]) -> Self {
        let mut session = Self::start(place, flags);
        let said = session.ask("initialize", json!({
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        }));
        assert_eq!(said["result"]["protocolVersion"], version, "{said}");
        assert_eq!(said["result"]["serverInfo"]["name"], "seatrial");
        session.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        session
    }

    /// Without one, as since 2026-07-28.
    fn stateless(place: &Place) -> Self {
        let mut session = Self::start(place, &[]);
        session.meta = Some(json!({
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }));
        session
    }

    fn say(&mut self, message: &Value) {
        self.line(&message.to_string());
    }

    fn line(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the server went away");
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, method: &str, mut params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        if let Some(meta) = &self.meta {
            params["_meta"] = meta.clone();
        }
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let said = self.hear();
        assert_eq!(said["id"], id, "{said}");
        said
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let said = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(said["error"].is_null(), "{tool}: {said}");
        said["result"].clone()
    }

    /// The structured answer of a call that succeeds.
    fn answer(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        result["structuredContent"].clone()
    }

    /// The text of a call that fails.
    fn failure(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{tool}: {result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Ends the input, and waits for the process.
    fn end(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An Application of a chart that lies beside it; its namespace is what a fix would add.
fn place() -> Place {
    Place::new(&[
        (
            "seatrial.yaml",
            "argocd: {version: \"3.6\", runsIn: hub}\n\
             clusters: {hub: {server: https://kubernetes.default.svc, environment: dev}}\n\
             environments: {dev: {registries: [registry.example.com], sync: {automated: true}}}\n\
             repositories: {https://git.example.com/a.git: {path: .}}\n",
        ),
        ("apps/a.yaml", APPLICATION),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("chart/values.yaml", "replicas: 2\npassword: canary-of-a-secret\n"),
        (
            "chart/templates/all.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: {{ .Values.replicas }}\n  \
             selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: docker.io/nginx:1}]}\n\
             ---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: {{ .Values.password }}\n",
        ),
    ])
}

const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
spec:
  project: default
  source: {repoURL: https://git.example.com/a.git, path: chart, targetRevision: v1.0.0}
  destination: {server: https://kubernetes.default.svc, namespace: web}
  syncPolicy: {automated: {}}
";

fn rules(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect()
}

#[test]
fn every_version_of_the_protocol_is_spoken() {
    let place = place();
    for version in OLD {
        let mut session = Session::old(&place, version, &[]);
        let tools = session.ask("tools/list", json!({}));
        assert_eq!(tools["result"]["tools"].as_array().unwrap().len(), 9, "{version}");
        assert!(rules(&session.answer("check", json!({}))).contains(&"misplaced-namespace"), "{version}");
        assert_eq!(session.end(), 0, "{version}");
    }
    let mut session = Session::stateless(&place);
    let said = session.ask("server/discover", json!({}));
    let versions = said["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!(STATELESS)), "{said}");
    let result = session.call("check", json!({"paths": ["apps"]}));
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["structuredContent"]["verdict"], "not-ready");
    // A version from nowhere is refused by name.
    session.meta.as_mut().unwrap()["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    assert_eq!(session.ask("tools/list", json!({}))["error"]["code"], -32022);
}

#[test]
fn every_answer_is_of_its_schema() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let tools = session.ask("tools/list", json!({}))["result"]["tools"].clone();
    let file = json!([{"path": "apps/new.yaml", "text": APPLICATION}]);
    let calls = [
        ("platform_facts", json!({})),
        ("platform_facts", json!({"name": "dev"})),
        ("platform_facts", json!({"gaps": true})),
        ("check", json!({"paths": ["apps/a.yaml"], "environment": "dev", "limit": 2})),
        ("try_manifest", json!({"files": file})),
        ("propose_fix", json!({"unsafe": true})),
        ("propose_fix", json!({"files": file})),
        ("expand", json!({})),
        ("expand", json!({"files": file, "applications": ["web"]})),
        ("render", json!({"kinds": ["Secret"]})),
        ("why", json!({"application": "web", "resource": "Deployment/web", "field": "spec.replicas"})),
        ("commands", json!({})),
        ("commands", json!({"text": "argocd app status web\n", "name": "deploy.sh"})),
        ("explain", json!({})),
        ("explain", json!({"rule": "unknown-cluster"})),
    ];
    for (name, arguments) in calls {
        let tool = tools.as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap();
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{name}");
        let input = jsonschema::validator_for(&tool["inputSchema"]).unwrap();
        assert!(input.is_valid(&arguments), "{name} {arguments}");
        let answer = session.answer(name, arguments.clone());
        let output = jsonschema::validator_for(&tool["outputSchema"]).unwrap();
        if let Err(error) = output.validate(&answer) {
            panic!("{name} {arguments}: {error} at {}: {answer:#}", error.instance_path());
        }
    }
}

#[test]
fn the_answers_are_those_of_the_commands() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let mut answer = session.answer("check", json!({"paths": ["."]}));
    let page = answer.as_object_mut().unwrap().remove("page").unwrap();
    assert_eq!(
        (page["next"].clone(), page["total"].as_u64()),
        (Value::Null, answer["findings"].as_array().map(|f| f.len() as u64))
    );
    let command: Value = serde_json::from_str(&place.run(&["check", "--format", "json"]).out).unwrap();
    assert_eq!(answer, command);

    let mut expanded = session.answer("expand", json!({}));
    expanded.as_object_mut().unwrap().remove("page");
    let command: Value = serde_json::from_str(&place.run(&["expand", "--format", "json"]).out).unwrap();
    assert_eq!(expanded, command);

    // What is on disk now is what is judged, in every call.
    place.write("apps/a.yaml", &APPLICATION.replace("name: web\n", "name: web\n  namespace: argocd\n"));
    let again = session.answer("check", json!({}));
    assert!(!rules(&again).contains(&"misplaced-namespace"), "{again:#}");
}

#[test]
fn a_proposal_is_judged_and_nothing_is_written() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let broken = APPLICATION.replace("https://kubernetes.default.svc", "https://nowhere.example.net");
    let files = json!([{"path": "apps/a.yaml", "text": broken}, {"path": "new/b.yaml", "text": APPLICATION.replace("name: web", "name: other")}]);
    let tried = session.answer("try_manifest", json!({"files": files}));
    assert!(rules(&tried).contains(&"unknown-cluster"), "{tried:#}");
    assert_eq!(tried["summary"]["files"], 2);
    let mended = session.answer("propose_fix", json!({"files": files}));
    assert_eq!(mended["written"], false);
    let after = mended["files"][0]["after"].as_str().unwrap();
    assert!(
        after.contains("namespace: argocd")
            && mended["files"][0]["diff"].as_str().unwrap().contains("+  namespace: argocd")
    );
    assert_eq!(place.read("apps/a.yaml"), APPLICATION);
    assert!(!place.path().join("new").exists());
}

#[test]
fn writing_has_to_be_allowed() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let refused = session.ask("tools/call", json!({"name": "apply_fix", "arguments": {}}));
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    assert_eq!(place.read("apps/a.yaml"), APPLICATION);

    let mut session = Session::old(&place, "2025-11-25", &["--allow-write"]);
    let tools = session.ask("tools/list", json!({}));
    let tool =
        tools["result"]["tools"].as_array().unwrap().iter().find(|t| t["name"] == "apply_fix").unwrap();
    assert_eq!(
        (&tool["annotations"]["readOnlyHint"], &tool["annotations"]["destructiveHint"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(session.answer("apply_fix", json!({"rules": ["misplaced-namespace"]}))["written"], true);
    assert!(place.read("apps/a.yaml").contains("namespace: argocd"));
}

#[test]
fn nothing_outside_of_the_root_is_read_and_no_secret_is_told() {
    let outer = place();
    outer.write("root/b.yaml", APPLICATION);
    let mut session = Session::old(&outer, "2025-11-25", &["root"]);
    for path in ["../apps/a.yaml", "..", "/etc/passwd", "x/../../chart/values.yaml"] {
        for (tool, arguments) in [
            ("check", json!({"paths": [path]})),
            ("expand", json!({"paths": [path]})),
            ("why", json!({"application": "web", "resource": "Deployment/web", "paths": [path]})),
            ("try_manifest", json!({"files": [{"path": path, "text": APPLICATION}]})),
        ] {
            let told = session.failure(tool, arguments);
            assert!(told.contains("outside of the folder that is served"), "{tool} {path}: {told}");
        }
    }
    let inner = place();
    let secrets =
        ["canary-of-a-secret", "hunter2-canary-parameter", "canary-in-values-7", "Y2FuYXJ5LWluLWEtc2VjcmV0"];
    let telling = APPLICATION.replace("name: web\n", "name: telling\n").replace(
        "targetRevision: v1.0.0}",
        "targetRevision: v1.0.0, helm: {parameters: [{name: auth.password, value: hunter2-canary-parameter}], valuesObject: {password: canary-in-values-7}}}",
    );
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: repo, namespace: argocd, labels: {argocd.argoproj.io/secret-type: repository}}\n\
                  data: {password: Y2FuYXJ5LWluLWEtc2VjcmV0}\n";
    inner.write("apps/telling.yaml", &format!("{telling}{secret}"));
    let files = json!([{"path": "apps/new.yaml", "text": format!("{telling}{secret}")}]);
    let mut session = Session::old(&inner, "2025-11-25", &[]);
    let calls = [
        ("render", json!({})),
        ("render", json!({"kinds": ["secret"]})),
        ("render", json!({"files": files})),
        ("expand", json!({})),
        ("expand", json!({"files": files})),
        ("why", json!({"application": "web", "resource": "Secret/s"})),
        ("why", json!({"application": "telling", "resource": "Secret/s"})),
        ("check", json!({})),
        ("try_manifest", json!({"files": files})),
        ("propose_fix", json!({"unsafe": true})),
        ("propose_fix", json!({"files": files, "unsafe": true})),
        ("commands", json!({})),
        ("commands", json!({"text": "argocd login x --password hunter2-canary-parameter"})),
        ("check", json!({"paths": ["hunter2-canary-parameter"], "rules": ["password: canary-in-values-7"]})),
    ];
    for (tool, arguments) in calls {
        let said = session.call(tool, arguments.clone()).to_string();
        for secret in secrets {
            // What a caller itself asks by name is no secret of the files.
            let asked = arguments["paths"].to_string().contains(secret);
            assert!(asked || !said.contains(secret), "{tool} {arguments}: {secret}: {said}");
        }
    }
}

#[test]
fn resources_and_prompts_can_be_had() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let list = session.ask("resources/list", json!({}));
    for resource in list["result"]["resources"].as_array().unwrap() {
        let read = session.ask("resources/read", json!({"uri": resource["uri"]}));
        let contents = &read["result"]["contents"][0];
        assert_eq!(contents["mimeType"], resource["mimeType"]);
        if contents["mimeType"] == "application/json" {
            let _: Value = serde_json::from_str(contents["text"].as_str().unwrap()).unwrap();
        }
    }
    let answer = format!("Here:\n\n```yaml\n{APPLICATION}```\n");
    place.write("answer.md", &answer);
    let added = place.run(&["round", "add", "answer.md"]);
    assert!(added.code < 2, "{added}");
    let rounds = session.ask("resources/read", json!({"uri": "seatrial://rounds"}));
    let rounds: Value =
        serde_json::from_str(rounds["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(rounds["rounds"][0]["number"], 1, "{rounds:#}");
    let round = session.ask("resources/read", json!({"uri": "seatrial://rounds/1"}));
    let round: Value =
        serde_json::from_str(round["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
    assert!(
        round["findings"].as_array().unwrap().iter().any(|f| f["rule"] == "registry-not-allowed"),
        "{round:#}"
    );
    let none = session.ask("resources/read", json!({"uri": "seatrial://rounds/7"}));
    assert_eq!(none["error"]["code"], -32602, "{none}");

    let page = session.ask("resources/read", json!({"uri": "seatrial://rules/unknown-cluster"}));
    assert!(page["result"]["contents"][0]["text"].as_str().unwrap().starts_with("# unknown-cluster"));
    assert_eq!(
        session.ask("resources/read", json!({"uri": "seatrial://rules/no-such"}))["error"]["code"],
        -32002
    );
    let names = session.ask("completion/complete", json!({
        "ref": {"type": "ref/resource", "uri": "seatrial://rules/{rule}"}, "argument": {"name": "rule", "value": "unknown-c"},
    }));
    assert_eq!(names["result"]["completion"]["values"], json!(["unknown-cluster"]));
    let prompt =
        session.ask("prompts/get", json!({"name": "generate", "arguments": {"intent": "deploy web to dev"}}));
    let text = prompt["result"]["messages"][0]["content"]["text"].as_str().unwrap();
    assert!(text.contains("deploy web to dev") && text.contains("registry.example.com"), "{text}");
    assert_eq!(session.ask("prompts/get", json!({"name": "review"}))["error"]["code"], -32602);
}

#[test]
fn what_is_hostile_is_refused_and_the_next_request_answered() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for line in [
        "{",
        "nonsense",
        "[]",
        "{\"jsonrpc\":\"2.0\",\"id\":77}",
        deep.as_str(),
        "\u{0}",
        &"x".repeat(9 << 20),
    ] {
        session.line(line);
    }
    // Refusals of what could not be read have no id, or one of ours; the answer to the next request still comes.
    session.say(&json!({"jsonrpc": "2.0", "id": "after", "method": "tools/list"}));
    loop {
        let said = session.hear();
        if said["id"] == "after" {
            assert!(said["result"]["tools"].is_array());
            break;
        }
        assert!(said["error"].is_object(), "{said}");
    }
    let many: Vec<Value> = (0..200).map(|n| json!({"path": format!("a{n}.yaml"), "text": "a: 1"})).collect();
    for (tool, arguments, words) in [
        ("check", json!({"path": "."}), "it takes"),
        ("check", json!({"paths": "."}), "arguments"),
        ("check", json!({"offset": -1}), "arguments"),
        ("check", json!({"rules": ["no-such"]}), "no rule"),
        ("check", json!({"paths": ["nowhere.yaml"]}), "no such file"),
        ("try_manifest", json!({}), "files"),
        ("try_manifest", json!({"files": []}), "no file"),
        ("try_manifest", json!({"files": many}), "too much"),
        ("try_manifest", json!({"files": [{"path": ".", "text": ""}]}), "no name of a file"),
        ("why", json!({"application": "nobody", "resource": "x"}), "no Application"),
        ("why", json!({"application": "web", "resource": "Deployment/web", "field": "[["}), "no field"),
        ("platform_facts", json!({"name": "nowhere"}), "no environment or cluster"),
    ] {
        let told = session.failure(tool, arguments.clone());
        assert!(told.starts_with("error: ") && told.contains(words), "{tool} {arguments}: {told}");
    }
    // Offsets beyond the end are empty pages; texts that are no YAML are judged.
    assert_eq!(session.answer("check", json!({"offset": u64::MAX}))["page"]["shown"], 0);
    let text = "{{ not yaml: [\u{202e}";
    assert_eq!(
        session.answer("try_manifest", json!({"files": [{"path": "x.yaml", "text": text}]}))["verdict"],
        "not-ready"
    );
    assert_eq!(session.end(), 0);
}

#[test]
fn answers_are_bounded_and_pages_complete() {
    let place = place();
    let elements: Vec<String> = (0..400).map(|n| format!("          - {{name: app-{n}}}\n")).collect();
    let elements = elements.concat();
    let set = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: many, namespace: argocd}}\nspec:\n  goTemplate: true\n  \
         generators:\n    - list:\n        elements:\n{elements}  template:\n    metadata: {{name: '{{{{ .name }}}}'}}\n    spec:\n      project: default\n      \
         source: {{repoURL: https://git.example.com/a.git, path: chart, targetRevision: v1}}\n      destination: {{server: https://kubernetes.default.svc, namespace: web}}\n"
    );
    place.write("apps/many.yaml", &set);
    let mut session = Session::old(&place, "2025-11-25", &[]);
    let mut names = Vec::new();
    let mut offset = json!(0);
    while !offset.is_null() {
        let result = session.call("expand", json!({"paths": ["apps/many.yaml"], "offset": offset}));
        assert!(result.to_string().len() < 80_000, "{}", result.to_string().len());
        let answer = &result["structuredContent"];
        assert!(answer["errors"] == json!([]), "{}", answer["errors"]);
        names.extend(
            answer["applications"].as_array().unwrap().iter().map(|a| a["metadata"]["name"].to_string()),
        );
        offset = answer["page"]["next"].clone();
    }
    assert_eq!(names.len(), 400);
    names.dedup();
    assert_eq!(names.len(), 400);
    let result = session.call("check", json!({}));
    assert!(result.to_string().len() < 80_000);
}

#[test]
fn a_request_that_is_called_off_does_not_hold_up_others() {
    let place = place();
    let mut session = Session::old(&place, "2025-11-25", &[]);
    for id in 100..110 {
        session.say(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "check", "arguments": {}}}));
        session.say(
            &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}),
        );
    }
    session.say(&json!({"jsonrpc": "2.0", "id": "after", "method": "tools/call", "params": {"name": "explain", "arguments": {}}}));
    while session.hear()["id"] != "after" {}
    assert_eq!(session.end(), 0);
}
