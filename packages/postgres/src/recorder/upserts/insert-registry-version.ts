import type { Statement } from '../../connection/query.ts'

/** A policy version ($1) that took effect somewhere, with the hash of its content ($2). */
export const insertRegistryVersion: Statement = {
  name: 'recorder-insert-registry-version',
  text: `INSERT INTO registry_version (pv, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
}
