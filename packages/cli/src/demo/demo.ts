import { writeFile, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { kafkaAvailability } from '@freshet/dev-stack'
import pc from 'picocolors'
import { startOneProcessWorld } from './one-process/one-process-world.ts'
import { startRealWorld } from './real-world.ts'
import { playStory } from './scenes.ts'
import { Story } from './story.ts'
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
    const story = new Story(options.write)
    world = await startWorld(dir, options, story)
    options.write(pc.bold(world.kind))
    await playStory(world, story)
    const ms = Math.round(performance.now() - startedMs)
    await writeJson(options.json, { kind: world.kind, ms, story })
    for (const line of factLines(story)) options.write(line)
    options.write(summary(story, ms))
    return story.allHeld
  } finally {
    await world?.stop()
    await removeDemoDir(dir)
  }
}

async function startWorld(dir: string, options: DemoOptions, story: Story): Promise<DemoWorld> {
  const kafka = await kafkaAvailability()
  const note = (sentence: string): void => story.note(sentence)
  if (kafka.available) return startRealWorld(dir, options.signal, note)
  options.write(
    `No ${kafka.missing} here: this demo runs in one process, without Kafka or Postgres.`,
  )
  options.write(
    `Install ${kafka.missing} to run it on both. \`npm run sim\` tests the protocol under faults without them.`,
  )
  return startOneProcessWorld(dir, options.signal)
}

function factLines({ facts }: Story): readonly string[] {
  const lines = facts.map((fact) => `  ${pc.green('✓')} ${fact}`)
  return lines.length === 0 ? [] : ['', pc.bold('Proven:'), ...lines]
}

function summary(story: Story, ms: number): string {
  const failed = story.steps.filter(({ held }) => !held).length
  const time = `${(ms / 1000).toFixed(1)} s`
  return failed === 0
    ? pc.green(`Every step succeeded, in ${time}.`)
    : pc.red(`${failed} of ${story.steps.length} steps failed (${time}).`)
}

async function writeJson(
  file: string | undefined,
  { kind, ms, story }: { readonly kind: string; readonly ms: number; readonly story: Story },
): Promise<void> {
  if (file === undefined) return
  const report = { apiVersion: 'freshet.dev/demo/v1', kind, ms, held: story.allHeld }
  await writeFile(
    file,
    `${JSON.stringify({ ...report, facts: story.facts, steps: story.steps }, null, 2)}\n`,
  )
}
