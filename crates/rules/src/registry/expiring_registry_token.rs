use seatrial_platform::PullSecret;
use seatrial_trial::{Model, Sink};

use crate::images::{images, pull_secrets};
use crate::subject::scope;

declare_rule! {
    /// Finds static pull secrets for registries whose tokens expire.
    ///
    /// ## What it does
    /// Fires when values name a pull secret for a registry that the platform file says hands out short-lived tokens
    /// (`registries.*.tokensExpire`).
    ///
    /// ## Why it is bad
    /// An ECR token lives 12 hours. A Secret made once works until the first pod is rescheduled the next day.
    ///
    /// ## Example
    /// ```yaml
    /// imagePullSecrets:
    ///   - name: ecr-credentials   # who renews it?
    /// ```
    ///
    /// ## How to fix
    /// Let nodes pull with their own role, or have the Secret renewed (External Secrets' `ECRAuthorizationToken`, a CronJob).
    ///
    /// ## When to ignore
    /// When something renews it: leave `tokensExpire` out for that registry.
    "expiring-registry-token", Registry, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let scope = scope(model, application);
        let images = images(application);
        for values in application.helm_values() {
            let Some(given) = pull_secrets(&values) else { continue };
            let own = images.iter().filter(|i| i.at.starts_with(&values.source));
            let expiring = own
                .filter_map(|image| Some((image, model.platform().registry_of(&image.name())?)))
                .find_map(|(image, registry)| Some((image, registry.tokens_expire.as_ref()?, registry)));
            let Some((image, lifetime, registry)) = expiring else { continue };
            let right = scope.pull_secret_for(&image.name());
            for (name, at) in given {
                if right.as_ref().is_some_and(|f| !matches!(f.value, PullSecret::Named(n) if *n == name)) {
                    continue;
                }
                let finding = out
                    .finding(
                        model.locate(application, &at).span,
                        format!("tokens of `{}` expire after {lifetime}: `{name}` needs something to renew it", registry.host),
                    )
                    .help("Let nodes pull with their own role, or renew the Secret with External Secrets or a CronJob.")
                    .field(at.to_string())
                    .key(name)
                    .fact(format!("registries.{}.tokensExpire", registry.host), Some(lifetime.span));
                out.push_for(application, finding);
            }
        }
    }
}
