//! The GPUs of this machine: listing them and choosing one.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::error::DeviceError;

/// What sort of hardware an adapter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU lent to a virtual machine.
    Virtual,
    /// Not known.
    Other,
    /// Software on the processor, such as lavapipe.
    Cpu,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Cpu => "cpu",
        })
    }
}

impl From<wgpu::DeviceType> for AdapterKind {
    fn from(kind: wgpu::DeviceType) -> Self {
        match kind {
            wgpu::DeviceType::DiscreteGpu => Self::Discrete,
            wgpu::DeviceType::IntegratedGpu => Self::Integrated,
            wgpu::DeviceType::VirtualGpu => Self::Virtual,
            wgpu::DeviceType::Cpu => Self::Cpu,
            wgpu::DeviceType::Other => Self::Other,
        }
    }
}

/// The limits of an adapter that decide what runs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterLimits {
    /// Bytes of the largest buffer.
    pub max_buffer_size: u64,
    /// Bytes of the largest storage binding.
    pub max_storage_buffer_binding_size: u64,
    /// Storage operands of one kernel.
    pub max_storage_buffers_per_shader_stage: u32,
    /// Bytes of workgroup memory.
    pub max_compute_workgroup_storage_size: u32,
    /// Invocations of one workgroup.
    pub max_compute_invocations_per_workgroup: u32,
    /// Invocations of one workgroup along x.
    pub max_compute_workgroup_size_x: u32,
    /// Workgroups of one dispatch along an axis.
    pub max_compute_workgroups_per_dimension: u32,
    /// What the offset of a storage binding must be a multiple of.
    pub min_storage_buffer_offset_alignment: u32,
}

/// The features of an adapter that this crate can make use of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterFeatures {
    /// Kernels can be timed on the device.
    pub timestamp_query: bool,
    /// Kernels can exchange values within a subgroup.
    pub subgroup: bool,
    /// Half precision arithmetic.
    pub shader_f16: bool,
    /// Fewest invocations of a subgroup.
    pub subgroup_min_size: u32,
    /// Most invocations of a subgroup.
    pub subgroup_max_size: u32,
}

/// One GPU of this machine, in words and numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterSummary {
    /// The number that chooses it.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The graphics interface it is reached through.
    pub backend: String,
    /// Its driver.
    pub driver: String,
    /// The driver's version.
    pub driver_info: String,
    /// What sort of hardware it is.
    pub kind: AdapterKind,
    /// The limits that matter here.
    pub limits: AdapterLimits,
    /// The features that matter here.
    pub features: AdapterFeatures,
}

impl AdapterSummary {
    fn new(index: usize, adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        Self {
            index,
            backend: info.backend.to_string(),
            kind: info.device_type.into(),
            limits: AdapterLimits::new(&adapter.limits()),
            features: AdapterFeatures::new(adapter.features(), &info),
            name: info.name,
            driver: info.driver,
            driver_info: info.driver_info,
        }
    }
}

impl AdapterLimits {
    fn new(limits: &wgpu::Limits) -> Self {
        Self {
            max_buffer_size: limits.max_buffer_size,
            max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
            max_storage_buffers_per_shader_stage: limits.max_storage_buffers_per_shader_stage,
            max_compute_workgroup_storage_size: limits.max_compute_workgroup_storage_size,
            max_compute_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
            max_compute_workgroup_size_x: limits.max_compute_workgroup_size_x,
            max_compute_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
            min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment,
        }
    }
}

impl AdapterFeatures {
    fn new(features: wgpu::Features, info: &wgpu::AdapterInfo) -> Self {
        Self {
            timestamp_query: features.contains(wgpu::Features::TIMESTAMP_QUERY),
            subgroup: features.contains(wgpu::Features::SUBGROUP),
            shader_f16: features.contains(wgpu::Features::SHADER_F16),
            subgroup_min_size: info.subgroup_min_size,
            subgroup_max_size: info.subgroup_max_size,
        }
    }
}

/// Which device the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The best GPU, or the cpu device where there is none.
    #[default]
    Auto,
    /// The cpu device.
    Cpu,
    /// The GPU with this number in [`list`].
    Index(usize),
    /// The GPU with this text in its name, whatever the case.
    Name(String),
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(DeviceError::BadChoice(text.to_owned()));
        }
        Ok(match text.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "cpu" => Self::Cpu,
            lower => lower.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Index),
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Index(index) => write!(f, "{index}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// The GPUs of this machine, always in the same order.
#[must_use]
pub fn list() -> Vec<AdapterSummary> {
    let adapters = adapters();
    adapters.iter().enumerate().map(|(index, adapter)| AdapterSummary::new(index, adapter)).collect()
}

/// The adapter that `choice` means, or `None` for the cpu device.
///
/// Software Vulkan is chosen only by its number or its name.
///
/// # Errors
/// [`DeviceError::NoAdapter`] and [`DeviceError::Ambiguous`], both with the
/// names of this machine's adapters.
pub fn choose(choice: &DeviceChoice) -> Result<Option<wgpu::Adapter>, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(None),
        DeviceChoice::Auto => Ok(best(adapters())),
        DeviceChoice::Index(index) => by_index(adapters(), *index).map(Some),
        DeviceChoice::Name(name) => by_name(adapters(), name).map(Some),
    }
}

/// The first discrete GPU, else the first integrated one.
fn best(adapters: Vec<wgpu::Adapter>) -> Option<wgpu::Adapter> {
    let mut fit: Vec<_> = adapters
        .into_iter()
        .map(|adapter| (AdapterKind::from(adapter.get_info().device_type), adapter))
        .filter(|(kind, _)| matches!(kind, AdapterKind::Discrete | AdapterKind::Integrated))
        .collect();
    fit.sort_by_key(|(kind, _)| *kind);
    fit.into_iter().next().map(|(_, adapter)| adapter)
}

fn by_index(adapters: Vec<wgpu::Adapter>, index: usize) -> Result<wgpu::Adapter, DeviceError> {
    let known = labels(&adapters, |_| true);
    let asked = index.to_string();
    adapters.into_iter().nth(index).ok_or(DeviceError::NoAdapter { asked, known })
}

/// The first adapter whose name has `part` in it. The same name twice (two
/// equal cards, or one card over two interfaces) is not ambiguous.
fn by_name(adapters: Vec<wgpu::Adapter>, part: &str) -> Result<wgpu::Adapter, DeviceError> {
    let wanted = part.to_lowercase();
    let fits = |adapter: &wgpu::Adapter| adapter.get_info().name.to_lowercase().contains(&wanted);
    let mut found: Vec<String> = adapters.iter().filter(|a| fits(a)).map(|a| a.get_info().name).collect();
    found.sort_unstable();
    found.dedup();
    if found.len() > 1 {
        let matches = labels(&adapters, fits);
        return Err(DeviceError::Ambiguous { asked: part.to_owned(), matches });
    }
    let known = labels(&adapters, |_| true);
    let asked = part.to_owned();
    adapters.into_iter().find(fits).ok_or(DeviceError::NoAdapter { asked, known })
}

/// `index: name` of the adapters that fit.
fn labels(adapters: &[wgpu::Adapter], fits: impl Fn(&wgpu::Adapter) -> bool) -> Vec<String> {
    let numbered = adapters.iter().enumerate().filter(|(_, adapter)| fits(adapter));
    numbered.map(|(index, adapter)| format!("{index}: {}", adapter.get_info().name)).collect()
}

/// Every adapter, sorted by interface, kind, place in the machine and name.
fn adapters() -> Vec<wgpu::Adapter> {
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let mut adapters = pollster::block_on(instance(backends).enumerate_adapters(backends));
    adapters.sort_by_cached_key(|adapter| {
        let info = adapter.get_info();
        let kind = AdapterKind::from(info.device_type);
        (info.backend as u8, kind, info.device_pci_bus_id, info.name)
    });
    adapters
}

/// An instance without wgpu's optional checks: the check of indirect calls,
/// which this crate never makes, would cap every buffer at 4 GiB.
fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        flags: wgpu::InstanceFlags::empty(),
        memory_budget_thresholds: wgpu::MemoryBudgetThresholds {
            for_resource_creation: Some(97),
            for_device_loss: None,
        },
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

#[cfg(test)]
mod tests {
    use super::DeviceChoice;

    #[test]
    fn a_choice_is_read_whatever_its_case() {
        assert_eq!("AUTO".parse(), Ok(DeviceChoice::Auto));
        assert_eq!("Cpu".parse(), Ok(DeviceChoice::Cpu));
        assert_eq!("3".parse(), Ok(DeviceChoice::Index(3)));
        assert_eq!("RTX".parse(), Ok(DeviceChoice::Name("RTX".to_owned())));
        assert!(" ".parse::<DeviceChoice>().is_err());
    }
}
