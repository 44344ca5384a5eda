import type { BenchStack } from './bench-stack.ts'

/** Sends a request to the console as an admin. @throws if it refuses */
export async function askConsole<T>({ at, workspace }: BenchStack, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${workspace.adminToken}` }
  const response = await fetch(new URL(path, at.console), { headers })
  if (!response.ok) throw new Error(`The console answered ${response.status} to ${path}.`)
  return (await response.json()) as T
}

/** Returns the text of its `/metrics`. */
export async function consoleMetrics({ at }: BenchStack): Promise<string> {
  const response = await fetch(new URL('/metrics', at.console))
  return response.text()
}
