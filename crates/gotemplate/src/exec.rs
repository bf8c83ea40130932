//! Walking a template: text, control structures, calls of other templates.

// Errors travel through every result of the evaluator: boxed, they cost it one word.
#![allow(clippy::unnecessary_box_returns)]

use std::sync::Arc;

use crate::ast::{Action, Branch, List, Node, NodeRef, Pipe, RangeNode, TemplateNode, Tree};
use crate::env::{Env, Meter};
use crate::eval::{look, plain};
use crate::func::{EvaluateError, FuncError, Templates};
use crate::gofmt::{display, display_target, print_action};
use crate::quote::quote;
use crate::stack::deep;
use crate::str::Str;
use crate::template::{Error, Set};
use crate::trace::Trace;
use crate::value::{Elem, Value};

/// Go's bound on template calls within template calls, as its error text names it.
const GO_MAX_DEPTH: u32 = 100_000;

/// Executes one template of a set.
pub(crate) fn execute<T: Trace>(
    set: &Set,
    tree: &Tree,
    data: &Value,
    env: &Env,
    meter: &Meter,
    trace: &mut T,
) -> Result<Vec<u8>, Error> {
    let dot = Slot::dot(data.clone(), trace.data(data));
    let mut exec = Exec {
        set,
        tree,
        env,
        meter,
        trace,
        out: Vec::with_capacity(tree.text.len() + 128),
        root: dot.clone(),
        vars: Vec::new(),
        base: 0,
        node: NodeRef::Start,
        depth: 0,
    };
    deep(|| exec.list(&tree.root, dot.view())).map_err(|error| *error)?;
    Ok(exec.out)
}

/// An error on its way out; boxed, since it travels through every result.
pub(crate) type Raised = Box<Error>;

/// A value, where it comes from, and whether Go holds it in an `interface {}` (which its error texts show).
#[derive(Clone)]
pub(crate) struct Slot<O> {
    pub(crate) value: Value,
    pub(crate) iface: bool,
    pub(crate) origin: O,
}

impl<O> Slot<O> {
    /// The dot that a template starts with.
    fn dot(data: Value, origin: O) -> Self {
        let value = if data.is_nil() { Value::Invalid } else { data };
        Self { value, iface: false, origin }
    }

    /// A look at it.
    #[inline]
    pub(crate) fn view(&self) -> SlotRef<'_, O> {
        SlotRef { value: &self.value, iface: self.iface, origin: &self.origin }
    }
}

/// A [`Slot`] that is elsewhere: what a dot is in most turns of a `range` stays in its list.
pub(crate) struct SlotRef<'s, O> {
    pub(crate) value: &'s Value,
    pub(crate) iface: bool,
    pub(crate) origin: &'s O,
}

impl<O> Clone for SlotRef<'_, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for SlotRef<'_, O> {}

impl<O: Clone> SlotRef<'_, O> {
    /// One to keep.
    #[inline]
    pub(crate) fn held(self) -> Slot<O> {
        Slot { value: self.value.clone(), iface: self.iface, origin: self.origin.clone() }
    }
}

/// The variable of that number in the current template: the last one, or its `$`.
#[inline]
fn variable<'v, O>(
    vars: &'v [(u32, Slot<O>)],
    base: usize,
    root: &'v Slot<O>,
    id: u32,
) -> Option<&'v Slot<O>> {
    let found = vars.get(base..).unwrap_or_default().iter().rev().find(|var| var.0 == id);
    found.map(|var| &var.1).or((id == 0).then_some(root))
}

/// Appends what an action prints.
#[inline]
fn print(out: &mut Vec<u8>, value: &Value, meter: &Meter) -> Result<(), FuncError> {
    if let Value::Str(text) = value {
        out.extend_from_slice(text);
    } else {
        print_action(out, value, meter.limits.output as usize)
            .map_err(|fault| FuncError::limit(fault.message()))?;
    }
    check_length(out, meter)
}

#[inline]
fn check_length(out: &[u8], meter: &Meter) -> Result<(), FuncError> {
    if out.len() as u64 <= meter.limits.output {
        return Ok(());
    }
    Err(FuncError::limit(format!("output limit of {} bytes exceeded", meter.limits.output)))
}

/// How a walk ended.
#[derive(PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// The state of an execution.
pub(crate) struct Exec<'t, T: Trace> {
    pub(crate) set: &'t Set,
    pub(crate) tree: &'t Tree,
    pub(crate) env: &'t Env,
    pub(crate) meter: &'t Meter,
    pub(crate) trace: &'t mut T,
    out: Vec<u8>,
    /// `$` of the current template.
    root: Slot<T::Origin>,
    /// Its other variables, and those of the templates around it.
    vars: Vec<(u32, Slot<T::Origin>)>,
    /// Where the variables of the current template begin.
    base: usize,
    /// The node that an error is reported at.
    pub(crate) node: NodeRef<'t>,
    depth: u32,
}

impl<'t, T: Trace> Exec<'t, T> {
    /// Runs a template body with its own variables.
    fn body(&mut self, tree: &'t Tree, data: Value, origin: T::Origin) -> Result<(), Raised> {
        let dot = Slot::dot(data, origin);
        let outer = (self.tree, self.base, self.vars.len());
        self.tree = tree;
        self.base = self.vars.len();
        let root = std::mem::replace(&mut self.root, dot.clone());
        deep(|| self.list(&tree.root, dot.view()))?;
        self.root = root;
        (self.tree, self.base) = (outer.0, outer.1);
        self.vars.truncate(outer.2);
        Ok(())
    }

    // Errors.

    /// An error at the current node, with Go's whole text.
    #[cold]
    pub(crate) fn error(&self, text: impl AsRef<[u8]>) -> Raised {
        Box::new(self.located(text.as_ref(), false))
    }

    /// An error of a function that was called, which this one wraps.
    #[cold]
    pub(crate) fn wrapping(&self, text: Vec<u8>, inner: FuncError) -> Raised {
        let length = inner.message().len();
        let located = self.located(&text, false);
        Box::new(Error::wrapping(located.message().clone(), inner.wrapped.around(length)))
    }

    #[cold]
    pub(crate) fn limit(&self, error: &FuncError) -> Raised {
        Box::new(self.located(error.message(), true))
    }

    fn located(&self, text: &[u8], limit: bool) -> Error {
        let tree = self.tree;
        let mut message = match self.node {
            NodeRef::Start => format!("template: {}: ", tree.name),
            node => {
                let pos = node.pos() as usize;
                let before = tree.text.as_bytes().get(..pos).unwrap_or_default();
                let line = 1 + memchr::memchr_iter(b'\n', before).count();
                let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
                format!(
                    "template: {}:{line}:{column}: executing {} at <{}>: ",
                    tree.parse_name,
                    quote(tree.name.as_bytes()),
                    node.text(tree)
                )
            }
        }
        .into_bytes();
        message.extend_from_slice(text);
        Error::new(message, limit)
    }

    #[inline]
    pub(crate) fn step(&self, count: usize) -> Result<(), Raised> {
        self.meter.step(count as u64).map_err(|error| self.limit(&error))
    }

    #[inline]
    fn check_output(&self) -> Result<(), Raised> {
        check_length(&self.out, self.meter).map_err(|error| self.limit(&error))
    }

    // Variables.

    pub(crate) fn push_var(&mut self, id: u32, slot: Slot<T::Origin>) {
        self.vars.push((id, slot));
    }

    pub(crate) fn set_var(&mut self, id: u32, slot: Slot<T::Origin>) -> Result<(), Raised> {
        let vars = self.vars.get_mut(self.base..).unwrap_or_default();
        match vars.iter_mut().rev().find(|var| var.0 == id) {
            Some(var) => {
                var.1 = slot;
                Ok(())
            }
            None if id == 0 => {
                self.root = slot;
                Ok(())
            }
            None => Err(self.undefined(id)),
        }
    }

    pub(crate) fn var(&self, id: u32) -> Result<&Slot<T::Origin>, Raised> {
        variable(&self.vars, self.base, &self.root, id).ok_or_else(|| self.undefined(id))
    }

    fn undefined(&self, id: u32) -> Raised {
        let name = self.tree.variables.get(id as usize).map(Str::to_string).unwrap_or_default();
        self.error(format!("undefined variable: {name}"))
    }

    // Walking.

    fn list(&mut self, list: &'t List, dot: SlotRef<'_, T::Origin>) -> Result<Flow, Raised> {
        self.step(list.0.len())?;
        let mut flow = Flow::Next;
        for node in &list.0 {
            match node {
                Node::Text(range) => {
                    let start = self.out.len();
                    let span = range.start as usize..range.end as usize;
                    self.out
                        .extend_from_slice(self.tree.text.as_bytes().get(span.clone()).unwrap_or_default());
                    if T::ENABLED {
                        let none = T::Origin::default();
                        self.trace.emit(start..self.out.len(), &self.tree.parse_name, span, &none);
                    }
                    continue;
                }
                Node::Action(action) => {
                    self.action(action, dot)?;
                    continue;
                }
                Node::If(branch) => flow = self.branch(branch, dot, false)?,
                Node::With(branch) => flow = self.branch(branch, dot, true)?,
                Node::Range(range) => flow = deep(|| self.range(range, dot))?,
                Node::Template(call) => self.call_template(call, dot)?,
                Node::Break => flow = Flow::Break,
                Node::Continue => flow = Flow::Continue,
            }
            if flow != Flow::Next {
                break;
            }
        }
        // A template's own text need not be checked piece by piece.
        self.check_output()?;
        Ok(flow)
    }

    #[inline]
    fn action(&mut self, action: &'t Action, dot: SlotRef<'_, T::Origin>) -> Result<(), Raised> {
        // Most actions print a value as it is; no error but of a limit can come of it.
        let mut failed = None;
        if !T::ENABLED
            && let Some((from, idents)) =
                plain(&action.pipe, dot, |id| variable(&self.vars, self.base, &self.root, id))
            && let Some(true) = look(from, idents, |value| match value {
                Value::Func(_) => false,
                Value::Str(text) => {
                    self.out.extend_from_slice(text);
                    true
                }
                value => {
                    failed = print(&mut self.out, value, self.meter).err();
                    true
                }
            })
        {
            self.node = NodeRef::Action(action);
            self.step(1)?;
            return match failed {
                None => self.check_output(),
                Some(error) => Err(self.limit(&error)),
            };
        }
        self.compute(action, dot)
    }

    /// An action that takes more than a look.
    #[inline(never)]
    fn compute(&mut self, action: &'t Action, dot: SlotRef<'_, T::Origin>) -> Result<(), Raised> {
        let printed = self.pipeline(&action.pipe, dot)?;
        if !action.pipe.decl.is_empty() {
            return Ok(());
        }
        self.node = NodeRef::Action(action);
        let start = self.out.len();
        if let Value::Func(_) = printed.value {
            let text = self.node.text(self.tree);
            return Err(self.error(format!("can't print {text} of type {}", printed.value.type_name())));
        }
        print(&mut self.out, &printed.value, self.meter).map_err(|error| self.limit(&error))?;
        if T::ENABLED {
            let span = action.span.start as usize..action.span.end as usize;
            self.trace.emit(start..self.out.len(), &self.tree.parse_name, span, &printed.origin);
        }
        Ok(())
    }

    fn nested(&mut self, list: &'t List, dot: SlotRef<'_, T::Origin>) -> Result<Flow, Raised> {
        deep(|| self.list(list, dot))
    }

    #[inline(never)]
    fn branch(
        &mut self,
        branch: &'t Branch,
        dot: SlotRef<'_, T::Origin>,
        with: bool,
    ) -> Result<Flow, Raised> {
        let mark = self.vars.len();
        let mut entered = 0;
        let mut chosen = None;
        for (pipe, list) in &branch.clauses {
            let tested = self.pipeline(pipe, dot)?;
            if T::ENABLED {
                self.trace.enter(&tested.origin);
                entered += 1;
            }
            if tested.value.truth() {
                chosen = Some((list, tested));
                break;
            }
        }
        let flow = match (chosen, &branch.otherwise) {
            (Some((list, tested)), _) if with => {
                let dot = Slot { value: tested.value, iface: false, origin: tested.origin };
                self.nested(list, dot.view())?
            }
            (Some((list, _)), _) | (None, Some(list)) => self.nested(list, dot)?,
            (None, None) => Flow::Next,
        };
        for _ in 0..entered {
            self.trace.leave();
        }
        self.vars.truncate(mark);
        Ok(flow)
    }

    #[inline(never)]
    fn range(&mut self, range: &'t RangeNode, dot: SlotRef<'_, T::Origin>) -> Result<Flow, Raised> {
        let outer = self.vars.len();
        let over = self.pipeline(&range.pipe, dot)?;
        if T::ENABLED {
            self.trace.enter(&over.origin);
        }
        let value = match &over.value {
            Value::Object(object) => object.underlying().unwrap_or_else(|| over.value.clone()),
            other => other.clone(),
        };
        let several = range.pipe.decl.len() > 1;
        let mut ran = false;
        match &value {
            Value::Int(..) | Value::Uint(..) => {
                if several {
                    let text = display(&value);
                    return Err(
                        self.error(format!("can't use {text} to iterate over more than one variable"))
                    );
                }
                let count = match &value {
                    Value::Int(_, int) => u64::try_from(*int).unwrap_or(0),
                    Value::Uint(_, uint) => *uint,
                    _ => 0,
                };
                for number in 0..count {
                    ran = true;
                    let item = match &value {
                        Value::Uint(kind, _) => Value::Uint(*kind, number),
                        Value::Int(kind, _) => Value::Int(*kind, number as i64),
                        _ => Value::Nil,
                    };
                    let item = SlotRef { value: &item, iface: false, origin: &over.origin };
                    if self.iteration(range, || Value::Invalid, item)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::List(list) => {
                let iface = list.elem() == Elem::Any;
                for (index, item) in list.items().iter().enumerate() {
                    ran = true;
                    let origin = self.trace.item(&over.origin, &value, index, item);
                    let item = SlotRef { value: item, iface, origin: &origin };
                    if self.iteration(range, || Value::int(index as i64), item)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                let iface = map.elem() == Elem::Any;
                for (key, item) in map.entries() {
                    ran = true;
                    let origin = self.trace.key(&over.origin, &value, &key, &item);
                    let item = SlotRef { value: &item, iface, origin: &origin };
                    if self.iteration(range, || Value::Str(key), item)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Invalid | Value::Nil => {}
            other => {
                let text = display_target(other);
                return Err(self.error(format!("range can't iterate over {text}")));
            }
        }
        let mut flow = Flow::Next;
        if !ran && let Some(list) = &range.otherwise {
            // A `continue` belongs to the loop around; a `break`, as Go has it, ends here.
            flow = self.nested(list, dot)?;
            if flow == Flow::Break {
                flow = Flow::Next;
            }
        }
        self.vars.truncate(outer);
        if T::ENABLED {
            self.trace.leave();
        }
        Ok(flow)
    }

    #[inline]
    fn iteration(
        &mut self,
        range: &'t RangeNode,
        index: impl FnOnce() -> Value,
        item: SlotRef<'_, T::Origin>,
    ) -> Result<Flow, Raised> {
        // An empty body must count too.
        self.step(1)?;
        let mark = self.vars.len();
        if !range.pipe.decl.is_empty() {
            self.assign(&range.pipe, index(), item)?;
        }
        let flow = self.list(&range.body, item)?;
        self.vars.truncate(mark);
        Ok(flow)
    }

    /// Gives the variables of a `range` their values for one turn.
    fn assign(&mut self, pipe: &Pipe, index: Value, item: SlotRef<'_, T::Origin>) -> Result<(), Raised> {
        let index = Slot { value: index, iface: false, origin: item.origin.clone() };
        match (pipe.decl.as_slice(), pipe.assign) {
            ([], _) => {}
            ([only], true) => self.set_var(*only, item.held())?,
            ([first, second, ..], true) => {
                self.set_var(*first, index)?;
                self.set_var(*second, item.held())?;
            }
            ([_], false) => self.set_top(1, item.held()),
            ([_, _, ..], false) => {
                self.set_top(1, item.held());
                self.set_top(2, index);
            }
        }
        Ok(())
    }

    /// Overwrites the nth variable from the top.
    fn set_top(&mut self, nth: usize, slot: Slot<T::Origin>) {
        let at = self.vars.len().wrapping_sub(nth);
        if let Some(var) = self.vars.get_mut(at) {
            var.1 = slot;
        }
    }

    #[inline(never)]
    fn call_template(&mut self, call: &'t TemplateNode, dot: SlotRef<'_, T::Origin>) -> Result<(), Raised> {
        self.node = NodeRef::Template(call);
        let Some(tree) = self.set.tree(&call.name) else {
            return Err(self.error(format!("template {} not defined", quote(&call.name))));
        };
        if self.depth >= self.meter.limits.depth.min(GO_MAX_DEPTH) {
            return Err(self.error(format!("exceeded maximum template depth ({GO_MAX_DEPTH})")));
        }
        let data = match &call.pipe {
            Some(pipe) => self.pipeline(pipe, dot)?,
            None => Slot { value: Value::Invalid, iface: false, origin: T::Origin::default() },
        };
        self.depth += 1;
        self.body(tree, data.value, data.origin)?;
        self.depth -= 1;
        Ok(())
    }

    /// Runs a template into a buffer of its own.
    fn separately(&mut self, tree: &'t Tree, data: &Value) -> Result<Vec<u8>, FuncError> {
        if self.depth >= self.meter.limits.depth.min(GO_MAX_DEPTH) {
            return Err(FuncError::limit(format!("exceeded maximum template depth ({GO_MAX_DEPTH})")));
        }
        let (node, outer, base, vars) = (self.node, self.tree, self.base, self.vars.len());
        let root = self.root.clone();
        let out = std::mem::take(&mut self.out);
        self.node = NodeRef::Start;
        self.depth += 1;
        self.trace.pause(false);
        let origin = self.trace.data(data);
        let result = self.body(tree, data.clone(), origin);
        self.trace.resume();
        self.depth -= 1;
        let made = std::mem::replace(&mut self.out, out);
        (self.node, self.tree, self.base, self.root) = (node, outer, base, root);
        self.vars.truncate(vars);
        result.map(|()| made).map_err(|error| error.into_func_error())
    }
}

impl<T: Trace> Templates for Exec<'_, T> {
    fn execute(&mut self, name: &[u8], data: &Value) -> Result<Vec<u8>, FuncError> {
        match self.set.tree(name) {
            Some(tree) => self.separately(tree, data),
            None => {
                let set = self.set.name().unwrap_or(&self.tree.parse_name);
                let text = format!(
                    "template: no template {} associated with template {}",
                    quote(name),
                    quote(set.as_bytes())
                );
                Err(FuncError::new(text))
            }
        }
    }

    fn defined(&self, name: &[u8]) -> bool {
        self.set.tree(name).is_some()
    }

    fn evaluate(&mut self, text: &Str, data: &Value) -> Result<Vec<u8>, EvaluateError> {
        let mut set = self.set.clone();
        let name = Arc::clone(set.name().unwrap_or(&self.tree.parse_name));
        let parsed =
            set.add_text(&name, text).map_err(|error| EvaluateError::Parse(error.into_func_error()))?;
        let Some(tree) = &parsed else { return Ok(Vec::new()) };
        self.trace.pause(true);
        let result = deep(|| execute(&set, tree, data, self.env, self.meter, self.trace));
        self.trace.resume();
        result.map_err(|error| EvaluateError::Execute(error.into_func_error()))
    }
}
