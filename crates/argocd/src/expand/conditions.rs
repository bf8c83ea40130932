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
