import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJwks, parseChangeEvent, verifySourceAssertion } from '@freshet/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  answeringServer,
  type AnsweringServer,
  type Answer,
  type ReceivedRequest,
} from '../test/answering-server.ts'
import { recordedRun, type RecordedRun } from '../test/recorded-run.ts'
import type { Shell } from './shell.ts'
import { writeKey, type KeyFile } from './stack/key-files.ts'

const ISS = 'https://idp.acme.example'

let dir: string
let server: AnsweringServer
let url: string
let hr: KeyFile
let requests: readonly ReceivedRequest[]

/** One server plays every service of an installation that is no dev stack. */
beforeEach(async () => {
  server = await answeringServer()
  ;({ url, requests } = server)
  dir = await mkdtemp(join(tmpdir(), 'freshet-elsewhere-'))
  hr = await writeKey(dir, 'hr', 'ES256')
  await writeKey(dir, 'idp', 'ES256')
  await writeFile(join(dir, 'client.secret'), 's\n')
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const freshet = (line: string, more: Partial<Shell> = {}): Promise<RecordedRun> =>
  recordedRun(line, { cwd: dir, ...more })

/** The source whose key signed the assertion of a request, for this gateway. */
async function signerOf({
  authorization,
}: Pick<ReceivedRequest, 'authorization'>): Promise<string> {
  const keys = importJwks(JSON.parse(await readFile(hr.jwksFile, 'utf8')))
  const authenticity = { macKeys: [], sourceKeys: () => keys }
  const terms = { audience: url, nowMs: Date.now(), keys: authenticity }
  return (await verifySourceAssertion(authorization.replace('Bearer ', ''), terms)).source
}

const KEY = '--source hr --key-file hr.private.json'

describe('change emit', () => {
  const emit = `change emit ${KEY} --subject alice --claim groups --op remove --value a --id hr-1`
  const accepted: Answer = [202, { id: 'hr-1', partition: 3, offset: '7' }]

  it.each([
    ['the option', true],
    ['the environment', false],
  ])('sends to the gateway that %s names, with the key of the file', async (_, isOption) => {
    server.answers = { 'GET /v1/sources/hr': [200, {}], 'POST /v1/changes': accepted }
    const named = isOption ? ` --gateway ${url}` : ''
    const env = isOption ? {} : { FRESHET_GATEWAY_URL: url }
    const line = `${emit} --tenant globex --iss ${ISS}${named}`
    expect(await freshet(line, { env })).toEqual({
      code: 0,
      out: 'hr-1 is accepted at 3/7\nnext: freshet change explain hr-1\n',
      err: `at ${url}${isOption ? '' : ', by the environment'}\n`,
    })
    const post = requests.at(-1) ?? { authorization: '', body: '' }
    expect(await signerOf(post)).toBe('hr')
    expect(parseChangeEvent(JSON.parse(post.body)).change).toMatchObject({
      subject: { tenant: 'globex', iss: ISS, sub: 'alice' },
    })
  })

  it('names every option that is missing', async () => {
    const { code, err } = await freshet(emit)
    expect([code, requests]).toEqual([2, []])
    expect(err).toContain('Outside of a dev stack, a source needs --gateway, --tenant, --iss.')
  })

  it('ends with 3 and names a key file that cannot be read', async () => {
    const line = `${emit.replace('hr.private', 'none')} --tenant a --iss ${ISS} --gateway ${url}`
    const { code, err } = await freshet(line)
    expect([code, requests]).toEqual([3, []])
    expect(err).toContain('none.json cannot be read as a private JWK.')
  })
})

it('source token signs with the key of the file, for the gateway that is named', async () => {
  const { code, out } = await freshet(`source token ${KEY} --gateway ${url}`)
  expect([code, await signerOf({ authorization: out.trim() })]).toEqual([0, 'hr'])
})

it('source load accepts --key, its name in earlier releases', async () => {
  await writeFile(join(dir, 'people.csv'), 'subject,claim,value\n')
  const options = `--source hr --key none.json --gateway ${url} --tenant acme --iss ${ISS}`
  const { code, err } = await freshet(`source load people.csv ${options}`)
  expect(code).toBe(3)
  expect(err).toContain('none.json cannot be read as a private JWK.')
})

describe('token', () => {
  const client = '--client web --client-secret-file client.secret'
  const minted: Answer = [200, { access_token: 'a.b.c', expires_in: 300 }]

  it('mint signs for a subject with the key of a test provider', async () => {
    server.answers = { 'POST /oauth/token': minted }
    const idp = `--iss ${ISS} --idp-key-file idp.private.json`
    const line = `token mint --subject alice --audience payments ${client} ${idp} --issuer ${url}`
    expect(await freshet(line)).toEqual({ code: 0, out: 'a.b.c\n', err: '' })
    expect(requests[0]?.authorization).toBe(`Basic ${btoa('web:s')}`)
    const payload = new URLSearchParams(requests[0]?.body).get('subject_token')?.split('.')[1] ?? ''
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(claims).toMatchObject({ iss: ISS, sub: 'alice', aud: url })
  })

  it('mint exchanges a token of the identity provider from stdin, at the issuer of the environment', async () => {
    server.answers = { 'POST /oauth/token': minted }
    const env = { FRESHET_ISSUER: `${url}/` }
    const readInput = (): Promise<string> => Promise.resolve('x.y.z\n')
    const line = `token mint --subject-token - --audience payments ${client}`
    expect((await freshet(line, { env, readInput })).code).toBe(0)
    expect(new URLSearchParams(requests[0]?.body).get('subject_token')).toBe('x.y.z')
  })

  it.each([
    ['', 'Give one of --subject and --subject-token.'],
    ['--subject a --subject-token b', 'Give one of --subject and --subject-token.'],
    ['--subject a --issuer URL', 'needs --client, --client-secret-file.'],
    [`--subject a --issuer URL ${client}`, 'needs --iss and --idp-key-file.'],
    [`--subject a --issuer http://tokens.example ${client}`, 'http address of another machine'],
  ])('mint %s is a usage error that names the option', async (options, why) => {
    const line = `token mint --audience payments ${options.replace('URL', url)}`.trim()
    const { code, err } = await freshet(line)
    expect([code, requests]).toEqual([2, []])
    expect(err).toContain(why)
  })

  it('check asks the sidecar of the environment', async () => {
    server.answers = { 'POST /v1/check': [200, { decision: 'allow', claims: {}, viewAgeMs: 1 }] }
    const env = { FRESHET_SIDECAR_URL: url }
    expect((await freshet('token check a.b.c', { env })).code).toBe(0)
    const elsewhere = { FRESHET_SIDECAR_URL: 'http://edge.example' }
    const { code, err } = await freshet('token check a.b.c', { env: elsewhere })
    expect([code, requests.length]).toEqual([2, 1])
    expect(err).toContain('FRESHET_SIDECAR_URL is an http address of another machine.')
  })
})

it('probe run names what it needs outside of a dev stack', async () => {
  const { code, err } = await freshet(`probe run --gateway ${url} --sidecar ${url}`)
  expect([code, requests]).toEqual([2, []])
  expect(err).toContain('a source needs --key-file, --tenant, --iss.')
})

describe('source beat', () => {
  const path = 'POST /v1/heartbeats'
  const heartbeatCommand = (): string => `source beat ${KEY} --gateway ${url} --every 1ms`

  /** Runs it until a number of heartbeats were sent. Each can change the answers. */
  async function sendUntil(
    count: number,
    more = ' --tenant acme',
    each: (sent: number) => void = () => {},
  ): Promise<{ code: number; out: string; err: string }> {
    const stop = new AbortController()
    let sent = 0
    server.onRequest = ({ route }) => {
      if (route !== path) return
      sent += 1
      each(sent)
      if (sent === count) stop.abort()
    }
    return freshet(`${heartbeatCommand()}${more}`, { signal: stop.signal })
  }

  it('sends heartbeats that the source has signed until Ctrl-C, and ends with 0', async () => {
    server.answers = { 'GET /v1/sources/hr': [200, {}], [path]: [202, {}] }
    const { code, out, err } = await sendUntil(3)
    expect([code, out]).toEqual([0, ''])
    expect(err).toMatch(/^at http:\S+\n\S+Z the gateway accepts the heartbeats of hr\n$/)
    const sent = requests.find(({ route }) => route === path)
    expect(await signerOf(sent ?? { authorization: '' })).toBe('hr')
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      tenant: 'acme',
      through: expect.stringMatching(/Z$/) as string,
    })
  })

  it('states the last number of a dense source, for each of several tenants', async () => {
    server.answers = { 'GET /v1/sources/hr': [200, { next: '43' }], [path]: [202, {}] }
    await sendUntil(1, ' --tenant acme,globex')
    expect(JSON.parse(requests.find(({ route }) => route === path)?.body ?? '')).toMatchObject({
      tenants: [
        { tenant: 'acme', sequence: '42' },
        { tenant: 'globex', sequence: '42' },
      ],
    })
  })

  it('continues through refusals, reports each trouble once, and reports its end', async () => {
    const refusal: Answer = [409, { code: 'event.sequence', detail: 'One is not acknowledged.' }]
    server.answers = { 'GET /v1/sources/hr': [200, {}], [path]: refusal }
    const { code, out } = await sendUntil(6, ' --tenant acme -o jsonl', (sent) => {
      if (sent === 3) server.answers = { ...server.answers, [path]: [202, {}] }
    })
    expect(code).toBe(0)
    const news = out.trim().split('\n')
    expect(news.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ state: 'refused', why: 'One is not acknowledged.', source: 'hr' }),
      expect.objectContaining({ state: 'accepted' }),
    ])
  })

  it('continues while the gateway is away, and names the reason', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const err = (line: string): void => {
      lines.push(line)
      if (lines.length === 2) stop.abort()
    }
    const away = `source beat ${KEY} --gateway http://127.0.0.1:1 --tenant acme`
    expect((await freshet(away, { signal: stop.signal, err })).code).toBe(0)
    expect(lines[0]).toBe('at http://127.0.0.1:1\n')
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/was not accepted, will retry: fetch failed/),
    ])
  })

  it('needs a tenant', async () => {
    const { code, err } = await freshet(`source beat ${KEY} --gateway ${url}`)
    expect([code, requests]).toEqual([2, []])
    expect(err).toContain('a source needs --tenant.')
  })
})
