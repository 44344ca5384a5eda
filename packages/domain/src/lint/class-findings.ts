import { finding, pointer, type Finding } from './finding.ts'
import type { ReadableRegistry } from './readable-registry.ts'

/** @internal What is wrong with the classes that changes are measured in. */
export function classFindings({ slo, claims, declared }: ReadableRegistry): readonly Finding[] {
  if (slo.size === 0) return []
  return [notMeasured(), ...(declared.claims?.size === claims.size ? unused({ slo, claims }) : [])]
}

function unused({ slo, claims }: Pick<ReadableRegistry, 'slo' | 'claims'>): readonly Finding[] {
  const used = new Set([...claims.values()].map((claim) => claim.class))
  return [...slo.keys()].flatMap((name) => {
    if (used.has(name)) return []
    const told = { message: `no claim is of class ${name}`, fix: `remove ${name}` }
    return [finding('class.unused', pointer('slo', name), told)]
  })
}

/** Once for the part: it is no fault of any line. */
function notMeasured(): Finding {
  return finding('slo.not-measured', '/slo', {
    message: 'objectives are kept and compared; no report or alert of this build reads them',
    fix: 'nothing; alert on the histograms of the classes by rules of your own meanwhile',
  })
}
