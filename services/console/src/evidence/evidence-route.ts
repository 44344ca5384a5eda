import { answerForms as forms } from '@freshet/insight/answers'
import { gatherMeasurements, judgeEvidence } from '@freshet/insight'
import { WAITING } from '@freshet/reconciler'
import { formatRfc3339 } from '@freshet/wire'
import type { Hono } from 'hono'
import type { ConsoleParts } from '../console-parts.ts'
import { addView } from '../view.ts'

/** The parts that the report is made from. */
type EvidenceParts = Pick<
  ConsoleParts,
  | 'observatory'
  | 'health'
  | 'evidence'
  | 'reader'
  | 'quarantine'
  | 'loaded'
  | 'judging'
  | 'transport'
>

/**
 * Adds the current rows of the evidence report. Rows that need the audit's keys or key files are unknown
 * here: `freshet evidence` measures them on its machine.
 */
export function addEvidenceRoute(app: Hono, parts: EvidenceParts): void {
  const { observatory, health, evidence, reader, quarantine, loaded, transport } = parts
  const { clock } = parts.judging
  addView(app, '/v1/evidence', forms.Evidence, async () => {
    const policy = loaded()
    const [found, counts] = await Promise.all([
      gatherMeasurements({ observatory, evidence, reader, clock }, policy),
      quarantine.counts({ states: WAITING }),
    ])
    const waiting = counts.reduce((sum, { records }) => sum + records, 0)
    return {
      at: formatRfc3339(found.atMs),
      policy: { version: policy.registry.version, hash: policy.hash },
      health: health.at(clock.nowMs()),
      items: judgeEvidence({ ...found, quarantined: waiting, ...(transport && { transport }) }),
    }
  })
}
