//! How each place is synced: automated only where a fact allows it.

use seatrial_platform::{Modality, Platform};
use serde_json::{Map, Value, json};

use crate::question::Question;
use crate::targets::Target;

/// The sync policy of one target.
#[derive(Default)]
pub(super) struct Own {
    pub(super) policy: Map<String, Value>,
    pub(super) because: Option<String>,
}

pub(super) fn of(
    platform: &Platform,
    target: &Target<'_>,
    namespace: &str,
    questions: &mut Vec<Question>,
) -> Own {
    let mut own = Own::default();
    let fact = target.scope.sync();
    let automated = fact.as_ref().and_then(|fact| fact.value.automated.as_ref()).map(|a| a.value);
    let mut options: Vec<Value> = Vec::new();
    // Where the platform says which namespaces exist, nothing has to make one.
    if target.scope.namespace(namespace).is_none() {
        options.push("CreateNamespace=true".into());
    }
    if let Some(fact) = &fact {
        for option in &fact.value.options {
            let option = Value::from(option.value.as_str());
            if !options.contains(&option) {
                options.push(option);
            }
        }
        own.because = Some(fact.key.clone());
    }
    let permitted = if automated.is_none() { permission(platform, target) } else { None };
    if let Some(because) = &permitted {
        own.because = Some(because.clone());
    }
    if automated == Some(true) || permitted.is_some() {
        let mut policy = Map::new();
        let stated = fact.as_ref().map(|fact| fact.value);
        for (key, value) in [
            ("prune", stated.and_then(|s| s.prune.as_ref())),
            ("selfHeal", stated.and_then(|s| s.self_heal.as_ref())),
            ("allowEmpty", stated.and_then(|s| s.allow_empty.as_ref())),
        ] {
            if let Some(value) = value {
                policy.insert(key.to_owned(), value.value.into());
            }
        }
        own.policy.insert("automated".to_owned(), Value::Object(policy));
    } else {
        if automated.is_none() && !questions.iter().any(|q| q.id == "sync") {
            let text = format!("Shall Argo CD sync {} by itself?", target.environment);
            let key = format!("environments.{}.sync in the platform file", target.environment);
            questions.push(
                Question::open("sync", text, key).assuming("no: synced by hand until a fact says otherwise"),
            );
        }
        own.because = Some(by_hand(platform, target).unwrap_or_else(|| {
            format!("by hand{}", own.because.as_ref().map(|key| format!(": {key}")).unwrap_or_default())
        }));
    }
    if !options.is_empty() {
        own.policy.insert("syncOptions".to_owned(), json!(options));
    }
    own
}

/// The sentence that permits syncing automatically, where no fact says more.
fn permission(platform: &Platform, target: &Target<'_>) -> Option<String> {
    platform.constraints.iter().find_map(|constraint| {
        let permits = constraint.level.value == Modality::May
            && constraint
                .rule
                .as_ref()
                .is_some_and(|rule| rule.value.replace(' ', "") == "sync.automated!=null")
            && platform.applies(&constraint.environments, Some(target.environment));
        let said = constraint.source.as_ref().filter(|_| permits)?;
        Some(format!("“{}” ({})", said.value.trim(), constraint.id.value))
    })
}

/// The sentence that demands syncing by hand.
fn by_hand(platform: &Platform, target: &Target<'_>) -> Option<String> {
    platform.constraints.iter().find_map(|constraint| {
        let program = constraint.program.as_ref()?;
        let about_sync = program.paths().any(|path| path.starts_with("sync.automated"));
        let holds = platform.applies(&constraint.environments, Some(target.environment));
        let said = constraint.source.as_ref().filter(|_| about_sync && holds)?;
        Some(format!("by hand: “{}” ({})", said.value.trim(), constraint.id.value))
    })
}

/// What all have in common; it is taken out of each.
pub(super) fn shared(own: &mut [Own]) -> Map<String, Value> {
    let mut out = Map::new();
    let Some((first, rest)) = own.split_first() else { return out };
    for (key, value) in &first.policy {
        if rest.iter().all(|other| other.policy.get(key) == Some(value)) {
            out.insert(key.clone(), value.clone());
        }
    }
    for one in own {
        one.policy.retain(|key, _| !out.contains_key(key));
    }
    out
}
