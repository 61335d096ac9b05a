//! The GraphPNAS generator: a training step on two graphs, and drawing ten: `cargo bench --bench generator`.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use graphpnas::device::{Device, DeviceChoice};
use graphpnas::generator::SamplingPolicy;
use graphpnas::generator::graphpnas::{Dimensions, GeneratorWeights, GraphNetwork, GraphPolicyTrainer, Rollout};
use graphpnas::space::{Explorer, Space, open};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

fn devices() -> Vec<Device> {
    let choice = std::env::var("GRAPHPNAS_TEST_DEVICE").map_or(Ok(DeviceChoice::Index(0)), |text| text.parse());
    let gpu = choice.and_then(|choice| Device::open(&choice)).ok();
    std::iter::once(Device::Cpu).chain(gpu).collect()
}

fn generator(criterion: &mut Criterion) {
    for device in devices() {
        for (space, hidden) in [
            (&*open("nasbench201").unwrap() as &dyn Space, 24),
            (&*open("nasbench101").unwrap(), 24),
            (&*open("randwire").unwrap(), 40),
        ] {
            bench(criterion, space, hidden, &device);
        }
    }
}

fn bench(criterion: &mut Criterion, space: &dyn Space, hidden: usize, device: &Device) {
    let shape = Dimensions { limits: space.limits(), hidden, mixtures: 10, layers: 7, attention: 128 };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut network = GraphNetwork::new(shape, device).unwrap();
    network.reset(&GeneratorWeights::random(&shape, &mut rng)).unwrap();
    let mut trainer = GraphPolicyTrainer::new(&network, 2).unwrap();
    let graphs: Vec<_> = (0..2)
        .map(|_| space.explore(&Explorer::ErdosRenyi { p: 0.5 }, &mut rng).split(space.parts()).swap_remove(0))
        .collect();
    let batch: Vec<_> = graphs.iter().map(|graph| (graph, 1.0)).collect();
    let device = device.name().split([' ', '(']).next().unwrap_or("gpu").to_owned();
    let mut group = criterion.benchmark_group("generator");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group.bench_function(format!("step/{} x 2/{device}", space.name()), |bencher| {
        bencher.iter(|| {
            trainer.step(&mut network, &batch, 1e-3).unwrap();
            trainer.loss().unwrap()
        });
    });
    let mut rollout = Rollout::new(&network, SamplingPolicy::LEARNED).unwrap();
    group.bench_function(format!("draw 10/{}/{device}", space.name()), |bencher| {
        bencher.iter(|| {
            rollout.forget();
            rollout.draw(&mut network, 10, &mut rng).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, generator);
criterion_main!(benches);
