//! The allowed calls of a pickle, each replaced by data; all other calls are refused.

use super::error::Fault;
use super::machine::Machine;
use super::{Id, Node, Number, numpy};
use std::sync::Arc;

impl Machine<'_> {
    pub(super) fn call_instruction(&mut self, code: u8) -> Result<(), Fault> {
        match code {
            b'b' => return self.build(),
            0x93 => return self.stack_global(),
            _ => {}
        }
        let (name, arguments) = match code {
            b'i' => {
                let (module, name) = (self.input.text_line()?, self.input.text_line()?);
                (format!("{module}.{name}"), self.pop_to_mark()?)
            }
            b'o' => {
                let mut items = self.pop_to_mark()?;
                let class = if items.is_empty() { return Err(Fault::Stack) } else { items.remove(0) };
                (self.name(class)?, items)
            }
            _ => {
                if code == 0x92 {
                    let keywords = self.pop()?;
                    self.no_keywords(keywords)?;
                }
                let (arguments, function) = (self.pop()?, self.pop()?);
                (self.name(function)?, self.list(arguments)?)
            }
        };
        let node = self.call(&name, &arguments)?;
        self.push(node)
    }

    fn stack_global(&mut self) -> Result<(), Fault> {
        let (name, module) = (self.pop()?, self.pop()?);
        let (Node::Str(module), Node::Str(name)) = (self.node(module), self.node(name)) else {
            return Err(Fault::Stack);
        };
        let name = format!("{module}.{name}");
        self.charge(name.len())?;
        self.push(Node::Global(name.into()))
    }

    fn name(&self, function: Id) -> Result<String, Fault> {
        match self.node(function) {
            Node::Global(name) => Ok(name.to_string()),
            _ => Err(Fault::Call("a value that is not a function".into())),
        }
    }

    fn no_keywords(&self, keywords: Id) -> Result<(), Fault> {
        match self.node(keywords) {
            Node::Dict(entries) if entries.is_empty() => Ok(()),
            _ => Err(Fault::Stack),
        }
    }

    /// Copies the items of a list. Charged to the budget, because short instructions can copy a list many times.
    fn list(&mut self, id: Id) -> Result<Vec<Id>, Fault> {
        let Node::List(items) = self.node(id) else { return Err(Fault::Stack) };
        let items = items.clone();
        self.charge(size_of_val(&items[..]))?;
        Ok(items)
    }

    fn call(&mut self, name: &str, arguments: &[Id]) -> Result<Node, Fault> {
        let (module, function) = name.rsplit_once('.').unwrap_or(("", name));
        match (module, function) {
            ("collections", "defaultdict") => Ok(Node::Dict(Vec::new())),
            ("collections", "OrderedDict") | ("builtins" | "__builtin__", "dict") => self.dict(arguments),
            ("builtins" | "__builtin__", "set" | "frozenset" | "list" | "tuple") => match arguments {
                [] => Ok(Node::List(Vec::new())),
                [items] => self.list(*items).map(Node::List),
                _ => Err(Fault::Stack),
            },
            ("builtins" | "__builtin__", "bytes" | "bytearray") | ("_codecs", "encode") => match arguments {
                [] => Ok(Node::Bytes([].into())),
                [bytes, ..] => self.bytes(*bytes).map(Node::Bytes),
            },
            ("numpy", "dtype") => self.number_type(arguments),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => self.scalar(arguments),
            // Filled by the build instruction.
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Ok(Node::Array(Vec::new())),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => match arguments {
                [bytes, number, shape, order @ ..] => {
                    let fortran = order
                        .first()
                        .is_some_and(|order| matches!(self.node(*order), Node::Str(order) if **order == *"F"));
                    self.array(*number, *shape, *bytes, fortran)
                }
                _ => Err(Fault::Stack),
            },
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_parameter") | ("torch.storage", "_load_from_bytes") => {
                Ok(Node::Opaque)
            }
            _ => Err(Fault::Call(name.into())),
        }
    }

    /// Creates a dictionary from no arguments, another dictionary, or pairs.
    fn dict(&mut self, arguments: &[Id]) -> Result<Node, Fault> {
        let entries = match arguments {
            [] => Vec::new(),
            [one] => match self.node(*one) {
                Node::Dict(entries) => entries.clone(),
                Node::List(pairs) => pairs.iter().map(|pair| self.pair(*pair)).collect::<Result<_, Fault>>()?,
                _ => return Err(Fault::Stack),
            },
            _ => return Err(Fault::Stack),
        };
        self.charge(size_of_val(&entries[..]))?;
        Ok(Node::Dict(entries))
    }

    fn pair(&self, id: Id) -> Result<(Id, Id), Fault> {
        match self.node(id) {
            Node::List(items) => match items[..] {
                [key, value] => Ok((key, value)),
                _ => Err(Fault::Stack),
            },
            _ => Err(Fault::Stack),
        }
    }

    /// Returns bytes, also from a string of characters below 256, as old protocols store bytes.
    fn bytes(&mut self, id: Id) -> Result<Arc<[u8]>, Fault> {
        let bytes: Arc<[u8]> = match self.node(id) {
            Node::Bytes(bytes) => return Ok(Arc::clone(bytes)),
            Node::Str(text) => {
                let bytes: Result<_, _> = text.chars().map(|character| u8::try_from(u32::from(character))).collect();
                bytes.map_err(|_| Fault::Literal)?
            }
            _ => return Err(Fault::Stack),
        };
        self.charge(bytes.len())?;
        Ok(bytes)
    }

    fn number_type(&self, arguments: &[Id]) -> Result<Node, Fault> {
        match arguments.first().map(|name| self.node(*name)) {
            Some(Node::Str(name)) => Ok(Number::named(name).map_or(Node::Opaque, Node::Type)),
            _ => Err(Fault::Stack),
        }
    }

    /// Creates a numpy scalar from its type and its bytes.
    fn scalar(&mut self, arguments: &[Id]) -> Result<Node, Fault> {
        let [number, bytes] = *arguments else { return Err(Fault::Stack) };
        let Node::Type(number) = *self.node(number) else { return Ok(Node::Opaque) };
        let bytes = self.bytes(bytes)?;
        match number.read(&bytes)?[..] {
            [value] => Ok(Node::Float(value)),
            _ => Err(Fault::Numpy),
        }
    }

    /// Creates a numpy array; one of a type that is not numeric is opaque.
    fn array(&mut self, number: Id, shape: Id, bytes: Id, fortran: bool) -> Result<Node, Fault> {
        let Node::Type(number) = *self.node(number) else { return Ok(Node::Opaque) };
        let sizes = self.list(shape)?;
        let size = |id: &Id| if let Node::Int(size) = self.node(*id) { Ok(*size) } else { Err(Fault::Stack) };
        let sizes = sizes.iter().map(size).collect::<Result<Vec<i64>, Fault>>()?;
        let bytes = self.bytes(bytes)?;
        if number.is_byte() {
            return numpy::byte_array(&sizes, bytes, fortran);
        }
        self.charge(bytes.len().saturating_mul(size_of::<f64>()))?;
        numpy::array(number, &sizes, &bytes)
    }

    /// Sets the state of the top value: the byte order of a numpy type, or the content of a numpy array.
    fn build(&mut self) -> Result<(), Fault> {
        let state = self.pop()?;
        let node = match *self.top_node()? {
            Node::Opaque => return Ok(()),
            Node::Type(number) => {
                let order = self.list(state)?.get(1).copied().ok_or(Fault::Numpy)?;
                let Node::Str(order) = self.node(order) else { return Err(Fault::Numpy) };
                Node::Type(number.ordered(order))
            }
            Node::Array(_) => match self.list(state)?[..] {
                [_, shape, number, fortran, bytes] => {
                    let fortran = matches!(self.node(fortran), Node::Bool(true) | Node::Int(1));
                    self.array(number, shape, bytes, fortran)?
                }
                _ => return Err(Fault::Numpy),
            },
            _ => return Err(Fault::Call("__setstate__ of an object".into())),
        };
        *self.top_node()? = node;
        Ok(())
    }
}
