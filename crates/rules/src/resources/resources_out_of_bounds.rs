use seatrial_kubernetes::PodPlace;
use seatrial_platform::{Bounds, Resources, Spanned};
use seatrial_trial::{Application, Fix, Located, Model, Sink};
use seatrial_yaml::Path;

use seatrial_platform::quantity;

use super::{resources, written};
use crate::mend::Mend;
use crate::rendered::{self, Rendered};
use crate::rewrite::base;
use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, listed, scope};

declare_rule! {
    /// Finds requests and limits outside the environment's bounds.
    ///
    /// ## What it does
    /// Compares CPU and memory of every `resources` block of the values with `environments.*.resources`, and tells of
    /// texts that are no quantity at all (`512MB`).
    /// What the Application renders to is judged as well: every container.
    ///
    /// ## Why it is bad
    /// A LimitRange refuses the pods, a quota fills up, or the workload is killed for want of memory.
    ///
    /// ## Example
    /// ```yaml
    /// resources:
    ///   limits: {memory: 8Gi}     # dev allows 512Mi
    /// ```
    ///
    /// ## How to fix
    /// Choose a value within the bounds; per environment, if they differ.
    ///
    /// ## When to ignore
    /// For a workload that was granted more: give the exception in `seatrial.yaml`.
    "resources-out-of-bounds", Resources, Error
}

struct Fault {
    written: String,
    what: String,
    bound: String,
    limit: &'static str,
    fact: (String, seatrial_source::Span),
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, Fault)> = Vec::new();
    for application in &model.applications {
        no_quantities(model, out, application, &mut rendered);
        let Some(fact) = scope(model, application).resources() else { continue };
        for values in application.helm_values() {
            for (path, block) in resources(values) {
                for (part, what, bounds) in bounds(fact.value) {
                    let Some(text) = block.get(part).and_then(|p| p.get(what)).and_then(written) else {
                        continue;
                    };
                    if is_template(&text) {
                        continue;
                    }
                    let Some((limit, bound)) = broken(&text, bounds) else { continue };
                    let at = values.place(&path.join(part).join(what));
                    if rendered.refutes(model, application, &text, Some(&at)) {
                        continue;
                    }
                    let fact = (format!("{}.{part}.{what}", fact.key), bounds.span);
                    let fault = Fault {
                        written: text,
                        what: format!("{what} {}", part.trim_end_matches('s')),
                        bound,
                        limit,
                        fact,
                    };
                    faults.push((application, at, fault));
                }
            }
        }
    }
    for group in group(model, faults) {
        let (_, first) = &group.members[0];
        let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .map(|(application, fault)| Wanted { application, text: fault.bound.clone() })
            .collect();
        let field = group.field.clone();
        let fix = set_per_application(model, &field, &wanted, "bound")
            .map(|edits| Fix::risky("use the bound", edits));
        let finding = out
            .finding(
                group.place.span,
                format!(
                    "{} `{}` is {} `{}` that {environments} allows",
                    first.what, first.written, first.limit, first.bound
                ),
            )
            .help(format!(
                "Use at {} `{}`.",
                if first.limit.contains("over") { "most" } else { "least" },
                first.bound
            ))
            .field(field.to_string())
            .key(first.written.clone())
            .fact(first.fact.0.clone(), Some(first.fact.1))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// The containers of rendered workloads.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let fact = scope(model, view.application).resources();
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        for container in seatrial_kubernetes::pods(&resource.object).iter().flat_map(PodPlace::containers) {
            let name = container.name();
            for (part, what) in ["requests", "limits"].iter().flat_map(|p| [(*p, "cpu"), (*p, "memory")]) {
                let Some((field, text)) = container.amount(part, what) else { continue };
                if quantity::parse(&text).is_none() && !text.is_empty() {
                    let message = format!(
                        "{what} `{text}` of container `{name}` is no quantity: Kubernetes refuses it"
                    );
                    let help = "Write bytes as `512Mi` or `1Gi`, processors as `500m` or `2`.";
                    let mend =
                        meant(&text).map(|text| Mend::new("write the unit as Kubernetes has it", text));
                    out.push(rendered::Fault::new(field, text, message).help(help).mend(mend));
                    continue;
                }
                let Some(fact) = &fact else { continue };
                let mut bounds = bounds(fact.value).filter(|(p, w, _)| *p == part && *w == what);
                let Some((_, _, bounds)) = bounds.next() else { continue };
                let Some((limit, bound)) = broken(&text, bounds) else { continue };
                let message = format!(
                    "{what} {} `{text}` of container `{name}` is {limit} `{bound}` that `{environment}` allows",
                    part.trim_end_matches('s')
                );
                let least = if limit.contains("over") { "most" } else { "least" };
                let mut fault = rendered::Fault::new(field, text, message);
                fault.fact = Some((format!("{}.{part}.{what}", fact.key), bounds.span));
                fault.mend = Some(Mend::new("use the bound", bound.as_str()));
                out.push(fault.help(format!("Use at {least} `{bound}`.")));
            }
        }
    })
}

/// What Kubernetes cannot read it refuses, whatever the bounds are.
fn no_quantities(
    model: &Model<'_>,
    out: &mut Sink<'_>,
    application: &Application,
    rendered: &mut Rendered<'_>,
) {
    for values in application.helm_values() {
        for (path, block) in resources(values) {
            for (part, what) in ["requests", "limits"].iter().flat_map(|p| [(*p, "cpu"), (*p, "memory")]) {
                let Some(text) = block.get(part).and_then(|p| p.get(what)).and_then(written) else {
                    continue;
                };
                let at = values.place(&path.join(part).join(what));
                if text.is_empty()
                    || is_template(&text)
                    || quantity::parse(&text).is_some()
                    || rendered.refutes(model, application, &text, Some(&at))
                {
                    continue;
                }
                let place = model.locate(application, &at);
                let finding = out
                    .finding(place.span, format!("`{text}` is no quantity: Kubernetes refuses it"))
                    .help("Write bytes as `512Mi` or `1Gi`, processors as `500m` or `2`.")
                    .field(at.to_string())
                    .maybe_fix(with_its_unit(model, application, &place, &text))
                    .key(text);
                out.push_for(application, finding);
            }
        }
    }
}

/// Writes an amount with the unit that is meant, where it stands.
fn with_its_unit(model: &Model<'_>, application: &Application, place: &Located, text: &str) -> Option<Fix> {
    let right = meant(text).filter(|_| place.written)?;
    let (manifest, _) = model.home_of(application);
    let node = manifest.tree.node(place.node?).filter(|node| node.as_str().is_some_and(|now| now == text))?;
    let edit = base::set_value(manifest, node, &base::scalar(&right));
    Some(Fix::risky("write the unit as Kubernetes has it", vec![edit]))
}

/// The quantity that is meant where only the unit is written otherwise: `512mi`, `1 GiB`, `2K`.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim().to_lowercase();
    let right = match unit.strip_suffix('b').unwrap_or(&unit) {
        "ki" => "Ki",
        "mi" => "Mi",
        "gi" => "Gi",
        "ti" => "Ti",
        "k" => "k",
        // Of one letter `m` is a thousandth.
        "m" if unit == "mb" => "M",
        "m" => "m",
        "g" => "G",
        "t" => "T",
        _ => return None,
    };
    let written = format!("{digits}{right}");
    quantity::parse(&written).map(|_| written)
}

fn bounds(resources: &Resources) -> impl Iterator<Item = (&'static str, &'static str, &Spanned<Bounds>)> {
    [
        ("requests", "cpu", &resources.requests.cpu),
        ("requests", "memory", &resources.requests.memory),
        ("limits", "cpu", &resources.limits.cpu),
        ("limits", "memory", &resources.limits.memory),
    ]
    .into_iter()
    .filter_map(|(part, what, bounds)| Some((part, what, bounds.as_ref()?)))
}

/// The bound that a quantity breaks, and how.
fn broken(text: &str, bounds: &Bounds) -> Option<(&'static str, String)> {
    let value = quantity::parse(text)?;
    let over = |max: &&seatrial_platform::Text| quantity::parse(max).is_some_and(|max| value > max);
    let under = |min: &&seatrial_platform::Text| quantity::parse(min).is_some_and(|min| value < min);
    if let Some(max) = bounds.max.as_ref().filter(over) {
        return Some(("over the", max.value.clone()));
    }
    bounds.min.as_ref().filter(under).map(|min| ("under the", min.value.clone()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_prod};

    #[test]
    fn within_bounds() {
        let limit = |memory: &str| in_prod(&format!("{{resources: {{limits: {{memory: {memory}}}}}}}"));
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&limit("1Gi"), &limit("1024Mi")])
            .finds(&limit("2Gi"), &["5:63 memory limit `2Gi` is over the `1Gi`"])
            .finds(&limit("512MB"), &["5:63 `512MB` is no quantity"])
            .fixes(&[
                (&limit("2Gi"), &limit("1Gi")),
                (&limit("512mi"), &limit("512Mi")),
                (&limit("512MB"), &limit("512M")),
                (&limit("'1 gib'"), &limit("1Gi")),
                // Whatever that means.
                (&limit("2 large"), &limit("2 large")),
            ]);
    }

    #[test]
    fn of_what_is_rendered() {
        let pod = |memory: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: a, resources: {{limits: {{memory: {memory}}}}}}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pod("1Gi"), &[]);
        tester.finds_deployed(
            &pod("2Gi"),
            &["memory limit `2Gi` of container `c` is over the `1Gi` that `prod` allows"],
        );
        tester.finds_deployed(&pod("512MB"), &["memory `512MB` of container `c` is no quantity"]);
    }
}
