//! Networks as the source of a PyTorch module that needs only torch.
//!
//! The module's state dictionary has the names of our weights, so that a safetensors file of them loads into it. Every
//! weight has its module, also where the logits do not depend on it; the forward pass has a line for every node they do
//! depend on.

use crate::child::{Network, Node, Operation, Shape};
use std::collections::HashSet;
use std::fmt::Write;

/// The source of a module `Network` and of `load`, which reads its weights. `title` is for people, in one line: what
/// the network is; `weights` is the name of the file of weights that the example loads.
///
/// A node with weights may be named below another one (`a.b` and `a`) if it comes after it.
#[must_use]
pub fn torch(network: &Network, title: &str, weights: &str) -> String {
    let [channels, height, width] = network.input;
    let plain = |text: &str| text.replace(|c: char| c.is_control(), " ");
    let head = include_str!("torch/head.py")
        .replace("INPUT", &format!("{channels}, {height}, {width}"))
        .replace("CLASSES", &network.classes.to_string())
        .replace("WEIGHTS", &plain(weights).replace(['\\', '"'], "_"));
    let mut source = format!("# {}\n#\n{head}", plain(title));
    let has = |wanted: fn(&Operation) -> bool| network.nodes.iter().any(|node| wanted(&node.operation));
    if has(|operation| matches!(operation, Operation::WeightedSum)) {
        source.push_str(include_str!("torch/weighted_sum.py"));
    }
    if has(|operation| matches!(operation, Operation::DropPath { .. })) {
        source.push_str(include_str!("torch/drop_path.py"));
    }
    let module = |node: &Node| Some(format!("self.put({}, {})", quoted(&node.name), module(network, node)?));
    let modules: Vec<_> = network.nodes.iter().filter_map(module).collect();
    source.push_str(&include_str!("torch/class.py").replace("MODULES", &modules.join("\n        ")));
    forward(network, &mut source);
    source.push_str(include_str!("torch/load.py"));
    source
}

/// A Python text; JSON's are.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

/// A truth value of Python.
fn truth(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

/// The module that holds the weights of a node, if it has any.
fn module(network: &Network, node: &Node) -> Option<String> {
    let read = node.inputs.first().map_or(node.shape, |input| network.nodes[*input].shape);
    let (Shape::Image([from, ..]) | Shape::Vector(from)) = read;
    Some(match node.operation {
        Operation::Conv2d { filters, kernel, stride, padding, dilation, groups, bias } => {
            let mut text = format!("nn.Conv2d({from}, {filters}, {kernel}");
            for (what, value, usual) in
                [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1), ("groups", groups, 1)]
            {
                if value != usual {
                    let _ = write!(text, ", {what}={value}");
                }
            }
            text + if bias { ")" } else { ", bias=False)" }
        }
        Operation::BatchNorm { affine, epsilon, momentum } => {
            let affine = if affine { "" } else { ", affine=False" };
            format!("nn.BatchNorm2d({from}, eps={epsilon:?}, momentum={momentum:?}{affine})")
        }
        Operation::Linear { outputs } => format!("nn.Linear({from}, {outputs})"),
        Operation::WeightedSum => format!("WeightedSum({})", node.inputs.len()),
        _ => return None,
    })
}

/// Adds the forward pass, with a remark before each block of the network.
fn forward(network: &Network, source: &mut String) {
    source.push_str("\n    def forward(self, x):\n");
    let (names, live) = (variables(network), network.live());
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
        let inputs: Vec<&str> = node.inputs.iter().map(|input| names[*input].as_str()).collect();
        let _ = writeln!(source, "        {} = {}", names[number], expression(node, &inputs));
    }
    let _ = writeln!(source, "        return {}", names[network.output]);
}

/// A name for the result of every node: `x` for the images, and `x_stem_0` for `stem.0`.
fn variables(network: &Network) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut variable = |(number, node): (usize, &Node)| {
        let plain = node.name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let mut name = if number == 0 { "x".to_owned() } else { format!("x_{plain}") };
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        name
    };
    network.nodes.iter().enumerate().map(&mut variable).collect()
}

/// What a node computes from the variables it reads.
fn expression(node: &Node, inputs: &[&str]) -> String {
    let all = inputs.join(", ");
    match node.operation {
        Operation::Conv2d { .. } | Operation::BatchNorm { .. } | Operation::Linear { .. } | Operation::WeightedSum => {
            format!("self[{}]({all})", quoted(&node.name))
        }
        Operation::Relu => format!("F.relu({all})"),
        Operation::MaxPool { size, stride, padding } => format!("F.max_pool2d({all}, {size}, {stride}, {padding})"),
        Operation::AvgPool { size, stride, padding, count_padding } => {
            let counts = truth(count_padding);
            format!("F.avg_pool2d({all}, {size}, {stride}, {padding}, count_include_pad={counts})")
        }
        Operation::GlobalAveragePool => format!("{all}.mean((2, 3))"),
        Operation::Sum => inputs.join(" + "),
        Operation::Mean => format!("({}) / {}", inputs.join(" + "), inputs.len()),
        Operation::Concat => format!("torch.cat([{all}], 1)"),
        Operation::Narrow { from, len } => format!("{all}[:, {from}:{}]", from + len),
        Operation::Shift => format!("F.pad({all}, (0, 1, 0, 1))[:, :, 1:, 1:]"),
        Operation::Dropout { rate } => format!("F.dropout({all}, {rate:?}, self.training)"),
        Operation::DropPath { rate } => format!("drop_path({all}, {rate:?}, self.training)"),
        Operation::Zero(shape) => {
            let axes: Vec<_> = shape.batched(1).iter().skip(1).map(usize::to_string).collect();
            format!("x.new_zeros(x.shape[0], {})", axes.join(", "))
        }
        Operation::Input => "x".to_owned(),
    }
}
