//! Tensors and the operations recorded on them.

use super::error::ShapeError;
use super::store::Slot;
use crate::kernel::{Access, Call};
use std::collections::HashMap;

/// A tensor of a tape, by number. Row-major, 32-bit numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tensor(pub(super) usize);

/// Where a tensor's numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// Written from outside before a run, and kept between runs.
    Input,
    /// The same numbers in every run.
    Constant(Vec<f32>),
    /// Zeros in every run.
    Zeros,
    /// A tensor of the store, at this offset.
    Stored(usize),
    /// Written by a step of the plan.
    Step,
}

/// Numbers that one or more tensors (views with other shapes) stand for.
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

/// A call and the storages it works on, in the order of the kernel's bindings.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) call: Call,
    pub(super) operands: Vec<usize>,
}

/// Computes the gradients of an operation's inputs from those of its outputs; `None` where none flows.
pub(super) type Rule = Box<dyn Fn(&mut Tape, &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>, ShapeError>>;

/// A differentiable operation.
pub(super) struct Record {
    pub(super) inputs: Vec<Tensor>,
    pub(super) outputs: Vec<Tensor>,
    pub(super) rule: Rule,
}

/// Recorded operations.
#[derive(Default)]
pub struct Tape {
    pub(super) views: Vec<View>,
    pub(super) storages: Vec<Storage>,
    pub(super) steps: Vec<Step>,
    pub(super) records: Vec<Record>,
    /// The tensors of the store that were recorded, by their offset there.
    stored: HashMap<usize, Vec<Tensor>>,
}

impl Tape {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tensor that is written from outside before a run.
    pub fn input(&mut self, shape: &[usize]) -> Tensor {
        self.fresh(shape, Source::Input)
    }

    /// A tensor with the same numbers in every run.
    ///
    /// # Errors
    /// A shape that does not hold as many numbers.
    pub fn constant(&mut self, data: &[f32], shape: &[usize]) -> Result<Tensor, ShapeError> {
        if len_of(shape) != data.len() {
            return Err(ShapeError::new("constant", format!("{} numbers do not fill {shape:?}", data.len())));
        }
        Ok(self.fresh(shape, Source::Constant(data.to_vec())))
    }

    /// A tensor of zeros in every run; it takes no memory before there is a plan.
    pub fn zeros(&mut self, shape: &[usize]) -> Tensor {
        self.fresh(shape, Source::Zeros)
    }

    /// A tensor of the store.
    pub fn stored(&mut self, slot: &Slot) -> Tensor {
        let known = self.stored.get(&slot.offset()).into_iter().flatten();
        if let Some(tensor) = known.copied().find(|tensor| self.shape(*tensor) == slot.shape()) {
            return tensor;
        }
        let tensor = self.fresh(slot.shape(), Source::Stored(slot.offset()));
        self.stored.entry(slot.offset()).or_default().push(tensor);
        tensor
    }

    /// The tensor's shape, outermost axis first.
    #[must_use]
    pub fn shape(&self, tensor: Tensor) -> &[usize] {
        &self.views[tensor.0].shape
    }

    /// How many numbers the tensor holds.
    #[must_use]
    pub fn len(&self, tensor: Tensor) -> usize {
        len_of(self.shape(tensor))
    }

    /// Whether nothing was recorded yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The same numbers in another shape; nothing is copied.
    ///
    /// # Errors
    /// A shape of another size.
    pub fn reshape(&mut self, tensor: Tensor, shape: &[usize]) -> Result<Tensor, ShapeError> {
        if len_of(shape) != self.len(tensor) {
            return Err(ShapeError::new("reshape", format!("{:?} does not become {shape:?}", self.shape(tensor))));
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

    /// Records a call that reads and writes the tensors, in the order of the kernel's bindings.
    pub(super) fn step(&mut self, call: Call, operands: &[Tensor]) {
        debug_assert_eq!(call.kernel.access.len(), operands.len(), "{}", call.kernel.name);
        let operands = operands.iter().map(|tensor| self.views[tensor.0].storage).collect();
        self.steps.push(Step { call, operands });
    }

    /// Records a call that writes one new tensor, its last operand.
    pub(super) fn produce(&mut self, call: Call, reads: &[Tensor], shape: &[usize]) -> Tensor {
        debug_assert_eq!(call.kernel.access.last(), Some(&Access::Write), "{}", call.kernel.name);
        let result = self.fresh(shape, Source::Step);
        let operands: Vec<_> = reads.iter().copied().chain([result]).collect();
        self.step(call, &operands);
        result
    }

    /// A tensor that a step will write.
    pub(super) fn output(&mut self, shape: &[usize]) -> Tensor {
        self.fresh(shape, Source::Step)
    }

    /// Records a call of any kernel, one from outside the crate too, and returns the new tensor that it writes.
    ///
    /// `reads` are the kernel's operands but the last, in the order of their bindings; `shape` is that of the result. What the
    /// kernel's twin and shader compute is for the caller to answer for; [`Tape::differentiable`] says how gradients flow.
    /// `examples/custom_op.rs` has a whole operation.
    ///
    /// # Errors
    /// A kernel with another number of operands, or whose operands are not read but the last, which is written.
    pub fn call(&mut self, call: Call, reads: &[Tensor], shape: &[usize]) -> Result<Tensor, ShapeError> {
        let expected = reads.iter().map(|_| Access::Read).chain([Access::Write]);
        if !expected.eq(call.kernel.access.iter().copied()) {
            let (name, access) = (call.kernel.name, call.kernel.access);
            let why = format!("{name} has the operands {access:?}, not {} to read and one to write", reads.len());
            return Err(ShapeError::new("call", why));
        }
        Ok(self.produce(call, reads, shape))
    }

    /// Says how gradients flow through what was just recorded, from `outputs` to `inputs`.
    ///
    /// [`Tape::backward`] calls the rule with the gradient of every output, none where nothing depends on it. The rule records what
    /// computes the gradient of every input and returns these in order, none for an input that gets no gradient.
    pub fn differentiable(
        &mut self,
        inputs: &[Tensor],
        outputs: &[Tensor],
        rule: impl Fn(&mut Self, &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>, ShapeError> + 'static,
    ) {
        self.records.push(Record { inputs: inputs.to_vec(), outputs: outputs.to_vec(), rule: Box::new(rule) });
    }

    fn fresh(&mut self, shape: &[usize], source: Source) -> Tensor {
        self.storages.push(Storage { len: len_of(shape), source });
        self.views.push(View { shape: shape.to_vec(), storage: self.storages.len() - 1 });
        Tensor(self.views.len() - 1)
    }
}

/// The most numbers of a tensor: kernels count them with 32 bits. Tapes of larger ones can be recorded, to find out what they
/// would cost; stores and plans refuse them.
pub(super) const LARGEST: usize = u32::MAX as usize;

/// How many numbers a shape holds; the largest number there is where it would hold more.
pub(super) fn len_of(shape: &[usize]) -> usize {
    if shape.contains(&0) { 0 } else { shape.iter().fold(1, |len: usize, axis| len.saturating_mul(*axis)) }
}
