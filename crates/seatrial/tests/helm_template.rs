//! `seatrial helm template` as a command: flags as Helm takes them, what it refuses, and what it prints of a chart that fails.

mod common;

use common::Place;
use seatrial_cli::Terminal;

const MANIFEST: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

fn chart(template: &str) -> Place {
    Place::new(&[
        ("c/Chart.yaml", MANIFEST),
        ("c/templates/a.yaml", template),
        ("c/crds/x.yaml", "kind: X\n"),
    ])
}

#[test]
fn booleans_may_be_spelled_out() {
    let place = chart("kind: A\n");
    let with = place.run(&["helm", "template", "r", "c", "--include-crds=true"]);
    assert!(with.code == 0 && with.out.contains("kind: X"), "{with}");
    let without = place.run(&["helm", "template", "r", "c", "--include-crds=F"]);
    assert!(without.code == 0 && !without.out.contains("kind: X"), "{without}");
    let wrong = place.run(&["helm", "template", "r", "c", "--include-crds=maybe"]);
    assert!(wrong.code == 2 && wrong.err.contains("neither true nor false"), "{wrong}");
}

#[test]
fn flags_of_installations_change_nothing() {
    let place = chart("kind: A\n");
    let plain = place.run(&["helm", "template", "r", "c"]);
    let all = "--create-namespace --timeout 5m --wait --wait=legacy --atomic --server-side=false -l a=b --kube-context x --version 1.x --devel";
    let mut args = vec!["helm", "template", "r", "c"];
    args.extend(all.split(' ').filter(|arg| *arg != "--wait"));
    let run = place.run(&args);
    assert!(run.code == 0 && run.out == plain.out, "{run}");
    assert_eq!(place.run(&["helm", "template", "r", "c", "--wait"]).out, plain.out);
}

#[test]
fn what_is_not_done_is_said() {
    let place = chart("kind: A\n");
    let cases: [&[&str]; 6] = [
        &["--verify"],
        &["--repo", "https://charts.example.org"],
        &["--post-renderer", "kustomize"],
        &["--validate"],
        &["--dry-run=server"],
        &["--enable-dns"],
    ];
    for flags in cases {
        let args: Vec<&str> = ["helm", "template", "r", "c"].iter().chain(flags).copied().collect();
        let run = place.run(&args);
        assert!(run.code == 1 && run.out.is_empty() && run.err.starts_with("Error: --"), "{run}");
    }
}

#[test]
fn debug_shows_what_was_rendered() {
    let place = chart("kind: [\n");
    let run = place.run(&["helm", "template", "r", "c"]);
    let hint = "\n\nUse --debug flag to render out invalid YAML\n";
    assert!(run.code == 1 && run.out.is_empty() && run.err.ends_with(hint), "{run}");
    let run = place.run(&["helm", "template", "r", "c", "--debug"]);
    assert_eq!((run.code, run.out.as_str()), (1, "---\n# Source: c/templates/a.yaml\nkind: [\n"));
    assert!(
        run.err.starts_with("Error: YAML parse error on c/templates/a.yaml: ")
            && !run.err.contains("--debug"),
        "{run}"
    );
    // A template that fails leaves nothing but Helm's line.
    let place = chart("{{ fail \"no\" }}");
    assert_eq!(place.run(&["helm", "template", "r", "c", "--debug"]).out, "\n");
    for (version, words) in [("3.19.4", "could not find template"), ("4.3.1", "execution error")] {
        let run = place.run(&[
            "helm",
            "template",
            "r",
            "c",
            "--debug",
            "-s",
            "templates/b.yaml",
            "--helm-version",
            version,
        ]);
        assert!(run.err.contains(words), "{run}");
    }
}

#[test]
fn a_limit_names_the_option_that_raises_it() {
    let place = chart("{{ range until 20000 }}{{ end }}kind: A\n");
    let few = ["helm", "template", "r", "c", "--max-template-steps", "5000"];
    let run = place.run(&few);
    assert!(run.code == 1 && run.err.contains("(`--max-template-steps` raises this limit)"), "{run}");
    let run = place.run(&["helm", "template", "r", "c", "--max-template-steps", "5000000"]);
    assert_eq!(run.code, 0, "{run}");
    let run = place.run(&["helm", "template", "r", "c", "--max-chart-files", "1"]);
    assert!(run.code == 1 && run.err.contains("(`--max-chart-files` raises this limit)"), "{run}");
}

#[test]
fn values_are_bounded() {
    let place = chart("kind: A\n");
    let long = "x".repeat(3000);
    place.write("long.yaml", &format!("a: {long}\n"));
    let few = ["--max-chart-bytes", "2000"];
    for given in [["-f", "long.yaml"], ["--set-file", "a=long.yaml"], ["-f", "-"]] {
        let args = [["helm", "template"], ["r", "c"], given, few].concat();
        let run = place.run_with(&args, &format!("a: {long}\n"), Terminal::default());
        assert!(
            run.code == 1
                && run.err.contains("is larger than 2000 bytes (`--max-chart-bytes` raises this limit)"),
            "{run}"
        );
        let run = place.run_with(&args[..6], "a: 1\n", Terminal::default());
        assert_eq!(run.code, 0, "{run}");
    }
}

#[test]
fn dependencies_are_taken_from_what_is_at_hand() {
    let wanting = |beside: &str, stored: &str| {
        format!(
            "{MANIFEST}dependencies:\n- {{name: beside, version: {beside}, repository: 'file://../beside'}}\n\
             - {{name: stored, version: {stored}, repository: 'https://charts.example.org'}}\n"
        )
    };
    let place = |chart: &str, platform: &str| {
        Place::new(&[
            ("c/Chart.yaml", chart),
            ("beside/Chart.yaml", "apiVersion: v2\nname: beside\nversion: 1.1.0\n"),
            ("beside/templates/a.yaml", "kind: Beside\n"),
            ("shelf/stored/Chart.yaml", "apiVersion: v2\nname: stored\nversion: 2.5.0\n"),
            ("shelf/stored/templates/a.yaml", "kind: Stored\n"),
            ("seatrial.yaml", platform),
        ])
    };
    let shelf = "repositories:\n  https://charts.example.org: {path: shelf}\n";
    let update = ["helm", "template", "r", "c", "--dependency-update"];
    let met = place(&wanting("^1.0", "2.x"), shelf).run(&update);
    assert!(met.code == 0 && met.out.contains("kind: Beside") && met.out.contains("kind: Stored"), "{met}");
    let without = place(&wanting("^1.0", "2.x"), "argocd: {version: \"3.6\"}\n").run(&update);
    assert!(without.code == 1 && without.out.is_empty(), "{without}");
    assert!(without.err.contains("1 of 2 missing dependencies cannot be had here"), "{without}");
    assert!(
        without.err.contains("stored 2.x of \"https://charts.example.org\": ")
            && without.err.contains("name a folder for it under `repositories`"),
        "{without}"
    );
    let other = place(&wanting("^2.0", "3.x"), shelf).run(&update);
    assert!(
        other.code == 1 && other.err.contains("beside ^2.0 of \"file://../beside\": there is 1.1.0"),
        "{other}"
    );
    assert!(other.err.contains("stored 3.x"), "{other}");
}
