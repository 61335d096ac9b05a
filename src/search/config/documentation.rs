//! The configuration as TOML with a comment for every key, taken from the documentation of the fields.

use super::{Config, ExploreConfig, GuideConfig, LimitsConfig, NasBench101Config, ReplayConfig};
use crate::bounds::bound;
use crate::evaluate::{OracleConfig, ProxyConfig, RewardConfig, SuperNetConfig};
use crate::generator::lstm::LstmConfig;
use crate::generator::{GeneratorConfig, PolicyUpdateConfig};
use documented::DocumentedFields;

/// Returns the documentation of a dotted key or of a section; `None` if it does not exist.
fn explanation(name: &str) -> Option<String> {
    let (section, key) = name.split_once('.').unwrap_or(("", name));
    let documentation = match section {
        "" => Config::get_field_docs(key),
        "reward" => RewardConfig::get_field_docs(key),
        "explore" => ExploreConfig::get_field_docs(key),
        "replay" => ReplayConfig::get_field_docs(key),
        "train" => PolicyUpdateConfig::get_field_docs(key),
        "nasbench101" => NasBench101Config::get_field_docs(key),
        "generator" => GeneratorConfig::get_field_docs(key),
        "lstm" => LstmConfig::get_field_docs(key),
        "guide" => GuideConfig::get_field_docs(key),
        "oracle" => OracleConfig::get_field_docs(key),
        "proxy" => ProxyConfig::get_field_docs(key),
        "supernet" => SuperNetConfig::get_field_docs(key),
        "limits" => LimitsConfig::get_field_docs(key),
        _ => return None,
    };
    Some(documentation.ok()?.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Config {
    /// The configuration as TOML text with a comment before every section and key.
    ///
    /// # Errors
    /// As [`Config::to_toml`].
    pub fn to_explained_toml(&self) -> Result<String, toml::ser::Error> {
        let written = self.to_toml()?;
        let (mut text, mut section) = (String::new(), "");
        for line in written.lines() {
            let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            section = header.unwrap_or(section);
            let name = match (header, line.split_once(" = ")) {
                (None, Some((key, _))) if section.is_empty() => key.to_owned(),
                (None, Some((key, _))) => format!("{section}.{key}"),
                _ => header.unwrap_or_default().to_owned(),
            };
            if let Some(explanation) = explanation(&name) {
                let range = bound(&name).map_or_else(String::new, |bound| format!(" Range: {bound}."));
                text.extend(["# ", &explanation, &range, "\n"]);
            }
            text.extend([line, "\n"]);
        }
        Ok(text)
    }
}
