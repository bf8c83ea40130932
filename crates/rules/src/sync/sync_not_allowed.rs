use std::collections::{BTreeMap, BTreeSet};

use seatrial_platform::{Fact, Sync};
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Model, Severity, Sink};
use seatrial_yaml::Path;

use super::{Automated, synced};
use crate::rewrite::settings;
use crate::subject::{group, listed, path, scope};

declare_rule! {
    /// Finds sync policies that are not the environment's.
    ///
    /// ## What it does
    /// Compares `syncPolicy.automated` (as Argo CD reads it: `automated: {}` is on) with the environment's `sync`:
    /// whether Argo CD syncs by itself, prunes, heals, and may empty an Application; and whether the sync options that
    /// the environment asks for (`sync.options`) are there. A rolling sync (`strategy.type: RollingSync`, where progressive syncs are
    /// on) turns `automated` off and syncs what is in its steps itself, by hand or not: such a step is told of too.
    ///
    /// ## Why it is bad
    /// Automation in an environment that wants a person's hand deploys every commit; pruning deletes what left Git,
    /// by accident too. Where automation is wanted and missing, nothing is ever deployed.
    ///
    /// ## Example
    /// ```yaml
    /// # prod is manual
    /// syncPolicy:
    ///   automated: {prune: true, selfHeal: true}
    /// ```
    ///
    /// ## How to fix
    /// Typed fields cannot be templated in `template`: give each environment its policy through `templatePatch`.
    ///
    /// ## When to ignore
    /// Never silently: change the fact in `seatrial.yaml` when the policy changed.
    "sync-not-allowed", Sync, Error, explained_by: &["truncated-manifest"]
}

struct Fault<'m> {
    key: &'static str,
    words: String,
    severity: Severity,
    fact: Fact<'m, Sync>,
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut faults: Vec<(&Application, Path, Fault<'_>)> = Vec::new();
    for application in &model.applications {
        let Some(fact) = scope(model, application).sync() else { continue };
        let environment = application.environment.as_deref().unwrap_or("this environment");
        let rolled_out = model.rolled_out(application).is_some();
        for (at, key, words, severity) in differences(synced(model, application), fact.value, environment) {
            // What a rolling sync does is not the policy's doing: it is told at the step, or by `unsound-rollout`.
            if !(rolled_out && key == "automated") {
                faults.push((application, path(at), Fault { key, words, severity, fact: fact.clone() }));
            }
        }
    }
    options(model, out);
    steps(model, out);
    // What the policy should be is one decision for a set, so each difference carries the same fix.
    for group in group(model, faults) {
        let mut words: Vec<&str> = group.members.iter().map(|(_, f)| f.words.as_str()).collect();
        words.dedup();
        let (_, first) = &group.members[0];
        let severity = group.members.iter().map(|(_, f)| f.severity).max().unwrap_or(Severity::Error);
        let fix = settings::sync(model, group.members[0].0);
        let finding = out
            .finding(group.place.span, words.join("; "))
            .help(format!("The platform says: {}.", described(&group.members)))
            .field(format!("spec.syncPolicy.{}", first.key))
            .key(first.key)
            .severity(severity)
            .fact(first.fact.key.clone(), Some(first.fact.span))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

/// An Application that a person syncs, and the fact that says so.
type ByHand<'m> = (&'m Application, Fact<'m, Sync>);

/// Steps of rolling syncs that sync what a person should.
fn steps(model: &Model<'_>, out: &mut Sink<'_>) {
    // By set and step.
    let mut faults: BTreeMap<(usize, usize), Vec<ByHand<'_>>> = BTreeMap::new();
    for application in &model.applications {
        let Origin::Generated { set, index } = application.origin else { continue };
        let step = model.sets.get(set).and_then(|set| set.expansion.generated.get(index)?.step);
        let by_hand = scope(model, application).sync().filter(|fact| is_by_hand(fact.value));
        if let (Some(step), Some(fact), Some(true)) = (step, by_hand, model.rolled_out(application)) {
            faults.entry((set, step)).or_default().push((application, fact));
        }
    }
    for ((set, step), members) in faults {
        let (Some(set), Some((_, fact))) = (model.sets.get(set), members.first()) else { continue };
        let (manifest, document) = model.home(set);
        let at = path("spec.strategy.rollingSync.steps").join(step);
        let environments: BTreeSet<&str> =
            members.iter().filter_map(|(a, _)| a.environment.as_deref()).collect();
        let names = listed(environments.iter().copied());
        let mut finding = out
            .finding(
                manifest.span_at(document, &at),
                format!("this step of the rolling sync syncs {names}, which a person should"),
            )
            .help("Give the step `maxUpdate: 0`: the rollout then waits until a person has synced its Applications.")
            .field(at.to_string())
            .key("step")
            .fact(fact.key.clone(), Some(fact.span));
        finding.applications = members.iter().map(|(a, _)| a.qualified_name()).collect();
        finding.environments = environments.into_iter().map(str::to_owned).collect();
        out.push(finding);
    }
}

/// Whether a fact says that a person syncs.
pub(super) fn is_by_hand(fact: &Sync) -> bool {
    fact.automated.as_ref().is_some_and(|automated| !automated.value)
}

/// Options that every Application of the environment must carry.
fn options(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let Some(fact) = scope(model, application).sync() else { continue };
        let missing: Vec<&str> = fact
            .value
            .options
            .iter()
            .map(|o| o.value.as_str())
            .filter(|wanted| super::options(application).all(|(_, given)| given != *wanted))
            .collect();
        let Some(first) = missing.first() else { continue };
        let at = path("spec.syncPolicy.syncOptions");
        let environment = application.environment.as_deref().unwrap_or("this environment");
        let name =
            |option: &str| option.split_once('=').map_or_else(String::new, |(name, _)| format!("{name}="));
        let against = super::options(application)
            .find(|(_, given)| given.starts_with(&name(first)) && given.contains('='));
        let place = against.map_or_else(|| at.clone(), |(index, _)| at.join(index));
        let finding = out
            .finding(
                model.locate(application, &place).span,
                format!(
                    "{environment} asks for the sync option {}, which is not there",
                    listed(missing.iter().copied())
                ),
            )
            .help(format!("Add {} to `syncOptions`.", listed(missing.iter().copied())))
            .field(at.to_string())
            .key(missing.join(","))
            .fact(format!("{}.options", fact.key), Some(fact.span));
        out.push_for(application, finding);
    }
}

fn described(members: &[(&Application, Fault<'_>)]) -> String {
    let of = |a: &Application, sync: &Sync| {
        let on = sync.automated.as_ref().map(|f| f.value);
        let flags =
            [("prune", &sync.prune), ("selfHeal", &sync.self_heal), ("allowEmpty", &sync.allow_empty)];
        let flags: Vec<String> = flags
            .iter()
            .filter_map(|(name, flag)| Some(format!("{name} {}", flag.as_ref()?.value)))
            .collect();
        let how = match on {
            Some(false) => "manual".to_owned(),
            Some(true) => ["automated".to_owned()].into_iter().chain(flags).collect::<Vec<_>>().join(", "),
            None => flags.join(", "),
        };
        format!("{} is {how}", a.environment.as_deref().unwrap_or("this environment"))
    };
    let mut all: Vec<String> = members.iter().map(|(a, f)| of(a, f.fact.value)).collect();
    all.sort();
    all.dedup();
    all.join("; ")
}

type Difference = (&'static str, &'static str, String, Severity);

/// Where a policy differs from the fact: forbidden things are errors, wanted ones that are missing are warnings, save
/// for automation itself.
fn differences(actual: Automated, fact: &Sync, environment: &str) -> Vec<Difference> {
    let block = "spec.syncPolicy.automated";
    let mut out: Vec<Difference> = Vec::new();
    match fact.automated.as_ref().map(|f| f.value) {
        Some(false) if actual.on => {
            let words = format!("{environment} is synced by hand, but automated sync is on");
            return vec![(block, "automated", words, Severity::Error)];
        }
        Some(true) if !actual.on => {
            let words = format!("{environment} is synced automatically, but automated sync is off");
            return vec![(block, "automated", words, Severity::Error)];
        }
        _ => {}
    }
    if !actual.on {
        return out;
    }
    let flags = [
        ("prune", "spec.syncPolicy.automated.prune", actual.prune, &fact.prune),
        ("selfHeal", "spec.syncPolicy.automated.selfHeal", actual.self_heal, &fact.self_heal),
        ("allowEmpty", "spec.syncPolicy.automated.allowEmpty", actual.allow_empty, &fact.allow_empty),
    ];
    for (name, at, actual, wanted) in flags {
        let Some(wanted) = wanted.as_ref().map(|w| w.value).filter(|w| *w != actual) else { continue };
        let (words, severity) = if wanted {
            (format!("{environment} wants {name}, which is off"), Severity::Warning)
        } else {
            (format!("{environment} does not allow {name}, which is on"), Severity::Error)
        };
        out.push((at, name, words, severity));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn as_the_environment_wants() {
        let app = |name: &str, more: &str| application(name, &["source: {path: a}", more]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &app("a-dev", "syncPolicy: {automated: {}}"),
                &app("a-prod", "syncPolicy: {}"),
                &app("a-prod", "syncPolicy: {automated: {enabled: false}}"),
            ])
            .finds(&app("a-prod", "syncPolicy: {automated: {}}"), &["6:16 prod is synced by hand"])
            .finds(&app("a-dev", "syncPolicy: {}"), &["6:3 dev is synced automatically"]);
    }

    #[test]
    fn a_rolling_sync_syncs_what_is_in_its_steps() {
        let set = |steps: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  goTemplate: true\n  strategy:\n    type: RollingSync\n    rollingSync:\n      steps:\n{steps}  generators:\n    - list:\n        elements: [{{env: dev}}, {{env: prod}}]\n  template:\n    metadata: {{name: 'a-{{{{ .env }}}}', labels: {{env: '{{{{ .env }}}}'}}}}\n    spec:\n      project: default\n      source: {{repoURL: https://git.acme.dev/deploy.git, path: a}}\n      destination: {{name: '{{{{ .env }}}}-1', namespace: shop}}\n"
            )
        };
        let dev = "        - matchExpressions: [{key: env, operator: In, values: [dev]}]\n";
        let prod = "        - matchExpressions: [{key: env, operator: In, values: [prod]}]\n";
        Tester::new(&RULE)
            .platform(
                &PLATFORM.replace("runsIn: hub", "runsIn: hub, applicationSet: {progressiveSyncs: true}"),
            )
            .pass(&[&set(dev), &set(&format!("{dev}{prod}          maxUpdate: 0\n"))])
            .finds(&set(&format!("{dev}{prod}")), &["11:11 this step of the rolling sync syncs `prod`"])
            .finds(&set("        - {}\n"), &["10:11 this step of the rolling sync syncs `prod`"]);
    }

    #[test]
    fn what_elements_pass_on_is_mended_in_them() {
        let set = |dev: &str, prod: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n  generators:\n    - list:\n        elements:\n          - env: dev\n            sync: {dev}\n          - env: prod\n            sync: {prod}\n  template:\n    metadata: {{name: 'a-{{{{ .env }}}}'}}\n    spec:\n      project: default\n      source: {{repoURL: https://git.acme.dev/deploy.git, path: a}}\n      destination: {{name: '{{{{ .env }}}}-1', namespace: shop}}\n  templatePatch: |\n    spec:\n      {{{{- with .sync }}}}\n      syncPolicy:\n        {{{{- toYaml . | nindent 8 }}}}\n      {{{{- end }}}}\n"
            )
        };
        let right = set("{automated: {selfHeal: true}}", "{}");
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&right])
            .finds(
                &set("{automated: {selfHeal: true}}", "{automated: {prune: true}}"),
                &["13:20 prod is synced by hand"],
            )
            .fixes(&[
                (&set("{automated: {selfHeal: true}}", "{automated: {prune: true}}"), &right),
                (&set("{}", "{}"), &set("{automated: {prune: false, selfHeal: false}}", "{}")),
            ]);
    }

    #[test]
    fn options_that_must_be_there() {
        let platform = "environments: {dev: {sync: {options: [PruneLast=true]}}}\n";
        let app = |option: &str| application("a-dev", &[&format!("syncPolicy: {{syncOptions: [{option}]}}")]);
        Tester::new(&RULE)
            .platform(platform)
            .pass(&[&app("PruneLast=true")])
            .finds(&app("PruneLast=false"), &["5:30 asks for the sync option `PruneLast=true`"])
            .finds(&app("Replace=true"), &["5:16 asks for the sync option"]);
    }
}
