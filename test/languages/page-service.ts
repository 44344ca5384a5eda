import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '@freshet/owned-dir'
import { until } from '../../packages/cli/src/demo/until.ts'
import { built, type Addresses, type Language } from './languages.ts'

const ANSWERS_WITHIN_MS = 90_000

/** The answer of a service to `POST /approve`. */
export interface Approval {
  readonly status: number
  readonly body: string
  readonly challenge: string | null
  readonly retryAfter: string | null
}

/** A started service of a page. */
export interface PageService extends AsyncDisposable {
  readonly approve: (token?: string) => Promise<Approval>
}

/** Builds and starts the service of a page. Resolves when it answers. */
export async function startPageService(
  language: Language,
  at: Omit<Addresses, 'port'>,
): Promise<PageService> {
  const [program, ...args] = language.command(await built(language))
  const port = await freePort()
  const { PATH, HOME } = process.env
  const child = spawn(program, args, {
    env: { PATH, HOME, ...language.environment({ ...at, port }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => void output.push(part.toString()))
  const url = `http://127.0.0.1:${port}/approve`
  const approve = async (token?: string): Promise<Approval> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS)
    const response = await fetch(url, { method: 'POST', headers, signal })
    return {
      status: response.status,
      body: await response.text(),
      challenge: response.headers.get('www-authenticate'),
      retryAfter: response.headers.get('retry-after'),
    }
  }
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  try {
    await until(`an answer of ${language.name}`, ANSWERS_WITHIN_MS, () => approve())
  } catch (error) {
    await end()
    throw new Error(`${language.name} does not answer:\n${output.join('')}`, { cause: error })
  }
  return { approve, [Symbol.asyncDispose]: end }
}
