//! Arguments of a call: by position or by name, checked against the method's table entry as bitcoind does
//! (`rpc/util.cpp`).

use std::fmt::Write;
use std::str::FromStr;

use serde_json::{json, Map, Value};

use super::table::{Kind, Method};
use super::{RpcError, INVALID_PARAMETER, MISC_ERROR, TYPE_ERROR};

/// The arguments in the method's order; one left out is `null`.
pub struct Args {
    values: Vec<Value>,
    method: &'static Method,
}

impl Args {
    pub fn new(method: &'static Method, params: Value) -> Result<Self, RpcError> {
        let values = match params {
            Value::Object(named) => by_name(method, named)?,
            Value::Array(values) => values,
            _ => Vec::new(),
        };
        let required = method.params.iter().filter(|param| param.required).count();
        let given = values.iter().rposition(|value| !value.is_null()).map_or(0, |last| last + 1);
        if given < required || values.len() > method.params.len() {
            return Err(RpcError::new(MISC_ERROR, method.help()));
        }
        let args = Self { values, method };
        args.check_types()?;
        Ok(args)
    }

    fn check_types(&self) -> Result<(), RpcError> {
        let mut wrong = Map::new();
        for (position, (param, value)) in self.method.params.iter().zip(&self.values).enumerate() {
            if let Some(expected) = param.kind.mismatch(value) {
                if param.required || !value.is_null() {
                    let place = format!("Position {} ({})", position + 1, param.name);
                    wrong.insert(place, json!(type_message(value, expected)));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let mut message = "Wrong type passed:\n{".to_owned();
        for (count, (place, text)) in wrong.iter().enumerate() {
            let comma = if count == 0 { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = write!(message, "{comma}\n    {}: {text}", json!(place));
        }
        Err(RpcError::new(TYPE_ERROR, message + "\n}"))
    }

    fn get(&self, position: usize) -> &Value {
        self.values.get(position).unwrap_or(&Value::Null)
    }

    pub fn text(&self, position: usize) -> Option<&str> {
        self.get(position).as_str()
    }

    pub fn array(&self, position: usize) -> &[Value] {
        self.get(position).as_array().map_or(&[], Vec::as_slice)
    }

    pub fn flag(&self, position: usize, default: bool) -> bool {
        self.get(position).as_bool().unwrap_or(default)
    }

    /// A number or a numeric string (amounts may be either), as the text to parse.
    pub fn amount_text(&self, position: usize) -> Option<String> {
        match self.get(position) {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        }
    }

    /// A 32-bit integer, as bitcoind's `getInt<int>`.
    pub fn int(&self, position: usize) -> Result<Option<i32>, RpcError> {
        match self.get(position) {
            Value::Null => Ok(None),
            value => {
                let int = value.as_i64().and_then(|number| i32::try_from(number).ok());
                int.map(Some).ok_or_else(|| RpcError::new(MISC_ERROR, "JSON integer out of range"))
            }
        }
    }

    /// An integer that cannot be negative; 0 when left out.
    pub fn unsigned<N: TryFrom<u64> + Default>(&self, position: usize) -> Result<N, RpcError> {
        match self.get(position) {
            Value::Null => Ok(N::default()),
            value => {
                let number = value.as_u64().and_then(|number| N::try_from(number).ok());
                number.ok_or_else(|| RpcError::new(MISC_ERROR, "JSON integer out of range"))
            }
        }
    }

    /// A verbosity: a number, or a boolean from the time before there were more than two.
    pub fn verbosity(&self, position: usize, default: i32) -> Result<i32, RpcError> {
        match self.get(position) {
            Value::Null => Ok(default),
            Value::Bool(flag) => Ok(i32::from(*flag)),
            Value::Number(_) => Ok(self.int(position)?.unwrap_or(default)),
            value => Err(RpcError::new(TYPE_ERROR, type_message(value, "number"))),
        }
    }

    /// A hash of 64 hexadecimal digits, called `name` in errors (bitcoind's `ParseHashV`).
    pub fn hash<H: FromStr>(&self, position: usize, name: &str) -> Result<H, RpcError> {
        let text = self.text(position).unwrap_or_default();
        let invalid = |message| RpcError::new(INVALID_PARAMETER, message);
        if text.len() != 64 {
            return Err(invalid(format!("{name} must be of length 64 (not {}, for '{text}')", text.len())));
        }
        text.parse().map_err(|_| invalid(format!("{name} must be hexadecimal string (not '{text}')")))
    }
}

fn by_name(method: &Method, mut named: Map<String, Value>) -> Result<Vec<Value>, RpcError> {
    let mut values: Vec<Value> = match named.remove("args") {
        Some(Value::Array(leading)) => leading,
        _ => Vec::new(),
    };
    for (position, param) in method.params.iter().enumerate() {
        let Some(value) = param.name.split('|').find_map(|name| named.remove(name)) else { continue };
        if position < values.len() {
            let message = format!("Parameter {} specified twice both as positional and named argument", param.name);
            return Err(RpcError::new(INVALID_PARAMETER, message));
        }
        values.resize(position, Value::Null);
        values.push(value);
    }
    match named.keys().next() {
        Some(unknown) => Err(RpcError::new(INVALID_PARAMETER, format!("Unknown named parameter {unknown}"))),
        None => Ok(values),
    }
}

fn type_message(value: &Value, expected: &str) -> String {
    format!("JSON value of type {} is not of expected type {expected}", type_name(value))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Kind {
    /// The type that was expected, when `value` is of another.
    fn mismatch(self, value: &Value) -> Option<&'static str> {
        match self {
            Self::Number if !value.is_number() => Some("number"),
            Self::Text if !value.is_string() => Some("string"),
            Self::Flag if !value.is_boolean() => Some("bool"),
            Self::Array if !value.is_array() => Some("array"),
            _ => None,
        }
    }
}
