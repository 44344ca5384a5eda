import { createDatabase, inTransaction } from '@freshet/postgres'
import { CHANGES_TOPIC, encodeChange, parseChangeEvent } from '@freshet/wire'
import { expect } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { kafkaOf } from './direct-world.ts'
import { extraSidecar } from './extra-sidecar.ts'
import { SHOWN_WITHIN_MS, type HealthWorld, type Plant } from './health-world.ts'
import { sourceOf } from './source.ts'
import { freeze, processOf, type TestStack } from './test-stack.ts'

/** Kills a process of the stack, and starts it again at the end. */
export function down({ stack }: HealthWorld, name: string): Plant {
  return async () => {
    await processOf(stack, name).stop('SIGKILL')
    return () => processOf(stack, name).start()
  }
}

/** Stops a process as Ctrl-Z does. */
export function hung({ stack }: HealthWorld, name: string): Plant {
  return () => Promise.resolve(freeze(stack, name))
}

/** Holds the progress of partition 3 by another session. */
export function locked({ stack }: HealthWorld): Plant {
  return async () => {
    const db = createDatabase({ url: stack.at.databaseUrl, applicationName: 'freshet-e2e', max: 1 })
    const ended = new AbortController()
    const held = inTransaction(db, {}, async (tx) => {
      await tx.query({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' })
      await tx.query({ name: '', text: 'SELECT 1 FROM progress WHERE partition = 3 FOR UPDATE' })
      await new Promise((resolve) => ended.signal.addEventListener('abort', resolve))
    })
    return async () => {
      ended.abort()
      await held
      await db[Symbol.asyncDispose]()
    }
  }
}

/** Kills an edge that has reported, without a report of its end. */
export function goneEdge(world: HealthWorld): Plant {
  return async () => {
    const edge = await extraSidecar(world.stack, 'gone', {})
    await until('the edge reports', SHOWN_WITHIN_MS, async () =>
      (await world.ask('/v1/edges')).includes('sidecar:gone') ? true : undefined,
    )
    await edge.process.stop('SIGKILL')
    return () => undefined
  }
}

/** Sends changes of hr from a clock that is ahead. */
export function clockAhead({ stack }: HealthWorld): Plant {
  return async () => {
    const source = sourceOf(stack, 'hr')
    const occurredAt = (): string => new Date(Date.now() + 2_000).toISOString()
    for (let n = 0; n < 6; n += 1) {
      const set = { op: 'set', subject: `skew-${n}`, claim: 'groups', value: ['staff'] }
      const event = await source.event(set)
      await source.post({
        ...event,
        data: { ...Object(event['data']), occurredAt: occurredAt() },
      })
    }
    return () => undefined
  }
}

/** Appends a change that no gateway stamped. */
export function forged({ stack }: HealthWorld): Plant {
  return async () => {
    const kafka = kafkaOf(stack)
    const set = { op: 'set', subject: 'forged', claim: 'groups', value: ['staff'] }
    const { change } = parseChangeEvent(await sourceOf(stack, 'hr').event(set))
    const unsigned = encodeChange(change, {})
    await kafka.writer().append(CHANGES_TOPIC, 1, [unsigned])
    await kafka.close()
    return () => undefined
  }
}

/** Stops the broker of a stack that has its own. */
export function hungBroker({ stack }: HealthWorld): Plant {
  return () => Promise.resolve(stopped([storePid(stack, 'kafka')]))
}

/**
 * Stops the processes of Postgres that serve the console, and the one that accepts connections. The stack has a
 * Postgres of its own.
 */
export function hungDatabase({ stack }: HealthWorld): Plant {
  return async () => {
    const url = stack.at.databaseUrl
    await using db = createDatabase({ url, applicationName: 'freshet-e2e', max: 1 })
    const text = `SELECT pid FROM pg_stat_activity WHERE application_name = 'freshet-console'`
    const { rows } = await db.query<{ pid: number }>({ name: '', text })
    expect(rows.length).toBeGreaterThan(0)
    return stopped([storePid(stack, 'postgres'), ...rows.map(({ pid }) => pid)])
  }
}

function storePid(stack: TestStack, name: string): number {
  const pid = stack.describe().processes[name]
  if (pid === undefined) throw new Error(`The stack has no process ${name}.`)
  return pid
}

function stopped(pids: readonly number[]): () => void {
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}
