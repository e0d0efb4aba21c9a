"""All ways to ask for a set of credentials. Prints of each: its name, the status, the code, and the
access key ID that was handed out: it must never be the real one.
"""

import os
import re

import raw
from raw import FORM, Request


def main():
    role = (
        b"Action=AssumeRole&Version=2011-06-15&RoleSessionName=hostile"
        b"&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fhostile"
    )
    plain = {"Content-Type": "text/plain"}
    in_query = "&".join(sorted(role.decode().split("&")))

    def sent(name, *request, **more):
        found, error, answer = raw.ask(Request(*request, **more))
        handed_out = re.findall(rb"<AccessKeyId>([^<]*)", answer)
        print(name, found, error, *(key.decode() for key in handed_out), flush=True)

    sent("honest", "POST", "/", "sts", role, FORM)
    sent("as-text", "POST", "/", "sts", role, plain)
    sent("without-type", "POST", "/", "sts", role)
    sent("other-type", "POST", "/", "sts", role, {"Content-Type": "application/octet-stream"})
    sent("large-type", "POST", "/", "sts", role, {"Content-Type": FORM["Content-Type"].upper()})
    sent(
        "two-types",
        "POST",
        "/",
        "sts",
        role,
        {"Content-Type": "text/plain, " + FORM["Content-Type"]},
    )
    sent("put", "PUT", "/", "sts", role, FORM)
    sent("in-query", "GET", f"/?{in_query}", "sts")
    sent("in-query-of-post", "POST", f"/?{in_query}", "sts", b"", FORM)
    sent("on-a-path", "POST", "/some/path", "sts", role, FORM)
    sent("other-service", "POST", "/", "iam", role, FORM)
    sent("signed-for-none", "POST", "/", "none", role, FORM)
    sent("blank-before", "POST", "/", "sts", b"&&" + role, FORM)
    sent("line-before", "POST", "/", "sts", b"\n" + role, FORM)
    sent("coded", "POST", "/", "sts", role.replace(b"AssumeRole", b"Assume%52ole"), FORM)
    sent("small-letters", "POST", "/", "sts", role.replace(b"AssumeRole", b"assumerole"), FORM)
    target = {"X-Amz-Target": "AWSSecurityTokenServiceV20110615.AssumeRole"}
    json_type = {"Content-Type": "application/x-amz-json-1.1"}
    body = b'{"RoleArn":"arn:aws:iam::123456789012:role/hostile","RoleSessionName":"hostile"}'
    sent("as-json", "POST", "/", "sts", body, json_type | target)
    cbor = "/service/AWSSecurityTokenServiceV20110615/operation/AssumeRole"
    sent("as-cbor", "POST", cbor, "sts", body, {"Smithy-Protocol": "rpc-v2-cbor"})
    express = f"/{os.environ['EXPRESS_BUCKET']}"
    sent("express", "GET", f"{express}?session=", "s3express")
    sent("express-as-s3", "GET", f"{express}?session=", "s3")
    sent("express-with-more", "GET", f"{express}?list-type=2&session=", "s3")
    sent("express-with-value", "GET", f"{express}?session=x", "s3express")
    sent("express-with-slash", "GET", f"{express}/?session=", "s3express")
    sent("express-with-slashes", "GET", f"{express}//?session=", "s3express")
    sent("express-key", "GET", f"{express}/key?session=", "s3express")
    sent("express-post", "POST", f"{express}?session=", "s3express")
    sent("express-put", "PUT", f"{express}?session=", "s3express")
    sent("express-id", "GET", f"{express}?session=&x-id=GetObject", "s3express")
    sent("express-large", "GET", f"{express}?Session=", "s3express")
    sent("express-two", "GET", f"{express}?session=&session=", "s3express")
    sent("express-acl", "GET", f"{express}?acl=&session=", "s3express")
    sent("gzip", "POST", "/", "sts", role, FORM | {"Accept-Encoding": "gzip, br, zstd, deflate"})
    sent("part", "POST", "/", "sts", role, FORM | {"Range": "bytes=100-"})
    web = role.replace(b"AssumeRole", b"AssumeRoleWithWebIdentity") + b"&WebIdentityToken=token"
    sent("web-identity", "POST", "/", "sts", web, FORM)
    unsigned = (
        f"POST / HTTP/1.1\r\nHost: {raw.HOST}\r\nContent-Type: {FORM['Content-Type']}\r\n"
        f"Connection: close\r\nContent-Length: {len(web)}\r\n\r\n"
    )
    raw.report("web-identity-unsigned", unsigned.encode() + web)


if __name__ == "__main__":
    main()
