use seatrial_trial::{Application, Model, Severity, Sink};
use seatrial_yaml::Path;

use crate::images::{Image, images, of_reference};
use crate::rendered::{Fault, Rendered};
use crate::subject::{group, listed, scope};

declare_rule! {
    /// Finds images whose tag moves.
    ///
    /// ## What it does
    /// Fires on `latest` and on branch names as tags of the images that an Application names; in production it is an error.
    /// With `pinned: {tags: true}` also on images named without a tag; with `pinned: {digests: true}` on those without a digest.
    /// What the Application renders to is judged as well: the images of every pod, and those that custom resources name.
    ///
    /// ## Why it is bad
    /// What runs differs from node to node and from day to day, and a rollback brings back the same broken image.
    ///
    /// ## Example
    /// ```yaml
    /// image: {repository: ghcr.io/acme/agent, tag: latest}
    /// ```
    ///
    /// ## How to fix
    /// Give a version, a commit's tag, or a digest.
    ///
    /// ## When to ignore
    /// In a dev environment that follows a branch on purpose: say `pinned: {tags: false}` there.
    "floating-image-tag", Safety, Warning
}

const MOVING: [&str; 13] = [
    "latest", "main", "master", "develop", "dev", "edge", "nightly", "stable", "head", "trunk", "snapshot",
    "staging", "prod",
];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, (Image, String, Severity))> = Vec::new();
    for application in &model.applications {
        let Some(pins) = Pins::of(model, application) else { continue };
        for image in images(application) {
            if let Some(message) = pins.broken(&image)
                && !rendered.refutes(model, application, &key(&image), Some(&image.tag_at))
            {
                faults.push((application, image.tag_at.clone(), (image, message, pins.severity)));
            }
        }
    }
    for group in group(model, faults) {
        let (_, (image, message, _)) = &group.members[0];
        let severity = group.members.iter().map(|(_, (.., s))| *s).max().unwrap_or(Severity::Warning);
        let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let place = if environments.is_empty() { String::new() } else { format!(" in {environments}") };
        let finding = out
            .finding(group.place.span, format!("{message}{place}: what runs is not what was reviewed"))
            .help("Give a version, a commit's tag, or a digest.")
            .field(group.field.to_string())
            .key(key(image))
            .severity(severity);
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// The images of rendered resources.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let Some(pins) = Pins::of(model, view.application) else { return };
        for (field, text) in seatrial_kubernetes::images(&resource.object) {
            let Some(image) = of_reference(text) else { continue };
            let Some(what) = pins.broken(&image) else { continue };
            let message = format!("{what} in `{text}`: what runs is not what was reviewed");
            let fault = Fault::new(field, key(&image), message).severity(pins.severity);
            out.push(fault.help("Give a version, a commit's tag, or a digest."));
        }
    })
}

/// What tells one moving image from another: the tag, or the image that has none.
fn key(image: &Image) -> String {
    image.tag.clone().unwrap_or_else(|| image.name())
}

/// What must be pinned where an Application goes.
struct Pins {
    tags: bool,
    digests: bool,
    severity: Severity,
}

impl Pins {
    /// Nothing where tags may move.
    fn of(model: &Model<'_>, application: &Application) -> Option<Self> {
        let fact = scope(model, application).pinned();
        let says =
            |get: fn(&seatrial_platform::Pinned) -> Option<bool>| fact.as_ref().and_then(|f| get(f.value));
        let tags = says(|p| p.tags.as_ref().map(|t| t.value));
        let digests = says(|p| p.digests.as_ref().map(|d| d.value)).unwrap_or_default();
        let severity =
            if application.is_production(model.platform()) { Severity::Error } else { Severity::Warning };
        (tags != Some(false)).then(|| Self { tags: tags.unwrap_or_default(), digests, severity })
    }

    /// What is wrong with an image, as a clause.
    fn broken(&self, image: &Image) -> Option<String> {
        if image.digest.is_some() || image.repository.is_empty() {
            return None;
        }
        match image.tag.as_deref() {
            _ if self.digests => Some(format!("`{}` is not pinned by digest", image.name())),
            Some(tag) if MOVING.contains(&tag.to_ascii_lowercase().as_str()) => {
                Some(format!("tag `{tag}` moves"))
            }
            None if self.tags || image.bare => Some(format!("`{}` has no tag", image.name())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev};

    #[test]
    fn tags_that_move() {
        let tag = |tag: &str| in_dev(&format!("{{image: {{repository: ghcr.io/a, tag: {tag}}}}}"));
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &tag("v1.2.3"),
                &tag("latest, digest: 'sha256:00'"),
                &in_dev("{image: ghcr.io/a, imageTag: v1}"),
                &in_dev("{image: {repository: ghcr.io/a}}"),
            ])
            .finds(&tag("latest"), &["5:70 tag `latest` moves in `dev`"])
            .finds(&in_dev("{image: ghcr.io/acme/a}"), &["5:41 `ghcr.io/acme/a` has no tag"]);
    }

    #[test]
    fn of_what_is_rendered() {
        let pod = |image: &str, hook: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{{hook}}}}}\nspec: {{containers: [{{name: c, image: '{image}'}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pod("registry.acme.dev/a:v1", ""), &[]);
        tester.finds_deployed(&pod("a:latest", "helm.sh/hook: test"), &[]);
        tester.finds_deployed(
            &pod("registry.acme.dev/a:latest", ""),
            &["tag `latest` moves in `registry.acme.dev/a:latest`"],
        );
        tester.finds_deployed(&pod("registry.acme.dev/a", ""), &["`registry.acme.dev/a` has no tag"]);
    }
}
