//! Giving Applications a setting they lack: pull secrets, node selectors, replica counts, sync policies; in the
//! template where all Applications of a set want the same, through `templatePatch` where they differ.

use seatrial_platform::Scope;
use seatrial_source::Edit;
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Fix, Model, Via};
use seatrial_yaml::{Kind, Path};
use serde_json::{Value, json};

use super::patch::Patch;
use super::value::{element_of, per_element};
use super::{base, element, is_idle, passed};
use crate::subject::{Group, path, scope};

/// Names a pull secret in the Helm values of each of these Applications, and of no other.
pub fn pull_secret(model: &Model<'_>, source: &Path, wanted: &[(&Application, &str)]) -> Option<Fix> {
    let (first, secret) = wanted.first().filter(|(first, _)| !is_idle(model, first))?;
    let title = "name the registry's pull secret";
    let lines = |secret: &str| format!("imagePullSecrets:\n  - name: {secret}");
    let all_same =
        wanted.iter().all(|(_, s)| s == secret) && covers(model, first, wanted.iter().map(|(a, _)| *a));
    if all_same {
        return Some(Fix::risky(title, add_value(model, first, source, &lines(&base::scalar(secret)))?));
    }
    let Origin::Generated { set, .. } = first.origin else { return None };
    let values = source.join("helm").join("valuesObject");
    let of_each: Vec<_> = wanted.iter().map(|(a, secret)| (*a, json!([{"name": secret}]))).collect();
    if let Some(edits) = passed::set(model, &values.join("imagePullSecrets"), &of_each) {
        return Some(Fix::risky(title, edits));
    }
    let (manifest, document) = model.home_of(first);
    let params = per_element(model, set, |a| {
        let own = wanted.iter().find(|(w, _)| std::ptr::eq(*w, a));
        Some(own.map_or_else(String::new, |(_, secret)| (*secret).to_owned()))
    })?;
    let mut patch = Patch::open(manifest, document)?;
    patch.set(&values.join("imagePullSecrets"), "- name: {{ .pullSecret }}", Some(".pullSecret"))?;
    let mut edits = patch.edits()?;
    for (at, secret) in params {
        edits.push(element::set(manifest, document, &at, "pullSecret", &base::scalar(&secret))?);
    }
    Some(Fix::risky(title, edits))
}

/// Asks for nodes with these labels in the Helm values of each of these Applications, and of no other.
pub fn node_selector(
    model: &Model<'_>,
    source: &Path,
    wanted: &[(&Application, &[(String, String)])],
) -> Option<Fix> {
    let (first, labels) = wanted.first().filter(|(first, _)| !is_idle(model, first))?;
    let title = "ask for the nodes it must run on";
    if wanted.iter().all(|(_, l)| l == labels) && covers(model, first, wanted.iter().map(|(a, _)| *a)) {
        let lines: Vec<String> =
            labels.iter().map(|(k, v)| format!("  {}: {}", base::scalar(k), base::scalar(v))).collect();
        return Some(Fix::risky(
            title,
            add_value(model, first, source, &format!("nodeSelector:\n{}", lines.join("\n")))?,
        ));
    }
    let Origin::Generated { set, .. } = first.origin else { return None };
    let values = source.join("helm").join("valuesObject");
    let of_each: Vec<_> = wanted
        .iter()
        .map(|(a, labels)| (*a, labels.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<Value>()))
        .collect();
    if let Some(edits) = passed::set(model, &values.join("nodeSelector"), &of_each) {
        return Some(Fix::risky(title, edits));
    }
    let (manifest, document) = model.home_of(first);
    let mut keys: Vec<&str> = wanted.iter().flat_map(|(_, l)| l.iter().map(|(k, _)| k.as_str())).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut patch = Patch::open(manifest, document)?;
    let mut edits = Vec::new();
    let mut parameters: Vec<(Path, Vec<(String, String)>)> = Vec::new();
    for key in keys {
        let param = identifier(key);
        let at = values.join("nodeSelector").join(key);
        patch.set(&at, &format!("{{{{ .{param} }}}}"), Some(&format!(".{param}")))?;
        let values = per_element(model, set, |a| {
            let own = wanted.iter().find(|(w, _)| std::ptr::eq(*w, a));
            let label = own.and_then(|(_, labels)| labels.iter().find(|(k, _)| k == key));
            Some(label.map_or_else(String::new, |(_, value)| value.clone()))
        })?;
        for (element, value) in values {
            let pair = (param.clone(), base::scalar(&value));
            match parameters.iter_mut().find(|(e, _)| *e == element) {
                Some((_, pairs)) => pairs.push(pair),
                None => parameters.push((element, vec![pair])),
            }
        }
    }
    edits.extend(patch.edits()?);
    for (at, pairs) in parameters {
        edits.extend(element::set_all(manifest, document, &at, &pairs)?);
    }
    Some(Fix::risky(title, edits))
}

/// Gives each of these Applications its replica count.
pub(crate) fn replicas<T>(
    model: &Model<'_>,
    group: &Group<'_, T>,
    wanted: &[(&Application, u64)],
) -> Option<Fix> {
    let (first, count) = wanted.first().filter(|(first, _)| !is_idle(model, first))?;
    if wanted.len() != group.members.len() || !group.place.written {
        return None;
    }
    let title = "use the environment's replicas";
    let (manifest, document) = model.home_of(first);
    let node = group.place.node.and_then(|id| manifest.tree.node(id));
    let same = wanted.iter().all(|(_, n)| n == count);
    // A text stays a text: without Go templates elements may only hold texts.
    let text = |n: u64| match node.map(|n| n.scalar()) {
        Some(Some(seatrial_yaml::Scalar::Str(_))) => format!("'{n}'"),
        _ => n.to_string(),
    };
    let replace = |text: &str| match node {
        Some(node) => base::set_value(manifest, node, text),
        None => Edit::replace(group.place.span, text),
    };
    let shared = matches!(group.place.via, Via::Template | Via::Patch);
    if same && (!shared || covers(model, first, wanted.iter().map(|(a, _)| *a))) {
        return Some(Fix::risky(title, vec![replace(&text(*count))]));
    }
    let Origin::Generated { set, .. } = first.origin else { return None };
    if !shared {
        return None;
    }
    let params = per_element(model, set, |a| match wanted.iter().find(|(w, _)| std::ptr::eq(*w, a)) {
        Some((_, n)) => Some(n.to_string()),
        None => group.field.lookup(&a.json).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)),
    })?;
    let mut patch = Patch::open(manifest, document)?;
    patch.set(&group.field, "{{ .replicas }}", None)?;
    let mut edits = patch.edits()?;
    for (at, n) in params {
        edits.push(element::set(manifest, document, &at, "replicas", &n)?);
    }
    Some(Fix::risky(title, edits))
}

/// How an Application should be synced.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Policy {
    on: bool,
    prune: bool,
    self_heal: bool,
}

impl Policy {
    /// What the facts say; what they leave open stays as it is.
    fn of(scope: &Scope<'_>, application: &Application) -> Self {
        let now = crate::sync::automated(application);
        let Some(fact) = scope.sync() else {
            return Self { on: now.on, prune: now.prune, self_heal: now.self_heal };
        };
        let flag = |stated: &Option<seatrial_platform::Spanned<bool>>, now: bool| {
            stated.as_ref().map_or(now, |s| s.value)
        };
        let on = flag(&fact.value.automated, now.on);
        Self {
            on,
            prune: on && flag(&fact.value.prune, now.prune),
            self_heal: on && flag(&fact.value.self_heal, now.self_heal),
        }
    }

    /// Whether an Application is synced so.
    fn holds(self, application: &Application) -> bool {
        let now = crate::sync::automated(application);
        (self.on, self.prune, self.self_heal) == (now.on, now.prune, now.self_heal)
    }

    /// The field that says so; null where there must be none.
    fn value(self) -> Value {
        if self.on { json!({"prune": self.prune, "selfHeal": self.self_heal}) } else { Value::Null }
    }

    fn block(self) -> String {
        format!("prune: {}\nselfHeal: {}", self.prune, self.self_heal)
    }
}

/// Gives every Application of the set (or the one written as such) the sync policy of its environment.
pub fn sync(model: &Model<'_>, application: &Application) -> Option<Fix> {
    if is_idle(model, application) {
        return None;
    }
    let title = "sync as the environment wants";
    let automated = path("spec.syncPolicy.automated");
    let (manifest, document) = model.home_of(application);
    let (prefix, members): (Path, Vec<&Application>) = match application.origin {
        Origin::Document { .. } => (Path::root(), vec![application]),
        Origin::Generated { set, .. } => (path("spec.template"), model.generated(set).collect()),
    };
    let policies: Vec<Policy> = members.iter().map(|a| Policy::of(&scope(model, a), a)).collect();
    let first = *policies.first()?;
    let patched = manifest.node(document, &path("spec.templatePatch")).is_some();
    if policies.iter().all(|p| *p == first) && !patched {
        let at = prefix.concat(&automated);
        let node = manifest.node(document, &at);
        let edit = match (first.on, node) {
            (false, Some(node)) => base::remove_entry(manifest, node, prefix.len() + 1)?,
            (false, None) => return None,
            (true, Some(node)) => {
                let column = base::entry_column(manifest, node)?;
                base::set_value(manifest, node, &format!("\n{}", base::indent(&first.block(), column)))
            }
            (true, None) => {
                let lines = format!("automated:\n{}", base::indent(&first.block(), 2));
                match manifest.node(document, &prefix.concat(&path("spec.syncPolicy"))) {
                    Some(policy) => base::append_entry(manifest, policy, &lines)?,
                    None => {
                        let spec = manifest.node(document, &prefix.concat(&path("spec")))?;
                        base::append_entry(
                            manifest,
                            spec,
                            &format!("syncPolicy:\n{}", base::indent(&lines, 2)),
                        )?
                    }
                }
            }
        };
        return Some(Fix::risky(title, vec![edit]));
    }
    let Origin::Generated { .. } = application.origin else { return None };
    let astray: Vec<_> = members
        .iter()
        .zip(&policies)
        .filter(|(member, policy)| !policy.holds(member))
        .map(|(member, policy)| (*member, policy.value()))
        .collect();
    if let Some(edits) = passed::set(model, &automated, &astray) {
        return Some(Fix::risky(title, edits));
    }
    let mut patch = Patch::open(manifest, document)?;
    patch.remove_from_template(&automated);
    patch.unset(&automated);
    let mut edits = Vec::new();
    let mut parameters: Vec<(Path, Vec<(String, String)>)> = Vec::new();
    for (member, policy) in members.iter().zip(&policies) {
        let at = element_of(model, member)?;
        let pairs: Vec<(String, String)> =
            [("autoSync", policy.on), ("prune", policy.prune), ("selfHeal", policy.self_heal)]
                .map(|(key, value)| (key.to_owned(), value.to_string()))
                .to_vec();
        match parameters.iter().find(|(p, _)| *p == at) {
            Some((_, known)) if *known != pairs => return None,
            Some(_) => {}
            None => parameters.push((at, pairs)),
        }
    }
    patch.set(&automated.join("prune"), "{{ .prune }}", Some(".autoSync"))?;
    patch.set(&automated.join("selfHeal"), "{{ .selfHeal }}", Some(".autoSync"))?;
    edits.extend(patch.edits()?);
    for (at, pairs) in parameters {
        edits.extend(element::set_all(manifest, document, &at, &pairs)?);
    }
    Some(Fix::risky(title, edits))
}

/// Whether these are all the Applications that one text serves.
pub(super) fn covers<'m>(
    model: &Model<'_>,
    first: &Application,
    members: impl Iterator<Item = &'m Application>,
) -> bool {
    let members: Vec<&Application> = members.collect();
    match first.origin {
        Origin::Document { .. } => members.len() == 1,
        Origin::Generated { set, .. } => {
            model.generated(set).all(|a| members.iter().any(|m| std::ptr::eq(*m, a)))
        }
    }
}

/// Adds an entry to the Helm values of a source: to `valuesObject`, which is made where there are no values yet.
fn add_value(model: &Model<'_>, application: &Application, source: &Path, lines: &str) -> Option<Vec<Edit>> {
    let (manifest, document) = model.home_of(application);
    let prefix = match application.origin {
        Origin::Document { .. } => Path::root(),
        Origin::Generated { .. } => path("spec.template"),
    };
    let key = lines.split(':').next().unwrap_or_default();
    let source = prefix.concat(source);
    let helm = source.join("helm");
    let values = helm.join("valuesObject");
    if let Some(node) = manifest.node(document, &values) {
        if let Some(old) = node.get(key) {
            return Some(vec![
                base::remove_entry(manifest, old, values.len())?,
                base::append_entry(manifest, node, lines)?,
            ]);
        }
        return Some(vec![base::append_entry(manifest, node, lines)?]);
    }
    // Values as text are left to a person: a second form of values would hide the first.
    if manifest.node(document, &helm.join("values")).is_some() {
        return None;
    }
    let block = format!("valuesObject:\n{}", base::indent(lines, 2));
    match manifest.node(document, &helm).filter(|n| n.kind() == Kind::Mapping) {
        Some(node) => Some(vec![base::append_entry(manifest, node, &block)?]),
        None => {
            let node = manifest.node(document, &source)?;
            Some(vec![base::append_entry(manifest, node, &format!("helm:\n{}", base::indent(&block, 2)))?])
        }
    }
}

/// A parameter name for a label: its last part as one word, `nodegroup` for `eks.amazonaws.com/nodegroup`.
pub(super) fn identifier(label: &str) -> String {
    let last = label.rsplit('/').next().unwrap_or(label);
    let mut out = String::new();
    for (i, part) in last.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).enumerate() {
        let mut chars = part.chars();
        match chars.next() {
            Some(c) if i > 0 => out.extend(c.to_uppercase()),
            Some(c) => out.extend(c.to_lowercase()),
            None => {}
        }
        out.extend(chars);
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) || out.is_empty() { format!("label{out}") } else { out }
}
