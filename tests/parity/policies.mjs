// Says what iam-simulate makes of the cases that policies.py prints: for each, a line of JSON with one
// list a request. The list has the verdict in each world: what credrun cannot know is otherwise in each.
//
//     policies.mjs DIRECTORY < CASES        DIRECTORY has node_modules

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(process.argv[2] + '/')
const { runSimulation, runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')

const ACCOUNT = '123456789012'

// What a record says of each call. Who calls by himself has no aws:CalledVia.
function known({ resource, key_alias }) {
  const account = resource.split(':')[4]
  return {
    'aws:RequestedRegion': 'eu-west-1',
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    ...(account ? { 'aws:ResourceAccount': account } : {}),
    ...(key_alias ? { 'kms:RequestAlias': key_alias } : {}),
  }
}

const worlds = []
for (const owner of [ACCOUNT, '999999999999', '111111111111']) {
  for (const team of [undefined, 'red', 'blue', 'grey']) {
    for (const arn of [`arn:aws:iam::${ACCOUNT}:user/u`, `arn:aws:iam::${ACCOUNT}:role/r`, 'arn:aws:iam::999999999999:role/s']) {
      const world = { 'aws:ResourceAccount': owner, 'aws:PrincipalArn': arn }
      worlds.push(team ? { ...world, 'aws:PrincipalTag/team': team } : world)
    }
  }
}

function allows(policy, request, world) {
  const { action, resource } = request
  const result = runUnsafeSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:user/u`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...world, ...known(request) },
      },
      identityPolicies: [{ name: 'p', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  return result === 'Allowed'
}

// A key's own policy has to leave the matter to policies of identities.
const OF_KEYS = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  ],
}

// What a key of KMS is called by is in no world otherwise. Only the other entry takes policies of resources.
async function allowsKey(policy, request) {
  const { action, resource } = request
  const { overallResult, errors } = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:user/u`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: known(request),
      },
      identityPolicies: [{ name: 'p', policy }],
      resourcePolicy: OF_KEYS,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  if (!overallResult) throw new Error(JSON.stringify(errors))
  return overallResult === 'Allowed'
}

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const { policy, requests } = JSON.parse(line)
  const verdicts = requests.map((request) => {
    const isOfKey = request.action.startsWith('kms:')
    return isOfKey ? Promise.all([allowsKey(policy, request)]) : worlds.map((world) => allows(policy, request, world))
  })
  console.log(JSON.stringify(await Promise.all(verdicts)))
}
