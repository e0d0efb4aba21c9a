const { Readable } = require("node:stream");
const {
  S3Client,
  PutObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  CopyObjectCommand,
  DeleteObjectsCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  CompleteMultipartUploadCommand,
  paginateListObjectsV2,
} = require("@aws-sdk/client-s3");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
const { CloudWatchClient, PutMetricDataCommand } = require("@aws-sdk/client-cloudwatch");
const {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} = require("@aws-sdk/client-cloudwatch-logs");
const { EC2Client, DescribeInstancesCommand } = require("@aws-sdk/client-ec2");
const { ECRClient, DescribeRepositoriesCommand } = require("@aws-sdk/client-ecr");
const { IAMClient, ListRolesCommand } = require("@aws-sdk/client-iam");
const { KMSClient, CreateKeyCommand, EncryptCommand, DecryptCommand } = require("@aws-sdk/client-kms");
const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");
const {
  SecretsManagerClient,
  CreateSecretCommand,
  GetSecretValueCommand,
} = require("@aws-sdk/client-secrets-manager");
const { SNSClient, CreateTopicCommand, PublishCommand } = require("@aws-sdk/client-sns");
const { SSMClient, PutParameterCommand, GetParameterCommand } = require("@aws-sdk/client-ssm");
const { STSClient, GetCallerIdentityCommand, AssumeRoleCommand } = require("@aws-sdk/client-sts");
const {
  SQSClient,
  CreateQueueCommand,
  SendMessageCommand,
  ReceiveMessageCommand,
} = require("@aws-sdk/client-sqs");
const { DynamoDBClient, ListTablesCommand } = require("@aws-sdk/client-dynamodb");
const { KinesisClient, CreateStreamCommand, PutRecordCommand } = require("@aws-sdk/client-kinesis");

const Bucket = process.env.BUCKET;
const s3 = new S3Client({});

function same(found, expected) {
  if (found !== expected) throw new Error(`${found} is not ${expected}`);
}

async function text(Key) {
  return (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString();
}

const attempts = {
  async sts() {
    const sts = new STSClient({});
    await sts.send(new GetCallerIdentityCommand({}));
  },
  async role() {
    const role = { RoleArn: "arn:aws:iam::123456789012:role/js", RoleSessionName: "js" };
    const made = (await new STSClient({}).send(new AssumeRoleCommand(role))).Credentials;
    const credentials = {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      sessionToken: made.SessionToken,
    };
    const found = await new STSClient({ credentials }).send(new GetCallerIdentityCommand({}));
    same(found.Arn.endsWith("assumed-role/js/js"), true);
  },
  async s3() {
    await s3.send(new PutObjectCommand({ Bucket, Key: "js (1)!*'", Body: "content" }));
    same(await text("js (1)!*'"), "content");
    same((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount > 0, true);
  },
  async "s3-more"() {
    await s3.send(new PutObjectCommand({ Bucket, Key: "js-ten", Body: "0123456789" }));
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: "js-ten", Range: "bytes=2-4" }));
    same(await part.Body.transformToString(), "234");
    await s3.send(new CopyObjectCommand({ Bucket, Key: "js-copy", CopySource: `${Bucket}/js-ten` }));
    const Delete = { Objects: [{ Key: "js-ten" }, { Key: "js-copy" }] };
    same((await s3.send(new DeleteObjectsCommand({ Bucket, Delete }))).Deleted.length, 2);
  },
  async "s3-3000"() {
    let count = 0;
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: process.env.FULL_BUCKET }))
      count += page.Contents.length;
    same(count, 3000);
  },
  async multipart() {
    const of = { Bucket, Key: "js-large" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(of));
    const bodies = [Buffer.alloc(5 << 20, "a"), Buffer.alloc(1000, "b")];
    const Parts = [];
    for (const [at, Body] of bodies.entries()) {
      const PartNumber = at + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...of, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts } }));
    same(await text("js-large"), Buffer.concat(bodies).toString());
  },
  async stream() {
    const chunks = Array.from({ length: 40 }, (_, number) => Buffer.alloc(100_000, `${number % 10}`));
    const Body = Readable.from(chunks);
    const ContentLength = 4_000_000;
    await s3.send(new PutObjectCommand({ Bucket, Key: "js-stream", Body, ContentLength }));
    same(await text("js-stream"), Buffer.concat(chunks).toString());
  },
  async presigned() {
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "js (1)!*'" }));
    same(await (await fetch(url)).text(), "content");
  },
  async sqs() {
    const sqs = new SQSClient({});
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${Bucket}-js` }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
    const found = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    same(found.Messages[0].Body, "hello");
  },
  async dynamodb() {
    await new DynamoDBClient({}).send(new ListTablesCommand({}));
  },
  async sns() {
    const sns = new SNSClient({});
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${Bucket}-js` }));
    await sns.send(new PublishCommand({ TopicArn, Message: "a+b c%20ü" }));
  },
  async ssm() {
    const ssm = new SSMClient({});
    const Name = `/${Bucket}/js`;
    await ssm.send(new PutParameterCommand({ Name, Value: "v", Type: "SecureString" }));
    const found = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    same(found.Parameter.Value, "v");
  },
  async secretsmanager() {
    const secrets = new SecretsManagerClient({});
    await secrets.send(new CreateSecretCommand({ Name: Bucket, SecretString: "hush" }));
    const found = await secrets.send(new GetSecretValueCommand({ SecretId: Bucket }));
    same(found.SecretString, "hush");
  },
  async kms() {
    const kms = new KMSClient({});
    const { KeyId } = (await kms.send(new CreateKeyCommand({}))).KeyMetadata;
    const sealed = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("plain") }));
    const found = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
    same(Buffer.from(found.Plaintext).toString(), "plain");
  },
  async lambda() {
    const call = { FunctionName: process.env.FUNCTION, Payload: '{"a": 1}' };
    const answer = await new LambdaClient({}).send(new InvokeCommand(call));
    same(answer.Payload.transformToString(), '{"a": 1}');
  },
  async logs() {
    const logs = new CloudWatchLogsClient({});
    await logs.send(new CreateLogGroupCommand({ logGroupName: Bucket }));
    const found = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: Bucket }));
    same(found.logGroups.length, 1);
  },
  async ec2() {
    const Filters = [{ Name: "tag:a b", Values: ["c&d"] }];
    await new EC2Client({}).send(new DescribeInstancesCommand({ Filters }));
  },
  async iam() {
    same((await new IAMClient({}).send(new ListRolesCommand({}))).Roles.length > 0, true);
  },
  async cloudwatch() {
    const MetricData = [{ MetricName: "calls", Value: 1 }];
    await new CloudWatchClient({}).send(new PutMetricDataCommand({ Namespace: Bucket, MetricData }));
  },
  async ecr() {
    await new ECRClient({}).send(new DescribeRepositoriesCommand({}));
  },
  async kinesis() {
    const kinesis = new KinesisClient({});
    const StreamName = `${Bucket}-js`;
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    const record = { StreamName, Data: Buffer.alloc(100_000), PartitionKey: "a" };
    await Promise.all(Array.from({ length: 5 }, () => kinesis.send(new PutRecordCommand(record))));
    kinesis.destroy();
  },
};

(async () => {
  console.log("version", require("@aws-sdk/client-s3/package.json").version);
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      console.log("ok", name);
    } catch (why) {
      console.log("failed", name, `${why.name} ${why.message}`.replace(/\s+/g, " "));
    }
  }
  process.exit(0);
})();
