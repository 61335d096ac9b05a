//! A server on loopback that delivers one archive, with whatever manners each connection is to meet.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// How a connection is treated.
#[derive(Clone, Copy)]
pub enum Manner {
    /// As it should be, ranges included.
    Good,
    /// Delivers everything, whatever was asked for.
    NoRanges,
    /// Ends the connection after so many bytes.
    Cut(usize),
    /// Falls silent after so many bytes.
    Silent(usize),
    /// Tells another length than the archive's.
    Length(usize),
    /// Tells another total length in a range's answer.
    Total(usize),
    /// Continues elsewhere than asked to.
    Elsewhere,
    /// Tells no length, and delivers so many bytes of the archive and zeros after it.
    Unmeasured(usize),
    /// Fails with a status.
    Status(u16),
    /// Delivers as many bytes, but others.
    Other,
}

/// Serves one connection after the other; gives the address, and the range that each connection asked for.
pub fn serve(archive: Vec<u8>, manners: Vec<Manner>) -> (String, Receiver<Option<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/small.archive", listener.local_addr().unwrap());
    let (ranges, asked) = channel();
    thread::spawn(move || {
        // A silent connection stays open until the test ends.
        let mut silent = Vec::new();
        for manner in manners {
            let (mut stream, _) = listener.accept().unwrap();
            let from = range(&stream);
            // Not every test asks.
            let _ = ranges.send(from);
            // The other side may hang up on what it does not like.
            let _ = answer(&mut stream, &archive, from, manner);
            if let Manner::Silent(_) = manner {
                silent.push(stream);
            }
        }
        asked_until_the_end(silent);
    });
    (url, asked)
}

fn asked_until_the_end(streams: Vec<TcpStream>) {
    for mut stream in streams {
        // Returns when the client has gone.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
}

/// Reads a request; the first byte it asks for, where it asks for a range.
fn range(stream: &TcpStream) -> Option<usize> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| line.to_ascii_lowercase()).collect();
    lines.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok())
}

fn answer(stream: &mut TcpStream, archive: &[u8], from: Option<usize>, manner: Manner) -> std::io::Result<()> {
    let from = from.filter(|_| !matches!(manner, Manner::NoRanges));
    let (start, total) = (from.unwrap_or(0), archive.len());
    let mut body = archive[start..].to_vec();
    let status = match (manner, from) {
        (Manner::Status(status), _) => status,
        (_, Some(_)) => 206,
        _ => 200,
    };
    let mut length = Some(body.len());
    let (mut told_start, mut told_total) = (start, total);
    match manner {
        Manner::Cut(bytes) | Manner::Silent(bytes) => body.truncate(bytes),
        Manner::Length(bytes) => length = Some(bytes),
        Manner::Total(bytes) => told_total = bytes,
        Manner::Elsewhere => told_start += 1,
        Manner::Unmeasured(bytes) => {
            length = None;
            body.resize(bytes, 0);
        }
        Manner::Other => body.iter_mut().for_each(|byte| *byte = !*byte),
        Manner::Good | Manner::NoRanges | Manner::Status(_) => {}
    }
    write!(stream, "HTTP/1.1 {status} Whatever\r\nConnection: close\r\n")?;
    if let Some(length) = length {
        write!(stream, "Content-Length: {length}\r\n")?;
    }
    if status == 206 {
        write!(stream, "Content-Range: bytes {told_start}-{}/{told_total}\r\n", total - 1)?;
    }
    write!(stream, "\r\n")?;
    stream.write_all(&body)
}
