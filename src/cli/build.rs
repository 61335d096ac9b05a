//! Builds the generator a configuration names: where the search, the generators and the device meet.

use super::error::CliError;
use crate::generator::{Generator, Random};
use crate::search::Config;
use crate::space::Space;
use std::sync::Arc;

/// A generator and the name of the device it runs on.
pub(super) struct Built {
    pub(super) generator: Box<dyn Generator>,
    pub(super) device: String,
}

/// Builds the generator of `config` on the device that `device` chooses (`auto`, `cpu`, a number, a name).
pub(super) fn build_generator(config: &Config, space: &Arc<dyn Space>, device: &str) -> Result<Built, CliError> {
    match config.generator.name.as_str() {
        "random" => {
            let generator = Random::new(Arc::clone(space), config.generator.explorer);
            // Drawing at random needs no device.
            Ok(Built { generator: Box::new(generator), device: "cpu".into() })
        }
        name => graphpnas(name, device),
    }
}

// >>> PLACEHOLDER, the one spot to replace: tie GraphPNAS and the device in here. It gets `config` (sections `train` and
// `generator`), `space` and `device`; a device that does not exist is CliError::Failed. <<<
fn graphpnas(name: &str, device: &str) -> Result<Built, CliError> {
    Err(CliError::Failed(format!(
        "the generator '{name}' on device '{device}' is not built in yet; use --generator random"
    )))
}
