//! Stories as files: reading one, and checking its words before anything is played. Must not know what a step does.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// What went wrong, as whoever wrote the story reads it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A story that uses known words only.
#[derive(Debug)]
pub(crate) struct Story {
    file: String,
    pub(crate) programme: String,
    pub(crate) steps: Vec<Step>,
}

/// One step of it.
#[derive(Debug)]
pub(crate) struct Step {
    /// Counted from 1.
    number: usize,
    title: String,
    pub(crate) word: String,
    fields: Map<String, Value>,
}

impl Step {
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// A text that the vocabulary asks for.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields[name].as_str().expect("the vocabulary says that it is a text")
    }

    pub(crate) fn optional_text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.field(name).and_then(Value::as_str).unwrap_or(default)
    }
}

impl Story {
    /// The same failure, with the place where it is.
    pub(crate) fn at(&self, step: &Step, what: &str) -> Failure {
        Failure(format!("{}, step {}, \"{}\": {what}", self.file, step.number, step.title))
    }
}

/// The folder with programmes, stories and the vocabulary.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("sandbox")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every story there is, by the path of its file from the root of the repository.
pub(crate) fn all() -> Vec<(String, Value)> {
    let listed = |folder: PathBuf| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let of_programmes = listed(folder().join("programmes")).map(|programme| programme.join("story.json"));
    let mut paths: Vec<_> =
        of_programmes.chain(listed(folder().join("stories"))).filter(|path| path.is_file()).collect();
    paths.sort();
    let name = |path: &Path| format!("sandbox/{}", path.strip_prefix(folder()).expect("inside").display());
    paths.iter().map(|path| (name(path), json(path))).collect()
}

/// Stories that must fail, each with what is said then.
pub(crate) fn controls() -> Vec<Value> {
    let controls = json(&folder().join("stories/format/controls.json"));
    controls["controls"].as_array().expect("a list").clone()
}

/// What expectations say of what is shown.
pub(crate) fn matching() -> Value {
    json(&folder().join("stories/format/matching.json"))
}

/// The words that there are.
pub(crate) struct Vocabulary(Value);

impl Vocabulary {
    pub(crate) fn load() -> Vocabulary {
        Vocabulary(json(&folder().join("stories/format/vocabulary.json")))
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
        let steps = self.0["steps"].as_object().expect("an object");
        steps.iter().map(|(word, fields)| (word, fields.as_object().expect("an object")))
    }

    /// Reads a story, and refuses what is not in the vocabulary.
    pub(crate) fn story(&self, file: &str, story: &Value) -> Result<Story, Failure> {
        let failure = |what: String| Failure(format!("{file}: {what}"));
        let fields = story.as_object().ok_or_else(|| failure("it is not an object".to_owned()))?;
        let known = self.0["story"].as_object().expect("an object");
        check(fields, known, &Map::new()).map_err(failure)?;
        let steps = fields["steps"].as_array().expect("it was checked").iter().enumerate();
        let steps = steps.map(|(index, step)| {
            let number = index + 1;
            self.step(number, step).map_err(|what| {
                let title = step["title"].as_str().map(|title| format!(", \"{title}\"")).unwrap_or_default();
                Failure(format!("{file}, step {number}{title}: {what}"))
            })
        });
        Ok(Story {
            file: file.to_owned(),
            programme: fields["programme"].as_str().expect("it was checked").to_owned(),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    fn step(&self, number: usize, step: &Value) -> Result<Step, String> {
        let fields = step.as_object().ok_or("it is not an object")?;
        let common = self.0["step"].as_object().expect("an object");
        let own = match fields.get("do").and_then(Value::as_str) {
            Some(word) => self.0["steps"][word].as_object().ok_or_else(|| format!("there is no step \"{word}\""))?,
            None => return Err("the field \"do\" is missing or no text".to_owned()),
        };
        check(fields, common, own)?;
        if let Some(view) = fields.get("view")
            && !self.0["views"].as_array().expect("a list").contains(view)
        {
            return Err(format!("there is no view {view}"));
        }
        let text = |name: &str| fields[name].as_str().expect("it was checked").to_owned();
        Ok(Step { number, title: text("title"), word: text("do"), fields: fields.clone() })
    }
}

/// Each field is known and of its kind, and those that must be there are.
fn check(fields: &Map<String, Value>, common: &Map<String, Value>, own: &Map<String, Value>) -> Result<(), String> {
    let kind = |name: &str| common.get(name).or_else(|| own.get(name)).and_then(Value::as_str);
    if let Some(name) = fields.keys().find(|name| kind(name).is_none()) {
        return Err(format!("there is no field \"{name}\""));
    }
    let mut names: Vec<_> = common.keys().chain(own.keys()).collect();
    names.sort();
    for name in names {
        let kind = kind(name).expect("it is one of them");
        let (kind, optional) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
        match fields.get(name) {
            None if optional => {}
            None => return Err(format!("the field \"{name}\" is missing")),
            Some(value) => {
                let fits = match kind {
                    "text" => value.is_string(),
                    "number" => value.is_i64(),
                    "truth" => value.is_boolean(),
                    "list" => value.is_array(),
                    "object" => value.is_object(),
                    _ => kind == "any",
                };
                if !fits {
                    return Err(format!("the field \"{name}\" is no {kind}"));
                }
            }
        }
    }
    Ok(())
}
