//! Lists the GPUs of this machine and selects one.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::error::DeviceError;

/// The type of hardware of an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU lent to a virtual machine.
    Virtual,
    /// Unknown hardware.
    Other,
    /// A software renderer on the CPU, such as lavapipe.
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

/// The adapter limits that restrict what can run on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterLimits {
    /// Size of the largest buffer, in bytes.
    pub max_buffer_size: u64,
    /// Size of the largest storage binding, in bytes.
    pub max_storage_buffer_binding_size: u64,
    /// Maximum number of storage operands of one kernel.
    pub max_storage_buffers_per_shader_stage: u32,
    /// Workgroup memory, in bytes.
    pub max_compute_workgroup_storage_size: u32,
    /// Maximum invocations per workgroup.
    pub max_compute_invocations_per_workgroup: u32,
    /// Maximum invocations per workgroup along x.
    pub max_compute_workgroup_size_x: u32,
    /// Maximum workgroups per dispatch along one axis.
    pub max_compute_workgroups_per_dimension: u32,
    /// Required alignment of storage binding offsets, in bytes.
    pub min_storage_buffer_offset_alignment: u32,
}

/// The adapter features that this crate can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterFeatures {
    /// Support for timing kernels on the device.
    pub timestamp_query: bool,
    /// Support for exchanging values within a subgroup.
    pub subgroup: bool,
    /// Support for half-precision arithmetic.
    pub shader_f16: bool,
    /// Minimum invocations per subgroup.
    pub subgroup_min_size: u32,
    /// Maximum invocations per subgroup.
    pub subgroup_max_size: u32,
}

/// Description of one GPU of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterSummary {
    /// The index that selects it.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The graphics API it is accessed through.
    pub backend: String,
    /// Its driver.
    pub driver: String,
    /// The driver's version.
    pub driver_info: String,
    /// The type of hardware.
    pub kind: AdapterKind,
    /// The relevant limits.
    pub limits: AdapterLimits,
    /// The relevant features.
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

/// The device requested by the user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The best GPU, or the `cpu` device if there is none.
    #[default]
    Auto,
    /// The `cpu` device.
    Cpu,
    /// The GPU with this index in [`list`].
    Index(usize),
    /// The GPU whose name contains this text, case-insensitively.
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

/// Lists the GPUs of this machine in a stable order.
#[must_use]
pub fn list() -> Vec<AdapterSummary> {
    let adapters = adapters();
    adapters.iter().enumerate().map(|(index, adapter)| AdapterSummary::new(index, adapter)).collect()
}

/// Returns the adapter selected by `choice`, or `None` for the `cpu` device.
///
/// Software Vulkan is selected only by its index or its name.
///
/// # Errors
/// [`DeviceError::NoAdapter`] if no adapter matches and [`DeviceError::Ambiguous`] if several do. Both list the
/// adapters of this machine.
pub fn choose(choice: &DeviceChoice) -> Result<Option<wgpu::Adapter>, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(None),
        DeviceChoice::Auto => Ok(best(adapters())),
        DeviceChoice::Index(index) => by_index(adapters(), *index).map(Some),
        DeviceChoice::Name(name) => by_name(adapters(), name).map(Some),
    }
}

/// Returns the first discrete GPU, otherwise the first integrated one.
fn best(adapters: Vec<wgpu::Adapter>) -> Option<wgpu::Adapter> {
    let mut candidates: Vec<_> = adapters
        .into_iter()
        .map(|adapter| (AdapterKind::from(adapter.get_info().device_type), adapter))
        .filter(|(kind, _)| matches!(kind, AdapterKind::Discrete | AdapterKind::Integrated))
        .collect();
    candidates.sort_by_key(|(kind, _)| *kind);
    candidates.into_iter().next().map(|(_, adapter)| adapter)
}

fn by_index(adapters: Vec<wgpu::Adapter>, index: usize) -> Result<wgpu::Adapter, DeviceError> {
    let known = labels(&adapters, |_| true);
    let asked = index.to_string();
    adapters.into_iter().nth(index).ok_or(DeviceError::NoAdapter { asked, known })
}

/// Returns the first adapter whose name contains `part`. Several adapters with the same name (two equal cards, or one
/// card through two APIs) are not ambiguous.
fn by_name(adapters: Vec<wgpu::Adapter>, part: &str) -> Result<wgpu::Adapter, DeviceError> {
    let wanted = part.to_lowercase();
    let matches_name = |adapter: &wgpu::Adapter| adapter.get_info().name.to_lowercase().contains(&wanted);
    let mut found: Vec<String> = adapters.iter().filter(|a| matches_name(a)).map(|a| a.get_info().name).collect();
    found.sort_unstable();
    found.dedup();
    if found.len() > 1 {
        let matches = labels(&adapters, matches_name);
        return Err(DeviceError::Ambiguous { asked: part.to_owned(), matches });
    }
    let known = labels(&adapters, |_| true);
    let asked = part.to_owned();
    adapters.into_iter().find(matches_name).ok_or(DeviceError::NoAdapter { asked, known })
}

/// Returns `index: name` of the adapters that satisfy `filter`.
fn labels(adapters: &[wgpu::Adapter], filter: impl Fn(&wgpu::Adapter) -> bool) -> Vec<String> {
    let numbered = adapters.iter().enumerate().filter(|(_, adapter)| filter(adapter));
    numbered.map(|(index, adapter)| format!("{index}: {}", adapter.get_info().name)).collect()
}

/// Returns every adapter, sorted by API, kind, PCI bus id and name.
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

/// Creates an instance without wgpu's optional validation: validating indirect calls, which this crate never makes,
/// would limit every buffer to 4 GiB.
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
    fn device_choices_are_parsed_case_insensitively() {
        assert_eq!("AUTO".parse(), Ok(DeviceChoice::Auto));
        assert_eq!("Cpu".parse(), Ok(DeviceChoice::Cpu));
        assert_eq!("3".parse(), Ok(DeviceChoice::Index(3)));
        assert_eq!("RTX".parse(), Ok(DeviceChoice::Name("RTX".to_owned())));
        assert!(" ".parse::<DeviceChoice>().is_err());
    }
}
