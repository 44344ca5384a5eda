import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cleanUpLeftovers, makeOwnedDir, writeOwner, type Owner } from './leftovers.ts'
import { isAlive, startTimeOf } from './processes.ts'

let parent = ''
const children: ChildProcess[] = []

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'leftovers-test-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(parent, { recursive: true, force: true })
})

/** A process that stands for the broker: its command line names the given words. */
async function stand(...words: readonly string[]): Promise<ChildProcess> {
  const script = 'setInterval(() => {}, 1000); console.log("up")'
  const child = spawn(process.execPath, ['-e', script, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  if (child.stdout) await once(child.stdout, 'data')
  return child
}

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

function disown(dir: string, owner: Owner): void {
  writeFileSync(join(dir, 'owner.json'), JSON.stringify(owner))
}

test('the broker of a process that was killed is ended, and its folder removed', async () => {
  const dir = makeOwnedDir(parent)
  const broker = await stand('kafka.Kafka', join(dir, 'server.properties'))
  const ended = once(broker, 'exit')
  disown(dir, { pid: await endedPid(), startTime: '1', childPid: broker.pid ?? 0 })
  expect(await cleanUpLeftovers(parent)).toEqual([dir])
  await ended
  expect(existsSync(dir)).toBe(false)
})

test('a folder whose owner lives is left alone, and so is its broker', async () => {
  const dir = makeOwnedDir(parent)
  const broker = await stand(dir)
  writeOwner(dir, broker.pid ?? null)
  expect(await cleanUpLeftovers(parent)).toEqual([])
  expect([existsSync(dir), isAlive(broker.pid ?? 0)]).toEqual([true, true])
})

test('an owner whose process id was taken by another process counts as dead', async () => {
  const dir = makeOwnedDir(parent)
  const startTime = startTimeOf(process.pid)
  disown(dir, { pid: process.pid, startTime: startTime && `${startTime}0`, childPid: null })
  expect(await cleanUpLeftovers(parent)).toEqual(startTime === null ? [] : [dir])
})

test('a process that took over the id of the broker is never ended', async () => {
  const dir = makeOwnedDir(parent)
  const stranger = await stand('something-else')
  disown(dir, { pid: await endedPid(), startTime: '1', childPid: stranger.pid ?? 0 })
  expect(await cleanUpLeftovers(parent)).toEqual([dir])
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})

test('a folder without an owner is removed only when it is no longer being made', async () => {
  const fresh = join(parent, 'freshet-kafka-fresh')
  const old = join(parent, 'freshet-kafka-old')
  for (const dir of [fresh, old]) mkdirSync(dir)
  utimesSync(old, 1, 1)
  expect(await cleanUpLeftovers(parent)).toEqual([old])
})

test('folders of others are not looked at', async () => {
  const other = join(parent, 'other')
  mkdirSync(other)
  utimesSync(other, 1, 1)
  expect(await cleanUpLeftovers(parent)).toEqual([])
})
