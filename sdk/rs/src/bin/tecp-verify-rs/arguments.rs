//! The command line (`docs/spec/verifier.md`, section 1).

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use tecp::Profile;

use crate::Unusable;

/// What the command line asks for.
pub enum Task {
    Help,
    Lines,
    Judge(Options),
}

/// Which receipt is to be judged, and by what.
pub struct Options {
    pub file: PathBuf,
    pub policy: Option<PathBuf>,
    pub profile: Profile,
    /// Unix milliseconds; none for the machine's clock.
    pub now_ms: Option<i64>,
    /// None where every issuer is trusted.
    pub issuers: Option<Vec<String>>,
}

/// Options that have a value, and those that have none.
const WITH_VALUE: [&str; 4] = ["--policy", "--profile", "--now", "--issuer"];
const WITHOUT_VALUE: [&str; 2] = ["--help", "--lines"];

/// An option as it stands on the command line, and its value, which is empty for one that has none.
struct Given {
    name: String,
    value: OsString,
}

impl Task {
    pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, Unusable> {
        let (given, files) = split(arguments)?;
        let has = |name: &str| values(&given, name).next().is_some();
        if has("--help") {
            return Ok(Self::Help);
        }
        if has("--lines") {
            let is_alone = given.len() == 1 && files.is_empty();
            return if is_alone { Ok(Self::Lines) } else { Err("--lines: takes nothing beside it".into()) };
        }
        let [file]: [OsString; 1] = files.try_into().map_err(|_| "expected one file; see --help")?;
        let issuers: Vec<String> = values(&given, "--issuer").map(|key| text(key).into_owned()).collect();
        Ok(Self::Judge(Options {
            file: PathBuf::from(file),
            policy: at_most_once(&given, "--policy")?.map(PathBuf::from),
            profile: at_most_once(&given, "--profile")?.map_or(Ok(Profile::default()), |name| text(name).parse())?,
            now_ms: at_most_once(&given, "--now")?.map(|now| parse_now(&text(now))).transpose()?,
            issuers: (!issuers.is_empty()).then_some(issuers),
        }))
    }
}

/// Options and files. Whatever begins with a dash and is more than that is an option, up to `--`.
fn split(mut arguments: impl Iterator<Item = OsString>) -> Result<(Vec<Given>, Vec<OsString>), Unusable> {
    let (mut options, mut files) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            files.extend(arguments.by_ref());
        } else if argument == "-" || !argument.as_encoded_bytes().starts_with(b"-") {
            files.push(argument);
        } else {
            let option = argument.to_str().ok_or("an option that is not UTF-8")?;
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.into())),
                None => (option, None),
            };
            let value = if WITH_VALUE.contains(&name) {
                value.or_else(|| arguments.next()).ok_or_else(|| format!("{name}: expected a value"))?
            } else if WITHOUT_VALUE.contains(&option) {
                OsString::new()
            } else {
                return Err(format!("{option}: no such option; see --help").into());
            };
            options.push(Given { name: name.to_owned(), value });
        }
    }
    Ok((options, files))
}

/// The values of an option, each where it is given.
fn values<'a>(given: &'a [Given], name: &'a str) -> impl Iterator<Item = &'a OsStr> {
    given.iter().filter(move |option| option.name == name).map(|option| option.value.as_os_str())
}

fn at_most_once<'a>(given: &'a [Given], name: &'a str) -> Result<Option<&'a OsStr>, Unusable> {
    let mut values = values(given, name);
    let first = values.next();
    if values.next().is_some() { Err(format!("{name}: given twice").into()) } else { Ok(first) }
}

/// What is not UTF-8 becomes a text that no option takes.
fn text(value: &OsStr) -> Cow<'_, str> {
    value.to_string_lossy()
}

/// In decimal, without sign and leading zeros, which `str::parse` would take.
fn parse_now(text: &str) -> Result<i64, Unusable> {
    let now = text.parse::<i64>().ok().filter(|now| *now >= 0 && now.to_string() == text);
    now.ok_or_else(|| "--now: expected Unix milliseconds".into())
}
