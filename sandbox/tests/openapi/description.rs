//! The OpenAPI descriptions, made strict, and answers held to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::server::Reply;

const MEMBER_API: &str = include_str!("../../../docs/member-api.yaml");
const SANDBOX_API: &str = include_str!("../../sandbox-api.yaml");

/// What the sandbox's description takes from the other starts so.
const OTHER_FILE: &str = "../docs/member-api.yaml#";

/// Method and path of an operation.
pub(crate) type Operation = (String, String);
/// An answer: operation, status, and content type (empty where there is no body).
pub(crate) type Answer = (String, String, String, String);

/// Both descriptions as one document.
pub(crate) struct Description {
    document: Value,
}

impl Description {
    pub(crate) fn load() -> Description {
        let mut document: Value = serde_norway::from_str(MEMBER_API).expect("YAML");
        let sandbox: Value = serde_norway::from_str(SANDBOX_API).expect("YAML");
        let merge = |into: &mut Value, from: &Value, prefix: &str| {
            for (name, value) in from.as_object().expect("a map") {
                let is_other_file = value["$ref"].as_str().is_some_and(|target| target.starts_with(OTHER_FILE));
                if !is_other_file {
                    let mut value = value.clone();
                    move_responses(&mut value);
                    into[format!("{prefix}{name}")] = value;
                }
            }
        };
        merge(&mut document["paths"], &sandbox["paths"], "");
        merge(&mut document["components"]["schemas"], &sandbox["components"]["schemas"], "");
        merge(&mut document["components"]["responses"], &sandbox["components"]["responses"], "Sandbox");
        tighten_all(&mut document);
        Description { document }
    }

    /// Every operation.
    pub(crate) fn operations(&self) -> BTreeSet<Operation> {
        let mut operations = BTreeSet::new();
        for (path, item) in self.document["paths"].as_object().expect("paths") {
            for method in
                item.as_object().expect("an item").keys().filter(|key| ["get", "post", "put"].contains(&key.as_str()))
            {
                operations.insert((method.to_uppercase(), path.clone()));
            }
        }
        operations
    }

    /// The statuses that an operation declares.
    pub(crate) fn statuses(&self, method: &str, path: &str) -> BTreeSet<String> {
        self.operation(method, path)["responses"].as_object().expect("responses").keys().cloned().collect()
    }

    /// Whether an operation is for this scheme of security, for example `memberToken`.
    pub(crate) fn needs(&self, method: &str, path: &str, scheme: &str) -> bool {
        let security = self.operation(method, path)["security"].as_array();
        security.is_some_and(|list| list.iter().any(|one| one.get(scheme).is_some()))
    }

    /// The content type that an operation's body has.
    pub(crate) fn body_type(&self, method: &str, path: &str) -> Option<&str> {
        let content = self.operation(method, path)["requestBody"]["content"].as_object()?;
        content.keys().next().map(String::as_str)
    }

    /// Every answer that is declared.
    pub(crate) fn declared(&self) -> BTreeSet<Answer> {
        let mut answers = BTreeSet::new();
        for (method, path) in self.operations() {
            for status in self.statuses(&method, &path) {
                let response = self.response(&method, &path, &status).expect("declared");
                let types = match response["content"].as_object() {
                    Some(content) => content.keys().cloned().collect(),
                    None => vec![String::new()],
                };
                for content_type in types {
                    answers.insert((method.clone(), path.clone(), status.clone(), content_type));
                }
            }
        }
        answers
    }

    /// The short names of all problems that the document knows.
    pub(crate) fn problems(&self) -> BTreeSet<String> {
        const PREFIX: &str = "urn:member-core:problem:";
        let mut names = BTreeSet::new();
        visit(&self.document["components"]["schemas"], &mut |value| {
            if let Some(name) = value.as_str().and_then(|text| text.strip_prefix(PREFIX)) {
                names.insert(name.to_owned());
            }
        });
        names
    }

    /// Holds an answer to what is declared for it; says which answer it is.
    pub(crate) fn check(&self, method: &str, path: &str, reply: &Reply) -> Result<Answer, String> {
        let status = reply.status.to_string();
        let response = self
            .response(method, path, &status)
            .ok_or_else(|| format!("{method} {path} does not declare {status}: {}", reply.body))?;
        let place = format!("{method} {path} {status}");
        for (name, header) in response["headers"].as_object().unwrap_or(&Map::new()) {
            let header = self.resolve(header);
            match reply.headers.get(&name.to_lowercase()) {
                Some(value) => self.validate(&header["schema"], &json!(value), &format!("{place}, {name}"))?,
                None if header["required"] == true => return Err(format!("{place}: the header {name} is missing")),
                None => {}
            }
        }
        let given = reply.headers.get("content-type").map_or("", |value| value.split(';').next().unwrap_or_default());
        let answer = (method.to_owned(), path.to_owned(), status, given.to_owned());
        let Some(content) = response["content"].as_object() else {
            return if reply.body.is_empty() { Ok(answer) } else { Err(format!("{place}: there is a body")) };
        };
        let media = content.get(given).ok_or_else(|| format!("{place}: the type {given:?} is not declared"))?;
        // A file, of which another test knows what is in it.
        let Some(schema) = media.get("schema") else {
            return if reply.body.is_empty() { Err(format!("{place}: there is no body")) } else { Ok(answer) };
        };
        let body: Value = serde_json::from_str(&reply.body).map_err(|error| format!("{place}: {error}"))?;
        self.validate(schema, &body, &place)?;
        Ok(answer)
    }

    /// Holds an answer outside of all operations to a schema of the document.
    pub(crate) fn check_schema(&self, name: &str, reply: &Reply) -> Result<(), String> {
        let body: Value = serde_json::from_str(&reply.body).map_err(|error| error.to_string())?;
        let schema = json!({"$ref": format!("#/components/schemas/{name}"), "unevaluatedProperties": false});
        self.validate(&schema, &body, name)
    }

    /// Holds a request that was accepted to what is declared for the operation's body.
    pub(crate) fn check_request(&self, method: &str, path: &str, body: &Value) -> Result<(), String> {
        let content = &self.operation(method, path)["requestBody"]["content"];
        let Some(media) = content.as_object().and_then(|content| content.values().next()) else {
            return Ok(());
        };
        self.validate(&media["schema"], body, &format!("{method} {path}, request"))
    }

    /// Validates every example; returns how many there are.
    pub(crate) fn check_examples(&self) -> usize {
        let mut count = 0;
        visit(&self.document, &mut |value| {
            let Some(fields) = value.as_object() else { return };
            // Of a media type beside its schema, of a schema inside of it.
            if let (Some(example), Some(schema)) = (fields.get("example"), fields.get("schema")) {
                self.validate(schema, example, "an example").expect("valid");
                count += 1;
            }
            for example in fields.get("examples").and_then(Value::as_array).into_iter().flatten() {
                self.validate(value, example, "an example").expect("valid");
                count += 1;
            }
        });
        count
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        &self.document["paths"][path][method.to_lowercase()]
    }

    fn response(&self, method: &str, path: &str, status: &str) -> Option<&Value> {
        let response = self.operation(method, path)["responses"].get(status)?;
        Some(self.resolve(response))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(target) => self.document.pointer(target.trim_start_matches('#')).expect("a target"),
            None => value,
        }
    }

    fn validate(&self, schema: &Value, value: &Value, context: &str) -> Result<(), String> {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": {"schemas": self.document["components"]["schemas"]},
            "allOf": [schema],
        });
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
        let faults: Vec<_> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("{context}: {}\n{value:#}", faults.join("\n"))) }
    }
}

/// The shared responses of the second document get names of their own.
fn move_responses(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("#/components/responses/") {
                *text = format!("#/components/responses/Sandbox{name}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(move_responses),
        Value::Object(fields) => fields.values_mut().for_each(move_responses),
        _ => {}
    }
}

fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Object(fields) => fields.values().for_each(|field| visit(field, see)),
        _ => {}
    }
}

/// Objects are open to clients, who pass over what they do not know. Here every schema is closed: a field that the server
/// sends and nobody described is a fault of one of the two.
fn tighten_all(document: &mut Value) {
    let mut sections = vec!["paths".to_owned()];
    sections.extend(["schemas", "responses", "parameters", "headers"].map(|name| format!("components/{name}")));
    for section in sections {
        let section = document.pointer_mut(&format!("/{section}")).expect("a section");
        if let Value::Object(parts) = section {
            // The parts themselves stay open: others may be composed of them. Where one is used it is closed.
            parts.values_mut().for_each(|part| tighten(part, false));
        }
    }
}

fn tighten(schema: &mut Value, close: bool) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    // What is composed is closed as a whole, not part by part.
                    "allOf" => value.as_array_mut().into_iter().flatten().for_each(tighten_inside),
                    // The alternatives of a part that stays open stay open too.
                    "oneOf" => value.as_array_mut().into_iter().flatten().for_each(|part| tighten(part, close)),
                    "example" | "examples" | "default" | "const" | "enum" | "required" => {}
                    _ => tighten(value, true),
                }
            }
            let describes = ["$ref", "properties", "allOf"].iter().any(|key| fields.contains_key(*key));
            let is_schema_reference = fields
                .get("$ref")
                .is_none_or(|target| target.as_str().is_some_and(|target| target.starts_with("#/components/schemas/")));
            // `properties` may itself be a field's name, so only what says that it is an object counts.
            let is_object = fields.get("type").is_none_or(|kind| kind == "object");
            if close && describes && is_schema_reference && is_object {
                fields.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tighten(item, true)),
        _ => {}
    }
}

/// Closes what is inside of a part of a composition, and not the part itself.
fn tighten_inside(part: &mut Value) {
    tighten(part, false);
}

/// An object of strings, as a form is one.
pub(crate) fn form_as_json(form: &str) -> Value {
    let fields: BTreeMap<String, String> = serde_urlencoded::from_str(form).expect("a form");
    json!(fields)
}
