//! Layers with their weights in a store, and checkpoints of the store.

use graphpnas::device::Device;
use graphpnas::nn::{BatchNorm2d, CheckpointError, Conv2d, GruCell, Init, Linear, LstmCell, Mlp, load, save};
use graphpnas::tape::{BatchNorm, ConvSettings, Plan, Store, StoreBuilder, Tape};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Returns a store with one layer of each type, and the result of the layers applied one after the other.
fn network(seed: u64) -> (Store, Vec<f32>) {
    let (mut builder, mut rng) = (StoreBuilder::default(), StdRng::seed_from_u64(seed));
    let mlp = Mlp::new(&mut builder, "msg", &[3, 8, 4], &mut rng).unwrap();
    let gru = GruCell::new(&mut builder, "update", [4, 5], &mut rng).unwrap();
    let lstm = LstmCell::new(&mut builder, "lstm", [5, 5], &mut rng).unwrap();
    let head = Linear::new(&mut builder, "head", [5, 2], false, &mut rng).unwrap();
    assert_eq!((mlp.layers().len(), gru.slots().len(), lstm.slots().len()), (2, 4, 4));
    let mut tape = Tape::new();
    let x = tape.constant(&[0.5, -0.25, 1.0, 0.0, 2.0, -1.0], &[2, 3]).unwrap();
    let state = tape.constant(&[0.1; 10], &[2, 5]).unwrap();
    let x = mlp.forward(&mut tape, x).unwrap();
    let x = gru.forward(&mut tape, x, state).unwrap();
    let (x, _) = lstm.forward(&mut tape, x, (state, state)).unwrap();
    let y = head.forward(&mut tape, x).unwrap();
    assert_eq!(tape.shape(y), [2, 2]);
    let mut store = builder.build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
    plan.run(&mut store).unwrap();
    let result = plan.read(y).unwrap();
    (store, result)
}

#[test]
fn slots_have_the_names_of_a_pytorch_state_dict() {
    let (store, result) = network(1);
    let names: Vec<_> = store.slots().iter().map(|slot| slot.name()).collect();
    let gates = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
    let cell = |prefix: &str| gates.map(|gate| format!("{prefix}.{gate}")).to_vec();
    let layers = ["msg.0.weight", "msg.0.bias", "msg.2.weight", "msg.2.bias"].map(String::from).to_vec();
    assert_eq!(names, [layers, cell("update"), cell("lstm"), vec!["head.weight".to_owned()]].concat());
    assert_eq!(store.slot("update.weight_ih").unwrap().shape(), [15, 4]);
    assert_eq!(store.slot("lstm.weight_hh").unwrap().shape(), [20, 5]);
    assert_eq!(result, network(1).1, "the same seed gives the same network");
    assert_ne!(result, network(2).1);
}

#[test]
fn batch_norm_normalises_the_result_of_a_convolution() {
    let (mut builder, mut rng) = (StoreBuilder::default(), StdRng::seed_from_u64(3));
    let window = ConvSettings { padding: [1; 2], stride: 2, groups: 2, ..ConvSettings::default() };
    let conv = Conv2d::new(&mut builder, "conv", [4, 6, 3], window, Init::KaimingNormal, &mut rng).unwrap();
    let conv = conv.with_bias(&mut builder, "conv");
    let norm = BatchNorm2d::new(&mut builder, "bn", 6, true).unwrap();
    let plain = BatchNorm2d::new(&mut builder, "plain", 6, false).unwrap();
    assert!(plain.affine.is_none());
    let mut tape = Tape::new();
    let x = tape.constant(&Init::KaimingNormal.draw(5 * 4 * 49, 2, 2, &mut rng), &[5, 4, 7, 7]).unwrap();
    let x = conv.forward(&mut tape, x).unwrap();
    assert_eq!(tape.shape(x), [5, 6, 4, 4]);
    let x = norm.forward(&mut tape, x, BatchNorm::default()).unwrap();
    let y = plain.forward_relu(&mut tape, x, BatchNorm::default()).unwrap();
    let mut store = builder.build(&Device::Cpu).unwrap();
    let names: Vec<_> = store.slots().iter().map(|slot| slot.name().to_owned()).collect();
    let expected = ["conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"];
    assert_eq!(names[..6], expected);
    assert_eq!(names[6..], ["plain.running_mean", "plain.running_var"]);
    assert_eq!(store.slot("conv.weight").unwrap().shape(), [6, 2, 3, 3]);
    let mut plan = Plan::new(&tape, &[x, y], &store, &Device::Cpu).unwrap();
    plan.run(&mut store).unwrap();
    let x = plan.read(x).unwrap();
    let squares = x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32;
    assert!((squares - 1.0).abs() < 1e-3 && x.iter().sum::<f32>().abs() < 1e-2, "{squares}");
    // The second normalisation has no effect except for the factor of epsilon.
    assert!(plan.read(y).unwrap().iter().zip(&x).all(|(y, x)| (y - x.max(0.0)).abs() < 1e-3));
    let var = store.read(store.slot("plain.running_var").unwrap()).unwrap();
    assert!(var.iter().all(|var| (var - (0.9 + 0.1 * 80.0 / 79.0)).abs() < 1e-3));
}

#[test]
fn saved_weights_are_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let ((first, _), (mut second, _)) = (network(1), network(2));
    save(&second, &path).unwrap();
    save(&first, &path).unwrap();
    load(&mut second, &path).unwrap();
    for slot in first.slots() {
        assert_eq!(first.read(slot).unwrap(), second.read(slot).unwrap(), "{}", slot.name());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file remains");
    assert!(matches!(save(&first, &folder.path().join("none/w")), Err(CheckpointError::File { .. })));
}

#[test]
fn loading_an_incompatible_file_is_an_error_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let (mut store, _) = network(1);
    let slot = store.slot("head.weight").unwrap().clone();
    let before = store.read(&slot).unwrap();
    let mut expect_error = |expected: &[&str]| {
        let error = load(&mut store, &path).unwrap_err().to_string();
        assert!(error.contains("weights.safetensors"), "{error}");
        assert!(expected.iter().all(|part| error.contains(part)), "{error}");
        assert_eq!(store.read(&slot).unwrap(), before);
    };
    expect_error(&["cannot read"]);
    save(&network(2).0, &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for len in [0, 5, 60, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).unwrap();
        expect_error(&["truncated"]);
    }
    std::fs::write(&path, b"epoch,loss\n1,0.5\n").unwrap();
    expect_error(&["of another type"]);
    let mut other = StoreBuilder::default();
    other.zeros("head.weight", &[5, 2]);
    save(&other.clone().build(&Device::Cpu).unwrap(), &path).unwrap();
    expect_error(&["lacks", "msg.0.weight"]);
    other.zeros("tail.weight", &[5, 2]);
    save(&other.build(&Device::Cpu).unwrap(), &path).unwrap();
    expect_error(&["does not have its tensor", "tail.weight"]);
    let mut transposed = StoreBuilder::default();
    for slot in network(1).0.slots() {
        let shape: Vec<_> = if slot.name() == "head.weight" { vec![5, 2] } else { slot.shape().to_vec() };
        transposed.zeros(slot.name(), &shape);
    }
    save(&transposed.build(&Device::Cpu).unwrap(), &path).unwrap();
    expect_error(&["shape [5, 2] instead of [2, 5]", "head.weight"]);
}

#[test]
fn saving_a_store_with_a_duplicate_name_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = StoreBuilder::default();
    builder.zeros("a", &[1]);
    builder.zeros("a", &[2]);
    let error = save(&builder.build(&Device::Cpu).unwrap(), &folder.path().join("w")).unwrap_err().to_string();
    assert!(error.contains("two tensors are named 'a'"), "{error}");
}
