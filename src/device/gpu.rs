//! An open GPU: its device, queue and memory.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use super::{
    error::DeviceError,
    fault::{Fault, typed},
    pipeline::Cache,
    pool::{Buffer, Pool, size_class},
};

/// How long a call waits for the device before it returns a timeout.
pub(super) const TIMEOUT: Duration = Duration::from_secs(600);

/// The usages of every pooled buffer.
const USAGES: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::UNIFORM)
    .union(wgpu::BufferUsages::COPY_SRC)
    .union(wgpu::BufferUsages::COPY_DST);

/// An open GPU. Clones share it.
///
/// An asynchronous error of the device, such as its loss, is stored and returned by every later call.
#[derive(Debug, Clone)]
pub struct Gpu(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    limits: wgpu::Limits,
    fault: Fault,
    buffers: Arc<Pool>,
    staging: Pool,
    pipelines: Cache,
}

impl Gpu {
    /// Opens `adapter` with all of its limits, and with timestamp queries and subgroups if it supports them.
    ///
    /// # Errors
    /// [`DeviceError::Request`] if the adapter cannot be opened.
    pub fn open(adapter: wgpu::Adapter) -> Result<Self, DeviceError> {
        let offered = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SUBGROUP;
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("graphpnas"),
            required_features: adapter.features() & offered,
            required_limits: adapter.limits(),
            experimental_features: wgpu::ExperimentalFeatures::disabled(),
            memory_hints: wgpu::MemoryHints::Performance,
            trace: wgpu::Trace::Off,
        });
        let (device, queue) = pollster::block_on(request).map_err(|error| DeviceError::Request(error.to_string()))?;
        let fault = Fault::default();
        fault.watch(&device);
        Ok(Self(Arc::new(Inner {
            info: adapter.get_info(),
            limits: device.limits(),
            device,
            queue,
            fault,
            buffers: Arc::default(),
            staging: Pool::default(),
            pipelines: Cache::default(),
        })))
    }

    /// Returns the adapter's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.info.name
    }

    /// Returns the adapter's description.
    #[must_use]
    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.0.info
    }

    /// Whether the adapter is a software renderer on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.0.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Returns the required alignment of every binding offset in bytes, for operands and parameters.
    #[must_use]
    pub fn alignment(&self) -> u64 {
        let limits = self.limits();
        let storage = limits.min_storage_buffer_offset_alignment;
        u64::from(storage.max(limits.min_uniform_buffer_offset_alignment))
    }

    /// Returns the device's limits.
    #[must_use]
    pub fn limits(&self) -> &wgpu::Limits {
        &self.0.limits
    }

    /// Returns the features the device was opened with.
    #[must_use]
    pub fn features(&self) -> wgpu::Features {
        self.0.device.features()
    }

    /// Returns a buffer of `bytes` bytes, from the pool if possible. `what` names its purpose in errors. Its content is
    /// unspecified.
    ///
    /// # Errors
    /// [`DeviceError::BufferTooLarge`] or [`DeviceError::OutOfMemory`].
    pub fn buffer(&self, bytes: u64, what: &str) -> Result<Buffer, DeviceError> {
        self.health()?;
        // Some drivers report 2 GiB less one byte, which no buffer can have.
        let limit = self.limits().max_buffer_size & !255;
        if bytes > limit {
            return Err(DeviceError::BufferTooLarge { what: what.to_owned(), bytes, limit });
        }
        let class = size_class(bytes, limit);
        let raw = match self.0.buffers.take(class) {
            Some(raw) => raw,
            None => self.allocate(class, what)?,
        };
        Ok(Buffer::new(raw, bytes, &self.0.buffers))
    }

    /// Creates a buffer; if the device is out of memory, empties the pools and tries again.
    fn allocate(&self, class: u64, what: &str) -> Result<wgpu::Buffer, DeviceError> {
        match self.create(class, USAGES, what) {
            Err(DeviceError::OutOfMemory { .. }) => {
                self.trim()?;
                self.create(class, USAGES, what)
            }
            outcome => outcome,
        }
    }

    /// Creates a buffer that does not belong to a pool.
    pub(super) fn create(&self, size: u64, usage: wgpu::BufferUsages, what: &str) -> Result<wgpu::Buffer, DeviceError> {
        let descriptor = wgpu::BufferDescriptor { label: Some(what), size, usage, mapped_at_creation: false };
        self.scoped(size, what, || self.device().create_buffer(&descriptor))
    }

    /// Waits for the device and frees all unused memory.
    ///
    /// # Errors
    /// As [`Gpu::finish`].
    pub fn trim(&self) -> Result<(), DeviceError> {
        self.0.buffers.clear();
        self.0.staging.clear();
        self.finish()
    }

    /// Returns the bytes of free buffers in the pool.
    #[must_use]
    pub fn pooled_bytes(&self) -> u64 {
        self.0.buffers.bytes()
    }

    /// Waits until all submitted work has run.
    ///
    /// # Errors
    /// [`DeviceError::Lost`], [`DeviceError::Timeout`] or an asynchronous error of the device.
    pub fn finish(&self) -> Result<(), DeviceError> {
        self.wait(None)
    }

    /// Waits for one submission, or for all.
    ///
    /// wgpu panics in `poll` when the device is lost meanwhile. The panic is caught and becomes [`DeviceError::Lost`].
    pub(super) fn wait(&self, until: Option<wgpu::SubmissionIndex>) -> Result<(), DeviceError> {
        self.health()?;
        let how = wgpu::PollType::Wait { submission_index: until, timeout: Some(TIMEOUT) };
        let outcome = catch_unwind(AssertUnwindSafe(|| self.device().poll(how)));
        if outcome.is_err() {
            self.0.fault.set(DeviceError::Lost("while waiting for it".to_owned()));
        }
        self.health()?;
        match outcome {
            Ok(Err(wgpu::PollError::Timeout)) => Err(DeviceError::Timeout { seconds: TIMEOUT.as_secs() }),
            Ok(Err(error)) => Err(DeviceError::Validation(error.to_string())),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    /// Destroys the device of every clone: later calls return [`DeviceError::Lost`].
    pub fn destroy(&self) {
        self.device().destroy();
        self.0.fault.set(DeviceError::Lost("it was destroyed".to_owned()));
    }

    /// Returns the asynchronous error of the device, if any.
    pub(super) fn health(&self) -> Result<(), DeviceError> {
        self.0.fault.check()
    }

    /// Runs `work` and returns the device's error, if any. The error names `what` and the `needed` bytes.
    pub(super) fn scoped<T>(&self, needed: u64, what: &str, work: impl FnOnce() -> T) -> Result<T, DeviceError> {
        self.health()?;
        let internal = self.device().push_error_scope(wgpu::ErrorFilter::Internal);
        let memory = self.device().push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device().push_error_scope(wgpu::ErrorFilter::Validation);
        let value = work();
        let errors = [
            pollster::block_on(validation.pop()),
            pollster::block_on(memory.pop()),
            pollster::block_on(internal.pop()),
        ];
        self.health()?;
        match errors.into_iter().flatten().next() {
            Some(error) => Err(typed(&error, needed, what)),
            None => Ok(value),
        }
    }

    pub(super) fn device(&self) -> &wgpu::Device {
        &self.0.device
    }

    pub(super) fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    pub(super) fn staging(&self) -> &Pool {
        &self.0.staging
    }

    pub(super) fn pipelines(&self) -> &Cache {
        &self.0.pipelines
    }
}
