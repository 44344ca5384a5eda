import type { PolicyVersion } from '@freshet/events'
import type { KnownEdge } from './observatory-store.ts'

/**
 * Whether the reports of an edge are signed. `key-removed`: the client that holds its name has no such key in the active
 * version, so reports by that key are ignored.
 */
export type EdgeSigned = 'signed' | 'unsigned' | 'key-removed'

/** The keys of clients in a policy version. */
export type ClientKeys = Pick<PolicyVersion, 'clientKeys'>

/** The policy versions by whose keys reports are verified, and shown. */
export interface SigningVersions {
  /** The active one. @throws `registry.not-loaded`: no report is judged by another */
  readonly current: () => ClientKeys
  /** The last one that was active, to show how edges sign. */
  readonly last: () => ClientKeys
}

const none: ClientKeys = { clientKeys: () => [] }

/** No client has a key: every signature is by an unknown one. */
export const NO_KEYS: SigningVersions = { current: () => none, last: () => none }

type Signing = Partial<Pick<KnownEdge, 'signer' | 'group'>>

/** How an edge signs. Of a group, see the number of its edges that are signed. */
export function signedOf({ signer = null }: Signing): EdgeSigned {
  if (signer === null) return 'unsigned'
  return signer.isRemoved === true ? 'key-removed' : 'signed'
}

/** How many of these edges, each alone or in a group, sign their reports. */
export function signedIn(edges: readonly Signing[]): number {
  return edges.reduce(
    (sum, edge) => sum + (edge.group?.signed ?? Number(signedOf(edge) === 'signed')),
    0,
  )
}

/** The same edges, with a mark at each whose client has no such key in this version. */
export function markRemoved(
  edges: readonly KnownEdge[],
  { clientKeys }: ClientKeys,
): readonly KnownEdge[] {
  return edges.map((edge) => {
    const { signer } = edge
    if (signer === null || clientKeys(signer.client).some(({ kid }) => kid === signer.kid))
      return edge
    return { ...edge, signer: { ...signer, isRemoved: true } }
  })
}
