//! A loopback server that serves one archive, with a configurable behaviour for each connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// The behaviour for one connection.
#[derive(Clone, Copy)]
pub enum Behaviour {
    /// Correct, with range support.
    Good,
    /// Ignores ranges and sends the complete archive.
    NoRanges,
    /// Closes the connection after this number of bytes.
    Cut(usize),
    /// Stops sending after this number of bytes, but leaves the connection open.
    Silent(usize),
    /// Sends this wrong content length.
    Length(usize),
    /// Sends this wrong total length in the content range.
    Total(usize),
    /// Sends another range than requested.
    Elsewhere,
    /// Sends no length, and this number of bytes: of the archive, then zeros.
    Unmeasured(usize),
    /// Returns an HTTP error status.
    Status(u16),
    /// Sends the right number of wrong bytes.
    Other,
}

/// Serves one connection after the other; returns the address and the start of the range that each one requests.
pub fn serve(archive: Vec<u8>, behaviours: Vec<Behaviour>) -> (String, Receiver<Option<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/small.archive", listener.local_addr().unwrap());
    let (ranges, requests) = channel();
    thread::spawn(move || {
        // A silent connection stays open until the test ends.
        let mut silent = Vec::new();
        for behaviour in behaviours {
            let (mut stream, _) = listener.accept().unwrap();
            let from = range(&stream);
            // Not every test reads the ranges.
            let _ = ranges.send(from);
            // The client may close the connection early.
            let _ = answer(&mut stream, &archive, from, behaviour);
            if let Behaviour::Silent(_) = behaviour {
                silent.push(stream);
            }
        }
        wait_until_closed(silent);
    });
    (url, requests)
}

fn wait_until_closed(streams: Vec<TcpStream>) {
    for mut stream in streams {
        // Returns when the client closes the connection.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
}

/// Reads a request; returns the start of the requested range, if any.
fn range(stream: &TcpStream) -> Option<usize> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| line.to_ascii_lowercase()).collect();
    lines.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok())
}

fn answer(stream: &mut TcpStream, archive: &[u8], from: Option<usize>, behaviour: Behaviour) -> std::io::Result<()> {
    let from = from.filter(|_| !matches!(behaviour, Behaviour::NoRanges));
    let (start, total) = (from.unwrap_or(0), archive.len());
    let mut body = archive[start..].to_vec();
    let status = match (behaviour, from) {
        (Behaviour::Status(status), _) => status,
        (_, Some(_)) => 206,
        _ => 200,
    };
    let mut length = Some(body.len());
    let (mut sent_start, mut sent_total) = (start, total);
    match behaviour {
        Behaviour::Cut(bytes) | Behaviour::Silent(bytes) => body.truncate(bytes),
        Behaviour::Length(bytes) => length = Some(bytes),
        Behaviour::Total(bytes) => sent_total = bytes,
        Behaviour::Elsewhere => sent_start += 1,
        Behaviour::Unmeasured(bytes) => {
            length = None;
            body.resize(bytes, 0);
        }
        Behaviour::Other => body.iter_mut().for_each(|byte| *byte = !*byte),
        Behaviour::Good | Behaviour::NoRanges | Behaviour::Status(_) => {}
    }
    write!(stream, "HTTP/1.1 {status} Whatever\r\nConnection: close\r\n")?;
    if let Some(length) = length {
        write!(stream, "Content-Length: {length}\r\n")?;
    }
    if status == 206 {
        write!(stream, "Content-Range: bytes {sent_start}-{}/{sent_total}\r\n", total - 1)?;
    }
    write!(stream, "\r\n")?;
    stream.write_all(&body)
}
