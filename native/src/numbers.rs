//! u64 and u128 cross the boundary as decimal strings, since JSON numbers lose digits above 2^53.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::Value;

/// An unsigned integer that is a decimal string in JSON: digits only, no sign, no leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal<T>(pub T);

struct DecimalVisitor<T>(std::marker::PhantomData<T>);

impl<T: FromStr> Visitor<'_> for DecimalVisitor<T> {
    type Value = Decimal<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an unsigned integer as a decimal string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
        match text.parse() {
            Ok(value) if canonical => Ok(Decimal(value)),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Decimal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecimalVisitor(std::marker::PhantomData))
    }
}

/// A value that is always there, as a decimal string.
pub fn decimal(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

/// A value that may be missing; `null` is dropped by [`without_nulls`] before it leaves.
pub fn optional_decimal(value: Option<impl ToString>) -> Value {
    value.map_or(Value::Null, decimal)
}

/// Drops every member that is `null`: an optional field without a value is left out, never null.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name, without_nulls(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(text: &str) -> Option<u64> {
        serde_json::from_value::<Decimal<u64>>(json!(text)).ok().map(|value| value.0)
    }

    #[test]
    fn reads_canonical_decimals_only() {
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("18446744073709551615"), Some(u64::MAX));
        for text in ["", "00", "01", "+1", "-1", " 1", "1.0", "1e3", "18446744073709551616", "0x1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(serde_json::from_value::<Decimal<u64>>(json!(1)).is_err());
    }

    #[test]
    fn nulls_are_left_out_at_every_depth() {
        let value = json!({ "a": null, "b": [{ "c": null, "d": "1" }] });
        assert_eq!(without_nulls(value), json!({ "b": [{ "d": "1" }] }));
    }
}
