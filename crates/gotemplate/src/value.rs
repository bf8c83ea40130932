//! Go values as templates see them, with Go's types kept apart (`int`, `int64` and `float64` print and compare differently).

use std::any::Any;
use std::borrow::{Borrow, Cow};
use std::cell::{OnceCell, Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::bury::bury;
use crate::func::{Call, FuncError, Function, Sig};
use crate::str::Str;

/// A Go value. Cloning is cheap; maps are shared by reference, so that sprig's `set` is seen by every holder.
///
/// A `Value` belongs to one thread. What threads share is [`Frozen`], which [`Value::from_frozen`] wraps without copying.
#[derive(Clone, Default)]
pub enum Value {
    /// `reflect.Value{}`: what a missing map key yields. Functions receive [`Value::Nil`] in its place
    /// (or an error text), save those whose parameter is [`Ty::Reflect`](crate::func::Ty::Reflect).
    Invalid,
    /// The nil `interface {}`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer of the given width.
    Int(IntKind, i64),
    /// An unsigned integer of the given width.
    Uint(UintKind, u64),
    /// `float64`.
    Float(f64),
    /// `complex128`.
    Complex(f64, f64),
    /// `string`.
    Str(Str),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A Go value with fields or methods: a struct, a pointer to one, a named type, an error.
    Object(Rc<dyn Object>),
    /// A function value.
    Func(Function),
}

/// Signed integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum IntKind {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
}

/// Unsigned integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UintKind {
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
}

impl IntKind {
    /// Go's name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

impl UintKind {
    /// Go's name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
        }
    }
}

/// Element types of slices and maps, as far as they change what is printed or accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elem {
    /// `interface {}`.
    Any,
    /// `string`.
    Str,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `float64`.
    Float64,
    /// `bool`.
    Bool,
    /// `uint8` (so the slice is `[]byte`).
    Uint8,
    /// `map[string]interface {}`.
    Map,
    /// `[]string`.
    StrList,
    /// `[]interface {}`.
    AnyList,
    /// `[]uint8`.
    Bytes,
}

impl Elem {
    /// Go's name of the element type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Str => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Bool => "bool",
            Self::Uint8 => "uint8",
            Self::Map => "map[string]interface {}",
            Self::StrList => "[]string",
            Self::AnyList => "[]interface {}",
            Self::Bytes => "[]uint8",
        }
    }
}

/// `reflect.Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    Array,
    Func,
    Interface,
    Map,
    Pointer,
    Slice,
    String,
    Struct,
}

impl Kind {
    /// Go's name of the kind, as `reflect.Kind.String` gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Array => "array",
            Self::Func => "func",
            Self::Interface => "interface",
            Self::Map => "map",
            Self::Pointer => "ptr",
            Self::Slice => "slice",
            Self::String => "string",
            Self::Struct => "struct",
        }
    }
}

/// A Go value with fields or methods (`time.Time`, `*semver.Version`, Helm's `.Files`, an `error`).
pub trait Object: Any {
    /// The Go type, as `%T` prints it: `time.Time`, `*semver.Version`.
    fn type_name(&self) -> &str;

    /// The kind of the type, so that `kindOf` and truth come out right.
    fn kind(&self) -> Kind;

    /// The exported struct field of that name (through the pointer, if this is one).
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// All struct fields in order, unexported ones included, for `%v`, `%+v` and deep comparison.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The exported methods.
    fn methods(&self) -> &'static [Method] {
        &[]
    }

    /// Calls the method at `index` of [`Object::methods`] with arguments already checked against its signature.
    fn call(&self, _index: usize, _call: &mut Call<'_>, _args: &[Value]) -> Result<Value, FuncError> {
        Err(FuncError::new("method without a body"))
    }

    /// What `Error()` or `String()` returns, for the printing verbs.
    fn text(&self) -> Option<Str> {
        None
    }

    /// What `String()` of a pointer to it returns: what templates print where the value has an address, as a field of
    /// a struct behind a pointer has.
    fn text_by_address(&self) -> Option<Str> {
        None
    }

    /// What `GoString()` returns, for `%#v`.
    fn go_string(&self) -> Option<Str> {
        None
    }

    /// Whether this implements `error`.
    fn is_error(&self) -> bool {
        false
    }

    /// The value beneath a named basic type (`time.Duration` is an `int64`); used by arithmetic casts, `%d`, truth.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// Go's `==` with another object of the same type.
    fn equals(&self, other: &dyn Object) -> bool;

    /// What `encoding/json` makes of it; `None` for its zero value `{}`.
    fn to_json(&self) -> Option<serde_json::Value> {
        None
    }

    /// The fields of a struct under the names, and in the order, in which `encoding/json` writes them.
    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// For down-casting.
    fn as_any(&self) -> &dyn Any;
}

/// A named map or slice type with methods (Helm's `Values`). Values of it can be passed where the plain type is wanted.
pub struct Named {
    /// The Go type, as `%T` prints it: `common.Values`.
    pub name: &'static str,
    /// Its exported methods.
    pub methods: &'static [Method],
    /// Calls the method at an index of `methods` on a value of the type, with arguments checked against its signature.
    pub call: fn(usize, &Value, &mut Call<'_>, &[Value]) -> Result<Value, FuncError>,
}

impl Named {
    /// The index of the method of that name.
    #[inline]
    pub(crate) fn method(&self, name: &[u8]) -> Option<usize> {
        self.methods.iter().position(|method| method.name.as_bytes() == name)
    }
}

/// A method of an [`Object`] or of a [`Named`] type.
pub struct Method {
    /// Its Go name.
    pub name: &'static str,
    /// Its parameters (without the receiver).
    pub sig: Sig,
}

/// Immutable data that threads share; maps are sorted by key.
#[derive(Clone, Debug)]
pub enum Frozen {
    /// The nil interface.
    Nil,
    /// `bool`.
    Bool(bool),
    /// An integer.
    Int(IntKind, i64),
    /// An unsigned integer.
    Uint(UintKind, u64),
    /// `float64`.
    Float(f64),
    /// `string`.
    Str(Str),
    /// `[]uint8`.
    Bytes(Arc<[u8]>),
    /// `[]interface {}`.
    List(Arc<[Frozen]>),
    /// `map[string]interface {}`, sorted by key, keys unique.
    Map(Arc<[(Str, Frozen)]>),
}

/// Shared entries of a map, sorted by key.
type FrozenEntries = Arc<[(Str, Frozen)]>;

/// A Go slice. Elements cannot be replaced (no template function does), but maps among them are live.
#[derive(Clone)]
pub struct List(Rc<ListCell>);

struct ListCell {
    elem: Elem,
    nil: bool,
    named: Option<&'static Named>,
    frozen: Shared,
    items: OnceCell<Vec<Value>>,
}

/// What a slice holds until its items are first reached.
enum Shared {
    Nothing,
    Items(Arc<[Frozen]>),
    Bytes(Arc<[u8]>),
}

/// A Go map with string keys, shared by reference. Whether it is of a named type belongs to the reference.
#[derive(Clone)]
pub struct Map {
    cell: Rc<MapCell>,
    named: Option<&'static Named>,
}

struct MapCell {
    elem: Elem,
    nil: bool,
    entries: RefCell<Entries>,
}

struct Entries {
    /// What the map holds until it is first written or a container in it is first reached.
    frozen: Option<FrozenEntries>,
    /// What it holds from then on.
    live: BTreeMap<Str, Value>,
}

impl Drop for ListCell {
    fn drop(&mut self) {
        if let Some(items) = self.items.take() {
            bury(items.into_iter());
        }
    }
}

impl Drop for MapCell {
    fn drop(&mut self) {
        bury(std::mem::take(&mut self.entries.get_mut().live).into_values());
    }
}

impl List {
    /// `[]interface {}` of the given items.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(Elem::Any, items)
    }

    /// A slice with the given element type; the caller guarantees that the items have it.
    pub fn typed(elem: Elem, items: Vec<Value>) -> Self {
        Self::build(elem, false, Shared::Nothing, OnceCell::from(items))
    }

    fn build(elem: Elem, nil: bool, frozen: Shared, items: OnceCell<Vec<Value>>) -> Self {
        Self(Rc::new(ListCell { elem, nil, named: None, frozen, items }))
    }

    /// A slice of a named type.
    pub fn of_type(named: &'static Named, elem: Elem, items: Vec<Value>) -> Self {
        let (nil, frozen, items) = (false, Shared::Nothing, OnceCell::from(items));
        Self(Rc::new(ListCell { elem, nil, named: Some(named), frozen, items }))
    }

    /// `[]uint8`, whose bytes are shared.
    pub fn bytes(bytes: Arc<[u8]>) -> Self {
        Self::build(Elem::Uint8, false, Shared::Bytes(bytes), OnceCell::new())
    }

    /// The bytes, when this was made of bytes.
    pub fn shared_bytes(&self) -> Option<&Arc<[u8]>> {
        match &self.0.frozen {
            Shared::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The named type, when it is of one.
    pub fn named(&self) -> Option<&'static Named> {
        self.0.named
    }

    /// `[]string`.
    pub fn strings<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Self {
        Self::typed(Elem::Str, items.into_iter().map(|s| Value::Str(s.into())).collect())
    }

    /// The nil slice of an element type: prints as `[]`, is JSON `null`.
    pub fn nil(elem: Elem) -> Self {
        Self::build(elem, true, Shared::Nothing, OnceCell::from(Vec::new()))
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// The element type.
    pub fn elem(&self) -> Elem {
        self.0.elem
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        self.0.items.get_or_init(|| match &self.0.frozen {
            Shared::Items(frozen) => frozen.iter().map(Value::from_frozen).collect(),
            Shared::Bytes(bytes) => {
                bytes.iter().map(|byte| Value::Uint(UintKind::Uint8, u64::from(*byte))).collect()
            }
            Shared::Nothing => Vec::new(),
        })
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        match (&self.0.frozen, self.0.items.get()) {
            (_, Some(items)) => items.len(),
            (Shared::Items(frozen), None) => frozen.len(),
            (Shared::Bytes(bytes), None) => bytes.len(),
            (Shared::Nothing, None) => 0,
        }
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An address that identifies the slice, for `%p` and cycle checks.
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<u8>() as usize
    }
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::from_entries(Elem::Any, BTreeMap::new())
    }

    /// A map with the given element type; the caller guarantees that the values have it.
    pub fn from_entries(elem: Elem, entries: BTreeMap<Str, Value>) -> Self {
        Self::build(elem, false, None, entries)
    }

    /// The nil map of an element type.
    pub fn nil(elem: Elem) -> Self {
        Self::build(elem, true, None, BTreeMap::new())
    }

    fn build(elem: Elem, nil: bool, frozen: Option<FrozenEntries>, live: BTreeMap<Str, Value>) -> Self {
        let entries = RefCell::new(Entries { frozen, live });
        Self { cell: Rc::new(MapCell { elem, nil, entries }), named: None }
    }

    /// A map whose entries threads share, sorted by key; the caller guarantees that the values have the element type.
    pub fn from_shared(elem: Elem, entries: Arc<[(Str, Frozen)]>) -> Self {
        Self::build(elem, false, Some(entries), BTreeMap::new())
    }

    /// The same map as a value of a named type, or of none.
    #[must_use]
    pub fn with_type(self, named: Option<&'static Named>) -> Self {
        Self { named, ..self }
    }

    /// The named type, when it is of one.
    pub fn named(&self) -> Option<&'static Named> {
        self.named
    }

    /// Whether its type has a method of that name, which goes before an entry.
    #[inline]
    pub(crate) fn has_method(&self, name: &Str) -> bool {
        self.named.is_some_and(|named| named.method(name).is_some())
    }

    /// Whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.cell.nil
    }

    /// The element type.
    pub fn elem(&self) -> Elem {
        self.cell.elem
    }

    /// The value at `key`; a copy that shares whatever the value refers to.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.find(key)
    }

    /// The same for a key that is a string already, which compares faster.
    #[inline]
    pub(crate) fn field(&self, key: &Str) -> Option<Value> {
        self.find(key)
    }

    /// Gives a look at the value at `key`, which is not copied. The map must not be written meanwhile.
    #[inline]
    pub(crate) fn look<R>(&self, key: &Str, at: impl FnOnce(&Value) -> R) -> Option<R> {
        let entries = self.cell.entries.borrow();
        if entries.frozen.is_none() {
            return entries.live.get(key).map(at);
        }
        drop(entries);
        self.find(key).as_ref().map(at)
    }

    #[inline]
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<Value>
    where
        Str: Borrow<Q>,
    {
        let entries = self.cell.entries.borrow();
        let Some(frozen) = &entries.frozen else { return entries.live.get(key).cloned() };
        let index = frozen.binary_search_by(|(k, _)| Borrow::<Q>::borrow(k).cmp(key)).ok()?;
        match frozen.get(index) {
            Some((_, Frozen::List(_) | Frozen::Map(_) | Frozen::Bytes(_))) | None => {}
            Some((_, scalar)) => return Some(Value::from_frozen(scalar)),
        }
        drop(entries);
        self.read().get(key).cloned()
    }

    /// Whether there is a value at `key`.
    pub fn contains(&self, key: &[u8]) -> bool {
        let entries = self.cell.entries.borrow();
        match &entries.frozen {
            Some(frozen) => frozen.binary_search_by(|(k, _)| k.as_bytes().cmp(key)).is_ok(),
            None => entries.live.contains_key(key),
        }
    }

    /// Sets a key, seen by every holder. Fails on a nil map, as Go panics.
    pub fn insert(&self, key: Str, value: Value) -> Result<(), FuncError> {
        if self.cell.nil {
            return Err(FuncError::new("assignment to entry in nil map"));
        }
        self.write().insert(key, value);
        Ok(())
    }

    /// Removes a key, seen by every holder.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.write().remove(key)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        let entries = self.cell.entries.borrow();
        entries.frozen.as_ref().map_or_else(|| entries.live.len(), |frozen| frozen.len())
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of the entries in key order, safe against changes while it is walked.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        self.read().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// The keys in order.
    pub fn keys(&self) -> Vec<Str> {
        let entries = self.cell.entries.borrow();
        match &entries.frozen {
            Some(frozen) => frozen.iter().map(|(k, _)| k.clone()).collect(),
            None => entries.live.keys().cloned().collect(),
        }
    }

    /// The entries for reading. Hold it only while nothing can write to this map.
    pub fn read(&self) -> Ref<'_, BTreeMap<Str, Value>> {
        self.thaw();
        Ref::map(self.cell.entries.borrow(), |entries| &entries.live)
    }

    /// Whether both are the same map, not merely equal ones.
    pub fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.cell, &other.cell)
    }

    /// An address that identifies the map, for `%p` and cycle checks.
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.cell).cast::<u8>() as usize
    }

    fn write(&self) -> RefMut<'_, BTreeMap<Str, Value>> {
        self.thaw();
        RefMut::map(self.cell.entries.borrow_mut(), |entries| &mut entries.live)
    }

    /// Turns a frozen level into a live one; the levels beneath stay frozen until they are reached.
    fn thaw(&self) {
        // Somebody may be reading what is live already.
        if self.cell.entries.borrow().frozen.is_none() {
            return;
        }
        let mut entries = self.cell.entries.borrow_mut();
        let Some(frozen) = entries.frozen.take() else { return };
        entries.live = frozen.iter().map(|(k, v)| (k.clone(), Value::from_frozen(v))).collect();
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(Str, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Str, Value)>>(entries: I) -> Self {
        Self::from_entries(Elem::Any, entries.into_iter().collect())
    }
}

impl Value {
    /// Go's `int`.
    pub fn int(value: i64) -> Self {
        Self::Int(IntKind::Int, value)
    }

    /// Go's `int64`.
    pub fn int64(value: i64) -> Self {
        Self::Int(IntKind::Int64, value)
    }

    /// A Go `string`.
    pub fn str(text: impl Into<Str>) -> Self {
        Self::Str(text.into())
    }

    /// `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// `[]string`.
    pub fn strings<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Self {
        Self::List(List::strings(items))
    }

    /// `map[string]interface {}`.
    pub fn map(entries: impl IntoIterator<Item = (Str, Self)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }

    /// A Go value with fields or methods.
    pub fn object(object: impl Object) -> Self {
        Self::Object(Rc::new(object))
    }

    /// The live view of shared data; containers are thawed level by level when they are reached.
    pub fn from_frozen(frozen: &Frozen) -> Self {
        match frozen {
            Frozen::Nil => Self::Nil,
            Frozen::Bool(b) => Self::Bool(*b),
            Frozen::Int(kind, i) => Self::Int(*kind, *i),
            Frozen::Uint(kind, u) => Self::Uint(*kind, *u),
            Frozen::Float(f) => Self::Float(*f),
            Frozen::Str(s) => Self::Str(s.clone()),
            Frozen::Bytes(bytes) => Self::List(List::bytes(Arc::clone(bytes))),
            Frozen::List(items) => {
                Self::List(List::build(Elem::Any, false, Shared::Items(Arc::clone(items)), OnceCell::new()))
            }
            Frozen::Map(entries) => {
                Self::Map(Map::build(Elem::Any, false, Some(Arc::clone(entries)), BTreeMap::new()))
            }
        }
    }

    /// The kind of the value, as `reflect.Kind`. Both nils are [`Kind::Invalid`].
    pub fn kind(&self) -> Kind {
        match self {
            Self::Invalid | Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(kind, _) => match kind {
                IntKind::Int => Kind::Int,
                IntKind::Int8 => Kind::Int8,
                IntKind::Int16 => Kind::Int16,
                IntKind::Int32 => Kind::Int32,
                IntKind::Int64 => Kind::Int64,
            },
            Self::Uint(kind, _) => match kind {
                UintKind::Uint => Kind::Uint,
                UintKind::Uint8 => Kind::Uint8,
                UintKind::Uint16 => Kind::Uint16,
                UintKind::Uint32 => Kind::Uint32,
                UintKind::Uint64 => Kind::Uint64,
                UintKind::Uintptr => Kind::Uintptr,
            },
            Self::Float(_) => Kind::Float64,
            Self::Complex(..) => Kind::Complex128,
            Self::Str(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind(),
            Self::Func(_) => Kind::Func,
        }
    }

    /// The Go type, as `%T` prints it: `int`, `[]interface {}`, `map[string]interface {}`, `<nil>`.
    pub fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Invalid | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(kind, _) => kind.name(),
            Self::Uint(kind, _) => kind.name(),
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::Str(_) => "string",
            Self::List(list) => match list.named() {
                Some(named) => named.name,
                None => return Cow::Owned(format!("[]{}", list.elem().name())),
            },
            Self::Map(map) => match map.named() {
                Some(named) => named.name,
                None => return Cow::Owned(format!("map[string]{}", map.elem().name())),
            },
            Self::Object(object) => object.type_name(),
            Self::Func(function) => return Cow::Owned(function.sig().go_type()),
        })
    }

    /// The truth of the value as `if` and `and` judge it: false for zero, empty and nil.
    pub fn truth(&self) -> bool {
        match self {
            Self::Invalid | Self::Nil => false,
            Self::Bool(b) => *b,
            Self::Int(_, i) => *i != 0,
            Self::Uint(_, u) => *u != 0,
            Self::Float(f) => *f != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::Str(s) => !s.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.underlying().is_none_or(|value| value.truth()),
            Self::Func(_) => true,
        }
    }

    /// Whether this is either nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Invalid | Self::Nil)
    }

    /// The string, when this is one.
    pub fn as_str(&self) -> Option<&Str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The map, when this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The slice, when this is one.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}
