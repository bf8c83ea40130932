//! Any text is a skill that can be judged: nothing panics, and every finding points into the text.

use std::sync::Arc;

use proptest::prelude::*;
use seatrial_skill::{Skill, improved, lint, topics};
use seatrial_source::Memory;

const PIECES: [&str; 20] = [
    "---\n",
    "name: a\n",
    "description: é: [\n",
    "metadata: {a: 1}\n",
    "# Argo CD\n",
    "```yaml\n",
    "```\n",
    "~~~~\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n",
    "metadata: {name: 'a-{{b}}'}\nspec: {generators: [{list: {elements: [{b: 1}]}}], template: {",
    "valuesInline: {}\n",
    "Use `argocd app status x` é. Never `valuesFiles`.\n",
    "[a](../../x) ![b](references/a/b/c.md) [c](é)\n",
    "sync windows of an Application\u{202e}\n",
    "argocd app sync --force \"é",
    "{{ if }}\t\u{0}\n",
    "...\n",
    "\r\n",
    "é",
    "kubectl apply -f - <<E\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_text_can_be_judged(picked in prop::collection::vec((0usize..2, 0usize..PIECES.len()), 0..40)) {
        let of = |page: usize| -> String {
            let pieces: Vec<&str> = picked.iter().filter(|(p, _)| *p == page).map(|(_, i)| PIECES[*i]).collect();
            pieces.concat()
        };
        let memory: Memory = [("SKILL.md", of(0)), ("references/a.md", of(1))].into_iter().collect();
        let skill = Skill::of("a".to_owned(), Arc::new(memory)).unwrap();
        let report = lint(&skill);
        for finding in &report.findings {
            let file = report.file(finding.span.file);
            prop_assert!(file.is_some(), "{}: a finding without a place", finding.rule);
            prop_assert!(file.is_some_and(|file| file.text.get(finding.span.range()).is_some()), "{}: {:?}", finding.rule, finding.span);
        }
        let again = lint(&skill);
        prop_assert_eq!(report.findings, again.findings);
        // What is left out is taught by the patch.
        if let Some((text, added)) = improved(&skill) {
            let memory: Memory = [("SKILL.md", text), ("references/a.md", of(1))].into_iter().collect();
            let better = Skill::of("a".to_owned(), Arc::new(memory)).unwrap();
            let taught = topics(&better).iter().filter(|(_, how)| how.as_str() == "taught").count();
            prop_assert_eq!(taught, topics(&better).len(), "{:?}", added);
        }
    }
}
