import type { Status } from '@freshet/insight/answers'
import type { Document } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { cliFolder } from './cli.ts'
import { check, type CheckAnswer } from './edge.ts'
import { sourceOf } from './source.ts'
import { SIDECARS, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint, payloadOf } from './token.ts'

const SUBJECT = 'heidi'
const AUDIENCE = 'ledger'
const WITHIN_MS = 20_000

/** Adds the claim `duties`, which HR and IGA both state, in an audience of its own. */
export function addDuties(registry: Document): void {
  registry.setIn(['claims', 'duties'], {
    source: 'hr',
    corroborates: 'iga',
    owner: 'iam',
    description: 'What a person does in the ledger.',
    kind: 'authoritative',
    shape: 'set',
    class: 'reduce',
    maxTtl: '5m',
  })
  const routes = {
    'POST /book': { require: { duties: ['book'] } },
    'POST /close': { require: { duties: ['close'] } },
  }
  registry.setIn(['audiences', AUDIENCE], { claims: ['duties'], ttl: '5m', routes })
  registry.setIn(['clients', 'payments-web', 'audiences'], ['payments', 'directory', AUDIENCE])
}

/** Sends a change of a person’s duties by one of the two sources; returns once it is recorded. */
export async function sendDuties(
  stack: TestStack,
  source: 'hr' | 'iga',
  op: string,
  ...value: readonly string[]
): Promise<string> {
  const change = { op, subject: SUBJECT, claim: 'duties', value }
  const id = await sourceOf(stack, source).send(change)
  await recorded(stack, id)
  return id
}

/** Mints a token with that person’s duties. */
export const mintDuties = (stack: TestStack): Promise<string> => mint(stack, SUBJECT, AUDIENCE)

/** Returns the duties in a token. */
export function dutiesOf(token: string): readonly string[] {
  return (payloadOf(token).duties ?? []).toSorted()
}

/** Waits until every edge has this decision about a duty. */
export function untilDecided(
  stack: TestStack,
  question: { readonly token: string; readonly duty: string },
  decision: CheckAnswer['decision'],
): Promise<{ readonly value: readonly CheckAnswer[]; readonly ms: number }> {
  const { token, duty } = question
  const ask = { token, audience: AUDIENCE, require: { duties: [duty] } }
  return until(`${decision} at every edge`, WITHIN_MS, async () => {
    const answers = await Promise.all(SIDECARS.map((edge) => check(stack, ask, edge)))
    return answers.every((each) => each.decision === decision) ? answers : undefined
  })
}

/** Waits until so many subjects are reported as contradicted, of any claim. */
export async function untilContradicted(
  stack: TestStack,
  subjects: number,
): Promise<Status['contradictions']> {
  const cli = await cliFolder(stack)
  try {
    const { value } = await until(`${subjects} contradictions`, WITHIN_MS, async () => {
      const { out } = await cli.freshet('status', '-o', 'json')
      const { contradictions } = JSON.parse(out) as Status
      const found = contradictions.reduce((sum, each) => sum + each.subjects, 0)
      return found === subjects ? contradictions : undefined
    })
    return value
  } finally {
    await cli.dispose()
  }
}
