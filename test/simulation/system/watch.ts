import type { Process } from '../kernel/process.ts'
import { violate, type World } from './world.ts'

/** If a loop of the product ends with an error while its process is alive, the process ends. */
export function watch(world: World, process: Process, loop: Promise<unknown>): void {
  loop.catch((error: unknown) => {
    if (process.isDead) return
    violate(world, 'V7', `a loop of ${process.name} ended: ${errorText(error)}`)
    process.kill()
  })
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message
}
