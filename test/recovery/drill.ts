import { performance } from 'node:perf_hooks'
import { expect } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { mintToken } from '../../packages/cli/src/stack/token-client.ts'
import { DEV_CLIENT } from '../../packages/cli/src/stack/workspace.ts'
import { SECRET } from '../e2e/authority.ts'
import { atEveryEdge, minted, outcomeOf, verdictsOf } from '../e2e/mint-outcome.ts'
import { sourceOf, type TestChange } from '../e2e/source.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { requestFor } from '../e2e/token.ts'
import { D_MS } from '../failover/witness.ts'
import { startProber, type LetIn } from './prober.ts'
import { waysInto, type Holder } from './ways.ts'
import type { World } from './world.ts'

/** An edge reads an unknown key at most every 30 s. */
const WITHIN_MS = 60_000
const FRESH = { decision: 'allow', groups: 'fresh', entitlements: 'fresh', holds: 'fresh' }
const REASONS = ['disabled', 'held', 'client cut off', 'session denied'] as const

type Sender = (source: 'hr' | 'iga' | 'security', change: TestChange) => Promise<string | void>

/** A loss, with subjects that must not get in: some since before it, others by changes that are under way. */
export interface Drill extends AsyncDisposable {
  /** Sends the changes that the loss is to hit, by default to the gateway. They are forbidden once D is over. */
  sendUnderWay(by?: Sender): Promise<readonly string[]>
  /** Resolves when D is over. */
  untilForbidden(): Promise<void>
  /** Resolves when a subject without fault gets in everywhere, and a restricted one gets a fresh restricted token. */
  untilServed(): Promise<void>
  /** Returns the answer of the authority to the subject without fault. */
  outcome(): Promise<object>
  /** The holders that got in although they must not. */
  readonly letIn: readonly LetIn[]
  /** Control: takes the subject without fault for a forbidden one, and waits until each way has shown that it gets in. */
  accuseEverybody(): Promise<void>
}

/** Makes the people of a drill, gives them tokens that every edge allows, and starts the prober. */
export async function beginDrill(world: World, name: string): Promise<Drill> {
  const { stack, truth } = world
  const sources = {
    hr: sourceOf(stack, 'hr'),
    iga: sourceOf(stack, 'iga'),
    security: sourceOf(stack, 'security'),
  }
  const { hr, iga } = sources
  const byGateway: Sender = (source, change) => sources[source].send(change)
  const alice = `${name}-alice`
  const before = castOf(`${name}-before`, 'shop-web')
  const underWay = castOf(name, 'shop-app')
  const cast = [...Object.values(before), ...Object.values(underWay)]
  for (const subject of [alice, ...cast.map((each) => each.subject), 'relay']) {
    truth.add(subject)
    await hr.send({ op: 'enabled', subject })
    await hr.send({ op: 'set', subject, claim: 'groups', value: ['staff'] })
    const value = ['staff']
    await recorded(stack, await iga.send({ op: 'set', subject, claim: 'entitlements', value }))
  }
  const tokens = new Map<string, string>()
  for (const { subject, client } of cast) tokens.set(subject, await tokenOf(subject, client))
  for (const [subject, token] of tokens)
    await until(`the token of ${subject} is fresh`, WITHIN_MS, async () => {
      expect(await verdictsOf(stack, token)).toEqual(atEveryEdge(FRESH))
      return true
    })
  const prober = startProber(stack)

  async function tokenOf(subject: string, client: string): Promise<string> {
    const request = requestFor(stack, subject, 'payments')
    const as = client === DEV_CLIENT ? request.client : { id: client, secret: SECRET }
    const { value } = await until(`a token for ${subject}`, WITHIN_MS, () =>
      mintToken({ ...request, client: as }),
    )
    return value.access_token
  }

  /** Sends the four changes about a cast. The sources have them in force before the gateway knows them. */
  async function send(people: Cast, by: Sender): Promise<readonly string[]> {
    const held: TestChange = { op: 'add', claim: 'holds', value: 'payments' }
    const { disabled, held: onHold, 'client cut off': cut, 'session denied': denied } = people
    truth.disable(disabled.subject)
    truth.hold(onHold.subject)
    const client = { op: 'cut-off', scope: 'client', target: cut.client } as const
    const target = `session-${denied.subject}`
    const session = { op: 'deny', scope: 'session', target } as const
    truth.cutOff(client)
    truth.cutOff(session)
    const ids = [
      await by('hr', { op: 'disabled', subject: disabled.subject }),
      await by('iga', { ...held, subject: onHold.subject }),
      await by('security', client),
      await by('security', session),
    ]
    return ids.filter((id) => id !== undefined)
  }

  function forbid(people: Cast, fromMs: number): void {
    for (const because of REASONS) {
      const { subject } = people[because]
      const holder = { subject, token: tokens.get(subject) ?? '', because, fromMs }
      prober.forbid(because === 'client cut off' ? { ...holder, isTokenAlone: true } : holder)
    }
  }

  /** Resolves when one new token gets in by each way. */
  async function untilIn(subject: string): Promise<Holder> {
    const { value } = await until(`${subject} gets in`, WITHIN_MS, async () => {
      const { token } = await minted(stack, { subject })
      for (const [way, lets] of Object.entries(waysInto(stack)))
        if (!(await lets({ subject, token }))) throw new Error(`not by ${way}`)
      expect(await verdictsOf(stack, token)).toEqual(atEveryEdge(FRESH))
      return { subject, token }
    })
    return value
  }

  for (const id of await send(before, byGateway)) await applied(stack, id)
  forbid(before, performance.now())
  return {
    async sendUnderWay(by = byGateway) {
      const ids = await send(underWay, by)
      forbid(underWay, performance.now() + D_MS)
      return ids
    },
    untilForbidden: () => prober.untilForbidden(),
    async untilServed() {
      await untilIn(alice)
      for (const { held } of [before, underWay])
        await until(`${held.subject} has a restricted token`, WITHIN_MS, async () => {
          const { token, claims } = await minted(stack, held)
          expect(claims).toMatchObject({ holds: ['payments'] })
          expect(await verdictsOf(stack, token)).toEqual(atEveryEdge(FRESH))
          return true
        })
    },
    outcome: () => outcomeOf(stack, { subject: alice }),
    letIn: prober.letIn,
    async accuseEverybody() {
      expect([...prober.refusals.keys()].toSorted()).toEqual(
        Object.keys(waysInto(stack)).toSorted(),
      )
      const found = prober.letIn.length
      prober.forbid({ ...(await untilIn(alice)), because: 'accused', fromMs: performance.now() })
      const waysOf = (all: readonly LetIn[]): readonly string[] =>
        [...new Set(all.map(({ way }) => way))].toSorted()
      await expect
        .poll(() => waysOf(prober.letIn.slice(found)))
        .toEqual(Object.keys(waysInto(stack)).toSorted())
      prober.pardon(alice)
    },
    [Symbol.asyncDispose]: () => prober[Symbol.asyncDispose](),
  }
}

type Cast = Readonly<
  Record<(typeof REASONS)[number], { readonly subject: string; readonly client: string }>
>

/** A subject for each reason, with the client of its token. */
function castOf(name: string, shop: string): Cast {
  const subjectOf = (because: string): string => `${name}-${because.replaceAll(' ', '-')}`
  const entries = REASONS.map((because) => {
    const client = because === 'client cut off' ? shop : DEV_CLIENT
    return [because, { subject: subjectOf(because), client }] as const
  })
  return Object.fromEntries(entries) as Cast
}
