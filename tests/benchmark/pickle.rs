//! Pickles: data written by Python are read, and no code is run.

use graphpnas::pickle::{Fault, Node, Pickle, PickleError, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Pickles written by Python 3.11 with numpy 2.4, by name.
fn written() -> BTreeMap<String, Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pickles.json");
    let texts: BTreeMap<String, String> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    texts.into_iter().map(|(name, text)| (name, text.as_bytes().chunks(2).map(byte).collect())).collect()
}

fn fault(bytes: &[u8]) -> Fault {
    Pickle::parse(bytes).unwrap_err().fault
}

fn ints(value: Value<'_>) -> Vec<i64> {
    value.items().map(|item| item.as_i64().unwrap()).collect()
}

#[test]
fn every_protocol_gives_the_same_data() {
    for protocol in 0..=5 {
        let pickle = Pickle::parse(&written()[&format!("protocol{protocol}")]).unwrap();
        let get = |name: &str| pickle.root().get(name).unwrap_or_else(|| panic!("{name} of protocol {protocol}"));
        assert_eq!(get("none").node(), &Node::None);
        assert_eq!((get("true").node(), get("false").node()), (&Node::Bool(true), &Node::Bool(false)));
        assert_eq!(ints(get("ints")), [0, -1, 255, 65_536, -(1 << 31), 1 << 40, i64::MIN]);
        assert_eq!(get("long").node(), &Node::Opaque);
        assert_eq!(get("float").as_f64(), Some(1.5));
        assert_eq!(get("text").as_str(), Some("h\u{e4}\u{20ac}\u{1f600}\\u\n"));
        assert_eq!(get("bytes").node(), &Node::Bytes([0, 255].into()));
        assert_eq!(get("bytearray").node(), &Node::Bytes((*b"ab").into()));
        let nested = get("nested").items().nth(1).unwrap().items().nth(1).unwrap();
        assert_eq!((ints(nested), ints(get("tuple"))), (vec![3], vec![1, 2, 3, 4]));
        let (key, value) = get("keys").entries().next().unwrap();
        assert_eq!((key.items().next().unwrap().as_str(), value.as_i64()), (Some("a"), Some(1)));
        assert_eq!((ints(get("set")), ints(get("frozenset"))), (vec![1], vec![2]));
        assert_eq!(get("ordered").get("x").unwrap().as_i64(), Some(1));
        assert_eq!(ints(get("default").get("y").unwrap()), [1]);
        let numbers = ["float64", "float32", "int64", "bool", "one"].map(|name| get(name).as_f64());
        assert_eq!(numbers, [2.5, 0.5, -7.0, 1.0, 3.0].map(Some), "protocol {protocol}");
        assert_eq!(get("matrix").node(), &Node::Array(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        assert_eq!(get("big").node(), &Node::Array(vec![1.0, -2.0]));
    }
}

#[test]
fn errors_of_calls_name_the_function() {
    for protocol in 0..=5 {
        let error = Pickle::parse(&written()[&format!("system{protocol}")]).unwrap_err();
        assert_eq!(error.fault, Fault::Call("posix.system".into()), "protocol {protocol}");
        assert!(error.offset > 0 && error.to_string().contains("does not run code"), "{error}");
    }
    assert!(matches!(fault(&written()["object"]), Fault::Call(name) if name == "__main__.Plain"));
    let calls: [&[u8]; 6] = [
        b"cos\nsystem\n(S'id'\ntR.",
        b"(S'id'\nios\nsystem\n.",
        b"(cos\nsystem\nS'id'\no.",
        b"cbuiltins\neval\n(X\x01\0\0\x001tR.",
        b"\x80\x02cos\nsystem\n)\x81.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93)}\x92.",
    ];
    for call in calls {
        assert!(matches!(fault(call), Fault::Call(_)), "{call:?}");
    }
    assert!(matches!(fault(b"N}b."), Fault::Call(_)), "other values have no state");
    assert!(matches!(fault(b"N)R."), Fault::Call(_)), "only named functions can be called");
    assert_eq!(fault(b"\x80\x02\x82\x01."), Fault::Unknown(0x82), "extension codes stand for functions too");
    // Naming a function does not call it.
    assert_eq!(Pickle::parse(b"cos\nsystem\n.").unwrap().root().node(), &Node::Global("os.system".into()));
}

#[test]
fn malicious_sizes_are_harmless() {
    let nested = [b"]".repeat(1_000_000), b"a".repeat(999_999), b".".to_vec()].concat();
    assert_eq!(Pickle::parse(&nested).unwrap().root().items().len(), 1);
    // A list that contains itself.
    let cycle = Pickle::parse(b"]q\0h\0a.").unwrap();
    assert_eq!(cycle.root().items().next().unwrap().items().len(), 1);
    // "Billion laughs": each list refers ten times to the previous one.
    let mut laughs = b"](K\x01K\x01e".to_vec();
    for level in 0..30 {
        laughs.extend([b'q', level, b'0', b']', b'(']);
        laughs.extend([b'h', level].repeat(10));
        laughs.push(b'e');
    }
    laughs.push(b'.');
    assert_eq!(Pickle::parse(&laughs).unwrap().root().items().len(), 10);
    // Copies are charged to the budget: a list of a million items, copied a thousand times.
    let mut copies = b"](".to_vec();
    copies.extend(b"N".repeat(1_000_000));
    copies.extend(b"e\x85q\x000");
    copies.extend(b"cbuiltins\nlist\nh\0R".repeat(1000));
    assert_eq!(fault(&copies), Fault::Budget);
    let huge: [&[u8]; 6] = [
        b"X\xff\xff\xff\xff",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x8b\xff\xff\xff\x7f",
        b"U\xffabc",
        b"",
    ];
    for bytes in huge {
        assert_eq!(fault(bytes), Fault::CutOff, "{bytes:?}");
    }
    let far = Pickle::parse(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.").unwrap();
    assert_eq!(far.root().node(), &Node::None, "a large memo index needs no memory");
}

#[test]
fn instructions_with_missing_values_are_refused() {
    let cases: [&[u8]; 12] =
        [b".", b"0.", b"1.", b"2.", b"a.", b"e.", b"s.", b"R.", b"t.", b"(\x85.", b"N(a.", b"}(Nu."];
    for bytes in cases {
        assert_eq!(fault(bytes), Fault::Stack, "{bytes:?}");
    }
    assert_eq!(fault(b"h\x07."), Fault::Memo);
    assert_eq!(fault(b"\x80\x06."), Fault::Protocol(6));
    assert_eq!(Pickle::parse(b"N\xfe.").unwrap_err(), PickleError { offset: 1, fault: Fault::Unknown(0xfe) });
}

#[test]
fn truncated_files_are_refused_and_flipped_bits_never_panic() {
    for (_, complete) in written() {
        for length in 0..complete.len() {
            assert!(Pickle::parse(&complete[..length]).is_err(), "{length} bytes");
        }
        for bit in 0..complete.len() * 8 {
            let mut bytes = complete.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let _ = Pickle::parse(&bytes);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Pickle::parse(&bytes);
    }

    /// Bytes that are mostly valid instructions reach more code.
    #[test]
    fn random_instructions_never_panic(picks in prop::collection::vec(0..72usize, 0..400)) {
        let printed = b"(.012FIJKLMNPQRSTUVXabcdeghijloptqrs}u])GBC\n01";
        let codes: Vec<u8> = printed.iter().copied().chain(0x80..0x99).collect();
        let bytes: Vec<u8> = picks.iter().map(|pick| codes[pick % codes.len()]).collect();
        let _ = Pickle::parse(&bytes);
    }
}
