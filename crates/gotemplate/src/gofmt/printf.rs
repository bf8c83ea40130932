//! `fmt.Sprintf`.

use super::pad::Flags;
use super::{Fault, Printer};
use crate::value::Value;

/// `fmt.Sprintf(format, args…)`; the text never grows much beyond `max_len`.
pub fn sprintf(format: &[u8], args: &[Value], max_len: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(format.len() + 16);
    let mut printer = Printer::new(&mut out, max_len);
    Format { format, at: 0, args, arg: 0, reordered: false, good: true, after_index: false }
        .run(&mut printer);
    printer.finish()?;
    Ok(out)
}

/// A format string being worked through.
struct Format<'f> {
    format: &'f [u8],
    at: usize,
    args: &'f [Value],
    arg: usize,
    /// Some verb chose its operand by number.
    reordered: bool,
    /// The number of the current verb was in range.
    good: bool,
    /// An operand number has just been read.
    after_index: bool,
}

/// Whether a width or precision is beyond what Go accepts.
fn too_large(number: i64) -> bool {
    !(-1_000_000..=1_000_000).contains(&number)
}

impl Format<'_> {
    fn byte(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn run(&mut self, printer: &mut Printer<'_>) {
        while let Some(rest) = self.format.get(self.at..).filter(|rest| !rest.is_empty()) {
            if printer.fault.is_some() {
                return;
            }
            self.good = true;
            let text = memchr(rest);
            printer.out.extend_from_slice(&rest[..text]);
            self.at += text;
            if self.at >= self.format.len() {
                break;
            }
            self.at += 1;
            printer.flags = Flags::default();
            if !self.verb(printer) {
                break;
            }
            if printer.out.len() > printer.max_len {
                printer.fault = Some(Fault::TooLong);
            }
        }
        if !self.reordered && self.arg < self.args.len() && printer.fault.is_none() {
            self.extra(printer);
        }
    }

    /// One verb with its flags; false when the format ends before it.
    fn verb(&mut self, printer: &mut Printer<'_>) -> bool {
        while let Some(byte) = self.byte() {
            match byte {
                b'#' => printer.flags.sharp = true,
                b'0' => printer.flags.zero = true,
                b'+' => printer.flags.plus = true,
                b'-' => printer.flags.minus = true,
                b' ' => printer.flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        if let Some(byte @ b'a'..=b'z') = self.byte()
            && let Some(arg) = self.args.get(self.arg)
        {
            self.at += 1;
            self.arg += 1;
            operand(printer, arg, char::from(byte));
            return true;
        }
        self.argument_number();
        self.width(printer);
        self.precision(printer);
        if !self.after_index {
            self.argument_number();
        }
        let rest = self.format.get(self.at..).unwrap_or_default();
        let Some((verb, len)) = first_rune(rest) else {
            printer.push("%!(NOVERB)");
            return false;
        };
        self.at += len;
        let bad = match self.args.get(self.arg) {
            _ if verb == '%' => {
                printer.push("%");
                return true;
            }
            _ if !self.good => "(BADINDEX)",
            None => "(MISSING)",
            Some(arg) => {
                self.arg += 1;
                operand(printer, arg, verb);
                return true;
            }
        };
        printer.push("%!");
        printer.out.extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
        printer.push(bad);
        true
    }

    fn width(&mut self, printer: &mut Printer<'_>) {
        if self.byte() == Some(b'*') {
            self.at += 1;
            match self.int_argument() {
                None => printer.push("%!(BADWIDTH)"),
                Some(width) => {
                    if width < 0 {
                        printer.flags.minus = true;
                        printer.flags.zero = false;
                    }
                    printer.flags.width = Some(width.unsigned_abs() as usize);
                }
            }
            self.after_index = false;
            return;
        }
        printer.flags.width = self.number(self.format.len());
        if self.after_index && printer.flags.width.is_some() {
            self.good = false;
        }
    }

    fn precision(&mut self, printer: &mut Printer<'_>) {
        if self.byte() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good = false;
        }
        self.argument_number();
        if self.byte() == Some(b'*') {
            self.at += 1;
            let precision = self.int_argument().and_then(|precision| usize::try_from(precision).ok());
            if precision.is_none() {
                printer.push("%!(BADPREC)");
            }
            printer.flags.precision = precision;
            self.after_index = false;
        } else {
            printer.flags.precision = Some(self.number(self.format.len()).unwrap_or(0));
        }
    }

    /// Digits up to `end`; an overlong number skips to `end`.
    fn number(&mut self, end: usize) -> Option<usize> {
        let mut number = None;
        while self.at < end
            && let Some(digit @ b'0'..=b'9') = self.byte()
        {
            let so_far = number.unwrap_or(0);
            if too_large(so_far) {
                self.at = end;
                return None;
            }
            number = Some(so_far * 10 + i64::from(digit - b'0'));
            self.at += 1;
        }
        number.map(|number| number as usize)
    }

    /// An integer operand, for `*`.
    fn int_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.arg)?;
        self.arg += 1;
        let number = match arg {
            Value::Int(_, int) => Some(*int),
            Value::Uint(_, uint) => i64::try_from(*uint).ok(),
            Value::Object(object) => match object.underlying() {
                Some(Value::Int(_, int)) => Some(int),
                _ => None,
            },
            _ => None,
        };
        number.filter(|number| !too_large(*number))
    }

    /// `[n]`, when it stands here.
    fn argument_number(&mut self) {
        self.after_index = false;
        if self.byte() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let close = if rest.len() < 3 { None } else { rest.iter().position(|byte| *byte == b']') };
        let Some(close) = close else {
            self.good = false;
            self.at += 1;
            return;
        };
        let end = self.at + close;
        self.at += 1;
        let number = self.number(end);
        let complete = self.at == end;
        self.at = end + 1;
        let index = number.filter(|_| complete);
        self.after_index = index.is_some();
        match index.and_then(|index| index.checked_sub(1)).filter(|index| *index < self.args.len()) {
            Some(index) => self.arg = index,
            None => self.good = false,
        }
    }

    /// Operands that no verb used.
    fn extra(&self, printer: &mut Printer<'_>) {
        printer.flags = Flags::default();
        printer.push("%!(EXTRA ");
        for (index, arg) in self.args.iter().skip(self.arg).enumerate() {
            if index > 0 {
                printer.push(", ");
            }
            if arg.is_nil() {
                printer.push("<nil>");
            } else {
                printer.push(&arg.type_name());
                printer.push("=");
                printer.argument(arg, 'v');
            }
        }
        printer.push(")");
    }
}

/// Prints one operand, the flags of `%v` and `%w` set apart first.
fn operand(printer: &mut Printer<'_>, arg: &Value, verb: char) {
    if verb == 'v' || verb == 'w' {
        let flags = &mut printer.flags;
        flags.sharp_v = std::mem::take(&mut flags.sharp);
        flags.plus_v = std::mem::take(&mut flags.plus);
    }
    printer.argument(arg, verb);
}

/// Where the next verb begins.
fn memchr(text: &[u8]) -> usize {
    text.iter().position(|byte| *byte == b'%').unwrap_or(text.len())
}

/// The first character and its length; an invalid byte is U+FFFD of length 1.
fn first_rune(text: &[u8]) -> Option<(char, usize)> {
    let chunk = text.utf8_chunks().next()?;
    Some(chunk.valid().chars().next().map_or(('\u{fffd}', 1), |c| (c, c.len_utf8())))
}
