//! Where a proposal may write.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use seatrial_source::normalize;

use crate::Refusal;

/// What no author but a person writes, whatever is allowed: what says what is allowed, what runs with more rights than a manifest,
/// and what decides who may merge.
const NEVER: [(&str, &str); 22] = [
    ("{,**/}seatrial.{yaml,yml}", "the platform file is a person's word"),
    ("{,**/}.seatrial/**", "the record of rounds is kept by Seatrial alone"),
    ("{,**/}seatrial.lock", "what was fetched is kept by Seatrial alone"),
    ("{,**/}*baseline*", "a baseline is a person's word"),
    ("{,**/}.git/**", "this is Git's own"),
    ("{,**/}.git{ignore,attributes,modules}", "this decides what Git sees"),
    ("{,**/}.github/**", "this runs in CI"),
    ("{,**/}.gitlab/**", "this runs in CI"),
    ("{,**/}.gitlab-ci*", "this runs in CI"),
    ("{,**/}.{circleci,buildkite,woodpecker,drone,tekton,azuredevops,ci}/**", "this runs in CI"),
    (
        "{,**/}{.drone,.travis,.woodpecker,appveyor,bitbucket-pipelines,azure-pipelines*,cloudbuild,.pre-commit-config}.{yml,yaml}",
        "this runs in CI",
    ),
    ("{,**/}Jenkinsfile*", "this runs in CI"),
    ("{,**/}{CODEOWNERS,OWNERS,OWNERS_ALIASES}", "this decides who may approve"),
    (
        "{,**/}.{claude,cursor,vscode,idea,mcp,codex,gemini,windsurf,continue,aider}*/**",
        "this configures tools that act for people",
    ),
    ("{,**/}.mcp.json", "this configures tools that act for people"),
    ("{,**/}{CLAUDE,AGENTS,GEMINI,SKILL}.md", "this instructs models"),
    (
        "{,**/}{Makefile,Justfile,justfile,Taskfile.y*ml,Tiltfile,skaffold.y*ml,Dockerfile*,Earthfile}",
        "this is run by people and CI",
    ),
    (
        "{,**/}*.{sh,bash,zsh,fish,ps1,bat,cmd,py,rb,js,mjs,cjs,ts,go,rs,pl,php,lua,exe,so,dll,jar,wasm}",
        "this is code",
    ),
    ("{,**/}.env*", "this holds secrets"),
    (
        "{,**/}{.npmrc,.netrc,.dockercfg,.docker/**,.kube/**,.ssh/**,.aws/**,kubeconfig*}",
        "this holds credentials",
    ),
    ("{,**/}.sops.y*ml", "this decides how secrets are sealed"),
    ("{,**/}{renovate.json*,.renovaterc*,dependabot.y*ml}", "this configures tools that write for people"),
];

/// The files that a proposal may make or change.
#[derive(Clone, Debug)]
pub struct Allowed {
    globs: GlobSet,
    shown: Vec<String>,
}

impl Allowed {
    /// Those that one of these globs names, as `.gitignore` writes them from the root (`apps/**`, `sets/*.yaml`). The error names a
    /// glob that cannot be read.
    pub fn new(globs: &[String]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            set.add(glob.map_err(|error| error.to_string())?);
        }
        let shown = globs.to_vec();
        Ok(Self { globs: set.build().map_err(|error| error.to_string())?, shown })
    }

    /// This file alone.
    pub fn only(path: &str) -> Self {
        // A name is no glob: what means something in one is escaped.
        let glob = GlobBuilder::new(&globset::escape(path)).literal_separator(true).build();
        let set = glob.ok().and_then(|glob| GlobSetBuilder::new().add(glob).build().ok());
        Self { globs: set.unwrap_or_else(GlobSet::empty), shown: vec![path.to_owned()] }
    }

    /// Why a file of this path may not be written; `None` if it may. Paths are relative to the root, with `/`.
    pub fn refusal(&self, path: &str) -> Option<Refusal> {
        let refuse = |why: String| Some(Refusal { file: path.to_owned(), line: None, why });
        let plain = !path.is_empty()
            && !path.starts_with('/')
            && !path.chars().any(|c| {
                c.is_control() || matches!(c, '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            })
            && !path.contains(':')
            && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.ends_with([' ', '.']));
        if !plain || normalize(path).as_deref() != Some(path) {
            return refuse("this is no plain path below the root".into());
        }
        let lower = path.to_lowercase();
        let never = NEVER.iter().find(|(glob, _)| {
            let glob = GlobBuilder::new(glob).literal_separator(true).case_insensitive(true).build();
            glob.is_ok_and(|glob| glob.compile_matcher().is_match(&lower))
        });
        if let Some((_, why)) = never {
            return refuse(format!("no author may write this file: {why}"));
        }
        if !self.globs.is_match(path) {
            return refuse(format!("only {} may be written here", self.shown.join(", ")));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glob_is_one() {
        for (glob, _) in NEVER {
            assert!(GlobBuilder::new(glob).literal_separator(true).build().is_ok(), "{glob}");
        }
    }

    #[test]
    fn only_what_is_allowed() {
        let allowed = Allowed::new(&["apps/**".into(), "sets/*.yaml".into()]).unwrap();
        for path in ["apps/a.yaml", "apps/x/y.yml", "sets/agent.yaml", "apps/values-prod.yaml"] {
            assert_eq!(allowed.refusal(path), None, "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "../a.yaml",
            "apps/../x.yaml",
            "apps/./x.yaml",
            "apps//x.yaml",
            "sets/deep/x.yaml",
            "other.yaml",
            "apps/seatrial.yaml",
            "apps/Seatrial.YAML",
            "apps/.git/config",
            "apps/.github/workflows/x.yml",
            "apps/x.sh",
            "apps\\x.yaml",
            "C:x.yaml",
            "apps/x.yaml\0",
            "apps/CODEOWNERS",
            "apps/.seatrial/rounds/log.jsonl",
            "apps/.env",
            "apps/baseline.json",
            "apps/x.yaml ",
            "apps/x.",
            "apps/.claude/settings.json",
            "apps/AGENTS.md",
            "~/x.yaml",
            "apps/\u{202e}lmay.x",
        ] {
            assert!(allowed.refusal(path).is_some(), "{path}");
        }
        assert_eq!(Allowed::only("a[1].yaml").refusal("a[1].yaml"), None);
        assert!(Allowed::only("a[1].yaml").refusal("a1.yaml").is_some());
    }
}
