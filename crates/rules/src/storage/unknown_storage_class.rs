use seatrial_trial::{Model, Resource, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use super::{check_classes, texts};

declare_rule! {
    /// Finds storage classes that the cluster does not have.
    ///
    /// ## What it does
    /// Compares `storageClass` and `storageClassName` in the Helm values, wherever they stand, with the `storageClasses` of
    /// the environment or cluster. `-` (Helm's sign for none) is left alone.
    /// What the Application renders to is judged as well: claims, and those that StatefulSets make; a class that is rendered
    /// beside them is there.
    ///
    /// ## Why it is bad
    /// The claim stays `Pending` and every pod that mounts it with it. The class of a claim cannot be changed later.
    ///
    /// ## Example
    /// ```yaml
    /// persistence: {storageClass: gp3}   # the cluster has ebs-gp3
    /// ```
    ///
    /// ## How to fix
    /// Use a class of that cluster; where `emptyDir` is meant, turn persistence off instead.
    ///
    /// ## When to ignore
    /// When the class is created by the same rollout.
    "unknown-storage-class", Storage, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    check_classes(
        model,
        out,
        "storage class",
        "storageClass",
        |scope| scope.storage_classes(),
        |values, found| {
            texts(values, |path| matches!(path.last_key(), Some("storageClass" | "storageClassName")), found);
            found.retain(|(class, _)| class != "-");
        },
        rendered,
    );
}

/// The classes that a rendered claim, or the claims a StatefulSet makes, ask for.
fn rendered(resource: &Resource) -> Vec<(Path, &str)> {
    let class = |at: Path| {
        let at = at.join("storageClassName");
        let text = at.lookup(&resource.object)?.as_str()?;
        Some((at, text))
    };
    match (resource.group(), resource.kind()) {
        ("", "PersistentVolumeClaim") => class(Path::keys(["spec"])).into_iter().collect(),
        ("apps", "StatefulSet") => {
            let templates = Path::keys(["spec", "volumeClaimTemplates"]);
            let count = templates.lookup(&resource.object).and_then(Value::as_array).map_or(0, Vec::len);
            (0..count).filter_map(|index| class(templates.join(index).join("spec"))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_prod};

    #[test]
    fn classes_of_the_cluster() {
        let class = |name: &str| in_prod(&format!("{{persistence: {{storageClass: {name}}}}}"));
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&class("ebs-gp3"), &class("'-'"), &class("''")])
            .finds(&class("gp3"), &["5:62 no storage class `gp3` in `prod`"])
            .fixes(&[(&class("gp3"), &class("ebs-gp3"))]);
    }

    #[test]
    fn of_what_is_rendered() {
        let claim = |class: &str| {
            format!(
                "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec: {{storageClassName: {class}}}\n"
            )
        };
        let made = "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\n";
        let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {volumeClaimTemplates: [{spec: {storageClassName: gp2}}]}\n";
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&claim("ebs-gp3"), &[]);
        tester.finds_deployed(&format!("{}{made}", claim("fast")), &[]);
        tester.finds_deployed(
            &claim("gp3"),
            &["no storage class `gp3` in `prod` (PersistentVolumeClaim data)"],
        );
        tester.finds_deployed(set, &["no storage class `gp2` in `prod` (StatefulSet db)"]);
    }
}
