use super::make;
use graphpnas::data::{DataError, ImageShape, Images, Split, SplitOptions};
use proptest::prelude::*;

#[test]
fn stratified_splits_take_the_same_fraction_of_each_class() {
    let labels: Vec<u16> = (0..100).map(|index| if index < 20 { 0 } else { 1 + index % 2 }).collect();
    let split = Split::new(&labels, SplitOptions { fraction: 0.25, seed: 3, stratified: true }).unwrap();
    let mut counts = [0; 3];
    split.validation.iter().for_each(|index| counts[usize::from(labels[*index])] += 1);
    assert_eq!(counts, [5, 10, 10]);
}

#[test]
fn splits_that_leave_a_side_empty_are_refused() {
    for fraction in [0.0, 1.0, -1.0, f64::NAN, 0.01, 0.99] {
        let options = SplitOptions { fraction, seed: 0, stratified: false };
        assert!(matches!(Split::new(&[0; 10], options), Err(DataError::Invalid(_))), "{fraction}");
    }
}

proptest! {
    #[test]
    fn every_image_is_in_exactly_one_part_of_a_split(labels in prop::collection::vec(0..5u16, 10..200), seed: u64, stratified: bool) {
        let options = SplitOptions { fraction: 0.5, seed, stratified };
        let split = Split::new(&labels, options).unwrap();
        let mut all = [split.train.clone(), split.validation.clone()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        prop_assert_eq!(split, Split::new(&labels, options).unwrap());
    }
}

#[test]
fn inconsistent_images_are_refused() {
    let classes: std::sync::Arc<[String]> = ["a"].map(String::from).into();
    let shape = ImageShape::rgb(2, 2);
    assert!(Images::new(vec![0; 23], vec![0, 0], classes.clone(), shape).is_err());
    assert!(Images::new(vec![0; 24], vec![0, 1], classes.clone(), shape).is_err());
    assert!(Images::new(vec![], vec![0], classes.clone(), ImageShape::rgb(0, 2)).is_err());
    assert_eq!(Images::new(vec![0; 24], vec![0, 0], classes, shape).unwrap().memory(), 28);
    assert_eq!(make::images(3, shape).len(), 3);
}
