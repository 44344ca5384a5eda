import type { Claim, Registry } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { sidecarAudience } from '../stack/dev-registry.ts'

/** A step of the walk: one command, and the beginning of its output, which the text has in backticks. */
export interface ShownStep {
  readonly text: string
  readonly command: string
  readonly shows?: string
}

/** The objects of a walk: values of a claim that tokens for an audience carry. */
interface Walked {
  readonly claim: Claim
  readonly values: readonly string[]
  readonly audience: string
  readonly client: string
}

/**
 * The first walk on a development stack, from a granted value to a refusal: for a route of this registry that needs
 * values of one claim. README and `freshet dev` show it. Empty if the registry has no such route.
 */
export function firstWalk(registry: Registry): readonly ShownStep[] {
  const walked = walkedIn(registry)
  if (walked === undefined) return []
  const { claim, values, audience, client } = walked
  const change = `freshet change emit --source ${quoted(claim.source)} --subject alice --claim ${quoted(claim.name)}`
  const given = `${values.map((value) => `--value ${quoted(value)}`).join(' ')} --wait applied`
  const named = values.length === 1 ? `value ${values[0]}` : `values ${values.join(', ')}`
  const of = client === firstClient(registry) ? '' : ` --client ${quoted(client)}`
  const at = audience === sidecarAudience(registry) ? '' : ` --audience ${quoted(audience)}`
  const needed = values.map((value) => value.replaceAll(',', '\\,')).join(',')
  const check = `freshet token check "$TOKEN" --require ${quoted(`${claim.name}=${needed}`)}${at}`
  return [
    {
      text: `Source ${claim.source} gives alice the ${named} of ${claim.name}.`,
      command: `${change} --op set ${given}`,
    },
    {
      text: 'Alice gets a token.',
      command: `TOKEN=$(freshet token mint --subject alice --audience ${quoted(audience)}${of})`,
    },
    {
      text: 'An edge allows a request that needs the value: `allow`.',
      command: check,
      shows: 'allow',
    },
    {
      text: `Source ${claim.source} takes the value away.`,
      command: `${change} --op remove ${given}`,
    },
    {
      text: 'The edge refuses the same token with exit code 11: `deny (token.stale`.',
      command: check,
      shows: 'deny (token.stale',
    },
    {
      text: `The explanation names the change that made the token stale: \`STALE: alice lost values of ${claim.name}\`.`,
      command: 'freshet token explain "$TOKEN"',
      shows: `STALE: alice lost values of ${claim.name}`,
    },
    {
      text: 'The console shows the change on its way to each edge.',
      command: 'freshet open live',
    },
  ]
}

/** The first route that needs one claim alone, at the audience of the sidecars before others. */
function walkedIn(registry: Registry): Walked | undefined {
  const own = sidecarAudience(registry)
  const audiences = [...registry.audiences.values()].filter(({ name }) => name !== PROBE_NAME)
  for (const { name, routes } of audiences.toSorted((a, b) => rank(a.name) - rank(b.name))) {
    const client = [...registry.clients.values()].find((each) => each.audiences.includes(name))
    for (const { require } of client === undefined ? [] : routes.values()) {
      const [needed, ...more] = require
      const claim = needed && registry.claims.get(needed[0])
      if (client && claim && more.length === 0 && isGiven(claim))
        return { claim, values: needed[1], audience: name, client: client.id }
    }
  }
  return undefined

  function rank(name: string): number {
    return name === own ? 0 : 1
  }
}

/** One change of its source gives the claim to a subject, and the values are its own. */
function isGiven({ shape, from, corroborates }: Claim): boolean {
  return shape === 'set' && from.length === 0 && corroborates === undefined
}

/** The client whose secret `freshet token mint` takes by default. */
function firstClient({ clients }: Registry): string | undefined {
  return [...clients.keys()].find((id) => id !== PROBE_NAME)
}

/** An argument for a shell, in quotation marks if it needs them. */
function quoted(word: string): string {
  return /^[\w:@./=+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** The steps as `freshet dev` prints them. */
export function walkLines(steps: readonly ShownStep[]): readonly string[] {
  return steps.flatMap(({ text, command }, at) => [`${at + 1}. ${text}`, `   ${command}`])
}
