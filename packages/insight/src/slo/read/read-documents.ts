import { parseAllDocuments } from 'yaml'
import type * as z from 'zod'
import type { SloFileDocument } from './document-types.ts'
import { documentSchema } from './documents.ts'
import { SloFileError, type SloFinding } from './slo-finding.ts'

/** Documents of a file; more is none of ours. */
const DOCUMENTS_MAX = 500

/**
 * The documents of a file of objectives, each of the form of its kind.
 *
 * @throws `slo.invalid` that names every document, member and rule
 */
export function readDocuments(text: string): readonly SloFileDocument[] {
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
