use seatrial_trial::{Document, Fix, Kind, Manifest, Model, Sink};
use seatrial_yaml::HoleKind;

use crate::rewrite::conditional;

declare_rule! {
    /// Finds template languages that Argo CD does not speak, and its own where it does not work.
    ///
    /// ## What it does
    /// Finds Handlebars and Mustache (`{{#if x}}`, `{{/if}}`, `{{^x}}`), Jinja and Liquid (`{% if %}`), ERB (`<% %>`), GitHub
    /// Actions (`${{ }}`), and Go template actions that stand on lines of their own between YAML fields.
    ///
    /// ## Why it is bad
    /// An ApplicationSet knows two languages: plain `{{name}}` substitution, and Go templates with `goTemplate: true`.
    /// Both are applied to each string by itself, after the YAML was read, so a condition cannot span fields: the
    /// lines either break the YAML or are handed on as text.
    ///
    /// ## Example
    /// ```yaml
    /// syncPolicy:
    ///   {{#if autoSync == "true"}}
    ///   automated: {prune: true}
    ///   {{/if}}
    /// ```
    ///
    /// ## How to fix
    /// Put what depends on a condition into `templatePatch`, which is one string:
    /// ```yaml
    /// goTemplate: true
    /// templatePatch: |
    ///   {{- if eq .autoSync "true" }}
    ///   spec:
    ///     syncPolicy:
    ///       automated: {prune: true}
    ///   {{- end }}
    /// ```
    ///
    /// ## When to ignore
    /// When the file is filled in by another tool before Argo CD sees it; better give it another extension then.
    "foreign-template-language", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    // A file of which no document is Argo CD's is another's to fill in.
    let ours = model.manifests.iter().filter(|m| m.documents.iter().any(|d| d.kind.is_some()));
    for (manifest, document) in ours.flat_map(|m| m.documents.iter().map(|d| (&**m, d))) {
        let places = places(manifest, document);
        if places.is_empty() || super::is_tabbed(manifest, document) {
            continue;
        }
        let edits = conditional::edits(manifest, document);
        for place in places {
            let span = manifest.file.span_of(place.range.clone());
            if out.full(span) {
                return;
            }
            let source = manifest.file.text.get(place.range.clone()).unwrap_or_default();
            let finding =
                out.finding(span, format!("`{source}` is {}; Argo CD {}", place.language, place.consequence))
                    .help(help(document))
                    .key(source)
                    .maybe_fix(edits.clone().map(|edits| {
                        Fix::safe("write the condition as a Go template in templatePatch", edits)
                    }));
            out.push(finding);
        }
    }
}

fn help(document: &Document) -> &'static str {
    match document.kind {
        Some(Kind::ApplicationSet) => {
            "set `goTemplate: true` and put what depends on a condition into `spec.templatePatch` as `{{- if … }} … {{- end }}`"
        }
        _ => "write plain YAML here: only an ApplicationSet has a template, and only inside strings",
    }
}

struct Place {
    range: std::ops::Range<usize>,
    language: &'static str,
    consequence: &'static str,
}

/// One place a block: its opening tag; stray tags by themselves.
fn places(manifest: &Manifest, document: &Document) -> Vec<Place> {
    let text = &manifest.file.text;
    let tags = conditional::tags(manifest, document);
    let github = manifest.tree.holes_in(document.range.clone()).iter().filter(|h| h.kind == HoleKind::GitHub);
    let set = document.kind == Some(Kind::ApplicationSet);
    let mut out: Vec<Place> = Vec::new();
    let mut depth = 0usize;
    for hole in tags {
        let inner = text.get(hole.inner()).unwrap_or_default().trim();
        let word = inner.trim_matches('%').split_whitespace().next().unwrap_or_default();
        let closes =
            inner.starts_with('/') || matches!(word, "end" | "endif" | "endfor" | "else") || inner == "^";
        if closes && depth > 0 {
            depth -= usize::from(word != "else" && inner != "^");
            continue;
        }
        depth += usize::from(!closes && opens(hole.kind, inner, word));
        let (language, consequence) = match hole.kind {
            HoleKind::Handlebars => ("Handlebars or Mustache", "knows neither"),
            HoleKind::Jinja => ("Jinja or Liquid", "knows neither"),
            HoleKind::Erb => ("ERB", "does not know it"),
            _ if set => (
                "a template action outside of any string",
                "fills in each string by itself, so it cannot stand between fields",
            ),
            _ => ("a template action in a plain manifest", "does not fill in templates here"),
        };
        out.push(Place { range: hole.span(), language, consequence });
    }
    out.extend(github.map(|hole| Place {
        range: hole.span(),
        language: "a GitHub Actions expression",
        consequence: "does not know it",
    }));
    out.sort_by_key(|p| p.range.start);
    out
}

fn opens(kind: HoleKind, inner: &str, word: &str) -> bool {
    match kind {
        HoleKind::Handlebars => inner.starts_with('#') || (inner.starts_with('^') && inner.len() > 1),
        _ => matches!(word, "if" | "for" | "range" | "with" | "define" | "block" | "unless"),
    }
}

/// Whether tags are why a document cannot be read.
pub(super) fn blocks_reading(manifest: &Manifest, document: &Document) -> bool {
    document.json.is_err() && !conditional::tags(manifest, document).is_empty()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const SET: &str = "kind: ApplicationSet\nspec:\n  generators:\n    - list:\n        elements:\n          - {env: dev, auto: \"true\", secret: a}\n  template:\n    spec:\n";

    #[test]
    fn conditions_become_a_patch() {
        let before = format!(
            "{SET}      syncPolicy:\n        {{{{#if auto == \"true\"}}}}\n        automated:\n          prune: true\n        {{{{/if}}}}\n        syncOptions:\n          - PruneLast=true\n"
        );
        let after = SET.replace(
            "spec:\n  generators",
            "spec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators",
        ) + "      syncPolicy:\n        syncOptions:\n          - PruneLast=true\n  templatePatch: |\n    {{- if eq .auto \"true\" }}\n    spec:\n      syncPolicy:\n        \
               automated:\n          prune: true\n    {{- end }}\n";
        Tester::new(&RULE)
            .finds(&before, &["10:9 `{{#if auto == \"true\"}}` is Handlebars"])
            .fixes_safely(&[(&before, &after)]);
    }

    #[test]
    fn sections_around_items_become_conditional_lists() {
        let before = format!(
            "{SET}      source:\n        helm:\n          valuesObject:\n            a: 1\n            secrets:\n              {{{{#secret}}}}- name: {{{{secret}}}}{{{{/secret}}}}\n"
        );
        let after = SET.replace(
            "spec:\n  generators",
            "spec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators",
        ) + "      source:\n        helm:\n          valuesObject:\n            a: 1\n  templatePatch: |\n    {{- if .secret }}\n    spec:\n      source:\n        helm:\n          \
               valuesObject:\n            secrets:\n              - name: '{{.secret}}'\n    {{- end }}\n";
        Tester::new(&RULE).fixes_safely(&[(&before, &after)]);
    }

    #[test]
    fn both_branches_become_one_field() {
        let before = format!(
            "{SET}      source:\n        helm:\n          valuesObject:\n            a: 1\n            ingress:\n              enabled: true\n              {{% if env == \"prod\" %}}\n              class: alb\n              \
             {{% else %}}\n              class: nginx\n              {{% endif %}}\n"
        );
        let fixed = Tester::new(&RULE).finds(&before, &["15:15 is Jinja"]).fixed(&before, false);
        let wanted = "            ingress:\n              enabled: true\n              class: {{ if eq .env \"prod\" }}alb{{ else }}nginx{{ end }}\n";
        assert!(fixed.contains(wanted), "{fixed}");
        assert!(fixed.contains("          valuesObject:\n            a: 1\n  templatePatch: |\n"), "{fixed}");
    }

    #[test]
    fn go_in_a_patch_is_at_home() {
        Tester::new(&RULE).pass(&[
            "kind: ApplicationSet\nspec:\n  goTemplate: true\n  templatePatch: |\n    {{- if .x }}\n    spec: {}\n    {{- end }}\n",
            "kind: ApplicationSet\nspec:\n  template:\n    metadata:\n      name: 'a-{{name}}'\n",
        ]);
        Tester::new(&RULE).fail(&[
            "kind: Application\nspec:\n  {% if x %}\n  project: a\n  {% endif %}\n",
            "kind: Application\nspec:\n  project: ${{ env.PROJECT }}\n",
            "kind: ApplicationSet\nspec:\n  template:\n    spec:\n      {{- if .x }}\n      project: a\n      {{- end }}\n",
        ]);
    }
}
