import type { Document } from 'yaml'
import { minted, verdictsOf, type Minted } from './mint-outcome.ts'
import { sourceOf, type TestChange } from './source.ts'
import type { TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'

const AUDIENCE = 'ledger'

/** Adds the restriction `holds` of HR, in an audience with the groups. */
export function addHolds(registry: Document): void {
  registry.setIn(['claims', 'holds'], {
    source: 'hr',
    owner: 'iam',
    description: 'The actions that a person is kept from.',
    kind: 'authoritative',
    shape: 'set',
    polarity: 'restrict',
    class: 'reduce',
    maxTtl: '5m',
  })
  registry.setIn(['audiences', AUDIENCE], { claims: ['groups', 'holds'], ttl: '5m' })
  registry.setIn(['clients', 'payments-web', 'audiences'], ['payments', 'directory', AUDIENCE])
}

/** The effect of the second of two changes with one version. */
export interface Second {
  readonly outcome: string
  /** The token from before it, and one from afterwards. */
  readonly tokens: readonly [Minted, Minted]
  /** Returns the decision of each edge about the first of them now. */
  readonly verdicts: () => Promise<readonly object[]>
}

/** Sends two changes of a subject by HR with one version. */
export async function sendTwice(
  stack: TestStack,
  first: TestChange & { readonly subject: string },
  second: TestChange,
): Promise<Second> {
  const hr = sourceOf(stack, 'hr')
  const { subject, claim } = first
  const wanted = { subject, audience: AUDIENCE }
  const at = { subject, ...(claim !== undefined && { claim }), sourceVersion: String(Date.now()) }
  await recorded(stack, await hr.send({ ...first, ...at }))
  const before = await minted(stack, wanted)
  const change = await hr.send({ ...second, ...at })
  const { outcome } = await recorded(stack, change)
  const verdicts = (): Promise<readonly object[]> => verdictsOf(stack, before.token, AUDIENCE)
  return { outcome, tokens: [before, await minted(stack, wanted)], verdicts }
}
