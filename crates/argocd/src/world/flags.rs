//! How the ApplicationSet controller and the repo server are started.

use std::collections::BTreeMap;

/// The settings that change what an expansion yields. Names follow the controller's environment variables
/// (`ARGOCD_APPLICATIONSET_CONTROLLER_…`) and the keys of `argocd-cmd-params-cm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// `…_ENABLE_NEW_GIT_FILE_GLOBBING`: files patterns are doublestar globs, not git pathspecs.
    pub new_git_file_globbing: bool,
    /// `ARGOCD_REPO_SERVER_INCLUDE_HIDDEN_DIRECTORIES`: folders whose name begins with a dot count.
    pub include_hidden_directories: bool,
    /// `ARGOCD_GIT_MODULES_ENABLED`: submodules are fetched.
    pub submodules: bool,
    /// `…_POLICY`: `create-only`, `create-update`, `create-delete`, `sync`; empty is `sync`.
    pub policy: String,
    /// `…_ENABLE_POLICY_OVERRIDE`: a set's own `applicationsSync` wins.
    pub enable_policy_override: bool,
    /// `…_ENABLE_PROGRESSIVE_SYNCS`.
    pub progressive_syncs: bool,
    /// `…_ENABLE_SCM_PROVIDERS`.
    pub enable_scm_providers: bool,
    /// `…_ALLOWED_SCM_PROVIDERS`: API addresses; empty allows all.
    pub allowed_scm_providers: Vec<String>,
    /// `…_NAMESPACES`: further namespaces (globs or `/regexes/`) whose ApplicationSets are reconciled.
    pub namespaces: Vec<String>,
    /// `…_GLOBAL_PRESERVED_ANNOTATIONS`.
    pub preserved_annotations: Vec<String>,
    /// `…_GLOBAL_PRESERVED_LABELS`.
    pub preserved_labels: Vec<String>,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            new_git_file_globbing: false,
            include_hidden_directories: false,
            submodules: true,
            policy: String::new(),
            enable_policy_override: true,
            progressive_syncs: false,
            enable_scm_providers: true,
            allowed_scm_providers: Vec::new(),
            namespaces: Vec::new(),
            preserved_annotations: Vec::new(),
            preserved_labels: Vec::new(),
        }
    }
}

impl Flags {
    /// Reads the `data` of `argocd-cmd-params-cm`. A policy given there turns the override off unless it is turned on there too.
    pub fn from_params(data: &BTreeMap<String, String>) -> Self {
        let text = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
        let truth = |key: &str, default: bool| match text(key) {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            _ => default,
        };
        let list = |key: &str| {
            text(key)
                .split(',')
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let policy = text("applicationsetcontroller.policy").to_owned();
        Self {
            new_git_file_globbing: truth("applicationsetcontroller.enable.new.git.file.globbing", false),
            include_hidden_directories: truth("reposerver.include.hidden.directories", false),
            submodules: truth("reposerver.enable.git.submodule", true),
            enable_policy_override: truth(
                "applicationsetcontroller.enable.policy.override",
                policy.is_empty(),
            ),
            policy,
            progressive_syncs: truth("applicationsetcontroller.enable.progressive.syncs", false),
            enable_scm_providers: truth("applicationsetcontroller.enable.scm.providers", true),
            allowed_scm_providers: list("applicationsetcontroller.allowed.scm.providers"),
            namespaces: list("applicationsetcontroller.namespaces"),
            preserved_annotations: list("applicationsetcontroller.global.preserved.annotations"),
            preserved_labels: list("applicationsetcontroller.global.preserved.labels"),
        }
    }
}
