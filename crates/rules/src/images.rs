//! Container images and pull secrets, as far as Helm values and Kustomize overrides in an Application show them.

use seatrial_trial::{Application, HelmValues};
use seatrial_yaml::Path;
use serde_json::Value;

/// The registry of an image that names none.
pub(crate) const DOCKER_HUB: &str = "docker.io";

/// An image reference, and the fields of the Application that make it up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Image {
    /// The registry's host, with its port.
    pub(crate) registry: String,
    /// The repository within the registry; empty for a registry that holds for all images.
    pub(crate) repository: String,
    /// The tag, if one is given.
    pub(crate) tag: Option<String>,
    /// The digest, if one is given.
    pub(crate) digest: Option<String>,
    /// The field that names registry and repository.
    pub(crate) at: Path,
    /// The field that gives the tag; the whole reference's when it is one text.
    pub(crate) tag_at: Path,
    /// The text of the field at [`Image::at`].
    pub(crate) text: String,
    /// Whether the registry was written, not supplied by default.
    pub(crate) explicit_registry: bool,
    /// Whether it is one text without a tag, and nothing beside it could give one.
    pub(crate) bare: bool,
}

impl Image {
    /// `registry/repository`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

/// Splits an image reference as container runtimes do.
pub(crate) fn parse(text: &str) -> (Option<&str>, &str, Option<&str>, Option<&str>) {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let (registry, rest) = match rest.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, rest),
    };
    let (repository, tag) = match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (rest, None),
    };
    (registry, repository, tag, digest)
}

/// Every image that an Application's own text names.
pub(crate) fn images(application: &Application) -> Vec<Image> {
    let mut out = Vec::new();
    for values in application.helm_values() {
        let before = out.len();
        walk(values, &mut Path::root(), &values.values, &mut out);
        for_all(values, before, &mut out);
    }
    for (pointer, source) in application.sources() {
        let overrides = source.pointer("/kustomize/images").and_then(Value::as_array);
        for (index, image) in overrides.into_iter().flatten().enumerate() {
            let Some(text) = image.as_str() else { continue };
            // `name=new:tag`; only what comes after the sign is an image that will be pulled.
            let new = text.split_once('=').map_or(text, |(_, new)| new);
            let at = Path::from_pointer(&format!("{pointer}/kustomize/images/{index}")).unwrap_or_default();
            push(new, None, at, &mut out);
        }
    }
    out
}

/// The image that a reference in a rendered resource names; nothing for texts that name none.
pub(crate) fn of_reference(text: &str) -> Option<Image> {
    let mut out = Vec::new();
    push(text, None, Path::root(), &mut out);
    let image = out.pop()?;
    Some(Image { bare: image.tag.is_none() && image.digest.is_none(), ..image })
}

/// The registry that charts of Bitnami's kind take for every image (`global.imageRegistry`): an image without repository,
/// and the registry of those that name none.
fn for_all(values: &HelmValues, before: usize, out: &mut Vec<Image>) {
    let Some(global) = values.get("global.imageRegistry") else { return };
    let Some(registry) = global.value.as_str().filter(|r| !r.is_empty() && !crate::subject::is_template(r))
    else {
        return;
    };
    for image in out.iter_mut().skip(before).filter(|image| !image.explicit_registry) {
        registry.clone_into(&mut image.registry);
    }
    out.push(Image {
        registry: registry.to_owned(),
        repository: String::new(),
        tag: None,
        digest: None,
        tag_at: global.at.clone(),
        at: global.at,
        text: registry.to_owned(),
        explicit_registry: true,
        bare: false,
    });
}

fn walk(values: &HelmValues, path: &mut Path, value: &Value, out: &mut Vec<Image>) {
    let named = path.last_key().is_some_and(|key| ends_with(key, "image"));
    match value {
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
            let telling =
                ["tag", "registry", "digest", "pullPolicy"].iter().any(|key| map.contains_key(*key));
            if let Some(repository) = text("repository").filter(|r| named || (telling && !r.contains("://")))
            {
                let joined = match text("registry") {
                    Some(registry) => format!("{}/{repository}", registry.trim_end_matches('/')),
                    None => repository.to_owned(),
                };
                let key = if text("registry").is_some() { "registry" } else { "repository" };
                let at = values.place(&path.join(key));
                let before = out.len();
                push(&joined, text("digest"), at, out);
                if let Some(image) = out.get_mut(before) {
                    text(key).unwrap_or_default().clone_into(&mut image.text);
                    if let Some(tag) = map.get("tag") {
                        image.tag_at = values.place(&path.join("tag"));
                        image.tag = match tag {
                            Value::String(tag) if !tag.is_empty() => Some(tag.clone()),
                            Value::Number(tag) => Some(tag.to_string()),
                            _ => None,
                        };
                    }
                }
                return;
            }
            let gives_tag = |key: &String| ["tag", "version", "digest"].iter().any(|end| ends_with(key, end));
            let tagged = map.keys().any(gives_tag);
            for (key, value) in map {
                let before = out.len();
                path.push(key);
                walk(values, path, value, out);
                path.pop();
                if let (Some(image), Value::String(_)) = (out.get_mut(before), value) {
                    image.bare = !tagged && image.tag.is_none() && image.digest.is_none();
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                path.push(index);
                walk(values, path, value, out);
                path.pop();
            }
        }
        Value::String(text) if named && text.contains(['/', ':']) => {
            push(text, None, values.place(path), out);
        }
        _ => {}
    }
}

/// Whether a key ends with a word, in letters of either case.
fn ends_with(key: &str, word: &str) -> bool {
    let start = key.len().checked_sub(word.len());
    start.is_some_and(|start| key.as_bytes()[start..].eq_ignore_ascii_case(word.as_bytes()))
}

fn push(text: &str, digest: Option<&str>, at: Path, out: &mut Vec<Image>) {
    if text.is_empty() || crate::subject::is_template(text) {
        return;
    }
    // An address is no image reference, but tells which registry is meant.
    let (registry, repository, tag, own_digest) =
        parse(text.split_once("://").map_or(text, |(_, rest)| rest));
    out.push(Image {
        registry: registry.unwrap_or(DOCKER_HUB).to_owned(),
        repository: repository.to_owned(),
        tag: tag.map(str::to_owned),
        digest: own_digest.or(digest).map(str::to_owned),
        tag_at: at.clone(),
        at,
        text: text.to_owned(),
        explicit_registry: registry.is_some(),
        bare: false,
    });
}

/// The pull secrets that a source's values name, each with its field; `None` when no such value is given.
pub(crate) fn pull_secrets(values: &HelmValues) -> Option<Vec<(String, Path)>> {
    let mut out = None;
    collect_secrets(values, &mut Path::root(), &values.values, &mut out);
    out
}

/// The key of a source's values that lists pull secrets, if there is one.
pub(crate) fn pull_secrets_key(values: &HelmValues) -> Option<Path> {
    fn find(path: &Path, value: &Value) -> Option<Path> {
        if path.last_key().is_some_and(names_pull_secrets) {
            return Some(path.clone());
        }
        match value {
            Value::Object(map) => map.iter().find_map(|(key, value)| find(&path.join(key.as_str()), value)),
            _ => None,
        }
    }
    find(&Path::root(), &values.values)
}

/// Whether a key names pull secrets: `imagePullSecrets`, `pullSecrets`, `image_pull_secrets`, `pullSecret`.
fn names_pull_secrets(key: &str) -> bool {
    // Most keys are told apart by their last letter.
    if !key.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).ends_with(['s', 'S', 't', 'T']) {
        return false;
    }
    let key: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    key.ends_with("pullsecrets") || key.ends_with("pullsecret")
}

fn collect_secrets(
    values: &HelmValues,
    path: &mut Path,
    value: &Value,
    out: &mut Option<Vec<(String, Path)>>,
) {
    if path.last_key().is_some_and(names_pull_secrets) {
        let list = out.get_or_insert_default();
        let mut add = |value: &Value, path: &Path| {
            let (name, path) = match value {
                Value::String(name) => (name.as_str(), path.clone()),
                Value::Object(map) => {
                    (map.get("name").and_then(Value::as_str).unwrap_or_default(), path.join("name"))
                }
                _ => return,
            };
            if !name.is_empty() {
                list.push((name.to_owned(), values.place(&path)));
            }
        };
        match value {
            Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| add(item, &path.join(i))),
            other => add(other, path),
        }
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(key);
                collect_secrets(values, path, value, out);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index);
                collect_secrets(values, path, item, out);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_split_as_runtimes_split_them() {
        assert_eq!(parse("nginx"), (None, "nginx", None, None));
        assert_eq!(parse("acme/agent:v1"), (None, "acme/agent", Some("v1"), None));
        assert_eq!(parse("localhost:5000/agent"), (Some("localhost:5000"), "agent", None, None));
        assert_eq!(
            parse("ghcr.io/acme/agent:v1@sha256:00"),
            (Some("ghcr.io"), "acme/agent", Some("v1"), Some("sha256:00"))
        );
    }
}
