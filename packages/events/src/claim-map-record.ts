import { notBuilt } from './not-built.ts'
import type { ClaimMap } from '@freshet/domain'
import type { OutgoingRecord } from './log.ts'

export function encodeClaimMap(map: ClaimMap): {
  readonly record: OutgoingRecord
  readonly hash: string
} {
  return notBuilt(map)
}

export function claimMapHash(map: ClaimMap): string {
  return notBuilt(map)
}
