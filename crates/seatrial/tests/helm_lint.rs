//! `seatrial helm lint` as a command: Helm's words and exit codes, and what is said besides.

mod common;

use common::Place;

const MANIFEST: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\nicon: https://example.com/c.svg\n";

fn chart(values: &str, template: &str) -> Place {
    Place::new(&[("c/Chart.yaml", MANIFEST), ("c/values.yaml", values), ("c/templates/a.yaml", template)])
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Values.name }}'}\ndata: {a: b}\n";

#[test]
fn a_chart_that_is_fine() {
    let run = chart("name: web\n", MAP).run(&["helm", "lint", "c"]);
    assert_eq!(run.out, "==> Linting c\n\n1 chart(s) linted, 0 chart(s) failed\n", "{run}");
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run}");
    let quiet = chart("name: web\n", MAP).run(&["helm", "lint", "c", "--quiet"]);
    assert_eq!((quiet.code, quiet.out.as_str()), (0, ""), "{quiet}");
}

#[test]
fn what_helm_refuses() {
    let run = chart("name: web\n", "a: {{ nothing }}\n").run(&["helm", "lint", "c", "nowhere"]);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.out.contains("[ERROR] templates/: parse error at (c/templates/a.yaml:1)"), "{run}");
    assert!(
        run.out.contains("==> Linting nowhere\nError unable to check Chart.yaml file in chart: "),
        "{run}"
    );
    assert_eq!(run.err, "Error: 2 chart(s) linted, 2 chart(s) failed\n", "{run}");
}

#[test]
fn what_kubernetes_would_refuse() {
    let place = chart("name: web\n", &MAP.replace("data: {a: b}", "data: {a: [b]}"));
    let run = place.run(&["helm", "lint", "c"]);
    assert!(run.code == 1 && run.out.contains("[ERROR] templates/a.yaml:4: ConfigMap web: "), "{run}");
    let helm = place.run(&["helm", "lint", "c", "--helm-only"]);
    assert_eq!(helm.code, 0, "{helm}");
    let gone = chart(
        "name: web\n",
        &MAP.replace("apiVersion: v1", "apiVersion: batch/v1beta1").replace("ConfigMap", "CronJob"),
    );
    let run = gone.run(&["helm", "lint", "c"]);
    assert!(run.code == 1 && run.out.contains("`batch/v1` took its place"), "{run}");
}

#[test]
fn values_that_nothing_reads() {
    let place = chart("name: web\nnmae: web\nlabels: {}\nimage:\n  tag: v1\n  tga: v2\n", MAP);
    let run = place.run(&["helm", "lint", "c", "--set", "naem=x"]);
    assert_eq!(run.code, 0, "{run}");
    for expected in [
        "[INFO] values.yaml:2: no template reads the value `nmae`",
        "[INFO] values.yaml:3: no template reads the value `labels`",
        "[INFO] values.yaml:6: no template reads the value `image.tga`",
        "[WARNING] values: the chart has no value `naem`: it would change nothing; did you mean `name`?",
    ] {
        assert!(run.out.contains(expected), "{expected}\n{run}");
    }
    // What takes all values, or a block of them, may read any.
    let whole = place.run(&["helm", "lint", "c", "--strict", "--set", "naem=x"]);
    assert_eq!(whole.code, 1, "{whole}");
    let all = chart("name: web\nnmae: web\n", &format!("{MAP}# {{{{ toJson .Values }}}}\n"));
    let run = all.run(&["helm", "lint", "c"]);
    assert!(run.code == 0 && !run.out.contains("nmae"), "{run}");
    let block = chart("name: web\nimage: {tga: v2}\n", &format!("{MAP}# {{{{ toJson .Values.image }}}}\n"));
    let run = block.run(&["helm", "lint", "c"]);
    assert!(run.code == 0 && !run.out.contains("tga"), "{run}");
}

#[test]
fn dependencies_and_their_lock() {
    let place = chart("name: web\n", MAP);
    place.write(
        "c/Chart.yaml",
        &format!(
            "{MANIFEST}dependencies:\n- {{name: db, version: ^2.0.0}}\n- {{name: mq, version: 1.0.0}}\n"
        ),
    );
    place.write("c/Chart.lock", "dependencies:\n- {name: db, version: 1.4.0, repository: ''}\n");
    for name in ["db", "mq"] {
        place.write(
            &format!("c/charts/{name}/Chart.yaml"),
            &format!("apiVersion: v2\nname: {name}\nversion: 2.1.0\n"),
        );
    }
    let run = place.run(&["helm", "lint", "c"]);
    assert!(
        run.out.contains(
            "[WARNING] Chart.lock: dependency `db` is locked at 1.4.0, which ^2.0.0 does not allow"
        ),
        "{run}"
    );
    assert!(run.out.contains("[WARNING] Chart.lock: dependency `mq` is not locked"), "{run}");
    let below = place.run(&["helm", "lint", "c", "--with-subcharts"]);
    assert!(
        below.out.contains("==> Linting c/charts/db\n") && below.out.contains("3 chart(s) linted"),
        "{below}"
    );
}
