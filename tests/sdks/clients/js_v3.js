const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { everySecond } = require("./every_second");

const sts = new STSClient({ endpoint: process.env.ENDPOINT });
everySecond("@aws-sdk/client-sts", () => sts.send(new GetCallerIdentityCommand({})));
