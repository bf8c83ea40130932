use seatrial_kubernetes::{PodPlace, pods};
use seatrial_trial::{Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds pods that may reach out of their container into the node.
    ///
    /// ## What it does
    /// Looks at rendered pods for privileged containers, added capabilities that amount to it (`ALL`, `SYS_ADMIN`, `SYS_MODULE`,
    /// `SYS_PTRACE`, `NET_ADMIN`, …), the node's network, process table or memory (`hostNetwork`, `hostPID`, `hostIPC`), and folders
    /// of the node mounted by `hostPath`.
    ///
    /// ## Why it is bad
    /// Whoever takes over such a pod has the node, and with it every pod and secret on it. Clusters that enforce the *baseline* pod
    /// security standard refuse it.
    ///
    /// ## Example
    /// ```yaml
    /// securityContext: {privileged: true}
    /// ```
    ///
    /// ## How to fix
    /// Drop the privilege; most charts have a value for it.
    ///
    /// ## When to ignore
    /// For agents of the node itself: log shippers, storage and network drivers.
    "privileged-workload", Security, Warning
}

/// Capabilities that the baseline pod security standard does not allow and that reach the node.
const REACHING: [&str; 9] = [
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_BOOT",
    "NET_ADMIN",
    "DAC_READ_SEARCH",
    "BPF",
];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let rendered = Rendered::each(model, |_, resource, out| {
        for pod in pods(&resource.object) {
            out.extend(of_pod(&pod).into_iter().map(|(field, key, message)| {
                Fault::new(field, key, message).help("Drop it, or say why the workload needs it.")
            }));
        }
    });
    rendered.report(model, out);
}

/// What of a pod reaches the node: the field, the offending value, and a clause.
fn of_pod(pod: &PodPlace<'_>) -> Vec<(Path, String, String)> {
    let mut out = Vec::new();
    for (flag, what) in [("hostNetwork", "network"), ("hostPID", "process table"), ("hostIPC", "memory")] {
        if let Some((field, true)) = pod.flag(flag) {
            out.push((field, flag.to_owned(), format!("the pod shares the {what} of its node (`{flag}`)")));
        }
    }
    for (path, volume) in pod.volumes() {
        if let Some(folder) = volume.pointer("/hostPath/path").and_then(Value::as_str) {
            let field = path.join("hostPath").join("path");
            out.push((field, folder.to_owned(), format!("the pod mounts `{folder}` of its node")));
        }
    }
    for container in pod.containers() {
        let Some((path, context)) = container.security_context() else { continue };
        let name = container.name();
        if context.get("privileged").and_then(Value::as_bool) == Some(true) {
            out.push((
                path.join("privileged"),
                "privileged".to_owned(),
                format!("container `{name}` is privileged"),
            ));
        }
        let added = context.pointer("/capabilities/add").and_then(Value::as_array);
        for (index, capability) in added.into_iter().flatten().enumerate() {
            let Some(capability) = capability.as_str() else { continue };
            if REACHING.contains(&capability.trim_start_matches("CAP_")) {
                let field = path.join("capabilities").join("add").join(index);
                let message = format!("container `{name}` has the capability `{capability}`");
                out.push((field, capability.to_owned(), message));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn what_reaches_the_node() {
        let pod = |more: &str, context: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{more}containers: [{{name: c, image: a, securityContext: {context}}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(
            &pod("", "{privileged: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}"),
            &[],
        );
        tester.finds_deployed(&pod("", "{privileged: true}"), &["container `c` is privileged (Pod p)"]);
        tester.finds_deployed(&pod("", "{capabilities: {add: [SYS_ADMIN]}}"), &["capability `SYS_ADMIN`"]);
        tester.finds_deployed(
            &pod("hostNetwork: true, volumes: [{name: v, hostPath: {path: /var/run}}], ", "{}"),
            &["mounts `/var/run` of its node", "shares the network of its node"],
        );
    }
}
