import { CHANGES_TOPIC, QUARANTINE_TOPIC, type LogReader } from '@freshet/wire'
import type { PipelineBounds } from './pipeline.ts'

/** Asks for the ends of the topics that a view compares with; `null` where the broker does not answer. */
export async function pipelineBounds(reader: Pick<LogReader, 'bounds'>): Promise<PipelineBounds> {
  const [changes, quarantine] = await Promise.all(
    [CHANGES_TOPIC, QUARANTINE_TOPIC].map((topic) => reader.bounds(topic).catch(() => null)),
  )
  return { changes: changes ?? null, quarantine: quarantine ?? null }
}
