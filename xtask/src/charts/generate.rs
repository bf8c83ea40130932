//! Seeded charts: subcharts with conditions, tags, aliases and imports, globals, nulls, hooks, helpers of one name in several
//! charts, schemas; and a command line of values files and `--set` in all its forms.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::generate::rng::Rng;

/// A chart and how it is rendered.
#[derive(Debug, Default)]
pub(super) struct Case {
    /// The chart's files, by path.
    pub(super) files: BTreeMap<String, String>,
    /// Files that stand beside the chart's folder, for `-f` and `--set-file`.
    pub(super) beside: BTreeMap<String, String>,
    /// Flags with a value, as Helm's command line has them.
    pub(super) flags: Vec<(&'static str, String)>,
    /// Flags without one.
    pub(super) switches: Vec<&'static str>,
}

const NAMES: [&str; 4] = ["s1", "s2", "s3", "s4"];
const KEYS: [&str; 6] = ["a", "b", "c", "d", "g", "enabled"];

/// One case.
pub(super) fn case(rng: &mut Rng) -> Case {
    let mut case = Case::default();
    let keys = chart(rng, "root", "", 0, &mut case.files);
    case.beside.insert("f.yaml".into(), chart_values(rng, &keys).to_string());
    case.beside.insert("g.yaml".into(), chart_values(rng, &keys).to_string());
    case.beside.insert("text".into(), "content, {of} a=file".into());
    for file in ["f.yaml", "g.yaml"] {
        if rng.chance(50) {
            case.flags.push(("values", file.into()));
        }
    }
    for _ in 0..rng.below(3) {
        let flag = rng.weighted(&[
            (5, "set"),
            (2, "set-string"),
            (2, "set-json"),
            (1, "set-file"),
            (1, "set-literal"),
        ]);
        case.flags.push((flag, setting(rng, flag, &keys)));
    }
    if rng.chance(15) {
        case.flags.push(("kube-version", rng.pick(&["1.31.0", "v1.29", "1.35.2-eks-1"]).into()));
    }
    if rng.chance(15) {
        case.flags.push(("api-versions", "acme.dev/v1,acme.dev/v1/Widget".into()));
    }
    for switch in ["include-crds", "no-hooks", "skip-tests", "is-upgrade", "skip-schema-validation"] {
        if rng.chance(12) {
            case.switches.push(switch);
        }
    }
    case
}

fn setting(rng: &mut Rng, flag: &str, keys: &[String]) -> String {
    let mut key = || {
        let mut key = match rng.below(4) {
            0 if !keys.is_empty() => rng.pick(keys),
            1 => "global".to_owned(),
            _ => rng.pick(&KEYS).to_owned(),
        };
        for _ in 0..rng.below(3) {
            key.push_str(rng.pick(&[".a", ".enabled", "[0]", "[1].b", ".x\\.y", "[2][0]", ".g"]));
        }
        key
    };
    let (first, second) = (key(), key());
    let value = |rng: &mut Rng| {
        match flag {
            "set-json" => rng.pick(&[
                "1",
                "null",
                "{\"k\": [1, 2.5]}",
                "[]",
                "\"t\"",
                "true",
                "{\"k\": null}",
                "0",
                "{}",
                "2",
                "{",
            ]),
            "set-file" => rng.pick(&["text", "text", "text", "text", "text", "missing"]),
            _ => rng.pick(&[
                "1",
                "true",
                "null",
                "",
                "x",
                "{1,2,x}",
                "{}",
                "1.5",
                "0x1F",
                "007",
                "a b",
                "a\\,b",
                "{a,{b}}",
                "12345678901",
                "no",
                "[]",
                "-1",
            ]),
        }
        .to_owned()
    };
    let one = format!("{first}={}", value(rng));
    // Most of the grammar is reached by joining settings and by breaking them.
    match rng.below(20) {
        5..=9 if flag != "set-literal" => format!("{one},{second}={}", value(rng)),
        2 => first,
        3 => format!("{one},"),
        4 => {
            let at = rng.below(one.len() + 1);
            let mut text = one;
            text.insert_str(at, rng.pick(&["=", ",", "[", "]", "{", "}", "\\", ".", "\"", " "]));
            text
        }
        _ => one,
    }
}

fn value(rng: &mut Rng, depth: usize) -> Value {
    let kind = rng.below(100);
    if depth < 3 && kind < 45 {
        let count = rng.below(4);
        let entries = (0..count).map(|_| (rng.pick(&KEYS).to_owned(), value(rng, depth + 1)));
        return Value::Object(entries.collect());
    }
    match kind {
        ..=59 => Value::Null,
        60..=69 => (0..rng.below(3)).map(|_| value(rng, depth + 1)).collect(),
        _ => rng.pick(&[
            json!(1),
            json!(2.5),
            json!("x"),
            json!("{{ .Chart.Name }}"),
            json!(true),
            json!(false),
            json!(0),
            json!(""),
        ]),
    }
}

fn mapping(rng: &mut Rng, depth: usize) -> Map<String, Value> {
    loop {
        if let Value::Object(map) = value(rng, depth) {
            return map;
        }
    }
}

/// Values of a chart with these subcharts.
fn chart_values(rng: &mut Rng, subcharts: &[String]) -> Value {
    let mut out = mapping(rng, 0);
    if rng.chance(50) {
        out.insert("global".into(), value(rng, 1));
    }
    if rng.chance(30) {
        let tag = rng.pick(&["t1", "t2"]);
        out.insert(
            "tags".into(),
            json!({tag: rng.pick(&[json!(true), json!(false), json!("x"), json!(null)])}),
        );
    }
    for name in subcharts {
        if rng.chance(40) {
            continue;
        }
        if rng.chance(1) {
            out.insert(name.clone(), value(rng, 3));
            continue;
        }
        let mut own = mapping(rng, 0);
        if rng.chance(50) {
            own.insert(
                "enabled".into(),
                rng.pick(&[json!(true), json!(true), json!(false), json!("no"), json!(null)]),
            );
        }
        if rng.chance(40) {
            own.insert("global".into(), value(rng, 1));
        }
        if rng.chance(30) {
            own.insert("exports".into(), json!({"data": value(rng, 1)}));
        }
        out.insert(name.clone(), Value::Object(own));
    }
    Value::Object(out)
}

/// Writes a chart below a path, and answers what its parent may call it and its subcharts by.
fn chart(
    rng: &mut Rng,
    name: &str,
    path: &str,
    depth: usize,
    files: &mut BTreeMap<String, String>,
) -> Vec<String> {
    let subcharts: Vec<&str> = if depth < 3 {
        let percent = [45, 30, 15][depth];
        NAMES.into_iter().filter(|_| rng.chance(percent)).collect()
    } else {
        Vec::new()
    };
    let (mut dependencies, mut keys) = (Vec::new(), Vec::new());
    for sub in &subcharts {
        let times = rng.weighted(&[(6, 1), (2, 2), (2, 0)]);
        for time in 0..times {
            let mut dependency = json!({"name": sub, "version": rng.pick(&["*", "1.x", ">=1.0.0", "^1.2.0", "~1.2", "1.2.3"])});
            let mut key = (*sub).to_owned();
            if time > 0 || rng.chance(25) {
                rng.pick(&["al1", "al2", "al3", "al4", "al5"]).clone_into(&mut key);
                // The same alias twice is an error.
                if keys.contains(&key) && rng.chance(95) {
                    continue;
                }
                dependency["alias"] = key.clone().into();
            }
            if rng.chance(50) {
                let condition = rng.pick(&["{}.enabled", "a.b,{}.enabled", "global.a", "a", "{}.enabled,b"]);
                dependency["condition"] = condition.replace("{}", &key).into();
            }
            if rng.chance(40) {
                dependency["tags"] = rng.pick(&[json!(["t1"]), json!(["t1", "t2"]), json!(["t2"])]);
            }
            if rng.chance(45) {
                let imports = [
                    json!("data"),
                    json!("x"),
                    json!({"child": "a", "parent": "a"}),
                    json!({"child": "a", "parent": "."}),
                    json!({"child": "exports.data", "parent": "b.c"}),
                    json!({"child": "b", "parent": "imported"}),
                ];
                dependency["import-values"] = (0..=rng.below(2)).map(|_| rng.pick(&imports)).collect();
            }
            keys.push(key);
            dependencies.push(dependency);
        }
        keys.push((*sub).to_owned());
    }
    let library = depth > 0 && rng.chance(8);
    let mut meta = json!({"apiVersion": "v2", "name": name, "version": "1.2.3", "appVersion": rng.pick(&["2.0", "v1", ""])});
    if library {
        meta["type"] = "library".into();
    }
    if !dependencies.is_empty() {
        meta["dependencies"] = dependencies.into();
    }
    files.insert(format!("{path}Chart.yaml"), meta.to_string());
    if rng.chance(90) {
        files.insert(format!("{path}values.yaml"), chart_values(rng, &keys).to_string());
    }
    if rng.chance(3) {
        let kind = rng.pick(&["string", "integer", "object", "boolean"]);
        let schema = json!({"properties": {rng.pick(&KEYS): {"type": [kind, "null"]}}});
        files.insert(format!("{path}values.schema.json"), schema.to_string());
    }
    files.insert(format!("{path}note.txt"), format!("of {name}\n"));
    files.insert(format!("{path}templates/_helpers.tpl"), helpers(name));
    for index in 0..=rng.below(2) {
        let text = template(rng, name);
        files.insert(format!("{path}templates/t{index}.yaml"), text);
    }
    if rng.chance(10) {
        files.insert(
            format!("{path}templates/NOTES.txt"),
            "Notes of {{ .Chart.Name }}: {{ .Values.a }}\n".into(),
        );
    }
    if rng.chance(10) {
        let crd = format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {name}s.acme.dev}}\n"
        );
        files.insert(format!("{path}crds/crd.yaml"), crd);
    }
    for sub in &subcharts {
        chart(rng, sub, &format!("{path}charts/{sub}/"), depth + 1, files);
    }
    keys
}

/// Named templates: one of the chart's own, and one of a name that all charts have.
fn helpers(name: &str) -> String {
    format!(
        "{{{{- define \"{name}.full\" -}}}}\n{{{{ .Release.Name }}}}-{{{{ .Chart.Name }}}}\n{{{{- end -}}}}\n\
         {{{{- define \"shared\" -}}}}\n{name} for {{{{ .Chart.Name }}}}\n{{{{- end -}}}}\n"
    )
}

/// What stands in the data of a ConfigMap; `NAME` is the chart's.
const ENTRIES: [&str; 27] = [
    "values: {{ toJson .Values | quote }}",
    "yaml: {{ toYaml .Values | quote }}",
    "pretty: |\n    {{- toYamlPretty .Values | nindent 4 }}",
    "global: {{ .Values.global | toJson | quote }}",
    "{{- range $k, $v := .Values }}\n  {{ $k }}: {{ printf \"%T %v\" $v $v | quote }}\n  {{- end }}",
    "{{- with .Values.a }}\n  with: {{ . | toString | quote }}\n  {{- else }}\n  without: \"\"\n  {{- end }}",
    "on: {{ if .Values.enabled }}\"yes\"{{ else }}\"no\"{{ end }}",
    "full: {{ include \"NAME.full\" . }}",
    "shared: {{ include \"shared\" . | quote }}",
    "release: {{ printf \"%s %s %v %v %d %s\" .Release.Name .Release.Namespace .Release.IsUpgrade .Release.IsInstall .Release.Revision .Release.Service | quote }}",
    "chart: {{ printf \"%s %s %s %v\" .Chart.Name .Chart.Version .Chart.AppVersion .Chart.IsRoot | quote }}",
    "template: {{ printf \"%s %s\" .Template.Name .Template.BasePath | quote }}",
    "{{- range $n, $s := .Subcharts }}\n  sub-{{ $n }}: {{ toJson $s.Values | quote }}\n  {{- end }}",
    "file: {{ .Files.Get \"note.txt\" | quote }}",
    "glob: {{ (.Files.Glob \"*.txt\").AsConfig | quote }}",
    "kube: {{ printf \"%s %s %s\" .Capabilities.KubeVersion .Capabilities.KubeVersion.Major .Capabilities.KubeVersion.Minor | quote }}",
    "has: {{ .Capabilities.APIVersions.Has \"acme.dev/v1/Widget\" | quote }}",
    "helm: {{ .Capabilities.HelmVersion.Version | quote }}",
    "over: {{ mergeOverwrite (dict \"a\" 1) (deepCopy .Values) | toJson | quote }}",
    "sum: {{ .Values | toJson | sha256sum | trunc 12 }}",
    "kind: {{ kindOf .Values.c | quote }}",
    "length: {{ len .Values | quote }}",
    "keys: {{ keys .Values | sortAlpha | join \",\" | quote }}",
    "empty: {{ empty .Values.d | ternary \"e\" \"f\" }}",
    "has-key: {{ hasKey .Values \"global\" | quote }}",
    "looked: {{ lookup \"v1\" \"Secret\" \"x\" \"y\" | toJson | quote }}",
    "many: {{ range $i, $e := until 3 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $e }}{{ end }}",
];

/// Those that depend on what the values are, and often end the render.
const RISKY: [&str; 7] = [
    "tpl: {{ tpl (.Values.b | toString) . | quote }}",
    "dig: {{ dig \"c\" \"d\" \"none\" (.Values.a | default dict) | toString | quote }}",
    "get: {{ .Values.a.b | toString | quote }}",
    "deep: {{ .Values.g.c.d }}",
    "merged: {{ merge (dict \"z\" 1) (.Values.a | default dict) | toJson | quote }}",
    "index: {{ index .Values \"a\" | toString | quote }}",
    "first: {{ first (.Values.c | default (list 1)) | toString | quote }}",
];

/// Rare ones, which mostly end the render.
const ENDING: [&str; 5] = [
    "required: {{ required \"b must be given\" .Values.b | toString | quote }}",
    "fail: {{ if .Values.enabled }}{{ fail \"enabled is not allowed\" }}{{ end }}",
    "missing: {{ include \"nowhere\" . }}",
    "broken: {{ .Values.a | first }}",
    "bad: [",
];

const HOOKS: [&str; 5] = ["pre-install", "post-install,post-upgrade", "test", "pre-delete", "crd-install"];

fn template(rng: &mut Rng, name: &str) -> String {
    let mut out = String::new();
    if rng.chance(15) {
        out.push_str("{{- if .Values.enabled }}\n");
    }
    let conditional = !out.is_empty();
    let documents = 1 + rng.below(2);
    for index in 0..documents {
        if index > 0 || rng.chance(20) {
            out.push_str(rng.pick(&["---\n", "---\n# a comment\n", "--- \n", "\n---\n\n"]));
        }
        let kind = rng.pick(&[
            "ConfigMap",
            "ConfigMap",
            "Secret",
            "Widget",
            "Namespace",
            "ServiceAccount",
            "Deployment",
        ]);
        let group = match kind {
            "Widget" => "acme.dev/v1",
            "Deployment" => "apps/v1",
            _ => "v1",
        };
        out.push_str(&format!(
            "apiVersion: {group}\nkind: {kind}\nmetadata:\n  name: {{{{ .Chart.Name }}}}-{index}\n"
        ));
        if rng.chance(15) {
            let (hook, weight) = (rng.pick(&HOOKS), rng.below(5));
            out.push_str(&format!(
                "  annotations:\n    helm.sh/hook: {hook}\n    helm.sh/hook-weight: \"{weight}\"\n"
            ));
        }
        out.push_str("data:\n");
        for _ in 0..=rng.below(4) {
            let entry = match rng.below(500) {
                0 => rng.pick(&ENDING),
                1..=8 => rng.pick(&RISKY),
                _ => rng.pick(&ENTRIES),
            };
            out.push_str(&format!("  {}\n", entry.replace("NAME", name)));
        }
    }
    if conditional {
        out.push_str("{{- end }}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_makes_one_case() {
        let (mut one, mut other) = (Rng::new(7), Rng::new(7));
        for _ in 0..50 {
            assert_eq!(format!("{:?}", case(&mut one)), format!("{:?}", case(&mut other)));
        }
    }
}
