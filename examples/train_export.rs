//! Trains an architecture on the built-in images, saves its checkpoint and exports it as ONNX.
//!
//!     cargo run --release --example train_export

use graphpnas::child::Weights;
use graphpnas::data::Dataset;
use graphpnas::device::Device;
use graphpnas::network::Task;
use graphpnas::nn::load_subset;
use graphpnas::report::onnx::onnx;
use graphpnas::report::{About, Tensors};
use graphpnas::tape::StoreBuilder;
use graphpnas::train::{Interface, Model, Parts, Silent, Trainer, Until, recipe};
use std::path::Path;

const ARCH: &str = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|";

/// Trains for an epoch and writes `cell.safetensors` and `cell.onnx` into a folder.
fn train_and_export(folder: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    let data = Dataset::procedural(0, 200, 100);
    let mut recipe = recipe("quick").ok_or("the recipe quick is built in")?.with_epochs(1);
    recipe.batch = 20;
    let parts = Parts::new(&data, &recipe, 0.0, 1, 1)?;
    let model = Model { channels: 4, cells: 1, ..Model::new("nasbench201", ARCH, Task::CIFAR10)? };
    let mut trainer = Trainer::new(model, recipe, 1, &Device::Cpu)?;
    trainer.run(&parts, Until::Epoch(1), &mut Silent)?;
    let accuracy = trainer.evaluate(&parts.test)?.accuracy;
    let checkpoint = folder.join("cell.safetensors");
    trainer.save(&checkpoint)?;

    // The checkpoint also has the state of the optimizer; only the weights are exported.
    let network = trainer.network();
    let mut builder = StoreBuilder::default();
    let weights = Weights::zeros(&mut builder, network);
    let mut store = builder.build(&Device::Cpu)?;
    load_subset(&mut store, &checkpoint)?;
    let tensors = Tensors::read(network, &weights, &store)?;
    let about =
        About { space: "nasbench201", space_digest: None, arch: ARCH, interface: &Interface::of(trainer.model()) };
    std::fs::write(folder.join("cell.onnx"), onnx(network, &tensors, &about)?)?;
    Ok(accuracy)
}

/// Trains and exports in a folder for temporary files.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("graphpnas-example-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let accuracy = train_and_export(&folder)?;
    println!("{accuracy:.2} % on the test images; files in {}", folder.to_string_lossy());
    assert!(folder.join("cell.onnx").is_file());
    Ok(())
}
