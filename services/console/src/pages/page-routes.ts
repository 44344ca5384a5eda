import { FreshetError } from '@freshet/protocol'
import type { Context, Hono } from 'hono'
import type { PageFile, PageFiles } from './page-files.ts'

/** Every page has an address; one document shows them all. */
export const PAGES: readonly string[] = [
  '/',
  '/explain',
  '/edges',
  '/live',
  '/quarantine',
  '/slos',
  '/registry',
  '/audit',
]

/** Short addresses of objects. The document leads to the page of each. */
export const OBJECT_PAGES: readonly string[] = [
  '/subjects/:name',
  '/changes/:name',
  '/tokens/:name',
  '/edges/:name',
  '/slos/:name',
]

/** The rights of a page: its own files, its own routes, no inline script or style, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every document that is shown to a person. */
export const PAGE_GUARDS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}
const NOT_FOUND = 404
/** A name holds the hash of the content. */
const FOREVER = 'public, max-age=31536000, immutable'

/** Adds the pages, which hold no data: a visitor without a session gets the login. */
export function addPageRoutes(app: Hono, { document, assets }: PageFiles): void {
  for (const path of [...PAGES, ...OBJECT_PAGES]) app.get(path, () => send(document, 'no-cache'))
  app.get('/assets/:name', (c) => {
    const file = assets.get(c.req.param('name'))
    if (file === undefined) throw new FreshetError('request.not-found', 'No such file.')
    return send(file, FOREVER)
  })
  app.use((c, next) =>
    isForPage(c.req) ? Promise.resolve(send(document, 'no-cache', NOT_FOUND)) : next(),
  )
}

/** A browser that opens an unknown address. The page shows this to a person, in place of JSON. */
function isForPage(request: Context['req']): boolean {
  const { method, path } = request
  const isData = path.startsWith('/v1/') || path.startsWith('/assets/')
  return method === 'GET' && !isData && request.header('accept')?.includes('text/html') === true
}

function send({ type, bytes }: PageFile, cacheControl: string, status = 200): Response {
  const headers = { ...PAGE_GUARDS, 'content-type': type, 'cache-control': cacheControl }
  return new Response(bytes, { headers, status })
}
