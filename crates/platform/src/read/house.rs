//! Conventions, constraints, exceptions, levels, expectations.

use seatrial_yaml::{Kind, Node};

use super::{Reader, stated};
use crate::issue::{Issue, IssueKind};
use crate::keys::{is_null, scalar_word};
use crate::model::{
    Constraint, Conventions, Environments, Exception, Expect, Level, Modality, Platform, RuleSetting, Source,
    Superseded,
};
use crate::spanned::{Spanned, Text};

impl Reader<'_> {
    pub(super) fn house(&self, root: Node<'_>, platform: &mut Platform) {
        if let Some(node) = stated(root, "conventions") {
            platform.conventions = Conventions {
                application_name: self.text(stated(node, "applicationName")),
                namespace: self.text(stated(node, "namespace")),
                project: self.text(stated(node, "project")),
                labels: self.pairs(stated(node, "labels")),
            };
        }
        if let Some(node) = stated(root, "authors") {
            platform.authors.default = self.text(stated(node, "default"));
            for (name, author) in self.entries(node) {
                if let Some(model) = self.text(stated(author, "model")) {
                    platform.authors.models.push((name, model));
                }
            }
        }
        let items = |key: &str| -> Vec<Node<'_>> {
            stated(root, key).map(|list| list.items().collect()).unwrap_or_default()
        };
        for (index, item) in items("constraints").into_iter().enumerate() {
            if item.resolved().is_some_and(|item| item.kind() == Kind::Mapping) {
                let constraint = self.constraint(item, index, &mut platform.issues);
                platform.constraints.push(constraint);
            }
        }
        for item in items("exceptions") {
            if let Some(exception) = self.exception(item, &mut platform.issues) {
                platform.exceptions.push(exception);
            }
        }
        for (fact, node) in stated(root, "sources").map(|node| self.entries(node)).unwrap_or_default() {
            if !states(root, &fact, 0) {
                let message = format!("`sources` speaks of `{fact}`, which the platform file does not state");
                let issue = Issue::new(fact.span, IssueKind::UnknownName, message);
                platform.issues.push(issue.help("Correct the key, or drop the entry."));
            }
            platform.sources.push(self.source(fact, node));
        }
        for (name, node) in stated(root, "rules").map(|node| self.entries(node)).unwrap_or_default() {
            platform.rules.push(self.rule(name, node));
        }
        if let Some(node) = stated(root, "expect") {
            platform.expect = Expect { applications: self.list(stated(node, "applications")) };
        }
    }

    fn constraint(&self, node: Node<'_>, index: usize, issues: &mut Vec<Issue>) -> Constraint {
        let span = self.span(node);
        let text = |key: &str| self.text(stated(node, key));
        let id = text("id");
        let rule = text("rule");
        let name =
            id.as_ref().map_or_else(|| format!("constraints[{index}]"), |id| format!("constraint `{id}`"));
        if rule.is_none() && stated(node, "rule").is_none() {
            let message = format!("{name} has no `rule`, so nothing can break it");
            issues.push(
                Issue::new(span, IssueKind::InvalidConstraint, message).help("Give the condition in CEL."),
            );
        }
        if id.is_none() {
            let message = format!("{name} has no `id`; findings and exceptions cannot name it");
            issues
                .push(Issue::new(span, IssueKind::InvalidConstraint, message).help("Give it a short name."));
        }
        let level = self.modality(node);
        Constraint {
            id: id.unwrap_or_else(|| Spanned::new(format!("constraint-{}", index + 1), span)),
            level: level.unwrap_or(Spanned::new(Modality::Must, span)),
            environments: self.environments(stated(node, "environments")),
            rule,
            program: None,
            message: text("message"),
            source: text("source"),
            from: text("from"),
            superseded: self.superseded(node),
            except: self.texts(stated(node, "except")),
            span,
        }
    }

    fn modality(&self, node: Node<'_>) -> Option<Spanned<Modality>> {
        let word = self.text(stated(node, "level"))?;
        let known = [Modality::Must, Modality::Should, Modality::May];
        let found = known.into_iter().find(|modality| modality.as_str() == word.value)?;
        Some(Spanned::new(found, word.span))
    }

    fn superseded(&self, node: Node<'_>) -> Vec<Superseded> {
        let items =
            stated(node, "superseded").map(|list| list.items().collect::<Vec<_>>()).unwrap_or_default();
        let items =
            items.into_iter().filter(|item| item.resolved().is_some_and(|i| i.kind() == Kind::Mapping));
        items
            .map(|item| Superseded {
                value: stated(item, "value").map_or(serde_json::Value::Null, Node::to_json),
                quote: self.text(stated(item, "quote")),
                from: self.text(stated(item, "from")),
            })
            .collect()
    }

    fn source(&self, fact: Text, node: Node<'_>) -> Source {
        let text = |key: &str| self.text(stated(node, key));
        Source {
            level: self.modality(node),
            quote: text("quote"),
            from: text("from"),
            support: text("support"),
            evidence: self.texts(stated(node, "evidence")),
            exceptions: self.texts(stated(node, "exceptions")),
            superseded: self.superseded(node),
            span: self.span(node),
            fact,
        }
    }

    fn exception(&self, node: Node<'_>, issues: &mut Vec<Issue>) -> Option<Exception> {
        let span = self.span(node);
        let rule = self.text(stated(node, "rule"))?;
        let reason = self.text(stated(node, "reason"));
        if reason.is_none() {
            let message = format!("the exception from `{rule}` has no reason");
            issues.push(Issue::new(rule.span, IssueKind::Gap, message).help("Say why in `reason`."));
        }
        Some(Exception {
            rule,
            applications: self.texts(stated(node, "applications")),
            environments: self.environments(stated(node, "environments")),
            reason,
            span,
        })
    }

    fn rule(&self, name: Text, node: Node<'_>) -> RuleSetting {
        let word = self.word(node).or_else(|| self.word(stated(node, "level")?));
        let level = word.and_then(|word| {
            let levels = [Level::Off, Level::Note, Level::Warning, Level::Error];
            let found = levels.into_iter().find(|level| level.as_str() == word.value)?;
            Some(Spanned::new(found, word.span))
        });
        let mut options = node.to_json();
        if let Some(object) = options.as_object_mut() {
            object.remove("level");
            object.remove("environments");
        } else {
            options = serde_json::Value::Object(serde_json::Map::new());
        }
        RuleSetting { name, level, environments: self.environments(stated(node, "environments")), options }
    }

    fn word(&self, node: Node<'_>) -> Option<Text> {
        Some(Spanned::new(scalar_word(node.resolved()?)?, self.span(node)))
    }

    /// `[prod]`, `all`, `all except dev, test`, `{except: [dev]}`; everywhere when not given.
    fn environments(&self, node: Option<Node<'_>>) -> Environments {
        let Some(node) = node.filter(|node| !is_null(*node)) else { return Environments::All };
        match node.resolved().map(Node::kind) {
            Some(Kind::Sequence) => named(self.texts(Some(node))),
            Some(Kind::Mapping) => match (stated(node, "except"), stated(node, "only")) {
                (Some(except), _) => Environments::AllExcept(self.texts(Some(except))),
                (None, Some(only)) => named(self.texts(Some(only))),
                (None, None) => Environments::All,
            },
            _ => match self.text(Some(node)) {
                Some(text) => in_words(text),
                None => Environments::All,
            },
        }
    }
}

/// Whether a mapping states the key `path`; names within it may have dots of their own.
fn states(node: Node<'_>, path: &str, depth: usize) -> bool {
    let Some(node) = node.resolved().filter(|_| depth < 16) else { return false };
    node.entries().any(|entry| {
        let Some(key) = entry.key.key_text() else { return false };
        let rest = path.strip_prefix(&*key);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix('.').is_some_and(|rest| states(entry.value, rest, depth + 1))
        })
    })
}

fn named(list: Vec<Text>) -> Environments {
    if list.iter().any(|item| item.value == "all") { Environments::All } else { Environments::Only(list) }
}

/// Environments as people write them in one line.
fn in_words(text: Text) -> Environments {
    let span = text.span;
    let words = text.value.trim();
    let split = |list: &str| -> Vec<Text> {
        list.split([',', ' '])
            .map(str::trim)
            .filter(|name| !name.is_empty() && *name != "and")
            .map(|name| Spanned::new(name.to_owned(), span))
            .collect()
    };
    let lower = words.to_ascii_lowercase();
    let rest = lower.strip_prefix("all").or_else(|| lower.strip_prefix("every")).map(str::trim_start);
    match rest {
        Some("") => Environments::All,
        Some(rest) => {
            let marks = ["except", "but", "without"];
            let excepted =
                marks.into_iter().find_map(|mark| rest.strip_prefix(mark)?.strip_prefix([' ', ':']));
            match excepted {
                Some(names) => Environments::AllExcept(split(&words[words.len() - names.len()..])),
                None => Environments::Only(split(words)),
            }
        }
        None => Environments::Only(split(words)),
    }
}
