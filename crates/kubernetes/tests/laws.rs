//! What holds for any object at all.

use proptest::prelude::*;
use seatrial_kubernetes::{Crds, Verdict, Version, check, images, kinds, pods};
use serde_json::{Map, Value, json};

fn value() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "spec",
        "metadata",
        "template",
        "containers",
        "name",
        "image",
        "ports",
        "data",
        "rules",
        "volumes",
        "labels",
        "env",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|entries| {
                Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// No object of any kind brings anything down, the same one is judged the same way twice, and paths lead somewhere.
    #[test]
    fn any_object_is_judged(body in value(), pick in any::<prop::sample::Index>(), schema in value()) {
        let kinds: Vec<_> = kinds(Version::NEWEST).collect();
        let kind = &kinds[pick.index(kinds.len())];
        let mut object = json!({"apiVersion": kind.api_version(), "kind": kind.kind});
        for (key, value) in body.as_object().into_iter().flatten() {
            object[key] = value.clone();
        }
        for version in [Version::OLDEST, Version::NEWEST] {
            let first = check(version, &object, &Crds::new());
            prop_assert!(matches!(first, Verdict::Judged(_)) || version != Version::NEWEST);
            prop_assert_eq!(&first, &check(version, &object, &Crds::new()));
        }
        for pod in pods(&object) {
            prop_assert_eq!(pod.path.lookup(&object), Some(pod.spec));
        }
        let mut custom = object.clone();
        custom["apiVersion"] = json!("acme.dev/v1");
        for (path, text) in images(&custom) {
            prop_assert_eq!(path.lookup(&custom).and_then(Value::as_str), Some(text));
        }
        let mut crds = Crds::new();
        crds.add(&json!({"kind": "CustomResourceDefinition", "spec": {"group": "acme.dev", "names": {"kind": kind.kind},
            "versions": [{"name": "v1", "served": true, "schema": {"openAPIV3Schema": schema}}]}}));
        check(Version::NEWEST, &custom, &crds);
    }
}
