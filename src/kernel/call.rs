//! Kernel definitions and kernel calls.

use super::operands::Operands;
use super::shader::source;
use bytemuck::NoUninit;

/// How a kernel uses an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only read.
    Read,
    /// Completely overwritten.
    Write,
    /// Updated in place.
    Update,
}

/// A kernel of the registry.
#[derive(Debug)]
pub struct Kernel {
    /// `stem.entry`: the shader's file name and the entry point in it.
    pub name: &'static str,
    /// The shader's source, before its includes are resolved.
    pub shader: &'static str,
    /// Access to the storage operands, in binding order from 1.
    pub access: &'static [Access],
    /// The Rust implementation of the shader.
    pub twin: fn(Operands<'_>),
}

impl Kernel {
    /// Returns the family: the common stem of its file names.
    #[must_use]
    pub fn stem(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(stem, _)| stem)
    }

    /// Returns the shader's entry point.
    #[must_use]
    pub fn entry(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, entry)| entry)
    }

    /// Whether the kernel requires an adapter with subgroup operations.
    #[must_use]
    pub fn needs_subgroups(&self) -> bool {
        source(self.shader).contains("subgroup_size")
    }
}

/// The number of invocations of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// This many independent items, one per invocation.
    Items(usize),
    /// This many workgroups, of the device's default size unless the call or the shader sets another.
    Groups([u32; 3]),
}

/// The bytes of a plain-old-data parameter struct: the shader's uniform at binding 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params(Box<[u8]>);

impl Params {
    /// Converts a struct of 32-bit fields to bytes.
    #[must_use]
    pub fn new<P: NoUninit>(params: &P) -> Self {
        Self(bytemuck::bytes_of(params).into())
    }

    /// Returns the bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A call of a kernel, before its operands are assigned.
#[derive(Debug, Clone)]
pub struct Call {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// Its parameters.
    pub params: Params,
    /// The number of workgroups or items.
    pub extent: Extent,
    /// Values of the shader's `override` constants. The workgroup size `WG` defaults to the device's.
    pub constants: Vec<(&'static str, f64)>,
    /// Number of floating-point operations.
    pub flops: u64,
    /// A call with the same operands and result that is faster on software adapters.
    pub software: Option<Box<Call>>,
}

impl Call {
    /// Creates a call that takes `flops` floating-point operations.
    #[must_use]
    pub fn new<P: NoUninit>(kernel: &'static Kernel, params: &P, extent: Extent, flops: usize) -> Self {
        Self { kernel, params: Params::new(params), extent, constants: Vec::new(), flops: flops as u64, software: None }
    }

    /// Sets a constant.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, f64::from(value)));
        self
    }

    /// Sets the call that replaces this one on software adapters. It must have the same operands, access and result.
    #[must_use]
    pub fn for_software(mut self, other: Self) -> Self {
        debug_assert_eq!(self.kernel.access, other.kernel.access, "{} and {}", self.kernel.name, other.kernel.name);
        self.software = Some(Box::new(other));
        self
    }

    /// Uses workgroups of 256 invocations on GPUs, where many small workgroups with little work are slow to start.
    #[must_use]
    pub fn in_large_groups(self) -> Self {
        let other = self.software.as_deref().cloned().unwrap_or_else(|| self.clone());
        Self { software: Some(Box::new(other)), ..self.with("WG", 256) }
    }

    /// Returns the call for a hardware or a software adapter.
    #[must_use]
    pub fn for_adapter(mut self, software: bool) -> Self {
        match self.software.take() {
            Some(other) if software => *other,
            _ => self,
        }
    }
}
