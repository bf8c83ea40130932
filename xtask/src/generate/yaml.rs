//! YAML of every shape: styles, tricky scalars, anchors and merge keys, block scalars, manifests as people paste them, and all of it mangled.

use serde_json::{Map, Value, json};

use super::rng::Rng;
use super::strings::mangle;

const SCALARS: &[&str] = &[
    "a",
    "0777",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "on",
    "off",
    "yes",
    "No",
    "y",
    "n",
    "true",
    "False",
    "~",
    "null",
    "Null",
    "",
    "1.5",
    "1e3",
    ".5",
    "5.",
    "-0",
    "+1",
    "1e400",
    ".inf",
    "-.INF",
    ".nan",
    "12345678901234567890",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "123456789012345678901234567890",
    "2024-01-01",
    "2024-01-01T10:00:00Z",
    "1:30",
    "190:20:30",
    "0.1.2",
    "1.0",
    "100000000000000000000.0",
    "1e21",
    "'single'",
    "'it''s'",
    "\"double \\n \\u00e9 \\x41\"",
    "\"bad \\q\"",
    "\"folded\n    line\"",
    "plain with spaces",
    "a: b",
    "a #c",
    "#c",
    "- x",
    "? q",
    "@at",
    "`tick",
    "%p",
    "&anc",
    "*ali",
    "!t",
    "!!str 5",
    "!!int \"5\"",
    "!!float 3",
    "!!binary aGVsbG8=",
    "!!null x",
    "!!bool yes",
    "!custom z",
    "{{ .x }}",
    "'{{ .x }}'",
    "key: {{ .x }}",
    "a,b",
    "[x",
    "x]",
    "{",
    "=",
    "<<",
    "|",
    ">",
    "-",
    "--- x",
    "...",
    "\u{00e9}t\u{00e9}",
    "\u{1F600}",
    "a\tb",
    "https://x.y/z",
    "c:\\d",
    "a:b",
];

const KEYS: &[&str] = &[
    "a", "b", "key", "name", "1", "on", "y", "~", "null", "1.5", "'q'", "\"d q\"", "<<", "? x", "true",
    "a b", "0x10", "é", "a", "-k",
];

const MANIFESTS: &[&str] = &[
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: web\n  namespace: argocd\nspec:\n  project: default\n  source:\n    repoURL: https://git.example.org/a.git\n    targetRevision: HEAD\n    path: chart\n    helm:\n      valueFiles:\n        - values.yaml\n        - values-dev.yaml\n      parameters:\n        - name: image.tag\n          value: \"1.10\"\n  destination:\n    server: https://kubernetes.default.svc\n    namespace: web\n  syncPolicy:\n    automated:\n      prune: true\n      selfHeal: true\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: set\nspec:\n  goTemplate: true\n  generators:\n    - list:\n        elements:\n          - env: dev\n            replicas: 1\n          - {env: prod, replicas: 3}\n  template:\n    metadata:\n      name: 'app-{{ .env }}'\n    spec:\n      project: default\n      source:\n        helm:\n          values: |\n            replicas: {{ .replicas }}\n            image:\n              tag: v1\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  script.sh: |-\n    #!/bin/sh\n    echo hi  # not a comment\n\n    exit 0\n  folded: >+\n    one\n    two\n\n    three\n\n\n  mode: 0644\n  list: \"[1, 2]\"\n",
    "# head\nbase: &base\n  image: nginx   # side\n  ports: [80, 443,]\nprod:\n  <<: *base\n  image: nginx:1.27\nboth:\n  <<: [*base, {extra: 1}]\nalias: *base\n",
    "- a\n- - b\n  - c\n-\n  - d\n- {e: f, 'g': [h, {i: j}]}\n- ? complex\n  : value\n- |2\n   keep\n  x\n- >-\n  x\n   y\n  z\n",
    "%YAML 1.1\n---\na: 1\n...\n---\nb: 2\n",
    "spec:\n  containers:\n  - name: app\n    image: \"app:1\"\n    args: [\"--a=b\", '--c', -d]\n    env:\n    - {name: A, value: \"1\"}\n    resources: {limits: {cpu: 500m, memory: 1Gi}}\n  - name: side\n    command:\n    - sh\n    - -c\n    - >\n      run\n      this\n",
    "{\"a\": {\"b\": [1, 2.50, true, null, \"x\\n\"]}, \"c\": \"\\u00e9\"}",
    "Here is the manifest:\n\n```yaml\napiVersion: v1\nkind: Secret\nstringData:\n  a: b\n```\nHope it helps!\n",
];

/// One case: most ask for the verdict and the JSON, some for the YAML written from JSON.
pub(crate) fn case(rng: &mut Rng) -> Map<String, Value> {
    let mut out = Map::new();
    if rng.chance(18) {
        out.insert("mode".into(), "json2yaml".into());
        out.insert("data".into(), data(rng, 0));
        return out;
    }
    let mut text = match rng.below(10) {
        0..=4 => node(rng, 0, 0) + rng.pick(&["", "\n", "\n\n"]),
        5 => format!("{}\n---\n{}", node(rng, 0, 0), node(rng, 0, 0)),
        _ => rng.pick(MANIFESTS).to_owned(),
    };
    let manifest = text.len() > 60;
    if rng.chance(if manifest { 85 } else { 20 }) {
        text = mangle(
            rng,
            &text,
            &[
                "\t", "  ", "\n", ":", ": ", "- ", "#", " #", "'", "\"", "{", "}", "[", "]", ",", "&a ",
                "*a", "|", ">", "!!str ", "? ", "\u{feff}", "\0", "\r\n", "%", "\u{2028}", "\u{85}", "---\n",
                "...\n", "@",
            ],
        );
    }
    out.insert("mode".into(), rng.weighted(&[(85, "yaml2json"), (15, "yaml2json-strict")]).into());
    out.insert("text".into(), text.into());
    out
}

/// A YAML node as text whose first line continues the current one.
fn node(rng: &mut Rng, indent: usize, depth: usize) -> String {
    let anchor = if rng.chance(6) { rng.pick(&["&a ", "!!map ", "!t ", "&b "]) } else { "" };
    let pad = " ".repeat(indent);
    match rng.below(if depth > 3 { 3 } else { 10 }) {
        0..=2 => {
            if depth > 0 && rng.chance(12) {
                return block_scalar(rng, indent);
            }
            if rng.chance(5) { "*a".to_owned() } else { format!("{anchor}{}", rng.pick(SCALARS)) }
        }
        3..=6 => {
            let mut out = if depth == 0 { String::new() } else { format!("{anchor}\n") };
            let inner = if depth == 0 { indent } else { indent + rng.pick(&[1, 2, 2, 2, 4]) };
            let pad = " ".repeat(inner);
            for i in 0..=rng.below(3) {
                if i > 0 {
                    out.push('\n');
                }
                let comment = if rng.chance(8) { "# note\n" } else { "" };
                out += &format!(
                    "{comment}{pad}{}:{}{}",
                    rng.pick(KEYS),
                    rng.weighted(&[(20, " "), (1, ""), (1, "   ")]),
                    node(rng, inner, depth + 1)
                );
            }
            out
        }
        7 | 8 => {
            let mut out = if depth == 0 { String::new() } else { "\n".to_owned() };
            for i in 0..=rng.below(3) {
                if i > 0 {
                    out.push('\n');
                }
                out += &format!("{pad}- {}", node(rng, indent + 2, depth + 1));
            }
            out
        }
        _ => flow(rng, depth),
    }
}

fn block_scalar(rng: &mut Rng, indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    let head = rng.pick(&["|", ">", "|-", ">-", "|+", ">+", "|2", ">1", "| # c", "|x"]);
    let mut out = head.to_owned();
    for _ in 0..rng.below(4) {
        out += &match rng.below(6) {
            0 => "\n".to_owned(),
            1 => format!("\n{pad}  more"),
            2 => format!("\n{pad}# kept"),
            _ => format!("\n{pad}line {}", rng.pick(&["x", "y: z", "{{ .a }}", "trail  "])),
        };
    }
    out
}

fn flow(rng: &mut Rng, depth: usize) -> String {
    let gap = rng.pick(&["", " ", "\n "]);
    let items: Vec<String> = (0..rng.below(4))
        .map(|_| {
            let item =
                if depth < 4 && rng.chance(25) { flow(rng, depth + 1) } else { rng.pick(SCALARS).to_owned() };
            if rng.chance(50) { format!("{}: {item}", rng.pick(KEYS)) } else { item }
        })
        .collect();
    let inner = items.join(&format!(",{gap}"));
    if rng.chance(50) {
        format!("{{{gap}{inner}{gap}}}")
    } else {
        format!("[{inner}{}]", rng.pick(&["", ",", " "]))
    }
}

/// JSON data with what is hard to write as YAML.
fn data(rng: &mut Rng, depth: usize) -> Value {
    let texts = [
        "",
        "a",
        "0777",
        "on",
        "~",
        "null",
        "1.5",
        "1e3",
        "2024-01-01",
        " lead",
        "trail ",
        "a: b",
        "# x",
        "- x",
        "multi\nline",
        "multi\nline\n",
        "\n",
        " \n x",
        "tab\tx",
        "é",
        "\u{1F600}",
        "\u{0}",
        "'q'",
        "\"d\"",
        "{x}",
        "[y",
        "*a",
        "&b",
        "!c",
        "|",
        ">",
        "%d",
        "@e",
        "`f",
        "y",
        "yes",
        "0x1F",
        "1_000",
        "1:30",
        "=",
        "<<",
        "a #b",
        "x\r\ny",
        "\u{feff}b",
        "very long text that goes on and on and on, past eighty columns, so that a writer which folds lines would fold it here somewhere",
        "a\u{85}b",
        "\u{7f}",
        "-",
        "---",
        "...",
    ];
    match rng.below(if depth > 3 { 5 } else { 9 }) {
        0..=2 => rng.pick(&texts).into(),
        3 => rng.pick(&[
            json!(0),
            json!(-1),
            json!(1.5),
            json!(1e21),
            json!(1000000),
            json!(12345678901i64),
            json!(1e-7),
            json!(0.1),
            json!(-0.0),
            json!(123456789.25),
        ]),
        4 => rng.pick(&[json!(true), json!(false), json!(null), json!([]), json!({})]),
        5 | 6 => {
            let mut map = Map::new();
            for _ in 0..=rng.below(3) {
                map.insert(rng.pick(&texts).to_owned(), data(rng, depth + 1));
            }
            Value::Object(map)
        }
        _ => (0..=rng.below(3)).map(|_| data(rng, depth + 1)).collect(),
    }
}
