//! What the arguments ask for: a configuration and a command, new or of a resumed run.

use super::{Args, RequestedSearch, on_images};
use crate::cli::error::CliError;
use crate::cli::height_width::HeightWidth;
use crate::experiment::{EMBEDDED, absolute, config_of, default_table};
use crate::run::{self, CONFIG, Command};
use crate::search::{Config, Flag, Preset, Request, implied};
use crate::shown::Show;
use crate::space;
use std::path::Path;

impl Args {
    /// Resolves a new or resumed search.
    pub(super) fn requested(&self) -> Result<RequestedSearch, CliError> {
        let (table, data) = (self.table.clone().map(absolute), self.data.clone().map(absolute));
        let Some(folder) = &self.resume else {
            let config = self.request().resolve()?;
            let table = table.or_else(|| default_table(&config, data.as_deref()));
            let command = Command {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                arguments: std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect(),
                table,
                data,
                device: self.device.clone().unwrap_or_else(|| "auto".to_owned()),
                seeds: self.seeds.map(|seeds| seeds.to_string()),
                run: None,
                seal: None,
            };
            return Ok(RequestedSearch { config, command, seeds: self.seeds, resumed: None, known: None });
        };
        let known = run::checked_origin(folder)?;
        let saved = Command::read(folder)?;
        let seeds = saved.seeds.as_ref().map(|seeds| seeds.parse()).transpose();
        let seeds = seeds.map_err(|error| CliError::Failed(format!("{}: {error}", folder.shown())))?;
        let command = Command {
            // A given table replaces saved images, and vice versa.
            table: if data.is_some() { table } else { table.clone().or(saved.table) },
            data: if self.table.is_some() { data } else { data.clone().or(saved.data) },
            device: self.device.clone().unwrap_or(saved.device),
            ..saved
        };
        Ok(RequestedSearch {
            config: self.resumed_config(folder)?,
            command,
            seeds,
            resumed: Some(folder.clone()),
            known,
        })
    }

    /// The configuration of a resumed run, with a larger budget if one is given.
    fn resumed_config(&self, folder: &Path) -> Result<Config, CliError> {
        let saved = config_of(folder)?;
        let Some(evaluations) = self.evaluations else { return Ok(saved) };
        if evaluations < saved.evaluations as u64 {
            return Err(CliError::Usage(format!(
                "--evaluations {evaluations}: the budget of this run is {} and can only be raised",
                saved.evaluations
            )));
        }
        let flags = vec![Flag::integer("--evaluations", "evaluations", evaluations)];
        Ok(Request { preset: None, file: Some(&folder.join(CONFIG)), flags, sets: &[] }.resolve()?)
    }

    /// Whether the preset, file or assignments enable the exploration of a scored pool, independent of the generator.
    fn explores_pool(&self) -> bool {
        let (preset, file) = (self.named_preset(), self.config.as_deref());
        let flags = self.space.iter().map(|space| Flag::text("space", "space", space)).collect();
        let request = Request { preset, file, flags, sets: &self.sets };
        request.resolve().is_ok_and(|config| config.pool() > 0)
    }

    fn request(&self) -> Request<'_> {
        let text = |name, key, value: &Option<String>| value.as_ref().map(|value| Flag::text(name, key, value));
        let integer = |name, key, value: Option<u64>| value.map(|value| Flag::integer(name, key, value));
        // 0 stands for as wide as high.
        let width = |size: HeightWidth| if size.width == size.height { 0 } else { size.width as u64 };
        let mut flags: Vec<Flag> = [
            text("space", "space", &self.space),
            text("--dataset", "dataset", &self.dataset),
            text("--unit", "reward.unit", &self.unit),
            text("--goal", "reward.goal", &self.goal),
            integer("--evaluations", "evaluations", self.evaluations),
            integer("--seed", "seed", self.seed),
            text("--generator", "generator.name", &self.generator),
            integer("--max-params", "limits.max_params", self.max_params),
            integer("--max-macs", "limits.max_macs", self.max_macs),
            integer("--max-memory", "limits.max_memory", self.max_memory),
            integer("--resize", "oracle.resize", self.resize.map(|size| size.height as u64)),
            integer("--resize", "oracle.resize_width", self.resize.map(width)),
            self.latency.then(|| Flag::boolean("--latency", "latency", true)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(generator) = &self.generator {
            flags.extend(implied("--generator", generator, self.explores_pool()));
        }
        if let (Some(path), None) = (&self.data, &self.dataset) {
            let name = path.file_name().map_or(EMBEDDED.into(), |name| name.shown().to_string());
            flags.push(Flag::text("--data", "dataset", name));
        }
        Request { preset: self.named_preset(), file: self.config.as_deref(), flags, sets: &self.sets }
    }

    /// The given preset, or the default one for images; `None` selects the default of the space.
    fn named_preset(&self) -> Option<&str> {
        let own = self.data.as_deref().is_some_and(|path| path != Path::new(EMBEDDED));
        let default = || self.trains().then(|| on_images(self.space.as_deref(), own));
        self.preset.as_deref().or_else(default)
    }

    /// Whether rewards come from training: images are given, or no arguments at all.
    fn trains(&self) -> bool {
        // A space without a preset is searched on images unless a table is given.
        let own_space = self
            .space
            .as_deref()
            .is_some_and(|space| Preset::find(Some(space), None).is_none() && space::open(space).is_ok());
        let nothing = self.space.is_none() && self.dataset.is_none() && self.table.is_none() && self.config.is_none();
        self.data.is_some() || nothing || own_space && self.table.is_none() && self.config.is_none()
    }
}
