"""Errors in the form of each protocol."""

import json
from xml.sax.saxutils import escape

from signature import S3_FAMILY


def protocol(service, request):
    if service in S3_FAMILY:
        return "s3"
    if "x-amz-target" in request.headers:
        return "json"
    if request.header("content-type").startswith("application/x-www-form-urlencoded"):
        return "ec2" if service == "ec2" else "query"
    return "rest-json"


def error(service, request, code, message):
    """Headers and body."""
    form = protocol(service, request)
    if "json" in form:
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)]
        return headers, json.dumps({"__type": code, "message": message}).encode()
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    body = {
        "s3": f"<Error>{inner}<RequestId>1</RequestId></Error>",
        "ec2": f"<Response><Errors><Error>{inner}</Error></Errors>"
        "<RequestID>1</RequestID></Response>",
        "query": "<ErrorResponse><Error><Type>Sender</Type>"
        f"{inner}</Error><RequestId>1</RequestId></ErrorResponse>",
    }[form]
    return [("Content-Type", "text/xml")], body.encode("utf-8", "replace")
