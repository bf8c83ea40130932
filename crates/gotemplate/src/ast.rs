//! Parsed templates: compact nodes with names split, functions resolved and constants decoded.

use std::ops::Range;
use std::sync::Arc;

use crate::builtins::Builtin;
use crate::func::Function;
use crate::number::Number;
use crate::quote::quote;
use crate::stack::deep;
use crate::str::Str;

/// A byte offset into the template text.
pub(crate) type Pos = u32;

/// A parsed template body.
pub(crate) struct Tree {
    /// The name it is defined under.
    pub(crate) name: Box<str>,
    /// The name of the text it stands in, for error texts.
    pub(crate) parse_name: Arc<str>,
    /// That text.
    pub(crate) text: Arc<str>,
    /// The delimiters, for error texts.
    pub(crate) delims: (Arc<str>, Arc<str>),
    /// The names of its variables; `$` is the first.
    pub(crate) variables: Vec<Str>,
    /// The body.
    pub(crate) root: List,
}

impl Tree {
    /// `parse.IsEmptyTree`: nothing but space.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.0.iter().all(|node| match node {
            Node::Text(range) => self.slice(range).trim().is_empty(),
            _ => false,
        })
    }

    pub(crate) fn slice(&self, range: &Range<Pos>) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}

/// A sequence of nodes.
#[derive(Default)]
pub(crate) struct List(pub(crate) Vec<Node>);

impl Drop for List {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            deep(|| self.0.clear());
        }
    }
}

pub(crate) enum Node {
    Text(Range<Pos>),
    Action(Action),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<RangeNode>),
    Template(Box<TemplateNode>),
    Break,
    Continue,
}

/// `{{pipeline}}`.
pub(crate) struct Action {
    /// Where it stands, delimiters included.
    pub(crate) span: Range<Pos>,
    pub(crate) pos: Pos,
    pub(crate) pipe: Pipe,
}

/// `if` or `with`, its `else if` or `else with` clauses, and its `else`.
pub(crate) struct Branch {
    pub(crate) clauses: Vec<(Pipe, List)>,
    pub(crate) otherwise: Option<List>,
}

pub(crate) struct RangeNode {
    pub(crate) pipe: Pipe,
    pub(crate) body: List,
    pub(crate) otherwise: Option<List>,
}

pub(crate) struct TemplateNode {
    pub(crate) pos: Pos,
    pub(crate) name: Str,
    pub(crate) pipe: Option<Pipe>,
}

pub(crate) struct Pipe {
    pub(crate) pos: Pos,
    /// The variables are assigned, not declared.
    pub(crate) assign: bool,
    /// Indexes into [`Tree::variables`].
    pub(crate) decl: Vec<u32>,
    pub(crate) commands: Vec<Command>,
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if self.commands.iter().any(|command| command.args.iter().any(|arg| !arg.is_leaf())) {
            deep(|| self.commands.clear());
        }
    }
}

pub(crate) struct Command {
    /// What is called or evaluated, then its arguments.
    pub(crate) args: Vec<Operand>,
}

pub(crate) enum Operand {
    Dot(Pos),
    Nil(Pos),
    Bool(Pos, bool),
    Number(Pos, Box<Number>),
    Str(Pos, Range<Pos>, Str),
    /// `.a.b`
    Field(Pos, Box<[Str]>),
    /// `$x.a.b`: the index of the variable and the fields.
    Variable(Pos, u32, Box<[Str]>),
    /// `(…).a.b`
    Chain(Pos, Box<Operand>, Box<[Str]>),
    Function(Pos, Str, FuncRef),
    Pipe(Box<Pipe>),
}

/// A resolved function.
pub(crate) enum FuncRef {
    Builtin(Builtin),
    User(Function),
}

impl Operand {
    pub(crate) fn pos(&self) -> Pos {
        match self {
            Self::Dot(pos)
            | Self::Nil(pos)
            | Self::Bool(pos, _)
            | Self::Number(pos, _)
            | Self::Str(pos, ..)
            | Self::Field(pos, _)
            | Self::Variable(pos, ..)
            | Self::Chain(pos, ..)
            | Self::Function(pos, ..) => *pos,
            Self::Pipe(pipe) => pipe.pos,
        }
    }

    fn is_leaf(&self) -> bool {
        !matches!(self, Self::Pipe(_) | Self::Chain(..))
    }
}

/// A node that error texts can point at.
#[derive(Clone, Copy)]
pub(crate) enum NodeRef<'t> {
    Action(&'t Action),
    Template(&'t TemplateNode),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
    /// A position with nothing to show.
    Start,
}

impl NodeRef<'_> {
    pub(crate) fn pos(self) -> Pos {
        match self {
            Self::Action(action) => action.pos,
            Self::Template(node) => node.pos,
            Self::Pipe(pipe) => pipe.pos,
            Self::Command(command) => command.args.first().map_or(0, Operand::pos),
            Self::Operand(operand) => operand.pos(),
            Self::Start => 0,
        }
    }

    /// The node as Go's `String` writes it.
    pub(crate) fn text(self, tree: &Tree) -> String {
        let mut out = String::new();
        let (left, right) = (&tree.delims.0, &tree.delims.1);
        match self {
            Self::Action(action) => {
                out.push_str(left);
                write_pipe(&mut out, tree, &action.pipe);
                out.push_str(right);
            }
            Self::Template(node) => {
                out.push_str(left);
                out.push_str("template ");
                out.push_str(&quote(&node.name));
                if let Some(pipe) = &node.pipe {
                    out.push(' ');
                    write_pipe(&mut out, tree, pipe);
                }
                out.push_str(right);
            }
            Self::Pipe(pipe) => write_pipe(&mut out, tree, pipe),
            Self::Command(command) => write_command(&mut out, tree, command),
            Self::Operand(operand) => write_operand(&mut out, tree, operand),
            Self::Start => {}
        }
        out
    }
}

fn write_pipe(out: &mut String, tree: &Tree, pipe: &Pipe) {
    for (index, variable) in pipe.decl.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_variable(out, tree, *variable);
    }
    if !pipe.decl.is_empty() {
        out.push_str(if pipe.assign { " = " } else { " := " });
    }
    for (index, command) in pipe.commands.iter().enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        write_command(out, tree, command);
    }
}

fn write_command(out: &mut String, tree: &Tree, command: &Command) {
    for (index, arg) in command.args.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        if matches!(arg, Operand::Pipe(_)) {
            out.push('(');
            write_operand(out, tree, arg);
            out.push(')');
        } else {
            write_operand(out, tree, arg);
        }
    }
}

/// Writes an operand; a pipeline without its parentheses.
pub(crate) fn write_operand(out: &mut String, tree: &Tree, operand: &Operand) {
    match operand {
        Operand::Dot(_) => out.push('.'),
        Operand::Nil(_) => out.push_str("nil"),
        Operand::Bool(_, value) => out.push_str(if *value { "true" } else { "false" }),
        Operand::Number(_, number) => out.push_str(&number.text),
        Operand::Str(_, quoted, _) => out.push_str(tree.slice(quoted)),
        Operand::Field(_, idents) => write_fields(out, idents),
        Operand::Variable(_, variable, idents) => {
            write_variable(out, tree, *variable);
            write_fields(out, idents);
        }
        Operand::Chain(_, node, idents) => {
            if matches!(**node, Operand::Pipe(_)) {
                out.push('(');
                deep(|| write_operand(out, tree, node));
                out.push(')');
            } else {
                deep(|| write_operand(out, tree, node));
            }
            write_fields(out, idents);
        }
        Operand::Function(_, name, _) => out.push_str(&name.to_text()),
        Operand::Pipe(pipe) => deep(|| write_pipe(out, tree, pipe)),
    }
}

fn write_variable(out: &mut String, tree: &Tree, variable: u32) {
    if let Some(name) = tree.variables.get(variable as usize) {
        out.push_str(&name.to_text());
    }
}

fn write_fields(out: &mut String, idents: &[Str]) {
    for ident in idents {
        out.push('.');
        out.push_str(&ident.to_text());
    }
}
