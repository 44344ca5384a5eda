import { FreshetError } from '@freshet/domain'
import { problemOf } from '@freshet/runtime'

/** Whatever answers requests. */
export interface App {
  fetch(request: Request, env: object): Response | Promise<Response>
}

const PREFIX = '/authz/'
const GENERIC = '/authz/generic'
const EXACT: readonly string[] = [GENERIC, '/authz/nginx']

/**
 * The door before an application with the routes for proxies. It looks at the target as it came:
 * an application normalises paths, and a proxy that appends its client’s path to ours (Envoy’s
 * `path_prefix`) would take `/authz/generic/../../livez`, answered 200, for permission.
 *
 * What comes behind `/authz/generic` is the method and target that a client asked for; all else
 * below `/authz/` is refused.
 */
export function authzDoor(app: App): App {
  return {
    fetch(request, env) {
      const target = rawTarget(request, env)
      if (!target.startsWith(PREFIX)) return app.fetch(request, env)
      const [path = ''] = target.split('?', 1)
      if (EXACT.includes(path)) return app.fetch(request, env)
      if (!path.startsWith(`${GENERIC}/`)) return refused()
      return app.fetch(asForwarded(request, target.slice(GENERIC.length)), env)
    },
  }
}

function rawTarget(request: Request, env: object): string {
  const { incoming } = env as { incoming?: { url?: string } }
  const { pathname, search } = new URL(request.url)
  return incoming?.url ?? `${pathname}${search}`
}

/** As a proxy asks that says in headers what it was asked for; what the client said there is gone. */
function asForwarded(request: Request, target: string): Request {
  const headers = new Headers(request.headers)
  headers.set('x-forwarded-method', request.method)
  headers.set('x-forwarded-uri', target)
  headers.delete('content-length')
  return new Request(new URL(GENERIC, request.url), { headers })
}

function refused(): Response {
  const error = new FreshetError('request.forbidden', 'Proxies ask at no such path.')
  const problem = problemOf(error)
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
