import { ACME_IDP } from '@freshet/testkit'
import type { Sample } from '../mutation/attacked-service.ts'
import {
  bearerOf,
  jsonOf,
  requestOf,
  type HostileAnswer,
  type HostileRequest,
} from '../mutation/request.ts'

/** Returns an operator's orders to erase a subject, each a different one. */
export function erasureSamples(headers: Readonly<Record<string, string>>): readonly Sample[] {
  let ids = 0
  const make = (): HostileRequest => {
    const subject = { format: 'iss_sub', iss: ACME_IDP, sub: `gone-${(ids += 1)}` }
    const body = { tenant: 'acme', subject, reason: 'a test' }
    return requestOf('POST', '/v1/erasures', headers, body)
  }
  return [{ name: 'erasure', route: 'POST /v1/erasures', make }]
}

/** Checks that an operator gave the order, for one subject, with a reason. */
export function judgeErasure(
  request: HostileRequest,
  operator: string,
  { status, body }: Pick<HostileAnswer, 'status' | 'body'>,
): string | undefined {
  if (status >= 300 || request.method !== 'POST') return undefined
  if (bearerOf(request) !== operator) return `erased for nobody: ${body}`
  const { tenant, subject, reason } = Object(jsonOf(request)) as Record<string, unknown>
  const { format, iss, sub } = Object(subject) as Record<string, unknown>
  const words = [tenant, iss, sub, reason]
  const isOrder = format === 'iss_sub' && words.every((word) => typeof word === 'string' && word)
  return isOrder ? undefined : `erased without an order: ${body}`
}
