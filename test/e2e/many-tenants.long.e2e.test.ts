import { postAsSource, readSourceKey } from '@freshet/source'
import { readCheckpoint, REVOCATIONS_TOPIC, tenantListName } from '@freshet/wire'
import { createKafka } from '@freshet/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from 'yaml'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { canRun, startTestStack, untilFresh, type TestStack } from './test-stack.ts'

const SPEAKING = Array.from({ length: 25 }, (_, n) => `tenant-${10 + n}`)
const SILENT = 'tenant-of-a-silent-source'
const PARTITION = 3
const READ_MAX = 10_000

describe.runIf(canRun)('a stack of more tenants than heartbeats state one by one', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack(addTenants)
  })
  afterAll(async () => {
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  it('states those with a current heartbeat in groups, none that is silent, and edges go on (rule 50)', async () => {
    const listed = async (): Promise<readonly string[]> => {
      await sendFor(stack, SPEAKING)
      return (await lastListed(stack)) ?? []
    }
    const sending = [...SPEAKING, DEV_TENANT]
    // A tenant whose heartbeat came just after a list was made is stated alone until the next list, a minute
    // later.
    const enough = sending.length / 2
    await expect
      .poll(async () => (await listed()).length, { timeout: 45_000 })
      .toBeGreaterThan(enough)
    expect(sending).toEqual(expect.arrayContaining([...(await listed())]))
    await untilFresh(stack)
  })
})

function addTenants(registry: Document): void {
  const keys = registry.getIn(['tenants', DEV_TENANT, 'identityProviders', 0, 'keys'])
  for (const tenant of [...SPEAKING, SILENT]) {
    const identityProviders = [{ issuer: `https://idp.${tenant}.example`, keys }]
    registry.setIn(['tenants', tenant], registry.createNode({ identityProviders }))
  }
}

/** HR has no changes in these tenants, and sends one heartbeat for all of them. */
async function sendFor(stack: TestStack, tenants: readonly string[]): Promise<void> {
  const key = await readSourceKey('hr', stack.workspace.sources['hr']?.keyFile ?? '')
  const at = { gateway: stack.at.gateway, path: '/v1/heartbeats' }
  const through = new Date().toISOString()
  const json = { through, tenants: tenants.map((tenant) => ({ tenant })) }
  await postAsSource(key, at, { contentType: 'application/json', json })
}

/** Returns the tenants of the list by which the latest grouped heartbeat states HR. */
async function lastListed(stack: TestStack): Promise<readonly string[] | undefined> {
  const kafka = createKafka({ brokers: stack.at.brokers, clientId: 'freshet-test' })
  try {
    const records = await kafka.reader().read(REVOCATIONS_TOPIC, PARTITION, 0n, READ_MAX)
    const groups = records.flatMap(
      (record) => readCheckpoint(record)?.checkpoint.heartbeat?.groups ?? [],
    )
    const lists = new Map(groups.map(({ tenants = [] }) => [tenantListName(tenants), tenants]))
    const latest = groups.findLast(({ sources }) => sources.has('hr'))
    return latest && lists.get(latest.list)
  } finally {
    await kafka.close()
  }
}
