//! What rules share that judge rendered resources: going through them, keeping to one finding a defect, telling.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_argocd::render::{Hook, Origin};
use seatrial_platform::Fact;
use seatrial_source::Span;
use seatrial_trial::why::SetterKind;
use seatrial_trial::{Application, Finding, Fix, Model, Resource, Severity, Sink};
use seatrial_yaml::Path;

use crate::mend::Mend;
use crate::subject::some_of;

/// For how many faults of a rule ways to mend them are looked for: each takes renders of its own. Those that are mended make
/// room for others.
const MENDED: usize = 32;

/// A fault seen in a resource, before it is known what text is responsible.
#[derive(Clone)]
pub(crate) struct Fault {
    /// The field of the resource.
    pub(crate) field: Path,
    /// What tells the fault from others of its rule in the same Application: the offending value.
    pub(crate) key: String,
    /// The same fault found in the Application's own text is the same in this; the key, unless that is not to be shown.
    pub(crate) alike: String,
    /// The fault as a clause; the resources are named after it.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
    /// The fact it breaks.
    pub(crate) fact: Option<(String, Span)>,
    /// Its level, where it is not the rule's.
    pub(crate) severity: Option<Severity>,
    /// What the field should hold.
    pub(crate) mend: Option<Mend>,
}

impl Fault {
    /// A fault of the rule's level that breaks no declared fact.
    pub(crate) fn new(field: Path, key: impl Into<String>, message: impl Into<String>) -> Self {
        let (key, message) = (key.into(), message.into());
        let alike = key.clone();
        Self { field, key, alike, message, help: String::new(), fact: None, severity: None, mend: None }
    }

    /// With what the same fault in the Application's own text is known by.
    pub(crate) fn alike(mut self, text: impl Into<String>) -> Self {
        self.alike = text.into();
        self
    }

    /// With what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// With the fact that is broken.
    pub(crate) fn fact<T: ?Sized>(mut self, fact: &Fact<'_, T>) -> Self {
        self.fact = Some((fact.key.clone(), fact.span));
        self
    }

    /// With what the field should hold, when that is known.
    pub(crate) fn mend(mut self, mend: Option<Mend>) -> Self {
        self.mend = mend;
        self
    }

    /// At a level of its own.
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// What an Application renders to, as rules see it.
pub(crate) struct View<'m> {
    /// The Application.
    pub(crate) application: &'m Application,
    /// What a sync or a deletion applies.
    list: Vec<Resource>,
}

impl View<'_> {
    /// The resources.
    pub(crate) fn resources(&self) -> &[Resource] {
        &self.list
    }

    /// The resources of a kind of a group.
    pub(crate) fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = &Resource> {
        self.list.iter().filter(move |r| r.kind() == kind && r.group() == group)
    }

    /// Whether a Secret of this name comes with the resources: as such, or from what makes one of the same name.
    pub(crate) fn makes_secret(&self, name: &str) -> bool {
        const MAKERS: [&str; 7] = [
            "Secret",
            "SealedSecret",
            "ExternalSecret",
            "VaultStaticSecret",
            "VaultDynamicSecret",
            "Certificate",
            "SecretProviderClass",
        ];
        self.list.iter().any(|r| {
            let target = ["/spec/target/name", "/spec/secretName", "/spec/destination/name"];
            MAKERS.contains(&r.kind()) && (r.name() == name || target.iter().any(|at| r.text(at) == name))
        })
    }

    /// Whether a resource of this kind and name is among them.
    pub(crate) fn has(&self, kind: &str, name: &str) -> bool {
        self.list.iter().any(|r| r.kind() == kind && r.name() == name)
    }
}

/// The faults that a rule sees in the rendered resources of all Applications.
pub(crate) struct Rendered<'m> {
    faults: Vec<(&'m Application, Resource, Fault)>,
    /// Applications whose resources are all known, by their place in the model.
    complete: BTreeSet<usize>,
    /// What is told already, by its index.
    told: BTreeSet<usize>,
}

impl<'m> Rendered<'m> {
    /// Looks at every resource of every Application.
    pub(crate) fn each(
        model: &'m Model<'_>,
        look: impl FnMut(&View<'m>, &Resource, &mut Vec<Fault>),
    ) -> Self {
        Self::each_of(model, runs, look)
    }

    /// The same, with those that Argo CD never applies, such as hooks of a phase that it does not know.
    pub(crate) fn each_idle_too(
        model: &'m Model<'_>,
        look: impl FnMut(&View<'m>, &Resource, &mut Vec<Fault>),
    ) -> Self {
        Self::each_of(model, |_| true, look)
    }

    fn each_of(
        model: &'m Model<'_>,
        seen: fn(&Resource) -> bool,
        mut look: impl FnMut(&View<'m>, &Resource, &mut Vec<Fault>),
    ) -> Self {
        Self::of_those(model, seen, |view, out| {
            let mut faults = Vec::new();
            for resource in view.resources() {
                look(view, resource, &mut faults);
                out.extend(faults.drain(..).map(|fault| (resource.clone(), fault)));
            }
        })
    }

    /// Looks at the resources of each Application together.
    pub(crate) fn of(model: &'m Model<'_>, look: impl FnMut(&View<'m>, &mut Vec<(Resource, Fault)>)) -> Self {
        Self::of_those(model, runs, look)
    }

    fn of_those(
        model: &'m Model<'_>,
        seen: fn(&Resource) -> bool,
        mut look: impl FnMut(&View<'m>, &mut Vec<(Resource, Fault)>),
    ) -> Self {
        let mut out = Self { faults: Vec::new(), complete: BTreeSet::new(), told: BTreeSet::new() };
        for application in &model.applications {
            let rendered = model.context.resources(application);
            if rendered.are_complete() {
                out.complete.insert(place(application));
            }
            let list = rendered.list.iter().filter(|resource| seen(resource)).cloned().collect();
            let view = View { application, list };
            let mut faults = Vec::new();
            look(&view, &mut faults);
            out.faults.extend(faults.into_iter().map(|(resource, fault)| (application, resource, fault)));
        }
        out
    }

    /// Whether the resources of an Application show that a fault in its own text, at this field of it where it is there at
    /// all, has no effect: they are all known, and none has it. Otherwise the text's fault is told by the caller, and not told
    /// again of the resources.
    pub(crate) fn refutes(
        &mut self,
        model: &Model<'_>,
        application: &Application,
        key: &str,
        at: Option<&Path>,
    ) -> bool {
        let alike = self.alike(application, key);
        let own: Vec<usize> = match at {
            // Of several that look the same, those that this text makes.
            Some(at) if alike.len() > 1 => {
                alike.into_iter().filter(|index| self.comes_from(model, *index, at)).collect()
            }
            _ => alike,
        };
        if own.is_empty() && self.knows(application) {
            return true;
        }
        self.told.extend(own);
        false
    }

    /// Leaves the telling of a fault to the caller, whatever the resources show.
    pub(crate) fn told(&mut self, application: &Application, key: &str) {
        self.told.extend(self.alike(application, key));
    }

    /// The faults of an Application that are known by this.
    fn alike(&self, application: &Application, key: &str) -> Vec<usize> {
        let at = place(application);
        let faults = self.faults.iter().enumerate();
        faults.filter(|(_, (a, _, fault))| place(a) == at && fault.alike == key).map(|(i, _)| i).collect()
    }

    /// Whether a fault comes of a field of the Application, as far as that can be told.
    fn comes_from(&self, model: &Model<'_>, index: usize, at: &Path) -> bool {
        let Some((application, resource, fault)) = self.faults.get(index) else { return false };
        let why = model.why(application, resource, &fault.field);
        let setters = why.values.iter().filter_map(|value| value.set_by.first());
        let mut own = setters.filter(|setter| setter.kind < SetterKind::ValuesFile);
        why.values.is_empty() || own.any(|s| at.starts_with(&s.path) || s.path.starts_with(at))
    }

    /// Leaves out what is found in plain manifests that are judged for themselves as well.
    pub(crate) fn without_inputs(mut self, model: &Model<'_>) -> Self {
        self.faults.retain(|(application, resource, _)| {
            let resources = model.context.resources(application);
            let rendered = resources.rendering.resources.get(resource.index);
            !rendered.is_some_and(|rendered| match &rendered.origin {
                Origin::File { path, .. } => model.context.is_input(path),
                Origin::Template { .. } => false,
            })
        });
        self
    }

    /// The ways to mend, where it comes from, what is told of the text of these Applications: those in files first that they
    /// take values from, then `own`, then all others.
    pub(crate) fn fixes(
        &self,
        model: &Model<'_>,
        applications: &[&Application],
        alike: &str,
        own: Option<Fix>,
    ) -> Vec<Fix> {
        let among = |a: &Application| applications.iter().any(|other| std::ptr::eq(*other, a));
        let faults: Vec<_> =
            self.faults.iter().filter(|(a, _, fault)| among(a) && fault.alike == alike).collect();
        let same = |mend: &&Mend| faults.iter().all(|(.., fault)| fault.mend.as_ref() == Some(*mend));
        let first = faults.first();
        let Some(((application, resource, fault), mend)) =
            first.and_then(|first| Some((first, first.2.mend.as_ref().filter(same)?)))
        else {
            return own.into_iter().collect();
        };
        let home = model.home_of(application).0.file.id;
        let mut fixes = mend.fixes(model, applications, resource, &fault.field);
        let at_home = fixes.iter().position(|fix| fix.files().any(|file| file == home));
        fixes.splice(at_home.unwrap_or(fixes.len())..at_home.unwrap_or(fixes.len()), own);
        fixes
    }

    /// Whether the resources of an Application are all known.
    pub(crate) fn knows(&self, application: &Application) -> bool {
        self.complete.contains(&place(application))
    }

    /// Tells what was not told of the text: one finding for all resources and Applications that the same text makes faulty
    /// in the same way.
    pub(crate) fn report(self, model: &Model<'_>, out: &mut Sink<'_>) {
        let mut groups: BTreeMap<(Span, String, String), Group<'m>> = BTreeMap::new();
        for (index, (application, resource, fault)) in self.faults.into_iter().enumerate() {
            if self.told.contains(&index) {
                continue;
            }
            let why = model.why(application, &resource, &fault.field);
            let span = fault.mend.as_ref().map_or(why.span, |mend| mend.place(&why));
            let group = groups.entry((span, fault.key.clone(), fault.message.clone())).or_insert_with(|| {
                Group { fault: fault.clone(), resource: resource.clone(), members: Vec::new(), alike: true }
            });
            group.alike &= group.fault.mend == fault.mend;
            group.members.push((application, subject(&resource)));
        }
        let mut mended = 0;
        for ((span, _, _), mut group) in groups {
            if out.full(span) {
                return;
            }
            mended += usize::from(group.fault.mend.is_some());
            if mended > MENDED {
                group.fault.mend = None;
            }
            out.push(group.finding(model, out, span));
        }
    }
}

/// Whether Argo CD ever applies a resource: it passes over Helm's tests and hooks it has no phase for, and what says so.
fn runs(resource: &Resource) -> bool {
    let annotations = resource.object.pointer("/metadata/annotations");
    let hook = ["argocd.argoproj.io/hook", "helm.sh/hook"]
        .iter()
        .any(|key| annotations.is_some_and(|annotations| annotations.get(key).is_some()));
    let idle = resource.hooks.iter().all(|phase| *phase == Hook::Skip);
    // A hook of Helm's that is a CRD is applied as a plain resource.
    !(idle && hook && resource.kind() != "CustomResourceDefinition")
}

/// Resources that one text makes faulty in one way.
struct Group<'m> {
    fault: Fault,
    resource: Resource,
    members: Vec<(&'m Application, String)>,
    /// Whether the same mends all.
    alike: bool,
}

impl Group<'_> {
    fn finding(self, model: &Model<'_>, out: &Sink<'_>, span: Span) -> Finding {
        let fixes = self.fixes(model);
        let fault = self.fault;
        let subjects: BTreeSet<&str> = self.members.iter().map(|(_, subject)| subject.as_str()).collect();
        let message = format!("{} ({})", fault.message, some_of(subjects.into_iter()));
        let mut finding =
            out.finding(span, message).help(fault.help).field(fault.field.to_string()).key(fault.key);
        if let Some((fact, declared)) = fault.fact {
            finding = finding.fact(fact, Some(declared));
        }
        if let Some(severity) = fault.severity {
            finding = finding.severity(severity);
        }
        finding = finding.fixes(fixes);
        finding.resource = Some(self.resource.identity());
        let applications: BTreeSet<String> = self.members.iter().map(|(a, _)| a.qualified_name()).collect();
        let environments: BTreeSet<String> =
            self.members.iter().filter_map(|(a, _)| a.environment.clone()).collect();
        finding.applications = applications.into_iter().collect();
        finding.environments = environments.into_iter().collect();
        finding
    }

    /// The fixes to try.
    fn fixes(&self, model: &Model<'_>) -> Vec<Fix> {
        let Some(mend) = self.fault.mend.as_ref().filter(|_| self.alike) else { return Vec::new() };
        let mut applications: Vec<&Application> = Vec::new();
        for (application, _) in &self.members {
            if !applications.iter().any(|known| std::ptr::eq(*known, *application)) {
                applications.push(application);
            }
        }
        mend.fixes(model, &applications, &self.resource, &self.fault.field)
    }
}

fn subject(resource: &Resource) -> String {
    format!("{} {}", resource.kind(), resource.name())
}

/// An Application is told from others by where it is in the model.
fn place(application: &Application) -> usize {
    std::ptr::from_ref(application).addr()
}
