//! The TFRecord file of NAS-Bench-101: as raw bytes, and with valid lengths and checksums around every line, so that
//! the content of records is also tested.
#![no_main]

use graphpnas::evaluate::read_records;
use graphpnas::evaluate::tfrecord::write_record;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let mut framed = Vec::new();
    bytes.split(|byte| *byte == b'\n').for_each(|line| write_record(&mut framed, line));
    for bytes in [bytes, &framed] {
        let read = read_records(Path::new("x"), bytes, bytes.len() as u64, &mut |_, _| ());
        if let Ok(sheet) = read {
            assert!(sheet.rows() > 0 && sheet.columns().iter().all(|column| column.values.len() == sheet.rows()));
        }
    }
});
