import asyncio
from importlib.metadata import version

from aws_sdk_sts.client import AsyncSTSClient
from aws_sdk_sts.config import AsyncSTSConfig
from aws_sdk_sts.models import GetCallerIdentityInput
from every_second import ENDPOINT, every_second

with asyncio.Runner() as runner:
    sts = AsyncSTSClient(runner.run(AsyncSTSConfig.resolve(endpoint_uri=ENDPOINT)))
    every_second(
        version("aws-sdk-sts"),
        lambda: runner.run(sts.get_caller_identity(GetCallerIdentityInput())),
    )
