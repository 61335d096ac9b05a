//! Recipes: parsing, other numbers of epochs, and values out of range.

use graphpnas::kernel::optimizer::{AdamSettings, RmsPropSettings, SgdSettings};
use graphpnas::nn::{OptimizerSettings, Schedule};
use graphpnas::train::{RECIPES, Recipe, recipe};

#[test]
fn every_recipe_can_be_parsed_and_is_in_range() {
    for (name, text) in RECIPES {
        let read: Result<Recipe, _> = toml::from_str(text);
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        read.check().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(recipe("no such").is_none());
}

/// docs/method.md section 5.
#[test]
fn published_recipes_have_the_published_values() {
    let published = recipe("nasbench201").unwrap();
    assert_eq!((published.epochs, published.batch, published.rate.rate), (200, 256, 0.1));
    let OptimizerSettings::Sgd(sgd) = published.optimizer else { panic!("{published:?}") };
    assert_eq!((sgd.momentum, sgd.nesterov, sgd.decay), (0.9, true, 5e-4));
    let published = recipe("nasbench101").unwrap();
    assert_eq!((published.epochs, published.batch, published.rate.rate), (108, 256, 0.2));
    let OptimizerSettings::RmsProp(rmsprop) = published.optimizer else { panic!("{published:?}") };
    assert_eq!((rmsprop.momentum, rmsprop.epsilon, rmsprop.decay), (0.9, 1.0, 1e-4));
    let published = recipe("enas").unwrap();
    assert_eq!((published.epochs, published.batch, published.clip), (310, 128, Some(5.0)));
    assert_eq!(published.rate.schedule, Schedule::Restarts { first: 10.0, multiple: 2, end: 0.001 });
    let published = recipe("randwire").unwrap();
    assert_eq!((published.smoothing, published.rate.rate), (0.1, 0.1));
}

#[test]
fn a_cosine_ends_with_the_last_epoch() {
    let fitted = recipe("quick").unwrap().with_epochs(12);
    assert_eq!((fitted.epochs, fitted.rate.warmup), (12, 2.0));
    assert_eq!(fitted.rate.schedule, Schedule::Cosine { over: 10.0, end: 0.0 });
    assert!(fitted.rate.at(12.0) < 1e-12);
}

#[test]
fn values_out_of_range_are_rejected() {
    let error = |change: fn(&mut Recipe)| {
        let mut recipe = Recipe::default();
        change(&mut recipe);
        recipe.check().unwrap_err().to_string()
    };
    assert!(error(|recipe| recipe.epochs = 0).contains("epochs"));
    assert!(error(|recipe| recipe.smoothing = 1.0).contains("smoothing"));
    assert!(error(|recipe| recipe.clip = Some(0.0)).contains("clip"));
    assert!(error(|recipe| recipe.average = Some(1.0)).contains("average"));
    assert!(error(|recipe| recipe.rate.rate = f64::NAN).contains("rate"));
    assert!(toml::from_str::<Recipe>(&RECIPES[0].1.replace("epochs", "epoch")).is_err());
}

#[test]
fn every_value_of_optimizers_and_schedules_has_a_range() {
    let sgd = |momentum, decay| OptimizerSettings::Sgd(SgdSettings { momentum, nesterov: true, decay });
    let adam = |change: fn(&mut AdamSettings)| {
        let mut settings = AdamSettings::default();
        change(&mut settings);
        OptimizerSettings::Adam(settings)
    };
    let rmsprop = |change: fn(&mut RmsPropSettings)| {
        let mut settings = RmsPropSettings::default();
        change(&mut settings);
        OptimizerSettings::RmsProp(settings)
    };
    let optimizers = [
        ("momentum", sgd(1.5, 0.0)),
        ("decay", sgd(0.9, -1.0)),
        ("beta1", adam(|of| of.beta1 = 1.0)),
        ("beta2", adam(|of| of.beta2 = 1.0)),
        ("epsilon", adam(|of| of.epsilon = 0.0)),
        ("decay", adam(|of| of.decay = -1.0)),
        ("smoothing", rmsprop(|of| of.smoothing = 1.5)),
        ("momentum", rmsprop(|of| of.momentum = 1.5)),
        ("epsilon", rmsprop(|of| of.epsilon = 0.0)),
        ("decay", rmsprop(|of| of.decay = -1.0)),
    ];
    for (key, optimizer) in optimizers {
        let error = Recipe { optimizer, ..Recipe::default() }.check().unwrap_err().to_string();
        assert!(error.starts_with(&format!("the recipe's optimizer.{key} must be ")), "{error}");
    }
    let schedules = [
        ("every", Schedule::Step { every: 0.0, factor: 0.5 }),
        ("factor", Schedule::Step { every: 1.0, factor: -1.0 }),
        ("over", Schedule::Cosine { over: 0.0, end: 0.0 }),
        ("end", Schedule::Cosine { over: 1.0, end: -1.0 }),
        ("first", Schedule::Restarts { first: 0.0, multiple: 2, end: 0.0 }),
        ("multiple", Schedule::Restarts { first: 1.0, multiple: 0, end: 0.0 }),
        ("end", Schedule::Restarts { first: 1.0, multiple: 2, end: -1.0 }),
    ];
    for (key, schedule) in schedules {
        let mut recipe = Recipe::default();
        recipe.rate.schedule = schedule;
        let error = recipe.check().unwrap_err().to_string();
        assert!(error.starts_with(&format!("the recipe's rate.schedule.{key} must be ")), "{error}");
    }
}
