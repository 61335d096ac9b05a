//! Headers of safetensors files: training checkpoints up to the network, and saved generators up to the weights.
#![no_main]

use graphpnas::generator::{SavedFile, graphpnas as graph_generator, lstm};
use graphpnas::nn::Checkpoint;
use graphpnas::train::SavedTraining;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("x.safetensors");
    // As raw bytes, and as the JSON of a header with a valid length.
    let framed = [&(bytes.len() as u64).to_le_bytes(), bytes].concat();
    for bytes in [bytes, &framed] {
        if let Ok(checkpoint) = Checkpoint::parse(bytes)
            && let Ok(saved) = SavedTraining::of(&checkpoint, path)
            && saved.recipe.check().is_ok()
        {
            let _ = saved.model.network(saved.recipe.drop_path);
        }
        if let Ok(file) = SavedFile::parse(path, bytes) {
            let _ = (file.space().is_ok(), lstm::read(&file).is_ok(), graph_generator::SavedGraphPnas::read(&file).is_ok());
        }
    }
});
