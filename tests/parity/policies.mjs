// Says what iam-simulate makes of the cases that policies.py prints: for each, a line of JSON with one
// list a request. The list has the verdict in each world: what credrun cannot know is otherwise in each.
//
//     policies.mjs DIRECTORY < CASES        DIRECTORY has node_modules

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(process.argv[2] + '/')
const { runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')

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

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const { policy, requests } = JSON.parse(line)
  const verdicts = requests.map((request) => worlds.map((world) => allows(policy, request, world)))
  console.log(JSON.stringify(verdicts))
}
