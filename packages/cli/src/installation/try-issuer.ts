import type { KeyObject } from 'node:crypto'
import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FreshetError } from '@freshet/protocol'
import { systemClock } from '@freshet/runtime'
import { readPublished, type VerifyKey } from '@freshet/wire'
import { jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose'
import { CliError } from '../cli-error.ts'
import { requireProtected } from '../context.ts'
import type { Shell } from '../shell.ts'
import { newClientSecret } from '../stack/key-files.ts'
import { shellText } from './environment-text.ts'
import type { NextCommand } from './next-commands.ts'
import { OBSERVED_FOR_MS, TRIAL_SOURCE, tryRegistry, type Trial } from './try-registry.ts'

/** Claims that a trial takes from one token at most. */
const CLAIMS_MAX = 8
/** The form of a name of a claim in the registry. */
const CLAIM_NAME = /^[a-z][a-z0-9_-]{0,62}$/
/** Keycloak adds this audience to every token. It is no service of yours. */
const NO_SERVICE = new Set(['account'])

/** The options of `freshet try`. */
export interface TryOptions {
  readonly token?: string | undefined
  readonly out: string
  readonly audience?: string | undefined
  readonly claim: readonly string[]
  readonly route: string
}

/** The written files, what the trial observes, and the commands that follow. */
export interface TryResult {
  readonly dir: string
  readonly files: readonly string[]
  readonly issuer: string
  readonly audience: string
  readonly claims: readonly string[]
  readonly next: readonly NextCommand[]
}

/**
 * Reads the discovery document and the keys of an issuer and verifies a token of it, if there is one. Then it writes
 * the registry of a trial. The names of claims are printed and written, and no value of the token is.
 *
 * @throws `CliError` for an issuer that cannot be read, for a token that is not one of it, and for a file that is there
 */
export async function tryIssuer(
  shell: Shell,
  issuer: string,
  options: TryOptions,
): Promise<TryResult> {
  requireProtected('the keys of tokens', 'the issuer', issuer)
  const keys = await keysOf(issuer)
  const token = options.token === undefined ? undefined : await tokenOf(shell, issuer, keys)
  const audience = options.audience ?? serviceIn(token)
  const claims = options.claim.length > 0 ? options.claim : setsIn(token)
  if (claims.length === 0)
    throw new CliError('usage', 'The trial has no claim.', {
      why:
        token === undefined
          ? 'there is no token to read claims from'
          : 'no claim of the token is a list of texts',
      next: 'freshet try with --claim groups, or with a token that carries groups or roles at its top level',
    })
  const until = new Date(shell.nowMs() + OBSERVED_FOR_MS).toISOString().slice(0, 10)
  const { secretHash } = newClientSecret()
  const life = lifeOf(token)
  const trial: Trial = {
    issuer,
    audience,
    claims,
    route: options.route,
    until,
    secretHash,
    ...life,
  }
  const dir = resolve(shell.cwd, options.out)
  const file = join(dir, 'registry.yaml')
  await writeNew(dir, file, tryRegistry(trial))
  const next = nextOf(trial, join(options.out, 'registry.yaml'))
  return { dir, files: [file], issuer, audience, claims, next }
}

/** Reads the keys of the issuer by its discovery document, as an edge does. @throws `CliError` */
async function keysOf(issuer: string): Promise<readonly VerifyKey[]> {
  try {
    const published = { metadata: 'openid-configuration', keptMs: 0 } as const
    return (await readPublished({ issuer, published }, fetch, systemClock)).keys
  } catch (cause) {
    if (!(cause instanceof FreshetError)) throw cause
    throw new CliError('unreachable', `The keys of ${issuer} cannot be read.`, {
      why: cause.message,
      next: 'give the issuer exactly as its tokens name it in iss',
      cause,
    })
  }
}

async function tokenOf(
  shell: Shell,
  issuer: string,
  keys: readonly VerifyKey[],
): Promise<JWTPayload> {
  const text = (await shell.readInput()).trim()
  const keyOf = ({ kid }: JWTHeaderParameters): KeyObject => {
    const found = keys.find((key) => key.kid === kid)
    if (found === undefined) throw new Error('the issuer publishes no key with its kid')
    return found.key
  }
  try {
    const currentDate = new Date(shell.nowMs())
    return (await jwtVerify(text, keyOf, { issuer, currentDate })).payload
  } catch (cause) {
    throw new CliError('error', 'The token is not a valid one of this issuer.', {
      why: cause instanceof Error ? cause.message : 'unknown',
      next: 'request a new access token, and give it on stdin with --token -',
      cause,
    })
  }
}

function serviceIn(token: JWTPayload | undefined): string {
  const audience = [token?.aud ?? []].flat().find((each) => !NO_SERVICE.has(each))
  if (audience !== undefined) return audience
  throw new CliError('usage', 'The audience of the service is not known.', {
    why: token === undefined ? 'there is no token' : 'aud of the token names no service',
    next: 'freshet try with --audience, and make the issuer add it to aud: edges accept no other token',
  })
}

/** The names of claims that are lists of texts, at the top level: groups, roles and the like. */
function setsIn(token: JWTPayload | undefined): readonly string[] {
  return Object.entries(token ?? {})
    .filter(([name, value]) => name !== 'aud' && CLAIM_NAME.test(name) && isTexts(value))
    .map(([name]) => name)
    .filter((name) => !STANDARD.has(name))
    .slice(0, CLAIMS_MAX)
}

/** Lists that describe the token or the login, and grant nothing. */
const STANDARD = new Set(['allowed-origins', 'amr'])

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function lifeOf(token: JWTPayload | undefined): Pick<Trial, 'lifeS'> {
  if (token?.exp === undefined || token.iat === undefined) return {}
  return { lifeS: token.exp - token.iat }
}

async function writeNew(dir: string, file: string, text: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  )
  if (isThere)
    throw new CliError('error', `${file} exists already.`, {
      why: 'freshet try replaces no file',
      next: 'freshet try with another --out',
    })
  await writeFile(file, text, { flag: 'wx' })
}

function nextOf(trial: Trial, file: string): readonly NextCommand[] {
  const { issuer, claims, route, until } = trial
  const question = new URLSearchParams({ name: route, enforce: `observe until ${until}` })
  const [claim = ''] = claims
  const from = `--source ${TRIAL_SOURCE} --iss ${shellText(issuer)}`
  return [
    {
      purpose: 'Start the trial on this machine. It ends with Ctrl-C.',
      command: `freshet dev --no-probes --registry ${shellText(file)}`,
    },
    {
      purpose: 'Let your proxy ask the sidecar about each request. It refuses none.',
      command: `curl -si "http://127.0.0.1:7074/authz/generic?${question.toString()}" -H "Authorization: Bearer $ACCESS_TOKEN"`,
    },
    {
      purpose: 'In place of a proxy, a service in Node asks by itself, in one line.',
      command: `app.use(edge.express({ name: '${route}', enforce: 'observe until ${until}' }))`,
    },
    {
      purpose: 'Send each change of your directory, for example a removed value.',
      command: `freshet change emit ${from} --subject "$SUB" --claim ${claim} --op remove --value "$VALUE"`,
    },
    {
      purpose: 'See how many requests used rights that were already gone.',
      command: 'freshet status',
    },
  ]
}
