//! In which form a client expects an error.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::iam::module::{Protocol, signed_as};

/// A protocol of AWS, as far as its errors differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Cbor,
    RestJson,
    /// `<ErrorResponse>`: the query protocol, and all that answers in XML but EC2 and S3.
    Xml,
    /// `<Response><Errors>`
    Ec2,
    /// `<Error>`
    S3,
}

impl Form {
    /// `module` is botocore's name of the service.
    pub(crate) fn of(protocol: Protocol, module: &str) -> Self {
        match protocol {
            Protocol::Json => Self::Json,
            Protocol::Cbor => Self::Cbor,
            Protocol::RestJson => Self::RestJson,
            Protocol::Ec2 => Self::Ec2,
            Protocol::RestXml if module == "s3" => Self::S3,
            Protocol::Query | Protocol::RestXml => Self::Xml,
        }
    }

    /// The form of a request whose operation is not known. `service` is the one that it is signed for.
    pub(crate) fn guess(headers: &HeaderMap, service: Option<&str>) -> Self {
        if headers.contains_key("smithy-protocol") {
            return Self::Cbor;
        }
        if headers.contains_key("x-amz-target") {
            return Self::Json;
        }
        let of_service = service.map(signed_as).unwrap_or_default().first();
        match service {
            Some("s3" | "s3express" | "s3-object-lambda" | "s3-outposts") => return Self::S3,
            Some("ec2") => return Self::Ec2,
            _ => {}
        }
        if media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Self::Xml;
        }
        if let Some(module) = of_service
            && let Some(protocol) = module.protocols().next()
        {
            return Self::of(protocol, module.name);
        }
        // Without a service, few clients are left, and most of them ask for objects of S3.
        match service {
            None => Self::S3,
            Some(_) => Self::RestJson,
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::RestJson => "application/json",
            Self::Cbor => "application/cbor",
            Self::Xml | Self::Ec2 => "text/xml",
            Self::S3 => "application/xml",
        }
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let value = value.unwrap_or_default().split(';').next();
    value.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn guessed(headers: &[(&'static str, &'static str)], service: Option<&str>) -> Form {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        Form::guess(&map, service)
    }

    #[test]
    fn only_s3_itself_has_s3s_form() {
        assert_eq!(Form::of(Protocol::RestXml, "s3"), Form::S3);
        assert_eq!(Form::of(Protocol::RestXml, "s3control"), Form::Xml);
        assert_eq!(Form::of(Protocol::RestXml, "route53"), Form::Xml);
        assert_eq!(Form::of(Protocol::Query, "sts"), Form::Xml);
    }

    #[test]
    fn the_form_of_an_unknown_operation_is_guessed_from_what_the_request_has() {
        let form = (
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        );
        assert_eq!(
            guessed(&[("x-amz-target", "A.B")], Some("future")),
            Form::Json
        );
        assert_eq!(
            guessed(&[("smithy-protocol", "rpc-v2-cbor")], Some("future")),
            Form::Cbor
        );
        assert_eq!(guessed(&[form], Some("sts")), Form::Xml);
        assert_eq!(guessed(&[form], Some("ec2")), Form::Ec2);
        assert_eq!(guessed(&[form], None), Form::Xml);
        assert_eq!(guessed(&[], Some("s3express")), Form::S3);
        assert_eq!(guessed(&[], Some("lambda")), Form::RestJson);
        assert_eq!(guessed(&[], Some("route53")), Form::Xml);
        assert_eq!(guessed(&[], Some("future")), Form::RestJson);
        assert_eq!(guessed(&[], None), Form::S3);
    }
}
