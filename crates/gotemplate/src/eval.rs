//! Evaluating pipelines, commands and operands.

#![allow(clippy::unnecessary_box_returns)]

use smallvec::SmallVec;

use crate::ast::{Command, FuncRef, NodeRef, Operand, Pipe, write_operand};
use crate::builtins::{
    Builtin, assignable, narrow_int, narrow_uint, nil_of, prepare, slice_by_interface, zero,
};
use crate::env::MissingKey;
use crate::exec::{Exec, Raised, Slot, SlotRef};
use crate::func::{Call, FuncError, Sig, Ty};
use crate::number::{Ideal, Number};
use crate::quote::quote;
use crate::stack::deep;
use crate::str::Str;
use crate::trace::Trace;
use crate::value::{Elem, Kind, Map, Named, Object, Value};

/// What is held in an interface is taken out: nil becomes nothing at all.
fn taken_out<O>(slot: &mut Slot<O>) {
    if let Value::Nil = slot.value {
        slot.value = Value::Invalid;
    }
    slot.iface = false;
}

/// Where a pipeline starts, and the fields it takes of it, when it is nothing but the dot, a variable or fields.
#[inline]
pub(crate) fn plain<'v, O>(
    pipe: &'v Pipe,
    dot: SlotRef<'v, O>,
    variable: impl FnOnce(u32) -> Option<&'v Slot<O>>,
) -> Option<(&'v Value, &'v [Str])> {
    let [command] = pipe.commands.as_slice() else { return None };
    if !pipe.decl.is_empty() {
        return None;
    }
    match command.args.as_slice() {
        [Operand::Dot(_)] => Some((dot.value, &[])),
        [Operand::Field(_, idents)] => Some((dot.value, idents)),
        [Operand::Variable(_, id, idents)] => Some((&variable(*id)?.value, idents)),
        _ => None,
    }
}

/// Gives a look at what fields of maps within maps lead to; `None` as [`lookup`].
#[inline]
pub(crate) fn look<R>(from: &Value, idents: &[Str], at: impl FnOnce(&Value) -> R) -> Option<R> {
    let Some((last, way)) = idents.split_last() else { return Some(at(from)) };
    let Some((first, way)) = way.split_first() else { return entries(from, last)?.look(last, at) };
    let mut reached = entries(from, first)?.field(first)?;
    for ident in way {
        reached = entries(&reached, ident)?.field(ident)?;
    }
    entries(&reached, last)?.look(last, at)
}

/// The map whose entry a field names, unless the field is a method.
#[inline]
fn entries<'v>(value: &'v Value, field: &Str) -> Option<&'v Map> {
    match value {
        Value::Map(map) if !map.has_method(field) => Some(map),
        _ => None,
    }
}

/// Where fields of maps within maps lead. `None` when something is missing, is no map, or is to be traced:
/// then the long way tells what comes of it.
#[inline]
fn lookup<T: Trace>(from: SlotRef<'_, T::Origin>, idents: &[Str]) -> Option<Slot<T::Origin>> {
    let (first, others) = idents.split_first().filter(|_| !T::ENABLED)?;
    let map = entries(from.value, first)?;
    let mut elem = map.elem();
    let mut value = map.field(first)?;
    for ident in others {
        let map = entries(&value, ident)?;
        elem = map.elem();
        value = map.field(ident)?;
    }
    Some(Slot { value, iface: elem == Elem::Any, origin: T::Origin::default() })
}

/// The method of that name of a named type.
#[inline]
fn method_of(named: Option<&'static Named>, name: &Str) -> Option<(&'static Named, usize)> {
    let named = named?;
    Some((named, named.method(name)?))
}

type Args = SmallVec<[Value; 4]>;

/// What runs in a call.
enum Callee<'c> {
    Function(&'c FuncRef),
    Method(&'c dyn Object, usize),
    Named(&'static Named, usize, &'c Value),
}

impl<'t, T: Trace> Exec<'t, T> {
    /// The value of a pipeline. Variables it declares stay until the list around it ends.
    pub(crate) fn pipeline(
        &mut self,
        pipe: &'t Pipe,
        dot: SlotRef<'_, T::Origin>,
    ) -> Result<Slot<T::Origin>, Raised> {
        self.node = NodeRef::Pipe(pipe);
        let Some((first, others)) = pipe.commands.split_first() else {
            return Ok(Self::literal(Value::Invalid));
        };
        let mut result = self.command(first, dot, None)?;
        taken_out(&mut result);
        for command in others {
            result = self.command(command, dot, Some(result))?;
            taken_out(&mut result);
        }
        for variable in &pipe.decl {
            if pipe.assign {
                self.set_var(*variable, result.clone())?;
            } else {
                self.push_var(*variable, result.clone());
            }
        }
        Ok(result)
    }

    fn literal(value: Value) -> Slot<T::Origin> {
        Slot { value, iface: false, origin: T::Origin::default() }
    }

    fn text_of(&self, operand: &Operand) -> String {
        let mut text = String::new();
        write_operand(&mut text, self.tree, operand);
        text
    }

    fn not_a_function(
        &self,
        command: &Command,
        last: Option<&Slot<T::Origin>>,
        first: &Operand,
    ) -> Result<(), Raised> {
        if command.args.len() > 1 || last.is_some() {
            return Err(self.error(format!("can't give argument to non-function {}", self.text_of(first))));
        }
        Ok(())
    }

    fn command(
        &mut self,
        command: &'t Command,
        dot: SlotRef<'_, T::Origin>,
        last: Option<Slot<T::Origin>>,
    ) -> Result<Slot<T::Origin>, Raised> {
        self.step(1)?;
        let Some((first, args)) = command.args.split_first() else {
            return Ok(Self::literal(Value::Invalid));
        };
        match first {
            Operand::Field(_, idents) => {
                self.node = NodeRef::Operand(first);
                if args.is_empty()
                    && last.is_none()
                    && let Some(found) = lookup::<T>(dot, idents)
                {
                    return Ok(found);
                }
                self.chain(dot, dot, idents, first, args, last)
            }
            Operand::Variable(_, id, idents) => {
                self.node = NodeRef::Operand(first);
                let slot = self.var(*id)?;
                if args.is_empty()
                    && last.is_none()
                    && let Some(found) = lookup::<T>(slot.view(), idents)
                {
                    return Ok(found);
                }
                let slot = slot.clone();
                if idents.is_empty() {
                    self.not_a_function(command, last.as_ref(), first)?;
                    return Ok(slot);
                }
                self.chain(dot, slot.view(), idents, first, args, last)
            }
            Operand::Chain(_, node, idents) => {
                self.node = NodeRef::Operand(first);
                let start = self.chain_start(node, dot)?;
                self.chain(dot, start.view(), idents, first, args, last)
            }
            Operand::Function(_, name, function) => {
                self.node = NodeRef::Operand(first);
                self.call_function(name, function, NodeRef::Command(command), args, dot, last)
            }
            Operand::Pipe(pipe) => {
                self.not_a_function(command, last.as_ref(), first)?;
                deep(|| self.pipeline(pipe, dot))
            }
            _ => {
                self.node = NodeRef::Operand(first);
                self.not_a_function(command, last.as_ref(), first)?;
                match first {
                    Operand::Dot(_) => Ok(dot.held()),
                    Operand::Bool(_, value) => Ok(Self::literal(Value::Bool(*value))),
                    Operand::Str(_, _, text) => Ok(Self::literal(Value::Str(text.clone()))),
                    Operand::Number(_, number) => self.ideal(number).map(Self::literal),
                    _ => Err(self.error("nil is not a command")),
                }
            }
        }
    }

    /// What a chain such as `(…).a` starts from.
    fn chain_start(
        &mut self,
        node: &'t Operand,
        dot: SlotRef<'_, T::Origin>,
    ) -> Result<Slot<T::Origin>, Raised> {
        self.node = NodeRef::Operand(node);
        let start = match node {
            Operand::Pipe(pipe) => deep(|| self.pipeline(pipe, dot))?,
            Operand::Function(_, name, function) => {
                self.call_function(name, function, NodeRef::Operand(node), &[], dot, None)?
            }
            _ => Self::literal(Value::Invalid),
        };
        Ok(Slot { iface: false, ..start })
    }

    fn ideal(&self, number: &Number) -> Result<Value, Raised> {
        Ok(match number.ideal() {
            Ideal::Int(int) => Value::int(int),
            Ideal::Float(f) => Value::Float(f),
            Ideal::Complex(re, im) => Value::Complex(re, im),
            Ideal::Overflow => return Err(self.error(format!("{} overflows int", number.text))),
            Ideal::None => Value::Invalid,
        })
    }

    // Fields and methods.

    fn chain(
        &mut self,
        dot: SlotRef<'_, T::Origin>,
        receiver: SlotRef<'_, T::Origin>,
        idents: &'t [Str],
        node: &'t Operand,
        args: &'t [Operand],
        last: Option<Slot<T::Origin>>,
    ) -> Result<Slot<T::Origin>, Raised> {
        let Some((end, way)) = idents.split_last() else { return Ok(receiver.held()) };
        let mut reached: Option<Slot<T::Origin>> = None;
        for ident in way {
            let next =
                self.field(dot, reached.as_ref().map_or(receiver, Slot::view), ident, node, &[], None)?;
            reached = Some(next);
        }
        self.field(dot, reached.as_ref().map_or(receiver, Slot::view), end, node, args, last)
    }

    fn field(
        &mut self,
        dot: SlotRef<'_, T::Origin>,
        receiver: SlotRef<'_, T::Origin>,
        name: &'t Str,
        node: &'t Operand,
        args: &'t [Operand],
        last: Option<Slot<T::Origin>>,
    ) -> Result<Slot<T::Origin>, Raised> {
        let has_args = !args.is_empty() || last.is_some();
        match receiver.value {
            Value::Map(map) => {
                if let Some((named, index)) = method_of(map.named(), name) {
                    return self.named_method(named, index, name, node, args, dot, last, receiver);
                }
                if has_args {
                    return Err(self.error(format!("{name} is not a method but has arguments")));
                }
                let iface = map.elem() == Elem::Any;
                let value = match map.field(name) {
                    Some(value) => value,
                    None => match self.env.missing_key {
                        MissingKey::Invalid => {
                            let value = Value::Invalid;
                            let origin = self.trace.key(receiver.origin, receiver.value, name, &value);
                            return Ok(Slot { value, iface: false, origin });
                        }
                        MissingKey::Zero => zero(map.elem()),
                        MissingKey::Error => {
                            return Err(self.error(format!("map has no entry for key {}", quote(name))));
                        }
                    },
                };
                let origin = self.trace.key(receiver.origin, receiver.value, name, &value);
                Ok(Slot { value, iface, origin })
            }
            Value::Invalid => {
                if self.env.missing_key == MissingKey::Error {
                    return Err(self.error(format!("nil data; no entry for key {}", quote(name))));
                }
                Ok(Slot { value: Value::Invalid, iface: false, origin: receiver.origin.clone() })
            }
            Value::Nil => Err(self.error(format!("nil pointer evaluating interface {{}}.{name}"))),
            Value::Object(object) => {
                let object = object.clone();
                let text = name.to_text();
                if let Some(index) = object.methods().iter().position(|method| method.name == text) {
                    let callee = Callee::Method(object.as_ref(), index);
                    let Some(method) = object.methods().get(index) else {
                        return Err(self.no_field(name, receiver));
                    };
                    let called = self.call(
                        name,
                        &method.sig,
                        &callee,
                        NodeRef::Operand(node),
                        args,
                        dot,
                        last,
                        receiver.origin.clone(),
                    )?;
                    return Ok(Slot { iface: false, ..called });
                }
                match object.field(&text) {
                    Some(_) if has_args => {
                        Err(self.error(format!("{text} has arguments but cannot be invoked as function")))
                    }
                    Some(value) => {
                        let origin = self.trace.key(receiver.origin, receiver.value, name, &value);
                        Ok(Slot { value, iface: false, origin })
                    }
                    None => Err(self.no_field(name, receiver)),
                }
            }
            Value::List(list) => match method_of(list.named(), name) {
                Some((named, index)) => {
                    self.named_method(named, index, name, node, args, dot, last, receiver)
                }
                None => Err(self.no_field(name, receiver)),
            },
            _ => Err(self.no_field(name, receiver)),
        }
    }

    /// A call of a method of a named type.
    #[allow(clippy::too_many_arguments)]
    #[inline(never)]
    fn named_method(
        &mut self,
        named: &'static Named,
        index: usize,
        name: &Str,
        node: &'t Operand,
        args: &'t [Operand],
        dot: SlotRef<'_, T::Origin>,
        last: Option<Slot<T::Origin>>,
        receiver: SlotRef<'_, T::Origin>,
    ) -> Result<Slot<T::Origin>, Raised> {
        let Some(method) = named.methods.get(index) else { return Err(self.no_field(name, receiver)) };
        let callee = Callee::Named(named, index, receiver.value);
        let node = NodeRef::Operand(node);
        let called = self.call(name, &method.sig, &callee, node, args, dot, last, receiver.origin.clone())?;
        Ok(Slot { iface: false, ..called })
    }

    fn no_field(&self, name: &Str, receiver: SlotRef<'_, T::Origin>) -> Raised {
        let typ = if receiver.iface { "interface {}".into() } else { receiver.value.type_name() };
        self.error(format!("can't evaluate field {name} in type {typ}"))
    }

    // Calls.

    fn call_function(
        &mut self,
        name: &Str,
        function: &'t FuncRef,
        node: NodeRef<'t>,
        args: &'t [Operand],
        dot: SlotRef<'_, T::Origin>,
        last: Option<Slot<T::Origin>>,
    ) -> Result<Slot<T::Origin>, Raised> {
        let sig = match function {
            FuncRef::Builtin(builtin) => builtin.sig(),
            FuncRef::User(function) => function.sig(),
        };
        self.call(name, sig, &Callee::Function(function), node, args, dot, last, T::Origin::default())
    }

    #[allow(clippy::too_many_arguments)]
    fn call(
        &mut self,
        name: &Str,
        sig: &Sig,
        callee: &Callee<'_>,
        node: NodeRef<'t>,
        args: &'t [Operand],
        dot: SlotRef<'_, T::Origin>,
        last: Option<Slot<T::Origin>>,
        receiver: T::Origin,
    ) -> Result<Slot<T::Origin>, Raised> {
        let given = args.len() + usize::from(last.is_some());
        let fixed = sig.params.len();
        if sig.variadic.is_some() {
            if given < fixed {
                return Err(self.error(format!(
                    "wrong number of args for {name}: want at least {fixed} got {}",
                    args.len()
                )));
            }
        } else if given != fixed {
            return Err(self.error(format!("wrong number of args for {name}: want {fixed} got {given}")));
        }
        let mut origins: SmallVec<[T::Origin; 4]> = SmallVec::new();
        if T::ENABLED {
            origins.push(receiver);
        }
        let builtin = match callee {
            Callee::Function(FuncRef::Builtin(builtin)) => Some(*builtin),
            _ => None,
        };
        if let Some(Builtin::And | Builtin::Or) = builtin {
            return self.short_circuit(builtin == Some(Builtin::Or), args, dot, last);
        }
        let ty_of = |index: usize| sig.params.get(index).copied().or(sig.variadic).unwrap_or(Ty::Any);
        let mut values = Args::new();
        let mut held = None;
        for (index, arg) in args.iter().enumerate() {
            let value = self.argument(arg, ty_of(index), dot)?;
            if index > 0 && value.iface {
                held = held.or(Some(index));
            }
            if T::ENABLED {
                origins.push(value.origin);
            }
            values.push(value.value);
        }
        let callee_text = match (builtin, args.first(), &last) {
            (Some(Builtin::Call), Some(arg), _) => self.text_of(arg),
            (Some(Builtin::Call), None, Some(last)) => match &last.value {
                Value::Str(text) => text.to_string(),
                other => format!("<{} Value>", other.type_name()),
            },
            _ => String::new(),
        };
        if let Some(last) = last {
            // The type is that of the last parameter, or of the one it falls on.
            let ty = if sig.variadic.is_some() { ty_of(given - 1) } else { ty_of(fixed.saturating_sub(1)) };
            if T::ENABLED {
                origins.push(last.origin);
            }
            values.push(self.validate(last.value, ty)?);
        }
        let result = match builtin {
            Some(Builtin::Call) => self.call_value(&callee_text, &values),
            // Alone among the predefined functions, `slice` does not look into interfaces.
            Some(Builtin::Slice) if held.is_some() => Err(slice_by_interface(&values, held.unwrap_or(0))),
            _ => self.run(callee, &values),
        };
        match result {
            Ok(value) => {
                let (receiver, origins) =
                    origins.split_first().map_or((None, &[][..]), |(r, o)| (Some(r), o));
                let origin = match receiver {
                    // What a method answers comes from what it is asked of.
                    Some(receiver) if !matches!(callee, Callee::Function(_)) => receiver.clone(),
                    _ => self.origin_of(builtin, &values, origins, &value),
                };
                Ok(Slot { value, iface: false, origin })
            }
            Err(error) => {
                self.node = node;
                let mut text = format!("error calling {name}: ").into_bytes();
                text.extend_from_slice(error.message());
                if error.is_limit() {
                    return Err(self.limit(&FuncError::limit(text)));
                }
                Err(self.wrapping(text, error))
            }
        }
    }

    /// Where the result of a call comes from: exactly so for `index`, else as the trace sees it.
    fn origin_of(
        &mut self,
        builtin: Option<Builtin>,
        values: &[Value],
        origins: &[T::Origin],
        result: &Value,
    ) -> T::Origin {
        if !T::ENABLED {
            return T::Origin::default();
        }
        let (Some(Builtin::Index), [container, indexes @ ..], [first, ..]) = (builtin, values, origins)
        else {
            return self.trace.called(values, origins, result);
        };
        let (mut value, mut origin) = (container.clone(), first.clone());
        for index in indexes {
            let below = match (&value, index) {
                (Value::Map(map), Value::Str(key)) => {
                    map.get(key).map(|below| (self.trace.key(&origin, &value, key, &below), below))
                }
                (Value::List(list), Value::Int(_, at)) => {
                    let at = usize::try_from(*at).unwrap_or(usize::MAX);
                    let below = list.items().get(at).cloned();
                    below.map(|below| (self.trace.item(&origin, &value, at, &below), below))
                }
                _ => None,
            };
            // Past what there is, it comes from what there is.
            let Some(below) = below else { break };
            (origin, value) = below;
        }
        origin
    }

    fn run(&mut self, callee: &Callee<'_>, values: &[Value]) -> Result<Value, FuncError> {
        let (env, meter) = (self.env, self.meter);
        let mut call = Call { env, meter, templates: Some(self) };
        match callee {
            Callee::Function(FuncRef::Builtin(builtin)) => builtin.call(&mut call, values),
            Callee::Function(FuncRef::User(function)) => function.call(&mut call, values),
            Callee::Method(object, index) => object.call(*index, &mut call, values),
            Callee::Named(named, index, receiver) => (named.call)(*index, receiver, &mut call, values),
        }
    }

    fn short_circuit(
        &mut self,
        or: bool,
        args: &'t [Operand],
        dot: SlotRef<'_, T::Origin>,
        last: Option<Slot<T::Origin>>,
    ) -> Result<Slot<T::Origin>, Raised> {
        let mut value = Self::literal(Value::Invalid);
        let mut by: SmallVec<[T::Origin; 4]> = SmallVec::new();
        let mut ends = false;
        for (index, arg) in args.iter().enumerate() {
            if T::ENABLED && index > 0 {
                by.push(value.origin);
            }
            value = self.argument(arg, Ty::Reflect, dot)?;
            ends = value.value.truth() == or;
            if ends {
                break;
            }
        }
        if let Some(last) = last.filter(|_| !ends) {
            if T::ENABLED && !args.is_empty() {
                by.push(value.origin);
            }
            value = last;
        }
        value.origin = self.trace.decided(&value.value, value.origin, &by);
        Ok(value)
    }

    /// The predefined function `call`.
    fn call_value(&mut self, name: &str, values: &[Value]) -> Result<Value, FuncError> {
        let Some((function, args)) = values.split_first() else { return Err(FuncError::new("call of nil")) };
        let function = match function {
            Value::Func(function) => function.clone(),
            Value::Invalid | Value::Nil => return Err(FuncError::new("call of nil")),
            other => {
                return Err(FuncError::new(format!("non-function {name} of type {}", other.type_name())));
            }
        };
        let sig = *function.sig();
        let (given, fixed) = (args.len(), sig.params.len());
        if sig.variadic.is_some() && given < fixed {
            return Err(FuncError::new(format!(
                "wrong number of args for {name}: got {given} want at least {fixed}"
            )));
        }
        if sig.variadic.is_none() && given != fixed {
            return Err(FuncError::new(format!("wrong number of args for {name}: got {given} want {fixed}")));
        }
        let mut prepared = Args::new();
        for (index, arg) in args.iter().enumerate() {
            let ty = sig.params.get(index).copied().or(sig.variadic).unwrap_or(Ty::Any);
            let arg = prepare(arg, ty).map_err(|error| FuncError::new(format!("arg {index}: {error}")))?;
            prepared.push(arg);
        }
        let function = FuncRef::User(function);
        self.run(&Callee::Function(&function), &prepared)
    }

    // Arguments.

    fn argument(
        &mut self,
        arg: &'t Operand,
        ty: Ty,
        dot: SlotRef<'_, T::Origin>,
    ) -> Result<Slot<T::Origin>, Raised> {
        self.node = NodeRef::Operand(arg);
        let found = match arg {
            Operand::Dot(_) => dot.held(),
            Operand::Nil(_) => {
                return match nil_of(ty) {
                    Some(value) => Ok(Self::literal(value)),
                    None => Err(self.error(format!("cannot assign nil to {}", ty.name()))),
                };
            }
            Operand::Field(_, idents) => match lookup::<T>(dot, idents) {
                Some(found) => found,
                None => self.chain(dot, dot, idents, arg, &[], None)?,
            },
            Operand::Variable(_, id, idents) => {
                let slot = self.var(*id)?;
                match lookup::<T>(slot.view(), idents) {
                    Some(found) => found,
                    None => {
                        let slot = slot.clone();
                        self.chain(dot, slot.view(), idents, arg, &[], None)?
                    }
                }
            }
            Operand::Pipe(pipe) => deep(|| self.pipeline(pipe, dot))?,
            Operand::Function(_, name, function) => {
                self.call_function(name, function, NodeRef::Operand(arg), &[], dot, None)?
            }
            Operand::Chain(_, node, idents) => {
                let start = self.chain_start(node, dot)?;
                self.chain(dot, start.view(), idents, arg, &[], None)?
            }
            Operand::Bool(..) | Operand::Number(..) | Operand::Str(..) => {
                return self.constant(arg, ty).map(Self::literal);
            }
        };
        Ok(Slot { value: self.validate(found.value, ty)?, iface: found.iface, origin: found.origin })
    }

    /// A constant as an argument of a type.
    fn constant(&self, arg: &Operand, ty: Ty) -> Result<Value, Raised> {
        let expected = match (ty, arg) {
            (Ty::Any | Ty::Reflect | Ty::Bool, Operand::Bool(_, value)) => return Ok(Value::Bool(*value)),
            (Ty::Any | Ty::Reflect | Ty::Str, Operand::Str(_, _, text)) => {
                return Ok(Value::Str(text.clone()));
            }
            (Ty::Any | Ty::Reflect, Operand::Number(_, number)) => return self.ideal(number),
            (Ty::Int(kind), Operand::Number(_, number)) if number.int.is_some() => {
                return Ok(Value::Int(kind, narrow_int(kind, number.int.unwrap_or(0))));
            }
            (Ty::Uint(kind), Operand::Number(_, number)) if number.uint.is_some() => {
                return Ok(Value::Uint(kind, narrow_uint(kind, number.uint.unwrap_or(0))));
            }
            (Ty::Float64, Operand::Number(_, number)) if number.float.is_some() => {
                return Ok(Value::Float(number.float.unwrap_or(0.0)));
            }
            (Ty::Bool, _) => "bool",
            (Ty::Str, _) => "string",
            (Ty::Int(_), _) => "integer",
            (Ty::Uint(_), _) => "unsigned integer",
            (Ty::Float64, _) => "float",
            _ => {
                return Err(self.error(format!(
                    "can't handle {} for arg of type {}",
                    self.text_of(arg),
                    ty.name()
                )));
            }
        };
        Err(self.error(format!("expected {expected}; found {}", self.text_of(arg))))
    }

    /// Checks that a value can be passed as a type.
    #[inline]
    fn validate(&self, value: Value, ty: Ty) -> Result<Value, Raised> {
        match (ty, &value) {
            (Ty::Reflect, _) => return Ok(value),
            (Ty::Any, Value::Invalid) => return Ok(Value::Nil),
            (Ty::Any, _) => return Ok(value),
            (_, Value::Invalid) => {
                return nil_of(ty)
                    .ok_or_else(|| self.error(format!("invalid value; expected {}", ty.name())));
            }
            _ => {}
        }
        if assignable(&value, ty) { Ok(value) } else { self.mistyped(value, ty) }
    }

    #[cold]
    fn mistyped(&self, value: Value, ty: Ty) -> Result<Value, Raised> {
        if let (Ty::Error, Value::Nil) = (ty, &value) {
            return Ok(value);
        }
        let got = if value.kind() == Kind::Invalid { "interface {}".into() } else { value.type_name() };
        Err(self.error(format!("wrong type for value; expected {}; got {got}", ty.name())))
    }
}
