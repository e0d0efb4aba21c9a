import os
from importlib.metadata import version

import said
from opendal import Operator

BUCKET = os.environ["BUCKET"]


def s3():
    operator = Operator("s3", bucket=BUCKET, region=os.environ["AWS_REGION"])
    operator.write("opendal", b"content")
    assert bytes(operator.read("opendal")) == b"content"
    assert list(operator.list("/"))


said.version(version("opendal"))
said.run(s3)
