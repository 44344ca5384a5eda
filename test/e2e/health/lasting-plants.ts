import { CHANGES_TOPIC, encodeChange, parseChangeEvent } from '@freshet/wire'
import { until } from '../../../packages/cli/src/demo/until.ts'
import { kafkaOf } from '../direct-world.ts'
import { extraSidecar } from '../extra-sidecar.ts'
import { sourceOf } from '../source.ts'
import type { TestStack } from '../test-stack.ts'
import { databaseOf, type Plant } from './plants.ts'
import type { Surfaces } from './surfaces.ts'

const REPORTS_WITHIN_MS = 45_000
const SKEW_MS = 2_000
const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS
const nothing = (): void => {}

/** Ends an edge without a report: the console knows it, and asks it nothing. It lasts an hour. */
export function goneEdge(stack: TestStack, { ask }: Surfaces): Plant {
  return async () => {
    const edge = await extraSidecar(stack, 'gone', {})
    await until('the edge reports', REPORTS_WITHIN_MS, async () =>
      (await ask('/v1/edges')).includes('sidecar:gone') ? true : undefined,
    )
    await edge.process.stop('SIGKILL')
    return nothing
  }
}

/** Sends changes from the future. It lasts until enough others came. */
export function clockAhead(stack: TestStack): Plant {
  return async () => {
    const source = sourceOf(stack, 'hr')
    for (let n = 0; n < 6; n += 1) {
      const set = { op: 'set', subject: `skew-${n}`, claim: 'groups', value: ['staff'] }
      const event = await source.event(set)
      const occurredAt = new Date(Date.now() + SKEW_MS).toISOString()
      await source.post({ ...event, data: { ...Object(event['data']), occurredAt } })
    }
    return nothing
  }
}

/** Writes a record that nothing proves to the topic. It lasts until an operator acts. */
export function forged(stack: TestStack): Plant {
  return async () => {
    const kafka = kafkaOf(stack)
    const set = { op: 'set', subject: 'forged', claim: 'groups', value: ['staff'] }
    const { change } = parseChangeEvent(await sourceOf(stack, 'hr').event(set))
    await kafka.writer().append(CHANGES_TOPIC, 1, [encodeChange(change, {})])
    await kafka.close()
    return nothing
  }
}

/** Counts late changes of an objective, some days ago: its budget is spent, and burns no more. */
export function spentBudget(stack: TestStack, slo: string): Plant {
  return missed(stack, slo, () => Date.now() - 10 * DAY_MS)
}

/** Counts late changes of an objective now, before the console counts another change itself. */
export function burningBudget(stack: TestStack, slo: string): Plant {
  const plant = missed(stack, slo, () => Date.now())
  return async () => {
    const end = await plant()
    const set = { op: 'set', subject: 'measured', claim: 'groups', value: ['staff'] }
    await sourceOf(stack, 'hr').send(set)
    return end
  }
}

function missed(stack: TestStack, slo: string, whenMs: () => number): Plant {
  return async () => {
    const minuteMs = Math.floor(whenMs() / MINUTE_MS) * MINUTE_MS
    const run = async (text: string): Promise<void> => {
      await using db = databaseOf(stack)
      await db.query({ name: '', text }, [slo, minuteMs])
    }
    await run(`
      INSERT INTO slo_minute AS m (slo, origin, minute_ms, good, valid) VALUES ($1, 'live', $2, 0, 100)
      ON CONFLICT (slo, origin, minute_ms) DO UPDATE SET valid = m.valid + 100`)
    return () => run(`DELETE FROM slo_minute WHERE slo = $1 AND origin = 'live' AND minute_ms = $2`)
  }
}
