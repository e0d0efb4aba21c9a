# GDAL, which pyogrio carries: it asks for credentials and signs by itself.
import os

from every_second import ENDPOINT, every_second

os.environ |= {
    "AWS_S3_ENDPOINT": ENDPOINT.removeprefix("http://"),
    "AWS_HTTPS": "NO",
    "AWS_VIRTUAL_HOSTING": "FALSE",
}

import pyogrio


def call():
    # It remembers what it has listed.
    pyogrio.vsi_curl_clear_cache()
    if not pyogrio.vsi_listtree("/vsis3/matrix/"):
        raise OSError("nothing is listed")


every_second(pyogrio.__gdal_version_string__, call)
