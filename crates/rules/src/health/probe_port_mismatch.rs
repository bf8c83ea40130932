use seatrial_kubernetes::pods;
use seatrial_trial::{Model, Sink};
use serde_json::Value;

use crate::rendered::{Fault, Rendered};
use crate::subject::nearest;

declare_rule! {
    /// Finds probes that ask at a port which is not there.
    ///
    /// ## What it does
    /// Compares the port of every probe of rendered pods with the ports of its container. A port by name must be one of the
    /// container's; a port by number must be one that any container of the pod opens, where the container names its ports at
    /// all.
    ///
    /// ## Why it is bad
    /// The probe never succeeds: the pod is restarted for ever, or never sent traffic, and Argo CD waits in `Progressing`.
    ///
    /// ## Example
    /// ```yaml
    /// ports: [{name: http, containerPort: 8000}]
    /// readinessProbe: {httpGet: {port: 8080}}
    /// ```
    ///
    /// ## How to fix
    /// Ask at the port's name, so that the two cannot part.
    ///
    /// ## When to ignore
    /// For a port that the container opens without naming it.
    "probe-port-mismatch", Health, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let rendered = Rendered::each(model, |_, resource, out| {
        for pod in pods(&resource.object).iter().filter(|pod| !pod.embedded) {
            let containers = pod.containers();
            for container in &containers {
                for probe in container.probes() {
                    let Some((field, port)) = probe.port() else { continue };
                    let there = match port {
                        Value::String(name) if name.parse::<u16>().is_err() => container.has_port(port),
                        // Numbers may come as text; the container's neighbours share its address.
                        _ => {
                            let number = port.as_u64().or_else(|| port.as_str()?.parse().ok());
                            let number = number.map_or(Value::Null, Value::from);
                            container.ports().is_empty() || containers.iter().any(|c| c.has_port(&number))
                        }
                    };
                    if there {
                        continue;
                    }
                    let ports = container.ports();
                    let names: Vec<String> = ports
                        .iter()
                        .flat_map(|(_, port)| [port.get("name"), port.get("containerPort")])
                        .flatten()
                        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                        .collect();
                    let shown = port.as_str().map_or_else(|| port.to_string(), str::to_owned);
                    let message = format!(
                        "`{}` of container `{}` asks at port `{shown}`, which it does not open",
                        probe.kind.field(),
                        container.name()
                    );
                    let help = match nearest(&shown, names.iter().map(String::as_str)) {
                        Some(near) => format!("Ask at `{near}`."),
                        None if names.is_empty() => "Name the port among the container's `ports`.".to_owned(),
                        None => format!("It opens {}.", names.join(", ")),
                    };
                    out.push(Fault::new(field, shown, message).help(help));
                }
            }
        }
    });
    rendered.report(model, out);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn ports_that_are_there() {
        let pod = |port: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: a, ports: [{{name: http, containerPort: 8000}}], readinessProbe: {{httpGet: {{port: {port}}}}}}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        for port in ["http", "8000", "'8000'"] {
            tester.finds_deployed(&pod(port), &[]);
        }
        tester.finds_deployed(&pod("8080"), &["`readinessProbe` of container `c` asks at port `8080`"]);
        tester.finds_deployed(&pod("web"), &["at port `web`, which it does not open (Pod p)"]);
    }
}
