import { CliError } from '../../cli-error.ts'

/** The objects of a manual cut-off; `value` is withdrawn by the source of its claim. */
export const CUT_OFF_KINDS = [
  'tenant',
  'client',
  'value',
  'key',
  'issuer',
  'session',
  'token',
] as const

/** One of {@link CUT_OFF_KINDS}. */
export type CutOffKind = (typeof CUT_OFF_KINDS)[number]

/** The request of the command line. */
export interface CutOffQuestion {
  readonly kind: CutOffKind
  readonly target: string
  readonly tenant: string
  /** The claim of a value. */
  readonly claim: string | undefined
  /** The reason for the audit log. */
  readonly reason?: string | undefined
  readonly confirm?: true | undefined
  /** The target is meant, although the registry does not have it. */
  readonly unknownOk?: true | undefined
}

/** The body of `POST /v1/cut-offs`; `order` names it, so that sending it again is the same one. */
export function cutOffBody(question: CutOffQuestion, order: string): object {
  const { kind, target, tenant, claim, reason, confirm, unknownOk } = question
  const options = {
    ...(reason !== undefined && { reason }),
    ...(confirm && { confirm }),
    ...(unknownOk && { unknown: true }),
  }
  if ((kind === 'value') !== (claim !== undefined)) {
    const rule = kind === 'value' ? 'value needs --claim.' : `${kind} takes no --claim.`
    throw new CliError('usage', rule)
  }
  switch (kind) {
    case 'value':
      return { op: 'value-withdrawn', tenant, claim, value: target }
    case 'tenant':
    case 'client':
      return { op: 'cut-off', tenant, scope: kind, target, order, ...options }
    case 'key':
    case 'issuer':
    case 'session':
    case 'token':
      return { op: 'deny', tenant, scope: kind, target, ...options }
  }
}

/** The question that is asked before it is done. */
export function cutOffSentence({ kind, target, tenant }: CutOffQuestion): string {
  switch (kind) {
    case 'tenant':
      return `Make every token of tenant ${target} stale`
    case 'client':
      return `Make every token of client ${target} in tenant ${tenant} stale`
    case 'value':
      return `Take a value from all its holders in tenant ${tenant}`
    case 'key':
    case 'issuer':
    case 'session':
    case 'token':
      return `Refuse ${kind} ${target} in tenant ${tenant} from now on, for good`
  }
}
