"""An app with boto3: takes orders from a queue, and keeps them in a table and in a bucket."""

import json
import os

import boto3

BUCKET, TABLE, QUEUE = os.environ["BUCKET"], os.environ["TABLE"], os.environ["QUEUE"]
s3, dynamodb, sqs = boto3.client("s3"), boto3.client("dynamodb"), boto3.client("sqs")

queue = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
for number in (1, 2):
    order = {"id": f"order-{number}", "customer": "alice"}
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(order))
for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]:
    order = json.loads(message["Body"])
    item = {name: {"S": value} for name, value in order.items()}
    dynamodb.put_item(TableName=TABLE, Item=item)
    s3.put_object(Bucket=BUCKET, Key=f"orders/{order['id']}.json", Body=message["Body"])
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
found = dynamodb.query(
    TableName=TABLE,
    IndexName="by-customer",
    KeyConditionExpression="customer = :name",
    ExpressionAttributeValues={":name": {"S": "alice"}},
)
assert found["Count"] == 2, found
dynamodb.transact_write_items(
    TransactItems=[
        {
            "Update": {
                "TableName": TABLE,
                "Key": {"id": {"S": "order-1"}},
                "UpdateExpression": "SET paid = :yes",
                "ExpressionAttributeValues": {":yes": {"BOOL": True}},
            }
        },
        {"Delete": {"TableName": TABLE, "Key": {"id": {"S": "order-2"}}}},
    ]
)
copy = {"Bucket": BUCKET, "Key": "orders/order-1.json"}
s3.copy_object(Bucket=BUCKET, Key="paid/order-1.json", CopySource=copy)
listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="orders/")
assert listed["KeyCount"] == 2, listed
print("done")
