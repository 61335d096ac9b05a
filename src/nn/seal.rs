//! A checksum of the texts and tensors of a safetensors file, stored in its header. Without it a damaged weight could
//! not be detected.

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// Maximum size of a header, in bytes.
const MAX_HEADER: u64 = 100_000_000;

/// The key of the checksum in the header.
const CHECKSUM: &str = "crc32c";

/// Adds the checksum of texts and tensors to the texts.
pub fn seal<S: BuildHasher>(texts: &mut HashMap<String, String, S>, tensors: &[(&str, TensorView<'_>)]) {
    let sum = checksum(texts, tensors.iter().map(|(name, view)| (*name, view)));
    texts.insert(CHECKSUM.to_owned(), sum.to_string());
}

/// Parses the bytes of a file and returns its texts and tensors. Checks the checksum if there is one; files of other
/// programs have none.
///
/// # Errors
/// The first problem: bytes that are not a complete file of this type, or a wrong checksum.
pub fn unseal(bytes: &[u8]) -> Result<(HashMap<String, String>, SafeTensors<'_>), String> {
    // The file begins with the length of its header, which is an arbitrary value in files of other types.
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    if length.is_some_and(|length| length > MAX_HEADER) {
        return Err("it is not a safetensors file".to_owned());
    }
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let texts = header.metadata().clone().unwrap_or_default();
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let all = tensors.tensors();
    let computed = || checksum(&texts, all.iter().map(|(name, view)| (name.as_str(), view))).to_string();
    match texts.get(CHECKSUM) {
        Some(sum) if *sum != computed() => Err("its checksum is wrong".to_owned()),
        _ => Ok((texts, tensors)),
    }
}

/// Whether the texts of a file that [`unseal`] parsed include a checksum.
#[must_use]
pub fn is_sealed<S: BuildHasher>(texts: &HashMap<String, String, S>) -> bool {
    texts.contains_key(CHECKSUM)
}

/// Returns the values of a tensor as 32-bit floats.
#[must_use]
pub fn floats(view: &TensorView<'_>) -> Vec<f32> {
    view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Returns the CRC-32C of every text except the checksum and of every tensor, sorted by name.
fn checksum<'a, S: BuildHasher>(
    texts: &HashMap<String, String, S>,
    tensors: impl Iterator<Item = (&'a str, &'a TensorView<'a>)>,
) -> u32 {
    let mut texts: Vec<_> = texts.iter().filter(|(key, _)| *key != CHECKSUM).collect();
    texts.sort_unstable();
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort_unstable_by_key(|(name, _)| *name);
    let texts_sum = texts.iter().fold(0, |sum, text| crc32c::crc32c_append(sum, format!("{text:?}").as_bytes()));
    tensors.iter().fold(texts_sum, |sum, (name, view)| {
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
    fn checksummed_files_are_read() {
        let bytes = file(true);
        let (texts, tensors) = unseal(&bytes).unwrap();
        assert!(is_sealed(&texts) && texts["space"] == "nasbench201");
        assert_eq!(floats(&tensors.tensor("a").unwrap()), [1.5, -2.0, 0.25]);
        assert!(!is_sealed(&unseal(&file(false)).unwrap().0), "files without a checksum are read too");
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        let intact = file(true);
        for bit in 0..intact.len() * 8 {
            let mut bytes = intact.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // A flip in the checksum's key removes the checksum, and a flip in the padding of the header has no effect.
            let harmless = unseal(&bytes).is_ok_and(|(texts, tensors)| {
                texts["space"] == "nasbench201" && floats(&tensors.tensor("a").unwrap()) == [1.5, -2.0, 0.25]
            });
            assert!(harmless || unseal(&bytes).is_err(), "bit {bit}");
        }
    }
}
