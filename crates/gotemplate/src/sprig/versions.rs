//! `semver` and `semverCompare`; the version object with its methods.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use crate::func::{Call, FuncError, FuncMap, Sig, Ty};
use crate::semver::{Constraints, Version};
use crate::str::Str;
use crate::value::{Kind, Method, Object, UintKind, Value};

const POINTER: &str = "*semver.Version";
const STRUCT: &str = "semver.Version";

pub(super) fn add(m: &mut FuncMap) {
    m.add("semver", |text: Str| -> Result<Value, FuncError> {
        let version = Version::parse(&text).map_err(FuncError::new)?;
        Ok(Value::object(VersionObject { version, pointer: true }))
    });
    m.add("semverCompare", |constraint: Str, version: Str| -> Result<bool, FuncError> {
        let constraints = Constraints::parse(&constraint).map_err(FuncError::new)?;
        let version = Version::parse(&version).map_err(FuncError::new)?;
        Ok(constraints.check(&version))
    });
}

/// `*semver.Version`, or the plain struct that `IncMajor` and its kin return.
struct VersionObject {
    version: Version,
    pointer: bool,
}

const METHODS: &[Method] = &[
    Method { name: "Major", sig: Sig::NONE },
    Method { name: "Minor", sig: Sig::NONE },
    Method { name: "Patch", sig: Sig::NONE },
    Method { name: "Prerelease", sig: Sig::NONE },
    Method { name: "Metadata", sig: Sig::NONE },
    Method { name: "Original", sig: Sig::NONE },
    Method { name: "String", sig: Sig::NONE },
    Method { name: "Compare", sig: Sig::fixed(&[Ty::Named(POINTER)]) },
    Method { name: "Equal", sig: Sig::fixed(&[Ty::Named(POINTER)]) },
    Method { name: "LessThan", sig: Sig::fixed(&[Ty::Named(POINTER)]) },
    Method { name: "LessThanEqual", sig: Sig::fixed(&[Ty::Named(POINTER)]) },
    Method { name: "GreaterThan", sig: Sig::fixed(&[Ty::Named(POINTER)]) },
    Method { name: "GreaterThanEqual", sig: Sig::fixed(&[Ty::Named(POINTER)]) },
    Method { name: "IncMajor", sig: Sig::NONE },
    Method { name: "IncMinor", sig: Sig::NONE },
    Method { name: "IncPatch", sig: Sig::NONE },
    Method { name: "SetPrerelease", sig: Sig::fixed(&[Ty::Str]) },
    Method { name: "SetMetadata", sig: Sig::fixed(&[Ty::Str]) },
];

/// The methods of the struct itself, which cannot reach those of its pointer.
const STRUCT_METHODS: &[Method] = &[
    Method { name: "Major", sig: Sig::NONE },
    Method { name: "Minor", sig: Sig::NONE },
    Method { name: "Patch", sig: Sig::NONE },
    Method { name: "Prerelease", sig: Sig::NONE },
    Method { name: "Metadata", sig: Sig::NONE },
    Method { name: "String", sig: Sig::NONE },
    Method { name: "IncMajor", sig: Sig::NONE },
    Method { name: "IncMinor", sig: Sig::NONE },
    Method { name: "IncPatch", sig: Sig::NONE },
    Method { name: "SetPrerelease", sig: Sig::fixed(&[Ty::Str]) },
    Method { name: "SetMetadata", sig: Sig::fixed(&[Ty::Str]) },
];

impl VersionObject {
    fn value(version: Version) -> Value {
        Value::object(Self { version, pointer: false })
    }

    fn compare(&self, args: &[Value]) -> Result<Ordering, FuncError> {
        match args.first() {
            Some(Value::Object(other)) => match other.as_any().downcast_ref::<Self>() {
                Some(other) => Ok(self.version.compare(&other.version)),
                None => Err(super::nil_dereference()),
            },
            _ => Err(super::nil_dereference()),
        }
    }
}

/// What `deepCopy` makes of a version: the library cannot copy its fields, and leaves them all zero.
pub(super) fn deep_copied(object: &dyn Object) -> Option<Value> {
    let pointer = object.as_any().downcast_ref::<VersionObject>()?.pointer;
    let (pre, metadata, original) = (String::new(), String::new(), String::new());
    let version = Version { major: 0, minor: 0, patch: 0, pre, metadata, original };
    Some(Value::object(VersionObject { version, pointer }))
}

fn text_argument(args: &[Value]) -> String {
    args.first().and_then(Value::as_str).map(|s| s.to_text().into_owned()).unwrap_or_default()
}

impl Object for VersionObject {
    fn type_name(&self) -> &str {
        if self.pointer { POINTER } else { STRUCT }
    }

    fn kind(&self) -> Kind {
        if self.pointer { Kind::Pointer } else { Kind::Struct }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let v = &self.version;
        vec![
            ("major", Value::Uint(UintKind::Uint64, v.major)),
            ("minor", Value::Uint(UintKind::Uint64, v.minor)),
            ("patch", Value::Uint(UintKind::Uint64, v.patch)),
            ("pre", Value::str(v.pre.as_str())),
            ("metadata", Value::str(v.metadata.as_str())),
            ("original", Value::str(v.original.as_str())),
        ]
    }

    fn methods(&self) -> &'static [Method] {
        if self.pointer { METHODS } else { STRUCT_METHODS }
    }

    fn call(&self, index: usize, _: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        let v = &self.version;
        let number = |n: u64| Value::Uint(UintKind::Uint64, n);
        Ok(match self.methods().get(index).map_or("", |method| method.name) {
            "Major" => number(v.major),
            "Minor" => number(v.minor),
            "Patch" => number(v.patch),
            "Prerelease" => Value::str(v.pre.as_str()),
            "Metadata" => Value::str(v.metadata.as_str()),
            "Original" => Value::str(v.original.as_str()),
            "Compare" => Value::int(self.compare(args)? as i64),
            "Equal" => Value::Bool(self.compare(args)? == Ordering::Equal),
            "LessThan" => Value::Bool(self.compare(args)? == Ordering::Less),
            "LessThanEqual" => Value::Bool(self.compare(args)? != Ordering::Greater),
            "GreaterThan" => Value::Bool(self.compare(args)? == Ordering::Greater),
            "GreaterThanEqual" => Value::Bool(self.compare(args)? != Ordering::Less),
            "IncMajor" => Self::value(v.inc_major()),
            "IncMinor" => Self::value(v.inc_minor()),
            "IncPatch" => Self::value(v.inc_patch()),
            "SetPrerelease" => Self::value(v.set_prerelease(&text_argument(args)).map_err(FuncError::new)?),
            "SetMetadata" => Self::value(v.set_metadata(&text_argument(args)).map_err(FuncError::new)?),
            _ => Value::str(v.to_string()),
        })
    }

    fn text(&self) -> Option<Str> {
        Some(Str::from(self.version.to_string()))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<Self>();
        // Pointers compare by identity in Go's `==`, but deep equality is what templates ask for.
        other.is_some_and(|other| other.pointer == self.pointer && other.version == self.version)
    }

    fn to_json(&self) -> Option<serde_json::Value> {
        Some(serde_json::Value::String(self.version.to_string()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A version as a template value.
pub fn version_value(version: Version) -> Rc<dyn Object> {
    Rc::new(VersionObject { version, pointer: true })
}
