//! The parser of `text/template`: the same grammar, checks and error texts.

use std::sync::Arc;

use crate::ast::{
    Action, Branch, Command, FuncRef, List, Node, Operand, Pipe, Pos, RangeNode, TemplateNode, Tree,
};
use crate::builtins::Builtin;
use crate::func::FuncMap;
use crate::lex::{Item, ItemType, Lexer};
use crate::number::Number;
use crate::quote::{quote, unquote};
use crate::stack::deep;
use crate::str::Str;

/// The delimiters used when none are given.
pub(crate) const DELIMS: (&str, &str) = ("{{", "}}");
/// Go's bound on nested parentheses.
const MAX_EXPRESSION_DEPTH: usize = 10_000;
/// Our bound on nested control structures (Go has none but its stack).
const MAX_NESTING: usize = 10_000;

type Parsed<T> = Result<T, String>;

/// Parses a text into the template it is and the templates it defines, in order of definition.
/// The error is Go's whole text.
pub(crate) fn parse(
    name: &str,
    text: &Arc<str>,
    funcs: &FuncMap,
    left: &str,
    right: &str,
) -> Result<Vec<Tree>, String> {
    let mut lexer = Lexer::new(text, left, right);
    lexer.break_ok = funcs.get("break").is_none();
    lexer.continue_ok = funcs.get("continue").is_none();
    let mut shared = Shared {
        lexer,
        funcs,
        parse_name: Arc::from(name),
        text: Arc::clone(text),
        delims: (Arc::from(left), Arc::from(right)),
        trees: Vec::new(),
        nesting: 0,
        operands: Vec::new(),
    };
    let mut parser = Parser::new(name, &mut shared);
    let root = parser.top()?;
    parser.add(root)?;
    Ok(shared.trees)
}

/// What the parsers of a text and of the templates defined in it share.
struct Shared<'t> {
    lexer: Lexer<'t>,
    funcs: &'t FuncMap,
    parse_name: Arc<str>,
    text: Arc<str>,
    delims: (Arc<str>, Arc<str>),
    trees: Vec<Tree>,
    nesting: usize,
    /// The operands of the commands that are being read; those of a finished one leave in a list of just their size.
    operands: Vec<Operand>,
}

/// What ends a list of nodes.
enum End {
    End,
    Else,
}

impl End {
    fn describe(&self, shared: &Shared<'_>) -> String {
        let word = match self {
            Self::End => "end",
            Self::Else => "else",
        };
        format!("{}{word}{}", shared.delims.0, shared.delims.1)
    }
}

enum Parsing {
    Node(Node),
    End(End),
}

/// The parser of one template body.
struct Parser<'p, 't> {
    shared: &'p mut Shared<'t>,
    name: Box<str>,
    tokens: [Item<'t>; 3],
    peeked: usize,
    /// All variable names of this body.
    names: Vec<Str>,
    /// Indexes of those in scope.
    scope: Vec<u32>,
    action_line: usize,
    range_depth: usize,
    expression_depth: usize,
}

impl<'p, 't> Parser<'p, 't> {
    fn new(name: &str, shared: &'p mut Shared<'t>) -> Self {
        let blank = Item { typ: ItemType::Error, pos: 0, val: "", line: 0 };
        Self {
            shared,
            name: name.into(),
            tokens: [blank; 3],
            peeked: 0,
            names: vec![Str::from_static("$")],
            scope: vec![0],
            action_line: 0,
            range_depth: 0,
            expression_depth: 0,
        }
    }

    // Tokens, with Go's three of look-ahead.

    fn next(&mut self) -> Item<'t> {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.shared.lexer.next_item();
        }
        self.tokens[self.peeked]
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup2(&mut self, first: Item<'t>) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn backup3(&mut self, first: Item<'t>, second: Item<'t>) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> &Item<'t> {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.shared.lexer.next_item();
        }
        &self.tokens[self.peeked - 1]
    }

    fn next_non_space(&mut self) -> Item<'t> {
        loop {
            let token = self.next();
            if token.typ != ItemType::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> &Item<'t> {
        loop {
            if self.peek().typ != ItemType::Space {
                return &self.tokens[self.peeked - 1];
            }
            self.peeked -= 1;
        }
    }

    // Errors.

    fn error<T>(&self, text: impl AsRef<str>) -> Parsed<T> {
        Err(format!("template: {}:{}: {}", self.shared.parse_name, self.tokens[0].line, text.as_ref()))
    }

    fn unexpected<T>(&self, token: &Item<'t>, context: &str) -> Parsed<T> {
        if token.typ == ItemType::Error {
            let fault = &self.shared.lexer.fault;
            let mut extra = String::new();
            if self.action_line != 0 && self.action_line != token.line {
                let action = if fault.ends_with(" action") { "" } else { " in action" };
                extra = format!("{action} started at {}:{}", self.shared.parse_name, self.action_line);
            }
            return self.error(format!("{fault}{extra}"));
        }
        self.error(format!("unexpected {} in {context}", token.describe()))
    }

    fn expect(&mut self, typ: ItemType, context: &str) -> Parsed<Item<'t>> {
        let token = self.next_non_space();
        if token.typ != typ { self.unexpected(&token, context) } else { Ok(token) }
    }

    // Structure.

    /// The whole text: like a list, but it may hold definitions.
    fn top(&mut self) -> Parsed<List> {
        let mut list = List::default();
        loop {
            match self.peek().typ {
                ItemType::Eof => return Ok(list),
                ItemType::LeftDelim => {
                    let delim = self.next();
                    if self.next_non_space().typ == ItemType::Define {
                        self.definition()?;
                        continue;
                    }
                    self.backup2(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Parsing::Node(node) => list.0.push(node),
                Parsing::End(end) => {
                    let text = end.describe(self.shared);
                    return self.error(format!("unexpected {text}"));
                }
            }
        }
    }

    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let mut inner = Parser::new("definition", self.shared);
        let token = inner.next_non_space();
        inner.name = inner.template_name(&token, CONTEXT)?;
        inner.expect(ItemType::RightDelim, CONTEXT)?;
        let (root, end) = inner.list()?;
        if let End::Else = end {
            let text = end.describe(inner.shared);
            return inner.error(format!("unexpected {text} in {CONTEXT}"));
        }
        inner.add(root)
    }

    /// Puts the finished body among the trees; an empty one never replaces another.
    fn add(&mut self, root: List) -> Parsed<()> {
        let tree = Tree {
            name: self.name.clone(),
            parse_name: Arc::clone(&self.shared.parse_name),
            text: Arc::clone(&self.shared.text),
            delims: self.shared.delims.clone(),
            variables: std::mem::take(&mut self.names),
            root,
        };
        match self.shared.trees.iter_mut().find(|old| old.name == tree.name) {
            None => self.shared.trees.push(tree),
            Some(old) if old.is_empty() => *old = tree,
            Some(_) if tree.is_empty() => {}
            Some(_) => {
                let name = quote(tree.name.as_bytes());
                return self.error(format!("template: multiple definition of template {name}"));
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Parsed<(List, End)> {
        let mut list = List::default();
        self.shared.nesting += 1;
        if self.shared.nesting > MAX_NESTING {
            return self.error(format!("nesting limit of {MAX_NESTING} exceeded"));
        }
        while self.peek_non_space().typ != ItemType::Eof {
            match deep(|| self.text_or_action())? {
                Parsing::Node(node) => list.0.push(node),
                Parsing::End(end) => {
                    self.shared.nesting -= 1;
                    return Ok((list, end));
                }
            }
        }
        self.error("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parsed<Parsing> {
        let token = self.next_non_space();
        match token.typ {
            ItemType::Text => {
                let start = token.pos as Pos;
                Ok(Parsing::Node(Node::Text(start..start + token.val.len() as Pos)))
            }
            ItemType::LeftDelim => {
                self.action_line = token.line;
                let parsed = self.action(token.pos as Pos);
                self.action_line = 0;
                parsed
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self, start: Pos) -> Parsed<Parsing> {
        let token = self.next_non_space();
        let node = match token.typ {
            ItemType::Block => self.block()?,
            ItemType::Break => self.break_or_continue("break", Node::Break)?,
            ItemType::Continue => self.break_or_continue("continue", Node::Continue)?,
            ItemType::Else => {
                if !matches!(self.peek_non_space().typ, ItemType::If | ItemType::With) {
                    self.expect(ItemType::RightDelim, "else")?;
                }
                return Ok(Parsing::End(End::Else));
            }
            ItemType::End => {
                self.expect(ItemType::RightDelim, "end")?;
                return Ok(Parsing::End(End::End));
            }
            ItemType::If => Node::If(Box::new(self.branch("if", ItemType::If)?)),
            ItemType::With => Node::With(Box::new(self.branch("with", ItemType::With)?)),
            ItemType::Range => Node::Range(Box::new(self.range()?)),
            ItemType::Template => self.template()?,
            _ => {
                self.backup();
                let pos = self.peek().pos as Pos;
                let pipe = self.pipeline("command", ItemType::RightDelim)?;
                let end = &self.tokens[0];
                Node::Action(Action { span: start..(end.pos + end.val.len()) as Pos, pos, pipe })
            }
        };
        Ok(Parsing::Node(node))
    }

    fn break_or_continue(&mut self, word: &str, node: Node) -> Parsed<Node> {
        let token = self.next_non_space();
        if token.typ != ItemType::RightDelim {
            return self.unexpected(&token, &format!("{{{{{word}}}}}"));
        }
        if self.range_depth == 0 {
            return self.error(format!("{{{{{word}}}}} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    /// `if` or `with` with all its clauses; a chain of `else if` is one node.
    fn branch(&mut self, context: &str, keyword: ItemType) -> Parsed<Branch> {
        let scope = self.scope.len();
        let mut branch = Branch { clauses: Vec::new(), otherwise: None };
        loop {
            let pipe = self.pipeline(context, ItemType::RightDelim)?;
            let (list, end) = self.list()?;
            branch.clauses.push((pipe, list));
            if let End::End = end {
                break;
            }
            if self.peek().typ == keyword {
                self.next();
                continue;
            }
            branch.otherwise = Some(self.last_list()?);
            break;
        }
        self.scope.truncate(scope);
        Ok(branch)
    }

    /// The list after a plain `else`.
    fn last_list(&mut self) -> Parsed<List> {
        let (list, end) = self.list()?;
        if let End::Else = end {
            let text = end.describe(self.shared);
            return self.error(format!("expected end; found {text}"));
        }
        Ok(list)
    }

    fn range(&mut self) -> Parsed<RangeNode> {
        let scope = self.scope.len();
        let pipe = self.pipeline("range", ItemType::RightDelim)?;
        self.range_depth += 1;
        let (body, end) = self.list()?;
        self.range_depth -= 1;
        let otherwise = match end {
            End::End => None,
            End::Else => Some(self.last_list()?),
        };
        self.scope.truncate(scope);
        Ok(RangeNode { pipe, body, otherwise })
    }

    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, ItemType::RightDelim)?;
        let mut inner = Parser::new(&name, self.shared);
        let (root, end) = inner.list()?;
        if let End::Else = end {
            let text = end.describe(self.shared);
            return self.error(format!("unexpected {text} in {CONTEXT}"));
        }
        inner.add(root)?;
        let name = Str::from(&*name);
        Ok(Node::Template(Box::new(TemplateNode { pos: token.pos as Pos, name, pipe: Some(pipe) })))
    }

    fn template(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = Str::from(&*self.template_name(&token, CONTEXT)?);
        let mut pipe = None;
        if self.next_non_space().typ != ItemType::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, ItemType::RightDelim)?);
        }
        Ok(Node::Template(Box::new(TemplateNode { pos: token.pos as Pos, name, pipe })))
    }

    fn template_name(&mut self, token: &Item<'t>, context: &str) -> Parsed<Box<str>> {
        match token.typ {
            ItemType::String | ItemType::RawString => {
                let Some(bytes) = unquote(token.val) else { return self.error("invalid syntax") };
                Ok(String::from_utf8_lossy(&bytes).into())
            }
            _ => self.unexpected(token, context),
        }
    }

    // Pipelines.

    fn declare(&mut self, name: &str) -> u32 {
        let known = self.names.iter().position(|known| known.as_bytes() == name.as_bytes());
        let index = known.unwrap_or_else(|| {
            self.names.push(Str::from(name));
            self.names.len() - 1
        }) as u32;
        self.scope.push(index);
        index
    }

    fn pipeline(&mut self, context: &str, end: ItemType) -> Parsed<Pipe> {
        let pos = self.peek_non_space().pos as Pos;
        let mut pipe = Pipe { pos, assign: false, decl: Vec::new(), commands: Vec::with_capacity(1) };
        while self.peek_non_space().typ == ItemType::Variable {
            let variable = self.next();
            let after = *self.peek();
            let next = self.peek_non_space();
            match next.typ {
                ItemType::Assign | ItemType::Declare => {
                    pipe.assign = next.typ == ItemType::Assign;
                    self.next_non_space();
                    pipe.decl.push(self.declare(variable.val));
                }
                ItemType::Char if next.val == "," => {
                    self.next_non_space();
                    pipe.decl.push(self.declare(variable.val));
                    if context == "range" && pipe.decl.len() < 2 {
                        match self.peek_non_space().typ {
                            ItemType::Variable | ItemType::RightDelim | ItemType::RightParen => continue,
                            _ => return self.error("range can only initialize variables"),
                        }
                    }
                    return self.error(format!("too many declarations in {context}"));
                }
                _ if after.typ == ItemType::Space => self.backup3(variable, after),
                _ => self.backup2(variable),
            }
            break;
        }
        loop {
            let token = self.next_non_space();
            match token.typ {
                typ if typ == end => {
                    self.check(&pipe, context)?;
                    return Ok(pipe);
                }
                ItemType::Bool
                | ItemType::CharConstant
                | ItemType::Complex
                | ItemType::Dot
                | ItemType::Field
                | ItemType::Identifier
                | ItemType::Number
                | ItemType::Nil
                | ItemType::RawString
                | ItemType::String
                | ItemType::Variable
                | ItemType::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(
                Operand::Bool(..)
                | Operand::Dot(_)
                | Operand::Nil(_)
                | Operand::Number(..)
                | Operand::Str(..),
            ) = command.args.first()
            {
                return self.error(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let first = self.shared.operands.len();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.shared.operands.push(operand);
            }
            let token = self.next();
            match token.typ {
                ItemType::Space => continue,
                ItemType::RightDelim | ItemType::RightParen => self.backup(),
                ItemType::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if self.shared.operands.len() == first {
            return self.error("empty command");
        }
        Ok(Command { args: self.shared.operands.drain(first..).collect() })
    }

    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(mut operand) = self.term()? else { return Ok(None) };
        if self.peek().typ != ItemType::Field {
            return Ok(Some(operand));
        }
        // Go keeps the position of the first field that follows.
        let pos = self.peek().pos as Pos;
        let mut fields = match &mut operand {
            Operand::Field(_, idents) | Operand::Variable(_, _, idents) => std::mem::take(idents).into_vec(),
            _ => Vec::new(),
        };
        while self.peek().typ == ItemType::Field {
            let token = self.next();
            fields.push(Str::from(token.val.get(1..).unwrap_or_default()));
        }
        let described = |what: String| format!("unexpected . after term {}", quote(what.as_bytes()));
        let text = match operand {
            Operand::Field(..) => return Ok(Some(Operand::Field(pos, fields.into()))),
            Operand::Variable(_, variable, _) => {
                return Ok(Some(Operand::Variable(pos, variable, fields.into())));
            }
            Operand::Bool(_, value) => described(value.to_string()),
            Operand::Str(_, quoted, _) => described(
                self.shared
                    .text
                    .get(quoted.start as usize..quoted.end as usize)
                    .unwrap_or_default()
                    .to_owned(),
            ),
            Operand::Number(_, number) => described(number.text.into_string()),
            Operand::Nil(_) => described("nil".to_owned()),
            Operand::Dot(_) => described(".".to_owned()),
            operand => return Ok(Some(Operand::Chain(pos, Box::new(operand), fields.into()))),
        };
        self.error(text)
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_non_space();
        let pos = token.pos as Pos;
        Ok(Some(match token.typ {
            ItemType::Identifier => {
                let function = match self.shared.funcs.get(token.val) {
                    Some(function) => FuncRef::User(function.clone()),
                    None => match Builtin::by_name(token.val) {
                        Some(builtin) => FuncRef::Builtin(builtin),
                        None => {
                            return self
                                .error(format!("function {} not defined", quote(token.val.as_bytes())));
                        }
                    },
                };
                Operand::Function(pos, Str::from(token.val), function)
            }
            ItemType::Dot => Operand::Dot(pos),
            ItemType::Nil => Operand::Nil(pos),
            ItemType::Variable => {
                let known = |index: &&u32| {
                    self.names
                        .get(**index as usize)
                        .is_some_and(|name| name.as_bytes() == token.val.as_bytes())
                };
                match self.scope.iter().rev().find(known) {
                    Some(index) => Operand::Variable(pos, *index, Box::default()),
                    None => return self.error(format!("undefined variable {}", quote(token.val.as_bytes()))),
                }
            }
            ItemType::Field => {
                Operand::Field(pos, Box::new([Str::from(token.val.get(1..).unwrap_or_default())]))
            }
            ItemType::Bool => Operand::Bool(pos, token.val == "true"),
            ItemType::CharConstant | ItemType::Complex | ItemType::Number => {
                let number = match token.typ {
                    ItemType::CharConstant => Number::from_char(token.val),
                    ItemType::Complex => Number::from_complex(token.val),
                    _ => Number::parse(token.val),
                };
                match number {
                    Ok(number) => Operand::Number(pos, Box::new(number)),
                    Err(text) => return self.error(text),
                }
            }
            ItemType::LeftParen => {
                if self.expression_depth >= MAX_EXPRESSION_DEPTH {
                    return self.error("max expression depth exceeded");
                }
                self.expression_depth += 1;
                let pipe = deep(|| self.pipeline("parenthesized pipeline", ItemType::RightParen))?;
                self.expression_depth -= 1;
                Operand::Pipe(Box::new(pipe))
            }
            ItemType::String | ItemType::RawString => match unquote(token.val) {
                Some(bytes) => Operand::Str(pos, pos..pos + token.val.len() as Pos, Str::from(bytes)),
                None => return self.error("invalid syntax"),
            },
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }
}
