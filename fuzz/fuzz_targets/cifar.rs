//! Files of CIFAR-10 and CIFAR-100: refused, or one image and one valid label per complete record.
#![no_main]

use graphpnas::data::Images;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("x.bin");
    // Records are long, so a few input bytes are expanded to many.
    let repeated = |times: usize| bytes.iter().flat_map(|byte| std::iter::repeat_n(*byte, times)).collect::<Vec<u8>>();
    for bytes in [bytes, &repeated(3073 / 7), &repeated(3074 / 58)] {
        for (read, record, classes) in [
            (Images::from_cifar10(path, bytes), 3073, 10),
            (Images::from_cifar100(path, bytes), 3074, 100),
        ] {
            let Ok(images) = read else { continue };
            assert_eq!(images.labels().len() * record, bytes.len());
            assert!(images.labels().iter().all(|label| *label < classes));
        }
    }
});
