//! A container of a pod, each part with its path.

use seatrial_yaml::Path;
use serde_json::Value;

/// Which list of the pod a container is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// Runs before the others, or beside them with `restartPolicy: Always`.
    Init,
    /// One of the pod's containers.
    Main,
    /// Added for debugging.
    Ephemeral,
}

impl ContainerKind {
    /// All, in the order in which they run.
    pub const ALL: [Self; 3] = [Self::Init, Self::Main, Self::Ephemeral];

    /// The field of the pod's specification.
    pub fn field(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container, and where it is in its object.
#[derive(Clone, Debug)]
pub struct Container<'v> {
    /// Its path.
    pub path: Path,
    /// Which list it is in.
    pub kind: ContainerKind,
    /// The container.
    pub value: &'v Value,
}

/// Which question a probe answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Whether the container must be restarted.
    Liveness,
    /// Whether the pod may be sent traffic.
    Readiness,
    /// Whether the container has started.
    Startup,
}

impl ProbeKind {
    const ALL: [Self; 3] = [Self::Liveness, Self::Readiness, Self::Startup];

    /// The field of the container.
    pub fn field(self) -> &'static str {
        match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

/// A probe, and where it is in its object.
#[derive(Clone, Debug)]
pub struct Probe<'v> {
    /// Its path.
    pub path: Path,
    /// What it asks.
    pub kind: ProbeKind,
    /// The probe.
    pub value: &'v Value,
}

impl<'v> Probe<'v> {
    /// The port it asks at, with its field; none for probes that run a command.
    pub fn port(&self) -> Option<(Path, &'v Value)> {
        ["httpGet", "tcpSocket", "grpc"].into_iter().find_map(|how| {
            let port = self.value.get(how)?.get("port").filter(|port| !port.is_null())?;
            Some((self.path.join(how).join("port"), port))
        })
    }
}

impl<'v> Container<'v> {
    /// Its name; empty when it has none.
    pub fn name(&self) -> &'v str {
        self.value.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its image, with its field.
    pub fn image(&self) -> Option<(Path, &'v str)> {
        let image = self.value.get("image")?.as_str().filter(|image| !image.is_empty())?;
        Some((self.path.join("image"), image))
    }

    /// Whether it runs beside the others for as long as the pod does.
    pub fn is_lasting(&self) -> bool {
        let restarts = || self.value.get("restartPolicy").and_then(Value::as_str) == Some("Always");
        self.kind == ContainerKind::Main || self.kind == ContainerKind::Init && restarts()
    }

    /// An amount of `requests` or `limits`, as text, with its field.
    pub fn amount(&self, part: &str, what: &str) -> Option<(Path, String)> {
        let value = self.value.get("resources")?.get(part)?.get(what)?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some((self.path.join("resources").join(part).join(what), text))
    }

    /// Its probes.
    pub fn probes(&self) -> Vec<Probe<'v>> {
        let probe = |kind: ProbeKind| {
            let value = self.value.get(kind.field()).filter(|value| value.is_object())?;
            Some(Probe { path: self.path.join(kind.field()), kind, value })
        };
        ProbeKind::ALL.into_iter().filter_map(probe).collect()
    }

    /// Its ports.
    pub fn ports(&self) -> Vec<(Path, &'v Value)> {
        self.items("ports")
    }

    /// Whether it has a port of this name or number.
    pub fn has_port(&self, port: &Value) -> bool {
        self.ports().iter().any(|(_, own)| match port {
            Value::String(name) => own.get("name").and_then(Value::as_str) == Some(name),
            number => own.get("containerPort") == Some(number),
        })
    }

    /// Its environment variables.
    pub fn env(&self) -> Vec<(Path, &'v Value)> {
        self.items("env")
    }

    /// Where it mounts volumes.
    pub fn mounts(&self) -> Vec<(Path, &'v Value)> {
        self.items("volumeMounts")
    }

    /// Its security context.
    pub fn security_context(&self) -> Option<(Path, &'v Value)> {
        let value = self.value.get("securityContext").filter(|value| !value.is_null())?;
        Some((self.path.join("securityContext"), value))
    }

    fn items(&self, key: &str) -> Vec<(Path, &'v Value)> {
        let path = self.path.join(key);
        let list = self.value.get(key).and_then(Value::as_array).into_iter().flatten();
        list.enumerate().map(|(index, item)| (path.join(index), item)).collect()
    }
}
