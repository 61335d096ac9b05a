//! `graphpnas data list` and `fetch`: published data sets.

use crate::cli::error::CliError;
use crate::cli::output;
use crate::data::fetch::{Fetch, Fetched, RELEASES, Release, STALL, Stage};
use crate::evaluate::{BUILT_IN, BuiltIn};
use crate::shown::Show;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas data fetch cifar10
  graphpnas data fetch tiny-imagenet --into /data
  graphpnas search nasbench201 --data data/cifar-10-batches-bin

Repeat the command to resume an interrupted download. The archive's size and SHA-256 are always checked before unpacking.
Without a network connection, copy the archive into the folder as NAME.part, such as data/cifar-10-binary.tar.gz.part, and
run the command.";

/// List the data sets that can be downloaded and the built-in tables.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  graphpnas data list --json")]
pub(super) struct ListArgs {
    /// Print the list as one JSON value
    #[arg(long)]
    json: bool,
}

/// Download a data set from its official URL, check it and unpack it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the data set, as in `graphpnas data list`
    name: String,
    /// Parent folder of the data set's folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    into: PathBuf,
    /// Other URL of the same archive
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// One entry of `list --json`.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    title: &'static str,
    bytes: u64,
    /// Part of the program, so there is nothing to download.
    built_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<&'static str>,
}

/// What `fetch --json` prints.
#[derive(Serialize)]
struct FetchResult {
    name: &'static str,
    folder: PathBuf,
    new: bool,
}

/// Runs `list`.
pub(super) fn list(args: &ListArgs) -> Result<(), CliError> {
    let listed = |release: &Release| {
        let Release { name, title, url, bytes, sha256, folder, .. } = *release;
        let (url, sha256, folder) = (Some(url), Some(sha256), Some(folder));
        Listed { name, title, bytes, built_in: false, url, sha256, folder }
    };
    let table = |table: &BuiltIn| {
        let (url, sha256, folder) = (None, None, None);
        Listed {
            name: table.space,
            title: table.title,
            bytes: table.bytes().len() as u64,
            built_in: true,
            url,
            sha256,
            folder,
        }
    };
    let listed: Vec<_> = RELEASES.iter().map(listed).chain(BUILT_IN.iter().map(table)).collect();
    if args.json {
        return output::print(&output::json(&listed)?);
    }
    let line = |Listed { name, title, bytes, url, .. }: &Listed| match url {
        Some(url) => format!("{name:<15}{title}\n{:15}{} MB from {url}\n", "", bytes / 1_000_000),
        None => format!("{name:<15}{title}, all rewards\n{:15}built in; see graphpnas data info {name}\n", ""),
    };
    output::print(&listed.iter().map(line).collect::<String>())
}

/// Runs `fetch`.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    if BuiltIn::of(&args.name).is_some() {
        let text = format!("{0} is built in and needs no download; see graphpnas data info {0}", args.name);
        return Err(CliError::Usage(text));
    }
    let release = Release::named(&args.name).ok_or_else(|| {
        let known = RELEASES.map(|release| release.name).join(", ");
        CliError::Usage(format!("unknown data set '{}'; known are {known}", args.name))
    })?;
    let url = args.from.as_deref();
    output::detail(|| format!("URL: {}", url.unwrap_or(release.url)));
    let bar = output::bar(1, "{msg} {bar:30} {bytes} of {total_bytes}{left}");
    let fetched = Fetch { release, url, into: &args.into, stall: STALL }.run(&mut |stage, done, total| {
        bar.set_message(match stage {
            Stage::Download => "download",
            Stage::Check => "check",
            Stage::Unpack => "unpack",
        });
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let Fetched { folder, new } = fetched.map_err(|error| CliError::Failed(error.to_string()))?;
    if args.json {
        return output::print(&output::json(&FetchResult { name: release.name, folder, new })?);
    }
    let (folder, status) = (folder.shown(), if new { "is in" } else { "already exists:" });
    output::print(&format!("{} {status} {folder}\nuse it with   graphpnas search --data {folder}\n", release.name))
}
