import { startPostgres } from '@freshet/local-postgres'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's connection string of the server that all suites of this run share. */
    postgresUrl: string
  }
}

/** One server for a whole run of vitest; each test file makes a database of its own in it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ durable: process.env['FRESHET_TEST_DURABLE'] === '1' })
  project.provide('postgresUrl', server.url)
  return () => server.stop()
}
