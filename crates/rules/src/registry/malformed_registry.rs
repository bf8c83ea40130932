use std::sync::LazyLock;

use regex::Regex;
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;

use crate::images::{Image, images, of_reference};
use crate::rendered::{Fault, Rendered};
use crate::rewrite::value::{Wanted, set_part, set_per_application};
use crate::subject::{group_by_part, listed, scope};

declare_rule! {
    /// Finds image references that no registry could ever answer.
    ///
    /// ## What it does
    /// Looks at the form of every image: an ECR address whose account is not 12 digits, upper-case letters in the
    /// repository, a scheme (`https://`) before the registry, blanks, an empty tag.
    /// What the Application renders to is judged as well: the images of every pod, and those that custom resources name.
    ///
    /// ## Why it is bad
    /// The kubelet says `InvalidImageName`, or the address never resolves and the pods stay in `ImagePullBackOff`.
    ///
    /// ## Example
    /// ```yaml
    /// repository: 123456789.dkr.ecr.us-east-1.amazonaws.com/agent   # an AWS account has 12 digits
    /// ```
    ///
    /// ## How to fix
    /// Write the registry exactly as your provider shows it.
    ///
    /// ## When to ignore
    /// Never.
    "malformed-registry", Registry, Error
}

static ECR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d*[A-Za-z0-9_-]*)\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$")
        .unwrap_or_else(|error| unreachable!("the pattern is fixed: {error}"))
});

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, (Image, String))> = Vec::new();
    for application in &model.applications {
        for image in images(application) {
            if let Some(fault) = fault(&image)
                && !rendered.refutes(model, application, image.registry_or_text(), Some(&image.at))
            {
                faults.push((application, image.at.clone(), (image, fault)));
            }
        }
    }
    for group in group_by_part(model, faults, |(image, _)| Some(&image.registry)) {
        let (_, (image, fault)) = &group.members[0];
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .filter_map(|(application, (image, _))| {
                if let Some((_, plain)) = image.text.split_once("://") {
                    return Some(Wanted { application, text: plain.to_owned() });
                }
                let registries = scope(model, application).registries()?;
                let right = registries.value.first()?;
                let rest = image.text.strip_prefix(&image.registry)?;
                Some(Wanted { application, text: format!("{right}{rest}") })
            })
            .collect();
        let fix = (wanted.len() == group.members.len())
            .then(|| {
                let right =
                    group.members.iter().filter_map(|(a, _)| scope(model, a).registries()?.value.first());
                if image.text.contains("://") {
                    return set_per_application(model, &image.at, &wanted, "image");
                }
                let part = set_part(model, &group.place, &image.registry, right);
                part.or_else(|| set_per_application(model, &image.at, &wanted, "registry"))
            })
            .flatten()
            .map(|edits| {
                let title = if image.text.contains("://") {
                    "leave the scheme out"
                } else {
                    "use the environment's registry"
                };
                Fix::risky(title, edits)
            });
        let help = match wanted.first() {
            Some(wanted) if image.text.contains("://") => format!("Write `{}`.", wanted.text),
            Some(_) => {
                let right = group
                    .members
                    .iter()
                    .filter_map(|(a, _)| Some(scope(model, a).registries()?.value.first()?.as_str()));
                format!("The platform's registry here: {}.", listed(right))
            }
            None => "Write the registry exactly as your provider shows it.".to_owned(),
        };
        let finding = out
            .finding(group.place.span, format!("`{}` {fault}", image.registry_or_text()))
            .help(help)
            .field(image.at.to_string())
            .key(image.registry_or_text().to_owned())
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// The images of rendered resources.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |_, resource, out| {
        for (field, text) in seatrial_kubernetes::images(&resource.object) {
            let Some(image) = of_reference(text) else { continue };
            let Some(what) = fault(&image) else { continue };
            let key = image.registry_or_text().to_owned();
            let help = "Write the image exactly as its registry shows it.";
            out.push(Fault::new(field, key, format!("`{text}` {what}")).help(help));
        }
    })
}

impl Image {
    fn registry_or_text(&self) -> &str {
        if self.explicit_registry && !self.text.contains("://") { &self.registry } else { &self.text }
    }
}

/// What is wrong with the form of a reference, as the end of a sentence.
fn fault(image: &Image) -> Option<String> {
    if let Some(parts) = ECR.captures(&image.registry) {
        let account = &parts[1];
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Some(format!(
                "is no ECR address: an AWS account id has 12 digits, `{account}` has {}",
                account.len()
            ));
        }
    }
    if let Some((scheme, _)) = image.text.split_once("://") {
        return Some(format!("is an address: an image has no `{scheme}://` before it"));
    }
    if image.text.chars().any(char::is_whitespace) {
        return Some("has a blank in it".to_owned());
    }
    if image.repository.chars().any(|c| c.is_ascii_uppercase()) {
        return Some(format!("has upper-case letters in its repository `{}`", image.repository));
    }
    if image.tag.as_deref() == Some("") || image.text.ends_with(':') {
        return Some("ends in a colon without a tag".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str) -> Image {
        let (registry, repository, tag, digest) = crate::images::parse(text);
        Image {
            registry: registry.unwrap_or("docker.io").to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            at: Path::root(),
            tag_at: Path::root(),
            text: text.to_owned(),
            explicit_registry: registry.is_some(),
            bare: false,
        }
    }

    #[test]
    fn ecr_accounts_have_twelve_digits() {
        assert!(fault(&image("123456789.dkr.ecr.us-east-1.amazonaws.com/agent")).is_some());
        assert!(fault(&image("ACCOUNT.dkr.ecr.us-east-1.amazonaws.com/agent")).is_some());
        assert!(fault(&image("123456789012.dkr.ecr.us-east-1.amazonaws.com/agent")).is_none());
        assert!(fault(&image("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/agent")).is_none());
    }

    #[test]
    fn repositories_are_lower_case() {
        assert!(fault(&image("ghcr.io/Acme/agent:v1")).is_some());
        assert!(fault(&image("ghcr.io/acme/agent:V1")).is_none());
        assert!(fault(&image("ghcr.io/acme/agent:")).is_some());
    }
}
