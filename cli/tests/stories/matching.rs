//! What a story expects against what was shown. Must not know what a view is.

use std::collections::BTreeMap;

use serde_json::Value;

/// What differs, a line for each place; empty where the shown is as expected.
///
/// The rules are those of docs/stories.md.
pub(crate) fn differences(expected: &Value, shown: &Value, names: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, shown, names, &mut found);
    found
}

fn compare(path: &str, expected: &Value, shown: &Value, names: &BTreeMap<String, String>, found: &mut Vec<String>) {
    match (expected, shown) {
        (Value::Object(fields), Value::Object(_)) => {
            for (name, expected) in fields {
                match pick(path, name, shown) {
                    Ok((path, shown)) => compare(&path, expected, shown, names, found),
                    Err(difference) => found.push(difference),
                }
            }
        }
        (Value::Array(expected), Value::Array(elements)) if expected.len() == elements.len() => {
            for (index, (expected, element)) in expected.iter().zip(elements).enumerate() {
                compare(&format!("{path}[{index}]"), expected, element, names, found);
            }
        }
        (Value::String(pattern), Value::String(text)) if fits(&plain(&filled(pattern, names)), &plain(text)) => {}
        (Value::Number(expected), Value::Number(shown)) if expected.as_f64() == shown.as_f64() => {}
        (expected, shown) if expected == shown => {}
        (expected, shown) => {
            let path = if path.is_empty() { "all of it" } else { path };
            found.push(format!("{path}: expected {expected}, shown {shown}"));
        }
    }
}

/// The field, or the one element of a list, that `name` picks, with its path.
fn pick<'a>(path: &str, name: &str, shown: &'a Value) -> Result<(String, &'a Value), String> {
    let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let (field, selector) = name.split_once('[').map_or((name, None), |(field, rest)| (field, rest.strip_suffix(']')));
    let value = shown.get(field).ok_or_else(|| format!("{path}: there is no such field"))?;
    let Some(selector) = selector else { return Ok((path, value)) };
    let elements = value.as_array().ok_or_else(|| format!("{path}: it is no list"))?;
    let picked: Vec<_> = match selector.split_once('=') {
        Some((field, wanted)) => elements.iter().filter(|element| element[field].as_str() == Some(wanted)).collect(),
        None => elements.iter().skip(selector.parse().unwrap_or(usize::MAX)).take(1).collect(),
    };
    match picked.as_slice() {
        [one] => Ok((path, one)),
        several => Err(format!("{path}: expected one such element, shown {} of {}", several.len(), elements.len())),
    }
}

fn filled(pattern: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(pattern.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Amounts are written with spaces that keep them on one line; nobody sees those in a file.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// `*` stands for any text, also none.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}
