//! Reads the fields of a form or of a query from a request, or refuses the request. A body is read only after the access
//! rule of its route is checked, and everything that is read has a limit.

use super::Problem;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{StatusCode, Uri};
use encore::domain::{Field, Refusal};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_qs::Config;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

/// The fields of verbs that are lists, and so may come more than once.
const LISTS: [&str; 2] = ["seat_ids", "agreed"];
/// Lists come as `seat_ids[0]=…`, as `seat_ids[]=…` from check boxes, or as `seat_ids=…`.
const FIELDS: Config = Config::new().max_depth(2).use_form_encoding(true);

/// The largest form of a verb, in bytes: many times what it needs.
pub const VERB_BYTES: usize = 16 << 10;
/// The largest other form, in bytes, unless its route sets another limit.
const FORM_BYTES: usize = 64 << 10;
/// The most fields of the form of a verb, and of a query.
const VERB_FIELDS: usize = 256;
/// The most fields of any other form. The form with most of them keeps the seats of a hall back: one for each seat.
const FORM_FIELDS: usize = 25_000;
/// The budget for all larger bodies that are being received or handled at the same time, in KiB. A body that would
/// exceed it is refused with [`Refusal::Busy`].
const LARGE_BODIES: usize = 48 << 10;
static BUDGET: Semaphore = Semaphore::const_new(LARGE_BODIES);

/// The most fields of a refused form that are kept to be shown again.
const KEPT_FIELDS: usize = 16;
/// The most characters that are kept of each of these fields.
const KEPT_CHARACTERS: usize = 254;
/// How much of a body that is too large is still received and thrown away, in bytes, and for how long at most: a client
/// that is still sending when the connection is closed may not see the response.
const DISCARDED: (usize, Duration) = (1 << 20, Duration::from_secs(1));
/// The same for a form on whose page the refusal is shown.
const DISCARDED_OF_FORM: (usize, Duration) = (64 << 20, Duration::from_secs(5));

/// The limit on the body of a request, in bytes, as an extension of requests to a route that sets a limit of its own.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// The form of a verb.
pub struct Form<T> {
    pub fields: T,
    text: String,
}

impl<T> Form<T> {
    /// Returns the names and values, as they were sent, of the fields listed in `names`: at most 16 fields, of whose
    /// name and value at most 254 characters each. In `names`, a list field has no brackets: `seat_ids`.
    pub fn typed(&self, names: &[&str]) -> Vec<(String, String)> {
        let kept = |text: std::borrow::Cow<'_, str>| text.chars().take(KEPT_CHARACTERS).collect();
        form_urlencoded::parse(self.text.as_bytes())
            .filter(|(name, _)| names.contains(&name.split('[').next().unwrap_or_default()))
            .take(KEPT_FIELDS)
            .map(|(name, value)| (kept(name), kept(value)))
            .collect()
    }
}

impl<T: DeserializeOwned> Form<T> {
    /// Reads the form from the body of a request, which may have at most `limit` bytes.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], or [`Refusal::Invalid`] for [`Field::Request`] if the body cannot be read or does not fit
    /// `T`.
    pub async fn of(request: Request, limit: usize) -> Result<Self, Problem> {
        Ok(parse(&read_bytes(request, limit).await?)?)
    }
}

/// Reads the fields of a query.
///
/// # Errors
/// [`Refusal::Invalid`] for [`Field::Request`] if they do not fit `T`.
pub fn query_fields<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    Ok(parse::<T>(uri.query().unwrap_or_default().as_bytes())?.fields)
}

/// Reads a body of at most `limit` bytes. The length that the request states is checked first.
async fn read_bytes(mut request: Request, limit: usize) -> Result<Bytes, Refusal> {
    if stated_length(&request).is_some_and(|length| length > limit) {
        discard(&mut request.into_body().into_data_stream(), DISCARDED).await;
        return Err(Refusal::TooLarge { limit_mb: None });
    }
    DefaultBodyLimit::max(limit).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| unread(rejection.status()))
}

/// The length of the body that the head of a request states. `None` if the body comes in chunks: then a stated length does
/// not count (RFC 9112, section 6.3).
fn stated_length(request: &Request) -> Option<usize> {
    if request.headers().contains_key(TRANSFER_ENCODING) {
        return None;
    }
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A posted form with all its fields and files.
#[derive(Debug, Clone, Default)]
pub struct PostedForm {
    pub fields: Vec<(String, String)>,
    pub files: Vec<(String, Bytes)>,
    /// The share of [`LARGE_BODIES`] that a large body takes as long as its form is used.
    _budget: Option<Arc<SemaphorePermit<'static>>>,
}

impl PostedForm {
    /// Receives the form of a request. If it is too large, the rest of it is received too and thrown away, because a
    /// browser that is still sending shows no response.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`]; [`Refusal::Invalid`] for [`Field::Request`] if the body cannot be read; [`Refusal::Busy`]
    /// if too many large bodies are being handled.
    pub async fn receive(request: Request) -> Result<Self, Refusal> {
        let limit = request.extensions().get::<BodyLimit>().map_or(FORM_BYTES, |limit| limit.0);
        let limit_mb = u32::try_from(limit >> 20).ok();
        let share = stated_length(&request).unwrap_or(limit).min(limit);
        let budget = if share > FORM_BYTES {
            let kib = u32::try_from(share.div_ceil(1024)).unwrap_or(u32::MAX);
            Some(Arc::new(BUDGET.try_acquire_many(kib).map_err(|_| Refusal::Busy)?))
        } else {
            None
        };
        let (parts, body) = request.into_parts();
        let sent = Arc::new(Mutex::new(body.into_data_stream()));
        let frames = unfold(sent.clone(), |sent| async move {
            let frame = sent.lock().await.next().await?;
            Some((frame, sent))
        });
        match Self::read_body(Request::from_parts(parts, Body::from_stream(frames)), limit).await {
            Ok(form) => Ok(Self { _budget: budget, ..form }),
            Err(Refusal::TooLarge { .. }) => {
                discard(&mut *sent.lock().await, DISCARDED_OF_FORM).await;
                Err(Refusal::TooLarge { limit_mb: limit_mb.filter(|mb| *mb > 0) })
            }
            read => read,
        }
    }

    async fn read_body(mut request: Request, limit: usize) -> Result<Self, Refusal> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("multipart/form-data") {
            let bytes = read_bytes(request, limit).await?;
            check_fields(&bytes, FORM_FIELDS)?;
            let fields = form_urlencoded::parse(&bytes).into_owned().collect();
            return Ok(Self { fields, ..Self::default() });
        }
        DefaultBodyLimit::max(limit).apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|rejection| unread(rejection.status()))?;
        let mut sent = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| unread(error.status()))? {
            if sent.fields.len() + sent.files.len() >= FORM_FIELDS {
                return Err(Refusal::invalid(Field::Request));
            }
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(|error| unread(error.status()))?;
            if is_file {
                sent.files.push((name, bytes));
            } else {
                sent.fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        Ok(sent)
    }

    /// Deserialises the form into a struct. Each field of the struct is read from the form field of the same name: a
    /// string, or an enum that is deserialised from a string. Other form fields are ignored. The check boxes
    /// `seat_ids[]` become a list named `seat_ids`. A field that was not sent has the value that `T` defines with
    /// `#[serde(default)]`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for [`Field::Request`], if the fields do not fit `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        deserialise(self.fields.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Returns the text of the first field with this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }

    /// Deserialises the numbered parts of the form, each as [`Self::read`] does. Fields are named
    /// `{name}_{number}_{field}`, such as `block_2_rows`. The numbers begin with 0. Parts after the first missing
    /// number are ignored.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parts<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>, Refusal> {
        let mut parts: BTreeMap<usize, Vec<(&str, &str)>> = BTreeMap::new();
        for (field, text) in &self.fields {
            let Some(numbered) = field.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')) else { continue };
            let Some((number, field)) = numbered.split_once('_') else { continue };
            let Ok(number) = number.parse() else { continue };
            parts.entry(number).or_default().push((field, text));
        }
        let in_order = parts.into_iter().enumerate().take_while(|(place, (number, _))| place == number);
        in_order.map(|(_, (_, fields))| deserialise(fields.into_iter())).collect()
    }

    /// Returns the file in the field `name`. `None` if no file was chosen, or if it is empty.
    pub fn file(&self, name: &str) -> Option<Bytes> {
        let file = self.files.iter().find(|(key, _)| key == name).map(|(_, file)| file.clone());
        file.filter(|file| !file.is_empty())
    }
}

fn deserialise<'f, T: DeserializeOwned>(fields: impl Iterator<Item = (&'f str, &'f str)>) -> Result<T, Refusal> {
    let mut form = Map::new();
    for (name, text) in fields {
        match name.strip_suffix("[]") {
            // Nobody can know which of the two values is meant.
            None if form.insert(name.to_owned(), text.into()).is_some() => {
                return Err(Refusal::invalid(Field::Request));
            }
            None => {}
            Some(name) => match form.entry(name).or_insert_with(|| Value::Array(vec![])) {
                Value::Array(list) => list.push(text.into()),
                _ => return Err(Refusal::invalid(Field::Request)),
            },
        }
    }
    serde_json::from_value(Value::Object(form)).map_err(|_| Refusal::invalid(Field::Request))
}

/// Receives and throws away what is left of a body: at most so many bytes, for at most so long.
async fn discard(body: &mut BodyDataStream, (mut left, time): (usize, Duration)) {
    let all = async {
        while left > 0
            && let Some(Ok(frame)) = body.next().await
        {
            left = left.saturating_sub(frame.len());
        }
    };
    drop(tokio::time::timeout(time, all).await);
}

/// The refusal of a body that could not be read.
fn unread(status: StatusCode) -> Refusal {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge { limit_mb: None },
        _ => Refusal::invalid(Field::Request),
    }
}

/// Checks that a form or a query has at most `most` fields, before it is parsed.
fn check_fields(bytes: &[u8], most: usize) -> Result<(), Refusal> {
    let fields = bytes.iter().filter(|byte| **byte == b'&').count() + 1;
    if fields <= most { Ok(()) } else { Err(Refusal::invalid(Field::Request)) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Form<T>, Refusal> {
    check_fields(bytes, VERB_FIELDS)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::invalid(Field::Request))?;
    // Some clients percent-encode brackets in lower case, which the parser does not recognise as brackets.
    let text = text.replace("%5b", "%5B").replace("%5d", "%5D");
    check_unique(&text)?;
    let fields = FIELDS.deserialize_str(&text).map_err(|_| Refusal::invalid(Field::Request))?;
    Ok(Form { fields, text })
}

/// Checks that no name comes twice but those of lists: nobody can know which of two values is meant.
fn check_unique(text: &str) -> Result<(), Refusal> {
    let names = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next().unwrap_or(pair));
    let mut known = HashSet::new();
    let mut single = names.filter(|name| !LISTS.iter().any(|list| name.starts_with(list)));
    if single.all(|name| known.insert(name)) { Ok(()) } else { Err(Refusal::invalid(Field::Request)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Hold {
        schedule_id: i64,
        #[serde(default)]
        seat_ids: Vec<i64>,
    }

    #[test]
    fn lists_come_in_every_spelling_that_browsers_and_clients_use() {
        for text in [
            "schedule_id=1&seat_ids[0]=2&seat_ids[1]=3",
            "schedule_id=1&seat_ids%5B0%5D=2&seat_ids%5B1%5D=3",
            "schedule_id=1&seat_ids%5b%5d=2&seat_ids%5b%5d=3",
            "seat_ids=2&seat_ids=3&schedule_id=1",
        ] {
            let form: Form<Hold> = parse(text.as_bytes()).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
            assert_eq!((form.fields.schedule_id, form.fields.seat_ids), (1, vec![2, 3]), "{text}");
        }
        let none: Form<Hold> =
            parse(b"schedule_id=1").expect("a form without seats parses: refusing it is left to the rule for holds");
        assert!(none.fields.seat_ids.is_empty());
    }

    #[test]
    fn malformed_input_is_refused() {
        for text in [
            &b"schedule_id=x"[..],
            b"schedule_id=99999999999999999999",
            b"seat_ids[0]=1",
            b"schedule_id=1&seat_ids[0]=a",
            b"schedule_id=%FF",
            b"schedule_id=1&schedule_id=2",
            b"\xff\xfe",
            b"",
            &b"schedule_id=1&".repeat(300),
        ] {
            assert_eq!(parse::<Hold>(text).err(), Some(Refusal::invalid(Field::Request)), "{text:?}");
        }
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Part {
        name: String,
        is_ticked: Option<String>,
        seat_ids: Vec<String>,
    }

    fn posted(fields: &[(&str, &str)]) -> PostedForm {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        PostedForm { fields, ..PostedForm::default() }
    }

    #[test]
    fn a_form_is_read_as_a_struct() {
        let posted = posted(&[("name", "x"), ("seat_ids[]", "1"), ("other", "y"), ("seat_ids[]", "2")]);
        let seat_ids = vec!["1".to_owned(), "2".to_owned()];
        assert_eq!(posted.read(), Ok(Part { name: "x".into(), is_ticked: None, seat_ids }));
        assert_eq!(PostedForm::default().read(), Ok(Part::default()));
    }

    #[test]
    fn a_field_that_comes_twice_or_is_both_a_text_and_a_list_is_refused() {
        for fields in
            [[("name", "x"), ("name", "x")], [("name", "x"), ("name[]", "y")], [("name[]", "y"), ("seat_ids", "1")]]
        {
            assert_eq!(posted(&fields).read::<Part>(), Err(Refusal::invalid(Field::Request)), "{fields:?}");
        }
    }

    #[test]
    fn numbered_parts_end_at_the_first_number_that_is_missing() {
        let part = |name: &str| Part { name: name.into(), ..Part::default() };
        let fields = [
            ("part_1_name", "b"),
            ("part_0_name", "a"),
            ("part_3_name", "d"),
            ("part_x_name", "x"),
            ("party_2_name", "c"),
        ];
        assert_eq!(posted(&fields).parts("part"), Ok(vec![part("a"), part("b")]));
        assert_eq!(posted(&fields).parts::<Part>("p"), Ok(vec![]));
    }

    #[test]
    fn only_the_named_fields_are_kept() {
        #[derive(serde::Deserialize)]
        struct Any {}
        let text = format!("email=a%40b&password=secret&other=x&seat_ids[]=7&name={}", "n".repeat(9_000));
        let form: Form<Any> = parse(text.as_bytes()).expect("parses");
        let kept = [("email", "a@b"), ("seat_ids[]", "7"), ("name", &"n".repeat(254))];
        assert_eq!(
            form.typed(&["email", "name", "seat_ids"]),
            kept.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
