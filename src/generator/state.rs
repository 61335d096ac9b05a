//! What one that learns knows between two rounds, a generator or shared weights, so that a search can be taken up again.

use super::GeneratorError;
use super::file::KeptTensor;
use crate::tape::{Store, TapeError};
use serde::{Serialize, de::DeserializeOwned};

/// Everything a learner's next steps depend on, beside what it was built from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// All but tensors, as JSON; empty where there is nothing.
    pub text: String,
    /// Weights and what an optimizer remembers.
    pub tensors: Vec<KeptTensor>,
}

impl State {
    /// The state that `value` says, with the tensors of a store.
    ///
    /// # Errors
    /// A value that is not JSON's, or a failing device.
    pub fn new(value: &impl Serialize, store: Option<&Store>) -> Result<Self, GeneratorError> {
        let text = serde_json::to_string(value).map_err(|error| GeneratorError::State(error.to_string()))?;
        let tensors = store.map_or_else(|| Ok(Vec::new()), tensors).map_err(failed)?;
        Ok(Self { text, tensors })
    }

    /// The value it was made of.
    ///
    /// # Errors
    /// A text of another.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, GeneratorError> {
        serde_json::from_str(&self.text).map_err(|error| GeneratorError::State(error.to_string()))
    }

    /// Fills the store; nothing is changed unless every tensor is there in its shape.
    ///
    /// # Errors
    /// A tensor that is missing, or a failing device.
    pub fn fill(&self, store: &mut Store) -> Result<(), GeneratorError> {
        let slots = store.slots().to_vec();
        let kept = |slot: &crate::tape::Slot| {
            let found = self.tensors.iter().find(|tensor| tensor.name == slot.name() && tensor.shape == slot.shape());
            let lacks = || GeneratorError::State(format!("it lacks the tensor '{}' {:?}", slot.name(), slot.shape()));
            found.ok_or_else(lacks)
        };
        let tensors = slots.iter().map(kept).collect::<Result<Vec<_>, _>>()?;
        slots.iter().zip(tensors).try_for_each(|(slot, tensor)| store.write(slot, &tensor.numbers)).map_err(failed)
    }
}

fn tensors(store: &Store) -> Result<Vec<KeptTensor>, TapeError> {
    let kept = |slot: &crate::tape::Slot| {
        let (name, shape) = (slot.name().to_owned(), slot.shape().to_vec());
        Ok(KeptTensor { name, shape, numbers: store.read(slot)? })
    };
    store.slots().iter().map(kept).collect()
}

fn failed(error: TapeError) -> GeneratorError {
    GeneratorError::Failed(Box::new(error))
}
