//! Each file under `scenarios/`: an intent, then the files of a platform (`-- path --`), and what is proposed, as a
//! snapshot. `INSTA_UPDATE=always` records them again; a changed snapshot is read before it is kept.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use seatrial_author::{Charts, Vocabulary, intent, propose};
use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot};

/// The files of a scenario and the text before them.
fn parts(text: &str) -> (String, Memory) {
    let mut intent = String::new();
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            files.push((name.to_owned(), String::new()));
            continue;
        }
        let into = files.last_mut().map_or(&mut intent, |(_, text)| text);
        into.push_str(line);
        into.push('\n');
    }
    (intent, files.into_iter().collect())
}

fn proposed(text: &str) -> String {
    let (wish, files) = parts(text);
    let tree: Arc<dyn Snapshot> = Arc::new(files);
    let platform = Platform::from_tree(&tree, "seatrial.yaml").expect("the scenario has a platform file");
    let repositories = platform.repository_set(None);
    let charts = Charts::of(&platform, &repositories);
    let vocabulary = Vocabulary::of(&platform, &charts.known);
    let wanted = intent::read(&wish, &vocabulary).intent;
    let proposal = propose(&wanted, &platform, &repositories);
    let again = propose(&wanted, &platform, &repositories);
    assert_eq!(proposal, again, "the same input gives the same bytes");
    let mut out = String::new();
    for issue in platform.issues() {
        let _ = writeln!(out, "platform file: {}", issue.message);
    }
    for question in &proposal.questions {
        let _ = writeln!(out, "? [{}] {}\n    {}", question.id, question.text, question.answer);
        if let Some(assumed) = &question.assumed {
            let _ = writeln!(out, "    assumed: {assumed}");
        }
    }
    out.push_str(proposal.text.as_deref().unwrap_or("(nothing is written)\n"));
    out
}

#[test]
fn scenarios() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    assert!(paths.len() >= 8, "the scenarios are there");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("scenarios");
    settings.bind(|| {
        for path in paths {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(name, proposed(&std::fs::read_to_string(&path).unwrap()));
        }
    });
}
