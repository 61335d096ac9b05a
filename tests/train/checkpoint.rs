//! Resuming from a checkpoint, and files that are rejected.

use super::{model, parts, quick, trainer};
use graphpnas::device::Device;
use graphpnas::train::{Recipe, SavedTraining, Silent, Trainer, Until};

#[test]
fn a_resumed_training_equals_an_uninterrupted_one() {
    for recipe in [quick(3), Recipe { average: Some(0.9), clip: Some(1.0), smoothing: 0.1, ..quick(3) }] {
        let parts = parts(&recipe, 2);
        let mut whole = trainer(&recipe, &parts, 2);
        whole.run(&parts, Until::Epoch(3), &mut Silent).unwrap();
        let folder = tempfile::tempdir().unwrap();
        // In the middle of an epoch, at its end, before the first step.
        for steps in [0, 2, 3, 7] {
            let path = folder.path().join("net.safetensors");
            let mut first = trainer(&recipe, &parts, 2);
            first.run(&parts, Until::Step(steps), &mut Silent).unwrap();
            first.save(&path).unwrap();
            let mut second = Trainer::load(&path, &Device::Cpu).unwrap();
            second.run(&parts, Until::Epoch(3), &mut Silent).unwrap();
            assert_eq!(second.history(), whole.history(), "after {steps} steps");
            let scores = [&mut second, &mut whole].map(|trainer| trainer.evaluate(&parts.test).unwrap());
            assert_eq!(scores[0], scores[1]);
        }
    }
}

#[test]
fn the_header_describes_the_training() {
    let recipe = quick(1);
    let parts = parts(&recipe, 9);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    trainer(&recipe, &parts, 9).save(&path).unwrap();
    let saved = SavedTraining::read(&path).unwrap();
    assert_eq!((saved.model, saved.recipe, saved.seed), (model(&parts), recipe, 9));
}

#[test]
fn incompatible_files_are_rejected() {
    let recipe = quick(1);
    let parts = parts(&recipe, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    let refusal = || Trainer::load(&path, &Device::Cpu).unwrap_err().to_string();
    assert!(refusal().contains("cannot read the checkpoint"), "{}", refusal());
    trainer(&recipe, &parts, 1).save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(refusal().contains("not a complete checkpoint"), "{}", refusal());
    // Another architecture with the same weights.
    let text = String::from_utf8_lossy(&whole[..4096]).into_owned();
    assert!(text.contains("|nor_conv_3x3~0|"));
    let other = replaced(&whole, b"|nor_conv_3x3~0|", b"|nor_conv_1x1~0|");
    std::fs::write(&path, &other).unwrap();
    assert!(refusal().contains("its checksum is wrong"), "{}", refusal());
    std::fs::write(&path, replaced(&other, b"crc32c", b"no sum")).unwrap();
    assert!(refusal().contains("does not fit"), "{}", refusal());
    // A safetensors file of another program.
    let mut builder = graphpnas::tape::StoreBuilder::default();
    builder.zeros("a", &[3]);
    graphpnas::nn::save(&builder.build(&Device::Cpu).unwrap(), &path).unwrap();
    assert!(refusal().contains("not a checkpoint of `graphpnas train`"), "{}", refusal());
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + from.len()].copy_from_slice(to);
    bytes
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let recipe = quick(1);
    let parts = parts(&recipe, 1);
    let trainer = trainer(&recipe, &parts, 1);
    let folder = tempfile::tempdir().unwrap();
    // A folder at the path of the file, which cannot be replaced.
    let path = folder.path().join("net.safetensors");
    std::fs::create_dir_all(path.join("inside")).unwrap();
    let error = trainer.save(&path).unwrap_err().to_string();
    assert!(error.contains("cannot write the checkpoint"), "{error}");
    assert!(path.join("inside").is_dir());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no partial file remains");
}
