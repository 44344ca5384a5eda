import type { ClaimPlan } from './claim-plan.ts'

/** Measured on tokens of 1.2 and 5.7 kB: what an entry takes apart from its text, and by character of it. */
const ENTRY_BYTES = 2_600
const BYTES_BY_CHARACTER = 3
/** Four typed arrays and two objects. */
const PLAN_BYTES = 900

/** Estimates what a verified token takes in memory: its text, its payload and what is made of them. */
export function tokenBytes(text: string): number {
  return ENTRY_BYTES + BYTES_BY_CHARACTER * text.length
}

/** Estimates what a prepared judgement takes. */
export function planBytes({ fingerprints, labels, rows, incarnations, leases }: ClaimPlan): number {
  const arrays = fingerprints.byteLength + labels.byteLength + rows.byteLength
  return PLAN_BYTES + arrays + incarnations.byteLength + 8 * leases.length
}

/** The bytes of one half of the cache. Prepared judgements of its tokens count, too. */
export interface Room {
  bytes: number
  readonly max: number
}
