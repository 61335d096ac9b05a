//! Configuration in layers: preset, then file, then flags and `--set`, each overriding the one before.
//!
//! Every layer is checked key by key as it is laid on, so that an error can say which line or flag it came from.

use super::Config;
use super::checks::problem;
use super::error::ConfigError;
use super::flags::Flag;
use super::names::{current_name, nearest};
use super::preset::{PRESETS, Preset};
use crate::bounds::{Bound, Range, bound};
use crate::shown::Show;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// What a command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// `--preset`; without it the default of space and dataset.
    pub preset: Option<&'a str>,
    /// `--config`.
    pub file: Option<&'a Path>,
    /// Flags that set a key.
    pub flags: Vec<Flag>,
    /// `--set key=value`.
    pub sets: &'a [String],
}

impl Request<'_> {
    /// Lays the layers on each other and checks the result.
    ///
    /// # Errors
    /// The first thing wrong, with its place.
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

    /// The first preset that fits the space and dataset of flags and file.
    fn default_preset(&self, text: Option<&str>) -> &'static Preset {
        let table: Table = text.and_then(|text| toml::from_str(text).ok()).unwrap_or_default();
        let wish = |key: &str| {
            let flag = self.flags.iter().find(|flag| flag.key == key).map(|flag| &flag.value);
            flag.or_else(|| table.get(key))?.as_str().map(str::to_owned)
        };
        let (space, dataset) = (wish("space"), wish("dataset"));
        let both = Preset::find(space.as_deref(), dataset.as_deref());
        // An unknown space or dataset falls through to any preset and is refused by name afterwards.
        both.or_else(|| Preset::find(space.as_deref(), None)).unwrap_or(&PRESETS[0])
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })
}

impl Config {
    /// Checks a configuration that was not made from layers: every number's range, every name, and what suits what.
    ///
    /// # Errors
    /// The first value that is not valid.
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
    /// Which flag or line set a key last.
    places: BTreeMap<String, String>,
    base: String,
}

impl Layers {
    /// Starts from a preset.
    ///
    /// # Errors
    /// When there is no preset of that name.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let known = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
        let preset = PRESETS.iter().find(|preset| preset.name == name);
        preset.map(Self::of).ok_or_else(|| ConfigError::Preset { name: name.into(), known: known() })
    }

    /// The embedded texts are tested to read and to be complete, so an unreadable one is merely empty here.
    fn of(preset: &Preset) -> Self {
        let config: Option<Config> = toml::from_str(preset.text).ok();
        let table = config.and_then(|config| Table::try_from(config).ok()).unwrap_or_default();
        Self { table, places: BTreeMap::new(), base: format!("preset {}", preset.name) }
    }

    /// Lays the text of a configuration file on top; keys it leaves out keep their value.
    ///
    /// # Errors
    /// Broken TOML, unknown keys and values of the wrong kind, with their line.
    pub fn file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let place = |at: usize| format!("{}, line {}", path.shown(), line(text, at));
        let broken = |error: &toml::de::Error| ConfigError::Syntax {
            place: place(error.span().map_or(0, |span| span.start)),
            what: one_line(error.message()),
        };
        let table: Table = toml::from_str(text).map_err(|error| broken(&error))?;
        let spans = toml::de::DeTable::parse(text).map_err(|error| broken(&error))?;
        let mut starts = BTreeMap::new();
        key_starts(spans.get_ref(), "", &mut starts);
        for (key, value) in leaves(&table, "") {
            let place = place(starts.get(&key).copied().unwrap_or(0));
            self.put(current_name(&key, &place), value, place)?;
        }
        Ok(())
    }

    /// Applies one `key=value`.
    ///
    /// # Errors
    /// A missing `=`, an unknown key or an unfit value.
    pub fn assign(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let (key, value) = assignment.split_once('=').ok_or_else(|| ConfigError::Assignment(assignment.into()))?;
        let place = format!("--set {assignment}");
        self.set(current_name(key.trim(), &place), value.trim(), &place)
    }

    /// Sets a dotted key from text, read as the type the key has now.
    ///
    /// # Errors
    /// An unknown key or an unfit value; `place` begins the message.
    pub fn set(&mut self, key: &str, text: &str, place: &str) -> Result<(), ConfigError> {
        let old = self.known(key, place)?;
        let text = text.trim_matches('"');
        let unfit = |what| ConfigError::Value { place: place.into(), key: key.into(), what };
        let value = match (bound(key), old) {
            (Some(bound), _) => number(bound, text).map_err(unfit)?,
            (None, Value::Boolean(_)) => text.parse().map_or_else(|_| Value::String(text.into()), Value::Boolean),
            _ => Value::String(text.into()),
        };
        self.put(key, value, place.into())
    }

    /// Reads and checks the finished configuration.
    ///
    /// # Errors
    /// The first value out of its range.
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
            space.admits(&explorer).map_err(|error| self.value_error(key, format!("is refused: {error}")))?;
        }
        match problem(&config) {
            Some((key, what)) => Err(self.value_error(key, what)),
            None => Ok(config),
        }
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
        let unfit = |what| ConfigError::Value { place: place.clone(), key: key.into(), what };
        let value = match bound(key) {
            Some(bound) => ranged(bound, value).map_err(unfit)?,
            None if old.same_type(&value) => value,
            None => return Err(unfit(format!("must be {}, not {value}", kind(old)))),
        };
        if let Some(slot) = slot(&mut self.table, key) {
            *slot = value;
        }
        // Reading the whole after each key ties an unknown word ("frist") to the place it was written.
        if let Err(error) = self.typed() {
            return Err(ConfigError::Value { place, key: key.into(), what: refused(&error) });
        }
        self.places.insert(key.into(), place);
        Ok(())
    }
}

/// A number from text, as TOML keeps it.
fn number(bound: &Bound, text: &str) -> Result<Value, String> {
    match bound.range {
        Range::Real { .. } => bound.real(text).map(Value::Float),
        // TOML has no whole numbers above this; a seed is kept as text then.
        Range::Integer { .. } => {
            bound.parse_integer(text).map(|number| i64::try_from(number).map_or_else(|_| text.into(), Value::Integer))
        }
    }
}

/// A value of a file, where it is a number of the range.
fn ranged(bound: &Bound, value: Value) -> Result<Value, String> {
    match (bound.range, value) {
        (Range::Integer { greatest, .. }, Value::String(text)) if i64::try_from(greatest).is_err() => {
            number(bound, &text)
        }
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

/// Byte offset of every dotted key.
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
