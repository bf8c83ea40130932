use seatrial_trial::{Model, Sink};

use crate::subject::path;

declare_rule! {
    /// Finds production Applications in the `default` project.
    ///
    /// ## What it does
    /// Fires on `project: default` for production environments, unless `conventions.project` says so.
    ///
    /// ## Why it is bad
    /// The `default` project permits every source, every destination and every kind: nothing stands between a mistake in one
    /// manifest and the whole cluster.
    ///
    /// ## Example
    /// ```yaml
    /// spec: {project: default}
    /// ```
    ///
    /// ## How to fix
    /// Use an AppProject that permits what this Application needs.
    ///
    /// ## When to ignore
    /// On platforms with a single tenant: set `conventions.project: default`.
    "default-project", Naming, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    if model.platform().conventions.project.is_some() {
        return;
    }
    let at = path("spec.project");
    for application in &model.applications {
        if application.text("/spec/project") == "default" && application.is_production(model.platform()) {
            let finding = out
                .finding(
                    model.locate(application, &at).span,
                    "production runs in the project `default`, which permits everything",
                )
                .help("Use an AppProject that permits what this Application needs.")
                .field("spec.project")
                .key("default");
            out.push_for(application, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn not_for_production() {
        let app = |name: &str| application(name, &["project: default"]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&app("a-dev"), &app("a")])
            .finds(&app("a-prod"), &["5:12 production runs in the project `default`"]);
    }
}
