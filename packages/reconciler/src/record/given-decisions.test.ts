import {
  decideBatch,
  EVERY_TENANT,
  NOTHING_WALKED,
  OWN_SOURCE,
  partitionOf,
  type ActivePolicy,
  type Registry,
} from '@freshet/protocol'
import { acmeRegistry, AMY, arrivalOf, hrOrigin } from '@freshet/testkit'
import { describe, expect, test } from 'vitest'

const APPENDED = 90_000
const groups = acmeRegistry().claims.get('groups')
const moved = acmeRegistry({
  version: 2,
  claims: new Map([
    ...acmeRegistry().claims,
    ...(groups ? [['groups', { ...groups, source: 'iga' }] as const] : []),
  ]),
})

/** Activates version 2 at 90,000 and returns when sources were given something. */
function givenBy(given: ActivePolicy['given'], now: Registry): ActivePolicy['given'] {
  const none = {
    seen: new Map(),
    claims: new Map(),
    accounts: new Map(),
    feeds: new Map(),
    known: [],
  }
  const policy = { pv: 1, hash: 'one', minimum: 0, ...(given && { given }) }
  const state = { partition: partitionOf(AMY), e: 1n, nextOffset: 7n, policy, withdrawn: new Map() }
  const origin = { ...hrOrigin('v2', 2), source: OWN_SOURCE, tenant: EVERY_TENANT, occurredAtMs: 0 }
  const change = { ...origin, kind: 'activate', pv: 2, hash: 'two', minimum: 0 } as const
  const arrival = arrivalOf(change, { partition: partitionOf(AMY), number: 1 })
  const records = [{ offset: 7n, appendedAtMs: APPENDED, arrival }]
  const registryOf = (pv: number): Registry => (pv === 1 ? acmeRegistry() : now)
  const context = { registryOf, nowMs: 0 }
  return decideBatch({ ...state, ...none, walked: NOTHING_WALKED }, records, context).policy.given
}

describe('the time when an activation gave a source something to state', () => {
  test('is that of the activation', () => {
    expect(givenBy(undefined, moved)).toEqual(new Map([['iga', APPENDED]]))
  })

  test('never falls, if the clock of the broker was set back', () => {
    const later = new Map([['iga', APPENDED + 1]])
    expect(givenBy(later, moved)).toEqual(later)
  })

  test('stays with an activation that gives nothing, and goes with its source', () => {
    const before = new Map([
      ['hr', 1],
      ['gone', 2],
    ])
    expect(givenBy(before, acmeRegistry({ version: 2 }))).toEqual(new Map([['hr', 1]]))
  })
})
