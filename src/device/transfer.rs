//! Copies between main memory and GPU memory.

use std::sync::mpsc;

use super::{
    error::DeviceError,
    gpu::Gpu,
    pool::{Buffer, size_class},
};

/// Bytes per chunk, so that a large copy needs little extra memory.
const CHUNK: usize = 64 << 20;

impl Gpu {
    /// Writes `data` at byte `offset`, both in multiples of four bytes. The write is ordered after all work submitted
    /// before and before all work submitted later.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the buffer, or an error of the device.
    pub fn write(&self, buffer: &Buffer, offset: u64, data: &[u8]) -> Result<(), DeviceError> {
        self.health()?;
        check_range(buffer, offset, data.len())?;
        for (index, chunk) in data.chunks(CHUNK).enumerate() {
            let at = offset + (index * CHUNK) as u64;
            self.scoped(chunk.len() as u64, "a write", || {
                self.queue().write_buffer(buffer.raw(), at, chunk);
                if chunk.len() == CHUNK {
                    self.queue().submit([]);
                }
            })?;
            if chunk.len() == CHUNK {
                self.finish()?;
            }
        }
        Ok(())
    }

    /// Sets the complete buffer to zero, after all work submitted before.
    ///
    /// # Errors
    /// An error of the device.
    pub fn clear(&self, buffer: &Buffer) -> Result<(), DeviceError> {
        self.clear_part(buffer, 0, None)
    }

    /// Sets `bytes` bytes from byte `offset` on to zero, both in multiples of four bytes, after all work submitted
    /// before.
    ///
    /// # Errors
    /// An error of the device.
    pub fn clear_range(&self, buffer: &Buffer, offset: u64, bytes: u64) -> Result<(), DeviceError> {
        self.clear_part(buffer, offset, Some(bytes))
    }

    fn clear_part(&self, buffer: &Buffer, offset: u64, bytes: Option<u64>) -> Result<(), DeviceError> {
        self.scoped(0, "a clear", || {
            let mut encoder = self.device().create_command_encoder(&Default::default());
            encoder.clear_buffer(buffer.raw(), offset, bytes);
            self.queue().submit([encoder.finish()]);
        })
    }

    /// Reads into `out` from byte `offset`, both in multiples of four bytes, after all submitted work has run.
    ///
    /// # Errors
    /// [`DeviceError::Validation`] for a range outside the buffer, [`DeviceError::Timeout`], or an error of the device.
    pub fn read(&self, buffer: &Buffer, offset: u64, out: &mut [u8]) -> Result<(), DeviceError> {
        self.health()?;
        check_range(buffer, offset, out.len())?;
        for (index, chunk) in out.chunks_mut(CHUNK).enumerate() {
            self.fetch(buffer.raw(), offset + (index * CHUNK) as u64, chunk)?;
        }
        Ok(())
    }

    /// Reads one chunk through a staging buffer. After an error the staging buffer may still be in use, so it does not
    /// return to its pool.
    pub(super) fn fetch(&self, source: &wgpu::Buffer, offset: u64, out: &mut [u8]) -> Result<(), DeviceError> {
        let bytes = out.len() as u64;
        let staging = self.stage(bytes)?;
        let index = self.scoped(bytes, "a read", || {
            let mut encoder = self.device().create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(source, offset, &staging, 0, bytes);
            self.queue().submit([encoder.finish()])
        })?;
        self.map_into(&staging, index, out)?;
        self.staging().put(staging);
        Ok(())
    }

    fn stage(&self, bytes: u64) -> Result<wgpu::Buffer, DeviceError> {
        let class = size_class(bytes, self.limits().max_buffer_size);
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        match self.staging().take(class) {
            Some(buffer) => Ok(buffer),
            None => self.create(class, usage, "a read"),
        }
    }

    fn map_into(
        &self,
        staging: &wgpu::Buffer,
        index: wgpu::SubmissionIndex,
        out: &mut [u8],
    ) -> Result<(), DeviceError> {
        let slice = staging.slice(..out.len() as u64);
        let (sender, receiver) = mpsc::channel();
        self.scoped(0, "a read", || {
            slice.map_async(wgpu::MapMode::Read, move |outcome| {
                // Sending fails only if the wait failed and the receiver was dropped.
                let _ = sender.send(outcome);
            });
        })?;
        self.wait(Some(index))?;
        let failed = |why: String| DeviceError::Validation(format!("a read: {why}"));
        match receiver.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(error) => return Err(failed(error.to_string())),
        }
        let view = slice.get_mapped_range().map_err(|error| failed(error.to_string()))?;
        out.copy_from_slice(&view);
        drop(view);
        staging.unmap();
        Ok(())
    }
}

/// Checks that the range is inside the buffer and a multiple of four bytes.
fn check_range(buffer: &Buffer, offset: u64, bytes: usize) -> Result<(), DeviceError> {
    let end = offset.checked_add(bytes as u64);
    let inside = end.is_some_and(|end| end <= buffer.bytes().next_multiple_of(4));
    if inside && offset.is_multiple_of(4) && bytes.is_multiple_of(4) {
        return Ok(());
    }
    Err(DeviceError::Validation(format!(
        "a copy of {bytes} bytes at offset {offset} in a buffer of {} bytes",
        buffer.bytes()
    )))
}
