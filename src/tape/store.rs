//! Tensors that outlive a plan: weights, optimizer state, running statistics.

use super::error::TapeError;
use super::record::len_of;
use crate::device::{ALIGNMENT, Device, Memory};

/// A named place in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    name: String,
    shape: Vec<usize>,
    offset: usize,
}

impl Slot {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its shape, outermost axis first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its first number in the store.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many numbers it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        len_of(&self.shape)
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Collects slots and their first values before the store is made.
#[derive(Debug, Clone, Default)]
pub struct StoreBuilder {
    slots: Vec<Slot>,
    values: Vec<f32>,
}

impl StoreBuilder {
    /// Adds a slot with its first values.
    ///
    /// # Errors
    /// Values that do not fill the shape.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) -> Result<Slot, TapeError> {
        let (name, expected) = (name.into(), len_of(shape));
        if values.len() != expected {
            return Err(TapeError::Length { what: name, expected, given: values.len() });
        }
        let slot = Slot { name, shape: shape.to_vec(), offset: self.values.len() };
        self.values.extend_from_slice(values);
        self.values.resize(self.values.len().next_multiple_of(ALIGNMENT), 0.0);
        self.slots.push(slot.clone());
        Ok(slot)
    }

    /// Adds a slot of zeros.
    pub fn zeros(&mut self, name: impl Into<String>, shape: &[usize]) -> Slot {
        let slot = Slot { name: name.into(), shape: shape.to_vec(), offset: self.values.len() };
        self.values.resize((self.values.len() + slot.len()).next_multiple_of(ALIGNMENT), 0.0);
        self.slots.push(slot.clone());
        slot
    }

    /// The store, on the device.
    ///
    /// # Errors
    /// When the device has no memory for it.
    pub fn build(self, device: &Device) -> Result<Store, TapeError> {
        let mut memory = device.memory(self.values.len().max(ALIGNMENT), "the weights")?;
        memory.write(0, &self.values)?;
        Ok(Store { slots: self.slots, memory })
    }
}

/// Tensors that outlive a plan, in one memory of a device.
#[derive(Debug)]
pub struct Store {
    slots: Vec<Slot>,
    pub(super) memory: Memory,
}

impl Store {
    /// Every slot, in the order they were added.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The slot of that name.
    ///
    /// # Errors
    /// [`TapeError::UnknownSlot`].
    pub fn slot(&self, name: &str) -> Result<&Slot, TapeError> {
        self.slots.iter().find(|slot| slot.name == name).ok_or_else(|| TapeError::UnknownSlot(name.to_owned()))
    }

    /// The numbers of a slot.
    ///
    /// # Errors
    /// When the device fails.
    pub fn read(&self, slot: &Slot) -> Result<Vec<f32>, TapeError> {
        let mut numbers = vec![0.0; slot.len()];
        self.memory.read(slot.offset, &mut numbers)?;
        Ok(numbers)
    }

    /// Sets the numbers of a slot.
    ///
    /// # Errors
    /// Another count of numbers than the slot holds, or a failing device.
    pub fn write(&mut self, slot: &Slot, numbers: &[f32]) -> Result<(), TapeError> {
        if numbers.len() != slot.len() {
            let (what, expected, given) = (slot.name.clone(), slot.len(), numbers.len());
            return Err(TapeError::Length { what, expected, given });
        }
        Ok(self.memory.write(slot.offset, numbers)?)
    }
}
