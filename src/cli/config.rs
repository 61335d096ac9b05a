//! `graphpnas config`: writes, resolves and lists configurations.

use super::error::CliError;
use super::output;
use super::search::{DEFAULT, on_images};
use crate::experiment::EMBEDDED;
use crate::search::{Config, PRESETS, Request};
use crate::shown::Show;
use clap::Subcommand;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas config presets
  graphpnas config show --preset nasbench201-cifar10-guided
  graphpnas config init my.toml --preset nasbench101-150
  graphpnas search --config my.toml --table nasbench101.table";

/// Write, show and list search configurations.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(InitArgs),
    Show(ShowArgs),
    Presets(PresetsArgs),
}

/// Write a configuration file with a comment on every key.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  graphpnas config init\n  graphpnas config init my.toml --preset nasbench101-150")]
struct InitArgs {
    /// File to write; an existing file is not overwritten
    #[arg(default_value = "config.toml")]
    file: PathBuf,
    #[command(flatten)]
    layers: Layers,
    /// Print the file name and configuration as one JSON value
    #[arg(long)]
    json: bool,
}

/// Print the configuration resolved from preset, file and --set.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  graphpnas config show --config my.toml --set train.epochs=50 --json")]
struct ShowArgs {
    #[command(flatten)]
    layers: Layers,
    /// Print the configuration as one JSON value instead of TOML
    #[arg(long)]
    json: bool,
}

/// List the presets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  graphpnas config presets --json")]
struct PresetsArgs {
    /// Print the list as one JSON value
    #[arg(long)]
    json: bool,
}

/// The sources of a configuration.
#[derive(Debug, clap::Args)]
struct Layers {
    /// Preset to start from [default: that of the file's space, else nasbench201-embedded]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// TOML file with settings that override the preset
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one key; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

/// What `init --json` prints.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    config: Config,
}

/// One preset in `presets --json`.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    summary: &'static str,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Init(args) => init(args),
        Command::Show(args) => output::print(&text(&args.layers.resolve()?, args.json)?),
        Command::Presets(args) => presets(args.json),
    }
}

/// Formats a configuration as TOML or JSON.
pub(super) fn text(config: &Config, json: bool) -> Result<String, CliError> {
    match json {
        true => output::json(config),
        false => config.to_toml().map_err(|error| CliError::Text(error.to_string())),
    }
}

fn init(args: &InitArgs) -> Result<(), CliError> {
    let (file, config) = (args.file.as_path(), args.layers.resolve()?);
    let text = config.to_explained_toml().map_err(|error| CliError::Text(error.to_string()))?;
    create(file, &text)?;
    if args.json {
        return output::print(&output::json(&Written { file, config })?);
    }
    let file = file.shown();
    let for_own_images = on_images(Some(&config.space), true);
    let for_embedded = on_images(Some(&config.space), false);
    if args.layers.preset.is_none() && config.dataset == EMBEDDED && for_own_images != for_embedded {
        output::note(&format!(
            "note: these settings are for the built-in images; for your own (search --data PATH) use --preset {for_own_images}"
        ));
    }
    output::print(&format!("wrote {file}; edit it, then run: graphpnas search --config {file}\n"))
}

/// Writes a new file; fails if it exists.
pub(super) fn create(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |source| CliError::Write { path: path.into(), source };
    let mut file = File::create_new(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            CliError::Failed(format!("{} already exists; choose another file or remove it first", path.shown()))
        }
        _ => failed(error),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| {
        // Do not leave an incomplete configuration.
        let _ = fs::remove_file(path);
        failed(error)
    })
}

fn presets(json: bool) -> Result<(), CliError> {
    let listed: Vec<_> = PRESETS.iter().map(|preset| Listed { name: preset.name, summary: preset.summary() }).collect();
    if json {
        return output::print(&output::json(&listed)?);
    }
    let width = listed.iter().map(|preset| preset.name.len()).max().unwrap_or_default();
    let line = |Listed { name, summary }: &Listed| format!("{name:<width$}  {summary}\n");
    output::print(&listed.iter().map(line).collect::<String>())
}

impl Layers {
    fn resolve(&self) -> Result<Config, CliError> {
        let Self { preset, config, sets } = self;
        let preset = preset.as_deref().or_else(|| config.is_none().then_some(DEFAULT));
        let request = Request { preset, file: config.as_deref(), flags: Vec::new(), sets };
        Ok(request.resolve()?)
    }
}
