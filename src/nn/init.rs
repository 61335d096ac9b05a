//! First values of weights.

use crate::convert::to_f32;
use rand::{Rng, RngExt};

/// How the weights of a layer are drawn; `fan_in` and `fan_out` are how many numbers meet at and leave a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// Uniform between +-1/sqrt(fan_in), as PyTorch draws its linear layers. Its recurrent cells use the number of
    /// their units in place of `fan_in`.
    Torch,
    /// Normal with variance 2/fan_in, for layers with ReLU (He et al. 2015).
    KaimingNormal,
    /// Uniform with variance 2/fan_in.
    KaimingUniform,
    /// Normal with variance 2/(fan_in + fan_out), for layers with tanh or none (Glorot and Bengio 2010).
    XavierNormal,
    /// Uniform with variance 2/(fan_in + fan_out).
    XavierUniform,
}

impl Init {
    /// `len` numbers for a layer of these fans; a fan of zero counts as one.
    pub fn draw(self, len: usize, fan_in: usize, fan_out: usize, rng: &mut dyn Rng) -> Vec<f32> {
        let mut numbers = vec![0.0; len];
        self.fill(&mut numbers, fan_in, fan_out, rng);
        numbers
    }

    /// The same numbers in a place that is there already.
    pub fn fill(self, numbers: &mut [f32], fan_in: usize, fan_out: usize, rng: &mut dyn Rng) {
        let fan_in = fan_in.max(1) as f32;
        let mean_fan = (fan_in + fan_out.max(1) as f32) / 2.0;
        // A uniform distribution between +-b has the variance b^2/3.
        match self {
            Self::Torch => fill_uniform(numbers, fan_in.sqrt().recip(), rng),
            Self::KaimingNormal => fill_normal(numbers, (2.0 / fan_in).sqrt(), rng),
            Self::KaimingUniform => fill_uniform(numbers, (6.0 / fan_in).sqrt(), rng),
            Self::XavierNormal => fill_normal(numbers, mean_fan.sqrt().recip(), rng),
            Self::XavierUniform => fill_uniform(numbers, (3.0 / mean_fan).sqrt(), rng),
        }
    }
}

/// Numbers between +-`bound`; zeros for a bound of zero.
pub fn uniform(len: usize, bound: f32, rng: &mut dyn Rng) -> Vec<f32> {
    let mut numbers = vec![0.0; len];
    fill_uniform(&mut numbers, bound, rng);
    numbers
}

/// Normal numbers of mean zero, by the method of Box and Muller.
pub fn normal(len: usize, deviation: f32, rng: &mut dyn Rng) -> Vec<f32> {
    let mut numbers = vec![0.0; len];
    fill_normal(&mut numbers, deviation, rng);
    numbers
}

/// [`uniform`] in a place that is there already.
pub fn fill_uniform(numbers: &mut [f32], bound: f32, rng: &mut dyn Rng) {
    numbers.iter_mut().for_each(|number| *number = rng.random_range(-1.0..=1.0) * bound);
}

/// [`normal`] in a place that is there already.
pub fn fill_normal(numbers: &mut [f32], deviation: f32, rng: &mut dyn Rng) {
    for pair in numbers.chunks_mut(2) {
        // Above zero, where the logarithm is finite.
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt() * f64::from(deviation);
        let (sine, cosine) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
        let drawn = [to_f32(radius * cosine), to_f32(radius * sine)];
        pair.copy_from_slice(&drawn[..pair.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::Init;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn variances_are_what_the_names_say() {
        let (fan_in, fan_out, len) = (50, 150, 100_001);
        let expected = [
            (Init::Torch, 1.0 / (3.0 * 50.0)),
            (Init::KaimingNormal, 2.0 / 50.0),
            (Init::KaimingUniform, 2.0 / 50.0),
            (Init::XavierNormal, 2.0 / 200.0),
            (Init::XavierUniform, 2.0 / 200.0),
        ];
        for (init, variance) in expected {
            let numbers = init.draw(len, fan_in, fan_out, &mut StdRng::seed_from_u64(1));
            assert_eq!(numbers.len(), len);
            let mean = numbers.iter().map(|x| f64::from(*x)).sum::<f64>() / len as f64;
            let found = numbers.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / len as f64;
            assert!(mean.abs() < 0.01 && (found / variance - 1.0).abs() < 0.03, "{init:?}: {mean}, {found}");
            assert_eq!(numbers, init.draw(len, fan_in, fan_out, &mut StdRng::seed_from_u64(1)));
        }
    }
}
