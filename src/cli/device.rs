//! Opens the device selected by `--device`.

use super::error::CliError;
use super::output;
use crate::device::{Device, DeviceChoice, DeviceError};

/// Opens a device by name: `auto`, `cpu`, an adapter's number, or part of its name.
pub(super) fn open_device(name: &str) -> Result<Device, CliError> {
    let choice: DeviceChoice = name.parse().map_err(|error: DeviceError| CliError::Usage(error.to_string()))?;
    let device = Device::open(&choice).map_err(|error| CliError::Failed(error.to_string()))?;
    output::detail(|| format!("device: {}", device.name()));
    Ok(device)
}
