//! The built-in data set: ten classes of shapes and textures, `[3, 32, 32]`, rendered from a seed.
//!
//! It needs no download and is a task for convolutional networks: position, scale, rotation, colours, shading and noise
//! are random for every image and independent of the class. A linear model on the pixels stays near chance (20 % of the
//! test images, seed 11), while a network of six 3x3 convolutions (16 to 64 channels) reached 98 % in 21 epochs on
//! 2,000 training images.
//!
//! Only operations that IEEE 754 defines exactly are used (no sine, no exponential), so a seed gives the same bytes on
//! every machine.

mod form;
mod scene;

use super::images::Images;
use super::shape::ImageShape;
use super::streams::{Purpose, stream};
use crate::convert::to_u8;
use form::Form;
use rayon::prelude::*;
use scene::Scene;
use std::sync::Arc;

/// The name of the layout.
pub const LAYOUT: &str = "procedural";

/// Shape of every image.
pub const SHAPE: ImageShape = ImageShape::rgb(32, 32);

/// The class names.
pub fn classes() -> Arc<[String]> {
    Form::ALL.iter().map(|form| form.name().to_owned()).collect()
}

/// Renders `train` and `test` images. Image `i` has label `i % 10` and does not depend on the number of images.
pub(super) fn render(seed: u64, train: usize, test: usize) -> [Images; 2] {
    [(Purpose::RenderTrain, train), (Purpose::RenderTest, test)].map(|(purpose, count)| part(seed, purpose, count))
}

fn part(seed: u64, purpose: Purpose, count: usize) -> Images {
    let mut pixels = vec![0; count * SHAPE.len()];
    pixels.par_chunks_exact_mut(SHAPE.len()).enumerate().for_each(|(index, image)| {
        let mut rng = stream(seed, purpose, 0, index as u64);
        Scene::draw(Form::ALL[index % Form::ALL.len()], &mut rng).render(&mut rng, image);
    });
    let labels = (0..count).map(|index| u16::from(to_u8(index % Form::ALL.len()))).collect();
    Images::of_parts(pixels, labels, classes(), SHAPE)
}
