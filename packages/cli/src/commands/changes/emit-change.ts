import { randomUUID } from 'node:crypto'
import type { ChangeOrigin } from '@freshet/protocol'
import { askSourceSequence, postAsSource, type SourceKey } from '@freshet/source'
import { formatChangeEvent } from '@freshet/wire'
import { changeToEmit, type EmitRequest } from './change-to-emit.ts'

/** A change to send, and its source. */
export interface Emission extends EmitRequest {
  readonly source: string
  readonly tenant: string
  readonly id: string | undefined
  /** Default: what the gateway expects, where the source numbers its events. */
  readonly sequence: bigint | undefined
}

/** The gateway's answer: the broker has the record. */
export interface AcceptedAnswer {
  readonly id: string
  readonly partition: number
  readonly offset: string
}

/**
 * Sends a change as its source would, signed with the source's key.
 *
 * @throws `ProblemError` with the gateway's refusal, `CliError` where the options do not fit
 */
export async function emitChange(
  emission: Emission,
  { key, gateway }: { readonly key: SourceKey; readonly gateway: string },
): Promise<AcceptedAnswer> {
  const { source, tenant, id = `${source}-${randomUUID().slice(0, 8)}` } = emission
  const nowMs = Date.now()
  const origin: ChangeOrigin = {
    tenant,
    source,
    id,
    occurredAtMs: nowMs,
    // Milliseconds since 1970 grow with every change that a person can type.
    sourceVersion: { epoch: 0n, n: BigInt(nowMs) },
  }
  const unnumbered = changeToEmit(emission, origin)
  const next = emission.sequence ?? toNumber((await askSourceSequence(key, gateway, tenant)).next)
  const change = next === undefined ? unnumbered : { ...unnumbered, sequence: next }
  const contentType = 'application/cloudevents+json'
  const json = formatChangeEvent(change)
  const answer = await postAsSource(key, { gateway, path: '/v1/changes' }, { contentType, json })
  return answer as AcceptedAnswer
}

function toNumber(next: string | undefined): bigint | undefined {
  return next === undefined ? undefined : BigInt(next)
}
