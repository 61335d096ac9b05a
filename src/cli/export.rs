//! `graphpnas export`: writes a network or a drawing of its architecture to a file.

use super::error::CliError;
use super::network::{BuiltNetwork, Source, Trained};
use super::output;
use crate::report::onnx::onnx;
use crate::report::{About, Diagram, dot, fold, svg, torch};
use crate::shown::Show;
use crate::train::Interface;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas export '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|' \\
      --format onnx --fold --out cell.onnx
  graphpnas export '0-1 0-2 1-3 2-3;conv3x3-bn-relu maxpool3x3' --format pytorch --weights w.safetensors --out cell.py
  graphpnas export '0-1 0-2 1-3 2-3;conv3x3-bn-relu maxpool3x3' --format svg --out cell.svg
  graphpnas export runs/a --format onnx --with-preprocessing --out best.onnx
  graphpnas export runs/a --trial 7 --format json

Networks: onnx (operator set 17, any batch size), pytorch (a module that needs only torch, with its weights in a safetensors
file beside it) and safetensors (weights only). Each file describes the network's interface: class names, mean and standard
deviation, input range, order of channels and axes, the resize rule, and whether outputs are logits or probabilities.
By default a network takes float32 images in [0, 1], normalised by mean and standard deviation, and returns logits; with
--with-preprocessing it takes uint8 images (0 to 255) and returns probabilities.
The trained weights of a run or checkpoint are exported; if they do not fit the requested network, the export fails.
Architectures: svg, dot (for Graphviz) and json (graph and cost); without --out they are printed to standard output.";

/// Batch size for which the costs in JSON are computed.
const BATCH: usize = 64;

/// Export a network as ONNX, PyTorch source or safetensors, or its architecture as a drawing or JSON.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Output format
    #[arg(long, value_enum)]
    format: Format,
    /// File to write; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trained: Trained,
    /// Fold batch normalisations into the preceding convolutions; the result is for inference only
    #[arg(long)]
    fold: bool,
    /// Add normalisation of uint8 images (0 to 255) and softmax to the network (onnx and pytorch)
    #[arg(long)]
    with_preprocessing: bool,
    /// Print the written files as one JSON value
    #[arg(long, requires = "out")]
    json: bool,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Onnx,
    Dot,
    Svg,
    Json,
    Safetensors,
    Pytorch,
}

impl Format {
    /// Whether the weights are written, in the file or beside it.
    fn has_weights(self) -> bool {
        matches!(self, Self::Onnx | Self::Safetensors | Self::Pytorch)
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Written<'a> {
    space: &'a str,
    arch: &'a str,
    /// Inputs and outputs of the network; absent for a drawing.
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<Interface>,
    files: Vec<Sized>,
}

#[derive(Serialize)]
struct Sized {
    path: PathBuf,
    bytes: usize,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    args.check()?;
    for path in args.outputs() {
        output::check(&path)?;
        args.inputs().try_for_each(|input| output::check_not_input(&path, input))?;
    }
    let child = args.source.build()?;
    let (files, interface) = match args.format.has_weights() {
        true => args.network(&child).map(|(files, interface)| (files, Some(interface)))?,
        false => (args.architecture(&child)?, None),
    };
    let Some(out) = &args.out else {
        return files.iter().try_for_each(|(_, bytes)| output::print(&String::from_utf8_lossy(bytes)));
    };
    let mut written = Vec::new();
    for (extension, bytes) in files {
        let path = extension.map_or_else(|| out.clone(), |extension| out.with_extension(extension));
        output::file(&path, &bytes)?;
        written.push(Sized { path, bytes: bytes.len() });
    }
    match args.json {
        true => {
            let written = Written { space: child.space.name(), arch: &child.arch, interface, files: written };
            output::print(&output::json(&written)?)
        }
        false => written
            .iter()
            .try_for_each(|Sized { path, bytes }| output::print(&format!("{}  {bytes} bytes\n", path.shown()))),
    }
}

/// Contents of the files; with an extension, the file lies beside `--out`.
type Files = Vec<(Option<&'static str>, Vec<u8>)>;

/// The extension of the weights beside PyTorch source.
const BESIDE: &str = "safetensors";

impl Args {
    fn check(&self) -> Result<(), CliError> {
        let usage = |why: &str| Err(CliError::Usage(why.to_owned()));
        let Trained { weights, seed } = &self.trained;
        if !self.format.has_weights() && (weights.is_some() || seed.is_some() || self.fold) {
            return usage("--weights, --seed and --fold apply only to the formats onnx, pytorch and safetensors");
        }
        if self.with_preprocessing && !matches!(self.format, Format::Onnx | Format::Pytorch) {
            return usage("--with-preprocessing applies only to the formats onnx and pytorch");
        }
        match &self.out {
            None if self.format.has_weights() => usage("this format is written to a file; name it with --out"),
            Some(out) if self.format == Format::Pytorch && out.extension().is_some_and(|have| have == BESIDE) => {
                usage("--out must name the Python source, such as network.py; the weights are written beside it")
            }
            _ => Ok(()),
        }
    }

    /// Files that may be read; they must not be overwritten.
    fn inputs(&self) -> impl Iterator<Item = &Path> {
        [Path::new(self.source.name())].into_iter().chain(self.trained.weights.as_deref())
    }

    /// Files that are written, including the weights beside PyTorch source.
    fn outputs(&self) -> Vec<PathBuf> {
        let beside = self.out.as_ref().filter(|_| self.format == Format::Pytorch).map(|out| out.with_extension(BESIDE));
        self.out.iter().cloned().chain(beside).collect()
    }

    fn network(&self, child: &BuiltNetwork) -> Result<(Files, Interface), CliError> {
        let (weights, plain) = child.weights(&self.trained, self.source.name())?;
        let (network, tensors) = match self.fold {
            true => fold(&child.network, &weights)?,
            false => (child.network.clone(), weights),
        };
        let interface = if self.with_preprocessing { self.preprocessing(&plain)? } else { plain.clone() };
        let (space, arch) = (child.space.name(), child.arch.as_str());
        let digest = child.space.digest();
        let about = About { space, space_digest: digest.as_deref(), arch, interface: &interface };
        // A file of weights describes the network without preprocessing.
        let weights = || tensors.safetensors(About { interface: &plain, ..about }.metadata());
        let files = match self.format {
            Format::Onnx => vec![(None, onnx(&network, &tensors, &about)?)],
            Format::Pytorch => {
                let beside = self.out.as_deref().map(|out| out.with_extension(BESIDE)).unwrap_or_default();
                let name = beside.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let source = torch(&network, &about, &name);
                vec![(Some(BESIDE), weights()?), (None, source.into_bytes())]
            }
            _ => vec![(None, weights()?)],
        };
        Ok((files, interface))
    }

    fn preprocessing(&self, interface: &Interface) -> Result<Interface, CliError> {
        let unknown = || {
            let name = self.source.name();
            CliError::Usage(format!(
                "the mean and standard deviation of the training images of {name} are unknown; omit --with-preprocessing, or \
                 export the run or checkpoint that trained the network"
            ))
        };
        interface.clone().with_preprocessing().ok_or_else(unknown)
    }

    fn architecture(&self, child: &BuiltNetwork) -> Result<Files, CliError> {
        let diagram = || Diagram::new(&*child.space, &child.graph).map_err(|error| CliError::Usage(error.to_string()));
        let text = match self.format {
            Format::Svg => svg(&diagram()?),
            Format::Dot => dot(&diagram()?),
            _ => output::json(&child.describe(BATCH)?)?,
        };
        Ok(vec![(None, text.into_bytes())])
    }
}
