//! Initialisers of weights.

use crate::convert::to_f32;
use rand::{Rng, RngExt};

/// The distribution of the initial weights of a layer. `fan_in` and `fan_out` are the values of inputs and outputs of a
/// unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// Uniform between +-1/sqrt(fan_in), as in PyTorch's linear layers. PyTorch's recurrent cells use the number of
    /// units instead of `fan_in`.
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
    /// Returns `len` random values for a layer with these fans. A fan of zero counts as one.
    pub fn draw(self, len: usize, fan_in: usize, fan_out: usize, rng: &mut dyn Rng) -> Vec<f32> {
        let mut values = vec![0.0; len];
        self.fill(&mut values, fan_in, fan_out, rng);
        values
    }

    /// Like [`Init::draw`], but fills a given slice.
    pub fn fill(self, values: &mut [f32], fan_in: usize, fan_out: usize, rng: &mut dyn Rng) {
        let fan_in = fan_in.max(1) as f32;
        let mean_fan = (fan_in + fan_out.max(1) as f32) / 2.0;
        // The variance of a uniform distribution between +-b is b^2/3.
        match self {
            Self::Torch => fill_uniform(values, fan_in.sqrt().recip(), rng),
            Self::KaimingNormal => fill_normal(values, (2.0 / fan_in).sqrt(), rng),
            Self::KaimingUniform => fill_uniform(values, (6.0 / fan_in).sqrt(), rng),
            Self::XavierNormal => fill_normal(values, mean_fan.sqrt().recip(), rng),
            Self::XavierUniform => fill_uniform(values, (3.0 / mean_fan).sqrt(), rng),
        }
    }
}

/// Returns uniform values between +-`bound`; zeros for a bound of zero.
pub fn uniform(len: usize, bound: f32, rng: &mut dyn Rng) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_uniform(&mut values, bound, rng);
    values
}

/// Returns normal values of mean zero and standard deviation `deviation`, by the Box-Muller method.
pub fn normal(len: usize, deviation: f32, rng: &mut dyn Rng) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_normal(&mut values, deviation, rng);
    values
}

/// Like [`uniform`], but fills a given slice.
pub fn fill_uniform(values: &mut [f32], bound: f32, rng: &mut dyn Rng) {
    values.iter_mut().for_each(|value| *value = rng.random_range(-1.0..=1.0) * bound);
}

/// Like [`normal`], but fills a given slice.
pub fn fill_normal(values: &mut [f32], deviation: f32, rng: &mut dyn Rng) {
    for pair in values.chunks_mut(2) {
        // The argument is above zero, so that the logarithm is finite.
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
    fn initialisers_have_the_documented_variances() {
        let (fan_in, fan_out, len) = (50, 150, 100_001);
        let expected = [
            (Init::Torch, 1.0 / (3.0 * 50.0)),
            (Init::KaimingNormal, 2.0 / 50.0),
            (Init::KaimingUniform, 2.0 / 50.0),
            (Init::XavierNormal, 2.0 / 200.0),
            (Init::XavierUniform, 2.0 / 200.0),
        ];
        for (init, variance) in expected {
            let values = init.draw(len, fan_in, fan_out, &mut StdRng::seed_from_u64(1));
            assert_eq!(values.len(), len);
            let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / len as f64;
            let found = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / len as f64;
            assert!(mean.abs() < 0.01 && (found / variance - 1.0).abs() < 0.03, "{init:?}: {mean}, {found}");
            assert_eq!(values, init.draw(len, fan_in, fan_out, &mut StdRng::seed_from_u64(1)));
        }
    }
}
