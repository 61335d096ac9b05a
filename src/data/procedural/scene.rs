//! The random properties of an image that are independent of its class, and the rendering.

use super::SHAPE;
use super::form::{Form, Turn};
use crate::convert::{to_integer, to_u8, to_usize};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

type Colour = [f32; 3];

/// Minimum distance of two colours in the RGB cube (diagonal 1.73), to be distinguishable under noise.
const CONTRAST: f32 = 0.55;

/// A colour with a linear gradient over the image.
struct Shade {
    colour: Colour,
    /// Change from the centre to the right edge, and from the centre to the bottom edge.
    slope: [Colour; 2],
}

/// The description of one image.
pub(super) struct Scene {
    form: Form,
    /// Position of the form's origin in pixels.
    centre: (f32, f32),
    /// Unit vector of the form's first axis.
    axis: (f32, f32),
    size: f32,
    ink: Shade,
    ground: Shade,
    /// Standard deviation of the noise, for values from 0 to 1.
    noise: f32,
}

impl Scene {
    pub(super) fn draw(form: Form, rng: &mut ChaCha8Rng) -> Self {
        let (ground, ink) = colours(rng);
        let middle = SHAPE.width as f32 / 2.0;
        let mut shift = || middle + rng.random_range(-5.0..5.0f32);
        Self {
            form,
            centre: (shift(), shift()),
            axis: axis(form.turn(), rng),
            size: rng.random_range(sizes(form)),
            ink: Shade::draw(ink, rng),
            ground: Shade::draw(ground, rng),
            noise: rng.random_range(0.01..0.08),
        }
    }

    /// Renders the scene to `image`, `[3, 32, 32]`.
    pub(super) fn render(&self, rng: &mut ChaCha8Rng, image: &mut [u8]) {
        let (plane, half) = (SHAPE.plane(), SHAPE.width as f32 / 2.0);
        for pixel in 0..plane {
            let (x, y) = ((pixel % SHAPE.width) as f32 + 0.5, (pixel / SHAPE.width) as f32 + 0.5);
            let cover = self.cover(x - self.centre.0, y - self.centre.1);
            let (right, down) = (x / half - 1.0, y / half - 1.0);
            for channel in 0..3 {
                let ink = self.ink.at(channel, right, down);
                let ground = self.ground.at(channel, right, down);
                let value = ground + cover * (ink - ground) + self.noise * gaussian(rng);
                image[channel * plane + pixel] =
                    to_u8(to_usize(to_integer(f64::from((255.0 * value.clamp(0.0, 1.0)).round()))));
            }
        }
    }

    /// The fraction of the pixel around (x, y) that is ink; the edge is one pixel wide.
    fn cover(&self, x: f32, y: f32) -> f32 {
        let (a, b) = self.axis;
        (0.5 - self.form.distance(a * x + b * y, a * y - b * x, self.size)).clamp(0.0, 1.0)
    }
}

fn sizes(form: Form) -> std::ops::Range<f32> {
    match form {
        Form::HorizontalStripes | Form::VerticalStripes => 2.2..5.0,
        Form::Checkerboard => 3.5..7.0,
        Form::Dots => 3.0..5.0,
        _ => 7.0..12.0,
    }
}

fn axis(turn: Turn, rng: &mut ChaCha8Rng) -> (f32, f32) {
    loop {
        let mut draw = || rng.random_range(-1.0..1.0f32);
        // Rejecting points outside the unit disc makes the direction uniform.
        let (x, y) = if turn == Turn::Slight { (1.0, 0.2 * draw()) } else { (draw(), draw()) };
        let square = x * x + y * y;
        if turn == Turn::Slight || (0.01..1.0).contains(&square) {
            return (x / square.sqrt(), y / square.sqrt());
        }
    }
}

/// Draws two colours at least [`CONTRAST`] apart.
fn colours(rng: &mut ChaCha8Rng) -> (Colour, Colour) {
    loop {
        let mut draw = || std::array::from_fn(|_| rng.random_range(0.1..0.9f32));
        let (first, second): (Colour, Colour) = (draw(), draw());
        let square: f32 = first.iter().zip(&second).map(|(a, b)| (a - b) * (a - b)).sum();
        if square >= CONTRAST * CONTRAST {
            return (first, second);
        }
    }
}

/// Draws an approximately standard normal number: the normalised sum of the four bytes of a random integer.
fn gaussian(rng: &mut ChaCha8Rng) -> f32 {
    let sum: u32 = rng.next_u32().to_le_bytes().into_iter().map(u32::from).sum();
    (sum as f32 - 510.0) / 147.8
}

impl Shade {
    fn draw(colour: Colour, rng: &mut ChaCha8Rng) -> Self {
        let mut slope = || std::array::from_fn(|_| rng.random_range(-0.08..0.08));
        Self { colour, slope: [slope(), slope()] }
    }

    fn at(&self, channel: usize, right: f32, down: f32) -> f32 {
        self.colour[channel] + right * self.slope[0][channel] + down * self.slope[1][channel]
    }
}
