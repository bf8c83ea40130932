//! Go templates: expressions by type over all deterministic functions, control flow around them, faults mixed in.

use serde_json::{Map, Value, json};

use super::rng::Rng;
use super::strings::mangle;

/// Calls by what they give. In a pattern `{s}` stands for a string expression, `{n}` a number, `{l}` a list, `{d}` a dict,
/// `{b}` a truth, `{a}` anything, `{i}` a small whole literal.
const CALLS: &[(char, &[&str])] =
    &[('s', STRINGS), ('n', NUMBERS), ('l', LISTS), ('d', DICTS), ('b', TRUTHS)];

const STRINGS: &[&str] = &[
    "upper {s}",
    "lower {s}",
    "title {s}",
    "untitle {s}",
    "trim {s}",
    "trimAll \"-a\" {s}",
    "trimSuffix \"d\" {s}",
    "trimPrefix \"dev\" {s}",
    "repeat {i} {s}",
    "substr {i} {i} {s}",
    "nospace {s}",
    "trunc {i} {s}",
    "abbrev {i} {s}",
    "abbrevboth {i} {i} {s}",
    "initials {s}",
    "wrap {i} {s}",
    "wrapWith {i} \"/\" {s}",
    "quote {a}",
    "squote {a}",
    "cat {a} {a}",
    "indent {i} {s}",
    "nindent {i} {s}",
    "replace \"-\" \"_\" {s}",
    "plural \"one\" \"many\" {n}",
    "snakecase {s}",
    "camelcase {s}",
    "kebabcase {s}",
    "swapcase {s}",
    "regexFind \"[a-z]+\" {s}",
    "regexReplaceAll \"(a|e)(.)\" {s} \"${2}$1\"",
    "regexReplaceAllLiteral \"[aeiou]\" {s} \"$\"",
    "regexQuoteMeta {s}",
    "mustRegexFind \"[\" {s}",
    "mustRegexReplaceAll \"^.\" {s} \"<$0>\"",
    "join \",\" {l}",
    "join {s} {a}",
    "toString {a}",
    "toJson {a}",
    "toPrettyJson {a}",
    "toRawJson {a}",
    "mustToJson {a}",
    "b64enc {s}",
    "b64dec {s}",
    "b64dec (b64enc {s})",
    "b32enc {s}",
    "sha1sum {s}",
    "sha256sum {s}",
    "adler32sum {s}",
    "typeOf {a}",
    "kindOf {a}",
    "base {s}",
    "dir {s}",
    "clean {s}",
    "ext {s}",
    "osBase {s}",
    "osDir {s}",
    "osClean {s}",
    "osExt {s}",
    "printf \"%s\" {a}",
    "printf \"%v\" {a}",
    "printf \"%d\" {n}",
    "printf \"%5.2f|%-6s|%q\" {n} {s} {s}",
    "printf \"%T %x %08b\" {a} {s} {i}",
    "printf \"%t %c %U %e %g\" {b} {i} {i} {n} {n}",
    "printf \"%+v %#v\" {a} {s}",
    "printf \"%[2]d %[1]s %%\" {s} {i}",
    "print {a} {a}",
    "println {a}",
    "html {s}",
    "js {s}",
    "urlquery {s}",
    "ternary {s} {s} {b}",
    "default {s} {a}",
    "coalesce {a} {s} \"z\"",
    "first {l}",
    "last {l}",
    "toYaml {a}",
    "normalize {s}",
    "slugify {s}",
    "slugify {i} true {s}",
    "slugify {i} false {s}",
    "seq {i} {i}",
    "seq {i}",
    "get {d} \"name\"",
    "dig \"a\" \"b\" \"none\" {d}",
    "dateInZone \"2006-01-02 15:04 Mon MST\" (toDate \"2006-01-02\" \"2024-03-05\") \"Europe/Berlin\"",
    "date \"Jan _2 06 3PM\" {i}",
    "htmlDate {i}",
    "duration {n}",
    "durationRound \"26h3m7s\"",
    "unixEpoch (toDate \"2006-01-02\" \"1999-12-31\")",
    "dateModify \"-1.5h\" (toDate \"2006-01-02\" \"2024-02-29\")",
    "urlJoin (urlParse \"https://u:p@h.example:8080/a%20b?q=1#f\")",
    "get (urlParse {s}) \"host\"",
    "semver {s}",
    "index {l} {i}",
    "index {d} {s}",
    "slice {s} {i} {i}",
    "tpl {s} .",
    "tpl \"{{ .name | upper }}\" .",
    "derivePassword 1 \"long\" {s} \"user\" \"example.com\"",
    "randAlpha {s}",
    "fail {s}",
    "splitn \"-\" 2 {s}",
    "(semver \"1.2.3-rc.1+b\").Prerelease",
    "(toDate \"2006-01-02\" \"2024-03-05\").Weekday",
    "(fromJson {s}).a",
    "sha512sum {s}",
    "toDecimal \"0755\"",
    "b32dec {s}",
    "mustToPrettyJson {a}",
    "trimall \"x\" {s}",
    "call {a} {s}",
    "or {a} {s}",
    "and {a} {s}",
    "(index .apps 0).name",
];

const NUMBERS: &[&str] = &[
    "add {n} {n}",
    "add1 {n}",
    "sub {n} {n}",
    "mul {n} {n} {n}",
    "div {n} {n}",
    "mod {n} {n}",
    "max {n} {n}",
    "min {n} {n} {n}",
    "maxf {n} {n}",
    "minf {n} {n}",
    "floor {n}",
    "ceil {n}",
    "round {n} {i}",
    "round {n} 1 0.6",
    "int {a}",
    "int64 {a}",
    "float64 {a}",
    "atoi {s}",
    "len {a}",
    "len {s}",
    "addf {n} {n}",
    "add1f {n}",
    "subf {n} {n}",
    "mulf {n} {n}",
    "divf {n} {n}",
    "index .nums {i}",
    "toDecimal {s}",
    "biggest {n} {n} {n}",
    "default {n} {a}",
    "get {d} \"count\"",
    "first (until 3)",
    "ternary {n} {n} {b}",
    "dig \"x\" {n} {d}",
    "len (until {i})",
    "untilStep {i} {i} 2 | len",
];

const LISTS: &[&str] = &[
    "list {a} {a} {s}",
    "list",
    "tuple {n} {s}",
    "splitList \"-\" {s}",
    "rest {l}",
    "initial {l}",
    "append {l} {a}",
    "prepend {l} {a}",
    "concat {l} {l}",
    "reverse {l}",
    "uniq {l}",
    "without {l} {a}",
    "compact {l}",
    "slice {l} {i}",
    "slice {l} {i} {i}",
    "chunk {i} {l}",
    "sortAlpha {l}",
    "toStrings {a}",
    "until {i}",
    "untilStep {i} {i} {i}",
    "regexFindAll \"[a-z]\" {s} {i}",
    "regexSplit \"-\" {s} {i}",
    "pluck \"name\" {d} {d}",
    "keys {d} | sortAlpha",
    "mustAppend {a} {s}",
    "fromJson \"[1,\\\"a\\\",null,{\\\"b\\\":2.5}]\"",
    "fromYamlArray \"- 1\\n- a\\n- {b: on}\\n\"",
    "fromYamlArray {s}",
    "mustRest {a}",
    "mustUniq {a}",
    "mustHas {s} {l} | list",
    "push {l} {n}",
];

const DICTS: &[&str] = &[
    "dict \"name\" {s} \"count\" {n}",
    "dict",
    "dict \"a\" (dict \"b\" {a})",
    "set {d} \"k\" {a}",
    "unset {d} \"name\"",
    "pick {d} \"name\" \"x\"",
    "omit {d} \"name\"",
    "merge {d} {d}",
    "mergeOverwrite {d} {d}",
    "mustMerge {d} {d}",
    "mustMergeOverwrite (dict \"a\" (dict \"x\" 1)) {d}",
    "deepCopy {d}",
    "mustDeepCopy {a}",
    "split \"-\" {s}",
    "splitn \"-\" 2 {s}",
    "fromYaml \"a: 1\\nb: [x, 0777, ~]\\n\"",
    "fromYaml {s}",
    "fromJson \"{\\\"a\\\":{\\\"b\\\":1e3}}\"",
    "mustFromJson {s}",
    "urlParse {s}",
    "default {d} {a}",
    "first (list {d})",
];

const TRUTHS: &[&str] = &[
    "eq {a} {a}",
    "eq {s} {s} \"dev\"",
    "ne {s} {s}",
    "lt {n} {n}",
    "le {n} {i}",
    "gt {s} {s}",
    "ge {n} {n}",
    "not {a}",
    "and {b} {a}",
    "or {b} {a}",
    "contains \"d\" {s}",
    "hasPrefix \"dev\" {s}",
    "hasSuffix \"g\" {s}",
    "hasKey {d} \"name\"",
    "has {a} {l}",
    "empty {a}",
    "all {a} {a}",
    "any {a} {a}",
    "kindIs \"string\" {a}",
    "typeIs \"float64\" {a}",
    "typeIsLike \"string\" {a}",
    "deepEqual {a} {a}",
    "regexMatch \"^d.*$\" {s}",
    "mustRegexMatch \"a{2,1}\" {s}",
    "isAbs {s}",
    "semverCompare \">=1.2 <2 || ^3\" {s}",
    "semverCompare \"~1.4.x\" \"1.4.9\"",
    "semverCompare {s} \"1.0.0\"",
    "eq {d} {l}",
    "lt {a} {n}",
];

/// Paths into the data by what lies there.
const PATHS: &[(char, &[&str])] = &[
    (
        's',
        &[
            ".name",
            ".env",
            ".nested.a.b",
            ".unicode",
            ".version",
            ".json",
            ".yaml",
            ".values.tier",
            ".empty",
            ".spaced",
            ".path.basename",
            "$.name",
        ],
    ),
    ('n', &[".count", ".big", ".huge", ".float", ".negative", ".zero", ".nested.n", "$.count"]),
    ('l', &[".list", ".nums", ".mixed", ".apps", ".emptyList", ".path.segments"]),
    ('d', &[".map", ".nested", ".nested.a", ".values", ".emptyMap", ".", "(index .apps 1)"]),
    ('b', &[".on", ".off", "true", "false"]),
    (
        'a',
        &[
            ".missing",
            ".nested.missing.deeper",
            ".null",
            ".",
            ".on",
            ".name.oops",
            ".map",
            ".nums",
            ".values",
            ".count",
            ".unicode",
            ".apps",
        ],
    ),
];

const LITERALS: &[(char, &[&str])] = &[
    (
        's',
        &[
            "\"dev\"",
            "\"a-b-c\"",
            "`raw \\n`",
            "\"\"",
            "\"1.2.3\"",
            "\"Größe ✓\"",
            "\"x\\ty\\u00e9\"",
            "\"Hello World\"",
            "\"42\"",
            "\"a b  c\"",
        ],
    ),
    ('n', &["0", "1", "3", "-2", "2.5", "1e3", "0x1F", "0b101", "0o17", "1_000", "'a'", "10"]),
    ('i', &["0", "1", "2", "3", "5", "9", "-1"]),
    ('l', &["(list 1 2 3)", "(list \"b\" \"a\")"]),
    ('d', &["(dict \"name\" \"x\")"]),
    ('b', &["true", "false"]),
    ('a', &["1", "\"s\"", "2.50", "true", "'x'", "1i"]),
];

fn of(table: &[(char, &'static [&'static str])], ty: char) -> &'static [&'static str] {
    table.iter().find(|(t, _)| *t == ty).map_or(&["0"], |(_, all)| all)
}

/// The data the templates read.
pub(crate) fn worlds() -> Map<String, Value> {
    let data = json!({
        "name": "dev-app", "env": "staging", "unicode": "Größe ✓ 日本", "version": "v1.4.2", "json": "{\"a\": [1, 2.5, \"x\"]}", "yaml": "a: 1\nb: on\n",
        "empty": "", "spaced": "  Hello  wide World ", "count": 3, "big": 1000000, "huge": 12345678901i64, "float": 2.75, "negative": -7, "zero": 0,
        "on": true, "off": false, "null": null, "list": ["b", "a", "c", "a"], "nums": [3, 1, 2.5], "mixed": ["x", 1, true, null, ["y"]], "emptyList": [], "emptyMap": {},
        "map": {"name": "m", "count": 12, "z": "last", "a": "first"}, "nested": {"a": {"b": "deep"}, "n": 8080, "list": [{"k": "v"}]},
        "values": {"tier": "gold", "url": "https://git.example.org/a.git"}, "apps": [{"name": "one", "port": 80}, {"name": "two", "port": 443, "tags": ["x"]}],
        "path": {"path": "apps/dev/web", "basename": "web", "segments": ["apps", "dev", "web"]}
    });
    let mut out = Map::new();
    out.insert("json".into(), json!({"data": data, "funcs": "argocd"}));
    out.insert("integers".into(), json!({"data": data, "funcs": "sprig", "integers": true}));
    out.insert("strings".into(), json!({"data": data, "funcs": "argocd", "stringMaps": ["values", "map"]}));
    out.insert("plain".into(), json!({"data": data}));
    out.insert("bare".into(), json!({"data": {}, "funcs": "argocd"}));
    out
}

/// One case: which data, which options, a template.
pub(crate) fn case(rng: &mut Rng) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert(
        "world".into(),
        rng.weighted(&[(66, "json"), (16, "integers"), (9, "strings"), (6, "plain"), (3, "bare")]).into(),
    );
    let options: &[&str] = rng.weighted(&[
        (45, &[] as &[&str]),
        (35, &["missingkey=error"]),
        (8, &["missingkey=zero"]),
        (8, &["missingkey=default"]),
        (2, &["missingkey=invalid", "missingkey=error"]),
        (2, &["missingkey=never"]),
    ]);
    if !options.is_empty() {
        out.insert("options".into(), options.into());
    }
    if rng.chance(8) {
        out.insert("mode".into(), "replace".into());
        out.insert("kind".into(), "fasttemplate".into());
        out.insert("world".into(), "json".into());
        out.insert("template".into(), flat(rng).into());
        return out;
    }
    let mut template = body(rng, 0);
    if rng.chance(9) {
        template = mangle(
            rng,
            &template,
            &[
                "{{", "}}", "-", "\"", ".", "(", ")", "|", " ", "end", "$x", ":=", ",", "`", "'", "/*", "*/",
                "\n", "else", "é",
            ],
        );
    }
    out.insert("mode".into(), "template".into());
    out.insert("template".into(), template.into());
    out
}

/// A template in the older syntax.
fn flat(rng: &mut Rng) -> String {
    let mut out = String::new();
    for _ in 0..=rng.below(3) {
        out += rng.pick(&[
            "{{name}}",
            "{{ env }}",
            "{{ missing }}",
            "{{count}}",
            "text",
            "{{",
            "}}",
            "{{}}",
            "{{ }}",
            "\n",
            "{{path.basename}}",
            "{{ {{name}} }}",
            "{{unicode}}",
            "{{values.tier}}",
            "{ {name}}",
            "{{name\n}}",
        ]);
    }
    out
}

fn body(rng: &mut Rng, depth: usize) -> String {
    let mut out = String::new();
    for _ in 0..=rng.below(2) {
        out += &piece(rng, depth);
    }
    out
}

fn open(rng: &mut Rng) -> &'static str {
    rng.weighted(&[(80, "{{ "), (10, "{{- "), (10, "{{")])
}

fn close(rng: &mut Rng) -> &'static str {
    rng.weighted(&[(80, " }}"), (10, " -}}"), (10, "}}")])
}

/// Text, an action, or a block around more.
fn piece(rng: &mut Rng, depth: usize) -> String {
    let action = |rng: &mut Rng, inner: &str| format!("{}{inner}{}", open(rng), close(rng));
    let nested = |rng: &mut Rng| body(rng, depth + 1);
    match rng.below(match depth {
        0 => 16,
        1 | 2 => 15,
        _ => 8,
    }) {
        0 => rng.pick(&["text ", "\n", "  x\n  ", "- ", "a: ", "{ }", "", "é"]).to_owned(),
        1..=5 => {
            let pipe = pipeline(rng);
            action(rng, &pipe)
        }
        6 => {
            let pipe = pipeline(rng);
            let set = action(rng, &format!("$v := {pipe}"));
            let show = rng.pick(&[
                "$v",
                "$v | quote",
                "$v.name",
                "printf \"%v\" $v",
                "len $v",
                "range $v }}{{ . }},{{ end",
                "$v = 1 }}{{ $v",
            ]);
            set + &action(rng, show)
        }
        7 if rng.chance(85) => rng
            .pick(&[
                "{{/* note */}}",
                "{{- /* trimmed */ -}}",
                "{{ . }}",
                "{{ $.name }}",
                "{{ .name -}} ",
                "\n {{- .env }}",
            ])
            .to_owned(),
        7 => rng
            .pick(&[
                "{{/* open",
                "{{ break }}",
                "{{ template \"t\" . }}",
                "{{ nil }}",
                "{{ .. }}",
                "{{ end }}",
                "{{ }}",
                "{{ $undefined }}",
                "{{ .name | }}",
                "{{ . | 5 }}",
            ])
            .to_owned(),
        8 | 9 => {
            let (a, b) = (pipeline(rng), pipeline(rng));
            let otherwise = rng.weighted(&[
                (4, String::new()),
                (4, "{{ else }}no".into()),
                (2, format!("{{{{ else if {b} }}}}second{{{{ else }}}}third")),
            ]);
            format!("{}{}{otherwise}{}", action(rng, &format!("if {a}")), nested(rng), action(rng, "end"))
        }
        10..=12 => {
            let ty = rng.weighted(&[(6, 'l'), (3, 'd'), (2, 'n'), (1, 'a'), (1, 's')]);
            let over = expr(rng, ty, 1);
            let vars = rng.weighted(&[(5, ""), (3, "$i, $e := "), (2, "$e := ")]);
            let inside = if vars.is_empty() {
                rng.pick(&[
                    "{{ . }};",
                    "{{ .name }},",
                    "{{ $.name }} ",
                    "{{ if eq . \"a\" }}{{ continue }}{{ end }}{{ . }}",
                ])
            } else {
                rng.pick(&["{{ $e }};", "{{ $e | toString | upper }}{{ break }}", "[{{ $e }}]"])
            };
            let more = nested(rng);
            format!(
                "{}{inside}{more}{}{}",
                action(rng, &format!("range {vars}{over}")),
                rng.pick(&["", "", "{{ else }}none"]),
                action(rng, "end")
            )
        }
        13 | 14 => {
            let ty = rng.pick(&['d', 's', 'a', 'l']);
            let over = expr(rng, ty, 1);
            format!(
                "{}{{{{ . }}}}{}{}{}",
                action(rng, &format!("with {over}")),
                nested(rng),
                rng.pick(&["", "{{ else }}none", "{{ else with .list }}{{ . }}"]),
                action(rng, "end")
            )
        }
        _ => {
            let inner = nested(rng);
            let ty = rng_type(rng.below(5));
            let pass = expr(rng, ty, 1);
            match rng.below(2) {
                0 => format!(
                    "{{{{ define \"t\" }}}}<{{{{ . }}}}{inner}>{{{{ end }}}}{{{{ template \"t\" {pass} }}}}"
                ),
                _ => format!("{{{{ block \"t\" {pass} }}}}{inner}{{{{ end }}}}"),
            }
        }
    }
}

fn rng_type(n: usize) -> char {
    ['s', 'n', 'l', 'd', 'a'][n.min(4)]
}

/// A pipeline of one to three commands.
fn pipeline(rng: &mut Rng) -> String {
    let ty = rng.weighted(&[(10, 's'), (6, 'n'), (4, 'l'), (4, 'd'), (4, 'b'), (2, 'a')]);
    let mut out = call(rng, ty, 0);
    for _ in 0..rng.weighted(&[(6, 0), (3, 1), (1, 2)]) {
        out += rng.pick(&[
            " | quote",
            " | upper",
            " | toJson",
            " | len",
            " | default \"d\"",
            " | trunc 5",
            " | join \"+\"",
            " | toYaml",
            " | printf \"%v!\"",
            " | b64enc",
            " | int",
            " | not",
            " | indent 2",
            " | first",
            "",
            " | sortAlpha",
            " | toString",
            " | empty",
            " | kindOf",
            " | .name",
            " | normalize",
        ]);
    }
    out
}

/// An operand: brackets around calls.
fn expr(rng: &mut Rng, ty: char, depth: usize) -> String {
    let ty = if ty == 'a' && rng.chance(60) { rng_type(rng.below(4)) } else { ty };
    let call_chance = match depth {
        0 => 60,
        1 => 35,
        2 => 18,
        _ => 0,
    };
    if CALLS.iter().any(|(t, _)| *t == ty) && rng.chance(call_chance) {
        return format!("({})", call(rng, ty, depth));
    }
    // Now and then something of another type.
    let ty = if rng.chance(3) && ty != 'i' { rng_type(rng.below(5)) } else { ty };
    if ty != 'i' && rng.chance(62) {
        rng.pick(of(PATHS, ty)).to_owned()
    } else {
        rng.pick(of(LITERALS, ty)).to_owned()
    }
}

/// A call as a command, without brackets.
fn call(rng: &mut Rng, ty: char, depth: usize) -> String {
    if ty == 'a' || rng.chance(8) {
        return rng.pick(of(PATHS, ty)).to_owned();
    }
    let pattern = rng.pick(of(CALLS, ty));
    let mut out = String::new();
    let mut rest = pattern;
    // Only `{x}` with one letter is a place; `${2}` and `a{2,1}` are text.
    while let Some(at) = rest.find('{') {
        let bytes = rest.as_bytes();
        out += &rest[..at];
        match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(&t), Some(b'}')) if b"snldbai".contains(&t) => {
                out += &expr(rng, t as char, depth + 1);
                rest = &rest[at + 3..];
            }
            _ => {
                out.push('{');
                rest = &rest[at + 1..];
            }
        }
    }
    out + rest
}
