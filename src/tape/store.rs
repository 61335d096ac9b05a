//! Tensors that outlive a plan: weights, optimizer state, running statistics.

use super::error::TapeError;
use super::layout::aligned;
use super::record::{LARGEST, len_of};
use crate::device::{ALIGNMENT, Device, DeviceError, Memory, check_room, zeroed};
use std::collections::HashMap;

/// Numbers that are filled in at a time.
const FILLED: usize = 1 << 20;

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

/// Collects slots and their first values before the store is made. Slots of zeros take no memory here, so that what a
/// store would cost can be found out for networks of any size.
#[derive(Debug, Clone, Default)]
pub struct StoreBuilder {
    slots: Vec<Slot>,
    /// First values that are not zero, by their offset: runs of slots that follow each other.
    values: Vec<(usize, Vec<f32>)>,
    /// Slots of one number other than zero.
    filled: Vec<(Slot, f32)>,
    len: usize,
}

impl StoreBuilder {
    /// Adds a slot with its first values.
    ///
    /// # Errors
    /// Values that do not fill the shape, and [`DeviceError::NoMemory`] where there is no room for them.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) -> Result<Slot, TapeError> {
        let (name, expected) = (name.into(), len_of(shape));
        if values.len() != expected {
            return Err(TapeError::Length { what: name, expected, given: values.len() });
        }
        self.add_with(name, shape, |numbers| numbers.copy_from_slice(values))
    }

    /// Adds a slot whose first values `fill` writes; it is given zeros.
    ///
    /// # Errors
    /// [`DeviceError::NoMemory`] where there is no room for them.
    pub fn add_with(
        &mut self,
        name: impl Into<String>,
        shape: &[usize],
        fill: impl FnOnce(&mut [f32]),
    ) -> Result<Slot, TapeError> {
        fill(self.next_values(len_of(shape))?);
        Ok(self.place(name.into(), shape))
    }

    /// Adds a slot of zeros.
    pub fn zeros(&mut self, name: impl Into<String>, shape: &[usize]) -> Slot {
        self.place(name.into(), shape)
    }

    /// Adds a slot that holds one number everywhere.
    pub fn filled(&mut self, name: impl Into<String>, shape: &[usize], value: f32) -> Slot {
        let slot = self.place(name.into(), shape);
        self.filled.push((slot.clone(), value));
        slot
    }

    /// How many numbers the store will hold.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no slot yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The store, on the device.
    ///
    /// # Errors
    /// When the device has no memory for it, or a slot has more numbers than a kernel can count.
    pub fn build(self, device: &Device) -> Result<Store, TapeError> {
        if let Some(slot) = self.slots.iter().find(|slot| slot.len() > LARGEST) {
            return Err(TapeError::TooLarge { what: slot.name.clone(), numbers: slot.len() });
        }
        let mut memory = device.memory(self.len.max(ALIGNMENT), "the weights")?;
        for (offset, values) in self.values {
            memory.write(offset, &values)?;
        }
        for (slot, value) in self.filled {
            let part = vec![value; slot.len().min(FILLED)];
            for start in (0..slot.len()).step_by(FILLED) {
                memory.write(slot.offset + start, &part[..FILLED.min(slot.len() - start)])?;
            }
        }
        let places = self.slots.iter().enumerate().rev().map(|(place, slot)| (slot.name.clone(), place)).collect();
        Ok(Store { slots: self.slots, places, memory })
    }

    fn place(&mut self, name: String, shape: &[usize]) -> Slot {
        let slot = Slot { name, shape: shape.to_vec(), offset: self.len };
        self.len = aligned(self.len.saturating_add(slot.len()));
        self.slots.push(slot.clone());
        slot
    }

    /// Zeros for the first values of the next slot: behind those of the slot before it, where these are kept.
    fn next_values(&mut self, len: usize) -> Result<&mut [f32], DeviceError> {
        const WHAT: &str = "the first values of the weights";
        let end = |(offset, known): &(usize, Vec<f32>)| aligned(offset + known.len());
        if self.values.last().map(end) != Some(self.len) {
            self.values.push((self.len, Vec::new()));
        }
        let last = self.values.len() - 1;
        let (offset, known) = &mut self.values[last];
        let (start, bytes) = (self.len - *offset, (len as u64).saturating_mul(4));
        check_room(bytes, WHAT)?;
        known.try_reserve(len.saturating_add(ALIGNMENT)).map_err(|_| DeviceError::no_memory(bytes, WHAT))?;
        known.resize(start + len, 0.0);
        Ok(&mut known[start..])
    }
}

/// Tensors that outlive a plan, in one memory of a device.
#[derive(Debug)]
pub struct Store {
    slots: Vec<Slot>,
    /// The place of every name among the slots.
    places: HashMap<String, usize>,
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
        self.places.get(name).map(|place| &self.slots[*place]).ok_or_else(|| TapeError::UnknownSlot(name.to_owned()))
    }

    /// The numbers of a slot.
    ///
    /// # Errors
    /// When the device fails.
    pub fn read(&self, slot: &Slot) -> Result<Vec<f32>, TapeError> {
        let mut numbers = zeroed(slot.len(), &slot.name)?;
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
