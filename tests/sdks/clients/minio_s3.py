import minio
from every_second import ENDPOINT, every_second
from minio import Minio
from minio.credentials import IamAwsProvider

s3 = Minio(
    ENDPOINT.removeprefix("http://"),
    credentials=IamAwsProvider(),
    region="eu-central-1",
    secure=False,
)
every_second(minio.__version__, lambda: list(s3.list_objects("matrix")))
