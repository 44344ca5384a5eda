import type { Slo } from '@freshet/protocol/slo'
import type { AlertPolicyDocument, SloDocument, SloFileDocument } from './document-types.ts'
import { SloFileError, type SloFinding } from './slo-finding.ts'
import { entryOf, findingsOf, type SloEntry } from './slo-of.ts'
import { parseAllDocuments } from 'yaml'
import type * as z from 'zod'
import { documentSchema } from './documents.ts'

/** Documents of a file; more is none of ours. */
const DOCUMENTS_MAX = 500

/**
 * The documents of a file of objectives, each of the form of its kind.
 *
 * @throws `slo.invalid` that names every document, member and rule
 */
function readDocuments(text: string): readonly SloFileDocument[] {
  const values = valuesIn(text)
  const results = values.map((value) => ({ value, result: documentSchema.safeParse(value) }))
  const findings = results.flatMap(({ value, result }, index) =>
    result.success ? [] : result.error.issues.map((issue) => findingOf(issue, value, index)),
  )
  if (findings.length > 0) throw new SloFileError(findings)
  return results.flatMap(({ result }) => (result.success ? [result.data] : []))
}

function valuesIn(text: string): readonly unknown[] {
  const parsed = parseAllDocuments(text, { schema: 'core', uniqueKeys: true })
  const documents = Array.isArray(parsed) ? parsed : []
  if (documents.length === 0 || documents.length > DOCUMENTS_MAX)
    throw notYaml(1, `there must be 1 to ${DOCUMENTS_MAX} documents`)
  return documents.map((document, index) => {
    const [error] = document.errors
    if (error !== undefined) throw notYaml(index + 1, error.message)
    return document.toJS({ maxAliasCount: 0 }) as unknown
  })
}

function notYaml(number: number, message: string): SloFileError {
  return new SloFileError([
    { document: `document ${number}`, member: '', rule: 'document.yaml', message },
  ])
}

function findingOf(issue: z.core.$ZodIssue, value: unknown, index: number): SloFinding {
  const document = nameOf(value) ?? `document ${index + 1}`
  const member = issue.path.map(String).join('.')
  return { document, member, rule: 'document.form', message: issue.message }
}

/** The name in a document, if it can be read. */
function nameOf(value: unknown): string | undefined {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } }
  return typeof kind === 'string' && typeof metadata?.name === 'string'
    ? `${kind} ${metadata.name}`
    : undefined
}

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
