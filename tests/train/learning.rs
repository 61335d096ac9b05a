//! Training of a network.

use super::{common, model, parts, quick, trainer};
use graphpnas::data::Dataset;
use graphpnas::device::Device;
use graphpnas::nn::OptimizerSettings;
use graphpnas::train::{Model, Parts, Recipe, Score, Silent, TrainError, Trainer, Until, Watcher};
use std::time::Duration;

#[test]
fn a_small_network_learns_the_built_in_images() {
    let recipe = Recipe { batch: 32, ..quick(4) };
    let data = Dataset::procedural(0, 600, 200);
    let parts = Parts::new(&data, &recipe, 0.0, 1, 1).unwrap();
    let mut trainer = Trainer::new(model(&parts), recipe, 1, &Device::Cpu).unwrap();
    trainer.run(&parts, Until::Epoch(4), &mut Silent).unwrap();
    let history = trainer.history();
    assert_eq!(history.len(), 4);
    assert!(history[3].train.loss < history[0].train.loss - 0.2, "{history:?}");
    let test = trainer.evaluate(&parts.test).unwrap();
    // Chance is one tenth.
    assert!(test.accuracy > 20.0, "{test:?}");
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let recipe = quick(2);
    let run = |seed| {
        let parts = parts(&recipe, seed);
        let mut trainer = trainer(&recipe, &parts, seed);
        trainer.run(&parts, Until::Epoch(2), &mut Silent).unwrap();
        (trainer.history().to_vec(), trainer.evaluate(&parts.test).unwrap())
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn both_devices_agree() {
    let recipe = quick(1);
    let parts = parts(&recipe, 5);
    let losses = [Device::Cpu, common::gpu()].map(|device| {
        let mut trainer = Trainer::new(model(&parts), recipe.clone(), 5, &device).unwrap();
        trainer.run(&parts, Until::Epoch(1), &mut Silent).unwrap();
        trainer.history()[0].train.loss
    });
    assert!((losses[0] - losses[1]).abs() < 1e-3 * losses[0], "{losses:?}");
}

#[test]
fn a_vision_transformer_learns_on_both_devices() {
    let recipe = quick(3);
    let parts = Parts::new(&Dataset::procedural(0, 160, 40), &recipe, 0.0, 7, 5).unwrap();
    let arch = "n:attn_2_2,mb_3,attn_4_2,skip,skip,skip,skip,skip";
    let model = Model { channels: 16, ..Model::new("vit-micro", arch, parts.task).unwrap() };
    let losses = [Device::Cpu, common::gpu()].map(|device| {
        let mut trainer = Trainer::new(model.clone(), recipe.clone(), 5, &device).unwrap();
        trainer.run(&parts, Until::Epoch(3), &mut Silent).unwrap();
        trainer.history().iter().map(|epoch| epoch.train.loss).collect::<Vec<_>>()
    });
    assert!(losses[0][2] < losses[0][0] - 0.05, "{losses:?}");
    assert!((losses[0][0] - losses[1][0]).abs() < 1e-3 * losses[0][0], "{losses:?}");
}

/// Counts steps and stops after a number of them.
struct StopAfter {
    steps: usize,
    most: usize,
}

impl Watcher for StopAfter {
    fn step_finished(&mut self, _: usize, _: usize, _: usize, score: Score) {
        assert!(score.loss.is_finite());
        self.steps += 1;
    }

    fn stop(&mut self) -> bool {
        self.steps >= self.most
    }
}

#[test]
fn a_training_stops_at_its_step_time_or_epoch_limit_or_on_request() {
    let recipe = quick(3);
    // 60 images in batches of 16: three steps per epoch.
    let parts = parts(&recipe, 1);
    let mut by_steps = trainer(&recipe, &parts, 1);
    by_steps.run(&parts, Until::Step(4), &mut Silent).unwrap();
    assert_eq!((by_steps.steps(), by_steps.history().len()), (4, 1));
    let mut by_watcher = trainer(&recipe, &parts, 1);
    by_watcher.run(&parts, Until::Epoch(3), &mut StopAfter { steps: 0, most: 5 }).unwrap();
    assert_eq!(by_watcher.steps(), 5);
    let mut by_time = trainer(&recipe, &parts, 1);
    by_time.run(&parts, Until::Time(Duration::ZERO), &mut Silent).unwrap();
    assert_eq!(by_time.steps(), 0);
    let mut whole = trainer(&recipe, &parts, 1);
    whole.run(&parts, Until::Epoch(9), &mut Silent).unwrap();
    assert!(whole.is_done() && whole.steps() == 9);
}

#[test]
fn the_rate_follows_the_schedule_step_by_step() {
    let recipe = quick(3);
    // 60 images in batches of 16: three steps per epoch.
    let parts = parts(&recipe, 1);
    let mut trainer = trainer(&recipe, &parts, 5);
    assert_eq!((trainer.seed(), trainer.rate(3)), (5, recipe.rate.at(0.0)));
    trainer.run(&parts, Until::Step(5), &mut Silent).unwrap();
    assert_eq!(trainer.rate(3), recipe.rate.at(1.0 + 2.0 / 3.0));
    trainer.run(&parts, Until::Epoch(3), &mut Silent).unwrap();
    // An epoch is recorded with the rate of its last step.
    let rates: Vec<f64> = trainer.history().iter().map(|record| record.rate).collect();
    assert_eq!(rates, [0.0, 1.0, 2.0].map(|epoch| recipe.rate.at(epoch + 2.0 / 3.0)));
    let images = trainer.images_per_second() * trainer.seconds();
    assert!((images - 9.0 * 16.0).abs() < 1e-6, "{images}");
}

#[test]
fn the_number_of_epochs_may_be_lowered_to_the_current_one() {
    let recipe = quick(4);
    // 60 images in batches of 16: three steps per epoch.
    let parts = parts(&recipe, 1);
    let mut trainer = trainer(&recipe, &parts, 1);
    trainer.run(&parts, Until::Step(3), &mut Silent).unwrap();
    trainer.extend(1).unwrap();
    assert!(trainer.is_done());
    trainer.extend(4).unwrap();
    trainer.run(&parts, Until::Step(4), &mut Silent).unwrap();
    let error = trainer.extend(1).unwrap_err();
    assert!(matches!(error, TrainError::TooFewEpochs { done: 2, asked: 1 }), "{error}");
    trainer.extend(2).unwrap();
    trainer.run(&parts, Until::Epoch(9), &mut Silent).unwrap();
    assert_eq!(trainer.history().len(), 2);
}

#[test]
fn held_out_images_are_evaluated_at_the_given_interval() {
    let recipe = quick(3);
    let parts = parts(&recipe, 1);
    let mut trainer = trainer(&recipe, &parts, 1).evaluating_every(2);
    trainer.run(&parts, Until::Epoch(3), &mut Silent).unwrap();
    let evaluated: Vec<_> = trainer.history().iter().map(|record| record.validation.is_some()).collect();
    assert_eq!(evaluated, [false, true, true]);
}

#[test]
fn running_means_are_evaluated() {
    let plain = quick(1);
    let averaged = Recipe { average: Some(0.999), ..plain.clone() };
    let parts = parts(&plain, 1);
    let score = |recipe: &Recipe| {
        let mut trainer = trainer(recipe, &parts, 1);
        let before = trainer.evaluate(&parts.test).unwrap();
        trainer.run(&parts, Until::Epoch(1), &mut Silent).unwrap();
        (before, trainer.evaluate(&parts.test).unwrap())
    };
    let ((before, after), (means_before, means_after)) = (score(&plain), score(&averaged));
    assert_eq!(before, means_before);
    // With this decay, three steps change the means by a thousandth of the change of the weights.
    assert!((means_after.loss - means_before.loss).abs() < 0.1 * (after.loss - before.loss).abs());
}

#[test]
fn a_loss_that_is_not_finite_stops_the_training() {
    let mut recipe = quick(2);
    recipe.rate.rate = 1e30;
    recipe.rate.warmup = 0.0;
    if let OptimizerSettings::Sgd(sgd) = &mut recipe.optimizer {
        sgd.momentum = 0.0;
        sgd.nesterov = false;
    }
    let parts = parts(&recipe, 1);
    let error = trainer(&recipe, &parts, 1).run(&parts, Until::Epoch(2), &mut Silent).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("lower the learning rate"), "{error}");
}

#[test]
fn a_batch_larger_than_the_data_set_is_rejected() {
    let recipe = Recipe { batch: 64, ..quick(1) };
    let error = Parts::new(&Dataset::procedural(0, 80, 40), &recipe, 0.25, 7, 1).unwrap_err().to_string();
    assert_eq!(error, "the batch size 64 is larger than the data set of 60 images; use a smaller batch");
}
