import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { SloFileError, type SloFinding } from './slo-finding.ts'

// The kinds of OpenSLO v1 that the file of objectives uses, as far as it uses them.

const name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be lower case letters, digits and -, at most 63',
  )
const description = z.string().min(1).max(1_050)

const metadata = z.strictObject({ name, displayName: z.string().optional() })
const apiVersion = z.literal('openslo/v1')

const service = z.strictObject({
  apiVersion,
  kind: z.literal('Service'),
  metadata,
  spec: z.strictObject({ description }),
})

const dataSource = z.strictObject({
  apiVersion,
  kind: z.literal('DataSource'),
  metadata,
  spec: z.strictObject({
    description,
    type: z.literal('Prometheus'),
    connectionDetails: z.record(z.string(), z.unknown()),
  }),
})

const notificationTarget = z.strictObject({
  apiVersion,
  kind: z.literal('AlertNotificationTarget'),
  metadata,
  spec: z.strictObject({ description, target: z.string() }),
})

const condition = z.strictObject({
  kind: z.literal('burnrate'),
  op: z.literal('gt'),
  threshold: z.number().positive(),
  lookbackWindow: z.enum(['1h', '6h', '1d', '3d']),
  alertAfter: z.enum(['5m', '30m', '2h', '6h']),
})

const alertPolicy = z.strictObject({
  apiVersion,
  kind: z.literal('AlertPolicy'),
  metadata,
  spec: z.strictObject({
    description,
    alertWhenNoData: z.literal(false),
    alertWhenResolved: z.boolean(),
    alertWhenBreaching: z.literal(true),
    conditions: z.tuple([
      z.strictObject({
        kind: z.literal('AlertCondition'),
        metadata,
        spec: z.strictObject({ description, severity: z.enum(['page', 'ticket']), condition }),
      }),
    ]),
    notificationTargets: z.array(z.strictObject({ targetRef: name })).min(1),
  }),
})

const source = z.strictObject({
  metricSource: z.strictObject({
    metricSourceRef: name,
    type: z.literal('Prometheus'),
    spec: z.strictObject({ query: z.string().min(1) }),
  }),
})

const ratioMetric = z
  .strictObject({
    counter: z.boolean(),
    good: source.optional(),
    bad: source.optional(),
    total: source,
  })
  .refine(({ good, bad }) => (good === undefined) !== (bad === undefined), 'must have good or bad')

const annotations = z.strictObject({
  'freshet.dev/sli': z.enum([
    'change-complete',
    'edge-apply',
    'edge-fresh',
    'source-ingest',
    'correctness',
    'coverage',
    'stale-allows',
  ]),
  'freshet.dev/class': name.optional(),
  'freshet.dev/threshold': z
    .string()
    .regex(/^[1-9]\d*(ms|s|m)$/, 'must be a time like 500ms, 2s or 15m')
    .optional(),
})

const slo = z.strictObject({
  apiVersion,
  kind: z.literal('SLO'),
  metadata: metadata.extend({ annotations }),
  spec: z.strictObject({
    description,
    service: name,
    indicator: z.strictObject({ metadata, spec: z.strictObject({ ratioMetric }) }),
    timeWindow: z.tuple([
      z.strictObject({
        duration: z.string().regex(/^[1-9]\d*[dw]$/, 'must be days or weeks, like 28d'),
        isRolling: z.literal(true),
      }),
    ]),
    budgetingMethod: z.literal('Occurrences'),
    objectives: z.tuple([
      z.strictObject({ displayName: z.string(), target: z.number().gt(0).lt(1) }),
    ]),
    alertPolicies: z.array(z.strictObject({ alertPolicyRef: name })),
  }),
})

const documentSchema = z.discriminatedUnion('kind', [
  service,
  dataSource,
  notificationTarget,
  alertPolicy,
  slo,
])

/** Any document of the file. */
export type SloFileDocument = z.infer<typeof documentSchema>

/** An alert about burnt budget, by its condition. */
export type AlertPolicyDocument = z.infer<typeof alertPolicy>

/** The objective itself. */
export type SloDocument = z.infer<typeof slo>

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
  const { kind, metadata: named } = (value ?? {}) as {
    kind?: unknown
    metadata?: { name?: unknown }
  }
  return typeof kind === 'string' && typeof named?.name === 'string'
    ? `${kind} ${named.name}`
    : undefined
}
