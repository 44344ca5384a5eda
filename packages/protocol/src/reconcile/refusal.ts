import { EVERY_TENANT, mayWrite } from '../sources/authority-of-source.ts'
import { OWN_SOURCE, type Activation, type Change } from '../changes/change.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { Registry } from '../registry/registry.ts'
import type { Subject } from '../scope/subject.ts'

/** Why a change that is authentic and readable has no effect. */
export interface ChangeRefusal {
  readonly code: ErrorCode
  readonly rule: string
}

/**
 * Returns the reason if the registry in force here does not allow this source to send this change (S14);
 * `undefined` if it does. An activation needs none: the first one comes before there is any.
 */
export function changeRefusalOf(
  registry: Registry | undefined,
  change: Change,
): ChangeRefusal | undefined {
  if (change.kind === 'activate') return activationRefusal(change)
  if (registry === undefined) return NOT_ACTIVE
  const may = mayWrite(registry, change.source, change)
  return may.ok ? undefined : { code: may.code, rule: may.rule }
}

/**
 * Returns whether a refused change can take something away that its source is allowed to take away, but not for
 * the partner that it names. An activation can have ended that after the source sent it.
 */
export function isLossForPartner(registry: Registry | undefined, change: Change): boolean {
  if (registry === undefined || change.onBehalfOf === undefined) return false
  if (!takesAway(registry, change)) return false
  const { onBehalfOf: _, ...own } = change
  return mayWrite(registry, change.source, own).ok
}

/** Returns whether a change can take something away by itself. A refused border of a snapshot takes nothing. */
function takesAway({ claims }: Registry, change: Change): boolean {
  switch (change.kind) {
    case 'claim':
      return change.op !== (claims.get(change.claim)?.polarity === 'restrict' ? 'remove' : 'add')
    case 'account':
      return change.op !== 'enabled'
    default:
      return isWideLoss(change)
  }
}

/** Returns whether a change takes something away from all its subjects, and can give nothing. */
export function isWideLoss({ kind }: Change): boolean {
  return kind === 'value-withdrawn' || kind === 'cut-off' || kind === 'deny'
}

/** Records before the first activation are judged by nothing. */
export const NOT_ACTIVE: ChangeRefusal = {
  code: 'event.unmapped',
  rule: 'no policy version is active here yet',
}

function activationRefusal({ source, tenant }: Activation): ChangeRefusal | undefined {
  if (source === OWN_SOURCE && tenant === EVERY_TENANT) return undefined
  return forbidden('only the product itself activates, for every tenant')
}

/** A tenant's subjects are named by its own identity providers (S15). */
export function subjectRefusal(registry: Registry, subject: Subject): ChangeRefusal | undefined {
  const providers = registry.tenants.get(subject.tenant)?.identityProviders ?? []
  if (providers.some(({ issuer }) => issuer === subject.iss)) return undefined
  return forbidden('the issuer of the subject is not an identity provider of its tenant')
}

/** The refusal of a change that the source is not allowed to send. */
export function forbidden(rule: string): ChangeRefusal {
  return { code: 'event.forbidden', rule }
}
