"""What came of a call: a line with its name, and `ok` or code, status and message."""

from botocore.config import Config
from botocore.exceptions import ClientError

ONCE = Config(retries={"total_max_attempts": 1})


def tell(name, call):
    try:
        call()
        print(name, "ok", flush=True)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        said = error.response["Error"]
        print(name, said["Code"], status, said["Message"].replace("\n", " "), flush=True)
