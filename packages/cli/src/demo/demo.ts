import { writeFile, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { kafkaAvailability } from '@freshet/dev-stack'
import pc from 'picocolors'
import { startOneProcessWorld } from './one-process/one-process-world.ts'
import { startRealWorld } from './real-world.ts'
import { tellStory } from './scenes.ts'
import { Teller } from './teller.ts'
import type { DemoWorld } from './world.ts'
import { cleanUpLeftovers, makeOwnedDir, type DirKind } from '@freshet/owned-dir'

const DIRS: DirKind = { prefix: 'freshet-demo-', endWith: 'SIGTERM' }

/** A temporary folder for one demo. Folders of demos that were killed are removed first. */
async function makeDemoDir(): Promise<string> {
  await cleanUpLeftovers(DIRS)
  return makeOwnedDir(DIRS)
}

/** Removes it with the keys and logs in it. */
function removeDemoDir(dir: string): Promise<void> {
  return rm(dir, { recursive: true, force: true })
}

/** Options of the demo. */
export interface DemoOptions {
  /** File that gets the same as data. */
  readonly json?: string
  readonly signal: AbortSignal
  readonly write: (line: string) => void
}

/**
 * Runs the story of README with the programs of this machine, and prints which they are: real Kafka and
 * Postgres with Java, else one process. Resolves with whether every step held; nothing is left running.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const startedMs = performance.now()
  const dir = await makeDemoDir()
  let world: DemoWorld | undefined
  try {
    const teller = new Teller(options.write)
    world = await startWorld(dir, options, teller)
    options.write(pc.bold(world.kind))
    await tellStory(world, teller)
    const ms = Math.round(performance.now() - startedMs)
    await writeJson(options.json, { kind: world.kind, ms, teller })
    for (const line of factLines(teller)) options.write(line)
    options.write(summary(teller, ms))
    return teller.allHeld
  } finally {
    await world?.stop()
    await removeDemoDir(dir)
  }
}

async function startWorld(dir: string, options: DemoOptions, teller: Teller): Promise<DemoWorld> {
  const kafka = await kafkaAvailability()
  const note = (sentence: string): void => teller.note(sentence)
  if (kafka.available) return startRealWorld(dir, options.signal, note)
  options.write(
    `No ${kafka.missing} here: this demo runs in one process, without Kafka or Postgres.`,
  )
  options.write(
    `Install ${kafka.missing} to run it on both. \`npm run sim\` tests the protocol under faults without them.`,
  )
  return startOneProcessWorld(dir, options.signal)
}

function factLines({ facts }: Teller): readonly string[] {
  const lines = facts.map((fact) => `  ${pc.green('✓')} ${fact}`)
  return lines.length === 0 ? [] : ['', pc.bold('Proven:'), ...lines]
}

function summary(teller: Teller, ms: number): string {
  const failed = teller.steps.filter(({ held }) => !held).length
  const time = `${(ms / 1000).toFixed(1)} s`
  return failed === 0
    ? pc.green(`Every step succeeded, in ${time}.`)
    : pc.red(`${failed} of ${teller.steps.length} steps failed (${time}).`)
}

async function writeJson(
  file: string | undefined,
  { kind, ms, teller }: { readonly kind: string; readonly ms: number; readonly teller: Teller },
): Promise<void> {
  if (file === undefined) return
  const told = { apiVersion: 'freshet.dev/demo/v1', kind, ms, held: teller.allHeld }
  await writeFile(
    file,
    `${JSON.stringify({ ...told, facts: teller.facts, steps: teller.steps }, null, 2)}\n`,
  )
}
