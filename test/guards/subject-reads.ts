import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { auditCli } from '../e2e/audit.ts'
import type { TestStack } from '../e2e/test-stack.ts'
import type { GuardWorld } from './guard-world.ts'

/** The reconciler seals the audit every 10 s. */
const SEALED_WITHIN_MS = 60_000

/** The form of the answers that the test reads. */
export interface ReadSubject {
  readonly status: number
  readonly text: string
  readonly claims: readonly {
    readonly claim: string
    readonly values: readonly string[] | null
    readonly count: number
    readonly status: string
  }[]
}

/** Asks the started console for the state of carol, by the token of a role. */
export async function readCarol(
  stack: TestStack,
  { admins }: GuardWorld,
  role: keyof GuardWorld['admins'],
): Promise<ReadSubject> {
  const query = String(new URLSearchParams({ tenant: DEV_TENANT, iss: DEV_IDP }))
  const url = new URL(`/v1/subjects/carol/state?${query}`, stack.at.console)
  const response = await fetch(url, { headers: { authorization: `Bearer ${admins[role]}` } })
  const text = await response.text()
  const { claims = [] } = JSON.parse(text) as { readonly claims?: ReadSubject['claims'] }
  return { status: response.status, text, claims }
}

/** Asks the started console for a change, by the token of a role, and returns the text of the answer. */
export async function readChange(
  stack: TestStack,
  { admins }: GuardWorld,
  { id, role }: { readonly id: string; readonly role: keyof GuardWorld['admins'] },
): Promise<string> {
  const url = new URL(`/v1/changes/${id}`, stack.at.console)
  return (await fetch(url, { headers: { authorization: `Bearer ${admins[role]}` } })).text()
}

/** Waits until the audit has a read by an admin, and returns the names of all admins with a read. */
export async function readersIn(stack: TestStack, awaited: string): Promise<readonly string[]> {
  await using cli = await auditCli(stack)
  const { value } = await until('the audit of reads', SEALED_WITHIN_MS, async () => {
    const { items } = await cli.json('audit', 'ls', '--kind', 'subject-read')
    const readers = items.map((item) => (item as unknown as { readonly by: string }).by)
    return readers.includes(awaited) ? readers : undefined
  })
  return value
}
