import type { Change } from '@freshet/protocol'
import type { AuditEntry } from '@freshet/wire'
import type { Acceptance } from '@freshet/intake'

/**
 * The audit entries of changes that their signer is not allowed to send. The limits of each source bound how
 * many.
 */
export function refusedEntries(
  by: string,
  changes: readonly Change[],
  { answers, atMs }: { readonly answers: readonly Acceptance[]; readonly atMs: number },
): readonly AuditEntry[] {
  return answers.flatMap((answer, at): readonly AuditEntry[] => {
    const change = changes[at]
    if (answer.ok || change === undefined || answer.error.code !== 'event.forbidden') return []
    const { tenant, id: ref, source, kind } = change
    const detail = { change: kind, source, at: 'gateway' }
    return [{ kind: 'change-refused', atMs, tenant, ref, by, detail }]
  })
}
