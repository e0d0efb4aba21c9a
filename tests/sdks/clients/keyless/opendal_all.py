import os
from importlib.metadata import version

import said
from opendal import Operator

BUCKET = os.environ["BUCKET"]


def of(bucket):
    return Operator("s3", bucket=bucket, region=os.environ["AWS_REGION"])


def s3():
    operator = of(BUCKET)
    operator.write("opendal", b"content")
    assert bytes(operator.read("opendal")) == b"content"
    assert list(operator.list("/"))


def s3_3000():
    entries = of(os.environ["FULL_BUCKET"]).list("/")
    assert sum(entry.path.startswith("key-") for entry in entries) == 3000


said.version(version("opendal"))
said.run(s3, s3_3000)
