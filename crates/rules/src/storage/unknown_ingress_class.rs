use seatrial_trial::{Model, Resource, Sink};
use seatrial_yaml::{Path, Segment};

use super::{check_classes, texts};

declare_rule! {
    /// Finds ingress classes that the cluster does not have.
    ///
    /// ## What it does
    /// Compares `ingressClassName`, the annotation `kubernetes.io/ingress.class`, and `className` or `class` below an
    /// `ingress` block of the Helm values, with the `ingressClasses` of the environment or cluster.
    /// What the Application renders to is judged as well: every Ingress; a class that is rendered beside it is there.
    ///
    /// ## Why it is bad
    /// No controller picks the Ingress up: it gets no address, and Argo CD waits in `Progressing`.
    ///
    /// ## Example
    /// ```yaml
    /// ingress: {enabled: true, className: nginx}   # EKS has only alb
    /// ```
    ///
    /// ## How to fix
    /// Use a class of that cluster, per environment where they differ.
    ///
    /// ## When to ignore
    /// When the controller is installed by the same rollout.
    "unknown-ingress-class", Storage, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    check_classes(
        model,
        out,
        "ingress class",
        "ingressClass",
        |scope| scope.ingress_classes(),
        |values, found| {
            texts(
                values,
                |path| match path.last_key() {
                    Some("ingressClassName" | "kubernetes.io/ingress.class") => true,
                    Some("className" | "class") => {
                        path.segments().iter().rev().skip(1).any(
                            |s| matches!(s, Segment::Key(k) if k.to_ascii_lowercase().contains("ingress")),
                        )
                    }
                    _ => false,
                },
                found,
            );
            // An ingress that is turned off makes no Ingress.
            found.retain(|(_, at)| {
                let Some(mut block) = at.parent() else { return true };
                if block.last_key() == Some("annotations") {
                    block.pop();
                }
                let enabled = block.join("enabled");
                let inside = enabled.segments().len() - values.place(&Path::root()).len();
                let tail = enabled.segments()[enabled.len() - inside..].to_vec();
                values.at(&Path::new(tail)).is_none_or(|v| v.value.as_bool() != Some(false))
            });
        },
        rendered,
    );
}

/// The class that a rendered Ingress asks for, by its field or the annotation of old.
fn rendered(resource: &Resource) -> Vec<(Path, &str)> {
    if resource.kind() != "Ingress" || resource.group() != "networking.k8s.io" {
        return Vec::new();
    }
    let places = [
        Path::keys(["spec", "ingressClassName"]),
        Path::keys(["metadata", "annotations", "kubernetes.io/ingress.class"]),
    ];
    let text = |at: Path| {
        let text = at.lookup(&resource.object)?.as_str()?;
        Some((at, text))
    };
    places.into_iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_prod};

    #[test]
    fn classes_of_the_cluster() {
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &in_prod("{ingress: {className: alb}}"),
                &in_prod("{ingress: {enabled: false, className: nginx}}"),
                &in_prod("{className: nginx}"),
            ])
            .finds(&in_prod("{ingress: {className: nginx}}"), &["5:55 no ingress class `nginx`"])
            .finds(
                &in_prod("{ingress: {annotations: {kubernetes.io/ingress.class: nginx}}}"),
                &["5:87 no ingress class `nginx`"],
            )
            .fixes(&[(&in_prod("{ingress: {className: nginx}}"), &in_prod("{ingress: {className: alb}}"))]);
    }

    #[test]
    fn of_what_is_rendered() {
        let ingress = |class: &str| {
            format!(
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web}}\nspec: {{ingressClassName: {class}}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&ingress("alb"), &[]);
        tester.finds_deployed(&ingress("nginx"), &["no ingress class `nginx` in `prod` (Ingress web)"]);
    }
}
