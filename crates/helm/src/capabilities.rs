//! `.Capabilities`: what Helm believes of a cluster that it does not see.
//!
//! The lists of API versions are those of the real binaries; `cargo xtask record helm` writes them again.

use std::any::Any;
use std::sync::LazyLock;

use seatrial_gotemplate::semver::{Constraints, Version};
use seatrial_gotemplate::{Call, Elem, FuncError, Kind, List, Method, Object, Sig, Str, Value};

use crate::engine::version_set_type;
use crate::error::Error;
use crate::options::{KubeVersion, Options};
use crate::version::HelmVersion;

/// The API versions that a Helm takes a cluster to serve, in its order.
pub fn default_api_versions(version: HelmVersion) -> &'static [&'static str] {
    static LISTS: LazyLock<[Vec<&str>; 3]> = LazyLock::new(|| {
        [
            include_str!("capabilities/3.19.4.txt").lines().collect(),
            include_str!("capabilities/4.2.1.txt").lines().collect(),
            include_str!("capabilities/4.3.1.txt").lines().collect(),
        ]
    });
    &LISTS[version as usize]
}

/// The Kubernetes that a Helm takes a cluster to be.
pub fn default_kube_version(version: HelmVersion) -> KubeVersion {
    let minor = match version {
        HelmVersion::V3_19 => "20",
        HelmVersion::V4_2 => "36",
        HelmVersion::V4_3 => "37",
    };
    KubeVersion {
        version: format!("v1.{minor}.0"),
        normalized: format!("v1.{minor}.0"),
        major: "1".into(),
        minor: minor.into(),
    }
}

impl KubeVersion {
    /// Reads the value of `--kube-version` as a Helm does: Helm 4 keeps what stands behind the numbers, Helm 3 drops it.
    /// The error is Helm's: `invalid kube version 'X': …`.
    pub fn parse(text: &str, version: HelmVersion) -> Result<Self, Error> {
        let fail = |reason: String| Error::new(format!("invalid kube version '{text}': {reason}"));
        // `version.ParseGeneric` of Kubernetes: numbers with dots between them, two at least, then anything.
        let unread = || fail(format!("could not parse {text:?} as version"));
        let bare = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
        let bare = bare.strip_prefix('v').unwrap_or(bare);
        let mut end = 0;
        for part in bare.split('.') {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                end = part.as_ptr() as usize - bare.as_ptr() as usize + digits;
            }
            if digits < part.len() || digits == 0 {
                break;
            }
        }
        let (numbers, extra) = bare.split_at(end);
        if numbers.is_empty() || extra.contains('\n') {
            return Err(unread());
        }
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() < 2 {
            return Err(fail(format!("illegal version string {text:?}")));
        }
        let mut read = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if index == 0 && part.len() > 1 && part.starts_with('0') {
                return Err(fail(format!("illegal zero-prefixed version component {part:?} in {text:?}")));
            }
            let number: u64 = part.parse().map_err(|_| {
                let range = format!("strconv.ParseUint: parsing {part:?}: value out of range");
                fail(format!("illegal non-numeric version component {part:?} in {text:?}: {range}"))
            })?;
            read.push(number.to_string());
        }
        let normalized = format!("v{}", read.join("."));
        let whole = match version {
            HelmVersion::V3_19 => normalized.clone(),
            _ if text.starts_with('v') => text.to_owned(),
            _ => format!("v{text}"),
        };
        let mut read = read.into_iter();
        let (major, minor) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
        Ok(Self { version: whole, normalized, major, minor })
    }
}

/// Whether the Kubernetes of a render is one that the chart asks for; else Helm's error.
pub(crate) fn check_kube_version(wanted: &str, options: &Options) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let kube = options.kube_version.clone().unwrap_or_else(|| default_kube_version(options.version));
    let fits = match (Constraints::parse(wanted.as_bytes()), Version::parse(kube.normalized.as_bytes())) {
        (Ok(constraints), Ok(version)) => constraints.check(&version),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let text = format!(
        "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {}",
        kube.version
    );
    Err(Error::new(text))
}

/// The value of `.Capabilities`.
pub(crate) fn value(options: &Options) -> Value {
    let version = options.version;
    let kube = options.kube_version.clone().unwrap_or_else(|| default_kube_version(version));
    let defaults = default_api_versions(version).iter().map(|text| Str::from_static(text));
    let added = options.api_versions.iter().map(|text| Str::from(text.as_str()));
    let versions = defaults.chain(added).map(Value::Str).collect();
    let versions = List::of_type(version_set_type(version), Elem::Str, versions);
    Value::object(Structure {
        name: if version == HelmVersion::V3_19 { "*chartutil.Capabilities" } else { "*common.Capabilities" },
        fields: vec![
            ("KubeVersion", Value::object(Kube { kube, version })),
            ("APIVersions", Value::List(versions)),
            ("HelmVersion", build_info(version)),
        ],
    })
}

/// `.Capabilities.HelmVersion`.
fn build_info(version: HelmVersion) -> Value {
    let text = |text: &'static str| Value::Str(Str::from_static(text));
    let mut fields = vec![
        ("Version", Value::str(version.to_string())),
        ("GitCommit", text("")),
        ("GitTreeState", text("")),
        ("GoVersion", text("go1.27.3")),
    ];
    match version {
        HelmVersion::V3_19 => {}
        HelmVersion::V4_2 => fields.push(("KubeClientVersion", text("v1.36"))),
        HelmVersion::V4_3 => fields.push(("KubeClientVersion", text("v1.37"))),
    }
    Value::object(Structure { name: "version.BuildInfo", fields })
}

/// A Go struct, or a pointer to one, with nothing but fields.
struct Structure {
    name: &'static str,
    fields: Vec<(&'static str, Value)>,
}

impl Object for Structure {
    fn type_name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> Kind {
        if self.name.starts_with('*') { Kind::Pointer } else { Kind::Struct }
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        // Build information has names of its own, and leaves out what is empty.
        let build = !self.name.starts_with('*');
        let key = |name: &'static str| match name {
            "Version" => "version",
            "GitCommit" => "git_commit",
            "GitTreeState" => "git_tree_state",
            "GoVersion" => "go_version",
            "KubeClientVersion" => "kube_client_version",
            other => other,
        };
        let fields = self.fields.iter().filter(|(_, value)| !build || value.truth());
        Some(fields.map(|(name, value)| (key(name), value.clone())).collect())
    }

    fn equals(&self, other: &dyn Object) -> bool {
        std::ptr::addr_eq(self, other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.KubeVersion`.
struct Kube {
    kube: KubeVersion,
    version: HelmVersion,
}

impl Kube {
    fn text_of(&self) -> Str {
        let text = match self.version {
            HelmVersion::V3_19 => &self.kube.version,
            _ => &self.kube.normalized,
        };
        Str::from(text.as_str())
    }
}

impl Object for Kube {
    fn type_name(&self) -> &'static str {
        if self.version == HelmVersion::V3_19 { "chartutil.KubeVersion" } else { "common.KubeVersion" }
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        let text = match name {
            "Version" => &self.kube.version,
            "Major" => &self.kube.major,
            "Minor" => &self.kube.minor,
            _ => return None,
        };
        Some(Value::str(text.as_str()))
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &String| Value::str(text.as_str());
        let mut fields = vec![("Version", text(&self.kube.version))];
        if self.version != HelmVersion::V3_19 {
            fields.push(("normalizedVersion", text(&self.kube.normalized)));
        }
        fields.extend([("Major", text(&self.kube.major)), ("Minor", text(&self.kube.minor))]);
        fields
    }

    fn methods(&self) -> &'static [Method] {
        &[Method { name: "GitVersion", sig: Sig::NONE }, Method { name: "String", sig: Sig::NONE }]
    }

    fn call(&self, index: usize, _: &mut Call<'_>, _: &[Value]) -> Result<Value, FuncError> {
        Ok(if index == 0 { Value::str(self.kube.version.as_str()) } else { Value::Str(self.text_of()) })
    }

    fn text_by_address(&self) -> Option<Str> {
        Some(self.text_of())
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.fields().into_iter().filter(|(name, _)| *name != "normalizedVersion").collect())
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| other.kube == self.kube)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
