//! What a kernel is, and one call of it.

use super::operands::Operands;
use super::shader::source;
use bytemuck::NoUninit;

/// How a kernel uses an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It is only read.
    Read,
    /// All of it is written, whatever it held.
    Write,
    /// It is changed in place.
    Update,
}

/// One row of the registry.
#[derive(Debug)]
pub struct Kernel {
    /// `stem.entry`: the shader's file name and the entry point in it.
    pub name: &'static str,
    /// The shader's text, before its includes are resolved.
    pub shader: &'static str,
    /// The storage operands, in the order of their bindings from 1.
    pub access: &'static [Access],
    /// Computes the same as the shader.
    pub twin: fn(Operands<'_>),
}

impl Kernel {
    /// The stem its files share.
    #[must_use]
    pub fn stem(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(stem, _)| stem)
    }

    /// The shader's entry point.
    #[must_use]
    pub fn entry(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, entry)| entry)
    }

    /// Whether its invocations exchange numbers within a subgroup, which an adapter has to offer.
    #[must_use]
    pub fn needs_subgroups(&self) -> bool {
        source(self.shader).contains("subgroup_size")
    }
}

/// How much of a device a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many independent items, one an invocation.
    Items(usize),
    /// So many workgroups, of the device's usual size where the call or the shader says no other.
    Groups([u32; 3]),
}

/// The bytes of a plain-old-data parameter struct, as the shader's uniform at binding 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params(Box<[u8]>);

impl Params {
    /// The parameters as bytes; the struct holds 32-bit numbers only.
    #[must_use]
    pub fn new<P: NoUninit>(params: &P) -> Self {
        Self(bytemuck::bytes_of(params).into())
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// One call of a kernel, before its operands have a place.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// Its parameters.
    pub params: Params,
    /// How many workgroups or items.
    pub extent: Extent,
    /// Values of the shader's `override` constants; the workgroup's size (`WG`) is the device's usual one where it is not among
    /// them.
    pub constants: Vec<(&'static str, f64)>,
    /// Floating-point operations.
    pub flops: u64,
    /// The call that does the same, on the same operands, better where the adapter is software.
    pub software: Option<Box<Call>>,
}

impl Call {
    /// A call with parameters over an extent, counted as `flops` floating-point operations.
    #[must_use]
    pub fn new<P: NoUninit>(kernel: &'static Kernel, params: &P, extent: Extent, flops: usize) -> Self {
        Self { kernel, params: Params::new(params), extent, constants: Vec::new(), flops: flops as u64, software: None }
    }

    /// The same with a constant set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, f64::from(value)));
        self
    }

    /// The same with another call in its place on software adapters: same operands, same access, same result.
    #[must_use]
    pub fn for_software(mut self, other: Self) -> Self {
        debug_assert_eq!(self.kernel.access, other.kernel.access, "{} and {}", self.kernel.name, other.kernel.name);
        self.software = Some(Box::new(other));
        self
    }

    /// The same in workgroups of 256 on GPUs, which are slow to start many small ones with little to do each.
    #[must_use]
    pub fn in_large_groups(self) -> Self {
        let other = self.software.as_deref().cloned().unwrap_or_else(|| self.clone());
        Self { software: Some(Box::new(other)), ..self.with("WG", 256) }
    }

    /// The call to run on an adapter that is software or not.
    #[must_use]
    pub fn suited(mut self, software: bool) -> Self {
        match self.software.take() {
            Some(other) if software => *other,
            _ => self,
        }
    }
}
