//! Tensors and the operations recorded on them.

use super::error::ShapeError;
use super::store::Slot;
use crate::kernel::{Access, Call};
use std::collections::HashMap;

/// The index of a tensor on a tape. Tensors are row-major and have 32-bit elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tensor(pub(super) usize);

/// The source of a tensor's values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// Written by the caller before a run, and kept between runs.
    Input,
    /// The same values in every run.
    Constant(Vec<f32>),
    /// Zeros in every run.
    Zeros,
    /// A tensor of the store, at this offset.
    Stored(usize),
    /// Written by a step of the plan.
    Step,
}

/// The memory of one or more tensors (views of different shapes).
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub(super) len: usize,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) shape: Vec<usize>,
    pub(super) storage: usize,
}

/// A call and its operand storages, in binding order.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) call: Call,
    pub(super) operands: Vec<usize>,
}

/// Computes the gradients of an operation's inputs from those of its outputs; `None` means no gradient.
pub(super) type Rule = Box<dyn Fn(&mut Tape, &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>, ShapeError>>;

/// A differentiable operation.
pub(super) struct Record {
    pub(super) inputs: Vec<Tensor>,
    pub(super) outputs: Vec<Tensor>,
    pub(super) rule: Rule,
}

/// Recorded operations.
///
/// ```
/// use graphpnas::tape::Tape;
///
/// let mut tape = Tape::new();
/// let x = tape.input(&[2, 3]);
/// let y = tape.affine(x, 2.0, 1.0);
/// assert_eq!(tape.shape(y), [2, 3]);
/// ```
#[derive(Default)]
pub struct Tape {
    pub(super) views: Vec<View>,
    pub(super) storages: Vec<Storage>,
    pub(super) steps: Vec<Step>,
    pub(super) records: Vec<Record>,
    /// The recorded tensors of the store, by their offset.
    stored: HashMap<usize, Vec<Tensor>>,
}

impl Tape {
    /// Creates an empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor that the caller writes before a run.
    pub fn input(&mut self, shape: &[usize]) -> Tensor {
        self.add_tensor(shape, Source::Input)
    }

    /// Adds a tensor with the same values in every run.
    ///
    /// # Errors
    /// A shape of another size than `data`.
    pub fn constant(&mut self, data: &[f32], shape: &[usize]) -> Result<Tensor, ShapeError> {
        if len_of(shape) != data.len() {
            return Err(ShapeError::new("constant", format!("{} values for the shape {shape:?}", data.len())));
        }
        Ok(self.add_tensor(shape, Source::Constant(data.to_vec())))
    }

    /// Adds a tensor of zeros. It takes no memory until a plan is created.
    pub fn zeros(&mut self, shape: &[usize]) -> Tensor {
        self.add_tensor(shape, Source::Zeros)
    }

    /// Adds a tensor of the store, or returns it if it was added before.
    pub fn stored(&mut self, slot: &Slot) -> Tensor {
        let known = self.stored.get(&slot.offset()).into_iter().flatten();
        if let Some(tensor) = known.copied().find(|tensor| self.shape(*tensor) == slot.shape()) {
            return tensor;
        }
        let tensor = self.add_tensor(slot.shape(), Source::Stored(slot.offset()));
        self.stored.entry(slot.offset()).or_default().push(tensor);
        tensor
    }

    /// Returns the tensor's shape, outermost axis first.
    #[must_use]
    pub fn shape(&self, tensor: Tensor) -> &[usize] {
        &self.views[tensor.0].shape
    }

    /// Returns the number of elements of the tensor.
    #[must_use]
    pub fn len(&self, tensor: Tensor) -> usize {
        len_of(self.shape(tensor))
    }

    /// Whether nothing has been recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// Returns a view of the tensor in another shape, without copying.
    ///
    /// # Errors
    /// A shape of another size.
    pub fn reshape(&mut self, tensor: Tensor, shape: &[usize]) -> Result<Tensor, ShapeError> {
        if len_of(shape) != self.len(tensor) {
            return Err(ShapeError::new(
                "reshape",
                format!("{:?} cannot be reshaped to {shape:?}", self.shape(tensor)),
            ));
        }
        let before = self.shape(tensor).to_vec();
        let storage = self.views[tensor.0].storage;
        self.views.push(View { shape: shape.to_vec(), storage });
        let view = Tensor(self.views.len() - 1);
        self.differentiable(&[tensor], &[view], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.reshape(grad, &before)).transpose()?])
        });
        Ok(view)
    }

    /// Records a call on the tensors, in binding order.
    pub(super) fn step(&mut self, call: Call, operands: &[Tensor]) {
        debug_assert_eq!(call.kernel.access.len(), operands.len(), "{}", call.kernel.name);
        let operands = operands.iter().map(|tensor| self.views[tensor.0].storage).collect();
        self.steps.push(Step { call, operands });
    }

    /// Records a call whose last operand is a new tensor, and returns this tensor.
    pub(super) fn produce(&mut self, call: Call, reads: &[Tensor], shape: &[usize]) -> Tensor {
        debug_assert_eq!(call.kernel.access.last(), Some(&Access::Write), "{}", call.kernel.name);
        let result = self.add_tensor(shape, Source::Step);
        let operands: Vec<_> = reads.iter().copied().chain([result]).collect();
        self.step(call, &operands);
        result
    }

    /// Adds a tensor that a step will write.
    pub(super) fn output(&mut self, shape: &[usize]) -> Tensor {
        self.add_tensor(shape, Source::Step)
    }

    /// Records a call of any kernel, including kernels of other crates, and returns the new tensor that it writes.
    ///
    /// `reads` are the kernel's operands except the last, in binding order; `shape` is the shape of the result. The
    /// caller must ensure that the kernel's twin and shader compute the same. [`Tape::differentiable`] adds the
    /// gradient. `examples/custom_op.rs` is a complete operation.
    ///
    /// # Errors
    /// A kernel with another number of operands, or whose operands are not all read except the last, which must be
    /// written.
    pub fn call(&mut self, call: Call, reads: &[Tensor], shape: &[usize]) -> Result<Tensor, ShapeError> {
        let expected = reads.iter().map(|_| Access::Read).chain([Access::Write]);
        if !expected.eq(call.kernel.access.iter().copied()) {
            let (name, access) = (call.kernel.name, call.kernel.access);
            let why = format!("{name} has the operands {access:?} instead of {} to read and one to write", reads.len());
            return Err(ShapeError::new("call", why));
        }
        Ok(self.produce(call, reads, shape))
    }

    /// Sets the gradient rule of the operation just recorded, from `outputs` to `inputs`.
    ///
    /// [`Tape::backward`] calls the rule with the gradient of every output, or `None` for outputs that the loss does
    /// not depend on. The rule records operations that compute the gradients and returns one per input, in order, or
    /// `None` for an input without gradient.
    pub fn differentiable(
        &mut self,
        inputs: &[Tensor],
        outputs: &[Tensor],
        rule: impl Fn(&mut Self, &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>, ShapeError> + 'static,
    ) {
        self.records.push(Record { inputs: inputs.to_vec(), outputs: outputs.to_vec(), rule: Box::new(rule) });
    }

    fn add_tensor(&mut self, shape: &[usize], source: Source) -> Tensor {
        self.storages.push(Storage { len: len_of(shape), source });
        self.views.push(View { shape: shape.to_vec(), storage: self.storages.len() - 1 });
        Tensor(self.views.len() - 1)
    }
}

/// The maximum number of elements of a tensor: kernels use 32-bit indices. Larger tensors can be recorded, to compute
/// their cost, but stores and plans reject them.
pub(super) const MAX_ELEMENTS: usize = u32::MAX as usize;

/// Returns the number of elements of a shape, saturating.
pub(super) fn len_of(shape: &[usize]) -> usize {
    if shape.contains(&0) { 0 } else { shape.iter().fold(1, |len: usize, axis| len.saturating_mul(*axis)) }
}
