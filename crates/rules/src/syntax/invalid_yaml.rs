use seatrial_trial::{Manifest, Model, Sink};

use super::Causes;

declare_rule! {
    /// Finds text that kubectl and Argo CD cannot read as YAML.
    ///
    /// ## What it does
    /// Reads every document as `sigs.k8s.io/yaml` does, which is what kubectl, the API server's clients and Argo CD use,
    /// and reports what it says, at the place where it stopped. Faults that a rule with a more telling name explains
    /// (`unquoted-template`, `tab-indentation`, …) are reported by that rule.
    ///
    /// ## Why it is bad
    /// Nothing of the document arrives in the cluster.
    ///
    /// ## Example
    /// ```yaml
    /// metadata:
    ///   name: agent
    ///   labels: {app: agent
    /// ```
    ///
    /// ## How to fix
    /// Correct the line; the message is go-yaml's own. Note that it often names the line after the fault.
    ///
    /// ## When to ignore
    /// Never: a document that is not meant to be read belongs into another file.
    "invalid-yaml", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for manifest in &model.manifests {
        if let Some(at) = manifest.file.invalid_at {
            let end = manifest
                .file
                .text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(at, |c| at + c.len_utf8());
            let finding = out
                .finding(manifest.file.span_of(at..end), "these bytes are no text: go-yaml refuses the file")
                .help("write the file in UTF-8")
                .key("bytes");
            out.push(finding);
        }
        if manifest.documents.iter().all(|d| d.json.is_ok()) {
            continue;
        }
        check_file(manifest, &Causes::of(manifest), out);
    }
}

fn check_file(manifest: &Manifest, causes: &Causes, out: &mut Sink<'_>) {
    for document in &manifest.documents {
        let Err(error) = &document.json else { continue };
        if causes.explain(manifest, document) {
            continue;
        }
        let text = &manifest.file.text;
        let at = (document.range.start + error.offset).min(document.range.end);
        let at = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or_default();
        let end = crate::rewrite::base::line_end(text, at);
        let span = manifest.file.span_of(at..end);
        if out.full(span) {
            return;
        }
        let finding = out
            .finding(span, format!("this is not YAML: {}", error.message))
            .help("correct the text here, or a line or two above: go-yaml notices some faults late")
            .key(document.index.to_string());
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn says_what_go_yaml_says() {
        Tester::new(&RULE)
            .pass(&["apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"])
            .fail(&["kind: Application\nmetadata:\n  name: 'it's'\n", "kind: Application\na: b: c\n"])
            .finds("kind: Application\nmetadata: {name: a}}\nspec: {}\n", &["2:20 did not find expected"]);
    }
}
