import { PROBE_NAME } from '@freshet/protocol/slo'
import { finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts } from '../readable-registry.ts'

/** @internal What would let a probe reach something real, or something real pass as a probe. */
export function probeFindings(registry: LintedParts): readonly Finding[] {
  return [...mixedAudiences(registry), ...mixedClients(registry)]
}

/** Claims of probes in tokens of probes, and nowhere else. */
function mixedAudiences({ audiences, claims }: LintedParts): readonly Finding[] {
  return [...audiences.values()].flatMap(({ name, claims: carried }) =>
    carried.flatMap((claim, at) => {
      const source = claims.get(claim)?.source
      if (source === undefined || isProbe(source) === isProbe(name)) return []
      const message = isProbe(name)
        ? `tokens of probes would carry ${claim}, which is of ${source}`
        : `tokens for ${name} would carry ${claim}, which only probes have`
      return [mixed(`${pointer('audiences', name)}/claims/${at}`, message)]
    }),
  )
}

function mixedClients({ clients }: LintedParts): readonly Finding[] {
  return [...clients.values()].flatMap(({ id, tenant, audiences, introspects }) => {
    const place = pointer('clients', id)
    const named = [
      ...audiences.map((name, at) => ({ name, place: `${place}/audiences/${at}` })),
      ...introspects.map((name, at) => ({ name, place: `${place}/introspects/${at}` })),
    ]
    return named
      .filter(({ name }) => isProbe(name) !== isProbe(tenant))
      .map((each) => {
        const message = `client ${id} of tenant ${tenant} would have tokens for ${each.name}`
        return mixed(each.place, message)
      })
  })
}

function mixed(place: string, message: string): Finding {
  const fix = `use ${PROBE_NAME} for probes alone: tenant, source and audience together`
  return finding('probe.mixed', place, { message, fix })
}

function isProbe(name: string): boolean {
  return name === PROBE_NAME
}
