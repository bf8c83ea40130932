//! The reader that never fails.

use std::sync::Arc;

use crate::build::Builder;
use crate::events::{EventKind, Parser};
use crate::holes::{self, Hole};
use crate::index::Index;
use crate::mask::{Mask, next_control};
use crate::node::{Kind, Style};
use crate::recover;
use crate::scan::{Fault, Scanner};
use crate::tree::{ErrorKind, NONE, Record, SyntaxError, Tree};

/// Reads any text as YAML. Template holes become scalars (or parts of them), lines that only a template engine
/// understands are skipped like comments, and every other fault costs as little of the text as possible: see
/// [`Tree::errors`]. Wherever go-yaml accepts the text, the tree holds exactly the values go-yaml reads.
///
/// Texts of 4 GiB and more give an empty tree with one error.
pub fn parse(text: impl Into<Arc<str>>) -> Tree {
    let text: Arc<str> = text.into();
    if u32::try_from(text.len()).is_err() {
        return empty_tree(text);
    }
    let holes = holes::lex(&text);
    let control = next_control(text.as_bytes(), 0);
    if control.is_none() {
        let run = run(text.as_bytes(), &text);
        if run.fault.is_none()
            && !(holes.iter().any(|hole| text.as_bytes().get(hole.start as usize) == Some(&b'{'))
                && has_brace_key(&run.builder))
        {
            return finish(text, run, holes, Vec::new());
        }
        if run.fault.is_some() && too_big(&text) {
            return give_up(text, run, holes);
        }
    }
    with_mask(text, holes)
}

/// One pass over a (painted) text.
pub(crate) struct Run {
    pub(crate) builder: Builder,
    comments: Vec<crate::comments::Comment>,
    pub(crate) fault: Option<Box<Fault>>,
    /// The innermost collection that was open at the fault, and the last quoted text that spans lines.
    pub(crate) opened: Option<u32>,
    pub(crate) last_multiline: Option<(u32, u32)>,
    /// Where the last token starts that the parser had taken.
    pub(crate) reached: u32,
}

fn run(bytes: &[u8], text: &str) -> Run {
    let mut parser = Parser::new(Scanner::new(bytes));
    let mut builder = Builder::new(false);
    let fault = loop {
        match parser.next() {
            Ok(event) if event.kind == EventKind::StreamEnd => break None,
            Ok(event) => {
                if let Err(fault) = builder.feed(event, text) {
                    break Some(fault);
                }
            }
            Err(fault) => break Some(fault),
        }
    };
    let reached = parser.mark().offset;
    Run {
        builder,
        comments: std::mem::take(&mut parser.scanner.comments),
        fault,
        opened: parser.marks.last().map(|mark| mark.offset),
        last_multiline: parser.scanner.last_multiline,
        reached,
    }
}

/// Whether some mapping has a collection as a key, as `{{x}}` reads without holes. go-yaml refuses such keys.
fn has_brace_key(builder: &Builder) -> bool {
    builder.nodes.iter().any(|node| {
        node.kind == Kind::Mapping
            && node.style == Style::Flow
            && node.position.is_multiple_of(2)
            && node.parent != NONE
            && builder.nodes.get(node.parent as usize).is_some_and(|parent| parent.kind == Kind::Mapping)
    })
}

/// Painting again and again only pays below this size.
fn too_big(text: &str) -> bool {
    text.len() > 64 << 20
}

fn with_mask(text: Arc<str>, holes: Vec<Hole>) -> Tree {
    let mut errors = control_errors(&text);
    template_lines(&holes, &mut errors);
    let mut mask = Mask::new(&text, &holes);
    // Every fault costs a pass over the text: many for a manifest, few for something huge.
    let passes = ((32 << 20) / text.len().max(1)).clamp(2, 400);
    let mut last = run(&mask.bytes, &text);
    for _ in 0..passes {
        let Some(error) = recover::go_around(&text, &mut mask, &last, &holes) else { break };
        errors.push(error);
        last = run(&mask.bytes, &text);
    }
    if let Some(fault) = last.fault.take() {
        let end = text.len() as u32;
        let from = fault.mark.offset.min(end);
        errors.push(SyntaxError {
            kind: ErrorKind::GaveUp,
            message: fault.problem.into_owned(),
            start: from,
            end,
            offset: from as usize,
        });
        last.builder.abandon(from.min(last.reached));
    }
    finish(text, last, holes, errors)
}

fn give_up(text: Arc<str>, mut run: Run, holes: Vec<Hole>) -> Tree {
    let mut errors = Vec::new();
    if let Some(fault) = run.fault.take() {
        let from = fault.mark.offset.min(text.len() as u32);
        errors.push(SyntaxError {
            kind: ErrorKind::GaveUp,
            message: fault.problem.into_owned(),
            start: from,
            end: text.len() as u32,
            offset: from as usize,
        });
        run.builder.abandon(from);
    }
    finish(text, run, holes, errors)
}

fn control_errors(text: &str) -> Vec<SyntaxError> {
    let mut errors: Vec<SyntaxError> = Vec::new();
    let mut at = 0;
    while let Some((bad, len)) = next_control(text.as_bytes(), at) {
        at = bad + len;
        // A run of them is one fault.
        if let Some(last) = errors.last_mut().filter(|last| last.end as usize == bad) {
            last.end = at as u32;
            continue;
        }
        if errors.len() >= 1000 {
            break;
        }
        errors.push(SyntaxError {
            kind: ErrorKind::ControlCharacter,
            message: "control characters are not allowed".to_owned(),
            start: bad as u32,
            end: at as u32,
            offset: bad,
        });
    }
    errors
}

fn template_lines(holes: &[Hole], errors: &mut Vec<SyntaxError>) {
    for hole in holes.iter().filter(|hole| hole.own_line && hole.is_control()) {
        errors.push(SyntaxError {
            kind: ErrorKind::TemplateLine,
            message: "template line".to_owned(),
            start: hole.start,
            end: hole.end,
            offset: hole.start as usize,
        });
    }
}

fn finish(text: Arc<str>, run: Run, mut holes: Vec<Hole>, mut errors: Vec<SyntaxError>) -> Tree {
    let Run { builder, comments, .. } = run;
    let Builder { mut nodes, children, strings, mut documents, .. } = builder;
    holes.retain(|hole| !inside_comment(&comments, hole.start));
    errors.retain(|error| {
        error.kind != ErrorKind::TemplateLine
            || !inside_comment(&comments, error.start) && !in_block_scalar(&nodes, error)
    });
    for node in nodes.iter().filter(|node| node.kind == Kind::Alias && node.a == NONE) {
        let name = text.get(node.start as usize + 1..node.end as usize).unwrap_or_default();
        errors.push(SyntaxError {
            kind: ErrorKind::Syntax,
            message: format!("unknown anchor '{name}' referenced"),
            start: node.start,
            end: node.end,
            offset: node.start as usize,
        });
    }
    errors.sort_by_key(|error| (error.start, error.end));
    // Painted holes may hold blanks, breaks and quotes: such scalars are taken as they are written.
    for node in &mut nodes {
        if node.kind == Kind::Scalar && node.style == Style::Plain && !node.verbatim {
            let from = holes.partition_point(|hole| hole.start < node.start);
            let covered =
                holes.get(from).is_some_and(|hole| hole.start == node.start && hole.end == node.end);
            node.verbatim = covered;
        }
    }
    trim_wrapped_keys(&text, &mut nodes, &holes);
    let ends: Vec<u32> =
        documents.iter().skip(1).map(|document| document.start).chain([text.len() as u32]).collect();
    for (document, end) in documents.iter_mut().zip(ends) {
        document.end = end.max(document.start);
    }
    if let Some(first) = documents.first_mut() {
        first.start = 0;
    }
    Tree { text, nodes, children, strings, documents, comments, holes, errors, index: Index::default() }
}

/// A key behind a template action that wraps its line (`{{ if .x }}replicas: 3{{ end }}`) starts after that action.
fn trim_wrapped_keys(text: &str, nodes: &mut [Record], holes: &[Hole]) {
    for id in 0..nodes.len() {
        let node = &nodes[id];
        let is_key = node.position.is_multiple_of(2)
            && nodes.get(node.parent as usize).is_some_and(|parent| parent.kind == Kind::Mapping);
        if !is_key || node.kind != Kind::Scalar || node.style != Style::Plain {
            continue;
        }
        let index = holes.partition_point(|hole| hole.start < node.start);
        let Some(hole) = holes.get(index).filter(|hole| hole.start == node.start && hole.is_control()) else {
            continue;
        };
        let rest = text.get(hole.end as usize..node.end as usize).unwrap_or_default();
        let start = node.end - rest.trim_start().len() as u32;
        if start < node.end {
            nodes[id].start = start;
            nodes[id].outer_start = start;
        }
    }
}

fn inside_comment(comments: &[crate::comments::Comment], at: u32) -> bool {
    let index = comments.partition_point(|comment| comment.start <= at);
    index.checked_sub(1).and_then(|before| comments.get(before)).is_some_and(|comment| at < comment.end)
}

/// Template lines inside a block scalar are that scalar's text.
fn in_block_scalar(nodes: &[Record], error: &SyntaxError) -> bool {
    let index = nodes.partition_point(|node| node.outer_start <= error.start);
    let before = index.checked_sub(1).and_then(|before| nodes.get(before));
    before.is_some_and(|node| matches!(node.style, Style::Literal | Style::Folded) && error.start < node.end)
}

fn empty_tree(text: Arc<str>) -> Tree {
    let error = SyntaxError {
        kind: ErrorKind::GaveUp,
        message: "text is larger than 4 GiB".to_owned(),
        start: 0,
        end: 0,
        offset: 0,
    };
    Tree {
        text,
        nodes: Vec::new(),
        children: Vec::new(),
        strings: Vec::new(),
        documents: Vec::new(),
        comments: Vec::new(),
        holes: Vec::new(),
        errors: vec![error],
        index: Index::default(),
    }
}
