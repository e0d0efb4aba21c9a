import io
import os
import urllib.parse
from importlib.metadata import version

import said
from minio import Minio
from minio.credentials import EnvAWSProvider

BUCKET = os.environ["BUCKET"]


def s3():
    endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
    minio = Minio(
        endpoint=endpoint,
        secure=False,
        region=os.environ["AWS_REGION"],
        credentials=EnvAWSProvider(),
    )
    minio.put_object(bucket_name=BUCKET, object_name="minio", data=io.BytesIO(b"content"), length=7)
    assert minio.get_object(bucket_name=BUCKET, object_name="minio").read() == b"content"
    assert list(minio.list_objects(bucket_name=BUCKET))


said.version(version("minio"))
said.run(s3)
