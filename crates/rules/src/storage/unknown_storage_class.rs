use seatrial_trial::{Model, Sink};

use super::{check_classes, texts};

declare_rule! {
    /// Finds storage classes that the cluster does not have.
    ///
    /// ## What it does
    /// Compares `storageClass` and `storageClassName` in the Helm values, wherever they stand, with the `storageClasses` of
    /// the environment or cluster. `-` (Helm's sign for none) is left alone.
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
    );
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
}
