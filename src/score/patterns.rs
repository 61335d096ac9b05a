//! Naswot (Mellor et al. 2021): how well the ReLUs of an untrained network distinguish images.

use nalgebra::DMatrix;

/// The numbers of ReLUs with equal activation for two images, for all pairs of images.
pub(super) struct Agreements {
    images: usize,
    /// The pairs (i, j) with j <= i, row by row.
    counts: Vec<u64>,
}

impl Agreements {
    pub(super) fn new(images: usize) -> Self {
        Self { images, counts: vec![0; images * (images + 1) / 2] }
    }

    /// Adds a result `[batch, ...]`, before or after the ReLU, that is read by `times` ReLUs.
    pub(super) fn add(&mut self, result: &[f32], times: u64) {
        let each = result.len() / self.images.max(1);
        let words = each.div_ceil(64);
        let mut active = vec![0_u64; words * self.images];
        for (bits, image) in active.chunks_exact_mut(words.max(1)).zip(result.chunks_exact(each.max(1))) {
            for (word, values) in bits.iter_mut().zip(image.chunks(64)) {
                *word = values.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(*value > 0.0) << bit);
            }
        }
        let image = |number: usize| &active[number * words..(number + 1) * words];
        let mut counts = self.counts.iter_mut();
        for one in 0..self.images {
            for other in 0..=one {
                let differ = image(one).iter().zip(image(other)).map(|(a, b)| u64::from((a ^ b).count_ones()));
                if let Some(count) = counts.next() {
                    *count += times * (each as u64 - differ.sum::<u64>());
                }
            }
        }
    }

    /// Returns the logarithm of the absolute determinant of the kernel; minus infinity if two images have equal
    /// activations.
    pub(super) fn log_determinant(&self) -> f64 {
        let at = |one: usize, other: usize| {
            let (one, other) = (one.max(other), one.min(other));
            self.counts[one * (one + 1) / 2 + other] as f64
        };
        let kernel = DMatrix::from_fn(self.images, self.images, at);
        kernel.lu().u().diagonal().iter().map(|pivot| pivot.abs().ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Agreements;

    #[test]
    fn the_kernel_counts_equal_activations() {
        let mut agreements = Agreements::new(2);
        // The images agree in one of four units; in the second result, counted twice, in none of one.
        agreements.add(&[1.0, -1.0, 2.0, 0.0, 1.0, 1.0, 0.0, 3.0], 1);
        agreements.add(&[1.0, -1.0], 2);
        assert_eq!(agreements.counts, [6, 1, 6]);
        assert!((agreements.log_determinant() - 35_f64.ln()).abs() < 1e-12);
        let mut alike = Agreements::new(2);
        alike.add(&[1.0, 1.0], 1);
        assert_eq!(alike.log_determinant(), f64::NEG_INFINITY);
    }

    #[test]
    fn results_need_not_be_multiples_of_64_values() {
        let mut agreements = Agreements::new(1);
        agreements.add(&[0.5; 65], 1);
        assert_eq!(agreements.counts, [65]);
    }
}
