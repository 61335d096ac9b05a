//! TFRecord frames: all damage is detected, with the right position.

use super::make::{framed, masked_crc};
use graphpnas::evaluate::tfrecord::{Fault, MAX_RECORD, Records, masked_checksum};

/// An error, and the number and byte offset of its record.
type PositionedFault = (Fault, (u64, u64));

/// All records, or the first error with its position.
fn all(bytes: &[u8]) -> Result<Vec<Vec<u8>>, PositionedFault> {
    let mut records = Records::new(bytes);
    let mut found = Vec::new();
    loop {
        match records.next_record() {
            Ok(Some(data)) => found.push(data.to_vec()),
            Ok(None) => return Ok(found),
            Err(fault) => return Err((fault, records.position())),
        }
    }
}

fn three() -> Vec<u8> {
    [&b"first"[..], b"", b"the third record"].map(framed).concat()
}

#[test]
fn the_checksum_matches_the_reference() {
    // The published check value of CRC-32C is that of "123456789".
    let unmasked = u32::from_le_bytes(masked_crc(b"123456789")).wrapping_sub(0xa282_ead8).rotate_left(15);
    assert_eq!(unmasked, 0xe306_9283);
    for text in [&b""[..], b"1", b"123456789", &[0; 100]] {
        assert_eq!(masked_checksum(text).to_le_bytes(), masked_crc(text));
    }
}

#[test]
fn records_are_read() {
    assert_eq!(all(&three()).unwrap(), [&b"first"[..], b"", b"the third record"]);
    assert!(all(b"").unwrap().is_empty());
}

#[test]
fn any_flipped_bit_is_detected() {
    let complete = three();
    for index in 0..complete.len() * 8 {
        let mut bytes = complete.clone();
        bytes[index / 8] ^= 1 << (index % 8);
        let (fault, (number, offset)) = all(&bytes).expect_err("a flipped bit");
        let expected = [(1, 0), (2, 21), (3, 37)].into_iter().rfind(|(_, start)| *start <= index as u64 / 8).unwrap();
        assert_eq!((number, offset), expected, "{index}: {fault}");
    }
}

#[test]
fn truncation_within_a_record_is_detected() {
    let complete = three();
    for length in 0..complete.len() {
        let result = all(&complete[..length]);
        match [0, 21, 37].iter().position(|boundary| *boundary == length) {
            Some(records) => assert_eq!(result.unwrap().len(), records),
            None => assert!(matches!(result, Err((Fault::CutOff(_) | Fault::NotRecords, _))), "{length}: {result:?}"),
        }
    }
    let (fault, position) = all(&complete[..40]).unwrap_err();
    assert_eq!((fault.to_string().as_str(), position), ("the file ends 9 bytes before the end of the record", (3, 37)));
}

#[test]
fn a_too_large_length_is_refused_before_reading() {
    for length in [MAX_RECORD as u64 + 1, u64::MAX] {
        let head = [&length.to_le_bytes()[..], &masked_crc(&length.to_le_bytes())].concat();
        assert!(matches!(all(&[head, vec![0; 100]].concat()), Err((Fault::TooLong(found), _)) if found == length));
    }
    assert!(matches!(all(b"hash,vertices,edges\n"), Err((Fault::NotRecords, (1, 0)))));
}
