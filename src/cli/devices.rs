//! `graphpnas devices`: lists the available devices.

use super::error::CliError;
use super::output;
use crate::device::{AdapterKind, AdapterSummary, list};
use crate::parallel;
use serde::Serialize;
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  graphpnas devices
  graphpnas devices --json
  graphpnas search nasbench201 --device 0
  graphpnas search nasbench201 --device llvmpipe

Without --device the first discrete or integrated GPU is used, or the CPU if there is none. Software Vulkan, such as
llvmpipe, is used only if selected.";

/// List the available devices.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Print the list as one JSON value
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Listing {
    /// Threads of the device `cpu`.
    cpu: Cpu,
    /// GPUs and software adapters, by number.
    adapters: Vec<AdapterSummary>,
}

#[derive(Serialize)]
struct Cpu {
    threads: usize,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let threads = parallel::cores();
    let listing = Listing { cpu: Cpu { threads }, adapters: list() };
    let text = if args.json { output::json(&listing)? } else { describe(&listing) };
    output::print(&text)
}

fn describe(listing: &Listing) -> String {
    let mut text = format!("cpu  CPU, {} threads\n", listing.cpu.threads);
    for adapter in &listing.adapters {
        describe_adapter(&mut text, adapter);
    }
    if listing.adapters.iter().all(|adapter| adapter.kind == AdapterKind::Cpu) {
        text.push_str("no GPU was found; without --device everything runs on the CPU\n");
    }
    text
}

fn describe_adapter(text: &mut String, adapter: &AdapterSummary) {
    let AdapterSummary { index, name, backend, driver, driver_info, kind, limits, features } = adapter;
    let _ = writeln!(text, "{index:<4} {name}");
    let kind = match kind {
        AdapterKind::Cpu => "software adapter on the CPU".to_owned(),
        kind => format!("{kind} GPU"),
    };
    let _ = writeln!(text, "     {backend}, {kind}, {driver} {driver_info}");
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let _ = writeln!(
        text,
        "     buffers up to {}, bindings up to {}, {} a kernel; workgroups of {} with {} KiB",
        mib(limits.max_buffer_size),
        mib(limits.max_storage_buffer_binding_size),
        limits.max_storage_buffers_per_shader_stage,
        limits.max_compute_invocations_per_workgroup,
        limits.max_compute_workgroup_storage_size >> 10,
    );
    let mut offered = Vec::new();
    let mut offer = |present: bool, name: String| offered.extend(present.then_some(name));
    offer(features.timestamp_query, "timestamps".to_owned());
    let sizes = format!("subgroups of {} to {}", features.subgroup_min_size, features.subgroup_max_size);
    offer(features.subgroup, sizes);
    offer(features.shader_f16, "half precision".to_owned());
    let _ =
        writeln!(text, "     offers {}", if offered.is_empty() { "no extras".to_owned() } else { offered.join(", ") });
}
