//! Reads a part of a space file.

use super::block::{check_name, list_or};
use super::error::Fault;
use super::nasbench101;
use super::part::{Carrier, Count, Halving, Join, MAX_NODES, Output, Part, Wiring};
use super::tree::{Fields, Tree, Value, suggestion};
use crate::convert::to_u8;

/// The largest number of rules about counts.
const MAX_RULES: usize = 16;

/// The largest number of labels of nodes or edges.
const MAX_LABELS: usize = 250;

/// Returns the operations of a name, and whether they are of the kind `zero`.
pub(super) type Expand<'a> = &'a dyn Fn(&Value) -> Result<Vec<(String, bool)>, Fault>;

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
    SHARED,
];

/// The key whose table replaces keys of the part in the shared model that is trained alternately with a generator.
const SHARED: &str = "shared";

impl Part {
    /// Reads a part. `all` are the parts of the file, for `like`; `expand` returns the operations of a name.
    pub(super) fn read(name: &str, value: &Value, all: &[(String, Value)], expand: Expand<'_>) -> Result<Self, Fault> {
        check_name(value, name)?;
        let merged = with_template(name, value, all)?;
        let fields = merged.fields(&KEYS)?;
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
            nasbench101: false,
        };
        part.read_ops(fields.required("ops")?, expand)?;
        part.read_rules(fields)?;
        part.read_rule(fields)?;
        part.read_chain(fields)?;
        Ok(part)
    }

    /// Reads the part of the shared model that is trained alternately with a generator; `None` without the key `shared`.
    pub(super) fn read_shared(
        name: &str,
        value: &Value,
        all: &[(String, Value)],
        expand: Expand<'_>,
    ) -> Result<Option<Self>, Fault> {
        let merged = with_template(name, value, all)?;
        let Some((_, shared)) = merged.table()?.iter().find(|(key, _)| key == SHARED) else { return Ok(None) };
        shared.fields(&["join", "reduce"])?;
        let replaced = shared.table()?;
        let others = merged.table()?.iter().filter(|(key, _)| !replaced.iter().any(|(known, _)| known == key));
        let tree = Tree::Table(others.filter(|(key, _)| key != SHARED).chain(replaced).cloned().collect());
        let mut part = Self::read(name, &Value { tree, ..merged.clone() }, &[], expand)?;
        if part.wiring != Wiring::Skips {
            return Err(shared.fault("is for edges = \"skips\""));
        }
        // In the recorded searches of ENAS the first operation gets its initial values last.
        part.options.iter_mut().for_each(|options| options.rotate_left(1));
        Ok(Some(part))
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
        let rules = count.list("a list of tables such as { ops = [..], min = 1, max = 3 }")?;
        if rules.len() > MAX_RULES {
            return Err(count.fault(format!("at most {MAX_RULES} rules are allowed")));
        }
        for value in rules {
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

    /// Reads the name of a published construction.
    fn read_rule(&mut self, fields: Fields<'_>) -> Result<(), Fault> {
        let Some(rule) = fields.get("rule") else { return Ok(()) };
        rule.word(&[nasbench101::RULE])?;
        let suits = (self.wiring, self.output, self.inputs) == (Wiring::Free, Output::End, 1)
            && self.carrier == Carrier::Node
            && self.max_nodes <= nasbench101::MAX_NODES
            && self.options.windows(2).all(|pair| pair[0] == pair[1]);
        if !suits {
            return Err(rule.fault(format!(
                "needs edges = \"free\", inputs = 1, output = \"end\", at most {} nodes and one list of operations for all of them",
                nasbench101::MAX_NODES
            )));
        }
        for key in ["join", "output_join", "prepare"] {
            if let Some(value) = fields.get(key) {
                return Err(value.fault("has no effect with a `rule`; remove it"));
            }
        }
        self.nasbench101 = true;
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
