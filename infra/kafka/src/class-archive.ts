import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { outputOf, underLock } from '@freshet/owned-dir'
import { runJavaTool } from './java.ts'

const MAKE_WAIT_MS = 360_000

/** Runs a broker from its start to its end, with flags of the Java VM. */
export type RunBroker = (flags: readonly string[]) => Promise<void>

/**
 * The flags by which a Java VM maps Kafka's classes from an archive beside the jars, loaded and verified
 * already. A broker then starts in half of the processor time. The first start on a machine makes the
 * archive: it runs a broker once. Safe to call from several processes at once.
 *
 * A VM maps only what the same build of it wrote, so each build has an archive of its own. If none can be
 * made, there are no flags, and brokers start as they do without one.
 */
export async function archiveFlags(
  classpath: string,
  runBroker: RunBroker,
  dir: string = dirname(classpath),
): Promise<readonly string[]> {
  const file = join(dir, `classes-${await buildOfVm()}.jsa`)
  const make = (): Promise<void> => makeArchive(file, classpath, runBroker)
  try {
    if (!existsSync(file)) await underLock(file, make, MAKE_WAIT_MS)
  } catch {
    return []
  }
  return flagsFor(file)
}

const flagsFor = (file: string): readonly string[] => [`-XX:SharedArchiveFile=${file}`]

async function buildOfVm(): Promise<string> {
  const version = (await outputOf('java', ['-version'], process.env)) ?? ''
  return createHash('sha256').update(version).digest('hex').slice(0, 12)
}

/** An archive that was cut short would crash a VM, so one VM tries it before a rename shows it to others. */
async function makeArchive(file: string, classpath: string, runBroker: RunBroker): Promise<void> {
  if (existsSync(file)) return
  const partial = `${file}.partial-${process.pid}`
  try {
    await runBroker([`-XX:ArchiveClassesAtExit=${partial}`])
    const flags = [...flagsFor(partial), '-Xshare:on']
    await runJavaTool({ classpath, flags }, 'kafka.tools.StorageTool', ['random-uuid'])
    await rename(partial, file)
  } finally {
    await rm(partial, { force: true })
  }
}
