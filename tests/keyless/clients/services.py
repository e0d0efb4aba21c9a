"""Calls of many services through boto3. Says `ok NAME` of each that went well."""

import io
import json
import os
import sys
import time
import traceback
import urllib.request
import zipfile

import boto3
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

RUN = os.environ["RUN"]  # In all names: the account is shared.
BUCKET = f"services-{RUN}"
PART = 5 << 20
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}

services = []


def service(function):
    services.append(function)
    return function


def client(name, **config):
    return boto3.client(name, config=Config(retries={"total_max_attempts": 1}, **config))


@service
def s3():
    s3 = client("s3")
    s3.create_bucket(
        Bucket=BUCKET,
        CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]},
    )
    key = "a b/ü+(1)*/../x//y"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"0123456789", ContentType="text/plain")
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"0123456789"
    part = s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=2-4")
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert part["Body"].read() == b"234"
    assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 10
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == b"0123456789"
    s3.put_object_tagging(
        Bucket=BUCKET, Key="copy", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    )
    assert s3.get_object_tagging(Bucket=BUCKET, Key="copy")["TagSet"] == [
        {"Key": "a", "Value": "b"}
    ]
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="a b/")
    assert [found["Key"] for found in listed["Contents"]] == [key]
    left = [{"Key": name} for name in (key, "copy")]
    assert len(s3.delete_objects(Bucket=BUCKET, Delete={"Objects": left})["Deleted"]) == 2
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@service
def s3_multipart():
    s3 = client("s3")
    content = os.urandom(2 * PART + 17)
    config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
    s3.upload_fileobj(io.BytesIO(content), BUCKET, "large", Config=config)
    received = io.BytesIO()
    s3.download_fileobj(BUCKET, "large", received, Config=config)
    assert received.getvalue() == content
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="aborted")["UploadId"]
    s3.upload_part(Bucket=BUCKET, Key="aborted", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=upload)


@service
def s3_unsigned_body():
    s3 = client("s3", s3={"payload_signing_enabled": False})
    s3.put_object(Bucket=BUCKET, Key="unsigned", Body=b"unsigned")
    assert s3.get_object(Bucket=BUCKET, Key="unsigned")["Body"].read() == b"unsigned"


@service
def s3_presigned():
    s3 = client("s3", signature_version="s3v4")
    s3.put_object(Bucket=BUCKET, Key="presigned", Body=b"presigned")
    target = {"Bucket": BUCKET, "Key": "presigned"}
    url = s3.generate_presigned_url("get_object", Params=target, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"presigned"
    url = s3.generate_presigned_url("put_object", Params=target, ExpiresIn=60)
    kind = {"Content-Type": "text/plain"}  # Else urllib says that it is a form.
    urllib.request.urlopen(urllib.request.Request(url, b"changed", kind, method="PUT"))
    assert s3.get_object(**target)["Body"].read() == b"changed"


@service
def s3_3000_keys():
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=os.environ["FULL_BUCKET"])
    keys = [found["Key"] for page in pages for found in page["Contents"]]
    assert len(keys) == 3000 and keys == sorted(keys)


@service
def dynamodb():
    dynamodb = client("dynamodb")
    table = {"TableName": f"services-{RUN}"}
    dynamodb.create_table(
        **table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(**table, Item={"id": {"S": "é"}, "n": {"N": "1"}})
    assert dynamodb.get_item(**table, Key={"id": {"S": "é"}})["Item"]["n"] == {"N": "1"}
    puts = [{"PutRequest": {"Item": {"id": {"S": str(i)}}}} for i in range(25)]
    dynamodb.batch_write_item(RequestItems={table["TableName"]: puts})
    assert dynamodb.scan(**table)["Count"] == 26
    dynamodb.delete_item(**table, Key={"id": {"S": "é"}})
    dynamodb.delete_table(**table)


@service
def sqs():
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=f"services-{RUN}")["QueueUrl"]
    # It leads back here, for SDKs that call the host of a queue's URL.
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    assert url.startswith(f"{endpoint}/"), url
    assert sqs.get_queue_url(QueueName=f"services-{RUN}")["QueueUrl"] == url
    assert url in sqs.list_queues(QueueNamePrefix=f"services-{RUN}")["QueueUrls"]
    sqs.send_message(QueueUrl=url, MessageBody="hello & <goodbye>")
    received = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert received["Body"] == "hello & <goodbye>"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    sqs.delete_queue(QueueUrl=url)


@service
def sns():
    sns = client("sns")
    topic = sns.create_topic(Name=f"services-{RUN}")["TopicArn"]
    assert sns.publish(TopicArn=topic, Message="a+b c%20ü")["MessageId"]
    entries = [{"Id": str(i), "Message": "x"} for i in range(3)]
    assert (
        len(sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"])
        == 3
    )
    sns.delete_topic(TopicArn=topic)


@service
def ssm():
    ssm = client("ssm")
    name = f"/services/{RUN}/a"
    ssm.put_parameter(Name=name, Value="v", Type="SecureString")
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "v"
    found = ssm.get_parameters_by_path(Path=f"/services/{RUN}")["Parameters"]
    assert [parameter["Name"] for parameter in found] == [name]


@service
def secretsmanager():
    manager = client("secretsmanager")
    manager.create_secret(Name=f"services-{RUN}", SecretString="hush")
    assert manager.get_secret_value(SecretId=f"services-{RUN}")["SecretString"] == "hush"


@service
def kms():
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"plain"


@service
def lambda_():
    role = client("iam").create_role(
        RoleName=f"lambda-{RUN}", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", "def handler(event, context): return event\n")
    lambda_ = client("lambda")
    name = f"services-{RUN}"
    lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    # No body, and no S3: moto's own check of signatures fails here.
    assert lambda_.get_function(FunctionName=name)["Configuration"]["FunctionName"] == name
    # An ARN in a path, whose colons are encoded twice in what is signed.
    arn = lambda_.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    assert lambda_.get_function(FunctionName=arn)["Configuration"]["FunctionArn"] == arn
    answer = lambda_.invoke(FunctionName=name, Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 200
    assert lambda_.list_functions()["Functions"]


@service
def logs():
    logs = client("logs")
    group = {"logGroupName": f"/services/{RUN}"}
    stream = {**group, "logStreamName": "one"}
    logs.create_log_group(**group)
    logs.create_log_stream(**stream)
    now = int(time.time() * 1000)
    logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "hello"}])
    assert logs.get_log_events(**stream)["events"][0]["message"] == "hello"
    assert logs.describe_log_groups(logGroupNamePrefix=f"/services/{RUN}")["logGroups"]


@service
def ec2():
    ec2 = client("ec2")
    assert len(ec2.describe_regions()["Regions"]) > 10
    ec2.describe_instances(Filters=[{"Name": "tag:a b", "Values": ["c&d", "e+f"]}])
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["VpcId"] == vpc


@service
def iam():
    iam = client("iam")
    iam.create_role(RoleName=f"services-{RUN}", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert iam.get_role(RoleName=f"services-{RUN}")["Role"]["Path"] == "/"
    assert any(iam.get_paginator("list_roles").paginate().search("Roles"))


@service
def sts():
    assert client("sts").get_caller_identity()["Account"] == "123456789012"


@service
def cloudwatch():
    cloudwatch = client("cloudwatch")
    data = [{"MetricName": "calls", "Value": 1.0}]
    cloudwatch.put_metric_data(Namespace=f"services/{RUN}", MetricData=data)
    assert cloudwatch.list_metrics(Namespace=f"services/{RUN}")["Metrics"]


@service
def ecr():
    ecr = client("ecr")
    ecr.create_repository(repositoryName=f"services-{RUN}")
    found = ecr.describe_repositories(repositoryNames=[f"services-{RUN}"])
    assert found["repositories"][0]["repositoryName"] == f"services-{RUN}"


@service
def kinesis():
    kinesis = client("kinesis")
    stream = {"StreamName": f"services-{RUN}"}
    kinesis.create_stream(**stream, ShardCount=1)
    kinesis.put_record(**stream, Data=b"x" * 100_000, PartitionKey="a")


@service
def route53():
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name=f"{RUN}.example.", CallerReference=RUN)
    zone_id = zone["HostedZone"]["Id"]
    assert route53.get_hosted_zone(Id=zone_id)["HostedZone"]["Name"] == f"{RUN}.example."
    route53.delete_hosted_zone(Id=zone_id)


@service
def apigateway():
    gateway = client("apigateway")
    made = gateway.create_rest_api(name=RUN)["id"]
    assert gateway.get_rest_api(restApiId=made)["name"] == RUN


@service
def servicediscovery_host_prefix():
    discovery = client("servicediscovery")
    discovery.create_http_namespace(Name=RUN)
    (namespace,) = [n for n in discovery.list_namespaces()["Namespaces"] if n["Name"] == RUN]
    made = discovery.create_service(Name=f"services-{RUN}", NamespaceId=namespace["Id"])["Service"]
    discovery.register_instance(
        ServiceId=made["Id"], InstanceId="one", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"}
    )
    # It has a host of its own, data-servicediscovery.
    found = discovery.discover_instances(NamespaceName=RUN, ServiceName=made["Name"])
    assert [instance["InstanceId"] for instance in found["Instances"]] == ["one"]


@service
def stepfunctions():
    assert "stateMachines" in client("stepfunctions").list_state_machines()


@service
def cloudformation():
    formation = client("cloudformation")
    assert "StackSummaries" in formation.list_stacks()


@service
def events():
    assert client("events").list_rules()["Rules"] is not None


@service
def sesv2_shares_its_name():
    assert "EmailIdentities" in client("sesv2").list_email_identities()


@service
def ses_shares_its_name():
    assert "Identities" in client("ses").list_identities()


@service
def s3control_host_prefix():
    # As where the container has IPv6. For IPv4 alone, glibc looks up no name of digits and dots.
    urllib3.util.connection.HAS_IPV6 = True
    control = client("s3control")
    try:
        control.get_public_access_block(AccountId="123456789012")
    except control.exceptions.NoSuchPublicAccessBlockConfiguration:
        pass


def main():
    chosen = sys.argv[1:]
    failed = 0
    for service in services:
        if chosen and service.__name__ not in chosen:
            continue
        try:
            service()
            print("ok", service.__name__, flush=True)
        except Exception:
            failed += 1
            print("failed", service.__name__, traceback.format_exc(), flush=True)
    print(f"{failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
