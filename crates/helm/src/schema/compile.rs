//! From documents to schemas: identifiers and anchors are found, references resolved, keywords read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use seatrial_gotemplate::goregexp::Regexp;

use super::format::Format;
use super::json::{Json, types};
use super::location::{escape, join, scheme, split, token};
use super::metaschema::{self, Draft};
use super::model::{Extra, Id, Need, Schema};
use super::number::Decimal;
use super::{check, quoted};

/// The most schemas that one schema may consist of.
const MOST_SCHEMAS: usize = 200_000;

/// Schemas that refer to each other by number.
#[derive(Default)]
pub(super) struct Compiled {
    pub(super) schemas: Vec<Schema>,
}

/// A document with schemas in it.
struct Root {
    document: Rc<Json>,
    resources: BTreeMap<String, Resource>,
    seen: BTreeSet<String>,
}

/// A schema with an identifier, by its JSON pointer.
struct Resource {
    url: String,
    draft: Draft,
    anchors: BTreeMap<String, String>,
    dynamic: BTreeSet<String>,
}

pub(super) struct Compiler {
    roots: HashMap<String, Root>,
    given: HashMap<String, Rc<Json>>,
    compiled: Compiled,
    /// Location of each schema, as document and pointer.
    places: Vec<(String, String)>,
    known: HashMap<(String, String), Id>,
    /// The drafts' own schemas, whose formats always count.
    meta: bool,
}

/// Where schemas stand in a schema: below the keyword itself, in its entries, in its items.
const INSIDE: &[(&str, Draft)] = &[
    ("not", 4),
    ("additionalProperties", 4),
    ("items", 4),
    ("additionalItems", 4),
    ("propertyNames", 6),
    ("contains", 6),
    ("if", 7),
    ("then", 7),
    ("else", 7),
    ("unevaluatedProperties", 2019),
    ("unevaluatedItems", 2019),
    ("contentSchema", 2019),
];
const ENTRIES: &[(&str, Draft)] = &[
    ("definitions", 4),
    ("properties", 4),
    ("patternProperties", 4),
    ("dependencies", 4),
    ("$defs", 2019),
    ("dependentSchemas", 2019),
];
const ITEMS: &[(&str, Draft)] =
    &[("allOf", 4), ("anyOf", 4), ("oneOf", 4), ("items", 4), ("prefixItems", 2020)];

impl Compiler {
    pub(super) fn new(meta: bool) -> Self {
        Self {
            roots: HashMap::new(),
            given: HashMap::new(),
            compiled: Compiled::default(),
            places: Vec::new(),
            known: HashMap::new(),
            meta,
        }
    }

    /// Compiles the document at a URL, which becomes schema 0.
    pub(super) fn compile(mut self, url: &str, document: Option<Json>) -> Result<Compiled, String> {
        if let Some(document) = document {
            self.given.insert(url.to_owned(), Rc::new(document));
        }
        self.load(url)?;
        self.enqueue(url, String::new());
        let mut next = 0;
        while let Some((url, pointer)) = self.places.get(next).cloned() {
            if next > MOST_SCHEMAS {
                return Err(format!("the schema consists of more than {MOST_SCHEMAS} schemas"));
            }
            self.ensure(&url, &pointer)?;
            let document = Rc::clone(&self.root(&url)?.document);
            let value = document.at(&pointer).ok_or_else(|| {
                format!("json-pointer in {} not found", quoted(&format!("{url}#{}", escape(&pointer))))
            })?;
            let schema = self.schema(value, &url, &pointer)?;
            if let Some(place) = self.compiled.schemas.get_mut(next) {
                *place = schema;
            }
            next += 1;
        }
        Ok(self.compiled)
    }

    fn root(&self, url: &str) -> Result<&Root, String> {
        self.roots.get(url).ok_or_else(|| format!("failing loading {}: not loaded", quoted(url)))
    }

    fn load(&mut self, url: &str) -> Result<(), String> {
        if self.roots.contains_key(url) {
            return Ok(());
        }
        let document = match self.given.get(url) {
            Some(document) => Rc::clone(document),
            None => Rc::new(fetch(url)?),
        };
        let mut root =
            Root { document: Rc::clone(&document), resources: BTreeMap::new(), seen: BTreeSet::new() };
        collect(&mut root, &document, url, url, "", 2020, 0)?;
        let draft = root.resources.get("").map_or(2020, |resource| resource.draft);
        self.roots.insert(url.to_owned(), root);
        if !is_meta(url) {
            check::against_draft(draft, &document, &format!("{url}#"))?;
        }
        Ok(())
    }

    /// Makes sure that what stands at a place was looked at as a schema.
    fn ensure(&mut self, url: &str, pointer: &str) -> Result<(), String> {
        self.load(url)?;
        let Some(root) = self.roots.get_mut(url).filter(|root| !root.seen.contains(pointer)) else {
            return Ok(());
        };
        let document = Rc::clone(&root.document);
        let location = format!("{url}#{}", escape(pointer));
        let value =
            document.at(pointer).ok_or_else(|| format!("json-pointer in {} not found", quoted(&location)))?;
        let (base, draft) = nearest(root, pointer)
            .map_or_else(|| (url.to_owned(), 2020), |(_, resource)| (resource.url.clone(), resource.draft));
        collect(root, value, url, &base, pointer, draft, 0)?;
        if is_meta(url) { Ok(()) } else { check::against_draft(draft, value, &location) }
    }

    fn enqueue(&mut self, url: &str, pointer: String) -> Id {
        let place = (url.to_owned(), pointer);
        if let Some(id) = self.known.get(&place) {
            return *id;
        }
        let id = self.places.len();
        let location = format!("{url}#{}", escape(&place.1));
        self.compiled.schemas.push(Schema { location, ..Schema::default() });
        self.known.insert(place.clone(), id);
        self.places.push(place);
        id
    }

    fn refer(&mut self, reference: &str, url: &str, pointer: &str) -> Result<(Id, String), String> {
        let base = nearest(self.root(url)?, pointer).map_or_else(|| url.to_owned(), |(_, r)| r.url.clone());
        let (relative, fragment) = split(reference);
        let target = join(&base, relative);
        let root = self.root(url)?;
        let local = if target == url {
            Some("")
        } else {
            root.resources.iter().find(|(_, resource)| resource.url == target).map(|(at, _)| at.as_str())
        };
        let (document, at) = match local {
            Some(at) => (url.to_owned(), at.to_owned()),
            None => {
                self.load(&target)?;
                (target.clone(), String::new())
            }
        };
        let found = if fragment.is_empty() || fragment.starts_with('/') {
            format!("{at}{fragment}")
        } else {
            let resource = self.root(&document)?.resources.get(&at);
            resource.and_then(|resource| resource.anchors.get(&fragment)).cloned().ok_or_else(|| {
                let named = quoted(&format!("{target}#{}", escape(&fragment)));
                format!("anchor in {named} not found in schema {}", quoted(&document))
            })?
        };
        Ok((self.enqueue(&document, found), fragment))
    }

    fn schema(&mut self, value: &Json, url: &str, pointer: &str) -> Result<Schema, String> {
        let root = self.root(url)?;
        let (at, draft, anchors) = nearest(root, pointer).map_or_else(
            || (String::new(), 2020, Vec::new()),
            |(at, resource)| {
                let dynamic = resource
                    .dynamic
                    .iter()
                    .filter_map(|name| Some((name.clone(), resource.anchors.get(name)?.clone())));
                (at.to_owned(), resource.draft, dynamic.collect())
            },
        );
        let location = format!("{url}#{}", escape(pointer));
        let mut schema = Schema { location, draft, ..Schema::default() };
        schema.resource = self.enqueue(url, at.clone());
        if draft >= 2020 && at == pointer {
            for (name, at) in anchors {
                let id = self.enqueue(url, at);
                schema.dynamic_anchors.insert(name, id);
            }
        }
        match value {
            Json::Bool(value) => schema.always = Some(*value),
            Json::Object(entries) if entries.is_empty() => schema.always = Some(true),
            Json::Object(_) => self.keywords(&mut schema, value, url, pointer)?,
            _ => {}
        }
        Ok(schema)
    }

    fn keywords(
        &mut self,
        schema: &mut Schema,
        value: &Json,
        url: &str,
        pointer: &str,
    ) -> Result<(), String> {
        let draft = schema.draft;
        if let Some(reference) = value.str("$ref") {
            schema.reference = Some(self.refer(reference, url, pointer)?.0);
            if draft < 2019 {
                return Ok(());
            }
        }
        let mut below = |keyword: &str| {
            value.get(keyword).map(|_| self.enqueue(url, format!("{pointer}/{}", token(keyword))))
        };
        let extra = |keyword: &str, id: Option<Id>| match value.bool(keyword) {
            Some(flag) => Some(Extra::Flag(flag)),
            None => id.map(Extra::Schema),
        };
        schema.not = below("not");
        schema.additional = extra("additionalProperties", below("additionalProperties"));
        if draft < 2020 {
            if value.array("items").is_some() {
                schema.additional_items = extra("additionalItems", below("additionalItems"));
            } else {
                schema.items = below("items");
            }
        } else {
            schema.items = below("items");
        }
        if draft >= 6 {
            schema.contains = below("contains");
            schema.property_names = below("propertyNames");
        }
        if draft >= 7 {
            schema.condition = below("if");
            if schema.condition.is_some() {
                schema.then = below("then").filter(|_| value.bool("if") != Some(false));
                schema.otherwise = below("else").filter(|_| value.bool("if") != Some(true));
            }
        }
        if draft >= 2019 {
            schema.unevaluated_items = below("unevaluatedItems");
            schema.unevaluated_properties = below("unevaluatedProperties");
        }
        let mut each = |keyword: &str| -> Vec<Id> {
            let count = value.array(keyword).map_or(0, <[Json]>::len);
            (0..count)
                .map(|index| self.enqueue(url, format!("{pointer}/{}/{index}", token(keyword))))
                .collect()
        };
        schema.all_of = each("allOf");
        schema.any_of = each("anyOf");
        schema.one_of = each("oneOf");
        schema.prefix = each(if draft < 2020 { "items" } else { "prefixItems" });
        let mut entries = |keyword: &str| -> BTreeMap<String, Id> {
            let names = value.object(keyword).into_iter().flat_map(BTreeMap::keys);
            names
                .map(|name| {
                    let at = format!("{pointer}/{}/{}", token(keyword), token(name));
                    (name.clone(), self.enqueue(url, at))
                })
                .collect()
        };
        schema.properties = entries("properties");
        for (pattern, id) in entries("patternProperties") {
            schema.patterns.push((regexp(&pattern, url, pointer, "patternProperties")?, id));
        }
        if draft >= 2019 {
            schema.dependent_schemas = entries("dependentSchemas");
        }
        for (name, needs) in value.object("dependencies").into_iter().flatten() {
            let need = match needs {
                Json::Array(_) => Need::Properties(strings(Some(needs))),
                _ => Need::Schema(self.enqueue(url, format!("{pointer}/dependencies/{}", token(name)))),
            };
            schema.dependencies.insert(name.clone(), need);
        }
        self.assertions(schema, value, url, pointer)?;
        if draft == 2019 {
            if let Some(reference) = value.str("$recursiveRef") {
                schema.recursive = Some(self.refer(reference, url, pointer)?.0);
            }
            schema.recursive_anchor = value.bool("$recursiveAnchor") == Some(true);
        }
        if draft >= 2020 {
            if let Some(reference) = value.str("$dynamicRef") {
                let (id, fragment) = self.refer(reference, url, pointer)?;
                let anchor = Some(fragment).filter(|f| !f.is_empty() && !f.starts_with('/'));
                schema.dynamic = Some((id, anchor));
            }
            schema.dynamic_anchor = value.str("$dynamicAnchor").map(str::to_owned);
        }
        Ok(())
    }

    fn assertions(&self, schema: &mut Schema, value: &Json, url: &str, pointer: &str) -> Result<(), String> {
        let draft = schema.draft;
        let number = |keyword: &str| match value.get(keyword) {
            Some(Json::Number(text)) => Some(Decimal::read(text)),
            _ => None,
        };
        let count = |keyword: &str| number(keyword).and_then(|number| number.count());
        let flag = |keyword: &str| value.bool(keyword) == Some(true);
        let names: Vec<String> = match value.get("type") {
            Some(Json::String(name)) => vec![name.clone()],
            other => strings(other),
        };
        for (bit, name) in types::NAMES {
            if names.iter().any(|wanted| wanted == name) {
                schema.types |= bit;
            }
        }
        schema.choices = value.array("enum").map(<[Json]>::to_vec);
        if draft >= 6 {
            schema.constant = value.get("const").cloned();
        }
        schema.multiple_of = number("multipleOf");
        (schema.maximum, schema.exclusive_maximum) = if flag("exclusiveMaximum") {
            (None, number("maximum"))
        } else {
            (number("maximum"), number("exclusiveMaximum"))
        };
        (schema.minimum, schema.exclusive_minimum) = if flag("exclusiveMinimum") {
            (None, number("minimum"))
        } else {
            (number("minimum"), number("exclusiveMinimum"))
        };
        schema.min_length = count("minLength");
        schema.max_length = count("maxLength");
        schema.min_items = count("minItems");
        schema.max_items = count("maxItems");
        schema.min_properties = count("minProperties");
        schema.max_properties = count("maxProperties");
        schema.unique = flag("uniqueItems");
        schema.required = strings(value.get("required"));
        if let Some(pattern) = value.str("pattern") {
            schema.pattern = Some((regexp(pattern, url, pointer, "pattern")?, pattern.to_owned()));
        }
        if (self.meta || draft < 2019)
            && let Some(name) = value.str("format")
        {
            schema.format = Format::named(name);
        }
        if draft >= 2019 {
            if schema.contains.is_some() {
                schema.min_contains = count("minContains");
                schema.max_contains = count("maxContains");
            }
            for (name, needs) in value.object("dependentRequired").into_iter().flatten() {
                schema.dependent_required.insert(name.clone(), strings(Some(needs)));
            }
        }
        Ok(())
    }
}

fn is_meta(url: &str) -> bool {
    url.starts_with("http://json-schema.org/") || url.starts_with("https://json-schema.org/")
}

/// A document that is not the chart's: a draft's own is known, a URN is taken for `true` as Helm does, and everything
/// else is refused by name: rendering reaches neither network nor files outside the chart.
fn fetch(url: &str) -> Result<Json, String> {
    if let Some(document) = metaschema::document(url) {
        return Ok(document);
    }
    let named = quoted(url);
    match scheme(url) {
        Some("urn") => Ok(Json::Bool(true)),
        Some("file") => {
            let path = url.strip_prefix("file://").unwrap_or(url);
            Err(format!("failing loading {named}: open {path}: no such file or directory"))
        }
        Some("http" | "https") => {
            Err(format!("failing loading {named}: not fetched: rendering reaches no network"))
        }
        _ => Err(format!("failing loading {named}: no URLLoader registered for {named}")),
    }
}

/// The resource that a place belongs to, with its pointer.
fn nearest<'r>(root: &'r Root, pointer: &str) -> Option<(&'r str, &'r Resource)> {
    let mut at = pointer;
    loop {
        if let Some((key, resource)) = root.resources.get_key_value(at) {
            return Some((key, resource));
        }
        at = at.get(..at.rfind('/')?)?;
    }
}

/// Finds the resources and anchors of a schema and of those within it.
fn collect(
    root: &mut Root,
    value: &Json,
    url: &str,
    base: &str,
    pointer: &str,
    fallback: Draft,
    depth: usize,
) -> Result<(), String> {
    if depth > check::DEEPEST || !root.seen.insert(pointer.to_owned()) {
        return Ok(());
    }
    let new = |url: String, draft: Draft| Resource {
        url,
        draft,
        anchors: BTreeMap::new(),
        dynamic: BTreeSet::new(),
    };
    let Json::Object(_) = value else {
        if pointer.is_empty() {
            root.resources.insert(String::new(), new(base.to_owned(), fallback));
        }
        return Ok(());
    };
    let mut draft = match value.str("$schema") {
        None => fallback,
        Some(named) => match metaschema::draft(named) {
            Some(draft) => draft,
            None => {
                let named = split(named).0;
                if pointer.is_empty() && named == url {
                    return Err(format!("draft {} is not supported", quoted(named)));
                }
                fetch(named).map(|_| fallback)?
            }
        },
    };
    let mut id = identifier(value, draft);
    if id.is_none() && !pointer.is_empty() {
        draft = fallback;
        id = identifier(value, draft);
    }
    let here = id.map_or_else(|| base.to_owned(), |id| join(base, id));
    if id.is_some() || pointer.is_empty() {
        if let Some((other, _)) = root.resources.iter().find(|(at, r)| r.url == here && *at != pointer) {
            let (id, url) = (quoted(&here), quoted(url));
            return Err(format!("duplicate id {id} in {url} at {} and {}", quoted(pointer), quoted(other)));
        }
        root.resources.insert(pointer.to_owned(), new(here.clone(), draft));
    }
    let Some((_, resource)) = root.resources.iter_mut().find(|(_, resource)| resource.url == here) else {
        return Ok(());
    };
    let draft = resource.draft;
    let mut anchors = Vec::new();
    if draft < 2019 {
        if value.get("$ref").is_none()
            && let Some(id) = value.str(if draft == 4 { "id" } else { "$id" })
        {
            anchors.extend(Some(split(id).1).filter(|f| !f.is_empty() && !f.starts_with('/')));
        }
    } else {
        anchors.extend(value.str("$anchor").map(str::to_owned));
        if draft >= 2020
            && let Some(anchor) = value.str("$dynamicAnchor")
        {
            anchors.push(anchor.to_owned());
            resource.dynamic.insert(anchor.to_owned());
        }
    }
    for anchor in anchors {
        let old = resource.anchors.entry(anchor.clone()).or_insert_with(|| pointer.to_owned());
        if old != pointer {
            let (anchor, url) = (quoted(&anchor), quoted(url));
            return Err(format!(
                "duplicate anchor {anchor} in {url} at {} and {}",
                quoted(old),
                quoted(pointer)
            ));
        }
    }
    let mut inner: Vec<(String, &Json)> = Vec::new();
    for (keyword, _) in INSIDE.iter().filter(|(_, since)| draft >= *since) {
        inner.extend(value.get(keyword).map(|found| (format!("{pointer}/{keyword}"), found)));
    }
    for (keyword, _) in ENTRIES.iter().filter(|(_, since)| draft >= *since) {
        let entries = value.object(keyword).into_iter().flatten();
        inner.extend(entries.map(|(name, found)| (format!("{pointer}/{keyword}/{}", token(name)), found)));
    }
    for (keyword, _) in ITEMS.iter().filter(|(_, since)| draft >= *since) {
        let items = value.array(keyword).unwrap_or_default().iter().enumerate();
        inner.extend(items.map(|(index, found)| (format!("{pointer}/{keyword}/{index}"), found)));
    }
    for (pointer, found) in inner {
        collect(root, found, url, &here, &pointer, draft, depth + 1)?;
    }
    Ok(())
}

/// The identifier of a schema without its fragment.
fn identifier(value: &Json, draft: Draft) -> Option<&str> {
    if draft < 2019 && value.get("$ref").is_some() {
        return None;
    }
    let id = value.str(if draft == 4 { "id" } else { "$id" })?;
    Some(split(id).0).filter(|id| !id.is_empty())
}

fn strings(value: Option<&Json>) -> Vec<String> {
    let Some(Json::Array(items)) = value else { return Vec::new() };
    items
        .iter()
        .filter_map(|item| if let Json::String(text) = item { Some(text.clone()) } else { None })
        .collect()
}

fn regexp(pattern: &str, url: &str, pointer: &str, keyword: &str) -> Result<Arc<Regexp>, String> {
    Regexp::build(pattern.as_bytes()).map(Arc::new).map_err(|error| {
        let place = quoted(&format!("{url}#{}/{keyword}", escape(pointer)));
        format!("invalid regex {} at {place}: {error}", quoted(pattern))
    })
}
