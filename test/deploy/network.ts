import { ofKind, type KubernetesObject } from './chart.ts'

type Labels = Readonly<Record<string, string>>

interface Selector {
  readonly matchLabels?: Labels
}
interface Peer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: { readonly cidr: string }
}
interface Rule {
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
  readonly ports?: readonly { readonly port: number }[]
}
interface Policy {
  readonly podSelector: Selector
  readonly policyTypes: readonly string[]
  readonly ingress?: readonly Rule[]
  readonly egress?: readonly Rule[]
}

/** A pod as policies see it. */
export interface NetworkPod {
  readonly labels: Labels
  readonly namespace: string
  readonly namespaceLabels?: Labels
}

/** The namespace of the chart in the tests. */
export const RELEASE_NAMESPACE = 'freshet'

/** The decisions of the policies of one manifest. */
export class Network {
  readonly #policies: readonly Policy[]

  constructor(objects: readonly KubernetesObject[]) {
    this.#policies = ofKind(objects, 'NetworkPolicy').map(({ spec }) => spec as unknown as Policy)
  }

  /** Returns whether a connection is allowed at both of its ends. */
  allows(from: NetworkPod, to: NetworkPod, port: number): boolean {
    return (
      this.#permits(from, 'Egress', (rule) => reaches(rule.to, to, port, rule)) &&
      this.#permits(to, 'Ingress', (rule) => reaches(rule.from, from, port, rule))
    )
  }

  /** Returns the destinations outside of the release: an address or `any`, and a port. */
  destinations(from: NetworkPod): readonly string[] {
    const rules = this.#of(from, 'Egress').flatMap(({ egress }) => egress ?? [])
    const isOutside = ({ podSelector, namespaceSelector }: Peer): boolean =>
      podSelector === undefined || namespaceSelector !== undefined
    const found = rules.flatMap(({ to, ports = [] }) => {
      const peers = to?.filter(isOutside).map(nameOf) ?? ['any']
      return peers.flatMap((peer) => ports.map(({ port }) => `${peer}:${port}`))
    })
    return [...new Set(found)].toSorted()
  }

  #permits(pod: NetworkPod, type: 'Ingress' | 'Egress', matches: (rule: Rule) => boolean): boolean {
    const own = this.#of(pod, type)
    if (own.length === 0) return true
    const rules = own.flatMap(
      ({ ingress, egress }) => (type === 'Ingress' ? ingress : egress) ?? [],
    )
    return rules.some(matches)
  }

  #of(pod: NetworkPod, type: string): readonly Policy[] {
    if (pod.namespace !== RELEASE_NAMESPACE) return []
    return this.#policies.filter(
      ({ podSelector, policyTypes }) =>
        policyTypes.includes(type) && selects(podSelector, pod.labels),
    )
  }
}

function reaches(
  peers: readonly Peer[] | undefined,
  pod: NetworkPod,
  port: number,
  { ports }: Rule,
): boolean {
  if (ports !== undefined && !ports.some((each) => each.port === port)) return false
  return peers === undefined || peers.some((peer) => isPeer(peer, pod))
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, pod: NetworkPod): boolean {
  if (ipBlock !== undefined) return false
  const isThere =
    namespaceSelector === undefined
      ? pod.namespace === RELEASE_NAMESPACE
      : selects(namespaceSelector, pod.namespaceLabels ?? {})
  return isThere && (podSelector === undefined || selects(podSelector, pod.labels))
}

function selects({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value)
}

function nameOf({ ipBlock, namespaceSelector, podSelector }: Peer): string {
  if (ipBlock !== undefined) return ipBlock.cidr
  const labels = { ...namespaceSelector?.matchLabels, ...podSelector?.matchLabels }
  return Object.values(labels).join('/')
}
