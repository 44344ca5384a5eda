import * as z from 'zod'
import type { SloFileDocument } from './document-types.ts'

/** The kinds of OpenSLO v1 that the file of objectives uses, as far as it uses them. */

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

/** Any document of the file. */
export const documentSchema: z.ZodType<SloFileDocument> = z.discriminatedUnion('kind', [
  service,
  dataSource,
  notificationTarget,
  alertPolicy,
  slo,
])
