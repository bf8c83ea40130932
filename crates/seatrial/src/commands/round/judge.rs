//! A proposal tried where it would stand, with the safe fixes applied that its trial offers.

use std::path::Path;
use std::sync::Arc;

use seatrial_gate::{Redactor, Sight, content, privileges, sets, strangers};
use seatrial_rounds::{Comparison, File, Fixed, Picture, Round, Unknown, Verdict, coverage};
use seatrial_source::{Overlay, Snapshot};
use seatrial_trial::{FixOptions, Foresight, Inputs, fix, foresee};
use serde_json::Value;

use crate::cli::{Global, InputArgs};
use crate::error::CliError;
use crate::formats::{FailOn, Shown, json};
use crate::io::Io;
use crate::look::Look;
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};

/// A session over the folder that proposals belong to.
pub(super) fn session(home: &Path, global: &Global, io: &mut Io<'_>) -> Result<Session, CliError> {
    let input = InputArgs { paths: vec![home.to_owned()], rev: None, stdin_name: String::new() };
    Session::open(&input, global, io)
}

/// Tries files and puts into the round what came of them: the result, the fixes, the findings, the picture, the constraints.
pub(super) fn judge(
    session: &Session,
    round: &mut Round,
    files: &[File],
    global: &Global,
    io: &Io<'_>,
) -> Result<(), CliError> {
    let over = |files: &[File]| {
        let mut overlay = Overlay::new(Arc::clone(&session.inputs.snapshot));
        for file in files {
            overlay.set(&file.path, file.text.as_str());
        }
        let snapshot: Arc<dyn Snapshot> = Arc::new(overlay);
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Inputs { snapshot, paths, ..session.inputs.clone() }
    };
    let proposed = over(files);
    let (fixed, before, result, after) = progress::during("trying it", shows_progress(global, io), || {
        on_threads(global, || {
            let fixed = fix(&proposed, seatrial_rules::all(), &FixOptions::default());
            let before = foresee(&proposed);
            let mut result = files.to_vec();
            for change in &fixed.files {
                if let Some(file) = result.iter_mut().find(|file| file.path == change.path) {
                    change.after.as_ref().clone_into(&mut file.text);
                }
            }
            let after = foresee(&over(&result));
            (fixed, before, result, after)
        })
    })?;
    let platform = &session.inputs.platform;
    let mut redactor = Redactor::of(platform);
    let report = &fixed.remaining;
    let metas = super::super::catalogue();
    let shown = Shown {
        report,
        rules: &metas,
        environments: &session.environments,
        platform: platform.path(),
        fail_on: FailOn::Error,
        look: Look::PLAIN,
        verbosity: 0,
        arguments: &session.arguments,
    };
    let checked = serde_json::to_value(json::output(&shown)).unwrap_or_default();
    let list = |key: &str| checked.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    round.findings = list("findings");
    round.unknown = list("unknown")
        .iter()
        .map(|unknown| Unknown { what: text(unknown, "what"), needs: text(unknown, "needs") })
        .collect();
    round.verdict = match text(&checked, "verdict").as_str() {
        "ready" => Verdict::Ready,
        "not-ready" => Verdict::NotReady,
        _ => Verdict::Unknown,
    };
    round.fixed = Fixed::all(&fixed);
    round.picture = Picture::of(&after, &mut redactor);
    round.picture.as_proposed =
        if round.fixed.is_empty() { Vec::new() } else { as_proposed(&before, &mut redactor) };
    round.constraints = coverage(platform, &after, &round.findings);
    round.refused = held(session, &result, &after);
    round.result = result;
    Ok(())
}

/// Rights that are told of whatever a person brings; others are a matter of whom one believes.
const DANGEROUS: [&str; 9] =
    ["rbac", "host", "host-path", "privileged", "cluster", "argocd", "plugin", "credentials", "generator"];

/// What the gate holds back, whoever wrote it: silences, objects that only a person writes, places that no fact names, dangerous rights.
fn held(session: &Session, result: &[File], after: &Foresight) -> Vec<String> {
    let inputs = &session.inputs;
    let paths: Vec<String> =
        result.iter().map(|file| file.path.clone()).filter(|p| inputs.snapshot.exists(p)).collect();
    let known = if paths.is_empty() {
        Sight::default()
    } else {
        Sight::of(&foresee(&Inputs { paths, ..inputs.clone() }))
    };
    let (platform, seen) = (&inputs.platform, Sight::of(after));
    let mut out: Vec<String> = Vec::new();
    let mut rights = privileges(&known, &[], &seen);
    for file in result {
        let before = inputs.snapshot.read(&file.path).ok().map(|file| Arc::clone(&file.text));
        out.extend(content(&file.path, &file.text, before.as_deref()).iter().map(ToString::to_string));
        let (strange, more) = sets(platform, &file.path, &file.text, before.as_deref(), &[]);
        out.extend(strange.iter().map(ToString::to_string));
        rights.extend(more);
    }
    out.extend(strangers(platform, &known, &seen).iter().map(ToString::to_string));
    rights.retain(|right| {
        DANGEROUS.contains(&right.kind) || !known.applications.is_empty() && right.kind == "deletion"
    });
    out.extend(
        rights.iter().map(|right| format!("{}: needs a person's word: {}", right.application, right.what)),
    );
    out
}

/// What would have become of the files as they were proposed, before the fixes.
fn as_proposed(before: &Foresight, redactor: &mut Redactor) -> Vec<String> {
    let said = before.expanded.errors.iter();
    let said = said.map(|error| format!("Argo CD would have said {}: {}", error.reason, error.message));
    let mut said: Vec<String> = said.map(|said| redactor.text(&said)).collect();
    if said.is_empty() && !before.applications.iter().any(|application| application.created) {
        said.push("nothing could have been applied: no object of Argo CD can be read in it".to_owned());
    }
    said
}

/// Whether a judgement came out otherwise than the recorded one.
pub(super) fn differs(comparison: &Comparison, round: &Round, now: &Round) -> bool {
    round.verdict != now.verdict
        || !comparison.fixed.is_empty()
        || !comparison.regressed.is_empty()
        || !comparison.revealed.is_empty()
        || !comparison.met.is_empty()
        || !comparison.broken.is_empty()
        || !comparison.applications.is_empty()
        || !comparison.resources.is_empty()
        || round.result != now.result
}
