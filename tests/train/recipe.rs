//! Recipes read, fit other epochs, and refuse numbers out of range.

use graphpnas::nn::{OptimizerSettings, Schedule};
use graphpnas::train::{RECIPES, Recipe, recipe};

#[test]
fn every_recipe_reads_and_is_in_range() {
    for (name, text) in RECIPES {
        let read: Result<Recipe, _> = toml::from_str(text);
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        read.check().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(recipe("no such").is_none());
}

/// METHOD section 5.
#[test]
fn the_published_ones_have_the_published_numbers() {
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
fn numbers_out_of_range_are_refused() {
    let refused = |change: fn(&mut Recipe)| {
        let mut recipe = Recipe::default();
        change(&mut recipe);
        recipe.check().unwrap_err().to_string()
    };
    assert!(refused(|recipe| recipe.epochs = 0).contains("epochs"));
    assert!(refused(|recipe| recipe.smoothing = 1.0).contains("smoothing"));
    assert!(refused(|recipe| recipe.clip = Some(0.0)).contains("clip"));
    assert!(refused(|recipe| recipe.average = Some(1.0)).contains("average"));
    assert!(refused(|recipe| recipe.rate.rate = f64::NAN).contains("rate"));
    assert!(toml::from_str::<Recipe>(&RECIPES[0].1.replace("epochs", "epoch")).is_err());
}
