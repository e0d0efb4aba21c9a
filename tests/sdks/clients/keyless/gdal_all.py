# GDAL, which pyogrio carries: it signs by itself.
import os

import pyogrio
import said

BUCKET = os.environ["BUCKET"]


def s3():
    import boto3

    boto3.client("s3").put_object(Bucket=BUCKET, Key="gdal", Body=b"content")
    assert pyogrio.vsi_listtree(f"/vsis3/{BUCKET}/")


def s3_3000():
    assert len(pyogrio.vsi_listtree(f"/vsis3/{os.environ['FULL_BUCKET']}/")) == 3000


said.version(pyogrio.__gdal_version_string__)
said.run(s3, s3_3000)
