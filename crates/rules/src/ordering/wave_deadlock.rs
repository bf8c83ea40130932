use seatrial_trial::{Model, Resource, Sink};

use super::order::{Turn, mounts_claim, wave_field};
use crate::rendered::{Fault, Rendered, View};

declare_rule! {
    /// Finds claims that wait for a pod of a later wave.
    ///
    /// ## What it does
    /// Looks for rendered PersistentVolumeClaims whose pods all come in a later wave or phase than the claim. A StorageClass
    /// rendered with them that binds at once (`volumeBindingMode: Immediate`) is taken into account.
    ///
    /// ## Why it is bad
    /// Most classes bind a claim only when its first pod is scheduled. Argo CD waits for the claim to be bound before it begins the
    /// next wave, and the pod waits in the next wave: the sync never ends.
    ///
    /// ## Example
    /// ```yaml
    /// kind: PersistentVolumeClaim
    /// metadata: {annotations: {argocd.argoproj.io/sync-wave: "-1"}}
    /// ---
    /// kind: Deployment         # wave 0, and mounts the claim
    /// ```
    ///
    /// ## How to fix
    /// Put the claim into the wave of the workload that mounts it.
    ///
    /// ## When to ignore
    /// When the cluster's class binds claims at once.
    "wave-deadlock", Ordering, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let rendered = Rendered::each(model, |view, claim, out| {
        if claim.kind() != "PersistentVolumeClaim" || !claim.group().is_empty() || binds_at_once(view, claim)
        {
            return;
        }
        let Some(turn) = Turn::of(claim) else { return };
        let users = view.resources().iter().filter(|user| mounts_claim(user, claim));
        let first = users.filter_map(|user| Some((Turn::of(user)?, user))).min_by_key(|(turn, _)| *turn);
        let Some((later, user)) = first.filter(|(first, _)| *first > turn) else { return };
        let message = format!(
            "the claim waits in {} for the first pod of {} `{}`, which comes in {}",
            turn.named(),
            user.kind(),
            user.name(),
            later.named()
        );
        let help = format!("Give the claim the wave of `{}`.", user.name());
        out.push(Fault::new(wave_field(), claim.name(), message).help(help));
    });
    rendered.report(model, out);
}

/// Whether the claim's class is rendered beside it and binds without waiting for a pod.
fn binds_at_once(view: &View<'_>, claim: &Resource) -> bool {
    let class = claim.text("/spec/storageClassName");
    let mut classes = view.of_kind("storage.k8s.io", "StorageClass");
    let bound = !claim.text("/spec/volumeName").is_empty();
    bound
        || classes.any(|c| {
            let mode = c.text("/volumeBindingMode");
            c.name() == class && (mode.is_empty() || mode == "Immediate")
        })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn claims_and_their_first_pod() {
        let pair = |claim: &str, pod: &str| {
            format!(
                "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data, annotations: {{argocd.argoproj.io/sync-wave: '{claim}'}}}}\nspec: {{storageClassName: gp3}}\n---\n\
                 apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{argocd.argoproj.io/sync-wave: '{pod}'}}}}\nspec: {{containers: [{{name: c, image: a}}], volumes: [{{name: v, persistentVolumeClaim: {{claimName: data}}}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pair("1", "1"), &[]);
        tester.finds_deployed(&pair("1", "0"), &[]);
        tester.finds_deployed(
            &pair("-1", "0"),
            &["waits in wave -1 for the first pod of Pod `p`, which comes in wave 0 (PersistentVolumeClaim data)"],
        );
        let class =
            "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: gp3}\nprovisioner: p\n";
        tester.finds_deployed(&format!("{}{class}", pair("-1", "0")), &[]);
    }
}
