import { grantRefusal } from '../changes/break-glass-grant.ts'
import {
  OWN_SOURCE,
  type Change,
  type ClaimChange,
  type ClearDoubt,
  type Close,
  type Open,
  type ValueWithdrawn,
} from '../changes/change.ts'
import { statedBy } from '../claims/stated-claims.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import { nearestHint } from '../nearest-name.ts'
import type { Registry, Claim } from '../registry/registry.ts'

/** The tenant of an activation: a policy version is one for all tenants. */
export const EVERY_TENANT = '*'

/** The answer to whether a source is allowed to send a change; if not, with the broken rule for people. */
export type MayWrite =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly code: Extract<ErrorCode, 'event.forbidden' | 'event.unmapped'>
      /** A sentence that names source, claim or tenant, and never a value or a subject. */
      readonly rule: string
    }

const ALLOWED: MayWrite = { ok: true }

/**
 * Checks by the registry whether a source is allowed to send a change. The gateway checks it at the request,
 * and the reconciler again under the policy version that is active at the record's position.
 *
 * `source` is who signed; the caller has checked that it is the one the change names.
 */
export function mayWrite(registry: Registry, source: string, change: Change): MayWrite {
  return (
    refuseSource(registry, source, change) ??
    refuseTenant(registry, change) ??
    refuseIssuer(registry, change) ??
    refuseKind(registry, source, change) ??
    refusePartner(registry, source, change) ??
    ALLOWED
  )
}

function refuseSource(registry: Registry, source: string, change: Change): MayWrite | undefined {
  if (source === OWN_SOURCE) {
    return change.onBehalfOf === undefined ? undefined : forbidden('freshet speaks for no one else')
  }
  const declared = registry.sources.get(source)
  if (declared === undefined) return forbidden(`source ${source} is not in the registry`)
  const other = change.onBehalfOf
  if (other === undefined || declared.onBehalfOf.includes(other)) return undefined
  return forbidden(`source ${source} is not declared to speak for ${other}`)
}

function refuseTenant(registry: Registry, change: Change): MayWrite | undefined {
  if (change.kind === 'activate') {
    if (change.tenant === EVERY_TENANT) return undefined
    return forbidden('an activation is for every tenant')
  }
  if (registry.tenants.has(change.tenant)) return undefined
  return forbidden(`tenant ${change.tenant} is not in the registry`)
}

function refuseIssuer(registry: Registry, change: Change): MayWrite | undefined {
  if (!isAboutSubject(change)) return undefined
  const { tenant, iss } = change.subject
  if (tenant !== change.tenant) return forbidden('the subject belongs to the tenant of the change')
  const providers = registry.tenants.get(tenant)?.identityProviders ?? []
  if (providers.some(({ issuer }) => issuer === iss)) return undefined
  return forbidden(`the subject's issuer is not an identity provider of tenant ${tenant}`)
}

type AboutSubject = Extract<Change, { readonly subject: unknown }>

function isAboutSubject(change: Change): change is AboutSubject {
  return 'subject' in change
}

function refuseKind(registry: Registry, source: string, change: Change): MayWrite | undefined {
  switch (change.kind) {
    case 'claim':
      return refuseClaim(registry, source, change)
    case 'value-withdrawn':
      return refuseClaim(registry, source, change) ?? refuseWithdrawal(registry, source)
    case 'account':
      if (source === registry.account) return undefined
      return forbidden(`only source ${registry.account} speaks of accounts, not ${source}`)
    case 'cut-off':
      if (change.scope === 'tenant' && change.target !== change.tenant) {
        return forbidden('a tenant is cut off by a change of that tenant')
      }
      return refuseCutOff(registry, source)
    case 'deny':
      return refuseCutOff(registry, source)
    case 'snapshot-begin':
    case 'snapshot-end':
      return source === OWN_SOURCE ? forbidden('freshet has no claims to state') : undefined
    case 'activate':
      return source === OWN_SOURCE ? undefined : forbidden(`source ${source} may not activate`)
    case 'open':
    case 'close':
      return refuseGrant(registry, source, change)
    case 'clear-doubt':
      return refuseClearing(source, change)
  }
}

function refuseClaim(
  registry: Registry,
  source: string,
  { claim }: ClaimChange | ValueWithdrawn,
): MayWrite | undefined {
  const declared = registry.claims.get(claim)
  if (declared === undefined) {
    const hint = nearestHint(claim, registry.claims.keys())
    const rule = `claim ${claim} is not in the registry${hint === '' ? '' : `.${hint}`}`
    return { ok: false, code: 'event.unmapped', rule }
  }
  if (statedBy(registry, claim, source)) return undefined
  return forbidden(`claim ${claim} belongs to source ${declared.source}, not to ${source}`)
}

/** Without one order over the whole feed, a tombstone's version means nothing for an element. */
function refuseWithdrawal(registry: Registry, source: string): MayWrite | undefined {
  if (registry.sources.get(source)?.versions === 'feed') return undefined
  return forbidden(`source ${source} has no feed-wide versions, so it may not withdraw values`)
}

/** Closing needs no leave of the registry: another version may have none any more. */
function refuseGrant(
  registry: Registry,
  source: string,
  change: Open | Close,
): MayWrite | undefined {
  if (source !== OWN_SOURCE) return forbidden(`source ${source} may not open or close a route`)
  const rule =
    change.kind === 'open'
      ? grantRefusal(registry, { ...change, fromMs: change.occurredAtMs })
      : undefined
  return rule === undefined ? undefined : forbidden(rule)
}

/** This holds whatever the registry contains: the claim can have another source by now, or none. */
function refuseClearing(source: string, { claim }: ClearDoubt): MayWrite | undefined {
  if (source === OWN_SOURCE) return undefined
  return forbidden(`source ${source} settles doubt of claim ${claim} by a set alone`)
}

function refusePartner(registry: Registry, source: string, change: Change): MayWrite | undefined {
  const rule = partnerRefusal(registry, source, change)
  return rule === undefined ? undefined : forbidden(rule)
}

function refuseCutOff(registry: Registry, source: string): MayWrite | undefined {
  if (source === OWN_SOURCE || registry.cutOffs.includes(source)) return undefined
  return forbidden(`source ${source} may not cut off or deny`)
}

function forbidden(rule: string): MayWrite {
  return { ok: false, code: 'event.forbidden', rule }
}

/**
 * Returns the reason why a source is not allowed to send this on behalf of a partner, as a sentence without a
 * value. `undefined` if it is allowed, and for changes on its own behalf. The caller has checked that the
 * source is allowed to act for the partner at all.
 *
 * A partner of a claim adds and removes values under its prefix and nothing else: a `set`, a `clear` or a
 * snapshot would remove values of others.
 */
function partnerRefusal(registry: Registry, source: string, change: Change): string | undefined {
  const { onBehalfOf: partner } = change
  if (partner === undefined) return undefined
  switch (change.kind) {
    case 'claim':
    case 'value-withdrawn':
      return refusalOf(registry.claims.get(change.claim), partner, change)
    case 'snapshot-begin':
    case 'snapshot-end':
      return statesForItself(registry, source, partner)
    default:
      return undefined
  }
}

function refusalOf(
  claim: Claim | undefined,
  partner: string,
  change: ClaimChange | ValueWithdrawn,
): string | undefined {
  const { partners = [] } = claim ?? {}
  if (partners.length === 0) return undefined
  const named = partners.find(({ name }) => name === partner)
  if (named === undefined) return `claim ${change.claim} does not name ${partner} as a partner`
  if (change.kind === 'claim' && (change.op === 'set' || change.op === 'clear')) {
    return `claim ${change.claim} is only added to and removed from for ${partner}`
  }
  const values = change.kind === 'claim' ? change.values : [change.value]
  const isUnder = values.every(
    (value) => typeof value === 'string' && value.startsWith(named.prefix),
  )
  if (isUnder) return undefined
  return `a value of claim ${change.claim} is not under the prefix of ${partner}`
}

function statesForItself(
  { claims }: Registry,
  source: string,
  partner: string,
): string | undefined {
  const isShared = [...claims.values()].some(
    (claim) => claim.source === source && (claim.partners ?? []).length > 0,
  )
  return isShared ? `source ${source} states its claims for itself, not for ${partner}` : undefined
}
