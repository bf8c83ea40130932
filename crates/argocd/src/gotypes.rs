//! The shape of Argo CD's Go types, and what `encoding/json` makes of a JSON value that passes through them:
//! unknown fields dropped, keys matched without case, empty `omitempty` fields gone, the others filled with zeros,
//! and Go's words when a value does not fit.
//!
//! The table is `data/gotypes.txt`, printed by `data/gotypes/main.go` (run in a module that requires Argo CD 3.6.1, as `oracle/` does).

mod decode;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use decode::{DecodeError, Step, decode, decode_set, go_number, zero};

/// A Go type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A string, and its name if it has one of its own (`types.UID`).
    String(Option<&'static str>),
    /// A bool.
    Bool,
    /// An integer, by its Go name.
    Int(&'static str),
    /// `float64`.
    Float,
    /// `metav1.Time`.
    Time,
    /// `metav1.Duration`.
    Duration,
    /// `apiextensionsv1.JSON`: any JSON, kept as it is.
    Json,
    /// `runtime.RawExtension`: any JSON, kept as it is.
    Raw,
    /// `intstr.IntOrString`.
    IntOrString,
    /// A pointer.
    Ptr(Box<Ty>),
    /// A slice, and its name if it has one of its own.
    Slice(Option<&'static str>, Box<Ty>),
    /// A map with string keys, and its name if it has one of its own.
    Map(Option<&'static str>, Box<Ty>),
    /// A struct.
    Struct(StructId),
}

/// A struct of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StructId(usize);

/// A struct and its fields in the order of declaration.
#[derive(Debug)]
pub struct Struct {
    /// The Go name with its package: `v1alpha1.ApplicationSource`.
    pub name: &'static str,
    /// The fields; those of embedded structs stand in their place.
    pub fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its JSON key.
    pub json: &'static str,
    /// Its type.
    pub ty: Ty,
    /// `omitempty`.
    pub omit_empty: bool,
    /// `omitzero`.
    pub omit_zero: bool,
    /// How strategic merge treats it.
    pub strategy: Merging,
    /// It comes from an embedded pointer.
    embedded: bool,
}

/// `patchStrategy` and `patchMergeKey` of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merging {
    /// None given: maps merge, lists replace.
    None,
    /// `replace`.
    Replace,
    /// `merge`, by this key if the elements are objects.
    Merge(Option<&'static str>),
}

impl Struct {
    /// The field of a JSON key: the exact one, else one that differs in case only.
    pub fn field(&self, key: &str) -> Option<&Field> {
        let index = self.fields.iter().position(|f| f.json == key);
        let index = index.or_else(|| self.by_name.get(&key.to_lowercase()).copied())?;
        self.fields.get(index)
    }
}

impl Ty {
    /// The type beneath pointers.
    pub fn pointee(&self) -> &Self {
        match self {
            Self::Ptr(inner) => inner.pointee(),
            other => other,
        }
    }

    /// The fields, if this is a struct or a pointer to one.
    pub fn structure(&self) -> Option<&'static Struct> {
        match self.pointee() {
            Self::Struct(id) => table().get(*id),
            _ => None,
        }
    }

    /// The type as `reflect.Type.String` names it, pointers left out.
    pub fn name(&self) -> String {
        match self {
            Self::String(name) => name.unwrap_or("string").to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int(name) => (*name).to_owned(),
            Self::Float => "float64".to_owned(),
            Self::Time => "v1.Time".to_owned(),
            Self::Duration => "v1.Duration".to_owned(),
            Self::Json => "v1.JSON".to_owned(),
            Self::Raw => "runtime.RawExtension".to_owned(),
            Self::IntOrString => "intstr.IntOrString".to_owned(),
            Self::Ptr(inner) => inner.name(),
            Self::Slice(Some(name), _) | Self::Map(Some(name), _) => (*name).to_owned(),
            Self::Slice(None, elem) => format!("[]{}", star(elem)),
            Self::Map(None, elem) => format!("map[string]{}", star(elem)),
            Self::Struct(id) => table().get(*id).map_or_else(String::new, |s| s.name.to_owned()),
        }
    }
}

fn star(ty: &Ty) -> String {
    match ty {
        Ty::Ptr(inner) => format!("*{}", star(inner)),
        other => other.name(),
    }
}

/// All types.
#[derive(Debug, Default)]
pub struct Table {
    structs: Vec<Struct>,
    ids: HashMap<&'static str, StructId>,
}

impl Table {
    /// A struct.
    pub fn get(&self, id: StructId) -> Option<&Struct> {
        self.structs.get(id.0)
    }

    /// The type of that name, e.g. `ApplicationSet`, of Argo CD's own package.
    pub fn argo(&self, name: &str) -> Option<Ty> {
        self.ids.get(format!("v1alpha1.{name}").as_str()).copied().map(Ty::Struct)
    }
}

/// The table of types, read once.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| read(include_str!("../data/gotypes.txt")))
}

/// One of Argo CD's own types by name; an empty type if there is none such.
pub fn argo(name: &str) -> Ty {
    table().argo(name).unwrap_or(Ty::Json)
}

fn read(text: &'static str) -> Table {
    let mut table = Table::default();
    let lines: Vec<&'static str> = text.lines().filter(|l| !l.is_empty()).collect();
    for (index, line) in lines.iter().enumerate() {
        let name = line.split(' ').next().unwrap_or_default();
        table.ids.insert(name, StructId(index));
        table.structs.push(Struct { name, fields: Vec::new(), by_name: HashMap::new() });
    }
    let mut raw: Vec<Vec<Field>> = Vec::with_capacity(lines.len());
    for line in &lines {
        raw.push(line.split(' ').skip(1).filter_map(|f| field(f, &table)).collect());
    }
    for index in 0..raw.len() {
        let fields = flatten(&raw, index, 0);
        let mut by_name = HashMap::new();
        for (at, field) in fields.iter().enumerate() {
            by_name.entry(field.json.to_lowercase()).or_insert(at);
        }
        if let Some(entry) = table.structs.get_mut(index) {
            entry.fields = fields;
            entry.by_name = by_name;
        }
    }
    table
}

/// Puts the fields of embedded structs in their place.
fn flatten(raw: &[Vec<Field>], index: usize, depth: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    for field in raw.get(index).into_iter().flatten() {
        match (field.json, field.ty.pointee()) {
            ("<", Ty::Struct(id)) if depth < 4 => {
                let pointer = matches!(field.ty, Ty::Ptr(_));
                fields.extend(
                    flatten(raw, id.0, depth + 1).into_iter().map(|f| Field { embedded: pointer, ..f }),
                );
            }
            _ => fields.push(field.clone()),
        }
    }
    fields
}

/// Reads `name=type?!~strategy/GoName`.
fn field(text: &'static str, table: &Table) -> Option<Field> {
    let (json, rest) = text.split_once('=')?;
    let rest = rest.split('/').next().unwrap_or(rest);
    let (rest, strategy) = match rest.split_once('~') {
        Some((rest, "replace")) => (rest, Merging::Replace),
        Some((rest, merge)) => (rest, Merging::Merge(merge.split_once(':').map(|(_, key)| key))),
        None => (rest, Merging::None),
    };
    let (rest, omit_zero) = rest.strip_suffix('!').map_or((rest, false), |r| (r, true));
    let (rest, omit_empty) = rest.strip_suffix('?').map_or((rest, false), |r| (r, true));
    Some(Field { json, ty: ty(rest, table), omit_empty, omit_zero, strategy, embedded: false })
}

fn ty(text: &'static str, table: &Table) -> Ty {
    let named = |name: &'static str| (!name.is_empty()).then_some(name);
    if let Some(rest) = text.strip_prefix('*') {
        return Ty::Ptr(Box::new(ty(rest, table)));
    }
    if let Some((name, rest)) = text.strip_prefix('[').and_then(|r| r.split_once(']')) {
        return Ty::Slice(named(name), Box::new(ty(rest, table)));
    }
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|r| r.split_once('}')) {
        return Ty::Map(named(name), Box::new(ty(rest, table)));
    }
    if let Some(name) = text.strip_prefix('@') {
        return table.ids.get(name).copied().map_or(Ty::Json, Ty::Struct);
    }
    match text.split_once(':') {
        Some(("string", name)) => return Ty::String(Some(name)),
        Some((basic, _)) => return ty(basic, table),
        None => {}
    }
    match text {
        "string" => Ty::String(None),
        "bool" => Ty::Bool,
        "float64" | "float32" => Ty::Float,
        "time" => Ty::Time,
        "duration" => Ty::Duration,
        "raw" => Ty::Raw,
        "intstr" => Ty::IntOrString,
        other if other.starts_with("int") || other.starts_with("uint") => Ty::Int(other),
        _ => Ty::Json,
    }
}
