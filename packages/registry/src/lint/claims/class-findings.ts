import { unmeasuredClasses, type UnmeasuredClass } from '@freshet/protocol/slo'
import { finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts } from '../readable-registry.ts'

/** @internal What is wrong with the classes that changes are measured in. */
export function classFindings(registry: LintedParts): readonly Finding[] {
  const { claims, declared } = registry
  const isWhole = declared.claims?.size === claims.size
  return [...(isWhole ? unused(registry) : []), ...notMeasured(registry)]
}

function unused({ slo, claims }: Pick<LintedParts, 'slo' | 'claims'>): readonly Finding[] {
  const used = new Set([...claims.values()].map((claim) => claim.class))
  return [...slo.keys()].flatMap((name) => {
    if (used.has(name)) return []
    const text = { message: `no claim is of class ${name}`, fix: `remove ${name}` }
    return [finding('class.unused', pointer('slo', name), text)]
  })
}

/** The list is empty if no file of objectives is given. */
function notMeasured({ slo, slos }: Pick<LintedParts, 'slo' | 'slos'>): readonly Finding[] {
  if (slos === undefined) return []
  return unmeasuredClasses(slo, slos).map((each) =>
    finding('slo.not-measured', pointer('slo', each.name), textOf(each)),
  )
}

function textOf({ name, laxer }: UnmeasuredClass): Pick<Finding, 'message' | 'fix'> {
  const [first] = laxer
  const message =
    first === undefined
      ? `nothing measures the objective of class ${name}`
      : `what is measured of class ${name} promises less: ${laxer.map((slo) => slo.name).join(', ')}`
  return {
    message,
    fix: `write an objective of class ${name} into the file of service levels, or promise here what one of them does`,
  }
}
