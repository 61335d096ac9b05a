//! Batch normalisation and its gradients.

use crate::kernel::batch_norm::Norm;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// Settings of batch normalisation (Ioffe and Szegedy 2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f32,
    /// Momentum m of the running statistics, as in PyTorch: new = (1 - m) old + m batch.
    pub momentum: f32,
    /// Whether to normalise by the statistics of the batch; otherwise by the running statistics.
    pub training: bool,
}

impl Default for BatchNorm {
    /// PyTorch's default settings, for training.
    fn default() -> Self {
        Self { epsilon: 1e-5, momentum: 0.1, training: true }
    }
}

impl Tape {
    /// Normalises x `[N, C, ..]` per channel, then multiplies by weight `[C]` and adds bias `[C]` if `affine`, then
    /// applies a ReLU if `relu`.
    ///
    /// `running` are mean and variance `[C]` in the store: training updates them in place (the variance with its
    /// unbiased estimate, as in PyTorch), inference normalises by them.
    ///
    /// # Errors
    /// An empty x, an x with a single axis, or other tensors that do not have one element per channel.
    pub fn batch_norm(
        &mut self,
        x: Tensor,
        affine: Option<[Tensor; 2]>,
        running: [Tensor; 2],
        settings: BatchNorm,
        relu: bool,
    ) -> Result<Tensor, ShapeError> {
        const NAME: &str = "batch_norm";
        let shape = self.shape(x).to_vec();
        let [batch, channels, ref pixels @ ..] = shape[..] else {
            return Err(ShapeError::new(NAME, format!("{shape:?} has no channel axis")));
        };
        let BatchNorm { epsilon, momentum, training } = settings;
        let pixels = pixels.iter().product();
        let norm = Norm { batch, channels, pixels, epsilon, momentum, affine: affine.is_some(), relu, training };
        if norm.is_empty() {
            return Err(ShapeError::new(NAME, format!("{shape:?} is empty")));
        }
        for tensor in affine.into_iter().flatten().chain(running) {
            self.expect_len(NAME, "a value per channel", tensor, channels)?;
        }
        let stats = self.norm_statistics(&norm, x, running);
        let [weight, bias] = affine.unwrap_or(running);
        let y = self.produce(norm.normalise(), &[x, stats, weight, bias], &shape);
        let inputs: Vec<_> = [x].into_iter().chain(affine.into_iter().flatten()).collect();
        self.differentiable(&inputs, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 3]) };
            let parts = [norm.parts(), channels, 2];
            let sums = tape.produce(norm.reduce(), &[x, stats, weight, bias, grad], &parts);
            let (to_bias, to_weight) = (tape.output(&[channels]), tape.output(&[channels]));
            tape.step(norm.collect(), &[sums, to_bias, to_weight]);
            let reads = [x, stats, weight, bias, grad, to_bias, to_weight];
            let to_x = tape.produce(norm.backward(), &reads, &shape);
            Ok(vec![Some(to_x), Some(to_weight), Some(to_bias)])
        });
        Ok(y)
    }

    /// Returns means and 1/std [2, channels], of the batch or the running ones.
    fn norm_statistics(&mut self, norm: &Norm, x: Tensor, [mean, var]: [Tensor; 2]) -> Tensor {
        let channels = norm.channels;
        if !norm.training {
            return self.produce(norm.inference(), &[mean, var], &[2, channels]);
        }
        let parts = self.produce(norm.statistics(), &[x], &[norm.parts(), channels, 2]);
        self.produce(norm.finish(), &[parts, mean, var], &[2, channels])
    }
}
