const READY_WITHIN_MS = 3_000

/** A service, and whether it is ready. */
export interface ServiceStanding {
  readonly service: string
  readonly state: 'ready' | 'not ready' | 'no answer'
  readonly version: string | null
}

/** Asks every service at its address. */
export function askServices(
  services: Readonly<Record<string, string>>,
): Promise<readonly ServiceStanding[]> {
  return Promise.all(Object.entries(services).map(([service, url]) => ask(service, url)))
}

async function ask(service: string, url: string): Promise<ServiceStanding> {
  const get = (path: string): Promise<Response> =>
    fetch(new URL(path, url), { redirect: 'error', signal: AbortSignal.timeout(READY_WITHIN_MS) })
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
