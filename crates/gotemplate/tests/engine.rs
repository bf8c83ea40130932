//! Recorded answers of Go 1.27's `text/template` and `fmt`, and of Argo CD 3.6.1's replacement of strings:
//! every output byte and every error text is the same.

mod support;

use std::collections::HashMap;

use seatrial_gotemplate::{FuncMap, argocd, sprig};
use serde_json::Value as Json;

#[test]
fn every_recorded_answer_is_ours_too() {
    let recorded = include_str!("recorded/engine.jsonl");
    let mut lines = recorded.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let worlds = lines.next().unwrap()["worlds"].clone();
    let funcs = HashMap::from([("argo", argocd::functions()), ("sprig", sprig::generic())]);
    let none = FuncMap::new();
    let (mut count, mut failures) = (0, Vec::new());
    for mut case in lines {
        if let Some(world) = case["data"].as_str().and_then(|name| worlds.get(name)) {
            case["data"] = world.clone();
        }
        let funcs = case["mode"].as_str().and_then(|mode| funcs.get(mode)).unwrap_or(&none);
        let (ours, theirs) = (support::answer(&case, funcs), support::expected(&case));
        count += 1;
        if ours != theirs {
            let show = |answer: &Result<Vec<u8>, String>| match answer {
                Ok(text) => format!("{:?}", String::from_utf8_lossy(text)),
                Err(text) => format!("error {text}"),
            };
            failures.push(format!("{}\n  Go   {}\n  ours {}", case["template"], show(&theirs), show(&ours)));
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 1_500, "only {count} cases");
}
