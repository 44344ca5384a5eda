import {
  ACCOUNT_OPS,
  CLAIM_OPS,
  type AccountOp,
  type Change,
  type ChangeOrigin,
  type ClaimChange,
  type ValueWithdrawn,
} from '@freshet/protocol'
import { CliError } from '../../cli-error.ts'

/** The operation that removes a value from all its holders at once. */
const WITHDRAWN: ValueWithdrawn['kind'] = 'value-withdrawn'

/** The values of `--op`. */
export type Op = ClaimChange['op'] | AccountOp | typeof WITHDRAWN

/** Every `--op`. */
export const OPS: readonly Op[] = [...CLAIM_OPS, ...ACCOUNT_OPS, WITHDRAWN]

/** The request of the command line. */
export interface EmitRequest {
  readonly iss: string
  /** None for what concerns all holders of a value. */
  readonly subject: string | undefined
  readonly op: Op
  readonly claim: string | undefined
  readonly values: readonly string[]
}

/**
 * The change that the options describe.
 *
 * @throws `CliError` usage where they do not fit together
 */
export function changeToEmit(request: EmitRequest, origin: ChangeOrigin): Change {
  if (request.op === WITHDRAWN) return withdrawal(request, origin)
  const { iss, subject: sub, claim, values } = request
  if (sub === undefined) throw new CliError('usage', `${request.op} needs --subject.`)
  const subject = { tenant: origin.tenant, iss, sub }
  const accountOp = ACCOUNT_OPS.find((op) => op === request.op)
  const claimOp = CLAIM_OPS.find((op) => op === request.op)
  if (accountOp) {
    refuseIf(claim !== undefined || values.length > 0, `${accountOp} takes no --claim or --value.`)
    return { ...origin, kind: 'account', op: accountOp, subject }
  }
  if (claim === undefined || claimOp === undefined) {
    throw new CliError('usage', `${request.op} needs --claim.`)
  }
  const isMissing = values.length === 0 && (claimOp === 'add' || claimOp === 'remove')
  refuseIf(isMissing, `${claimOp} needs a --value.`)
  refuseIf(claimOp === 'clear' && values.length > 0, 'clear takes no --value.')
  return { ...origin, kind: 'claim', op: claimOp, claim, values, subject }
}

function withdrawal({ subject, claim, values }: EmitRequest, origin: ChangeOrigin): Change {
  const [value, ...more] = values
  refuseIf(subject !== undefined, `${WITHDRAWN} takes no --subject: it concerns every holder.`)
  if (claim === undefined || value === undefined || more.length > 0) {
    throw new CliError('usage', `${WITHDRAWN} needs --claim and one --value.`)
  }
  return { ...origin, kind: WITHDRAWN, claim, value }
}

function refuseIf(isWrong: boolean, rule: string): void {
  if (isWrong) throw new CliError('usage', rule)
}
