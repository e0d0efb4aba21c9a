# The AWS SDK for C++, which pyarrow carries: it has to be told the endpoint.
import os

import pyarrow
import said
from pyarrow.fs import FileSelector, S3FileSystem

BUCKET = os.environ["BUCKET"]
filesystem = S3FileSystem(
    endpoint_override=os.environ["AWS_ENDPOINT_URL"], region=os.environ["AWS_REGION"]
)


def s3():
    with filesystem.open_output_stream(f"{BUCKET}/pyarrow") as file:
        file.write(b"content")
    with filesystem.open_input_file(f"{BUCKET}/pyarrow") as file:
        assert file.read() == b"content"
    assert filesystem.get_file_info(FileSelector(BUCKET))


def s3_3000():
    assert len(filesystem.get_file_info(FileSelector(os.environ["FULL_BUCKET"]))) == 3000


def multipart():
    content = os.urandom(12 << 20)
    with filesystem.open_output_stream(f"{BUCKET}/pyarrow-large") as file:
        file.write(content)
    with filesystem.open_input_file(f"{BUCKET}/pyarrow-large") as file:
        assert file.read() == content


said.version(pyarrow.__version__)
said.run(s3, s3_3000, multipart)
