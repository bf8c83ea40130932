use seatrial_platform::PullSecret;
use seatrial_source::Span;
use seatrial_trial::{Model, Sink};

use crate::images::{Image, images, pull_secrets};
use crate::subject::{is_template, scope};

declare_rule! {
    /// Finds static pull secrets for registries whose tokens expire.
    ///
    /// ## What it does
    /// Fires when values name a pull secret for a registry that hands out short-lived tokens: the platform file says so
    /// (`registries.*.tokensExpire`), or it is ECR. A secret that the platform file itself names for an ECR registry is taken to
    /// be kept fresh, unless `tokensExpire` says otherwise.
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
    "expiring-registry-token", Registry, Warning, explained_here_by: &["unknown-pull-secret", "unneeded-pull-secret"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let scope = scope(model, application);
        let images = images(application);
        for values in application.helm_values() {
            let Some(given) = pull_secrets(values) else { continue };
            let own = images.iter().filter(|i| i.at.starts_with(&values.source));
            let expiring = own.into_iter().find_map(|image| Some((image, Lifetime::of(model, image)?)));
            let Some((image, lifetime)) = expiring else { continue };
            let right = scope.pull_secret_for(&image.name());
            for (name, at) in given {
                let vouched =
                    right.as_ref().is_some_and(|f| matches!(f.value, PullSecret::Named(n) if *n == name));
                // What the platform file names is its owner's to keep fresh, unless it says that tokens expire.
                if is_template(&name) || vouched && lifetime.declared.is_none() {
                    continue;
                }
                let finding = out
                    .finding(
                        model.locate(application, &at).span,
                        format!("tokens of `{}` expire after {}: `{name}` needs something to renew it", image.registry, lifetime.text),
                    )
                    .help("Let nodes pull with their own role, or renew the Secret with External Secrets or a CronJob.")
                    .field(at.to_string())
                    .key(name)
                    .fact(format!("registries.{}.tokensExpire", image.registry), lifetime.declared);
                out.push_for(application, finding);
            }
        }
    }
}

/// How long a registry's tokens live, and who says so.
struct Lifetime {
    text: String,
    declared: Option<Span>,
}

impl Lifetime {
    fn of(model: &Model<'_>, image: &Image) -> Option<Self> {
        let stated = model.platform().registry_of(&image.name()).and_then(|r| r.tokens_expire.as_ref());
        if let Some(stated) = stated {
            return Some(Self { text: stated.value.clone(), declared: Some(stated.span) });
        }
        let ecr = image.registry.contains(".dkr.ecr.") && image.registry.contains(".amazonaws.com");
        // Without a platform file nobody could have vouched for the secret.
        (ecr && model.platform().is_present()).then(|| Self { text: "12h".to_owned(), declared: None })
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev};

    #[test]
    fn who_renews_it() {
        let expires = PLATFORM.replace(
            "registries: {ghcr.io: {pullSecret: false}}",
            "registries: {ghcr.io: {tokensExpire: 12h}}",
        );
        let text = in_dev("{image: {repository: ghcr.io/a, tag: v1}, imagePullSecrets: [x]}");
        Tester::new(&RULE).platform(PLATFORM).pass(&[&text]);
        Tester::new(&RULE).platform(&expires).finds(&text, &["5:94 tokens of `ghcr.io` expire after 12h"]);
    }
}
