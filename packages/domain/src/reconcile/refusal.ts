import {
  OWN_SOURCE,
  type AccountChange,
  type Change,
  type ClaimChange,
  type CutOff,
  type Deny,
  type ValueWithdrawn,
} from '../change.ts'
import type { ErrorCode } from '../error-codes.ts'
import { CONTROL_PARTITION, partitionOf } from '../partition.ts'
import type { Registry } from '../registry.ts'
import type { Subject } from '../subject.ts'

/** Why a change that is authentic and readable has no effect. */
export interface Refusal {
  readonly code: ErrorCode
  readonly rule: string
}

/** Whether the registry in force lets this source say this (S14); `undefined` where it does. */
export function refusalOf(registry: Registry | undefined, change: Change): Refusal | undefined {
  if (change.kind === 'activate') return activationRefusal(change.source)
  if (registry === undefined) return unmapped('no policy version is active yet')
  return speakerRefusal(registry, change) ?? matterRefusal(registry, change)
}

function activationRefusal(source: string): Refusal | undefined {
  return source === OWN_SOURCE ? undefined : forbidden('only the product itself activates')
}

/** Who speaks, and for whom. */
function speakerRefusal(registry: Registry, change: Change): Refusal | undefined {
  if (!registry.tenants.has(change.tenant)) return forbidden('the tenant is not registered')
  if (change.source === OWN_SOURCE) return undefined
  const source = registry.sources.get(change.source)
  if (source === undefined) return forbidden('the source is not registered')
  const principal = change.onBehalfOf
  if (principal === undefined || source.onBehalfOf.includes(principal)) return undefined
  return forbidden('the source may not speak on behalf of that other one')
}

/** Of what it speaks. */
function matterRefusal(
  registry: Registry,
  change: Exclude<Change, { kind: 'activate' }>,
): Refusal | undefined {
  switch (change.kind) {
    case 'claim':
      return claimRefusal(registry, change)
    case 'account':
      return accountRefusal(registry, change)
    case 'value-withdrawn':
      return withdrawalRefusal(registry, change)
    case 'cut-off':
    case 'deny':
      return cutOffRefusal(registry, change)
    case 'snapshot-begin':
    case 'snapshot-end':
      return change.source === OWN_SOURCE ? forbidden('the product has no claims') : undefined
  }
}

function claimRefusal(registry: Registry, change: ClaimChange): Refusal | undefined {
  return ownerRefusal(registry, change) ?? subjectRefusal(registry, change.tenant, change.subject)
}

function ownerRefusal(
  registry: Registry,
  change: ClaimChange | ValueWithdrawn,
): Refusal | undefined {
  const claim = registry.claims.get(change.claim)
  if (claim === undefined) return unmapped('the claim is not registered')
  return claim.source === change.source ? undefined : forbidden('the source does not own the claim')
}

function accountRefusal(registry: Registry, change: AccountChange): Refusal | undefined {
  if (change.source !== registry.account) return forbidden('it is not the account source')
  return subjectRefusal(registry, change.tenant, change.subject)
}

function withdrawalRefusal(registry: Registry, change: ValueWithdrawn): Refusal | undefined {
  const refusal = ownerRefusal(registry, change)
  if (refusal !== undefined) return refusal
  if (registry.sources.get(change.source)?.versions === 'feed') return undefined
  return forbidden('its versions do not order its whole feed, so it cannot withdraw values')
}

function cutOffRefusal(registry: Registry, change: CutOff | Deny): Refusal | undefined {
  const may = change.source === OWN_SOURCE || registry.cutOffs.includes(change.source)
  if (!may) return forbidden('it is not a source of cut-offs')
  if (change.kind === 'cut-off' && change.scope === 'tenant' && change.target !== change.tenant) {
    return forbidden('a tenant is cut off from within itself only')
  }
  return undefined
}

/** A tenant's subjects are named by its own identity providers (S15). */
export function subjectRefusal(
  registry: Registry,
  tenant: string,
  subject: Subject,
): Refusal | undefined {
  if (subject.tenant !== tenant) return forbidden('the subject is of another tenant')
  const providers = registry.tenants.get(tenant)?.identityProviders ?? []
  if (providers.some(({ issuer }) => issuer === subject.iss)) return undefined
  return forbidden('the issuer is not an identity provider of the tenant')
}

/** Whether a change of this kind may stand in this partition. */
export function belongsIn(partition: number, change: Change): boolean {
  switch (change.kind) {
    case 'claim':
      return partition === partitionOf(change.subject)
    case 'account':
    case 'value-withdrawn':
    case 'cut-off':
    case 'deny':
      return partition === CONTROL_PARTITION
    case 'snapshot-begin':
    case 'snapshot-end':
    case 'activate':
      return true
  }
}

function forbidden(rule: string): Refusal {
  return { code: 'event.forbidden', rule }
}

function unmapped(rule: string): Refusal {
  return { code: 'event.unmapped', rule }
}
