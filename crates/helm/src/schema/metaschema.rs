//! What a schema of each draft must look like, from which the drafts' own schemas are made.

use std::collections::BTreeMap;

use super::json::Json;

/// A draft of JSON Schema by its year or number.
pub(super) type Draft = u16;

/// The drafts, with their URLs without scheme.
const DRAFTS: [(Draft, &str); 6] = [
    (4, "json-schema.org/draft-04/schema"),
    (6, "json-schema.org/draft-06/schema"),
    (7, "json-schema.org/draft-07/schema"),
    (2019, "json-schema.org/draft/2019-09/schema"),
    (2020, "json-schema.org/draft/2020-12/schema"),
    (2020, "json-schema.org/schema"),
];

/// Keywords by the rule that holds for their values; `|` parts the vocabularies of the drafts since 2019.
struct Keywords {
    vocabulary: &'static str,
    /// The first and the last draft.
    drafts: (Draft, Draft),
    rule: &'static str,
    names: &'static str,
}

macro_rules! keywords {
    ($($vocabulary:literal $from:literal ..= $to:literal $rule:literal: $names:literal;)*) => {
        &[$(Keywords { vocabulary: $vocabulary, drafts: ($from, $to), rule: $rule, names: $names }),*]
    };
}

const KEYWORDS: &[Keywords] = keywords! {
    "core" 4..=4 "string": "$ref id";
    "core" 6..=2020 "reference": "$ref";
    "core" 6..=7 "reference": "$id";
    "core" 2019..=2020 "identifier": "$id";
    "core" 4..=2020 "uri": "$schema";
    "core" 2019..=2019 "anchor2019": "$anchor";
    "core" 2020..=2020 "anchor": "$anchor $dynamicAnchor";
    "core" 2019..=2019 "reference": "$recursiveRef";
    "core" 2020..=2020 "reference": "$dynamicRef";
    "core" 2019..=2019 "boolean": "$recursiveAnchor";
    "core" 2019..=2020 "vocabulary": "$vocabulary";
    "core" 7..=2020 "string": "$comment";
    "core" 2019..=2020 "map": "$defs";
    "schema" 4..=2020 "map": "definitions";
    "schema" 4..=2020 "dependencies": "dependencies";
    "schema" 2020..=2020 "anchor": "$recursiveAnchor";
    "schema" 2020..=2020 "reference": "$recursiveRef";
    "applicator" 4..=4 "additional4": "additionalItems additionalProperties";
    "applicator" 6..=2019 "self": "additionalItems";
    "applicator" 6..=2020 "self": "additionalProperties contains propertyNames";
    "applicator" 7..=2020 "self": "if then else";
    "applicator" 4..=2020 "self": "not";
    "applicator" 4..=2019 "items": "items";
    "applicator" 2020..=2020 "self": "items";
    "applicator" 2020..=2020 "schemas": "prefixItems";
    "applicator" 4..=2020 "schemas": "allOf anyOf oneOf";
    "applicator" 4..=2020 "map": "properties";
    "applicator" 4..=6 "map": "patternProperties";
    "applicator" 7..=2020 "patterns": "patternProperties";
    "applicator" 2019..=2020 "map": "dependentSchemas";
    "applicator" 2019..=2019 "self": "unevaluatedItems unevaluatedProperties";
    "unevaluated" 2020..=2020 "self": "unevaluatedItems unevaluatedProperties";
    "validation" 4..=4 "factor4": "multipleOf";
    "validation" 6..=2020 "factor": "multipleOf";
    "validation" 4..=2020 "number": "maximum minimum";
    "validation" 4..=4 "boolean": "exclusiveMaximum exclusiveMinimum";
    "validation" 6..=2020 "number": "exclusiveMaximum exclusiveMinimum";
    "validation" 4..=2020 "count": "maxLength maxItems maxProperties";
    "validation" 2019..=2020 "count": "minLength minItems minProperties minContains maxContains";
    "validation" 4..=7 "count0": "minLength minItems minProperties";
    "validation" 4..=2020 "regex": "pattern";
    "validation" 4..=2020 "boolean": "uniqueItems";
    "validation" 4..=2020 "strings": "required";
    "validation" 2019..=2020 "string map": "dependentRequired";
    "validation" 4..=7 "enum": "enum";
    "validation" 2019..=2020 "list": "enum";
    "validation" 4..=2020 "type": "type";
    "meta-data" 4..=2020 "string": "title description";
    "meta-data" 7..=2020 "boolean": "readOnly writeOnly";
    "meta-data" 2019..=2020 "boolean": "deprecated";
    "meta-data" 7..=2020 "list": "examples";
    "format" 4..=2020 "string": "format";
    "content" 7..=2020 "string": "contentMediaType contentEncoding";
    "content" 2019..=2020 "self": "contentSchema";
};

/// The vocabularies of a draft in the order in which its schema names them.
fn vocabularies(draft: Draft) -> &'static [&'static str] {
    match draft {
        2019 => &["core", "applicator", "validation", "meta-data", "format", "content"],
        2020 => &["core", "applicator", "unevaluated", "validation", "meta-data", "format", "content"],
        _ => &[],
    }
}

/// The draft that a `$schema` names.
pub(super) fn draft(url: &str) -> Option<Draft> {
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    let bare = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or(url);
    let found = DRAFTS.iter().find(|(_, known)| *known == bare)?;
    fragment.is_empty().then_some(found.0)
}

/// The URL of a draft's own schema.
pub(super) fn url(draft: Draft) -> String {
    let scheme = if draft >= 2019 { "https" } else { "http" };
    let path = DRAFTS.iter().find(|(known, _)| *known == draft).map_or("", |(_, path)| path);
    format!("{scheme}://{path}")
}

/// The document behind a URL of `json-schema.org`: a draft's own schema, or one of its vocabularies.
pub(super) fn document(url: &str) -> Option<Json> {
    let bare = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    if let Some((draft, _)) = DRAFTS.iter().find(|(_, known)| *known == bare) {
        return Some(whole(*draft));
    }
    let (draft, name) = [2019, 2020].into_iter().find_map(|draft| {
        let home = self::url(draft);
        let home = home.strip_prefix("https://")?.strip_suffix("schema")?;
        Some((draft, bare.strip_prefix(home)?.strip_prefix("meta/")?))
    })?;
    let name = name.strip_suffix("-annotation").unwrap_or(name);
    vocabularies(draft).contains(&name).then(|| part(draft, &[name], url))
}

fn whole(draft: Draft) -> Json {
    let url = url(draft);
    if draft < 2019 {
        let mut schema = part(draft, &[], &url);
        if draft == 4
            && let Json::Object(entries) = &mut schema
        {
            let needs = parsed(r#"{"exclusiveMaximum": ["maximum"], "exclusiveMinimum": ["minimum"]}"#);
            entries.insert("dependencies".to_owned(), needs);
        }
        return schema;
    }
    let mut schema = part(draft, &["schema"], &url);
    let parts = vocabularies(draft).iter().map(|name| {
        let suffix = if draft == 2020 && *name == "format" { "-annotation" } else { "" };
        parsed(&format!(r#"{{"$ref": "meta/{name}{suffix}"}}"#))
    });
    if let Json::Object(entries) = &mut schema {
        entries.insert("allOf".to_owned(), Json::Array(parts.collect()));
    }
    schema
}

/// A schema of the keywords of some vocabularies; of all when none are named.
fn part(draft: Draft, vocabularies: &[&str], url: &str) -> Json {
    let mut properties = BTreeMap::new();
    for keywords in KEYWORDS {
        let (from, to) = keywords.drafts;
        let wanted = vocabularies.is_empty() || vocabularies.contains(&keywords.vocabulary);
        if wanted && (from..=to).contains(&draft) {
            for name in keywords.names.split(' ') {
                properties.insert(name.to_owned(), rule(draft, keywords.rule));
            }
        }
    }
    let (mut schema, object) = (BTreeMap::new(), "object".to_owned());
    let kinds = [object.clone(), "boolean".to_owned()].map(Json::String).to_vec();
    schema.insert("type".to_owned(), if draft == 4 { Json::String(object) } else { Json::Array(kinds) });
    schema.insert("$schema".to_owned(), Json::String(self::url(draft)));
    let id = if draft == 4 { "id" } else { "$id" };
    schema.insert(id.to_owned(), Json::String(url.to_owned()));
    schema.insert("properties".to_owned(), Json::Object(properties));
    // What other rules refer to: several faults below a reference are told together.
    let shared = ["all schemas", "all strings"].map(|name| (name.replace("all ", ""), rule(draft, name)));
    schema.insert(definitions(draft).to_owned(), Json::Object(BTreeMap::from(shared)));
    if draft == 2019 {
        schema.insert("$recursiveAnchor".to_owned(), Json::Bool(true));
    }
    if draft == 2020 {
        schema.insert("$dynamicAnchor".to_owned(), Json::String("meta".to_owned()));
    }
    Json::Object(schema)
}

fn definitions(draft: Draft) -> &'static str {
    if draft < 2019 { "definitions" } else { "$defs" }
}

/// What holds for the value of a keyword, as a schema.
fn rule(draft: Draft, name: &str) -> Json {
    let own = match draft {
        2019 => r##"{"$recursiveRef": "#"}"##,
        2020 => r##"{"$dynamicRef": "#meta"}"##,
        _ => r##"{"$ref": "#"}"##,
    };
    let least = if draft == 4 { 1 } else { 0 };
    let all_strings = format!(
        r#"{{"type": "array", "items": {{"type": "string"}}, "uniqueItems": true, "minItems": {least}}}"#
    );
    let all_schemas = format!(r#"{{"type": "array", "minItems": 1, "items": {own}}}"#);
    let home = definitions(draft);
    let schemas = format!(r##"{{"$ref": "#/{home}/schemas"}}"##);
    let strings = format!(r##"{{"$ref": "#/{home}/strings"}}"##);
    let names = r#"{"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]}"#;
    let text = match name {
        "self" => own.to_owned(),
        "schemas" => schemas,
        "items" => format!(r#"{{"anyOf": [{own}, {schemas}]}}"#),
        "additional4" => format!(r#"{{"anyOf": [{{"type": "boolean"}}, {own}]}}"#),
        "map" => format!(r#"{{"type": "object", "additionalProperties": {own}}}"#),
        "patterns" => format!(
            r#"{{"type": "object", "additionalProperties": {own}, "propertyNames": {{"format": "regex"}}}}"#
        ),
        "dependencies" => {
            format!(r#"{{"type": "object", "additionalProperties": {{"anyOf": [{own}, {strings}]}}}}"#)
        }
        "strings" => strings,
        "all strings" => all_strings,
        "all schemas" => all_schemas,
        "string map" => format!(r#"{{"type": "object", "additionalProperties": {strings}}}"#),
        "type" => format!(
            r#"{{"anyOf": [{names}, {{"type": "array", "items": {names}, "minItems": 1, "uniqueItems": true}}]}}"#
        ),
        "enum" => r#"{"type": "array", "minItems": 1, "uniqueItems": true}"#.to_owned(),
        "list" => r#"{"type": "array"}"#.to_owned(),
        "factor" => r#"{"type": "number", "exclusiveMinimum": 0}"#.to_owned(),
        "factor4" => r#"{"type": "number", "minimum": 0, "exclusiveMinimum": true}"#.to_owned(),
        "count" => r#"{"type": "integer", "minimum": 0}"#.to_owned(),
        "count0" => r#"{"allOf": [{"type": "integer", "minimum": 0}]}"#.to_owned(),
        "regex" => r#"{"type": "string", "format": "regex"}"#.to_owned(),
        "uri" => r#"{"type": "string", "format": "uri"}"#.to_owned(),
        "reference" => r#"{"type": "string", "format": "uri-reference"}"#.to_owned(),
        "identifier" => r#"{"type": "string", "format": "uri-reference", "pattern": "^[^#]*#?$"}"#.to_owned(),
        "anchor" => r#"{"type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"}"#.to_owned(),
        "anchor2019" => r#"{"type": "string", "pattern": "^[A-Za-z][-A-Za-z0-9.:_]*$"}"#.to_owned(),
        "vocabulary" => concat!(
            r#"{"type": "object", "propertyNames": {"type": "string", "format": "uri"}, "#,
            r#""additionalProperties": {"type": "boolean"}}"#
        )
        .to_owned(),
        other => format!(r#"{{"type": "{other}"}}"#),
    };
    parsed(&text)
}

/// One of the texts above; they are JSON.
fn parsed(text: &str) -> Json {
    Json::read(text.as_bytes()).unwrap_or(Json::Null)
}
