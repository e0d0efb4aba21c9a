//! An error that credrun answers with itself, in the form that the client's SDK reads. A part of the
//! text comes from the container, so all of it is escaped.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::form::Form;
use crate::cbor;
use crate::xml::escaped;

/// An error of credrun's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal<'a> {
    pub(crate) form: Form,
    /// An answer to HEAD has no body.
    pub(crate) is_head: bool,
    pub(crate) status: StatusCode,
    /// `AccessDenied`. [`access_denied_code`] knows how a service writes it.
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    /// `credrun-N`, which is in the record, too.
    pub(crate) request_id: &'a str,
}

impl Refusal<'_> {
    pub(crate) fn response(&self) -> Response<Bytes> {
        let body = if self.is_head {
            Bytes::new()
        } else {
            self.body()
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        self.add_headers(response.headers_mut());
        response
    }

    /// What a client reads beside the body.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        let mut add = |name: &'static str, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        if !self.is_head {
            add(CONTENT_TYPE.as_str(), self.form.content_type());
        }
        add("x-amzn-requestid", self.request_id);
        match self.form {
            Form::Json | Form::RestJson => add("x-amzn-errortype", self.code),
            // Without it, a client takes the answer for one of a server that is no AWS.
            Form::Cbor => add("smithy-protocol", "rpc-v2-cbor"),
            Form::S3 => add("x-amz-request-id", self.request_id),
            Form::Xml | Form::Ec2 => {}
        }
    }

    pub(super) fn body(&self) -> Bytes {
        match self.form {
            Form::Json | Form::RestJson => self.json().into(),
            Form::Cbor => self.cbor().into(),
            Form::Xml | Form::Ec2 | Form::S3 => self.xml().into(),
        }
    }

    fn json(&self) -> String {
        serde_json::json!({ "__type": self.code, "message": self.message }).to_string()
    }

    /// A map with two texts.
    fn cbor(&self) -> Vec<u8> {
        let mut body = vec![0xa2];
        for text in ["__type", self.code, "message", self.message] {
            cbor::put_text(&mut body, text);
        }
        body
    }

    fn xml(&self) -> String {
        let (code, message) = (escaped(self.code), escaped(self.message));
        let id = escaped(self.request_id);
        let who = if self.status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        match self.form {
            Form::S3 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                 <Message>{message}</Message><RequestId>{id}</RequestId></Error>"
            ),
            Form::Ec2 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>\
                 <Code>{code}</Code><Message>{message}</Message></Error></Errors>\
                 <RequestID>{id}</RequestID></Response>"
            ),
            _ => format!(
                "<ErrorResponse><Error><Type>{who}</Type><Code>{code}</Code>\
                 <Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
            ),
        }
    }
}

/// How services of this form write a code about the signature.
pub(crate) fn code_of(form: Form, code: &'static str) -> &'static str {
    match (form, code) {
        (Form::Json | Form::RestJson | Form::Cbor, code) => match code {
            "SignatureDoesNotMatch" => "InvalidSignatureException",
            "InvalidClientTokenId" => "UnrecognizedClientException",
            "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
            "IncompleteSignature" => "IncompleteSignatureException",
            other => other,
        },
        (Form::Ec2 | Form::Xml | Form::S3, code) => code,
    }
}

/// How a service writes that a call is not allowed. `module` is botocore's name of it.
pub(crate) fn access_denied_code(form: Form, module: Option<&str>) -> &'static str {
    match form {
        Form::Ec2 => "UnauthorizedOperation",
        Form::Json | Form::RestJson | Form::Cbor => "AccessDeniedException",
        Form::Xml if module == Some("sns") => "AuthorizationError",
        Form::Xml | Form::S3 => "AccessDenied",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::xml::leaves;

    const MESSAGE: &str = "no: <b>\"é\"</b> & \u{0}";

    fn refusal(form: Form) -> Refusal<'static> {
        Refusal {
            form,
            is_head: false,
            status: StatusCode::FORBIDDEN,
            code: access_denied_code(form, None),
            message: MESSAGE,
            request_id: "credrun-7",
        }
    }

    fn text(form: Form) -> String {
        let body = refusal(form).response().into_body();
        String::from_utf8(body.to_vec()).expect("text")
    }

    fn header(response: &Response<Bytes>, name: &str) -> Option<String> {
        let value = response.headers().get(name)?;
        Some(value.to_str().expect("text").to_owned())
    }

    #[test]
    fn a_json_error_has_its_code_in_the_body_and_in_a_header() {
        for form in [Form::Json, Form::RestJson] {
            let text = text(form);
            let members = json::members(&text).expect("an object");
            let values: Vec<_> = members
                .iter()
                .map(|(name, value)| (name.as_str(), json::string(value).expect("text")))
                .collect();
            let code = "AccessDeniedException";
            assert_eq!(
                values,
                [("__type", code.into()), ("message", MESSAGE.into())]
            );
            let response = refusal(form).response();
            assert_eq!(header(&response, "x-amzn-errortype").as_deref(), Some(code));
            assert_eq!(
                header(&response, "x-amzn-requestid").as_deref(),
                Some("credrun-7")
            );
            assert_eq!(response.status(), StatusCode::FORBIDDEN);
        }
    }

    /// Parent, name and text of each element.
    fn elements(form: Form) -> Vec<(String, String, String)> {
        let text = text(form);
        let leaves = leaves(&text).expect("sound XML");
        let seen = leaves.iter().map(|leaf| {
            let value = leaf.value().expect("text");
            (leaf.parent.to_owned(), leaf.name.to_owned(), value)
        });
        seen.collect()
    }

    #[test]
    fn an_xml_error_is_as_the_service_writes_it() {
        let message = MESSAGE.replace('\0', "?");
        let own = |parent: &str, name: &str, text: &str| {
            (parent.to_owned(), name.to_owned(), text.to_owned())
        };
        assert_eq!(
            elements(Form::S3),
            [
                own("Error", "Code", "AccessDenied"),
                own("Error", "Message", &message),
                own("Error", "RequestId", "credrun-7"),
            ]
        );
        assert_eq!(
            elements(Form::Xml),
            [
                own("Error", "Type", "Sender"),
                own("Error", "Code", "AccessDenied"),
                own("Error", "Message", &message),
                own("ErrorResponse", "RequestId", "credrun-7"),
            ]
        );
        assert_eq!(
            elements(Form::Ec2),
            [
                own("Error", "Code", "UnauthorizedOperation"),
                own("Error", "Message", &message),
                own("Response", "RequestID", "credrun-7"),
            ]
        );
        assert!(text(Form::Ec2).contains("<Response><Errors><Error>"));
        let s3 = refusal(Form::S3).response();
        assert_eq!(
            header(&s3, "x-amz-request-id").as_deref(),
            Some("credrun-7")
        );
    }

    #[test]
    fn a_cbor_error_is_a_map_of_two_texts() {
        let long = "x".repeat(300);
        let refusal = Refusal {
            message: &long,
            ..refusal(Form::Cbor)
        };
        let response = refusal.response();
        assert_eq!(
            header(&response, "smithy-protocol").as_deref(),
            Some("rpc-v2-cbor")
        );
        let mut expected =
            b"\xa2\x66__type\x75AccessDeniedException\x67message\x79\x01\x2c".to_vec();
        expected.extend(long.as_bytes());
        assert_eq!(response.into_body(), expected);
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let refusal = Refusal {
            is_head: true,
            ..refusal(Form::S3)
        };
        let response = refusal.response();
        assert_eq!(header(&response, "content-type"), None);
        assert!(response.into_body().is_empty());
    }

    #[test]
    fn services_differ_in_the_code() {
        let code = |form, module| access_denied_code(form, Some(module));
        assert_eq!(code(Form::Ec2, "ec2"), "UnauthorizedOperation");
        assert_eq!(code(Form::Xml, "sns"), "AuthorizationError");
        assert_eq!(code(Form::Xml, "sts"), "AccessDenied");
        assert_eq!(code(Form::Json, "sqs"), "AccessDeniedException");
        let wrong = |form| code_of(form, "SignatureDoesNotMatch");
        assert_eq!(wrong(Form::S3), "SignatureDoesNotMatch");
        for form in [Form::Json, Form::RestJson, Form::Cbor] {
            assert_eq!(wrong(form), "InvalidSignatureException");
        }
        assert_eq!(code_of(Form::Json, "SlowDown"), "SlowDown");
    }
}
