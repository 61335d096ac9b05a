//! Compiled kernels and their bindings.

use std::{
    collections::HashMap,
    num::NonZeroU64,
    sync::{Arc, Mutex, PoisonError},
};

use super::{error::DeviceError, gpu::Gpu, pool::Buffer};

/// The source and settings of a kernel.
///
/// The WGSL declares `@group(0) @binding(0) var<uniform>` for the parameters and `@binding(1)` to `@binding(operands)`
/// as `var<storage, read_write>`: several operands of one dispatch can then be ranges of one buffer, which wgpu forbids
/// if some are read-only. Workgroup memory is not initialised.
#[derive(Debug, Clone, Copy)]
pub struct PipelineSpec<'a> {
    /// The name of the source. A label must always be used with the same source.
    pub label: &'a str,
    /// The WGSL source.
    pub source: &'a str,
    /// The entry point.
    pub entry: &'a str,
    /// Values of the source's `override` constants.
    pub constants: &'a [(&'a str, f64)],
    /// Number of storage operands.
    pub operands: u32,
    /// Whether all loops are known to terminate. Otherwise wgpu adds a counter to every loop, which takes time.
    pub(crate) trusted: bool,
}

impl<'a> PipelineSpec<'a> {
    /// Describes a kernel without constants, with loop counters.
    #[must_use]
    pub fn new(label: &'a str, source: &'a str, entry: &'a str, operands: u32) -> Self {
        Self { label, source, entry, constants: &[], operands, trusted: false }
    }

    /// Sets the values of the source's `override` constants.
    #[must_use]
    pub fn with(self, constants: &'a [(&'a str, f64)]) -> Self {
        Self { constants, ..self }
    }
}

/// A compiled kernel.
#[derive(Debug)]
pub struct Pipeline {
    label: String,
    operands: u32,
    raw: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

impl Pipeline {
    /// Returns `label.entry`, for messages.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the number of storage operands.
    #[must_use]
    pub fn operands(&self) -> u32 {
        self.operands
    }

    pub(super) fn raw(&self) -> &wgpu::ComputePipeline {
        &self.raw
    }
}

/// A range of a buffer: the buffer, the offset and the size in bytes.
pub type BufferRange<'a> = (&'a Buffer, u64, u64);

/// Label, entry point, number of operands, and constants as bits.
type Key = (String, String, u32, Vec<(String, u64)>);

/// Every compiled kernel with its source.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<Key, (String, Arc<Pipeline>)>>);

impl Cache {
    fn find(&self, key: &Key, source: &str) -> Option<Arc<Pipeline>> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (cached_source, pipeline) = map.get(key)?;
        (cached_source == source).then(|| Arc::clone(pipeline))
    }

    fn insert(&self, key: Key, source: &str, pipeline: &Arc<Pipeline>) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, (source.to_owned(), Arc::clone(pipeline)));
    }
}

impl Gpu {
    /// Returns the kernel of `spec`, compiled once per label, entry point and constants.
    ///
    /// # Errors
    /// [`DeviceError::TooManyBindings`], or [`DeviceError::Validation`] with the kernel's name if the source does not
    /// compile.
    pub fn pipeline(&self, spec: &PipelineSpec<'_>) -> Result<Arc<Pipeline>, DeviceError> {
        self.health()?;
        let bits = |&(name, value): &(&str, f64)| (name.to_owned(), value.to_bits());
        let constants = spec.constants.iter().map(bits).collect();
        let key = (spec.label.to_owned(), spec.entry.to_owned(), spec.operands, constants);
        if let Some(pipeline) = self.pipelines().find(&key, spec.source) {
            return Ok(pipeline);
        }
        let pipeline = Arc::new(self.compile(spec)?);
        self.pipelines().insert(key, spec.source, &pipeline);
        Ok(pipeline)
    }

    fn compile(&self, spec: &PipelineSpec<'_>) -> Result<Pipeline, DeviceError> {
        let label = format!("{}.{}", spec.label, spec.entry);
        let limit = self.limits().max_storage_buffers_per_shader_stage;
        if spec.operands > limit {
            let wanted = spec.operands;
            return Err(DeviceError::TooManyBindings { kernel: label, wanted, limit });
        }
        let what = format!("the kernel {label}");
        let (raw, layout) = self.scoped(0, &what, || self.build(spec, &label))?;
        Ok(Pipeline { label, operands: spec.operands, raw, layout })
    }

    fn build(&self, spec: &PipelineSpec<'_>, label: &str) -> (wgpu::ComputePipeline, wgpu::BindGroupLayout) {
        let device = self.device();
        let module = module(device, spec);
        let entries: Vec<_> = (0..=spec.operands).map(layout_entry).collect();
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(spec.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: spec.constants,
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        });
        (pipeline, layout)
    }

    /// Binds the parameters and the operands of a kernel. Offsets must be multiples of [`Gpu::alignment`], sizes
    /// multiples of four bytes, and the parameters in a different buffer from the operands.
    ///
    /// The caller must hold the buffers as long as the bind group is used: the bind group does not prevent their return
    /// to the pool.
    ///
    /// # Errors
    /// [`DeviceError::BindingTooLarge`], or [`DeviceError::Validation`] with the kernel and the operand.
    pub fn bind(
        &self,
        pipeline: &Pipeline,
        params: BufferRange<'_>,
        operands: &[BufferRange<'_>],
    ) -> Result<wgpu::BindGroup, DeviceError> {
        self.health()?;
        self.check_bindings(pipeline, params, operands)?;
        let ranges = std::iter::once(params).chain(operands.iter().copied());
        let entries: Vec<_> = (0..).zip(ranges).map(|(at, range)| entry(at, range)).collect();
        self.scoped(0, pipeline.label(), || {
            self.device().create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(pipeline.label()),
                layout: &pipeline.layout,
                entries: &entries,
            })
        })
    }

    fn check_bindings(
        &self,
        pipeline: &Pipeline,
        params: BufferRange<'_>,
        operands: &[BufferRange<'_>],
    ) -> Result<(), DeviceError> {
        let kernel = pipeline.label();
        if operands.len() != pipeline.operands as usize {
            let (given, wanted) = (operands.len(), pipeline.operands);
            let why = format!("{kernel}: {given} operands given, {wanted} required");
            return Err(DeviceError::Validation(why));
        }
        if operands.iter().any(|(buffer, ..)| buffer.same(params.0)) {
            let why = format!("{kernel}: the parameters are in the buffer of an operand");
            return Err(DeviceError::Validation(why));
        }
        let limits = self.limits();
        let uniform = limits.max_uniform_buffer_binding_size;
        self.check_range(kernel, "the parameters", params, uniform)?;
        let storage = limits.max_storage_buffer_binding_size;
        for (index, &range) in operands.iter().enumerate() {
            self.check_range(kernel, &format!("operand {index}"), range, storage)?;
        }
        Ok(())
    }

    fn check_range(
        &self,
        kernel: &str,
        operand: &str,
        (buffer, offset, bytes): BufferRange<'_>,
        limit: u64,
    ) -> Result<(), DeviceError> {
        if bytes > limit {
            let (kernel, operand) = (kernel.to_owned(), operand.to_owned());
            return Err(DeviceError::BindingTooLarge { kernel, operand, bytes, limit });
        }
        let inside = offset.checked_add(bytes).is_some_and(|end| end <= buffer.capacity());
        let aligned = offset.is_multiple_of(self.alignment()) && bytes.is_multiple_of(4);
        if inside && aligned && bytes > 0 {
            return Ok(());
        }
        Err(DeviceError::Validation(format!(
            "{kernel}: {operand} is bound at offset {offset} with {bytes} bytes in a buffer of {} bytes",
            buffer.capacity()
        )))
    }
}

/// Returns the layout of a binding: 0 is the parameters, the others are operands.
fn layout_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    let ty = match binding {
        0 => wgpu::BufferBindingType::Uniform,
        _ => wgpu::BufferBindingType::Storage { read_only: false },
    };
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

fn entry<'a>(binding: u32, (buffer, offset, bytes): BufferRange<'a>) -> wgpu::BindGroupEntry<'a> {
    let size = NonZeroU64::new(bytes);
    let range = wgpu::BufferBinding { buffer: buffer.raw(), offset, size };
    wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::Buffer(range) }
}

/// Compiles the source. Trusted kernels are compiled without wgpu's guard against endless loops: its counters take a
/// quarter of the time of a training step on an NVIDIA card.
#[allow(unsafe_code)]
fn module(device: &wgpu::Device, spec: &PipelineSpec<'_>) -> wgpu::ShaderModule {
    let descriptor =
        wgpu::ShaderModuleDescriptor { label: Some(spec.label), source: wgpu::ShaderSource::Wgsl(spec.source.into()) };
    if !spec.trusted {
        return device.create_shader_module(descriptor);
    }
    let checks = wgpu::ShaderRuntimeChecks { force_loop_bounding: false, ..wgpu::ShaderRuntimeChecks::checked() };
    // SAFETY: only registered kernels, constants of this crate, are trusted, and all their loops terminate: they count
    // up to a limit, halve a value, or search for an index that exists. Bounds checks of reads and writes stay enabled.
    unsafe { device.create_shader_module_trusted(descriptor, checks) }
}
