import { declaredSigners, type Registry } from '@freshet/protocol'
import type { PolicyVersion } from '@freshet/registry'
import type { KnownEdge } from '../observatory-store.ts'

/**
 * The state of an edge's signatures. `withdrawn`: the client that signed the last one does not count any
 * more. It has no such key in the active version, or this version declares another client for the name.
 */
export type EdgeSigned = 'signed' | 'unsigned' | 'withdrawn'

/** The part of a policy version with the signers of reports. */
export interface SigningVersion extends Pick<PolicyVersion, 'clientKeys'> {
  readonly registry: Pick<Registry, 'clients'>
}

/** The policy versions by whose keys reports are verified, and shown. */
export interface SigningVersions {
  /** The active one. @throws `registry.not-loaded`: no report is judged by another */
  readonly current: () => SigningVersion
  /** The last one that was active, to show how edges sign. */
  readonly last: () => SigningVersion
}

const none: SigningVersion = { clientKeys: () => [], registry: { clients: new Map() } }

/** No client has a key: every signature is by an unknown one. */
export const NO_KEYS: SigningVersions = { current: () => none, last: () => none }

type Signing = Partial<Pick<KnownEdge, 'signer' | 'group'>>

/** The state of an edge's signatures. For a group, see the number of its edges that sign. */
export function signedOf({ signer = null }: Signing): EdgeSigned {
  if (signer === null) return 'unsigned'
  return signer.isWithdrawn === true ? 'withdrawn' : 'signed'
}

/** The number of these edges, each alone or in a group, that sign their reports. */
export function signedIn(edges: readonly Signing[]): number {
  return edges.reduce(
    (sum, edge) => sum + (edge.group?.signed ?? Number(signedOf(edge) === 'signed')),
    0,
  )
}

/** The same edges, with a mark at each whose signer does not count in this version. */
export function markWithdrawn(
  edges: readonly KnownEdge[],
  { clientKeys, registry }: SigningVersion,
): readonly KnownEdge[] {
  const declared = declaredSigners(registry)
  return edges.map((edge) => {
    const { signer } = edge
    if (signer === null) return edge
    const isRight = (declared(edge.edge) ?? signer.client) === signer.client
    const hasKey = clientKeys(signer.client).some(({ kid }) => kid === signer.kid)
    return isRight && hasKey ? edge : { ...edge, signer: { ...signer, isWithdrawn: true } }
  })
}
