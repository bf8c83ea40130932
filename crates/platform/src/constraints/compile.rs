//! CEL text to a program in which nothing missing is an error and nothing runs for ever.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, operators,
};
use cel::{Env, extensions};

use crate::keys::nearest;

/// The names an expression may use.
pub(super) const VARIABLES: [&str; 13] = [
    "app",
    "name",
    "sync",
    "destination",
    "source",
    "sources",
    "values",
    "env",
    "cluster",
    "facts",
    "project",
    "labels",
    "annotations",
];

/// Names of types, which stand for themselves.
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

/// Functions that can be called: those of the standard library and its extensions for strings and lists, and ours.
const FUNCTIONS: [&str; 33] = [
    "bool",
    "bytes",
    "charAt",
    "contains",
    "distinct",
    "double",
    "dyn",
    "endsWith",
    "first",
    "flatten",
    "glob",
    "indexOf",
    "int",
    "join",
    "last",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "quantity",
    "range",
    "replace",
    "reverse",
    "size",
    "slice",
    "sort",
    "split",
    "startsWith",
    "string",
    "substring",
    "trim",
    "type",
    "uint",
    "upperAscii",
];

/// Longer expressions are refused.
const MAX_LENGTH: usize = 4096;

/// Names of the functions that reads are rewritten to; no expression can spell them.
pub(super) const PATH: &str = "@path";
pub(super) const GET: &str = "@get";
pub(super) const TICK: &str = "@tick";

pub(super) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::default().with_optional_support(false).with_stdlib();
    for extension in [extensions::strings, extensions::lists] {
        // Each is added once to a fresh environment, so none can be there already.
        let _ = env.add_extension(extension);
    }
    Arc::new(env)
});

/// A compiled rule.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) expression: Arc<IdedExpr>,
    /// Paths that are read whole: `sync.automated`, `values.image.tag`.
    paths: BTreeSet<String>,
    /// `path == literal`, when the rule is no more than that.
    pub(super) equality: Option<(String, LiteralValue)>,
}

/// Why a rule cannot be compiled, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the rule that are to blame; empty when that is not known.
    pub range: Range<usize>,
}

impl Program {
    /// Compiles a rule.
    pub fn compile(rule: &str) -> Result<Self, CompileError> {
        let fail = |message: String, range: Range<usize>| Err(CompileError { message, range });
        if rule.len() > MAX_LENGTH {
            return fail(format!("the rule is longer than {MAX_LENGTH} bytes"), 0..0);
        }
        // The parser is somebody else's: should it ever panic, that is an error of this rule alone.
        let parsed = catch_unwind(AssertUnwindSafe(|| cel::Program::compile(rule)));
        let program = match parsed {
            Ok(Ok(program)) => program,
            Ok(Err(errors)) => {
                let Some(first) = errors.errors.first() else {
                    return fail("the rule is not valid CEL".to_owned(), 0..0);
                };
                return fail(in_words(&first.msg), position(rule, first.pos));
            }
            Err(_) => return fail("the rule cannot be parsed".to_owned(), 0..0),
        };
        let mut rewriter = Rewriter { program: &program, rule, bound: Vec::new(), paths: BTreeSet::new() };
        let expression = rewriter.expression(program.expression())?;
        let equality = equality(program.expression());
        Ok(Self { expression: Arc::new(expression), paths: rewriter.paths, equality })
    }

    /// The paths that the rule reads whole, such as `sync.automated`.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Whether the rule reads nothing but these variables.
    pub(super) fn reads_only(&self, variables: &[&str]) -> bool {
        self.paths().all(|path| variables.contains(&path.split(['.', '[']).next().unwrap_or_default()))
    }
}

/// The parser's words without the names of its tokens.
fn in_words(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default().trim();
    let plain = first.strip_prefix("Syntax error: ").unwrap_or(first);
    let plain = plain.split(" expecting ").next().unwrap_or(plain);
    if plain.contains("'<EOF>'") {
        return "the rule is not valid CEL: it ends too early".to_owned();
    }
    format!("the rule is not valid CEL: {plain}")
}

/// The place of a line (from 1) and column (from 1, or 0) as a byte range of one character.
fn position(rule: &str, (line, column): (isize, isize)) -> Range<usize> {
    let line = usize::try_from(line.max(1)).unwrap_or(1) - 1;
    let start: usize = rule.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = rule.get(start..).unwrap_or_default();
    let column = usize::try_from(column.max(1)).unwrap_or(1) - 1;
    let at = rest.char_indices().nth(column).map_or(rule.len(), |(at, _)| start + at);
    let end = rule[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    at..end
}

/// The chain of constant keys from a variable, as the parser gives it.
fn chain(expr: &Expr) -> Option<(&str, Vec<&str>)> {
    let mut keys = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::Ident(name) => {
                keys.reverse();
                return Some((name, keys));
            }
            Expr::Select(select) if !select.test => {
                keys.push(select.field.as_str());
                at = &select.operand.expr;
            }
            Expr::Call(call) if call.func_name == operators::INDEX && call.args.len() == 2 => {
                let Expr::Literal(LiteralValue::String(key)) = &call.args[1].expr else { return None };
                keys.push(key.inner());
                at = &call.args[0].expr;
            }
            _ => return None,
        }
    }
}

fn spell(root: &str, keys: &[&str]) -> String {
    keys.iter().fold(root.to_owned(), |path, key| format!("{path}.{key}"))
}

fn equality(expression: &IdedExpr) -> Option<(String, LiteralValue)> {
    let Expr::Call(call) = &expression.expr else { return None };
    let [left, right] = call.args.as_slice() else { return None };
    if call.func_name != operators::EQUALS {
        return None;
    }
    let (path, literal) = match (&left.expr, &right.expr) {
        (path, Expr::Literal(literal)) | (Expr::Literal(literal), path) => (path, literal),
        _ => return None,
    };
    let (root, keys) = chain(path)?;
    VARIABLES.contains(&root).then(|| (spell(root, &keys), literal.clone()))
}

/// Turns reads into calls that answer `null` for what is missing, and counts the steps of loops.
struct Rewriter<'p> {
    program: &'p cel::Program,
    rule: &'p str,
    /// Names that enclosing loops bind.
    bound: Vec<String>,
    paths: BTreeSet<String>,
}

impl Rewriter<'_> {
    fn expression(&mut self, from: &IdedExpr) -> Result<IdedExpr, CompileError> {
        let expr = match &from.expr {
            Expr::Unspecified => return Err(self.error(from, "an expression is missing")),
            Expr::Struct(_) => return Err(self.error(from, "types cannot be built here")),
            Expr::Literal(literal) => Expr::Literal(literal.clone()),
            Expr::Ident(name) => return self.variable(from, name),
            Expr::Select(select) if select.test => {
                let read = self.member(from, &select.operand, &Key::Name(&select.field))?;
                call(operators::NOT_EQUALS, vec![read, literal(from.id, LiteralValue::Null)])
            }
            Expr::Select(select) => return self.member(from, &select.operand, &Key::Name(&select.field)),
            Expr::Call(index) if index.func_name == operators::INDEX && index.args.len() == 2 => {
                let key = self.expression(&index.args[1])?;
                return self.member(from, &index.args[0], &Key::Computed(&index.args[1], key));
            }
            Expr::Call(from_call) => self.call(from, from_call)?,
            Expr::List(list) => Expr::List(ListExpr::new(self.expressions(&list.elements)?)),
            Expr::Map(map) => Expr::Map(self.map(map)?),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension)?,
        };
        Ok(IdedExpr { id: from.id, expr })
    }

    fn expressions(&mut self, from: &[IdedExpr]) -> Result<Vec<IdedExpr>, CompileError> {
        from.iter().map(|expr| self.expression(expr)).collect()
    }

    fn variable(&mut self, from: &IdedExpr, name: &str) -> Result<IdedExpr, CompileError> {
        if self.bound.iter().any(|bound| bound == name) || TYPES.contains(&name) {
            return Ok(from.clone());
        }
        if VARIABLES.contains(&name) {
            self.paths.insert(name.to_owned());
            return Ok(read_path(from.id, name, &[]));
        }
        let near = nearest(name, VARIABLES.into_iter());
        let hint = near
            .map_or(format!("it sees {}", VARIABLES.join(", ")), |near| format!("did you mean `{near}`?"));
        Err(self.error(from, &format!("the rule uses `{name}`, which means nothing here; {hint}")))
    }

    fn member(
        &mut self,
        whole: &IdedExpr,
        operand: &IdedExpr,
        key: &Key<'_>,
    ) -> Result<IdedExpr, CompileError> {
        if let (Some((root, mut keys)), Some(name)) = (chain(&operand.expr), key.constant())
            && VARIABLES.contains(&root)
            && !self.bound.iter().any(|bound| bound == root)
        {
            keys.push(name);
            self.paths.insert(spell(root, &keys));
            return Ok(read_path(whole.id, root, &keys));
        }
        let operand = self.expression(operand)?;
        let key = match key {
            Key::Name(name) => literal(whole.id, LiteralValue::String((*name).to_owned().into())),
            Key::Computed(_, key) => key.clone(),
        };
        Ok(IdedExpr { id: whole.id, expr: call(GET, vec![operand, key]) })
    }

    fn call(&mut self, whole: &IdedExpr, from: &CallExpr) -> Result<Expr, CompileError> {
        let is_operator = from.func_name.starts_with(['_', '@', '!', '-']);
        if !is_operator && !FUNCTIONS.contains(&from.func_name.as_str()) {
            let near = nearest(&from.func_name, FUNCTIONS.into_iter());
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let message = format!("the rule calls `{}`, which is no function{hint}", from.func_name);
            return Err(self.error(whole, &message));
        }
        let target = from.target.as_ref().map(|target| self.expression(target)).transpose()?.map(Box::new);
        Ok(Expr::Call(CallExpr {
            func_name: from.func_name.clone(),
            target,
            args: self.expressions(&from.args)?,
        }))
    }

    fn map(&mut self, from: &MapExpr) -> Result<MapExpr, CompileError> {
        let mut entries = from.entries.clone();
        for entry in &mut entries {
            if let EntryExpr::MapEntry(pair) = &mut entry.expr {
                pair.key = self.expression(&pair.key)?;
                pair.value = self.expression(&pair.value)?;
            }
        }
        Ok(MapExpr { entries })
    }

    fn comprehension(&mut self, from: &ComprehensionExpr) -> Result<Expr, CompileError> {
        let iter_range = self.expression(&from.iter_range)?;
        let accu_init = self.expression(&from.accu_init)?;
        let outer = self.bound.len();
        self.bound.push(from.accu_var.clone());
        self.bound.push(from.iter_var.clone());
        self.bound.extend(from.iter_var2.clone());
        let condition = self.expression(&from.loop_cond)?;
        let loop_step = self.expression(&from.loop_step)?;
        let result = self.expression(&from.result)?;
        self.bound.truncate(outer);
        let tick = IdedExpr { id: condition.id, expr: call(TICK, Vec::new()) };
        let loop_cond =
            IdedExpr { id: condition.id, expr: call(operators::LOGICAL_AND, vec![tick, condition]) };
        Ok(Expr::Comprehension(Box::new(ComprehensionExpr {
            iter_range,
            accu_init,
            loop_cond,
            loop_step,
            result,
            ..from.clone()
        })))
    }

    fn error(&self, at: &IdedExpr, message: &str) -> CompileError {
        let range = match self.program.source_info().offset_for(at.id) {
            Some((start, stop)) => {
                // The parser counts characters from 0, the last one included or not.
                let offset =
                    |n: u32| self.rule.char_indices().nth(n as usize).map_or(self.rule.len(), |(at, _)| at);
                offset(start)..offset(stop.max(start) + 1)
            }
            None => 0..0,
        };
        CompileError { message: message.to_owned(), range }
    }
}

enum Key<'e> {
    Name(&'e str),
    Computed(&'e IdedExpr, IdedExpr),
}

impl Key<'_> {
    fn constant(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Computed(from, _) => match &from.expr {
                Expr::Literal(LiteralValue::String(key)) => Some(key.inner()),
                _ => None,
            },
        }
    }
}

fn call(name: &str, args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr { func_name: name.to_owned(), target: None, args })
}

fn literal(id: u64, value: LiteralValue) -> IdedExpr {
    IdedExpr { id, expr: Expr::Literal(value) }
}

fn read_path(id: u64, root: &str, keys: &[&str]) -> IdedExpr {
    let keys = std::iter::once(root).chain(keys.iter().copied());
    let args = keys.map(|key| literal(id, LiteralValue::String(key.to_owned().into()))).collect();
    IdedExpr { id, expr: call(PATH, args) }
}
