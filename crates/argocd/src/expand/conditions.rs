//! The conditions the controller writes.

use crate::expansion::Condition;

fn condition(kind: &str, status: bool, reason: &str, message: &str) -> Condition {
    Condition { kind: kind.to_owned(), status, reason: reason.to_owned(), message: message.to_owned() }
}

/// After an error; `generated` says whether parameters were generated before it.
pub(crate) fn failed(reason: &str, message: &str, generated: bool) -> Vec<Condition> {
    let parameters = if generated {
        condition(
            "ParametersGenerated",
            true,
            "ParametersGenerated",
            "All parameters have been generated successfully",
        )
    } else {
        condition("ParametersGenerated", false, "ErrorOccurred", message)
    };
    vec![
        condition("ErrorOccurred", true, reason, message),
        parameters,
        condition("ResourcesUpToDate", false, "ErrorOccurred", message),
    ]
}

/// When all went well.
pub(crate) fn succeeded() -> Vec<Condition> {
    let message = "All applications have been generated successfully";
    vec![
        condition("ErrorOccurred", false, "ApplicationSetUpToDate", message),
        condition(
            "ParametersGenerated",
            true,
            "ParametersGenerated",
            "All parameters have been generated successfully",
        ),
        condition("ResourcesUpToDate", true, "ApplicationSetUpToDate", message),
    ]
}

/// What a rolling sync adds: what is wrong with its steps, and the step (from 1) that is not done yet.
pub(super) fn rollout(problem: Option<&str>, step: Option<usize>) -> [Condition; 2] {
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
    [config, progress]
}
