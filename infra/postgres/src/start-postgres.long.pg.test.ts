import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanUpLeftovers, startOf } from '@freshet/owned-dir'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DIRS, startPostgres, type LocalPostgres } from './start-postgres.ts'

const servers: LocalPostgres[] = []
let deadPid = 0

async function start(options: { signal?: AbortSignal } = {}): Promise<LocalPostgres> {
  const server = await startPostgres({ durable: false, databaseUrl: '', ...options })
  servers.push(server)
  return server
}

async function gone(pid: number | undefined): Promise<boolean> {
  await expect.poll(() => startOf(pid ?? 0)).toBeUndefined()
  return true
}

beforeAll(async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  deadPid = child.pid ?? 0
  await once(child, 'exit')
})

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

describe('startPostgres', () => {
  it('starts a server of its own, not as root, and stop leaves neither process nor folder', async () => {
    const server = await start()
    expect(server.kind).toMatch(/^postgres 18\.\d+$/)
    const data = await stat(join(server.dir ?? '', 'data'))
    expect(data.uid).not.toBe(0)
    await server.stop()
    await server.stop()
    expect(await gone(server.pid)).toBe(true)
    expect(existsSync(server.dir ?? '')).toBe(false)
  })

  it('refuses a login without the password: no line of pg_hba.conf trusts', async () => {
    const server = await start()
    const rules = await readFile(join(server.dir ?? '', 'data', 'pg_hba.conf'), 'utf8')
    const active = rules.split('\n').filter((line) => /^(local|host)/.test(line))
    expect(active.length).toBeGreaterThan(0)
    expect(active.every((line) => line.trimEnd().endsWith('scram-sha-256'))).toBe(true)
  })

  it('stops the server when the signal aborts', async () => {
    const abort = new AbortController()
    const server = await start({ signal: abort.signal })
    abort.abort()
    expect(await gone(server.pid)).toBe(true)
  })

  it('uses a given server as it is, and never stops it', async () => {
    const url = 'postgres://someone@db.example/app'
    const server = await startPostgres({ databaseUrl: url })
    expect(server).toMatchObject({ url, kind: 'postgres (DATABASE_URL)', pid: undefined })
    await server.stop()
  })
})

describe('cleanUpLeftovers', () => {
  it('ends the server of an owner that was killed, and removes its folder', async () => {
    const server = await start()
    const owner = JSON.stringify({ pid: deadPid, start: '1', childPid: server.pid })
    await writeFile(join(server.dir ?? '', 'owner.json'), owner)
    expect(await cleanUpLeftovers(DIRS)).toContain(server.dir)
    expect(await gone(server.pid)).toBe(true)
    expect(existsSync(server.dir ?? '')).toBe(false)
  })

  it('recognises an owner whose process id was given to another process', async () => {
    const server = await start()
    const owner = JSON.stringify({
      pid: process.pid,
      start: 'another moment',
      childPid: server.pid,
    })
    await writeFile(join(server.dir ?? '', 'owner.json'), owner)
    expect(await cleanUpLeftovers(DIRS)).toContain(server.dir)
  })

  it('leaves the server of a living owner alone', async () => {
    const server = await start()
    expect(await cleanUpLeftovers(DIRS)).not.toContain(server.dir)
    expect(startOf(server.pid ?? 0)).toBeDefined()
  })
})
