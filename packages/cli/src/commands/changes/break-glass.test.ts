import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordingShell } from '../../recording-shell.ts'
import { runCommand } from '../../run-command.ts'
import type { Shell } from '../../shell.ts'

const UNTIL = '2026-11-26T10:30:00.000Z'

let server: Server
let url: string
let requests: { readonly path: string; readonly body: unknown }[]

beforeEach(async () => {
  requests = []
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { url: path = '' } = request
      requests.push({ path, body: JSON.parse(body) as unknown })
      const isDry = path.endsWith('?dryRun=true')
      const answer = isDry ? { dryRun: true, opens: { until: UNTIL } } : { id: 'open-x' }
      response.writeHead(isDry ? 200 : 202, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${Object(server.address())['port']}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const open = ['--audience', 'payments', '--route', 'POST /approve', '--claim', 'groups']
const why = ['--for', '30m', '--reason', 'HR is down']
const order = {
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claim: 'groups',
  for: '30m',
  reason: 'HR is down',
}

async function breakGlass(words: readonly string[], more: Partial<Shell> = {}) {
  const shell = recordingShell({ env: { FRESHET_TOKEN: 'admin-token' }, ...more })
  const where = ['--gateway', url, '--tenant', 'acme']
  const code = await runCommand(['break-glass', ...words, ...where], shell)
  return { code, ...shell.written() }
}

describe('break-glass open', () => {
  it('opens with --yes, and prints until when', async () => {
    const { code, out } = await breakGlass(['open', ...open, ...why, '--yes'])
    expect([code, out]).toEqual([0, `open-x is open until ${UNTIL}\n`])
    expect(requests).toEqual([
      { path: '/v1/openings?dryRun=true', body: order },
      { path: '/v1/openings', body: order },
    ])
  })

  it('prints with --dry-run until when it would be open, and opens nothing', async () => {
    const { code, out } = await breakGlass(['open', ...open, ...why, '--dry-run'])
    expect([code, out]).toEqual([0, `would be open until ${UNTIL}\n`])
    expect(requests).toHaveLength(1)
  })

  it('asks before, and opens nothing on another answer, or without a terminal', async () => {
    const no = { isInteractive: true, ask: () => Promise.resolve('n') }
    expect(await breakGlass(['open', ...open, ...why], no)).toMatchObject({ code: 2 })
    expect(await breakGlass(['open', ...open, ...why])).toMatchObject({ code: 2 })
    expect(requests.map(({ path }) => path)).toEqual(Array(2).fill('/v1/openings?dryRun=true'))
    const yes = { isInteractive: true, ask: () => Promise.resolve('y') }
    expect(await breakGlass(['open', ...open, ...why], yes)).toMatchObject({ code: 0 })
  })

  it('needs a reason and a time, and opens nothing without', async () => {
    expect(await breakGlass(['open', ...open, '--for', '30m', '--yes'])).toMatchObject({ code: 2 })
    expect(await breakGlass(['open', ...open, '--reason', 'x', '--yes'])).toMatchObject({ code: 2 })
    expect(requests).toEqual([])
  })
})

it('break-glass close ends one by its id, with a reason', async () => {
  const { code } = await breakGlass(['close', 'open-x', '--reason', 'HR is back'])
  expect(code).toBe(0)
  const body = { tenant: 'acme', reason: 'HR is back' }
  expect(requests).toEqual([{ path: '/v1/openings/open-x/close', body }])
})
