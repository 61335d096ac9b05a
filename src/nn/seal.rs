//! A checksum over all that a safetensors file says, in its header: a damaged weight is a weight like any other, and
//! nothing else would tell.

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// Bytes of a header at most.
const MOST_HEADER: u64 = 100_000_000;

/// The header's key.
const CHECKSUM: &str = "crc32c";

/// Adds the checksum of texts and tensors to the texts.
pub fn seal<S: BuildHasher>(texts: &mut HashMap<String, String, S>, tensors: &[(&str, TensorView<'_>)]) {
    let sum = checksum(texts, tensors.iter().map(|(name, view)| (*name, view)));
    texts.insert(CHECKSUM.to_owned(), sum.to_string());
}

/// Opens a file whose bytes were read: its texts and tensors. Files of other programs have no checksum.
///
/// # Errors
/// The first thing that is wrong: bytes that are no such file or not a whole one, or a wrong checksum.
pub fn unseal(bytes: &[u8]) -> Result<(HashMap<String, String>, SafeTensors<'_>), String> {
    // The file begins with the length of its header, which in files of other kinds is any number.
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    if length.is_some_and(|length| length > MOST_HEADER) {
        return Err("it is no file of tensors".to_owned());
    }
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let texts = header.metadata().clone().unwrap_or_default();
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let all = tensors.tensors();
    let right = || checksum(&texts, all.iter().map(|(name, view)| (name.as_str(), view))).to_string();
    match texts.get(CHECKSUM) {
        Some(sum) if *sum != right() => Err("its checksum is wrong".to_owned()),
        _ => Ok((texts, tensors)),
    }
}

/// Whether a file that [`unseal`] opened has a checksum.
#[must_use]
pub fn is_sealed<S: BuildHasher>(texts: &HashMap<String, String, S>) -> bool {
    texts.contains_key(CHECKSUM)
}

/// A tensor's 32-bit floats.
#[must_use]
pub fn floats(view: &TensorView<'_>) -> Vec<f32> {
    view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// CRC-32C of every text but the checksum and of every tensor, in the order of their names.
fn checksum<'a, S: BuildHasher>(
    texts: &HashMap<String, String, S>,
    tensors: impl Iterator<Item = (&'a str, &'a TensorView<'a>)>,
) -> u32 {
    let mut texts: Vec<_> = texts.iter().filter(|(key, _)| *key != CHECKSUM).collect();
    texts.sort_unstable();
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort_unstable_by_key(|(name, _)| *name);
    let of_texts = texts.iter().fold(0, |sum, text| crc32c::crc32c_append(sum, format!("{text:?}").as_bytes()));
    tensors.iter().fold(of_texts, |sum, (name, view)| {
        let named = format!("{name:?} {:?} {:?}", view.dtype(), view.shape());
        crc32c::crc32c_append(crc32c::crc32c_append(sum, named.as_bytes()), view.data())
    })
}

#[cfg(test)]
mod tests {
    use super::{floats, is_sealed, seal, unseal};
    use safetensors::Dtype;
    use safetensors::tensor::TensorView;
    use std::collections::HashMap;

    fn file(sealed: bool) -> Vec<u8> {
        let data: Vec<u8> = [1.5f32, -2.0, 0.25].iter().flat_map(|x| x.to_le_bytes()).collect();
        let tensors = [("a", TensorView::new(Dtype::F32, vec![3], &data).unwrap())];
        let mut texts = HashMap::from([("space".to_owned(), "nasbench201".to_owned())]);
        if sealed {
            seal(&mut texts, &tensors);
        }
        safetensors::serialize(tensors, Some(texts)).unwrap()
    }

    #[test]
    fn what_is_sealed_is_read() {
        let bytes = file(true);
        let (texts, tensors) = unseal(&bytes).unwrap();
        assert!(is_sealed(&texts) && texts["space"] == "nasbench201");
        assert_eq!(floats(&tensors.tensor("a").unwrap()), [1.5, -2.0, 0.25]);
        assert!(!is_sealed(&unseal(&file(false)).unwrap().0), "files of others are read too");
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = file(true);
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // A flip in the name of the checksum takes it away, and one in the spaces that fill the header is none.
            let harmless = unseal(&bytes).is_ok_and(|(texts, tensors)| {
                texts["space"] == "nasbench201" && floats(&tensors.tensor("a").unwrap()) == [1.5, -2.0, 0.25]
            });
            assert!(harmless || unseal(&bytes).is_err(), "bit {bit}");
        }
    }
}
