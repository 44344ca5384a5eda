import { CONTROL_PARTITION, GRANTS_MAX, OWN_SOURCE, type Close, type Open } from '@freshet/protocol'
import { acmeRegistry, arrivalOf, createDecider, hrOrigin } from '@freshet/testkit'
import { expect, test } from 'vitest'

const MINUTE_MS = 60_000
const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
const registry = acmeRegistry({
  breakGlassMaxMs: 60 * MINUTE_MS,
  audiences: new Map([['payments', payments]]),
})

const order = { by: 'ann', reason: 'HR is down' }
const own = (id: string, n: number) => ({ ...hrOrigin(id, n), source: OWN_SOURCE })
function open(id: string, n = 1, more: Partial<Open> = {}): Open {
  const what = { audience: 'payments', route: 'POST /approve', claim: 'groups', ...order }
  const origin = own(id, n)
  return { ...origin, kind: 'open', ...what, untilMs: origin.occurredAtMs + MINUTE_MS, ...more }
}
const close = (id: string, grant: string, n = 2): Close => ({
  ...own(id, n),
  kind: 'close',
  opening: grant,
  ...order,
})

/** Decides records of the control partition in one read. */
function decide(...changes: readonly (Open | Close)[]) {
  const { world } = createDecider(registry)
  const arrivals = changes.map((change, at) =>
    arrivalOf(change, { partition: CONTROL_PARTITION, number: at + 1 }),
  )
  const decision = world.take(CONTROL_PARTITION, arrivals).at(-1)
  if (decision === undefined) throw new Error('Nothing was read.')
  return decision
}
const idsOf = ({ grants }: ReturnType<typeof decide>) => grants?.map(({ id }) => id)

test('an opening is held until its time, with who and why, and publishes nothing', () => {
  const grant = open('o1')
  const decision = decide(grant)
  const { untilMs, occurredAtMs: fromMs } = grant
  expect(decision.grants).toMatchObject([{ id: 'o1', untilMs, fromMs, ...order }])
  expect(decision.publications).toEqual([])
  expect(decision.watermarks).toEqual([])
  expect(decision.log).toMatchObject([{ id: 'o1', outcome: 'applied', tightened: false }])
})

test('closing ends the one that it names, of its own tenant', () => {
  expect(idsOf(decide(open('o1'), open('o2'), close('c1', 'o1')))).toEqual(['o2'])
  const other = { ...close('c1', 'o1'), tenant: 'globex' }
  expect(idsOf(decide(open('o1'), other))).toEqual(['o1'])
  expect(decide(close('c1', 'o9')).log).toMatchObject([{ outcome: 'noop' }])
})

test('a closing that is read again, or an opening after it, opens nothing (S12)', () => {
  const grant = open('o1')
  expect(idsOf(decide(grant, close('c1', 'o1'), grant))).toEqual([])
})

test('a grant that has ended is removed by the time of the next one, the same on every replay', () => {
  const later = open('o2', MINUTE_MS + 1)
  expect(idsOf(decide(open('o1'), later))).toEqual(['o2'])
})

test('nothing is held beyond the limit', () => {
  const many = Array.from({ length: GRANTS_MAX + 1 }, (_, n) => open(`o${n}`))
  const decision = decide(...many)
  expect(decision.grants).toHaveLength(GRANTS_MAX)
  expect(decision.quarantine).toMatchObject([
    { code: 'event.forbidden', rule: `at most ${GRANTS_MAX} break-glass grants at a time` },
  ])
})

test.each([
  ['of another source', { source: 'security' }],
  ['that lasts too long', { untilMs: 1e15 }],
  ['of a tenant that is not registered', { tenant: 'globex' }],
])('an opening %s opens nothing', (_, more) => {
  const decision = decide(open('o1', 1, more))
  expect(decision.grants).toBeNull()
  expect(decision.quarantine).toMatchObject([{ code: 'event.forbidden' }])
})

test('control: closing needs no leave of the registry, so what is open can always be closed', () => {
  const { world } = createDecider(acmeRegistry())
  const arrival = arrivalOf(close('c1', 'o1'), { partition: CONTROL_PARTITION, number: 1 })
  expect(world.take(CONTROL_PARTITION, [arrival]).at(-1)?.quarantine).toEqual([])
})
