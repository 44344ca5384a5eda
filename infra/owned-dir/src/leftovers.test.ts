import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cleanUpLeftovers } from './leftovers.ts'
import { makeOwnedDir, noteChild, type DirKind, type Owner } from './owned-dir.ts'
import { isAlive, startOf } from './process-identity.ts'

const KIND: DirKind = { prefix: 'freshet-test-', endWith: 'SIGTERM' }

let parent = ''
const children: ChildProcess[] = []

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'leftovers-test-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(parent, { recursive: true, force: true })
})

/** A process in place of the server: its command line has the given arguments. */
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

test('the server of a process that was killed is ended, and its folder removed', async () => {
  const dir = makeOwnedDir(KIND, parent)
  const server = await stand(join(dir, 'server.properties'))
  const ended = once(server, 'exit')
  disown(dir, { pid: await endedPid(), start: '1', childPid: server.pid ?? 0 })
  expect(await cleanUpLeftovers(KIND, parent)).toEqual([dir])
  await ended
  expect(existsSync(dir)).toBe(false)
})

test('a folder whose owner lives is left alone, and so is its server', async () => {
  const dir = makeOwnedDir(KIND, parent)
  const server = await stand(dir)
  noteChild(dir, server.pid ?? null)
  expect(await cleanUpLeftovers(KIND, parent)).toEqual([])
  expect([existsSync(dir), isAlive(server.pid ?? 0)]).toEqual([true, true])
})

test('an owner whose process id was taken by another process counts as dead', async () => {
  const dir = makeOwnedDir(KIND, parent)
  disown(dir, { pid: process.pid, start: `${startOf(process.pid)}0`, childPid: null })
  expect(await cleanUpLeftovers(KIND, parent)).toEqual([dir])
})

test('a process that took over the id of the server is never ended', async () => {
  const dir = makeOwnedDir(KIND, parent)
  const stranger = await stand('something-else')
  disown(dir, { pid: await endedPid(), start: '1', childPid: stranger.pid ?? 0 })
  expect(await cleanUpLeftovers(KIND, parent)).toEqual([dir])
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})

test('a folder without an owner is removed only when it is no longer being made', async () => {
  const fresh = join(parent, 'freshet-test-fresh')
  const old = join(parent, 'freshet-test-old')
  for (const dir of [fresh, old]) mkdirSync(dir)
  utimesSync(old, 1, 1)
  expect(await cleanUpLeftovers(KIND, parent)).toEqual([old])
})

test('folders of others are not looked at', async () => {
  const other = join(parent, 'other')
  mkdirSync(other)
  utimesSync(other, 1, 1)
  expect(await cleanUpLeftovers(KIND, parent)).toEqual([])
})
