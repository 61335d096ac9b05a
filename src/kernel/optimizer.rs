//! Optimizer updates in place (`shaders/optimizer.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use super::small::vectorized;
use bytemuck::{Pod, Zeroable};

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Settings {
    len: u32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    decay: f32,
}

/// Adam's fixed numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamSettings {
    /// Decay of the gradient's mean.
    pub beta1: f32,
    /// Decay of the squared gradient's mean.
    pub beta2: f32,
    /// Keeps the quotient finite.
    pub epsilon: f32,
    /// L2 weight decay.
    pub decay: f32,
}

/// An Adam step on `len` numbers. Operands: weights, gradient, first and second moment, the step's two numbers: learning
/// rate / (1 - beta1^t) and sqrt(1 - beta2^t).
#[must_use]
pub fn adam(settings: AdamSettings, len: usize) -> Call {
    let AdamSettings { beta1, beta2, epsilon, decay } = settings;
    let settings = Settings { len: len as u32, beta1, beta2, epsilon, decay };
    Call::new(&ADAM, &settings, Extent::Items(len), 12 * len)
}

static ADAM: Kernel = Kernel {
    name: "optimizer.adam",
    shader: include_str!("../../shaders/optimizer.wgsl"),
    access: &[Access::Update, Access::Read, Access::Update, Access::Update, Access::Read],
    twin: adam_twin,
};

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&ADAM];

fn adam_twin(mut operands: Operands<'_>) {
    let Settings { beta1, beta2, epsilon, decay, .. } = operands.params();
    let [g, now] = operands.reads();
    let [w, m, v] = operands.writes();
    let (rate, root) = (now[0], now[1]);
    vectorized(
        #[inline(always)]
        || {
            for (((w, g), m), v) in w.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
                let gradient = g + decay * *w;
                *m += (1.0 - beta1) * (gradient - *m);
                *v = beta2 * *v + (1.0 - beta2) * gradient * gradient;
                *w -= rate * *m / (v.sqrt() / root + epsilon);
            }
        },
    );
}
