"""Prints one request for each operation of AWS and each protocol of its service, as botocore's own
serializers write it: a line of JSON each. Only what an operation requires is in it.

    aws_requests.py [MODULE…]
"""

import base64
import json
import sys
from urllib.parse import urlencode

import botocore.awsrequest
import botocore.loaders
import botocore.model
import botocore.serialize

# What botocore signs with instead of the module's name.
SCOPES = {
    ("s3", "WriteGetObjectResponse"): "s3-object-lambda",
    ("s3", "ListDirectoryBuckets"): "s3express",
    ("s3", "CreateSession"): "s3express",
}
TEXTS = {"Bucket": "bucket", "Key": "key/with/slashes", "CopySource": "other/key"}


def value(shape, name="", depth=0):
    match shape.type_name:
        case "structure":
            if getattr(shape, "is_tagged_union", False):
                first = next(iter(shape.members))
                return {first: value(shape.members[first], first, depth + 1)} if depth < 8 else {}
            return {name: value(shape.members[name], name, depth + 1) for name in shape.required_members}
        case "list":
            return [value(shape.member, name, depth + 1)] if depth < 8 else []
        case "map":
            return {}
        case "string":
            return TEXTS.get(name) or (shape.enum[0] if shape.enum else "text")
        case "integer" | "long":
            return 1
        case "float" | "double":
            return 1.0
        case "boolean":
            return True
        case "timestamp":
            return "2026-11-26T00:00:00Z"
        case "blob":
            return b"bytes"
        case _:
            return {}


def requests(module, model):
    service = botocore.model.ServiceModel(model, module)
    metadata = model["metadata"]
    protocols = metadata.get("protocols") or [metadata["protocol"]]
    if module == "sqs":
        protocols = [*protocols, "query"]
    for protocol in protocols:
        serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
        for name in service.operation_names:
            operation = service.operation_model(name)
            given = value(operation.input_shape) if operation.input_shape else {}
            yield name, protocol, operation, serializer.serialize_to_request(given, operation)


def line(module, name, protocol, operation, request):
    target, body = request["url_path"], request["body"]
    query = request["query_string"]
    if query:
        pairs = query if isinstance(query, str) else urlencode([(key, one) for key, value in query.items() for one in (value if isinstance(value, list) else [value])])
        target += ("&" if "?" in target else "?") + pairs
    if isinstance(body, dict):
        body = urlencode(body)
    if isinstance(body, str):
        body = body.encode()
    return {
        "module": module,
        "operation": name,
        "protocol": protocol,
        "method": request["method"],
        "target": target,
        "headers": {name.lower(): str(value) for name, value in request["headers"].items()},
        "body": base64.b64encode(body if isinstance(body, bytes) else b"").decode(),
        "service": None if operation.auth_type == "none" else SCOPES.get((module, name), operation.service_model.signing_name),
    }


def main(names):
    loader = botocore.loaders.Loader()
    for module in names or loader.list_available_services("service-2"):
        for each in requests(module, loader.load_service_model(module, "service-2")):
            print(json.dumps(line(module, *each)))


main(sys.argv[1:])
