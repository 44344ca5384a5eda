import { mapRow } from '@freshet/connect'
import { optionTimeText } from '../commands/arguments.ts'
import type { Upstream } from './upstreams.ts'

/** The findings about one upstream system. */
export interface UpstreamCheck {
  readonly source: string
  readonly tenant: string
  readonly kind: string
  /** The rows of one full list. Absent: the kind has no list. */
  readonly subjects?: number
  /** The duration of the list. */
  readonly listMs?: number
  /** Changes that the upstream system never announces. Only comparing finds them. */
  readonly unannounced: readonly string[]
  /** Settings of the registry that do not fit the upstream system. */
  readonly advice: readonly string[]
}

/**
 * Reads an upstream system once: its settings, and the list of all subjects. It sends nothing to Freshet.
 *
 * @throws `connect.unavailable`, `connect.refused`
 */
export async function checkUpstream(
  { source, connection, connector }: Upstream,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<UpstreamCheck> {
  const { tenant, kind, compareMs } = connection
  const unannounced = (await connector.check?.(signal)) ?? []
  const of = { source: source.id, tenant, kind }
  if (connector.list === undefined) {
    const advice = ['The kind has no list, so nothing finds a change that no event announces.']
    return { ...of, unannounced, advice }
  }
  const startMs = nowMs()
  let subjects = 0
  let unnamed = 0
  const refused = new Map<string, number>()
  for await (const row of connector.list(signal)) {
    const mapped = mapRow(connection, row)
    subjects += 1
    if (mapped === undefined) unnamed += 1
    for (const claim of mapped?.refused.keys() ?? [])
      refused.set(claim, (refused.get(claim) ?? 0) + 1)
  }
  const listMs = Math.round(nowMs() - startMs)
  const advice = [
    ...(subjects === 0 ? ['The list has no subject, so every claim would be removed.'] : []),
    ...(unnamed === 0
      ? []
      : [`${unnamed} of ${subjects} subjects have no text at ${connection.subject.sub}.`]),
    ...[...refused].map(
      ([claim, count]) => `The mapping of ${claim} refuses a value of ${count} subjects.`,
    ),
    ...(listMs * 2 < compareMs
      ? []
      : [`A list takes ${optionTimeText(listMs)}, so set \`compare\` to twice of it at least.`]),
    ...leaseAdvice(source.leaseMs, neededLeaseMs(connection, source.heartbeatMs, listMs)),
  ]
  return { ...of, subjects, listMs, unannounced, advice }
}

/** The lease with which a change of all subjects leaves no claim unverified. */
function neededLeaseMs(
  { settleMs, intervalMs }: Upstream['connection'],
  heartbeatMs: number,
  listMs: number,
): number {
  return 2 * (settleMs + intervalMs) + heartbeatMs + listMs
}

function leaseAdvice(leaseMs: number, neededMs: number): readonly string[] {
  if (leaseMs >= neededMs) return []
  const seconds = Math.ceil(neededMs / 1_000)
  return [
    `After a change of all subjects, claims are unverified until it is read. A lease of ${seconds}s avoids that.`,
  ]
}
