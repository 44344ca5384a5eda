import { expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import type { Registry } from '../registry/registry.ts'
import { subjectKey } from '../scope/subject.ts'
import { decideMint } from './decide-mint.ts'
import type { PartySnapshot } from './mint-snapshot.ts'

const NOW = 1_795_514_400_000
const ENDED = { accountEndedMs: NOW - 10_000 }
const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const sources = new Map([['hr', { leaseMs: 5_000 }]])
const registry = { version: 1, account: 'hr', cutOffs: [], sources } as unknown as Registry
const partition = {
  e: 1n,
  nextOffset: 5n,
  activePv: 1,
  activeHash: 'ab',
  throughMs: new Map([['hr', NOW]]),
}

/** The decision for alice, whose identity token was issued at that time. */
function decide(issuedMs: number | undefined, more: Partial<PartySnapshot> = ENDED): string {
  const unsaid = { claims: new Map(), doubts: new Set<string>(), withdrawn: new Map() }
  const party = { partition, known: true, account: UNTOUCHED_ACCOUNT, ...more }
  const request = {
    parties: [alice],
    audience: { name: 'payments', claims: [], ttlMs: 300_000, routes: new Map() },
    registry,
    registryHash: 'ab',
    iatMs: NOW,
    keys: [{ kid: 'k1', signsFromMs: NOW - 1 }],
    ...(issuedMs !== undefined && { identifiedMs: new Map([[subjectKey(alice), issuedMs]]) }),
  } as const
  return decideMint(request, { ...unsaid, control: partition, parties: [party], denied: [] }).kind
}

it('nothing is minted by a long-lived identity token that is older than the end of its sessions', () => {
  expect(decide(NOW - 60_000)).toBe('identity-ended')
  // Two clocks can differ by the tolerance.
  expect([decide(NOW - 8_000), decide(NOW - 7_999)]).toEqual(['identity-ended', 'grant'])
})

it('control: it is where no session ended, and where the registry gives the token no long life', () => {
  expect([decide(NOW - 60_000, {}), decide(undefined)]).toEqual(['grant', 'grant'])
})
