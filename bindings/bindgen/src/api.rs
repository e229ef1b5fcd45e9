//! The exported interface as a text that people review: one block for each item, sorted, in Rust's words and without
//! documentation.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use uniffi_bindgen::macro_metadata::extract_from_bytes;
use uniffi_meta::{EnumShape, FieldMetadata, FnParamMetadata, Metadata, ObjectImpl, Type, UniffiTraitMetadata};

/// A type with its members.
#[derive(Default)]
struct Item {
    head: String,
    /// Fields and variants in their own order, which is part of the interface.
    body: Vec<String>,
    /// Methods, by name.
    methods: BTreeMap<String, String>,
    traits: Vec<&'static str>,
}

/// Everything that the library exports.
pub fn api(library: &Path) -> Result<String, String> {
    let bytes = fs::read(library).map_err(|error| format!("{}: {error}", library.display()))?;
    let metadata = extract_from_bytes(&bytes).map_err(|error| format!("{}: {error:#}", library.display()))?;
    let mut functions = BTreeMap::new();
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    for entry in metadata {
        match entry {
            Metadata::Func(function) => {
                let line = signature(
                    function.is_async,
                    &function.name,
                    &function.inputs,
                    function.return_type.as_ref(),
                    function.throws.as_ref(),
                );
                functions.insert(function.name, line);
            }
            Metadata::Object(object) => {
                items.entry(object.name.clone()).or_default().head = head_of_object(&object.name, object.imp);
            }
            Metadata::Record(record) => {
                let item = items.entry(record.name.clone()).or_default();
                item.head = format!("record {}", record.name);
                item.body = record.fields.iter().map(field).collect();
            }
            Metadata::Enum(enumeration) => {
                let item = items.entry(enumeration.name.clone()).or_default();
                let kind = if matches!(enumeration.shape, EnumShape::Error { .. }) { "error" } else { "enum" };
                item.head = format!("{kind} {}", enumeration.name);
                for variant in &enumeration.variants {
                    let fields: Vec<_> = variant.fields.iter().map(field).collect();
                    let fields =
                        if fields.is_empty() { String::new() } else { format!(" {{ {} }}", fields.join(", ")) };
                    item.body.push(variant.name.clone() + &fields);
                }
            }
            Metadata::Constructor(constructor) => {
                let line = signature(
                    constructor.is_async,
                    &constructor.name,
                    &constructor.inputs,
                    Some(&Type::Record { module_path: String::new(), name: constructor.self_name.clone() }),
                    constructor.throws.as_ref(),
                );
                let item = items.entry(constructor.self_name).or_default();
                item.methods.insert(constructor.name, format!("constructor {line}"));
            }
            Metadata::Method(method) => {
                let line = signature(
                    method.is_async,
                    &method.name,
                    &method.inputs,
                    method.return_type.as_ref(),
                    method.throws.as_ref(),
                );
                items.entry(method.self_name).or_default().methods.insert(method.name, line);
            }
            Metadata::TraitMethod(method) => {
                let line = signature(
                    method.is_async,
                    &method.name,
                    &method.inputs,
                    method.return_type.as_ref(),
                    method.throws.as_ref(),
                );
                items.entry(method.trait_name).or_default().methods.insert(method.name, line);
            }
            Metadata::UniffiTrait(implemented) => {
                let item = items.entry(implemented.self_name().to_owned()).or_default();
                item.traits.push(match implemented {
                    UniffiTraitMetadata::Debug { .. } => "Debug",
                    UniffiTraitMetadata::Display { .. } => "Display",
                    UniffiTraitMetadata::Eq { .. } => "Eq",
                    UniffiTraitMetadata::Hash { .. } => "Hash",
                    UniffiTraitMetadata::Ord { .. } => "Ord",
                });
            }
            Metadata::Namespace(_) => {}
            other => return Err(format!("an export of a kind that the list does not know: {other:?}")),
        }
    }
    Ok(text(functions, items))
}

fn text(functions: BTreeMap<String, String>, items: BTreeMap<String, Item>) -> String {
    let mut text = String::new();
    for line in functions.into_values() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
    }
    for item in items.into_values() {
        let mut traits = item.traits;
        traits.sort_unstable();
        let traits = if traits.is_empty() { String::new() } else { format!(": {}", traits.join(" + ")) };
        let _ = writeln!(text, "\n{}{traits}", item.head);
        for line in item.body.iter().chain(item.methods.values()) {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn head_of_object(name: &str, implementation: ObjectImpl) -> String {
    match implementation {
        ObjectImpl::Struct => format!("object {name}"),
        ObjectImpl::Trait(kind) => match (kind.has_foreign(), kind.has_rust()) {
            (true, true) => format!("trait {name}, of the host or ours"),
            (true, false) => format!("trait {name}, of the host"),
            (false, _) => format!("trait {name}, ours"),
        },
    }
}

fn signature(
    is_async: bool,
    name: &str,
    inputs: &[FnParamMetadata],
    output: Option<&Type>,
    throws: Option<&Type>,
) -> String {
    let inputs: Vec<_> = inputs.iter().map(|input| format!("{}: {}", input.name, spelled(&input.ty))).collect();
    let mut line = format!("{}fn {name}({})", if is_async { "async " } else { "" }, inputs.join(", "));
    if let Some(output) = output {
        let _ = write!(line, " -> {}", spelled(output));
    }
    if let Some(throws) = throws {
        let _ = write!(line, " throws {}", spelled(throws));
    }
    line
}

fn field(field: &FieldMetadata) -> String {
    format!("{}: {}", field.name, spelled(&field.ty))
}

fn spelled(ty: &Type) -> String {
    match ty {
        Type::UInt8 => "u8".to_owned(),
        Type::Int8 => "i8".to_owned(),
        Type::UInt16 => "u16".to_owned(),
        Type::Int16 => "i16".to_owned(),
        Type::UInt32 => "u32".to_owned(),
        Type::Int32 => "i32".to_owned(),
        Type::UInt64 => "u64".to_owned(),
        Type::Int64 => "i64".to_owned(),
        Type::Float32 => "f32".to_owned(),
        Type::Float64 => "f64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Optional { inner_type } => format!("{}?", spelled(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", spelled(inner_type)),
        Type::Map { key_type, value_type } => format!("[{}: {}]", spelled(key_type), spelled(value_type)),
        other => other.name().map_or_else(|| format!("{other:?}"), str::to_owned),
    }
}
