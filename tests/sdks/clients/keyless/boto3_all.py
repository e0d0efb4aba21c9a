import os
import urllib.request

import boto3
import said
from botocore.config import Config

BUCKET = os.environ["BUCKET"]
large = os.urandom(12 << 20)


def sts():
    boto3.client("sts").get_caller_identity()


def s3():
    s3 = boto3.client("s3")
    s3.put_object(Bucket=BUCKET, Key="boto3", Body=b"content")
    assert s3.get_object(Bucket=BUCKET, Key="boto3", Range="bytes=1-2")["Body"].read() == b"on"
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]


def s3_more():
    s3 = boto3.client("s3")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/boto3")
    objects = [{"Key": "boto3"}, {"Key": "copy"}]
    assert len(s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})["Deleted"]) == 2


def s3_3000():
    pages = boto3.client("s3").get_paginator("list_objects_v2")
    assert sum(page["KeyCount"] for page in pages.paginate(Bucket=os.environ["FULL_BUCKET"])) == 3000


def presigned():
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "large"})
    assert urllib.request.urlopen(url).read() == large


def multipart():
    with open("/tmp/large", "wb") as file:
        file.write(large)
    s3 = boto3.client("s3")
    s3.upload_file("/tmp/large", BUCKET, "large")
    assert s3.get_object(Bucket=BUCKET, Key="large")["Body"].read() == large


def sqs():
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=f"{BUCKET}-boto3")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"]


def dynamodb():
    boto3.client("dynamodb").list_tables()


said.version(boto3.__version__)
said.run(sts, s3, s3_more, s3_3000, multipart, presigned, sqs, dynamodb)
