//! Tensors that outlive a plan: weights, optimizer state, running statistics.

use super::error::TapeError;
use super::layout::aligned;
use super::record::{MAX_ELEMENTS, len_of};
use crate::device::{ALIGNMENT, Device, DeviceError, Memory, check_memory, zeroed};
use std::collections::HashMap;

/// Elements written at a time when a slot is filled.
const FILL_CHUNK: usize = 1 << 20;

/// A named tensor in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    name: String,
    shape: Vec<usize>,
    offset: usize,
}

impl Slot {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the shape, outermost axis first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the offset of its first element in the store.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        len_of(&self.shape)
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Collects slots and their initial values before the store is created. Slots of zeros take no memory here, so that the
/// size of any store can be computed.
///
/// ```
/// use graphpnas::device::Device;
/// use graphpnas::tape::StoreBuilder;
///
/// let mut builder = StoreBuilder::default();
/// let slot = builder.filled("bias", &[4], 0.5);
/// let store = builder.build(&Device::Cpu)?;
/// assert_eq!(store.read(&slot)?, [0.5; 4]);
/// # Ok::<(), graphpnas::tape::TapeError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct StoreBuilder {
    slots: Vec<Slot>,
    /// Initial values other than zero, by offset: contiguous slots are merged.
    values: Vec<(usize, Vec<f32>)>,
    /// Slots filled with one value other than zero.
    filled: Vec<(Slot, f32)>,
    len: usize,
}

impl StoreBuilder {
    /// Adds a slot with initial values.
    ///
    /// # Errors
    /// Values that do not match the shape, and [`DeviceError::NoMemory`] for too little memory.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) -> Result<Slot, TapeError> {
        let (name, expected) = (name.into(), len_of(shape));
        if values.len() != expected {
            return Err(TapeError::Length { what: name, expected, given: values.len() });
        }
        self.add_with(name, shape, |slot| slot.copy_from_slice(values))
    }

    /// Adds a slot whose initial values are written by `fill` to a slice of zeros.
    ///
    /// # Errors
    /// [`DeviceError::NoMemory`] for too little memory.
    pub fn add_with(
        &mut self,
        name: impl Into<String>,
        shape: &[usize],
        fill: impl FnOnce(&mut [f32]),
    ) -> Result<Slot, TapeError> {
        fill(self.next_values(len_of(shape))?);
        Ok(self.add_slot(name.into(), shape))
    }

    /// Adds a slot of zeros.
    pub fn zeros(&mut self, name: impl Into<String>, shape: &[usize]) -> Slot {
        self.add_slot(name.into(), shape)
    }

    /// Adds a slot filled with one value.
    pub fn filled(&mut self, name: impl Into<String>, shape: &[usize], value: f32) -> Slot {
        let slot = self.add_slot(name.into(), shape);
        self.filled.push((slot.clone(), value));
        slot
    }

    /// Returns the number of elements of the store.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no slots.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Creates the store on the device.
    ///
    /// # Errors
    /// Too little memory on the device, or a slot with more elements than kernels can index.
    pub fn build(self, device: &Device) -> Result<Store, TapeError> {
        if let Some(slot) = self.slots.iter().find(|slot| slot.len() > MAX_ELEMENTS) {
            return Err(TapeError::TooLarge { what: slot.name.clone(), numbers: slot.len() });
        }
        let mut memory = device.memory(self.len.max(ALIGNMENT), "the weights")?;
        for (offset, values) in self.values {
            memory.write(offset, &values)?;
        }
        for (slot, value) in self.filled {
            let part = vec![value; slot.len().min(FILL_CHUNK)];
            for start in (0..slot.len()).step_by(FILL_CHUNK) {
                memory.write(slot.offset + start, &part[..FILL_CHUNK.min(slot.len() - start)])?;
            }
        }
        let indices = self.slots.iter().enumerate().rev().map(|(index, slot)| (slot.name.clone(), index)).collect();
        Ok(Store { slots: self.slots, indices, memory })
    }

    fn add_slot(&mut self, name: String, shape: &[usize]) -> Slot {
        let slot = Slot { name, shape: shape.to_vec(), offset: self.len };
        self.len = aligned(self.len.saturating_add(slot.len()));
        self.slots.push(slot.clone());
        slot
    }

    /// Returns zeros for the initial values of the next slot, contiguous with those of the previous slot if these are
    /// stored.
    fn next_values(&mut self, len: usize) -> Result<&mut [f32], DeviceError> {
        const WHAT: &str = "the initial values of the weights";
        let end = |(offset, values): &(usize, Vec<f32>)| aligned(offset + values.len());
        if self.values.last().map(end) != Some(self.len) {
            self.values.push((self.len, Vec::new()));
        }
        let last = self.values.len() - 1;
        let (offset, values) = &mut self.values[last];
        let (start, bytes) = (self.len - *offset, (len as u64).saturating_mul(4));
        check_memory(bytes, WHAT)?;
        values.try_reserve(len.saturating_add(ALIGNMENT)).map_err(|_| DeviceError::no_memory(bytes, WHAT))?;
        values.resize(start + len, 0.0);
        Ok(&mut values[start..])
    }
}

/// Tensors that outlive a plan, in one memory of a device.
#[derive(Debug)]
pub struct Store {
    slots: Vec<Slot>,
    /// The index of every slot, by name.
    indices: HashMap<String, usize>,
    pub(super) memory: Memory,
}

impl Store {
    /// Returns every slot, in the order they were added.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Returns the slot with this name.
    ///
    /// # Errors
    /// [`TapeError::UnknownSlot`].
    pub fn slot(&self, name: &str) -> Result<&Slot, TapeError> {
        self.indices.get(name).map(|index| &self.slots[*index]).ok_or_else(|| TapeError::UnknownSlot(name.to_owned()))
    }

    /// Reads the values of a slot.
    ///
    /// # Errors
    /// Too little memory, or an error of the device.
    pub fn read(&self, slot: &Slot) -> Result<Vec<f32>, TapeError> {
        let mut values = zeroed(slot.len(), &slot.name)?;
        self.memory.read(slot.offset, &mut values)?;
        Ok(values)
    }

    /// Writes the values of a slot.
    ///
    /// # Errors
    /// Another number of values than the slot has elements, or an error of the device.
    pub fn write(&mut self, slot: &Slot, values: &[f32]) -> Result<(), TapeError> {
        if values.len() != slot.len() {
            let (what, expected, given) = (slot.name.clone(), slot.len(), values.len());
            return Err(TapeError::Length { what, expected, given });
        }
        Ok(self.memory.write(slot.offset, values)?)
    }
}
