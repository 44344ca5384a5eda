import type { Registry } from '../../registry/registry.ts'
import { counterpartOf } from '../../claims/stated-claims.ts'
import { subjectKey, type Subject } from '../../scope/subject.ts'
import type { Arrived } from './arrival.ts'
import { changeKey, claimKey, feedKey, wholeIssuer } from './batch-state.ts'
import { isAccountMoved, movedClaims } from '../moved-claims.ts'

/** Which stored state a batch needs; every list is without repeats. */
export interface NeededState {
  readonly changes: readonly { tenant: string; source: string; id: string }[]
  readonly claims: readonly { subject: Subject; claim: string }[]
  readonly accounts: readonly Subject[]
  readonly feeds: readonly { tenant: string; source: string }[]
  /** Claims whose withdrawn values are needed because the values in force may be disclosed. */
  readonly withdrawn: readonly { tenant: string; claim: string }[]
  /** The full statement that ends with this batch. */
  readonly snapshotRemoval: { readonly tenant: string; readonly source: string } | null
  /** Identity providers of which it is needed whether there is stored state: an activation adds them. */
  readonly issuers: readonly Subject[]
  /** Feeds whose walk is not over are needed, all of the partition: an activation waits for them. */
  readonly walks: boolean
}

/** No stored state. */
export const NOTHING_NEEDED: NeededState = {
  changes: [],
  claims: [],
  accounts: [],
  feeds: [],
  withdrawn: [],
  snapshotRemoval: null,
  issuers: [],
  walks: false,
}

/**
 * The number of records, from the first, that make one batch. An activation and the end of a snapshot stand
 * alone, so that one registry is in force within a batch and a snapshot is compared with stored state.
 */
export function batchLength(records: readonly Arrived[]): number {
  const markerIndex = records.findIndex(standsAlone)
  if (markerIndex === 0) return 1
  return markerIndex < 0 ? records.length : markerIndex
}

/** Heartbeats that one batch holds at most, but for a record that has more: one of many tenants has up to a thousand. */
export const BATCH_HEARTBEATS_MAX = 5_000

/** The number of heartbeats in a record. */
export function heartbeatsIn(arrival: Arrived['arrival']): number {
  if (arrival.kind === 'heartbeats') return arrival.heartbeats.length
  return arrival.kind === 'heartbeat' ? 1 : 0
}

function standsAlone({ arrival }: Arrived): boolean {
  if (arrival.kind !== 'change') return false
  return arrival.change.kind === 'activate' || arrival.change.kind === 'snapshot-end'
}

/** The state to load before a batch can be decided by this registry. */
export function neededState(
  records: readonly Arrived[],
  registry: Registry | undefined,
  registryOf: (pv: number, hash: string) => Registry | undefined,
): NeededState {
  const plan = startPlan()
  for (const { arrival } of records) {
    if (arrival.kind === 'unauthentic') continue
    if (arrival.kind === 'heartbeat') needFeed(plan, arrival.heartbeat)
    else if (arrival.kind === 'heartbeats')
      for (const heartbeat of arrival.heartbeats) needFeed(plan, heartbeat)
    else if (arrival.kind === 'unreadable') needUnreadable(plan, arrival, registry)
    else needChange(plan, arrival.change, registry)
    if (arrival.kind === 'change' && arrival.change.kind === 'activate') {
      const { pv, hash } = arrival.change
      needActivation(plan, registry, registryOf(pv, hash))
    }
  }
  return {
    changes: [...plan.changes.values()],
    claims: [...plan.claims.values()],
    accounts: [...plan.accounts.values()],
    feeds: [...plan.feeds.values()],
    withdrawn: [...plan.withdrawn.values()],
    snapshotRemoval: plan.snapshotRemoval,
    issuers: [...plan.issuers.values()],
    walks: plan.walks,
  }
}

interface Plan {
  readonly changes: Map<string, NeededState['changes'][number]>
  readonly claims: Map<string, NeededState['claims'][number]>
  readonly accounts: Map<string, Subject>
  readonly feeds: Map<string, NeededState['feeds'][number]>
  readonly withdrawn: Map<string, NeededState['withdrawn'][number]>
  snapshotRemoval: NeededState['snapshotRemoval']
  readonly issuers: Map<string, Subject>
  walks: boolean
}

function startPlan(): Plan {
  return {
    changes: new Map(),
    claims: new Map(),
    accounts: new Map(),
    feeds: new Map(),
    withdrawn: new Map(),
    snapshotRemoval: null,
    issuers: new Map(),
    walks: false,
  }
}

type ChangeArrival = Extract<Arrived['arrival'], { kind: 'change' }>
type UnreadableArrival = Extract<Arrived['arrival'], { kind: 'unreadable' }>

function needFeed(plan: Plan, { tenant, source }: { tenant: string; source: string }): void {
  plan.feeds.set(feedKey({ tenant, source }), { tenant, source })
}

function needId(plan: Plan, named: { tenant: string; source: string; id: string }): void {
  const { tenant, source, id } = named
  plan.changes.set(changeKey(named), { tenant, source, id })
}

function needClaim(plan: Plan, subject: Subject, claim: string | undefined): void {
  if (claim !== undefined) plan.claims.set(claimKey(subject, claim), { subject, claim })
}

/** The tenant of an unreadable record, as far as it is known. */
export function tenantOf(
  record: Pick<UnreadableArrival, 'tenant' | 'subject'>,
): string | undefined {
  return record.tenant ?? record.subject?.tenant
}

function needUnreadable(
  plan: Plan,
  record: UnreadableArrival,
  registry: Registry | undefined,
): void {
  const { source, id } = record
  const tenant = tenantOf(record)
  const tenants = tenant === undefined ? [...(registry?.tenants.keys() ?? [])] : [tenant]
  for (const each of tenants) needFeed(plan, { tenant: each, source })
  if (tenant !== undefined && id !== undefined) needId(plan, { tenant, source, id })
}

/** An activation ends snapshots that are open, and puts states into doubt that were not sent meanwhile. */
function needActivation(plan: Plan, before: Registry | undefined, now: Registry | undefined): void {
  plan.walks = true
  if (before === undefined || now === undefined) return
  const isMove = movedClaims(before, now).length > 0 || isAccountMoved(before, now)
  for (const [tenant, { identityProviders }] of now.tenants) {
    const known = new Set(before.tenants.get(tenant)?.identityProviders.map((each) => each.issuer))
    const added = identityProviders.filter(({ issuer }) => !known.has(issuer))
    for (const { issuer: iss } of added) {
      const issuer = wholeIssuer({ tenant, iss })
      plan.issuers.set(subjectKey(issuer), issuer)
    }
    const isUnstated = isMove || added.length > 0
    for (const source of isUnstated ? now.sources.keys() : []) needFeed(plan, { tenant, source })
  }
}

function needChange(
  plan: Plan,
  change: ChangeArrival['change'],
  registry: Registry | undefined,
): void {
  needFeed(plan, change)
  needId(plan, change)
  if (change.kind === 'snapshot-end') {
    plan.snapshotRemoval = { tenant: change.tenant, source: change.source }
  } else if (change.kind === 'account') {
    plan.accounts.set(subjectKey(change.subject), change.subject)
  } else if (change.kind === 'claim') {
    const { subject, claim, tenant } = change
    needClaim(plan, subject, claim)
    needClaim(plan, subject, registry && counterpartOf(registry, claim)?.name)
    if (registry?.claims.get(claim)?.publish !== true) return
    plan.accounts.set(subjectKey(subject), subject)
    plan.withdrawn.set(JSON.stringify([tenant, claim]), { tenant, claim })
  }
}
