// An app with the AWS SDK for JavaScript v3: makes a topic, and tells it of a new password.
import { createRequire } from "node:module";

// What NODE_PATH names is found by require alone.
const require = createRequire(import.meta.url);
const { SNSClient, CreateTopicCommand, PublishCommand, DeleteTopicCommand } = require("@aws-sdk/client-sns");
const {
  SSMClient,
  PutParameterCommand,
  GetParametersByPathCommand,
  DeleteParameterCommand,
} = require("@aws-sdk/client-ssm");
const {
  SecretsManagerClient,
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  DeleteSecretCommand,
} = require("@aws-sdk/client-secrets-manager");

const sns = new SNSClient({});
const ssm = new SSMClient({});
const secrets = new SecretsManagerClient({});

const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "passwords" }));
const made = await secrets.send(new CreateSecretCommand({ Name: "app/password", SecretString: "first" }));
// By its name, and by its ARN.
await secrets.send(new GetSecretValueCommand({ SecretId: "app/password" }));
await secrets.send(new PutSecretValueCommand({ SecretId: made.ARN, SecretString: "second" }));
await ssm.send(new PutParameterCommand({ Name: "/app/password/arn", Value: made.ARN, Type: "String" }));
const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: "/app/password" }));
if (Parameters.length !== 1) throw new Error(`${Parameters.length} parameters`);
await sns.send(new PublishCommand({ TopicArn, Message: "There is a new password." }));
await ssm.send(new DeleteParameterCommand({ Name: "/app/password/arn" }));
await secrets.send(new DeleteSecretCommand({ SecretId: made.ARN, ForceDeleteWithoutRecovery: true }));
await sns.send(new DeleteTopicCommand({ TopicArn }));
console.log("done");
