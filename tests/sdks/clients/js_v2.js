const AWS = require("aws-sdk");
const { everySecond } = require("./every_second");

const sts = new AWS.STS({ endpoint: process.env.ENDPOINT });
everySecond("aws-sdk", () => sts.getCallerIdentity().promise());
