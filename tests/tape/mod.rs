//! Tests of the tape: gradients compared with finite differences, plans with manual calculations.

use crate::common;

mod attention;
mod batch_norm;
mod conv2d;
mod difference;
mod dropout;
mod elementwise;
mod generator;
mod gru;
mod layer_norm;
mod loss;
mod lstm;
mod matmul;
mod optimizer;
mod plan;
mod pool2d;
mod reduce;
mod segment;
mod slice;
mod softmax;
mod sum;
