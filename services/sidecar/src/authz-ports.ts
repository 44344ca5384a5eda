import { FreshetError } from '@freshet/protocol'
import { isNormalTarget, problemOf, type OnRefusal } from '@freshet/runtime'

/** The part of the server's `RequestEnv` that a port reads. */
interface PortEnv {
  readonly incoming?: { readonly url?: string | undefined }
}

/** An application that answers requests. */
export interface App {
  fetch(request: Request, env: PortEnv): Response | Promise<Response>
}

const BELOW = '/authz'
const GENERIC = '/authz/generic'
const EXACT: readonly string[] = [GENERIC, '/authz/nginx']
/** Escapes of `/`, `\`, `;`, `%`, `?` and `#`: servers differ on what a path with one of them is. */
const AMBIGUOUS = /%(?:2[35F]|3[BF]|5C)/

/**
 * The main port. It passes the two addresses that a proxy configures, `/authz/generic`
 * and `/authz/nginx`, and every route that is not below `/authz`. It refuses the rest with 403.
 *
 * A port judges the target as it came. It refuses a request whose raw target is missing.
 */
export function onMainPort(app: App, onRefusal?: OnRefusal): App {
  return behind(onRefusal, (request, env, target) => {
    const path = pathOf(target)
    const isOpen = EXACT.includes(path) || !(path === BELOW || path.startsWith(`${BELOW}/`))
    return isOpen ? app.fetch(request, env) : undefined
  })
}

/**
 * The port for proxies. It passes the same two addresses, and the client's own path
 * behind `/authz/generic`, where Envoy's `path_prefix` appends it. It refuses all else with 403, so
 * that no path of a client reaches an answer that is not a decision.
 *
 * The target behind the prefix and the method are those that the client asked for. The query and
 * the headers of such a request are the client's, so they decide nothing.
 */
export function onProxyPort(app: App, onRefusal?: OnRefusal): App {
  return behind(onRefusal, (request, env, target) => {
    const path = pathOf(target)
    if (EXACT.includes(path)) return app.fetch(request, env)
    if (!path.startsWith(`${GENERIC}/`) || AMBIGUOUS.test(path)) return undefined
    return app.fetch(asForwarded(request, target.slice(GENERIC.length)), env)
  })
}

type Pass = (request: Request, env: PortEnv, target: string) => ReturnType<App['fetch']> | undefined

function behind(onRefusal: OnRefusal | undefined, pass: Pass): App {
  return {
    fetch(request, env) {
      const target = env.incoming?.url
      if (target === undefined || !isNormalTarget(target)) return refused(onRefusal)
      return pass(request, env, target) ?? refused(onRefusal)
    },
  }
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

/** The request as a proxy makes it that names the client's request in headers. The query decides nothing, so it is left out. */
function asForwarded(request: Request, target: string): Request {
  const headers = new Headers(request.headers)
  headers.set('x-forwarded-method', request.method)
  headers.set('x-forwarded-uri', pathOf(target))
  headers.delete('content-length')
  return new Request(new URL(GENERIC, request.url), { headers })
}

function refused(onRefusal: OnRefusal | undefined): Response {
  const error = new FreshetError('request.forbidden', 'This port answers no proxy at this path.')
  const problem = problemOf(error)
  onRefusal?.({ code: error.code, detail: error.message, route: '', method: '' })
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
