import type { HealthAnswer } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { earlierOf, servicesShown } from './services-shown.ts'

const AT = '2026-11-24T10:05:00.000Z'
const items: NonNullable<HealthAnswer['services']> = [
  { service: 'gateway', state: 'ready', since: AT },
]
const answer = { apiVersion: 'freshet.dev/v1', state: 'fresh', since: AT, asOf: AT } as const
const PRESENT: HealthAnswer = { ...answer, causes: [], services: items }
const ASKS_NONE: HealthAnswer = { ...answer, causes: [] }
const BLIND: HealthAnswer = {
  ...answer,
  state: 'unknown',
  causes: [
    {
      finding: 'consoleBlind',
      object: 'console',
      tenant: null,
      what: 'The console has no figures',
      since: AT,
      effect: '',
      do: '',
      runbook: null,
      who: null,
      symptoms: [],
    },
  ],
}
const earlier = earlierOf({ data: PRESENT, atMs: 7 })

describe('the services on a page', () => {
  it('are those of the present answer', () => {
    expect(servicesShown(PRESENT, earlier)).toEqual({ items, isUnknown: false, atMs: 7 })
  })

  it.each([
    ['no answer is present', undefined],
    ['the console has no figures', BLIND],
  ])('stay, unknown and with the time of the last answer, while %s', (_, present) => {
    expect(servicesShown(present, earlier)).toEqual({ items, isUnknown: true, atMs: 7 })
  })

  it('are unknown without an earlier answer', () => {
    const unknown = { items: [], isUnknown: true, atMs: null }
    expect(servicesShown(BLIND, undefined)).toEqual(unknown)
    expect(servicesShown(undefined, undefined)).toEqual(unknown)
  })

  it('are not remembered from an answer without figures', () => {
    expect(earlierOf({ data: BLIND, atMs: 9 })).toBeUndefined()
    expect(earlierOf({ data: undefined, atMs: 0 })).toBeUndefined()
  })

  it('control: a console that asks no service has none, also while it is silent', () => {
    const none = earlierOf({ data: ASKS_NONE, atMs: 7 })
    expect(servicesShown(ASKS_NONE, none)).toBeUndefined()
    expect(servicesShown(undefined, none)).toBeUndefined()
  })
})
