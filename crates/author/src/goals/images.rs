//! Images: from which registry, and which tag.

use seatrial_helm::Values;
use seatrial_platform::Scope;
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use super::Goal;
use crate::bench::Bench;

/// An image reference in its parts; the registry is Docker Hub's where none is written.
pub(super) struct Image<'i> {
    pub(super) registry: &'i str,
    pub(super) repository: &'i str,
    pub(super) tag: &'i str,
    explicit: bool,
}

pub(super) fn parse(text: &str) -> Image<'_> {
    let rest = text.split_once('@').map_or(text, |(rest, _)| rest);
    let (registry, rest, explicit) = match rest.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest, true),
        _ => ("docker.io", rest, false),
    };
    let (repository, tag) = match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (rest, ""),
    };
    Image { registry, repository, tag, explicit }
}

/// `registry/repository`, as registries of the platform file are compared with.
pub(super) fn name(text: &str) -> String {
    let image = parse(text);
    format!("{}/{}", image.registry, image.repository)
}

/// All images of objects, each as often as it is used: one place mended is a step.
fn images(objects: &[Value]) -> Vec<String> {
    objects.iter().flat_map(seatrial_kubernetes::images).map(|(_, image)| image.to_owned()).collect()
}

fn lies_under(name: &str, registry: &str) -> bool {
    let registry = registry.trim_end_matches('/');
    name.strip_prefix(registry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Every image from a registry that the place allows. `None` when the place does not say which those are.
///
/// An image from elsewhere is looked for, under its own name, in the first registry that is allowed.
pub(crate) fn allowed_registries<'g>(
    scope: &Scope<'g>,
    bench: &Bench<'_>,
    values: &Values,
) -> Option<Goal<'g>> {
    let allowed: Vec<&str> = scope.registries()?.value.iter().map(|registry| registry.as_str()).collect();
    let home = allowed.first()?.trim_end_matches('/');
    let fits = {
        let allowed = allowed.clone();
        move |image: &str| allowed.iter().any(|registry| lies_under(&name(image), registry))
    };
    let mut tries: Vec<(Path, Value)> = Vec::new();
    for origin in bench.image_origins(values) {
        if fits(&origin.image) {
            continue;
        }
        let image = parse(&origin.image);
        for (path, text) in &origin.values {
            let mut text = text.as_str();
            let tail = text.strip_prefix(image.registry).and_then(|rest| rest.strip_prefix('/'));
            if image.explicit && text == image.registry {
                tries.push((path.clone(), home.into()));
            } else if let Some(rest) = tail.filter(|_| image.explicit) {
                tries.push((path.clone(), format!("{home}/{rest}").into()));
            } else if !image.explicit && text.split(':').next() == Some(image.repository) {
                text = text.strip_prefix("library/").unwrap_or(text);
                for beside in ["registry", "imageRegistry"] {
                    let sibling = path.parent().unwrap_or_default().join(beside);
                    tries.push((sibling, home.into()));
                }
                tries.push((path.clone(), format!("{home}/{text}").into()));
            }
        }
    }
    // The likeliest place for all of them at once.
    if let Some(coalesced) = bench.coalesced(values) {
        let global = super::keys_named(&coalesced, &["imageregistry"]);
        let at_top = global.into_iter().filter(|(path, _)| path.len() <= 2);
        tries.splice(0..0, at_top.map(|(path, _)| (path, Value::from(home))).collect::<Vec<_>>());
    }
    let amiss = move |objects: &[Value]| images(objects).into_iter().filter(|image| !fits(image)).collect();
    Some(Goal { amiss: Box::new(amiss), tries })
}

/// A tag that was asked for.
pub(crate) struct Tag<'t> {
    pub(crate) tag: &'t str,
    /// The application and its chart: the image so called is the one that is meant.
    pub(crate) names: Vec<&'t str>,
}

/// The application's own image with this tag.
pub(crate) fn tag<'g>(wanted: &'g Tag<'g>, bench: &Bench<'_>, values: &Values) -> Goal<'g> {
    let origins = bench.image_origins(values);
    let own = own_image(wanted, origins.iter().map(|origin| origin.image.as_str()));
    let own = own.map(|image| parse(image).repository.rsplit('/').next().unwrap_or_default().to_owned());
    let is_own = move |image: &str| {
        own.as_deref().is_some_and(|own| parse(image).repository.rsplit('/').next() == Some(own))
    };
    let mut tries: Vec<(Path, Value)> = Vec::new();
    for origin in origins.iter().filter(|origin| is_own(&origin.image)) {
        let image = parse(&origin.image);
        let ends_as_tag = |path: &Path| matches!(path.segments().last(), Some(Segment::Key(key)) if key.to_lowercase().ends_with("tag"));
        for (path, text) in &origin.values {
            if text == image.tag || ends_as_tag(path) {
                tries.push((path.clone(), wanted.tag.into()));
            } else if let Some((before, _)) = text.rsplit_once(':').filter(|(_, tag)| *tag == image.tag) {
                tries.push((path.clone(), format!("{before}:{}", wanted.tag).into()));
            }
            // The tag may be the chart's `appVersion` where the value is empty, and then no value is printed.
            let beside = path.parent().unwrap_or_default().join("tag");
            tries.push((beside, wanted.tag.into()));
        }
    }
    let amiss = move |objects: &[Value]| {
        let images = images(objects);
        let mut own = images.into_iter().filter(|image| is_own(image)).peekable();
        if own.peek().is_none() {
            return vec!["no image of the application".to_owned()];
        }
        own.filter(|image| parse(image).tag != wanted.tag).collect()
    };
    Goal { amiss: Box::new(amiss), tries }
}

/// The image that is the application: the only one, or the one that is called like it or its chart.
fn own_image<'i>(wanted: &Tag<'_>, images: impl Iterator<Item = &'i str>) -> Option<&'i str> {
    let all: Vec<&str> = images.collect();
    let last = |image: &str| parse(image).repository.rsplit('/').next().unwrap_or_default().to_lowercase();
    let called = all.iter().find(|image| wanted.names.iter().any(|name| name.to_lowercase() == last(image)));
    called.copied().or(match all.as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}
