//! The stack machine that runs a pickle.

use super::error::{Fault, PickleError};
use super::input::Input;
use super::{Id, Node, text};
use std::collections::HashMap;

/// Default limit on the memory of a pickle's values in bytes.
pub const BUDGET: usize = 256 << 20;

/// The highest supported protocol.
const MAX_PROTOCOL: u8 = 5;

pub(super) struct Machine<'a> {
    pub(super) input: Input<'a>,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    /// Stack heights at the mark instructions.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    /// Remaining budget in bytes.
    budget: usize,
}

/// Runs the pickle at the start of `bytes`; returns all its values and the index of the result.
pub(super) fn run(bytes: &[u8], budget: usize) -> Result<(Vec<Node>, Id), PickleError> {
    let mut machine = Machine {
        input: Input::new(bytes),
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        budget,
    };
    loop {
        let offset = machine.input.position();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => return Ok((machine.nodes, root)),
            Err(fault) => return Err(PickleError { offset, fault }),
        }
    }
}

impl Machine<'_> {
    /// Runs one instruction; returns the result at the stop instruction.
    fn step(&mut self) -> Result<Option<Id>, Fault> {
        let code = self.input.u8()?;
        match code {
            b'.' => return self.pop().map(Some),
            0x80 => self.protocol()?,
            0x95 => self.input.u64().map(|_| ())?,
            b'(' => self.mark()?,
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.memo_instruction(code)?,
            b'R' | b'b' | b'i' | b'o' | 0x81 | 0x92 | 0x93 => self.call_instruction(code)?,
            b'0' | b'1' | b'2' | b'a' | b'e' | 0x90 | b's' | b'u' => self.stack_instruction(code)?,
            b't' | 0x85..=0x87 | b'l' | 0x91 | b'd' => self.collection(code)?,
            _ => {
                let node = self.literal(code)?;
                self.push(node)?;
            }
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Result<(), Fault> {
        let protocol = self.input.u8()?;
        if protocol <= MAX_PROTOCOL { Ok(()) } else { Err(Fault::Protocol(protocol)) }
    }

    /// Instructions that push a literal.
    fn literal(&mut self, code: u8) -> Result<Node, Fault> {
        match code {
            b'N' => Ok(Node::None),
            0x88 | 0x89 => Ok(Node::Bool(code == 0x88)),
            b')' | b']' | 0x8f => Ok(Node::List(Vec::new())),
            b'}' => Ok(Node::Dict(Vec::new())),
            b'P' => self.input.line().map(|_| Node::Opaque),
            b'Q' => self.pop().map(|_| Node::Opaque),
            b'c' => {
                let (module, name) = (self.input.text_line()?, self.input.text_line()?);
                Ok(Node::Global(format!("{module}.{name}").into()))
            }
            b'I' | b'L' | b'F' | b'S' | b'V' => self.line_literal(code),
            b'J' | b'K' | b'M' | b'G' | 0x8a | 0x8b => self.number(code),
            _ => self.counted_bytes(code),
        }
    }

    fn line_literal(&mut self, code: u8) -> Result<Node, Fault> {
        if code == b'V' {
            return text::raw_unicode(self.input.line()?);
        }
        let line = self.input.text_line()?;
        match code {
            b'I' => text::int(line),
            b'L' => text::long(line),
            b'F' => text::float(line),
            _ => text::quoted(line),
        }
    }

    fn number(&mut self, code: u8) -> Result<Node, Fault> {
        Ok(match code {
            b'J' => Node::Int(i32::from_le_bytes(self.input.array()?).into()),
            b'K' => Node::Int(self.input.u8()?.into()),
            b'M' => Node::Int(u16::from_le_bytes(self.input.array()?).into()),
            b'G' => Node::Float(f64::from_be_bytes(self.input.array()?)),
            0x8a => {
                let length = self.input.u8()?;
                text::long_bytes(self.input.bytes(length.into())?)
            }
            _ => {
                let length = self.input.u32()?;
                text::long_bytes(self.input.bytes(length.into())?)
            }
        })
    }

    /// Strings and bytes with a length prefix.
    fn counted_bytes(&mut self, code: u8) -> Result<Node, Fault> {
        let length = match code {
            b'U' | b'C' | 0x8c => self.input.u8()?.into(),
            b'T' | b'X' | b'B' => self.input.u32()?.into(),
            0x8d | 0x8e | 0x96 => self.input.u64()?,
            _ => return Err(Fault::Unknown(code)),
        };
        let bytes = self.input.bytes(length)?;
        self.charge(bytes.len())?;
        match code {
            b'X' | 0x8c | 0x8d => {
                std::str::from_utf8(bytes).map(|text| Node::Str(text.into())).map_err(|_| Fault::Literal)
            }
            b'U' | b'T' => Ok(text::old_string(bytes.to_vec())),
            _ => Ok(Node::Bytes(bytes.into())),
        }
    }

    /// Instructions that store the top value in the memo under a number, or push a stored value.
    fn memo_instruction(&mut self, code: u8) -> Result<(), Fault> {
        let number = match code {
            b'p' | b'g' => self.input.text_line()?.parse().map_err(|_| Fault::Literal)?,
            b'q' | b'h' => self.input.u8()?.into(),
            b'r' | b'j' => self.input.u32()?.into(),
            _ => self.memo.len() as u64,
        };
        if matches!(code, b'g' | b'h' | b'j') {
            let id = self.memo.get(&number).copied().ok_or(Fault::Memo)?;
            return self.push_id(id);
        }
        let top = self.top()?;
        self.charge(size_of::<(u64, Id)>())?;
        self.memo.insert(number, top);
        Ok(())
    }

    /// Instructions that change the stack or its top container.
    fn stack_instruction(&mut self, code: u8) -> Result<(), Fault> {
        match code {
            b'0' if self.marks.last() == Some(&self.stack.len()) => self.marks.pop().map(|_| ()).ok_or(Fault::Stack),
            b'0' => self.pop().map(|_| ()),
            b'1' => self.pop_to_mark().map(|_| ()),
            b'2' => self.top().and_then(|top| self.push_id(top)),
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.append(&items)
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[key, value])
            }
            _ => {
                let items = self.pop_to_mark()?;
                self.set(&items)
            }
        }
    }

    /// Instructions that build a tuple, list or dictionary from values on the stack.
    fn collection(&mut self, code: u8) -> Result<(), Fault> {
        let items = match code {
            0x85..=0x87 => {
                let mut items = (0x84..code).map(|_| self.pop()).collect::<Result<Vec<Id>, Fault>>()?;
                items.reverse();
                items
            }
            _ => self.pop_to_mark()?,
        };
        self.charge(items.len() * size_of::<Id>())?;
        let node = if code == b'd' { Node::Dict(pairs(&items)?) } else { Node::List(items) };
        self.push(node)
    }

    fn append(&mut self, items: &[Id]) -> Result<(), Fault> {
        self.charge(size_of_val(items))?;
        match self.top_node()? {
            Node::List(list) => list.extend_from_slice(items),
            Node::Opaque => {}
            _ => return Err(Fault::Stack),
        }
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Result<(), Fault> {
        self.charge(size_of_val(items))?;
        let pairs = pairs(items)?;
        match self.top_node()? {
            Node::Dict(entries) => entries.extend(pairs),
            Node::Opaque => {}
            _ => return Err(Fault::Stack),
        }
        Ok(())
    }

    /// Subtracts the bytes of a value from the budget.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        self.budget = self.budget.checked_sub(bytes).ok_or(Fault::Budget)?;
        Ok(())
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&Node::Opaque)
    }

    pub(super) fn push(&mut self, node: Node) -> Result<(), Fault> {
        self.charge(size_of::<Node>())?;
        let id = Id::try_from(self.nodes.len()).map_err(|_| Fault::Budget)?;
        self.nodes.push(node);
        self.push_id(id)
    }

    fn push_id(&mut self, id: Id) -> Result<(), Fault> {
        self.charge(size_of::<Id>())?;
        self.stack.push(id);
        Ok(())
    }

    fn mark(&mut self) -> Result<(), Fault> {
        self.charge(size_of::<usize>())?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// The top value, which must be above the last mark.
    fn top(&self) -> Result<Id, Fault> {
        let mark = self.marks.last().copied().unwrap_or(0);
        self.stack.get(mark..).and_then(|above| above.last().copied()).ok_or(Fault::Stack)
    }

    pub(super) fn top_node(&mut self) -> Result<&mut Node, Fault> {
        let top = self.top()?;
        self.nodes.get_mut(top as usize).ok_or(Fault::Stack)
    }

    pub(super) fn pop(&mut self) -> Result<Id, Fault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Id>, Fault> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or(Fault::Stack)?;
        Ok(self.stack.split_off(mark))
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>, Fault> {
    let (pairs, rest) = items.as_chunks::<2>();
    if rest.is_empty() { Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect()) } else { Err(Fault::Stack) }
}
