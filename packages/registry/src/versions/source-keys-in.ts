import type { PolicyVersion } from '../document/registry-document.ts'
import type { Versions } from './versions.ts'

/**
 * The sources' keys by the version that a partition goes by. Before its first activation those of the
 * file: nothing has an effect there, and numbers are counted.
 */
export function sourceKeysIn(
  versions: Pick<Versions, 'of' | 'last'>,
  { pv, hash }: { readonly pv: number; readonly hash: string | null },
): Pick<PolicyVersion, 'sourceKeys' | 'signers'> {
  const version = hash === null ? undefined : versions.of(pv, hash)
  const { sourceKeys, signers } = version ?? versions.last()
  return { sourceKeys, signers }
}
