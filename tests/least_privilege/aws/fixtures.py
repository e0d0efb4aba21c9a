"""What is in the account before a program runs."""

import hashlib
import json

BUCKET, TABLE, QUEUE, REPOSITORY = "acme-data", "orders", "new-orders", "acme/worker"


def make(client):
    """Gives the variables that the programs find it by."""
    location = {"LocationConstraint": "eu-central-1"}
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    client("s3").put_object(Bucket=BUCKET, Key="reports/first.txt", Body=b"first")
    client("sqs").create_queue(QueueName=QUEUE)
    client("ssm").put_parameter(Name="/reports/reader", Value="bob", Type="String")
    make_table(client("dynamodb"))
    make_image(client("ecr"))
    make_worker(client)
    return {
        "BUCKET": BUCKET,
        "TABLE": TABLE,
        "QUEUE": QUEUE,
        "REPOSITORY": REPOSITORY,
    }


def make_network(ec2):
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def make_worker(client):
    """A function, with its role and its log group."""
    role = client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client("logs").create_log_group(logGroupName="/app/worker")
    client("lambda").create_function(
        FunctionName="worker", Runtime="python3.13", Handler="index.handler", Role=role,
        Code={"ImageUri": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/worker:latest"}, PackageType="Image",
    )  # fmt: skip


def make_table(dynamodb):
    def key(name, kind):
        return {"AttributeName": name, "KeyType": kind}

    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "customer")
        ],
        KeySchema=[key("id", "HASH")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-customer",
                "KeySchema": [key("customer", "HASH")],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def make_image(ecr):
    def part(kind, content):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        return {"mediaType": kind, "size": len(content), "digest": digest}

    docker = "application/vnd.docker"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{docker}.distribution.manifest.v2+json",
        "config": part(f"{docker}.container.image.v1+json", b"{}"),
        "layers": [part(f"{docker}.image.rootfs.diff.tar.gzip", b"layer")],
    }
    ecr.create_repository(repositoryName=REPOSITORY)
    ecr.put_image(repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageTag="latest")
