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

/// Options that have a value.
const WITH_VALUE: [&str; 4] = ["--policy", "--profile", "--now", "--issuer"];

/// An option as it stands on the command line.
struct Given {
    name: String,
    value: Option<OsString>,
}

impl Task {
    pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, Unusable> {
        let (given, files) = split(arguments)?;
        let has = |name: &str| given.iter().any(|option| option.name == name && option.value.is_none());
        if has("--help") {
            return Ok(Self::Help);
        }
        if has("--lines") && given.len() == 1 && files.is_empty() {
            return Ok(Self::Lines);
        }
        if let Some(Given { name, .. }) = given.iter().find(|option| !WITH_VALUE.contains(&option.name.as_str())) {
            return Err(format!("{name}: not expected here; see --help").into());
        }
        let [file]: [OsString; 1] = files.try_into().map_err(|_| "expected one file; see --help")?;
        let issuers = values(&given, "--issuer").map(|value| value.map(|key| text(key).into_owned()));
        let issuers = issuers.collect::<Result<Vec<_>, _>>()?;
        Ok(Self::Judge(Options {
            file: PathBuf::from(file),
            policy: at_most_once(&given, "--policy")?.map(PathBuf::from),
            profile: at_most_once(&given, "--profile")?.map_or(Ok(Profile::default()), |name| text(name).parse())?,
            now_ms: at_most_once(&given, "--now")?.map(|now| parse_now(&text(now))).transpose()?,
            issuers: (!issuers.is_empty()).then_some(issuers),
        }))
    }
}

/// Options and files. Whatever begins with a dash is an option, up to `--`.
fn split(mut arguments: impl Iterator<Item = OsString>) -> Result<(Vec<Given>, Vec<OsString>), Unusable> {
    let (mut options, mut files) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            files.extend(arguments.by_ref());
        } else if !argument.as_encoded_bytes().starts_with(b"-") {
            files.push(argument);
        } else {
            let option = argument.to_str().ok_or("an option that is not UTF-8")?;
            options.push(match option.split_once('=') {
                Some((name, value)) => Given { name: name.to_owned(), value: Some(value.into()) },
                None if WITH_VALUE.contains(&option) => Given { name: option.to_owned(), value: arguments.next() },
                None => Given { name: option.to_owned(), value: None },
            });
        }
    }
    Ok((options, files))
}

/// The values of an option, each where it is given.
fn values<'a>(given: &'a [Given], name: &'a str) -> impl Iterator<Item = Result<&'a OsStr, Unusable>> {
    let options = given.iter().filter(move |option| option.name == name);
    options.map(move |option| option.value.as_deref().ok_or_else(|| format!("{name}: expected a value").into()))
}

fn at_most_once<'a>(given: &'a [Given], name: &'a str) -> Result<Option<&'a OsStr>, Unusable> {
    let mut values = values(given, name);
    let first = values.next().transpose()?;
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
