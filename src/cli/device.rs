//! The device that `--device` names.

use super::error::CliError;
use super::output;
use crate::device::{Device, DeviceChoice, DeviceError};

/// Opens the device that `name` chooses: `auto`, `cpu`, a number, a part of a name.
pub(super) fn open_device(name: &str) -> Result<Device, CliError> {
    let choice: DeviceChoice = name.parse().map_err(|error: DeviceError| CliError::Usage(error.to_string()))?;
    let device = Device::open(&choice).map_err(|error| CliError::Failed(error.to_string()))?;
    output::detail(|| format!("device: {}", device.name()));
    Ok(device)
}
