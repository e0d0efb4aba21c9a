//! URLs of SQS queues. An SDK sends a call to the host in the URL of its queue (the JS SDK), so that
//! the container gets URLs with the proxy's address, and AWS gets its own.
//!
//! The URL is replaced where it stands in the text, and all other bytes stay: a document that is read
//! and written anew could lose a number's digits, a name that is there twice, or an order.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::edits::Edits;
use crate::iam::module::Protocol;
use crate::{json, xml};

/// An answer of CreateQueue, GetQueueUrl, ListQueues or ListDeadLetterSourceQueues with `proxy`, as
/// `http://127.0.0.1:1234`, in its URLs. None where nothing changes.
pub(crate) fn in_answer(protocol: Protocol, body: &[u8], proxy: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let at_proxy = |url: &str| Some(format!("{proxy}{}", path_of_queue(url)?));
    let edits = match protocol {
        Protocol::Json => in_json(text, at_proxy)?,
        Protocol::Query => in_xml(text, at_proxy)?,
        _ => return None,
    };
    done(edits)
}

/// SQS takes messages of 1 MiB together, in which each character may be six. What is longer is refused
/// there.
const MOST: usize = 8 * 1024 * 1024;

/// A request with `upstream`, as `https://sqs.eu-west-1.amazonaws.com`, in the place of the proxy's
/// address in its URLs. None where nothing changes.
pub(crate) fn in_request(
    protocol: Protocol,
    body: &[u8],
    proxy: &str,
    upstream: &str,
) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok();
    let text = text.filter(|text| text.len() <= MOST)?;
    let at_upstream = |url: &str| {
        let path = url.strip_prefix(proxy)?;
        path.starts_with('/').then(|| format!("{upstream}{path}"))
    };
    let edits = match protocol {
        Protocol::Json => in_json(text, at_upstream)?,
        Protocol::Query => in_form(text, at_upstream)?,
        _ => return None,
    };
    done(edits)
}

fn done(edits: Edits<'_>) -> Option<Vec<u8>> {
    if edits.are_none() {
        return None;
    }
    edits.done()
}

/// `https://HOST[:PORT]/ACCOUNT/NAME` → `/ACCOUNT/NAME`. Stand-ins for AWS have other paths, too.
fn path_of_queue(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let slash = rest.find('/')?;
    let (host, path) = rest.split_at(slash);
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"<>\"'\\?#".contains(letter);
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || ".:-[]".contains(letter);
    let is_sound = !host.is_empty()
        && host.chars().all(is_host)
        && path.len() > 1
        && path.chars().all(is_plain);
    is_sound.then_some(path)
}

/// `QueueUrl`, `QueueUrls`, and `queueUrls` of ListDeadLetterSourceQueues, all at the top.
fn in_json<'t>(text: &'t str, new: impl Fn(&str) -> Option<String>) -> Option<Edits<'t>> {
    let mut edits = Edits::of(text);
    let mut put = |value: &'t str| {
        let url = json::string(value)?;
        match new(&url) {
            Some(url) => edits.replace(value, json::quoted(&url)).then_some(()),
            None => Some(()),
        }
    };
    for (name, value) in json::members(text)? {
        match name.as_str() {
            "QueueUrl" => put(value),
            "QueueUrls" | "queueUrls" => json::elements(value)
                .into_iter()
                .flatten()
                .try_for_each(&mut put),
            _ => continue,
        };
    }
    Some(edits)
}

fn in_xml<'t>(text: &'t str, new: impl Fn(&str) -> Option<String>) -> Option<Edits<'t>> {
    let mut edits = Edits::of(text);
    let leaves = xml::leaves(text)?;
    for leaf in leaves.iter().filter(|leaf| leaf.name == "QueueUrl") {
        let url = leaf.value().and_then(|url| new(url.trim()));
        if let Some(url) = url
            && !edits.replace(leaf.text, xml::escaped(&url))
        {
            return None;
        }
    }
    Some(edits)
}

/// `QueueUrl=…` and `QueueUrl.1=…`.
fn in_form<'t>(text: &'t str, new: impl Fn(&str) -> Option<String>) -> Option<Edits<'t>> {
    let mut edits = Edits::of(text);
    for part in text.split('&') {
        let Some((name, value)) = part.split_once('=') else {
            continue;
        };
        let name = decoded(name);
        if name != "QueueUrl" && !name.starts_with("QueueUrl.") {
            continue;
        }
        if let Some(url) = new(&decoded(value)) {
            let url = utf8_percent_encode(&url, NON_ALPHANUMERIC).to_string();
            if !edits.replace(value, url) {
                return None;
            }
        }
    }
    Some(edits)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "http://127.0.0.1:1234";
    const AWS: &str = "https://sqs.eu-west-1.amazonaws.com";

    fn text(body: Option<Vec<u8>>) -> Option<String> {
        body.map(|body| String::from_utf8(body).expect("text"))
    }

    fn answer(protocol: Protocol, body: &str) -> Option<String> {
        text(in_answer(protocol, body.as_bytes(), PROXY))
    }

    fn request(protocol: Protocol, body: &str) -> Option<String> {
        text(in_request(protocol, body.as_bytes(), PROXY, AWS))
    }

    #[test]
    fn answers_have_the_address_of_the_proxy() {
        for (body, expected) in [
            (
                r#"{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/q"}"#,
                r#"{"QueueUrl":"http://127.0.0.1:1234/123456789012/q"}"#,
            ),
            (
                r#"{ "QueueUrls" : ["https:\/\/queue.amazonaws.com\/1\/a.fifo", "http://localhost:4566/0/b"], "NextToken":"t" }"#,
                r#"{ "QueueUrls" : ["http://127.0.0.1:1234/1/a.fifo", "http://127.0.0.1:1234/0/b"], "NextToken":"t" }"#,
            ),
            (
                r#"{"queueUrls":["https://h/1/dead"]}"#,
                r#"{"queueUrls":["http://127.0.0.1:1234/1/dead"]}"#,
            ),
        ] {
            assert_eq!(answer(Protocol::Json, body).as_deref(), Some(expected));
        }
        let xml = "<ListQueuesResponse><ListQueuesResult><QueueUrl>https://h/1/a</QueueUrl>\
                   <QueueUrl>https://h/1/b</QueueUrl></ListQueuesResult></ListQueuesResponse>";
        assert_eq!(
            answer(Protocol::Query, xml),
            Some(xml.replace("https://h", PROXY))
        );
    }

    #[test]
    fn an_answer_without_a_url_of_a_queue_stays_as_it_is() {
        for body in [
            "{}",
            "",
            r#"{"QueueUrls":[]}"#,
            r#"{"QueueUrl":null}"#,
            r#"{"QueueUrl":"name"}"#,
            r#"{"QueueUrl":"https://user@host/1/q"}"#,
            r#"{"QueueUrl":"https:///1/q"}"#,
            r#"{"Attributes":{"QueueUrl":"https://h/1/q"}}"#,
        ] {
            assert_eq!(answer(Protocol::Json, body), None, "{body}");
        }
        assert_eq!(answer(Protocol::Query, "<a/>"), None);
        assert_eq!(answer(Protocol::Query, "{}"), None);
    }

    #[test]
    fn requests_have_the_address_of_aws() {
        assert_eq!(
            request(
                Protocol::Json,
                r#"{"QueueUrl":"http:\/\/127.0.0.1:1234/1/q","MessageBody":"http://127.0.0.1:1234/1/q","n":1.00}"#
            )
            .as_deref(),
            Some(
                r#"{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/1/q","MessageBody":"http://127.0.0.1:1234/1/q","n":1.00}"#
            )
        );
        assert_eq!(
            request(
                Protocol::Query,
                "Action=SendMessage&QueueUrl=http%3A%2F%2F127.0.0.1%3A1234%2F1%2Fq&MessageBody=a+b&QueueUrl.1=http://127.0.0.1:1234/1/r"
            )
            .as_deref(),
            Some(
                "Action=SendMessage&QueueUrl=https%3A%2F%2Fsqs%2Eeu%2Dwest%2D1%2Eamazonaws%2Ecom%2F1%2Fq&MessageBody=a+b&QueueUrl.1=https%3A%2F%2Fsqs%2Eeu%2Dwest%2D1%2Eamazonaws%2Ecom%2F1%2Fr"
            )
        );
    }

    #[test]
    fn other_urls_in_requests_stay_as_they_are() {
        for body in [
            r#"{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/1/q"}"#,
            r#"{"QueueUrl":"http://127.0.0.1:12345/1/q"}"#,
            r#"{"QueueUrl":"http://127.0.0.1:1234.evil.example/1/q"}"#,
            r#"{"QueueUrl":7}"#,
            "not json",
        ] {
            assert_eq!(request(Protocol::Json, body), None, "{body}");
        }
        let body = "Action=ListQueues&QueueUrlX=http://127.0.0.1:1234/1/q&QueueUrl";
        assert_eq!(request(Protocol::Query, body), None);
    }

    proptest! {
        #[test]
        fn a_url_comes_back_as_it_was(account in "[0-9]{12}", name in "[A-Za-z0-9_-]{1,80}") {
            let body = format!("{{\"QueueUrl\":\"{AWS}/{account}/{name}\"}}");
            let there = answer(Protocol::Json, &body).expect("an answer");
            prop_assert!(there.contains(PROXY));
            prop_assert_eq!(request(Protocol::Json, &there), Some(body));
        }

        #[test]
        fn no_body_panics(body in "[{}\\[\\]\":,A-Za-z=&%/<>\\\\]{0,60}|.{0,40}") {
            for protocol in [Protocol::Json, Protocol::Query] {
                let _ = (answer(protocol, &body), request(protocol, &body));
            }
        }
    }
}
