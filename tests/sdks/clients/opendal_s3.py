from importlib.metadata import version

from every_second import ENDPOINT, every_second
from opendal import Operator

s3 = Operator("s3", bucket="matrix", endpoint=ENDPOINT, region="eu-central-1")
every_second(version("opendal"), lambda: list(s3.list("/")))
