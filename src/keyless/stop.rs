//! Why a call goes no further, and the answer that says so.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Method, Response, StatusCode};

use super::answer::form::Form;
use super::answer::refusal::{Refusal, access_denied_code, code_of};
use super::body::Unheld;
use super::signature::sign::Unsignable;
use super::signature::unacceptable::Unacceptable;
use super::signature::verify::Wrong;
use super::upstream::NoWay;
use crate::iam;
use crate::iam::action::Action;
use crate::record::Verdict;

/// A call that goes no further.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) status: StatusCode,
    /// AWS's code for it. None where each service has its own word for a call that is not allowed.
    pub(super) code: Option<&'static str>,
    pub(super) message: Cow<'static, str>,
    pub(super) verdict: Verdict,
}

impl Stop {
    /// A rule of the user's, or of credrun's, that does not let the call through.
    pub(super) fn denied(rule: String, action: Option<Action>, message: String) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: None,
            message: message.into(),
            verdict: Verdict::Refused {
                rule,
                action: action.map(|action| action.to_string()),
            },
        }
    }

    /// A request that is not as it must be.
    pub(super) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, "InvalidRequest", "form", message)
    }

    /// Whether the request is not as it must be.
    pub(super) fn is_of_the_form(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
    }

    /// A signature that does not open this proxy.
    pub(super) fn unsigned(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(StatusCode::FORBIDDEN, code, "signature", message)
    }

    fn refused(
        status: StatusCode,
        code: &'static str,
        rule: &str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: Some(code),
            message: message.into(),
            verdict: Verdict::Refused {
                rule: rule.to_owned(),
                action: None,
            },
        }
    }

    /// Too many calls at a time.
    pub(super) fn busy() -> Self {
        Self::failed(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "too many calls at a time",
        )
    }

    /// AWS was not asked, or did not answer.
    pub(super) fn failed(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: Some(code),
            message: message.into(),
            verdict: Verdict::Failed,
        }
    }

    /// The answer of credrun's own, with its error code.
    pub(super) fn response(&self, shape: Shape, id: &str) -> (Response<Bytes>, &'static str) {
        let code = match self.code {
            Some(code) => code_of(shape.form, code),
            None => access_denied_code(shape.form, shape.module),
        };
        let message = format!("credrun: {}", self.message);
        let refusal = Refusal {
            form: shape.form,
            is_head: shape.is_head,
            status: self.status,
            code,
            message: &message,
            request_id: id,
        };
        (refusal.response(), code)
    }
}

/// What the answer's form depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) form: Form,
    pub(super) module: Option<&'static str>,
    pub(super) is_head: bool,
}

impl Shape {
    pub(super) fn new(form: Form, module: Option<&'static str>, method: &Method) -> Self {
        Self {
            form,
            module,
            is_head: method == Method::HEAD,
        }
    }
}

impl From<Unacceptable> for Stop {
    fn from(why: Unacceptable) -> Self {
        let status = match why {
            Unacceptable::EventStream => StatusCode::NOT_IMPLEMENTED,
            _ => StatusCode::FORBIDDEN,
        };
        Self {
            status,
            ..Self::unsigned(why.code(), why.to_string())
        }
    }
}

impl From<Wrong> for Stop {
    fn from(why: Wrong) -> Self {
        Self::unsigned(why.code(), why.to_string())
    }
}

impl From<Unsignable> for Stop {
    fn from(why: Unsignable) -> Self {
        Self::malformed(why.to_string())
    }
}

impl From<iam::refusal::Refusal> for Stop {
    fn from(why: iam::refusal::Refusal) -> Self {
        Self::malformed(why.to_string())
    }
}

impl From<NoWay> for Stop {
    fn from(why: NoWay) -> Self {
        Self::refused(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "host",
            why.to_string(),
        )
    }
}

fn size(bytes: usize) -> String {
    const MIB: usize = 1024 * 1024;
    match bytes < MIB {
        true => format!("{} KiB", bytes / 1024),
        false => format!("{} MiB", bytes / MIB),
    }
}

impl From<Unheld> for Stop {
    fn from(why: Unheld) -> Self {
        match why {
            Unheld::TooLarge(most) => Self::refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "size",
                format!(
                    "the body of this call must be held to check it, and is larger than {}",
                    size(most)
                ),
            ),
            Unheld::NoRoom => Self::failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "SlowDown",
                "the bodies of other calls take all memory that credrun has for them",
            ),
            Unheld::Idle => Self::refused(
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeout",
                "idle",
                "the body did not arrive",
            ),
            Unheld::Misplaced => Self::malformed(
                "a field behind the body is one that must stand before it, or not be sent at all",
            ),
            Unheld::Broken => {
                Self::malformed("the body ended early, or is not framed as HTTP wants it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyless::body::{MAX_HELD, MAX_HELD_OF_S3, SMALL};

    #[test]
    fn a_body_that_is_too_large_is_told_its_limit() {
        for (most, told) in [
            (SMALL, "64 KiB"),
            (MAX_HELD_OF_S3, "8 MiB"),
            (MAX_HELD, "72 MiB"),
        ] {
            let stop = Stop::from(Unheld::TooLarge(most));
            assert!(stop.message.ends_with(told), "{}", stop.message);
        }
    }
}
