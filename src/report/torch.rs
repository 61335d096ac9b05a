//! Networks as the source of a PyTorch module that needs only torch.
//!
//! The module can be traced, scripted, exported and compiled: its attributes are Python identifiers, and the forward
//! pass has one line for every node that the output depends on. Every weight has a module, also if the output does not
//! depend on it. Weight files use the names of the network's nodes; the module's `load_state_dict` accepts them.

use super::about::About;
use super::python::{Identifiers, documented, quoted};
use crate::network::{Network, Node, Operation, Shape};
use crate::train::Interface;
use std::fmt::Write;

/// Returns the source of a module `Network`, of a function `load`, which reads its weights, and of constants that
/// describe its input. `weights` is the name of the weight file in the example of the docstring.
#[must_use]
pub fn torch(network: &Network, about: &About<'_>, weights: &str) -> String {
    let mut source = head(network, about, weights);
    let has = |wanted: fn(&Operation) -> bool| network.nodes.iter().any(|node| wanted(&node.operation));
    if has(|operation| matches!(operation, Operation::WeightedSum)) {
        source.push_str(include_str!("torch/weighted_sum.py"));
    }
    if has(|operation| matches!(operation, Operation::LayerNorm { .. })) {
        source.push_str(include_str!("torch/layer_norm.py"));
    }
    if has(|operation| matches!(operation, Operation::PositionEmbedding)) {
        source.push_str(include_str!("torch/position_embedding.py"));
    }
    if has(|operation| matches!(operation, Operation::Attention { .. })) {
        source.push_str(include_str!("torch/attention.py"));
    }
    if has(|operation| matches!(operation, Operation::DropPath { .. })) {
        source.push_str(include_str!("torch/drop_path.py"));
    }
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
        let Some(module) = module(network, node) else { continue };
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
        boolean(*trained)
    );
    let _ = writeln!(source, "# Channels, height and width of an image.\nINPUT = ({channels}, {height}, {width})");
    let _ = writeln!(source, "# Mean and standard deviation of each channel, for values from 0 to 1.");
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
    let mut text = format!("Input: {color} images of {height} x {width} (height x width) as ");
    text.push_str(&match interface.normalization_in_graph {
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
    let _ = writeln!(text, "Images of another size: {resize}.");
    let order = if interface.class_names.is_some() { ", in the order of CLASSES" } else { "" };
    let _ = write!(text, "The outputs are {}{order}.", interface.output);
    if !interface.trained {
        text.push_str("\nThe weights are random and untrained.");
    }
    text
}

/// Returns a Python boolean.
fn boolean(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

/// Returns the constructor of the module with the weights of a node, if it has any.
fn module(network: &Network, node: &Node) -> Option<String> {
    let read = node.inputs.first().map_or(node.shape, |input| network.nodes[*input].shape);
    let (Shape::Image([from, ..]) | Shape::Vector(from)) = read;
    Some(match node.operation {
        Operation::Conv2d { filters, kernel, stride, padding, dilation, groups, bias } => {
            let mut text = format!("nn.Conv2d({from}, {filters}, {kernel}");
            for (argument, value, default) in
                [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1), ("groups", groups, 1)]
            {
                if value != default {
                    let _ = write!(text, ", {argument}={value}");
                }
            }
            text + if bias { ")" } else { ", bias=False)" }
        }
        Operation::BatchNorm { affine, epsilon, momentum } => {
            let affine = if affine { "" } else { ", affine=False" };
            format!("nn.BatchNorm2d({from}, eps={epsilon:?}, momentum={momentum:?}{affine})")
        }
        Operation::LayerNorm { epsilon } => format!("LayerNorm({from}, eps={epsilon:?})"),
        Operation::PositionEmbedding => match read {
            Shape::Image([channels, height, width]) => format!("PositionEmbedding({channels}, {height}, {width})"),
            Shape::Vector(_) => return None,
        },
        Operation::Linear { outputs } => format!("nn.Linear({from}, {outputs})"),
        Operation::WeightedSum => format!("WeightedSum({})", node.inputs.len()),
        _ => return None,
    })
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
        source.push_str(include_str!("torch/normalize.py"));
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
        let _ = writeln!(
            source,
            "        {} = {}",
            names.results[number],
            expression(node, &names.modules[number], &inputs)
        );
    }
    let output = &names.results[network.output];
    let _ = match interface.output.as_str() {
        "probabilities" => writeln!(source, "        return F.softmax({output}, 1)"),
        _ => writeln!(source, "        return {output}"),
    };
}

/// Returns the expression of a node for the variables it reads.
fn expression(node: &Node, attribute: &str, inputs: &[&str]) -> String {
    let all = inputs.join(", ");
    match node.operation {
        Operation::Conv2d { .. }
        | Operation::BatchNorm { .. }
        | Operation::LayerNorm { .. }
        | Operation::PositionEmbedding
        | Operation::Linear { .. } => {
            format!("self.{attribute}({all})")
        }
        Operation::Attention { heads } => format!("attention({all}, {heads})"),
        Operation::WeightedSum => format!("self.{attribute}([{all}])"),
        Operation::Relu => format!("F.relu({all})"),
        Operation::Sigmoid => format!("torch.sigmoid({all})"),
        Operation::ScaleChannels => format!("{} * {}[:, :, None, None]", inputs[0], inputs[1]),
        Operation::Relu6 => format!("F.relu6({all})"),
        Operation::Silu => format!("F.silu({all})"),
        Operation::HardSwish => format!("F.hardswish({all})"),
        Operation::Gelu => format!("F.gelu({all})"),
        Operation::MaxPool { size, stride, padding } => format!("F.max_pool2d({all}, {size}, {stride}, {padding})"),
        Operation::AvgPool { size, stride, padding, count_padding } => {
            let counts = boolean(count_padding);
            format!("F.avg_pool2d({all}, {size}, {stride}, {padding}, count_include_pad={counts})")
        }
        Operation::GlobalAveragePool => format!("{all}.mean([2, 3])"),
        Operation::Sum => inputs.join(" + "),
        Operation::Mean => format!("({}) / {}", inputs.join(" + "), inputs.len()),
        Operation::Concat => format!("torch.cat([{all}], 1)"),
        Operation::Narrow { from, len } => format!("{all}[:, {from}:{}]", from + len),
        Operation::Shift => format!("F.pad({all}, [0, 1, 0, 1])[:, :, 1:, 1:]"),
        Operation::Dropout { rate } => format!("F.dropout({all}, {rate:?}, self.training)"),
        Operation::DropPath { rate } => format!("drop_path({all}, {rate:?}, self.training)"),
        Operation::Zero(shape) => {
            let axes: Vec<_> = shape.batched(1).iter().skip(1).map(usize::to_string).collect();
            format!("x.new_zeros([x.shape[0], {}])", axes.join(", "))
        }
        Operation::Input => "x".to_owned(),
    }
}
