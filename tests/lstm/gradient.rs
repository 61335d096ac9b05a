//! The training plan: its likelihoods against those of the sampler, its gradients against finite differences.

use super::{common, graphs, network, shapes};
use graphpnas::device::Device;
use graphpnas::generator::SamplingPolicy;
use graphpnas::generator::lstm::{Controller, LossWeight, LstmNetwork, LstmPolicyTrainer};
use graphpnas::graph::Graph;

/// Returns graphs of different sizes with all kinds of weights; the batch has capacity for one more.
fn batch(all: &[Graph]) -> Vec<(&Graph, LossWeight)> {
    let weights = [
        LossWeight { scale: 0.2, likelihood: 0.7, unlikelihood: 0.0, skip: 0.3 },
        LossWeight { scale: 0.5, likelihood: 0.0, unlikelihood: -0.4, skip: 0.0 },
        LossWeight { scale: 1.0, likelihood: -0.2, unlikelihood: 0.0, skip: 0.1 },
    ];
    [0, all.len() / 2, all.len() - 1].into_iter().zip(weights).map(|(index, weight)| (&all[index], weight)).collect()
}

fn loss(network: &mut LstmNetwork, trainer: &mut LstmPolicyTrainer, batch: &[(&Graph, LossWeight)]) -> f64 {
    // With a learning rate of 0, a step does not change the weights.
    trainer.step(network, batch, 0.0).unwrap();
    f64::from(trainer.loss().unwrap())
}

#[test]
fn plan_and_sampler_agree_on_probabilities() {
    for device in [Device::Cpu, common::gpu()] {
        for shape in shapes(8) {
            let mut network = network(shape, &device);
            let controller = Controller::new(&network).unwrap();
            let graphs = graphs(shape.limits);
            let mut trainer = LstmPolicyTrainer::new(&network, 4, None).unwrap();
            for chunk in graphs.chunks(3) {
                let batch: Vec<_> = chunk.iter().map(|graph| (graph, LossWeight::default())).collect();
                trainer.step(&mut network, &batch, 0.0).unwrap();
                for (graph, negative) in chunk.iter().zip(trainer.negative_log_likelihoods().unwrap()) {
                    let exact = controller.log_probability(graph, SamplingPolicy::LEARNED);
                    assert!(
                        (f64::from(negative) + exact).abs() < 1e-4 * (1.0 - exact),
                        "{shape:?}: {negative}, {exact}"
                    );
                }
            }
        }
    }
}

#[test]
fn gradients_match_finite_differences() {
    const STEP: f32 = 1e-2;
    for shape in shapes(4) {
        let mut network = network(shape, &Device::Cpu);
        let graphs = graphs(shape.limits);
        let batch = batch(&graphs);
        let mut trainer = LstmPolicyTrainer::new(&network, 4, Some(0.4)).unwrap();
        loss(&mut network, &mut trainer, &batch);
        let gradients = trainer.gradients().unwrap();
        let mut largest = 0.0_f64;
        for (slot, gradient) in network.slots().to_vec().iter().zip(gradients) {
            let numbers = network.read(slot).unwrap();
            for (at, actual) in gradient.iter().enumerate() {
                let mut at_moved = |by: f32| {
                    let mut moved = numbers.clone();
                    moved[at] += by;
                    network.write(slot, &moved).unwrap();
                    loss(&mut network, &mut trainer, &batch)
                };
                let expected = (at_moved(STEP) - at_moved(-STEP)) / (2.0 * f64::from(STEP));
                let error = (f64::from(*actual) - expected).abs();
                assert!(
                    error < 1e-3 * (1.0 + expected.abs()),
                    "{shape:?}, {}[{at}]: {actual}, {expected}",
                    slot.name()
                );
                largest = largest.max(expected.abs());
            }
            network.write(slot, &numbers).unwrap();
        }
        assert!(largest > 0.05, "{largest}");
    }
}

#[test]
fn gradients_agree_on_all_devices() {
    for shape in shapes(8) {
        let graphs = graphs(shape.limits);
        let of = |device: &Device| {
            let mut network = network(shape, device);
            let mut trainer = LstmPolicyTrainer::new(&network, 4, Some(0.4)).unwrap();
            loss(&mut network, &mut trainer, &batch(&graphs));
            trainer.gradients().unwrap().concat()
        };
        let (expected, actual) = (of(&Device::Cpu), of(&common::gpu()));
        assert!(expected.iter().zip(&actual).all(|(a, b)| (a - b).abs() < 1e-4), "{shape:?}");
    }
}
