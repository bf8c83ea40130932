//! Templates with all functions over data of every kind, within small limits.
#![no_main]

use std::cell::OnceCell;
use std::time::Duration;

use seatrial_gotemplate::{Clock, Env, FuncMap, Limits, MissingKey, Random, Template, Value, argocd};

thread_local! {
    static FUNCS: OnceCell<FuncMap> = const { OnceCell::new() };
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let data = Value::from_json(&serde_json::json!({
        "name": "dev-app", "n": 3, "f": 2.5, "on": true, "nil": null, "list": ["b", "a", 1], "map": {"k": "v", "n": {"deep": [1]}}
    }));
    let env = Env {
        missing_key: if text.len() % 2 == 0 { MissingKey::Error } else { MissingKey::Invalid },
        limits: Limits { depth: 200, steps: 200_000, output: 1 << 20, time: Some(Duration::from_secs(5)) },
        clock: Clock::Fixed(1_700_000_000, 0),
        random: Random::Seeded(1),
        ..Env::default()
    };
    FUNCS.with(|funcs| {
        let funcs = funcs.get_or_init(argocd::functions);
        if let Ok(template) = Template::parse("base", text, funcs) {
            let _ = template.execute(&data, &env);
        }
    });
});
