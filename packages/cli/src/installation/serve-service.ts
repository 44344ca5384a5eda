import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { serviceEntry } from '../stack/paths.ts'
import type { ServedService } from './service-names.ts'

/**
 * Runs a service in this process until it ends. The service reads the environment, handles the signals and sets
 * the exit code, as if its own entry had been started.
 */
export async function serveService(service: ServedService['service']): Promise<void> {
  const entry = serviceEntry(service)
  if (!existsSync(entry)) {
    process.stderr.write(
      `freshet: The service ${service} is not built.\n  try: npm run build in the clone\n`,
    )
    process.exitCode = 1
    return
  }
  process.setSourceMapsEnabled(true)
  await import(pathToFileURL(entry).href)
}
