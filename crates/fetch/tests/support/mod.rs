//! Servers on loopback: plain files behind a password, and `git http-backend` as a CGI program; a test in a process of its own.

#![allow(dead_code, reason = "each test uses its part")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatrial_argocd::ChartRequest;

/// A request as far as a test needs it.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// A status, further header lines and a body.
pub(crate) type Answer = (u16, String, Vec<u8>);

/// A server that runs until the test ends.
pub(crate) struct Server {
    pub(crate) address: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts a server; `handle` answers the status, further header lines and the body.
    pub(crate) fn start(handle: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::over(|stream| stream, handle)
    }

    /// A server that speaks over what `wrap` makes of each connection, such as TLS.
    pub(crate) fn over<S: Read + Write>(
        wrap: impl Fn(TcpStream) -> S + Send + Sync + 'static,
        handle: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let (count, both) = (Arc::clone(&requests), Arc::new((wrap, handle)));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (count, both) = (Arc::clone(&count), Arc::clone(&both));
                std::thread::spawn(move || serve(both.0(stream), &count, &both.1));
            }
        });
        Self { address, requests }
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn serve(stream: impl Read + Write, count: &AtomicUsize, handle: &dyn Fn(&Request) -> Answer) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((key, value)) = line.trim_end().split_once(':') else { break };
        headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, query, headers, body: Vec::new() };
    let length: u64 = request.header("content-length").parse().unwrap_or(0);
    (&mut reader).take(length).read_to_end(&mut request.body).unwrap();
    count.fetch_add(1, Ordering::SeqCst);
    let (status, headers, body) = handle(&request);
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    let stream = reader.get_mut();
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    let _ = stream.flush();
}

/// Files of a folder for those who know the password (`me`, `secret`); for all when `open`.
pub(crate) fn files(folder: PathBuf, open: bool) -> Server {
    Server::start(move |request| {
        // `me:secret`
        if !open && request.header("authorization") != "Basic bWU6c2VjcmV0" {
            return (401, "WWW-Authenticate: Basic realm=\"charts\"\r\n".to_owned(), Vec::new());
        }
        match std::fs::read(folder.join(request.path.trim_start_matches('/'))) {
            Ok(bytes) => (200, String::new(), bytes),
            Err(_) => (404, String::new(), Vec::new()),
        }
    })
}

/// The repositories of a folder by `git http-backend`.
pub(crate) fn git_http(folder: PathBuf) -> Server {
    Server::start(move |request| {
        let mut cgi = Command::new("git");
        cgi.arg("http-backend")
            .env("GIT_PROJECT_ROOT", &folder)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", &request.path)
            .env("QUERY_STRING", &request.query)
            .env("REQUEST_METHOD", &request.method)
            .env("CONTENT_TYPE", request.header("content-type"))
            .env("CONTENT_LENGTH", request.header("content-length"))
            .env("HTTP_CONTENT_ENCODING", request.header("content-encoding"))
            .env("GIT_PROTOCOL", request.header("git-protocol"))
            .env("GIT_CONFIG_COUNT", "2")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .env("GIT_CONFIG_KEY_1", "uploadpack.allowAnySHA1InWant")
            .env("GIT_CONFIG_VALUE_1", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = cgi.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&request.body).unwrap();
        let output = child.wait_with_output().unwrap().stdout;
        let end = output.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(output.len());
        let head = String::from_utf8_lossy(&output[..end]).into_owned();
        let body = output.get(end + 4..).unwrap_or_default().to_vec();
        let status = head.lines().find_map(|l| l.strip_prefix("Status: ")?.get(..3)?.parse().ok());
        let kept: Vec<&str> = head.lines().filter(|line| !line.starts_with("Status: ")).collect();
        (status.unwrap_or(200), format!("{}\r\n", kept.join("\r\n")), body)
    })
}

/// Runs `git` and answers what it prints.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A version or a range of the chart `demo`.
pub(crate) fn demo<'a>(url: &'a str, version: &'a str) -> ChartRequest<'a> {
    ChartRequest { url, chart: "demo", version, pass_credentials: false }
}

/// Runs one test of this program again, in a process of its own and with an environment of its own, where [`given`] answers
/// `value`; and says whether it passed.
pub(crate) fn again(test: &str, value: &str, environment: &[(&str, &OsStr)]) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--include-ignored"]).env(GIVEN, value);
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("running 1 test"), "{said}");
    output.status.success()
}

/// What [`again`] gave to this process.
pub(crate) fn given() -> Option<String> {
    std::env::var(GIVEN).ok()
}

const GIVEN: &str = "SEATRIAL_FETCH_TEST";

/// An archive of a chart.
pub(crate) fn archive(version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("demo");
    std::fs::create_dir(&chart).unwrap();
    let text = format!("apiVersion: v2\nname: demo\nversion: {version}\n");
    std::fs::write(chart.join("Chart.yaml"), text).unwrap();
    Command::new("tar").args(["-cz", "demo"]).current_dir(folder.path()).output().unwrap().stdout
}
