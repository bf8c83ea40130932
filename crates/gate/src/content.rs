//! What a proposed file may hold, told by its text alone.

use seatrial_yaml::{Kind, Node, parse};

use crate::Refusal;
use crate::redact::has_placeholder;

/// Kinds of objects that only a person writes, and why.
const KINDS: [(&str, &str); 5] = [
    ("AppProject", "projects say what Applications may do"),
    ("Secret", "no author writes secrets"),
    ("SealedSecret", "no author writes secrets"),
    ("CustomResourceDefinition", "it changes what the API server takes"),
    ("APIService", "it changes what the API server takes"),
];

/// Kinds of Argo CD's own: what else a manifest holds is told with what it renders to.
const ARGO: &str = "argoproj.io/";

/// How large a proposed file may be, in bytes.
const LARGEST: usize = 1 << 20;

/// Why this text may not be written over `before` (`None` when the file is new): silences that were not there, objects of kinds that
/// only a person writes, placeholders of secrets, hidden characters.
pub fn content(path: &str, text: &str, before: Option<&str>) -> Vec<Refusal> {
    let mut out = Vec::new();
    let mut refuse =
        |line: Option<usize>, why: String| out.push(Refusal { file: path.to_owned(), line, why });
    if text.len() > LARGEST {
        refuse(None, format!("it is larger than {} KiB", LARGEST >> 10));
        return out;
    }
    let before = before.unwrap_or_default();
    for (index, line) in text.lines().enumerate() {
        let known = |line: &str| before.lines().any(|old| old.trim() == line.trim());
        if silences(line) && !known(line) {
            refuse(Some(index + 1), "it silences a rule; only a person does".into());
        }
        if has_placeholder(line) {
            refuse(
                Some(index + 1),
                "a placeholder stands for a secret and is never written to a file".into(),
            );
        }
        if line.chars().any(is_hidden) && !known(line) {
            refuse(Some(index + 1), "it has characters that cannot be seen".into());
        }
    }
    let (tree, old) = (parse(text), parse(before));
    let known: Vec<(String, String)> =
        old.documents().filter_map(|document| identity(document.root())).collect();
    for document in tree.documents() {
        for object in objects(document.root()) {
            let Some((kind, name)) = identity(object) else { continue };
            let line = text.get(..object.span().start).map(|before| before.matches('\n').count() + 1);
            let why = KINDS.iter().find(|(own, _)| *own == kind).map(|(_, why)| (*why).to_owned());
            let api = object.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
            let why = why.or_else(|| {
                let config =
                    kind == "ConfigMap" && (name.starts_with("argocd-") || name.starts_with("argo-"));
                config.then(|| "it configures Argo CD itself".to_owned())
            });
            let why = why.or_else(|| {
                let own = api.starts_with(ARGO) && matches!(kind.as_str(), "ApplicationSet" | "Application");
                (!own && !known.contains(&(kind.clone(), name.clone())))
                    .then(|| "an author writes ApplicationSets and Applications, nothing else".to_owned())
            });
            if let Some(why) = why {
                refuse(line, format!("it holds {kind} {name}: {why}"));
            }
        }
    }
    out
}

/// The objects of a document: itself, and the items of a list.
fn objects(root: Node<'_>) -> Vec<Node<'_>> {
    let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match root.get("items").filter(|_| is_list) {
        Some(items) => {
            std::iter::once(root).chain(items.items()).filter(|n| n.get("items").is_none()).collect()
        }
        None if root.kind() == Kind::Sequence => root.items().collect(),
        None => vec![root],
    }
}

fn identity(root: Node<'_>) -> Option<(String, String)> {
    let kind = root.get("kind")?.as_str()?.into_owned();
    let name = root.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_str);
    Some((kind, name.map(String::from).unwrap_or_default()))
}

fn silences(line: &str) -> bool {
    let plain: String = line.chars().filter(|c| !c.is_whitespace() && !is_hidden(*c)).collect();
    let lower = plain.to_lowercase();
    lower.contains("seatrial:ignore") || lower.contains("seatrial:disable")
}

/// Characters that show nothing, or turn what is shown around.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || c.is_control() && !matches!(c, '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\n";

    #[test]
    fn sets_and_applications_pass() {
        assert_eq!(content("a.yaml", SET, None), []);
        assert_eq!(content("a.yaml", &SET.replace("Set", ""), None), []);
        // What was there stays.
        let old =
            format!("{SET}---\nkind: ConfigMap\nmetadata: {{name: x}}\n# seatrial: ignore[a] because\n");
        assert_eq!(content("a.yaml", &old, Some(&old)), []);
    }

    #[test]
    fn nothing_else_does() {
        for text in [
            format!("{SET}# seatrial: ignore[unknown-cluster] all is well\n"),
            format!("{SET}# SEATRIAL:  ignore-file[x] y\n"),
            format!("{SET}# sea\u{200b}trial: ignore[x] y\n"),
            format!(
                "{SET}---\napiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {{name: default}}\n"
            ),
            "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n".into(),
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n".into(),
            "kind: List\nitems:\n- {kind: ClusterRoleBinding, metadata: {name: x}}\n".into(),
            "- {kind: ClusterRole, metadata: {name: x}}\n".into(),
            format!("{SET}# <redacted-value-1>\n"),
            format!("{SET}# a\u{202e}b\n"),
        ] {
            assert!(!content("a.yaml", &text, Some(SET)).is_empty(), "{text}");
        }
    }
}
