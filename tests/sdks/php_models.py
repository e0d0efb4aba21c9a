"""Gives an SDK for PHP that has only some services the models of others: `php_models.py SDK-DIRECTORY`.

They are botocore's. AWS makes those of both SDKs of the same source.
"""

import gzip
import json
import sys
from pathlib import Path

import botocore

# As PHP names them, where botocore does not.
SERVICES = {
    name: name
    for name in ("dynamodb", "ec2", "ecr", "iam", "lambda", "logs", "secretsmanager", "sns", "sqs", "ssm")
} | {"monitoring": "cloudwatch"}
FILES = {"api-2": "service-2", "endpoint-rule-set-1": "endpoint-rule-set-1"}

data = Path(sys.argv[1]) / "src/data"
for php, python in SERVICES.items():
    newest = max((Path(botocore.__file__).parent / "data" / python).iterdir())
    directory = data / php / newest.name
    directory.mkdir(parents=True, exist_ok=True)
    for to, source in FILES.items():
        model = json.loads(gzip.decompress((newest / f"{source}.json.gz").read_bytes()))
        (directory / f"{to}.json").write_text(json.dumps(model))
