//! `seatrial mcp --http` by plain HTTP: who may ask, and what is answered.

#[path = "common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::Place;
use serde_json::json;

/// A server at work in an empty folder, and its address.
struct Server {
    child: Child,
    address: String,
    _place: Place,
}

impl Server {
    fn start(flags: &[&str]) -> Self {
        let place = Place::new(&[("a.txt", "")]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_seatrial"))
            .args(["mcp", "--http", "127.0.0.1:0"])
            .args(flags)
            .current_dir(place.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").unwrap().1.strip_suffix("/mcp").unwrap().to_owned();
        Self { child, address, _place: place }
    }

    /// Sends a request, and gives the status and the rest of what came back.
    fn ask(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
             Content-Length: {}\r\nConnection: close\r\n",
            body.len()
        );
        let hosts = headers.iter().any(|(name, _)| *name == "Host");
        if !hosts {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        // A server that refuses need not read what was sent.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hello() -> String {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string()
}

fn tools() -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {"_meta": meta}}).to_string()
}

const STATELESS: [(&str, &str); 2] = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/list")];

#[test]
fn who_asks_is_looked_at() {
    let server =
        Server::start(&["--allow-host", "tools.example.org", "--allow-origin", "https://tools.example.org"]);
    let (status, answer) = server.ask("/mcp", &[], &hello());
    assert!(status == 200 && answer.contains("\"seatrial\""), "{answer}");
    let (status, answer) = server.ask("/mcp", &STATELESS, &tools());
    assert!(status == 200 && answer.contains("try_manifest"), "{answer}");
    for (name, value, allowed) in [
        ("Origin", "http://localhost:5173", true),
        ("Origin", "http://127.0.0.1:80", true),
        ("Origin", "https://tools.example.org", true),
        ("Origin", "https://evil.example.net", false),
        ("Origin", "null", false),
        ("Host", "localhost:9999", true),
        ("Host", "tools.example.org", true),
        ("Host", "evil.example.net", false),
        ("Host", "127.0.0.1.evil.example.net", false),
    ] {
        let (status, answer) = server.ask("/mcp", &[(name, value)], &hello());
        assert_eq!(status == 200, allowed, "{name}: {value}: {answer}");
        assert!(allowed || status == 403, "{name}: {value}: {status}");
    }
}

#[test]
fn what_is_no_request_is_refused_and_the_next_answered() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("/", &[], &hello()).0, 404);
    assert_eq!(server.ask("/mcp/../etc/passwd", &[], &hello()).0, 404);
    let huge = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{}\"}}", "x".repeat(9 << 20));
    assert!(matches!(server.ask("/mcp", &[], &huge).0, 413 | 0));
    for body in ["", "{", "[]", "nonsense", "{\"jsonrpc\":\"2.0\"}"] {
        let (status, answer) = server.ask("/mcp", &[], body);
        assert!((400..500).contains(&status), "{body}: {answer}");
    }
    // Somebody who never says what they want holds nobody up.
    let idle: Vec<TcpStream> = (0..8).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    assert_eq!(server.ask("/mcp", &[], &hello()).0, 200);
    drop(idle);
}

#[test]
fn other_machines_are_not_served_by_mistake() {
    let place = Place::new(&[("a.txt", "")]);
    for address in ["0.0.0.0:0", "[::]:0"] {
        let run = place.run(&["mcp", "--http", address]);
        assert!(run.code == 2 && run.err.contains("--allow-host"), "{run}");
    }
    let run = place.run(&["mcp", "--http", "nowhere"]);
    assert!(run.code == 2 && run.err.contains("is no address"), "{run}");
}
