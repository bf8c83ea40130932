//! As much of an HTTP/1.1 server as clients of these APIs need: one request a connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::say::Then;

/// The most bytes of a request's head and of its body.
const MAX_HEAD: u64 = 64 << 10;
const MAX_BODY: u64 = 32 << 20;
/// How long nothing is sent by [`Then::Stall`].
const STALL: Duration = Duration::from_secs(30);

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    /// By lowercase names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) pieces: Vec<Vec<u8>>,
    pub(crate) then: Then,
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Reads a request.
pub(crate) fn read(stream: &TcpStream) -> io::Result<Incoming> {
    let mut reader = BufReader::new(stream);
    let line = |limit: u64, reader: &mut BufReader<&TcpStream>| -> io::Result<String> {
        let mut text = String::new();
        reader.by_ref().take(limit).read_line(&mut text)?;
        Ok(text.trim_end().to_owned())
    };
    let first = line(MAX_HEAD, &mut reader)?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Err(wrong("no request")) };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers = Vec::new();
    loop {
        let text = line(MAX_HEAD, &mut reader)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| wrong("no header"))?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        if headers.len() > 200 {
            return Err(wrong("too many headers"));
        }
    }
    let get = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if get("expect").is_some() {
        (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if get("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        loop {
            let size = line(64, &mut reader)?;
            let size = u64::from_str_radix(&size, 16).map_err(|_| wrong("no chunk"))?;
            if size > MAX_BODY || body.len() as u64 > MAX_BODY {
                return Err(wrong("too large"));
            }
            reader.by_ref().take(size).read_to_end(&mut body)?;
            line(64, &mut reader)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(size) = get("content-length").and_then(|size| size.parse::<u64>().ok()) {
        if size > MAX_BODY {
            return Err(wrong("too large"));
        }
        reader.take(size).read_to_end(&mut body)?;
    }
    Ok(Incoming { method, path, headers, body })
}

/// Writes an answer in chunks, each piece as soon as it can be.
pub(crate) fn write(mut stream: &TcpStream, answer: &Outgoing) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = format!("HTTP/1.1 {} Mock\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("transfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    for piece in answer.pieces.iter().filter(|piece| !piece.is_empty()) {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk)?;
        stream.flush()?;
    }
    match answer.then {
        Then::End => stream.write_all(b"0\r\n\r\n"),
        Then::Break => Ok(()),
        Then::Stall => {
            // Ends when the client closes its side.
            stream.set_read_timeout(Some(STALL))?;
            let _ = stream.read(&mut [0; 1]);
            Ok(())
        }
    }
}
