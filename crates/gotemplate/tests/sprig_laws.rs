//! What holds of every sprig function: no argument makes it panic, huge counts meet a named limit, and a seed with a
//! fixed clock gives the same bytes again.

use proptest::prelude::*;
use seatrial_gotemplate::{Clock, Env, Limits, Random, Template, Value, sprig};

fn env() -> Env {
    // Too little for key derivations and key generation, which have tests of their own.
    let limits = Limits { steps: 200_000, output: 4 << 20, ..Limits::default() };
    Env { limits, random: Random::Seeded(7), clock: Clock::Fixed(1_700_000_000, 5), ..Env::default() }
}

fn run_in(template: &str, env: &Env) -> Result<String, String> {
    let data = serde_json::json!({
        "n": null, "s": "héllo World", "l": ["a", 1, null, [2], {"k": "v"}], "m": {"a": {"b": 1}, "c": "d"},
        "f": 1.5, "big": 1e300, "neg": -3, "e": "",
    });
    Template::parse("t", template, &sprig::generic())
        .and_then(|parsed| parsed.execute(&Value::from_json(&data), env))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| error.to_string())
}

fn run(template: &str) -> Result<String, String> {
    run_in(template, &env())
}

#[test]
fn the_whole_map_is_there() {
    let map = sprig::generic();
    // The list of upstream's `genericMap` at v3.3.0.
    assert_eq!(map.names().len(), 211, "{:?}", map.names());
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "nil",
            "true",
            "false",
            "0",
            "1",
            "-1",
            "3",
            "1000000000",
            "9223372036854775807",
            "-9223372036854775808",
            "1.5",
            "1e300",
            "\"\"",
            "\"abc\"",
            "\"(\"",
            "\"2006-01-02\"",
            "\"-\"",
            "\"1.2.3\"",
            "\"\\xff\\xfe\"",
            ".",
            ".n",
            ".s",
            ".l",
            ".m",
            ".f",
            ".big",
            ".neg",
            ".e",
            ".missing",
            "(list)",
            "(list 1 nil \"a\")",
            "(dict)",
            "(dict \"a\" 1)",
            "(now)",
            "(semver \"1.2.3\")",
            "(until 3)",
            "(b64dec \"/2H+\")",
            "(splitList \",\" \"a,b\")",
            "(split \",\" \"a,b\")",
            "'x'",
            "(float64 \"NaN\")",
            "(float64 \"inf\")",
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|n| n.to_string()),
        "\\PC{0,12}".prop_map(|text| format!("{text:?}").replace("\\u{", "\\U{").replace("\\U{", "u")),
        "[a-z0-9.*+?()\\[\\]{}|^$-]{0,10}".prop_map(|text| format!("`{text}`")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_argument_panics(
        name in prop::sample::select(sprig::generic().names().into_iter().map(str::to_owned).collect::<Vec<_>>()),
        arguments in prop::collection::vec(argument(), 0..5),
    ) {
        let template = format!("{{{{ {name} {} }}}}", arguments.join(" "));
        let first = run(&template);
        prop_assert_eq!(first, run(&template), "the same again");
    }
}

#[test]
fn huge_counts_meet_a_named_limit() {
    for template in [
        "{{ repeat 1000000000 \"x\" }}",
        "{{ repeat 9223372036854775807 \"xyz\" }}",
        "{{ indent 1000000000 \"x\" }}",
        "{{ nindent 9223372036854775807 \"x\\ny\" }}",
        "{{ until 1000000000 }}",
        "{{ until -1000000000 }}",
        "{{ untilStep 0 1000000000 1 }}",
        "{{ untilStep -9223372036854775808 9223372036854775807 1 }}",
        "{{ seq 1000000000 }}",
        "{{ seq -9223372036854775808 9223372036854775806 }}",
        "{{ randAlphaNum 1000000000 }}",
        "{{ randAscii 9223372036854775807 }}",
        "{{ randBytes 1000000000 }}",
        "{{ wrapWith 1 (repeat 100000 \"-\") (repeat 1000 \"x\") }}",
        "{{ replace \"\" (repeat 100000 \"-\") (repeat 1000 \"x\") }}",
        "{{ regexReplaceAll \"\" (repeat 1000 \"x\") (repeat 100000 \"-\") }}",
        "{{ range until 100 }}{{ genPrivateKey \"rsa\" }}{{ end }}",
        "{{ range until 10000 }}{{ bcrypt \"x\" }}{{ end }}",
        "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = cat $s $s }}{{ end }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toJson $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ deepCopy $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toString $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $e := dict }}{{ $_ := set $e \"d\" $e }}{{ deepEqual $d $e }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $e := dict }}{{ $_ := set $e \"d\" $e }}{{ merge $d $e }}",
    ] {
        let error = run(template).expect_err(template);
        assert!(error.contains("limit"), "{template}: {error}");
    }
    // Expressions that would blow up elsewhere are matched in linear time or refused.
    let error = run("{{ regexFind \"((a{100}){10}){10}\" .s }}").unwrap_err();
    assert!(error.contains("invalid repeat count"), "{error}");
    assert_eq!(run("{{ regexMatch \"(a*)*b\" (repeat 5000 \"a\") }}").unwrap(), "false");
}

#[test]
fn a_seed_gives_the_same_keys_and_certificates() {
    let env = Env { limits: Limits::default(), ..env() };
    let template = r#"{{ $ca := genCA "my ca" 365 -}}
        {{ $leaf := genSignedCert "leaf.example" (list "10.0.0.1" "::1") (list "a.example" "b.example") 30 $ca -}}
        {{ $ec := genPrivateKey "ecdsa" }}{{ $ed := genPrivateKey "ed25519" -}}
        {{ $eca := genCAWithKey "ec ca" 10 $ec -}}
        {{ $edl := genSignedCertWithKey "ed*leaf" nil (list "c.example") 5 $eca $ed -}}
        {{ $self := genSelfSignedCertWithKey "" (list "192.168.0.1") nil 40000 $ed -}}
        {{ $built := buildCustomCert (b64enc $leaf.Cert) (b64enc $leaf.Key) -}}
        {{ range list $ca $leaf $eca $edl $self $built }}{{ .Cert }}{{ .Key }}{{ end -}}
        {{ randAlphaNum 20 }} {{ uuidv4 }} {{ randBytes 9 }} {{ randInt 5 500 }} {{ shuffle "abcdef" }}
        {{ bcrypt "secret" }} {{ htpasswd "user" "secret" }} {{ encryptAES "key" "text" }}"#;
    let first = run_in(template, &env).unwrap();
    assert_eq!(first, run_in(template, &env).unwrap());
    assert_ne!(first, run_in(template, &Env { random: Random::Seeded(8), ..env }).unwrap());
    assert_eq!(first.matches("-----BEGIN CERTIFICATE-----").count(), 6);
    assert_eq!(first.matches("-----BEGIN RSA PRIVATE KEY-----").count(), 3);
    if let Ok(path) = std::env::var("SPRIG_CERTIFICATES") {
        std::fs::write(path, first).unwrap();
    }
}

#[test]
fn the_environment_is_only_what_was_injected() {
    let mut env = env();
    assert_eq!(run_in("[{{ env \"PATH\" }}{{ expandenv \"$PATH\" }}]", &env).unwrap(), "[]");
    let variables = [("NAME".to_owned(), "value".to_owned())];
    env.extension = Some(std::rc::Rc::new(sprig::Environment(variables.into_iter().collect())));
    assert_eq!(
        run_in("{{ env \"NAME\" }} {{ expandenv \"${NAME}s $NAME $$\" }}", &env).unwrap(),
        "value values value "
    );
    assert_eq!(run("{{ getHostByName \"127.0.0.1\" }}").unwrap(), "127.0.0.1");
    assert!(run("{{ getHostByName \"example.com\" }}").unwrap_err().contains("unknown"));
}

#[test]
fn the_clock_and_zone_are_those_of_the_environment() {
    let mut env = env();
    assert_eq!(
        run_in("{{ now | date \"2006-01-02 15:04 MST\" }} {{ ago 1699999940 }}", &env).unwrap(),
        "2023-11-14 22:13 UTC 1m0s"
    );
    env.zone = Some("Europe/Berlin".into());
    assert_eq!(
        run_in("{{ now | date \"2006-01-02 15:04 MST\" }} {{ toDate \"2006-01-02\" \"2023-07-01\" | unixEpoch }}", &env).unwrap(),
        "2023-11-14 23:13 CET 1688162400"
    );
}

#[test]
fn deep_nesting_is_dropped_in_peace() {
    let env = Env { limits: Limits::default(), ..env() };
    for template in [
        "{{ $l := list }}{{ range until 200000 }}{{ $l = list $l }}{{ end }}{{ len $l }}",
        "{{ $d := dict }}{{ range until 200000 }}{{ $d = dict \"d\" $d }}{{ end }}{{ len $d }}",
    ] {
        assert_eq!(run_in(template, &env).unwrap(), "1", "{template}");
    }
}
