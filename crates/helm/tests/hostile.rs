//! Charts made to do harm end in an error that names the limit and the option that raises it, or in Helm's own words.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use seatrial_gotemplate::Limits;
use seatrial_helm::load::{LoadOptions, RawFile, archive, files};
use seatrial_helm::{Error, HelmVersion, Options, Prepared, Release, Values, render};

const MANIFEST: &str = "apiVersion: v2\nname: hostile\nversion: 1.0.0\n";

fn file(name: &str, text: &str) -> RawFile {
    RawFile { name: name.to_owned(), data: text.as_bytes().into(), source: name.into() }
}

/// Renders a chart of these files within limits that are reached soon.
fn rendered(given: &[(&str, &str)]) -> Result<Release, Error> {
    let mut all: Vec<RawFile> = given.iter().map(|(name, text)| file(name, text)).collect();
    if !given.iter().any(|(name, _)| *name == "Chart.yaml") {
        all.push(file("Chart.yaml", MANIFEST));
    }
    let chart = files(all, &LoadOptions::default())?;
    let limits = Limits { depth: 500, steps: 300_000, output: 1 << 20, time: None };
    let options = Options { limits, ..Options::default() };
    render(&Prepared::new(Arc::new(chart), HelmVersion::default()), Values::new(), &options)
}

/// The error of a chart, which must be one of our limits and hold all these words.
fn limited(given: &[(&str, &str)], words: &[&str]) {
    let error = rendered(given).expect_err("it has no end");
    assert!(error.limit, "{error}");
    for word in words {
        assert!(error.message.contains(word), "{word} is not in: {error}");
    }
}

/// The error of a chart, which must be Helm's own and hold these words.
fn refused(given: &[(&str, &str)], words: &str) {
    let error = rendered(given).expect_err("Helm refuses it");
    assert!(!error.limit && error.message.contains(words), "{error}");
}

#[test]
fn recursion_ends() {
    let text = "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}";
    // Helm's own bound is 1000, which takes more than the depth that is allowed here.
    limited(
        &[("templates/a.yaml", text)],
        &["exceeded maximum template depth", "`--max-template-depth` raises"],
    );
    // Go has a bound of its own, which it tells in the same words.
    let text = "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}";
    refused(&[("templates/a.yaml", text)], "exceeded maximum template depth (100000)");
    let values = "text: '{{ tpl .Values.text . }}'\n";
    limited(
        &[("templates/a.yaml", "{{ tpl .Values.text . }}"), ("values.yaml", values)],
        &["limit of 50 nested tpl calls exceeded", "`--max-template-depth` raises"],
    );
}

#[test]
fn loops_end() {
    limited(
        &[("templates/a.yaml", "{{ range $i := 1000000000 }}{{ $i }}{{ end }}")],
        &["step limit of 300000 exceeded", "`--max-template-steps` raises"],
    );
    limited(
        &[("templates/a.yaml", "{{ range until 1000000000 }}{{ end }}")],
        &["memory limit of 1048576 bytes exceeded", "`--max-output-bytes` raises"],
    );
}

#[test]
fn time_ends() {
    let given = [("Chart.yaml", MANIFEST), ("templates/a.yaml", "{{ range $i := 1000000000 }}{{ end }}")];
    let chart = files(given.iter().map(|(name, text)| file(name, text)).collect(), &LoadOptions::default());
    let limits = Limits { time: Some(std::time::Duration::ZERO), ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let prepared = Prepared::new(Arc::new(chart.expect("a chart")), HelmVersion::default());
    let error = render(&prepared, Values::new(), &options).expect_err("it has no end");
    assert!(error.limit && error.message.contains("time limit of 0"), "{error}");
    assert!(error.message.contains("`--max-template-seconds` raises"), "{error}");
}

#[test]
fn output_ends() {
    let text = "{{ $x := repeat 1000 \"x\" }}{{ range until 2000 }}{{ $x }}{{ end }}";
    limited(
        &[("templates/a.yaml", text)],
        &["limit of 1048576 bytes exceeded", "`--max-output-bytes` raises"],
    );
    let text = "{{ repeat 1000000000 \"gigabytes\" }}";
    limited(
        &[("templates/a.yaml", text)],
        &["limit of 1048576 bytes exceeded", "`--max-output-bytes` raises"],
    );
}

#[test]
fn aliases_do_not_multiply() {
    let mut values = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        let of = format!("*a{}, ", i - 1).repeat(10);
        values.push_str(&format!("a{i}: &a{i} [{of}]\n"));
    }
    refused(&[("values.yaml", &values)], "excessive aliasing");
}

#[test]
fn schemas_end() {
    let name = "a".repeat(5_000) + "!";
    let values = format!("name: {name}\n");
    let schema = r#"{"properties": {"name": {"pattern": "^(a+)+$"}}}"#;
    refused(&[("values.yaml", &values), ("values.schema.json", schema)], "does not match pattern");
    // Each definition asks twice for the next.
    let links: Vec<String> = (0..40)
        .map(|i| {
            format!(
                "\"d{i}\": {{\"allOf\": [{{\"$ref\": \"#/$defs/d{0}\"}}, {{\"$ref\": \"#/$defs/d{0}\"}}]}}",
                i + 1
            )
        })
        .collect();
    let schema = format!(
        "{{\"$ref\": \"#/$defs/d0\", \"$defs\": {{{}, \"d40\": {{\"type\": \"object\"}}}}}}",
        links.join(",")
    );
    limited(
        &[("values.yaml", "a: 1\n"), ("values.schema.json", &schema)],
        &["the schema takes more than 30000 checks", "`--max-template-steps` raises"],
    );
}

#[test]
fn files_do_not_lead_out() {
    let text = "a: {{ .Files.Get \"../../../etc/passwd\" | quote }}\nb: {{ .Files.Get \"/etc/passwd\" | quote }}\n\
                c: {{ .Files.Glob \"../**\" | len }}\n";
    let release = rendered(&[("templates/a.yaml", text)]).expect("nothing is found");
    assert_eq!(String::from_utf8_lossy(&release.manifests[0].text), "a: \"\"\nb: \"\"\nc: 0\n");
}

#[test]
fn a_chart_that_depends_on_itself_is_missing() {
    let manifest =
        format!("{MANIFEST}dependencies: [{{name: hostile, version: 1.0.0, repository: \"file://.\"}}]\n");
    refused(&[("Chart.yaml", &manifest)], "missing in charts/ directory: hostile");
}

#[test]
fn charts_do_not_nest_for_ever() {
    let options = LoadOptions { depth: 5, ..LoadOptions::default() };
    let deep: Vec<RawFile> =
        (0..10).map(|i| file(&format!("{}Chart.yaml", "charts/hostile/".repeat(i)), MANIFEST)).collect();
    let error = files(deep, &options).expect_err("too deep");
    assert!(error.limit, "{error}");
    assert!(
        error.message.ends_with("charts lie more than 5 deep (`--max-chart-depth` raises this limit)"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn links_in_circles_end() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("Chart.yaml"), MANIFEST).expect("a file");
    std::os::unix::fs::symlink(".", dir.path().join("again")).expect("a link");
    let options = LoadOptions { depth: 20, ..LoadOptions::default() };
    let error = seatrial_helm::load::folder(dir.path(), &options).expect_err("too deep");
    assert!(
        error.limit
            && error
                .message
                .ends_with("folders lie more than 20 deep (`--max-chart-depth` raises this limit)"),
        "{error}"
    );
}

/// A member of a tar archive: its name, its kind, where it links to, its size as told, and its contents.
struct Member<'m>(&'m str, u8, &'m str, usize, &'m [u8]);

fn packed(members: &[Member<'_>]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    for Member(name, kind, link, size, data) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[148..156].fill(b' ');
        header[156] = *kind;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.write_all(&header).expect("memory");
        out.write_all(data).expect("memory");
        out.write_all(&vec![0; data.len().wrapping_neg() % 512]).expect("memory");
    }
    out.write_all(&[0; 1024]).expect("memory");
    out.finish().expect("memory")
}

#[test]
fn archives_are_bounded() {
    let manifest = Member("c/Chart.yaml", b'0', "", MANIFEST.len(), MANIFEST.as_bytes());
    let load = |members: &[Member<'_>], options: &LoadOptions| {
        archive(&packed(members), "c.tgz", options).map(|_| ()).expect_err("it is refused")
    };
    let v3 = LoadOptions { version: HelmVersion::V3_19, ..LoadOptions::default() };
    let words = |name: &str| load(&[Member(name, b'0', "", 1, b"x")], &v3).message;
    assert_eq!(words("c/../../etc/passwd"), "chart illegally references parent directory");
    assert_eq!(words("c//etc/passwd"), "chart illegally contains absolute paths");
    assert_eq!(words("c/C:/windows"), "chart contains illegally named files");
    assert_eq!(words("c\\..\\..\\x"), "chart illegally references parent directory");
    // A bomb tells its size, or does not: both are Helm's to refuse.
    let huge = [Member("c/bomb", b'0', "", 200 << 20, b"x")];
    assert_eq!(load(&huge, &v3).message, "decompressed chart is larger than the maximum file size 104857600");
    assert_eq!(load(&huge, &LoadOptions::default()).message, "unable to load chart archive");
    let small = LoadOptions { bytes: 100, ..LoadOptions::default() };
    let data = [b'x'; 200];
    let error = load(&[manifest, Member("c/data", b'0', "", 200, &data)], &small);
    assert_eq!(error.message, "the chart is larger than 100 bytes (`--max-chart-bytes` raises this limit)");
    let manifest = || Member("c/Chart.yaml", b'0', "", MANIFEST.len(), MANIFEST.as_bytes());
    let few = LoadOptions { files: 2, ..LoadOptions::default() };
    let many = [manifest(), Member("c/a", b'0', "", 0, b""), Member("c/b", b'0', "", 0, b"")];
    assert_eq!(
        load(&many, &few).message,
        "the chart has more than 2 files (`--max-chart-files` raises this limit)"
    );
}

#[test]
fn links_in_archives_are_not_followed() {
    let members = [
        Member("c/Chart.yaml", b'0', "", MANIFEST.len(), MANIFEST.as_bytes()),
        Member("c/secret", b'2', "/etc/passwd", 0, b""),
        Member("c/hard", b'1', "../../etc/passwd", 0, b""),
    ];
    for version in HelmVersion::ALL {
        let options = LoadOptions { version, ..LoadOptions::default() };
        let chart = archive(&packed(&members), "c.tgz", &options).expect("a chart");
        assert!(chart.files.iter().all(|file| file.data.is_empty()));
    }
}
