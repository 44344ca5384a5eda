import type { BenchStack } from './bench-stack.ts'

/** Asks the console as an admin. @throws where it refuses */
export async function askConsole<T>({ at, workspace }: BenchStack, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${workspace.adminToken}` }
  const response = await fetch(new URL(path, at.console), { headers })
  if (!response.ok) throw new Error(`The console answered ${response.status} to ${path}.`)
  return (await response.json()) as T
}

/** What its `/metrics` tells. */
export async function consoleMetrics({ at }: BenchStack): Promise<string> {
  const response = await fetch(new URL('/metrics', at.console))
  return response.text()
}
