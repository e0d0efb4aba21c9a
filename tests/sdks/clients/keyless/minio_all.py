import io
import os
import urllib.parse
from importlib.metadata import version

import said
from minio import Minio
from minio.credentials import EnvAWSProvider

BUCKET = os.environ["BUCKET"]


def client():
    endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
    return Minio(
        endpoint=endpoint,
        secure=False,
        region=os.environ["AWS_REGION"],
        credentials=EnvAWSProvider(),
    )


def s3():
    minio = client()
    minio.put_object(bucket_name=BUCKET, object_name="minio", data=io.BytesIO(b"content"), length=7)
    assert minio.get_object(bucket_name=BUCKET, object_name="minio").read() == b"content"
    assert list(minio.list_objects(bucket_name=BUCKET))


def s3_3000():
    assert len(list(client().list_objects(bucket_name=os.environ["FULL_BUCKET"]))) == 3000


said.version(version("minio"))
said.run(s3, s3_3000)
