import type { Slo } from '@freshet/protocol/slo'
import type { AlertPolicyDocument, SloDocument, SloFileDocument } from './document-types.ts'
import { readDocuments } from './read-documents.ts'
import { SloFileError, type SloFinding } from './slo-finding.ts'
import { entryOf, findingsOf, type SloEntry } from './slo-of.ts'

/**
 * The objectives of a file of OpenSLO v1 documents, in its order.
 *
 * @throws `slo.invalid` that names every document, member and rule
 */
export function readSlos(text: string): readonly Slo[] {
  return readSloFile(text).map(({ slo }) => slo)
}

/**
 * The same with what rules and boards are made from.
 *
 * @throws `slo.invalid` that names every document, member and rule
 */
export function readSloFile(text: string): readonly SloEntry[] {
  const documents = readDocuments(text)
  const policies = new Map(
    documents.flatMap((one) => (one.kind === 'AlertPolicy' ? [[one.metadata.name, one]] : [])),
  ) satisfies ReadonlyMap<string, AlertPolicyDocument>
  const slos = documents.filter((one): one is SloDocument => one.kind === 'SLO')
  const findings = [
    ...twice(documents),
    ...documents.flatMap((one) => unknownIn(one, documents)),
    ...slos.flatMap((one) => findingsOf(one, policies)),
  ]
  if (findings.length > 0) throw new SloFileError(findings)
  return slos.map((one) => entryOf(one, policies))
}

function labelOf({ kind, metadata }: SloFileDocument): string {
  return `${kind} ${metadata.name}`
}

function twice(documents: readonly SloFileDocument[]): readonly SloFinding[] {
  const labels = documents.map(labelOf)
  return [...new Set(labels.filter((label, index) => labels.indexOf(label) !== index))].map(
    (document) => {
      const message = 'is there more than once'
      return { document, member: 'metadata.name', rule: 'name.twice' as const, message }
    },
  )
}

/** References to services, data sources and targets that no document is. */
function unknownIn(
  document: SloFileDocument,
  all: readonly SloFileDocument[],
): readonly SloFinding[] {
  const known = new Set(all.map(labelOf))
  return referencesOf(document).flatMap(([member, label]) =>
    known.has(label)
      ? []
      : [
          {
            document: labelOf(document),
            member,
            rule: 'reference.unknown' as const,
            message: `there is no ${label}`,
          },
        ],
  )
}

function referencesOf(document: SloFileDocument): readonly (readonly [string, string])[] {
  if (document.kind === 'AlertPolicy') {
    return document.spec.notificationTargets.map(
      ({ targetRef }, index) =>
        [`spec.notificationTargets.${index}`, `AlertNotificationTarget ${targetRef}`] as const,
    )
  }
  if (document.kind !== 'SLO') return []
  const { ratioMetric } = document.spec.indicator.spec
  const sources = (['good', 'bad', 'total'] as const).flatMap((member) => {
    const source = ratioMetric[member]?.metricSource.metricSourceRef
    const at = `spec.indicator.spec.ratioMetric.${member}`
    return source === undefined ? [] : [[at, `DataSource ${source}`] as const]
  })
  return [['spec.service', `Service ${document.spec.service}`] as const, ...sources]
}
