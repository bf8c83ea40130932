//! `seatrial init`: a first platform file from what can be found, and a few questions.

mod discover;
mod draft;

use std::path::PathBuf;

use seatrial_source::{GitRepository, WorkTree, write};

use crate::cli::{Global, InitArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, Look};
use crate::session::{shown, source_limits};
use crate::text::{count, list, printable};
use discover::Found;
use draft::Draft;

pub(super) fn run(args: &InitArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let dir = io.cwd.join(&args.dir);
    let target = dir.join(seatrial_platform::FILE_NAME);
    let exists = target.symlink_metadata().is_ok();
    if exists && !args.force && !args.dry_run {
        return Err(CliError::new(format!("`{}` exists already", shown(&target, &io.cwd)))
            .hint("`--force` overwrites it; `--dry-run` prints what would be written"));
    }
    let tree = WorkTree::open(&dir)
        .map_err(|error| CliError::new(format!("cannot look into `{}`: {}", args.dir.display(), error.kind)))?
        .with_limits(source_limits(&global.limits));
    let mut found = Found::default();
    discover::objects(&tree, &mut found);
    let configs = kubeconfigs(args, io)?;
    for path in &configs {
        discover::kubeconfig(path, &mut found);
    }
    if let Ok(repository) = GitRepository::discover(&dir) {
        discover::remotes(&repository, &dir, &mut found);
    }
    let look = io.error_look(global.color);
    if global.quiet == 0 {
        io.say(&summary(&found, look));
    }
    let mut draft = Draft::from(&found);
    if !args.yes && io.terminal.input && io.terminal.error {
        ask(&mut draft, io, look);
    }
    let text = draft.to_yaml();
    if args.dry_run {
        io.print(&text)?;
        return Ok(0);
    }
    if exists {
        // Asked for by `--force`.
        let old = WorkTree::open(&dir)
            .and_then(|tree| seatrial_source::Snapshot::read(&tree, seatrial_platform::FILE_NAME))
            .map_err(|error| CliError::new(error.to_string()))?;
        write::replace(&target, &old, &text)
    } else {
        write::create(&target, &text)
    }
    .map_err(|error| CliError::new(error.to_string()))?;
    if global.quiet < 2 {
        io.print(&format!(
            "Wrote {}: {} and {}.\nRead it, correct it, then: seatrial platform gaps, seatrial check\n",
            shown(&target, &io.cwd),
            count(draft.clusters.len(), "cluster"),
            count(draft.environments().len(), "environment"),
        ))?;
    }
    Ok(0)
}

/// The kubeconfig files to learn from: the one named, else those of `$KUBECONFIG`, else the usual one.
fn kubeconfigs(args: &InitArgs, io: &Io<'_>) -> Result<Vec<PathBuf>, CliError> {
    if let Some(path) = &args.kubeconfig {
        let full = io.cwd.join(path);
        if !full.is_file() {
            return Err(CliError::new(format!("no such kubeconfig: `{}`", path.display())));
        }
        return Ok(vec![full]);
    }
    if let Some(paths) = (io.env)("KUBECONFIG").filter(|paths| !paths.is_empty()) {
        return Ok(std::env::split_paths(&paths).filter(|path| path.is_file()).collect());
    }
    let usual = (io.env)("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
    Ok(usual.filter(|path| path.is_file()).into_iter().collect())
}

fn summary(found: &Found, look: Look) -> String {
    let mut parts = Vec::new();
    let clusters: Vec<&str> = found.clusters.iter().map(|c| c.name.as_str()).collect();
    if !clusters.is_empty() {
        parts.push(format!("{} ({})", count(clusters.len(), "cluster"), list(&clusters)));
    }
    for (n, noun) in [
        (found.applications, "Application or ApplicationSet"),
        (found.projects, "AppProject"),
        (found.charts.len(), "chart"),
        (found.remotes.len(), "Git remote"),
    ] {
        match (n, noun) {
            (0, _) => {}
            (n, "Application or ApplicationSet") if n > 1 => {
                parts.push(format!("{n} Applications and ApplicationSets"));
            }
            (n, noun) => parts.push(count(n, noun)),
        }
    }
    let what = if parts.is_empty() { "nothing to learn from".to_owned() } else { list(&parts) };
    format!("{} {}\n", look.paint(DIM, "found:"), printable(&what))
}

/// A few questions; an empty answer takes what is proposed.
fn ask(draft: &mut Draft, io: &mut Io<'_>, look: Look) {
    let mut question = |text: &str, proposed: &str| {
        let shown =
            if proposed.is_empty() { String::new() } else { look.paint(DIM, &format!(" [{proposed}]")) };
        let answer = io.ask(&format!("{} {}{shown}: ", look.paint(CYAN, "?"), look.paint(BOLD, text)));
        answer.filter(|answer| !answer.is_empty()).unwrap_or_else(|| proposed.to_owned())
    };
    draft.version = question("Which version of Argo CD runs", &draft.version);
    draft.version_known = true;
    draft.namespace = question("In which namespace", &draft.namespace);
    for cluster in &mut draft.clusters {
        let proposed = cluster.environment.clone().unwrap_or_default();
        let answer =
            question(&format!("Which environment is the cluster {}", printable(&cluster.name)), &proposed);
        cluster.environment = (!answer.is_empty()).then_some(answer);
    }
    let hub = draft.runs_in.clone().unwrap_or_default();
    let answer = question("Which cluster does Argo CD itself run in", &hub);
    draft.runs_in = (!answer.is_empty()).then_some(answer);
    for environment in draft.environments() {
        let registries =
            question(&format!("Registries that {environment} may pull from (spaces between)"), "");
        let hosts: Vec<String> =
            registries.split([' ', ',']).filter(|r| !r.is_empty()).map(str::to_owned).collect();
        if !hosts.is_empty() {
            draft.registries.insert(environment.clone(), hosts);
            let secret = question(&format!("Name of the pull secret in {environment}, if one is needed"), "");
            if !secret.is_empty() {
                draft.pull_secrets.insert(environment.clone(), secret);
            }
        }
        let proposed = if draft::is_production(&environment) { "manual" } else { "automatic" };
        let sync = question(&format!("Is {environment} synced automatically or manually"), proposed);
        draft.manual.insert(environment, sync.starts_with('m'));
    }
}
