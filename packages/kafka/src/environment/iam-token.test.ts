import { createHash, createHmac } from 'node:crypto'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { iamTokens } from './iam-token.ts'

const REGION = 'eu-central-1'
const SECRET = 'hush'
const LIFE_S = 900

let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
  vi.stubEnv('AWS_SESSION_TOKEN', undefined)
  vi.stubEnv('AWS_PROFILE', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

it('a token is a request to connect to a cluster of the region, signed by the credentials', async () => {
  const url = await signedUrl()
  expect(url.host).toBe(`kafka.${REGION}.amazonaws.com`)
  expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect')
  expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, SECRET))
  expect(url.searchParams.get('X-Amz-Signature')).not.toBe(signatureOf(url, 'rustle'))
})

it('a token counts until a second before its end, by the clock of this process', async () => {
  await clock.advance(5_000)
  const { endsAtMs } = await iamTokens(REGION, clock).request('')
  expect(endsAtMs).toBe(5_000 + (LIFE_S - 1) * 1_000)
})

it('an error names missing credentials, and the client tries again', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  await expect(iamTokens(REGION, clock).request('')).rejects.toMatchObject({
    code: 'broker.unavailable',
    message: expect.stringMatching(
      /^there are no credentials of AWS.*CredentialsProviderError$/,
    ) as unknown,
  })
})

async function signedUrl(): Promise<URL> {
  const { value } = await iamTokens(REGION, clock).request('')
  expect(value).toMatch(/^[\w-]+$/)
  return new URL(Buffer.from(value, 'base64url').toString())
}

/** Signs the request again, by the steps of Signature Version 4 with query parameters. */
function signatureOf(url: URL, secret: string): string {
  const unsigned = new Set(['X-Amz-Signature', 'User-Agent'])
  const query = [...url.searchParams]
    .filter(([name]) => !unsigned.has(name))
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .toSorted()
    .join('&')
  const request = ['GET', '/', query, `host:${url.host}`, '', 'host', sha256('')].join('\n')
  const at = url.searchParams.get('X-Amz-Date') ?? ''
  const scope = [at.slice(0, 8), REGION, 'kafka-cluster', 'aws4_request']
  const text = ['AWS4-HMAC-SHA256', at, scope.join('/'), sha256(request)].join('\n')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return hmac(key, text).toString('hex')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
