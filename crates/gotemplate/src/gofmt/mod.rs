//! Go's `fmt`: how every value prints under every verb.

pub(crate) mod float;
mod pad;
mod printf;

use pad::Flags;

use crate::json::bytes_of;
use crate::str::Str;
use crate::value::{Elem, Kind, List, Object, Value};

pub use printf::sprintf;

/// How deeply nested data may be printed. Go would exhaust its stack on cyclic data.
const MAX_DEPTH: usize = 1_000;
/// What stands for addresses, which differ from run to run in Go.
const ADDRESS: u64 = 0xc0_0000_0000;

/// Why something could not be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The data nests too deeply, or contains itself.
    TooDeep,
    /// The text grew beyond its bound.
    TooLong,
}

impl Fault {
    /// The text of the error.
    pub fn message(self) -> &'static str {
        match self {
            Self::TooDeep => "data nested too deeply to print (depth limit of 1000 exceeded)",
            Self::TooLong => "output limit exceeded while formatting",
        }
    }
}

/// What `{{.}}` prints: `fmt.Sprint` of the value, pointers followed first.
pub fn print_action(out: &mut Vec<u8>, value: &Value, max_len: usize) -> Result<(), Fault> {
    match value {
        Value::Invalid | Value::Nil => {
            out.extend_from_slice(b"<no value>");
            Ok(())
        }
        Value::Object(object) if object.kind() == Kind::Pointer && object.text().is_none() => {
            let mut printer = Printer::new(out, max_len);
            printer.indirect = true;
            printer.argument(value, 'v');
            printer.finish()
        }
        Value::Object(object) => match object.text_by_address() {
            Some(text) => {
                out.extend_from_slice(&text);
                Ok(())
            }
            None => print(out, value, max_len),
        },
        _ => print(out, value, max_len),
    }
}

/// `fmt.Sprint` of one value.
pub fn print(out: &mut Vec<u8>, value: &Value, max_len: usize) -> Result<(), Fault> {
    match value {
        Value::Str(text) => {
            out.extend_from_slice(text);
            Ok(())
        }
        Value::Int(_, int) => {
            out.extend_from_slice(itoa::Buffer::new().format(*int).as_bytes());
            Ok(())
        }
        Value::Float(f) => {
            float::append(out, *f, b'g', None);
            Ok(())
        }
        Value::Bool(b) => {
            out.extend_from_slice(if *b { b"true" } else { b"false" });
            Ok(())
        }
        _ => {
            let mut printer = Printer::new(out, max_len);
            printer.argument(value, 'v');
            printer.finish()
        }
    }
}

fn check(out: &[u8], max_len: usize) -> Result<(), Fault> {
    if out.len() > max_len { Err(Fault::TooLong) } else { Ok(()) }
}

/// `fmt.Sprint`: spaces between operands when neither is a string.
pub fn sprint(args: &[Value], max_len: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let mut previous_string = false;
    for (index, arg) in args.iter().enumerate() {
        let string = arg.kind() == Kind::String;
        if index > 0 && !string && !previous_string {
            out.push(b' ');
        }
        print(&mut out, arg, max_len)?;
        check(&out, max_len)?;
        previous_string = string;
    }
    Ok(out)
}

/// `fmt.Sprintln`: spaces between all operands, and a newline.
pub fn sprintln(args: &[Value], max_len: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        print(&mut out, arg, max_len)?;
        check(&out, max_len)?;
    }
    out.push(b'\n');
    Ok(out)
}

/// `fmt.Sprint` of one value as text; too deep or cyclic data ends where it was cut.
pub fn display(value: &Value) -> String {
    let mut out = Vec::new();
    let _ = print(&mut out, value, 1 << 20);
    String::from_utf8_lossy(&out).into_owned()
}

/// Like [`display`], of what a pointer points to (whose methods are the pointer's, not its own).
pub(crate) fn display_target(value: &Value) -> String {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, 1 << 20);
    printer.indirect = true;
    match value {
        Value::Object(object) if object.kind() == Kind::Pointer => {
            printer.structure(value, object.as_ref(), 'v', 0)
        }
        _ => printer.argument(value, 'v'),
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The state of one formatting.
struct Printer<'o> {
    out: &'o mut Vec<u8>,
    max_len: usize,
    flags: Flags,
    erroring: bool,
    /// A pointer at the top prints as what it points to, as templates print.
    indirect: bool,
    fault: Option<Fault>,
}

impl<'o> Printer<'o> {
    fn new(out: &'o mut Vec<u8>, max_len: usize) -> Self {
        Self { out, max_len, flags: Flags::default(), erroring: false, indirect: false, fault: None }
    }

    fn finish(&self) -> Result<(), Fault> {
        self.fault.map_or(Ok(()), Err)
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// `%!verb(type=value)`.
    fn bad_verb(&mut self, value: &Value, verb: char) {
        let erroring = std::mem::replace(&mut self.erroring, true);
        self.push("%!");
        self.out.extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.push("(");
        if value.is_nil() {
            self.push("<nil>");
        } else {
            self.push(&value.type_name());
            self.push("=");
            self.value(value, 'v', 0);
        }
        self.push(")");
        self.erroring = erroring;
    }

    /// An operand (`printArg`).
    fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Invalid | Value::Nil, 'T' | 'v') => self.flags.pad(self.out, b"<nil>"),
            (Value::Invalid | Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => {
                let name = value.type_name();
                self.flags.string(self.out, name.as_bytes());
            }
            (_, 'p') => self.pointer(value, verb),
            _ => self.value(value, verb, 0),
        }
    }

    /// A value at any depth (`printValue`, with the methods of objects honoured).
    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if self.fault.is_some() {
            return;
        }
        if depth > MAX_DEPTH {
            self.fault = Some(Fault::TooDeep);
            return;
        }
        if self.out.len() > self.max_len {
            self.fault = Some(Fault::TooLong);
            return;
        }
        // `%w` is for `Errorf` alone; whatever could have methods refuses it as a whole.
        let plain = depth == 0 && !matches!(value, Value::List(_) | Value::Map(_) | Value::Func(_));
        let bytes = matches!(value, Value::List(list) if depth == 0 && list.elem() == Elem::Uint8);
        if verb == 'w' && !self.erroring && !plain && !bytes {
            if value.is_nil() {
                return self.push("%!w(interface {}=<nil>)");
            }
            return self.bad_verb(value, verb);
        }
        match value {
            // Inside containers nil is an interface, which no verb complains about.
            Value::Invalid | Value::Nil if self.flags.sharp_v => self.push("interface {}(nil)"),
            Value::Invalid | Value::Nil => self.push("<nil>"),
            Value::Bool(b) => match verb {
                't' | 'v' => self.flags.pad(self.out, if *b { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(_, int) => self.integer(value, int.unsigned_abs(), *int < 0, true, verb),
            Value::Uint(_, uint) => self.integer(value, *uint, false, false, verb),
            Value::Float(f) => self.float(value, *f, verb),
            Value::Complex(re, im) => self.complex(value, *re, *im, verb),
            Value::Str(text) => self.string(value, text, verb),
            Value::List(list) => self.list(value, list, verb, depth),
            Value::Map(map) => {
                if self.flags.sharp_v {
                    self.push(&value.type_name());
                    if map.is_nil() {
                        self.push("(nil)");
                        return;
                    }
                    self.push("{");
                } else {
                    self.push("map[");
                }
                for (index, (key, value)) in map.entries().into_iter().enumerate() {
                    if index > 0 {
                        self.separator();
                    }
                    self.value(&Value::Str(key), verb, depth + 1);
                    self.push(":");
                    self.value(&value, verb, depth + 1);
                }
                self.push(if self.flags.sharp_v { "}" } else { "]" });
            }
            Value::Object(object) => self.object(value, object.as_ref(), verb, depth),
            Value::Func(_) => self.pointer(value, verb),
        }
    }

    fn separator(&mut self) {
        self.push(if self.flags.sharp_v { ", " } else { " " });
    }

    fn list(&mut self, value: &Value, list: &List, verb: char, depth: usize) {
        if list.elem() == Elem::Uint8 && (depth == 0 || matches!(verb, 's' | 'q' | 'x' | 'X')) {
            let bytes = bytes_of(list);
            match verb {
                's' => return self.flags.string(self.out, &bytes),
                'q' => return self.flags.quoted(self.out, &bytes),
                'x' | 'X' => return self.flags.hex_bytes(self.out, &bytes, verb == 'X'),
                _ => {}
            }
        }
        if self.flags.sharp_v {
            // Only at the top does Go know this type by its short name.
            let name = if list.elem() == Elem::Uint8 && depth == 0 && verb != 'w' {
                "[]byte".into()
            } else {
                value.type_name()
            };
            self.push(&name);
            if list.is_nil() {
                self.push("(nil)");
                return;
            }
            self.push("{");
        } else {
            self.push("[");
        }
        for (index, item) in list.items().iter().enumerate() {
            if index > 0 {
                self.separator();
            }
            self.value(item, verb, depth + 1);
        }
        self.push(if self.flags.sharp_v { "}" } else { "]" });
    }

    fn object(&mut self, value: &Value, object: &dyn Object, verb: char, depth: usize) {
        if !self.erroring {
            if verb == 'w' {
                return self.bad_verb(value, verb);
            }
            if self.flags.sharp_v {
                if let Some(text) = object.go_string() {
                    return self.flags.string(self.out, &text);
                }
            } else if matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
                && let Some(text) = object.text()
            {
                return self.string(&Value::Str(text.clone()), &text, verb);
            }
        }
        if let Some(underlying) = object.underlying() {
            match underlying {
                Value::Int(_, int) => {
                    return self.integer(value, int.unsigned_abs(), int < 0, true, verb);
                }
                Value::Float(f) => return self.float(value, f, verb),
                Value::Str(text) => return self.string(value, &text, verb),
                other => return self.value(&other, verb, depth),
            }
        }
        self.structure(value, object, verb, depth);
    }

    /// The fields of a struct, or of the one that a pointer points to.
    fn structure(&mut self, value: &Value, object: &dyn Object, verb: char, depth: usize) {
        let pointer = object.kind() == Kind::Pointer;
        if pointer && depth > 0 {
            return self.pointer(value, verb);
        }
        let name = object.type_name().to_owned();
        if pointer && !self.indirect {
            self.push("&");
        }
        if self.flags.sharp_v {
            self.push(name.trim_start_matches('*'));
        }
        self.push("{");
        for (index, (field, value)) in object.fields().into_iter().enumerate() {
            if index > 0 {
                self.separator();
            }
            if self.flags.plus_v || self.flags.sharp_v {
                self.push(field);
                self.push(":");
            }
            self.value(&value, verb, depth + 1);
        }
        self.push("}");
    }

    fn integer(&mut self, value: &Value, magnitude: u64, negative: bool, signed: bool, verb: char) {
        let bits = if negative { magnitude.wrapping_neg() } else { magnitude };
        let (flags, out) = (self.flags, &mut *self.out);
        match verb {
            'v' if flags.sharp_v && !signed => {
                Flags { sharp: true, ..flags }.integer(out, magnitude, false, 16, 'v', false);
            }
            'v' | 'd' => flags.integer(out, magnitude, negative, 10, verb, false),
            'b' => flags.integer(out, magnitude, negative, 2, verb, false),
            'o' | 'O' => flags.integer(out, magnitude, negative, 8, verb, false),
            'x' => flags.integer(out, magnitude, negative, 16, verb, false),
            'X' => flags.integer(out, magnitude, negative, 16, verb, true),
            'c' => flags.character(out, bits),
            'q' => flags.quoted_character(out, bits),
            'U' => flags.unicode(out, bits),
            _ => self.bad_verb(value, verb),
        }
    }

    fn float(&mut self, value: &Value, f: f64, verb: char) {
        let (flags, out) = (self.flags, &mut *self.out);
        match verb {
            'v' => flags.float(out, f, b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => flags.float(out, f, verb as u8, None),
            'f' | 'e' | 'E' => flags.float(out, f, verb as u8, Some(6)),
            'F' => flags.float(out, f, b'f', Some(6)),
            _ => self.bad_verb(value, verb),
        }
    }

    fn complex(&mut self, value: &Value, re: f64, im: f64, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.bad_verb(value, verb);
        }
        self.push("(");
        self.float(value, re, verb);
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float(value, im, verb);
        self.push("i)");
        self.flags.plus = plus;
    }

    fn string(&mut self, value: &Value, text: &Str, verb: char) {
        let (flags, out) = (self.flags, &mut *self.out);
        match verb {
            'v' if flags.sharp_v => flags.quoted(out, text),
            'v' | 's' if flags.plain() => out.extend_from_slice(text),
            'v' | 's' => flags.string(out, text),
            'x' | 'X' => flags.hex_bytes(out, text, verb == 'X'),
            'q' => flags.quoted(out, text),
            _ => self.bad_verb(value, verb),
        }
    }

    /// `fmtPointer`, with one address for all.
    fn pointer(&mut self, value: &Value, verb: char) {
        let nil = match value {
            Value::Map(map) => map.is_nil(),
            Value::List(list) => list.is_nil(),
            Value::Func(_) => false,
            Value::Object(object) if object.kind() == Kind::Pointer => false,
            _ => return self.bad_verb(value, verb),
        };
        let address = if nil { 0 } else { ADDRESS };
        match verb {
            'v' if self.flags.sharp_v => {
                self.push("(");
                self.push(&value.type_name());
                self.push(")(");
                Flags { sharp: true, ..self.flags }.integer(self.out, address, false, 16, 'v', false);
                self.push(")");
            }
            'v' | 'p' => {
                let sharp = !self.flags.sharp;
                Flags { sharp, ..self.flags }.integer(self.out, address, false, 16, 'v', false);
            }
            'b' | 'o' | 'd' | 'x' | 'X' => self.integer(value, address, false, false, verb),
            _ => self.bad_verb(value, verb),
        }
    }
}
