import type { RegistryAnswer } from '@freshet/insight/answers'

/** The entries that probes need all have one name, which `name` is. */
export function withoutProbes(answer: RegistryAnswer, name: string): RegistryAnswer {
  const { tenants, sources, claims, audiences, clients } = answer
  return {
    ...answer,
    tenants: tenants.filter(({ tenant }) => tenant !== name),
    sources: sources.filter(({ source }) => source !== name),
    claims: claims.filter(({ source }) => source !== name),
    audiences: audiences.filter(({ audience }) => audience !== name),
    clients: clients.filter(({ tenant }) => tenant !== name),
  }
}
