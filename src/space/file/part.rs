//! The parts of a space file: graphs whose nodes or edges carry operations.

use super::block::{check_name, list_or};
use super::error::Fault;
use super::tree::{Fields, Tree, Value, suggestion};
use crate::convert::to_u8;
use crate::space::Limits;

/// The largest number of nodes of a part.
pub(super) const MAX_NODES: usize = 64;

/// The largest number of labels of nodes or edges.
const MAX_LABELS: usize = 250;

/// Returns the operations of a name, and whether they are of the kind `zero`.
pub(super) type Expand<'a> = &'a dyn Fn(&Value) -> Result<Vec<(String, bool)>, Fault>;

/// What carries the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Node,
    Edge,
}

/// Which edges a part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wiring {
    /// Every node reads the one before.
    Chain,
    /// A chain whose edges are skip connections.
    Skips,
    /// Any edges.
    Free,
    /// An edge between every pair of nodes.
    All,
}

/// How several inputs of a node become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Sum,
    Mean,
    WeightedSum,
    Concat,
    /// The sum, then batch normalisation.
    SumBn,
    /// The concatenation, then ReLU, 1x1 convolution and batch normalisation.
    Concat1x1,
}

/// Which nodes are the output of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// The last node.
    Last,
    /// A node without operation.
    End,
    /// All nodes that no other node reads.
    Leaves,
    /// All nodes but the inputs.
    Inner,
}

/// Bounds of the number of nodes or edges with some of the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) names: Vec<String>,
    pub(super) labels: Vec<u8>,
    pub(super) min: usize,
    pub(super) max: usize,
}

/// Where stored outputs of a part with skips are halved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Halving {
    /// Fractions of the depth.
    pub(super) at: Vec<(usize, usize)>,
    pub(super) op: Value,
    pub(super) channels: Option<Value>,
}

/// A part: a set of graphs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) carrier: Carrier,
    pub(super) wiring: Wiring,
    /// The numbers of nodes, with inputs and end.
    pub(super) min_nodes: usize,
    pub(super) max_nodes: usize,
    /// Nodes that only hand in.
    pub(super) inputs: usize,
    /// The names of the operations without `zero`, in the order of their labels.
    pub(super) ops: Vec<String>,
    /// The positions of the names in the file.
    pub(super) op_places: Vec<Value>,
    /// The name of the operation `zero`: an edge may be absent although the part has all edges.
    pub(super) zero: Option<String>,
    /// The options of every position that carries an operation, in the file's order; 0 stands for an absent edge.
    pub(super) options: Vec<Vec<u8>>,
    pub(super) join: Join,
    pub(super) output: Output,
    pub(super) output_join: Join,
    pub(super) drop_path: bool,
    pub(super) in_degree: Option<[usize; 2]>,
    pub(super) max_edges: Option<usize>,
    pub(super) counts: Vec<Count>,
    pub(super) prepare: Option<Value>,
    /// The strides of a chain's nodes; empty if all are 1.
    pub(super) stride: Vec<usize>,
    /// The widths of a chain's nodes; empty if they do not change.
    pub(super) channels: Vec<Value>,
    pub(super) halving: Option<Halving>,
}

const KEYS: [&str; 19] = [
    "like",
    "label",
    "edges",
    "nodes",
    "inputs",
    "ops",
    "join",
    "output",
    "output_join",
    "drop_path",
    "in_degree",
    "max_edges",
    "count",
    "prepare",
    "stride",
    "channels",
    "reduce",
    "rule",
    "shared",
];

impl Part {
    /// Reads a part. `all` are the parts of the file, for `like`; `expand` returns the operations of a name; `is_zero`
    /// returns whether an operation is of the kind `zero`.
    pub(super) fn read(name: &str, value: &Value, all: &[(String, Value)], expand: Expand<'_>) -> Result<Self, Fault> {
        check_name(value, name)?;
        let merged = with_template(name, value, all)?;
        let fields = merged.fields(&KEYS)?;
        for (key, why) in [
            ("rule", "belongs to the built-in space nasbench101; search that space by its name"),
            ("shared", "is not built yet"),
        ] {
            if let Some(value) = fields.get(key) {
                return Err(value.fault(why));
            }
        }
        let carrier = [Carrier::Node, Carrier::Edge][fields.read("label", 0, |value| value.word(&["node", "edge"]))?];
        let (wirings, names): (&[Wiring], &[&str]) = match carrier {
            Carrier::Node => {
                (&[Wiring::Chain, Wiring::Skips, Wiring::Free, Wiring::All], &["chain", "skips", "free", "all"])
            }
            Carrier::Edge => (&[Wiring::All, Wiring::Free], &["all", "free"]),
        };
        let wiring = wirings[fields.read("edges", 0, |value| value.word(names))?];
        let linear = matches!(wiring, Wiring::Chain | Wiring::Skips);
        let default_inputs = usize::from(carrier == Carrier::Edge);
        let inputs = fields.read("inputs", default_inputs, |value| match (linear, carrier) {
            (true, _) => Err(value.fault("a chain or skips have no input nodes; remove the key")),
            (_, Carrier::Edge) => value.integer(1, 2),
            (_, Carrier::Node) => value.integer(0, 2),
        })?;
        let outputs = ["last", "end", "leaves", "inner"];
        let output = fields.read("output", 0, |value| value.word(&outputs))?;
        let output = [Output::Last, Output::End, Output::Leaves, Output::Inner][output];
        if let Some(value) = fields.get("output")
            && output != Output::Last
            && (linear || carrier == Carrier::Edge && output == Output::End)
        {
            return Err(value.fault(
                "does not suit these edges; the output of a chain, of skips or of labelled edges is \
                 its last node, and the last two may also be `leaves` or `inner`",
            ));
        }
        let nodes = fields.required("nodes")?;
        let [min_nodes, max_nodes] = range(nodes, 1, MAX_NODES)?;
        let varies = wiring == Wiring::Chain || output == Output::End;
        if min_nodes < max_nodes && !varies {
            return Err(nodes.fault("a number of nodes that varies needs edges = \"chain\" or output = \"end\""));
        }
        let least = inputs + 1 + usize::from(output == Output::End && inputs == 0);
        if min_nodes < least {
            return Err(
                nodes.fault(format!("with `inputs = {inputs}` and this output a part has at least {least} nodes"))
            );
        }
        let mut part = Self {
            name: name.to_owned(),
            carrier,
            wiring,
            min_nodes,
            max_nodes,
            inputs,
            ops: Vec::new(),
            op_places: Vec::new(),
            zero: None,
            options: Vec::new(),
            join: join(fields, "join", if wiring == Wiring::Skips { &SKIP_JOINS } else { &JOINS })?,
            output,
            output_join: join(fields, "output_join", &OUTPUT_JOINS)?,
            drop_path: fields.read("drop_path", false, Value::boolean)?,
            in_degree: fields.get("in_degree").map(|value| range(value, 0, MAX_NODES)).transpose()?,
            max_edges: fields.get("max_edges").map(|value| value.integer(1, MAX_NODES * MAX_NODES)).transpose()?,
            counts: Vec::new(),
            prepare: fields.get("prepare").cloned(),
            stride: Vec::new(),
            channels: Vec::new(),
            halving: None,
        };
        part.read_ops(fields.required("ops")?, expand)?;
        part.read_rules(fields)?;
        part.read_chain(fields)?;
        Ok(part)
    }

    fn read_ops(&mut self, value: &Value, expand: Expand<'_>) -> Result<(), Fault> {
        let values = value.list("a list of operations, or of one list for each position")?;
        let nested = values.first().is_some_and(|value| matches!(value.tree, Tree::List(_)));
        let positions = self.positions(self.max_nodes);
        let lists: Vec<&Value> = if nested { values.iter().collect() } else { vec![value] };
        if nested && lists.len() != positions {
            let what = if self.carrier == Carrier::Node { "nodes with an operation" } else { "pairs of nodes" };
            return Err(value.fault(format!("has {} lists, but the part has {positions} {what}", lists.len())));
        }
        for list in lists {
            let mut labels = Vec::new();
            for value in list.list("a list of operations")? {
                for (name, is_zero) in expand(value)? {
                    if is_zero && (self.carrier, self.wiring) != (Carrier::Edge, Wiring::All) {
                        return Err(value
                            .fault("an operation of the kind zero belongs to label = \"edge\" with edges = \"all\""));
                    }
                    if is_zero {
                        self.zero.get_or_insert_with(|| name.clone());
                    }
                    let label = if is_zero { 0 } else { self.label_of(name, value)? };
                    if labels.contains(&label) {
                        return Err(value.fault("is listed twice"));
                    }
                    labels.push(label);
                }
            }
            if labels.is_empty() {
                return Err(list.fault("needs at least one operation"));
            }
            self.options.push(labels);
        }
        if !nested {
            self.options = vec![self.options[0].clone(); positions];
        }
        // Node labels start after those of inputs and absent nodes.
        if self.carrier == Carrier::Node {
            let first = self.first_label();
            self.options.iter_mut().flatten().for_each(|label| *label = *label + first - 1);
        }
        if self.ops.is_empty() {
            return Err(value.fault("needs at least one operation that is not zero"));
        }
        Ok(())
    }

    /// Returns the label of an operation, from 1; adds the operation if it is new.
    fn label_of(&mut self, name: String, place: &Value) -> Result<u8, Fault> {
        let index = self.ops.iter().position(|known| *known == name).unwrap_or(self.ops.len());
        if index + 2 >= MAX_LABELS {
            return Err(place.fault(format!("a part can have at most {} operations", MAX_LABELS - 2)));
        }
        if index == self.ops.len() {
            self.op_places.push(Value { tree: Tree::Text(name.clone()), ..place.clone() });
            self.ops.push(name);
        }
        Ok(to_u8(index + 1))
    }

    fn read_rules(&mut self, fields: Fields<'_>) -> Result<(), Fault> {
        let free = self.wiring == Wiring::Free || (self.carrier == Carrier::Edge && self.zero.is_some());
        for key in ["in_degree", "max_edges"] {
            if let (Some(value), false) = (fields.get(key), free || key == "max_edges" && self.wiring == Wiring::Skips)
            {
                return Err(value.fault("needs edges that may be absent"));
            }
        }
        if let (Some([min, _]), Some(value)) = (self.in_degree, fields.get("in_degree"))
            && min > self.inputs.max(1)
        {
            let most = self.inputs.max(1);
            let what = format!(
                "the first node with edges has {most} earlier nodes, so the smallest in-degree is at most {most}"
            );
            return Err(value.fault(what));
        }
        let linear = matches!(self.wiring, Wiring::Chain | Wiring::Skips);
        let unused = [
            ("join", self.wiring == Wiring::Chain, "a node of a chain reads one node, so there is nothing to join"),
            ("output_join", linear || self.output == Output::Last, "the output is a single node; set `output`"),
            ("drop_path", self.carrier == Carrier::Node, "is for label = \"edge\""),
        ];
        for (key, _, why) in unused.iter().filter(|(_, unused, _)| *unused) {
            // The default is what the part does anyway.
            if let Some(value) = fields.get(key).filter(|value| !is_default(value)) {
                return Err(value.fault(*why));
            }
        }
        if let (Some(value), true) = (fields.get("prepare"), self.inputs == 0) {
            return Err(value.fault("a part without input nodes has nothing to prepare"));
        }
        let Some(count) = fields.get("count") else { return Ok(()) };
        for value in count.list("a list of tables such as { ops = [..], min = 1, max = 3 }")? {
            let fields = value.fields(&["ops", "min", "max"])?;
            let positions = self.positions(self.max_nodes);
            let min = fields.read("min", 0, |value| value.integer(0, positions))?;
            let max = fields.read("max", positions, |value| value.integer(min, positions))?;
            let mut names = Vec::new();
            let mut labels = Vec::new();
            for value in fields.required("ops")?.list("a list of operations")? {
                let name = value.text()?;
                let known = self.ops.iter().position(|op| op == name);
                let index = known.ok_or_else(|| {
                    let hint = suggestion(name, self.ops.iter().map(String::as_str));
                    let known: Vec<_> = self.ops.iter().map(String::as_str).collect();
                    value.fault(format!("the part has no operation `{name}`{hint}; it has {}", list_or(&known, "none")))
                })?;
                names.push(name.to_owned());
                labels.push(to_u8(index) + self.first_label());
            }
            self.counts.push(Count { names, labels, min, max });
        }
        Ok(())
    }

    fn read_chain(&mut self, fields: Fields<'_>) -> Result<(), Fault> {
        let listed = |key: &str| -> Result<Vec<Value>, Fault> {
            let Some(value) = fields.get(key) else { return Ok(Vec::new()) };
            if self.wiring != Wiring::Chain {
                return Err(value.fault("is for edges = \"chain\"; a layer's `stride` and `channels` suit every part"));
            }
            let values = value.list("a list with one value for each node")?;
            if values.len() != self.max_nodes {
                let (found, nodes) = (values.len(), self.max_nodes);
                return Err(value.fault(format!("has {found} values, but the chain has {nodes} nodes")));
            }
            Ok(values.to_vec())
        };
        let (stride, channels) = (listed("stride")?, listed("channels")?);
        self.stride = stride.iter().map(|value| value.integer(1, 16)).collect::<Result<_, _>>()?;
        self.channels = channels;
        if let Some(value) = fields.get("reduce") {
            if self.wiring != Wiring::Skips {
                return Err(value.fault("is for edges = \"skips\"; a layer has a `reduce` of its own"));
            }
            let fields = value.fields(&["at", "op", "channels"])?;
            let (at, op) = (fractions(fields.required("at")?)?, fields.required("op")?.clone());
            self.halving = Some(Halving { at, op, channels: fields.get("channels").cloned() });
        }
        Ok(())
    }

    /// The number of positions that carry an operation in a graph of `nodes` nodes.
    pub(super) fn positions(&self, nodes: usize) -> usize {
        match self.carrier {
            Carrier::Node => nodes - self.inputs - usize::from(self.output == Output::End),
            Carrier::Edge => self.pairs(nodes).count(),
        }
    }

    /// The pairs of nodes between which an edge is possible, in the order 0-1, 0-2, 1-2, ...
    pub(super) fn pairs(&self, nodes: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let first = match self.wiring {
            Wiring::Chain => nodes,
            _ => self.inputs.max(1),
        };
        (first..nodes).flat_map(|to| (0..to).map(move |from| (from, to)))
    }

    /// Whether a graph's edges are chosen; otherwise it has none, because the wiring determines them.
    pub(super) fn chooses_edges(&self) -> bool {
        self.carrier == Carrier::Edge || matches!(self.wiring, Wiring::Skips | Wiring::Free)
    }

    /// Whether no two graphs are isomorphic, because the wiring orders the nodes.
    pub(super) fn has_fixed_numbering(&self) -> bool {
        matches!(self.wiring, Wiring::Chain | Wiring::Skips) || !self.chooses_edges()
    }

    /// Whether chain nodes at the end may be absent.
    pub(super) fn may_be_shorter(&self) -> bool {
        self.wiring == Wiring::Chain && self.min_nodes < self.max_nodes
    }

    /// The label of the first operation: 1 if label 0 stands for an input or an absent node, else 0.
    pub(super) fn first_label(&self) -> u8 {
        match self.carrier {
            Carrier::Node => u8::from(self.inputs > 0 || self.may_be_shorter()),
            Carrier::Edge => 1,
        }
    }

    /// The label of the end.
    pub(super) fn end_label(&self) -> Option<u8> {
        (self.output == Output::End).then(|| to_u8(self.ops.len()) + self.first_label())
    }

    /// The name of the operation of a node or edge label.
    pub(super) fn op_of(&self, label: u8) -> Option<usize> {
        let index = usize::from(label.checked_sub(self.first_label())?);
        (index < self.ops.len()).then_some(index)
    }

    /// The sizes of the part's graphs.
    pub(super) fn limits(&self) -> Limits {
        let labels = self.ops.len() + usize::from(self.first_label()) + usize::from(self.output == Output::End);
        let node_labels = match self.carrier {
            Carrier::Node if labels > 1 => labels,
            _ => 0,
        };
        // A chain whose end may be absent is padded to its longest form.
        let min_nodes = if self.wiring == Wiring::Chain { self.max_nodes } else { self.min_nodes };
        Limits {
            max_nodes: self.max_nodes,
            min_nodes,
            node_labels,
            edge_labels: if self.carrier == Carrier::Edge { self.ops.len() + 1 } else { 0 },
            input_label: (self.carrier == Carrier::Node && self.inputs > 0).then_some(0),
            output_label: self.end_label(),
        }
    }
}

/// Whether a value is the default of `join`, `output_join` or `drop_path`.
fn is_default(value: &Value) -> bool {
    matches!(&value.tree, Tree::Boolean(false)) || matches!(&value.tree, Tree::Text(text) if text == "sum")
}

const JOINS: [(&str, Join); 4] =
    [("sum", Join::Sum), ("mean", Join::Mean), ("weighted-sum", Join::WeightedSum), ("concat", Join::Concat)];
const SKIP_JOINS: [(&str, Join); 3] = [("sum", Join::Sum), ("sum-bn", Join::SumBn), ("concat-1x1", Join::Concat1x1)];
const OUTPUT_JOINS: [(&str, Join); 3] = [("sum", Join::Sum), ("mean", Join::Mean), ("concat", Join::Concat)];

fn join(fields: Fields<'_>, key: &str, known: &[(&str, Join)]) -> Result<Join, Fault> {
    let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
    Ok(known[fields.read(key, 0, |value| value.word(&names))?].1)
}

/// Reads `N` or `[min, max]`.
fn range(value: &Value, min: usize, max: usize) -> Result<[usize; 2], Fault> {
    let Tree::List(values) = &value.tree else { return value.integer(min, max).map(|number| [number; 2]) };
    let [first, last] = values.as_slice() else { return Err(value.fault("must be a number, or [smallest, largest]")) };
    let first = first.integer(min, max)?;
    Ok([first, last.integer(first, max)?])
}

/// Reads a list of fractions such as `"1/3"`, between 0 and 1.
pub(super) fn fractions(value: &Value) -> Result<Vec<(usize, usize)>, Fault> {
    let read = |value: &Value| {
        let parts = value.text()?.split_once('/');
        let parsed = parts.and_then(|(p, q)| Some((p.parse::<usize>().ok()?, q.parse::<usize>().ok()?)));
        let fraction = parsed.filter(|(p, q)| 0 < *p && p < q && *q <= 1000);
        fraction.ok_or_else(|| value.expected("a fraction between 0 and 1 such as \"1/3\""))
    };
    value.list("a list of fractions such as [\"1/3\", \"2/3\"]")?.iter().map(read).collect()
}

/// Returns the part with the keys of the part that it is `like`.
fn with_template(name: &str, value: &Value, all: &[(String, Value)]) -> Result<Value, Fault> {
    let Some((_, like)) = value.table()?.iter().find(|(key, _)| key == "like") else { return Ok(value.clone()) };
    let template = like.text()?;
    let found = all.iter().find(|(known, _)| known == template && known != name);
    let (_, found) = found.ok_or_else(|| {
        let hint = suggestion(template, all.iter().map(|(known, _)| known.as_str()));
        like.fault(format!("no other part `{template}`{hint}"))
    })?;
    if found.table()?.iter().any(|(key, _)| key == "like") {
        return Err(like.fault(format!("`{template}` is itself like another part; name that one")));
    }
    let own = value.table()?;
    let inherited = found.table()?.iter().filter(|(key, _)| !own.iter().any(|(known, _)| known == key));
    let tree = Tree::Table(own.iter().chain(inherited).filter(|(key, _)| key != "like").cloned().collect());
    Ok(Value { tree, ..value.clone() })
}
