use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;

use super::options;
use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, nearest, path};

declare_rule! {
    /// Finds sync options that Argo CD does not know.
    ///
    /// ## What it does
    /// Compares every entry of `syncPolicy.syncOptions` with the options Argo CD reads, upper and lower case included.
    ///
    /// ## Why it is bad
    /// An unknown option is ignored without a word: the namespace is not created, the resource is not replaced.
    ///
    /// ## Example
    /// ```yaml
    /// syncOptions:
    ///   - CreateNamespaces=true
    /// ```
    ///
    /// ## How to fix
    /// Use the option's exact name and one of its values.
    ///
    /// ## When to ignore
    /// Never.
    "unknown-sync-option", Sync, Error
}

/// The options Argo CD reads, each with the values it compares with.
const OPTIONS: [(&str, &[&str]); 15] = [
    ("ApplyOutOfSyncOnly", &["true", "false"]),
    ("ClientSideApplyMigration", &["true", "false"]),
    ("CreateNamespace", &["true", "false"]),
    ("Delete", &["true", "false", "confirm"]),
    ("FailOnSharedResource", &["true", "false"]),
    ("Force", &["true", "false"]),
    ("Prune", &["true", "false", "confirm"]),
    ("PruneLast", &["true", "false"]),
    ("PrunePropagationPolicy", &["foreground", "background", "orphan"]),
    ("Replace", &["true", "false"]),
    ("RespectIgnoreDifferences", &["true", "false"]),
    ("ServerSideApply", &["true", "false"]),
    ("SkipDryRunOnMissingResource", &["true", "false"]),
    ("Validate", &["true", "false"]),
    ("SkipSchemaValidation", &["true", "false"]),
];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut faults: Vec<(&Application, Path, String)> = Vec::new();
    for application in &model.applications {
        for (index, option) in options(application) {
            if !is_template(option) && !known(option) {
                faults.push((
                    application,
                    path("spec.syncPolicy.syncOptions").join(index),
                    option.to_owned(),
                ));
            }
        }
    }
    for group in group(model, faults) {
        let (_, option) = &group.members[0];
        let right = nearest_option(option);
        let field = group.field.clone();
        let fix = right.as_ref().and_then(|right| {
            let wanted: Vec<Wanted<'_>> = group
                .members
                .iter()
                .map(|(application, _)| Wanted { application, text: right.clone() })
                .collect();
            Some(Fix::safe(
                "use the option's real name",
                set_per_application(model, &field, &wanted, "option")?,
            ))
        });
        let finding = out
            .finding(group.place.span, format!("`{option}` is no sync option: Argo CD ignores it"))
            .help(right.map_or_else(|| "Take it out.".to_owned(), |right| format!("Use `{right}`.")))
            .field(field.to_string())
            .key(option.clone())
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

fn known(option: &str) -> bool {
    let Some((name, value)) = option.split_once('=') else { return false };
    OPTIONS.iter().any(|(known, values)| *known == name && values.contains(&value))
}

fn nearest_option(option: &str) -> Option<String> {
    let (name, value) = option.split_once(['=', ':']).unwrap_or((option, "true"));
    let name = nearest(name.trim(), OPTIONS.iter().map(|(known, _)| *known))?;
    let (_, values) = OPTIONS.iter().find(|(known, _)| *known == name)?;
    let value = value.trim().to_lowercase();
    let value = values.iter().find(|v| **v == value).or_else(|| values.first())?;
    Some(format!("{name}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_value_matter() {
        assert!(known("CreateNamespace=true"));
        assert!(!known("createNamespace=true"));
        assert!(!known("CreateNamespace"));
        assert!(!known("PrunePropagationPolicy=fast"));
        assert_eq!(nearest_option("CreateNamespaces=true").as_deref(), Some("CreateNamespace=true"));
        assert_eq!(nearest_option("serverSideApply: true").as_deref(), Some("ServerSideApply=true"));
        assert_eq!(nearest_option("Banana=true"), None);
    }
}
