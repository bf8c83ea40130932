use seatrial_kubernetes::PodPlace;
use seatrial_trial::{Model, Sink};

use seatrial_platform::quantity;

use super::{resources, written};
use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds requests greater than their limits.
    ///
    /// ## What it does
    /// Compares `requests` and `limits` of CPU and memory in every `resources` block of the values.
    /// What the Application renders to is judged as well: every container.
    ///
    /// ## Why it is bad
    /// The API server refuses the pods: `must be less than or equal to … limit`.
    ///
    /// ## Example
    /// ```yaml
    /// resources:
    ///   requests: {memory: 1Gi}
    ///   limits: {memory: 512Mi}
    /// ```
    ///
    /// ## How to fix
    /// Lower the request or raise the limit.
    ///
    /// ## When to ignore
    /// Never.
    "request-exceeds-limit", Resources, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    for application in &model.applications {
        for values in application.helm_values() {
            for (path, block) in resources(values) {
                for what in ["cpu", "memory"] {
                    let amount = |part: &str| block.get(part).and_then(|p| p.get(what)).and_then(written);
                    let (Some(request), Some(limit)) = (amount("requests"), amount("limits")) else {
                        continue;
                    };
                    let (Some(asked), Some(most)) = (quantity::parse(&request), quantity::parse(&limit))
                    else {
                        continue;
                    };
                    let at = values.place(&path.join("requests").join(what));
                    let key = format!("{request}>{limit}");
                    if asked <= most || rendered.refutes(model, application, &key, Some(&at)) {
                        continue;
                    }
                    let other = values.place(&path.join("limits").join(what));
                    let finding = out
                        .finding(
                            model.locate(application, &at).span,
                            format!("{what} request `{request}` is greater than its limit `{limit}`"),
                        )
                        .help(format!("Request at most `{limit}`, or raise the limit."))
                        .field(at.to_string())
                        .key(format!("{request}>{limit}"))
                        .related(model.locate(application, &other).span, "the limit");
                    out.push_for(application, finding);
                }
            }
        }
    }
    rendered.report(model, out);
}

/// The containers of rendered workloads.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |_, resource, out| {
        for container in seatrial_kubernetes::pods(&resource.object).iter().flat_map(PodPlace::containers) {
            for what in ["cpu", "memory"] {
                let (Some((field, request)), Some((_, limit))) =
                    (container.amount("requests", what), container.amount("limits", what))
                else {
                    continue;
                };
                let (Some(asked), Some(most)) = (quantity::parse(&request), quantity::parse(&limit)) else {
                    continue;
                };
                if asked > most {
                    let message = format!(
                        "{what} request `{request}` of container `{}` is greater than its limit `{limit}`",
                        container.name()
                    );
                    let fault = Fault::new(field, format!("{request}>{limit}"), message);
                    let fault = fault.mend(Some(Mend::new("request no more than the limit", limit.as_str())));
                    out.push(fault.help(format!("Request at most `{limit}`, or raise the limit.")));
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev};

    #[test]
    fn requests_up_to_the_limit() {
        let block = |request: &str| {
            in_dev(&format!("{{resources: {{requests: {{cpu: {request}}}, limits: {{cpu: 1}}}}}}"))
        };
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&block("1000m")])
            .finds(&block("1500m"), &["5:62 cpu request `1500m` is greater"]);
    }
}
