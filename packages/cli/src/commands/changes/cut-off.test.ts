import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordingShell } from '../../recording-shell.ts'
import { runCommand } from '../../run-command.ts'
import type { Shell } from '../../shell.ts'

interface ReceivedRequest {
  readonly url: string
  readonly authorization: string
  readonly body: Record<string, unknown>
}

/** The answers of the authority and the console. */
const answers: Readonly<Record<string, object>> = {
  '/.well-known/jwks.json': { keys: [{ kid: 'tokens-1' }] },
  '/v1/registry': { claims: [{ claim: 'groups', source: 'hr' }] },
}
const TOUCHES = { tokens: 12, subjects: 5, clients: 2 }

let server: Server
let url: string
let requests: ReceivedRequest[]
let refusal: object | undefined
let guard: object | undefined
let touches: object

beforeEach(async () => {
  requests = []
  refusal = undefined
  guard = undefined
  touches = TOUCHES
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { url: path = '', headers } = request
      const authorization = headers.authorization ?? ''
      if (headers['content-type'] === undefined || answers[path] !== undefined) {
        const found = answers[path]
        response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
        return void response.end(JSON.stringify(found ?? {}))
      }
      requests.push({ url: path, authorization, body: JSON.parse(body) as ReceivedRequest['body'] })
      const accepted = { id: 'deny-key-x', partition: 0, offset: '7' }
      const answer = path.endsWith('?dryRun=true')
        ? { dryRun: true, touches, ...(guard && { guard }) }
        : accepted
      response.writeHead(refusal ? 403 : 202, { 'content-type': 'application/json' })
      response.end(JSON.stringify(refusal ?? answer))
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

async function cutOff(line: string, more: Partial<Shell> = {}) {
  const shell = recordingShell({ env: { FRESHET_TOKEN: 'operator-token' }, ...more })
  const where = ['--gateway', url, '--tenant', 'acme']
  const code = await runCommand(['cut-off', ...line.split(' '), ...where], shell)
  return { code, ...shell.written() }
}

describe('cut-off', () => {
  it('prints with --dry-run the rows that it would touch, and does nothing', async () => {
    const { code, out } = await cutOff('key k1 --dry-run')
    expect([code, out]).toEqual([0, '12 outstanding tokens of 5 subjects by 2 clients\n'])
    expect(requests).toEqual([
      {
        url: '/v1/cut-offs?dryRun=true',
        authorization: 'Bearer operator-token',
        body: { op: 'deny', tenant: 'acme', scope: 'key', target: 'k1' },
      },
    ])
  })

  it('is done with --yes, and answered with its place', async () => {
    const { code, out } = await cutOff('key k1 --yes')
    expect([code, out]).toEqual([
      0,
      'deny-key-x is accepted at 0/7\nnext: freshet change explain deny-key-x\n',
    ])
    expect(requests.map((each) => each.url)).toEqual(['/v1/cut-offs?dryRun=true', '/v1/cut-offs'])
  })

  it('names its order, so that sending it again is the same one', async () => {
    await cutOff('client payments-web --yes')
    const [question, order] = requests.map(({ body }) => body)
    expect(order).toMatchObject({ op: 'cut-off', scope: 'client', target: 'payments-web' })
    expect(order?.['order']).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/))
    expect(question).toEqual(order)
  })

  it('asks before, with what it would touch', async () => {
    const questions: string[] = []
    const answering = (answer: string): Partial<Shell> => ({
      isInteractive: true,
      ask: async (question) => {
        questions.push(question)
        return answer
      },
    })
    expect(await cutOff('token j1', answering(''))).toMatchObject({ code: 1, out: '' })
    expect(questions).toEqual([
      'Refuse token j1 in tenant acme from now on, for good (12 outstanding tokens of 5 subjects by 2 clients)? [y/N] ',
    ])
    expect(requests).toHaveLength(1)
    expect(await cutOff('token j1', answering('y'))).toMatchObject({ code: 0 })
    expect(requests).toHaveLength(3)
  })

  it('is not done without a terminal to ask', async () => {
    const { code, err } = await cutOff('tenant acme')
    expect(code).toBe(2)
    expect(err).toContain('--yes')
    expect(requests).toHaveLength(1)
  })

  it.each([
    ['a kind that there is not', 'edge x --yes'],
    ['a value without its claim', 'value staff --yes'],
    ['a claim of something else', 'key k1 --claim groups --yes'],
  ])('refuses %s without a question', async (_, line) => {
    expect(await cutOff(line)).toMatchObject({ code: 2 })
    expect(requests).toEqual([])
  })

  describe('where the registry guards it', () => {
    beforeEach(() => {
      guard = { share: 0.2, outstanding: 20, needsConfirmation: true }
    })

    it('is not done without --confirm in spite of --yes, and prints the numbers', async () => {
      const { code, err } = await cutOff('client web --yes')
      expect(code).toBe(2)
      expect(err).toContain('12 outstanding tokens of 5 subjects by 2 clients')
      expect(err).toContain('of 20 that the tenant has')
      expect(err).toContain('--confirm')
      expect(requests).toHaveLength(1)
    })

    it('is done with --confirm and a reason, which go with the order', async () => {
      expect(await cutOff('client web --yes --confirm --reason incident')).toMatchObject({
        code: 0,
      })
      expect(requests.at(-1)?.body).toMatchObject({ confirm: true, reason: 'incident' })
      expect(await cutOff('client web --yes --confirm')).toMatchObject({ code: 2 })
    })

    it('prints in a dry run that it needs --confirm', async () => {
      const { code, out } = await cutOff('key k1 --dry-run')
      expect(code).toBe(0)
      expect(out).toContain('it needs --confirm')
    })
  })

  it('ends with 5 where the role does not do', async () => {
    refusal = { code: 'request.forbidden', detail: 'The role operator is required.' }
    const { code, err } = await cutOff('key k1 --yes')
    expect(code).toBe(5)
    expect(err).toContain('The role operator is required.')
  })

  describe('has a name that the console does not know', () => {
    const env = () => ({ FRESHET_TOKEN: 't', FRESHET_ISSUER: url, FRESHET_URL: url })
    beforeEach(() => {
      touches = { tokens: 0, subjects: 0, clients: 0 }
    })

    it('ends with 3 for a key that is not published and has no token, and names the nearest', async () => {
      const { code, err } = await cutOff('key tokens-l --yes', { env: env() })
      expect(code).toBe(3)
      expect(err).toContain('The authority has no key tokens-l')
      expect(err).toContain('Did you mean tokens-1?')
      expect(requests).toHaveLength(1)
    })

    it.each([
      ['that is published', 'key tokens-1 --yes'],
      ['with --unknown-ok', 'key other --yes --unknown-ok'],
    ])('control: is done for a key %s', async (_, line) => {
      expect(await cutOff(line, { env: env() })).toMatchObject({ code: 0 })
    })

    it('control: is done for any key with tokens, and where no authority is known', async () => {
      expect(await cutOff('key other --yes')).toMatchObject({ code: 0 })
      touches = TOUCHES
      expect(await cutOff('key other --yes', { env: env() })).toMatchObject({ code: 0 })
    })

    it('ends with 3 for a claim that the gateway does not know', async () => {
      const detail = 'claim grups is not in the registry. Did you mean groups?'
      refusal = { code: 'event.unmapped', detail }
      const { code, err } = await cutOff('value staff --claim grups --dry-run', { env: env() })
      expect(code).toBe(3)
      expect(err).toContain('Did you mean groups?')
    })

    it('ends with 3 for a tenant, and with 5 for another refusal', async () => {
      const detail = 'tenant acme is not in the registry. Did you mean acne?'
      refusal = { code: 'event.forbidden', detail }
      const { code, err } = await cutOff('client web --yes')
      expect(code).toBe(3)
      expect(err).toContain('Did you mean acne?')
      refusal = { code: 'event.forbidden', detail: 'The registry forbids it.' }
      expect(await cutOff('client web --yes')).toMatchObject({ code: 5 })
    })
  })
})
