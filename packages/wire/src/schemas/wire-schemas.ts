import * as z from 'zod'
import { auditHeadSchema } from '../audit/audit-head-schema.ts'
import {
  changeEventSchema,
  changeSchema,
  epochBodySchema,
  heartbeatBodySchema,
  sourceHeartbeatSchema,
} from '../changes/change-schema.ts'
import { setChangeSchema } from '../changes/change-set.ts'
import { checkpointOrHeartbeatSchema } from '../checkpoints/checkpoint-schema.ts'
import { claimMapSchema } from '../claim-maps/claim-map-schema.ts'
import { edgeReportSchema } from '../reports/edge-report-schema.ts'
import { evaluationAnswerSchema, evaluationSchema } from '../evaluations/evaluation-schema.ts'
import { heartbeatsBodySchema, sourceHeartbeatsSchema } from '../changes/heartbeats-schema.ts'
import { issuanceSchema } from '../tokens/issuance-schema.ts'
import { revocationSchema } from '../revocations/revocation-schema.ts'
import { tokenSchema } from '../tokens/token-schema.ts'

/** Every format that crosses a process boundary, by the name of its file in `schemas/`. */
export const wireSchemas: ReadonlyMap<string, { title: string; schema: z.ZodType }> = new Map([
  ['change-event', { title: 'A change, CloudEvents structured mode', schema: changeEventSchema }],
  ['change-data', { title: 'Data of dev.freshet.change.v1', schema: changeSchema }],
  ['change-set', { title: 'Claims of a SET that a source sends', schema: setChangeSchema }],
  ['epoch-body', { title: 'Body of POST /v1/sources/{source}/epochs', schema: epochBodySchema }],
  ['heartbeat-body', { title: 'Body of POST /v1/heartbeats', schema: heartbeatBodySchema }],
  ['heartbeat-data', { title: 'Data of dev.freshet.heartbeat.v1', schema: sourceHeartbeatSchema }],
  [
    'heartbeats-body',
    { title: 'Body of POST /v1/heartbeats for many tenants', schema: heartbeatsBodySchema },
  ],
  [
    'heartbeats-data',
    { title: 'Data of dev.freshet.heartbeats.v1', schema: sourceHeartbeatsSchema },
  ],
  ['revocation', { title: 'Data of dev.freshet.revocation.v1', schema: revocationSchema }],
  ['claim-map', { title: 'Data of dev.freshet.claim-map.v1', schema: claimMapSchema }],
  [
    'checkpoint',
    { title: 'Data of dev.freshet.checkpoint.v1', schema: checkpointOrHeartbeatSchema },
  ],
  ['edge-report', { title: 'Data of dev.freshet.edge-report.v1', schema: edgeReportSchema }],
  ['audit-head', { title: 'Data of dev.freshet.audit-head.v1', schema: auditHeadSchema }],
  ['issuance', { title: 'Data of dev.freshet.issuance.v1', schema: issuanceSchema }],
  ['evaluation', { title: 'Body of POST /access/v1/evaluation', schema: evaluationSchema }],
  [
    'evaluation-answer',
    { title: 'Answer of POST /access/v1/evaluation', schema: evaluationAnswerSchema },
  ],
  ['access-token', { title: 'Claims of an access token', schema: tokenSchema }],
])

/**
 * Returns the JSON Schema (2020-12) of each format as the text of its file. It describes what readers accept.
 * Rules that JSON Schema cannot express are left out, so the reader is the stricter one.
 */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    [...wireSchemas].map(([name, { title, schema }]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
      const file = {
        $schema,
        $id: `https://freshet.dev/schemas/${name}.schema.json`,
        title,
        ...rest,
      }
      return [`${name}.schema.json`, `${JSON.stringify(file, null, 2)}\n`]
    }),
  )
}
