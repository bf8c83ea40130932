//! Input made to break a reader: every run of the real program ends by itself, with 0, 1 or 2 and words for it,
//! in bounded time and memory.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// After this a run counts as hung; every run here takes seconds at most.
const HUNG: Duration = Duration::from_mins(2);

const HEAD: &str =
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s, namespace: argocd}\nspec:\n";

struct Ended {
    code: i32,
    said: String,
}

/// Runs the program with 4 GiB of address space at most.
fn run(dir: &Path, args: &[&str]) -> Ended {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 4194304; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_seatrial")])
        .args(args)
        .current_dir(dir)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let words = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = err.read_to_end(&mut bytes);
        bytes
    });
    let output = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = out.read_to_end(&mut bytes);
        bytes
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > HUNG {
            let _ = child.kill();
            let _ = child.wait();
            panic!("seatrial {args:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut said = String::from_utf8_lossy(&output.join().unwrap()).into_owned();
    said.push_str(&String::from_utf8_lossy(&words.join().unwrap()));
    let code =
        status.code().unwrap_or_else(|| panic!("seatrial {args:?} was brought down: {status}\n{said}"));
    assert!(matches!(code, 0..=2), "seatrial {args:?} ended with {code}: {said}");
    assert!(!said.contains("panicked") && !said.contains("fault of Seatrial"), "seatrial {args:?}: {said}");
    // What holds nothing to expand is expanded to nothing.
    assert!(args[0] == "expand" || !said.is_empty(), "seatrial {args:?} said nothing");
    Ended { code, said }
}

/// Each command on one file that holds these bytes.
fn survives(name: &str, bytes: impl AsRef<[u8]>) -> Ended {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(name), bytes).unwrap();
    run(dir.path(), &["expand", "--format", "names", name]);
    run(dir.path(), &["fix", "--unsafe", "--dry-run", name]);
    run(dir.path(), &["check", name])
}

/// What `expand` says of one file.
fn expanded(name: &str, bytes: impl AsRef<[u8]>) -> Ended {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(name), bytes).unwrap();
    run(dir.path(), &["expand", "--format", "names", name])
}

/// What `check` says of one file.
fn checked(bytes: impl AsRef<[u8]>) -> Ended {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("m.yaml"), bytes).unwrap();
    run(dir.path(), &["check", "m.yaml"])
}

fn templated(template: &str) -> String {
    format!(
        "{HEAD}  goTemplate: true\n  generators:\n    - list: {{elements: [{{a: b}}]}}\n  template:\n    metadata: {{name: {}}}\n    spec:\n      project: default\n      source: {{repoURL: 'https://example.com/x.git', path: a, targetRevision: v1}}\n      destination: {{server: https://kubernetes.default.svc, namespace: x}}\n",
        serde_json::Value::from(template)
    )
}

const DEEP: usize = 100_000;

#[test]
fn deep_nesting() {
    let nested =
        |open: &str, close: &str| format!("{HEAD}  x: {}{}\n", open.repeat(DEEP), close.repeat(DEEP));
    for text in [nested("[", "]"), nested("{a: ", "}"), nested("[", ""), nested("!!str ", "")] {
        assert_eq!(survives("m.yaml", text).code, 1);
    }
    survives("m.yaml", format!("{HEAD}  x:\n    {}1\n", "- ".repeat(DEEP)));
    survives("m.yaml", format!("{HEAD}  x:\n    {}1\n", "? ".repeat(DEEP)));
    let json = format!(
        "{{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Application\",\"spec\":{}1{}}}",
        "{\"a\":".repeat(DEEP),
        "}".repeat(DEEP)
    );
    assert_eq!(survives("m.json", &json).code, 1);
    let ended = expanded("m.json", json);
    assert!(ended.said.contains("exceeded max depth") && ended.said.contains("m.json:1"), "{}", ended.said);
}

#[test]
fn deep_blocks() {
    let mut text = HEAD.to_owned();
    for depth in 2..2000 {
        text.push_str(&format!("{}a:\n", " ".repeat(depth)));
    }
    survives("m.yaml", text);
}

#[test]
fn alias_bombs() {
    let letters = || ('a'..='t').zip('b'..='u');
    let mut laughs = format!("{HEAD}  a: &a [x, x, x, x, x, x, x, x, x]\n");
    let mut merges = format!("{HEAD}  a: &a {{x: 1}}\n");
    for (last, next) in letters() {
        let nine = vec![format!("*{last}"); 9].join(", ");
        laughs.push_str(&format!("  {next}: &{next} [{nine}]\n"));
        merges.push_str(&format!("  {next}: &{next} {{<<: [{nine}]}}\n"));
    }
    assert!(survives("m.yaml", laughs).said.contains("excessive aliasing"));
    survives("m.yaml", merges);
    survives("m.yaml", format!("{HEAD}  a: &a [*a]\n"));
}

#[test]
fn a_line_of_a_hundred_megabytes() {
    let dir = TempDir::new().unwrap();
    let mut text = format!("{HEAD}  x: ").into_bytes();
    text.resize(100_000_000, b'a');
    fs::write(dir.path().join("m.yaml"), text).unwrap();
    let ended = run(dir.path(), &["check", "m.yaml"]);
    assert_eq!(ended.code, 2);
    assert!(ended.said.contains("--max-file-bytes"), "{}", ended.said);
}

#[test]
fn bytes_that_are_no_text() {
    let invalid =
        b"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: \"\xff\xfe\x80\"}\n";
    let ended = survives("m.yaml", invalid);
    assert!(ended.code == 1 && ended.said.contains("these bytes are no text"), "{}", ended.said);
    let ended = expanded("m.yaml", invalid);
    assert!(ended.said.contains("invalid UTF-8") && ended.said.contains("m.yaml:3"), "{}", ended.said);
    let text = templated("x");
    let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
    };
    let little = utf16([0xff, 0xfe], u16::to_le_bytes);
    let mut odd = little.clone();
    odd.push(b'x');
    for bytes in [little, utf16([0xfe, 0xff], u16::to_be_bytes), odd] {
        survives("m.yaml", bytes);
    }
    survives("m.yaml", utf16([0, 0], u16::to_le_bytes));
    survives("m.yaml", text.replace("default", "def\0ault"));
    survives("m.yaml", format!("{}{text}", "\0".repeat(100_000)));
    survives("m.yaml", text.replace('\n', "\r"));
}

#[test]
fn template_bombs() {
    for template in [
        "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}",
        "{{ block \"a\" . }}x{{ template \"a\" . }}{{ template \"a\" . }}{{ end }}",
        "{{ repeat 1000000000 \"aaaaaaaaaa\" }}",
        "{{ repeat 100000 (repeat 100000 \"aaaaaaaaaa\") }}",
        "{{ until 2000000000 | len }}",
        "{{ untilStep 0 10 0 }}",
        "{{ printf \"%1000000000d\" 1 }}",
        "{{ indent 1000000000 \"x\" }}",
        "{{ $x := \"a\" }}{{ range until 200 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 }}{{ range until 100 }}{{ $x = concat $x $x }}{{ end }}{{ len $x }}",
        "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ $x }}",
        "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ toJson $x }}",
        "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ deepCopy $x }}",
        "{{ regexMatch \"(((a{1,1000}){1,1000}){1,1000})\" \"aaaa\" }}",
        "{{ regexMatch (repeat 100000 \"(\") \"a\" }}",
        "{{ fromJson (printf \"%s%s\" (repeat 100000 \"[\") (repeat 100000 \"]\")) }}",
        "{{ fromYaml (printf \"a: %s%s\" (repeat 100000 \"[\") (repeat 100000 \"]\")) }}",
    ] {
        survives("m.yaml", templated(template));
    }
}

#[test]
fn loops_within_loops() {
    for template in [
        "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}",
        "{{ range until 100000 }}{{ range until 100000 }}{{ $x := sha256sum (repeat 10000 \"a\") }}{{ end }}{{ end }}",
        "{{ $x := until 100000 }}{{ range until 100000 }}{{ $y := toJson $x }}{{ end }}",
        "{{ $x := until 100000 }}{{ range until 100000 }}{{ $y := sortAlpha $x }}{{ end }}",
        "{{ $x := until 100000 }}{{ range until 100000 }}{{ $y := uniq $x }}{{ end }}",
        "{{ range until 100000 }}{{ $x := genPrivateKey \"rsa\" }}{{ end }}",
        "{{ range until 100000 }}{{ $x := bcrypt \"a\" }}{{ end }}",
        "{{ range until 100000 }}{{ $x := derivePassword 1 \"long\" \"a\" \"b\" \"c\" }}{{ end }}",
        "{{ $x := repeat 200000 \"a\" }}{{ range until 100000 }}{{ $y := regexMatch \"(a*)*b\" $x }}{{ end }}",
        "{{ regexReplaceAll \"a\" (repeat 100000 \"a\") (repeat 100000 \"b\") }}",
        "{{ replace \"a\" (repeat 100000 \"b\") (repeat 100000 \"a\") }}",
    ] {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("m.yaml"), templated(template)).unwrap();
        let ended = run(dir.path(), &["check", "--max-template-steps", "500000", "m.yaml"]);
        assert_eq!(ended.code, 1, "{template}: {}", ended.said);
    }
}

/// One document with a list generator of these elements.
fn listed(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<String> = elements.map(|e| format!("{{{e}}}")).collect();
    templated("{{.name}}").replace("{a: b}", &elements.join(", "))
}

#[test]
fn a_little_work_for_each_of_many() {
    let dir = TempDir::new().unwrap();
    let text = listed((0..100).map(|i| format!("name: n{i}")));
    let work = "{{ range until 100 }}{{ range until 100 }}{{ end }}{{ end }}{{.name}}";
    fs::write(dir.path().join("m.yaml"), text.replace("{{.name}}", work)).unwrap();
    let ended = run(dir.path(), &["check", "--max-template-steps", "50000", "m.yaml"]);
    assert!(ended.code == 1 && ended.said.contains("steps together"), "{}", ended.said);
}

#[test]
fn more_combinations_than_can_be_made() {
    let list = |key: &str| {
        let elements: Vec<String> = (0..1000).map(|i| format!("{{{key}: x{i}}}")).collect();
        format!("{{list: {{elements: [{}]}}}}", elements.join(", "))
    };
    let inner = format!("{{matrix: {{generators: [{}, {}]}}}}", list("name"), list("b"));
    let matrix = format!("matrix: {{generators: [{inner}, {}]}}", list("c"));
    let text = templated("{{.name}}").replace("list: {elements: [{a: b}]}", &matrix);
    let ended = survives("m.yaml", text);
    assert!(ended.code == 1 && ended.said.contains("parameter sets"), "{}", ended.said);
}

/// Each fault is told up to a number; then it is said that there are more.
#[test]
fn the_same_fault_everywhere() {
    let lines = |line: fn(usize) -> String| {
        let mut text = HEAD.to_owned();
        (0..400).for_each(|i| text.push_str(&line(i)));
        text
    };
    for text in [
        lines(|i| format!("  k{i}: a\u{200b}b\n")),
        lines(|i| format!("  k{i}: \u{201c}b\u{201d}\n")),
        lines(|i| format!("  k{}: 1\n", i % 100)),
        lines(|i| format!("  k{i}: {{{{ .a }}}}\n")),
        lines(|i| format!("  # seatrial: ignore[invalid-name]\n  k{i}: 1\n")),
        listed((0..300).map(|i| format!("name: N_{i}"))),
    ] {
        let ended = checked(text);
        assert!(ended.code == 1 && ended.said.contains("how many more there are"), "{}", ended.said);
    }
    for text in [
        lines(|i| format!("\tk{i}: b\n")),
        lines(|i| format!("  k{i}: {{% if a %}}x{{% endif %}}\n")),
        lines(|i| format!("  k{i}: \"b\n")),
        lines(|i| format!("  - a{i}\n  k{i}: 1\n")),
        format!("{HEAD}  x: {}{}\n", "{{ if .a }}".repeat(5000), "{{ end }}".repeat(5000)),
        format!("{HEAD}  x: {}\n", "{{ if .a ".repeat(5000)),
        format!("{HEAD}  x: {}\n", "{{/*\n".repeat(5000)),
        format!("{HEAD}  x: {}\n", "a\u{200b}\u{a0}".repeat(5000)),
    ] {
        assert_eq!(checked(text).code, 1);
    }
}

#[test]
fn many_objects_in_a_file() {
    let many = |count: usize, document: fn(usize) -> String| {
        (0..count).map(|i| format!("---\n{}", document(i))).collect::<Vec<_>>().concat()
    };
    assert_eq!(checked(many(3000, |_| "a: 1\n".to_owned())).code, 0);
    assert_eq!(checked(many(500, |_| "kind: Application\n".to_owned())).code, 1);
    assert_eq!(checked(many(100, |_| "kind: Application\nx: [\n".to_owned())).code, 1);
    let faulty = |i: usize| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: A_{i}, namespace: argocd}}\nspec:\n  project: default\n  \
             sources:\n  - {{repoURL: 'https://example.com/x.git', path: a, targetRevison: HEAD}}\n  \
             destination: {{server: https://kubernetes.default.svc, name: y}}\n  syncPolicy: {{automated: {{prune: 'yes'}}}}\n"
        )
    };
    let ended = checked(many(260, faulty));
    assert!(ended.code == 1 && ended.said.contains("how many more there are"), "{}", ended.said);
    assert_eq!(checked(listed((0..500).map(|i| format!("name: n{i}, v: '{i}'")))).code, 1);
}

#[test]
fn parameters_of_charts() {
    let with = |names: &mut dyn Iterator<Item = String>| {
        let parameters: String = names
            .map(|name| format!("        - {{name: '{name}', value: a}}\n"))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  project: default\n  \
             destination: {{server: https://kubernetes.default.svc, namespace: x}}\n  source:\n    repoURL: https://example.com/x.git\n    \
             path: a\n    targetRevision: v1\n    helm:\n      parameters:\n{parameters}"
        )
    };
    survives("m.yaml", with(&mut std::iter::once("a.".repeat(200_000))));
    survives("m.yaml", with(&mut std::iter::once(format!("a{}", "[0]".repeat(100_000)))));
    survives("m.yaml", with(&mut (0..40).map(|i| format!("a{i}[65535]"))));
    survives("m.yaml", with(&mut (0..300).map(|i| format!("image{i}.tag"))));
}

#[test]
fn empty_files_and_folders_with_names_of_files() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("empty.yaml"), "").unwrap();
    fs::create_dir_all(dir.path().join("folder.yaml")).unwrap();
    fs::write(dir.path().join("folder.yaml/set.yaml"), templated("x")).unwrap();
    run(dir.path(), &["check", "empty.yaml"]);
    assert!(run(dir.path(), &["check", "."]).code < 2);
    assert!(run(dir.path(), &["check", "folder.yaml"]).code < 2);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_out_of_the_root() {
    use std::os::unix::fs::symlink;
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret.yaml"), templated("outside")).unwrap();
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    symlink(".", at("here")).unwrap();
    symlink("b.yaml", at("a.yaml")).unwrap();
    symlink("a.yaml", at("b.yaml")).unwrap();
    symlink(outside.path().join("secret.yaml"), at("out.yaml")).unwrap();
    symlink(outside.path(), at("away")).unwrap();
    fs::write(at("set.yaml"), templated("x")).unwrap();
    let ended = run(dir.path(), &["expand", "--format", "names", "."]);
    assert!(!ended.said.contains("outside/"), "{}", ended.said);
    let ended = run(dir.path(), &["check", "."]);
    assert!(ended.code < 2, "{}", ended.said);
    assert_eq!(run(dir.path(), &["check", "a.yaml"]).code, 2);
    assert_eq!(run(dir.path(), &["check", "out.yaml"]).code, 2);
}

#[cfg(unix)]
#[test]
fn unreadable_files_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("set.yaml");
    fs::write(&file, templated("x")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o0)).unwrap();
    // The superuser reads everything.
    if fs::read(&file).is_err() {
        let ended = run(dir.path(), &["check", "set.yaml"]);
        assert_eq!(ended.code, 2);
        assert!(ended.said.contains("set.yaml"), "{}", ended.said);
    }
}

#[test]
fn a_repository_of_two_thousand_files() {
    let dir = TempDir::new().unwrap();
    for i in 0..2000 {
        let folder = dir.path().join(format!("team-{}", i / 100));
        fs::create_dir_all(&folder).unwrap();
        let text = if i % 40 == 0 {
            templated(&format!("app-{i}")).replace("{name: s,", &format!("{{name: s{i},"))
        } else {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\n")
        };
        fs::write(folder.join(format!("f{i}.yaml")), text).unwrap();
    }
    let ended = run(dir.path(), &["check", "--format", "json", "."]);
    let report: serde_json::Value =
        serde_json::from_str(ended.said.get(..=ended.said.rfind('}').unwrap()).unwrap()).unwrap();
    assert_eq!(report["summary"]["files"], 50);
}

/// Ends the thread that writes, also when what reads fails.
struct Ends<'d>(&'d AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Somebody else writes while Seatrial reads, as an editor or a checkout does: files that change, come and go, turn
/// into folders and back.
#[test]
fn a_repository_that_changes_while_it_is_read() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("apps")).unwrap();
    fs::write(at("apps/still.yaml"), templated("still")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(Ordering::Relaxed) {
                turn += 1;
                let name = format!("apps/{}.yaml", turn % 7);
                // Not through a temporary file: half of it can be seen.
                let _ = fs::write(at(&name), format!("{}---\n", templated("comes")).repeat(turn % 5));
                let gone = format!("apps/{}.yaml", (turn + 3) % 7);
                let _ = fs::remove_file(at(&gone));
                if turn % 2 == 0 {
                    let _ = fs::create_dir(at(&gone));
                    let _ = fs::remove_dir(at(&gone));
                }
                std::thread::sleep(Duration::from_micros(300));
            }
        });
        let _ends = Ends(&done);
        for _ in 0..8 {
            run(dir.path(), &["check", "."]);
            run(dir.path(), &["expand", "--format", "names", "."]);
            run(dir.path(), &["fix", "--unsafe", "--dry-run", "."]);
        }
    });
}

/// What `fix` writes is never half a file, and never on top of half a file, whoever writes beside it.
#[test]
fn fix_while_somebody_else_writes() {
    const END: &str = "# the end\n";
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("set.yaml");
    let version =
        |turn: usize| format!("# {turn}\n{}# {}\n{END}", templated("x{{"), "-".repeat(turn % 50 * 100));
    let put = |turn: usize| {
        let beside = dir.path().join("beside");
        fs::write(&beside, version(turn)).unwrap();
        fs::rename(&beside, &file).unwrap();
    };
    put(0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                put(turn);
                std::thread::sleep(Duration::from_micros(u64::try_from(turn % 30).unwrap() * 1000));
            }
        });
        let _ends = Ends(&done);
        for _ in 0..12 {
            run(dir.path(), &["fix", "--unsafe", "set.yaml"]);
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("# ") && text.ends_with(END), "half a file:\n{text}");
        }
    });
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["set.yaml"], "temporary files stay");
}
