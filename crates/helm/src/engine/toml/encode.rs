//! `toToml`.

use seatrial_gotemplate::{Call, FuncError, Map, Str, Value};
use seatrial_yaml::gojson;

/// The TOML of a value: tables in the order of their keys, each with its plain entries before its tables. The errors are
/// the library's.
pub(crate) fn encode(call: &Call<'_>, value: &Value) -> Result<Vec<u8>, FuncError> {
    let mut writer = Writer { call, out: Vec::new() };
    writer.entry(&mut Vec::new(), value)?;
    call.charge(writer.out.len())?;
    Ok(writer.out)
}

struct Writer<'a, 'c> {
    call: &'a Call<'c>,
    out: Vec<u8>,
}

/// The types that decide how an entry is written.
#[derive(PartialEq)]
enum Kind {
    Nothing,
    Table,
    Tables,
    Other,
}

fn kind(value: &Value) -> Result<Kind, FuncError> {
    Ok(match value {
        Value::Invalid | Value::Nil => Kind::Nothing,
        Value::Map(map) if map.is_nil() => Kind::Nothing,
        Value::Map(_) => Kind::Table,
        Value::List(list) if list.is_nil() => Kind::Nothing,
        Value::List(list) => {
            let mut tables = !list.is_empty();
            for item in list.items() {
                match kind_shallow(item) {
                    Kind::Nothing => {
                        return Err(FuncError::new("toml: cannot encode array with nil element"));
                    }
                    Kind::Table => {}
                    _ => tables = false,
                }
            }
            if tables { Kind::Tables } else { Kind::Other }
        }
        Value::Object(object) if object.underlying().is_none() && object.text().is_none() => Kind::Table,
        Value::Complex(..) | Value::Func(_) => {
            return Err(FuncError::new(format!("unsupported type: {}", value.kind().name())));
        }
        _ => Kind::Other,
    })
}

fn kind_shallow(value: &Value) -> Kind {
    match value {
        Value::List(list) if !list.is_nil() => Kind::Other,
        value => kind(value).unwrap_or(Kind::Other),
    }
}

/// The entries of a table.
fn entries(value: &Value) -> Vec<(Str, Value)> {
    match value {
        Value::Map(map) => map.entries(),
        Value::Object(object) => {
            object.fields().into_iter().map(|(name, value)| (Str::from_static(name), value)).collect()
        }
        _ => Map::new().entries(),
    }
}

impl Writer<'_, '_> {
    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self, key: &[Str]) {
        self.out.extend(std::iter::repeat_n(b' ', 2 * key.len().saturating_sub(1)));
    }

    fn entry(&mut self, key: &mut Vec<Str>, value: &Value) -> Result<(), FuncError> {
        self.call.step(1)?;
        if key.len() as u64 > u64::from(self.call.max_depth()) {
            return Err(FuncError::limit("data nested too deeply for TOML (depth limit exceeded)"));
        }
        match kind(value)? {
            // At the top nil makes Go panic.
            Kind::Nothing if key.is_empty() => {
                let panic = "reflect: call of reflect.Value.Type on zero Value";
                if value.is_nil() { Err(FuncError::new(panic)) } else { Ok(()) }
            }
            Kind::Nothing => Ok(()),
            Kind::Table => {
                if key.len() == 1 {
                    self.newline();
                }
                if !key.is_empty() {
                    self.indent(key);
                    self.out.push(b'[');
                    self.path(key);
                    self.out.push(b']');
                    self.newline();
                }
                self.table(key, value)
            }
            Kind::Tables => {
                if key.is_empty() {
                    return Err(FuncError::new("toml: top-level values must be Go maps or structs"));
                }
                let Value::List(list) = value else { return Ok(()) };
                for item in list.items() {
                    self.newline();
                    self.indent(key);
                    self.out.extend_from_slice(b"[[");
                    self.path(key);
                    self.out.extend_from_slice(b"]]");
                    self.newline();
                    self.table(key, item)?;
                }
                Ok(())
            }
            Kind::Other => {
                if let Some(last) = key.last() {
                    let last = last.clone();
                    self.indent(key);
                    self.key(&last);
                    self.out.extend_from_slice(b" = ");
                }
                self.element(value, 0)?;
                if !key.is_empty() {
                    self.newline();
                }
                Ok(())
            }
        }
    }

    /// The entries of a table: plain ones, then tables.
    fn table(&mut self, key: &mut Vec<Str>, value: &Value) -> Result<(), FuncError> {
        let (plain, tables) = sorted(value)?;
        for (name, value) in plain.into_iter().chain(tables) {
            key.push(name);
            self.entry(key, &value)?;
            key.pop();
        }
        Ok(())
    }

    /// A value within an array or an inline table.
    fn element(&mut self, value: &Value, depth: u32) -> Result<(), FuncError> {
        self.call.step(1)?;
        if depth > self.call.max_depth() {
            return Err(FuncError::limit("data nested too deeply for TOML (depth limit exceeded)"));
        }
        match value {
            Value::Bool(value) => self.out.extend_from_slice(value.to_string().as_bytes()),
            Value::Int(_, int) => self.out.extend_from_slice(int.to_string().as_bytes()),
            Value::Uint(_, uint) => self.out.extend_from_slice(uint.to_string().as_bytes()),
            Value::Float(float) => self.float(*float),
            Value::Str(text) => self.quoted(text),
            Value::List(list) => {
                self.out.push(b'[');
                for (number, item) in list.items().iter().enumerate() {
                    if number > 0 {
                        self.out.extend_from_slice(b", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(b']');
            }
            Value::Object(object) if object.text().is_some() => {
                self.quoted(&object.text().unwrap_or_default())
            }
            Value::Object(object) if object.underlying().is_some() => {
                self.element(&object.underlying().unwrap_or_default(), depth + 1)?;
            }
            Value::Map(_) | Value::Object(_) => {
                let (plain, tables) = sorted(value)?;
                self.out.push(b'{');
                let (first, all) = (plain.len(), plain.len() + tables.len());
                for (number, (name, value)) in plain.into_iter().chain(tables).enumerate() {
                    if kind_shallow(&value) == Kind::Nothing {
                        continue;
                    }
                    self.key(&name);
                    self.out.extend_from_slice(b" = ");
                    self.element(&value, depth + 1)?;
                    // A comma stands behind the last of the plain entries when tables follow.
                    if number + 1 != all && (number + 1 != first || all > first) {
                        self.out.extend_from_slice(b", ");
                    }
                }
                self.out.push(b'}');
            }
            Value::Invalid | Value::Nil | Value::Complex(..) | Value::Func(_) => {
                return Err(FuncError::new(format!("unexpected type: {}", value.type_name())));
            }
        }
        Ok(())
    }

    fn float(&mut self, float: f64) {
        if float.is_nan() || float.is_infinite() {
            if float.is_sign_negative() {
                self.out.push(b'-');
            }
            return self.out.extend_from_slice(if float.is_nan() { b"nan" } else { b"inf" });
        }
        let text = gojson::format_g(float);
        self.out.extend_from_slice(text.as_bytes());
        if !text.contains(['e', '.']) {
            self.out.extend_from_slice(b".0");
        }
    }

    fn path(&mut self, key: &[Str]) {
        for (number, part) in key.iter().enumerate() {
            if number > 0 {
                self.out.push(b'.');
            }
            self.key(part);
        }
    }

    fn key(&mut self, name: &Str) {
        let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !name.is_empty() && name.iter().all(bare) {
            self.out.extend_from_slice(name);
        } else {
            self.quoted(name);
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for byte in text {
            match byte {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', *byte]),
                0x08 => self.out.extend_from_slice(b"\\b"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                0x0c => self.out.extend_from_slice(b"\\f"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                0..0x20 | 0x7f => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => self.out.push(*byte),
            }
        }
        self.out.push(b'"');
    }
}

/// A named value.
type Entry = (Str, Value);

/// The plain entries of a table and its tables.
fn sorted(value: &Value) -> Result<(Vec<Entry>, Vec<Entry>), FuncError> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (name, value) in entries(value) {
        match kind(&value)? {
            Kind::Table | Kind::Tables => tables.push((name, value)),
            _ => plain.push((name, value)),
        }
    }
    Ok((plain, tables))
}
