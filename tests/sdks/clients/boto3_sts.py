import boto3
from every_second import ENDPOINT, every_second

sts = boto3.client("sts", endpoint_url=ENDPOINT)
every_second(boto3.__version__, sts.get_caller_identity)
