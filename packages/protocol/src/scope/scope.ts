import type { LabelComponent } from '../position/position.ts'
import type { Subject } from './subject.ts'

/** The scope of a watermark. `subject` is judged by `s`, all others by `c`. */
export type Scope =
  | { readonly kind: 'subject'; readonly subject: Subject; readonly claim: string }
  | { readonly kind: 'account'; readonly subject: Subject }
  | {
      readonly kind: 'value'
      readonly tenant: string
      readonly claim: string
      readonly value: ClaimValue
    }
  | { readonly kind: 'tenant'; readonly tenant: string }
  | { readonly kind: 'client'; readonly tenant: string; readonly client: string }

/** One element of a claim: an entry of a set, or the whole of a scalar. */
export type ClaimValue = string | number | boolean

/** Every kind of object that a denial can name. */
export const DENIAL_KINDS = ['key', 'issuer', 'session', 'token'] as const

/** The kind of object that a denial names. Denials carry no position and survive `e` (rule 23). */
export type DenialKind = (typeof DENIAL_KINDS)[number]

/** A key, issuer, session or token id of a tenant that is refused whatever its label is. */
export interface Denial {
  readonly tenant: string
  readonly kind: DenialKind
  readonly id: string
}

/** The component of a label that this kind of scope is judged by. */
export function componentOf(kind: Scope['kind']): LabelComponent {
  return kind === 'subject' ? 's' : 'c'
}

/** The canonical name of a scope, equal for equal scopes and different for different ones. */
export function scopeKey(scope: Scope): string {
  switch (scope.kind) {
    case 'subject':
      return named('s', scope.subject.tenant, scope.subject.iss, scope.subject.sub, scope.claim)
    case 'account':
      return named('a', scope.subject.tenant, scope.subject.iss, scope.subject.sub)
    case 'value':
      return named('v', scope.tenant, scope.claim, scope.value)
    case 'tenant':
      return named('t', scope.tenant)
    case 'client':
      return named('c', scope.tenant, scope.client)
  }
}

/** The canonical name of a denial; never equal to the name of a scope. */
export function denialKey({ tenant, kind, id }: Denial): string {
  return named('d', tenant, kind, id)
}

function named(...parts: readonly ClaimValue[]): string {
  return JSON.stringify(parts)
}
