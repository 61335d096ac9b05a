//! Configuration layers: preset, then file, then flags and `--set`, each overriding the previous ones.
//!
//! Every layer is checked key by key when it is applied, so that errors name the line or flag.

use super::Config;
use super::checks::problem;
use super::error::ConfigError;
use super::flags::Flag;
use super::names::noted_key;
use super::preset::{PRESETS, Preset};
use crate::bounds::{Bound, Range, bound};
use crate::generator::graphpnas::smallest_hidden;
use crate::shown::{Show, nearest};
use crate::space::nasbench201;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The configuration that a command line requests.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// `--preset`; by default, the first preset of the space and dataset.
    pub preset: Option<&'a str>,
    /// `--config`.
    pub file: Option<&'a Path>,
    /// Flags that set a key.
    pub flags: Vec<Flag>,
    /// `--set key=value`.
    pub sets: &'a [String],
}

impl Request<'_> {
    /// Applies all layers and checks the result.
    ///
    /// # Errors
    /// The first problem with its location.
    pub fn resolve(&self) -> Result<Config, ConfigError> {
        let text = self.file.map(read).transpose()?;
        let mut layers = match self.preset {
            Some(name) => Layers::preset(name)?,
            None => Layers::of(self.default_preset(text.as_deref())),
        };
        if let (Some(path), Some(text)) = (self.file, &text) {
            layers.file(path, text)?;
        }
        for flag in &self.flags {
            layers.put(flag.key, flag.value.clone(), flag.to_string())?;
        }
        for assignment in self.sets {
            layers.assign(assignment)?;
        }
        layers.finish()
    }

    /// Returns the first preset for the space and dataset of the flags and the file.
    fn default_preset(&self, text: Option<&str>) -> &'static Preset {
        let table: Table = text.and_then(|text| toml::from_str(text).ok()).unwrap_or_default();
        let requested = |key: &str| {
            let flag = self.flags.iter().find(|flag| flag.key == key).map(|flag| &flag.value);
            flag.or_else(|| table.get(key))?.as_str().map(str::to_owned)
        };
        let (space, dataset) = (requested("space"), requested("dataset"));
        let both = Preset::find(space.as_deref(), dataset.as_deref());
        if let Some(preset) = both.or_else(|| Preset::find(space.as_deref(), None)) {
            return preset;
        }
        // A space from a file uses the settings of NAS-Bench-201 for images, or those for any table. An unknown space or
        // dataset is refused by name later.
        let general = Preset::find(Some(nasbench201::NAME), dataset.as_deref())
            .filter(|_| dataset.as_deref().is_some_and(|dataset| IMAGE_DATASETS.contains(&dataset)));
        general.or_else(|| PRESETS.iter().find(|preset| preset.name == OWN_TABLE)).unwrap_or(&PRESETS[0])
    }
}

/// The preset for tables of any space.
const OWN_TABLE: &str = "nasbench-macro";

/// Datasets that are images.
const IMAGE_DATASETS: [&str; 2] = ["embedded", "images"];

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })
}

impl Config {
    /// Checks a configuration that was not built from layers: ranges, names, and values against each other.
    ///
    /// # Errors
    /// The first invalid value.
    pub fn check(&self) -> Result<(), ConfigError> {
        let base = "the configuration".to_owned();
        let table = Table::try_from(self).map_err(|error| ConfigError::Value {
            place: base.clone(),
            key: "a value".into(),
            what: format!("is refused: {}", one_line(&error.to_string())),
        })?;
        Layers { table, places: BTreeMap::new(), base }.finish().map(|_| ())
    }
}

/// A configuration under construction.
#[derive(Debug, Clone)]
pub struct Layers {
    table: Table,
    /// The flag or line that set each key last.
    places: BTreeMap<String, String>,
    base: String,
}

impl Layers {
    /// Starts from a preset.
    ///
    /// # Errors
    /// An unknown preset name.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let known = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
        let preset = PRESETS.iter().find(|preset| preset.name == name);
        preset.map(Self::of).ok_or_else(|| ConfigError::Preset { name: name.into(), known: known() })
    }

    /// Starts from an embedded preset. Tests ensure that all presets are valid and complete, so an invalid one is
    /// treated as empty.
    fn of(preset: &Preset) -> Self {
        let config: Option<Config> = toml::from_str(preset.text).ok();
        let table = config.and_then(|config| Table::try_from(config).ok()).unwrap_or_default();
        Self { table, places: BTreeMap::new(), base: format!("preset {}", preset.name) }
    }

    /// Applies the text of a configuration file; keys that it omits do not change.
    ///
    /// # Errors
    /// Invalid TOML, unknown keys and values of the wrong type, with their line.
    pub fn file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let place = |at: usize| format!("{}, line {}", path.shown(), line(text, at));
        let syntax_error = |error: &toml::de::Error| ConfigError::Syntax {
            place: place(error.span().map_or(0, |span| span.start)),
            what: one_line(error.message()),
        };
        let table: Table = toml::from_str(text).map_err(|error| syntax_error(&error))?;
        let spans = toml::de::DeTable::parse(text).map_err(|error| syntax_error(&error))?;
        let mut starts = BTreeMap::new();
        key_starts(spans.get_ref(), "", &mut starts);
        for (key, value) in leaves(&table, "") {
            let place = place(starts.get(&key).copied().unwrap_or(0));
            let current = noted_key(&key, &place);
            if current != key && starts.contains_key(current) {
                let what = format!("is set twice, also by its old name {key}; remove one");
                return Err(ConfigError::Value { place, key: current.to_owned(), what });
            }
            self.put(current, value, place)?;
        }
        Ok(())
    }

    /// Applies one `key=value`.
    ///
    /// # Errors
    /// A missing `=`, an unknown key or an invalid value.
    pub fn assign(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let (key, value) = assignment.split_once('=').ok_or_else(|| ConfigError::Assignment(assignment.into()))?;
        let place = format!("--set {assignment}");
        self.set(noted_key(key.trim(), &place), value.trim(), &place)
    }

    /// Sets a dotted key from text, parsed as the type of its current value.
    ///
    /// # Errors
    /// An unknown key or an invalid value; the message starts with `place`.
    pub fn set(&mut self, key: &str, text: &str, place: &str) -> Result<(), ConfigError> {
        let old = self.known(key, place)?;
        let text = text.trim_matches('"');
        let invalid = |what| ConfigError::Value { place: place.into(), key: key.into(), what };
        let value = match (bound(key), old) {
            (Some(bound), _) => number(bound, text).map_err(invalid)?,
            (None, Value::Boolean(_)) => text.parse().map_or_else(|_| Value::String(text.into()), Value::Boolean),
            _ => Value::String(text.into()),
        };
        self.put(key, value, place.into())
    }

    /// Checks the values and returns the configuration.
    ///
    /// # Errors
    /// The first invalid value.
    pub fn finish(self) -> Result<Config, ConfigError> {
        for (key, value) in leaves(&self.table, "") {
            if let Some(bound) = bound(&key) {
                ranged(bound, value).map_err(|what| self.value_error(&key, what))?;
            }
        }
        let config = self.typed().map_err(|error| self.value_error("", one_line(error.message())))?;
        let unknown = |error| self.value_error("space", format!("is refused: {error}"));
        let space = config.search_space().map_err(unknown)?;
        for (key, explorer) in config.explorers() {
            space.check_explorer(&explorer).map_err(|error| self.value_error(key, format!("is refused: {error}")))?;
        }
        if let Some((key, what)) = problem(&config) {
            return Err(self.value_error(key, what));
        }
        // The definition replaces the path of a space file, so that a run does not depend on the file.
        let mut config = Config { space: space.reference().to_owned(), ..config };
        let is_set = |key: &str| self.places.contains_key(key);
        if let Some(size) = space.searched_size() {
            if !is_set("oracle.channels") {
                config.oracle.channels = size.channels;
            }
            if !is_set("oracle.cells") {
                config.oracle.cells = size.cells;
            }
            if !is_set("supernet.cells") {
                config.supernet.cells = size.cells;
            }
        }
        if !is_set("generator.hidden") {
            config.generator.hidden = config.generator.hidden.max(smallest_hidden(&*space));
        }
        Ok(config)
    }

    fn value_error(&self, key: &str, what: String) -> ConfigError {
        let place = self.places.get(key).unwrap_or(&self.base).clone();
        ConfigError::Value { place, key: key.into(), what }
    }

    fn typed(&self) -> Result<Config, toml::de::Error> {
        self.table.clone().try_into()
    }

    fn known(&self, key: &str, place: &str) -> Result<&Value, ConfigError> {
        let mut parts = key.split('.');
        let first = parts.next().and_then(|part| self.table.get(part));
        let found = parts.fold(first, |value, part| value?.as_table()?.get(part));
        match found {
            Some(Value::Table(_)) => {
                let what = "is a section; name one of its keys".into();
                Err(ConfigError::Value { place: place.into(), key: key.into(), what })
            }
            Some(value) => Ok(value),
            None => Err(ConfigError::UnknownKey {
                place: place.into(),
                key: key.into(),
                nearest: nearest(key, leaves(&self.table, "").into_iter().map(|(key, _)| key)),
            }),
        }
    }

    fn put(&mut self, key: &str, value: Value, place: String) -> Result<(), ConfigError> {
        let old = self.known(key, &place)?;
        let invalid = |what| ConfigError::Value { place: place.clone(), key: key.into(), what };
        let value = match bound(key) {
            Some(bound) => ranged(bound, value).map_err(invalid)?,
            None if old.same_type(&value) => value,
            None => return Err(invalid(format!("must be {}, not {value}", kind(old)))),
        };
        if let Some(slot) = slot(&mut self.table, key) {
            *slot = value;
        }
        // Parsing the complete configuration after each key attributes an unknown variant ("frist") to its location.
        if let Err(error) = self.typed() {
            return Err(ConfigError::Value { place, key: key.into(), what: refused(&error) });
        }
        self.places.insert(key.into(), place);
        Ok(())
    }
}

/// Parses a number as a TOML value.
fn number(bound: &Bound, text: &str) -> Result<Value, String> {
    match bound.range {
        Range::Real { .. } => bound.real(text).map(Value::Float),
        // TOML integers are at most 2^63 - 1; a larger seed is stored as text.
        Range::Integer { .. } => {
            bound.parse_integer(text).map(|number| i64::try_from(number).map_or_else(|_| text.into(), Value::Integer))
        }
    }
}

/// Checks that a TOML value is a number in range.
fn ranged(bound: &Bound, value: Value) -> Result<Value, String> {
    match (bound.range, value) {
        (Range::Integer { max, .. }, Value::String(text)) if i64::try_from(max).is_err() => number(bound, &text),
        (Range::Integer { .. }, Value::Integer(found)) => number(bound, &found.to_string()),
        (Range::Integer { .. }, found) => Err(format!("must be an integer, {bound}, not {found}")),
        (Range::Real { .. }, Value::Integer(found)) => number(bound, &found.to_string()),
        (Range::Real { .. }, Value::Float(found)) if bound.has(found) => Ok(Value::Float(found)),
        (Range::Real { .. }, Value::Float(found)) => Err(bound.refusal(&found)),
        (Range::Real { .. }, found) => Err(format!("must be a number, {bound}, not {found}")),
    }
}

fn refused(error: &toml::de::Error) -> String {
    format!("is refused: {}", one_line(error.message()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Boolean(_) => "true or false",
        _ => "a text in quotes",
    }
}

fn slot<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Value> {
    match key.split_once('.') {
        Some((section, rest)) => slot(table.get_mut(section)?.as_table_mut()?, rest),
        None => table.get_mut(key),
    }
}

fn leaves(table: &Table, prefix: &str) -> Vec<(String, Value)> {
    let below = |(key, value): (&String, &Value)| match value {
        Value::Table(section) if !section.is_empty() => leaves(section, &format!("{prefix}{key}.")),
        _ => vec![(format!("{prefix}{key}"), value.clone())],
    };
    table.iter().flat_map(below).collect()
}

/// Collects the byte offset of every dotted key.
fn key_starts(table: &toml::de::DeTable<'_>, prefix: &str, starts: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        if let toml::de::DeValue::Table(section) = value.get_ref() {
            key_starts(section, &format!("{name}."), starts);
        }
        starts.insert(name, key.span().start);
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
