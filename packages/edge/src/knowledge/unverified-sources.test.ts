import { claimMapOf, PARTITIONS, type PartitionView, type Trust } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { acmeRegistry, exampleClaim } from '@freshet/testkit'
import { UNVERIFIED_SOURCES_MAX } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { tenantsServed, UnverifiedScan, type VouchGround } from './unverified-sources.ts'

const SINCE_MS = 1_795_000_000_000
const { claims } = acmeRegistry()
const described = exampleClaim('office', 'badges', { kind: 'descriptive', shape: 'scalar' })
const map = claimMapOf(acmeRegistry({ claims: new Map([...claims, ['office', described]]) }))

type Rule = (source: string, partition: number, tenant: string) => Trust

/** An edge that knows of these sources in each tenant, and trusts them by this rule. */
function groundOf(trust: Rule, known: readonly string[] = ['hr', 'iga', 'security']): VouchGround {
  const source = (_: string, name: string) =>
    known.includes(name) ? { atMs: SINCE_MS, receivedAtMonoMs: 0, state: 'complete' } : undefined
  return {
    map,
    view: () => ({ source }) as PartitionView,
    trust: (tenant, name, partition) => trust(name, partition, tenant),
  }
}

/** One report of an edge that has just started. */
const unverifiedSources = (ground: VouchGround, tenants: readonly string[]) =>
  new UnverifiedScan(1_000).check(ground, tenants)

const only =
  (silent: string, sinceMs = SINCE_MS): Rule =>
  (source) =>
    source === silent ? { fresh: false, sinceMs } : { fresh: true }

describe('the sources that an edge cannot vouch for', () => {
  it('are none while every lease holds (control)', () => {
    const found = unverifiedSources(
      groundOf(() => ({ fresh: true })),
      ['acme'],
    )
    expect(found).toEqual({ isOutOfView: false, sources: [], more: 0 })
  })

  it.each(['hr', 'iga', 'security'])('name %s alone, with the time since which', (silent) => {
    const { sources } = unverifiedSources(groundOf(only(silent)), ['acme'])
    expect(sources).toEqual([{ tenant: 'acme', source: silent, sinceMs: SINCE_MS }])
  })

  it('name a source that is out in one partition, by the partition that is behind all', () => {
    const last = PARTITIONS.at(-1)
    const trust: Rule = (source, partition) => {
      if (source !== 'iga' || partition === 0) return { fresh: true }
      return { fresh: false, sinceMs: partition === last ? SINCE_MS - 9_000 : SINCE_MS }
    }
    const { sources } = unverifiedSources(groundOf(trust), ['acme'])
    expect(sources).toEqual([{ tenant: 'acme', source: 'iga', sinceMs: SINCE_MS - 9_000 }])
  })

  it('judge a source of cut-offs in the control partition alone', () => {
    const trust: Rule = (source, partition) =>
      source === 'security' && partition !== 0 ? { fresh: false } : { fresh: true }
    expect(unverifiedSources(groundOf(trust), ['acme']).sources).toEqual([])
  })

  it('leave out a source of descriptive claims alone: nothing depends on it', () => {
    const found = unverifiedSources(groundOf(only('badges'), ['badges', 'hr']), ['acme'])
    expect(found.sources).toEqual([])
  })

  it('leave out a source that the tenant does not use, but never the account source', () => {
    const { sources } = unverifiedSources(
      groundOf(() => ({ fresh: false }), []),
      ['acme'],
    )
    expect(sources).toEqual([
      { tenant: 'acme', source: 'hr' },
      { tenant: 'acme', source: 'security' },
    ])
  })

  it.each([
    [UNVERIFIED_SOURCES_MAX, 0],
    [UNVERIFIED_SOURCES_MAX + 3, 3],
  ])('of %i tenants are listed up to the limit, and %i are counted', (count, more) => {
    const tenants = Array.from({ length: count }, (_, n) => `tenant-${n}`)
    const found = unverifiedSources(groundOf(only('hr')), tenants)
    expect(found.sources).toHaveLength(UNVERIFIED_SOURCES_MAX)
    expect(found.more).toBe(more)
  })

  it('are all of them without a claim map: the edge has no view', () => {
    const ground = { ...groundOf(() => ({ fresh: true })), map: undefined }
    expect(unverifiedSources(ground, ['acme'])).toEqual({
      isOutOfView: true,
      sources: [],
      more: 0,
    })
  })
})

describe('an edge of more tenants than one report judges', () => {
  const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli']
  const named = ({ sources }: { readonly sources: readonly { readonly tenant: string }[] }) =>
    sources.map(({ tenant }) => tenant)

  it('judges all of them at first, then some for each report, and each of them in turn', () => {
    const scan = new UnverifiedScan(2)
    let isSilent = false
    let judged: string[] = []
    const ground = groundOf((source, partition, tenant) => {
      if (source === 'hr' && partition === 0) judged.push(tenant)
      return isSilent && source === 'hr' ? { fresh: false } : { fresh: true }
    })
    const next = () => {
      judged = []
      return [named(scan.check(ground, tenants)), judged]
    }
    expect(next()).toEqual([[], tenants])
    isSilent = true
    expect(next()).toEqual([
      ['initech', 'umbrella'],
      ['initech', 'umbrella'],
    ])
    expect(next()).toEqual([['initech', 'umbrella', 'hooli'], ['hooli']])
    expect(next()).toEqual([tenants, ['acme', 'globex']])
    isSilent = false
    expect(next()).toEqual([
      ['acme', 'globex', 'hooli'],
      ['initech', 'umbrella'],
    ])
  })

  it('forgets a tenant that it does not serve any more', () => {
    const scan = new UnverifiedScan(2)
    const ground = groundOf(only('hr'))
    expect(named(scan.check(ground, tenants))).toEqual(tenants)
    expect(named(scan.check(ground, ['hooli']))).toEqual(['hooli'])
  })
})

describe('the tenants that an edge vouches for', () => {
  const none: ReadonlySet<string> = new Set()

  it('are those that it names, with or without a heartbeat', () => {
    expect(tenantsServed(new Set(['acme', 'globex']), ['acme'], none)).toEqual(['acme', 'globex'])
  })

  it('are all for an edge of all tenants, without that of probes', () => {
    expect(tenantsServed('*', ['acme', PROBE_NAME, 'globex'], none)).toEqual(['acme', 'globex'])
  })

  it('are the only one, or the one whose tokens it has judged', () => {
    expect(tenantsServed(undefined, ['acme', PROBE_NAME], none)).toEqual(['acme'])
    expect(tenantsServed(undefined, ['acme', 'globex'], none)).toEqual([])
    const judged = new Set(['globex', PROBE_NAME])
    expect(tenantsServed(undefined, ['acme', 'globex'], judged)).toEqual(['globex'])
  })
})
