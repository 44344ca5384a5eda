import { createDatabase, inTransaction, type Database } from '@freshet/postgres'
import { freeze, processOf, type TestStack } from '../test-stack.ts'

/** Plants a fault. The returned function ends it. */
export type Plant = () => Promise<() => unknown>

/** Returns a connection to the database of a stack. */
export function databaseOf(stack: TestStack): Database {
  return createDatabase({ url: stack.at.databaseUrl, applicationName: 'freshet-e2e', max: 1 })
}

/** Kills a process. */
export function down(stack: TestStack, name: string): Plant {
  return async () => {
    await processOf(stack, name).stop('SIGKILL')
    return () => processOf(stack, name).start()
  }
}

/** Stops a process as Ctrl-Z does. */
export function hung(stack: TestStack, name: string): Plant {
  return () => Promise.resolve(freeze(stack, name))
}

/** Holds the locks of some rows in a transaction that does not end, as `progress WHERE partition = 3`. */
export function locked(stack: TestStack, rows: string): Plant {
  return async () => {
    const db = databaseOf(stack)
    const ended = new AbortController()
    const over = new Promise((resolve) => ended.signal.addEventListener('abort', resolve))
    let end: Promise<unknown> = Promise.resolve()
    await new Promise<void>((resolve, reject) => {
      end = inTransaction(db, {}, async (tx) => {
        await tx.query({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' })
        await tx.query({ name: '', text: `SELECT 1 FROM ${rows} FOR UPDATE` })
        resolve()
        await over
      })
      end.catch(reject)
    })
    return async () => {
      ended.abort()
      await end
      await db[Symbol.asyncDispose]()
    }
  }
}

/** Stops the broker. */
export function hungBroker(stack: TestStack): Plant {
  return () => Promise.resolve(stopped([storePid(stack, 'kafka')]))
}

/** Stops the processes of Postgres that serve the console, and the one that accepts connections. */
export function hungDatabase(stack: TestStack): Plant {
  return async () => {
    await using db = databaseOf(stack)
    const text = `SELECT pid FROM pg_stat_activity WHERE application_name = 'freshet-console'`
    const { rows } = await db.query<{ pid: number }>({ name: '', text })
    if (rows.length === 0) throw new Error('The console has no connection.')
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
