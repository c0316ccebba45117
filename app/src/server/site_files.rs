//! The files of the built site: from a folder, or from the program itself.

use crate::components::site::{EmbeddedFile, SiteFiles};
use axum::Router;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tower_http::services::ServeDir;

/// The longest path of a file, in bytes. No file has a longer name, and the system would report an error.
const LONGEST: usize = 255;

/// Serves the files below `part`, such as `pkg`. A file that the build has compressed is sent compressed to who accepts it.
pub fn serve(files: &SiteFiles, part: &'static str) -> Router {
    match files.clone() {
        SiteFiles::Folder(folder) => {
            let folder = ServeDir::new(folder.join(part)).precompressed_br().precompressed_gzip();
            Router::new().fallback_service(folder).layer(axum::middleware::from_fn(short_path))
        }
        SiteFiles::Embedded(get) => Router::new().fallback(async move |request: Request| {
            let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
            let path = format!("{part}{}", request.uri().path());
            let found = is_read.then(|| embedded(get, &path, request.headers())).flatten();
            found.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
        }),
    }
}

/// Middleware: a path that is too long for a file leads nowhere.
async fn short_path(request: Request, next: axum::middleware::Next) -> Response {
    if request.uri().path().len() > LONGEST {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

/// The response with a file of the program. `None` if it has no such file.
fn embedded(get: fn(&str) -> Option<EmbeddedFile>, path: &str, asked: &HeaderMap) -> Option<Response> {
    let plain = get(path)?;
    let accepted = asked.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |name: &str| {
        accepted.split(',').any(|coding| {
            let (coding, quality) = coding.split_once(';').unwrap_or((coding, ""));
            coding.trim() == name && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    let compressed = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(coding, ending)| {
        let file = accepts(coding).then(|| get(&format!("{path}.{ending}"))).flatten()?;
        Some((coding, file))
    });
    let (coding, file) = compressed.map_or((None, plain.bytes), |(coding, file)| (Some(coding), file.bytes));
    // The tag names what was sent, so it differs by its coding (RFC 9110, section 8.8.3).
    let hash = BASE64_URL_SAFE_NO_PAD.encode(&plain.hash[..16]);
    let tag = HeaderValue::from_str(&format!("\"{hash}{}\"", coding.unwrap_or_default())).ok()?;
    let mut response = if asked.get(IF_NONE_MATCH) == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = file.into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_str(&plain.mime).ok()?);
        response.headers_mut().extend(coding.map(|coding| (CONTENT_ENCODING, HeaderValue::from_static(coding))));
        response
    };
    response.headers_mut().insert(ETAG, tag);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use tower::ServiceExt;

    fn file(path: &str) -> Option<EmbeddedFile> {
        let (bytes, mime): (&'static [u8], _) = match path {
            "static/a.js" => (b"plain", "text/javascript"),
            "static/a.js.br" => (b"small", "application/octet-stream"),
            "static/icon.svg" => (b"icon", "image/svg+xml"),
            _ => return None,
        };
        Some(EmbeddedFile { bytes: bytes.into(), hash: [7; 32], mime: mime.into() })
    }

    async fn ask(path: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let site = serve(&SiteFiles::Embedded(file), "static");
        let response =
            site.oneshot(request.body(axum::body::Body::empty()).expect("a request")).await.expect("answers");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 100).await.expect("a body");
        (head.status, head.headers, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn a_file_of_the_program_is_sent_as_the_browser_accepts_it() {
        for (path, accepted, body, coding) in [
            ("/a.js", "gzip, deflate, br;q=0.5", "small", Some("br")),
            ("/a.js", "gzip, br;q=0", "plain", None),
            ("/a.js", "", "plain", None),
            ("/icon.svg", "br", "icon", None),
        ] {
            let (status, headers, sent) = ask(path, &[("accept-encoding", accepted)]).await;
            assert_eq!((status, sent.as_str()), (StatusCode::OK, body), "{path} {accepted}");
            assert_eq!(headers.get(CONTENT_ENCODING).and_then(|coding| coding.to_str().ok()), coding);
            assert_ne!(headers[CONTENT_TYPE], "application/octet-stream", "the type is that of the plain file");
            let tag = headers[ETAG].to_str().expect("text");
            let again = ask(path, &[("accept-encoding", accepted), ("if-none-match", tag)]).await;
            assert_eq!((again.0, again.2.as_str()), (StatusCode::NOT_MODIFIED, ""));
        }
        for missing in ["/b.js", "/", "/../static/a.js", "/a.js/"] {
            assert_eq!(ask(missing, &[]).await.0, StatusCode::NOT_FOUND, "{missing}");
        }
    }
}
