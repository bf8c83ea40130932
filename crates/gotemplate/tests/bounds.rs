//! Whatever a template does, it ends: with its output, or with an error that names the limit.

use std::time::Duration;

use proptest::prelude::*;
use seatrial_gotemplate::trace::Step;
use seatrial_gotemplate::{Env, FuncMap, Limits, Map, Recorder, Set, Str, Template, Value, argocd, gofmt};

fn small() -> Env {
    Env {
        limits: Limits { depth: 200, steps: 20_000, output: 100_000, time: Some(Duration::from_secs(20)) },
        ..Env::default()
    }
}

fn run(text: &str, data: &Value, env: &Env) -> Result<String, String> {
    let template = Template::parse("base", text, &argocd::functions()).map_err(|e| e.to_string())?;
    template
        .execute(data, env)
        .map(|out| String::from_utf8_lossy(&out).into_owned())
        .map_err(|e| e.to_string())
}

fn fails(text: &str, part: &str) {
    let error = run(text, &Value::Nil, &small()).unwrap_err();
    assert!(error.contains(part), "{text}: {error}");
}

#[test]
fn limits_are_named() {
    fails("{{range 1000000000000}}{{end}}", "step limit of 20000 exceeded");
    fails(
        "{{range 10000}}{{\"0123456789012345678901234567890123456789\"}}{{end}}",
        "output limit of 100000 bytes",
    );
    fails(
        "{{define \"r\"}}{{template \"r\" .}}{{end}}{{template \"r\" .}}",
        "exceeded maximum template depth (100000)",
    );
    fails("{{printf \"%900000d%900000d\" 1 2}}", "output limit exceeded while formatting");
    fails("{{repeat 100000000 \"x\"}}", "limit of 100000 bytes exceeded");
    fails("{{range 5}}{{until 100000000}}{{end}}", "limit");
    fails("{{tpl \"{{range 1000000000000}}{{end}}\" .}}", "step limit");
    fails("{{$x := \"x\"}}{{range 100}}{{$x = print $x $x}}{{end}}", "limit");
}

#[test]
fn maps_that_hold_themselves_end_in_an_error() {
    for text in [
        "{{$_ := set . \"me\" .}}{{.}}",
        "{{$_ := set . \"me\" .}}{{toYaml .}}",
        "{{$_ := set . \"me\" .}}{{printf \"%d\" .}}",
    ] {
        let map = Map::new();
        let error = run(text, &Value::Map(map.clone()), &small()).unwrap_err();
        assert!(error.contains("limit"), "{error}");
        map.remove(b"me");
    }
}

#[test]
fn deep_data_can_be_dropped_and_refused() {
    let text =
        "{{$d := dict}}{{range 100000}}{{$d = dict \"a\" $d \"l\" (list $d)}}{{end}}{{len (print $d)}}";
    let mut env = small();
    env.limits.steps = 100_000_000;
    env.limits.output = 1 << 30;
    let error = run(text, &Value::Nil, &env).unwrap_err();
    assert!(error.contains("nested too deeply"), "{error}");
}

#[test]
fn deep_templates_neither_parse_for_ever_nor_overflow() {
    let parens = |n: usize| format!("{{{{{}1{}}}}}", "(".repeat(n), ")".repeat(n));
    assert_eq!(run(&parens(9_000), &Value::Nil, &Env::default()).unwrap(), "1");
    let error = run(&parens(10_001), &Value::Nil, &Env::default()).unwrap_err();
    assert_eq!(error, "template: base:1: max expression depth exceeded");
    let nested = |n: usize| format!("{}x{}", "{{if 1}}".repeat(n), "{{end}}".repeat(n));
    assert_eq!(run(&nested(5_000), &Value::Nil, &Env::default()).unwrap(), "x");
    assert!(
        run(&nested(20_000), &Value::Nil, &Env::default()).unwrap_err().contains("nesting limit of 10000")
    );
    let chain = format!("{{{{if 0}}}}{}{{{{else}}}}y{{{{end}}}}", "{{else if 0}}x".repeat(20_000));
    assert_eq!(run(&chain, &Value::Nil, &Env::default()).unwrap(), "y");
    let deep =
        "{{define \"r\"}}{{if lt 0 .}}{{template \"r\" (sub . 1)}}{{end}}.{{end}}{{template \"r\" 5000}}";
    std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || assert_eq!(run(deep, &Value::Nil, &Env::default()).unwrap().len(), 5001))
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn changes_to_maps_are_seen_by_every_holder() {
    let params = Value::from_json(&serde_json::json!({"a": {"b": 1}}));
    assert_eq!(run("{{$_ := set .a \"c\" 2}}{{.a}}", &params, &Env::default()).unwrap(), "map[b:1 c:2]");
    assert_eq!(run("{{.a.c}}{{$_ := unset .a \"b\"}}{{.a}}", &params, &Env::default()).unwrap(), "2map[c:2]");
}

#[test]
fn provenance_covers_every_byte() {
    let text = "a{{.x.y}}{{if .on}}{{range .l}}{{upper .n}}-{{end}}{{end}}{{index .x \"y\"}}{{\"lit\"}}";
    let data =
        Value::from_json(&serde_json::json!({"x": {"y": "Y"}, "on": true, "l": [{"n": "p"}, {"n": "q"}]}));
    let template = Template::parse("base", text, &argocd::functions()).unwrap();
    let mut recorder = Recorder::default();
    let out = template.execute_traced(&data, &Env::default(), &mut recorder).unwrap();
    assert_eq!(out, b"aYP-Q-Ylit");
    let show = |byte: usize| {
        let record = recorder.at(byte).unwrap();
        (
            text[record.source.clone()].to_owned(),
            format!("{:?}", record.values),
            format!("{:?}", record.conditions),
        )
    };
    assert_eq!(show(0), ("a".into(), "{}".into(), "{}".into()));
    assert_eq!(show(1).1, r#"{[Key("x"), Key("y")]}"#);
    assert_eq!(
        show(4),
        (
            "{{upper .n}}".into(),
            r#"{[Key("l"), Index(1), Key("n")]}"#.into(),
            r#"{[Key("l")], [Key("on")]}"#.into()
        )
    );
    assert_eq!(show(6).1, r#"{[Key("x"), Key("y")]}"#);
    assert_eq!(show(7), ("{{\"lit\"}}".into(), "{}".into(), "{}".into()));
    let mut end = 0;
    for record in &recorder.records {
        assert_eq!(record.output.start, end);
        end = record.output.end;
    }
    assert_eq!(end, out.len());
}

#[test]
fn sets_share_definitions_and_delimiters_can_change() {
    let mut set = Set::new(&FuncMap::new());
    set.parse("a", "{{define \"x\"}}X{{.}}{{end}}").unwrap();
    set.delims("<<", ">>");
    set.parse("b", "<<template \"x\" 1>>{{}}").unwrap();
    assert_eq!(set.execute("b", &Value::Nil, &Env::default()).unwrap(), b"X1{{}}");
    assert_eq!(set.names(), ["a", "b", "x"]);
}

/// Pieces that make templates which often parse, and often nearly.
fn template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~\n]{0,6}",
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        Just(" -}}".to_owned()),
        Just("{{- ".to_owned()),
        Just("{{end}}".to_owned()),
        Just("{{else}}".to_owned()),
        "\\{\\{(if|with|range|template|define|block) ",
        "(\\.|\\$|\\.a|\\.b\\.c|\"s\"|`r`|1|-2\\.5e3|0x1F|'c'|nil|true|\\(|\\)|\\||,|:=|=) ?",
        "(print|printf|len|index|slice|eq|lt|and|or|not|html|dict|list|set|tpl|toYaml|repeat|until|trunc) ",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_panics_or_hangs(text in template()) {
        let data = Value::from_json(&serde_json::json!({"a": [1, "x", null], "b": {"c": "v"}}));
        let _ = run(&text, &data, &small());
    }

    #[test]
    fn no_format_panics(format in "[%a-zA-Z0-9.*\\[\\]+# -]{0,20}", float in any::<f64>(), int in any::<i64>(), text in ".{0,8}") {
        let args = [Value::Float(float), Value::int(int), Value::str(text), Value::list(vec![Value::Nil])];
        let _ = gofmt::sprintf(format.as_bytes(), &args, 1 << 22);
    }

    #[test]
    fn text_without_actions_is_copied(text in "[^{]{0,40}") {
        prop_assert_eq!(run(&text, &Value::Nil, &Env::default()).unwrap(), text);
    }

    #[test]
    fn quoted_strings_read_back(text in any::<Vec<u8>>()) {
        let quoted = gofmt::sprintf(b"%q", &[Value::str(text.clone())], 1 << 20).unwrap();
        let source = format!("{{{{{}}}}}", String::from_utf8(quoted).unwrap());
        let template = Template::parse("base", &source, &FuncMap::new()).unwrap();
        prop_assert_eq!(template.execute(&Value::Nil, &Env::default()).unwrap(), Str::from(text).to_vec());
    }
}

#[test]
fn what_and_and_or_passed_over_decided() {
    let text =
        "{{if and .a .b}}x{{end}}{{or .e .n}}{{upper (or .e .n)}}{{.n | or .e}}{{or .n .e}}{{(or .m .e).k}}";
    let data =
        Value::from_json(&serde_json::json!({"a": true, "b": true, "e": "", "n": "n", "m": {"k": "k"}}));
    let template = Template::parse("base", text, &argocd::functions()).unwrap();
    let mut recorder = Recorder::default();
    let out = template.execute_traced(&data, &Env::default(), &mut recorder).unwrap();
    assert_eq!(out, b"xnNnnk");
    let show = |byte: usize| {
        let record = recorder.at(byte).unwrap();
        (format!("{:?}", record.values), format!("{:?}", record.conditions))
    };
    let is = |values: &str, conditions: &str| (values.to_owned(), conditions.to_owned());
    assert_eq!(show(0), is("{}", r#"{[Key("a")], [Key("b")]}"#));
    for byte in 1..4 {
        assert_eq!(show(byte), is(r#"{[Key("n")]}"#, r#"{[Key("e")]}"#), "{byte}");
    }
    // What stands behind the value that was taken decided nothing; what is found in a container is found there.
    assert_eq!(show(4), is(r#"{[Key("n")]}"#, "{}"));
    assert_eq!(show(5), is(r#"{[Key("m"), Key("k")]}"#, "{}"));
}

#[test]
fn provenance_goes_through_functions_that_execute_templates() {
    let mut funcs = argocd::functions();
    funcs.add_with_call("include", |call: &mut seatrial_gotemplate::Call<'_>, name: Str, data: Value| {
        call.execute_template(&name, &data)
    });
    let mut set = Set::new(&funcs);
    set.parse(
        "main",
        "{{define \"image\"}}{{.image.registry}}/{{.image.name}}:{{.tag | default .root.version}}{{end}}\
         {{include \"image\" (dict \"image\" .v.image \"tag\" .v.tag \"root\" .) | upper}};{{tpl .v.text .}};\
         {{range merge (dict \"a\" 1) .v.more}}{{.}}{{end}}",
    )
    .unwrap();
    let data = Value::from_json(&serde_json::json!({
        "version": "9",
        "v": {"image": {"registry": "r", "name": "n"}, "tag": "1", "text": "{{.version}}", "more": {"b": "B"}},
    }));
    let mut recorder = Recorder::default();
    let out = set.execute_traced("main", &data, &Env::default(), &mut recorder).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), "R/N:1;9;1B");
    let paths = |byte: usize| {
        let text = |step: &Step| match step {
            Step::Key(key) => key.to_string(),
            Step::Index(index) => index.to_string(),
        };
        let record = recorder.at(byte).unwrap();
        let path = |path: &Vec<Step>| path.iter().map(text).collect::<Vec<_>>().join(".");
        record.values.iter().map(path).collect::<Vec<_>>()
    };
    assert_eq!(paths(0), ["v.image.name", "v.image.registry", "v.tag", "version"]);
    assert_eq!(recorder.at(0).unwrap().inner[0].len(), 5);
    assert_eq!(paths(6), ["v.text", "version"]);
    assert_eq!(paths(9), ["v.more.b"]);
}
