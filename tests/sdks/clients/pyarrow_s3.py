# The AWS SDK for C++, which pyarrow carries.
import pyarrow
from every_second import ENDPOINT, every_second
from pyarrow.fs import FileSelector, S3FileSystem

s3 = S3FileSystem(endpoint_override=ENDPOINT, region="eu-central-1")
every_second(pyarrow.__version__, lambda: s3.get_file_info(FileSelector("matrix")))
