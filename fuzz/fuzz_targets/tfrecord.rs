//! The TFRecord file of NAS-Bench-101: as it comes, and with lengths and checksums made right around every line, so that
//! what is in the records is reached too.
#![no_main]

use graphpnas::evaluate::tfrecord::masked_checksum;
use graphpnas::evaluate::read_records;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let framed: Vec<u8> = bytes.split(|byte| *byte == b'\n').flat_map(frame).collect();
    for bytes in [bytes, &framed] {
        let read = read_records(Path::new("x"), bytes, bytes.len() as u64, &mut |_, _| ());
        if let Ok(sheet) = read {
            assert!(sheet.rows() > 0 && sheet.columns().iter().all(|column| column.values.len() == sheet.rows()));
        }
    }
});

fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let (head, tail) = (masked_checksum(&length).to_le_bytes(), masked_checksum(data).to_le_bytes());
    [&length, &head[..], data, &tail].concat()
}
