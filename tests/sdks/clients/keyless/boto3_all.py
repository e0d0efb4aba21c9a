import os

import boto3
import said

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
said.run(sts, s3, s3_more, multipart, sqs, dynamodb)
