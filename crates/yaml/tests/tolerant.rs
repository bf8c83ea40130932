//! What the tolerant reader makes of manifests as models write them.

use seatrial_yaml::{ErrorKind, HoleKind, Kind, Path, Scalar, Style, Tree, goyaml, parse};

fn at(tree: &Tree, path: &[&str]) -> String {
    let path: Path = path
        .iter()
        .map(|step| match step.parse::<usize>() {
            Ok(index) => index.into(),
            Err(_) => (*step).into(),
        })
        .collect();
    match tree.find(0, &path) {
        Some(node) => node.as_str().map_or_else(|| format!("{:?}", node.kind()), |text| text.into_owned()),
        None => format!("no {path}"),
    }
}

fn line(tree: &Tree, offset: usize) -> usize {
    tree.text()[..offset].matches('\n').count() + 1
}

const MATRIX: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: agent
spec:
  generators:
  - matrix:
      generators:
      - list:
          elements:
          - name: dev
            replicas: 1
          - name: prod
            replicas: 5
      - list:
          elements:
          - registry: docker.io
  template:
    metadata:
      name: agent-{{name}}-{{registry}}
    spec:
      project: default
      source:
        helm:
          valuesObject:
            replicaCount: {{replicas}}
            image:
              repository: {{registry}}/org/agent
              tag: {{ image_tag }} # chosen by CI
            ingress:
              enabled: true
      destination:
        server: https://{{cluster}}.example.com
        namespace: agents
";

#[test]
fn every_unquoted_hole_is_seen_and_no_key_is_lost() {
    let error = goyaml::check(MATRIX).unwrap();
    assert_eq!(error.message, "yaml: line 27: did not find expected key");
    let tree = parse(MATRIX);
    assert_eq!(tree.errors(), []);
    let values = ["spec", "template", "spec", "source", "helm", "valuesObject"];
    let value = |rest: &[&str]| at(&tree, &[&values[..], rest].concat());
    assert_eq!(value(&["replicaCount"]), "{{replicas}}");
    assert_eq!(value(&["image", "repository"]), "{{registry}}/org/agent");
    assert_eq!(value(&["image", "tag"]), "{{ image_tag }}");
    assert_eq!(value(&["ingress", "enabled"]), "true");
    assert_eq!(
        at(&tree, &["spec", "template", "spec", "destination", "server"]),
        "https://{{cluster}}.example.com"
    );
    assert_eq!(
        at(
            &tree,
            &["spec", "generators", "0", "matrix", "generators", "1", "list", "elements", "0", "registry"]
        ),
        "docker.io"
    );
    let holes: Vec<(usize, &str)> =
        tree.holes().iter().map(|hole| (line(&tree, hole.span().start), &MATRIX[hole.inner()])).collect();
    assert_eq!(
        holes,
        [
            (20, "name"),
            (20, "registry"),
            (26, "replicas"),
            (28, "registry"),
            (29, "image_tag"),
            (33, "cluster")
        ]
    );
    let node = tree.find(0, &Path::keys(values).join("replicaCount")).unwrap();
    assert!(node.is_hole());
    assert_eq!(&MATRIX[node.key_span().unwrap()], "replicaCount");
    assert_eq!(node.path().to_string(), "spec.template.spec.source.helm.valuesObject.replicaCount");
    let tag = tree.find(0, &Path::keys(values).join("image").join("tag")).unwrap();
    assert_eq!(&MATRIX[tag.comment_after().unwrap().span()], "# chosen by CI");
}

const FOREIGN: &str = "\
spec:
  template:
    spec:
      source:
        helm:
          valuesObject:
            imagePullSecrets:
              {{#pullSecret}}- name: {{pullSecret}}{{/pullSecret}}
            resources: {}
      destination:
        server: {{server}}
      syncPolicy:
        {{#if autoSync == \"true\"}}
        automated:
          prune: true
        {{/if}}
        syncOptions:
        - CreateNamespace=true
{{ if .late }}{{ .x }}{{ end }}
";

#[test]
fn lines_of_another_template_language_cost_nothing_else() {
    let tree = parse(FOREIGN);
    let spec = ["spec", "template", "spec"];
    let value = |rest: &[&str]| at(&tree, &[&spec[..], rest].concat());
    assert_eq!(value(&["syncPolicy", "automated", "prune"]), "true");
    assert_eq!(value(&["syncPolicy", "syncOptions", "0"]), "CreateNamespace=true");
    assert_eq!(value(&["destination", "server"]), "{{server}}");
    assert_eq!(value(&["source", "helm", "valuesObject", "imagePullSecrets", "0", "name"]), "{{pullSecret}}");
    let lines: Vec<(usize, ErrorKind)> =
        tree.errors().iter().map(|error| (line(&tree, error.span().start), error.kind)).collect();
    assert_eq!(lines[..2], [(13, ErrorKind::TemplateLine), (16, ErrorKind::TemplateLine)]);
    assert!(lines[2..].iter().all(|(_, kind)| *kind == ErrorKind::TemplateLine), "{lines:?}");
    let foreign = tree.holes().iter().filter(|hole| hole.kind == HoleKind::Handlebars).count();
    assert_eq!(foreign, 4);
}

#[test]
fn a_helm_template_keeps_its_keys() {
    let text = "\
{{- if .Values.enabled }}
apiVersion: v1
metadata:
  name: {{ include \"x.name\" . }}
  labels:
    {{- include \"x.labels\" . | nindent 4 }}
    app: a
  annotations:
{{ toYaml .Values.annotations | indent 4 }}
data:
  {{- range $key, $value := .Values.data }}
  {{ $key }}: {{ $value | quote }}
  {{- end }}
  script: |
    {{- if .x }}
    echo {{ .y }}
    {{- end }}
  last: 1
{{- end }}
";
    let tree = parse(text);
    assert_eq!(at(&tree, &["metadata", "name"]), "{{ include \"x.name\" . }}");
    assert_eq!(at(&tree, &["metadata", "labels", "app"]), "a");
    assert_eq!(at(&tree, &["data", "{{ $key }}"]), "{{ $value | quote }}");
    assert_eq!(at(&tree, &["data", "script"]), "{{- if .x }}\necho {{ .y }}\n{{- end }}\n");
    assert_eq!(at(&tree, &["data", "last"]), "1");
    assert!(tree.errors().iter().all(|error| error.kind == ErrorKind::TemplateLine), "{:?}", tree.errors());
}

#[test]
fn one_fault_does_not_hide_the_next() {
    let text = "\
a: b: c
d: @e
tab:
\tx: 1
open: \"never closed
f: [1, 2
g: *glob
h: >=1.2
i: 'ok' not
j:
    k: 1
  l: 2
m: `x`
nn: - o
p: \"\\d\"
last: here
";
    let tree = parse(text);
    for (key, value) in [
        ("a", "b: c"),
        ("d", "@e"),
        ("open", "\"never closed"),
        ("f", "[1, 2"),
        ("g", "Alias"),
        ("h", ">=1.2"),
        ("i", "ok"),
        ("m", "`x`"),
        ("nn", "- o"),
        ("p", "\\d"),
        ("last", "here"),
    ] {
        assert_eq!(at(&tree, &[key]), value, "{key}: {:?}", tree.errors());
    }
    assert_eq!(at(&tree, &["tab", "x"]), "1");
    assert_eq!(at(&tree, &["j", "k"]), "1");
    let lines: Vec<usize> = tree.errors().iter().map(|error| line(&tree, error.span().start)).collect();
    assert_eq!(lines, [1, 2, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15]);
}

#[test]
fn prose_and_fences_are_gone_around() {
    let text = "Here is the manifest you asked for, with `sync` on:\n\n```yaml\napiVersion: v1\nkind: Service\n```\n\nLet me know!\n";
    let tree = parse(text);
    assert_eq!(at(&tree, &["apiVersion"]), "v1", "{:?}", tree.errors());
    assert_eq!(at(&tree, &["kind"]), "Service", "{:?}", tree.errors());
}

#[test]
fn a_bad_document_leaves_the_others_alone() {
    let tree = parse("a: 1\n---\nb: [\n---\nc: 3\n");
    assert_eq!(tree.documents().len(), 3, "{:?}", tree.errors());
    assert_eq!(tree.document(2).unwrap().root().get("c").unwrap().as_str().unwrap(), "3");
    let document = tree.document(2).unwrap();
    assert_eq!(&tree.text()[document.separator().unwrap()], "---");
}

#[test]
fn duplicates_anchors_and_merges() {
    let text = "base: &b {x: 1, z: 2}\na:\n  <<: *b\n  z: 3\n  z: 4\nalias: *b\nself: &s [*s]\nnone: *zzz\n";
    let tree = parse(text);
    let root = tree.root().unwrap();
    let a = root.get("a").unwrap();
    assert_eq!(a.entries().len(), 3);
    assert_eq!(a.get("z").unwrap().scalar(), Some(Scalar::Int(4)));
    assert_eq!(a.get("x").unwrap().scalar(), Some(Scalar::Int(1)));
    assert_eq!(root.get("alias").unwrap().get("z").unwrap().as_str().unwrap(), "2");
    assert_eq!(root.get("none").unwrap().resolved(), None);
    assert_eq!(root.to_json()["a"], serde_json::json!({"x": 1, "z": 4}));
    assert_eq!(tree.node_at(text.find('3').unwrap()).unwrap().path().to_string(), "a.z");
}

#[test]
fn a_merge_counts_where_it_stands() {
    let text = "a: 1\n<<: {a: 2, b: 2}\nb: 3\n<<: [{c: 4}, {c: 5}]\n";
    let tree = parse(text);
    let root = tree.root().unwrap();
    let json = root.to_json();
    assert_eq!(json, serde_json::json!({"a": 2, "b": 3, "c": 4}));
    for key in ["a", "b", "c"] {
        assert_eq!(root.get(key).unwrap().to_json(), json[key]);
    }
}

#[test]
fn block_text_points_back_to_its_source() {
    let text = "templatePatch: |\n  spec:\n    x: {{ .y }}\n\n  end\nq: \"a\\tb\\u00e9c\"\n";
    let tree = parse(text);
    let node = tree.root().unwrap().get("templatePatch").unwrap();
    assert_eq!(node.style(), Style::Literal);
    let decoded = node.decoded().unwrap();
    assert_eq!(decoded.text(), "spec:\n  x: {{ .y }}\n\nend\n");
    let offset = decoded.text().find("{{").unwrap();
    assert_eq!(&text[decoded.source_span(offset..offset + 8)], "{{ .y }}");
    assert_eq!(decoded.source_offset(offset), text.find("{{").unwrap());
    assert_eq!(node.holes().len(), 1);
    let quoted = tree.root().unwrap().get("q").unwrap().decoded().unwrap();
    assert_eq!(quoted.text(), "a\tbéc");
    assert_eq!(&text[quoted.source_span(3..5)], "\\u00e9");
    assert_eq!(quoted.source_offset(5), text.find("c\"").unwrap());
}

#[test]
fn hostile_texts_end_soon() {
    for text in [
        "[".repeat(200_000),
        "{".repeat(200_000),
        "{{".repeat(100_000),
        "- ".repeat(50_000),
        "a: ".repeat(20_000),
        "\"".to_owned() + &"x".repeat(1_000_000),
        "\0\u{1}\u{85}".repeat(1000),
        "a: &a [*a, *a]\nb: *a\n".repeat(100),
        "? ".repeat(20_000),
        "\t".repeat(100_000),
        "`\n".repeat(2000),
        "{% ".repeat(20_000),
    ] {
        let tree = parse(text.as_str());
        for document in tree.documents() {
            let _ = document.root().to_json();
        }
        let _ = goyaml::to_json(&text);
    }
    let bomb = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let below = level - 1;
        text + &format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}, *a{below}, *a{below}, *a{below}, *a{below}, *a{below}]\n")
    });
    assert_eq!(goyaml::to_json(&bomb).unwrap_err().message, "yaml: document contains excessive aliasing");
    let _ = parse(bomb.as_str()).root().unwrap().to_json();
}

#[test]
fn nothing_at_all() {
    let tree = parse("");
    assert_eq!(tree.documents().len(), 0);
    assert!(tree.root().is_none());
    let tree = parse("# only a comment\n");
    assert_eq!(tree.comments().len(), 1);
    let tree = parse("key:\n");
    assert_eq!(tree.root().unwrap().get("key").unwrap().kind(), Kind::Null);
}
