use seatrial_kubernetes::{Container, ProbeKind, pods};
use seatrial_trial::{Model, Sink};

use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds workloads that say nothing of whether they are ready.
    ///
    /// ## What it does
    /// Looks at the rendered Deployments, StatefulSets and DaemonSets whose containers open ports, and fires when none of a
    /// pod's containers has a readiness probe.
    ///
    /// ## Why it is bad
    /// Argo CD calls a workload healthy when Kubernetes calls its pods ready. Without a probe a pod is ready as soon as its process
    /// runs: the sync turns green, traffic comes, and nothing answers.
    ///
    /// ## Example
    /// ```yaml
    /// containers:
    ///   - name: agent
    ///     ports: [{containerPort: 8000}]   # and no readinessProbe
    /// ```
    ///
    /// ## How to fix
    /// Give the container that serves a `readinessProbe`; most charts have a value for it.
    ///
    /// ## When to ignore
    /// For workloads that serve nobody.
    "missing-probe", Health, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let rendered = Rendered::each(model, |_, resource, out| {
        if !matches!(resource.kind(), "Deployment" | "StatefulSet" | "DaemonSet")
            || resource.group() != "apps"
        {
            return;
        }
        for pod in pods(&resource.object) {
            let containers = pod.containers();
            let lasting = || containers.iter().filter(|container| container.is_lasting());
            let Some(serving) = lasting().find(|container| !container.ports().is_empty()) else { continue };
            let ready = |container: &Container<'_>| {
                container.probes().iter().any(|probe| probe.kind == ProbeKind::Readiness)
            };
            if lasting().any(ready) {
                continue;
            }
            let message = format!("container `{}` opens ports, but has no readiness probe", serving.name());
            let fault = Fault::new(serving.path.join("readinessProbe"), serving.name(), message);
            out.push(fault.help("Give it a `readinessProbe` that asks what its clients ask."));
        }
    });
    rendered.report(model, out);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn who_serves_says_when() {
        let deployment = |container: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{containers: [{{name: c, image: a{container}}}]}}}}}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&deployment(""), &[]);
        tester.finds_deployed(
            &deployment(", ports: [{containerPort: 80}], readinessProbe: {tcpSocket: {port: 80}}"),
            &[],
        );
        tester.finds_deployed(
            &deployment(", ports: [{containerPort: 80}], livenessProbe: {tcpSocket: {port: 80}}"),
            &["container `c` opens ports, but has no readiness probe (Deployment web)"],
        );
    }
}
