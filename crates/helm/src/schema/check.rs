//! A value against a schema, keyword by keyword in the library's order.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::compile::{Compiled, Compiler};
use super::fault::{Fault, Kind};
use super::json::{Json, types};
use super::metaschema::{self, Draft};
use super::model::{Extra, Id, Need, Schema};
use super::number::{Decimal, grouped};
use super::{quoted, single_quoted};
use crate::bounds::{option, raised_by};

/// How deep schemas and values may be nested together.
pub(super) const DEEPEST: usize = 500;
/// The most times that a value of a draft's own schema is held against it.
const DRAFT_CHECKS: u64 = 5_000_000;

/// What did not fit, as text.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) limit: bool,
}

/// Checks a value, holding values against schemas at most `most` times; `old` is for the library as it was before 6.0.3.
pub(super) fn check(compiled: &Compiled, value: &Json, most: u64, old: bool) -> Result<(), Found> {
    let mut checker = Checker { compiled, at: Vec::new(), checks: 0, most, limit: None, old };
    let scope = Scope { schema: 0, keyword: "", value: 0, depth: 0, parent: None };
    let left = Left::of(value, compiled.schemas.first(), false);
    let result = checker.schema(value, &scope, left, false);
    if let Some(limit) = checker.limit {
        return Err(Found { text: limit, limit: true });
    }
    let Err(fault) = result else { return Ok(()) };
    let mut text = String::new();
    for part in fault.parts() {
        part.write(&mut text, 0);
    }
    Err(Found { text, limit: false })
}

thread_local! {
    /// The drafts' own schemas.
    static DRAFTS: RefCell<HashMap<Draft, Rc<Compiled>>> = RefCell::default();
}

/// Checks a schema against its draft's own; `location` names it in the error.
pub(super) fn against_draft(draft: Draft, schema: &Json, location: &str) -> Result<(), String> {
    let url = metaschema::url(draft);
    let known = DRAFTS.with_borrow(|drafts| drafts.get(&draft).cloned());
    let compiled = match known {
        Some(compiled) => compiled,
        None => {
            let compiled = Rc::new(Compiler::new(true).compile(&url, None)?);
            DRAFTS.with_borrow_mut(|drafts| drafts.insert(draft, Rc::clone(&compiled)));
            compiled
        }
    };
    check(&compiled, schema, DRAFT_CHECKS, false).map_err(|found| {
        format!(
            "{} is not valid against metaschema: jsonschema validation failed with {}\n{}",
            quoted(location),
            single_quoted(&format!("{url}#")),
            found.text
        )
    })
}

/// The schemas on the way to this one.
struct Scope<'s> {
    schema: Id,
    keyword: &'static str,
    /// Which value is looked at: its number on the way.
    value: usize,
    depth: usize,
    parent: Option<&'s Scope<'s>>,
}

/// What no schema has looked at yet, for the `unevaluated` keywords.
#[derive(Default)]
struct Left {
    properties: BTreeSet<String>,
    items: BTreeSet<usize>,
}

impl Left {
    fn of(value: &Json, schema: Option<&Schema>, wanted: bool) -> Self {
        let mut left = Self::default();
        let Some(schema) = schema else { return left };
        match value {
            Json::Object(entries)
                if !schema.evaluates_all_properties()
                    && (wanted || schema.unevaluated_properties.is_some()) =>
            {
                left.properties = entries.keys().cloned().collect();
            }
            Json::Array(items)
                if !schema.evaluates_all_items() && (wanted || schema.unevaluated_items.is_some()) =>
            {
                left.items = (schema.prefix.len()..items.len()).collect();
            }
            _ => {}
        }
        left
    }

    fn keep(&mut self, other: &Self) {
        self.properties.retain(|name| other.properties.contains(name));
        self.items.retain(|index| other.items.contains(index));
    }

    fn is_empty(&self) -> bool {
        self.properties.is_empty() && self.items.is_empty()
    }
}

struct Checker<'c> {
    compiled: &'c Compiled,
    at: Vec<String>,
    checks: u64,
    most: u64,
    limit: Option<String>,
    old: bool,
}

type Checked = Result<Left, Fault>;

/// What is gathered while one value is held against one schema.
struct Run<'r, 's> {
    schema: &'r Schema,
    scope: &'r Scope<'s>,
    left: Left,
    faults: Vec<Fault>,
    quick: bool,
}

impl Checker<'_> {
    fn words(&self, text: impl Into<String>) -> Fault {
        Fault::new(&self.at, Kind::Words(text.into()), Vec::new())
    }

    fn schema(&mut self, value: &Json, scope: &Scope<'_>, left: Left, quick: bool) -> Checked {
        let Some(schema) = self.compiled.schemas.get(scope.schema) else { return Ok(left) };
        self.checks += 1;
        if self.limit.is_none() && scope.depth > DEEPEST {
            self.limit = Some(format!("values and their schema are nested more than {DEEPEST} deep"));
        }
        if self.limit.is_none() && self.checks > self.most {
            let how = raised_by(option::STEPS);
            self.limit = Some(format!("the schema takes more than {} checks{how}", self.most));
        }
        if self.limit.is_some() {
            return Err(self.words("limit"));
        }
        match schema.always {
            Some(true) => return Ok(left),
            Some(false) => return Err(self.words("false schema")),
            None => {}
        }
        if let Some(other) = cycle(scope) {
            let (here, there) = (self.keywords(scope), self.keywords(other));
            let url = quoted(&schema.location);
            return Err(
                self.words(format!("both {here} and {there} resolve to {url} causing reference cycle"))
            );
        }
        self.simple(schema, value)?;
        let mut run = Run { schema, scope, left, faults: Vec::new(), quick };
        if let Some(target) = schema.reference {
            let result = self.refer(&mut run, value, target, "$ref");
            if schema.draft < 2019 {
                return result.map(|()| run.left);
            }
            run.faults.extend(result.err());
        }
        match value {
            Json::Object(_) => self.object(&mut run, value),
            Json::Array(items) => self.array(&mut run, items),
            Json::String(text) => self.string(&mut run, text),
            Json::Number(text) => self.number(&mut run, text),
            _ => {}
        }
        if run.faults.is_empty() || !quick {
            if schema.draft >= 2019 {
                self.references(&mut run, value);
            }
            self.combined(&mut run, value);
            if schema.draft >= 2019 {
                self.unevaluated(&mut run, value);
            }
        }
        match run.faults.len() {
            0 => Ok(run.left),
            1 => Err(run.faults.remove(0)),
            _ => Err(Fault::new(&self.at, Kind::Group, run.faults)),
        }
    }

    /// What ends the check of a schema at once.
    fn simple(&self, schema: &Schema, value: &Json) -> Result<(), Fault> {
        let bit = value.type_bit();
        if schema.types != 0 && schema.types & bit == 0 {
            let whole = matches!(value, Json::Number(text) if Decimal::read(text).is_integer());
            if !(whole && schema.types & types::INTEGER != 0) {
                let wanted =
                    types::NAMES.iter().filter(|(bit, _)| schema.types & bit != 0).map(|(_, name)| *name);
                let wanted = wanted.collect::<Vec<_>>().join(" or ");
                return Err(self.words(format!("got {}, want {wanted}", value.type_name())));
            }
        }
        let plain = |value: &Json| !matches!(value, Json::Array(_) | Json::Object(_));
        if let Some(constant) = &schema.constant
            && !value.equals(constant)
        {
            return Err(self.words(if plain(constant) {
                format!("value must be {}", shown(constant))
            } else {
                "'const' failed".to_owned()
            }));
        }
        if let Some(choices) = &schema.choices
            && !choices.iter().any(|choice| value.equals(choice))
        {
            return Err(self.words(match choices.as_slice() {
                choices if !choices.iter().all(plain) => "'enum' failed".to_owned(),
                [only] => format!("value must be {}", shown(only)),
                choices => {
                    let choices: Vec<_> = choices.iter().map(shown).collect();
                    format!("value must be one of {}", choices.join(", "))
                }
            }));
        }
        if let (Some(format), Json::String(text)) = (schema.format, value)
            && let Err(why) = format.check(text)
        {
            return Err(self.words(format!("{} is not valid {}: {why}", single_quoted(text), format.name())));
        }
        Ok(())
    }

    /// The same value against another schema.
    fn same(
        &mut self,
        run: &mut Run<'_, '_>,
        value: &Json,
        schema: Id,
        keyword: &'static str,
        quick: bool,
    ) -> Result<(), Fault> {
        let parent = run.scope;
        let scope =
            Scope { schema, keyword, value: parent.value, depth: parent.depth + 1, parent: Some(parent) };
        let left = Left::of(value, self.compiled.schemas.get(schema), !run.left.is_empty());
        let left = self.schema(value, &scope, left, run.quick || quick)?;
        run.left.keep(&left);
        Ok(())
    }

    /// A value inside against a schema.
    fn inner(&mut self, run: &Run<'_, '_>, value: &Json, schema: Id, name: String) -> Result<(), Fault> {
        self.at.push(name);
        let parent = run.scope;
        let scope = Scope {
            schema,
            keyword: "",
            value: parent.value + 1,
            depth: parent.depth + 1,
            parent: Some(parent),
        };
        let left = Left::of(value, self.compiled.schemas.get(schema), false);
        let result = self.schema(value, &scope, left, run.quick);
        self.at.pop();
        result.map(|_| ())
    }

    fn refer(
        &mut self,
        run: &mut Run<'_, '_>,
        value: &Json,
        target: Id,
        keyword: &'static str,
    ) -> Result<(), Fault> {
        self.same(run, value, target, keyword, false)
            .map_err(|fault| Fault::new(&self.at, Kind::Reference, fault.parts()))
    }

    fn missing(names: &[String], value: &Json) -> Option<String> {
        let missing = names.iter().filter(|name| value.get(name).is_none());
        let missing: Vec<_> = missing.map(|name| single_quoted(name)).collect();
        match missing.len() {
            0 => None,
            _ => Some(missing.join(", ")),
        }
    }

    fn object(&mut self, run: &mut Run<'_, '_>, value: &Json) {
        let Json::Object(entries) = value else { return };
        let schema = run.schema;
        let size = entries.len() as i64;
        self.bounds(run, "Properties", size, schema.min_properties, schema.max_properties);
        if let Some(missing) = Self::missing(&schema.required, value) {
            let property = if missing_many(&schema.required, value) { "properties" } else { "property" };
            run.faults.push(self.words(format!("missing {property} {missing}")));
        }
        if run.quick && !run.faults.is_empty() {
            return;
        }
        for (name, need) in schema.dependencies.iter().filter(|(name, _)| entries.contains_key(*name)) {
            match need {
                Need::Properties(names) => self.needed(run, name, names, value),
                Need::Schema(id) => {
                    let result = self.same(run, value, *id, "", false);
                    run.faults.extend(result.err());
                }
            }
        }
        let mut strangers = Vec::new();
        for (name, inner) in entries {
            if run.quick && !run.faults.is_empty() {
                return;
            }
            let mut seen = false;
            if let Some(id) = schema.properties.get(name) {
                seen = true;
                let result = self.inner(run, inner, *id, name.clone());
                run.faults.extend(result.err());
            }
            for (_, id) in schema.patterns.iter().filter(|(pattern, _)| pattern.is_match(name.as_bytes())) {
                seen = true;
                let result = self.inner(run, inner, *id, name.clone());
                run.faults.extend(result.err());
            }
            if !seen && let Some(extra) = schema.additional {
                seen = true;
                match extra {
                    Extra::Flag(true) => {}
                    Extra::Flag(false) => strangers.push(single_quoted(name)),
                    Extra::Schema(id) => {
                        let result = self.inner(run, inner, id, name.clone());
                        run.faults.extend(result.err());
                    }
                }
            }
            if seen {
                run.left.properties.remove(name);
            }
        }
        if !strangers.is_empty() {
            run.faults
                .push(self.words(format!("additional properties {} not allowed", strangers.join(", "))));
        }
        if let Some(id) = schema.property_names {
            for name in entries.keys() {
                self.property_name(run, id, name);
            }
        }
        if schema.draft == 6 {
            return;
        }
        for (name, id) in schema.dependent_schemas.iter().filter(|(name, _)| entries.contains_key(*name)) {
            let _ = name;
            let result = self.same(run, value, *id, "", false);
            run.faults.extend(result.err());
        }
        for (name, names) in schema.dependent_required.iter().filter(|(name, _)| entries.contains_key(*name))
        {
            self.needed(run, name, names, value);
        }
    }

    fn needed(&self, run: &mut Run<'_, '_>, name: &str, names: &[String], value: &Json) {
        if let Some(missing) = Self::missing(names, value) {
            let name = single_quoted(name);
            run.faults.push(self.words(format!("properties {missing} required, if {name} exists")));
        }
    }

    /// A name is a value of its own; before 6.0.3 its fault was told without a place.
    fn property_name(&mut self, run: &mut Run<'_, '_>, id: Id, name: &str) {
        let at = std::mem::take(&mut self.at);
        let value = Json::String(name.to_owned());
        let scope = Scope { schema: id, keyword: "", value: 0, depth: run.scope.depth + 1, parent: None };
        let left = Left::of(&value, self.compiled.schemas.get(id), false);
        let result = self.schema(&value, &scope, left, false);
        self.at = at;
        if let Err(fault) = result {
            let place: &[String] = if self.old { &[] } else { &self.at };
            let words = format!("invalid propertyName {}", single_quoted(name));
            run.faults.push(Fault::new(place, Kind::Words(words), fault.parts()));
        }
    }

    fn bounds(&self, run: &mut Run<'_, '_>, what: &str, got: i64, min: Option<i64>, max: Option<i64>) {
        let told = |word: &str, want: i64| {
            let english = |number: i64| {
                let sign = if number < 0 { "-" } else { "" };
                format!("{sign}{}", grouped(&number.unsigned_abs().to_string()))
            };
            self.words(format!("{word}{what}: got {}, want {}", english(got), english(want)))
        };
        run.faults.extend(min.filter(|min| got < *min).map(|min| told("min", min)));
        run.faults.extend(max.filter(|max| got > *max).map(|max| told("max", max)));
    }

    fn array(&mut self, run: &mut Run<'_, '_>, items: &[Json]) {
        let schema = run.schema;
        self.bounds(run, "Items", items.len() as i64, schema.min_items, schema.max_items);
        if schema.unique
            && let Some((first, second)) = duplicates(items)
        {
            run.faults.push(self.words(format!("items at {first} and {second} are equal")));
        }
        for (index, (item, id)) in items.iter().zip(&schema.prefix).enumerate() {
            let result = self.inner(run, item, *id, index.to_string());
            run.faults.extend(result.err());
        }
        let seen = schema.prefix.len().min(items.len());
        let rest = match (schema.items, schema.additional_items) {
            (Some(id), _) => Some(Extra::Schema(id)),
            (None, extra) => extra,
        };
        match rest {
            Some(Extra::Schema(id)) => {
                for (index, item) in items.iter().enumerate().skip(seen) {
                    // Before 6.0.3 items after the first ones were counted from zero.
                    let shown = if self.old { index - seen } else { index };
                    let result = self.inner(run, item, id, shown.to_string());
                    run.faults.extend(result.err());
                }
            }
            Some(Extra::Flag(false)) if seen < items.len() => {
                let count = grouped(&(items.len() - seen).to_string());
                run.faults.push(self.words(format!("last {count} additionalItem(s) not allowed")));
            }
            _ => {}
        }
        if let Some(id) = schema.contains {
            self.contains(run, items, id);
        }
    }

    fn contains(&mut self, run: &mut Run<'_, '_>, items: &[Json], id: Id) {
        let (mut faults, mut matched) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            match self.inner(run, item, id, index.to_string()) {
                Err(fault) => faults.push(fault),
                Ok(()) => {
                    matched.push(index.to_string());
                    if run.schema.draft >= 2020 {
                        run.left.items.remove(&index);
                    }
                }
            }
        }
        let count = matched.len() as i64;
        let told = |word: &str, want: i64| {
            format!(
                "{word} {want} items required to match contains schema, but matched {count} items at {}",
                matched.join(" ")
            )
        };
        let words = match run.schema.min_contains {
            Some(min) if count < min && count == 0 => {
                Some(format!("min {min} items required to match contains schema, but none matched"))
            }
            Some(min) if count < min => Some(told("min", min)),
            None if count == 0 => Some("no items match contains schema".to_owned()),
            _ => None,
        };
        if let Some(words) = words {
            run.faults.push(Fault::new(&self.at, Kind::Words(words), faults));
        }
        if let Some(max) = run.schema.max_contains.filter(|max| count > *max) {
            run.faults.push(self.words(told("max", max)));
        }
    }

    fn string(&self, run: &mut Run<'_, '_>, text: &str) {
        let schema = run.schema;
        if schema.min_length.is_some() || schema.max_length.is_some() {
            let length = text.chars().count() as i64;
            self.bounds(run, "Length", length, schema.min_length, schema.max_length);
        }
        if let Some((regexp, pattern)) = &schema.pattern
            && !regexp.is_match(text.as_bytes())
        {
            let (text, pattern) = (single_quoted(text), single_quoted(pattern));
            run.faults.push(self.words(format!("{text} does not match pattern {pattern}")));
        }
    }

    fn number(&self, run: &mut Run<'_, '_>, text: &str) {
        let schema = run.schema;
        let got = Decimal::read(text);
        let told = |word: &str, want: &Decimal| {
            self.words(format!("{word}: got {}, want {}", got.shown(), want.shown()))
        };
        let checks = [
            ("minimum", &schema.minimum, (|got, want| got < want) as fn(&Decimal, &Decimal) -> bool),
            ("maximum", &schema.maximum, |got, want| got > want),
            ("exclusiveMinimum", &schema.exclusive_minimum, |got, want| got <= want),
            ("exclusiveMaximum", &schema.exclusive_maximum, |got, want| got >= want),
            ("multipleOf", &schema.multiple_of, |got, want| !got.is_multiple_of(want)),
        ];
        for (word, want, fails) in checks {
            run.faults.extend(want.as_ref().filter(|want| fails(&got, want)).map(|want| told(word, want)));
        }
    }

    fn combined(&mut self, run: &mut Run<'_, '_>, value: &Json) {
        let schema = run.schema;
        if let Some(not) = schema.not
            && self.same(run, value, not, "", true).is_ok()
        {
            run.faults.push(self.words("'not' failed"));
        }
        let mut faults = Vec::new();
        for id in &schema.all_of {
            faults.extend(self.same(run, value, *id, "", false).err());
            if run.quick && !faults.is_empty() {
                break;
            }
        }
        if !faults.is_empty() {
            run.faults.push(Fault::new(&self.at, Kind::Words("'allOf' failed".to_owned()), faults));
        }
        if !schema.any_of.is_empty() {
            let (mut faults, mut matched) = (Vec::new(), false);
            for id in &schema.any_of {
                match self.same(run, value, *id, "", false) {
                    Err(fault) => faults.push(fault),
                    Ok(()) => {
                        matched = true;
                        if run.left.is_empty() {
                            break;
                        }
                    }
                }
            }
            if !matched {
                run.faults.push(Fault::new(&self.at, Kind::Words("'anyOf' failed".to_owned()), faults));
            }
        }
        if !schema.one_of.is_empty() {
            self.one_of(run, value);
        }
        if let Some(condition) = schema.condition {
            let holds = self.same(run, value, condition, "", true).is_ok();
            if let Some(id) = if holds { schema.then } else { schema.otherwise } {
                let result = self.same(run, value, id, "", false);
                run.faults.extend(result.err());
            }
        }
    }

    fn one_of(&mut self, run: &mut Run<'_, '_>, value: &Json) {
        let (mut faults, mut matched) = (Vec::new(), None);
        for (index, id) in run.schema.one_of.iter().enumerate() {
            match (self.same(run, value, *id, "", matched.is_some()), matched) {
                (Err(fault), None) => faults.push(fault),
                (Err(_), Some(_)) => {}
                (Ok(()), None) => matched = Some(index),
                (Ok(()), Some(first)) => {
                    run.faults
                        .push(self.words(format!("'oneOf' failed, subschemas {first}, {index} matched")));
                    break;
                }
            }
        }
        if matched.is_none() {
            let words = Kind::Words("'oneOf' failed, none matched".to_owned());
            run.faults.push(Fault::new(&self.at, words, faults));
        }
    }

    fn references(&mut self, run: &mut Run<'_, '_>, value: &Json) {
        let schemas = &self.compiled.schemas;
        let resource = |id: Id| schemas.get(id).and_then(|schema| schemas.get(schema.resource));
        if let Some(mut target) = run.schema.recursive {
            if schemas.get(target).is_some_and(|schema| schema.recursive_anchor) {
                let mut at = Some(run.scope);
                while let Some(scope) = at {
                    if resource(scope.schema).is_some_and(|schema| schema.recursive_anchor) {
                        target = scope.schema;
                    }
                    at = scope.parent;
                }
            }
            let result = self.refer(run, value, target, "$recursiveRef");
            run.faults.extend(result.err());
        }
        if let Some((mut target, anchor)) = run.schema.dynamic.clone() {
            if let Some(anchor) = anchor
                && schemas.get(target).is_some_and(|schema| schema.dynamic_anchor.as_ref() == Some(&anchor))
            {
                let mut at = Some(run.scope);
                while let Some(scope) = at {
                    if let Some(id) =
                        resource(scope.schema).and_then(|schema| schema.dynamic_anchors.get(&anchor))
                    {
                        target = *id;
                    }
                    at = scope.parent;
                }
            }
            let result = self.refer(run, value, target, "$dynamicRef");
            run.faults.extend(result.err());
        }
    }

    fn unevaluated(&mut self, run: &mut Run<'_, '_>, value: &Json) {
        if let (Some(id), Json::Object(entries)) = (run.schema.unevaluated_properties, value) {
            for name in std::mem::take(&mut run.left.properties) {
                if let Some(inner) = entries.get(&name) {
                    let result = self.inner(run, inner, id, name);
                    run.faults.extend(result.err());
                }
            }
        }
        if let (Some(id), Json::Array(items)) = (run.schema.unevaluated_items, value) {
            for index in std::mem::take(&mut run.left.items) {
                if let Some(item) = items.get(index) {
                    let result = self.inner(run, item, id, index.to_string());
                    run.faults.extend(result.err());
                }
            }
        }
    }

    /// The keywords that led to a schema.
    fn keywords(&self, scope: &Scope<'_>) -> String {
        let location = |id: Id| self.compiled.schemas.get(id).map_or("", |schema| schema.location.as_str());
        let (mut text, mut at) = (String::new(), scope);
        while let Some(parent) = at.parent {
            let step = if at.keyword.is_empty() {
                location(at.schema).get(location(parent.schema).len()..).unwrap_or_default().to_owned()
            } else {
                format!("/{}", at.keyword)
            };
            text = step + &text;
            at = parent;
        }
        text
    }
}

/// The same schema further out, for the same value.
fn cycle<'s>(scope: &'s Scope<'s>) -> Option<&'s Scope<'s>> {
    let mut at = scope.parent;
    while let Some(other) = at.filter(|other| other.value == scope.value) {
        if other.schema == scope.schema {
            return Some(other);
        }
        at = other.parent;
    }
    None
}

fn missing_many(names: &[String], value: &Json) -> bool {
    names.iter().filter(|name| value.get(name).is_none()).nth(1).is_some()
}

/// A value that is neither list nor table.
fn shown(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(text) => text.to_string(),
        Json::String(text) => single_quoted(text),
        _ => "value".to_owned(),
    }
}

/// The first item that stood before, after that one.
fn duplicates(items: &[Json]) -> Option<(usize, usize)> {
    let mut seen = HashMap::new();
    items.iter().enumerate().find_map(|(index, item)| {
        let before = *seen.entry(item.canonical()).or_insert(index);
        (before != index).then_some((before, index))
    })
}
