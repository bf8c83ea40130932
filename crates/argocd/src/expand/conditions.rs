//! The conditions the controller writes.

use serde_json::Value as Json;

use crate::expansion::Condition;
use crate::world::Version;

fn condition(kind: &str, status: bool, reason: &str, message: &str) -> Condition {
    Condition { kind: kind.to_owned(), status, reason: reason.to_owned(), message: message.to_owned() }
}

/// That parameters were generated.
fn parameters(version: Version) -> Condition {
    let message = if version.at_least(3, 6) {
        "All parameters have been generated successfully"
    } else {
        "Successfully generated parameters for all Applications"
    };
    condition("ParametersGenerated", true, "ParametersGenerated", message)
}

/// After an error; `generated` says whether parameters were generated before it.
pub(crate) fn failed(reason: &str, message: &str, generated: bool, version: Version) -> Vec<Condition> {
    let parameters = if generated {
        parameters(version)
    } else {
        condition("ParametersGenerated", false, "ErrorOccurred", message)
    };
    vec![
        condition("ErrorOccurred", true, reason, message),
        parameters,
        condition("ResourcesUpToDate", false, "ErrorOccurred", message),
    ]
}

/// Whether all of them stand in `status.conditions` as they are.
pub(super) fn told(before: &Json, conditions: &[Condition]) -> bool {
    let same = |old: &Json, new: &Condition| {
        let is = |key: &str, text: &str| old.get(key).and_then(Json::as_str) == Some(text);
        let status = if new.status { "True" } else { "False" };
        is("type", &new.kind)
            && is("status", status)
            && is("reason", &new.reason)
            && is("message", &new.message)
    };
    conditions.iter().all(|new| before.as_array().into_iter().flatten().any(|old| same(old, new)))
}

/// When all went well.
pub(crate) fn succeeded(version: Version) -> Vec<Condition> {
    let message = "All applications have been generated successfully";
    vec![
        condition("ErrorOccurred", false, "ApplicationSetUpToDate", message),
        parameters(version),
        condition("ResourcesUpToDate", true, "ApplicationSetUpToDate", message),
    ]
}

/// What a rolling sync adds: what is wrong with its steps (since 3.6), and the step (from 1) that is not done yet.
pub(super) fn rollout(problem: Option<&str>, step: Option<usize>, version: Version) -> Vec<Condition> {
    let config = match problem {
        Some(problem) => {
            condition("InvalidRolloutConfig", true, "ApplicationSetInvalidRolloutConfig", problem)
        }
        None => condition(
            "InvalidRolloutConfig",
            false,
            "ApplicationSetValidRolloutConfig",
            "Rolling Sync Configured correctly",
        ),
    };
    let progress = match step {
        Some(step) => {
            let message = format!("ApplicationSet is performing rollout of step {step}");
            condition("RolloutProgressing", true, "ApplicationSetModified", &message)
        }
        None => condition(
            "RolloutProgressing",
            false,
            "ApplicationSetRolloutComplete",
            "ApplicationSet Rollout has completed",
        ),
    };
    if version.at_least(3, 6) { vec![config, progress] } else { vec![progress] }
}
