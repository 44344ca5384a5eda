import {
  claimsBehind,
  componentOf,
  CONTROL_PARTITION,
  omissionBehind,
  partitionOf,
  scopeKey,
  scopesOf,
  sourcesBehind,
  type ClaimMap,
  type JudgedToken,
} from '@freshet/protocol'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { holds, type Lease } from '../knowledge/leases.ts'

/** Everything about one claim of one token that judging looks at, found once. */
export interface ClaimPlan {
  readonly map: ClaimMap
  /** Fingerprint of each scope: high, low, high, low, … */
  readonly fingerprints: Uint32Array
  /** The label that each scope is compared with: e, position, e, position, … */
  readonly labels: Float64Array
  /** Slot of each scope in the table, -1 where it has no watermark; valid at `layout`. */
  readonly rows: Int32Array
  layout: number
  /** Partition and incarnation that must agree: partition, e, partition, e, … */
  readonly incarnations: Float64Array
  readonly leases: readonly Lease[]
}

/** Prepares the judgement of one claim under the map in force; undefined where it is not mapped, or left out. */
export function planClaim(
  token: JudgedToken,
  claim: string,
  knowledge: EdgeKnowledge,
): ClaimPlan | undefined {
  const { map, table } = knowledge
  if (map === undefined || !map.claims.has(claim)) return undefined
  if (omissionBehind(token, claimsBehind(map, claim)) !== undefined) return undefined
  const scopes = scopesOf(token, claimsBehind(map, claim))
  const fingerprints = new Uint32Array(scopes.length * 2)
  const labels = new Float64Array(scopes.length * 2)
  for (const [i, { scope, party }] of scopes.entries()) {
    table.fingerprintOf(scopeKey(scope), fingerprints, i * 2)
    labels[i * 2] = Number(party.label.e)
    labels[i * 2 + 1] = Number(party.label[componentOf(scope.kind)])
  }
  const incarnations = Float64Array.from(
    token.parties.flatMap(({ subject, label }) => {
      const e = Number(label.e)
      return [partitionOf(subject), e, CONTROL_PARTITION, e]
    }),
  )
  const rows = new Int32Array(scopes.length)
  const leases = leasesOf(token, claim, map, knowledge)
  return { map, fingerprints, labels, rows, layout: -1, incarnations, leases }
}

function leasesOf(
  token: JudgedToken,
  claim: string,
  map: ClaimMap,
  { leases }: EdgeKnowledge,
): readonly Lease[] {
  const speaking = sourcesBehind(map, claim)
  const own = token.parties.flatMap(({ subject }) =>
    speaking.map((source) => leases.of(subject.tenant, source, partitionOf(subject))),
  )
  const control = [...speaking, map.account, ...map.cutOffs].map((each) =>
    leases.of(token.tenant, each, CONTROL_PARTITION),
  )
  return [...new Set([...own, ...control])]
}

/**
 * Returns whether watermarks, incarnations and leases leave the claim fresh. It only reads arrays and
 * allocates nothing; if the answer is no, the protocol's own judge finds the reason.
 */
export function isPlanFresh(
  plan: ClaimPlan,
  knowledge: EdgeKnowledge,
  wallMs: number,
  monoMs: number,
): boolean {
  const { table, incarnations } = knowledge
  if (plan.layout !== table.layout) findSlots(plan, knowledge)
  const { rows, labels } = plan
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? -1
    if (row >= 0 && table.isAbove(row, labels[i * 2] ?? 0, labels[i * 2 + 1] ?? 0)) return false
  }
  for (let i = 0; i < plan.incarnations.length; i += 2)
    if (incarnations[plan.incarnations[i] ?? 0] !== plan.incarnations[i + 1]) return false
  for (let i = 0; i < plan.leases.length; i++) {
    const lease = plan.leases[i]
    if (lease === undefined || !holds(lease, wallMs, monoMs)) return false
  }
  return true
}

/** The table was laid out anew, or a watermark appeared: rows are found again, in place. */
function findSlots(plan: ClaimPlan, { table }: EdgeKnowledge): void {
  const { rows, fingerprints } = plan
  for (let i = 0; i < rows.length; i++)
    rows[i] = table.find(fingerprints[i * 2] ?? 0, fingerprints[i * 2 + 1] ?? 0)
  plan.layout = table.layout
}
