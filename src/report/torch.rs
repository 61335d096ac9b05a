//! Networks as the source of a PyTorch module that needs only torch.
//!
//! The module can be traced, scripted, exported and compiled: its attributes are Python identifiers, and the forward
//! pass has one line for every node that the output depends on. Every weight has a module, also if the output does not
//! depend on it. Weight files use the names of the network's nodes; the module's `load_state_dict` accepts them.

use super::about::About;
use super::python::{Identifiers, documented, quoted};
use crate::network::operation::python_bool;
use crate::network::{Network, Node};
use crate::train::Interface;
use std::fmt::Write;

/// Returns the source of a module `Network`, of a function `load`, which reads its weights, and of constants that
/// describe its input. `weights` is the name of the weight file in the example of the docstring.
#[must_use]
pub fn torch(network: &Network, about: &About<'_>, weights: &str) -> String {
    let mut source = head(network, about, weights);
    let mut definitions: Vec<&str> = Vec::new();
    for definition in network.nodes.iter().filter_map(|node| node.operation.pytorch_definition()) {
        if !definitions.contains(&definition) {
            definitions.push(definition);
        }
    }
    definitions.iter().for_each(|definition| source.push_str(definition));
    let names = Names::of(network);
    let _ = writeln!(source, "\n# The module attribute of each node name in a weight file.\nMODULES = {{");
    let mut lines = Vec::new();
    if about.interface.normalization_in_graph {
        for (name, constant) in [("input_mean", "MEAN"), ("input_std", "STD")] {
            lines.push(format!(
                "self.register_buffer({}, torch.tensor({constant}).reshape(1, -1, 1, 1), persistent=False)",
                quoted(name)
            ));
        }
    }
    for (node, attribute) in network.nodes.iter().zip(&names.modules) {
        let Some(module) = node.operation.pytorch_module(&network.input_shapes(node)) else { continue };
        let _ = writeln!(source, "    {}: {},", quoted(&node.name), quoted(attribute));
        lines.push(format!("self.{attribute} = {module}"));
    }
    source.push_str("}\n\n");
    source.push_str(&include_str!("torch/class.py").replacen("MODULES", &lines.join("\n        "), 1));
    forward(network, &names, about.interface, &mut source);
    source.push('\n');
    source.push_str(include_str!("torch/load.py"));
    source
}

/// Returns the docstring, the imports and the constants.
fn head(network: &Network, about: &About<'_>, weights: &str) -> String {
    let Interface { trained, class_names, mean, std, input, output, .. } = about.interface;
    let [channels, height, width] = input;
    let mut source = include_str!("torch/head.py")
        .replace("OUTPUT", &documented(output))
        .replace("INPUT", &format!("{channels}, {height}, {width}"))
        .replace("CLASS_COUNT", &network.classes.to_string())
        .replace("USAGE", &usage(about.interface))
        .replace("TITLE", &documented(&about.title()))
        .replace("WEIGHTS", &documented(weights));
    let list = |values: &Option<Vec<f32>>| match values {
        Some(values) => {
            format!("[{}]", values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", "))
        }
        None => "None".to_owned(),
    };
    let _ = writeln!(
        source,
        "# Whether the weights are trained; otherwise they are random.\nTRAINED = {}",
        python_bool(*trained)
    );
    let _ = writeln!(source, "# Channels, height and width of an image.\nINPUT = ({channels}, {height}, {width})");
    let values = if about.interface.takes_signals() { "the values of a signal" } else { "values from 0 to 1" };
    let _ = writeln!(source, "# Mean and standard deviation of each channel, for {values}.");
    let _ = writeln!(source, "MEAN = {}\nSTD = {}", list(mean), list(std));
    source.push_str("# Names of the classes in the order of the outputs.\n");
    match class_names {
        Some(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("    {},\n", quoted(name))).collect();
            let _ = writeln!(source, "CLASSES = [\n{}]\n", names.concat());
        }
        None => source.push_str("CLASSES = None\n\n"),
    }
    source
}

/// Returns the human-readable description of input and output.
fn usage(interface: &Interface) -> String {
    let Interface { input: [channels, height, width], color, resize, .. } = interface;
    let signals = interface.takes_signals();
    let mut text = match signals {
        true => format!("Input: signals of {channels} x {width} (channels x length) as "),
        false => format!("Input: {color} images of {height} x {width} (height x width) as "),
    };
    text.push_str(&match interface.normalization_in_graph {
        true if signals => format!(
            "float32 [N, {channels}, {height}, {width}].\nThe module normalizes by MEAN and STD.\n"
        ),
        false if signals && interface.mean.is_some() => format!(
            "float32 [N, {channels}, {height}, {width}],\nnormalized by MEAN and STD: (value - MEAN) / STD for each channel.\n"
        ),
        true => format!(
            "uint8 [N, {channels}, {height}, {width}], values from 0 to 255.\nThe module divides by 255 and normalizes \
             by MEAN and STD.\n"
        ),
        false if interface.mean.is_some() => format!(
            "float32 [N, {channels}, {height}, {width}], values from 0 to 1\nnormalized by MEAN and STD: \
             (value - MEAN) / STD for each channel.\n"
        ),
        false => format!("float32 [N, {channels}, {height}, {width}].\nThe normalization is not known.\n"),
    });
    let _ = match signals {
        true => writeln!(text, "Signals must have length {width}; they are not resized."),
        false => writeln!(text, "Images of another size are {resize}."),
    };
    let order = if interface.class_names.is_some() { ", in the order of CLASSES" } else { "" };
    let _ = write!(text, "The outputs are {}{order}.", interface.output);
    if !interface.trained {
        text.push_str("\nThe weights are random and untrained.");
    }
    text
}

/// The Python names for the nodes of a network.
struct Names {
    /// The module attribute of every node.
    modules: Vec<String>,
    /// The variable for the result of every node: `x` for the images, `x_stem_0` for `stem.0`.
    results: Vec<String>,
}

impl Names {
    fn of(network: &Network) -> Self {
        let (mut attributes, mut variables) = (Identifiers::default(), Identifiers::default());
        let mut results: Vec<_> =
            network.nodes.iter().map(|node| variables.create(&format!("x_{}", node.name))).collect();
        if let Some(images) = results.first_mut() {
            "x".clone_into(images);
        }
        Self { modules: network.nodes.iter().map(|node| attributes.create(&node.name)).collect(), results }
    }
}

/// Adds the forward pass, with a comment before each block of the network.
fn forward(network: &Network, names: &Names, interface: &Interface, source: &mut String) {
    source.push_str("\n    def forward(self, x):\n");
    if interface.normalization_in_graph {
        source.push_str(match interface.takes_signals() {
            true => include_str!("torch/normalize_signals.py"),
            false => include_str!("torch/normalize.py"),
        });
    }
    let live = network.live();
    let block = |node: &Node| match node.name.rsplit_once('.') {
        None => String::new(),
        Some((above, _)) => {
            above.split('.').take(2).collect::<Vec<_>>().join(".").replace(|c: char| c.is_control(), " ")
        }
    };
    let mut last = String::new();
    for (number, node) in network.nodes.iter().enumerate().skip(1).filter(|(number, _)| live[*number]) {
        if !block(node).is_empty() && block(node) != last {
            last = block(node);
            let _ = writeln!(source, "        # {last}");
        }
        let inputs: Vec<&str> = node.inputs.iter().map(|input| names.results[*input].as_str()).collect();
        let expression = node.operation.pytorch(&format!("self.{}", names.modules[number]), &inputs);
        let _ = writeln!(source, "        {} = {expression}", names.results[number]);
    }
    let output = &names.results[network.output];
    let _ = match interface.output.as_str() {
        "probabilities" => writeln!(source, "        return F.softmax({output}, 1)"),
        _ => writeln!(source, "        return {output}"),
    };
}
