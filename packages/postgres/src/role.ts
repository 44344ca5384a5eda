/**
 * As what a pool works; nobody can log in as it. `freshet_tenant`: for one tenant at a time, which each
 * transaction names. `freshet_system`: across tenants. `freshet_ledger`: owns the ledger's tables, makes
 * and drops their partitions, and can read no row. They are made by migration 0026.
 */
export type DatabaseRole = 'freshet_tenant' | 'freshet_system' | 'freshet_ledger'

/** A URL, and the settings that a connection begins with: its own, and behind them ours. */
export function beginningWith(
  url: string,
  settings: readonly string[],
): { readonly connectionString: string; readonly options?: string } {
  if (settings.length === 0) return { connectionString: url }
  const parsed = new URL(url)
  const own = parsed.searchParams.get('options')
  // What stands in a URL wins over what is beside it: left there, it would undo the role.
  parsed.searchParams.delete('options')
  const ours = settings.map((setting) => `-c ${setting}`)
  return { connectionString: parsed.href, options: [...(own ? [own] : []), ...ours].join(' ') }
}
