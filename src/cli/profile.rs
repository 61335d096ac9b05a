//! `graphpnas profile`: times a network on a device, kernel by kernel.

use super::device::open_device;
use super::error::CliError;
use super::network::Source;
use super::number::integer;
use super::output;
use crate::train::{KernelTime, Profile, Recipe, latency, profile_inference, profile_step, recipe};
use serde::Serialize;
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  graphpnas profile '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'
  graphpnas profile runs/nasbench201-1 --device cpu --batch 64
  graphpnas profile '0-1 0-2 1-3 2-3;conv3x3-bn-relu maxpool3x3' --channels 32 --json

Times are medians and include the transfers between host and device. Kernels are timed separately, one launch at a time, with
the device's clock. Weights are random and images are noise.";

/// Time a network on a device: a single image, a batch, a training step, and every kernel
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Batch size of inference and training
    #[arg(long, default_value_t = 64, value_parser = integer::<usize>("--batch"))]
    batch: usize,
    /// Number of runs to take the median of
    #[arg(long, default_value_t = 20, value_parser = integer::<usize>("--runs"))]
    runs: usize,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Profiled {
    space: String,
    arch: String,
    device: String,
    /// Seconds for a single image.
    latency: f64,
    inference: Profile,
    training: Profile,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let child = args.source.build()?;
    let device = open_device(&args.device)?;
    let space = child.space.name().to_owned();
    let recipe = Recipe { batch: args.batch, ..recipe(&space).unwrap_or_default() };
    let failed = |error: crate::train::TrainError| CliError::Failed(error.to_string());
    // The single image comes last: by then an idle device has raised its clock.
    let inference = profile_inference(&child.network, args.batch, &device, args.runs).map_err(failed)?;
    let training = profile_step(&child.network, &recipe, &device, args.runs).map_err(failed)?;
    let profiled = Profiled {
        space,
        arch: child.arch.clone(),
        device: device.name().to_owned(),
        latency: latency(&child.network, &device, args.runs).map_err(failed)?,
        inference,
        training,
    };
    output::print(&if args.json { output::json(&profiled)? } else { describe(&profiled) })
}

fn describe(profiled: &Profiled) -> String {
    let Profiled { space, arch, device, latency, inference, training } = profiled;
    let mut text = format!("{space}  {arch}\non {device}\n\n{:>12}  a single image\n", milliseconds(*latency));
    for (what, profile) in [("inference", inference), ("a training step", training)] {
        let rate = profile.images as f64 / profile.seconds;
        let (taken, images) = (milliseconds(profile.seconds), profile.images);
        let _ = writeln!(text, "{taken:>12}  {what} on {images} images, {rate:.0} images/s");
    }
    for (what, profile) in [("inference", inference), ("a training step", training)] {
        let _ = match &profile.kernels {
            Some(kernels) => writeln!(text, "\n{what}, by kernel\n{}", table(kernels)),
            None => writeln!(text, "\n{what}: this device cannot time its kernels"),
        };
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn table(kernels: &[KernelTime]) -> String {
    let total: f64 = kernels.iter().map(|kernel| kernel.seconds).sum();
    let mut text =
        format!("{:<28} {:>8} {:>12} {:>7} {:>9} {:>8}\n", "kernel", "launches", "time", "share", "GFLOP/s", "GB/s");
    for KernelTime { kernel, launches, seconds, flops, bytes } in kernels {
        let share = 100.0 * seconds / total.max(f64::MIN_POSITIVE);
        let rate = |count: u64| if *seconds > 0.0 { count as f64 / seconds / 1e9 } else { 0.0 };
        let (taken, flops, bytes) = (milliseconds(*seconds), rate(*flops), rate(*bytes));
        let _ = writeln!(text, "{kernel:<28} {launches:>8} {taken:>12} {share:>5.1} % {flops:>9.1} {bytes:>8.1}");
    }
    let launches: usize = kernels.iter().map(|kernel| kernel.launches).sum();
    let _ = writeln!(text, "{:<28} {launches:>8} {:>12}", "all", milliseconds(total));
    text
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3} ms", 1e3 * seconds)
}
