/** The lease of each source with its owner. Two consoles can have loaded two registries, and so two owners: one is taken. */
export const OWNED_LEASE =
  'topk by (cluster, source) (1, max by (cluster, source, owner, contact) (freshet_source_lease_seconds))'

/** Adds the owner and the contact of its source to each series; those of an unknown source stay as they are. */
export function withOwner(expression: string): string {
  return [
    `(${expression})`,
    `* on (cluster, source) group_left (owner, contact) (${OWNED_LEASE} ^ 0)`,
    'or',
    `(${expression}) unless on (cluster, source) freshet_source_lease_seconds`,
  ].join('\n')
}
