const READY_WITHIN_MS = 3_000

/** A service, and whether it is ready. */
export interface ServiceStatus {
  readonly service: string
  readonly state: 'ready' | 'not ready' | 'no answer'
  readonly version: string | null
}

/** The terms of a question to services. */
export interface AskTerms {
  /** A service that takes longer does not answer. Default: 3 s. */
  readonly withinMs?: number
  /** The services that are known not to answer. The question does not wait for these. */
  readonly down?: Promise<ReadonlySet<string>>
}

const noneDown = Promise.resolve<ReadonlySet<string>>(new Set())

/** Asks every service at its address. */
export function askServices(
  services: Readonly<Record<string, string>>,
  { withinMs = READY_WITHIN_MS, down = noneDown }: AskTerms = {},
): Promise<readonly ServiceStatus[]> {
  return Promise.all(
    Object.entries(services).map(async ([service, url]) => {
      const given = new AbortController()
      const late = setTimeout(() => given.abort(), withinMs)
      void down.then((names) => names.has(service) && given.abort())
      try {
        return await ask(service, url, given.signal)
      } finally {
        clearTimeout(late)
      }
    }),
  )
}

async function ask(service: string, url: string, signal: AbortSignal): Promise<ServiceStatus> {
  const get = (path: string): Promise<Response> =>
    fetch(new URL(path, url), { redirect: 'error', signal })
  try {
    const [ready, version] = await Promise.all([get('/readyz'), get('/v1/version').then(versionOf)])
    await ready.body?.cancel()
    return { service, state: ready.ok ? 'ready' : 'not ready', version }
  } catch {
    return { service, state: 'no answer', version: null }
  }
}

async function versionOf(response: Response): Promise<string | null> {
  const build: unknown = response.ok ? await response.json() : undefined
  const version: unknown = Object(build)['version']
  return typeof version === 'string' ? version : null
}
