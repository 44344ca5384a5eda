import { CHANGES_TOPIC } from '@freshet/wire'
import { until } from '../../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../../packages/cli/src/stack/stack.ts'
import { DEV_IDP, DEV_TENANT } from '../../../packages/cli/src/stack/workspace.ts'
import { kafkaOf } from '../../e2e/direct-world.ts'
import { check } from '../../e2e/edge.ts'
import { sourceOf } from '../../e2e/source.ts'
import { applied, recorded } from '../../e2e/timeline.ts'
import { jtiOf, mint } from '../../e2e/token.ts'

const SOON_MS = 30_000
const APPROVERS = 'payments-approvers'
const LONG_NAME = 'dmitri-with-a-rather-long-login-name@subsidiary.example.com'

/** The records that the pages show. */
export interface Story {
  readonly subject: { readonly subject: string; readonly tenant: string; readonly iss: string }
  /** The removal that made the token stale. */
  readonly change: string
  readonly jti: string
  readonly quarantinedId: string | undefined
}

/** Some people get groups and tokens, alice loses one, and an edge refuses her token. */
export async function playStory(stack: Stack): Promise<Story> {
  const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
  const group = (op: string, subject: string, value: unknown) =>
    hr.send({ op, subject, claim: 'groups', value })
  for (const subject of ['alice', 'bob', 'carol', LONG_NAME]) {
    await group('set', subject, ['staff', APPROVERS])
    const entitlements = { claim: 'entitlements', value: ['invoices:read'] }
    await recorded(stack, await iga.send({ op: 'set', subject, ...entitlements }))
  }
  const token = await mint(stack, 'alice')
  for (const subject of ['bob', LONG_NAME]) await mint(stack, subject)
  await group('add', 'carol', 'auditors')
  await applied(stack, await group('remove', 'bob', APPROVERS))
  await recorded(stack, await group('remove', 'bob', APPROVERS))
  const change = await group('remove', 'alice', APPROVERS)
  await applied(stack, change)
  await check(stack, { token, require: { groups: [APPROVERS] } })
  const subject = { subject: 'alice', tenant: DEV_TENANT, iss: DEV_IDP }
  return { subject, change, jti: jtiOf(token), quarantinedId: undefined }
}

/** Appends a record that nothing proves. Returns its id in the quarantine. */
export async function forgeRecord(stack: Stack): Promise<string> {
  const kafka = kafkaOf(stack)
  const value = new TextEncoder().encode('eyJhbGciOiJub25lIn0.e30.')
  await kafka.writer().append(CHANGES_TOPIC, 3, [{ key: null, value, headers: {} }])
  await kafka.close()
  const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
  const { value: id } = await until('a quarantined record', SOON_MS, async () => {
    const answer = await fetch(new URL('/v1/quarantine', stack.at.console), { headers })
    const { items } = (await answer.json()) as { items: readonly { readonly id: string }[] }
    return items[0]?.id
  })
  return id
}
