//! Normalisation and augmentation of one image: random crop of the padded image, flip, cutout.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "image sizes that fit in memory, and paddings of at most 2^16 (`Augment::check`)"
)]

use super::error::LoaderError;
use super::normal::Channel;
use super::shape::ImageShape;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Values of the padding around an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// Black: pixels of value 0, normalised like the others. In signals, the mean, which is 0 after normalisation.
    Zero,
    /// The image mirrored at its outermost pixels, which are not repeated (reflection padding).
    Reflect,
}

/// Padding on all four sides, followed by a random crop to the original size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crop {
    /// Pixels to pad on each side.
    pub pad: usize,
    /// What to pad with.
    pub padding: Padding,
}

/// Random changes to the images of a batch. The default changes nothing. Images of height 1 are signals: they are shifted
/// along their length only, and never mirrored, since few signals mean the same in reverse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augment {
    /// Shifts the image by a random crop of the padded image.
    pub crop: Option<Crop>,
    /// Mirrors an image left to right with probability 1/2.
    pub flip: bool,
    /// Side in pixels of a square that is set to the mean (0 after normalisation), centred at a random pixel and
    /// clipped to the image; 0 for none.
    pub cutout: usize,
}

impl Augment {
    /// The usual augmentation for CIFAR: zero padding of 4 pixels, random crop and flip.
    pub fn cifar() -> Self {
        Self { crop: Some(Crop { pad: 4, padding: Padding::Zero }), flip: true, cutout: 0 }
    }

    /// Refuses a reflection padding of the image size or more, and any padding over 2^16.
    pub(super) fn check(&self, shape: ImageShape) -> Result<(), LoaderError> {
        let shorter = if is_signal(shape) { shape.width } else { shape.height.min(shape.width) };
        match self.crop {
            Some(Crop { pad, padding: Padding::Reflect }) if pad >= shorter => {
                Err(LoaderError::PadTooLarge { pad, shape })
            }
            Some(Crop { pad, .. }) if pad > 1 << 16 => Err(LoaderError::PadTooLarge { pad, shape }),
            _ => Ok(()),
        }
    }

    /// Writes the augmented `pixels`, normalised by `channels`, to `out`; both are `[channels, height, width]`.
    pub(super) fn apply<C: Channel>(
        &self,
        shape: ImageShape,
        channels: &[C],
        rng: &mut ChaCha8Rng,
        pixels: &[C::Stored],
        out: &mut [f32],
    ) {
        let mut shift = || self.crop.map_or(0, |crop| rng.random_range(0..=2 * crop.pad) as isize - crop.pad as isize);
        let (down, right) = (shift(), shift());
        let down = if is_signal(shape) { 0 } else { down };
        let flip = self.flip && !is_signal(shape) && rng.random_bool(0.5);
        let padding = self.crop.map_or(Padding::Zero, |crop| crop.padding);
        let rows: Vec<_> = (0..shape.height).map(|row| source_index(row, down, shape.height, padding)).collect();
        let mut columns: Vec<_> =
            (0..shape.width).map(|column| source_index(column, right, shape.width, padding)).collect();
        if flip {
            columns.reverse();
        }
        let planes = pixels.chunks_exact(shape.plane()).zip(out.chunks_exact_mut(shape.plane()));
        for ((pixels, out), channel) in planes.zip(channels) {
            for (row, out) in rows.iter().zip(out.chunks_exact_mut(shape.width)) {
                match row.and_then(|row| pixels.chunks_exact(shape.width).nth(row)) {
                    Some(pixels) => copy(pixels, &columns, channel, out),
                    None => out.fill(channel.normalised(channel.padding())),
                }
            }
        }
        if self.cutout > 0 {
            cut_out(shape, self.cutout, rng, out);
        }
    }
}

/// Returns the source row or column of row or column `target` of the crop; `None` in the zero padding.
fn source_index(target: usize, shift: isize, size: usize, padding: Padding) -> Option<usize> {
    let (source, last) = (target as isize + shift, size as isize - 1);
    match padding {
        Padding::Zero => (0..=last).contains(&source).then_some(source as usize),
        Padding::Reflect => Some((last - (last - source.abs()).abs()) as usize),
    }
}

/// Whether the image is a signal.
fn is_signal(shape: ImageShape) -> bool {
    shape.height == 1
}

fn copy<C: Channel>(pixels: &[C::Stored], columns: &[Option<usize>], channel: &C, out: &mut [f32]) {
    let padding = channel.padding();
    for (value, column) in out.iter_mut().zip(columns) {
        *value = channel.normalised(column.map_or(padding, |column| pixels[column]));
    }
}

fn cut_out(shape: ImageShape, side: usize, rng: &mut ChaCha8Rng, out: &mut [f32]) {
    let mut range = |size: usize| {
        let first = rng.random_range(0..size) as isize - (side / 2) as isize;
        first.max(0) as usize..(first + side as isize).clamp(0, size as isize) as usize
    };
    let (rows, columns) = (range(shape.height), range(shape.width));
    for plane in out.chunks_exact_mut(shape.plane()) {
        plane
            .chunks_exact_mut(shape.width)
            .take(rows.end)
            .skip(rows.start)
            .for_each(|row| row[columns.clone()].fill(0.0));
    }
}
