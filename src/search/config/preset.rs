//! Presets: the published experiments and variants of this project, embedded from `presets/` as TOML.

/// A named configuration.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Its name for `--preset`.
    pub name: &'static str,
    /// The configuration as TOML text.
    pub text: &'static str,
}

impl Preset {
    /// Returns the first preset for a space and a dataset; `None` matches any.
    #[must_use]
    pub fn find(space: Option<&str>, dataset: Option<&str>) -> Option<&'static Preset> {
        let has = |preset: &Preset, key: &str, value: Option<&str>| {
            value.is_none_or(|value| preset.text.contains(&format!("\n{key} = \"{value}\"\n")))
        };
        PRESETS.iter().find(|preset| has(preset, "space", space) && has(preset, "dataset", dataset))
    }

    /// Returns a short description: the first sentence of its text.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default().trim_start_matches("# ");
        line.split_once(". ").map_or(line, |(sentence, _)| sentence).trim_end_matches('.')
    }
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(Preset { name: $name, text: include_str!(concat!("../../../presets/", $name, ".toml")) }),*]
    };
}

/// All presets; the first one for a space and dataset is their default.
pub const PRESETS: &[Preset] = presets![
    "nasbench201-cifar10",
    "nasbench201-cifar100",
    "nasbench201-imagenet16",
    "nasbench101-150",
    "nasbench101-300",
    "nasbench201-embedded",
    "nasbench201-images",
    "nasbench201-cifar10-guided",
    "nasbench201-cifar100-guided",
    "nasbench201-imagenet16-guided",
    "nasbench201-shared",
    "nasbench201-cifar10-scored",
    "nasbench201-cifar100-scored",
    "nasbench201-imagenet16-scored",
    "nasbench101-guided",
    "nasbench101-scored",
    "nasbench201-cifar10-continual",
    "nasbench201-cifar100-continual",
    "nasbench201-imagenet16-continual",
    "enas-small",
    "enas-cifar10",
    "randwire-small",
    "randwire-tinyimagenet",
    "darts-small",
    "darts-cifar10",
    "nasbench-macro",
];
